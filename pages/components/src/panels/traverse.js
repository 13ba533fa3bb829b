// The panel of Traverse: a slider and a strip of pictures for each latent dimension, around one latent.

import { paint } from "../render/paint.js";
import { decimal, h, memory } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

const FEW = 8; // dimensions, up to which there is room for larger pictures
const LARGE = 2; // dimensions up to which pictures are as large as the page has room for
const FINE = 44; // px of an image's longer side, over which it has more of them than a tile

export class TraversePanel {
  /** `remembered`: { begun: what was started from, edits: { dimension: value }, whole: whether all dimensions are shown }. */
  constructor(app, remembered) {
    this.app = app;
    this.edits = new Map(); // dimension -> value, where it is no longer the start's
    this.kept = remembered.begun && { begun: remembered.begun, edits: remembered.edits ?? {} };
    this.whole = remembered.whole ?? false;
    this.rows = [];
    this.turns = new Turns(
      (place) => this.paintTile(place),
      () => (this.element.dataset.decoded = ""),
    );
    // What nobody sees is decoded when it comes into sight.
    this.observer = new IntersectionObserver((entries) => this.seen(entries));

    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The current latent, decoded" });
    this.where = h("figcaption", {});
    this.original = h("div", {});
    this.originalFigure = h(
      "figure",
      { className: "zs-picture", hidden: true },
      this.original,
      h("figcaption", {}, "test image"),
    );
    this.begin = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The start, decoded" });
    this.name = h("strong", {});
    this.back = h(
      "button",
      { type: "button", className: "zs-tool zs-go", disabled: true, onclick: () => this.reset() },
      "Back to the start",
    );
    this.pinNote = h("p", { className: "zs-note" });
    this.pinList = h("div", { className: "zs-pin-list", role: "group", "aria-label": "Pins to start from" });
    this.pinBox = h("div", { className: "zs-start-pins", hidden: true }, this.pinNote, this.pinList);
    this.scale = h("div", { className: "zs-dim-scale", "aria-hidden": "true" });
    this.list = h("div", { className: "zs-dim-list" });
    this.more = h("button", {
      type: "button",
      className: "zs-tool zs-go",
      hidden: true,
      onclick: () => this.showAll(!this.whole),
    });
    const head = (className, text, title = "") => h("span", { className, title }, text);
    this.element = h(
      "div",
      { className: "zs-panel zs-traverse" },
      h(
        "div",
        { className: "zs-now" },
        h("figure", { className: "zs-picture zs-now-picture" }, this.picture, this.where),
        h(
          "div",
          { className: "zs-start" },
          h("p", { className: "zs-start-name" }, h("span", { className: "zs-note" }, "Start: "), this.name),
          h(
            "div",
            { className: "zs-start-pictures" },
            h("figure", { className: "zs-picture" }, this.begin, h("figcaption", {}, "decoded")),
            this.originalFigure,
          ),
          this.back,
        ),
        this.pinBox,
      ),
      h(
        "div",
        { className: "zs-dims" },
        h(
          "div",
          { className: "zs-dim zs-dim-head zs-note" },
          head(
            "zs-dim-kl-head",
            "KL, nats",
            "KL(q(z|x) || p(z)) of this dimension, averaged over the test images: nats per image",
          ),
          head("zs-dim-value-head", "Value", "Of the current latent, in standard deviations of the prior"),
          this.scale,
        ),
        this.list,
        this.more,
      ),
    );
  }

  get state() {
    // As long as Python has not said what there is to start from, what was remembered stays so.
    const { begun, edits } = this.kept ?? { begun: this.begun, edits: Object.fromEntries(this.edits) };
    return { begun, edits, whole: this.whole };
  }

  ready(decoder) {
    this.decoder = decoder;
    const [, height, width] = decoder.imageShape;
    const longest = Math.max(height, width);
    this.element.style.setProperty("--zs-wide", width / longest);
    this.element.style.setProperty("--zs-high", height / longest);
    this.element.classList.toggle("zs-fine", longest > FINE);
    this.update(this.app.data);
    if (this.whole) this.app.send("shown", "all"); // Python forgot it at the page switch
    if (this.kept && this.app.data.start.usual) this.app.trigger("begin", JSON.parse(this.kept.begun)); // or at a reload
  }

