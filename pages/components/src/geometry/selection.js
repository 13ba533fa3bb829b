// Choosing points together, with a box or a lasso drawn on the map.

import { h, svg } from "../shared/dom.js";

const STILL_RADIUS = 4; // px that a pointer may move and have drawn nothing
const STEP = 3; // px between two corners of a lasso

/** @type {Record<string, { title: string, icon: string, key: string }>} */
export const SHAPES = {
  box: { title: "Select with a box", icon: "▭", key: "b" },
  lasso: { title: "Select with a lasso", icon: "◌", key: "l" },
};

/** A sheet over the map that draws a shape. `plane` translates; drawn(polygon) is told the corners, in the plane, or null after a click. */
export class Marquee {
  /** @param {Plane} plane @param {(polygon: Place[] | null) => void} drawn */
  constructor(plane, drawn) {
    this.plane = plane;
    this.drawn = drawn;
    /** @type {string | null} */
    this.shape = null; // "box", "lasso" or null to draw nothing
    /** @type {Place[] | null} */
    this.corners = null; // while one is drawn
    /** @type {Spot} */
    this.from = [0, 0]; // where that began, in px
    /** @type {Spot} */
    this.last = [0, 0]; // where its last corner is
    this.element = h("div", { className: "zs-marquee", hidden: true });
    this.outline = svg("polygon", {});
    this.element.addEventListener("pointerdown", (event) => this.begin(event));
    this.element.addEventListener("pointermove", (event) => this.move(event));
    this.element.addEventListener("pointerup", (event) => this.end(event));
    this.element.addEventListener("pointercancel", () => this.drop());
    this.element.addEventListener("wheel", (event) => plane.gestures.wheel(event), { passive: false }); // zooms as ever
  }

  /**
   * "box", "lasso" or null to draw nothing.
   * @param {string | null} shape
   */
  use(shape) {
    this.shape = shape;
    this.element.hidden = !shape;
    this.drop();
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (event.button !== 0) return;
    const z = this.plane.gestures.placeUnder(event);
    if (!z) return;
    this.element.setPointerCapture(event.pointerId);
    this.from = [event.clientX, event.clientY];
    this.last = this.from;
    this.corners = [z];
  }

  /** @param {PointerEvent} event */
  move(event) {
    const z = this.plane.gestures.placeUnder(event);
    this.plane.gestures.last = performance.now();
    this.plane.pointLayer.wait();
    if (z) this.plane.cursor.moveTo(z);
    if (!this.corners || !z) return;
    /** @type {Spot} */
    const here = [event.clientX, event.clientY];
    if (this.shape === "box") {
      const [x, y] = this.corners[0];
      this.corners = [[x, y], [z[0], y], z, [x, z[1]]];
    } else if (Math.hypot(here[0] - this.last[0], here[1] - this.last[1]) >= STEP) {
      this.corners.push(z);
      this.last = here;
    }
    this.draw();
  }

  /** @param {PointerEvent} event */
  end(event) {
    if (!this.corners) return;
    const moved =
      Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) > STILL_RADIUS || this.corners.length > 4;
    const corners = moved && this.corners.length > 2 ? this.corners : null;
    this.drop();
    this.plane.plot.focus({ preventScroll: true }); // so that Esc is heard
    this.drawn(corners);
  }

  drop() {
    this.corners = null;
    this.draw();
  }

  draw() {
    const points =
      this.corners?.map((corner) =>
        this.plane.view
          .toPixels(corner)
          .map((value) => value.toFixed(1))
          .join(","),
      ) ?? [];
    this.outline.setAttribute("points", points.join(" "));
  }
}

/**
 * Whether (x, y) lies inside a polygon, by how often a ray from there crosses it.
 * @param {Place[]} polygon
 * @param {number} x
 * @param {number} y
 */
export function inside(polygon, x, y) {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

/**
 * Which of `count` points are chosen, a bit each and the first of them the lowest of the first byte, in base64: short however many.
 * @param {Iterable<number>} chosen
 * @param {number} count
 */
export function bitsOf(chosen, count) {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (const index of chosen) bytes[index >> 3] |= 1 << (index & 7);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/**
 * The other way round, of the first `count`; nothing of what is no such text.
 * @param {string} text
 * @param {number} count
 */
export function indicesOf(text, count) {
  /** @type {number[]} */
  const indices = [];
  try {
    const letters = atob(text);
    for (let index = 0; index < Math.min(count, 8 * letters.length); index++)
      if ((letters.charCodeAt(index >> 3) >> (index & 7)) & 1) indices.push(index);
  } catch {
    return []; // what another version remembered
  }
  return indices;
}
