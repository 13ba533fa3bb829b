// p(x|z), as far as the page needs it.

import { compile } from "./expression.js";

/**
 * What an error is, in words, for whatever shows one; `ofTwo` says whether the likelihood is of pixels that are 0 or 1.
 * @param {boolean} ofTwo
 */
export function aboutError(ofTwo) {
  return `-log p(x|z), in nats${ofTwo ? "; where pixels are grey, a cross entropy, no log-likelihood" : ""}`;
}

/** Scores images by a formula that Python wrote: of a pixel `x` in [0, 1], and what the decoder says of it, `a0`, `a1`, ... */
export class Score {
  /**
   * @param {import("./expression.js").Expression} expression
   * @param {number} size of an image
   */
  constructor(expression, size) {
    this.size = size;
    this.compiled = compile(expression, size);
    this.x = new Float64Array(size);
  }

  /**
   * -log p(x|z) in nats of an image, bytes, of which the decoder says these `numbers`, (P * C, H, W).
   * @param {Float32Array} numbers
   * @param {Uint8Array} image
   */
  of(numbers, image) {
    const { size, x } = this;
    for (let i = 0; i < size; i++) x[i] = image[i] / 255;
    /** @type {import("./expression.js").Variables} */
    const variables = { x };
    for (let k = 0; k * size < numbers.length; k++) variables[`a${k}`] = numbers.subarray(k * size, (k + 1) * size);
    const each = this.compiled(variables);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += each[i];
    return sum;
  }
}
