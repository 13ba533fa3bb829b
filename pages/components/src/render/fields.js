// Numbers for every place of the plane that say where the map can be believed. Each field is a generator over a grid, which yields now
// and then so that the worker can hear what it is told meanwhile.
//
// A grid: { left, bottom, dx, dy, columns, rows }, values row by row from the bottom, each at the middle of its cell.

import { Neighbours } from "../geometry/neighbours.js";

const SLICE = 64; // cells that are decoded before a field yields
const NUDGE = 0.01; // latent units either way, for the slope of the decoder
const MIN_TRUST = 0.05; // below which points are too far from a place to say anything of it
const VOTERS = 10;
const REACH = 4.5; // standard deviations beyond which a posterior counts as nothing
const NARROW_WIDTH = 0.25; // standard deviations, up to which a cell's middle stands for all of it
const TABLE_STEPS = 2048; // places a standard deviation, at which the distribution function of N(0, 1) is kept
const SLICE_WIDTH = 0.5; // standard deviations of a slice, where a posterior is cut into some
const MAX_TILT = 0.999; // of a correlation, beyond which there would be too many of them

/**
 * What a field is computed with, each where it is needed.
 * @typedef {{ decoder: Decoder, space: Space, encoder?: import("../nn/encoder.js").Encoder, points?: Points }} Tools
 */

