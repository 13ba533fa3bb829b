// pages/components/src/geometry/neighbours.js
var IN_A_BUCKET = 4;
var Neighbours = class {
  constructor(mean) {
    const there = (i) => !Number.isNaN(mean[2 * i]);
    const all = mean.length / 2;
    let count = 0;
    for (let i = 0; i < all; i++) if (there(i)) count++;
    const some = Math.max(1, Math.floor(all / 4e3));
    const side = (axis) => {
      const values = Float32Array.from({ length: Math.floor(all / some) }, (_, i) => mean[2 * i * some + axis]).filter((value) => !Number.isNaN(value)).sort();
      if (!values.length) return [0, 0];
      return [values[Math.floor(5e-3 * (values.length - 1))], values[Math.ceil(0.995 * (values.length - 1))]];
    };
    const [[left, right], [bottom, top]] = [side(0), side(1)];
    this.mean = mean;
    this.origin = [left, bottom];
    this.size = Math.max(
      Math.sqrt((right - left) * (top - bottom) * IN_A_BUCKET / Math.max(1, count)),
      (right - left + top - bottom) / 4e3,
      1e-6
    );
    this.columns = Math.floor((right - left) / this.size) + 1;
    this.rows = Math.floor((top - bottom) / this.size) + 1;
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
  bucketOf(x, y) {
    return this.rowOf(y) * this.columns + this.columnOf(x);
  }
  columnOf(x) {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.origin[0]) / this.size)));
  }
  rowOf(y) {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.origin[1]) / this.size)));
  }
  /**
   * The `k` points nearest to (x, y), nearest first, of those that `keep(index)` keeps: fills `found` = { index: Int32Array,
   * squared: Float64Array } and returns how many there are.
   */
  nearest(x, y, k, found, keep) {
    const { mean, columns, rows, size, starts, points } = this;
    const [column, row] = [this.columnOf(x), this.rowOf(y)];
    let count = 0;
    for (let ring = 0; ring <= Math.max(column, columns - 1 - column, row, rows - 1 - row); ring++) {
      if (count === k && found.squared[k - 1] <= ((ring - 1) * size) ** 2 && ring > 0) break;
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        const whole = r === row - ring || r === row + ring;
        for (let c = column - ring; c <= column + ring; c += whole || ring === 0 ? 1 : 2 * ring) {
          if (c < 0 || c >= columns) continue;
          for (let at = starts[r * columns + c]; at < starts[r * columns + c + 1]; at++) {
            const i = points[at];
            const squared = (mean[2 * i] - x) ** 2 + (mean[2 * i + 1] - y) ** 2;
            if (count === k && squared >= found.squared[k - 1] || keep && !keep(i)) continue;
            let slot = count < k ? count++ : k - 1;
            for (; slot > 0 && found.squared[slot - 1] > squared; slot--) {
              found.squared[slot] = found.squared[slot - 1];
              found.index[slot] = found.index[slot - 1];
            }
            found.squared[slot] = squared;
            found.index[slot] = i;
            if (count === k && found.squared[k - 1] === 0) return k;
          }
        }
      }
    }
    return count;
  }
};

// pages/components/src/geometry/space.js
var SURROUNDING = 6;
var SURE = 1;
var LOST = 3;
var CLOSEST = 1e-9;
function spaceOf({ header, arrays }) {
  const { space, latent_dim: dims } = header;
  if (!space) return new Flat();
  return new { straight: Straight, scattered: Scattered }[space.kind](space, dims, arrays);
}
var Flat = class {
  constructor() {
    this.dims = 2;
    this.axes = ["z₁", "z₂"];
    this.straight = true;
    this.name = "";
  }
  /** Writes the latent at a place to `out` from `at` on; returns how near points are that it comes from, from 0 to 1. What comes from no
   * points is as good as they can be. */
  lift([x, y], out, at = 0) {
    out[at] = x;
    out[at + 1] = y;
    return 1;
  }
  /** Where a latent lies: [x, y]. */
  place(z) {
    return [z[0], z[1]];
  }
};
var Straight = class {
  constructor({ axes, name }, dims, { origin, basis }) {
    Object.assign(this, { axes, name, dims, origin, basis, straight: true, projected: true });
  }
  lift([x, y], out, at = 0) {
    const { dims, origin, basis } = this;
    for (let d = 0; d < dims; d++) out[at + d] = origin[d] + x * basis[2 * d] + y * basis[2 * d + 1];
    return 1;
  }
  place(z) {
    const { dims, origin, basis } = this;
    const found = [0, 0];
    for (let d = 0; d < dims; d++) {
      found[0] += (z[d] - origin[d]) * basis[2 * d];
      found[1] += (z[d] - origin[d]) * basis[2 * d + 1];
    }
    return found;
  }
};
var Scattered = class {
  constructor({ axes, name, spacing, spread: spread2 }, dims, { mean, latent }) {
    Object.assign(this, { axes, name, dims, mean, latent, spread: spread2, projected: true });
    this.spacing = Math.max(spacing, 1e-12);
    this.found = { index: new Int32Array(SURROUNDING + 1), squared: new Float64Array(SURROUNDING + 1) };
  }
  get neighbours() {
    return this.index ??= new Neighbours(this.mean);
  }
  lift([x, y], out, at = 0) {
    const { dims, found, latent } = this;
    const count = this.neighbours.nearest(x, y, SURROUNDING + 1, found);
    const weights = weightsOf(found.squared, count);
    for (let d = 0; d < dims; d++) out[at + d] = 0;
    weights.forEach((weight, n) => {
      if (!weight) return;
      for (let d = 0, from = found.index[n] * dims; d < dims; d++) out[at + d] += weight * latent[from + d];
    });
    const away = Math.sqrt(found.squared[0]) / this.spacing;
    return Math.min(1, Math.max(0, (LOST - away) / (LOST - SURE)));
  }
  /** How far the latents of the points that a place got its latent `z` from lie from it, root mean square, as a share of the spread of all. */
  doubt([x, y], z) {
    const { dims, found, latent, spread: spread2 } = this;
    const count = Math.min(SURROUNDING, this.neighbours.nearest(x, y, SURROUNDING + 1, found));
    let squared = 0;
    for (let n = 0; n < count; n++) {
      for (let d = 0, from = found.index[n] * dims; d < dims; d++) squared += (latent[from + d] - z[d]) ** 2;
    }
    return Math.sqrt(squared / count) / Math.max(spread2, 1e-12);
  }
  /** Between the points whose latents are nearest, in the same way. */
  place(z) {
    const { dims, mean, latent } = this;
    const nearest = [];
    for (let i = 0; 2 * i < mean.length; i++) {
      if (Number.isNaN(mean[2 * i])) continue;
      let squared = 0;
      for (let d = 0, from = i * dims; d < dims; d++) squared += (latent[from + d] - z[d]) ** 2;
      if (nearest.length > SURROUNDING && squared >= nearest[SURROUNDING].squared) continue;
      if (nearest.length > SURROUNDING) nearest.pop();
      const slot = nearest.findIndex((other) => other.squared > squared);
      nearest.splice(slot < 0 ? nearest.length : slot, 0, { i, squared });
    }
    const weights = weightsOf(
      nearest.map(({ squared }) => squared),
      nearest.length
    );
    return [0, 1].map((axis) => weights.reduce((sum, weight, n) => sum + weight * mean[2 * nearest[n].i + axis], 0));
  }
};
function weightsOf(squared, count) {
  const rim = Math.sqrt(squared[count - 1]) + 1e-12;
  const weights = Array.from({ length: count }, (_, n) => {
    const away = Math.sqrt(squared[n]);
    return (Math.max(rim - away, 0) / (rim * Math.max(away, CLOSEST * rim))) ** 2;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => sum > 0 ? weight / sum : 1 / count);
}

// pages/components/src/geometry/crowd.js
var ALL = 8e4;
var CELLS = 256;
var FINEST = 5;
var CELL = 2.5;
var BEYOND = 0.5;
var EACH = 1e3;
var Crowd = class {
  /** `mean` (N * 2), NaN where a point doesn't lie in the plane, and `label` (N); `reach`: all but a few points lie in [-reach, reach]
   * either way. */
  constructor({ mean, label }, reach) {
    this.mean = mean;
    this.label = label;
    this.reach = reach;
    this.whole = label.length <= ALL;
    const members = /* @__PURE__ */ new Map();
    for (let i = 0; i < label.length; i++) if (this.there(i)) members.set(label[i], (members.get(label[i]) ?? 0) + 1);
    this.labels = [...members.keys()].sort((a, b) => a - b);
    this.samples = this.sample(members);
    this.levels = this.whole ? null : this.levelled();
    this.draw(() => this.whole);
    this.version = 0;
  }
  there(index) {
    return !Number.isNaN(this.mean[2 * index]);
  }
  /** Some points of each class, evenly spaced among them. */
  sample(members) {
    const samples = new Map(this.labels.map((name) => [name, []]));
    const seen = new Map(this.labels.map((name) => [name, 0]));
    for (let i = 0; i < this.label.length; i++) {
      if (!this.there(i)) continue;
      const name = this.label[i];
      const number = seen.get(name);
      seen.set(name, number + 1);
      if (number % Math.ceil(members.get(name) / EACH) === 0) samples.get(name).push(i);
    }
    return samples;
  }
  /** The level of each point. */
  levelled() {
    const { mean, reach } = this;
    const count = this.label.length;
    const finest = CELLS << FINEST;
    const scale = finest / (2 * reach);
    const cells = Int32Array.from(
      { length: 2 * count },
      (_, at) => Math.min(finest - 1, Math.max(0, (mean[at] + reach) * scale))
    );
    const levels = new Uint8Array(count).fill(FINEST + 1);
    for (let level = 0; level <= FINEST; level++) {
      const across = CELLS << level;
      const shift = FINEST - level;
      const taken = new Uint8Array(across * across >> 3);
      for (const settled of [true, false]) {
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
  /** Puts the points that `keep(index)` keeps into `groups`, one for each class: { label, index, x, y }. */
  draw(keep) {
    const { mean, label } = this;
    const chosen = new Map(this.labels.map((name) => [name, []]));
    for (let i = 0; i < label.length; i++) if (this.there(i) && keep(i)) chosen.get(label[i]).push(i);
    this.groups = this.labels.map((name) => {
      const index = Int32Array.from(chosen.get(name));
      return {
        label: name,
        index,
        x: Float32Array.from(index, (i) => mean[2 * i]),
        y: Float32Array.from(index, (i) => mean[2 * i + 1])
      };
    });
  }
  /** Draws what a view needs, with ranges { x, y } and `unit` px for one of the plane; returns whether that is something else than before. */
  look({ x, y }, unit) {
    if (this.whole || this.some) return false;
    const { mean, levels } = this;
    const most = Math.max(0, Math.ceil(Math.log2(2 * this.reach * unit / (CELL * CELLS))));
    const [dx, dy] = [BEYOND * (x[1] - x[0]), BEYOND * (y[1] - y[0])];
    const now = [most, x[0], x[1], y[0], y[1]];
    const before = this.looked;
    if (before && before[0] === most && Math.hypot(...now.map((value, place2) => value - before[place2])) < 0.2 * dx)
      return false;
    this.looked = now;
    const [left, right, bottom, top] = [x[0] - dx, x[1] + dx, y[0] - dy, y[1] + dy];
    this.draw(
      (i) => levels[i] <= most && mean[2 * i] >= left && mean[2 * i] <= right && mean[2 * i + 1] >= bottom && mean[2 * i + 1] <= top
    );
    return true;
  }
  /** Points lie elsewhere now: `mean` (N * 2) of all, or of those in `some` (N), and then only these are drawn. */
  move(mean, some) {
    if (some) this.narrow(some);
    else this.mean = mean;
    this.index = void 0;
    this.version++;
    for (const { index, rank, x, y } of this.groups) {
      const at = rank ?? index;
      for (let i = 0; i < at.length; i++) {
        x[i] = mean[2 * at[i]];
        y[i] = mean[2 * at[i] + 1];
      }
    }
  }
  /** Draws no more than the points in `some`; groups then have the `rank` of each point among them, too. */
  narrow(some) {
    if (this.some === some) return;
    this.some = some;
    this.seats = /* @__PURE__ */ new Map();
    const ranks = new Map(this.labels.map((name) => [name, []]));
    for (let rank = 0; rank < some.length; rank++) ranks.get(this.label[some[rank]]).push(rank);
    this.groups = this.labels.map((name) => {
      const rank = Int32Array.from(ranks.get(name));
      const [x, y] = [new Float32Array(rank.length), new Float32Array(rank.length)];
      const group = { label: name, index: rank.map((place2) => some[place2]), rank, x, y };
      for (let place2 = 0; place2 < rank.length; place2++) this.seats.set(group.index[place2], [group, place2]);
      return group;
    });
  }
  /** All points lie elsewhere, and once they have settled are drawn again as a view needs them. */
  replace(mean) {
    this.some = void 0;
    this.mean = mean;
    this.version++;
  }
  /** The points have come to rest: levels are found anew. */
  settle() {
    if (this.whole || this.some) return;
    this.index = void 0;
    this.levels = this.levelled();
    this.looked = void 0;
  }
  /** The point nearest to z of the classes that aren't hidden: { index, label, distance }, or null. While they move, of those that are drawn. */
  nearest(z, hidden, moving) {
    return this.whole || this.some || moving ? this.nearestDrawn(z, hidden) : this.nearestOfAll(z, hidden);
  }
  nearestDrawn([zx, zy], hidden) {
    let best = null;
    let least = Infinity;
    for (const { label, x, y, index } of this.groups) {
      if (hidden.has(label)) continue;
      for (let i = 0; i < x.length; i++) {
        const [dx, dy] = [x[i] - zx, y[i] - zy];
        const squared = dx * dx + dy * dy;
        if (squared < least) {
          least = squared;
          best = { index: index[i], label };
        }
      }
    }
    return best && { ...best, distance: Math.sqrt(least) };
  }
  /** All points in buckets. */
  get neighbours() {
    return this.index ??= new Neighbours(this.mean);
  }
  nearestOfAll([x, y], hidden) {
    const found = { index: new Int32Array(1), squared: new Float64Array(1) };
    const keep = hidden.size ? (i) => !hidden.has(this.label[i]) : void 0;
    if (!this.neighbours.nearest(x, y, 1, found, keep)) return null;
    return { index: found.index[0], label: this.label[found.index[0]], distance: Math.sqrt(found.squared[0]) };
  }
  /** Calls each(index, label, x, y) with every point, or while only some have moved with those. */
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
  /** The latent of point `index`. */
  placeOf(index) {
    const seat = this.some && this.seats.get(index);
    if (!seat) return [this.mean[2 * index], this.mean[2 * index + 1]];
    const [{ x, y }, place2] = seat;
    return [x[place2], y[place2]];
  }
  /** Where a class has its middle: the median each way, of some of its points. */
  middleOf(label) {
    if (this.some) {
      const { x, y } = this.groups[this.labels.indexOf(label)];
      const step = Math.max(1, Math.floor(x.length / EACH));
      const some2 = Float32Array.from({ length: Math.floor(x.length / step) });
      return [x, y].map((values) => some2.map((_, i) => values[i * step]).sort()[some2.length >> 1] ?? 0);
    }
    const some = this.samples.get(label);
    return [0, 1].map((d) => Float32Array.from(some, (i) => this.mean[2 * i + d]).sort()[some.length >> 1]);
  }
};

// pages/components/src/shared/dom.js
function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== void 0));
  return element;
}
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
function fit(canvas, { width, height }) {
  const scale = window.devicePixelRatio;
  const [wide, high] = [width, height].map((side) => Math.round(side * scale));
  if (!wide || !high) return null;
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  return [wide, high, scale];
}
function decimal(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}
function decimals(values, digits = 2) {
  return Array.from(values, (value) => decimal(value, digits)).join(", ");
}
var memory = {
  load(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  },
  save(key, value) {
    try {
      sessionStorage.setItem(key, JSON.stringify(value));
    } catch {
    }
  }
};

// pages/components/src/geometry/selection.js
var STILL = 4;
var STEP = 3;
var SHAPES = {
  box: { title: "Select with a box", icon: "▭", key: "b" },
  lasso: { title: "Select with a lasso", icon: "◌", key: "l" }
};
var Marquee = class {
  constructor(plane, drawn) {
    this.plane = plane;
    this.drawn = drawn;
    this.shape = null;
    this.element = h("div", { className: "zs-marquee", hidden: true });
    this.outline = svg("polygon", {});
    this.element.addEventListener("pointerdown", (event) => this.begin(event));
    this.element.addEventListener("pointermove", (event) => this.move(event));
    this.element.addEventListener("pointerup", (event) => this.end(event));
    this.element.addEventListener("pointercancel", () => this.drop());
    this.element.addEventListener("wheel", (event) => plane.gestures.wheel(event), { passive: false });
  }
  /** "box", "lasso" or null to draw nothing. */
  use(shape) {
    this.shape = shape;
    this.element.hidden = !shape;
    this.drop();
  }
  begin(event) {
    if (event.button !== 0) return;
    const z = this.plane.latentAt(event);
    if (!z) return;
    this.element.setPointerCapture(event.pointerId);
    this.from = [event.clientX, event.clientY];
    this.last = this.from;
    this.corners = [z];
  }
  move(event) {
    const z = this.plane.latentAt(event);
    this.plane.gestures.last = performance.now();
    this.plane.wait();
    if (z) this.plane.moveTo(z);
    if (!this.corners || !z) return;
    const here = [event.clientX, event.clientY];
    if (this.shape === "box") {
      const [x, y] = this.corners[0];
      this.corners = [[x, y], [z[0], y], z, [x, z[1]]];
    } else if (Math.hypot(here[0] - this.last[0], here[1] - this.last[1]) >= STEP) {
      this.corners.push(z);
      this.last = here;
    }
    this.draw();
  }
  end(event) {
    if (!this.corners) return;
    const moved = Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) > STILL || this.corners.length > 4;
    const corners = moved && this.corners.length > 2 ? this.corners : null;
    this.drop();
    this.plane.plot.focus({ preventScroll: true });
    this.drawn(corners);
  }
  drop() {
    this.corners = void 0;
    this.draw();
  }
  draw() {
    const points = this.corners?.map(
      (corner) => this.plane.toPixels(corner).map((value) => value.toFixed(1)).join(",")
    ) ?? [];
    this.outline.setAttribute("points", points.join(" "));
  }
};
function inside(polygon, x, y) {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[j]];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) within = !within;
  }
  return within;
}

