// The panel of Explore: the picture under the pointer, and the places that were pinned.

import { meanDifference, paint, paintDifference } from "../render/paint.js";
import { decimals, h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";
import { PictureChoice } from "./picture_choice.js";
import { Readout } from "./readout.js";

const MAX_PINS = 24;

/** @implements {Panel} */
export class PinsPanel {
  /**
   * `remembered.pins`: latents, `remembered.places`: where they were set on the plane `remembered.space`, `remembered.chosen`: number of the
   * pin to compare with, or null, `remembered.picture`: which picture of a place is shown.
   * @param {App} app
   * @param {Remembered} remembered
   */
  constructor(app, remembered) {
    this.app = app;
    /** @type {Pin[]} */
    this.pins = (remembered.pins ?? []).map((z, index) => ({
      z,
      place: remembered.places?.[index],
      space: remembered.space,
    }));
    this.chosen = remembered.chosen ?? null;
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    this.current = new Float32Array(); // the picture at the cursor
    this.pinned = new Float32Array(); // that of the chosen pin
    /** @type {number[] | undefined} */
    this.z = undefined; // at the cursor
    /** @type {Place | null} */
    this.place = null; // of the cursor
    this.turns = new Turns((index) => this.repaint(index));

    this.choice = new PictureChoice(() => this.repicture(), remembered.picture);
    this.readout = new Readout(app, ["z", "label", "distance", "trust", "spread", "error"], this.choice);
    this.heading = h("p", { className: "zs-heading" }, "Pins");
    this.clear = h("button", { type: "button", className: "zs-link", onclick: () => this.set([]) }, "Remove all");
    this.hint = h("p", { className: "zs-note" });
    this.list = h("div", { className: "zs-pin-list" });
    this.compared = this.comparison();
    this.element = h(
      "div",
      { className: "zs-panel" },
      this.readout.element,
      this.choice.element,
      h("div", { className: "zs-slot" }, this.readout.answer.pictures, this.compared.element),
      h("div", { className: "zs-row" }, this.heading, this.clear),
      h("div", { className: "zs-pinned" }, this.hint, this.list),
    );
  }

  get state() {
    return {
      pins: this.pins.map(({ z }) => z),
      places: this.pins.map((pin) => this.placeOf(pin)),
      chosen: this.chosen,
      picture: this.choice.shown,
    };
  }

  /** @param {Decoder} decoder */
  ready(decoder) {
    this.decoder = decoder;
    this.current = new Float32Array(decoder.output.length);
    this.readout.ready(decoder);
    this.show();
    this.moved(this.app.cursor, null);
  }

  /**
   * Where a pin lies on the map: where it was set, as long as the map shows that plane.
   * @param {Pin} pin
   */
  placeOf({ z, place, space }) {
    const now = this.app.space;
    return place && (space === now?.name || !now) ? place : (now?.transform(z) ?? null);
  }

  /** @param {Place | null} place @param {Near | null} nearest */
  moved(place, nearest) {
    const { z, pixels } = this.readout.moved(place);
    this.z = z;
    this.place = place;
    if (this.chosen !== null) {
      this.current.set(pixels);
      this.compare();
    }
    this.refresh(nearest);
    this.app.classes?.show(z);
  }

  /**
   * What the nearest point says, which may have come later than it was asked.
   * @param {Near | null} nearest
   */
  refresh(nearest = this.app.plane?.cursor.near ?? null) {
    this.readout.refresh(nearest);
  }

  /** Another picture of the place is to be shown. */
  repicture() {
    this.readout.moved(this.place ?? this.app.cursor);
    this.app.changed();
  }

  /** Somebody asks for another draw of the picture's pixels. */
  redrawn() {
    this.choice.redraw();
  }

  /** The decoder acts under another condition now. */
  retuned() {
    this.turns.start(this.pins.length);
    if (this.chosen !== null) this.showChosen();
    if (this.place) this.moved(this.place, this.app.plane?.cursor.near ?? null);
  }

  /** @param {number} index */
  repaint(index) {
    const canvas = this.list.children[index]?.querySelector("canvas");
    if (canvas && this.decoder) paint(canvas, this.decoder.decode(this.pins[index].z), this.decoder.imageShape);
  }

  destroy() {
    this.turns.stop();
  }

  /**
   * Where nothing lies near, there is nothing to pin.
   * @param {Place} place
   */
  clicked(place) {
    const { z, trust } = this.app.latentAt(place);
    if (this.pins.length < MAX_PINS && trust > 0) this.set([...this.pins, { z, place, space: this.app.space?.name }]);
  }

  /** The map shows another plane. */
  laidOut() {
    this.mark();
  }

  /** @param {Pin[]} pins */
  set(pins) {
    const chosen = this.chosen === null ? -1 : pins.indexOf(this.pins[this.chosen]);
    this.pins = pins;
    this.chosen = chosen < 0 ? null : chosen;
    this.show();
    this.app.changed();
    this.app.send("pins", this.state.pins);
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = this.chosen === index ? null : index;
    this.show();
    this.app.changed();
  }

  /** Builds the list anew and draws the pins on the map. */
  show() {
    const { decoder } = this;
    if (!decoder) return;
    const full = this.pins.length >= MAX_PINS;
    this.hint.textContent = full
      ? `${MAX_PINS} pins are as many as fit. Remove one to set another.`
      : this.pins.length
        ? "Choose a pin to compare it."
        : "Move the pointer over the map. Click to pin a place and keep its picture here.";
    this.clear.style.visibility = this.pins.length ? "" : "hidden"; // it keeps its room
    this.heading.textContent = this.pins.length ? `Pins (${this.pins.length})` : "Pins";
    const focused = [...this.list.children].findIndex((card) => card.contains(document.activeElement));
    this.list.replaceChildren(
      ...this.pins.map(({ z }, index) => {
        const name = String(index + 1);
        const { digits } = this.app;
        const where = `z = (${z.length > 4 ? `${decimals(z.slice(0, 4), digits)}, …` : decimals(z, digits)})`;
        const canvas = h("canvas");
        paint(canvas, decoder.decode(z), decoder.imageShape);
        return h(
          "div",
          { className: "zs-pin-card" },
          h(
            "button",
            {
              type: "button",
              className: "zs-pin-choose",
              title: `Pin ${name}, ${where}`,
              "aria-label": `Compare with pin ${name}, ${where}`,
              "aria-pressed": String(index === this.chosen),
              onclick: () => this.choose(index),
            },
            canvas,
          ),
          h("span", { className: "zs-pin-name" }, name),
          h(
            "button",
            {
              type: "button",
              className: "zs-pin-remove",
              title: `Remove pin ${name}`,
              "aria-label": `Remove pin ${name}`,
              onclick: () => this.set(this.pins.filter((_, other) => other !== index)),
            },
            "×",
          ),
        );
      }),
    );
    // The buttons are new ones; whoever was on one with the keyboard stays at its place.
    if (focused >= 0) {
      const card = this.list.children[Math.min(focused, this.pins.length - 1)];
      (card?.querySelector("button") ?? this.app.plane?.plot)?.focus();
    }
    this.mark();
    this.compared.element.hidden = this.chosen === null;
    if (this.chosen === null) return;
    this.showChosen();
    if (this.z) {
      this.current.set(decoder.decode(this.z));
      this.compare();
    }
  }

  showChosen() {
    if (this.chosen === null || !this.decoder) return;
    this.pinned = this.decoder.decode(this.pins[this.chosen].z).slice();
    paint(this.compared.picture, this.pinned, this.decoder.imageShape);
    this.compared.name.textContent = `Pin ${this.chosen + 1}`;
  }

  mark() {
    if (!this.app.plane) return;
    const pins = this.pins.flatMap((pin, index) => {
      const place = this.placeOf(pin);
      return place ? [{ place, name: String(index + 1), active: index === this.chosen }] : [];
    });
    this.app.plane.draw({ pins });
  }

  comparison() {
    const picture = h("canvas", { role: "img", "aria-label": "The chosen pin" });
    const difference = h("canvas", {
      role: "img",
      "aria-label": "Cursor minus pin: orange where the cursor's image is brighter, blue where the pin's is",
    });
    const name = h("figcaption", {});
    const amount = h("figcaption", {
      title: "Mean absolute difference of the pixels, where 0 is black and 1 is white",
    });
    const element = h(
      "div",
      { className: "zs-compare" },
      h("figure", {}, picture, name),
      h("figure", {}, difference, amount),
    );
    return { element, picture, difference, name, amount };
  }

  compare() {
    if (this.decoder) paintDifference(this.compared.difference, this.current, this.pinned, this.decoder.imageShape);
    this.compared.amount.textContent = `difference ${meanDifference(this.current, this.pinned).toFixed(3)}`;
  }
}
