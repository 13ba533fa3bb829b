// The panel of Traverse: a slider and a strip of pictures for each latent dimension, around one latent.

import { paint } from "../render/paint.js";
import { h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";
import { DimensionRow } from "./dimension.js";
import { StartBox } from "./start.js";

const MAX_LARGER_PICTURES = 8; // dimensions, up to which there is room for larger pictures
const MAX_LARGEST_PICTURES = 2; // dimensions up to which pictures are as large as the page has room for
const FINE_SIDE = 44; // px of an image's longer side, over which it has more of them than a tile

/** @implements {Panel} */
export class TraversePanel {
  /** @param {App} app @param {Remembered} remembered */
  constructor(app, remembered) {
    this.app = app;
    /** @type {Map<number, number>} */
    this.edits = new Map(); // dimension -> value, where it is no longer the start's
    /** @type {{ begun: string, edits: Record<string, number> } | null} */
    this.remembered = remembered.begun ? { begun: remembered.begun, edits: remembered.edits ?? {} } : null;
    /** @type {string | undefined} */
    this.begun = undefined; // what was started from, as a text
    this.whole = remembered.whole ?? false; // whether all dimensions are shown
    /** @type {DimensionRow[]} */
    this.rows = [];
    this.stale = new Uint8Array(); // 1 for each picture of them that is out of date
    /** @type {TraverseData | undefined} */
    this.data = undefined;
    this.shown = this.arranged = ""; // what was laid out last
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {number[]} */
    this.start = []; // at the beta in use
    /** @type {number[]} */
    this.current = [];
    this.turns = new Turns(
      (place) => this.paintTile(place),
      () => {
        this.element.dataset.decoded = "";
      },
    );
    // What nobody sees is decoded when it comes into sight.
    this.observer = new IntersectionObserver((entries) => this.seen(entries));
    this.startBox = new StartBox(
      () => this.reset(),
      (z) => this.app.trigger("begin", { kind: "pin", z }),
    );
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The current latent, decoded" });
    this.where = h("figcaption", {});
    this.scale = h("div", { className: "zs-dim-scale", "aria-hidden": "true" });
    this.list = h("div", { className: "zs-dim-list" });
    this.more = h("button", {
      type: "button",
      className: "zs-tool zs-go",
      hidden: true,
      onclick: () => this.showAll(!this.whole),
    });
    this.element = h("div", { className: "zs-panel zs-traverse" }, this.now(), this.dimensions());
  }

  /** What stands beside the rows: the current latent, and what it started from. */
  now() {
    return h(
      "div",
      { className: "zs-now" },
      h("figure", { className: "zs-picture zs-now-picture" }, this.picture, this.where),
      this.startBox.element,
      this.startBox.pinBox,
    );
  }

  /** The rows, and over them what their columns are. */
  dimensions() {
    const kl = "KL(q(z|x) || p(z)) of this dimension, averaged over the test images: nats per image";
    const value = "Of the current latent";
    return h(
      "div",
      { className: "zs-dims" },
      h(
        "div",
        { className: "zs-dim zs-dim-head zs-note" },
        h("span", { className: "zs-dim-kl-head", title: kl }, "KL, nats"),
        h("span", { className: "zs-dim-value-head", title: value }, "Value"),
        this.scale,
      ),
      this.list,
      this.more,
    );
  }

  get state() {
    // As long as Python has not said what there is to start from, what was remembered stays so.
    const { begun, edits } = this.remembered ?? { begun: this.begun, edits: Object.fromEntries(this.edits) };
    return { begun, edits, whole: this.whole };
  }

  /** @param {Decoder} decoder */
  ready(decoder) {
    this.decoder = decoder;
    const [, height, width] = decoder.imageShape;
    const longest = Math.max(height, width);
    this.element.style.setProperty("--zs-wide", String(width / longest));
    this.element.style.setProperty("--zs-high", String(height / longest));
    this.element.classList.toggle("zs-fine", longest > FINE_SIDE);
    const data = /** @type {TraverseData} */ (this.app.data);
    this.update(data);
    if (this.whole) this.app.send("shown", "all"); // Python forgot it at the page switch
    if (this.remembered && data.start.usual) this.app.trigger("begin", JSON.parse(this.remembered.begun)); // or at a reload
  }

  /** @param {AppData} about */
  update(about) {
    const data = /** @type {TraverseData} */ (about);
    const { kl, active, order, span, reach, steps, most, start } = data;
    const text = JSON.stringify([kl, active, order, span, reach, steps, most, start]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.data = data;
    const begun = JSON.stringify(start.said);
    const first = this.begun === undefined;
    if (begun !== this.begun) {
      this.begun = begun;
      this.take(data);
      if (!first) this.app.changed();
      if (!first || this.edits.size) this.sendEdits(data); // Python forgot them at the page switch
    }
    this.more.hidden = order.length <= most;
    this.startBox.set(start, data.model);
    this.arrange(data);
    this.label(data);
    this.retuned();
  }

  /**
   * The edits of this start: those that were remembered, or none.
   * @param {TraverseData} data
   */
  take({ start }) {
    const { remembered, begun } = this;
    this.edits.clear();
    if (remembered?.begun === begun) {
      for (const [d, value] of Object.entries(remembered?.edits ?? {})) {
        if (Number.isFinite(value) && Number(d) < start.z.length) this.edits.set(Number(d), value);
      }
      this.remembered = null;
    } else if (!start.usual) this.remembered = null; // it was answered by another one
  }

  /**
   * The start at the beta in use, which Python may not have been told yet.
   * @param {TraverseData} data
   */
  startNow({ start: { z, frames, changes } }) {
    const { keyframes, condition } = this.app;
    if (!frames || !keyframes) return z;
    const [before, share] = keyframes.place(condition.beta);
    const t = changes.includes(before) ? Math.round(share) : share;
    return frames[before].map((value, d) => value + t * (frames[before + 1][d] - value));
  }

  /**
   * Rows for the dimensions that are shown, in their order; those that are there already stay if they can.
   * @param {TraverseData} data
   */
  arrange({ order, active, steps, most }) {
    const dims = this.whole ? order : order.slice(0, most);
    const wanted = JSON.stringify([dims, active, steps]);
    this.more.textContent = this.whole ? `Show the first ${most}` : `Show all ${order.length} dimensions`;
    if (wanted === this.arranged) return;
    this.arranged = wanted;
    this.turns.stop();
    this.observer.disconnect();
    this.rows = dims.map(
      (d) =>
        new DimensionRow(d, steps, active[d], {
          set: (value) => this.set(d, value),
          edited: () => this.edited(),
          reset: () => this.reset(d),
          choose: (step) => {
            this.set(d, this.valueAt(d, step));
            this.edited();
          },
        }),
    );
    this.stale = new Uint8Array(dims.length * steps).fill(1);
    this.element.style.setProperty("--zs-steps", String(steps));
    this.element.classList.toggle("zs-few", dims.length <= MAX_LARGER_PICTURES);
    this.element.classList.toggle("zs-large", dims.length <= MAX_LARGEST_PICTURES);
    this.list.replaceChildren(...this.rows.map(({ element }) => element));
    for (const { element } of this.rows) this.observer.observe(element);
  }

  /**
   * Has the rows say what doesn't depend on the current latent.
   * @param {TraverseData} data
   */
  label({ kl, span, reach, steps }) {
    const most = Math.max(...kl, 1e-9);
    const each = Array.from({ length: steps }, (_, step) => step);
    for (const row of this.rows) {
      row.label(
        kl[row.d],
        most,
        span[row.d],
        each.map((step) => this.valueAt(row.d, step)),
      );
    }
    const ends = (/** @type {number} */ step) => (step === 0 ? "0.5 %" : step === steps - 1 ? "99.5 %" : "");
    const shared = (/** @type {number} */ step) => String(Number(this.valueAt(0, step).toFixed(2))).replace("-", "−");
    const word = reach === "data" ? ends : shared;
    this.scale.replaceChildren(...each.map((step) => h("span", {}, word(step))));
  }

  /**
   * The value of a dimension in a picture.
   * @param {number} d
   * @param {number} step
   */
  valueAt(d, step) {
    if (!this.data) return 0;
    const { span, steps } = this.data;
    const [low, high] = span[d];
    return low + ((high - low) * step) / (steps - 1);
  }

  /** The decoder acts under another condition now, where the start may lie elsewhere. */
  retuned() {
    if (!this.data || !this.decoder) return;
    this.start = this.startNow(this.data);
    this.current = this.start.map((value, d) => this.edits.get(d) ?? value);
    this.startBox.paint(this.decoder, this.start);
    this.stale.fill(1);
    this.show();
  }

  // The current latent

  /** @param {number} d @param {number} value */
  set(d, value) {
    this.edits.set(d, value);
    this.current[d] = value;
    this.others(d);
    this.show(d);
  }

  /**
   * Everything, or one dimension, is the start's again.
   * @param {number} [d]
   */
  reset(d) {
    if (d === undefined) {
      this.edits.clear();
      this.current = [...this.start];
      this.stale.fill(1);
    } else {
      this.edits.delete(d);
      this.current[d] = this.start[d];
      this.others(d);
      this.rows.find((row) => row.d === d)?.slider.focus(); // the button goes
    }
    this.show(d);
    this.edited();
  }

  /** Another latent is the current one, for good. */
  edited() {
    this.app.changed();
    if (this.data) this.sendEdits(this.data);
  }

  /**
   * Python makes the file, and must know which latent is taken apart.
   * @param {TraverseData} data
   */
  sendEdits({ start }) {
    this.app.send("edits", { said: start.said, values: Object.fromEntries(this.edits) });
  }

  /**
   * The strips of all dimensions but this one are out of date: its own holds all others still.
   * @param {number} d
   */
  others(d) {
    for (const [place, row] of this.rows.entries()) {
      const steps = row.tiles.length;
      if (row.d !== d) this.stale.fill(1, place * steps, (place + 1) * steps);
    }
  }

  /**
   * Draws the current latent at once, and the strips in turns.
   * @param {number} [d] the dimension that changed, if only one did
   */
  show(d) {
    const { decoder, data, current } = this;
    if (!decoder || !data) return;
    paint(this.picture, decoder.decode(current), decoder.imageShape);
    const changed = this.edits.size;
    const words = changed === 0 ? "as it started" : `${changed} of ${current.length} changed`;
    this.where.textContent = `|z| = ${Math.hypot(...current).toFixed(2)}, ${words}`;
    this.startBox.back.disabled = changed === 0;
    this.app.classes?.show(current);
    this.element.dataset.z = current.join(",");
    for (const row of this.rows) {
      if (d === undefined || row.d === d) {
        row.show(current[row.d], this.start[row.d], data.span[row.d], this.edits.has(row.d));
      }
    }
    this.work();
  }

  /** Has the pictures that are out of date decoded. */
  work() {
    delete this.element.dataset.decoded;
    this.turns.start(this.stale.length);
  }

  /** @param {number} place of a picture among all */
  paintTile(place) {
    const { decoder, data, current } = this;
    if (!decoder || !data) return;
    const row = this.rows[Math.floor(place / data.steps)];
    if (!this.stale[place] || !row.visible) return;
    const step = place % data.steps;
    const before = current[row.d];
    current[row.d] = this.valueAt(row.d, step);
    paint(row.canvases[step], decoder.decode(current), decoder.imageShape);
    current[row.d] = before;
    this.stale[place] = 0;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.rows.find(({ element }) => element === target);
      if (row) row.visible = isIntersecting;
    }
    this.work();
  }

  /** @param {boolean} whole whether all dimensions are shown */
  showAll(whole) {
    this.whole = whole;
    if (!this.data) return;
    this.arrange(this.data);
    this.label(this.data);
    this.show();
    this.app.changed();
    this.app.send("shown", whole ? "all" : "first");
  }

  moved() {}

  clicked() {}

  destroy() {
    this.turns.stop();
    this.observer.disconnect();
  }
}
