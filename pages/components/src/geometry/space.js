// What lies at the places of the map, and where latents lie on it. Latents of two dimensions are the plane themselves; of more, Python
// has laid the points out in one (vae/projections/projection.py), and says how to get back from there. How near points are says whether there is
// anything to get a latent from, and not how well it fits: `around` tells how far they agree.

import { Neighbours } from "./neighbours.js";

const INVERSE_NEIGHBOURS = 6; // points that a place gets its latent from, where they are scattered
const FADE_START = 1; // spacings from the nearest point up to which a place is near the points, and doesn't fade
const FADE_END = 3; // from which on it is far from all
const MIN_DISTANCE = 1e-9; // of the rim, that a distance counts as

/**
 * `block`: the points of the map, as Python packed them.
 * @param {Block} block
 * @returns {Space}
 */
export function spaceOf({ header, arrays }) {
  const { space, latent_dim: dims } = header;
  if (!space) return new Flat();
  return space.kind === "straight" ? new Straight(space, dims, arrays) : new Scattered(space, dims, arrays);
}

/**
 * What Python says of a plane.
 * @typedef {{ kind: string, axes: [string, string], name: string, spacing: number, spread: number }} SpaceHeader
 */

/** @implements {Space} */
class Flat {
  constructor() {
    this.dims = 2;
    /** @type {[string, string]} */
    this.axes = ["z₁", "z₂"];
    this.straight = true;
    this.projected = false;
    this.name = "";
  }

  /**
   * Writes the latent at a place to `out` from `at` on; returns how near points are that it comes from, from 0 to 1. What comes from no
   * points is as good as they can be.
   * @param {ArrayLike<number>} place
   * @param {Latent} out
   */
  inverseTransform(place, out, at = 0) {
    out[at] = place[0];
    out[at + 1] = place[1];
    return 1;
  }

  /**
   * Where a latent lies: [x, y].
   * @param {ArrayLike<number>} z
   * @returns {Place}
   */
  transform(z) {
    return [z[0], z[1]];
  }
}

/** @implements {Space} */
class Straight {
  /** @param {SpaceHeader} about @param {number} dims @param {{ origin: Float32Array, basis: Float32Array }} arrays */
  constructor({ axes, name }, dims, { origin, basis }) {
    this.axes = axes;
    this.name = name;
    this.dims = dims;
    this.origin = origin; // (D)
    this.basis = basis; // (D, 2)
    this.straight = this.projected = true;
  }

  /** @param {ArrayLike<number>} place @param {Latent} out */
  inverseTransform(place, out, at = 0) {
    const { dims, origin, basis } = this;
    const [x, y] = [place[0], place[1]];
    for (let d = 0; d < dims; d++) out[at + d] = origin[d] + x * basis[2 * d] + y * basis[2 * d + 1];
    return 1;
  }

  /** @param {ArrayLike<number>} z @returns {Place} */
  transform(z) {
    const { dims, origin, basis } = this;
    let [x, y] = [0, 0];
    for (let d = 0; d < dims; d++) {
      x += (z[d] - origin[d]) * basis[2 * d];
      y += (z[d] - origin[d]) * basis[2 * d + 1];
    }
    return [x, y];
  }
}

/** @implements {Space} */
class Scattered {
  /** @param {SpaceHeader} about @param {number} dims @param {{ mean: Float32Array, latent: Float32Array }} arrays */
  constructor({ axes, name, spacing, spread }, dims, { mean, latent }) {
    this.axes = axes;
    this.name = name;
    this.dims = dims;
    this.mean = mean; // (N, 2)
    this.latent = latent; // (N, D)
    this.straight = false;
    this.projected = true;
    this.spread = spread;
    this.spacing = Math.max(spacing, 1e-12);
    /** @type {Neighbours | undefined} */
    this.index = undefined; // of the points, once it is needed
    this.nearest = { index: new Int32Array(INVERSE_NEIGHBOURS + 1), squared: new Float64Array(INVERSE_NEIGHBOURS + 1) };
  }

  get neighbours() {
    return (this.index ??= new Neighbours(this.mean));
  }