  /**
   * `kl`, `active` and `span` of each dimension, `order` of them; `reach`: what the span is, "prior" or "data"; `steps`: pictures in a
   * strip; `most`: dimensions that are shown at first; `start`: { z, frames, said, name, usual, picture }.
   */
  update(data) {
    const { kl, active, order, span, reach, steps, most, start } = data;
    const text = JSON.stringify([kl, active, order, span, reach, steps, most, start]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.data = data;
    const begun = JSON.stringify(start.said);
    const first = this.begun === undefined;
    if (begun !== this.begun) {
      this.begun = begun;
      this.take();
      if (!first) this.app.changed();
      if (!first || this.edits.size) this.tell(); // Python forgot them at the page switch
    }
    this.name.textContent = start.name;
    this.originalFigure.hidden = !start.picture;
    if (start.picture)
      this.original.replaceChildren(h("img", { src: start.picture, alt: `${start.name}, test image` }));
    this.more.hidden = order.length <= most;
    this.offerPins();
    this.arrange();
    this.label();
    this.retuned();
  }

  /** The edits of this start: those that were remembered, or none. */
  take() {
    const { kept, begun } = this;
    this.edits.clear();
    if (kept?.begun === begun) {
      for (const [d, value] of Object.entries(kept.edits))
        if (Number.isFinite(value) && d < this.data.start.z.length) this.edits.set(Number(d), value);
      this.kept = null;
    } else if (!this.data.start.usual) this.kept = null; // it was answered by another one
  }

  /** The start at the beta in use, which Python may not have been told yet. */
  startNow() {
    const { z, frames, changes } = this.data.start;
    if (!frames || !this.app.keyframes) return z;
    let [before, t] = this.app.keyframes.place(this.app.beta);
    if (changes.includes(before)) t = Math.round(t);
    return frames[before].map((value, d) => value + t * (frames[before + 1][d] - value));
  }

  /** Rows for the dimensions that are shown, in their order; those that are there already stay if they can. */
  arrange() {
    const { order, active, steps, most } = this.data;
    const dims = this.whole ? order : order.slice(0, most);
    const wanted = JSON.stringify([dims, active, steps]);
    this.more.textContent = this.whole ? `Show the first ${most}` : `Show all ${order.length} dimensions`;
    if (wanted === this.arranged) return;
    this.arranged = wanted;
    this.turns.stop();
    this.observer.disconnect();
    this.rows = dims.map((d) => this.row(d, steps, active[d]));
    this.stale = new Uint8Array(dims.length * steps).fill(1);
    this.element.style.setProperty("--zs-steps", steps);
    this.element.classList.toggle("zs-few", dims.length <= FEW);
    this.element.classList.toggle("zs-large", dims.length <= LARGE);
    this.list.replaceChildren(...this.rows.map(({ element }) => element));
    for (const { element } of this.rows) this.observer.observe(element);
  }

  row(d, steps, active) {
    const name = dimensionName(d);
    const row = { d, visible: false, nearest: -1 };
    row.kl = h("span", { className: "zs-dim-number" });
    row.bar = h("i", { className: "zs-dim-bar" });
    row.output = h("output", {});
    row.undo = h("button", { type: "button", className: "zs-dim-undo", onclick: () => this.reset(d) }, "↺");
    row.slider = h("input", { type: "range", step: "any", "aria-label": name });
    row.slider.oninput = () => this.set(d, Number(row.slider.value));
    row.slider.onchange = () => this.edited();
    row.rail = h(
      "span",
      { className: "zs-dim-slider" },
      h("i", { className: "zs-dim-track" }),
      h("i", { className: "zs-dim-tick" }),
      h("i", { className: "zs-dim-way" }),
      row.slider,
    );
    row.tiles = Array.from({ length: steps }, (_, step) =>
      h(
        "button",
        { type: "button", tabIndex: -1, onclick: () => this.choose(row, step) },
        h("canvas", { width: 1, height: 1, "aria-hidden": "true" }),
      ),
    );
    const strip = h(
      "div",
      {
        className: "zs-dim-strip",
        role: "group",
        "aria-label": `${name}, pictures. Arrow keys go along, Enter sets the value.`,
      },
      ...row.tiles,
    );
    strip.onkeydown = (event) => this.walk(row, event);
    const kl = h(
      "span",
      { className: "zs-dim-kl" },
      row.kl,
      active
        ? h("span", { className: "zs-dim-bars" }, row.bar)
        : h(
            "span",
            {
              className: "zs-dim-word",
              title: "Its posterior mean hardly varies with the image: the model does not use it",
            },
            "collapsed",
          ),
    );
    row.element = h(
      "div",
      {
        className: `zs-dim${active ? "" : " zs-collapsed"}`,
        role: "group",
        "aria-label": active ? name : `${name}, collapsed`,
      },
      h("span", { className: "zs-dim-name" }, name),
      kl,
      row.rail,
      h("span", { className: "zs-dim-value" }, row.output, row.undo),
      strip,
    );
    return row;
  }

  /** What rows say that does not depend on the current latent: KL, values of the pictures, ends of the slider. */
  label() {
    const { kl, span, reach, steps } = this.data;
    const most = Math.max(...kl, 1e-9);
    for (const { d, kl: number, bar, slider, tiles } of this.rows) {
      number.textContent = kl[d].toFixed(2);
      number.title = `${dimensionName(d)}: KL ${kl[d].toFixed(3)} nats per image`;
      bar.style.width = `${(100 * kl[d]) / most}%`;
      [slider.min, slider.max] = span[d];
      slider.title = `${dimensionName(d)} from ${decimal(span[d][0])} to ${decimal(span[d][1])}`;
      tiles.forEach((tile, step) => {
        tile.title = `${dimensionName(d)} = ${decimal(this.valueAt(d, step))}`;
        tile.setAttribute("aria-label", tile.title);
      });
    }
    const ends = (step) => (step === 0 ? "0.5 %" : step === steps - 1 ? "99.5 %" : "");
    const shared = (step) => String(Number(this.valueAt(0, step).toFixed(2))).replace("-", "−");
    this.scale.replaceChildren(
      ...Array.from({ length: steps }, (_, step) => h("span", {}, reach === "data" ? ends(step) : shared(step))),
    );
  }

  valueAt(d, step) {
    const [low, high] = this.data.span[d];
    return low + ((high - low) * step) / (this.data.steps - 1);
  }

  /** The decoder acts for another beta now, where the start may lie elsewhere. */
  retuned() {
    if (!this.data) return;
    this.start = this.startNow();
    this.current = this.start.map((value, d) => this.edits.get(d) ?? value);
    paint(this.begin, this.decoder.decode(this.start), this.decoder.imageShape);
    this.paintPins();
    this.stale.fill(1);
    this.show();
  }

  set(d, value) {
    this.edits.set(d, value);
    this.current[d] = value;
    this.others(d);
    this.show(d);
  }

  /** Everything, or one dimension, is the start's again. */
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
    this.tell();
  }

