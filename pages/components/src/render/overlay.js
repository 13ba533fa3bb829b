// An overlay that says where the map can be believed: one field over all that can be seen, as colours, with a bar that explains them.
// It is drawn coarsely at once and finely where the view rests; what it was before moves along meanwhile.

import { keyOf } from "../nn/condition.js";
import { contextOf, fit, h } from "../shared/dom.js";

const COARSE_FACTOR = 3; // times as wide cells
const HOME_CELLS = 40; // cells each way at least, to find the range of the colours
const CLASS_OPACITY = 0.5; // where the vote is not divided, so that points can be told from it
const DECADES = 9.2; // of the density, in nats: to a ten-thousandth of the densest place

/**
 * How to read an overlay; `kernel` is what differs where the plane has no measure of its own.
 * @typedef {{ title: string, unit: string, text: string, cell: number, around?: number, kernel?: { unit: string, text: string },
 *   range?: (sorted: Float32Array) => [number, number] }} Known
 * What the worker is to find: for a view, finely or not, or for the range of the colours at home.
 * @typedef {{ id: number, name: string, condition: Condition, grid: Grid, key?: string, fine?: boolean, home?: boolean }} Job
 * @typedef {{ frame: Frame, box: Box, width: number, height: number, condition: Condition, moving: boolean, key: string }} OverlayView
 * @typedef {Job & { values: Float32Array, picture: HTMLCanvasElement }} Shown
 */

/**
 * What there is to choose from: how to read it, its unit, px of a cell, and which part of the values at home the colours span.
 * @type {Record<string, Known>}
 */
export const OVERLAYS = {
  density: {
    title: "Density of the images",
    unit: "log q(z), nats",
    text: "How much of the test images' posteriors lies at a place, averaged over cells of 2 px: narrower peaks look lower until the map is zoomed in. Where there is none, the model was never asked to draw anything.",
    cell: 2,
    around: 384,
    kernel: {
      unit: "log density, nats",
      text: "How densely the test images lie in this plane, each smoothed over half the distance to its neighbours. The method chose the plane, and the distances in it.",
    },
    range: (sorted) => [sorted[sorted.length - 1] - DECADES, sorted[sorted.length - 1]],
  },
  entropy: {
    title: "Undecided pixels",
    unit: "entropy, nats per image",
    text: "How unsure the decoded pixels are. High where a picture is blurred, or stands between two shapes.",
    cell: 9,
  },
  sharpness: {
    title: "Sharpness",
    unit: "mean difference of neighbouring pixels",
    text: "How crisp the decoded picture is. Low where it is blurred, or stands between two shapes.",
    cell: 9,
  },
  stretch: {
    title: "Stretch of the decoder",
    unit: "log √det JᵀJ",
    text: "How fast pictures change as the pointer moves. Ridges are borders between shapes; where it is low, one shape goes on and on.",
    cell: 12,
  },
  cycle: {
    title: "Cycle error",
    unit: "‖z − E(D(z))‖, latent units",
    text: "How far the encoder by itself, in one pass, puts a decoded picture from where it was decoded: where that is large, the two halves don't agree. Where a model refines its posteriors, as the points have it, they come out nearer.",
    cell: 12,
  },
  class: {
    title: "Nearest class",
    unit: "vote of the 10 nearest points",
    text: "The class that most of the nearest test images have; the paler, the more divided their vote.",
    cell: 5,
  },
};

/**
 * How to read an overlay; `kernel` says that the plane has no measure of its own. Undefined for "".
 * @param {string} name
 * @param {boolean} kernel
 * @returns {Known | undefined}
 */
export function overlayOf(name, kernel) {
  return OVERLAYS[name] && { ...OVERLAYS[name], ...(kernel ? OVERLAYS[name].kernel : {}) };
}

// Lightness goes one way, so that the bar can be read without its colours; the ends are near the ground and far from it.
const RAMP = ["#f3f7f8", "#c3dde2", "#7fb8c3", "#3d8799", "#17566a", "#0a2f3f"];
const RAMP_ON_DARK = ["#12161d", "#14323d", "#1b5a69", "#3b8e9a", "#86c6c9", "#e2f6f1"];

