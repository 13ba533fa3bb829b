// p(x|z), as far as the page needs it.

import { compile } from "./expression.js";

/**
 * What an error is, in words, for whatever shows one; `ofTwo` says whether the likelihood is of pixels that are 0 or 1.
 * @param {boolean} ofTwo
 */
export function aboutError(ofTwo) {
  return `-log p(x|z), in nats${ofTwo ? "; where pixels are grey, a cross entropy, no log-likelihood" : ""}`;
}

/** What Python wrote of a pixel of which the decoder says the numbers `a0`, `a1`, ..., for images of `size` pixels, or several side by side. */
export class Formula {
  /**
   * @param {import("./expression.js").Expression} expression
   * @param {number} size
   */
  constructor(expression, size) {
    this.size = size;
    this.compiled = compile(expression, size);
  }

  /**
   * Its value for every pixel, in an array that is used again.
   * @param {Float32Array} numbers (P * C, H, W)
   * @param {import("./expression.js").Variables} others what else it is of
   */
  of(numbers, others = {}) {
    const { size } = this;
    const variables = { ...others };
    for (let k = 0; (k + 1) * size <= numbers.length; k++)
      variables[`a${k}`] = numbers.subarray(k * size, (k + 1) * size);
    return this.compiled(variables);
  }
}

/** Scores images: of a pixel `x` in [0, 1]. */
export class Score extends Formula {
  /**
   * @param {import("./expression.js").Expression} expression
   * @param {number} size of an image
   */
  constructor(expression, size) {
    super(expression, size);
    this.x = new Float64Array(size);
  }

  /**
   * -log p(x|z) in nats of an image, bytes, of which the decoder says these `numbers`, (P * C, H, W).
   * @param {Float32Array} numbers
   * @param {Uint8Array} image
   */
  total(numbers, image) {
    const { size, x } = this;
    for (let i = 0; i < size; i++) x[i] = image[i] / 255;
    const each = this.of(numbers, { x });
    let sum = 0;
    for (let i = 0; i < size; i++) sum += each[i];
    return sum;
  }
}

/**
 * Numbers between 0 and 1 by which pixels are drawn, the same again for the same seed (mulberry32).
 * @param {number} size
 * @param {number} seed
 */
export function uniforms(size, seed) {
  const out = new Float64Array(size);
  let state = seed >>> 0;
  for (let i = 0; i < size; i++) {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    out[i] = (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  }
  return out;
}