  /** Python makes the file, and must know which latent is taken apart. */
  tell() {
    this.app.send("edits", { said: this.data.start.said, values: Object.fromEntries(this.edits) });
  }

  /** The strips of all dimensions but this one are out of date: its own holds all others still. */
  others(d) {
    const { steps } = this.data;
    this.rows.forEach((row, place) => {
      if (row.d !== d) this.stale.fill(1, place * steps, (place + 1) * steps);
    });
  }

  /** Draws the current latent at once, and the strips in turns. `d` is the dimension that changed, if only one did. */
  show(d) {
    paint(this.picture, this.decoder.decode(this.current), this.decoder.imageShape);
    const far = Math.hypot(...this.current);
    const changed = this.edits.size;
    this.where.textContent = `|z| = ${far.toFixed(2)}, ${changed === 0 ? "as it started" : `${changed} of ${this.current.length} changed`}`;
    this.back.disabled = changed === 0;
    this.element.dataset.z = this.current.join(",");
    for (const row of this.rows) if (d === undefined || row.d === d) this.showRow(row);
    delete this.element.dataset.decoded;
    this.turns.start(this.stale.length);
  }

  showRow(row) {
    const { d, slider, output, undo, rail, tiles } = row;
    const [low, high] = this.data.span[d];
    const share = (value) => Math.min(1, Math.max(0, (value - low) / (high - low)));
    const value = this.current[d];
    if (Number(slider.value) !== value) slider.value = String(value);
    output.textContent = decimal(Math.abs(value) < 0.005 ? 0 : value); // or nothing would have a sign
    slider.setAttribute("aria-valuetext", output.textContent);
    rail.style.setProperty("--zs-start", share(this.start[d]));
    rail.style.setProperty("--zs-place", share(value));
    const changed = this.edits.has(d);
    row.element.classList.toggle("zs-changed", changed);
    undo.style.visibility = changed ? "" : "hidden";
    undo.title = `${dimensionName(d)} back to ${decimal(this.start[d])}`;
    undo.setAttribute("aria-label", undo.title);
    const nearest = Math.round(share(value) * (tiles.length - 1));
    if (nearest === row.nearest) return;
    const old = tiles[row.nearest];
    old?.removeAttribute("aria-current");
    // One stop for the Tab key in each strip.
    if (old) old.tabIndex = -1;
    tiles[nearest].setAttribute("aria-current", "true");
    tiles[nearest].tabIndex = 0;
    row.nearest = nearest;
  }

