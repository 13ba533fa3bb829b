// Selecting images by what they are: a number, a class, those nearest to a place, those that fit worst, those furthest from all others.

import { distance, remoteness } from "../geometry/space.js";
import { same } from "../nn/condition.js";
import { aboutError } from "../nn/likelihood.js";
import { h } from "../shared/dom.js";
import { Card } from "./card.js";

const DEFAULT_COUNT = 50; // images, unless somebody says otherwise
const SLICE = 8; // ms of looking before the page may do something else
const MAX_COMPARED = 5e9; // numbers, for the distances from each to each in many dimensions
const REMOTENESS_NEIGHBOURS = 10; // neighbours whose distance says how remote a point is

export class Finder {
  /**
   * `app` has `plane`, `points`, `panel`, `originals`, `drawer` and `errorsOf`.
   * @param {MapApp} app
   */
  constructor(app) {
    this.app = app;
    this.card = new Card("Find images", "⌕", "zs-finder");
    this.card.opening = () => this.refresh();
    this.note = h("p", { className: "zs-note", role: "status" });
    this.turn = 0; // of what is looked for
    this.among = h("input", { type: "checkbox" });
    const { labels } = app.plane.placement.detail;
    const last = app.points.label.length - 1;
    const known = labels.filter((label) => label >= 0);
    this.number = this.input(0, 0, last);
    this.label = h(
      "select",
      { "aria-label": "Class" },
      ...known.map((label) => h("option", { value: String(label) }, app.plane.classes.nameOf(label))),
    );
    this.near = this.input(DEFAULT_COUNT, 1, last + 1);
    this.to = h("select", { "aria-label": "Nearest to" });
    this.worst = this.input(DEFAULT_COUNT, 1, last + 1);
    this.remote = this.input(DEFAULT_COUNT, 1, last + 1);
    this.row = {
      number: this.form("Image no.", [this.number], () => this.one(Number(this.number.value))),
      label: this.form("Class", [this.label], () =>
        this.pool().filter((index) => app.points.label[index] === Number(this.label.value)),
      ),
      near: this.form("Nearest", [this.near, h("span", {}, "to"), this.to], () =>
        this.nearest(Number(this.near.value)),
      ),
      worst: this.form("Largest error", [this.worst], () => this.worstOf(Number(this.worst.value))),
      remote: this.form("Most remote", [this.remote], () => this.remotest(Number(this.remote.value))),
    };
    this.row.remote.title = `Lowest density: furthest from their ${REMOTENESS_NEIGHBOURS} nearest points`;
    this.row.remote.hidden =
      app.space.projected && (app.points.latent?.length ?? 0) * app.points.label.length > MAX_COMPARED;
    this.row.label.hidden = known.length === 0;
    this.card.element.append(
      ...Object.values(this.row),
      h("label", { className: "zs-switch" }, h("span", {}, "Among the selected only"), this.among),
      this.note,
    );
  }

  /** What can be chosen now. */
  refresh() {
    const { panel, originals, drawer, decoder } = this.app;
    const pins = (panel.pins ?? []).map((_, place) => h("option", { value: String(place) }, `pin ${place + 1}`));
    this.to.replaceChildren(h("option", { value: "" }, "cursor"), ...pins);
    for (const control of this.row.worst.querySelectorAll("input")) control.disabled = !originals.there;
    for (const control of this.row.worst.querySelectorAll("button")) control.disabled = !originals.there;
    this.row.worst.title = originals.there
      ? `Reconstructions that fit worst: ${aboutError(decoder.ofTwo)}`
      : "The images are not on this machine";
    this.among.disabled = drawer.chosen.length === 0;
    if (this.among.disabled) this.among.checked = false;
    this.note.textContent = "";
  }

  /** @param {number} value @param {number} min @param {number} max */
  input(value, min, max) {
    return h("input", {
      type: "number",
      value: String(value),
      min: String(min),
      max: String(max),
      step: "1",
      required: true,
    });
  }

