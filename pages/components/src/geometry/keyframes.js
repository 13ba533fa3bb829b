// What a model for a range of betas does at some of them, and anything between.

const LOG_TOLERANCE = 1e-6; // between logarithms of betas
const HALF = 0.50001; // of the way to the next keyframe, beyond which a point that changes its mode is at the other: as Python has it

/**
 * What it pays at a beta, all but the number of active dimensions in nats per image; `measured` says whether that is of this very beta, rather
 * than between two.
 * @typedef {{ rate: number, distortion: number, least: number, most: number, active: number, measured: boolean }} RatePoint
 * @typedef {{ beta: number[], rate: number[], distortion: number[], least: number[], most: number[], active: number[] }} MeasuredCurves
 * @typedef {{ range: Span, beta: number[], measured: MeasuredCurves, latent_dim: number, flat_from: number | null, scored: string }} KeyframesHeader
 * @typedef {{ mean?: Float32Array, index?: Int32Array, changes?: Int32Array }} KeyframesArrays
 */

/** A model's keyframes: what it does at some betas, and anything between. */
export class Keyframes {
  /** @param {Block<KeyframesHeader, KeyframesArrays>} block */
  constructor({ header, arrays }) {
    this.low = header.range[0];
    this.high = header.range[1];
    this.logs = header.beta.map(Math.log);
    this.header = header;
    this.measured = header.measured.beta.map(Math.log);
    this.latentDim = header.latent_dim;
    this.mean = arrays.mean; // (K * N * 2), missing where the latent is not a plane
    this.index = arrays.index; // which points those are, missing where they are all
    /** @type {Float32Array | undefined} */
    this.std = undefined; // (K * N * 2), how wide posteriors are, once that is here
    this.out = new Float32Array((this.mean?.length ?? 0) / this.logs.length);
    /** @type {Set<number>[]} */
    this.changing = this.logs.map(() => new Set()); // points that change their mode after each keyframe
    const { changes = new Int32Array() } = arrays;
    for (let i = 0; i < changes.length; i += 2) this.changing[changes[i]].add(changes[i + 1]);
  }

  /** Whether they say where all points of a map lie. */
  get whole() {
    return Boolean(this.mean) && !this.index;
  }

  /**
   * The one of `logs`, by default the keyframes', before beta, and how far it is to the next, in [0, 1].
   * @param {number} beta
   * @returns {[number, number]}
   */
  place(beta, logs = this.logs) {
    const last = logs.length - 1;
    const log = Math.min(Math.max(Math.log(beta), logs[0]), logs[last]);
    let before = 0;
    while (before < last - 1 && logs[before + 1] <= log) before++;
    return [before, (log - logs[before]) / (logs[before + 1] - logs[before])];
  }

  /**
   * What it pays at beta.
   * @param {number} beta
   * @returns {RatePoint}
   */
  curveAt(beta) {
    const [before, t] = this.place(beta, this.measured);
    const { rate, distortion, least, most, active } = this.header.measured;
    const nearest = before + Math.round(t);
    const measured = Math.abs(Math.log(beta) - this.measured[nearest]) < LOG_TOLERANCE;
    /** @param {number[]} all */
    const at = (all) => (measured ? all[nearest] : all[before] + t * (all[before + 1] - all[before]));
    return {
      rate: at(rate),
      distortion: at(distortion),
      least: at(least),
      most: at(most),
      active: active[nearest],
      measured,
    };
  }

  /**
   * Posterior means at beta, N * 2. The array is used again by the next call.
   * @param {number} beta
   */
  meansAt(beta) {
    return this.between(this.mean ?? this.out, beta, this.out);
  }

  /**
   * One number of what lies at beta between `values` of the keyframes, `stride` for each.
   * @param {Float32Array} values
   * @param {number} beta
   * @param {number} stride
   * @param {number} at
   */
  one(values, beta, stride, at) {
    let [before, t] = this.place(beta);
    if (this.changing[before].has(Math.floor(at / 2))) t = Number(t > HALF);
    const [a, b] = [values[before * stride + at], values[(before + 1) * stride + at]];
    return a + t * (b - a);
  }

  /**
   * What lies at beta between `values` of the keyframes, one after another; written to `out`. Points that change their mode there go from
   * one to the other at once, half way.
   * @param {Float32Array} values
   * @param {number} beta
   * @param {Float32Array} out
   */
  between(values, beta, out) {
    const [before, t] = this.place(beta);
    const stride = out.length;
    for (let i = 0, a = before * stride, b = a + stride; i < stride; i++, a++, b++)
      out[i] = values[a] + t * (values[b] - values[a]);
    for (const point of this.changing[before]) {
      for (const at of [2 * point, 2 * point + 1]) out[at] = values[(before + Number(t > HALF)) * stride + at];
    }
    return out;
  }
}
