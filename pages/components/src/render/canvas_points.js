// Points on the move. While they go from place to place at every frame they are drawn here, pixel by pixel, and Plotly draws
// them again where they come to rest: it lays out everything anew at every change, and takes ten times as long.

import { STRIP, Workspace } from "../nn/kernel.js";
import { contextOf, fit, h } from "../shared/dom.js";

const SHARES = 4; // places within a pixel, each way, that a point can be centred on
const STRIP_WIDTH = 4; // pixels of a strip
const [STAYS, COMES] = [8, 24]; // where a strip's shares and what is added to them begin, in numbers of 16 bits
const HALF = 128; // of 256
const SPARE_FACTOR = 1.5; // room for so many times the points that there are
const INVERSE_ALPHAS = Int32Array.from({ length: 256 }, (_, alpha) => Math.round((65536 * 255) / Math.max(1, alpha))); // in 65536ths

/**
 * A point for each place within a pixel that it can lie at: the strips of four pixels that it covers, where they begin in a picture as wide as
 * it is for, from the corner of a square that is `side` wide on, and what share of each pixel it covers, times its opacity, in 256ths.
 * @typedef {{ side: number, places: { offset: number, shares: number[] }[][] }} Dots
 * Points of one colour.
 * @typedef {{ x: Float32Array, y: Float32Array, index: Int32Array, colour: Rgb }} PointGroup
 * How opaque points are: as usual, and where some are chosen those and the others.
 * @typedef {{ usual: number, lit: number, faint: number }} Opacity
 */

export class CanvasPoints {
  constructor() {
    this.element = h("canvas", { className: "zs-canvas-points", "aria-hidden": "true", hidden: true });
    this.context = contextOf(this.element);
    /** @type {Picture | undefined} */
    this.picture = undefined;
    /** @type {ImageData | undefined} */
    this.image = undefined; // of the picture
    this.made = ""; // for what
  }

  /**
   * Draws `groups` of points on a clear ground, as a `View` has them; those that don't lie inside its box are left out. `size` is a point's
   * diameter in CSS pixels; `chosen` says by index which points are lit, 0 or 1, the others then being faint, or is null where all are as usual.
   * @param {PointGroup[]} groups
   * @param {View} view
   * @param {number} size
   * @param {Opacity} opacity
   * @param {Uint8Array | null} chosen
   */
  draw(groups, view, size, opacity, chosen) {
    const room = fit(this.element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    const most = Math.max(0, ...groups.map(({ x }) => x.length));
    const made = `${wide} ${high} ${size * scale} ${Object.values(opacity)}`;
    if (!this.picture || !this.image || made !== this.made || most > this.picture.most) {
      this.picture = new Picture(wide, high, size * scale, opacity, Math.ceil(SPARE_FACTOR * most));
      this.image = new ImageData(this.picture.bytes, wide, high);
      this.made = made;
    }
    this.picture.pixels.fill(0);
    for (const points of groups) this.picture.stamp(points, scale, view, chosen);
    unmultiply(this.picture.pixels);
    this.context.putImageData(this.image, 0, 0);
  }
}

/** Pixels, 0xAABBGGRR, that up to `most` points at a time are drawn on. Colours are multiplied by their alpha. */
export class Picture {
  /**
   * @param {number} wide
   * @param {number} high
   * @param {number} diameter of a point, in pixels
   * @param {Opacity} opacity
   * @param {number} most
   */
  constructor(wide, high, diameter, { usual, faint, lit }, most) {
    this.wide = wide;
    this.high = high;
    this.most = most;
    this.looks = [usual, faint, lit].map((share) => dotsOf(diameter, share, wide));
    this.strips = this.looks.map(({ places }) => places.flat());
    const count = this.strips.reduce((sum, { length }) => sum + length, 0);
    this.space = new Workspace();
    const pixels = this.space.take(wide * high + STRIP_WIDTH); // a strip may end beyond the last
    const table = this.space.take((count * STRIP) / 4);
    this.points = this.space.take(2 * most);
    this.space.allocate();
    const { buffer } = pixels.values;
    this.at = pixels.at;
    this.pixels = new Int32Array(buffer, pixels.at, wide * high);
    this.bytes = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (buffer), pixels.at, 4 * wide * high);
    this.list = new Int32Array(buffer, this.points.at, 2 * most);
    this.halves = new Uint16Array(buffer);
    let at = table.at;
    const words = new Int32Array(buffer);
    /** Where the strips of each look begin, and within it of each place; 0 where a point covers nothing. */
    this.starts = this.looks.map(({ places }) =>
      Int32Array.from(places, (strips) => {
        const start = strips.length ? at : 0;
        strips.forEach(({ offset, shares }, n) => {
          words[at / 4] = 4 * offset;
          words[at / 4 + 1] = Number(n < strips.length - 1);
          for (let byte = 0; byte < 4 * STRIP_WIDTH; byte++)
            this.halves[at / 2 + STAYS + byte] = 256 - shares[byte >> 2];
          at += STRIP;
        });
        return start;
      }),
    );
  }

