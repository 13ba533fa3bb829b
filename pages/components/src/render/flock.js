// Points on the move. While they go from place to place at every frame they are drawn here, pixel by pixel, and Plotly draws
// them again where they come to rest: it lays out everything anew at every change, and takes ten times as long.

import { contextOf, fit, h } from "../shared/dom.js";

const SHARES = 4; // places within a pixel, each way, that a point can be centred on

/** @typedef {{ side: number, masks: Uint16Array[] }} Dots how much of the pixels around its middle a point covers */

export class Flock {
  constructor() {
    this.element = h("canvas", { className: "zs-flock", "aria-hidden": "true", hidden: true });
    /** @type {Map<string, Dots>} */
    this.dots = new Map();
    this.context = contextOf(this.element);
    /** @type {ImageData | undefined} */
    this.image = undefined;
  }

  /**
   * Draws `groups` of points, { x, y, index, colour: [red, green, blue] }, on a clear ground, as a `View` has them; those that don't lie
   * inside its box are left out. `size` is a point's diameter in CSS pixels, `opacity`: { usual, lit, faint };
   * `chosen` says by index which points are lit, 0 or 1, the others then being faint, or is null where all are as usual.
   * @param {{ x: Float32Array, y: Float32Array, index: Int32Array, colour: Rgb }[]} groups
   * @param {View} view
   * @param {number} size
   * @param {{ usual: number, lit: number, faint: number }} opacity
   * @param {Uint8Array | null} chosen
   */
  draw(groups, view, size, opacity, chosen) {
    const { element } = this;
    const {
      frame: { left, top, width, height },
      box,
    } = view;
    const room = fit(element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    if (this.image?.width !== wide || this.image.height !== high) this.image = this.context.createImageData(wide, high);
    const { data } = this.image;
    data.fill(0);
    const usual = this.dotsOf(size * scale, opacity.usual);
    const [lit, faint] = [opacity.lit, opacity.faint].map((share) => this.dotsOf(size * scale, share));
    const { side } = usual;
    const most = {
      x: Math.min(wide, (box[0] + box[2]) * scale) - side,
      y: Math.min(high, (box[1] + box[3]) * scale) - side,
    };
    const least = { x: Math.max(0, box[0] * scale), y: Math.max(0, box[1] * scale) };
    for (const { x, y, index, colour } of groups) {
      const [r, g, b] = colour;
      for (let i = 0; i < x.length; i++) {
        const across = (left + x[i] * width) * scale - side / 2;
        const down = (top + y[i] * height) * scale - side / 2;
        if (!(across >= least.x && across < most.x && down >= least.y && down < most.y)) continue;
        const column = Math.floor(across);
        const row = Math.floor(down);
        const dots = chosen ? (chosen[index[i]] ? lit : faint) : usual;
        const cover = dots.masks[Math.floor((down - row) * SHARES) * SHARES + Math.floor((across - column) * SHARES)];
        for (let line = 0, m = 0; line < side; line++) {
          for (let p = ((row + line) * wide + column) * 4, end = p + 4 * side; p < end; p += 4, m++) {
            const share = cover[m];
            if (share === 0) continue;
            const before = data[p + 3];
            const after = before + (((256 - before) * share) >> 8);
            const weight = before === 0 ? 1 : share / (after + 1);
            data[p] += weight * (r - data[p]);
            data[p + 1] += weight * (g - data[p + 1]);
            data[p + 2] += weight * (b - data[p + 2]);
            data[p + 3] = after;
          }
        }
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }

  /**
   * How much of each pixel a point covers, times its opacity, in 256ths: for each place within a pixel that it can lie at.
   * @param {number} diameter
   * @param {number} opacity
   */
  dotsOf(diameter, opacity) {
    const name = `${diameter} ${opacity}`;
    let dots = this.dots.get(name);
    if (!dots) {
      const side = Math.ceil(diameter) + 2;
      const masks = Array.from({ length: SHARES ** 2 }, (_, place) => {
        const centre = [((place % SHARES) + 0.5) / SHARES, (Math.floor(place / SHARES) + 0.5) / SHARES].map(
          (share) => side / 2 + share,
        );
        return Uint16Array.from({ length: side * side }, (_, pixel) => {
          const away = Math.hypot((pixel % side) + 0.5 - centre[0], Math.floor(pixel / side) + 0.5 - centre[1]);
          return Math.round(256 * opacity * Math.min(1, Math.max(0, diameter / 2 - away + 0.5)));
        });
      });
      dots = { side, masks };
      this.dots.set(name, dots);
    }
    return dots;
  }
}