  /** @param {ArrayLike<number>} place @param {Latent} out */
  inverseTransform(place, out, at = 0) {
    const { dims, nearest, latent } = this;
    const count = this.neighbours.nearest(place[0], place[1], INVERSE_NEIGHBOURS + 1, nearest);
    const weights = weightsOf(nearest.squared, count);
    for (let d = 0; d < dims; d++) out[at + d] = 0;
    weights.forEach((weight, n) => {
      if (!weight) return;
      for (let d = 0, from = nearest.index[n] * dims; d < dims; d++) out[at + d] += weight * latent[from + d];
    });
    const away = Math.sqrt(nearest.squared[0]) / this.spacing;
    return Math.min(1, Math.max(0, (FADE_END - away) / (FADE_END - FADE_START)));
  }

  /**
   * How far the latents of the points that a place got its latent `z` from lie from it, root mean square, as a share of the spread of all.
   * @param {Place} place
   * @param {ArrayLike<number>} z
   */
  disagreement([x, y], z) {
    const { dims, nearest, latent, spread } = this;
    const count = Math.min(INVERSE_NEIGHBOURS, this.neighbours.nearest(x, y, INVERSE_NEIGHBOURS + 1, nearest));
    let squared = 0;
    for (let n = 0; n < count; n++) {
      for (let d = 0, from = nearest.index[n] * dims; d < dims; d++) squared += (latent[from + d] - z[d]) ** 2;
    }
    return Math.sqrt(squared / count) / Math.max(spread, 1e-12);
  }

  /**
   * Between the points whose latents are nearest, in the same way.
   * @param {ArrayLike<number>} z
   * @returns {Place}
   */
  transform(z) {
    const { dims, mean, latent } = this;
    /** @type {{ i: number, squared: number }[]} */
    const nearest = [];
    for (let i = 0; 2 * i < mean.length; i++) {
      if (Number.isNaN(mean[2 * i])) continue;
      let squared = 0;
      for (let d = 0, from = i * dims; d < dims; d++) squared += (latent[from + d] - z[d]) ** 2;
      if (nearest.length > INVERSE_NEIGHBOURS && squared >= nearest[INVERSE_NEIGHBOURS].squared) continue;
      if (nearest.length > INVERSE_NEIGHBOURS) nearest.pop();
      const slot = nearest.findIndex((other) => other.squared > squared);
      nearest.splice(slot < 0 ? nearest.length : slot, 0, { i, squared });
    }
    const weights = weightsOf(
      nearest.map(({ squared }) => squared),
      nearest.length,
    );
    /** @param {number} axis */
    const along = (axis) => weights.reduce((sum, weight, n) => sum + weight * mean[2 * nearest[n].i + axis], 0);
    return [along(0), along(1)];
  }
}

/**
 * From one latent to another.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function distance(a, b) {
  let squared = 0;
  for (let d = 0; d < a.length; d++) squared += (a[d] - b[d]) ** 2;
  return Math.sqrt(squared);
}

/**
 * The squared distance of latent `index` to the k-th nearest other one, of latents (N * dims).
 * @param {Float32Array} latents
 * @param {number} dims
 * @param {number} index
 * @param {number} k
 */
export function remoteness(latents, dims, index, k) {
  const nearest = new Float64Array(k).fill(Infinity);
  const own = latents.subarray(index * dims, (index + 1) * dims);
  for (let from = 0; from < latents.length; from += dims) {
    if (from === index * dims) continue;
    let squared = 0;
    for (let d = 0; d < dims && squared < nearest[k - 1]; d++) squared += (latents[from + d] - own[d]) ** 2;
    let slot = k - 1;
    if (squared >= nearest[slot]) continue;
    for (; slot > 0 && nearest[slot - 1] > squared; slot--) nearest[slot] = nearest[slot - 1];
    nearest[slot] = squared;
  }
  return nearest[Math.min(k, latents.length / dims - 1) - 1];
}

/**
 * Of the points around a place, nearest first, by the squares of their distances: ((R - d) / (R d))^2, R being that of the last.
 * @param {ArrayLike<number>} squared
 * @param {number} count
 */
function weightsOf(squared, count) {
  const rim = Math.sqrt(squared[count - 1]) + 1e-12;
  const weights = Array.from({ length: count }, (_, n) => {
    const away = Math.sqrt(squared[n]);
    return (Math.max(rim - away, 0) / (rim * Math.max(away, MIN_DISTANCE * rim))) ** 2;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => (sum > 0 ? weight / sum : 1 / count)); // or all of them are as far away
}