// pages/components/src/geometry/view.js
var MARGIN = { left: 44, right: 12, top: 12, bottom: 40 };
var GLIDE = 55;
var ARRIVED = 0.25;
var ZOOM_OUT = 5;
var FINER = 2;
var View = class {
  /** `wanted`: the ranges { x, y } to see first, `all`: those that hold every point, `closest`: width of the closest look. `listener`:
   * { moved(), rested() }, called at every change and at the end of a way. */
  constructor(wanted, all, closest, listener) {
    this.wanted = wanted;
    Object.assign(this, { all, closest });
    this.listener = listener;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.resize(0, 0);
  }
  /** Shows the ranges { x, y } at once. */
  look(ranges) {
    this.stop();
    this.wanted = ranges;
    ({ x: this.x, y: this.y } = this.fitted(ranges));
  }
  /** Another plane: what was seen is so many times as large there, all of it lies within `all`, and the closest look is so wide. */
  rescale(times, all, closest) {
    Object.assign(this, { all, closest });
    this.look({ x: this.x.map((end) => times * end), y: this.y.map((end) => times * end) });
  }
  /** Px that there are for it; returns whether they are others than before. */
  resize(width, height) {
    if (width === this.width && height === this.height) return false;
    [this.width, this.height] = [width, height];
    this.stop();
    ({ x: this.x, y: this.y } = this.fitted(this.wanted));
    return true;
  }
  /** Width of the widest look: every point is a small part of it. */
  get widest() {
    const [, , wide, high] = this.box;
    return ZOOM_OUT * Math.max(lengthOf(this.all.x), lengthOf(this.all.y) * wide / high);
  }
  /** Decimals of a place that make a difference on the screen. */
  get digits() {
    return Math.max(0, Math.ceil(Math.log10(this.frame.width / FINER) - 1e-9));
  }
  /** Where the plane is drawn: [left, top, width, height] in px. */
  get box() {
    const { left, right, top, bottom } = MARGIN;
    return [left, top, Math.max(1, this.width - left - right), Math.max(1, this.height - top - bottom)];
  }
  /** A place of the plane lies at (left + x width, top + y height), in px. */
  get frame() {
    const [left, top, wide, high] = this.box;
    const [width, height] = [wide / (this.x[1] - this.x[0]), -high / (this.y[1] - this.y[0])];
    return { left: left - this.x[0] * width, top: top - this.y[1] * height, width, height };
  }
  toPixels([x, y]) {
    const { left, top, width, height } = this.frame;
    return [left + x * width, top + y * height];
  }
  toLatent([across, down]) {
    const { left, top, width, height } = this.frame;
    return [(across - left) / width, (down - top) / height];
  }
  /** Whether a spot, in px, is inside the axes. */
  holds([across, down]) {
    const [left, top, width, height] = this.box;
    return across >= left && across <= left + width && down >= top && down <= top + height;
  }
  /** Shows the ranges { x, y }, or as much more as it takes for a unit to be as long across as up: distances on the screen are distances
   * in the plane. */
  go(ranges) {
    this.wanted = ranges;
    this.goal = this.fitted(ranges);
    if (this.still.matches) this.arrive();
    else this.gliding ??= requestAnimationFrame((now) => this.glide(now, now));
  }
  /** Zooms out by a factor, or in by one below 1, around a spot in px, which stays where it is. */
  zoom(factor, [across, down]) {
    const [left, top, wide, high] = this.box;
    const { x, y } = this.goal ?? this;
    const around2 = [x[0] + (across - left) / wide * (x[1] - x[0]), y[1] - (down - top) / high * (y[1] - y[0])];
    const width = x[1] - x[0];
    const by = Math.min(this.widest, Math.max(this.closest, width * factor)) / width;
    const scale = (range, centre) => range.map((end) => centre + (end - centre) * by);
    this.go({ x: scale(x, around2[0]), y: scale(y, around2[1]) });
  }
  /** Follows a finger or a pointer that holds the plane, by so many px. */
  drag(dx, dy) {
    const { width, height } = this.frame;
    const { x, y } = this.goal ?? this;
    this.wanted = { x: x.map((end) => end - dx / width), y: y.map((end) => end - dy / height) };
    this.stop();
    ({ x: this.x, y: this.y } = this.fitted(this.wanted));
    this.listener.moved();
  }
  /** It was let go of. */
  end() {
    if (!this.goal) this.listener.rested();
  }
  stop() {
    cancelAnimationFrame(this.gliding);
    this.gliding = this.goal = void 0;
  }
  glide(before, now) {
    const share = 1 - Math.exp(-Math.max(1, now - before) / GLIDE);
    const { x, y } = this.goal;
    const along = (from, to) => from.map((end, place2) => end + share * (to[place2] - end));
    const next = { x: along(this.x, x), y: along(this.y, y) };
    const left = Math.max(
      ...["x", "y"].flatMap((axis) => next[axis].map((end, place2) => Math.abs(this.goal[axis][place2] - end)))
    );
    if (left * this.frame.width < ARRIVED) {
      this.arrive();
      return;
    }
    [this.x, this.y] = [next.x, next.y];
    this.gliding = requestAnimationFrame((later) => this.glide(now, later));
    this.listener.moved();
  }
  arrive() {
    [this.x, this.y] = [this.goal.x, this.goal.y];
    this.stop();
    this.listener.moved();
    this.listener.rested();
  }
  fitted({ x, y }) {
    const [, , wide, high] = this.box;
    const unit = Math.max((x[1] - x[0]) / wide, (y[1] - y[0]) / high);
    const most = ZOOM_OUT / 2 * Math.max(lengthOf(this.all.x), lengthOf(this.all.y));
    const around2 = ([from, to], px, [low, top]) => {
      const centre = (low + top) / 2;
      const wanted = (from + to) / 2;
      const middle = Math.min(centre + most, Math.max(centre - most, wanted));
      if (middle === wanted && Math.abs((to - from) / unit - px) < 1e-6) return [from, to];
      return [middle - unit * px / 2, middle + unit * px / 2];
    };
    return { x: around2(x, wide, this.all.x), y: around2(y, high, this.all.y) };
  }
};
function lengthOf([from, to]) {
  return to - from;
}

// pages/components/src/render/axes.js
var APART = 70;
var Axes = class {
  constructor() {
    this.element = svg("svg", { class: "zs-axes", "aria-hidden": "true" });
  }
  /** Draws them for a `View`, with the names of what is across and up. */
  draw({ x, y, frame, box, width, height }, names) {
    const look = JSON.stringify([x, y, box]);
    if (look === this.drawn) return;
    this.drawn = look;
    const [left, top, wide, high] = box;
    const [right, floor] = [left + wide, top + high];
    const step = roundStep(APART / frame.width);
    const lines = [];
    const numbers = [];
    for (const [value, text] of ticks(x, step)) {
      const place2 = frame.left + value * frame.width;
      lines.push(line(value, place2, top, place2, floor));
      numbers.push(svg("text", { x: place2, y: floor + 14, "text-anchor": "middle" }, text));
    }
    for (const [value, text] of ticks(y, step)) {
      const place2 = frame.top + value * frame.height;
      lines.push(line(value, left, place2, right, place2));
      numbers.push(svg("text", { x: left - 6, y: place2, "text-anchor": "end" }, text));
    }
    const titles = [
      svg("text", { class: "zs-axis-name", x: (left + right) / 2, y: height - 11, "text-anchor": "middle" }, names[0]),
      svg(
        "text",
        { class: "zs-axis-name", transform: `translate(10 ${(top + floor) / 2}) rotate(-90)`, "text-anchor": "middle" },
        names[1]
      )
    ];
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.element.replaceChildren(...lines, ...numbers, ...titles);
  }
};
function line(value, x1, y1, x2, y2) {
  return svg("line", { x1, y1, x2, y2, ...value === 0 ? { class: "zs-zero" } : {} });
}
function ticks([from, to], step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++)
    found.push([k * step, (k * step).toFixed(digits).replace("-", "−")]);
  return found;
}
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((times) => times * power >= least * (1 - 1e-9));
}

