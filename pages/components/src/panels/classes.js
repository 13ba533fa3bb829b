// The class in use, of a model that is told one: a button for each, with a picture of what one latent is decoded to as that class.

import { paint } from "../render/paint.js";
import { h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

const NOTE =
  "The same latent as each class: the style stays, the class changes. Points lie where their own class has them; those of other classes are faint.";

export class ClassStrip {
  /**
   * `chosen(label)` is called when somebody chooses a class, or null for none.
   * @param {{ names: string[], none: boolean }} classes their names, and whether the model knows what to do without one
   * @param {(label: number | null) => void} chosen
   */
  constructor({ names, none }, chosen) {
    /** @type {(number | null)[]} */
    this.labels = [...(none ? [null] : []), ...names.keys()];
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {Latent | undefined} */
    this.z = undefined; // that is shown
    this.turns = new Turns((place) => this.paint(place));
    this.canvases = this.labels.map(() => h("canvas", { width: 1, height: 1, "aria-hidden": "true" }));
    this.buttons = this.labels.map((label, place) => {
      const name = label === null ? "No class" : names[label];
      return h(
        "button",
        {
          type: "button",
          className: "zs-as-class",
          title: label === null ? "Decoded under no class" : `Decoded as ${name}`,
          onclick: () => chosen(label),
        },
        this.canvases[place],
        h("span", {}, name),
      );
    });
    const row = h(
      "div",
      { className: "zs-as-classes", role: "group", "aria-label": "Decode as class" },
      ...this.buttons,
    );
    this.element = h("div", { className: "zs-told" }, row, h("p", { className: "zs-note" }, NOTE));
  }

  /**
   * There is a decoder, which acts under a condition.
   * @param {Decoder} decoder
   * @param {Condition} condition
   */
  ready(decoder, condition) {
    this.decoder = decoder;
    this.retuned(condition);
  }

  /**
   * The decoder acts under another condition now.
   * @param {Condition} condition
   */
  retuned({ label }) {
    for (const [place, own] of this.labels.entries())
      this.buttons[place].setAttribute("aria-pressed", String(own === label));
    this.turns.start(this.z ? this.labels.length : 0);
  }

  /**
   * Shows a latent as each class.
   * @param {Latent} z
   */
  show(z) {
    this.z = Array.from(z);
    this.turns.start(this.labels.length);
  }

  /** @param {number} place */
  paint(place) {
    const { decoder, z, labels, canvases } = this;
    if (decoder && z)
      paint(canvases[place], decoder.decodeAs(z, labels[place], decoder.condition?.lower), decoder.imageShape);
  }

  destroy() {
    this.turns.stop();
  }
}
