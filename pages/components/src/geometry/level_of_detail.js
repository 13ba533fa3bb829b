// The points, and which of them a view needs. Up to some tens of thousands all are drawn. Of more, a point belongs to a level of detail:
// the coarsest at which no other one lies in its cell yet. A view draws the levels whose cells are a few pixels wide, so that wherever
// there is a point on the map there is one on the screen, and no place has more of them than can be told apart.

import { Neighbours } from "./neighbours.js";

const MAX_POINTS = 80_000; // points, up to which all are drawn
const CELLS = 256; // from side to side, at the coarsest level
const FINEST_LEVEL = 5; // whose cells are 2^-5 as wide; what is left is drawn at any closer look
const CELL = 2.5; // px that a cell may be wide on the screen
const PAN_MARGIN = 0.5; // of a view's width, drawn around it so that a pan finds points there
const CLASS_SAMPLES = 1000; // points of a class that say where it lies

export class LevelOfDetail {
  /**
   * `mean` (N * 2), NaN where a point doesn't lie in the plane, and `label` (N); `reach`: all but a few points lie in [-reach, reach]
   * either way.
   * @param {{ mean: Float32Array, label: Int32Array }} points
   * @param {number} reach
   */
  constructor({ mean, label }, reach) {
    this.mean = mean;
    this.label = label;
    this.reach = reach;
    this.whole = label.length <= MAX_POINTS;
    this.version = 0; // of where they lie
    /** @type {Neighbours | undefined} */
    this.index = undefined; // all of them in buckets, once they are needed
    /** @type {Int32Array | undefined} */
    this.some = undefined; // those that move, where not all do
    /** @type {Map<number, [Group, number]>} */
    this.seats = new Map(); // of each of those: its group, and its place in it
    /** @type {number[] | undefined} */
    this.looked = undefined; // what a view needed last
    /** @type {Map<number, number>} */
    const members = new Map();
    for (let i = 0; i < label.length; i++) if (this.there(i)) members.set(label[i], (members.get(label[i]) ?? 0) + 1);
    this.labels = [...members.keys()].sort((a, b) => a - b);
    this.samples = this.sample(members);
    this.levels = this.whole ? new Uint8Array() : this.levelled();
    /** @type {Group[]} */
    this.groups = this.grouped(() => this.whole); // others wait for a view
  }

  /** @param {number} index */
  there(index) {
    return index < this.label.length && !Number.isNaN(this.mean[2 * index]);
  }

  /**
   * Some points of each class, evenly spaced among them.
   * @param {Map<number, number>} members
   */
  sample(members) {
    /** @type {Map<number, number[]>} */
    const samples = new Map(this.labels.map((name) => [name, []]));
    const seen = new Map(this.labels.map((name) => [name, 0]));
    for (let i = 0; i < this.label.length; i++) {
      if (!this.there(i)) continue;
      const name = this.label[i];
      const number = seen.get(name) ?? 0;
      seen.set(name, number + 1);
      if (number % Math.ceil((members.get(name) ?? 0) / CLASS_SAMPLES) === 0) samples.get(name)?.push(i);
    }
    return samples;
  }

  /** The level of each point. */
  levelled() {
    const { mean, reach } = this;
    const count = this.label.length;
    const finest = CELLS << FINEST_LEVEL;
    const scale = finest / (2 * reach);
    const cells = Int32Array.from({ length: 2 * count }, (_, at) =>
      Math.min(finest - 1, Math.max(0, (mean[at] + reach) * scale)),
    );
    const levels = new Uint8Array(count).fill(FINEST_LEVEL + 1);
    for (let level = 0; level <= FINEST_LEVEL; level++) {
      const across = CELLS << level;
      const shift = FINEST_LEVEL - level;
      const taken = new Uint8Array((across * across) >> 3);
      for (const settled of [true, false]) {
        // Points of the levels before have their cells already; then each cell that is left takes the first that comes.
        for (let i = 0; i < count; i++) {
          if (levels[i] <= level !== settled) continue;
          const cell = (cells[2 * i + 1] >> shift) * across + (cells[2 * i] >> shift);
          const [byte, bit] = [cell >> 3, 1 << (cell & 7)];
          if (!settled && !(taken[byte] & bit)) levels[i] = level;
          taken[byte] |= bit;
        }
      }
    }
    return levels;
  }

