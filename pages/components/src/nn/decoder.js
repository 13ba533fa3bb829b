// The decoder, run in the page.

import { sizeOf } from "../shared/blocks.js";
import { keyOf, same, withLabel } from "./condition.js";
import { Score } from "./likelihood.js";
import { Network } from "./network.js";

const LANES = 8; // latents that are decoded together where there are many

/** Decodes latents to pixel means in [0, 1], under the condition that it was last tuned to. */
export class Decoder {
  /**
   * `block`: what Python wrote; `many` says whether it is for many latents at a time, or for one.
   * @param {DecoderBlock} block
   * @param {boolean} many
   */
  constructor({ header, arrays }, many = false) {
    this.latentDim = header.latent_dim;
    this.imageShape = header.image_shape; // channels, height, width
    this.betaRange = header.beta_range; // [low, high], or null
    this.conditioning = header.conditioning;
    this.ofTwo = header.of_two; // whether pixels are probabilities of 0 and 1
    this.lanes = many ? LANES : 1;
    this.network = new Network(header.layers, arrays, [this.latentDim], this.lanes);
    this.shown = new Network(header.shown, arrays, this.network.shape, this.lanes); // from numbers to pixel means
    this.size = sizeOf(this.imageShape);
    this.score = new Score(header.score, this.size);
    const [numbers, output] = [sizeOf(this.network.shape), this.size];
    this.numbers = many ? new Float32Array(numbers) : this.network.output.values.subarray(0, numbers);
    this.output = many ? new Float32Array(output) : this.shown.output.values.subarray(0, output);
    /** @type {Condition | undefined} */
    this.condition = undefined; // that it decodes under
    const [low, high] = this.betaRange ?? [1, 1];
    this.tune({ beta: Math.min(Math.max(1, low), high), label: null });
  }

  /**
   * From here on, decodes under this condition.
   * @param {Condition} condition
   */
  tune(condition) {
    if (same(condition, this.condition)) return;
    this.condition = condition;
    this.network.tune(condition);
  }

  /**
   * Pixel means with shape (C, H, W) of one latent. The array is used again by the next call.
   * @param {ArrayLike<number>} z
   */
  decode(z) {
    this.network.input.values.set(z);
    this.network.run();
    this.shown.input.values.set(this.numbers);
    this.shown.run();
    return this.output;
  }

  /**
   * The same under another label than the one in use, where the model takes labels: that of a test image, or a blend.
   * @param {ArrayLike<number>} z
   * @param {Condition["label"]} label
   */
  decodeAs(z, label) {
    const condition = /** @type {Condition} */ (this.condition);
    this.tune(withLabel(condition, label, this));
    const pixels = this.decode(z);
    this.tune(condition);
    return pixels;
  }

  /**
   * -log p(x|z) in nats of an image, bytes, at the latent that was decoded last.
   * @param {Uint8Array} image
   */
  errorOf(image) {
    return this.score.of(this.numbers, image);
  }

  /**
   * The same for `count` latents, one after another in `zs`: calls each(index, pixels), with an array that is used again. Where they are
   * `scored`, it tells of each latent what `errorOf` needs.
   * @param {Float32Array} zs
   * @param {number} count
   * @param {(index: number, pixels: Pixels) => void} each
   * @param {boolean} scored
   */
  decodeMany(zs, count, each, scored = false) {
    const { lanes, latentDim, size, output, numbers } = this;
    const [input, raw, pixels] = [this.network.input.values, this.network.output.values, this.shown.output.values];
    for (let first = 0; first < count; first += lanes) {
      const taken = Math.min(lanes, count - first);
      for (let n = 0; n < taken; n++)
        for (let d = 0; d < latentDim; d++) input[d * lanes + n] = zs[(first + n) * latentDim + d];
      this.network.run();
      this.shown.input.values.set(raw.subarray(0, numbers.length * lanes));
      this.shown.run();
      for (let n = 0; n < taken; n++) {
        for (let p = 0, at = n; p < size; p++, at += lanes) output[p] = pixels[at];
        if (scored) for (let p = 0, at = n; p < numbers.length; p++, at += lanes) numbers[p] = raw[at];
        each(first + n, output);
      }
    }
  }

  /**
   * The same for latents of test images, which have `labels` of their own: calls each(index) when `errorOf` can be asked of one.
   * @param {Float32Array} zs
   * @param {Int32Array} labels
   * @param {(index: number) => void} each
   */
  reconstructMany(zs, labels, each) {
    const { latentDim } = this;
    const condition = /** @type {Condition} */ (this.condition);
    /** @type {Map<string, { own: Condition, indices: number[] }>} */
    const groups = new Map(); // of one condition
    for (let index = 0; index < labels.length; index++) {
      const own = withLabel(condition, labels[index], this);
      const group = groups.get(keyOf(own));
      if (group) group.indices.push(index);
      else groups.set(keyOf(own), { own, indices: [index] });
    }
    for (const { own, indices } of groups.values()) {
      const some = new Float32Array(latentDim * indices.length);
      for (const [at, index] of indices.entries())
        some.set(zs.subarray(latentDim * index, latentDim * (index + 1)), latentDim * at);
      this.tune(own);
      this.decodeMany(some, indices.length, (at) => each(indices[at]), true);
    }
    this.tune(condition);
  }
}