export class Overlay {
  /** @param {import("../worker/background.js").Background} background */
  constructor(background) {
    this.background = background;
    this.element = h("canvas", { className: "zs-field", "aria-hidden": "true" });
    this.context = contextOf(this.element);
    this.colours = h("span", { className: "zs-ramp" });
    this.title = h("strong", {});
    this.unit = h("span", { className: "zs-note" });
    this.least = h("span", {});
    this.most = h("span", {});
    this.bar = h(
      "div",
      { className: "zs-bar", hidden: true },
      this.title,
      this.unit,
      h("span", { className: "zs-scale" }, this.least, this.colours, this.most),
    );
    /** @type {Map<string, [number, number]>} */
    this.ranges = new Map(); // "name condition" -> [low, high]
    /** @type {{ name: string, range: [number, number] } | undefined} */
    this.lastRange = undefined;
    this.lastJob = 0;
    this.name = "";
    /** @type {Ranges} */
    this.home = { x: [-1, 1], y: [-1, 1] };
    /** @type {Rgb[]} */
    this.classes = [];
    this.ramp = RAMP;
    /** @type {OverlayView | undefined} */
    this.view = undefined;
    /** @type {Shown | undefined} */
    this.shown = undefined;
    /** @type {Job | undefined} */
    this.job = undefined;
    /** @type {string | undefined} */
    this.drawn = undefined; // what was drawn last
    background.on("field", (answer) => this.take(answer));
  }

  /**
   * `name` in OVERLAYS, or "" for none; `home`: the ranges { x, y } whose values the colours span; `classes`: [red, green, blue] of each;
   * `kernel` says that the plane has no measure of its own.
   * @param {{ name: string, strength: number, dark: boolean, classes: Rgb[], home: Ranges, kernel: boolean }} settings
   */
  set({ name, strength, dark, classes, home, kernel }) {
    const known = overlayOf(name, kernel);
    if (name !== this.name) this.shown = undefined;
    this.name = name;
    this.home = home;
    this.classes = classes;
    this.ramp = dark ? RAMP_ON_DARK : RAMP;
    this.element.hidden = this.bar.hidden = !known;
    this.element.style.opacity = String(strength);
    this.drawn = undefined;
    if (!known) return;
    this.title.textContent = known.title;
    this.unit.textContent = known.unit;
    this.bar.title = known.text;
    this.colours.hidden = name === "class";
    this.colours.style.background = `linear-gradient(to right, ${this.ramp.join(", ")})`;
    if (this.shown) this.colour(this.shown);
    this.label();
  }

  /** The plane is another one. */
  forget() {
    this.ranges.clear();
    this.shown = this.job = this.lastRange = this.drawn = undefined;
    this.context.clearRect(0, 0, this.element.width, this.element.height);
  }

  /**
   * Draws what there is and asks for what is missing in a `View`. `moving` says whether it, or the condition, changes right now.
   * @param {{ frame: Frame, box: Box, width: number, height: number }} view
   * @param {Condition} condition
   * @param {boolean} moving
   */
  draw({ frame, box, width, height }, condition, moving) {
    if (!OVERLAYS[this.name]) return;
    this.view = {
      frame,
      box,
      width,
      height,
      condition,
      moving,
      key: [this.name, keyOf(condition), ...box, ...Object.values(frame)].join(),
    };
    const look = `${this.view.key} ${devicePixelRatio} ${this.shown?.id}`;
    if (look !== this.drawn) {
      this.drawn = look;
      this.paint();
    }
    this.next(this.view);
  }

