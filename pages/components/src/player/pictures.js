// The pictures beside a film: what is decoded at the cursor, draws from the prior, and reconstructions.

import { paint } from "../render/paint.js";
import { contextOf, h } from "../shared/dom.js";
import { LRUMap } from "../shared/lru_map.js";
import { drawRows } from "./sheet.js";

const SAMPLE_COUNT = 16; // samples of the prior, where it has no plane to lie on
const ROW_LENGTH = 5; // reconstructions, at most
const MAX_DRAWN = 4; // snapshots whose pictures are kept as they are drawn

/** @typedef {{ step: number, samples: Uint8Array, reconstructions: Uint8Array }} SnapshotPictures what was kept at a snapshot: images of bytes */

export class Pictures {
  /** @param {number} dims of the latents @param {ImageShape} shape */
  constructor(dims, shape) {
    this.shape = shape;
    this.size = shape.reduce((product, side) => product * side, 1);
    /** @type {Uint8Array} */
    this.originals = new Uint8Array();
    /** @type {LRUMap<number, { pairs: HTMLCanvasElement, samples: HTMLCanvasElement }>} */
    this.drawn = new LRUMap(MAX_DRAWN); // by step
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
   * Shows the pictures of two snapshots, the second of them by a share, or of one.
   * @param {SnapshotPictures[]} snapshots
   * @param {number} share
   */
  show(snapshots, share) {
    const drawn = snapshots.map((each) => this.draw(each));
    mix(
      drawn.map(({ pairs }) => pairs),
      share,
      this.made,
    );
    if (!this.samples) return;
    mix(
      drawn.map(({ samples }) => samples),
      share,
      this.samples,
    );
  }

  /** @param {SnapshotPictures} snapshot */
  draw({ step, samples, reconstructions }) {
    const known = this.drawn.get(step);
    if (known) return known;
    const few = samples.subarray(0, SAMPLE_COUNT * this.size);
    const drawn = {
      pairs: this.pairs(reconstructions),
      samples: drawRows([few], this.shape, Math.sqrt(SAMPLE_COUNT), { gap: 1 }),
    };
    this.drawn.set(step, drawn);
    return drawn;
  }

  /**
   * Test images, each above what is made of it, in two lines where they are many.
   * @param {Uint8Array} made
   */
  pairs(made) {
    const { originals, size } = this;
    const count = originals.length / size;
    const columns = count > ROW_LENGTH ? Math.ceil(count / 2) : count;
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
 * Draws a canvas onto another, which takes on its size, and by a share a second one, if there is one.
 * @param {HTMLCanvasElement[]} from
 * @param {number} share
 * @param {HTMLCanvasElement} to
 */
function mix([first, second], share, to) {
  if (to.width !== first.width || to.height !== first.height) [to.width, to.height] = [first.width, first.height];
  const context = contextOf(to);
  context.drawImage(first, 0, 0);
  if (!second || !share) return;
  context.globalAlpha = share;
  context.drawImage(second, 0, 0);
  context.globalAlpha = 1;
}
