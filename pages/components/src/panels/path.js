// The panel of Interpolate: from one image to another, by a slider and as a filmstrip.

import { blend } from "../nn/condition.js";
import { paint } from "../render/paint.js";
import { h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

/** @type {["a", "b"]} */
const ENDS = ["a", "b"];

/** @implements {Panel} */
export class PathPanel {
  /** @param {App} app @param {Remembered} remembered */
  constructor(app, remembered) {
    this.app = app;
    this.t = remembered.t ?? 0.5;
    this.next = remembered.next ?? "a";
    this.turns = new Turns((step) => this.paintStep(step));
    /** @type {number[][] | undefined} */
    this.path = undefined;
    /** @type {[number, number] | null} */
    this.labels = null; // of A and B, for a model that is told a class
    /** @type {Place[]} */
    this.places = []; // of the path
    this.shown = ""; // what was laid out last
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {HTMLCanvasElement[]} */
    this.canvases = []; // of the strip
    this.ends = { a: endOf(), b: endOf() };
    this.picture = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "The decoded image at this place of the path",
    });
    this.where = h("figcaption", {});
    this.slider = h("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "0.001",
      value: String(this.t),
      "aria-label": "Place on the path, from A to B",
    });
    this.slider.oninput = () => this.moveTo(Number(this.slider.value));
    this.slider.onchange = () => this.app.changed();
    this.strip = h("div", { className: "zs-strip" });
    this.choice = h(
      "div",
      { className: "zs-choice", role: "group", "aria-label": "Which end a click on the map chooses" },
      ...ENDS.map((end) => h("button", { type: "button", onclick: () => this.aim(end) }, end.toUpperCase())),
    );
    this.element = h(
      "div",
      { className: "zs-panel" },
      h(
        "div",
        { className: "zs-ends" },
        this.ends.a.element,
        h("figure", { className: "zs-picture" }, this.picture, this.where),
        this.ends.b.element,
      ),
      h("label", { className: "zs-slider" }, "A", this.slider, "B"),
      this.strip,
      app.data.points
        ? h(
            "div",
            { className: "zs-row" },
            h("span", { className: "zs-note" }, "A click on the map chooses the nearest image as"),
            this.choice,
          )
        : null,
    );
    this.aim(this.next);
  }

  get state() {
    return { t: this.t, next: this.next };
  }

  /** @param {Decoder} decoder */
  ready(decoder) {
    this.decoder = decoder;
    this.update(this.app.data);
  }

  /**
   * `path`: latents from A to B, evenly spaced; `steps`: pictures in the strip; `ends`: { a, b } with { caption, picture, index }.
   * @param {AppData} data
   */
  update(data) {
    const { path, steps, labels, ends } = /** @type {PathData} */ (data);
    const text = JSON.stringify([path, steps, labels, ends]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.path = path;
    this.labels = labels;
    this.seat();
    for (const end of ENDS) {
      const { picture, caption } = this.ends[end];
      const { caption: words, picture: source } = ends[end];
      caption.textContent = words;
      if (source) picture.replaceChildren(h("img", { src: source, alt: words }));
      else {
        picture.replaceChildren(h("canvas", { role: "img", "aria-label": words }));
        this.paintEnd(end);
      }
    }
    this.strip.style.setProperty("--zs-steps", String(steps));
    this.canvases = Array.from({ length: steps }, (_, step) =>
      h("canvas", { role: "img", "aria-label": `Picture ${step + 1} of ${steps}` }),
    );
    this.strip.replaceChildren(
      ...this.canvases.map((canvas, step) => {
        const t = step / (steps - 1);
        const go = () => {
          this.slider.value = String(t);
          this.moveTo(t);
          this.app.changed();
        };
        return h("button", { type: "button", onclick: go }, canvas);
      }),
    );
    this.turns.start(steps);
    this.moveTo(this.t);
  }

  /** @param {number} step */
  paintStep(step) {
    this.paintAt(this.canvases[step], step / (this.canvases.length - 1));
  }

  /**
   * Draws what lies at fraction t of the path, which goes from the class of A to that of B as well.
   * @param {HTMLCanvasElement | null} canvas
   * @param {number} t
   */
  paintAt(canvas, t) {
    const { path, labels, decoder } = this;
    if (!canvas || !path || !decoder) return;
    const z = between(path, t);
    const count = decoder.conditioning.label?.count ?? 0;
    const pixels = labels ? decoder.decodeAs(z, blend(...labels, t, count)) : decoder.decode(z);
    paint(canvas, pixels, decoder.imageShape);
  }

  /** Finds where the path lies on the map. */
  seat() {
    const { space } = this.app;
    this.places = (space && this.path?.map((z) => space.transform(z))) ?? [];
  }

  /** The map shows another plane. */
  laidOut() {
    this.seat();
    this.mark();
  }

  /** The decoder acts under another condition now: the same places, other pictures. */
  retuned() {
    if (!this.path) return;
    for (const end of ENDS) this.paintEnd(end);
    this.turns.start(this.canvases.length);
    this.moveTo(this.t);
  }

  /**
   * The reconstruction at an end, where there is no original.
   * @param {"a" | "b"} end
   */
  paintEnd(end) {
    this.paintAt(this.ends[end].picture.querySelector("canvas"), Number(end === "b"));
  }

  destroy() {
    this.turns.stop();
  }

  /** @param {number} t */
  moveTo(t) {
    this.t = t;
    if (!this.path || !this.decoder) return;
    this.paintAt(this.picture, t);
    this.where.textContent = `${Math.round(100 * t)} % of the way`;
    this.mark();
  }

  mark() {
    if (!this.places.length) return;
    const pins = ENDS.map((end) => ({
      place: end === "a" ? this.places[0] : this.places[this.places.length - 1],
      name: end.toUpperCase(),
    }));
    this.app.plane?.draw({ path: this.places, at: placeOf(between(this.places, this.t)), pins });
  }

  /** @param {"a" | "b"} end */
  aim(end) {
    this.next = end;
    for (const [place, other] of ENDS.entries())
      this.choice.children[place].setAttribute("aria-pressed", String(other === end));
  }

  moved() {}

  /** @param {Place} _ @param {Near | null} nearest */
  clicked(_, nearest) {
    if (!nearest) return;
    this.app.trigger("pick", { end: this.next, index: nearest.index });
    this.aim(this.next === "a" ? "b" : "a");
    this.app.changed();
  }
}

/** Where the picture of an end is shown, and what says which it is. */
function endOf() {
  const picture = h("div", { className: "zs-picture" }, h("canvas", { width: 1, height: 1 }));
  const caption = h("figcaption", {});
  return { picture, caption, element: h("figure", { className: "zs-picture" }, picture, caption) };
}

/** @param {number[]} values @returns {Place} */
function placeOf([x, y]) {
  return [x, y];
}

/**
 * At fraction t of a row of places, between the two nearest, which lie close.
 * @param {number[][]} row
 * @param {number} t
 */
export function between(row, t) {
  const place = t * (row.length - 1);
  const before = Math.min(Math.floor(place), row.length - 2);
  const rest = place - before;
  return row[before].map((value, i) => value + rest * (row[before + 1][i] - value));
}