  paint() {
    const { element, context, shown, view } = this;
    if (!view) return;
    const size = fit(element, view);
    if (!size) return;
    const [wide, high, scale] = size;
    context.clearRect(0, 0, wide, high);
    if (!shown) return;
    const { frame, box } = view;
    const { left, bottom, dx, dy, columns, rows } = shown.grid;
    context.save();
    context.beginPath();
    context.rect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale);
    context.clip();
    const [x, y] = [frame.left + left * frame.width, frame.top + (bottom + rows * dy) * frame.height];
    context.drawImage(
      shown.picture,
      x * scale,
      y * scale,
      columns * dx * frame.width * scale,
      -rows * dy * frame.height * scale,
    );
    context.restore();
  }

  /**
   * Asks for what is wanted most: the range of the colours, a coarse field where another is shown, and then a fine one.
   * @param {OverlayView} view
   */
  next(view) {
    const { shown, name } = this;
    const ranged = name === "class" || this.ranges.has(`${name} ${keyOf(view.condition)}`);
    if (this.job?.key === view.key || (this.job && !this.job.fine)) return; // coarse ones are let end, or none would in a drag
    if (!ranged && !view.moving) this.ask(view, this.homeGrid(), { home: true });
    else if (shown?.key !== view.key) this.ask(view, this.grid(view, COARSE_FACTOR), { key: view.key });
    else if (!shown.fine && !view.moving) this.ask(view, this.grid(view, 1), { key: view.key, fine: true });
  }

  /**
   * @param {OverlayView} view
   * @param {Grid} grid
   * @param {{ key?: string, fine?: boolean, home?: boolean }} what
   */
  ask({ condition }, grid, what) {
    this.job = { id: ++this.lastJob, name: this.name, condition, grid, ...what };
    this.background.ask("field", { id: this.job.id, name: this.name, condition, grid });
  }

  /**
   * A grid over what can be seen, with cells of some px.
   * @param {OverlayView} view
   * @param {number} times
   * @returns {Grid}
   */
  grid({ frame, box }, times) {
    const px = OVERLAYS[this.name].cell * times;
    const columns = Math.ceil(box[2] / px) + 2;
    const rows = Math.ceil(box[3] / px) + 2;
    const [dx, dy] = [px / frame.width, -px / frame.height];
    return {
      left: (box[0] - frame.left) / frame.width - dx,
      bottom: (box[1] + box[3] - frame.top) / frame.height - dy,
      dx,
      dy,
      columns,
      rows,
    };
  }

  /** @returns {Grid} */
  homeGrid() {
    const { x, y } = this.home;
    const columns = OVERLAYS[this.name].around ?? HOME_CELLS;
    const rows = columns;
    return { left: x[0], bottom: y[0], dx: (x[1] - x[0]) / columns, dy: (y[1] - y[0]) / rows, columns, rows };
  }

  /**
   * An answer of the worker.
   * @param {WorkerAnswer} answer
   */
  take({ id, values, error }) {
    const { job, view } = this;
    if (!job || !view || id !== job.id) return;
    this.job = undefined;
    if (error || !values) {
      this.title.textContent = `This overlay could not be computed: ${error}`;
      this.unit.textContent = "";
      return;
    }
    if (job.name !== this.name) return this.draw(view, view.condition, view.moving);
    if (job.home) this.ranges.set(`${job.name} ${keyOf(job.condition)}`, rangeOf(values, OVERLAYS[job.name].range));
    else this.shown = { ...job, values, picture: h("canvas") };
    if (this.shown) this.colour(this.shown);
    this.label();
    this.element.dataset.settled = this.shown?.fine ? this.shown.key : "";
    this.drawn = undefined;
    this.draw(view, view.condition, view.moving);
  }

  /** The range of the colours: that of the condition that is shown, or while beta is being dragged the last that was found. */
  get range() {
    const condition = this.shown?.condition ?? this.view?.condition;
    const own = condition && this.ranges.get(`${this.name} ${keyOf(condition)}`);
    if (own) this.lastRange = { name: this.name, range: own };
    return own ?? (this.lastRange?.name === this.name ? this.lastRange.range : undefined);
  }

  label() {
    const { range } = this;
    const show = range && this.name !== "class";
    this.least.textContent = show ? rounded(range[0]) : "";
    this.most.textContent = show ? rounded(range[1]) : "";
  }

  /**
   * Turns the values that are shown into a picture, one pixel for a cell.
   * @param {Shown} shown
   */
  colour(shown) {
    const { values, grid } = shown;
    const { columns, rows } = grid;
    const picture = h("canvas", { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    const [low, high] = this.range ?? rangeOf(values, OVERLAYS[this.name].range);
    const table = this.name === "class" ? null : tableOf(this.ramp);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = values[row * columns + column];
        if (Number.isNaN(value)) continue; // nothing can be said of it
        const at = 4 * ((rows - 1 - row) * columns + column);
        if (table) {
          const step = 3 * Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))));
          for (let c = 0; c < 3; c++) image.data[at + c] = table[step + c];
          image.data[at + 3] = 255;
        } else if (value >= 0) {
          const label = Math.floor(value);
          for (let c = 0; c < 3; c++) image.data[at + c] = this.classes[label][c];
          image.data[at + 3] = CLASS_OPACITY * 255 * (value - label) ** 2;
        }
      }
    }
    contextOf(picture).putImageData(image, 0, 0);
    shown.picture = picture;
  }
}

/**
 * Where the colours begin and end; by default, with a hundredth of the values beyond at either end.
 * @param {Float32Array} values
 * @param {(sorted: Float32Array) => [number, number]} of
 */
export function rangeOf(values, of = inner) {
  return of(values.filter((value) => Number.isFinite(value)).sort());
}

/** @param {Float32Array} sorted @returns {[number, number]} */
function inner(sorted) {
  return [sorted[Math.floor(0.01 * (sorted.length - 1))], sorted[Math.ceil(0.99 * (sorted.length - 1))]];
}

/**
 * 256 colours from a ramp, red, green and blue one after another.
 * @param {string[]} ramp
 */
export function tableOf(ramp) {
  const stops = ramp.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  return Uint8Array.from({ length: 768 }, (_, at) => {
    const place = (Math.floor(at / 3) / 255) * (stops.length - 1);
    const stop = Math.min(Math.floor(place), stops.length - 2);
    return Math.round(stops[stop][at % 3] + (place - stop) * (stops[stop + 1][at % 3] - stops[stop][at % 3]));
  });
}

/**
 * Three digits, without zeros behind the point that say nothing.
 * @param {number} value
 */
function rounded(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
