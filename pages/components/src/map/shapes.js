// The tools that choose points together: shapes that are drawn, and the finder.

import { Marquee, SHAPES } from "../geometry/selection.js";
import { h, tool } from "../shared/dom.js";

export class Shapes {
  /**
   * drawn(polygon) is told what was drawn on a plane, or null after a click.
   * @param {import("./plane.js").Plane} plane
   * @param {(polygon: Place[] | null) => void} drawn
   */
  constructor(plane, drawn) {
    this.plane = plane;
    this.marquee = new Marquee(plane, drawn);
    this.element = h("div", { className: "zs-tools zs-shapes", hidden: true });
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
  }

  /**
   * From now on points can be selected, with a shape that is drawn or by what a finder is told.
   * @param {import("../panels/finder.js").Finder} finder
   */
  offer(finder) {
    this.buttons = Object.entries(SHAPES).map(([shape, { title, icon, key }]) => {
      const button = tool(`${title} (${key})`, icon, () => this.use(shape));
      button.dataset.shape = shape;
      button.setAttribute("aria-pressed", "false");
      return button;
    });
    this.element.replaceChildren(...this.buttons, finder.card.button);
    this.element.hidden = false;
    this.plane.stage.append(finder.card.element);
  }

  get offered() {
    return !this.element.hidden;
  }

  /**
   * Draws with a shape, or, if that is what it did already or there is none, no longer.
   * @param {string | null} shape
   */
  use(shape) {
    if (!this.offered) return;
    this.plane.dwell.end();
    this.marquee.use(shape === this.marquee.shape ? null : shape);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.shape === this.marquee.shape));
    }
    this.plane.plot.focus({ preventScroll: true }); // so that Esc and the other keys are heard
  }
}
