// What the decoder drew all over the plane after each step: a square of pictures behind the points, which go over into one another.

import { Fade } from "../render/fade.js";
import { cutOut } from "../render/ground.js";
import { contextOf, fit, h } from "../shared/dom.js";
import { LRUMap } from "../shared/lru_map.js";

const MAX_DRAWN = 60; // squares that are kept as they are drawn

export class Sheet {
  /**
   * Pictures have `shape`: channels, height, width, and a `ground`, or null; their square reaches as far as `reach` from the origin.
   * @param {ImageShape} shape
   * @param {number[] | null} ground
   * @param {number} reach
   */
  constructor(shape, ground, reach) {
    this.shape = shape;
    this.reach = reach;
    this.on = false;
    /** @type {Rgb | undefined} */
    this.ink = undefined;
    /** @type {View | undefined} */
    this.view = undefined;
    this.ground = ground;
    this.fade = new Fade();
    this.fixed = true; // there are as many as there are
    this.element = h("canvas", { className: "zs-terrain", "aria-hidden": "true" });
    this.context = contextOf(this.element);
    /** @type {LRUMap<number, HTMLCanvasElement>} */
    this.drawn = new LRUMap(MAX_DRAWN); // step -> a canvas with its square
    /** @type {{ step: number, samples: Uint8Array }[]} */
    this.pair = []; // of two steps
    this.share = 0; // of the second
  }

  /** @param {{ on: boolean, strength: number, ink: Rgb }} settings */
  set({ on, strength, ink }) {
    if (String(ink) !== String(this.ink)) this.drawn.clear();
    this.on = on;
    this.ink = ink;
    this.element.hidden = !on;
    this.element.style.opacity = String(strength);
    this.paint();
  }

  forget() {}

  destroy() {
    this.drawn.clear();
  }

  /**
   * Shows the samples of two steps, [{ step, samples }], the second of them by a share.
   * @param {{ step: number, samples: Uint8Array }[]} pair
   * @param {number} share
   */
  show(pair, share) {
    this.pair = pair;
    this.share = share;
    this.paint();
  }

  /** @param {View} view @param {Condition} _ @param {LevelOfDetail} detail @param {Ranges} home */
  draw(view, _, detail, home) {
    this.view = view;
    this.fade.take(detail, home);
    this.paint();
  }

  paint() {
    const { view, context, element } = this;
    if (!view || !this.on || !this.ink) return;
    const room = fit(element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    context.clearRect(0, 0, wide, high);
    context.save();
    context.beginPath();
    const { box } = view;
    context.rect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale);
    context.clip();
    const { left, top, width, height } = view.frame;
    const [x, y] = [(left - this.reach * width) * scale, (top + this.reach * height) * scale];
    const [broad, tall] = [2 * this.reach * width * scale, -2 * this.reach * height * scale];
    for (const [place, { step, samples }] of this.pair.entries()) {
      // Added up, so that what is in both stays as it is.
      context.globalCompositeOperation = "lighter";
      context.globalAlpha = place ? this.share : 1 - this.share;
      if (context.globalAlpha) context.drawImage(this.squareOf(step, samples, this.ink), x, y, broad, tall);
    }
    context.globalCompositeOperation = "source-over";
    if (this.pair.length) {
      const side = (2 * this.reach) / sideOf(this.pair[0].samples, this.shape);
      this.fade.apply(context, view.frame, scale, [side, side], {
        left: -this.reach,
        top: this.reach,
        side: 2 * this.reach,
      });
    }
    context.restore();
  }

  /** @param {number} step @param {Uint8Array} samples @param {Rgb} ink */
  squareOf(step, samples, ink) {
    const known = this.drawn.get(step);
    if (known) return known;
    const square = drawRows([samples], this.shape, sideOf(samples, this.shape), { cut: { ground: this.ground, ink } });
    this.drawn.set(step, square);
    return square;
  }
}

/**
 * How many images of bytes (S, C, H, W) there are on a side of their square.
 * @param {Uint8Array} images
 * @param {ImageShape} shape
 */
function sideOf(images, [channels, high, wide]) {
  return Math.round(Math.sqrt(images.length / (channels * high * wide)));
}

/**
 * A canvas with rows of images, each of the `parts` being bytes (S, C, H, W) that are laid out in so many columns, as they are or `cut`
 * from their { ground, ink }, with a gap of some px between images, and after each two of the parts some more.
 * @param {Uint8Array[]} parts
 * @param {ImageShape} shape
 * @param {number} columns
 * @param {{ cut?: { ground: number[] | null, ink: Rgb } | null, gap?: number, apart?: number }} look
 */
export function drawRows(parts, [channels, high, wide], columns, { cut = null, gap = 0, apart = 0 }) {
  const area = high * wide;
  const rows = parts.map((images) => Math.ceil(images.length / (channels * area * columns)));
  const gaps = apart * (Math.ceil(parts.length / 2) - 1);
  const height = rows.reduce((sum, count) => sum + count, 0) * (high + gap) - gap + gaps;
  const canvas = h("canvas", { width: columns * (wide + gap) - gap, height });
  const context = contextOf(canvas);
  const frame = context.createImageData(canvas.width, canvas.height);
  const { data } = frame;
  let above = 0;
  for (const [part, images] of parts.entries()) {
    for (let n = 0; n < images.length / (channels * area); n++) {
      const [left, top] = [(n % columns) * (wide + gap), above + Math.floor(n / columns) * (high + gap)];
      for (let y = 0, from = n * channels * area; y < high; y++) {
        for (let x = 0, at = ((top + y) * canvas.width + left) * 4; x < wide; x++, at += 4, from++) {
          cutOut(data, at, channels, (c) => images[from + c * area] / 255, cut?.ground, cut?.ink);
        }
      }
    }
    above += rows[part] * (high + gap) + (part % 2 ? apart : 0);
  }
  context.putImageData(frame, 0, 0);
  return canvas;
}
