// Loss, reconstruction and KL as they were, with a mark at the moment that is shown.

import { h, svg } from "../shared/dom.js";

const SIZE = { width: 240, height: 84, left: 2, right: 2, top: 6, bottom: 6 };
const SEVERAL = 4; // epochs, from which on the first, beside which all others would look flat, comes in over the edge
/** @type {Record<string, [string, string]>} */
const KINDS = {
  loss: ["Loss", "Reconstruction + β KL at the final β"],
  recon: ["Reconstruction", "E[-log p(x|z)]"],
  kl: ["KL to the prior", "KL(q(z|x) || p(z))"],
};

/**
 * A number for each of some epochs, null where it was not finite.
 * @typedef {Record<string, (number | null)[]>} Terms
 * What there is of the training images, and of the validation images if there are any.
 * @typedef {{ epoch: number[], train: Terms, validation: Terms | null }} RunCurves
 */

export class Curves {
  /**
   * `scored` says what nats of pixels are nats of, where that is no log-likelihood; `seek(epoch)` is called where somebody points at a
   * moment.
   * @param {string | undefined} scored
   * @param {(epoch: number) => void} seek
   */
  constructor(scored, seek) {
    /** @param {string} kind @param {string} hint */
    const told = (kind, hint) => (scored && kind !== "kl" ? `${hint}, ${scored}` : hint);
    this.charts = Object.entries(KINDS).map(([kind, [title, hint]]) => new Chart(kind, title, told(kind, hint), seek));
    this.element = h("div", { className: "zs-curves" }, ...this.charts.map(({ element }) => element));
  }

  /**
   * Shows curves, of `loss`, `recon` and `kl` each; `last` is where the axis ends.
   * @param {RunCurves} curves
   * @param {number} last
   */
  set(curves, last) {
    for (const chart of this.charts) chart.set(curves, last);
  }

  /** @param {number} epoch */
  show(epoch) {
    for (const chart of this.charts) chart.show(epoch);
  }
}

class Chart {
  /**
   * @param {string} kind
   * @param {string} title
   * @param {string} hint
   * @param {(epoch: number) => void} seek
   */
  constructor(kind, title, hint, seek) {
    this.kind = kind;
    const { width, height } = SIZE;
    this.value = h("span", { className: "zs-curve-value" }, "–");
    this.split = h("span", { className: "zs-note" });
    this.lines = {
      train: svg("polyline", { class: "zs-train" }),
      validation: svg("polyline", { class: "zs-validation" }),
    };
    this.mark = svg("line", { class: "zs-playhead", y1: 0, y2: height });
    this.drawing = svg(
      "svg",
      {
        class: "zs-run-curve",
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${title} over the epochs, nats per image`,
      },
      svg("title", {}, `${title}: ${hint}, nats per image. Dotted: training images, solid: validation images.`),
      this.lines.train,
      this.lines.validation,
      this.mark,
    );
    /** @type {RunCurves} */
    this.curves = { epoch: [], train: {}, validation: null };
    this.last = 1; // where the axis ends
    /** @type {Terms} */
    this.shown = {}; // what the value is of
    this.low = 0;
    this.high = 1;
    /** @type {number | undefined} */
    this.epoch = undefined; // where the mark is
    this.drawing.onpointerdown = (event) => {
      this.drawing.setPointerCapture(event.pointerId);
      this.seekTo(event, seek);
    };
    this.drawing.onpointermove = (event) => {
      if (event.buttons) this.seekTo(event, seek);
    };
    this.element = h(
      "div",
      { className: "zs-run-chart" },
      h("div", { className: "zs-row" }, h("span", {}, title, " ", this.split), this.value),
      this.drawing,
    );
  }

  /** @param {PointerEvent} event @param {(epoch: number) => void} seek */
  seekTo({ clientX }, seek) {
    const { left, width } = this.drawing.getBoundingClientRect();
    seek(Math.min(1, Math.max(0, (clientX - left) / width)) * this.last);
  }

  /** @param {RunCurves} curves @param {number} last */
  set(curves, last) {
    const { kind } = this;
    this.curves = curves;
    this.last = last;
    this.shown = curves.validation ?? curves.train;
    this.split.textContent = curves.validation ? "validation images" : "training images";
    const several = curves.epoch.length >= SEVERAL;
    const all = [
      ...curves.train[kind].slice(several ? 1 : 0),
      ...(curves.validation?.[kind].slice(several ? 1 : 0) ?? []),
    ];
    const values = all.flatMap((value) => (value !== null && Number.isFinite(value) ? [value] : []));
    [this.low, this.high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    this.draw(this.lines.train, curves.train);
    this.draw(this.lines.validation, curves.validation);
    if (this.epoch !== undefined) this.show(this.epoch);
  }

  /** @param {SVGPolylineElement} line @param {Terms | null} terms */
  draw(line, terms) {
    const spots = (terms?.[this.kind] ?? []).flatMap((value, place) =>
      value === null ? [] : [this.spot(this.curves.epoch[place], value)],
    );
    line.setAttribute("points", spots.map((spot) => spot.map((side) => side.toFixed(1)).join(",")).join(" "));
  }

  /** @param {number} epoch @param {number} value @returns {Spot} */
  spot(epoch, value) {
    const { width, height, left, right, top, bottom } = SIZE;
    const share = (value - this.low) / (this.high - this.low || 1);
    return [left + (epoch / this.last) * (width - left - right), height - bottom - share * (height - top - bottom)];
  }

  /**
   * The mark goes to an epoch, which may be a part of one; the value is that of the last whole one.
   * @param {number} epoch
   */
  show(epoch) {
    this.epoch = epoch;
    const [x] = this.spot(epoch, 0);
    this.mark.setAttribute("x1", x.toFixed(1));
    this.mark.setAttribute("x2", x.toFixed(1));
    const place = this.curves.epoch.findLastIndex((whole) => whole <= epoch + 1e-6);
    const value = this.shown[this.kind]?.[place] ?? Number.NaN;
    this.value.textContent = Number.isFinite(value) ? `${value.toFixed(1)} nats` : "–";
  }
}
