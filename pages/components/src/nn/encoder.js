// The encoder, run in the page: posterior means of images, in one pass and without refinement.

import { Network } from "./network.js";

const LANES = 8; // images that are encoded together

/** Encodes images that lie in `network.input`, (pixels, lanes); the first rows of `network.output` are the posterior means. */
export class Encoder {
  /** @param {EncoderBlock} block */
  constructor({ header, arrays }) {
    this.lanes = LANES;
    this.network = new Network(header.layers, arrays, header.image_shape, LANES);
  }

  /** @param {Condition} condition */
  tune(condition) {
    this.network.tune(condition);
  }
}
