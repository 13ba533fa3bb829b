// What a traversal starts from: its picture, the test image if it is one, and the pins that there are.

import { paint } from "../render/paint.js";
import { h, memory } from "../shared/dom.js";

export class StartBox {
  /**
   * reset() takes the current latent back to the start, choose(z) starts from a pin.
   * @param {() => void} reset
   * @param {(z: number[]) => void} choose
   */
  constructor(reset, choose) {
    this.choose = choose;
    /** @type {number[][]} */
    this.pins = [];
    /** @type {HTMLCanvasElement[]} */
    this.pictures = []; // of the pins
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The start, decoded" });
    this.name = h("strong", {});
    this.original = h("div", {});
    this.originalFigure = h(
      "figure",
      { className: "zs-picture", hidden: true },
      this.original,
      h("figcaption", {}, "test image"),
    );
    this.back = h(
      "button",
      { type: "button", className: "zs-tool zs-go", disabled: true, onclick: reset },
      "Back to the start",
    );
    this.element = h(
      "div",
      { className: "zs-start" },
      h("p", { className: "zs-start-name" }, h("span", { className: "zs-note" }, "Start: "), this.name),
      h(
        "div",
        { className: "zs-start-pictures" },
        h("figure", { className: "zs-picture" }, this.picture, h("figcaption", {}, "decoded")),
        this.originalFigure,
      ),
      this.back,
    );
    this.pinNote = h("p", { className: "zs-note" });
    this.pinList = h("div", { className: "zs-pin-list", role: "group", "aria-label": "Pins to start from" });
    this.pinBox = h("div", { className: "zs-start-pins", hidden: true }, this.pinNote, this.pinList);
  }

  /**
   * Says what the start is, and offers the pins that this tab has set on a model's map, where one is to start from.
   * @param {Start} start
   * @param {string} model
   */
  set(start, model) {
    this.name.textContent = start.name;
    this.originalFigure.hidden = !start.picture;
    if (start.picture) {
      this.original.replaceChildren(h("img", { src: start.picture, alt: `${start.name}, test image` }));
    }
    const asked = start.said.kind === "pin";
    this.pinBox.hidden = !asked;
    if (asked) this.offer(start, memory.load(`zscape:explore:${model}`).pins);
  }

  /** @param {Start} start @param {unknown} remembered pins, of whatever version of the page */
  offer(start, remembered) {
    this.pins = usable(remembered, start.z.length);
    const chosen = this.pins.findIndex((z) => JSON.stringify(z) === JSON.stringify(start.said.z));
    this.pinNote.textContent = this.pins.length
      ? "Choose a pin to start from."
      : "There are no pins yet. Click the map on Explore to pin a place; until then this is the origin.";
    const focused = [...this.pinList.children].findIndex((button) => button.contains(document.activeElement));
    this.pictures = this.pins.map(() => h("canvas", { width: 1, height: 1 }));
    const buttons = this.pins.map((z, index) =>
      h(
        "button",
        {
          type: "button",
          className: "zs-pin-choose",
          title: `Pin ${index + 1}`,
          "aria-label": `Start from pin ${index + 1}`,
          "aria-pressed": String(index === chosen),
          onclick: () => this.choose(z),
        },
        this.pictures[index],
      ),
    );
    this.pinList.replaceChildren(...buttons);
    buttons[focused]?.focus();
    if (!start.said.z && this.pins.length) this.choose(this.pins[0]);
  }

  /**
   * Decodes the start, and the pins that are offered.
   * @param {Decoder} decoder
   * @param {number[]} start
   */
  paint(decoder, start) {
    paint(this.picture, decoder.decode(start), decoder.imageShape);
    if (this.pinBox.hidden) return;
    for (const [index, z] of this.pins.entries()) paint(this.pictures[index], decoder.decode(z), decoder.imageShape);
  }
}

/**
 * Of what was remembered, the latents with so many dimensions.
 * @param {unknown} remembered
 * @param {number} dims
 * @returns {number[][]}
 */
export function usable(remembered, dims) {
  if (!Array.isArray(remembered)) return [];
  return remembered.filter((z) => Array.isArray(z) && z.length === dims && z.every(Number.isFinite));
}
