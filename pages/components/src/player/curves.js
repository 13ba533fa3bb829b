// The loss and its terms as they were, a chart for each, with a mark at the moment that is shown.

import { BLUE, ORANGE } from "../render/colours.js";
import { h, svg } from "../shared/dom.js";
import { valueAt } from "./interpolation.js";

const SIZE = { width: 240, height: 84, left: 2, right: 2 };

/**
 * A number for each of some epochs, null where it was not finite.
 * @typedef {Record<string, (number | null)[]>} Terms
 * What there is of the training images, and of the validation images if there are any, and from where to where each axis goes.
 * @typedef {{ epoch: number[], train: Terms, validation: Terms | null, ranges: Record<string, Span | null> }} RunCurves
 * Which curve a chart is of, what it is called, and what it is, for who asks.
 * @typedef {{ name: string, title: string, hint: string }} ChartWords
 */

export class Curves {
  /** @param {(epoch: number) => void} seek called where somebody points at a moment */
  constructor(seek) {
    this.seek = seek;
    /** @type {Map<string, Chart>} */
    this.charts = new Map(); // by the names of their curves
    /** @type {number | undefined} */
    this.epoch = undefined; // where the marks are
    this.element = h("div", { className: "zs-curves" });
  }

  /**
   * Shows curves, each in its chart; `last` is where the axis ends. What terms a loss has is known after the first epoch.
   * @param {ChartWords[]} charts
   * @param {RunCurves} curves
   * @param {number} last
   */
  set(charts, curves, last) {
    for (const about of charts) {
      const chart = this.charts.get(about.name) ?? this.add(about);
      chart.set(curves, last);
    }
  }

  /** @param {ChartWords} about */
  add(about) {
    const chart = new Chart(about, this.seek);
    this.charts.set(about.name, chart);
    this.element.append(chart.element);
    if (this.epoch !== undefined) chart.show(this.epoch);
    return chart;
  }

  /** @param {number} epoch */
  show(epoch) {
    this.epoch = epoch;
    for (const chart of this.charts.values()) chart.show(epoch);
  }
}

class Chart {
  /**
   * @param {ChartWords} about
   * @param {(epoch: number) => void} seek
   */
  constructor({ name, title, hint }, seek) {
    this.name = name;
    const { width, height } = SIZE;
    this.value = h("span", { className: "zs-curve-value" }, "–");
    this.split = h("span", { className: "zs-note" });
    this.end = h("span");
    this.lines = {
      train: svg("polyline", { class: "zs-train", stroke: BLUE }),
      validation: svg("polyline", { stroke: ORANGE }),
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
      svg(
        "title",
        {},
        `${[title, hint].filter(Boolean).join(": ")}, nats per image. Dotted: training images, solid: validation images.`,
      ),
      this.lines.train,
      this.lines.validation,
      this.mark,
    );
    /** @type {RunCurves} */
    this.curves = { epoch: [], train: {}, validation: null, ranges: {} };
    this.last = 1; // where the axis ends
    /** @type {Terms} */
    this.shown = {}; // what the value is of
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
      // The slider above goes by snapshots, of which there are many at the beginning, and this axis by epochs.
      h("div", { className: "zs-row zs-note", "aria-hidden": "true" }, h("span", {}, "0"), this.end),
    );
  }

  /** @param {PointerEvent} event @param {(epoch: number) => void} seek */
  seekTo({ clientX }, seek) {
    const box = this.drawing.getBoundingClientRect();
    const { width, left, right } = SIZE;
    const x = ((clientX - box.left) / box.width) * width;
    seek(Math.min(1, Math.max(0, (x - left) / (width - left - right))) * this.last);
  }

  /** @param {RunCurves} curves @param {number} last */
  set(curves, last) {
    this.curves = curves;
    this.last = last;
    this.end.textContent = `epoch ${last.toLocaleString("en")}`;
    this.shown = curves.validation ?? curves.train;
    this.split.textContent = curves.validation ? "validation images" : "training images";
    this.draw(this.lines.train, curves.train);
    this.draw(this.lines.validation, curves.validation);
    if (this.epoch !== undefined) this.show(this.epoch);
  }

  /** @param {SVGPolylineElement} line @param {Terms | null} terms */
  draw(line, terms) {
    const spots = (terms?.[this.name] ?? []).flatMap((value, place) =>
      value === null ? [] : [this.spot(this.curves.epoch[place], value)],
    );
    line.setAttribute("points", spots.map((spot) => spot.map((side) => side.toFixed(1)).join(",")).join(" "));
  }

  /** @param {number} epoch @param {number} value @returns {Spot} */
  spot(epoch, value) {
    const { width, height, left, right } = SIZE;
    const [low, high] = this.curves.ranges[this.name] ?? [0, 1];
    return [left + (epoch / this.last) * (width - left - right), ((high - value) / (high - low)) * height];
  }

  /**
   * The mark goes to an epoch, which may be a part of one.
   * @param {number} epoch
   */
  show(epoch) {
    this.epoch = epoch;
    const [x] = this.spot(epoch, 0);
    this.mark.setAttribute("x1", x.toFixed(1));
    this.mark.setAttribute("x2", x.toFixed(1));
    const value = valueAt(this.curves.epoch, this.shown[this.name] ?? [], epoch);
    this.value.textContent = value === null ? "–" : `${value.toFixed(1)} nats`;
  }
}
