// What the place under the pointer says: its picture, where it is, and the nearest test image.

import { aboutError } from "../nn/likelihood.js";
import { paint } from "../render/paint.js";
import { decimal, decimals, h } from "../shared/dom.js";
import { Answer } from "./answer.js";

/** @type {Record<string, string>} */
const HINTS = {
  label: "The class and the number of the test image that is nearest to the pointer",
  distance: "On the map",
  spread: "Standard deviations of q(z|x) along the two axes; the ellipses on the map are one and two of them",
  trust:
    "On a straight plane a place has its latent exactly. On a scattered one it is guessed from the points around it, and fades far from all; ± is how far their latents lie from it, root mean square, as a share of the spread of all latents",
};
/** @type {Record<string, string>} */
const FACTS = {
  z: "Position",
  label: "Nearest point",
  distance: "Distance to it",
  trust: "Latent here",
  spread: "Its posterior",
  error: "Its error",
};

const FADE_FACTOR = 5; // times as quickly as the picture comes, the words in its place go

export class Readout {
  /**
   * `app` has `data`, `plane`, `latentAt(place)` and what an `Answer` needs; `names`: those of FACTS to tell of; `choice`, if there is one,
   * says which picture.
   * @param {App} app
   * @param {string[]} names
   * @param {import("./picture_choice.js").PictureChoice} [choice]
   */
  constructor(app, names, choice) {
    this.app = app;
    this.choice = choice;
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The decoded image at the cursor" });
    this.nothing = h("p", {}, "Nothing lies near here.");
    this.answer = new Answer(/** @type {MapApp} */ (app));
    /** @type {Partial<Record<string, HTMLElement>>} */
    this.facts = {};
    const shown = names.filter((name) => name !== "trust" || app.data.projected);
    const rows = shown.flatMap((name) => {
      const fact = h("dd", {}, "–");
      this.facts[name] = fact;
      return [h("dt", { title: HINTS[name] ?? "" }, FACTS[name]), fact];
    });
    this.element = h(
      "div",
      { className: "zs-readout zs-panel" },
      h("div", { className: "zs-fading" }, this.nothing, this.picture),
      h("dl", { className: "zs-facts" }, ...rows),
    );
  }

  /**
   * There is a decoder, which says what an error is.
   * @param {Decoder} decoder
   */
  ready(decoder) {
    this.choice?.ready(decoder);
    const term = /** @type {HTMLElement | null | undefined} */ (this.facts.error?.previousElementSibling);
    if (term) term.title = `How badly the test image is reconstructed from its point: ${aboutError(decoder.ofTwo)}`;
  }

  /**
   * Shows a place, null where it isn't known yet, or a `latent` that lies there; returns { z, trust, pixels }, the latter an array that is used
   * again.
   * @param {Place | null} place
   * @param {Latent | null} [latent]
   */
  moved(place, latent) {
    const { space } = this.app;
    const decoder = /** @type {Decoder} */ (this.app.decoder); // which is there before anything is read
    const { z, trust, own } = latent ? { z: Array.from(latent), trust: 1, own: true } : this.app.latentAt(place);
    const pixels = decoder.decode(z);
    if (this.choice) this.choice.paint(this.picture, pixels);
    else paint(this.picture, pixels, decoder.imageShape);
    this.picture.style.opacity = String(trust);
    // Or it would shine through; and before there is a map nobody knows.
    const empty = space ? Math.max(0, 1 - FADE_FACTOR * trust) : 0;
    this.nothing.style.opacity = String(empty);
    this.nothing.ariaHidden = String(empty === 0);
    this.setFact("z", place ? decimals(place, this.app.digits) : "–");
    this.setFact("trust", own && z.length > 2 ? "the image's own" : originOf(space, place, z, trust));
    return { z, trust, pixels };
  }

  /**
   * What the nearest point says, which may have come later than it was asked.
   * @param {Near | null} nearest
   */
  refresh(nearest) {
    this.answer.pictures.style.visibility = nearest ? "" : "hidden";
    if (!nearest) {
      for (const name of ["label", "distance", "spread", "error"]) this.setFact(name, "–");
      return;
    }
    const said = this.answer.show(nearest);
    this.setFact("label", nearest.label < 0 ? said.image : `${said.name}, ${said.image}`);
    this.setFact("distance", decimal(nearest.distance, this.app.digits));
    this.setFact(
      "spread",
      said.std
        ? `± ${said.std
            .slice(0, 2)
            .map((std) => decimal(std, this.app.digits))
            .join(", ± ")}`
        : "–",
    );
    this.setFact("error", said.error === null ? "–" : `${said.error.toFixed(1)} nats`);
  }

  /** @param {string} name @param {string} text */
  setFact(name, text) {
    const fact = this.facts[name];
    if (fact) fact.textContent = text;
  }
}

/**
 * How well the latent `z` of a place is known.
 * @param {Space | undefined} space
 * @param {Place | null} place
 * @param {number[]} z
 * @param {number} trust
 */
function originOf(space, place, z, trust) {
  if (!space || !place) return "–";
  if (space.straight) return "exact";
  if (trust === 0) return "unknown";
  return `guessed, ± ${Math.round(100 * (space.disagreement?.(place, z) ?? 0))} %`;
}
