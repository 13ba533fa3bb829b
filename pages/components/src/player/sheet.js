// What the decoder drew all over the plane after each step: a square of pictures behind the points, which go over into one another.

import { Fade } from "../render/fade.js";
import { cutOut } from "../render/ground.js";
import { fit, h } from "../shared/dom.js";

const REACH = 3; // standard deviations of the prior that the square covers, each way (vae/runs/snapshots.py)
const MOST_DRAWN = 60; // squares that are kept as they are drawn

export class Sheet {
  /** Pictures have `shape`: channels, height, width, and a `ground`, or null. */
  constructor(shape, ground) {
    [this.channels, this.high, this.wide] = shape;
    this.ground = ground;
    this.fade = new Fade();
    this.fixed = true; // there are as many as there are
    this.element = h("canvas", { className: "zs-terrain", "aria-hidden": "true" });
    this.context = this.element.getContext("2d");
    this.drawn = new Map(); // step -> a canvas with its square
    this.pair = [];
  }

  set({ on, strength, ink }) {
    if (String(ink) !== String(this.ink)) this.drawn.clear();
    Object.assign(this, { on, ink });
    this.element.hidden = !on;
    this.element.style.opacity = String(strength);
    this.paint();
  }

  forget() {}

  destroy() {
    this.drawn.clear();
  }

  /** Shows the samples of two steps, [{ step, samples }], the second of them by a share. */
  show(pair, share) {
    Object.assign(this, { pair, share });
    this.paint();
  }

  draw(view, _, crowd, home) {
    this.view = view;
    this.fade.take(crowd, home);
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
    context.rect(...view.box.map((side) => side * scale));
    context.clip();
    const { left, top, width, height } = view.frame;
    const spot = [left - REACH * width, top + REACH * height, 2 * REACH * width, -2 * REACH * height].map(
      (side) => side * scale,
    );
    this.pair.forEach(({ step, samples }, place) => {
      // Added up, so that what is in both stays as it is.
      context.globalCompositeOperation = "lighter";
      context.globalAlpha = this.pair.length === 1 ? 1 : place ? this.share : 1 - this.share;
      if (context.globalAlpha) context.drawImage(this.squareOf(step, samples), ...spot);
    });
    context.globalCompositeOperation = "source-over";
    if (this.pair.length) {
      const side = (2 * REACH) / sideOf(this.pair[0].samples, this);
      this.fade.apply(context, view.frame, scale, [side, side], { left: -REACH, top: REACH, side: 2 * REACH });
    }
    context.restore();
  }

  squareOf(step, samples) {
    if (!this.drawn.has(step)) {
      this.drawn.set(step, drawSquare(samples, [this.channels, this.high, this.wide], this));
      if (this.drawn.size > MOST_DRAWN) this.drawn.delete(this.drawn.keys().next().value);
    }
    return this.drawn.get(step);
  }
}

/** How many images of bytes (S, C, H, W) there are on a side of their square. */
function sideOf(images, { channels, high, wide }) {
  return Math.round(Math.sqrt(images.length / (channels * high * wide)));
}

/** A canvas with images of bytes in a square, as they stand out from their ground. */
function drawSquare(images, shape, look) {
  return drawRows([images], shape, sideOf(images, look), { cut: look });
}

/** A canvas with rows of images, each of the `parts` being bytes (S, C, H, W) that are laid out in so many columns, as they are or `cut`
 * from their { ground, ink }, with a gap of some px between images, and after each two of the parts some more. */
export function drawRows(parts, [channels, high, wide], columns, { cut = null, gap = 0, apart = 0 }) {
  const area = high * wide;
  const rows = parts.map((images) => Math.ceil(images.length / (channels * area * columns)));
  const gaps = apart * (Math.ceil(parts.length / 2) - 1);
  const height = rows.reduce((sum, count) => sum + count, 0) * (high + gap) - gap + gaps;
  const canvas = h("canvas", { width: columns * (wide + gap) - gap, height });
  const context = canvas.getContext("2d");
  const frame = context.createImageData(canvas.width, canvas.height);
  const { data } = frame;
  let above = 0;
  parts.forEach((images, part) => {
    for (let n = 0; n < images.length / (channels * area); n++) {
      const [left, top] = [(n % columns) * (wide + gap), above + Math.floor(n / columns) * (high + gap)];
      for (let y = 0, from = n * channels * area; y < high; y++) {
        for (let x = 0, at = ((top + y) * canvas.width + left) * 4; x < wide; x++, at += 4, from++) {
          cutOut(data, at, channels, (c) => images[from + c * area] / 255, cut?.ground, cut?.ink);
        }
      }
    }
    above += rows[part] * (high + gap) + (part % 2 ? apart : 0);
  });
  context.putImageData(frame, 0, 0);
  return canvas;
}