// pages/components/src/render/flock.js
var SHARES = 4;
var Flock = class {
  constructor() {
    this.element = h("canvas", { className: "zs-flock", "aria-hidden": "true", hidden: true });
    this.dots = /* @__PURE__ */ new Map();
  }
  /**
   * Draws `groups` of points, { x, y, index, colour: [red, green, blue] }, on a clear ground, as a `View` has them; those that don't lie
   * inside its box are left out. `size` is a point's diameter in CSS pixels, `opacity`: { usual, lit, faint };
   * `chosen` says by index which points are lit, 0 or 1, the others then being faint, or is null where all are as usual.
   */
  draw(groups, view, size, opacity, chosen) {
    const { element } = this;
    const {
      frame: { left, top, width, height },
      box
    } = view;
    const room = fit(element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    if (this.image?.width !== wide || this.image.height !== high) {
      this.context = element.getContext("2d");
      this.image = this.context.createImageData(wide, high);
    }
    const { data } = this.image;
    data.fill(0);
    const usual = this.dotsOf(size * scale, opacity.usual);
    const [lit, faint] = [opacity.lit, opacity.faint].map((share) => this.dotsOf(size * scale, share));
    const { side } = usual;
    const most = {
      x: Math.min(wide, (box[0] + box[2]) * scale) - side,
      y: Math.min(high, (box[1] + box[3]) * scale) - side
    };
    const least = { x: Math.max(0, box[0] * scale), y: Math.max(0, box[1] * scale) };
    for (const { x, y, index, colour } of groups) {
      const [r, g, b] = colour;
      for (let i = 0; i < x.length; i++) {
        const across = (left + x[i] * width) * scale - side / 2;
        const down = (top + y[i] * height) * scale - side / 2;
        if (!(across >= least.x && across < most.x && down >= least.y && down < most.y)) continue;
        const column = Math.floor(across);
        const row = Math.floor(down);
        const dots = chosen ? chosen[index[i]] ? lit : faint : usual;
        const cover = dots.masks[Math.floor((down - row) * SHARES) * SHARES + Math.floor((across - column) * SHARES)];
        for (let line2 = 0, m = 0; line2 < side; line2++) {
          for (let p = ((row + line2) * wide + column) * 4, end = p + 4 * side; p < end; p += 4, m++) {
            const share = cover[m];
            if (share === 0) continue;
            const before = data[p + 3];
            const after = before + ((256 - before) * share >> 8);
            const weight = before === 0 ? 1 : share / (after + 1);
            data[p] += weight * (r - data[p]);
            data[p + 1] += weight * (g - data[p + 1]);
            data[p + 2] += weight * (b - data[p + 2]);
            data[p + 3] = after;
          }
        }
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
  /** How much of each pixel a point covers, times its opacity, in 256ths: for each place within a pixel that it can lie at. */
  dotsOf(diameter, opacity) {
    const name = `${diameter} ${opacity}`;
    if (!this.dots.has(name)) {
      const side = Math.ceil(diameter) + 2;
      const masks = Array.from({ length: SHARES ** 2 }, (_, place2) => {
        const centre = [(place2 % SHARES + 0.5) / SHARES, (Math.floor(place2 / SHARES) + 0.5) / SHARES].map(
          (share) => side / 2 + share
        );
        return Uint16Array.from({ length: side * side }, (_2, pixel) => {
          const away = Math.hypot(pixel % side + 0.5 - centre[0], Math.floor(pixel / side) + 0.5 - centre[1]);
          return Math.round(256 * opacity * Math.min(1, Math.max(0, diameter / 2 - away + 0.5)));
        });
      });
      this.dots.set(name, { side, masks });
    }
    return this.dots.get(name);
  }
};

// pages/components/src/render/scatter.js
var CONFIG = { staticPlot: true, displayModeBar: false, showTips: false };
var Scatter = class {
  /** `element`: where Plotly draws; lost() is called when it no longer can. */
  constructor(plotly, element, lost) {
    this.lost = lost;
    this.plotly = plotly;
    this.element = element;
  }
  /**
   * Draws `traces`, [{ name, x, y, visible, colour, selected: positions in the trace, or null }], at a view; resolves when it has, to whether it could: a browser may have no WebGL. The same
   * array of traces means the same points. `look`: { size of a point in px, opacity, lit and faint: of those that are selected and those
   * that aren't }.
   */
  async draw(traces, view, look) {
    const { plotly, element, drawn } = this;
    this.drawn = traces;
    const layout = layoutOf(view);
    if (traces === drawn) {
      const { width, height, xaxis, yaxis } = layout;
      this.drawing = plotly.relayout(element, {
        width,
        height,
        "xaxis.range": xaxis.range,
        "yaxis.range": yaxis.range
      });
    } else {
      const data = traces.map((trace) => scatter(trace, look));
      this.drawing = drawn ? plotly.react(element, data, layout, CONFIG) : plotly.newPlot(element, data, layout, CONFIG);
    }
    await this.drawing;
    if (!drawn) element.on("plotly_webglcontextlost", () => this.lost());
    return !element.querySelector(".no-webgl");
  }
  destroy() {
    this.drawing?.finally(() => this.plotly.purge(this.element));
  }
};
function scatter({ name, x, y, visible, colour, selected }, { size, opacity, lit, faint }) {
  return {
    type: "scattergl",
    mode: "markers",
    name,
    // Copies, because Plotly tells by the array whether there is something new in it.
    x: x.slice(),
    y: y.slice(),
    visible,
    marker: { color: colour, size, opacity },
    selectedpoints: selected,
    selected: { marker: { opacity: lit } },
    unselected: { marker: { opacity: faint } }
  };
}
function layoutOf({ x, y, box, width, height }) {
  const [left, top, wide, high] = box;
  const axis = (range) => ({ range: [...range], visible: false });
  return {
    autosize: false,
    width,
    height,
    margin: { l: left, t: top, r: width - left - wide, b: height - top - high, pad: 0 },
    showlegend: false,
    hovermode: false,
    dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: axis(x),
    yaxis: axis(y)
  };
}

// pages/components/src/render/paint.js
function paint(canvas, pixels, shape) {
  fill(canvas, shape, (rgba, place2, area) => {
    const colour = shape[0] === 3;
    rgba[0] = 255 * pixels[place2];
    rgba[1] = 255 * pixels[colour ? area + place2 : place2];
    rgba[2] = 255 * pixels[colour ? 2 * area + place2 : place2];
  });
}
var frames = /* @__PURE__ */ new WeakMap();
function fill(canvas, [, height, width], colourOf) {
  let frame = frames.get(canvas);
  if (!frame || frame.width !== width || frame.height !== height) {
    canvas.width = width;
    canvas.height = height;
    frame = new ImageData(width, height);
    frame.data.fill(255);
    frames.set(canvas, frame);
  }
  const area = width * height;
  const rgba = [0, 0, 0];
  for (let place2 = 0; place2 < area; place2++) {
    colourOf(rgba, place2, area);
    frame.data[4 * place2] = rgba[0];
    frame.data[4 * place2 + 1] = rgba[1];
    frame.data[4 * place2 + 2] = rgba[2];
  }
  canvas.getContext("2d").putImageData(frame, 0, 0);
}

// pages/components/src/render/thumbs.js
var MOST_THUMBS = 150;

// pages/components/src/map/gestures.js
var ALL_KEY = "a";
var CLICK_RADIUS = 4;
var KEY_STEP = 8;
var WHEEL = 3e-3;
var WHEEL_UNITS = [1, 16, 400];
var WHEEL_MOST = 240;
var PINCH = 5;
var Gestures = class {
  constructor(plane) {
    this.plane = plane;
    this.fingers = /* @__PURE__ */ new Map();
    this.last = performance.now();
    this.down = null;
    const { plot } = plane;
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointermove", (event) => this.move(event));
    plot.addEventListener("pointerup", (event) => this.release(event));
    plot.addEventListener("pointercancel", (event) => this.drop(event));
    plot.addEventListener("pointerleave", () => this.leave());
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    plot.addEventListener("keydown", (event) => this.key(event));
    plot.addEventListener(
      "touchstart",
      (event) => getComputedStyle(plot).touchAction === "none" && event.preventDefault(),
      { passive: false }
    );
  }
  press(event) {
    const { plane, fingers } = this;
    plane.undwell();
    const inside2 = Boolean(plane.latentAt(event));
    const mouse = event.pointerType !== "touch";
    this.down = { x: event.clientX, y: event.clientY, inside: inside2, holds: inside2 && mouse && event.button === 0 };
    if (inside2) plane.plot.setPointerCapture(event.pointerId);
    if (mouse) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size < 2) this.point(event);
  }
  move(event) {
    const { plane, fingers, down } = this;
    const mouse = event.pointerType === "mouse";
    this.last = performance.now();
    plane.pointer = mouse ? plane.spotOf(event) : null;
    plane.wait();
    if (down?.holds && event.buttons & 1 && this.hold(event)) return;
    if (plane.view.goal && mouse) return;
    if (fingers.has(event.pointerId)) this.pinch(event);
    const inside2 = fingers.size < 2 && this.point(event);
    if (inside2 && mouse && event.buttons === 0) plane.dwell();
    else plane.undwell();
  }
  release(event) {
    const { fingers, down } = this;
    const alone = fingers.size < 2;
    this.drop(event);
    const still = down?.inside && Math.hypot(event.clientX - down.x, event.clientY - down.y) <= CLICK_RADIUS;
    if (still && alone && event.button === 0 && this.point(event)) this.plane.click();
  }
  drop(event) {
    if (this.before || this.fingers.size > 1) this.plane.view.end();
    this.fingers.delete(event.pointerId);
    this.down = this.before = null;
    this.plane.plot.classList.remove("zs-held");
  }
  leave() {
    const { plane } = this;
    plane.pointer = null;
    plane.undwell();
    plane.listener.changed();
  }
  /** Moves the cursor under a pointer; returns whether it is on the map. */
  point(event) {
    const z = this.plane.latentAt(event);
    if (z) this.plane.moveTo(z);
    return Boolean(z);
  }
  /** The plane goes along with a pointer that holds it; returns whether it has begun to. */
  hold({ clientX, clientY }) {
    const { plane, down } = this;
    const from = this.before ?? [down.x, down.y];
    if (!this.before && Math.hypot(clientX - down.x, clientY - down.y) <= CLICK_RADIUS) return false;
    this.before = [clientX, clientY];
    plane.plot.classList.add("zs-held");
    plane.view.drag(clientX - from[0], clientY - from[1]);
    return true;
  }
  /** Two fingers move the plane, and zoom around the place between them. */
  pinch(event) {
    const { plane, fingers } = this;
    const spread2 = () => {
      const [[ax, ay], [bx, by]] = fingers.values();
      return { width: Math.hypot(ax - bx, ay - by), clientX: (ax + bx) / 2, clientY: (ay + by) / 2 };
    };
    const before = fingers.size === 2 ? spread2() : null;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!before) return;
    const after = spread2();
    plane.view.drag(after.clientX - before.clientX, after.clientY - before.clientY);
    if (before.width > 0 && after.width > 0) plane.view.zoom(before.width / after.width, plane.spotOf(after));
  }
  wheel(event) {
    const { plane } = this;
    if (!plane.latentAt(event)) return;
    event.preventDefault();
    plane.undwell();
    this.last = performance.now();
    const px = event.deltaY * WHEEL_UNITS[event.deltaMode] * (event.ctrlKey ? PINCH : 1);
    plane.view.zoom(2 ** (WHEEL * Math.min(WHEEL_MOST, Math.max(-WHEEL_MOST, px))), plane.spotOf(event));
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { plane } = this;
    this.last = performance.now();
    const step = KEY_STEP * (event.shiftKey ? 5 : 1);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const shape = Object.keys(SHAPES).find((name) => SHAPES[name].key === event.key);
    if (event.key in moves) plane.step(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") plane.click();
    else if (event.key === "+" || event.key === "=") plane.zoomIn();
    else if (event.key === "-") plane.zoomOut();
    else if (event.key === "0") plane.open();
    else if (event.key === ALL_KEY) plane.showAll();
    else if (event.key === "Escape") plane.listener.escaped();
    else if (shape) plane.use(shape);
    else return;
    event.preventDefault();
  }
};

// pages/components/src/map/keys.js
var ARROWS = ["←", "→", "↑", "↓"];
var SHEET = {
  "On the map": [
    [ARROWS, "Move the cursor"],
    [["Shift + arrow"], "Move the cursor five times as far"],
    [["Enter", "Space"], "Do what a click does at the cursor, such as pin the place"],
    [["+", "−"], "Zoom in and out"],
    [["0"], "Return to the opening view"],
    [["A"], "Show all points"],
    [["B"], "Select with a box", true],
    [["L"], "Select with a lasso", true],
    [["Esc"], "Stop drawing, or else clear the selection", true]
  ],
  "On the β slider": [
    [["←", "→"], "Make β smaller or larger"],
    [["Shift + arrow"], "The same in steps five times as large"]
  ],
  "On every page with a map": [
    [["Tab"], "Go to the next control, Shift + Tab to the one before"],
    [["?"], "Open this sheet; Esc closes it"]
  ]
};
var WRITING = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])";
var KeySheet = class {
  /** `offered()` says whether points can be selected and whether there is a slider for beta: { shapes, beta }. */
  constructor(offered) {
    this.offered = offered;
    this.button = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title: "All keys (?)",
        "aria-label": "All keys (?)",
        "aria-haspopup": "dialog",
        onclick: () => this.open()
      },
      "?"
    );
    this.element = h("dialog", { className: "zs-keys", "aria-label": "All keys" });
    this.element.onclick = (event) => event.target === this.element && this.element.close();
    this.listening = new AbortController();
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.listening.signal });
  }
  key(event) {
    const { target, ctrlKey, metaKey, altKey } = event;
    if (event.key !== "?" || event.defaultPrevented || ctrlKey || metaKey || altKey) return;
    if (target.closest?.(WRITING) || document.querySelector("dialog[open], [role=dialog], [role=listbox]")) return;
    event.preventDefault();
    this.open();
  }
  open() {
    const { shapes, beta } = this.offered();
    const groups = Object.entries(SHEET).filter(([title]) => beta || title !== "On the β slider");
    const rows = (keys) => keys.filter(([, , selects]) => shapes || !selects).map(
      ([names, words]) => h("div", {}, h("dt", {}, ...names.map((name) => h("kbd", {}, name))), h("dd", {}, words))
    );
    const close = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title: "Close (Esc)",
        "aria-label": "Close",
        onclick: () => this.element.close()
      },
      "×"
    );
    this.element.replaceChildren(
      h(
        "div",
        { className: "zs-keys-sheet" },
        h("div", { className: "zs-row" }, h("h2", {}, "All keys"), close),
        ...groups.flatMap(([title, keys]) => [h("h3", {}, title), h("dl", {}, ...rows(keys))])
      )
    );
    this.element.showModal();
  }
  destroy() {
    this.listening.abort();
    this.element.close();
  }
};

// pages/components/src/panels/card.js
var opened = null;
var Card = class {
  constructor(title, icon2, className = "") {
    this.button = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title,
        "aria-label": title,
        "aria-expanded": "false",
        onclick: () => this.open(this.element.hidden)
      },
      icon2
    );
    this.element = h("div", { className: `zs-card ${className}`, role: "group", "aria-label": title, hidden: true });
    this.element.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      this.open(false);
      this.button.focus();
    };
  }
  open(open) {
    if (open && opened !== this) opened?.open(false);
    opened = open ? this : null;
    this.element.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.opening?.();
    this.element.querySelector("input")?.focus();
  }
};

// pages/components/src/render/overlay.js
var DECADES = 9.2;
var OVERLAYS = {
  density: {
    title: "Density of the images",
    unit: "log q(z), nats",
    text: "How much of the test images' posteriors lies at a place, averaged over cells of 2 px: narrower peaks look lower until the map is zoomed in. Where there is none, the model was never asked to draw anything.",
    cell: 2,
    around: 384,
    kernel: {
      unit: "log density, nats",
      text: "How densely the test images lie in this plane, each smoothed over half the distance to its neighbours. The method chose the plane, and the distances in it."
    },
    range: (sorted) => [sorted.at(-1) - DECADES, sorted.at(-1)]
  },
  entropy: {
    title: "Undecided pixels",
    unit: "entropy, nats per image",
    text: "How unsure the decoded pixels are. High where a picture is blurred, or stands between two shapes.",
    cell: 9
  },
  sharpness: {
    title: "Sharpness",
    unit: "mean difference of neighbouring pixels",
    text: "How crisp the decoded picture is. Low where it is blurred, or stands between two shapes.",
    cell: 9
  },
  stretch: {
    title: "Stretch of the decoder",
    unit: "log √det JᵀJ",
    text: "How fast pictures change as the pointer moves. Ridges are borders between shapes; where it is low, one shape goes on and on.",
    cell: 12
  },
  cycle: {
    title: "Cycle error",
    unit: "‖z − E(D(z))‖, latent units",
    text: "How far the encoder by itself, in one pass, puts a decoded picture from where it was decoded: where that is large, the two halves don't agree. Where a model refines its posteriors, as the points have it, they come out nearer.",
    cell: 12
  },
  class: {
    title: "Nearest class",
    unit: "vote of the 10 nearest points",
    text: "The class that most of the nearest test images have; the paler, the more divided their vote.",
    cell: 5
  }
};
function overlayOf(name, kernel) {
  return OVERLAYS[name] && { ...OVERLAYS[name], ...kernel ? OVERLAYS[name].kernel : {} };
}

// pages/components/src/map/layers.js
var KEY = "zscape:layers";
var SMALL = 600;
var SIZES = [96, 20];
var Layers = class {
  /** `changed()` is called after each change of `settings`. */
  constructor(changed) {
    this.changed = changed;
    this.chosen = memory.load(KEY);
    this.card = new Card("Layers", "◫");
    this.about = h("p", { className: "zs-note" });
  }
  /** What makes sense in a plane: `overlays`, by name, and whether the prior has circles there. Fills the card in. */
  offer(overlays, circles) {
    this.overlays = overlays;
    this.round = circles;
    this.fill();
  }
  /** For a map of some px in width with a terrain, or null for none; one that is `fixed` has as many pictures as it has. `usual` is what holds
   * until somebody chooses. */
  start(width, terrain, usual = {}) {
    this.ground = terrain;
    const {
      terrain: shown = width >= SMALL,
      density = 0.65,
      strength = 0.45,
      overlay = "",
      cover = 0.85,
      circles = false,
      points = true
    } = { ...usual, ...this.chosen };
    this.chosen = { terrain: shown, density, strength, overlay, cover, circles, points };
  }
  fill() {
    this.card.element.replaceChildren(
      this.choice("points", "Points", "A point for each test image, at the mean of its posterior"),
      ...this.ground ? [
        this.choice(
          "terrain",
          "Terrain",
          "What the model decodes, drawn behind the points; it fades where no image is"
        )
      ] : [],
      ...this.ground && !this.ground.fixed ? [this.slider("density", "Density", "How many pictures the terrain has", "terrain")] : [],
      ...this.ground ? [this.slider("strength", "Strength", "How clearly the terrain is drawn", "terrain")] : [],
      ...this.overlays.length ? [
        this.select("overlay", "Overlay", "Where the map can be believed"),
        this.slider("cover", "Strength", "How clearly the overlay is drawn", "overlay")
      ] : [],
      ...this.round ? [
        this.choice(
          "circles",
          "Prior circles",
          "One, two and three standard deviations of the prior: 39 %, 86 % and 99 % of it lie inside"
        )
      ] : [],
      this.about
    );
    this.show();
  }
  get settings() {
    const { density, overlay, circles, ...others } = this.chosen;
    const there = this.overlays?.includes(overlay) ? overlay : "";
    return {
      ...others,
      circles: circles && this.round,
      overlay: there,
      size: SIZES[0] * (SIZES[1] / SIZES[0]) ** density
    };
  }
  choice(name, text, title) {
    const input = h("input", {
      type: "checkbox",
      role: "switch",
      checked: this.chosen[name],
      onchange: () => this.set(name, input.checked)
    });
    return h("label", { className: "zs-switch", title }, h("span", {}, text), input);
  }
  select(name, text, title) {
    const options = this.overlays.map(
      (overlay) => h("option", { value: overlay, selected: overlay === this.chosen[name] }, OVERLAYS[overlay].title)
    );
    const select = h(
      "select",
      { onchange: () => this.set(name, select.value) },
      h("option", { value: "" }, "None"),
      ...options
    );
    return h("label", { className: "zs-select", title }, h("span", {}, text), select);
  }
  slider(name, text, title, of) {
    const input = h("input", {
      type: "range",
      min: "0",
      max: "1",
      step: "0.01",
      value: String(this.chosen[name]),
      "aria-label": `${text} of the ${of}`,
      oninput: () => this.set(name, Number(input.value))
    });
    const label = h("label", { className: "zs-range", title }, h("span", {}, text), input);
    label.dataset.of = of;
    return label;
  }
  set(name, value) {
    this.chosen[name] = value;
    memory.save(KEY, this.chosen);
    this.show();
    this.changed();
  }
  /** Sliders that have nothing to act on are out of reach. */
  show() {
    this.about.textContent = overlayOf(this.settings.overlay, !this.round)?.text ?? "";
    this.about.hidden = !this.about.textContent;
    for (const label of this.card.element.querySelectorAll("[data-of]"))
      label.querySelector("input").disabled = !this.settings[label.dataset.of];
  }
};

