// What a point says when it is asked: the image it stands for, what the model makes of it, and how sure it is.

import { paint, paintBytes } from "../render/paint.js";
import { h } from "../shared/dom.js";

export class Answer {
  /**
   * `app` has `plane`, `space`, `decoder`, `originals` and `spreadOf(index)`.
   * @param {MapApp} app
   */
  constructor(app) {
    this.app = app;
    this.original = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The nearest test image" });
    this.reconstruction = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "Its reconstruction" });
    this.first = h("figcaption", {}, "test image");
    this.second = h("figcaption", {}, "reconstruction");
    this.frame = h("figure", {}, this.original, this.first);
    this.pictures = h("div", { className: "zs-pair" }, this.frame, h("figure", {}, this.reconstruction, this.second));
  }

  /**
   * Shows point `index`; returns what there is to say of it: { name, image, error, std }, error and std null where unknown.
   * @param {{ index: number, label: number }} point
   */
  show({ index, label }) {
    const { plane, decoder, originals } = this.app;
    const image = originals.get(index);
    const pixels = decoder.decodeAs(plane.placement.latentOf(index), label);
    paint(this.reconstruction, pixels, decoder.imageShape);
    if (image) paintBytes(this.original, image, decoder.imageShape);
    this.frame.hidden = !originals.there;
    this.frame.classList.toggle("zs-waiting", !image);
    return {
      name: plane.classes.nameOf(label),
      image: numbered(index),
      error: image && decoder.errorOf(image),
      std: this.app.spreadOf(index),
    };
  }
}

/** @param {number} index */
function numbered(index) {
  return `no. ${index.toLocaleString("en")}`;
}

const GAP = 18; // px between a point and its card
const TOOLS = 56; // px at the right of the map that its buttons take

/** What a point says in a line when the pointer rests near it: the panel has the rest, and points around it stay in sight. */
export class HoverCard {
  /** @param {MapApp} app */
  constructor(app) {
    this.app = app;
    this.title = h("strong", {});
    this.error = h("span", { className: "zs-note" });
    /** @type {Near | null} */
    this.near = null; // the point that it is of, while it is shown
    this.element = h("p", { className: "zs-hover", role: "status", hidden: true }, this.title, this.error);
  }

  /**
   * Shows a point that lies at (left, top) in a stage of some size, all in px.
   * @param {Near} near
   * @param {Spot} spot
   * @param {{ width: number, height: number }} stage
   */
  show(near, [left, top], { width, height }) {
    this.near = near;
    this.fill();
    this.element.hidden = false;
    const { offsetWidth: wide, offsetHeight: high } = this.element;
    const beside = left + GAP + wide < width - TOOLS ? left + GAP : left - GAP - wide;
    this.element.style.left = `${Math.max(4, beside)}px`;
    this.element.style.top = `${Math.min(Math.max(4, top - high / 2), height - high - 4)}px`;
  }

  fill() {
    const { plane, decoder, originals } = this.app;
    if (!this.near) return;
    const { index, label } = this.near;
    this.title.textContent = `${plane.classes.nameOf(label)}, ${numbered(index)}`;
    const image = originals.get(index);
    this.error.textContent = image
      ? `error ${errorAt(decoder, plane.placement.latentOf(index), label, image).toFixed(1)} nats`
      : "";
  }

  hide() {
    this.element.hidden = true;
    this.near = null;
  }
}

/**
 * @param {Decoder} decoder
 * @param {ArrayLike<number>} z
 * @param {number} label
 * @param {Uint8Array} image
 */
function errorAt(decoder, z, label, image) {
  decoder.decodeAs(z, label);
  return decoder.errorOf(image);
}