  choose(row, step) {
    this.set(row.d, this.valueAt(row.d, step));
    this.edited();
  }

  walk({ tiles }, event) {
    const at = tiles.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tiles.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tiles[to]?.focus();
  }

  paintTile(place) {
    const { steps } = this.data;
    const row = this.rows[Math.floor(place / steps)];
    if (!this.stale[place] || !row.visible) return;
    const step = place % steps;
    const held = this.current[row.d];
    this.current[row.d] = this.valueAt(row.d, step);
    paint(row.tiles[step].firstChild, this.decoder.decode(this.current), this.decoder.imageShape);
    this.current[row.d] = held;
    this.stale[place] = 0;
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.rows.find(({ element }) => element === target);
      if (row) row.visible = isIntersecting;
    }
    delete this.element.dataset.decoded;
    this.turns.start(this.stale.length);
  }

  showAll(whole) {
    this.whole = whole;
    this.arrange();
    this.label();
    this.show();
    this.app.changed();
    this.app.send("shown", whole ? "all" : "first");
  }

  /** The pins that this tab has set on Explore, where a pin is to start from. */
  offerPins() {
    const { start } = this.data;
    const asked = start.said.kind === "pin";
    this.pinBox.hidden = !asked;
    if (!asked) return;
    const usable = (z) => Array.isArray(z) && z.length === start.z.length && z.every(Number.isFinite);
    this.pins = [memory.load(`zscape:explore:${this.app.data.model}`).pins ?? []].flat().filter(usable);
    const chosen = this.pins.findIndex((z) => JSON.stringify(z) === JSON.stringify(start.said.z));
    this.pinNote.textContent = this.pins.length
      ? "Choose a pin to start from."
      : "There are no pins yet. Click the map on Explore to pin a place; until then this is the origin.";
    const focused = [...this.pinList.children].findIndex((button) => button.contains(document.activeElement));
    this.pinList.replaceChildren(
      ...this.pins.map((z, index) =>
        h(
          "button",
          {
            type: "button",
            className: "zs-pin-choose",
            title: `Pin ${index + 1}`,
            "aria-label": `Start from pin ${index + 1}`,
            "aria-pressed": String(index === chosen),
            onclick: () => this.app.trigger("begin", { kind: "pin", z }),
          },
          h("canvas", { width: 1, height: 1 }),
        ),
      ),
    );
    if (focused >= 0) this.pinList.children[focused]?.focus();
    if (!start.said.z && this.pins.length) this.app.trigger("begin", { kind: "pin", z: this.pins[0] });
  }

  paintPins() {
    if (this.pinBox.hidden) return;
    for (const [index, z] of this.pins.entries()) {
      paint(this.pinList.children[index].firstChild, this.decoder.decode(z), this.decoder.imageShape);
    }
  }

  mark() {}

  moved() {}

  clicked() {}

  destroy() {
    this.turns.stop();
    this.observer.disconnect();
  }
}

/** z₇ for the seventh dimension, which is number 6. */
function dimensionName(d) {
  return `z${[...String(d + 1)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("")}`;
}
