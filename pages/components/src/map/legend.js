// The legend: a button for each class, which hides and shows its points.

import { h } from "../shared/dom.js";

export class Legend {
  /**
   * `hidden` holds the classes that aren't shown; changed() is called after each change of it.
   * @param {number[]} hidden
   * @param {() => void} changed
   */
  constructor(hidden, changed) {
    this.hidden = new Set(hidden);
    this.changed = changed;
    /** @type {number[]} */
    this.labels = [];
    this.element = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
  }

  /**
   * Shows these classes, unless there is nothing to tell apart.
   * @param {number[]} labels
   * @param {(label: number) => string} nameOf
   * @param {(label: number) => string} colourOf
   */
  fill(labels, nameOf, colourOf) {
    this.labels = labels.some((label) => label >= 0) ? labels : [];
    this.element.replaceChildren(
      ...this.labels.map((label) => {
        const item = h(
          "button",
          {
            type: "button",
            className: "zs-class",
            "aria-pressed": String(!this.hidden.has(label)),
            title: "Click to hide or show, double-click for this one alone",
            onclick: () => this.toggle(label),
            ondblclick: () => this.single(label),
          },
          h("span", { className: "zs-swatch" }),
          nameOf(label),
        );
        item.style.setProperty("--zs-class-colour", colourOf(label));
        return item;
      }),
    );
  }

  /** @param {number} label */
  toggle(label) {
    if (!this.hidden.delete(label)) this.hidden.add(label);
    this.show();
  }

  /**
   * Shows one class alone, or all where it is.
   * @param {number} label
   */
  single(label) {
    const others = this.labels.filter((other) => other !== label);
    const alone = others.every((other) => this.hidden.has(other));
    this.hidden = new Set(alone ? [] : others);
    this.show();
  }

  show() {
    for (const [place, label] of this.labels.entries()) {
      this.element.children[place].setAttribute("aria-pressed", String(!this.hidden.has(label)));
    }
    this.changed();
  }
}
