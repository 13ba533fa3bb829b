// Points on their way from one plane to another.

const MOVE_TIME = 900; // ms

export class Crossing {
  constructor() {
    this.frame = 0;
  }

  /**
   * Takes points (N * 2) from where they were, so many `times` as large, to where they will be: each(places) is called at every frame with an
   * array that is used again, and done() at the end.
   * @param {Float32Array} from
   * @param {Float32Array} to
   * @param {number} times
   * @param {(places: Float32Array) => void} each
   * @param {() => void} done
   */
  start(from, to, times, each, done) {
    this.stop();
    const began = performance.now();
    const now = new Float32Array(to.length);
    const step = () => {
      const t = Math.min(1, (performance.now() - began) / MOVE_TIME);
      if (t === 1) return done();
      each(between(from, to, times, t * t * (3 - 2 * t), now));
      this.frame = requestAnimationFrame(step);
    };
    step();
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }
}

/**
 * A share of the way from `times * from` to `to`, written to `out`; what came from nowhere (NaN) is there at once.
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} times
 * @param {number} share
 * @param {Float32Array} out
 */
export function between(from, to, times, share, out) {
  for (let i = 0; i < to.length; i++) {
    out[i] = Number.isNaN(from[i]) ? to[i] : times * from[i] + share * (to[i] - times * from[i]);
  }
  return out;
}
