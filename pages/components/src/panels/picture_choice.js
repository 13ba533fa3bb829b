// Which picture of a place is shown: the mean of each pixel, its standard deviation, or a draw.

import { paint } from "../render/paint.js";
import { h } from "../shared/dom.js";

/** @typedef {"mean" | PictureKind} Shown */

/** @type {Record<Shown, [string, string]>} */
const WORDS = {
  mean: ["Mean", "The mean of each pixel"],
  std: ["Deviation", "The standard deviation of each pixel: black is none, white half of the pixel range or more"],
  draw: ["Draw", "A draw of each pixel by itself. The noise stays the same until pixels are drawn anew"],
};
const BRIGHTNESS = 2; // of standard deviations, which are half of the pixel range at the most where pixels are in it
export const DRAW_KEY = "d";

export class PictureChoice {
  /**
   * `changed` is called where another picture is to be shown; it begins with the one that was `remembered`.
   * @param {() => void} changed
   * @param {string} [remembered]
   */
  constructor(changed, remembered = "mean") {
    this.changed = changed;
    this.remembered = remembered;
    /** @type {Shown} */
    this.shown = "mean";
    this.seed = 1; // of the noise
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {Partial<Record<Shown, HTMLElement>>} */
    this.buttons = {};
    this.choice = h("div", { className: "zs-choice", role: "group", "aria-label": "Picture of the place" });
    this.again = h(
      "button",
      {
        type: "button",
        className: "zs-link",
        title: `Draw the pixels anew (${DRAW_KEY.toUpperCase()})`,
        "aria-label": "Draw the pixels anew",
        onclick: () => this.redraw(),
      },
      "↻",
    );
    this.element = h("div", { className: "zs-row zs-pictures", hidden: true }, this.choice, this.again);
  }

  /**
   * There is a decoder, which says what there is to see beside the mean.
   * @param {Decoder} decoder
   */
  ready(decoder) {
    this.decoder = decoder;
    const kinds = /** @type {Shown[]} */ (["mean", ...Object.keys(decoder.pictures)]);
    this.choice.replaceChildren(
      ...kinds.map((kind) => {
        const [name, title] = WORDS[kind];
        const button = h("button", { type: "button", title, onclick: () => this.choose(kind) }, name);
        this.buttons[kind] = button;
        return button;
      }),
    );
    this.element.hidden = kinds.length === 1;
    this.mark(kinds.find((kind) => kind === this.remembered) ?? "mean");
  }

  /** @param {Shown} kind */
  choose(kind) {
    this.mark(kind);
    this.changed();
  }

  /** Shows a draw, and another one where it does already. */
  redraw() {
    if (!this.decoder?.pictures.draw) return;
    if (this.shown === "draw") this.decoder.redraw(++this.seed);
    this.choose("draw");
  }

  /** @param {Shown} kind */
  mark(kind) {
    this.shown = kind;
    for (const [name, button] of Object.entries(this.buttons))
      button.setAttribute("aria-pressed", String(name === kind));
    this.again.style.visibility = kind === "draw" ? "" : "hidden"; // it keeps its room
  }

  /**
   * Paints the picture that is chosen of the latent that was decoded last, whose means are `pixels`.
   * @param {HTMLCanvasElement} canvas
   * @param {Pixels} pixels
   */
  paint(canvas, pixels) {
    const { decoder, shown } = this;
    if (!decoder) return;
    canvas.ariaLabel = `The decoded image at the cursor: ${WORDS[shown][0].toLowerCase()}`;
    if (shown === "mean") paint(canvas, pixels, decoder.imageShape);
    else paint(canvas, decoder.picture(shown), decoder.imageShape, shown === "std" ? BRIGHTNESS : 1);
  }
}
