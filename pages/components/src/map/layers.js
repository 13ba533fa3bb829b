// What is drawn behind and around the points, as people choose it.

import { Card } from "../panels/card.js";
import { OVERLAYS, overlayOf } from "../render/overlay.js";
import { h, memory } from "../shared/dom.js";

const KEY = "zscape:layers"; // for all models: a taste, not a property of one
const SMALL_WIDTH = 600; // px of a map below which the terrain is off until it is asked for
const UNSHOWN = "The prior isn't drawn here: a plane that scatters points has no place for it.";
const SIZES = [96, 20]; // px of a picture, from sparse to dense
/**
 * What people choose, as it is until they do.
 * @typedef {{ terrain: boolean, density: number, strength: number, overlay: string, cover: number, circles: boolean, points: boolean }} ChosenLayers
 * @type {ChosenLayers}
 */
const DEFAULTS = {
  terrain: false,
  density: 0.65,
  strength: 0.45,
  overlay: "",
  cover: 0.85,
  circles: false,
  points: true,
};

export class Layers {
  /**
   * `changed()` is called after each change of `settings`.
   * @param {() => void} changed
   */
  constructor(changed) {
    this.changed = changed;
    /** @type {ChosenLayers} */
    this.chosen = { ...DEFAULTS, ...memory.load(KEY) };
    /** @type {string[]} */
    this.overlays = [];
    this.straight = true;
    this.prior = ""; // what is drawn of the prior, where anything is
    this.unshown = false; // whether that has no place in the plane
    /** @type {{ fixed: boolean } | null} */
    this.ground = null; // the terrain
    this.card = new Card("Layers", "◫");
    /** @type {["terrain" | "overlay", HTMLInputElement][]} */
    this.sliders = []; // and what each acts on
    this.about = h("p", { className: "zs-note" }); // how to read the overlay that is chosen
  }

  /**
   * What makes sense in a plane: `overlays`, by name; whether it is `straight`, and what is drawn of the `prior` in one, if anything is.
   * Fills the card in.
   * @param {string[]} overlays
   * @param {boolean} straight
   * @param {string} prior
   */
  offer(overlays, straight, prior) {
    this.overlays = overlays;
    this.straight = straight;
    this.prior = straight ? prior : "";
    this.unshown = Boolean(prior) && !straight;
    this.fill();
  }

  /**
   * For a map of some px in width with a terrain, or null for none; one that is `fixed` has as many pictures as it has. `usual` is what holds
   * until somebody chooses.
   * @param {number} width
   * @param {{ fixed: boolean } | null} terrain
   * @param {Partial<ChosenLayers>} usual
   */
  start(width, terrain, usual = {}) {
    this.ground = terrain;
    this.chosen = { ...DEFAULTS, terrain: width >= SMALL_WIDTH, ...usual, ...memory.load(KEY) };
  }

  fill() {
    this.sliders = [];
    this.card.element.replaceChildren(
      this.choice("points", "Points", "A point for each test image, at the mean of its posterior"),
      ...(this.ground
        ? [
            this.choice(
              "terrain",
              "Terrain",
              "What the model decodes, drawn behind the points; it fades where no image is",
            ),
          ]
        : []),
      ...(this.ground && !this.ground.fixed
        ? [this.slider("density", "Density", "How many pictures the terrain has", "terrain")]
        : []),
      ...(this.ground ? [this.slider("strength", "Strength", "How clearly the terrain is drawn", "terrain")] : []),
      ...(this.overlays.length
        ? [
            this.select("overlay", "Overlay", "Where the map can be believed"),
            this.slider("cover", "Strength", "How clearly the overlay is drawn", "overlay"),
          ]
        : []),
      ...(this.prior ? [this.choice("circles", "Prior", this.prior)] : []),
      ...(this.unshown ? [h("p", { className: "zs-note" }, UNSHOWN)] : []),
      this.about,
    );
    this.show();
  }

  /** @returns {LayerSettings} */
  get settings() {
    const { density, overlay, circles, ...others } = this.chosen;
    const there = this.overlays.includes(overlay) ? overlay : ""; // another model may have had it
    return {
      ...others,
      circles: circles && Boolean(this.prior),
      overlay: there,
      size: SIZES[0] * (SIZES[1] / SIZES[0]) ** density,
    };
  }

  /** @param {"points" | "terrain" | "circles"} name @param {string} text @param {string} title */
  choice(name, text, title) {
    const input = h("input", {
      type: "checkbox",
      role: "switch",
      checked: this.chosen[name],
      onchange: () => this.set(name, input.checked),
    });
    return h("label", { className: "zs-switch", title }, h("span", {}, text), input);
  }

  /** @param {"overlay"} name @param {string} text @param {string} title */
  select(name, text, title) {
    const options = this.overlays.map((overlay) =>
      h("option", { value: overlay, selected: overlay === this.chosen[name] }, OVERLAYS[overlay].title),
    );
    const select = h(
      "select",
      { onchange: () => this.set(name, select.value) },
      h("option", { value: "" }, "None"),
      ...options,
    );
    return h("label", { className: "zs-select", title }, h("span", {}, text), select);
  }

  /**
   * @param {"density" | "strength" | "cover"} name
   * @param {string} text
   * @param {string} title
   * @param {"terrain" | "overlay"} of
   */
  slider(name, text, title, of) {
    const input = h("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "0.01",
      value: String(this.chosen[name]),
      "aria-label": `${text} of the ${of}`,
      oninput: () => this.set(name, Number(input.value)),
    });
    const label = h("label", { className: "zs-range", title }, h("span", {}, text), input);
    this.sliders.push([of, input]);
    return label;
  }

  /** @param {keyof ChosenLayers} name @param {boolean | number | string} value */
  set(name, value) {
    Object.assign(this.chosen, { [name]: value });
    memory.save(KEY, this.chosen);
    this.show();
    this.changed();
  }

  /** Sliders that have nothing to act on are out of reach. */
  show() {
    this.about.textContent = overlayOf(this.settings.overlay, !this.straight)?.text ?? "";
    this.about.hidden = !this.about.textContent;
    for (const [of, input] of this.sliders) input.disabled = !this.settings[of];
  }
}
