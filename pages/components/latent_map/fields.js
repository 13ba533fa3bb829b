// Numbers for every place of the plane that say where the map can be believed. Each field is a generator over a grid, which yields now
// and then so that the worker can hear what it is told meanwhile.
//
// A grid: { left, bottom, dx, dy, columns, rows }, values row by row from the bottom, each at the middle of its cell.

import { Neighbours } from "./neighbours.js";

const SLICE = 64; // cells that are decoded before a field yields
const NUDGE = 0.01; // latent units either way, for the slope of the decoder
const VOTERS = 10;
const REACH = 4; // standard deviations beyond which a posterior counts as nothing

export const FIELDS = {
  /** log q(z) in nats, q being the average of the test images' posteriors. */
  *density(grid, { points }, values) {
    const { left, bottom, dx, dy, columns, rows } = grid;
    const { mean, std } = points;
    const count = mean.length / 2;
    const across = new Float64Array(columns);
    for (let i = 0; i < count; i++) {
      if (i % 2000 === 1999) yield;
      // A posterior narrower than a cell would fall between two middles.
      const [sx, sy] = [Math.max(std[2 * i], dx / 2), Math.max(std[2 * i + 1], dy / 2)];
      const [x, y] = [mean[2 * i] - left, mean[2 * i + 1] - bottom];
      const [first, last] = [Math.max(0, Math.floor((x - REACH * sx) / dx)), Math.min(columns - 1, Math.floor((x + REACH * sx) / dx))];
      const [low, high] = [Math.max(0, Math.floor((y - REACH * sy) / dy)), Math.min(rows - 1, Math.floor((y + REACH * sy) / dy))];
      if (first > last || low > high) continue;
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
  *entropy(grid, { decoder }, values) {
    yield* decoded(grid, decoder, [[0, 0]], (at, [pixels]) => {
      let sum = 0;
      for (let p = 0; p < pixels.length; p++) {
        const q = pixels[p];
        if (q > 0 && q < 1) sum -= q * Math.log(q) + (1 - q) * Math.log(1 - q);
      }
      values[at] = sum;
    });
  },

  /** Mean absolute difference of pixels that are side by side, of the pixel range. */
  *sharpness(grid, { decoder }, values) {
    const [channels, height, width] = decoder.imageShape;
    yield* decoded(grid, decoder, [[0, 0]], (at, [pixels]) => {
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
  *stretch(grid, { decoder }, values) {
    const nudges = [[NUDGE, 0], [-NUDGE, 0], [0, NUDGE], [0, -NUDGE]];
    yield* decoded(grid, decoder, nudges, (at, [right, left, up, down]) => {
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
  *cycle(grid, { decoder, encoder }, values) {
    const { input, output } = encoder.network;
    const { lanes } = encoder;
    const held = [];
    const flush = () => {
      if (held.length) encoder.network.run();
      held.splice(0).forEach((at, n) => {
        const [x, y] = middleOf(grid, at);
        values[at] = Math.hypot(output.values[n] - x, output.values[lanes + n] - y);
      });
    };
    yield* decoded(grid, decoder, [[0, 0]], (at, [pixels]) => {
      for (let p = 0; p < pixels.length; p++) input.values[p * lanes + held.length] = pixels[p];
      if (held.push(at) === lanes) flush();
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

/** The points of the map at one beta: `mean` and `std` with shape (N * 2), `labels` (N). */
export class Points {
  constructor(mean, std, labels) {
    [this.mean, this.std, this.labels] = [mean, std, labels];
  }

  get neighbours() {
    return (this.index ??= new Neighbours(this.mean));
  }
}

/** Decodes every cell at its middle plus each of the nudges, and calls each(cell, pictures). */
function* decoded(grid, decoder, nudges, each) {
  const { columns, rows } = grid;
  const count = nudges.length;
  const pictures = nudges.map(() => new Float32Array(decoder.size));
  for (let first = 0; first < columns * rows; first += SLICE) {
    const taken = Math.min(SLICE, columns * rows - first);
    const places = new Float32Array(2 * taken * count);
    for (let n = 0; n < taken * count; n++) {
      const [x, y] = middleOf(grid, first + Math.floor(n / count));
      places[2 * n] = x + nudges[n % count][0];
      places[2 * n + 1] = y + nudges[n % count][1];
    }
    decoder.decodeMany(places, taken * count, (n, pixels) => {
      pictures[n % count].set(pixels);
      if (n % count === count - 1) each(first + Math.floor(n / count), pictures);
    });
    yield;
  }
}

function middleOf({ left, bottom, dx, dy, columns }, at) {
  return [left + ((at % columns) + 0.5) * dx, bottom + (Math.floor(at / columns) + 0.5) * dy];
}
