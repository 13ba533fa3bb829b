// How what lies behind the points fades: towards where no image is, and towards the rims of each picture, so that nothing ends in an edge.

import { contextOf, h } from "../shared/dom.js";

const CELLS = 48; // in which points are counted, across what a view holds
const BLUR_RADIUS = 0.35; // of that, which is looked at on either side
const ROUNDS = 6; // of a blur over three cells, which together are near a normal distribution two cells wide
const SPARSE_DENSITY = 0.05; // of the mean density, from which on pictures are clearly there
const END = 6; // cells in which all fades at the end of what is looked at
const FEATHER = 0.14; // of a picture, on each side
const PATTERN = 64; // px of the mask for one

/** @typedef {{ values: Float64Array, columns: number, rows: number, cell: number, left: number, bottom: number }} Coverage */

/**
 * How clearly what lies behind points is drawn: `values` in [0, 1], row by row from the bottom, of `columns` and `rows` cells that are `cell` wide
 * from [left, bottom] on. `visit(each)` calls each(index, label, x, y) with every point; `ranges`, { x, y }, are what a view holds.
 * @param {(each: (index: number, label: number, x: number, y: number) => void) => void} visit
 * @param {Ranges} ranges
 * @returns {Coverage}
 */
export function coverage(visit, { x, y }) {
  const lengths = [x, y].map(([from, to]) => to - from);
  const cell = Math.max(...lengths) / CELLS;
  const [columns, rows] = lengths.map((length) => Math.ceil((length + 2 * BLUR_RADIUS * CELLS * cell) / cell - 1e-6));
  const [left, bottom] = [(x[0] + x[1] - columns * cell) / 2, (y[0] + y[1] - rows * cell) / 2];
  let values = new Float64Array(columns * rows);
  let count = 0;
  visit((_, __, across, up) => {
    count++;
    const [column, row] = [Math.floor((across - left) / cell), Math.floor((up - bottom) / cell)];
    if (column >= 0 && column < columns && row >= 0 && row < rows) values[row * columns + column]++;
  });
  for (let round = 0; round < ROUNDS; round++)
    values = blurred(blurred(values, columns, rows, 1, columns), rows, columns, columns, 1);
  const few = (SPARSE_DENSITY * count * cell * cell) / (lengths[0] * lengths[1]);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const rim = Math.min(column, row, columns - 1 - column, rows - 1 - row) / END;
      values[row * columns + column] = count
        ? (1 - Math.exp(-values[row * columns + column] / few)) * Math.min(1, rim)
        : 0;
    }
  }
  return { values, columns, rows, cell, left, bottom };
}

/**
 * The mean over each cell and the two beside it, in `lines` of so `many` cells each.
 * @param {Float64Array} values
 * @param {number} many
 * @param {number} lines
 * @param {number} step
 * @param {number} next
 */
function blurred(values, many, lines, step, next) {
  const averages = new Float64Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let n = 0, at = line * next; n < many; n++, at += step) {
      averages[at] = (values[at] + (n ? values[at - step] : 0) + (n < many - 1 ? values[at + step] : 0)) / 3;
    }
  }
  return averages;
}

export class Fade {
  constructor() {
    this.version = 0;
    /** @type {LevelOfDetail | undefined} */
    this.detail = undefined; // whose points were counted
    this.seen = -1; // its version then
    /** @type {Ranges | undefined} */
    this.ranges = undefined;
    /** @type {Coverage | undefined} */
    this.coverage = undefined;
    this.mask = h("canvas", {});
    this.feather = h("canvas", { width: PATTERN, height: PATTERN });
    const image = new ImageData(PATTERN, PATTERN);
    /** @param {number} px */
    const side = (px) => {
      const t = Math.min(1, (Math.min(px, PATTERN - 1 - px) + 0.5) / (FEATHER * PATTERN));
      return t * t * (3 - 2 * t);
    };
    for (let p = 0; p < PATTERN ** 2; p++)
      image.data[4 * p + 3] = 255 * side(p % PATTERN) * side(Math.floor(p / PATTERN));
    contextOf(this.feather).putImageData(image, 0, 0);
    this.pattern = /** @type {CanvasPattern} */ (contextOf(this.feather).createPattern(this.feather, "repeat"));
    this.rims = h("canvas", {}); // of all the pictures in a view, which take half of the time to draw
    this.rimmed = ""; // which view that was asked for last
  }

  /**
   * Takes where points lie now, in a `LevelOfDetail`; `ranges`, { x, y }, are what the opening view holds.
   * @param {LevelOfDetail} detail
   * @param {Ranges} ranges
   */
  take(detail, ranges) {
    if (this.detail === detail && this.seen === detail.version && this.ranges === ranges) return;
    this.detail = detail;
    this.ranges = ranges;
    this.seen = detail.version;
    this.version++;
    const covered = coverage((each) => detail.visit(each), ranges);
    const { values, columns, rows } = covered;
    Object.assign(this.mask, { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    for (let at = 0; at < values.length; at++) {
      image.data[4 * ((rows - 1 - Math.floor(at / columns)) * columns + (at % columns)) + 3] = 255 * values[at];
    }
    contextOf(this.mask).putImageData(image, 0, 0);
    this.coverage = covered;
  }

  /**
   * Fades what was drawn on a canvas with so many px for one in CSS, in a view's frame, in pictures that are `width` by `height`, of the plane, from
   * the origin, or in a square that is `side` wide from [left, top] on, towards whose rims all fades, too.
   * @param {CanvasRenderingContext2D} context
   * @param {Frame} frame
   * @param {number} scale
   * @param {[number, number]} size
   * @param {{ left?: number, top?: number, side?: number }} [square]
   */
  apply(context, frame, scale, size, { left = 0, top = 0, side = 0 } = {}) {
    const { width: wide, height: high } = context.canvas;
    const [originX, originY] = [(frame.left + left * frame.width) * scale, (frame.top + top * frame.height) * scale];
    const look = [wide, high, originX, originY, ...size, frame.width, frame.height, scale].join();
    context.save();
    context.globalAlpha = 1;
    context.globalCompositeOperation = "destination-in";
    context.imageSmoothingQuality = "high";
    const [across, down] = [(size[0] * frame.width * scale) / PATTERN, (-size[1] * frame.height * scale) / PATTERN];
    this.pattern.setTransform(new DOMMatrix([across, 0, 0, down, originX, originY]));
    if (look !== this.rimmed) {
      this.rims.width = 0;
      this.rimmed = look;
      fill(context, this.pattern);
    } else {
      // The view rests.
      if (!this.rims.width) {
        [this.rims.width, this.rims.height] = [wide, high];
        const rims = contextOf(this.rims);
        rims.imageSmoothingQuality = "high";
        fill(rims, this.pattern);
      }
      context.drawImage(this.rims, 0, 0);
    }
    if (side)
      context.drawImage(this.feather, originX, originY, side * frame.width * scale, -side * frame.height * scale);
    if (this.coverage) {
      const { columns, rows, cell, left: x, bottom } = this.coverage;
      context.drawImage(
        this.mask,
        (frame.left + x * frame.width) * scale,
        (frame.top + (bottom + rows * cell) * frame.height) * scale,
        columns * cell * frame.width * scale,
        -rows * cell * frame.height * scale,
      );
    }
    context.restore();
  }
}

/** @param {CanvasRenderingContext2D} context @param {CanvasPattern} pattern */
function fill(context, pattern) {
  context.fillStyle = pattern;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}