  /**
   * The points that `keep(index)` keeps, in a group for each class.
   * @param {(index: number) => boolean} keep
   */
  grouped(keep) {
    const { mean, label } = this;
    /** @type {Map<number, number[]>} */
    const chosen = new Map(this.labels.map((name) => [name, []]));
    for (let i = 0; i < label.length; i++) if (this.there(i) && keep(i)) chosen.get(label[i])?.push(i);
    return this.labels.map((name) => {
      const index = Int32Array.from(chosen.get(name) ?? []);
      return {
        label: name,
        index,
        x: Float32Array.from(index, (i) => mean[2 * i]),
        y: Float32Array.from(index, (i) => mean[2 * i + 1]),
      };
    });
  }

  /**
   * Draws what a view needs, with ranges { x, y } and `unit` px for one of the plane; returns whether that is something else than before.
   * @param {Ranges} ranges
   * @param {number} unit
   */
  look({ x, y }, unit) {
    if (this.whole || this.some) return false;
    const { mean, levels } = this;
    const most = Math.max(0, Math.ceil(Math.log2((2 * this.reach * unit) / (CELL * CELLS))));
    const [dx, dy] = [PAN_MARGIN * (x[1] - x[0]), PAN_MARGIN * (y[1] - y[0])];
    const now = [most, x[0], x[1], y[0], y[1]];
    const before = this.looked;
    if (before && before[0] === most && Math.hypot(...now.map((value, place) => value - before[place])) < 0.2 * dx)
      return false;
    this.looked = now;
    const [left, right, bottom, top] = [x[0] - dx, x[1] + dx, y[0] - dy, y[1] + dy];
    this.groups = this.grouped(
      (i) =>
        levels[i] <= most &&
        mean[2 * i] >= left &&
        mean[2 * i] <= right &&
        mean[2 * i + 1] >= bottom &&
        mean[2 * i + 1] <= top,
    );
    return true;
  }

  /**
   * Points lie elsewhere now: `mean` (N * 2) of all, or of those in `some` (N), and then only these are drawn.
   * @param {Float32Array} mean
   * @param {Int32Array} [some]
   */
  move(mean, some) {
    if (some) this.narrow(some);
    else this.mean = mean;
    this.index = undefined;
    this.version++;
    for (const { index, rank, x, y } of this.groups) {
      const at = rank ?? index;
      for (let i = 0; i < at.length; i++) {
        x[i] = mean[2 * at[i]];
        y[i] = mean[2 * at[i] + 1];
      }
    }
  }

  /**
   * Draws no more than the points in `some`; groups then have the `rank` of each point among them, too.
   * @param {Int32Array} some
   */
  narrow(some) {
    if (this.some === some) return;
    this.some = some;
    this.seats = new Map(); // of each point: [group, place in it]
    /** @type {Map<number, number[]>} */
    const ranks = new Map(this.labels.map((name) => [name, []]));
    for (let rank = 0; rank < some.length; rank++) ranks.get(this.label[some[rank]])?.push(rank);
    this.groups = this.labels.map((name) => {
      const rank = Int32Array.from(ranks.get(name) ?? []);
      const [x, y] = [new Float32Array(rank.length), new Float32Array(rank.length)];
      const group = { label: name, index: rank.map((place) => some[place]), rank, x, y };
      for (let place = 0; place < rank.length; place++) this.seats.set(group.index[place], [group, place]);
      return group;
    });
  }

  /**
   * All points lie elsewhere, and once they have settled are drawn again as a view needs them.
   * @param {Float32Array} mean
   */
  replace(mean) {
    this.some = undefined;
    this.mean = mean;
    this.version++;
  }

  /** The points have come to rest: levels are found anew. */
  relevel() {
    if (this.whole || this.some) return;
    this.index = undefined;
    this.levels = this.levelled();
    this.looked = undefined;
  }

