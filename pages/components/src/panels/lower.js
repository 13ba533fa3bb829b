// The lower latents of two levels, of which a map shows the top: at their mean given the top, drawn, or those of an image.

import { uniforms } from "../nn/likelihood.js";
import { h } from "../shared/dom.js";

/** @typedef {"mean" | "drawn" | "image"} Kind */

/** @type {Record<Kind, [string, string]>} */
const KINDS = {
  mean: ["At their mean", "Every place is decoded with the lower latents at their mean given the top"],
  drawn: ["Drawn", "Every place is decoded with the same draw of the lower latents, given the top"],
  image: [
    "Of the nearest image",
    "Every place is decoded with the lower latents of the test image that is next to the cursor",
  ],
};
export const RENEW_KEY = "n";
const MOST = 2; // temperature

/**
 * What is added to each of `count` lower latents of a place, in standard deviations given the top; null for nothing.
 * @param {{ kind: Kind, nearest: number[] }} chosen
 * @param {number} count
 * @param {number} seed
 * @param {number} temperature
 */
export function added({ kind, nearest }, count, seed, temperature) {
  if (kind === "image" && nearest.length) return nearest;
  if (kind !== "drawn") return null;
  const u = uniforms(2 * count, seed);
  const normal = (/** @type {number} */ d) => Math.sqrt(-2 * Math.log(u[2 * d])) * Math.cos(2 * Math.PI * u[2 * d + 1]);
  return Array.from({ length: count }, (_, d) => temperature * normal(d));
}

export class LowerStrip {
  /**
   * `top` and `lower` are how many latents there are of each level. `changed(lower)` is called with what is to be added to the lower ones,
   * which is null where nothing is.
   * @param {{ top: number, lower: number }} levels
   * @param {(lower: number[] | null) => void} changed
   */
  constructor({ top, lower }, changed) {
    this.levels = { top, lower };
    this.changed = changed;
    /** @type {Kind} */
    this.kind = "mean";
    this.seed = 1;
    /** @type {number[]} */
    this.nearest = []; // lower latents of the image next to the cursor
    this.temperature = h("input", {
      type: "range",
      min: "0",
      max: String(MOST),
      step: "0.05",
      value: "1",
      "aria-label": "Temperature of the draw",
      oninput: () => this.tell(),
    });
    this.told = h("output", {});
    /** @type {[Kind, HTMLElement][]} */
    this.buttons = /** @type {Kind[]} */ (Object.keys(KINDS)).map((kind) => {
      const [name, title] = KINDS[kind];
      return [kind, h("button", { type: "button", title, onclick: () => this.choose(kind) }, name)];
    });
    this.again = h(
      "button",
      {
        type: "button",
        className: "zs-link",
        title: `Draw the lower latents anew (${RENEW_KEY.toUpperCase()})`,
        onclick: () => this.renew(),
      },
      "Draw anew",
    );
    const choice = h("div", { className: "zs-choice", role: "group", "aria-label": "Lower latents" });
    choice.append(...this.buttons.map(([, button]) => button));
    this.of = h(
      "div",
      { className: "zs-lower-draw" },
      h("span", {}, "Temperature"),
      this.temperature,
      this.told,
      this.again,
    );
    const heading = h("p", { className: "zs-heading" }, `${lower} lower latents`);
    this.element = h("div", { className: "zs-told zs-lower" }, heading, choice, this.of);
    this.mark();
  }

  /** @param {Kind} kind */
  choose(kind) {
    this.kind = kind;
    this.tell();
  }

  /** Shows a draw, and another one where it does already. */
  renew() {
    if (this.kind === "drawn") this.seed++;
    this.choose("drawn");
  }

  /**
   * The cursor is next to a test image of this latent, or to none.
   * @param {ArrayLike<number> | null} z
   */
  moved(z) {
    const nearest = z ? Array.from(z).slice(this.levels.top) : [];
    if (nearest.length && nearest.every((value, d) => value === this.nearest[d])) return;
    this.nearest = nearest;
    if (this.kind === "image") this.tell();
  }

  tell() {
    this.mark();
    this.changed(added(this, this.levels.lower, this.seed, Number(this.temperature.value)));
  }

  mark() {
    for (const [kind, button] of this.buttons) button.setAttribute("aria-pressed", String(kind === this.kind));
    this.told.textContent = Number(this.temperature.value).toFixed(2);
    this.of.style.visibility = this.kind === "drawn" ? "" : "hidden"; // it keeps its room
  }
}
