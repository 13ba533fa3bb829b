// The class in use, of a model that is told one: a button for each, with a picture of what one latent is decoded to as that class.

import { paint } from "../render/paint.js";
import { h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

const OWN = "own"; // in place of a label: that of the point next to the cursor
const NOTE =
  "The same latent as each class: the style stays, the class changes. Points lie where their own class has them; those of other classes are faint.";

export class ClassStrip {
  /**
   * `chosen(label)` is called when somebody chooses a class, or null for none.
   * @param {{ names: string[], none: boolean, labelled: boolean }} classes their names, whether the model knows what to do without one, and
   * whether the class can be that of the point next to the cursor
   * @param {(label: number | null) => void} chosen
   */
  constructor({ names, none, labelled }, chosen) {
    /** @type {(number | null | typeof OWN)[]} */
    this.labels = [...(labelled ? [/** @type {typeof OWN} */ (OWN)] : []), ...(none ? [null] : []), ...names.keys()];
    this.own = false; // whether the class is that of the point next to the cursor
    /** @type {number | null} */
    this.nearest = null; // its label
    this.chosen = chosen;
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {Latent | undefined} */
    this.z = undefined; // that is shown
    this.turns = new Turns((place) => this.paint(place));
    this.canvases = this.labels.map(() => h("canvas", { width: 1, height: 1, "aria-hidden": "true" }));
    this.buttons = this.labels.map((label, place) => {
      const [name, title] =
        label === OWN
          ? ["As labelled", "Decoded as the class of the point next to the cursor, and all points are shown"]
          : label === null
            ? ["No class", "Decoded under no class"]
            : [names[label], `Decoded as ${names[label]}`];
      return h(
        "button",
        {
          type: "button",
          className: "zs-as-class",
          title,
          onclick: () => this.choose(label),
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

  /** @param {number | null | typeof OWN} label */
  choose(label) {
    this.own = label === OWN;
    this.chosen(label === OWN ? this.nearest : label);
  }

  /**
   * The cursor is next to a point of this label, or to none that has one.
   * @param {number | null} label
   */
  moved(label) {
    if (label === this.nearest) return;
    this.nearest = label;
    if (this.own) this.chosen(label);
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
    const pressed = this.own ? OWN : label;
    for (const [place, each] of this.labels.entries())
      this.buttons[place].setAttribute("aria-pressed", String(each === pressed));
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
    const { decoder, z, canvases } = this;
    const label = this.labels[place] === OWN ? this.nearest : this.labels[place];
    if (decoder && z) paint(canvases[place], decoder.decodeAs(z, label, decoder.condition?.lower), decoder.imageShape);
  }

  destroy() {
    this.turns.stop();
  }
}