  /**
   * The point nearest to z of the classes that aren't hidden: { index, label, distance }, or null. While they move, of those that are drawn.
   * @param {Place} z
   * @param {Set<number>} hidden
   * @param {boolean} moving
   * @returns {Near | null}
   */
  nearest(z, hidden, moving) {
    return this.whole || this.some || moving ? this.nearestDrawn(z, hidden) : this.nearestOfAll(z, hidden);
  }

  /** @param {Place} z @param {Set<number>} hidden @returns {Near | null} */
  nearestDrawn([zx, zy], hidden) {
    let [best, name] = [-1, -1];
    let least = Infinity;
    for (const { label, x, y, index } of this.groups) {
      if (hidden.has(label)) continue;
      for (let i = 0; i < x.length; i++) {
        const [dx, dy] = [x[i] - zx, y[i] - zy];
        const squared = dx * dx + dy * dy;
        if (squared < least) {
          least = squared;
          [best, name] = [index[i], label];
        }
      }
    }
    return best < 0 ? null : { index: best, label: name, distance: Math.sqrt(least) };
  }

  /** All points in buckets. */
  get neighbours() {
    return (this.index ??= new Neighbours(this.mean));
  }

  /** @param {Place} z @param {Set<number>} hidden @returns {Near | null} */
  nearestOfAll([x, y], hidden) {
    const nearest = { index: new Int32Array(1), squared: new Float64Array(1) };
    const keep = hidden.size ? (/** @type {number} */ i) => !hidden.has(this.label[i]) : undefined;
    if (!this.neighbours.nearest(x, y, 1, nearest, keep)) return null;
    return { index: nearest.index[0], label: this.label[nearest.index[0]], distance: Math.sqrt(nearest.squared[0]) };
  }

  /**
   * Calls each(index, label, x, y) with every point, or while only some have moved with those.
   * @param {(index: number, label: number, x: number, y: number) => unknown} each
   */
  visit(each) {
    if (this.some) {
      for (const { label, index, x, y } of this.groups) {
        for (let at = 0; at < index.length; at++) each(index[at], label, x[at], y[at]);
      }
      return;
    }
    for (let i = 0; i < this.label.length; i++) {
      if (this.there(i)) each(i, this.label[i], this.mean[2 * i], this.mean[2 * i + 1]);
    }
  }

  /**
   * The latent of point `index`.
   * @param {number} index
   * @returns {Place}
   */
  placeOf(index) {
    const seat = this.some ? this.seats.get(index) : undefined;
    if (!seat) return [this.mean[2 * index], this.mean[2 * index + 1]];
    const [{ x, y }, place] = seat;
    return [x[place], y[place]];
  }

  /**
   * Where a class has its middle: the median each way, of some of its points.
   * @param {number} label
   * @returns {Place}
   */
  middleOf(label) {
    if (this.some) {
      const { x, y } = this.groups[this.labels.indexOf(label)];
      const step = Math.max(1, Math.floor(x.length / CLASS_SAMPLES));
      const count = Math.floor(x.length / step);
      return [medianOf(count, (i) => x[i * step]), medianOf(count, (i) => y[i * step])];
    }
    const some = this.samples.get(label) ?? [];
    const { mean } = this;
    return [medianOf(some.length, (i) => mean[2 * some[i]]), medianOf(some.length, (i) => mean[2 * some[i] + 1])];
  }
}

/**
 * The one in the middle of `count` numbers, value(i), or 0 of none; by Hoare's selection, in a tenth of the time that it takes to sort them.
 * @param {number} count
 * @param {(i: number) => number} value
 */
function medianOf(count, value) {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = value(i);
  const middle = count >> 1;
  let [first, last] = [0, count - 1];
  while (first < last) {
    const pivot = values[middle];
    let [low, high] = [first, last];
    while (low <= high) {
      while (values[low] < pivot) low++;
      while (values[high] > pivot) high--;
      if (low > high) break;
      [values[low], values[high]] = [values[high], values[low]];
      low++;
      high--;
    }
    if (high < middle) first = low;
    if (low > middle) last = high;
  }
  return values[middle] ?? 0;
}
