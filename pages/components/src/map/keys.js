// The sheet of all keys, which ? opens wherever nobody is writing.

import { h } from "../shared/dom.js";

const ARROWS = ["←", "→", "↑", "↓"];
/**
 * What each key does: keys, any of which does it; words; and what has to be there for it, if anything.
 * @type {Record<string, [string[], string, ("shapes" | "lower")?][]>}
 */
const SHEET = {
  "On the map": [
    [ARROWS, "Move the cursor"],
    [["Shift + arrow"], "Move the cursor five times as far"],
    [["Enter", "Space"], "Do what a click does at the cursor, such as pin the place"],
    [["+", "−"], "Zoom in and out"],
    [["0"], "Return to the opening view"],
    [["A"], "Show all points"],
    [["B"], "Select with a box", "shapes"],
    [["L"], "Select with a lasso", "shapes"],
    [["D"], "Draw the picture's pixels, and then anew", "shapes"],
    [["N"], "Draw the lower latents, and then anew", "lower"],
    [["Esc"], "Stop drawing, or else clear the selection", "shapes"],
  ],
  "On the β slider": [
    [["←", "→"], "Make β smaller or larger"],
    [["Shift + arrow"], "The same in steps five times as large"],
  ],
  "On every page with a map": [
    [["Tab"], "Go to the next control, Shift + Tab to the one before"],
    [["?"], "Open this sheet; Esc closes it"],
  ],
};

const WRITING_FIELDS =
  "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])";

export class KeySheet {
  /**
   * `offered()` says whether points can be selected, whether there is a slider for beta, and whether there are lower latents to draw.
   * @param {() => { shapes: boolean, beta: boolean, lower: boolean }} offered
   */
  constructor(offered) {
    this.offered = offered;
    this.button = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title: "All keys (?)",
        "aria-label": "All keys (?)",
        "aria-haspopup": "dialog",
        onclick: () => this.open(),
      },
      "?",
    );
    this.element = h("dialog", { className: "zs-keys", "aria-label": "All keys" });
    // A click beside the sheet goes to the dialog itself.
    this.element.onclick = (event) => {
      if (event.target === this.element) this.element.close();
    };
    this.listening = new AbortController();
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.listening.signal });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { target, ctrlKey, metaKey, altKey } = event;
    if (event.key !== "?" || event.defaultPrevented || ctrlKey || metaKey || altKey) return;
    if (
      (target instanceof Element && target.closest(WRITING_FIELDS)) ||
      document.querySelector("dialog[open], [role=dialog], [role=listbox]")
    )
      return;
    event.preventDefault(); // also says to a second map that this one answers
    this.open();
  }

  open() {
    const offered = this.offered();
    const groups = Object.entries(SHEET).filter(([title]) => offered.beta || title !== "On the β slider");
    /** @param {[string[], string, ("shapes" | "lower")?][]} keys */
    const rows = (keys) =>
      keys
        .filter(([, , needed]) => !needed || offered[needed])
        .map(([names, words]) =>
          h("div", {}, h("dt", {}, ...names.map((name) => h("kbd", {}, name))), h("dd", {}, words)),
        );
    const close = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title: "Close (Esc)",
        "aria-label": "Close",
        onclick: () => this.element.close(),
      },
      "×",
    );
    this.element.replaceChildren(
      h(
        "div",
        { className: "zs-keys-sheet" },
        h("div", { className: "zs-row" }, h("h2", {}, "All keys"), close),
        ...groups.flatMap(([title, keys]) => [h("h3", {}, title), h("dl", {}, ...rows(keys))]),
      ),
    );
    this.element.showModal(); // which keeps the focus inside, closes on Esc and then gives the focus back
  }

  destroy() {
    this.listening.abort();
    this.element.close();
  }
}