  /**
   * Draws points over what is there; the view's picture has `scale` pixels for one in CSS.
   * @param {PointGroup} points
   * @param {number} scale
   * @param {{ frame: Frame, box: Box }} view
   * @param {Uint8Array | null} chosen by index
   */
  stamp({ x, y, index, colour }, scale, { frame, box }, chosen) {
    for (const look of chosen ? [1, 2] : [0]) this.dip(look, colour);
    const [usual, faint, lit] = this.starts;
    const { left, top, width, height } = frame;
    const { side } = this.looks[0];
    const least = { x: Math.max(0, box[0] * scale), y: Math.max(0, box[1] * scale) };
    const most = {
      x: Math.min(this.wide, (box[0] + box[2]) * scale) - side,
      y: Math.min(this.high, (box[1] + box[3]) * scale) - side,
    };
    const { list, wide, at } = this;
    let count = 0;
    for (let i = 0; i < x.length; i++) {
      const across = (left + x[i] * width) * scale - side / 2;
      const down = (top + y[i] * height) * scale - side / 2;
      if (!(across >= least.x && across < most.x && down >= least.y && down < most.y)) continue;
      const column = Math.floor(across);
      const row = Math.floor(down);
      const place = Math.floor((down - row) * SHARES) * SHARES + Math.floor((across - column) * SHARES);
      const start = (chosen ? (chosen[index[i]] ? lit : faint) : usual)[place];
      if (!start) continue;
      list[count++] = at + 4 * (row * wide + column);
      list[count++] = start;
    }
    this.space.stamp(this.points, count / 2);
  }

  /**
   * Gives the strips of a look their colour.
   * @param {number} look
   * @param {Rgb} colour
   */
  dip(look, colour) {
    const rgba = [...colour, 255];
    const start = this.starts[look].find(Boolean) ?? 0;
    this.strips[look].forEach(({ shares }, n) => {
      const to = (start + n * STRIP) / 2 + COMES;
      for (let byte = 0; byte < 4 * STRIP_WIDTH; byte++)
        this.halves[to + byte] = rgba[byte & 3] * shares[byte >> 2] + HALF;
    });
  }
}

/**
 * The dots of points for a picture that is `wide`.
 * @param {number} diameter
 * @param {number} opacity
 * @param {number} wide
 * @returns {Dots}
 */
function dotsOf(diameter, opacity, wide) {
  const side = Math.ceil(diameter) + 2;
  const places = Array.from({ length: SHARES ** 2 }, (_, place) => {
    const [x, y] = [place % SHARES, Math.floor(place / SHARES)].map((share) => side / 2 + (share + 0.5) / SHARES);
    const strips = [];
    for (let row = 0; row < side; row++) {
      const covered = Array.from({ length: side + STRIP_WIDTH }, (_, column) => {
        const away = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        return Math.round(256 * opacity * Math.min(1, Math.max(0, diameter / 2 - away + 0.5)));
      });
      for (let column = 0; column < side; column++) {
        if (!covered[column]) continue;
        strips.push({ offset: row * wide + column, shares: covered.slice(column, column + STRIP_WIDTH) });
        column += STRIP_WIDTH - 1;
      }
    }
    return strips;
  });
  return { side, places };
}

/**
 * Divides colours by their alpha, as an ImageData has them.
 * @param {Int32Array} pixels
 */
export function unmultiply(pixels) {
  for (let at = 0; at < pixels.length; at++) {
    const pixel = pixels[at];
    const alpha = pixel >>> 24;
    if (alpha === 0 || alpha === 255) continue;
    const by = INVERSE_ALPHAS[alpha];
    const red = ((pixel & 255) * by + 32768) >>> 16;
    const green = (((pixel >>> 8) & 255) * by + 32768) >>> 16;
    const blue = (((pixel >>> 16) & 255) * by + 32768) >>> 16;
    pixels[at] = red | (green << 8) | (blue << 16) | (alpha << 24);
  }
}
