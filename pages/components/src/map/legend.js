// The legend: a button for each class, which hides and shows its points.

import { h } from "../shared/dom.js";

export class Legend {
  /**
   * changed() is called whenever other classes are shown than before.
   * @param {import("./classes.js").Classes} classes
   * @param {() => void} changed
   */
  constructor(classes, changed) {
    this.classes = classes;
    this.changed = changed;
    /** @type {number[]} */
    this.labels = [];
    this.element = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
  }

  /**
   * Shows these classes, unless there is nothing to tell apart.
   * @param {number[]} labels
   */
  fill(labels) {
    const { classes } = this;
    this.labels = labels.some((label) => label >= 0) ? labels : [];
    this.element.replaceChildren(
      ...this.labels.map((label) => {
        const item = h(
          "button",
          {
            type: "button",
            className: "zs-class",
            "aria-pressed": String(!classes.hidden.has(label)),
            title: "Click to hide or show, double-click for this one alone",
            onclick: () => this.change(() => classes.toggle(label)),
            ondblclick: () => this.change(() => classes.single(label, this.labels)),
          },
          h("span", { className: "zs-swatch" }),
          classes.nameOf(label),
        );
        item.style.setProperty("--zs-class-colour", classes.colourOf(label));
        return item;
      }),
    );
  }

  /** @param {() => void} change of which classes are shown */
  change(change) {
    change();
    for (const [place, label] of this.labels.entries()) {
      this.element.children[place].setAttribute("aria-pressed", String(!this.classes.hidden.has(label)));
    }
    this.changed();
  }
}
