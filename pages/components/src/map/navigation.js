// Where people go on the map: closer, further, home, to all points, to one place. The tools for it are in the map's corner.

import { around } from "../geometry/extent.js";
import { h, tool } from "../shared/dom.js";
import { ALL_KEY } from "./gestures.js";

const ZOOM_STEP = 1.5;

export class Navigation {
  /** @param {import("./plane.js").Plane} plane @param {HTMLElement[]} others what else is beside its tools */
  constructor(plane, ...others) {
    this.plane = plane;
    this.element = h(
      "div",
      { className: "zs-tools" },
      tool("Zoom in", "+", () => this.zoomIn()),
      tool("Zoom out", "−", () => this.zoomOut()),
      tool("Opening view (0)", "⌂", () => this.open()),
      tool(`Show all (${ALL_KEY.toUpperCase()})`, "⤢", () => this.showAll()),
      ...others,
    );
  }

  /** Closer to the cursor. */
  zoomIn() {
    const { view, cursor } = this.plane;
    view.zoom(1 / ZOOM_STEP, view.toPixels(cursor.place));
  }

  zoomOut() {
    const { view, cursor } = this.plane;
    view.zoom(ZOOM_STEP, view.toPixels(cursor.place));
  }

  /** Back to what was seen at first. */
  open() {
    this.plane.view.go(this.plane.placement.looks.home);
  }

  /** All points that are shown, as they lie now, and no more. */
  showAll() {
    const { classes, view, placement } = this.plane;
    const { detail, looks } = placement;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    detail.visit((_, label, x, y) => {
      if (classes.hidden.has(label)) return;
      [left, right, bottom, top] = [Math.min(left, x), Math.max(right, x), Math.min(bottom, y), Math.max(top, y)];
    });
    const ranges = /** @type {[Span, Span]} */ ([
      [left, right],
      [bottom, top],
    ]);
    view.go(left <= right ? around(ranges) : looks.all);
  }

  /**
   * Moves a place into view, if it isn't there.
   * @param {Place} place
   */
  reveal([across, up]) {
    const { x, y } = this.plane.view;
    this.plane.view.go({ x: shifted(x, across), y: shifted(y, up) });
  }
}

/**
 * A range, moved to have a value in its middle if it hasn't it yet.
 * @param {Span} range
 * @param {number} value
 * @returns {Span}
 */
export function shifted([from, to], value) {
  if (value > from && value < to) return [from, to];
  const middle = (from + to) / 2;
  return [from - middle + value, to - middle + value];
}