/** @type {Record<string, (grid: Grid, tools: Tools, values: Float32Array) => Generator<void, void>>} */
export const FIELDS = {
  /** log q(z) in nats, q being the average of the test images' posteriors, averaged over each cell: exactly, for where a posterior is
   * narrower than a cell it would fall between two middles. */
  *density({ left, bottom, dx, dy, columns, rows }, { points }, values) {
    if (!points) return;
    const { mean, std, tilt } = points;
    const [across, upward] = [new Float64Array(columns), new Float64Array(rows)];
    const share = 1 / (dx * dy * points.count);
    for (let i = 0; 2 * i < mean.length; i++) {
      if (i % 500 === 499) yield;
      if (Number.isNaN(mean[2 * i])) continue;
      const [sx, sy] = [std[2 * i], std[2 * i + 1]];
      const [x, y] = [mean[2 * i] - left, mean[2 * i + 1] - bottom];
      const [low, high] = reached(y, sy, dy, rows);
      const slant = tilt ? Math.max(-MAX_TILT, Math.min(MAX_TILT, tilt[i])) : 0;
      if (slant === 0) {
        const [first, last] = reached(x, sx, dx, columns);
        masses((first * dx - x) / sx, dx / sx, last - first + 1, across);
        masses((low * dy - y) / sy, dy / sy, high - low + 1, upward);
        for (let r = low; r <= high; r++) {
          const scale = upward[r - low] * share;
          for (let c = first, at = r * columns + first; c <= last; c++, at++) values[at] += scale * across[c - first];
        }
        continue;
      }
      // Where directions are correlated, each of some slices of a row has a normal distribution of its own across.
      const narrow = sx * Math.sqrt(1 - slant ** 2);
      const slices = Math.max(1, Math.ceil(dy / (SLICE_WIDTH * sy * Math.min(1, narrow / (sx * Math.abs(slant))))));
      for (let part = low * slices; part < (high + 1) * slices; part++) {
        const v = ((part + 0.5) * (dy / slices) - y) / sy;
        if (Math.abs(v) > REACH) continue;
        const scale = (share * normal(v) * dy) / (slices * sy);
        const middle = x + slant * sx * v;
        const [first, last] = reached(middle, narrow, dx, columns);
        masses((first * dx - middle) / narrow, dx / narrow, last - first + 1, across);
        for (let c = first, at = Math.floor(part / slices) * columns + first; c <= last; c++, at++)
          values[at] += scale * across[c - first];
      }
    }
    for (let at = 0; at < values.length; at++) values[at] = Math.log(values[at]);
  },

  /** Entropy of the decoded pixels in nats per image, each a Bernoulli variable. */
  *entropy(grid, tools, values) {
    yield* decoded(grid, tools, values, [[0, 0]], (at, [pixels]) => {
      let sum = 0;
      for (let p = 0; p < pixels.length; p++) {
        const q = pixels[p];
        if (q > 0 && q < 1) sum -= q * Math.log(q) + (1 - q) * Math.log(1 - q);
      }
      values[at] = sum;
    });
  },

  /** Mean absolute difference of pixels that are side by side, of the pixel range. */
  *sharpness(grid, tools, values) {
    const [channels, height, width] = tools.decoder.imageShape;
    yield* decoded(grid, tools, values, [[0, 0]], (at, [pixels]) => {
      let [sum, count] = [0, 0];
      for (let row = 0; row < channels * height; row++) {
        for (let column = 0, p = row * width; column < width; column++, p++) {
          if (column > 0) [sum, count] = [sum + Math.abs(pixels[p] - pixels[p - 1]), count + 1];
          if (row % height > 0) [sum, count] = [sum + Math.abs(pixels[p] - pixels[p - width]), count + 1];
        }
      }
      values[at] = sum / count;
    });
  },

  /** log sqrt det(J^T J), J being the slope of the pixel means over the plane, by differences. */
  *stretch(grid, tools, values) {
    const nudges = [
      [NUDGE, 0],
      [-NUDGE, 0],
      [0, NUDGE],
      [0, -NUDGE],
    ];
    yield* decoded(grid, tools, values, nudges, (at, [right, left, up, down]) => {
      let [xx, xy, yy] = [0, 0, 0];
      for (let p = 0; p < right.length; p++) {
        const [x, y] = [right[p] - left[p], up[p] - down[p]];
        xx += x * x;
        xy += x * y;
        yy += y * y;
      }
      const unit = (2 * NUDGE) ** 2;
      values[at] = 0.5 * Math.log(Math.max((xx * yy - xy * xy) / unit ** 2, 1e-12));
    });
  },

  /** |z - E(D(z))| in latent units: how far the encoder puts the decoded picture from where it was decoded. */
  *cycle(grid, tools, values) {
    const { encoder } = tools;
    if (!encoder) return;
    const { input, output } = encoder.network;
    const { lanes } = encoder;
    /** @type {[number, Float32Array][]} */
    const batch = [];
    const flush = () => {
      if (batch.length) encoder.network.run();
      for (const [n, [at, z]] of batch.splice(0).entries()) {
        values[at] = Math.sqrt(z.reduce((sum, value, d) => sum + (output.values[d * lanes + n] - value) ** 2, 0));
      }
    };
    yield* decoded(grid, tools, values, [[0, 0]], (at, [pixels], z) => {
      for (let p = 0; p < pixels.length; p++) input.values[p * lanes + batch.length] = pixels[p];
      if (batch.push([at, z]) === lanes) flush();
    });
    flush();
  },

  /** The class that most of the nearest points have, and the share of them in [0, 1): class + share. */
  *class(grid, { points }, values) {
    if (!points) return;
    const { labels } = points;
    const nearest = { index: new Int32Array(VOTERS), squared: new Float64Array(VOTERS) };
    /** @type {Map<number, number>} */
    const votes = new Map();
    for (let at = 0; at < values.length; at++) {
      if (at % 500 === 499) yield;
      const count = points.neighbours.nearest(...middleOf(grid, at), VOTERS, nearest, (i) => labels[i] >= 0);
      votes.clear();
      let winner = -1;
      for (let n = 0; n < count; n++) {
        const label = labels[nearest.index[n]];
        const number = (votes.get(label) ?? 0) + 1;
        votes.set(label, number);
        if (winner < 0 || number > (votes.get(winner) ?? 0)) winner = label;
      }
      values[at] = winner < 0 ? -1 : winner + Math.min(0.999, (votes.get(winner) ?? 0) / count);
    }
  },
};

/** The points of the map at one beta: `mean` and `std` with shape (N * 2), NaN where a point isn't on it, `labels` (N), and `tilt` (N),
 * the correlation of the two directions, where they have one. */
export class Points {
  /**
   * @param {Float32Array} mean
   * @param {Float32Array} std
   * @param {Int32Array} labels
   * @param {Float32Array} [tilt]
   */
  constructor(mean, std, labels, tilt) {
    this.mean = mean;
    this.std = std;
    this.labels = labels;
    this.tilt = tilt;
    /** @type {number | undefined} */
    this.number = undefined; // how many are on the map, once that was asked
    /** @type {Neighbours | undefined} */
    this.index = undefined;
  }

