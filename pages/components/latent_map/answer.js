// What a point says when it is asked: the image it stands for, what the model makes of it, and how sure it is.

import { decimal, h } from "./dom.js";
import { errorOf } from "./likelihood.js";
import { paint, paintBytes } from "./paint.js";

export class Answer {
  /** `app` has `plane`, `space`, `decoder`, `originals` and `spreadOf(index)`. */
  constructor(app) {
    this.app = app;
    this.original = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The nearest test image" });
    this.reconstruction = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "Its reconstruction" });
    this.first = h("figcaption", {}, "test image");
    this.second = h("figcaption", {}, "reconstruction");
    this.frame = h("figure", {}, this.original, this.first);
    this.pictures = h("div", { className: "zs-pair" }, this.frame, h("figure", {}, this.reconstruction, this.second));
  }

  /** Shows point `index`; returns what there is to say of it: { name, image, error, std }, error and std null where unknown. */
  show({ index, label }) {
    const { plane, decoder, originals } = this.app;
    const image = originals.get(index);
    const pixels = decoder.decode(plane.latentOf(index));
    paint(this.reconstruction, pixels, decoder.imageShape);
    if (image) paintBytes(this.original, image, decoder.imageShape);
    this.frame.hidden = !originals.there;
    this.frame.classList.toggle("zs-waiting", !image);
    return {
      name: plane.nameOf(label),
      image: `no. ${index.toLocaleString("en")}`,
      error: image && errorOf(decoder.likelihood, pixels, image),
      std: this.app.spreadOf(index),
    };
  }
}

const GAP = 18; // px between a point and its card
const TOOLS = 56; // px at the right of the map that its buttons take

/** The card that a point shows when the pointer rests near it. */
export class HoverCard {
  constructor(app) {
    this.app = app;
    this.answer = new Answer(app);
    this.title = h("strong", {});
    this.lines = h("p", { className: "zs-note" });
    this.element = h("div", { className: "zs-hover", role: "status", hidden: true }, this.answer.pictures, h("div", {}, this.title, this.lines));
  }

  /** Shows a point that lies at (left, top) in a stage of some size, all in px. */
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
    const { name, image, error, std } = this.answer.show(this.near);
    const z = this.app.plane.pointAt(this.near.index);
    this.title.textContent = `${name}, ${image}`;
    const at = (d) => `${this.app.space.axes[d].split(" (")[0]}: ${decimal(z[d])}${std ? ` ± ${std[d].toFixed(2)}` : ""}`;
    this.lines.replaceChildren(at(0), h("br"), at(1), ...(error === null ? [] : [h("br"), `error ${error.toFixed(1)} nats`]));
  }

  hide() {
    this.element.hidden = true;
    this.near = null;
  }
}

