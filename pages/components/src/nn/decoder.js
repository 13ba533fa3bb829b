// The decoder, run in the page.

import { sizeOf } from "../shared/blocks.js";
import { Network } from "./network.js";

const LANES = 8; // latents that are decoded together where there are many

/** Decodes latents to pixel means in [0, 1]. One for a range of betas decodes at the beta it was last told. */
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
    this.likelihood = header.likelihood; // { kind, ... }
    this.lanes = many ? LANES : 1;
    this.network = new Network(header.layers, arrays, [this.latentDim], this.lanes);
    this.size = sizeOf(this.imageShape);
    this.output = many ? new Float32Array(this.size) : this.network.output.values.subarray(0, this.size);
    if (this.betaRange) this.tune(Math.min(Math.max(1, this.betaRange[0]), this.betaRange[1]));
  }

  /**
   * From here on, decodes at this beta.
   * @param {number} beta
   */
  tune(beta) {
    this.network.tune(beta);
  }

  /**
   * Pixel means with shape (C, H, W) of one latent. The array is used again by the next call.
   * @param {ArrayLike<number>} z
   */
  decode(z) {
    this.network.input.values.set(z);
    this.network.run();
    return this.output;
  }

  /**
   * The same for `count` latents, one after another in `zs`: calls each(index, pixels), with an array that is used again.
   * @param {Float32Array} zs
   * @param {number} count
   * @param {(index: number, pixels: Pixels) => void} each
   */
  decodeMany(zs, count, each) {
    const { lanes, latentDim, size, output } = this;
    const [input, pixels] = [this.network.input.values, this.network.output.values];
    for (let first = 0; first < count; first += lanes) {
      const taken = Math.min(lanes, count - first);
      for (let n = 0; n < taken; n++)
        for (let d = 0; d < latentDim; d++) input[d * lanes + n] = zs[(first + n) * latentDim + d];
      this.network.run();
      for (let n = 0; n < taken; n++) {
        for (let p = 0, at = n; p < size; p++, at += lanes) output[p] = pixels[at];
        each(first + n, output);
      }
    }
  }
}
