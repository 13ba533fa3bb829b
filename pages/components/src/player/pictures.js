// The pictures beside a film: what is decoded at the cursor, draws from the prior, and reconstructions.

import { paint } from "../render/paint.js";
import { contextOf, h } from "../shared/dom.js";
import { drawRows } from "./sheet.js";

const SHOWN = 16; // samples of the prior, where it has no plane to lie on
const IN_A_ROW = 5; // reconstructions, at most

export class Pictures {
  /** @param {number} dims of the latents @param {ImageShape} shape */
  constructor(dims, shape) {
    this.shape = shape;
    this.size = shape.reduce((product, side) => product * side, 1);
    /** @type {Uint8Array} */
    this.originals = new Uint8Array();
    this.samples = dims === 2 ? null : canvas("What the decoder makes of draws from the prior at this moment");
    this.picture = canvas("The image decoded at the cursor, by the decoder of this moment");
    this.place = h("figcaption", {}, "–");
    this.made = canvas("Test images, and below each its reconstruction at this moment");
    this.element = h(
      "div",
      { className: "zs-panel" },
      dims > 1 ? titled("Under the pointer", "Decoded by the decoder of this moment", this.picture, this.place) : null,
      this.samples &&
        titled("Samples", "What the decoder makes of the same draws from the prior at every moment", this.samples),
      titled("Reconstructions", "Test images, and what the model makes of them", this.made),
    );
  }

  /** The test images (S, C, H, W) that are reconstructed, one by one. */
  get images() {
    const count = this.originals.length / this.size;
    return Array.from({ length: count }, (_, n) => this.originals.subarray(n * this.size, (n + 1) * this.size));
  }

  /**
   * What is decoded at the cursor, and what to say of it.
   * @param {Pixels} pixels
   * @param {string} words
   */
  point(pixels, words) {
    paint(this.picture, pixels, this.shape);
    this.place.textContent = words;
  }

  /**
   * What was kept at a snapshot: images of bytes.
   * @param {{ samples: Uint8Array, reconstructions: Uint8Array }} kept
   */
  show({ samples, reconstructions }) {
    copy(this.pairs(reconstructions), this.made);
    if (!this.samples) return;
    const few = samples.subarray(0, SHOWN * this.size);
    copy(drawRows([few], this.shape, Math.sqrt(SHOWN), { gap: 1 }), this.samples);
  }

  /**
   * Test images, each above what is made of it, in two lines where they are many.
   * @param {Uint8Array} made
   */
  pairs(made) {
    const { originals, size } = this;
    const count = originals.length / size;
    const columns = count > IN_A_ROW ? Math.ceil(count / 2) : count;
    const parts = [];
    for (let first = 0; first < count; first += columns) {
      const [from, to] = [first * size, Math.min(first + columns, count) * size];
      parts.push(originals.subarray(from, to), made.subarray(from, to));
    }
    return drawRows(parts, this.shape, columns, { gap: 1, apart: 2 });
  }
}

/** @param {string} label */
function canvas(label) {
  return h("canvas", { width: 1, height: 1, role: "img", "aria-label": label });
}

/** @param {string} title @param {string} hint @param {HTMLElement[]} children */
function titled(title, hint, ...children) {
  return h("figure", {}, h("p", { className: "zs-heading", title: hint }, title), ...children);
}

/**
 * Draws a canvas onto another, which takes on its size.
 * @param {HTMLCanvasElement} from
 * @param {HTMLCanvasElement} to
 */
function copy(from, to) {
  if (to.width !== from.width || to.height !== from.height) [to.width, to.height] = [from.width, from.height];
  contextOf(to).drawImage(from, 0, 0);
}
