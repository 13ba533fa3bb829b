// A latent dimension on the page of traversals: what it tells, a slider, and a strip of pictures along it.

import { decimal, h } from "../shared/dom.js";

export class DimensionRow {
  /**
   * @param {number} d
   * @param {number} steps pictures in the strip
   * @param {boolean} active whether the model uses the dimension
   * @param {{ set(value: number): void, edited(): void, reset(): void, choose(step: number): void }} listener
   */
  constructor(d, steps, active, listener) {
    this.d = d;
    this.name = dimensionName(d);
    this.visible = false;
    this.nearest = -1; // the picture that is nearest to the value
    this.kl = h("span", { className: "zs-dim-number" });
    this.bar = h("i", { className: "zs-dim-bar" });
    this.output = h("output", {});
    this.undo = h("button", { type: "button", className: "zs-dim-undo", onclick: () => listener.reset() }, "↺");
    this.slider = h("input", {
      type: "range",
      step: "any",
      "aria-label": this.name,
      oninput: () => listener.set(Number(this.slider.value)),
      onchange: () => listener.edited(),
    });
    this.rail = h(
      "span",
      { className: "zs-dim-slider" },
      h("i", { className: "zs-dim-track" }),
      h("i", { className: "zs-dim-tick" }),
      h("i", { className: "zs-dim-way" }),
      this.slider,
    );
    this.canvases = Array.from({ length: steps }, () => h("canvas", { width: 1, height: 1, "aria-hidden": "true" }));
    this.tiles = this.canvases.map((canvas, step) =>
      h("button", { type: "button", tabIndex: -1, onclick: () => listener.choose(step) }, canvas),
    );
    const strip = h(
      "div",
      {
        className: "zs-dim-strip",
        role: "group",
        "aria-label": `${this.name}, pictures. Arrow keys go along, Enter sets the value.`,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.walk(event),
      },
      ...this.tiles,
    );
    const title = "Its posterior mean hardly varies with the image: the model does not use it";
    this.element = h(
      "div",
      {
        className: `zs-dim${active ? "" : " zs-collapsed"}`,
        role: "group",
        "aria-label": active ? this.name : `${this.name}, collapsed`,
      },
      h("span", { className: "zs-dim-name" }, this.name),
      h(
        "span",
        { className: "zs-dim-kl" },
        this.kl,
        active
          ? h("span", { className: "zs-dim-bars" }, this.bar)
          : h("span", { className: "zs-dim-word", title }, "collapsed"),
      ),
      this.rail,
      h("span", { className: "zs-dim-value" }, this.output, this.undo),
      strip,
    );
  }

  /**
   * Says what doesn't depend on the current latent: nats of KL, of which some dimension has the `most`, the ends of the slider, and the values of
   * the pictures.
   * @param {number} kl
   * @param {number} most
   * @param {Span} span
   * @param {number[]} values
   */
  label(kl, most, [low, high], values) {
    const { name, slider } = this;
    this.kl.textContent = kl.toFixed(2);
    this.kl.title = `${name}: KL ${kl.toFixed(3)} nats per image`;
    this.bar.style.width = `${(100 * kl) / most}%`;
    [slider.min, slider.max] = [String(low), String(high)];
    slider.title = `${name} from ${decimal(low)} to ${decimal(high)}`;
    for (const [step, tile] of this.tiles.entries()) {
      tile.title = `${name} = ${decimal(values[step])}`;
      tile.setAttribute("aria-label", tile.title);
    }
  }

  /**
   * Shows a value, in a span, and what it was at the start.
   * @param {number} value
   * @param {number} start
   * @param {Span} span
   * @param {boolean} changed whether somebody has set it
   */
  show(value, start, [low, high], changed) {
    const { slider, output, undo, rail, tiles } = this;
    const share = (/** @type {number} */ place) => Math.min(1, Math.max(0, (place - low) / (high - low)));
    if (Number(slider.value) !== value) slider.value = String(value);
    output.textContent = decimal(Math.abs(value) < 0.005 ? 0 : value); // or nothing would have a sign
    slider.setAttribute("aria-valuetext", output.textContent);
    rail.style.setProperty("--zs-start", String(share(start)));
    rail.style.setProperty("--zs-place", String(share(value)));
    this.element.classList.toggle("zs-changed", changed);
    undo.style.visibility = changed ? "" : "hidden";
    undo.title = `${this.name} back to ${decimal(start)}`;
    undo.setAttribute("aria-label", undo.title);
    this.mark(Math.round(share(value) * (tiles.length - 1)));
  }

  /**
   * The picture that is nearest to the value is marked, and the one stop for the Tab key in the strip.
   * @param {number} nearest
   */
  mark(nearest) {
    if (nearest === this.nearest) return;
    const old = this.tiles[this.nearest];
    old?.removeAttribute("aria-current");
    if (old) old.tabIndex = -1;
    this.tiles[nearest].setAttribute("aria-current", "true");
    this.tiles[nearest].tabIndex = 0;
    this.nearest = nearest;
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    const at = this.tiles.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const ways = new Map([
      ["ArrowLeft", at - 1],
      ["ArrowRight", at + 1],
      ["Home", 0],
      ["End", this.tiles.length - 1],
    ]);
    const to = ways.get(event.key);
    if (to === undefined) return;
    event.preventDefault();
    this.tiles[to]?.focus();
  }
}

/**
 * z₇ for the seventh dimension, which is number 6.
 * @param {number} d
 */
export function dimensionName(d) {
  return `z${Array.from(String(d + 1), (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("")}`;
}
