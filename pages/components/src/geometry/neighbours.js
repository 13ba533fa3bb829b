// Which points are near a place, found without looking at all of them.

const BUCKET_SIZE = 4; // points, on average

/** Points of a plane in a lattice of buckets. `mean` has shape (N * 2), NaN where a point doesn't lie in the plane. */
export class Neighbours {
  /** @param {Float32Array} mean */
  constructor(mean) {
    /** @param {number} i */
    const there = (i) => !Number.isNaN(mean[2 * i]);
    const all = mean.length / 2;
    let count = 0;
    for (let i = 0; i < all; i++) if (there(i)) count++;
    const some = Math.max(1, Math.floor(all / 4000));
    // Of a sample, nearly all: a few that are far away would leave all others in one bucket. They are kept in the outermost.
    /** @param {number} axis */
    const side = (axis) => {
      const values = Float32Array.from({ length: Math.floor(all / some) }, (_, i) => mean[2 * i * some + axis])
        .filter((value) => !Number.isNaN(value))
        .sort();
      if (!values.length) return [0, 0];
      return [values[Math.floor(0.005 * (values.length - 1))], values[Math.ceil(0.995 * (values.length - 1))]];
    };
    const [[left, right], [bottom, top]] = [side(0), side(1)];
    this.mean = mean;
    this.origin = [left, bottom];
    this.size = Math.max(
      Math.sqrt(((right - left) * (top - bottom) * BUCKET_SIZE) / Math.max(1, count)),
      (right - left + top - bottom) / 4000,
      1e-6,
    );
    this.columns = Math.floor((right - left) / this.size) + 1;
    this.rows = Math.floor((top - bottom) / this.size) + 1;
    // Counted first, so that each bucket's points lie one after another.
    this.starts = new Int32Array(this.columns * this.rows + 1);
    const buckets = new Int32Array(all);
    for (let i = 0; i < all; i++) {
      if (!there(i)) continue;
      buckets[i] = this.bucketOf(mean[2 * i], mean[2 * i + 1]);
      this.starts[buckets[i] + 1]++;
    }
    for (let b = 0; b < this.columns * this.rows; b++) this.starts[b + 1] += this.starts[b];
    const next = this.starts.slice(0, -1);
    this.points = new Int32Array(count);
    for (let i = 0; i < all; i++) if (there(i)) this.points[next[buckets[i]]++] = i;
  }

  /** @param {number} x @param {number} y */
  bucketOf(x, y) {
    return this.rowOf(y) * this.columns + this.columnOf(x);
  }

  /** @param {number} x */
  columnOf(x) {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.origin[0]) / this.size)));
  }

  /** @param {number} y */
  rowOf(y) {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.origin[1]) / this.size)));
  }

  /**
   * The `k` points nearest to (x, y), nearest first, of those that `keep(index)` keeps: fills `nearest` = { index: Int32Array,
   * squared: Float64Array } and returns how many there are.
   * @param {number} x
   * @param {number} y
   * @param {number} k
   * @param {Nearest} nearest
   * @param {(index: number) => boolean} [keep]
   * @returns {number}
   */
  nearest(x, y, k, nearest, keep) {
    const { mean, columns, rows, size, starts, points } = this;
    const [column, row] = [this.columnOf(x), this.rowOf(y)];
    let count = 0;
    for (let ring = 0; ring <= Math.max(column, columns - 1 - column, row, rows - 1 - row); ring++) {
      // Whoever is further out differs by so many whole buckets.
      if (count === k && nearest.squared[k - 1] <= ((ring - 1) * size) ** 2 && ring > 0) break;
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        const whole = r === row - ring || r === row + ring;
        for (let c = column - ring; c <= column + ring; c += whole || ring === 0 ? 1 : 2 * ring) {
          if (c < 0 || c >= columns) continue;
          for (let at = starts[r * columns + c]; at < starts[r * columns + c + 1]; at++) {
            const i = points[at];
            const squared = (mean[2 * i] - x) ** 2 + (mean[2 * i + 1] - y) ** 2;
            if ((count === k && squared >= nearest.squared[k - 1]) || (keep && !keep(i))) continue;
            let slot = count < k ? count++ : k - 1;
            for (; slot > 0 && nearest.squared[slot - 1] > squared; slot--) {
              nearest.squared[slot] = nearest.squared[slot - 1];
              nearest.index[slot] = nearest.index[slot - 1];
            }
            nearest.squared[slot] = squared;
            nearest.index[slot] = i;
            if (count === k && nearest.squared[k - 1] === 0) return k; // where very many coincide there is no need to see them all
          }
        }
      }
    }
    return count;
  }
}
