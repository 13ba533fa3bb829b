// The decoder, run in the page.

import { sizeOf } from "../shared/blocks.js";
import { keyOf, same, withLabel } from "./condition.js";
import { Formula, Score, uniforms } from "./likelihood.js";
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
    this.size = sizeOf(this.imageShape);
    this.mean = new Formula(header.mean, this.size * this.lanes);
    this.score = new Score(header.score, this.size);
    const numbers = sizeOf(this.network.shape);
    this.numbers = many ? new Float32Array(numbers) : this.network.output.values.subarray(0, numbers);
    this.output = new Float32Array(this.size);
    /** @type {Partial<Record<PictureKind, Formula>>} */
    this.pictures = {}; // what else there is to see of a place
    if (header.std) this.pictures.std = new Formula(header.std, this.size);
    if (header.draw) this.pictures.draw = new Formula(header.draw, this.size);
    this.noise = uniforms(this.size, 1); // by which pixels are drawn
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
    this.output.set(this.mean.of(this.numbers));
    return this.output;
  }

  /**
   * Another picture of the latent that was decoded last: the standard deviation of each pixel, or a draw of it.
   * @param {PictureKind} kind
   */
  picture(kind) {
    return /** @type {Formula} */ (this.pictures[kind]).of(this.numbers, { u: this.noise });
  }

  /**
   * Draws pixels anew from here on; between two of these the noise is the same, so that a picture only changes as its latent does.
   * @param {number} seed
   */
  redraw(seed) {
    this.noise = uniforms(this.size, seed);
  }

  /**
   * The same under another label than the one in use, where the model takes labels: that of a test image, or a blend.
   * @param {ArrayLike<number>} z
   * @param {Condition["label"]} label
   * @param {Condition["lower"]} lower what is added to its lower latents
   */
  decodeAs(z, label, lower = null) {
    const condition = /** @type {Condition} */ (this.condition);
    this.tune({ ...withLabel(condition, label, this), lower });
    const pixels = this.decode(z);
    this.tune(condition);
    return pixels;
  }

  /**
   * -log p(x|z) in nats of an image, bytes, at the latent that was decoded last.
   * @param {Uint8Array} image
   */
  errorOf(image) {
    return this.score.total(this.numbers, image);
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
    const [input, raw] = [this.network.input.values, this.network.output.values.subarray(0, numbers.length * lanes)];
    for (let first = 0; first < count; first += lanes) {
      const taken = Math.min(lanes, count - first);
      for (let n = 0; n < taken; n++)
        for (let d = 0; d < latentDim; d++) input[d * lanes + n] = zs[(first + n) * latentDim + d];
      this.network.run();
      const pixels = this.mean.of(raw);
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