// pages/components/src/map/plane.js
var TEN = [
  "#3f90da",
  "#ffa90e",
  "#bd1f01",
  "#94a4a2",
  "#832db6",
  "#a96b59",
  "#e76300",
  "#b9ac70",
  "#717581",
  "#92dadd"
];
var TEN_ON_DARK = { 2: "#f0503a", 4: "#b77be0", 8: "#9a9fae" };
var ZOOM_STEP = 1.5;
var LABEL_GAP = 24;
var LETTER = 11.5;
var SPREADING = 16;
var REST = 250;
var UNUSED = 800;
var LIT = 0.95;
var FAINT = 0.12;
var DWELL = 400;
var NEAR = 12;
var FAR = 2.5;
var LEAST_REACH = 0.5;
var MARGIN_AROUND = 0.04;
var NARROW = 0.05;
var CLOSE_LOOK = [1e-3, 0.02];
var SOME = 1e3;
var MOVE = 900;
var BEHIND = 700;
var Plane = class {
  /**
   * `points`: { mean: Float32Array (N * 2), label: Int32Array (N), extent: { nearly, all }, the ranges [x, y] that nearly all of them and
   * all of them lie in at any beta, std: Float32Array (N * 2) of their posteriors, if they have any, start: number of the one
   * that the cursor begins at, if any, beta: that the points are at, space: what lies at places, latent: Float32Array (N * D) of those that were
   * laid out in a plane }, `classes`: names of the labels.
   * `listener`: { moved(z, nearest), clicked(z, nearest), drew(polygon), escaped(), changed(), glided() }, called as the pointer, a finger or
   * the keyboard acts, or the view glides; rested(), if there is one, as points that were on the move have come to rest, and else moved.
   */
  constructor(points, classes, alt, remembered, listener) {
    this.beta = points.beta;
    this.classes = classes;
    this.listener = listener;
    this.hidden = new Set(remembered.hidden ?? []);
    this.settle(points);
    this.image = remembered.cursor ? remembered.image : points.start;
    if (this.image !== void 0 && !this.has(this.image)) this.image = void 0;
    this.cursor = remembered.cursor ?? (this.image === void 0 ? [0, 0] : this.pointAt(this.image));
    this.view = new View({ ...this.home, ...remembered.view }, this.all, this.closest, {
      moved: () => this.viewMoved(),
      rested: () => this.viewRests()
    });
    this.axes = new Axes();
    this.marks = {};
    this.plot = h("div", {
      className: "zs-plot",
      tabIndex: 0,
      role: "application",
      "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 returns to the opening view, A shows all points; B and L select with a box or a lasso, Escape ends it; question mark lists all keys.`
    });
    this.flock = new Flock();
    this.overlay = svg("svg", { class: "zs-overlay", "aria-hidden": "true" });
    this.layers = {};
    for (const name of ["circles", "labels", "trails", "path", "rings", "pins", "spread", "cursor", "outline"]) {
      this.overlay.append(this.layers[name] = svg("g", { class: `zs-${name}` }));
    }
    this.legend = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
    this.chosen = new Layers(() => this.showLayers());
    this.keys = new KeySheet(() => ({
      shapes: !this.shapes.hidden,
      beta: Boolean(this.element.parentElement?.querySelector(".zs-beta input"))
    }));
    const tools = h(
      "div",
      { className: "zs-tools" },
      this.tool("Zoom in", "+", () => this.zoomIn()),
      this.tool("Zoom out", "−", () => this.zoomOut()),
      this.tool("Opening view (0)", "⌂", () => this.open()),
      this.tool(`Show all (${ALL_KEY.toUpperCase()})`, "⤢", () => this.showAll()),
      this.chosen.card.button,
      this.keys.button
    );
    this.ground = h("div", { className: "zs-ground" });
    this.shapes = h("div", { className: "zs-tools zs-shapes", hidden: true });
    this.marquee = new Marquee(this, (polygon) => this.listener.drew(polygon));
    this.layers.outline.append(this.marquee.outline);
    this.over = h("div", { className: "zs-over" });
    this.behind = h("p", { className: "zs-behind", role: "status" });
    this.stage = h(
      "div",
      { className: "zs-stage" },
      this.ground,
      this.axes.element,
      this.flock.element,
      this.plot,
      this.over,
      this.overlay,
      this.marquee.element,
      this.behind,
      tools,
      this.shapes,
      this.chosen.card.element,
      this.keys.element
    );
    this.foot = h("div", { className: "zs-foot" });
    this.element = h("div", { className: "zs-map" }, this.stage, this.legend, this.foot);
  }
  /** Where these points are, and how far they reach. */
  settle(points) {
    this.points = points;
    this.space = points.space;
    this.measure();
    const [nearly, all] = [this.home, this.all].map(({ x, y }) => Math.max(...[...x, ...y].map(Math.abs)));
    this.crowd = new Crowd(points, Math.min(all, FAR * nearly));
  }
  /** What the opening view holds, what holds every point, and how wide the closest look is. */
  measure() {
    const { extent, std } = this.points;
    this.home = around(extent.nearly);
    this.all = around(extent.all);
    const width = widthOf(this.home);
    const step = Math.max(1, Math.floor((std?.length ?? 0) / SOME));
    const some = Float32Array.from({ length: Math.floor((std?.length ?? 0) / step) }, (_, n) => std[n * step]).filter((value) => !Number.isNaN(value)).sort();
    const narrow = some[Math.floor(NARROW * some.length)] ?? 0;
    this.closest = Math.min(CLOSE_LOOK[1] * width, Math.max(CLOSE_LOOK[0] * width, narrow));
  }
  /** The points will reach further than they did; whoever saw all that there was sees all that there will be. */
  widen(extent) {
    const before = this.home.x[1];
    this.points.extent = extent;
    this.measure();
    const whole = this.view.wanted.x[1] === before;
    this.view.rescale(1, this.all, this.closest);
    if (whole) this.view.go(this.home);
  }
  /** Draws for the first time. The element must be in the document, because it is measured. */
  start() {
    this.colours = themeOf(this.element);
    this.view.resize(this.plot.clientWidth, this.plot.clientHeight);
    this.look();
    this.fillLegend();
    this.gestures = new Gestures(this);
    this.watchSize();
    this.drawLabels();
    this.touch();
    this.redraw();
    this.noteView();
    this.plot.dataset.space = this.space.name;
  }
  /** Resolves once nobody has moved anything on the map for a while. */
  async unused() {
    for (let left; (left = this.gestures.last + UNUSED - performance.now()) > 0; )
      await new Promise((resolve) => setTimeout(resolve, left));
  }
  /** From now on Plotly draws the points where they rest; resolves when it has for the first time. */
  async hand(plotly) {
    this.scatter = new Scatter(plotly, this.plot, () => this.keepLoose());
    await this.handOver();
  }
  /** Draws a terrain and an overlay behind the points from now on, either of which may be null; overlays(space) names those that make sense,
   * and `usual` are layers as they are until somebody chooses. */
  lay(terrain, overlay, overlays, usual) {
    [this.terrain, this.field] = [terrain, overlay];
    this.ground.replaceChildren(...[overlay, terrain].filter(Boolean).map(({ element }) => element));
    this.foot.replaceChildren(...overlay ? [overlay.bar] : []);
    this.overlaysOf = overlays;
    this.chosen.start(this.stage.clientWidth, terrain, usual);
    this.chosen.offer(overlays(this.space), Boolean(this.space.straight));
    this.showLayers();
  }
  /** From now on points answer: `card` shows at one near which the pointer rests, `thumbs` stand for them at a close look, and
   * spreadOf(index) gives the standard deviations of a posterior, or null. */
  answer(card, thumbs, spreadOf) {
    Object.assign(this, { card, thumbs, spreadOf });
    this.over.replaceChildren(thumbs.element);
    this.stage.append(card.element);
    this.redraw();
  }
  /** From now on points can be selected, with a shape that is drawn or by what a finder is told. */
  offerShapes(finder) {
    const buttons = Object.entries(SHAPES).map(([shape, { title, icon: icon2, key }]) => {
      const button = this.tool(`${title} (${key})`, icon2, () => this.use(shape));
      button.dataset.shape = shape;
      button.setAttribute("aria-pressed", "false");
      return button;
    });
    this.shapes.replaceChildren(...buttons, finder.card.button);
    this.stage.append(finder.card.element);
    this.shapes.hidden = false;
  }
  /** Draws with a shape, or, if that is what it did already, no longer. */
  use(shape) {
    if (this.shapes.hidden) return;
    this.undwell();
    this.marquee.use(shape === this.marquee.shape ? null : shape);
    for (const button of this.shapes.querySelectorAll("[data-shape]")) {
      button.setAttribute("aria-pressed", String(button.dataset.shape === this.marquee.shape));
    }
    this.plot.focus({ preventScroll: true });
  }
  /** The visible points inside a polygon, by index. */
  within(polygon) {
    const found = [];
    this.crowd.visit((index, label, x, y) => {
      if (!this.hidden.has(label) && inside(polygon, x, y)) found.push(index);
    });
    return found.sort((a, b) => a - b);
  }
  /** Makes the points that aren't `chosen` faint, or none if none is chosen. */
  highlight(chosen) {
    this.lit = chosen.length ? new Uint8Array(this.points.label.length) : null;
    for (const index of chosen) this.lit[index] = 1;
    this.touch();
    this.redraw();
  }
  /** Positions in a group of the points that are chosen, or null where none is. */
  litOf({ index }) {
    if (!this.lit) return null;
    const places2 = [];
    for (let place2 = 0; place2 < index.length; place2++) if (this.lit[index[place2]]) places2.push(place2);
    return places2;
  }
  /** Something that a point says has come. */
  heard() {
    if (this.card?.near) this.card.fill();
    this.redraw();
  }
  /** Shows a point's card once the pointer has rested near it; from there on, at once for each it comes near. */
  dwell() {
    if (!this.card) return;
    clearTimeout(this.dwelling);
    const [spot, cursor] = this.near ? [this.toPixels(this.pointAt(this.near.index)), this.toPixels(this.cursor)] : [];
    const close = spot && Math.hypot(spot[0] - cursor[0], spot[1] - cursor[1]) <= NEAR;
    const show = () => this.card.show(this.near, spot, this.view);
    if (!close) this.card.hide();
    else if (!this.card.element.hidden) {
      if (this.card.near?.index !== this.near.index) show();
    } else this.dwelling = setTimeout(show, DWELL);
  }
  undwell() {
    clearTimeout(this.dwelling);
    this.card?.hide();
  }
  /** Shows and hides what people have chosen to. */
  showLayers() {
    const { points, terrain, strength, size, overlay, cover } = this.chosen.settings;
    const { dark, ink } = this.colours;
    this.element.classList.toggle("zs-pointless", !points);
    this.terrain?.set({ on: terrain, size, strength, ink });
    const classes = this.classes.map((_, label) => rgbOf(this.colourOf(label)));
    this.field?.set({ name: overlay, strength: cover, dark, classes, home: this.home, kernel: !this.space.straight });
    this.redraw();
  }
  destroy() {
    this.keys.destroy();
    this.terrain?.destroy();
    this.thumbs?.destroy();
    this.view.stop();
    clearTimeout(this.dwelling);
    clearTimeout(this.resting);
    clearTimeout(this.saying);
    clearTimeout(this.waiting);
    this.resizing?.disconnect();
    cancelAnimationFrame(this.resizeFrame);
    cancelAnimationFrame(this.going);
    this.scatter?.destroy();
  }
  /** What a page switch should find again. */
  get state() {
    return {
      view: this.view.wanted,
      hidden: [...this.hidden],
      cursor: this.cursor,
      image: this.image,
      space: this.space.name
    };
  }
  colourOf(label) {
    if (label < 0) return this.colours.text;
    const ten = this.classes.length <= 10;
    if (!ten) return `hsl(${label * 360 / this.classes.length} 65% ${this.colours.dark ? 65 : 45}%)`;
    return this.colours.dark && TEN_ON_DARK[label] || TEN[label];
  }
  /** The visible point that is nearest to z: { index, label, distance }, or null where all are hidden. */
  nearest(z) {
    return this.crowd.nearest(z, this.hidden, this.moving);
  }
  /** Whether point `index` lies in the plane. */
  has(index) {
    return this.crowd.there(index);
  }
  /** Where point `index` lies. */
  pointAt(index) {
    return this.crowd.placeOf(index);
  }
  /** The latent of point `index`. */
  latentOf(index) {
    const { latent } = this.points;
    return latent ? latent.subarray(index * this.space.dims, (index + 1) * this.space.dims) : this.pointAt(index);
  }
  /** The latent at a place, and how near points are that it comes from: { z, trust }. At the image that the cursor began at it is that one's
   * `own`, which need not lie in the plane. */
  lift(place2) {
    const { image, cursor } = this;
    if (image !== void 0 && String(place2) === String(cursor) && String(this.pointAt(image)) === String(cursor))
      return { z: Array.from(this.latentOf(image)), trust: 1, own: true };
    const z = new Array(this.space.dims);
    return { z, trust: this.space.lift(place2, z) };
  }
  nameOf(label) {
    return label < 0 ? "no label" : this.classes[label];
  }
  /** Moves the cursor to z and tells the listener. */
  moveTo(z) {
    if (String(z) !== String(this.cursor)) this.image = void 0;
    this.cursor = z;
    this.pointed = true;
    this.near = this.nearest(z);
    this.digits = this.view.digits;
    this.listener.moved(z, this.near);
    this.drawCursor();
  }
  /** The same points in another plane, into which they go over as long as they are few enough to be moved. */
  become(points) {
    const [before, old, { z, own }] = [this.crowd, this.home, this.lift(this.cursor)];
    this.settle(points);
    this.beta = points.beta;
    const times = widthOf(this.home) / widthOf(old);
    this.view.rescale(times, this.all, this.closest);
    this.cursor = own && this.has(this.image) ? this.pointAt(this.image) : this.space.place(z);
    this.terrain?.forget();
    this.field?.forget();
    this.chosen.offer(this.overlaysOf(this.space), Boolean(this.space.straight));
    this.undwell();
    this.fillLegend();
    this.showLayers();
    this.view.go(this.home);
    if (before.whole && !this.view.still.matches) this.goOver(before.mean, times, performance.now());
    else this.arrived();
  }
  /** Between two planes, the points are drawn on the way from one to the other. */
  goOver(from, times, began) {
    const to = this.points.mean;
    const now = new Float32Array(to.length);
    cancelAnimationFrame(this.going);
    const step = () => {
      const t = Math.min(1, (performance.now() - began) / MOVE);
      if (t === 1) return this.arrived();
      const share = t * t * (3 - 2 * t);
      for (let i = 0; i < to.length; i++)
        now[i] = Number.isNaN(from[i]) ? to[i] : times * from[i] + share * (to[i] - times * from[i]);
      this.moving = true;
      this.crowd.move(now);
      this.touch();
      this.drawLabels();
      this.redraw();
      this.going = requestAnimationFrame(step);
    };
    step();
  }
  arrived() {
    this.crowd.move(this.points.mean);
    this.drawLabels();
    this.rest();
    this.listener.changed();
    this.plot.dataset.space = this.space.name;
  }
  /** What is decoded is so at another beta, while the points stay. */
  retune(beta) {
    this.beta = beta;
    this.sayBehind();
    this.redraw();
  }
  /** Says it where points lie as at another beta than what is decoded, and not just for a moment. */
  sayBehind() {
    clearTimeout(this.saying);
    const { beta } = this.points;
    const [there, here] = [beta, this.beta].map((value) => Number(value.toPrecision(3)));
    const say = (text) => this.behind.textContent = text;
    if (there === here) say("");
    else
      this.saying = setTimeout(
        say,
        this.behind.textContent ? 0 : BEHIND,
        `Points as at β ${there}, pictures at β ${here}`
      );
  }
  /** Moves points to where they lie at a beta: `mean` (N * 2) of all of them, or of those in `some` (N). */
  move(mean, beta, some) {
    this.beta = beta;
    this.gestures.last = performance.now();
    cancelAnimationFrame(this.going);
    this.crowd.move(mean, some);
    this.moving = true;
    this.undwell();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
    this.near = this.nearest(this.cursor);
    this.touch();
    this.drawLabels();
    this.redraw();
  }
  /** The points have stopped. */
  rest() {
    this.crowd.settle();
    this.moving = false;
    this.look();
    this.touch();
    this.near = this.nearest(this.cursor);
    if (this.listener.rested) this.listener.rested();
    else if (this.pointed) this.listener.moved(this.cursor, this.near);
    this.redraw();
  }
  /** Draws the points that the view needs. */
  look() {
    const { x, y, frame } = this.view;
    if (this.crowd.look({ x, y }, frame.width)) this.touch();
  }
  /** All points have come, at the beta where it rests. */
  replace(mean) {
    clearTimeout(this.resting);
    this.crowd.replace(mean);
    this.drawLabels();
    this.rest();
  }
  // Who draws the points: the flock what changes, Plotly what stays.
  /** The points are others, or look otherwise, than they did. */
  touch() {
    this.traces = void 0;
    this.loosen();
  }
  /** What Plotly has drawn is no longer so. */
  loosen() {
    this.loose = this.stale = true;
    this.showLoose();
    this.wait();
  }
  /** Has Plotly draw the points once nothing has changed for a while and the pointer rests, too: it takes longer than a frame. */
  wait() {
    clearTimeout(this.waiting);
    if (this.loose && this.scatter) this.waiting = setTimeout(() => this.handOver(), REST);
  }
  async handOver() {
    if (this.moving || this.view.goal) {
      this.wait();
      return;
    }
    this.loose = false;
    this.traces ??= this.crowd.groups.map((group) => ({
      name: this.nameOf(group.label),
      x: group.x,
      y: group.y,
      visible: !this.hidden.has(group.label),
      colour: this.colourOf(group.label),
      selected: this.litOf(group)
    }));
    const drawn = await this.scatter?.draw(this.traces, this.view, {
      size: this.pointSize,
      opacity: this.pointOpacity,
      lit: LIT,
      faint: FAINT
    });
    if (drawn === false) this.keepLoose();
    this.showLoose();
  }
  /** Plotly cannot draw here, so the flock does for good. */
  keepLoose() {
    this.scatter?.destroy();
    this.scatter = void 0;
    this.loosen();
    this.redraw();
  }
  showLoose() {
    this.flock.element.hidden = !this.loose;
    this.element.classList.toggle("zs-loose", this.loose);
  }
  drawLoose() {
    this.stale = false;
    const groups = this.crowd.groups.filter(({ label }) => !this.hidden.has(label)).map(({ label, index, x, y }) => ({ x, y, index, colour: rgbOf(this.colourOf(label)) }));
    this.flock.draw(groups, this.view, this.pointSize, { usual: this.pointOpacity, lit: LIT, faint: FAINT }, this.lit);
  }
  /** Draws what lies over the points: { pins: [{ place, name, active }], rings, path: places, active: index of a ring, at: a place, trails: [[from, to]] }. */
  draw(marks) {
    this.marks = marks;
    this.redraw();
  }
  /** Takes on the colours of the page; returns whether they have changed. */
  retheme() {
    const colours = themeOf(this.element);
    if (!this.colours || JSON.stringify(colours) === JSON.stringify(this.colours)) return false;
    this.colours = colours;
    this.touch();
    this.fillLegend();
    this.drawLabels();
    this.showLayers();
    return true;
  }
  // Coordinates
  toPixels(z) {
    return this.view.toPixels(z);
  }
  /** Where a pointer event is, in px of the plot. */
  spotOf({ clientX, clientY }) {
    const box = this.plot.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }
  /** The latent under a pointer event, or null beside the axes. */
  latentAt(event) {
    const spot = this.spotOf(event);
    return this.view.holds(spot) ? this.view.toLatent(spot) : null;
  }
  /** Diameter of a point in px: the more there are, the smaller. */
  get pointSize() {
    return Math.min(8, Math.max(2.5, 9 - 1.3 * Math.log10(Math.max(10, this.points.label.length / 4))));
  }
  get pointOpacity() {
    return this.colours.dark ? 0.75 : 0.7;
  }
  /** Closer to the cursor. */
  zoomIn() {
    this.view.zoom(1 / ZOOM_STEP, this.toPixels(this.cursor));
  }
  zoomOut() {
    this.view.zoom(ZOOM_STEP, this.toPixels(this.cursor));
  }
  /** At every step of a glide. The place under a pointer that rests is another one then. */
  viewMoved() {
    this.loosen();
    this.redraw();
    this.listener.glided?.();
    const z = this.pointer && this.view.holds(this.pointer) && this.view.toLatent(this.pointer);
    if (z && Math.hypot(z[0] - this.cursor[0], z[1] - this.cursor[1]) > 0) this.moveTo(z);
  }
  viewRests() {
    this.look();
    this.redraw();
    this.noteView();
    if (this.pointed && this.digits !== this.view.digits) this.moveTo(this.cursor);
    this.listener.changed();
  }
  /** Looks where another view does. */
  mirror({ x, y }) {
    this.view.look({ x, y });
    this.loosen();
    this.look();
    this.redraw();
    this.noteView();
  }
  noteView() {
    this.plot.dataset.view = [...this.view.x, ...this.view.y].join(",");
  }
  /** Moves a place into view, if it isn't there. */
  reveal(z) {
    const { x, y } = this.view;
    const shift = (range, value) => {
      const middle = (range[0] + range[1]) / 2;
      return value > range[0] && value < range[1] ? range : range.map((end) => end - middle + value);
    };
    this.view.go({ x: shift(x, z[0]), y: shift(y, z[1]) });
  }
  /** Back to what was seen at first. */
  open() {
    this.view.go(this.home);
  }
  /** All points that are shown, as they lie now, and no more. */
  showAll() {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    this.crowd.visit((_, label, x, y) => {
      if (this.hidden.has(label)) return;
      [left, right, bottom, top] = [Math.min(left, x), Math.max(right, x), Math.min(bottom, y), Math.max(top, y)];
    });
    this.view.go(
      left <= right ? around([
        [left, right],
        [bottom, top]
      ]) : this.all
    );
  }
  // The legend
  fillLegend() {
    const labelled = this.crowd.groups.some(({ label }) => label >= 0);
    this.legend.replaceChildren(
      ...(labelled ? this.crowd.groups : []).map(({ label }) => {
        const item = h(
          "button",
          {
            type: "button",
            className: "zs-class",
            "aria-pressed": String(!this.hidden.has(label)),
            title: "Click to hide or show, double-click for this one alone"
          },
          h("span", { className: "zs-swatch" }),
          this.nameOf(label)
        );
        item.style.setProperty("--zs-class-colour", this.colourOf(label));
        item.onclick = () => {
          if (!this.hidden.delete(label)) this.hidden.add(label);
          this.showClasses();
        };
        item.ondblclick = () => {
          const others = this.crowd.groups.map((group) => group.label).filter((other) => other !== label);
          const alone = others.every((other) => this.hidden.has(other));
          this.hidden = new Set(alone ? [] : others);
          this.showClasses();
        };
        return item;
      })
    );
  }
  showClasses() {
    this.crowd.groups.forEach(({ label }, place2) => {
      this.legend.children[place2].setAttribute("aria-pressed", String(!this.hidden.has(label)));
    });
    this.touch();
    this.drawLabels();
    this.redraw();
    if (this.pointed) this.moveTo(this.cursor);
    this.listener.changed();
  }
  tool(title, text, action) {
    return h("button", { type: "button", className: "zs-tool", title, "aria-label": title, onclick: action }, text);
  }
  // What lies over the points
  drawLabels() {
    this.labels = this.crowd.groups.filter(({ label }) => label >= 0 && !this.hidden.has(label) && this.classes.length <= 20).map(({ label }) => ({
      text: svg("text", { class: "zs-label" }, this.nameOf(label)),
      z: this.crowd.middleOf(label),
      wide: LETTER * this.nameOf(label).length
    }));
    this.layers.labels.replaceChildren(...this.labels.map(({ text }) => text));
  }
  redraw() {
    if (!this.colours) return;
    const [left, top, width, height] = this.view.box;
    this.overlay.style.clipPath = `inset(${top}px calc(100% - ${left + width}px) calc(100% - ${top + height}px) ${left}px)`;
    this.axes.draw(this.view, this.space.axes);
    if (this.loose && this.stale) this.drawLoose();
    this.terrain?.draw(this.view, this.beta, this.crowd, this.home);
    this.field?.draw(this.view, this.beta, this.moving || Boolean(this.view.goal));
    this.drawCircles();
    this.drawThumbs();
    const spots = spread(
      this.labels.map(({ z }) => this.toPixels(z)),
      this.labels.map(({ wide }) => wide)
    );
    for (const [index, { text }] of this.labels.entries()) place(text, spots[index]);
    const { pins = [], rings = [], active = -1, path = [], at = null, trails = [] } = this.marks;
    this.layers.trails.replaceChildren(...trails.map((ends) => trail(...ends.map((spot) => this.toPixels(spot)))));
    this.layers.pins.replaceChildren(
      ...pins.map(
        ({ place: spot, name, active: chosen }) => place(
          svg("g", { class: chosen ? "zs-pin zs-active" : "zs-pin" }, svg("circle", { r: 9 }), svg("text", {}, name)),
          this.toPixels(spot)
        )
      )
    );
    this.layers.rings.replaceChildren(
      ...rings.map(
        (z, index) => place(
          svg("circle", { r: index === active ? 8 : 4, class: index === active ? "zs-active" : "" }),
          this.toPixels(z)
        )
      )
    );
    const line2 = path.map(
      (z) => this.toPixels(z).map((value) => value.toFixed(1)).join(",")
    ).join(" ");
    this.layers.path.replaceChildren(
      ...path.length ? [svg("polyline", { points: line2, class: "zs-halo" }), svg("polyline", { points: line2 })] : [],
      ...at ? [place(svg("circle", { r: 6 }), this.toPixels(at))] : []
    );
    this.drawCursor();
  }
  /** One, two and three standard deviations of the prior. */
  drawCircles() {
    const shown = this.chosen.settings.circles;
    const [left, top] = this.toPixels(
      this.space.straight ? this.space.place(new Float32Array(this.space.dims)) : [0, 0]
    );
    const unit = this.view.frame.width;
    this.layers.circles.replaceChildren(
      ...(shown ? [1, 2, 3] : []).flatMap((sigma) => [
        svg("circle", { cx: left, cy: top, r: sigma * unit }),
        place(svg("text", {}, `${sigma}σ`), [left, top - sigma * unit])
      ])
    );
  }
  drawThumbs() {
    if (!this.thumbs) return;
    const { points } = this.chosen.settings;
    this.thumbs.element.style.clipPath = this.overlay.style.clipPath;
    this.thumbs.draw(points ? this.inView(MOST_THUMBS) : [], (label) => this.colourOf(label));
  }
  /** The visible points inside the frame, [{ index, label, spot }], or none where there are more than `most`. */
  inView(most) {
    const [[left, right], [bottom, top]] = [this.view.x, this.view.y];
    const found = [];
    for (const { label, x, y, index } of this.crowd.groups) {
      if (this.hidden.has(label)) continue;
      for (let i = 0; i < x.length; i++) {
        if (x[i] < left || x[i] > right || y[i] < bottom || y[i] > top) continue;
        if (found.push({ index: index[i], label, spot: this.toPixels([x[i], y[i]]) }) > most) return [];
      }
    }
    return found;
  }
  /** One and two standard deviations of the posterior of the nearest point. */
  drawSpread() {
    const std = this.near && this.spreadOf?.(this.near.index);
    if (!std) {
      this.layers.spread.replaceChildren();
      return;
    }
    this.ellipses ??= [1, 2].map(() => svg("ellipse", {}));
    if (!this.ellipses[0].parentNode) this.layers.spread.replaceChildren(...this.ellipses);
    const [left, top] = this.toPixels(this.pointAt(this.near.index));
    const { width } = this.view.frame;
    const [along, beside, turn] = axesOf(std);
    this.ellipses.forEach((ellipse, place2) => {
      const radii = { cx: left, cy: top, rx: (place2 + 1) * along * width, ry: (place2 + 1) * beside * width };
      for (const [name, value] of Object.entries(radii)) ellipse.setAttribute(name, value.toFixed(1));
      ellipse.setAttribute("transform", `rotate(${turn.toFixed(2)} ${left.toFixed(1)} ${top.toFixed(1)})`);
      ellipse.style.stroke = this.colourOf(this.near.label);
    });
  }
  drawCursor() {
    if (!this.pointed) return;
    if (!this.cursorMark) {
      this.cursorMark = svg("g", {}, svg("circle", { r: 7, class: "zs-halo" }), svg("circle", { r: 7 }));
      this.nearMark = svg("circle", { r: 5, class: "zs-near" });
      this.layers.cursor.replaceChildren(this.nearMark, this.cursorMark);
    }
    this.drawSpread();
    place(this.cursorMark, this.toPixels(this.cursor));
    this.nearMark.style.display = this.near ? "" : "none";
    if (this.near) {
      this.nearMark.style.stroke = this.colourOf(this.near.label);
      place(this.nearMark, this.toPixels(this.pointAt(this.near.index)));
    }
  }
  // What pointer, fingers and keys do (gestures.js)
  /** Somebody clicked where the cursor is. */
  click() {
    this.listener.clicked(this.cursor, this.nearest(this.cursor));
  }
  /** Moves the cursor by so many px, up to the rim. */
  step(dx, dy) {
    const [left, top, width, height] = this.view.box;
    const [across, down] = this.toPixels(this.cursor);
    const within = (value, from, to) => Math.min(to, Math.max(from, value));
    this.moveTo(this.view.toLatent([within(across + dx, left, left + width), within(down + dy, top, top + height)]));
    this.listener.changed();
  }
  watchSize() {
    this.resizing = new ResizeObserver(() => {
      cancelAnimationFrame(this.resizeFrame);
      this.resizeFrame = requestAnimationFrame(() => {
        const { clientWidth: width, clientHeight: height } = this.plot;
        if (!width || !height || !this.view.resize(width, height)) return;
        this.viewMoved();
        this.viewRests();
      });
    });
    this.resizing.observe(this.plot);
  }
};
function trail([fromX, fromY], [toX, toY]) {
  return svg("line", { x1: fromX, y1: fromY, x2: toX, y2: toY });
}
function place(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  return element;
}
function axesOf([across, up, tilt = 0]) {
  if (!tilt) return [across, up, 0];
  const [a, b, c] = [across ** 2, up ** 2, tilt * across * up];
  const [middle, half] = [(a + b) / 2, Math.hypot((a - b) / 2, c)];
  return [Math.sqrt(middle + half), Math.sqrt(Math.max(0, middle - half)), -90 / Math.PI * Math.atan2(2 * c, a - b)];
}
function around(ranges) {
  const margin = MARGIN_AROUND * Math.max(...ranges.map(([from, to]) => to - from));
  const [x, y] = ranges.map(([from, to]) => {
    const half = Math.max(LEAST_REACH, (to - from) / 2 + margin);
    return [(from + to) / 2 - half, (from + to) / 2 + half];
  });
  return { x, y };
}
function widthOf({ x, y }) {
  return Math.max(x[1] - x[0], y[1] - y[0]);
}
function spread(places2, widths) {
  const spots = places2.map((place2) => [...place2]);
  for (let round = 0, crowded = true; crowded && round < SPREADING; round++) {
    crowded = false;
    for (let i = 1; i < spots.length; i++) {
      for (let j = 0; j < i; j++) {
        const across = Math.max(LABEL_GAP, (widths[i] + widths[j]) / 2 + LABEL_GAP / 2);
        const [dx, dy] = [(spots[i][0] - spots[j][0]) / across, (spots[i][1] - spots[j][1]) / LABEL_GAP];
        const distance = Math.hypot(dx, dy);
        if (distance >= 1) continue;
        crowded = true;
        const [ux, uy] = distance > 0 ? [dx / distance, dy / distance] : across > LABEL_GAP ? [0, 1] : [1, 0];
        const push = (1 - distance) / 2;
        spots[i] = [spots[i][0] + push * ux * across, spots[i][1] + push * uy * LABEL_GAP];
        spots[j] = [spots[j][0] - push * ux * across, spots[j][1] - push * uy * LABEL_GAP];
      }
    }
  }
  return spots;
}
var rgb = /* @__PURE__ */ new Map();
function rgbOf(colour) {
  if (!rgb.has(colour)) {
    const context = h("canvas", { width: 1, height: 1 }).getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    rgb.set(colour, [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
  }
  return rgb.get(colour);
}
function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const background = value("--st-background-color", "#ffffff");
  const [red, green, blue] = rgbOf(background);
  const dark = 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  return {
    dark,
    ink: rgbOf(value("--st-text-color", "#111827")),
    text: value("--st-text-color", "#111827")
  };
}

// pages/components/src/render/ground.js
var ALIKE = 0.12;
var MOSTLY = 0.5;
function groundOf(pictures, [channels, height, width], most = 1) {
  const area = height * width;
  const rim = [];
  for (let p = 0; p < area; p++) {
    const [row, column] = [Math.floor(p / width), p % width];
    if (row === 0 || column === 0 || row === height - 1 || column === width - 1) rim.push(p);
  }
  const values = Array.from(
    { length: channels },
    (_, c) => Float32Array.from(
      { length: pictures.length * rim.length },
      (_2, n) => pictures[Math.floor(n / rim.length)][c * area + rim[n % rim.length]] / most
    )
  );
  const ground = values.map((some) => some.slice().sort()[some.length >> 1]);
  let alike = 0;
  for (let n = 0; n < values[0].length; n++)
    if (values.every((some, c) => Math.abs(some[n] - ground[c]) <= ALIKE)) alike++;
  return alike >= MOSTLY * values[0].length ? ground : null;
}
function cutOut(data, at, channels, value, ground, ink) {
  let share = ground ? 0 : 1;
  if (ground)
    for (let c = 0; c < channels; c++)
      share = Math.max(share, Math.abs(value(c) - ground[c]) / Math.max(ground[c], 1 - ground[c]));
  const inked = ground && channels === 1;
  for (let c = 0; c < 3; c++) {
    const own = channels === 3 ? c : 0;
    data[at + c] = inked ? ink[c] : ground ? 255 * (ground[own] + (value(own) - ground[own]) / (share || 1)) : 255 * value(own);
  }
  data[at + 3] = 255 * share;
}

// pages/components/src/player/curves.js
var SIZE = { width: 240, height: 84, left: 2, right: 2, top: 6, bottom: 6 };
var SEVERAL = 4;
var KINDS = {
  loss: ["Loss", "Reconstruction + β KL at the final β"],
  recon: ["Reconstruction", "E[-log p(x|z)]"],
  kl: ["KL to the prior", "KL(q(z|x) || p(z))"]
};
var Curves = class {
  /** `scored` says what nats of pixels are nats of, where that is no log-likelihood; `seek(epoch)` is called where somebody points at a
   * moment. */
  constructor(scored, seek) {
    const told = (kind, hint) => scored && kind !== "kl" ? `${hint}, ${scored}` : hint;
    this.charts = Object.entries(KINDS).map(([kind, [title, hint]]) => new Chart(kind, title, told(kind, hint), seek));
    this.element = h("div", { className: "zs-curves" }, ...this.charts.map(({ element }) => element));
  }
  /** `curves`: { epoch: [...], train: { loss, recon, kl }, validation: the same, null where there is none }; `last` is where the axis ends. */
  set(curves, last) {
    for (const chart of this.charts) chart.set(curves, last);
  }
  show(epoch) {
    for (const chart of this.charts) chart.show(epoch);
  }
};
var Chart = class {
  constructor(kind, title, hint, seek) {
    this.kind = kind;
    const { width, height } = SIZE;
    this.value = h("span", { className: "zs-curve-value" }, "–");
    this.split = h("span", { className: "zs-note" });
    this.lines = {
      train: svg("polyline", { class: "zs-train" }),
      validation: svg("polyline", { class: "zs-validation" })
    };
    this.mark = svg("line", { class: "zs-playhead", y1: 0, y2: height });
    this.drawing = svg(
      "svg",
      {
        class: "zs-run-curve",
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${title} over the epochs, nats per image`
      },
      svg("title", {}, `${title}: ${hint}, nats per image. Dotted: training images, solid: validation images.`),
      this.lines.train,
      this.lines.validation,
      this.mark
    );
    this.drawing.onpointerdown = (event) => {
      this.drawing.setPointerCapture(event.pointerId);
      this.seekTo(event, seek);
    };
    this.drawing.onpointermove = (event) => event.buttons && this.seekTo(event, seek);
    this.element = h(
      "div",
      { className: "zs-run-chart" },
      h("div", { className: "zs-row" }, h("span", {}, title, " ", this.split), this.value),
      this.drawing
    );
  }
  seekTo({ clientX }, seek) {
    const { left, width } = this.drawing.getBoundingClientRect();
    seek(Math.min(1, Math.max(0, (clientX - left) / width)) * this.last);
  }
  set(curves, last) {
    const { kind } = this;
    Object.assign(this, { curves, last });
    this.shown = curves.validation ?? curves.train;
    this.split.textContent = curves.validation ? "validation images" : "training images";
    const several = curves.epoch.length >= SEVERAL;
    const values = [curves.train, curves.validation].filter(Boolean).flatMap((curve) => curve[kind].slice(several ? 1 : 0)).filter(Number.isFinite);
    [this.low, this.high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    for (const [name, line2] of Object.entries(this.lines)) {
      const points = (curves[name]?.[kind] ?? []).map(
        (value, place2) => value !== null && this.spot(curves.epoch[place2], value)
      );
      line2.setAttribute(
        "points",
        points.filter(Boolean).map((spot) => spot.map((side) => side.toFixed(1)).join(",")).join(" ")
      );
    }
    if (this.epoch !== void 0) this.show(this.epoch);
  }
  spot(epoch, value) {
    const { width, height, left, right, top, bottom } = SIZE;
    const share = (value - this.low) / (this.high - this.low || 1);
    return [left + epoch / this.last * (width - left - right), height - bottom - share * (height - top - bottom)];
  }
  /** The mark goes to an epoch, which may be a part of one; the value is that of the last whole one. */
  show(epoch) {
    this.epoch = epoch;
    if (!this.curves) return;
    const [x] = this.spot(epoch, 0);
    this.mark.setAttribute("x1", x.toFixed(1));
    this.mark.setAttribute("x2", x.toFixed(1));
    const place2 = this.curves.epoch.findLastIndex((whole) => whole <= epoch + 1e-6);
    const value = this.shown[this.kind][place2];
    this.value.textContent = Number.isFinite(value) ? `${value.toFixed(1)} nats` : "–";
  }
};

// pages/components/src/shared/blocks.js
var MAGIC = "ZSC1";
async function fetchBlock(url) {
  let response, buffer;
  try {
    response = await fetch(url);
    buffer = await response.arrayBuffer();
  } catch {
    throw new Error("The server can't be reached. See whether it is running and you are online, and reload the page.");
  }
  if (!response.ok || new TextDecoder().decode(buffer.slice(0, 4)) !== MAGIC) throw refusal(response);
  const start = 8 + new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  const arrays = {};
  for (const [name, { type, offset, shape }] of Object.entries(header.arrays)) {
    const Kind = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[type];
    arrays[name] = new Kind(buffer, start + offset, sizeOf(shape));
  }
  return { header, arrays };
}
function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
function refusal(response) {
  const { status, headers } = response;
  if (headers.get("X-Zscape") === "gone") {
    return Object.assign(new Error("The server no longer has this model. Reload the page."), { gone: true });
  }
  if ([502, 503, 504].includes(status)) {
    return new Error(
      `The proxy in front of Zscape gets no answer from it (HTTP ${status}). Reload the page in a moment; if this stays, start the server again.`
    );
  }
  const what = `HTTP ${status}, ${headers.get("Content-Type") ?? "of no type"}`;
  return new Error(
    `Something else answered in Zscape's place (${what}, for ${new URL(response.url).pathname}). If a proxy asks you to log in, reload the page to do so again. Otherwise the proxy must pass on every path below the app's own; the README says how under Deploy it.`
  );
}

// pages/components/src/shared/sources.js
var SOURCES = {
  kernel: "AGFzbQEAAAABFAJgBn9/f39/fwBgB39/f39/f38AAhABBHBhZ2UGbWVtb3J5AgABAwMCAAEHEwIGdmVjdG9yAAAGbWF0cml4AAEK0AYCkAMCBH8FeyAEQQJ0IQYgAiAGaiEHIAMgBUECdGohCAJAA0AgAyAITw0B/QwAAAAAAAAAAAAAAAAAAAAAIQsgCyEMIAshDSALIQ4gAiEJA0AgCf0ABAAhCiALIAogAP0ABAD95gH95AEhCyAMIAogACAGav0ABAD95gH95AEhDCANIAogACAGQQF0av0ABAD95gH95AEhDSAOIAogACAGQQNsav0ABAD95gH95AEhDiAAQRBqIQAgCUEQaiEJIAkgB0kNAAsgCyAM/Q0AAQIDEBESEwQFBgcUFRYXIQogCiALIAz9DQgJCgsYGRobDA0ODxwdHh/95AEhCyANIA79DQABAgMQERITBAUGBxQVFhchCiAKIA0gDv0NCAkKCxgZGhsMDQ4PHB0eH/3kASENIAsgDf0NAAECAwQFBgcQERITFBUWFyEKIAogCyAN/Q0ICQoLDA0ODxgZGhscHR4f/eQBIQsgAyALIAH9AAQA/eQB/QsEACAAIAZBA2xqIQAgAUEQaiEBIANBEGohAwwACwsLuwMCCX8LeyAEQQJ0IQcgBkECdCEIA0BBACEOIAAhCyABIQ0gAyAKaiEMA0AgDf0JAgAhEyAN/QkCBCEUIA39CQIIIRUgDf0JAgwhFiATIRcgFCEYIBUhGSAWIRogAiAKaiEPIAsgB2ohCQNAIA/9AAQAIRAgD/0ABBAhESAL/QkCACESIBMgECAS/eYB/eQBIRMgFyARIBL95gH95AEhFyALIAdq/QkCACESIBQgECAS/eYB/eQBIRQgGCARIBL95gH95AEhGCALIAdBAXRq/QkCACESIBUgECAS/eYB/eQBIRUgGSARIBL95gH95AEhGSALIAdBA2xq/QkCACESIBYgECAS/eYB/eQBIRYgGiARIBL95gH95AEhGiAPIAhqIQ8gC0EEaiELIAsgCUkNAAsgDCAT/QsEACAMIBf9CwQQIAwgCGohDCAMIBT9CwQAIAwgGP0LBBAgDCAIaiEMIAwgFf0LBAAgDCAZ/QsEECAMIAhqIQwgDCAW/QsEACAMIBr9CwQQIAwgCGohDCALIAdBA2xqIQsgDUEQaiENIA5BBGohDiAOIAVJDQALIApBIGohCiAKIAhJDQALCwD3AQRuYW1lAsUBAgAPAAF3AQFiAgF4AwF5BAZpbnB1dHMFB291dHB1dHMGA3JvdwcDZW5kCARsYXN0CQJhdAoBdgsCczAMAnMxDQJzMg4CczMBGwABdwEBYgIBeAMBeQQGaW5wdXRzBQdvdXRwdXRzBgdjb2x1bW5zBwNyb3cIBHdpZGUJA2VuZAoEbGVmdAsCYXQMAnRvDQRiaWFzDgFvDwRsYXN0EAFsEQFyEgF2EwJsMBQCbDEVAmwyFgJsMxcCcjAYAnIxGQJyMhoCcjMDKAIAAwAEZG9uZQEEZm91cgIDc3VtAQMABWVpZ2h0AQRmb3VyAgNzdW0=",
  // kernel.wasm in base64
  worker: ""
  // the script of the worker
};

// pages/components/src/nn/kernel.js
var MEMORY_PAGE = 65536;
var TOGETHER = 16;
var Workspace = class {
  constructor() {
    this.arrays = [];
    this.end = TOGETHER;
  }
  /** An array of `count` numbers. */
  take(count) {
    const array = { at: this.end, count, values: null };
    this.arrays.push(array);
    this.end += TOGETHER * Math.ceil(4 * count / TOGETHER);
    return array;
  }
  settle() {
    const found = simd(this.end);
    const buffer = found ? found.memory.buffer : new ArrayBuffer(this.end);
    this.exports = found?.exports;
    for (const array of this.arrays) array.values = new Float32Array(buffer, array.at, array.count);
  }
  /** y = W x + b. W has shape (outputs, inputs), multiples of 4 both. */
  vector(w, b, x, y, inputs, outputs) {
    if (this.exports) this.exports.vector(w.at, b.at, x.at, y.at, inputs, outputs);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, 1);
  }
  /** Y = W X + b, for X with shape (inputs, columns), a multiple of 8 of them. */
  matrix(w, b, x, y, inputs, outputs, columns) {
    if (this.exports) this.exports.matrix(w.at, b.at, x.at, y.at, inputs, outputs, columns);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, columns);
  }
};
var compiled;
function simd(bytes) {
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(SOURCES.kernel), (letter) => letter.charCodeAt(0)));
  } catch {
    compiled = null;
  }
  if (!compiled) return null;
  const memory2 = new WebAssembly.Memory({ initial: Math.ceil(bytes / MEMORY_PAGE) });
  return { memory: memory2, exports: new WebAssembly.Instance(compiled, { page: { memory: memory2 } }).exports };
}
function plainly(w, b, x, y, inputs, outputs, columns) {
  for (let o = 0; o < outputs; o++) {
    for (let n = 0; n < columns; n++) {
      let sum = b[o];
      for (let i = 0, at = o * inputs, from = n; i < inputs; i++, at++, from += columns) sum += w[at] * x[from];
      y[o * columns + n] = sum;
    }
  }
}

// pages/components/src/nn/network.js
var up4 = (count) => 4 * Math.ceil(count / 4);
var up8 = (count) => 8 * Math.ceil(count / 8);
var LAYERS = {
  linear({ inputs, outputs }, tensors, { values: x }, { space, lanes }) {
    const [rows, width] = [up4(outputs), up4(inputs)];
    const [weight, bias, y] = [rows * width, rows, rows * lanes].map((count) => space.take(count));
    return {
      shape: [outputs],
      values: y,
      fill() {
        for (let o = 0; o < outputs; o++)
          weight.values.set(tensors.weight.subarray(o * inputs, (o + 1) * inputs), o * width);
        bias.values.set(tensors.bias);
      },
      run() {
        if (lanes === 1) space.vector(weight, bias, x, y, width, rows);
        else space.matrix(weight, bias, x, y, width, rows, lanes);
      }
    };
  },
  conv({ inputs, outputs, kernel, stride, padding }, tensors, { shape: [, height, width], values: x }, { space, lanes }) {
    const [outHeight, outWidth] = [height, width].map((side) => Math.floor((side + 2 * padding - kernel) / stride) + 1);
    const taps = inputs * kernel * kernel;
    const [rows, inner, area] = [up4(outputs), up4(taps), outHeight * outWidth * lanes];
    const columns = up8(area);
    const [weight, bias, patches, product] = [rows * inner, rows, inner * columns, rows * columns].map(
      (count) => space.take(count)
    );
    const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
    const [downs, acrosses] = [
      places(kernel, stride, padding, height, outHeight),
      places(kernel, stride, padding, width, outWidth)
    ];
    return {
      shape: [outputs, outHeight, outWidth],
      values: y,
      fill() {
        for (let o = 0; o < outputs; o++)
          weight.values.set(tensors.weight.subarray(o * taps, (o + 1) * taps), o * inner);
        bias.values.set(tensors.bias);
      },
      run() {
        const [from, to] = [x.values, patches.values];
        for (let c = 0, tap = 0; c < inputs; c++) {
          for (let ky = 0; ky < kernel; ky++) {
            for (let kx = 0; kx < kernel; kx++, tap++) {
              for (let row = downs[ky].first; row <= downs[ky].last; row++) {
                const source = (c * height + row * stride - padding + ky) * width - padding + kx;
                const target = tap * columns + row * outWidth * lanes;
                for (let column = acrosses[kx].first; column <= acrosses[kx].last; column++) {
                  for (let n = 0; n < lanes; n++)
                    to[target + column * lanes + n] = from[(source + column * stride) * lanes + n];
                }
              }
            }
          }
        }
        space.matrix(weight, bias, patches, product, inner, rows, columns);
        for (let o = 0; o < outputs; o++)
          y.values.set(product.values.subarray(o * columns, o * columns + area), o * area);
      }
    };
  },
  conv_transpose({ inputs, outputs, kernel, stride, padding }, tensors, { shape: [, height, width], values: x }, { space, lanes }) {
    const [outHeight, outWidth] = [height, width].map((side) => (side - 1) * stride - 2 * padding + kernel);
    const taps = kernel * kernel;
    const [rows, inner, area] = [up4(outputs * taps), up4(inputs), height * width * lanes];
    const columns = up8(area);
    const [weight, none, padded, product] = [rows * inner, rows, inner * columns, rows * columns].map(
      (count) => space.take(count)
    );
    const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
    const [downs, acrosses] = [
      places(kernel, stride, padding, outHeight, height),
      places(kernel, stride, padding, outWidth, width)
    ];
    return {
      shape: [outputs, outHeight, outWidth],
      values: y,
      fill() {
        for (let c = 0; c < inputs; c++) {
          for (let row = 0; row < outputs * taps; row++)
            weight.values[row * inner + c] = tensors.weight[c * outputs * taps + row];
        }
      },
      run() {
        for (let c = 0; c < inputs; c++) padded.values.set(x.values.subarray(c * area, (c + 1) * area), c * columns);
        space.matrix(weight, none, padded, product, inner, rows, columns);
        const [from, to] = [product.values, y.values];
        const whole = outHeight * outWidth * lanes;
        for (let o = 0; o < outputs; o++) {
          to.fill(tensors.bias[o], o * whole, (o + 1) * whole);
          for (let ky = 0; ky < kernel; ky++) {
            for (let kx = 0; kx < kernel; kx++) {
              const tap = (o * taps + ky * kernel + kx) * columns;
              for (let row = downs[ky].first; row <= downs[ky].last; row++) {
                const target = (o * outHeight + row * stride - padding + ky) * outWidth - padding + kx;
                for (let column = acrosses[kx].first; column <= acrosses[kx].last; column++) {
                  const at = tap + (row * width + column) * lanes;
                  for (let n = 0; n < lanes; n++) to[(target + column * stride) * lanes + n] += from[at + n];
                }
              }
            }
          }
        }
      }
    };
  },
  gate({ features, low, high, knots }, tensors, { shape, values: x }, { lanes }) {
    const factors = new Float32Array(features);
    const area = sizeOf(shape) / features * lanes;
    return {
      shape,
      values: x,
      tune(beta) {
        const place2 = Math.min(Math.max(Math.log(beta / low) / Math.log(high / low), 0), 1) * (knots - 1);
        const knot = Math.min(Math.floor(place2), knots - 2);
        const share = place2 - knot;
        for (let f = 0; f < features; f++) {
          const at = f * knots + knot;
          factors[f] = 2 / (1 + Math.exp(-(tensors.bias[f] + (1 - share) * tensors.weight[at] + share * tensors.weight[at + 1])));
        }
      },
      run() {
        const { values } = x;
        for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] *= factors[f];
      }
    };
  },
  silu: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => value / (1 + Math.exp(-value))),
  sigmoid: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => 1 / (1 + Math.exp(-value))),
  reshape: ({ shape }, _, { values }) => ({ shape, values }),
  flatten: (_, __, { shape, values }) => ({ shape: [sizeOf(shape)], values })
};
var Network = class {
  constructor(layers, arrays, shape, lanes = 1) {
    const space = new Workspace();
    const place2 = { space, lanes };
    this.input = space.take(up4(sizeOf(shape)) * lanes);
    this.steps = [];
    this.tuners = [];
    let step = { shape, values: this.input };
    const steps = layers.map((layer) => {
      if (!(layer.kind in LAYERS))
        throw new Error(`This page can't run a ${layer.kind} layer. Reload it after an update.`);
      step = LAYERS[layer.kind](layer, { weight: arrays[layer.weight], bias: arrays[layer.bias] }, step, place2);
      return step;
    });
    space.settle();
    for (const { fill: fill2 } of steps) fill2?.();
    this.steps = steps.filter(({ run }) => run);
    this.tuners = steps.filter(({ tune }) => tune);
    this.output = step.values;
    this.shape = step.shape;
  }
  /** From here on, acts for this beta. */
  tune(beta) {
    for (const step of this.tuners) step.tune(beta);
  }
  run() {
    for (const step of this.steps) step.run();
  }
};
function places(kernel, stride, padding, larger, smaller) {
  return Array.from({ length: kernel }, (_, tap) => ({
    first: Math.max(0, Math.ceil((padding - tap) / stride)),
    last: Math.min(smaller - 1, Math.floor((larger - 1 + padding - tap) / stride))
  }));
}
function elementwise({ shape, values: x }, lanes, of) {
  const count = sizeOf(shape) * lanes;
  return {
    shape,
    values: x,
    run() {
      const { values } = x;
      for (let i = 0; i < count; i++) values[i] = of(values[i]);
    }
  };
}

// pages/components/src/nn/decoder.js
var LANES = 8;
var Decoder = class {
  /** `block`: what Python wrote; `many` says whether it is for many latents at a time, or for one. */
  constructor({ header, arrays }, many = false) {
    this.latentDim = header.latent_dim;
    this.imageShape = header.image_shape;
    this.betaRange = header.beta_range;
    this.likelihood = header.likelihood;
    this.lanes = many ? LANES : 1;
    this.network = new Network(header.layers, arrays, [this.latentDim], this.lanes);
    this.size = sizeOf(this.imageShape);
    this.output = many ? new Float32Array(this.size) : this.network.output.values.subarray(0, this.size);
    if (this.betaRange) this.tune(Math.min(Math.max(1, this.betaRange[0]), this.betaRange[1]));
  }
  /** From here on, decodes at this beta. */
  tune(beta) {
    this.network.tune(beta);
  }
  /** Pixel means with shape (C, H, W) of one latent. The array is used again by the next call. */
  decode(z) {
    this.network.input.values.set(z);
    this.network.run();
    return this.output;
  }
  /** The same for `count` latents, one after another in `zs`: calls each(index, pixels), with an array that is used again. */
  decodeMany(zs, count, each) {
    const { lanes, latentDim, size, output } = this;
    const [input, pixels] = [this.network.input.values, this.network.output.values];
    for (let first = 0; first < count; first += lanes) {
      const taken = Math.min(lanes, count - first);
      for (let n = 0; n < taken; n++)
        for (let d = 0; d < latentDim; d++) input[d * lanes + n] = zs[(first + n) * latentDim + d];
      this.network.run();
      for (let n = 0; n < taken; n++) {
        for (let p = 0, at = n; p < size; p++, at += lanes) output[p] = pixels[at];
        each(first + n, output);
      }
    }
  }
};

// pages/components/src/player/film.js
var MOST_DECODERS = 24;
var MOST_PICTURES = 150;
var AT_ONCE = 3;
var MOST_WISHES = 6;
var TRIES = 3;
var PATIENCE = 700;
var Film = class {
  /** `url`: below which Python serves it. */
  constructor(url) {
    this.url = url;
    this.frames = [];
    this.decoders = new Kept(
      MOST_DECODERS,
      (step) => fetchBlock(`${url}/decoder/${step}`).then((block) => new Decoder(block))
    );
    this.pictures = new Kept(
      MOST_PICTURES,
      (step) => fetchBlock(`${url}/pictures/${step}`).then(({ arrays }) => arrays)
    );
  }
  close() {
    this.decoders.close();
    this.pictures.close();
  }
  /** What all snapshots are of: { label, image, originals, classes, shape }. */
  async about() {
    const { header, arrays } = await fetchBlock(`${this.url}/about`).catch((error) => {
      if (!error.gone) throw error;
      throw new Error(
        "The film of this run can't be read: the run was deleted, or a disk has spoiled its snapshots. Reload the page."
      );
    });
    return { ...arrays, ...header };
  }
  /** Fetches the frames at `steps` that it doesn't have, on the screen that Python chose, or all of them if that is another one. Resolves with
   * the block that says what lies on the screen, if it is, and else with null. */
  async extend(steps, screen) {
    const anew = screen !== this.screen;
    const missing = anew ? steps : steps.filter((step) => step > (this.frames.at(-1)?.step ?? -1));
    if (!missing.length) return null;
    const block = await fetchBlock(`${this.url}/places/${screen}/${missing[0]}/${missing.at(-1)}`);
    const { header, arrays } = block;
    const stride = arrays.mean.length / header.steps.length;
    const found = header.steps.map((step, place2) => ({
      step,
      mean: arrays.mean.subarray(place2 * stride, (place2 + 1) * stride)
    }));
    this.frames = anew ? found : [...this.frames, ...found];
    const [nearly, all] = header.reach;
    this.nearly = nearly;
    this.reach = anew ? all : Math.max(all, this.reach);
    this.screen = screen;
    return anew ? block : null;
  }
  /** The ranges [x, y] that nearly all places of the last frame, and all of every frame, lie in. */
  get extent() {
    const square = (most) => [
      [-most, most],
      [-most, most]
    ];
    return { nearly: square(this.nearly), all: square(this.reach) };
  }
  /** Where the images lie at a moment, a place among the frames; written to `out`. */
  meansAt(moment, out) {
    const before = Math.min(Math.floor(moment), this.frames.length - 1);
    const [a, b] = [this.frames[before].mean, this.frames[Math.min(before + 1, this.frames.length - 1)].mean];
    const t = moment - before;
    for (let i = 0; i < out.length; i++) out[i] = a[i] + t * (b[i] - a[i]);
    return out;
  }
};
var Kept = class {
  constructor(most, fetching) {
    Object.assign(this, { most, fetching });
    this.found = /* @__PURE__ */ new Map();
    this.under = /* @__PURE__ */ new Set();
    this.wishes = /* @__PURE__ */ new Map();
    this.failed = /* @__PURE__ */ new Map();
  }
  /** Nobody is told of anything any more. */
  close() {
    this.closed = true;
    this.found.clear();
  }
  /** What there is of a step, or undefined, in which case it is fetched: `came(step)` is then called. */
  get(step, came) {
    const found = this.found.get(step);
    if (found) {
      this.found.delete(step);
      this.found.set(step, found);
      return found;
    }
    if (this.under.has(step) || (this.failed.get(step) ?? 0) >= TRIES) return void 0;
    this.wishes.delete(step);
    this.wishes.set(step, came);
    while (this.wishes.size > MOST_WISHES) this.wishes.delete(this.wishes.keys().next().value);
    this.fetch();
    return void 0;
  }
  fetch() {
    while (!this.closed && this.wishes.size && this.under.size < AT_ONCE) {
      const [step, came] = [...this.wishes].at(-1);
      this.wishes.delete(step);
      this.under.add(step);
      this.fetching(step).then(
        (value) => {
          this.found.set(step, value);
          while (this.found.size > this.most) this.found.delete(this.found.keys().next().value);
          return 0;
        },
        () => {
          this.failed.set(step, (this.failed.get(step) ?? 0) + 1);
          return PATIENCE * this.failed.get(step);
        }
      ).then((wait) => {
        this.under.delete(step);
        this.fetch();
        setTimeout(() => !this.closed && came(step), wait);
      });
    }
  }
};

// pages/components/src/render/fade.js
var ACROSS = 48;
var BESIDE = 0.35;
var ROUNDS = 6;
var SPARSE = 0.05;
var END = 6;
var FEATHER = 0.14;
var PATTERN = 64;
function coverage(visit, { x, y }) {
  const lengths = [x, y].map(([from, to]) => to - from);
  const cell = Math.max(...lengths) / ACROSS;
  const [columns, rows] = lengths.map((length) => Math.ceil((length + 2 * BESIDE * ACROSS * cell) / cell - 1e-6));
  const [left, bottom] = [(x[0] + x[1] - columns * cell) / 2, (y[0] + y[1] - rows * cell) / 2];
  let values = new Float64Array(columns * rows);
  let count = 0;
  visit((_, __, across, up) => {
    count++;
    const [column, row] = [Math.floor((across - left) / cell), Math.floor((up - bottom) / cell)];
    if (column >= 0 && column < columns && row >= 0 && row < rows) values[row * columns + column]++;
  });
  for (let round = 0; round < ROUNDS; round++)
    values = blurred(blurred(values, columns, rows, 1, columns), rows, columns, columns, 1);
  const few = SPARSE * count * cell * cell / (lengths[0] * lengths[1]);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const rim = Math.min(column, row, columns - 1 - column, rows - 1 - row) / END;
      values[row * columns + column] = count ? (1 - Math.exp(-values[row * columns + column] / few)) * Math.min(1, rim) : 0;
    }
  }
  return { values, columns, rows, cell, left, bottom };
}
function blurred(values, many, lines, step, next) {
  const found = new Float64Array(values.length);
  for (let line2 = 0; line2 < lines; line2++) {
    for (let n = 0, at = line2 * next; n < many; n++, at += step) {
      found[at] = (values[at] + (n ? values[at - step] : 0) + (n < many - 1 ? values[at + step] : 0)) / 3;
    }
  }
  return found;
}
var Fade = class {
  constructor() {
    this.version = 0;
    this.mask = h("canvas", {});
    this.feather = h("canvas", { width: PATTERN, height: PATTERN });
    const image = new ImageData(PATTERN, PATTERN);
    const side = (px) => {
      const t = Math.min(1, (Math.min(px, PATTERN - 1 - px) + 0.5) / (FEATHER * PATTERN));
      return t * t * (3 - 2 * t);
    };
    for (let p = 0; p < PATTERN ** 2; p++)
      image.data[4 * p + 3] = 255 * side(p % PATTERN) * side(Math.floor(p / PATTERN));
    this.feather.getContext("2d").putImageData(image, 0, 0);
  }
  /** Takes where points lie now, in a `Crowd`; `ranges`, { x, y }, are what the opening view holds. */
  take(crowd, ranges) {
    if (this.crowd === crowd && this.seen === crowd.version && this.ranges === ranges) return;
    Object.assign(this, { crowd, ranges, seen: crowd.version });
    this.version++;
    const found = coverage((each) => crowd.visit(each), ranges);
    const { values, columns, rows } = found;
    Object.assign(this.mask, { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    for (let at = 0; at < values.length; at++) {
      image.data[4 * ((rows - 1 - Math.floor(at / columns)) * columns + at % columns) + 3] = 255 * values[at];
    }
    this.mask.getContext("2d").putImageData(image, 0, 0);
    this.found = found;
  }
  /** Fades what was drawn on a canvas with so many px for one in CSS, in a view's frame, in pictures that are `width` by `height`, of the plane, from
   * the origin, or in a square that is `side` wide from [left, top] on, towards whose rims all fades, too. */
  apply(context, frame, scale, [width, height], { left = 0, top = 0, side = 0 } = {}) {
    context.save();
    context.globalAlpha = 1;
    context.globalCompositeOperation = "destination-in";
    context.imageSmoothingQuality = "high";
    const [originX, originY] = [(frame.left + left * frame.width) * scale, (frame.top + top * frame.height) * scale];
    const pattern = context.createPattern(this.feather, "repeat");
    pattern.setTransform(
      new DOMMatrix([
        width * frame.width * scale / PATTERN,
        0,
        0,
        -height * frame.height * scale / PATTERN,
        originX,
        originY
      ])
    );
    context.fillStyle = pattern;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    if (side)
      context.drawImage(this.feather, originX, originY, side * frame.width * scale, -side * frame.height * scale);
    if (this.found) {
      const { columns, rows, cell, left: x, bottom } = this.found;
      const spot = [
        frame.left + x * frame.width,
        frame.top + (bottom + rows * cell) * frame.height,
        columns * cell * frame.width,
        -rows * cell * frame.height
      ];
      context.drawImage(this.mask, ...spot.map((side2) => side2 * scale));
    }
    context.restore();
  }
};

// pages/components/src/player/sheet.js
var REACH = 3;
var MOST_DRAWN = 60;
var Sheet = class {
  /** Pictures have `shape`: channels, height, width, and a `ground`, or null. */
  constructor(shape, ground) {
    [this.channels, this.high, this.wide] = shape;
    this.ground = ground;
    this.fade = new Fade();
    this.fixed = true;
    this.element = h("canvas", { className: "zs-terrain", "aria-hidden": "true" });
    this.context = this.element.getContext("2d");
    this.drawn = /* @__PURE__ */ new Map();
    this.pair = [];
  }
  set({ on, strength, ink }) {
    if (String(ink) !== String(this.ink)) this.drawn.clear();
    Object.assign(this, { on, ink });
    this.element.hidden = !on;
    this.element.style.opacity = String(strength);
    this.paint();
  }
  forget() {
  }
  destroy() {
    this.drawn.clear();
  }
  /** Shows the samples of two steps, [{ step, samples }], the second of them by a share. */
  show(pair, share) {
    Object.assign(this, { pair, share });
    this.paint();
  }
  draw(view, _, crowd, home) {
    this.view = view;
    this.fade.take(crowd, home);
    this.paint();
  }
  paint() {
    const { view, context, element } = this;
    if (!view || !this.on || !this.ink) return;
    const room = fit(element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    context.clearRect(0, 0, wide, high);
    context.save();
    context.beginPath();
    context.rect(...view.box.map((side) => side * scale));
    context.clip();
    const { left, top, width, height } = view.frame;
    const spot = [left - REACH * width, top + REACH * height, 2 * REACH * width, -2 * REACH * height].map(
      (side) => side * scale
    );
    this.pair.forEach(({ step, samples }, place2) => {
      context.globalCompositeOperation = "lighter";
      context.globalAlpha = this.pair.length === 1 ? 1 : place2 ? this.share : 1 - this.share;
      if (context.globalAlpha) context.drawImage(this.squareOf(step, samples), ...spot);
    });
    context.globalCompositeOperation = "source-over";
    if (this.pair.length) {
      const side = 2 * REACH / sideOf(this.pair[0].samples, this);
      this.fade.apply(context, view.frame, scale, [side, side], { left: -REACH, top: REACH, side: 2 * REACH });
    }
    context.restore();
  }
  squareOf(step, samples) {
    if (!this.drawn.has(step)) {
      this.drawn.set(step, drawSquare(samples, [this.channels, this.high, this.wide], this));
      if (this.drawn.size > MOST_DRAWN) this.drawn.delete(this.drawn.keys().next().value);
    }
    return this.drawn.get(step);
  }
};
function sideOf(images, { channels, high, wide }) {
  return Math.round(Math.sqrt(images.length / (channels * high * wide)));
}
function drawSquare(images, shape, look) {
  return drawRows([images], shape, sideOf(images, look), { cut: look });
}
function drawRows(parts, [channels, high, wide], columns, { cut = null, gap = 0, apart = 0 }) {
  const area = high * wide;
  const rows = parts.map((images) => Math.ceil(images.length / (channels * area * columns)));
  const gaps = apart * (Math.ceil(parts.length / 2) - 1);
  const height = rows.reduce((sum, count) => sum + count, 0) * (high + gap) - gap + gaps;
  const canvas = h("canvas", { width: columns * (wide + gap) - gap, height });
  const context = canvas.getContext("2d");
  const frame = context.createImageData(canvas.width, canvas.height);
  const { data } = frame;
  let above = 0;
  parts.forEach((images, part) => {
    for (let n = 0; n < images.length / (channels * area); n++) {
      const [left, top] = [n % columns * (wide + gap), above + Math.floor(n / columns) * (high + gap)];
      for (let y = 0, from = n * channels * area; y < high; y++) {
        for (let x = 0, at = ((top + y) * canvas.width + left) * 4; x < wide; x++, at += 4, from++) {
          cutOut(data, at, channels, (c) => images[from + c * area] / 255, cut?.ground, cut?.ink);
        }
      }
    }
    above += rows[part] * (high + gap) + (part % 2 ? apart : 0);
  });
  context.putImageData(frame, 0, 0);
  return canvas;
}

// pages/components/src/player/theatre.js
var SPEEDS = [0.5, 1, 2, 4];
var SECONDS = [6, 16];
var PACE = 0.4;
var TURN = 950;
var SLIDE = 600;
var FOLLOW = 900;
var AHEAD = 3;
var ROOM = 1.1;
var SHOWN = 16;
var IN_A_ROW = 5;
var TICKS = 9;
var calm = matchMedia("(prefers-reduced-motion: reduce)");
var theatres = /* @__PURE__ */ new WeakMap();
function theatre_default(component) {
  const { parentElement } = component;
  if (!theatres.has(parentElement)) theatres.set(parentElement, new Theatre(parentElement));
  theatres.get(parentElement).update(component.data);
  return () => {
    theatres.get(parentElement)?.destroy();
    theatres.delete(parentElement);
  };
}
var Theatre = class {
  constructor(parent) {
    this.root = h("div", { className: "zs zs-theatre" });
    parent.append(this.root);
  }
  /**
   * Takes what Python says now. `data`: { run, url, active, beta, range, perEpoch, epochs, end, steps, decoders, screen, shape, dims, curves, alt }.
   * `steps` have a snapshot each, `decoders` those that have a decoder; `screen` names the plane they are shown in; `end` is the epoch at
   * which the curves end, and `range` whether the model is for more betas than this one.
   */
  update(data) {
    this.data = data;
    if (data.run !== this.run) this.begin();
    else this.grow();
    this.plane?.retheme();
  }
  get key() {
    return `zscape:theatre:${this.run}`;
  }
  /** Another run. */
  async begin() {
    const { data } = this;
    this.leave();
    this.run = data.run;
    const known = memory.load(this.key);
    this.speed = known.speed ?? 1;
    this.moment = known.moment ?? 0;
    this.following = data.active && (known.following ?? true);
    this.film = new Film(data.url);
    this.known = known;
    this.build();
    this.grow();
  }
  /** What all snapshots are of, once there is one. */
  async introduce() {
    const { data } = this;
    const about = await this.film.about();
    const size = data.shape.reduce((product, side) => product * side, 1);
    this.originals = Array.from(
      { length: about.originals.length / size },
      (_, n) => about.originals.subarray(n * size, (n + 1) * size)
    );
    this.about = about;
  }
  build() {
    const { data } = this;
    this.stage = h(
      "div",
      { className: "zs-left" },
      h("p", { className: "zs-waits zs-note" }, data.active ? "The film begins with the first step." : "")
    );
    this.picture = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "The image decoded at the cursor, by the decoder of this moment"
    });
    this.place = h("figcaption", {}, "–");
    this.made = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "Test images, and below each its reconstruction at this moment"
    });
    this.samples = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "What the decoder makes of draws from the prior at this moment"
    });
    const titled = (title, hint, ...children) => h("figure", {}, h("p", { className: "zs-heading", title: hint }, title), ...children);
    this.panel = h(
      "div",
      { className: "zs-panel" },
      data.dims > 1 ? titled("Under the pointer", "Decoded by the decoder of this moment", this.picture, this.place) : null,
      data.dims === 2 ? null : titled("Samples", "What the decoder makes of the same draws from the prior at every moment", this.samples),
      titled("Reconstructions", "Test images, and what the model makes of them", this.made)
    );
    this.play = h("button", {
      type: "button",
      className: "zs-tool zs-play",
      onclick: () => this.playing ? this.pause() : this.start()
    });
    this.slider = h("input", {
      type: "range",
      min: "0",
      max: "0",
      step: "any",
      "aria-label": "Moment of the training",
      oninput: () => this.seek(Number(this.slider.value)),
      onkeydown: (event) => this.press(event)
    });
    this.ticks = h("div", { className: "zs-ticks", "aria-hidden": "true" });
    this.clock = h("output", { className: "zs-clock", "aria-live": "off" });
    this.speeds = h(
      "select",
      {
        className: "zs-speed",
        "aria-label": "Speed",
        title: "Speed",
        onchange: () => this.hurry(Number(this.speeds.value))
      },
      ...SPEEDS.map((speed) => h("option", { value: String(speed), selected: speed === this.speed }, `${speed}×`))
    );
    this.live = h(
      "button",
      {
        type: "button",
        className: "zs-tool zs-live",
        title: "Follow the training as it goes on",
        "aria-pressed": "false",
        onclick: () => this.follow()
      },
      "Live"
    );
    const wide = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title: "Full screen",
        "aria-label": "Full screen",
        onclick: () => this.fill()
      },
      icon("expand")
    );
    const bar = h(
      "div",
      { className: "zs-transport" },
      this.play,
      h("div", { className: "zs-track" }, this.slider, this.ticks),
      this.clock,
      this.live,
      this.speeds,
      wide
    );
    this.curves = new Curves(data.scored, (epoch) => this.seekEpoch(epoch));
    const body = h("div", { className: "zs-body zs-theatre-page" }, ...data.dims > 1 ? [this.stage] : [], this.panel);
    if (data.dims !== 2) body.classList.add(data.dims < 2 ? "zs-panel-only" : "zs-with-samples");
    this.root.replaceChildren(body, bar, this.curves.element);
    this.sayPlaying();
    this.curves.set(data.curves, data.end);
  }
  /** There is more of the film, or it is shown on another screen. */
  async grow() {
    const { data, film, run } = this;
    this.live.hidden = !data.active;
    this.curves.set(data.curves, data.end);
    if (!data.steps.length) return;
    if (this.growing) {
      this.more = true;
      return;
    }
    this.growing = true;
    this.more = false;
    const before = film.frames.length;
    try {
      if (!this.about) await this.introduce();
      if (run !== this.run) return;
      const block = await film.extend(data.steps, data.screen);
      if (run !== this.run) return;
      if (film.frames.length === before && !block) {
        if (!data.active) this.following = false;
        return;
      }
      const turns = this.plane && block;
      if (block && data.dims > 1) this.project(block);
      this.extended(before, turns ? TURN : 0);
    } catch (error) {
      if (run !== this.run) return;
      film.screen = void 0;
      if (film.frames.length || data.active)
        console.warn(error.message);
      else this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
    } finally {
      if (run === this.run) {
        this.growing = false;
        if (this.more) this.grow();
      }
    }
  }
  /** New frames are there, after `before` of them; the points take some ms to go over into another plane. */
  extended(before, turning) {
    const { last, film } = this;
    this.slider.max = String(Math.max(last, 1e-6));
    this.fillTicks();
    if (before === 0) {
      const { moment } = this.known;
      const left = moment !== void 0 && moment <= last && !this.known.following;
      this.show(left ? moment : last);
      this.root.dataset.ready = this.run;
    } else setTimeout(() => film === this.film && this.catchUp(), turning);
    this.widen();
  }
  /** There was a film before, and it has grown. */
  catchUp() {
    if (this.following) this.glideTo(this.last);
    else if (!this.playing) this.show(Math.min(this.moment, this.last));
    if (!this.data.active) this.following = false;
  }
  /** The frames lie in another plane than before, or in one at all. */
  project(block) {
    const { data, film, about } = this;
    const space = spaceOf({ header: { ...block.header, latent_dim: data.dims }, arrays: block.arrays });
    const at = Math.min(this.moment, film.frames.length - 1);
    const points = {
      mean: film.meansAt(Math.max(0, at), new Float32Array(2 * about.label.length)),
      label: about.label,
      extent: film.extent,
      space,
      beta: data.beta
    };
    if (this.plane) {
      this.plane.become(points);
      return;
    }
    this.plane = new Plane(points, about.classes, data.alt, this.known.plane ?? {}, {
      moved: (place2, nearest) => this.moved(place2, nearest),
      clicked: () => {
      },
      drew: () => {
      },
      escaped: () => {
      },
      changed: () => this.remember()
    });
    this.stage.replaceChildren(this.plane.element);
    this.plane.start();
    this.sheet = data.dims === 2 ? new Sheet(data.shape, groundOf(this.originals, data.shape, 255)) : null;
    this.plane.moveTo(this.plane.cursor);
    this.plane.lay(this.sheet, null, () => [], { terrain: true, strength: 0.3 });
    this.out = [0, 1].map(() => new Float32Array(2 * about.label.length));
  }
  /** Points reach further than the view that was there before. */
  widen() {
    const { plane, film } = this;
    if (!plane || film.extent.nearly[0][1] <= plane.points.extent.nearly[0][1]) return;
    const { nearly, all } = film.extent;
    plane.widen({ nearly: scaled(nearly, ROOM), all: scaled(all, ROOM) });
  }
  // Time
  get last() {
    return this.film.frames.length - 1;
  }
  /** How many snapshots go by in a second. */
  get rate() {
    const seconds = Math.min(SECONDS[1], Math.max(SECONDS[0], PACE * this.last));
    return this.speed * this.last / seconds;
  }
  start() {
    if (this.last < 1) return;
    this.following = false;
    if (this.moment >= this.last) this.moment = 0;
    this.playing = true;
    this.sayPlaying();
    let [before, next, shown] = [performance.now(), this.moment, -Infinity];
    const step = (now) => {
      next = Math.min(this.last, next + this.rate * Math.max(0, now - before) / 1e3);
      before = now;
      if (!calm.matches) this.show(next);
      else if (next >= this.last || now - shown >= SLIDE) {
        this.show(Math.floor(next));
        shown = now;
      }
      if (next < this.last) this.frame = requestAnimationFrame(step);
      else this.pause();
    };
    this.frame = requestAnimationFrame(step);
  }
  pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.sayPlaying();
    this.remember();
  }
  /** Goes to a moment by itself. */
  glideTo(moment) {
    cancelAnimationFrame(this.frame);
    if (!this.plane || calm.matches) return this.show(moment);
    const [from, began] = [this.moment, performance.now()];
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / FOLLOW));
      this.show(from + t * t * (3 - 2 * t) * (moment - from));
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
  seek(moment) {
    this.following = false;
    this.show(moment);
    this.pause();
  }
  seekEpoch(epoch) {
    const { frames: frames2 } = this.film;
    const step = epoch * this.data.perEpoch;
    const after = frames2.findIndex((frame) => frame.step >= step);
    if (after <= 0) return this.seek(after < 0 ? this.last : 0);
    const [a, b] = [frames2[after - 1].step, frames2[after].step];
    this.seek(after - 1 + (step - a) / (b - a));
  }
  /** Arrows go from snapshot to snapshot. */
  press(event) {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const next = way > 0 ? Math.floor(this.moment + 1 + 1e-6) : Math.ceil(this.moment - 1 - 1e-6);
    this.seek(Math.min(this.last, Math.max(0, next)));
  }
  follow() {
    this.pause();
    this.following = true;
    this.sayPlaying();
    this.glideTo(this.last);
  }
  hurry(speed) {
    this.speed = speed;
    this.remember();
  }
  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {
    });
  }
  sayPlaying() {
    this.play.replaceChildren(icon(this.playing ? "pause" : "play"));
    this.play.title = this.playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", this.play.title);
    this.live.setAttribute("aria-pressed", String(Boolean(this.following)));
  }
  // What is shown
  epochAt(moment) {
    const { frames: frames2 } = this.film;
    const before = Math.min(Math.floor(moment), frames2.length - 1);
    const [a, b] = [frames2[before].step, frames2[Math.min(before + 1, frames2.length - 1)].step];
    return (a + (moment - before) * (b - a)) / this.data.perEpoch;
  }
  show(moment) {
    const { film, plane, data } = this;
    this.moment = moment;
    this.live.setAttribute("aria-pressed", String(Boolean(this.following)));
    const epoch = this.epochAt(moment);
    this.slider.value = String(moment);
    this.clock.textContent = `Epoch ${nice(epoch)} of ${data.epochs.toLocaleString("en")}${data.range ? `, β ${Number(data.beta.toPrecision(3))}` : ""}`;
    this.slider.setAttribute("aria-valuetext", this.clock.textContent);
    this.curves.show(epoch);
    const nearest = film.frames[Math.round(moment)].step;
    this.decode(nearest);
    if (plane) {
      this.out.reverse();
      plane.move(film.meansAt(moment, this.out[0]), data.beta);
    }
    this.showPictures(moment, nearest);
    Object.assign(this.root.dataset, { step: nearest, moment: moment.toFixed(3) });
  }
  /** Has what is under the pointer drawn by the decoder that is nearest in time, among those that were kept. */
  decode(step) {
    if (!this.plane) return;
    const wanted = nearestOf(this.data.decoders, step);
    if (wanted === void 0) return;
    const again = () => this.decode(this.film.frames[Math.round(this.moment)].step);
    const decoder = this.film.decoders.get(wanted, again);
    if (decoder && this.decoding !== wanted) {
      if (decoder.betaRange) decoder.tune(this.data.beta);
      Object.assign(this, { decoder, decoding: wanted });
      this.root.dataset.decoder = String(wanted);
      this.point();
    }
    if (this.playing || this.following) {
      const later = this.data.decoders.filter((other) => other > wanted).slice(0, AHEAD);
      for (const other of later) this.film.decoders.get(other, again);
    }
  }
  showPictures(moment, nearest) {
    const { film } = this;
    const again = () => this.showPictures(this.moment, film.frames[Math.round(this.moment)].step);
    const before = Math.floor(moment);
    const near = [before, before + 1].filter((place2) => place2 <= this.last);
    const pair = near.map((place2) => ({ step: film.frames[place2].step, ...film.pictures.get(film.frames[place2].step, again) })).filter(({ samples }) => samples);
    if (this.sheet && pair.length === near.length) this.sheet.show(pair, moment - before);
    const now = pair.find(({ step }) => step === nearest);
    if (now && this.pictured !== nearest) {
      this.pictured = nearest;
      copy(this.pairs(now.reconstructions), this.made);
      if (!this.sheet)
        copy(
          drawRows([now.samples.subarray(0, SHOWN * this.originals[0].length)], this.data.shape, Math.sqrt(SHOWN), {
            gap: 1
          }),
          this.samples
        );
      this.root.dataset.pictures = String(nearest);
    }
    for (let place2 = before + 2; place2 <= Math.min(this.last, before + AHEAD); place2++)
      if (this.playing) film.pictures.get(film.frames[place2].step, again);
  }
  /** Test images, each above what is made of it, in two lines where they are many. */
  pairs(made) {
    const { originals, data } = this;
    const size = originals[0].length;
    const columns = originals.length > IN_A_ROW ? Math.ceil(originals.length / 2) : originals.length;
    const parts = [];
    for (let first = 0; first < originals.length; first += columns) {
      const [from, to] = [first * size, Math.min(first + columns, originals.length) * size];
      parts.push(this.about.originals.subarray(from, to), made.subarray(from, to));
    }
    return drawRows(parts, data.shape, columns, { gap: 1, apart: 2 });
  }
  /** The pointer is at a place of the map, near an image. */
  moved(place2, nearest) {
    Object.assign(this, { pointed: place2, near: nearest });
    this.point();
  }
  point() {
    const { plane, decoder, pointed, near, data } = this;
    if (!decoder || !pointed) return;
    const { z } = plane.lift(pointed);
    paint(this.picture, decoder.decode(z), data.shape);
    this.root.dataset.z = z.join(",");
    const which = near && near.label >= 0 ? `, near ${/^\d+$/.test(plane.nameOf(near.label)) ? "a " : ""}${plane.nameOf(near.label)}` : "";
    const drawn = this.film.frames[Math.round(this.moment)].step === this.decoding ? "" : `, decoder of epoch ${nice(this.decoding / data.perEpoch)}`;
    this.place.textContent = `${decimals(pointed, plane.view.digits)}${which}${drawn}`;
  }
  fillTicks() {
    const { frames: frames2 } = this.film;
    const { perEpoch } = this.data;
    const whole = frames2.map(({ step }, place2) => [step / perEpoch, place2]).filter(([epoch]) => Number.isInteger(epoch));
    const every = Math.max(1, Math.ceil(whole.length / TICKS));
    const shown = whole.filter(
      (_, place2) => place2 === 0 || place2 === 1 || place2 % every === 0 || place2 === whole.length - 1
    );
    const marks = shown.filter(
      ([, place2], n) => n === shown.length - 1 || !n || (shown[n + 1]?.[1] ?? Infinity) - place2 >= this.last / 24
    );
    this.ticks.replaceChildren(
      ...marks.map(([epoch, place2]) => {
        const mark = h("span", {}, epoch.toLocaleString("en"));
        mark.style.setProperty("--zs-place", this.last ? place2 / this.last : 0);
        return mark;
      })
    );
  }
  remember() {
    if (!this.run || !this.film?.frames.length) return;
    memory.save(this.key, {
      moment: this.moment,
      following: this.following,
      speed: this.speed,
      plane: this.plane?.state
    });
  }
  leave() {
    this.remember();
    cancelAnimationFrame(this.frame);
    this.plane?.destroy();
    this.film?.close();
    delete this.root.dataset.ready;
    this.plane = this.sheet = this.about = this.decoder = this.decoding = this.pictured = this.pointed = this.near = void 0;
    this.playing = this.growing = this.more = false;
  }
  destroy() {
    this.leave();
    this.run = void 0;
    this.root.replaceChildren();
    this.root.remove();
  }
};
function scaled(ranges, times) {
  return ranges.map((range) => range.map((end) => times * end));
}
function nearestOf(numbers, wanted) {
  return numbers.reduce(
    (best, number) => best === void 0 || Math.abs(number - wanted) < Math.abs(best - wanted) ? number : best,
    void 0
  );
}
var ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  expand: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"
};
function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, class: `zs-icon zs-icon-${name}`, "aria-hidden": "true" },
    svg("path", { d: ICONS[name] })
  );
}
function nice(epoch) {
  if (Math.abs(epoch - Math.round(epoch)) < 1e-9) return Math.round(epoch).toLocaleString("en");
  return epoch.toFixed(epoch < 1 ? 2 : 1);
}
function copy(from, to) {
  if (to.width !== from.width || to.height !== from.height) [to.width, to.height] = [from.width, from.height];
  to.getContext("2d").drawImage(from, 0, 0);
}
export {
  theatre_default as default
};
