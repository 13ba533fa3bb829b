// Points on the move. While they go from place to place at every frame they are drawn here, pixel by pixel, and Plotly draws
// them again where they come to rest: it lays out everything anew at every change, and takes ten times as long.

import { contextOf, fit, h } from "../shared/dom.js";

const SHARES = 4; // places within a pixel, each way, that a point can be centred on
// A pixel is an integer, 0xAABBGGRR, of which blue and red are reckoned with at once, and so are alpha and green: 8 bits lie between them.
const PAIR = 0x00ff00ff;
const HALF = 0x00800080; // of 256, for either
const BY_ALPHA = Int32Array.from({ length: 256 }, (_, alpha) => Math.round((65536 * 255) / Math.max(1, alpha))); // in 65536ths

/**
 * How much of the pixels around its middle a point covers, times its opacity, in 256ths. For each place within a pixel that it can lie at, they go
 * from one of `starts` to the next: where they are, from the corner of a square that is `side` wide on, and their shares.
 * @typedef {{ side: number, starts: Int32Array, offsets: Int32Array, shares: Int32Array }} Dots
 * Points of one colour.
 * @typedef {{ x: Float32Array, y: Float32Array, index: Int32Array, colour: Rgb }} Points
 */

export class CanvasPoints {
  constructor() {
    this.element = h("canvas", { className: "zs-canvas-points", "aria-hidden": "true", hidden: true });
    /** @type {Map<string, Dots>} */
    this.dots = new Map();
    this.context = contextOf(this.element);
    /** @type {ImageData | undefined} */
    this.image = undefined;
    this.pixels = new Int32Array(); // of it
  }

  /**
   * Draws `groups` of points on a clear ground, as a `View` has them; those that don't lie inside its box are left out. `size` is a point's
   * diameter in CSS pixels, `opacity`: { usual, lit, faint }; `chosen` says by index which points are lit, 0 or 1, the others then being faint,
   * or is null where all are as usual.
   * @param {Points[]} groups
   * @param {View} view
   * @param {number} size
   * @param {{ usual: number, lit: number, faint: number }} opacity
   * @param {Uint8Array | null} chosen
   */
  draw(groups, view, size, opacity, chosen) {
    const room = fit(this.element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    if (this.image?.width !== wide || this.image.height !== high) {
      this.image = this.context.createImageData(wide, high);
      this.pixels = new Int32Array(this.image.data.buffer);
      this.dots.clear(); // whose offsets are those of another width
    }
    const { usual, lit, faint } = opacity;
    const looks = (chosen ? [faint, lit] : [usual]).map((share) => this.dotsOf(size * scale, share));
    this.pixels.fill(0);
    for (const points of groups) stamp(this.pixels, room, points, view, looks, chosen);
    unmultiply(this.pixels);
    this.context.putImageData(this.image, 0, 0);
  }

  /** @param {number} diameter @param {number} opacity */
  dotsOf(diameter, opacity) {
    const name = `${diameter} ${opacity}`;
    let dots = this.dots.get(name);
    if (!dots) {
      dots = dotsOf(diameter, opacity, this.element.width);
      this.dots.set(name, dots);
    }
    return dots;
  }
}

/**
 * The dots of points for a picture that is `wide`.
 * @param {number} diameter
 * @param {number} opacity
 * @param {number} wide
 * @returns {Dots}
 */
export function dotsOf(diameter, opacity, wide) {
  const side = Math.ceil(diameter) + 2;
  const starts = [0];
  const offsets = [];
  const shares = [];
  for (let place = 0; place < SHARES ** 2; place++) {
    const [x, y] = [place % SHARES, Math.floor(place / SHARES)].map((share) => side / 2 + (share + 0.5) / SHARES);
    for (let pixel = 0; pixel < side * side; pixel++) {
      const [column, row] = [pixel % side, Math.floor(pixel / side)];
      const away = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const share = Math.round(256 * opacity * Math.min(1, Math.max(0, diameter / 2 - away + 0.5)));
      if (!share) continue;
      offsets.push(row * wide + column);
      shares.push(share);
    }
    starts.push(shares.length);
  }
  return { side, starts: Int32Array.from(starts), offsets: Int32Array.from(offsets), shares: Int32Array.from(shares) };
}

/**
 * Draws points over `pixels`, whose colours are multiplied by their alpha: a picture that is `wide` by `high` and has `scale` pixels for
 * one in CSS. `looks` are their dots: of all, or where some are `chosen`, by index, those of the others and theirs.
 * @param {Int32Array} pixels
 * @param {[number, number, number]} size
 * @param {Points} points
 * @param {{ frame: Frame, box: Box }} view
 * @param {Dots[]} looks
 * @param {Uint8Array | null} chosen
 */
export function stamp(pixels, [wide, high, scale], { x, y, index, colour }, { frame, box }, looks, chosen) {
  const { left, top, width, height } = frame;
  const { side } = looks[0];
  const least = { x: Math.max(0, box[0] * scale), y: Math.max(0, box[1] * scale) };
  const most = {
    x: Math.min(wide, (box[0] + box[2]) * scale) - side,
    y: Math.min(high, (box[1] + box[3]) * scale) - side,
  };
  const [red, green, blue] = colour;
  const [redBlue, greenAlpha] = [red | (blue << 16), green | (255 << 16)];
  for (let i = 0; i < x.length; i++) {
    const across = (left + x[i] * width) * scale - side / 2;
    const down = (top + y[i] * height) * scale - side / 2;
    if (!(across >= least.x && across < most.x && down >= least.y && down < most.y)) continue;
    const column = Math.floor(across);
    const row = Math.floor(down);
    const { starts, offsets, shares } = looks[chosen ? chosen[index[i]] : 0];
    const place = Math.floor((down - row) * SHARES) * SHARES + Math.floor((across - column) * SHARES);
    const corner = row * wide + column;
    for (let n = starts[place], end = starts[place + 1]; n < end; n++) {
      const at = corner + offsets[n];
      const before = pixels[at];
      const share = shares[n];
      const rest = 256 - share;
      const odd = Math.imul(before & PAIR, rest) + Math.imul(redBlue, share) + HALF;
      const even = Math.imul((before >>> 8) & PAIR, rest) + Math.imul(greenAlpha, share) + HALF;
      pixels[at] = ((odd >>> 8) & PAIR) | (even & ~PAIR);
    }
  }
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
    const by = BY_ALPHA[alpha];
    const red = ((pixel & 255) * by + 32768) >>> 16;
    const green = (((pixel >>> 8) & 255) * by + 32768) >>> 16;
    const blue = (((pixel >>> 16) & 255) * by + 32768) >>> 16;
    pixels[at] = red | (green << 8) | (blue << 16) | (alpha << 24);
  }
}
