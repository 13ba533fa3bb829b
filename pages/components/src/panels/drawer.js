// The drawer below the map: the images that were selected, with their reconstructions.

import { bitsOf } from "../geometry/selection.js";
import { distance } from "../geometry/space.js";
import { same } from "../nn/condition.js";
import { paint, paintBytes } from "../render/paint.js";
import { h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

const PAGE = 24; // images that are shown at a time
const UNDO_DEPTH = 30; // selections that are remembered
/** @type {Record<string, string>} */
const SORTS = { number: "Number", class: "Class", distance: "Distance to their mean", error: "Error, largest first" };
const MOVED_TITLE = "Moved, furthest first";

/**
 * An image of the page: what it is, and its reconstruction and error by each app.
 * @typedef {{ element: HTMLButtonElement, original: HTMLCanvasElement, name: HTMLElement, pictures: HTMLCanvasElement[],
 *   errors: HTMLElement[] }} Tile
 */

export class Drawer {
  /**
   * `app` has `plane`, `points`, `decoder`, `originals`, `condition`, `errorsOf`, `changed` and `send`; `other` is another one of the same images,
   * if they are compared.
   * @param {MapApp} app
   * @param {MapApp} [other]
   */
  constructor(app, other) {
    this.app = app;
    this.apps = other ? [app, other] : [app];
    this.chosen = new Int32Array();
    /** @type {Int32Array[]} */
    this.before = []; // what was chosen before
    /** @type {number[]} */
    this.order = []; // the chosen, as they are sorted
    /** @type {number[]} */
    this.shown = []; // those of the page
    /** @type {Tile[]} */
    this.tiles = [];
    this.middle = new Float32Array(); // the mean of their latents
    /** @type {Map<number, number> | undefined} */
    this.errors = undefined; // of each, once they were measured
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
    /** @type {[Plane, Plane] | undefined} */
    this.between = undefined; // the planes of two apps
    this.sort = "number";
    this.page = 0;
    this.title = h("strong", {});
    this.byError = h("option", { value: "error" }, SORTS.error);
    this.sorting = this.sorter(other ? { ...SORTS, moved: MOVED_TITLE } : SORTS);
    this.undoing = h("button", { type: "button", className: "zs-link", onclick: () => this.undo() }, "Undo");
    this.mean = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The mean of their latents, decoded" });
    this.counts = h("div", { className: "zs-counts" });
    this.grid = h("div", { className: "zs-chosen" });
    this.place = h("span", { className: "zs-note" });
    this.turns = new Turns((at) => this.paint(at));
    this.head = this.heading();
    this.body = this.contents();
    this.element = h(
      "section",
      { className: "zs-drawer", "aria-label": "Selected images", hidden: true },
      this.head,
      this.body,
    );
  }

  /** @param {Record<string, string>} sorts by their names */
  sorter(sorts) {
    const select = h("select", { "aria-label": "Sort by", onchange: () => this.sortBy(select.value) });
    for (const [value, text] of Object.entries(sorts))
      select.append(value === "error" ? this.byError : h("option", { value }, text));
    return select;
  }

  /** What is selected, and what can be done with it. */
  heading() {
    /** @param {string} text @param {string} label @param {number} by */
    const turn = (text, label, by) =>
      h(
        "button",
        { type: "button", className: "zs-tool", "aria-label": label, title: label, onclick: () => this.turn(by) },
        text,
      );
    return h(
      "div",
      { className: "zs-drawer-head" },
      this.title,
      this.undoing,
      h("button", { type: "button", className: "zs-link", onclick: () => this.choose([]) }, "Clear"),
      h("label", { className: "zs-sort" }, h("span", { className: "zs-note" }, "Sort by"), this.sorting),
      h("span", { className: "zs-pager" }, turn("‹", "Previous images", -1), this.place, turn("›", "Next images", 1)),
    );
  }

  /** The selected together, and each of a page. */
  contents() {
    const mean = h("figure", {}, this.mean, h("figcaption", {}, "their mean, decoded"));
    return h(
      "div",
      { className: "zs-drawer-body" },
      h("div", { className: "zs-summary" }, mean, this.counts),
      this.grid,
    );
  }

  get state() {
    return { selected: this.chosen.length ? bitsOf(this.chosen, this.app.points.label.length) : "" };
  }

  destroy() {
    clearTimeout(this.waiting);
    this.turns.stop();
  }

  /**
   * Selects points by index, in ascending order.
   * @param {ArrayLike<number>} chosen
   */
  choose(chosen, remember = true) {
    if (remember && (this.chosen.length || chosen.length))
      this.before = [...this.before.slice(1 - UNDO_DEPTH), this.chosen];
    this.chosen = Int32Array.from(chosen);
    this.page = 0;
    this.errors = undefined;
    this.element.hidden = this.chosen.length === 0 && this.before.length === 0;
    for (const { plane } of this.apps) plane.pointLayer.highlight(this.chosen);
    this.arrange();
    // With some of its pictures, for which the head has a margin.
    if (remember && this.chosen.length)
      this.head.scrollIntoView({ block: "nearest", behavior: this.app.plane.view.still.matches ? "auto" : "smooth" });
    this.app.changed();
    this.app.send("selection", this.chosen.length ? bitsOf(this.chosen, this.app.points.label.length) : "");
  }

  undo() {
    const last = this.before.pop();
    if (last) this.choose(last, false);
  }

  /** Says that there is nothing, and how to have it back. */
  showEmpty() {
    this.title.textContent = "Nothing is selected";
    this.place.textContent = "";
    this.body.hidden = true;
  }

  /** @param {string} sort */
  sortBy(sort) {
    this.sort = sort;
    this.page = 0;
    this.arrange();
  }

  /** @param {number} by */
  turn(by) {
    this.page = Math.min(Math.max(0, this.page + by), Math.ceil(this.chosen.length / PAGE) - 1);
    this.show();
  }

  /** Images have come. */
  repaint() {
    if (!this.chosen.length) return;
    this.byError.disabled = !this.app.originals.there;
    this.turns.start(this.shown.length);
  }

  /** Points have moved with beta. */
  refresh() {
    if (!this.chosen.length || this.app.plane.placement.detail.some) return; // of which not all have moved; they will
    this.errors = undefined;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.arrange(), 60); // a drag brings one of these at every frame
  }

  /** Puts the selected in order. */
  arrange() {
    const { plane, points } = this.app;
    if (!this.chosen.length) {
      this.showEmpty();
      return;
    }
    const latents = [...this.chosen].map((index) => plane.placement.latentOf(index));
    this.middle = Float32Array.from(latents[0], (_, d) => latents.reduce((sum, z) => sum + z[d], 0) / latents.length);
    const away = new Map(latents.map((z, at) => [this.chosen[at], distance(z, this.middle)]));
    const far = (/** @type {number} */ index) => away.get(index) ?? 0;
    /** @type {Record<string, (a: number, b: number) => number>} */
    const orders = {
      number: (a, b) => a - b,
      class: (a, b) => points.label[a] - points.label[b] || a - b,
      distance: (a, b) => far(a) - far(b),
      moved: (a, b) => this.movedBy(b) - this.movedBy(a) || a - b,
      error: (a, b) => (this.errors?.get(b) ?? 0) - (this.errors?.get(a) ?? 0) || a - b,
    };
    this.byError.disabled = !this.app.originals.there;
    if (this.sort === "error" && !this.app.originals.there) this.sort = "number";
    this.sorting.value = this.sort;
    if (this.sort === "error" && !this.errors) this.measure();
    this.order = [...this.chosen].sort(orders[this.sort]);
    this.show();
  }

  /**
   * How far an image's places in the two planes lie apart.
   * @param {number} index
   */
  movedBy(index) {
    const [[ax, ay], [bx, by]] = this.apps.map(({ plane }) => plane.placement.pointAt(index));
    return Math.hypot(ax - bx, ay - by);
  }

  /** Has the errors of all that are selected found. */
  async measure() {
    const { chosen } = this;
    const { condition } = this.app;
    const stale = () => chosen !== this.chosen || !same(condition, this.app.condition) || this.sort !== "error";
    try {
      const values = await this.app.errorsOf(chosen, (share) => {
        if (!stale()) this.place.textContent = `${Math.round(100 * share)} %`;
      });
      if (stale()) return;
      this.errors = new Map([...chosen].map((index, at) => [index, values[at]]));
      this.arrange();
    } catch (error) {
      if (!stale()) this.place.textContent = /** @type {Error} */ (error).message;
    }
  }

  show() {
    this.body.hidden = false;
    const { plane, points, decoder } = this.app;
    const count = this.chosen.length;
    this.title.textContent = count === 1 ? "1 image selected" : `${count.toLocaleString("en")} images selected`;
    this.undoing.disabled = this.before.length === 0;
    /** @type {Map<number, number>} */
    const counts = new Map();
    for (const index of this.chosen) counts.set(points.label[index], (counts.get(points.label[index]) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const shares = Array.from(
      { length: decoder.conditioning.label?.count ?? 0 },
      (_, label) => (counts.get(label) ?? 0) / count,
    );
    paint(this.mean, decoder.decodeAs(this.middle, shares), decoder.imageShape);
    this.counts.replaceChildren(
      ...[...counts]
        .sort(([a], [b]) => a - b)
        .flatMap(([label, number]) => {
          const bar = h("span", { className: "zs-count-bar" });
          bar.style.cssText = `width: ${(100 * number) / most}%; background: ${plane.classes.colourOf(label)}`;
          return [
            h("span", {}, plane.classes.nameOf(label)),
            h("span", {}, bar),
            h("span", {}, number.toLocaleString("en")),
          ];
        }),
    );
    const first = this.page * PAGE;
    this.shown = this.order.slice(first, first + PAGE);
    this.place.textContent = `${(first + 1).toLocaleString("en")}–${(first + this.shown.length).toLocaleString("en")} of ${count.toLocaleString("en")}`;
    while (this.tiles.length > this.shown.length) this.tiles.pop()?.element.remove();
    while (this.tiles.length < this.shown.length) {
      const tile = this.tile(this.tiles.length);
      this.tiles.push(tile);
      this.grid.append(tile.element);
    }
    this.turns.start(this.shown.length);
  }

  /** @param {number} at @returns {Tile} */
  tile(at) {
    const point = () => this.app.plane.cursor.moveTo(this.app.plane.placement.pointAt(this.shown[at]));
    const original = h("canvas", { width: 1, height: 1 });
    const name = h("span", {});
    const pictures = this.apps.map(() => h("canvas", { width: 1, height: 1 }));
    const errors = this.apps.map(() => h("span", { className: "zs-note" }));
    const element = h(
      "button",
      { type: "button", className: "zs-chosen-tile", onpointerenter: point, onfocus: point },
      original,
      ...pictures,
      name,
      ...errors,
    );
    return { element, original, name, pictures, errors };
  }

  /** @param {number} at */
  paint(at) {
    const { plane, points, decoder, originals } = this.app;
    const index = this.shown[at];
    const { element, original, name, pictures, errors } = this.tiles[at];
    const count = this.apps.length;
    const image = originals.get(index);
    original.hidden = !originals.there;
    original.style.visibility = image ? "" : "hidden"; // or it would show another one's
    if (image) paintBytes(original, image, decoder.imageShape);
    name.textContent = `${plane.classes.nameOf(points.label[index])} · ${index.toLocaleString("en")}`;
    for (const [side, app] of this.apps.entries()) {
      const pixels = app.decoder.decodeAs(app.plane.placement.latentOf(index), app.points.label[index]);
      paint(pictures[side], pixels, app.decoder.imageShape);
      const letter = count > 1 ? `${"AB"[side]} ` : "";
      errors[side].textContent = image ? `${letter}${app.decoder.errorOf(image).toFixed(1)} nats` : "";
    }
    const below = count > 1 ? "its reconstructions by A and B" : "its reconstruction";
    element.title = `Test image no. ${index.toLocaleString("en")}, ${originals.there ? "and below it " : ""}${below}`;
  }
}