  /**
   * A line with controls and a button; `find()` returns the numbers of images, or a promise of them.
   * @param {string} title
   * @param {HTMLElement[]} controls
   * @param {() => number[] | Promise<number[]>} find
   */
  form(title, controls, find) {
    for (const control of controls)
      if (!control.hasAttribute("aria-label") && control.tagName === "INPUT") control.setAttribute("aria-label", title);
    const form = h(
      "form",
      {},
      h("span", {}, title),
      h(
        "span",
        { className: "zs-finder-controls" },
        ...controls,
        h("button", { className: "zs-tool zs-go", "aria-label": `Select: ${title}` }, "Select"),
      ),
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      this.note.textContent = "";
      const { plane } = this.app;
      const turn = ++this.turn;
      try {
        const indices = await find();
        if (turn !== this.turn || plane !== this.app.plane) return; // something else is looked for, or in another map
        if (indices.length) this.app.drawer.choose(Int32Array.from(indices).sort());
        if (indices.length) this.among.disabled = false;
        else this.note.textContent = "There is none.";
      } catch (error) {
        if (turn === this.turn) this.note.textContent = /** @type {Error} */ (error).message;
      }
    };
    return form;
  }

  /** Where to look: among the visible points, or those that are selected. */
  pool() {
    const { plane, drawer } = this.app;
    if (this.among.checked) return [...drawer.chosen];
    /** @type {number[]} */
    const indices = [];
    plane.placement.detail.visit((index, label) => plane.classes.hidden.has(label) || indices.push(index));
    return indices;
  }

  /** @param {number} index */
  one(index) {
    const { plane } = this.app;
    const z = plane.placement.pointAt(index);
    if (Number.isNaN(z[0])) throw new Error("That image is not on this plane. Ask for more points in its settings.");
    plane.navigation.reveal(z);
    plane.cursor.moveTo(z);
    return [index];
  }

  /** @param {number} count */
  async nearest(count) {
    const { plane, panel } = this.app;
    const pin = this.to.value === "" ? null : panel.pins?.[Number(this.to.value)];
    if (this.to.value !== "" && !pin) throw new Error("That pin is gone.");
    const z = Array.from(pin ? pin.z : this.app.latentAt(plane.cursor.place).z);
    return this.best(this.pool(), count, (index) => -distance(plane.placement.latentOf(index), z));
  }

  /** @param {number} count */
  async worstOf(count) {
    const pool = Int32Array.from(this.pool());
    const values = await this.app.errorsOf(pool, (share) => {
      this.note.textContent = `Measuring ${Math.round(100 * share)} %`;
    });
    return this.best(pool, count, (_, at) => values[at]);
  }

  /** @param {number} count */
  remotest(count) {
    const { plane, space } = this.app;
    const nearest = {
      index: new Int32Array(REMOTENESS_NEIGHBOURS + 1),
      squared: new Float64Array(REMOTENESS_NEIGHBOURS + 1),
    }; // one is the point itself
    const { latent } = plane.placement.points;
    if (space.projected && latent)
      return this.best(this.pool(), count, (index) => remoteness(latent, space.dims, index, REMOTENESS_NEIGHBOURS));
    return this.best(this.pool(), count, (index) => {
      const there = plane.placement.detail.neighbours.nearest(
        ...plane.placement.pointAt(index),
        REMOTENESS_NEIGHBOURS + 1,
        nearest,
      );
      return nearest.squared[there - 1];
    });
  }

  /**
   * Those of the pool with the largest score(index, at); a million take seconds, in which the page must answer.
   * @param {ArrayLike<number>} pool
   * @param {number} count
   * @param {(index: number, at: number) => number} score
   */
  async best(pool, count, score) {
    const { turn } = this;
    const { plane, condition } = this.app;
    const scores = new Float64Array(pool.length);
    for (let at = 0, pause = performance.now() + SLICE; at < pool.length; at++) {
      scores[at] = score(pool[at], at);
      if (at % 64 || performance.now() < pause) continue;
      this.note.textContent = `Looking ${Math.round((100 * at) / pool.length)} %`;
      await new Promise((resolve) => setTimeout(resolve));
      if (turn !== this.turn || plane !== this.app.plane) return [];
      if (!same(condition, this.app.condition)) throw new Error("β or the class has changed meanwhile. Look again.");
      pause = performance.now() + SLICE;
    }
    this.note.textContent = "";
    return largest(pool, scores, count);
  }
}

/**
 * Those of a pool whose scores are the largest, the first of those that are alike.
 * @param {ArrayLike<number>} pool
 * @param {Float64Array} scores
 * @param {number} count
 */
export function largest(pool, scores, count) {
  if (pool.length <= count) return Array.from(pool);
  const least = scores.slice().sort()[pool.length - count];
  /** @type {number[]} */
  const indices = [];
  for (const tie of [false, true]) {
    for (let at = 0; at < pool.length && indices.length < count; at++) {
      if (tie ? scores[at] === least : scores[at] > least) indices.push(pool[at]);
    }
  }
  return indices;
}