  /** How many are on the map. */
  get count() {
    return (this.number ??= this.mean.reduce((sum, value) => sum + Number(!Number.isNaN(value)), 0) / 2);
  }

  get neighbours() {
    return (this.index ??= new Neighbours(this.mean));
  }
}

/**
 * The first and the last of `count` cells of some width that a normal distribution reaches; none where the last comes before the first.
 * @param {number} middle
 * @param {number} std
 * @param {number} width
 * @param {number} count
 */
function reached(middle, std, width, count) {
  return [
    Math.max(0, Math.floor((middle - REACH * std) / width)),
    Math.min(count - 1, Math.floor((middle + REACH * std) / width)),
  ];
}

/**
 * How much of N(0, 1) lies in each of `count` cells of some width side by side, the first of which begins at u; written to `out`.
 * @param {number} u
 * @param {number} width
 * @param {number} count
 * @param {Float64Array} out
 */
function masses(u, width, count, out) {
  if (width > NARROW_WIDTH) {
    for (let n = 0, before = below(u); n < count; n++) {
      const next = below(u + (n + 1) * width);
      out[n] = next - before;
      before = next;
    }
    return;
  }
  // Each is the one before times a factor, which itself goes by another.
  const middle = u + width / 2;
  let value = width * normal(middle);
  let factor = Math.exp(-width * (middle + width / 2));
  const bend = Math.exp(-width * width);
  for (let n = 0; n < count; n++) {
    out[n] = value;
    value *= factor;
    factor *= bend;
  }
}

/** @param {number} u */
function normal(u) {
  return Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI);
}

/**
 * How much of N(0, 1) lies below u, from the nearest two of many places; out to REACH, and the same beyond.
 * @param {number} u
 */
function below(u) {
  const place = Math.min(Math.max(0, (u + REACH) * TABLE_STEPS), CDF.length - 1.001);
  const before = Math.floor(place);
  return CDF[before] + (place - before) * (CDF[before + 1] - CDF[before]);
}

const CDF = new Float64Array(2 * REACH * TABLE_STEPS + 1); // of N(0, 1), from -REACH to REACH
for (let i = 1; i < CDF.length; i++) CDF[i] = CDF[i - 1] + normal((i - 0.5) / TABLE_STEPS - REACH) / TABLE_STEPS;

/**
 * Decodes every cell at its middle plus each of the nudges, and calls each(cell, pictures, latent of the first); cells that are
 * far from all points get NaN.
 * @param {Grid} grid
 * @param {Tools} tools
 * @param {Float32Array} values
 * @param {number[][]} nudges
 * @param {(cell: number, pictures: Float32Array[], z: Float32Array) => void} each
 */
function* decoded(grid, { decoder, space }, values, nudges, each) {
  const { columns, rows } = grid;
  const { dims } = space;
  const count = nudges.length;
  const pictures = nudges.map(() => new Float32Array(decoder.size));
  for (let first = 0; first < columns * rows; first += SLICE) {
    const last = Math.min(first + SLICE, columns * rows);
    /** @type {number[]} */
    const cells = [];
    const latents = new Float32Array(SLICE * count * dims);
    for (let cell = first; cell < last; cell++) {
      const [x, y] = middleOf(grid, cell);
      const trust = nudges.map(([dx, dy], n) =>
        space.inverseTransform([x + dx, y + dy], latents, (cells.length * count + n) * dims),
      );
      if (Math.min(...trust) > MIN_TRUST) cells.push(cell);
      else values[cell] = NaN;
    }
    decoder.decodeMany(latents, cells.length * count, (n, pixels) => {
      pictures[n % count].set(pixels);
      const from = (n - count + 1) * dims;
      if (n % count === count - 1) each(cells[Math.floor(n / count)], pictures, latents.slice(from, from + dims));
    });
    yield;
  }
}

/** @param {Grid} grid @param {number} at @returns {Place} */
function middleOf({ left, bottom, dx, dy, columns }, at) {
  return [left + ((at % columns) + 0.5) * dx, bottom + (Math.floor(at / columns) + 0.5) * dy];
}
