// How far points reach, and which views of them make sense.

const MIN_REACH = 0.5; // latent units that a view holds at least
const MARGIN_AROUND = 0.04; // of what a view holds, on either side
const NARROW_SHARE = 0.05; // of the posteriors, those that the closest look is as wide as a standard deviation of
const CLOSE_LOOK = [0.001, 0.02]; // of the opening view, that it is as wide as at least and at most
const SAMPLE_SIZE = 1000; // posteriors by which that is found

/**
 * What the opening view holds, what holds every point, and how wide the closest look is.
 * @param {{ extent: Extent, std?: Float32Array }} points
 * @returns {{ home: Ranges, all: Ranges, closest: number }}
 */
export function looksOf({ extent, std = new Float32Array() }) {
  const home = around(extent.nearly);
  const width = widthOf(home);
  const step = Math.max(1, Math.floor(std.length / SAMPLE_SIZE));
  const some = Float32Array.from({ length: Math.floor(std.length / step) }, (_, n) => std[n * step])
    .filter((value) => !Number.isNaN(value))
    .sort();
  const narrow = some[Math.floor(NARROW_SHARE * some.length)] ?? 0;
  const closest = Math.min(CLOSE_LOOK[1] * width, Math.max(CLOSE_LOOK[0] * width, narrow));
  return { home, all: around(extent.all), closest };
}

/**
 * What a view shows to hold the ranges [x, y] with a margin.
 * @param {[Span, Span]} ranges
 * @returns {Ranges}
 */
export function around(ranges) {
  const margin = MARGIN_AROUND * Math.max(...ranges.map(([from, to]) => to - from));
  /** @param {Span} range @returns {Span} */
  const widened = ([from, to]) => {
    const half = Math.max(MIN_REACH, (to - from) / 2 + margin);
    return [(from + to) / 2 - half, (from + to) / 2 + half];
  };
  return { x: widened(ranges[0]), y: widened(ranges[1]) };
}

/**
 * Of the larger of two ranges.
 * @param {Ranges} ranges
 */
export function widthOf({ x, y }) {
  return Math.max(x[1] - x[0], y[1] - y[0]);
}
