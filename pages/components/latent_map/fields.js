// Numbers for every place of the plane that say where the map can be believed. Each field is a generator over a grid, which yields now
// and then so that the worker can hear what it is told meanwhile.
//
// A grid: { left, bottom, dx, dy, columns, rows }, values row by row from the bottom, each at the middle of its cell.

import { Neighbours } from "./neighbours.js";

const SLICE = 64; // cells that are decoded before a field yields
const NUDGE = 0.01; // latent units either way, for the slope of the decoder
const LEAST_TRUST = 0.05; // below which points are too far from a place to say anything of it
const VOTERS = 10;
const REACH = 4; // standard deviations beyond which a posterior counts as nothing

export const FIELDS = {
  /** log q(z) in nats, q being the average of the test images' posteriors. */
  *density(grid, { points }, values) {
    const { left, bottom, dx, dy, columns, rows } = grid;
    const { mean, std, tilt } = points;
    const count = points.count;
    const across = new Float64Array(columns);
    for (let i = 0; 2 * i < mean.length; i++) {
      if (i % 2000 === 1999) yield;
      if (Number.isNaN(mean[2 * i])) continue;
      // A posterior narrower than a cell would fall between two middles.
      const [sx, sy] = [Math.max(std[2 * i], dx / 2), Math.max(std[2 * i + 1], dy / 2)];
      const [x, y] = [mean[2 * i] - left, mean[2 * i + 1] - bottom];
      const [first, last] = [Math.max(0, Math.floor((x - REACH * sx) / dx)), Math.min(columns - 1, Math.floor((x + REACH * sx) / dx))];
      const [low, high] = [Math.max(0, Math.floor((y - REACH * sy) / dy)), Math.min(rows - 1, Math.floor((y + REACH * sy) / dy))];
      if (first > last || low > high) continue;
      const slant = tilt ? slantOf(tilt[i], dx / (2 * sx), dy / (2 * sy)) : 0;
      if (slant) {
        tilted(grid, values, { x, y, sx, sy, slant, first, last, low, high, count });
        if (i % 50 === 49) yield;
        continue;
      }
      for (let c = first; c <= last; c++) across[c] = Math.exp(-0.5 * (((c + 0.5) * dx - x) / sx) ** 2);
      const scale = 1 / (2 * Math.PI * sx * sy * count);
      for (let r = low; r <= high; r++) {
        const up = scale * Math.exp(-0.5 * (((r + 0.5) * dy - y) / sy) ** 2);
        for (let c = first, at = r * columns + first; c <= last; c++, at++) values[at] += up * across[c];
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
    const nudges = [[NUDGE, 0], [-NUDGE, 0], [0, NUDGE], [0, -NUDGE]];
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
    const { input, output } = encoder.network;
    const { lanes } = encoder;
    const held = [];
    const flush = () => {
      if (held.length) encoder.network.run();
      held.splice(0).forEach(([at, z], n) => {
        values[at] = Math.sqrt(z.reduce((sum, value, d) => sum + (output.values[d * lanes + n] - value) ** 2, 0));
      });
    };
    yield* decoded(grid, tools, values, [[0, 0]], (at, [pixels], z) => {
      for (let p = 0; p < pixels.length; p++) input.values[p * lanes + held.length] = pixels[p];
      if (held.push([at, z]) === lanes) flush();
    });
    flush();
  },

  /** The class that most of the nearest points have, and the share of them in [0, 1): class + share. */
  *class(grid, { points }, values) {
    const { labels } = points;
    const found = { index: new Int32Array(VOTERS), squared: new Float64Array(VOTERS) };
    const votes = new Map();
    for (let at = 0; at < values.length; at++) {
      if (at % 500 === 499) yield;
      const count = points.neighbours.nearest(...middleOf(grid, at), VOTERS, found, (i) => labels[i] >= 0);
      votes.clear();
      let winner = -1;
      for (let n = 0; n < count; n++) {
        const label = labels[found.index[n]];
        votes.set(label, (votes.get(label) ?? 0) + 1);
        if (winner < 0 || votes.get(label) > votes.get(winner)) winner = label;
      }
      values[at] = winner < 0 ? -1 : winner + Math.min(0.999, votes.get(winner) / count);
    }
  },
};

/** The points of the map at one beta: `mean` and `std` with shape (N * 2), NaN where a point isn't on it, `labels` (N), and `tilt` (N),
 * the correlation of the two directions, where they have one. */
export class Points {
  constructor(mean, std, labels, tilt) {
    Object.assign(this, { mean, std, labels, tilt });
  }

  /** How many are on the map. */
  get count() {
    return (this.number ??= this.mean.reduce((sum, value) => sum + !Number.isNaN(value), 0) / 2);
  }

  get neighbours() {
    return (this.index ??= new Neighbours(this.mean));
  }
}

/** As much of a correlation as leaves neither direction, given the other, narrower than half a cell, which is so much of its width. */
function slantOf(tilt, across, up) {
  const most = Math.sqrt(Math.max(0, 1 - Math.max(across, up) ** 2));
  return Math.max(-most, Math.min(most, tilt));
}

/** Adds the density of one normal distribution whose directions are correlated. */
function tilted({ dx, dy, columns }, values, { x, y, sx, sy, slant, first, last, low, high, count }) {
  const rest = 1 - slant ** 2;
  const scale = 1 / (2 * Math.PI * sx * sy * Math.sqrt(rest) * count);
  for (let r = low; r <= high; r++) {
    const v = ((r + 0.5) * dy - y) / sy;
    for (let c = first, at = r * columns + first; c <= last; c++, at++) {
      const u = ((c + 0.5) * dx - x) / sx;
      values[at] += scale * Math.exp((-0.5 * (u * u - 2 * slant * u * v + v * v)) / rest);
    }
  }
}

/** Decodes every cell at its middle plus each of the nudges, and calls each(cell, pictures, latent of the first); cells that are
 * far from all points get NaN. */
function* decoded(grid, { decoder, space }, values, nudges, each) {
  const { columns, rows } = grid;
  const { dims } = space;
  const count = nudges.length;
  const pictures = nudges.map(() => new Float32Array(decoder.size));
  for (let first = 0; first < columns * rows; first += SLICE) {
    const last = Math.min(first + SLICE, columns * rows);
    const cells = [];
    const latents = new Float32Array(SLICE * count * dims);
    for (let cell = first; cell < last; cell++) {
      const [x, y] = middleOf(grid, cell);
      const trust = nudges.map(([dx, dy], n) => space.lift([x + dx, y + dy], latents, (cells.length * count + n) * dims));
      if (Math.min(...trust) > LEAST_TRUST) cells.push(cell);
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

function middleOf({ left, bottom, dx, dy, columns }, at) {
  return [left + ((at % columns) + 0.5) * dx, bottom + (Math.floor(at / columns) + 0.5) * dy];
}
