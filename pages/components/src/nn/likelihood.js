// p(x|z), as far as the page needs it.

const LEAST = 1e-7; // of a pixel's probability, which float32 cannot tell from nothing

/** What an error is, in words, for whatever shows one. */
export const ERROR = "-log p(x|z), in nats; of Bernoulli pixels that are grey a cross entropy, no log-likelihood";

/**
 * -log p(x|z) in nats of an image, bytes, where the decoder says `pixels`. `likelihood`: { kind, std }, as Python wrote it.
 * @param {Likelihood} likelihood
 * @param {Pixels} pixels
 * @param {Uint8Array} image
 */
export function errorOf({ kind, std = 1 }, pixels, image) {
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    const x = image[i] / 255;
    const p = Math.min(1 - LEAST, Math.max(LEAST, pixels[i]));
    if (kind === "bernoulli") sum -= x * Math.log(p) + (1 - x) * Math.log(1 - p);
    else sum += 0.5 * ((x - pixels[i]) / std) ** 2 + Math.log(std) + 0.5 * Math.log(2 * Math.PI);
  }
  return sum;
}
