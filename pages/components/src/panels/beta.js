// The beta in use: a slider, and where the model stands between rate and distortion.

import { h, svg } from "../shared/dom.js";

const CHART = { width: 208, height: 96, left: 40, right: 8, top: 8, bottom: 28 };
const TICKS = [0.001, 0.01, 0.1, 1, 10, 100, 1000];
const ARROW = 0.005; // of the slider's length
const SETTLING_TIME = 250; // ms after the last key until Python is told: it would run a page for each, and a page that is cut short is drawn anew
const WAYS = new Map([
  ["ArrowRight", 1],
  ["ArrowUp", 1],
  ["ArrowLeft", -1],
  ["ArrowDown", -1],
]);
const SNAP = 0.012; // of the slider's length, while it is dragged: beta 1 is what most people want exactly

/** The strip below the map. `listener`: { moved(beta), settled(beta), train() }. */
export class BetaStrip {
  /** @param {{ moved(beta: number): void, settled(beta: number): void, train(): void }} listener */
  constructor(listener) {
    this.listener = listener;
    this.beta = 1;
    this.dragging = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined; // while keys may still move it
    /** @type {Keyframes | undefined} */
    this.keyframes = undefined; // for a model for a range
    this.slider = h("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "0.001",
      "aria-label": "Beta, the weight of the KL",
    });
    this.output = h("output", {});
    this.facts = { rate: fact(), distortion: fact(), active: fact(), each: fact() };
    this.marker = svg("circle", { r: 5 });
    /** @type {((rate: number, distortion: number) => Spot) | undefined} */
    this.spot = undefined; // where the chart has them, if there is one
    this.element = h("div", { className: "zs-beta" });
  }

  /**
   * For a model that was trained at one beta; `offer` says whether there is a page to train on.
   * @param {number} beta
   * @param {boolean} offer
   */
  single(beta, offer) {
    this.element.classList.add("zs-single");
    const note = h(
      "span",
      { className: "zs-note" },
      `Trained at β ${format(beta)} alone. A model trained for a range of β has a slider here.`,
    );
    const train = h(
      "button",
      { type: "button", className: "zs-link", onclick: () => this.listener.train() },
      "Train a range",
    );
    this.element.replaceChildren(note, ...(offer ? [train] : []));
  }

  /**
   * For a model that was trained for a range; `chart` says whether there is room for more than the slider.
   * @param {Keyframes} keyframes
   * @param {number} beta
   * @param {boolean} chart
   */
  range(keyframes, beta, chart) {
    this.keyframes = keyframes;
    const { low, high } = keyframes;
    this.slider.oninput = () => this.slide(Number(this.slider.value));
    this.slider.onkeydown = (event) => this.key(event);
    const drag = (/** @type {boolean} */ dragging) => () => {
      this.dragging = dragging;
    };
    this.slider.onpointerdown = drag(true);
    this.slider.onpointerup = this.slider.onpointercancel = drag(false);
    this.slider.onchange = () => this.listener.settled(this.beta);
    this.slider.onblur = () => this.rest();
    const ticks = [low, ...TICKS.filter((tick) => tick > 1.6 * low && tick < high / 1.6), high];
    const scale = h("div", { className: "zs-ticks", "aria-hidden": "true" });
    for (const tick of ticks) {
      const mark = h("span", {}, format(tick));
      mark.style.setProperty("--zs-place", String(placeOf(keyframes, tick)));
      scale.append(mark);
    }
    const title =
      "The weight of the KL. Small: sharp pictures and a loose map. Large: a dense, smooth map and blurred pictures.";
    const { flat_from: flat, scored } = keyframes.header;
    const note =
      flat === null
        ? []
        : [
            h(
              "p",
              { className: "zs-note" },
              `From β ${format(flat)} on latents no longer pay: one picture for all images costs as little.`,
            ),
          ];
    const label = h("label", {}, h("span", {}, "β"), this.output);
    const slider = h("div", { className: "zs-beta-slider", title }, label, this.slider, scale, ...note);
    /** @param {HTMLElement} value @param {string} text @param {string} hint */
    const entry = (value, text, hint) => [h("dt", { title: hint }, text), value];
    const { rate, distortion, active, each } = this.facts;
    const facts = h(
      "dl",
      { className: "zs-facts" },
      ...entry(rate, "KL", "The rate: KL(q(z|x) || p(z)), averaged over the test images"),
      ...entry(
        distortion,
        "Reconstruction",
        `The distortion: E[-log p(x|z)], averaged over the test images, a draw or a few of z each${scored && `. ${scored}`}`,
      ),
      ...entry(
        active,
        "Active dimensions",
        "Latent dimensions whose posterior mean varies with the image: variance over 0.01",
      ),
      ...entry(
        each,
        "KL per dimension",
        "How much an active dimension tells of an image: of the one that tells least, to the one that tells most",
      ),
    );
    this.element.classList.toggle("zs-slim", !chart);
    this.element.replaceChildren(slider, ...(chart ? [this.chart(keyframes), facts] : []));
    this.show(beta);
  }

  /** @param {number} place */
  slide(place) {
    const { keyframes } = this;
    if (!keyframes) return;
    const { low, high } = keyframes;
    const snaps = this.dragging && low <= 1 && high >= 1 && Math.abs(place - placeOf(keyframes, 1)) < SNAP;
    const beta = snaps ? 1 : Math.min(high, Math.max(low, low * (high / low) ** place));
    this.show(beta);
    this.listener.moved(beta);
  }

  /**
   * Arrows go further than the finest step that a pointer can make.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const way = WAYS.get(event.key);
    if (!way) return;
    event.preventDefault();
    this.slide(Math.min(1, Math.max(0, Number(this.slider.value) + way * ARROW * (event.shiftKey ? 5 : 1))));
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), SETTLING_TIME);
  }

  /** Tells of what the keys chose, once. */
  rest() {
    if (this.resting === undefined) return;
    clearTimeout(this.resting);
    this.resting = undefined;
    this.listener.settled(this.beta);
  }

  /** @param {number} beta */
  show(beta) {
    const { keyframes } = this;
    this.beta = beta;
    if (!keyframes) return;
    this.output.textContent = format(beta);
    this.slider.value = String(placeOf(keyframes, beta));
    this.slider.setAttribute("aria-valuetext", `β ${format(beta)}`);
    const { rate, distortion, active, least, most, measured } = keyframes.curveAt(beta);
    const about = measured ? "" : "≈ ";
    const span = nats(least) === nats(most) ? nats(most) : `${nats(least)}–${nats(most)}`;
    this.facts.rate.textContent = `${about}${nats(rate)} nats`;
    this.facts.distortion.textContent = `${about}${distortion.toFixed(1)} nats`;
    this.facts.active.textContent = `${active} of ${keyframes.latentDim}`;
    this.facts.each.textContent = active ? `${about}${span} nats` : "–";
    if (this.spot) {
      const [x, y] = this.spot(rate, distortion);
      this.marker.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
  }

  /**
   * The rate-distortion curve: each point is one beta.
   * @param {Keyframes} keyframes
   */
  chart(keyframes) {
    const { rate, distortion } = keyframes.header.measured;
    const { width, height, left, right, top, bottom } = CHART;
    const [leastRate, mostRate, least, most] = [
      Math.min(...rate),
      Math.max(...rate),
      Math.min(...distortion),
      Math.max(...distortion),
    ];
    /** @param {number} value */
    const across = (value) => left + ((value - leastRate) / (mostRate - leastRate || 1)) * (width - left - right);
    /** @param {number} value */
    const up = (value) => top + ((most - value) / (most - least || 1)) * (height - top - bottom);
    /** @param {number} r @param {number} d @returns {Spot} */
    const spot = (r, d) => [across(r), up(d)];
    this.spot = spot;
    const line = rate
      .map((value, k) =>
        spot(value, distortion[k])
          .map((place) => place.toFixed(1))
          .join(","),
      )
      .join(" ");
    /** @param {string | number} words @param {number} x @param {number} y @param {string} anchor */
    const text = (words, x, y, anchor) => svg("text", { x, y, "text-anchor": anchor }, words);
    const floor = height - bottom;
    return svg(
      "svg",
      {
        class: "zs-curve",
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: "img",
        "aria-label": "Rate-distortion curve of the model, with a marker at the beta in use",
      },
      svg(
        "title",
        {},
        "Rate-distortion curve: what each β pays in KL (across) and in reconstruction (up), nats per image",
      ),
      svg("path", { class: "zs-axis", d: `M${left} ${top}V${floor}H${width - right}` }),
      text(Math.round(most), left - 6, top + 4, "end"),
      text(Math.round(least), left - 6, floor, "end"),
      text(leastRate.toFixed(1), left, floor + 12, "start"),
      text(mostRate.toFixed(1), width - right, floor + 12, "end"),
      text("KL, nats", (left + width - right) / 2, floor + 12, "middle"),
      text("reconstruction, nats", width - right, top + 4, "end"),
      svg("polyline", { points: line }),
      this.marker,
    );
  }
}

/**
 * Where a beta is on the slider, from 0 to 1.
 * @param {{ low: number, high: number }} range
 * @param {number} beta
 */
function placeOf({ low, high }, beta) {
  return Math.log(beta / low) / Math.log(high / low);
}

function fact() {
  return h("dd", {}, "–");
}

/**
 * Small rates with one digit more, for there they tell something from nothing.
 * @param {number} rate
 */
function nats(rate) {
  return rate.toFixed(rate < 1 ? 2 : 1);
}

/**
 * Three significant digits: 0.05, 0.253, 1, 12.4.
 * @param {number} beta
 */
export function format(beta) {
  return String(Number(beta.toPrecision(3)));
}
