// What a film shows between two snapshots, as vae/film/interpolation.py says it.

/**
 * Which of `count` snapshots are before and after a moment, and the share of the second.
 * @param {number} moment
 * @param {number} count
 * @returns {[number, number, number]}
 */
export function split(moment, count) {
  const before = Math.min(Math.floor(moment), count - 1);
  return [before, Math.min(before + 1, count - 1), moment - before];
}

/**
 * What goes evenly from the value of one snapshot to that of the next.
 * @param {number[]} values
 * @param {number} moment
 */
export function between(values, moment) {
  const [before, after, share] = split(moment, values.length);
  return values[before] + share * (values[after] - values[before]);
}

/**
 * The value of a curve, null where it has none, at an epoch; null before it begins.
 * @param {number[]} epochs
 * @param {(number | null)[]} values
 * @param {number} epoch
 */
export function valueAt(epochs, values, epoch) {
  /** @type {[number, number] | null} */
  let last = null;
  for (const [place, value] of values.entries()) {
    if (value === null) continue;
    const at = epochs[place];
    if (at > epoch) return last && last[1] + ((epoch - last[0]) / (at - last[0])) * (value - last[1]);
    last = [at, value];
  }
  return last?.[1] ?? null;
}

/**
 * Where points are at a moment, of which `means` has the places after each snapshot; written to `out`.
 * @param {Float32Array[]} means
 * @param {number} moment
 * @param {Float32Array} out
 */
export function glide(means, moment, out) {
  const [before, after, t] = split(moment, means.length);
  const [a, b] = [means[before], means[after]];
  if (a === b) {
    out.set(a);
    return out;
  }
  /** @type {(Float32Array | undefined)[]} */
  const [earlier, later] = [means[before - 1], means[after + 1]];
  for (let i = 0; i < out.length; i++) {
    const way = b[i] - a[i];
    const leaving = earlier ? speed(a[i] - earlier[i], way) : 0;
    const arriving = later ? speed(way, later[i] - b[i]) : 0;
    out[i] = a[i] + t * (leaving + t * (3 * way - 2 * leaving - arriving + t * (leaving + arriving - 2 * way)));
  }
  return out;
}

/** @param {number} before @param {number} after */
function speed(before, after) {
  const both = before * after;
  return both > 0 ? (2 * both) / (before + after) : 0;
}
