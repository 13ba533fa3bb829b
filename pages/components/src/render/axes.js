// The axes of the plane: lines at round numbers, and the numbers beside it.

import { svg } from "../shared/dom.js";

const MIN_LINE_DISTANCE = 70; // px between two lines, at least

export class Axes {
  constructor() {
    this.element = svg("svg", { class: "zs-axes", "aria-hidden": "true" });
    this.drawn = ""; // what was drawn last
  }

  /**
   * Draws them for a `View`, with the names of what is across and up.
   * @param {View} view
   * @param {[string, string]} names
   */
  draw({ x, y, frame, box, width, height }, names) {
    const look = JSON.stringify([x, y, box]);
    if (look === this.drawn) return;
    this.drawn = look;
    const [left, top, wide, high] = box;
    const [right, floor] = [left + wide, top + high];
    const step = roundStep(MIN_LINE_DISTANCE / frame.width);
    const lines = [];
    const numbers = [];
    for (const [value, text] of ticks(x, step)) {
      const place = frame.left + value * frame.width;
      lines.push(line(value, place, top, place, floor));
      numbers.push(svg("text", { x: place, y: floor + 14, "text-anchor": "middle" }, text));
    }
    for (const [value, text] of ticks(y, step)) {
      const place = frame.top + value * frame.height;
      lines.push(line(value, left, place, right, place));
      numbers.push(svg("text", { x: left - 6, y: place, "text-anchor": "end" }, text));
    }
    const titles = [
      svg("text", { class: "zs-axis-name", x: (left + right) / 2, y: height - 11, "text-anchor": "middle" }, names[0]),
      svg(
        "text",
        { class: "zs-axis-name", transform: `translate(10 ${(top + floor) / 2}) rotate(-90)`, "text-anchor": "middle" },
        names[1],
      ),
    ];
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.element.replaceChildren(...lines, ...numbers, ...titles);
  }
}

/** @param {number} value @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(value, x1, y1, x2, y2) {
  return svg("line", { x1, y1, x2, y2, ...(value === 0 ? { class: "zs-zero" } : {}) });
}

/**
 * The round numbers in a range, [value, text].
 * @param {Span} range
 * @param {number} step
 */
export function ticks([from, to], step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  /** @type {[number, string][]} */
  const marks = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++)
    marks.push([k * step, (k * step).toFixed(digits).replace("-", "−")]);
  return marks;
}

/**
 * The smallest of 1, 2 and 5 times a power of ten that is no less.
 * @param {number} least
 */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((times) => times * power >= least * (1 - 1e-9)) ?? 10);
}
