// pages/components/src/shared/dom.js
function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children.filter((child) => child !== null && child !== void 0));
  return element;
}
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.map((child) => typeof child === "number" ? String(child) : child));
  return element;
}
function tool(title, text, action) {
  return h("button", { type: "button", className: "zs-tool", title, "aria-label": title, onclick: action }, text);
}
function placeAt(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  return element;
}
function contextOf(canvas2) {
  return canvas2.getContext("2d");
}
function fit(canvas2, { width, height }) {
  const scale = window.devicePixelRatio;
  const [wide, high] = [width, height].map((side) => Math.round(side * scale));
  if (!wide || !high) return null;
  if (canvas2.width !== wide || canvas2.height !== high) [canvas2.width, canvas2.height] = [wide, high];
  return [wide, high, scale];
}
function decimal(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}
function decimals(values, digits = 2) {
  return Array.from(values, (value) => decimal(value, digits)).join(", ");
}
var memory = { load(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") ?? {};
  } catch {
    return {};
  }
}, save(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
  }
} };

// pages/components/src/geometry/neighbours.js
var BUCKET_SIZE = 4;
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
    this.size = Math.max(Math.sqrt((right - left) * (top - bottom) * BUCKET_SIZE / Math.max(1, count)), (right - left + top - bottom) / 4e3, 1e-6);
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
  nearest(x, y, k, nearest, keep) {
    const { mean, columns, rows, size, starts, points } = this;
    const [column, row] = [this.columnOf(x), this.rowOf(y)];
    let count = 0;
    for (let ring = 0; ring <= Math.max(column, columns - 1 - column, row, rows - 1 - row); ring++) {
      if (count === k && nearest.squared[k - 1] <= ((ring - 1) * size) ** 2 && ring > 0) break;
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        const whole = r === row - ring || r === row + ring;
        for (let c = column - ring; c <= column + ring; c += whole || ring === 0 ? 1 : 2 * ring) {
          if (c < 0 || c >= columns) continue;
          for (let at = starts[r * columns + c]; at < starts[r * columns + c + 1]; at++) {
            const i = points[at];
            const squared = (mean[2 * i] - x) ** 2 + (mean[2 * i + 1] - y) ** 2;
            if (count === k && squared >= nearest.squared[k - 1] || keep && !keep(i)) continue;
            let slot = count < k ? count++ : k - 1;
            for (; slot > 0 && nearest.squared[slot - 1] > squared; slot--) {
              nearest.squared[slot] = nearest.squared[slot - 1];
              nearest.index[slot] = nearest.index[slot - 1];
            }
            nearest.squared[slot] = squared;
            nearest.index[slot] = i;
            if (count === k && nearest.squared[k - 1] === 0) return k;
          }
        }
      }
    }
    return count;
  }
};

// pages/components/src/geometry/space.js
var INVERSE_NEIGHBOURS = 6;
var FADE_START = 1;
var FADE_END = 3;
var MIN_DISTANCE = 1e-9;
function spaceOf({ header, arrays }) {
  const { space, latent_dim: dims } = header;
  if (!space) return new Flat();
  return space.kind === "straight" ? new Straight(space, dims, arrays) : new Scattered(space, dims, arrays);
}
var Flat = class {
  constructor() {
    this.dims = 2;
    this.axes = ["z₁", "z₂"];
    this.straight = true;
    this.projected = false;
    this.name = "";
  }
  inverseTransform(place, out, at = 0) {
    out[at] = place[0];
    out[at + 1] = place[1];
    return 1;
  }
  transform(z) {
    return [z[0], z[1]];
  }
};
var Straight = class {
  constructor({ axes, name }, dims, { origin, basis }) {
    this.axes = axes;
    this.name = name;
    this.dims = dims;
    this.origin = origin;
    this.basis = basis;
    this.straight = this.projected = true;
  }
  inverseTransform(place, out, at = 0) {
    const { dims, origin, basis } = this;
    const [x, y] = [place[0], place[1]];
    for (let d = 0; d < dims; d++) out[at + d] = origin[d] + x * basis[2 * d] + y * basis[2 * d + 1];
    return 1;
  }
  transform(z) {
    const { dims, origin, basis } = this;
    let [x, y] = [0, 0];
    for (let d = 0; d < dims; d++) {
      x += (z[d] - origin[d]) * basis[2 * d];
      y += (z[d] - origin[d]) * basis[2 * d + 1];
    }
    return [x, y];
  }
};
var Scattered = class {
  constructor({ axes, name, spacing, spread: spread2 }, dims, { mean, latent }) {
    this.axes = axes;
    this.name = name;
    this.dims = dims;
    this.mean = mean;
    this.latent = latent;
    this.straight = false;
    this.projected = true;
    this.spread = spread2;
    this.spacing = Math.max(spacing, 1e-12);
    this.index = void 0;
    this.nearest = { index: new Int32Array(INVERSE_NEIGHBOURS + 1), squared: new Float64Array(INVERSE_NEIGHBOURS + 1) };
  }
  get neighbours() {
    return this.index ??= new Neighbours(this.mean);
  }
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
  disagreement([x, y], z) {
    const { dims, nearest, latent, spread: spread2 } = this;
    const count = Math.min(INVERSE_NEIGHBOURS, this.neighbours.nearest(x, y, INVERSE_NEIGHBOURS + 1, nearest));
    let squared = 0;
    for (let n = 0; n < count; n++) {
      for (let d = 0, from = nearest.index[n] * dims; d < dims; d++) squared += (latent[from + d] - z[d]) ** 2;
    }
    return Math.sqrt(squared / count) / Math.max(spread2, 1e-12);
  }
  transform(z) {
    const { dims, mean, latent } = this;
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
    const weights = weightsOf(nearest.map(({ squared }) => squared), nearest.length);
    const along = (axis) => weights.reduce((sum, weight, n) => sum + weight * mean[2 * nearest[n].i + axis], 0);
    return [along(0), along(1)];
  }
};
function weightsOf(squared, count) {
  const rim = Math.sqrt(squared[count - 1]) + 1e-12;
  const weights = Array.from({ length: count }, (_, n) => {
    const away = Math.sqrt(squared[n]);
    return (Math.max(rim - away, 0) / (rim * Math.max(away, MIN_DISTANCE * rim))) ** 2;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => sum > 0 ? weight / sum : 1 / count);
}

// pages/components/src/geometry/extent.js
var MIN_REACH = 0.5;
var MARGIN_AROUND = 0.04;
var NARROW_SHARE = 0.05;
var CLOSE_LOOK = [1e-3, 0.02];
var SAMPLE_SIZE = 1e3;
function looksOf({ extent, std = new Float32Array() }) {
  const home = around(extent.nearly);
  const width = widthOf(home);
  const step = Math.max(1, Math.floor(std.length / SAMPLE_SIZE));
  const some = Float32Array.from({ length: Math.floor(std.length / step) }, (_, n) => std[n * step]).filter((value) => !Number.isNaN(value)).sort();
  const narrow = some[Math.floor(NARROW_SHARE * some.length)] ?? 0;
  const closest = Math.min(CLOSE_LOOK[1] * width, Math.max(CLOSE_LOOK[0] * width, narrow));
  return { home, all: around(extent.all), closest };
}
function around(ranges) {
  const margin = MARGIN_AROUND * Math.max(...ranges.map(([from, to]) => to - from));
  const widened = ([from, to]) => {
    const half = Math.max(MIN_REACH, (to - from) / 2 + margin);
    return [(from + to) / 2 - half, (from + to) / 2 + half];
  };
  return { x: widened(ranges[0]), y: widened(ranges[1]) };
}
function widthOf({ x, y }) {
  return Math.max(x[1] - x[0], y[1] - y[0]);
}

// pages/components/src/geometry/level_of_detail.js
var MAX_POINTS = 8e4;
var CELLS = 256;
var FINEST_LEVEL = 5;
var CELL = 2.5;
var PAN_MARGIN = 0.5;
var CLASS_SAMPLES = 1e3;
var LevelOfDetail = class {
  constructor({ mean, label }, reach) {
    this.mean = mean;
    this.label = label;
    this.reach = reach;
    this.whole = label.length <= MAX_POINTS;
    this.version = 0;
    this.index = void 0;
    this.some = void 0;
    this.seats = /* @__PURE__ */ new Map();
    this.looked = void 0;
    const members = /* @__PURE__ */ new Map();
    for (let i = 0; i < label.length; i++) if (this.there(i)) members.set(label[i], (members.get(label[i]) ?? 0) + 1);
    this.labels = [...members.keys()].sort((a, b) => a - b);
    this.samples = this.sample(members);
    this.levels = this.whole ? new Uint8Array() : this.levelled();
    this.groups = this.grouped(() => this.whole);
  }
  there(index) {
    return index < this.label.length && !Number.isNaN(this.mean[2 * index]);
  }
  sample(members) {
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
  levelled() {
    const { mean, reach } = this;
    const count = this.label.length;
    const finest = CELLS << FINEST_LEVEL;
    const scale = finest / (2 * reach);
    const cells = Int32Array.from({ length: 2 * count }, (_, at) => Math.min(finest - 1, Math.max(0, (mean[at] + reach) * scale)));
    const levels = new Uint8Array(count).fill(FINEST_LEVEL + 1);
    for (let level = 0; level <= FINEST_LEVEL; level++) {
      const across = CELLS << level;
      const shift = FINEST_LEVEL - level;
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
  grouped(keep) {
    const { mean, label } = this;
    const chosen = new Map(this.labels.map((name) => [name, []]));
    for (let i = 0; i < label.length; i++) if (this.there(i) && keep(i)) chosen.get(label[i])?.push(i);
    return this.labels.map((name) => {
      const index = Int32Array.from(chosen.get(name) ?? []);
      return { label: name, index, x: Float32Array.from(index, (i) => mean[2 * i]), y: Float32Array.from(index, (i) => mean[2 * i + 1]) };
    });
  }
  look({ x, y }, unit) {
    if (this.whole || this.some) return false;
    const { mean, levels } = this;
    const most = Math.max(0, Math.ceil(Math.log2(2 * this.reach * unit / (CELL * CELLS))));
    const [dx, dy] = [PAN_MARGIN * (x[1] - x[0]), PAN_MARGIN * (y[1] - y[0])];
    const now = [most, x[0], x[1], y[0], y[1]];
    const before = this.looked;
    if (before && before[0] === most && Math.hypot(...now.map((value, place) => value - before[place])) < 0.2 * dx) return false;
    this.looked = now;
    const [left, right, bottom, top] = [x[0] - dx, x[1] + dx, y[0] - dy, y[1] + dy];
    this.groups = this.grouped((i) => levels[i] <= most && mean[2 * i] >= left && mean[2 * i] <= right && mean[2 * i + 1] >= bottom && mean[2 * i + 1] <= top);
    return true;
  }
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
  narrow(some) {
    if (this.some === some) return;
    this.some = some;
    this.seats = /* @__PURE__ */ new Map();
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
  replace(mean) {
    this.some = void 0;
    this.mean = mean;
    this.version++;
  }
  relevel() {
    if (this.whole || this.some) return;
    this.index = void 0;
    this.levels = this.levelled();
    this.looked = void 0;
  }
  nearest(z, hidden, moving) {
    return this.whole || this.some || moving ? this.nearestDrawn(z, hidden) : this.nearestOfAll(z, hidden);
  }
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
  get neighbours() {
    return this.index ??= new Neighbours(this.mean);
  }
  nearestOfAll([x, y], hidden) {
    const nearest = { index: new Int32Array(1), squared: new Float64Array(1) };
    const keep = hidden.size ? (i) => !hidden.has(this.label[i]) : void 0;
    if (!this.neighbours.nearest(x, y, 1, nearest, keep)) return null;
    return { index: nearest.index[0], label: this.label[nearest.index[0]], distance: Math.sqrt(nearest.squared[0]) };
  }
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
  placeOf(index) {
    const seat = this.some ? this.seats.get(index) : void 0;
    if (!seat) return [this.mean[2 * index], this.mean[2 * index + 1]];
    const [{ x, y }, place] = seat;
    return [x[place], y[place]];
  }
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
};
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

// pages/components/src/geometry/selection.js
var STILL_RADIUS = 4;
var STEP = 3;
var SHAPES = { box: { title: "Select with a box", icon: "▭", key: "b" }, lasso: { title: "Select with a lasso", icon: "◌", key: "l" } };
var Marquee = class {
  constructor(plane, drawn) {
    this.plane = plane;
    this.drawn = drawn;
    this.shape = null;
    this.corners = null;
    this.from = [0, 0];
    this.last = [0, 0];
    this.element = h("div", { className: "zs-marquee", hidden: true });
    this.outline = svg("polygon", {});
    this.element.addEventListener("pointerdown", (event) => this.begin(event));
    this.element.addEventListener("pointermove", (event) => this.move(event));
    this.element.addEventListener("pointerup", (event) => this.end(event));
    this.element.addEventListener("pointercancel", () => this.drop());
    this.element.addEventListener("wheel", (event) => plane.gestures.wheel(event), { passive: false });
  }
  use(shape2) {
    this.shape = shape2;
    this.element.hidden = !shape2;
    this.drop();
  }
  begin(event) {
    if (event.button !== 0) return;
    const z = this.plane.gestures.placeUnder(event);
    if (!z) return;
    this.element.setPointerCapture(event.pointerId);
    this.from = [event.clientX, event.clientY];
    this.last = this.from;
    this.corners = [z];
  }
  move(event) {
    const z = this.plane.gestures.placeUnder(event);
    this.plane.gestures.last = performance.now();
    this.plane.pointLayer.wait();
    if (z) this.plane.cursor.moveTo(z);
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
    const moved = Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) > STILL_RADIUS || this.corners.length > 4;
    const corners = moved && this.corners.length > 2 ? this.corners : null;
    this.drop();
    this.plane.plot.focus({ preventScroll: true });
    this.drawn(corners);
  }
  drop() {
    this.corners = null;
    this.draw();
  }
  draw() {
    const points = this.corners?.map((corner) => this.plane.view.toPixels(corner).map((value) => value.toFixed(1)).join(",")) ?? [];
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

// pages/components/src/geometry/placement.js
var REACH_FACTOR = 2.5;
var Placement = class {
  constructor(points) {
    this.points = points;
    this.space = points.space;
    this.looks = looksOf(points);
    const { home, all } = this.looks;
    const [nearly, most] = [home, all].map(({ x, y }) => Math.max(...[...x, ...y].map(Math.abs)));
    this.detail = new LevelOfDetail(points, Math.min(most, REACH_FACTOR * nearly));
  }
  widen(extent) {
    this.points.extent = extent;
    this.looks = looksOf(this.points);
  }
  within(polygon, hidden) {
    const indices = [];
    this.detail.visit((index, label, x, y) => {
      if (!hidden.has(label) && inside(polygon, x, y)) indices.push(index);
    });
    return indices.sort((a, b) => a - b);
  }
  inView({ x: [left, right], y: [bottom, top] }, hidden, most) {
    const points = [];
    for (const { label, x, y, index } of this.detail.groups) {
      if (hidden.has(label)) continue;
      for (let i = 0; i < x.length; i++) {
        if (x[i] < left || x[i] > right || y[i] < bottom || y[i] > top) continue;
        if (points.push({ index: index[i], label, place: [x[i], y[i]] }) > most) return [];
      }
    }
    return points;
  }
  has(index) {
    return this.detail.there(index);
  }
  pointAt(index) {
    return this.detail.placeOf(index);
  }
  latentOf(index) {
    const { latent } = this.points;
    return latent ? latent.subarray(index * this.space.dims, (index + 1) * this.space.dims) : this.pointAt(index);
  }
  get centre() {
    return this.space.straight ? this.space.transform(new Float32Array(this.space.dims)) : [0, 0];
  }
};

// pages/components/src/geometry/view.js
var MARGIN = { left: 44, right: 12, top: 12, bottom: 40 };
var GLIDE = 55;
var ARRIVAL_DISTANCE = 0.25;
var ZOOM_OUT = 5;
var DECIMAL_SIZE = 2;
var View = class {
  constructor(wanted, all, closest, listener) {
    this.wanted = wanted;
    this.all = all;
    this.closest = closest;
    this.listener = listener;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.width = this.height = 0;
    this.goal = void 0;
    this.gliding = 0;
    const { x, y } = this.fitted(wanted);
    this.x = x;
    this.y = y;
  }
  look(ranges) {
    this.stop();
    this.wanted = ranges;
    ({ x: this.x, y: this.y } = this.fitted(ranges));
  }
  rescale(times, all, closest) {
    this.all = all;
    this.closest = closest;
    this.look({ x: both(this.x, (end) => times * end), y: both(this.y, (end) => times * end) });
  }
  resize(width, height) {
    if (width === this.width && height === this.height) return false;
    [this.width, this.height] = [width, height];
    this.stop();
    ({ x: this.x, y: this.y } = this.fitted(this.wanted));
    return true;
  }
  get widest() {
    const [, , wide, high] = this.box;
    return ZOOM_OUT * Math.max(lengthOf(this.all.x), lengthOf(this.all.y) * wide / high);
  }
  get digits() {
    return Math.max(0, Math.ceil(Math.log10(this.frame.width / DECIMAL_SIZE) - 1e-9));
  }
  get box() {
    const { left, right, top, bottom } = MARGIN;
    return [left, top, Math.max(1, this.width - left - right), Math.max(1, this.height - top - bottom)];
  }
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
  holds([across, down]) {
    const [left, top, width, height] = this.box;
    return across >= left && across <= left + width && down >= top && down <= top + height;
  }
  go(ranges) {
    this.wanted = ranges;
    this.goal = this.fitted(ranges);
    if (this.still.matches) this.arrive(this.goal);
    else this.gliding ||= requestAnimationFrame((now) => this.glide(now, now));
  }
  zoom(factor, [across, down]) {
    const [left, top, wide, high] = this.box;
    const { x, y } = this.goal ?? this;
    const around2 = [x[0] + (across - left) / wide * (x[1] - x[0]), y[1] - (down - top) / high * (y[1] - y[0])];
    const width = x[1] - x[0];
    const by = Math.min(this.widest, Math.max(this.closest, width * factor)) / width;
    this.go({ x: both(x, (end) => around2[0] + (end - around2[0]) * by), y: both(y, (end) => around2[1] + (end - around2[1]) * by) });
  }
  drag(dx, dy) {
    const { width, height } = this.frame;
    const { x, y } = this.goal ?? this;
    this.wanted = { x: both(x, (end) => end - dx / width), y: both(y, (end) => end - dy / height) };
    this.stop();
    ({ x: this.x, y: this.y } = this.fitted(this.wanted));
    this.listener.moved();
  }
  end() {
    if (!this.goal) this.listener.rested();
  }
  stop() {
    cancelAnimationFrame(this.gliding);
    this.gliding = 0;
    this.goal = void 0;
  }
  glide(before, now) {
    const share = 1 - Math.exp(-Math.max(1, now - before) / GLIDE);
    const { goal } = this;
    if (!goal) return;
    const along = (from, to) => [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
    const next = { x: along(this.x, goal.x), y: along(this.y, goal.y) };
    const left = Math.max(apart(next.x, goal.x), apart(next.y, goal.y));
    if (left * this.frame.width < ARRIVAL_DISTANCE) {
      this.arrive(goal);
      return;
    }
    [this.x, this.y] = [next.x, next.y];
    this.gliding = requestAnimationFrame((later) => this.glide(now, later));
    this.listener.moved();
  }
  arrive(goal) {
    [this.x, this.y] = [goal.x, goal.y];
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
function both([from, to], of) {
  return [of(from), of(to)];
}
function apart(a, b) {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
}
function lengthOf([from, to]) {
  return to - from;
}

// pages/components/src/render/axes.js
var MIN_LINE_DISTANCE = 70;
var Axes = class {
  constructor() {
    this.element = svg("svg", { class: "zs-axes", "aria-hidden": "true" });
    this.drawn = "";
  }
  draw({ x, y, frame, box, width, height }, names) {
    const look = JSON.stringify([x, y, box]);
    if (look === this.drawn) return;
    this.drawn = look;
    const [left, top, wide, high] = box;
    const [right, floor] = [left + wide, top + high];
    const step = roundStep(MIN_LINE_DISTANCE / frame.width);
    const lines = [];
    const numbers = [];
    for (const [value, text] of ticks(x, step)) {
      const place = frame.left + value * frame.width;
      lines.push(line(value, place, top, place, floor));
      numbers.push(svg("text", { x: place, y: floor + 14, "text-anchor": "middle" }, text));
    }
    for (const [value, text] of ticks(y, step)) {
      const place = frame.top + value * frame.height;
      lines.push(line(value, left, place, right, place));
      numbers.push(svg("text", { x: left - 6, y: place, "text-anchor": "end" }, text));
    }
    const titles = [svg("text", { class: "zs-axis-name", x: (left + right) / 2, y: height - 11, "text-anchor": "middle" }, names[0]), svg("text", { class: "zs-axis-name", transform: `translate(10 ${(top + floor) / 2}) rotate(-90)`, "text-anchor": "middle" }, names[1])];
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.element.replaceChildren(...lines, ...numbers, ...titles);
  }
};
function line(value, x1, y1, x2, y2) {
  return svg("line", { x1, y1, x2, y2, ...value === 0 ? { class: "zs-zero" } : {} });
}
function ticks([from, to], step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const marks = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) marks.push([k * step, (k * step).toFixed(digits).replace("-", "−")]);
  return marks;
}
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((times) => times * power >= least * (1 - 1e-9)) ?? 10);
}

// pages/components/src/render/colours.js
var CLASSES = ["#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"];
var CLASSES_ON_DARK = { 2: "#f0503a", 4: "#b77be0", 8: "#9a9fae" };
function colourOf(label, count, { dark, text }) {
  if (label < 0) return text;
  if (count > CLASSES.length) return `hsl(${label * 360 / count} 65% ${dark ? 65 : 45}%)`;
  return dark && CLASSES_ON_DARK[label] || CLASSES[label];
}
var BLUE = "#3f7fe0";
var ORANGE = "#d9731a";
var LIGHT = { "--st-background-color": "#ffffff", "--st-secondary-background-color": "#f4f5f7", "--st-text-color": "#111827", "--st-border-color": "#dfe3ea", "--st-font": "sans-serif" };
var rgb = /* @__PURE__ */ new Map();
function rgbOf(colour) {
  let channels = rgb.get(colour);
  if (!channels) {
    const context = contextOf(h("canvas", { width: 1, height: 1 }));
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    channels = [red, green, blue];
    rgb.set(colour, channels);
  }
  return channels;
}
function propertiesOf(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim() || LIGHT[name];
}
function themeOf(element) {
  const value = propertiesOf(element);
  const [red, green, blue] = rgbOf(value("--st-background-color"));
  const text = value("--st-text-color");
  return { dark: 0.299 * red + 0.587 * green + 0.114 * blue < 128, ink: rgbOf(text), text };
}

// pages/components/src/render/labels.js
var GAP = 24;
var LETTER = 11.5;
var ROUNDS = 16;
var Labels = class {
  constructor() {
    this.element = svg("g", { class: "zs-labels" });
    this.names = [];
  }
  set(names) {
    this.names = names.map(({ name, place }) => ({ text: svg("text", { class: "zs-label" }, name), place, wide: LETTER * name.length }));
    this.element.replaceChildren(...this.names.map(({ text }) => text));
  }
  draw(view) {
    const spots = spread(this.names.map(({ place }) => view.toPixels(place)), this.names.map(({ wide }) => wide));
    for (const [index, { text }] of this.names.entries()) placeAt(text, spots[index]);
  }
};
function spread(places2, widths) {
  const spots = places2.map(([x, y]) => [x, y]);
  for (let round = 0, crowded = true; crowded && round < ROUNDS; round++) {
    crowded = false;
    for (let i = 1; i < spots.length; i++) {
      for (let j = 0; j < i; j++) {
        const across = Math.max(GAP, (widths[i] + widths[j]) / 2 + GAP / 2);
        const [dx, dy] = [(spots[i][0] - spots[j][0]) / across, (spots[i][1] - spots[j][1]) / GAP];
        const distance = Math.hypot(dx, dy);
        if (distance >= 1) continue;
        crowded = true;
        const [ux, uy] = distance > 0 ? [dx / distance, dy / distance] : across > GAP ? [0, 1] : [1, 0];
        const push = (1 - distance) / 2;
        spots[i] = [spots[i][0] + push * ux * across, spots[i][1] + push * uy * GAP];
        spots[j] = [spots[j][0] - push * ux * across, spots[j][1] - push * uy * GAP];
      }
    }
  }
  return spots;
}

// pages/components/src/render/marks.js
var LEAST_STRENGTH = 0.15;
var Marks = class {
  constructor() {
    this.labels = new Labels();
    this.circles = svg("g", { class: "zs-circles" });
    this.trails = svg("g", { class: "zs-trails" });
    this.path = svg("g", { class: "zs-path" });
    this.rings = svg("g", { class: "zs-rings" });
    this.pins = svg("g", { class: "zs-pins" });
    this.spread = svg("g", { class: "zs-spread" });
    this.cursor = svg("g", { class: "zs-cursor" });
    this.outline = svg("g", { class: "zs-outline" });
    this.element = svg("svg", { class: "zs-overlay", "aria-hidden": "true" }, this.circles, this.labels.element, this.trails, this.path, this.rings, this.pins, this.spread, this.cursor, this.outline);
    this.ellipses = [1, 2].map(() => svg("ellipse", {}));
    this.cursorMark = svg("g", {}, svg("circle", { r: 7, class: "zs-halo" }), svg("circle", { r: 7 }));
    this.nearMark = svg("circle", { r: 5, class: "zs-near" });
  }
  clip([left, top, width, height]) {
    const clip = `inset(${top}px calc(100% - ${left + width}px) calc(100% - ${top + height}px) ${left}px)`;
    this.element.style.clipPath = clip;
    return clip;
  }
  draw(view, { pins = [], rings = [], active = -1, path = [], at = null, trails = [] }) {
    this.labels.draw(view);
    this.trails.replaceChildren(...trails.map(([from, to]) => trail(view.toPixels(from), view.toPixels(to))));
    this.pins.replaceChildren(...pins.map(({ place, name, active: chosen }) => placeAt(svg("g", { class: chosen ? "zs-pin zs-active" : "zs-pin" }, svg("circle", { r: 9 }), svg("text", {}, name)), view.toPixels(place))));
    this.rings.replaceChildren(...rings.map((place, index) => placeAt(svg("circle", { r: index === active ? 8 : 4, class: index === active ? "zs-active" : "" }), view.toPixels(place))));
    const points = path.map((place) => joined(view.toPixels(place))).join(" ");
    this.path.replaceChildren(...path.length ? [svg("polyline", { points, class: "zs-halo" }), svg("polyline", { points })] : [], ...at ? [placeAt(svg("circle", { r: 6 }), view.toPixels(at))] : []);
  }
  drawPrior(view, centre, rings, components) {
    if (!centre) {
      this.circles.replaceChildren();
      return;
    }
    const [left, top] = view.toPixels(centre);
    const unit = view.frame.width;
    const heaviest = Math.max(...components.map(({ weight }) => weight));
    this.circles.replaceChildren(...rings.flatMap(([radius, label]) => [svg("circle", { cx: left, cy: top, r: radius * unit }), placeAt(svg("text", {}, label), [left, top - radius * unit])]), ...components.map(({ weight, place, std }) => {
      const strength = LEAST_STRENGTH + (1 - LEAST_STRENGTH) * (weight / heaviest);
      const ellipse = svg("ellipse", { "stroke-opacity": strength.toFixed(2), "fill-opacity": strength.toFixed(2) });
      return shape(ellipse, view, place, axesOf(std));
    }));
  }
  drawCursor(view, cursor, near) {
    if (!this.cursorMark.parentNode) this.cursor.replaceChildren(this.nearMark, this.cursorMark);
    placeAt(this.cursorMark, view.toPixels(cursor));
    this.nearMark.style.display = near ? "" : "none";
    if (near) {
      this.nearMark.style.stroke = near.colour;
      placeAt(this.nearMark, view.toPixels(near.place));
    }
    if (near?.std) this.drawSpread(view, near.place, near.colour, near.std);
    else this.spread.replaceChildren();
  }
  drawSpread(view, place, colour, std) {
    if (!this.ellipses[0].parentNode) this.spread.replaceChildren(...this.ellipses);
    const [along, beside, turn] = axesOf(std);
    for (const [at, ellipse] of this.ellipses.entries()) {
      shape(ellipse, view, place, [(at + 1) * along, (at + 1) * beside, turn]);
      ellipse.style.stroke = colour;
    }
  }
};
function shape(ellipse, view, place, [along, beside, turn]) {
  const [left, top] = view.toPixels(place);
  const { width } = view.frame;
  const radii = { cx: left, cy: top, rx: along * width, ry: beside * width };
  for (const [name, value] of Object.entries(radii)) ellipse.setAttribute(name, value.toFixed(1));
  ellipse.setAttribute("transform", `rotate(${turn.toFixed(2)} ${left.toFixed(1)} ${top.toFixed(1)})`);
  return ellipse;
}
function trail([fromX, fromY], [toX, toY]) {
  return svg("line", { x1: fromX, y1: fromY, x2: toX, y2: toY });
}
function joined(spot) {
  return spot.map((value) => value.toFixed(1)).join(",");
}
function axesOf([across, up, tilt = 0]) {
  if (!tilt) return [across, up, 0];
  const [a, b, c] = [across ** 2, up ** 2, tilt * across * up];
  const [middle, half] = [(a + b) / 2, Math.hypot((a - b) / 2, c)];
  const turn = -90 / Math.PI * Math.atan2(2 * c, a - b);
  return [Math.sqrt(middle + half), Math.sqrt(Math.max(0, middle - half)), turn];
}

// pages/components/src/panels/card.js
var opened = null;
var Card = class {
  constructor(title, icon2, className = "") {
    this.opening = () => {
    };
    this.button = h("button", { type: "button", className: "zs-tool", title, "aria-label": title, "aria-expanded": "false", onclick: () => this.open(Boolean(this.element.hidden)) }, icon2);
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
    this.opening();
    this.element.querySelector("input")?.focus();
  }
};

// pages/components/src/nn/condition.js
function keyOf({ beta, label, lower }) {
  return `${beta},${label}${lower ? `,${lower}` : ""}`;
}
function withLabel(condition, label, { conditioning }) {
  const own = conditioning.label ? { ...condition, label } : condition;
  return own.lower ? { ...own, lower: null } : own;
}
function same(one, other) {
  if (!one || !other) return one === other;
  if (one === other) return true;
  return one.beta === other.beta && keyOf(one) === keyOf(other);
}

// pages/components/src/render/overlay.js
var DECADES = 9.2;
var OVERLAYS = { density: { title: "Density of the images", unit: "log q(z), nats", text: "How much of the test images' posteriors lies at a place, averaged over cells of 2 px: narrower peaks look lower until the map is zoomed in. Where there is none, the model was never asked to draw anything.", cell: 2, around: 384, kernel: { unit: "log density, nats", text: "How densely the test images lie in this plane, each smoothed over half the distance to its neighbours. The method chose the plane, and the distances in it." }, range: (sorted) => [sorted[sorted.length - 1] - DECADES, sorted[sorted.length - 1]] }, entropy: { title: "Undecided pixels", unit: "entropy, nats per image", text: "How unsure the decoded pixels are. High where a picture is blurred, or stands between two shapes.", cell: 9 }, sharpness: { title: "Sharpness", unit: "mean difference of neighbouring pixels", text: "How crisp the decoded picture is. Low where it is blurred, or stands between two shapes.", cell: 9 }, stretch: { title: "Stretch of the decoder", unit: "log √det JᵀJ", text: "How fast pictures change as the pointer moves. Ridges are borders between shapes; where it is low, one shape goes on and on.", cell: 12 }, cycle: { title: "Cycle error", unit: "‖z − E(D(z))‖, latent units", text: "How far the encoder by itself, in one pass, puts a decoded picture from where it was decoded: where that is large, the two halves don't agree. Where a model refines its posteriors, as the points have it, they come out nearer.", cell: 12 }, class: { title: "Nearest class", unit: "vote of the 10 nearest points", text: "The class that most of the nearest test images have; the paler, the more divided their vote.", cell: 5 } };
function overlayOf(name, kernel) {
  return OVERLAYS[name] && { ...OVERLAYS[name], ...kernel ? OVERLAYS[name].kernel : {} };
}

// pages/components/src/map/layers.js
var KEY = "zscape:layers";
var SMALL_WIDTH = 600;
var UNSHOWN = "The prior isn't drawn here: a plane that scatters points has no place for it.";
var SIZES = [96, 20];
var DEFAULTS = { terrain: false, density: 0.65, strength: 0.45, overlay: "", cover: 0.85, circles: false, points: true };
var Layers = class {
  constructor(changed) {
    this.changed = changed;
    this.chosen = { ...DEFAULTS, ...memory.load(KEY) };
    this.overlays = [];
    this.straight = true;
    this.prior = "";
    this.unshown = false;
    this.ground = null;
    this.card = new Card("Layers", "◫");
    this.sliders = [];
    this.about = h("p", { className: "zs-note" });
  }
  offer(overlays, straight, prior) {
    this.overlays = overlays;
    this.straight = straight;
    this.prior = straight ? prior : "";
    this.unshown = Boolean(prior) && !straight;
    this.fill();
  }
  start(width, terrain, usual = {}) {
    this.ground = terrain;
    this.chosen = { ...DEFAULTS, terrain: width >= SMALL_WIDTH, ...usual, ...memory.load(KEY) };
  }
  fill() {
    this.sliders = [];
    this.card.element.replaceChildren(this.choice("points", "Points", "A point for each test image, at the mean of its posterior"), ...this.ground ? [this.choice("terrain", "Terrain", "What the model decodes, drawn behind the points; it fades where no image is")] : [], ...this.ground && !this.ground.fixed ? [this.slider("density", "Density", "How many pictures the terrain has", "terrain")] : [], ...this.ground ? [this.slider("strength", "Strength", "How clearly the terrain is drawn", "terrain")] : [], ...this.overlays.length ? [this.select("overlay", "Overlay", "Where the map can be believed"), this.slider("cover", "Strength", "How clearly the overlay is drawn", "overlay")] : [], ...this.prior ? [this.choice("circles", "Prior", this.prior)] : [], ...this.unshown ? [h("p", { className: "zs-note" }, UNSHOWN)] : [], this.about);
    this.show();
  }
  get settings() {
    const { density, overlay, circles, ...others } = this.chosen;
    const there = this.overlays.includes(overlay) ? overlay : "";
    return { ...others, circles: circles && Boolean(this.prior), overlay: there, size: SIZES[0] * (SIZES[1] / SIZES[0]) ** density };
  }
  choice(name, text, title) {
    const input = h("input", { type: "checkbox", role: "switch", checked: this.chosen[name], onchange: () => this.set(name, input.checked) });
    return h("label", { className: "zs-switch", title }, h("span", {}, text), input);
  }
  select(name, text, title) {
    const options = this.overlays.map((overlay) => h("option", { value: overlay, selected: overlay === this.chosen[name] }, OVERLAYS[overlay].title));
    const select = h("select", { onchange: () => this.set(name, select.value) }, h("option", { value: "" }, "None"), ...options);
    return h("label", { className: "zs-select", title }, h("span", {}, text), select);
  }
  slider(name, text, title, of) {
    const input = h("input", { type: "range", min: "0", max: "1", step: "0.01", value: String(this.chosen[name]), "aria-label": `${text} of the ${of}`, oninput: () => this.set(name, Number(input.value)) });
    const label = h("label", { className: "zs-range", title }, h("span", {}, text), input);
    this.sliders.push([of, input]);
    return label;
  }
  set(name, value) {
    Object.assign(this.chosen, { [name]: value });
    memory.save(KEY, this.chosen);
    this.show();
    this.changed();
  }
  show() {
    this.about.textContent = overlayOf(this.settings.overlay, !this.straight)?.text ?? "";
    this.about.hidden = !this.about.textContent;
    for (const [of, input] of this.sliders) input.disabled = !this.settings[of];
  }
};

// pages/components/src/map/backdrop.js
var Backdrop = class {
  constructor(plane) {
    this.plane = plane;
    this.layers = new Layers(() => this.show());
    this.terrain = null;
    this.overlay = null;
    this.overlaysOf = () => [];
    this.element = h("div", { className: "zs-ground" });
    this.foot = h("div", { className: "zs-foot" });
  }
  lay(terrain, overlay, overlaysOf, usual) {
    this.terrain = terrain;
    this.overlay = overlay;
    this.overlaysOf = overlaysOf;
    this.element.replaceChildren(...overlay ? [overlay.element] : [], ...terrain ? [terrain.element] : []);
    this.foot.replaceChildren(...overlay ? [overlay.bar] : []);
    this.layers.start(this.plane.stage.clientWidth, terrain, usual);
    this.offer();
    this.show();
  }
  renew() {
    this.terrain?.forget();
    this.overlay?.forget();
    this.offer();
    this.show();
  }
  offer() {
    const { space, points } = this.plane.placement;
    this.layers.offer(this.overlaysOf(space), space.straight, points.aboutPrior);
  }
  show() {
    const { plane, layers } = this;
    const { points, terrain, strength, size, overlay, cover } = layers.settings;
    const { dark, ink } = plane.classes.theme;
    const { space, looks } = plane.placement;
    plane.element.classList.toggle("zs-pointless", !points);
    this.terrain?.set({ on: terrain, size, strength, ink });
    const classes = plane.classes.colours;
    this.overlay?.set({ name: overlay, strength: cover, dark, classes, home: looks.home, kernel: !space.straight });
    plane.redraw();
  }
  draw() {
    const { view, condition, placement, motion } = this.plane;
    this.terrain?.draw(view, condition, placement.detail, placement.looks.home, motion.moving);
    this.overlay?.draw(view, condition, motion.moving || Boolean(view.goal));
  }
  destroy() {
    this.terrain?.destroy();
  }
};

// pages/components/src/map/behind.js
var NOTICE_DELAY = 700;
var Behind = class {
  constructor() {
    this.element = h("p", { className: "zs-behind", role: "status" });
    this.waiting = void 0;
  }
  say(points, pictures) {
    clearTimeout(this.waiting);
    const [there, here] = [points, pictures].map(({ beta }) => Number(beta.toPrecision(3)));
    const write = (text) => {
      this.element.textContent = text;
    };
    if (there === here) write("");
    else {
      const wait = this.element.textContent ? 0 : NOTICE_DELAY;
      this.waiting = setTimeout(write, wait, `Points as at β ${there}, pictures at β ${here}`);
    }
  }
  destroy() {
    clearTimeout(this.waiting);
  }
};

// pages/components/src/map/classes.js
var MAX_NAMED = 20;
var Classes = class {
  constructor(names, hidden) {
    this.names = names;
    this.hidden = new Set(hidden);
    this.theme = { dark: false, ink: [0, 0, 0], text: "currentcolor" };
  }
  nameOf(label) {
    return label < 0 ? "no label" : this.names[label];
  }
  colourOf(label) {
    return colourOf(label, this.names.length, this.theme);
  }
  get colours() {
    return this.names.map((_, label) => rgbOf(this.colourOf(label)));
  }
  retheme(theme) {
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return false;
    this.theme = theme;
    return true;
  }
  toggle(label) {
    if (!this.hidden.delete(label)) this.hidden.add(label);
  }
  single(label, all) {
    const others = all.filter((other) => other !== label);
    const alone = others.every((other) => this.hidden.has(other));
    this.hidden = new Set(alone ? [] : others);
  }
  namesOn(detail) {
    const named2 = this.names.length > MAX_NAMED ? [] : detail.labels;
    return named2.filter((label) => label >= 0 && !this.hidden.has(label)).map((label) => ({ name: this.nameOf(label), place: detail.middleOf(label) }));
  }
};

// pages/components/src/map/cursor.js
var Cursor = class {
  constructor(plane, remembered) {
    this.plane = plane;
    const { points } = plane.placement;
    this.image = remembered.cursor ? remembered.image : points.start;
    if (this.image !== void 0 && !plane.placement.has(this.image)) this.image = void 0;
    this.place = remembered.cursor ?? (this.image === void 0 ? [0, 0] : plane.placement.pointAt(this.image));
    this.pointed = false;
    this.pointer = null;
    this.near = null;
    this.digits = 0;
  }
  latentAt(place) {
    const { plane, image } = this;
    if (image !== void 0 && same2(place, this.place) && same2(plane.placement.pointAt(image), this.place)) {
      return { z: Array.from(plane.placement.latentOf(image)), trust: 1, own: true };
    }
    const z = new Array(plane.placement.space.dims);
    return { z, trust: plane.placement.space.inverseTransform(place, z) };
  }
  nearestTo(place) {
    const { placement, classes, motion } = this.plane;
    return placement.detail.nearest(place, classes.hidden, motion.moving);
  }
  moveTo(place) {
    const { plane } = this;
    if (!same2(place, this.place)) this.image = void 0;
    this.place = place;
    this.pointed = true;
    this.near = this.nearestTo(place);
    this.digits = plane.view.digits;
    plane.listener.moved(place, this.near);
    this.draw();
  }
  repeat() {
    if (this.pointed) this.moveTo(this.place);
  }
  step(dx, dy) {
    const { view, listener } = this.plane;
    const [left, top, width, height] = view.box;
    const [across, down] = view.toPixels(this.place);
    const x = Math.min(left + width, Math.max(left, across + dx));
    const y = Math.min(top + height, Math.max(top, down + dy));
    this.moveTo(view.toLatent([x, y]));
    listener.changed();
  }
  click() {
    this.plane.listener.clicked(this.place, this.nearestTo(this.place));
  }
  drift() {
    const { view } = this.plane;
    const place = this.pointer && view.holds(this.pointer) ? view.toLatent(this.pointer) : null;
    if (place && Math.hypot(place[0] - this.place[0], place[1] - this.place[1]) > 0) this.moveTo(place);
  }
  look() {
    this.near = this.nearestTo(this.place);
  }
  draw() {
    if (!this.pointed) return;
    const { plane, near } = this;
    const shown = near && { place: plane.placement.pointAt(near.index), colour: plane.classes.colourOf(near.label), std: plane.spreadOf(near.index) };
    plane.marks.drawCursor(plane.view, this.place, shown);
  }
};
function same2(a, b) {
  return String(a) === String(b);
}

// pages/components/src/map/dwell.js
var DWELL = 400;
var DWELL_RADIUS = 12;
var Dwell = class {
  constructor(plane) {
    this.plane = plane;
    this.card = void 0;
    this.waiting = void 0;
  }
  begin() {
    const { plane, card } = this;
    if (!card) return;
    clearTimeout(this.waiting);
    const { near } = plane.cursor;
    const spot = near && plane.view.toPixels(plane.placement.pointAt(near.index));
    const cursor = plane.view.toPixels(plane.cursor.place);
    if (!near || !spot || Math.hypot(spot[0] - cursor[0], spot[1] - cursor[1]) > DWELL_RADIUS) card.hide();
    else if (card.element.hidden) this.waiting = setTimeout(() => card.show(near, spot, plane.view), DWELL);
    else if (card.near?.index !== near.index) card.show(near, spot, plane.view);
  }
  end() {
    clearTimeout(this.waiting);
    this.card?.hide();
  }
  refresh() {
    if (this.card?.near) this.card.fill();
  }
};

// pages/components/src/nn/expression.js
var UNARY_OPERATIONS = { neg: (a) => -a, abs: Math.abs, exp: Math.exp, log: Math.log, square: (a) => a * a, sqrt: Math.sqrt, floor: Math.floor, step: (a) => a >= 0 ? 1 : 0, probit, tanh: Math.tanh, sigmoid: (a) => 1 / (1 + Math.exp(-a)), softplus };
var BINARY_OPERATIONS = { add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, max: Math.max, min: Math.min };
function compile(expression, count) {
  if (typeof expression === "string") return (variables) => variables[expression];
  const out = new Float64Array(count);
  if (typeof expression === "number") {
    out.fill(expression);
    return () => out;
  }
  const [operation, ...parts] = expression;
  if (operation === "let") return named(parts, count);
  if (operation === "total") return summed(parts, count);
  const [one, other] = parts.map((part) => compile(part, count));
  const [unary, binary] = [UNARY_OPERATIONS[operation], BINARY_OPERATIONS[operation]];
  if (!unary && !binary) throw new Error(`This page can't compute ${operation}. Reload it after an update.`);
  if (unary) return (variables) => {
    const a = one(variables);
    for (let i = 0; i < count; i++) out[i] = unary(a[i]);
    return out;
  };
  return (variables) => {
    const [a, b] = [one(variables), other(variables)];
    for (let i = 0; i < count; i++) out[i] = binary(a[i], b[i]);
    return out;
  };
}
function named(parts, count) {
  const [name, ...rest] = parts;
  const [value, body] = rest.map((part) => compile(part, count));
  return (variables) => body({ ...variables, [name]: value(variables) });
}
function summed(parts, count) {
  const [name, times, formula] = parts;
  const body = compile(formula, count);
  const [out, number] = [new Float64Array(count), new Float64Array(count)];
  return (variables) => {
    out.fill(0);
    for (let k = 0; k < times; k++) {
      const each = body({ ...variables, [name]: number.fill(k) });
      for (let i = 0; i < count; i++) out[i] += each[i];
    }
    return out;
  };
}
var MIDDLE = [[-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239], [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]];
var TAIL = [[-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783], [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]];
var TAIL_SHARE = 0.02425;
function probit(u) {
  if (u < TAIL_SHARE || u > 1 - TAIL_SHARE) {
    const q2 = Math.sqrt(-2 * Math.log(Math.min(u, 1 - u)));
    return (u < 0.5 ? 1 : -1) * ratio(TAIL, q2);
  }
  const q = u - 0.5;
  return q * ratio(MIDDLE, q * q);
}
function ratio(polynomials, x) {
  const [above, below] = polynomials.map((factors) => factors.reduce((sum, factor) => sum * x + factor, 0));
  return above / below;
}
function softplus(a) {
  return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
}

// pages/components/src/nn/likelihood.js
var Formula = class {
  constructor(expression, size) {
    this.size = size;
    this.compiled = compile(expression, size);
  }
  of(numbers, others = {}) {
    const { size } = this;
    const variables = { ...others };
    for (let k = 0; (k + 1) * size <= numbers.length; k++) variables[`a${k}`] = numbers.subarray(k * size, (k + 1) * size);
    return this.compiled(variables);
  }
};
var Score = class extends Formula {
  constructor(expression, size) {
    super(expression, size);
    this.x = new Float64Array(size);
  }
  total(numbers, image) {
    const { size, x } = this;
    for (let i = 0; i < size; i++) x[i] = image[i] / 255;
    const each = this.of(numbers, { x });
    let sum = 0;
    for (let i = 0; i < size; i++) sum += each[i];
    return sum;
  }
};
function uniforms(size, seed) {
  const out = new Float64Array(size);
  let state = seed >>> 0;
  for (let i = 0; i < size; i++) {
    state = state + 1831565813 >>> 0;
    let t = Math.imul(state ^ state >>> 15, state | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    out[i] = (((t ^ t >>> 14) >>> 0) + 0.5) / 2 ** 32;
  }
  return out;
}

// pages/components/src/panels/lower.js
var RENEW_KEY = "n";

// pages/components/src/render/paint.js
function paint(canvas2, pixels, shape2, brightness = 1) {
  const factor = 255 * brightness;
  fill(canvas2, shape2, (rgba, place, area) => {
    const colour = shape2[0] === 3;
    rgba[0] = factor * pixels[place];
    rgba[1] = factor * pixels[colour ? area + place : place];
    rgba[2] = factor * pixels[colour ? 2 * area + place : place];
  });
}
var frames = /* @__PURE__ */ new WeakMap();
function fill(canvas2, [, height, width], colourOf2) {
  let frame = frames.get(canvas2);
  if (!frame || frame.width !== width || frame.height !== height) {
    canvas2.width = width;
    canvas2.height = height;
    frame = new ImageData(width, height);
    frame.data.fill(255);
    frames.set(canvas2, frame);
  }
  const area = width * height;
  const rgba = [0, 0, 0];
  for (let place = 0; place < area; place++) {
    colourOf2(rgba, place, area);
    frame.data[4 * place] = rgba[0];
    frame.data[4 * place + 1] = rgba[1];
    frame.data[4 * place + 2] = rgba[2];
  }
  contextOf(canvas2).putImageData(frame, 0, 0);
}

// pages/components/src/panels/picture_choice.js
var DRAW_KEY = "d";

// pages/components/src/map/gestures.js
var ALL_KEY = "a";
var CLICK_RADIUS = 4;
var KEY_STEP = 8;
var WHEEL = 3e-3;
var WHEEL_UNITS = [1, 16, 400];
var MAX_WHEEL = 240;
var IDLE_TIME = 800;
var PINCH = 5;
var Gestures = class {
  constructor(plane) {
    this.plane = plane;
    this.fingers = /* @__PURE__ */ new Map();
    this.last = performance.now();
    this.down = null;
    this.before = null;
    const { plot } = plane;
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointermove", (event) => this.move(event));
    plot.addEventListener("pointerup", (event) => this.release(event));
    plot.addEventListener("pointercancel", (event) => this.drop(event));
    plot.addEventListener("pointerleave", () => this.leave());
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    plot.addEventListener("keydown", (event) => this.key(event));
    plot.addEventListener("touchstart", (event) => getComputedStyle(plot).touchAction === "none" && event.preventDefault(), { passive: false });
  }
  async unused() {
    for (; ; ) {
      const left = this.last + IDLE_TIME - performance.now();
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }
  spotOf({ clientX, clientY }) {
    const box = this.plane.plot.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }
  placeUnder(event) {
    const { view } = this.plane;
    const spot = this.spotOf(event);
    return view.holds(spot) ? view.toLatent(spot) : null;
  }
  press(event) {
    const { plane, fingers } = this;
    plane.dwell.end();
    const inside2 = Boolean(this.placeUnder(event));
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
    plane.cursor.pointer = mouse ? this.spotOf(event) : null;
    plane.pointLayer.wait();
    if (down?.holds && event.buttons & 1 && this.hold(event)) return;
    if (plane.view.goal && mouse) return;
    if (fingers.has(event.pointerId)) this.pinch(event);
    const inside2 = fingers.size < 2 && this.point(event);
    if (inside2 && mouse && event.buttons === 0) plane.dwell.begin();
    else plane.dwell.end();
  }
  release(event) {
    const { fingers, down } = this;
    const alone = fingers.size < 2;
    this.drop(event);
    const still = down?.inside && Math.hypot(event.clientX - down.x, event.clientY - down.y) <= CLICK_RADIUS;
    if (still && alone && event.button === 0 && this.point(event)) this.plane.cursor.click();
  }
  drop(event) {
    if (this.before || this.fingers.size > 1) this.plane.view.end();
    this.fingers.delete(event.pointerId);
    this.down = this.before = null;
    this.plane.plot.classList.remove("zs-held");
  }
  leave() {
    const { plane } = this;
    plane.cursor.pointer = null;
    plane.dwell.end();
    plane.listener.changed();
  }
  point(event) {
    const z = this.placeUnder(event);
    if (z) this.plane.cursor.moveTo(z);
    return Boolean(z);
  }
  hold({ clientX, clientY }) {
    const { plane, down } = this;
    if (!down) return false;
    const from = this.before ?? [down.x, down.y];
    if (!this.before && Math.hypot(clientX - down.x, clientY - down.y) <= CLICK_RADIUS) return false;
    this.before = [clientX, clientY];
    plane.plot.classList.add("zs-held");
    plane.view.drag(clientX - from[0], clientY - from[1]);
    return true;
  }
  pinch(event) {
    const { plane, fingers } = this;
    const spread2 = () => {
      const [[ax, ay], [bx, by]] = [...fingers.values()];
      return { width: Math.hypot(ax - bx, ay - by), clientX: (ax + bx) / 2, clientY: (ay + by) / 2 };
    };
    const before = fingers.size === 2 ? spread2() : null;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!before) return;
    const after = spread2();
    plane.view.drag(after.clientX - before.clientX, after.clientY - before.clientY);
    if (before.width > 0 && after.width > 0) plane.view.zoom(before.width / after.width, this.spotOf(after));
  }
  wheel(event) {
    const { plane } = this;
    if (!this.placeUnder(event)) return;
    event.preventDefault();
    plane.dwell.end();
    this.last = performance.now();
    const px = event.deltaY * WHEEL_UNITS[event.deltaMode] * (event.ctrlKey ? PINCH : 1);
    plane.view.zoom(2 ** (WHEEL * Math.min(MAX_WHEEL, Math.max(-MAX_WHEEL, px))), this.spotOf(event));
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { plane } = this;
    this.last = performance.now();
    const step = KEY_STEP * (event.shiftKey ? 5 : 1);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const shape2 = Object.keys(SHAPES).find((name) => SHAPES[name].key === event.key);
    if (event.key in moves) plane.cursor.step(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") plane.cursor.click();
    else if (event.key === "+" || event.key === "=") plane.navigation.zoomIn();
    else if (event.key === "-") plane.navigation.zoomOut();
    else if (event.key === "0") plane.navigation.open();
    else if (event.key === ALL_KEY) plane.navigation.showAll();
    else if (event.key === DRAW_KEY && plane.listener.redrawn) plane.listener.redrawn();
    else if (event.key === RENEW_KEY && plane.listener.renewed) plane.listener.renewed();
    else if (event.key === "Escape") plane.listener.escaped();
    else if (shape2) plane.shapes.use(shape2);
    else return;
    event.preventDefault();
  }
};

// pages/components/src/map/keys.js
var ARROWS = ["←", "→", "↑", "↓"];
var SHEET = { "On the map": [[ARROWS, "Move the cursor"], [["Shift + arrow"], "Move the cursor five times as far"], [["Enter", "Space"], "Do what a click does at the cursor, such as pin the place"], [["+", "−"], "Zoom in and out"], [["0"], "Return to the opening view"], [["A"], "Show all points"], [["B"], "Select with a box", "shapes"], [["L"], "Select with a lasso", "shapes"], [["D"], "Draw the picture's pixels, and then anew", "shapes"], [["N"], "Draw the lower latents, and then anew", "lower"], [["Esc"], "Stop drawing, or else clear the selection", "shapes"]], "On the β slider": [[["←", "→"], "Make β smaller or larger"], [["Shift + arrow"], "The same in steps five times as large"]], "On every page with a map": [[["Tab"], "Go to the next control, Shift + Tab to the one before"], [["?"], "Open this sheet; Esc closes it"]] };
var WRITING_FIELDS = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])";
var KeySheet = class {
  constructor(offered) {
    this.offered = offered;
    this.button = h("button", { type: "button", className: "zs-tool", title: "All keys (?)", "aria-label": "All keys (?)", "aria-haspopup": "dialog", onclick: () => this.open() }, "?");
    this.element = h("dialog", { className: "zs-keys", "aria-label": "All keys" });
    this.element.onclick = (event) => {
      if (event.target === this.element) this.element.close();
    };
    this.listening = new AbortController();
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.listening.signal });
  }
  key(event) {
    const { target, ctrlKey, metaKey, altKey } = event;
    if (event.key !== "?" || event.defaultPrevented || ctrlKey || metaKey || altKey) return;
    if (target instanceof Element && target.closest(WRITING_FIELDS) || document.querySelector("dialog[open], [role=dialog], [role=listbox]")) return;
    event.preventDefault();
    this.open();
  }
  open() {
    const offered = this.offered();
    const groups = Object.entries(SHEET).filter(([title]) => offered.beta || title !== "On the β slider");
    const rows = (keys) => keys.filter(([, , needed]) => !needed || offered[needed]).map(([names, words]) => h("div", {}, h("dt", {}, ...names.map((name) => h("kbd", {}, name))), h("dd", {}, words)));
    const close = h("button", { type: "button", className: "zs-tool", title: "Close (Esc)", "aria-label": "Close", onclick: () => this.element.close() }, "×");
    this.element.replaceChildren(h("div", { className: "zs-keys-sheet" }, h("div", { className: "zs-row" }, h("h2", {}, "All keys"), close), ...groups.flatMap(([title, keys]) => [h("h3", {}, title), h("dl", {}, ...rows(keys))])));
    this.element.showModal();
  }
  destroy() {
    this.listening.abort();
    this.element.close();
  }
};

// pages/components/src/map/legend.js
var Legend = class {
  constructor(classes, changed) {
    this.classes = classes;
    this.changed = changed;
    this.labels = [];
    this.element = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
  }
  fill(labels) {
    const { classes } = this;
    this.labels = labels.some((label) => label >= 0) ? labels : [];
    this.element.replaceChildren(...this.labels.map((label) => {
      const item = h("button", { type: "button", className: "zs-class", "aria-pressed": String(!classes.hidden.has(label)), title: "Click to hide or show, double-click for this one alone", onclick: () => this.change(() => classes.toggle(label)), ondblclick: () => this.change(() => classes.single(label, this.labels)) }, h("span", { className: "zs-swatch" }), classes.nameOf(label));
      item.style.setProperty("--zs-class-colour", classes.colourOf(label));
      return item;
    }));
  }
  change(change) {
    change();
    for (const [place, label] of this.labels.entries()) {
      this.element.children[place].setAttribute("aria-pressed", String(!this.classes.hidden.has(label)));
    }
    this.changed();
  }
};

// pages/components/src/map/crossing.js
var MOVE_TIME = 900;
var Crossing = class {
  constructor() {
    this.frame = 0;
  }
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
};
function between(from, to, times, share, out) {
  for (let i = 0; i < to.length; i++) {
    out[i] = Number.isNaN(from[i]) ? to[i] : times * from[i] + share * (to[i] - times * from[i]);
  }
  return out;
}

// pages/components/src/map/motion.js
var REST = 250;
var Motion = class {
  constructor(plane) {
    this.plane = plane;
    this.crossing = new Crossing();
    this.moving = false;
    this.resting = 0;
  }
  stop() {
    this.crossing.stop();
    clearTimeout(this.resting);
  }
  move(mean, condition, some) {
    const { plane } = this;
    plane.condition = condition;
    plane.gestures.last = performance.now();
    this.stop();
    plane.placement.detail.move(mean, some);
    this.moving = true;
    plane.dwell.end();
    this.resting = window.setTimeout(() => this.rest(), REST);
    plane.cursor.look();
    this.draw();
  }
  replace(mean) {
    clearTimeout(this.resting);
    this.plane.placement.detail.replace(mean);
    this.plane.drawLabels();
    this.rest();
  }
  become(points) {
    const { plane } = this;
    const { placement: before, cursor } = plane;
    const { z, own } = cursor.latentAt(cursor.place);
    const after = new Placement(points);
    plane.placement = after;
    plane.condition = points.condition;
    const times = widthOf(after.looks.home) / widthOf(before.looks.home);
    plane.view.rescale(times, after.looks.all, after.looks.closest);
    const { image } = cursor;
    cursor.place = own && image !== void 0 && after.has(image) ? after.pointAt(image) : after.space.transform(z);
    plane.dwell.end();
    plane.legend.fill(after.detail.labels);
    plane.backdrop.renew();
    plane.view.go(after.looks.home);
    if (!before.detail.whole || plane.view.still.matches) {
      this.arrived();
      return;
    }
    const each = (places2) => {
      this.moving = true;
      plane.placement.detail.move(places2);
      this.draw();
    };
    this.crossing.start(before.detail.mean, points.mean, times, each, () => this.arrived());
  }
  arrived() {
    const { plane } = this;
    plane.placement.detail.move(plane.placement.points.mean);
    plane.drawLabels();
    this.rest();
    plane.listener.changed();
    plane.plot.dataset.space = plane.placement.space.name;
  }
  rest() {
    const { plane } = this;
    const { cursor, listener } = plane;
    plane.placement.detail.relevel();
    this.moving = false;
    plane.pointLayer.look();
    plane.pointLayer.invalidate();
    cursor.look();
    if (listener.rested) listener.rested();
    else if (cursor.pointed) listener.moved(cursor.place, cursor.near);
    plane.redraw();
  }
  draw() {
    this.plane.pointLayer.invalidate();
    this.plane.drawLabels();
    this.plane.redraw();
  }
};

// pages/components/src/map/navigation.js
var ZOOM_STEP = 1.5;
var Navigation = class {
  constructor(plane, ...others) {
    this.plane = plane;
    this.element = h("div", { className: "zs-tools" }, tool("Zoom in", "+", () => this.zoomIn()), tool("Zoom out", "−", () => this.zoomOut()), tool("Opening view (0)", "⌂", () => this.open()), tool(`Show all (${ALL_KEY.toUpperCase()})`, "⤢", () => this.showAll()), ...others);
  }
  zoomIn() {
    const { view, cursor } = this.plane;
    view.zoom(1 / ZOOM_STEP, view.toPixels(cursor.place));
  }
  zoomOut() {
    const { view, cursor } = this.plane;
    view.zoom(ZOOM_STEP, view.toPixels(cursor.place));
  }
  open() {
    this.plane.view.go(this.plane.placement.looks.home);
  }
  showAll() {
    const { classes, view, placement } = this.plane;
    const { detail, looks } = placement;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    detail.visit((_, label, x, y) => {
      if (classes.hidden.has(label)) return;
      [left, right, bottom, top] = [Math.min(left, x), Math.max(right, x), Math.min(bottom, y), Math.max(top, y)];
    });
    const ranges = [[left, right], [bottom, top]];
    view.go(left <= right ? around(ranges) : looks.all);
  }
  reveal([across, up]) {
    const { x, y } = this.plane.view;
    this.plane.view.go({ x: shifted(x, across), y: shifted(y, up) });
  }
};
function shifted([from, to], value) {
  if (value > from && value < to) return [from, to];
  const middle = (from + to) / 2;
  return [from - middle + value, to - middle + value];
}

// pages/components/src/shared/sources.js
var SOURCES = { kernel: "AGFzbQEAAAABGQNgBn9/f39/fwBgB39/f39/f38AYAJ/fwACEAEEcGFnZQZtZW1vcnkCAAEDBAMAAQIHGwMGdmVjdG9yAAAGbWF0cml4AAEFc3RhbXAAAgrmBwOQAwIEfwV7IARBAnQhBiACIAZqIQcgAyAFQQJ0aiEIAkADQCADIAhPDQH9DAAAAAAAAAAAAAAAAAAAAAAhCyALIQwgCyENIAshDiACIQkDQCAJ/QAEACEKIAsgCiAA/QAEAP3mAf3kASELIAwgCiAAIAZq/QAEAP3mAf3kASEMIA0gCiAAIAZBAXRq/QAEAP3mAf3kASENIA4gCiAAIAZBA2xq/QAEAP3mAf3kASEOIABBEGohACAJQRBqIQkgCSAHSQ0ACyALIAz9DQABAgMQERITBAUGBxQVFhchCiAKIAsgDP0NCAkKCxgZGhsMDQ4PHB0eH/3kASELIA0gDv0NAAECAxAREhMEBQYHFBUWFyEKIAogDSAO/Q0ICQoLGBkaGwwNDg8cHR4f/eQBIQ0gCyAN/Q0AAQIDBAUGBxAREhMUFRYXIQogCiALIA39DQgJCgsMDQ4PGBkaGxwdHh/95AEhCyADIAsgAf0ABAD95AH9CwQAIAAgBkEDbGohACABQRBqIQEgA0EQaiEDDAALCwu7AwIJfwt7IARBAnQhByAGQQJ0IQgDQEEAIQ4gACELIAEhDSADIApqIQwDQCAN/QkCACETIA39CQIEIRQgDf0JAgghFSAN/QkCDCEWIBMhFyAUIRggFSEZIBYhGiACIApqIQ8gCyAHaiEJA0AgD/0ABAAhECAP/QAEECERIAv9CQIAIRIgEyAQIBL95gH95AEhEyAXIBEgEv3mAf3kASEXIAsgB2r9CQIAIRIgFCAQIBL95gH95AEhFCAYIBEgEv3mAf3kASEYIAsgB0EBdGr9CQIAIRIgFSAQIBL95gH95AEhFSAZIBEgEv3mAf3kASEZIAsgB0EDbGr9CQIAIRIgFiAQIBL95gH95AEhFiAaIBEgEv3mAf3kASEaIA8gCGohDyALQQRqIQsgCyAJSQ0ACyAMIBP9CwQAIAwgF/0LBBAgDCAIaiEMIAwgFP0LBAAgDCAY/QsEECAMIAhqIQwgDCAV/QsEACAMIBn9CwQQIAwgCGohDCAMIBb9CwQAIAwgGv0LBBAgDCAIaiEMIAsgB0EDbGohCyANQRBqIQ0gDkEEaiEOIA4gBUkNAAsgCkEgaiEKIAogCEkNAAsLlAEDA38BewF/AkADQCAAIAFPDQEgACgCACEDIAAoAgQhAgNAIAMgAigCAGohBCACKAIEIQYgBP0ABAAhBSAEIAX9iQEgAv0ABBD9lQEgAv0ABDD9jgFBCP2NASAF/YoBIAL9AAQg/ZUBIAL9AARA/Y4BQQj9jQH9Zv0LBAAgAkHQAGohAiAGDQALIABBCGohAAwACwsLALoCBG5hbWUC8gEDAA8AAXcBAWICAXgDAXkEBmlucHV0cwUHb3V0cHV0cwYDcm93BwNlbmQIBGxhc3QJAmF0CgF2CwJzMAwCczENAnMyDgJzMwEbAAF3AQFiAgF4AwF5BAZpbnB1dHMFB291dHB1dHMGB2NvbHVtbnMHA3JvdwgEd2lkZQkDZW5kCgRsZWZ0CwJhdAwCdG8NBGJpYXMOAW8PBGxhc3QQAWwRAXISAXYTAmwwFAJsMRUCbDIWAmwzFwJyMBgCcjEZAnIyGgJyMwIHAAVwb2ludAEDZW5kAgVzdHJpcAMGY29ybmVyBAJ0bwUEZm91cgYEbW9yZQM+AwADAARkb25lAQRmb3VyAgNzdW0BAwAFZWlnaHQBBGZvdXICA3N1bQIDAARkb25lAQRuZXh0AgZzdHJpcHM=", worker: "" };

// pages/components/src/nn/kernel.js
var MEMORY_PAGE = 65536;
var ALIGNMENT = 16;
var STRIP = 80;
var PAIR = 16711935;
var NO_VALUES = new Float32Array();
var Workspace = class {
  constructor() {
    this.arrays = [];
    this.exports = void 0;
    this.end = ALIGNMENT;
  }
  take(count) {
    const array = { at: this.end, count, values: NO_VALUES };
    this.arrays.push(array);
    this.end += ALIGNMENT * Math.ceil(4 * count / ALIGNMENT);
    return array;
  }
  allocate() {
    const kernel = simd(this.end);
    const buffer = kernel ? kernel.memory.buffer : new ArrayBuffer(this.end);
    this.exports = kernel?.exports;
    for (const array of this.arrays) array.values = new Float32Array(buffer, array.at, array.count);
  }
  vector(w, b, x, y, inputs, outputs) {
    if (this.exports) this.exports.vector(w.at, b.at, x.at, y.at, inputs, outputs);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, 1);
  }
  matrix(w, b, x, y, inputs, outputs, columns) {
    if (this.exports) this.exports.matrix(w.at, b.at, x.at, y.at, inputs, outputs, columns);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, columns);
  }
  stamp(points, count) {
    if (this.exports) this.exports.stamp(points.at, points.at + 8 * count);
    else stampPlainly(new Int32Array(points.values.buffer, points.at, 2 * count));
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
  const { exports } = new WebAssembly.Instance(compiled, { page: { memory: memory2 } });
  return { memory: memory2, exports };
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
function stampPlainly(points) {
  const [words, halves] = [new Int32Array(points.buffer), new Uint16Array(points.buffer)];
  for (let i = 0; i < points.length; i += 2) {
    const corner = points[i] / 4;
    for (let strip = points[i + 1] / 4, more = 1; more; strip += STRIP / 4) {
      more = words[strip + 1];
      const to = corner + words[strip] / 4;
      for (let pixel = 0; pixel < 4; pixel++) {
        const at = 2 * strip + 8 + 4 * pixel;
        const stays = halves[at];
        if (stays === 256) continue;
        const before = words[to + pixel];
        const odd = Math.imul(before & PAIR, stays) + (halves[at + 16] | halves[at + 18] << 16);
        const even = Math.imul(before >>> 8 & PAIR, stays) + (halves[at + 17] | halves[at + 19] << 16);
        words[to + pixel] = odd >>> 8 & PAIR | even & ~PAIR;
      }
    }
  }
}

// pages/components/src/render/canvas_points.js
var SHARES = 4;
var STRIP_WIDTH = 4;
var [STAYS, COMES] = [8, 24];
var HALF = 128;
var SPARE_FACTOR = 1.5;
var INVERSE_ALPHAS = Int32Array.from({ length: 256 }, (_, alpha) => Math.round(65536 * 255 / Math.max(1, alpha)));
var CanvasPoints = class {
  constructor() {
    this.element = h("canvas", { className: "zs-canvas-points", "aria-hidden": "true", hidden: true });
    this.context = contextOf(this.element);
    this.picture = void 0;
    this.image = void 0;
    this.made = "";
  }
  draw(groups, view, size, opacity, chosen) {
    const room = fit(this.element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    const most = Math.max(0, ...groups.map(({ x }) => x.length));
    const made = `${wide} ${high} ${size * scale} ${Object.values(opacity)}`;
    if (!this.picture || !this.image || made !== this.made || most > this.picture.most) {
      this.picture = new Picture(wide, high, size * scale, opacity, Math.ceil(SPARE_FACTOR * most));
      this.image = new ImageData(this.picture.bytes, wide, high);
      this.made = made;
    }
    this.picture.pixels.fill(0);
    for (const points of groups) this.picture.stamp(points, scale, view, chosen);
    unmultiply(this.picture.pixels);
    this.context.putImageData(this.image, 0, 0);
  }
};
var Picture = class {
  constructor(wide, high, diameter, { usual, faint, lit }, most) {
    this.wide = wide;
    this.high = high;
    this.most = most;
    this.looks = [usual, faint, lit].map((share) => dotsOf(diameter, share, wide));
    this.strips = this.looks.map(({ places: places2 }) => places2.flat());
    const count = this.strips.reduce((sum, { length }) => sum + length, 0);
    this.space = new Workspace();
    const pixels = this.space.take(wide * high + STRIP_WIDTH);
    const table = this.space.take(count * STRIP / 4);
    this.points = this.space.take(2 * most);
    this.space.allocate();
    const { buffer } = pixels.values;
    this.at = pixels.at;
    this.pixels = new Int32Array(buffer, pixels.at, wide * high);
    this.bytes = new Uint8ClampedArray(buffer, pixels.at, 4 * wide * high);
    this.list = new Int32Array(buffer, this.points.at, 2 * most);
    this.halves = new Uint16Array(buffer);
    let at = table.at;
    const words = new Int32Array(buffer);
    this.starts = this.looks.map(({ places: places2 }) => Int32Array.from(places2, (strips) => {
      const start = strips.length ? at : 0;
      strips.forEach(({ offset, shares }, n) => {
        words[at / 4] = 4 * offset;
        words[at / 4 + 1] = Number(n < strips.length - 1);
        for (let byte = 0; byte < 4 * STRIP_WIDTH; byte++) this.halves[at / 2 + STAYS + byte] = 256 - shares[byte >> 2];
        at += STRIP;
      });
      return start;
    }));
  }
  stamp({ x, y, index, colour }, scale, { frame, box }, chosen) {
    for (const look of chosen ? [1, 2] : [0]) this.dip(look, colour);
    const [usual, faint, lit] = this.starts;
    const { left, top, width, height } = frame;
    const { side } = this.looks[0];
    const least = { x: Math.max(0, box[0] * scale), y: Math.max(0, box[1] * scale) };
    const most = { x: Math.min(this.wide, (box[0] + box[2]) * scale) - side, y: Math.min(this.high, (box[1] + box[3]) * scale) - side };
    const { list, wide, at } = this;
    let count = 0;
    for (let i = 0; i < x.length; i++) {
      const across = (left + x[i] * width) * scale - side / 2;
      const down = (top + y[i] * height) * scale - side / 2;
      if (!(across >= least.x && across < most.x && down >= least.y && down < most.y)) continue;
      const column = Math.floor(across);
      const row = Math.floor(down);
      const place = Math.floor((down - row) * SHARES) * SHARES + Math.floor((across - column) * SHARES);
      const start = (chosen ? chosen[index[i]] ? lit : faint : usual)[place];
      if (!start) continue;
      list[count++] = at + 4 * (row * wide + column);
      list[count++] = start;
    }
    this.space.stamp(this.points, count / 2);
  }
  dip(look, colour) {
    const rgba = [...colour, 255];
    const start = this.starts[look].find(Boolean) ?? 0;
    this.strips[look].forEach(({ shares }, n) => {
      const to = (start + n * STRIP) / 2 + COMES;
      for (let byte = 0; byte < 4 * STRIP_WIDTH; byte++) this.halves[to + byte] = rgba[byte & 3] * shares[byte >> 2] + HALF;
    });
  }
};
function dotsOf(diameter, opacity, wide) {
  const side = Math.ceil(diameter) + 2;
  const places2 = Array.from({ length: SHARES ** 2 }, (_, place) => {
    const [x, y] = [place % SHARES, Math.floor(place / SHARES)].map((share) => side / 2 + (share + 0.5) / SHARES);
    const strips = [];
    for (let row = 0; row < side; row++) {
      const covered = Array.from({ length: side + STRIP_WIDTH }, (_2, column) => {
        const away = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        return Math.round(256 * opacity * Math.min(1, Math.max(0, diameter / 2 - away + 0.5)));
      });
      for (let column = 0; column < side; column++) {
        if (!covered[column]) continue;
        strips.push({ offset: row * wide + column, shares: covered.slice(column, column + STRIP_WIDTH) });
        column += STRIP_WIDTH - 1;
      }
    }
    return strips;
  });
  return { side, places: places2 };
}
function unmultiply(pixels) {
  for (let at = 0; at < pixels.length; at++) {
    const pixel = pixels[at];
    const alpha = pixel >>> 24;
    if (alpha === 0 || alpha === 255) continue;
    const by = INVERSE_ALPHAS[alpha];
    const red = (pixel & 255) * by + 32768 >>> 16;
    const green = (pixel >>> 8 & 255) * by + 32768 >>> 16;
    const blue = (pixel >>> 16 & 255) * by + 32768 >>> 16;
    pixels[at] = red | green << 8 | blue << 16 | alpha << 24;
  }
}

// pages/components/src/render/scatter.js
var CONFIG = { staticPlot: true, displayModeBar: false, showTips: false };
var Scatter = class {
  constructor(plotly, element, lost) {
    this.lost = lost;
    this.plotly = plotly;
    this.element = element;
    this.drawn = void 0;
    this.drawing = void 0;
  }
  async draw(traces, view, look) {
    const { plotly, element, drawn } = this;
    this.drawn = traces;
    const layout = layoutOf(view);
    if (traces === drawn) {
      const { width, height, xaxis, yaxis } = layout;
      this.drawing = plotly.relayout(element, { width, height, "xaxis.range": xaxis.range, "yaxis.range": yaxis.range });
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
  return { type: "scattergl", mode: "markers", name, x: x.slice(), y: y.slice(), visible, marker: { color: colour, size, opacity }, selectedpoints: selected, selected: { marker: { opacity: lit } }, unselected: { marker: { opacity: faint } } };
}
function layoutOf({ x, y, box, width, height }) {
  const [left, top, wide, high] = box;
  const axis = (range) => ({ range: [...range], visible: false });
  return { autosize: false, width, height, margin: { l: left, t: top, r: width - left - wide, b: height - top - high, pad: 0 }, showlegend: false, hovermode: false, dragmode: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", xaxis: axis(x), yaxis: axis(y) };
}

// pages/components/src/map/point_layer.js
var REST2 = 250;
var OPACITY = { light: 0.7, dark: 0.75 };
var LIT_OPACITY = 0.95;
var FAINT_OPACITY = 0.12;
var PointLayer = class {
  constructor(plane) {
    this.plane = plane;
    this.canvas = new CanvasPoints();
    this.scatter = void 0;
    this.traces = void 0;
    this.chosen = null;
    this.classed = null;
    this.dirty = false;
    this.stale = false;
    this.waiting = void 0;
  }
  highlight(chosen) {
    this.chosen = chosen.length ? new Uint8Array(this.plane.placement.points.label.length) : null;
    for (let at = 0; this.chosen && at < chosen.length; at++) this.chosen[chosen[at]] = 1;
    this.invalidate();
    this.plane.redraw();
  }
  single(label) {
    const { placement } = this.plane;
    this.classed = typeof label === "number" ? Uint8Array.from(placement.points.label, (own) => Number(own === label)) : null;
    this.invalidate();
    this.plane.redraw();
  }
  get lit() {
    return this.chosen ?? this.classed;
  }
  look() {
    const { placement, view } = this.plane;
    if (placement.detail.look({ x: view.x, y: view.y }, view.frame.width)) this.invalidate();
  }
  invalidate() {
    this.traces = void 0;
    this.markDirty();
  }
  markDirty() {
    this.dirty = this.stale = true;
    this.show();
    this.wait();
  }
  wait() {
    clearTimeout(this.waiting);
    if (this.dirty && this.scatter) this.waiting = setTimeout(() => this.handOver(), REST2);
  }
  async begin(plotly) {
    this.scatter = new Scatter(plotly, this.plane.plot, () => this.keepCanvas());
    await this.handOver();
  }
  async handOver() {
    const { plane } = this;
    if (plane.motion.moving || plane.view.goal) {
      this.wait();
      return;
    }
    this.dirty = false;
    this.traces ??= plane.placement.detail.groups.map((group) => ({ name: plane.classes.nameOf(group.label), x: group.x, y: group.y, visible: !plane.classes.hidden.has(group.label), colour: plane.classes.colourOf(group.label), selected: this.litOf(group) }));
    const look = { size: this.size, opacity: this.opacity, lit: LIT_OPACITY, faint: FAINT_OPACITY };
    const drawn = await this.scatter?.draw(this.traces, plane.view, look);
    if (drawn === false) this.keepCanvas();
    this.show();
  }
  keepCanvas() {
    this.scatter?.destroy();
    this.scatter = void 0;
    this.markDirty();
    this.plane.redraw();
  }
  show() {
    this.canvas.element.hidden = !this.dirty;
    this.plane.element.classList.toggle("zs-dirty", this.dirty);
  }
  draw() {
    if (!this.dirty || !this.stale) return;
    this.stale = false;
    const { plane } = this;
    const groups = plane.placement.detail.groups.filter(({ label }) => !plane.classes.hidden.has(label)).map(({ label, index, x, y }) => ({ x, y, index, colour: rgbOf(plane.classes.colourOf(label)) }));
    this.canvas.draw(groups, plane.view, this.size, { usual: this.opacity, lit: LIT_OPACITY, faint: FAINT_OPACITY }, this.lit);
  }
  litOf({ index }) {
    if (!this.lit) return null;
    const places2 = [];
    for (let place = 0; place < index.length; place++) if (this.lit[index[place]]) places2.push(place);
    return places2;
  }
  get size() {
    return Math.min(8, Math.max(2.5, 9 - 1.3 * Math.log10(Math.max(10, this.plane.placement.points.label.length / 4))));
  }
  get opacity() {
    return this.plane.classes.theme.dark ? OPACITY.dark : OPACITY.light;
  }
  destroy() {
    clearTimeout(this.waiting);
    this.scatter?.destroy();
  }
};

// pages/components/src/map/shapes.js
var Shapes = class {
  constructor(plane, drawn) {
    this.plane = plane;
    this.marquee = new Marquee(plane, drawn);
    this.element = h("div", { className: "zs-tools zs-shapes", hidden: true });
    this.buttons = [];
  }
  offer(finder) {
    this.buttons = Object.entries(SHAPES).map(([shape2, { title, icon: icon2, key }]) => {
      const button = tool(`${title} (${key})`, icon2, () => this.use(shape2));
      button.dataset.shape = shape2;
      button.setAttribute("aria-pressed", "false");
      return button;
    });
    this.element.replaceChildren(...this.buttons, finder.card.button);
    this.element.hidden = false;
    this.plane.stage.append(finder.card.element);
  }
  get offered() {
    return !this.element.hidden;
  }
  use(shape2) {
    if (!this.offered) return;
    this.plane.dwell.end();
    this.marquee.use(shape2 === this.marquee.shape ? null : shape2);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.shape === this.marquee.shape));
    }
    this.plane.plot.focus({ preventScroll: true });
  }
};

// pages/components/src/map/plane.js
var Plane = class {
  constructor(points, classes, alt, remembered, listener) {
    this.condition = points.condition;
    this.listener = listener;
    this.started = false;
    this.resizing = 0;
    this.shown = {};
    this.thumbs = void 0;
    this.spreadOf = () => null;
    this.placement = new Placement(points);
    this.motion = new Motion(this);
    this.classes = new Classes(classes, remembered.hidden ?? []);
    const { home, all, closest } = this.placement.looks;
    this.view = new View({ ...home, ...remembered.view }, all, closest, { moved: () => this.viewMoved(), rested: () => this.viewRests() });
    this.plot = plotOf(alt);
    this.axes = new Axes();
    this.marks = new Marks();
    this.legend = new Legend(this.classes, () => this.showClasses());
    this.backdrop = new Backdrop(this);
    this.keys = new KeySheet(() => ({ shapes: this.shapes.offered, beta: Boolean(this.element.parentElement?.querySelector(".zs-beta input")), lower: Boolean(this.listener.renewed) }));
    this.pointLayer = new PointLayer(this);
    this.gestures = new Gestures(this);
    this.dwell = new Dwell(this);
    this.cursor = new Cursor(this, remembered);
    this.navigation = new Navigation(this, this.backdrop.layers.card.button, this.keys.button);
    this.shapes = new Shapes(this, (polygon) => this.listener.drew(polygon));
    this.behind = new Behind();
    this.over = h("div", { className: "zs-over" });
    this.marks.outline.append(this.shapes.marquee.outline);
    this.stage = h("div", { className: "zs-stage" }, ...this.sheets());
    this.element = h("div", { className: "zs-map" }, this.stage, this.legend.element, this.backdrop.foot);
    this.watching = new ResizeObserver(() => {
      cancelAnimationFrame(this.resizing);
      this.resizing = requestAnimationFrame(() => this.resize());
    });
  }
  sheets() {
    return [this.backdrop.element, this.axes.element, this.pointLayer.canvas.element, this.plot, this.over, this.marks.element, this.shapes.marquee.element, this.behind.element, this.navigation.element, this.shapes.element, this.backdrop.layers.card.element, this.keys.element];
  }
  start() {
    this.started = true;
    this.classes.theme = themeOf(this.element);
    this.view.resize(this.plot.clientWidth, this.plot.clientHeight);
    this.pointLayer.look();
    this.legend.fill(this.placement.detail.labels);
    this.gestures.last = performance.now();
    this.watching.observe(this.plot);
    this.drawLabels();
    this.pointLayer.invalidate();
    this.redraw();
    this.noteView();
    this.plot.dataset.space = this.placement.space.name;
  }
  destroy() {
    this.keys.destroy();
    this.backdrop.destroy();
    this.thumbs?.destroy();
    this.view.stop();
    this.dwell.end();
    this.behind.destroy();
    this.motion.stop();
    this.watching.disconnect();
    cancelAnimationFrame(this.resizing);
    this.pointLayer.destroy();
  }
  get state() {
    const { place: cursor, image } = this.cursor;
    return { view: this.view.wanted, hidden: [...this.classes.hidden], cursor, image, space: this.placement.space.name };
  }
  answer(card, thumbs, spreadOf) {
    this.dwell.card = card;
    this.thumbs = thumbs;
    this.spreadOf = spreadOf;
    this.over.replaceChildren(thumbs.element);
    this.stage.append(card.element);
    this.redraw();
  }
  draw(marks) {
    this.shown = marks;
    this.redraw();
  }
  refresh() {
    this.dwell.refresh();
    this.redraw();
  }
  widen(extent) {
    const whole = this.view.wanted.x[1] === this.placement.looks.home.x[1];
    this.placement.widen(extent);
    const { home, all, closest } = this.placement.looks;
    this.view.rescale(1, all, closest);
    if (whole) this.view.go(home);
  }
  mirror({ x, y }) {
    this.view.look({ x, y });
    this.pointLayer.markDirty();
    this.pointLayer.look();
    this.redraw();
    this.noteView();
  }
  viewMoved() {
    this.pointLayer.markDirty();
    this.redraw();
    this.listener.glided?.();
    this.cursor.drift();
  }
  viewRests() {
    this.pointLayer.look();
    this.redraw();
    this.noteView();
    if (this.cursor.digits !== this.view.digits) this.cursor.repeat();
    this.listener.changed();
  }
  noteView() {
    this.plot.dataset.view = [...this.view.x, ...this.view.y].join(",");
  }
  resize() {
    const { clientWidth: width, clientHeight: height } = this.plot;
    if (!width || !height || !this.view.resize(width, height)) return;
    this.viewMoved();
    this.viewRests();
  }
  retune(condition) {
    this.condition = condition;
    this.behind.say(this.placement.points.condition, condition);
    this.redraw();
  }
  retheme() {
    if (!this.started || !this.classes.retheme(themeOf(this.element))) return false;
    this.pointLayer.invalidate();
    this.legend.fill(this.placement.detail.labels);
    this.drawLabels();
    this.backdrop.show();
    return true;
  }
  showClasses() {
    this.pointLayer.invalidate();
    this.drawLabels();
    this.redraw();
    this.cursor.repeat();
    this.listener.changed();
  }
  drawLabels() {
    this.marks.labels.set(this.classes.namesOn(this.placement.detail));
  }
  redraw() {
    if (!this.started) return;
    const { view, marks, placement, backdrop } = this;
    const clip = marks.clip(view.box);
    this.axes.draw(view, placement.space.axes);
    this.pointLayer.draw();
    backdrop.draw();
    const prior = backdrop.layers.settings.circles;
    marks.drawPrior(view, prior ? placement.centre : null, placement.points.rings, placement.points.components);
    this.thumbs?.draw(this, clip);
    marks.draw(view, this.shown);
    this.cursor.draw();
  }
};
function plotOf(alt) {
  return h("div", { className: "zs-plot", tabIndex: 0, role: "application", "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 returns to the opening view, A shows all points; B and L select with a box or a lasso, Escape ends it; question mark lists all keys.` });
}

// pages/components/src/render/ground.js
var GROUND_TOLERANCE = 0.12;
var GROUND_SHARE = 0.5;
function groundOf(pictures, [channels, height, width], most = 1) {
  const area = height * width;
  const rim = [];
  for (let p = 0; p < area; p++) {
    const [row, column] = [Math.floor(p / width), p % width];
    if (row === 0 || column === 0 || row === height - 1 || column === width - 1) rim.push(p);
  }
  const values = Array.from({ length: channels }, (_, c) => Float32Array.from({ length: pictures.length * rim.length }, (_2, n) => pictures[Math.floor(n / rim.length)][c * area + rim[n % rim.length]] / most));
  const ground = values.map((some) => some.slice().sort()[some.length >> 1]);
  let alike = 0;
  for (let n = 0; n < values[0].length; n++) if (values.every((some, c) => Math.abs(some[n] - ground[c]) <= GROUND_TOLERANCE)) alike++;
  return alike >= GROUND_SHARE * values[0].length ? ground : null;
}
function cutOut(data, at, channels, value, ground, ink) {
  let share = ground ? 0 : 1;
  if (ground) for (let c = 0; c < channels; c++) share = Math.max(share, Math.abs(value(c) - ground[c]) / Math.max(ground[c], 1 - ground[c]));
  const inked = ground && channels === 1;
  for (let c = 0; c < 3; c++) {
    const own = channels === 3 ? c : 0;
    data[at + c] = inked ? ink?.[c] ?? 0 : ground ? 255 * (ground[own] + (value(own) - ground[own]) / (share || 1)) : 255 * value(own);
  }
  data[at + 3] = 255 * share;
}

// pages/components/src/player/interpolation.js
function split(moment, count) {
  const before = Math.min(Math.floor(moment), count - 1);
  return [before, Math.min(before + 1, count - 1), moment - before];
}
function between2(values, moment) {
  const [before, after, share] = split(moment, values.length);
  return values[before] + share * (values[after] - values[before]);
}
function valueAt(epochs, values, epoch) {
  let last = null;
  for (const [place, value] of values.entries()) {
    if (value === null) continue;
    const at = epochs[place];
    if (at > epoch) return last && last[1] + (epoch - last[0]) / (at - last[0]) * (value - last[1]);
    last = [at, value];
  }
  return last?.[1] ?? null;
}
function glide(means, moment, out) {
  const [before, after, t] = split(moment, means.length);
  const [a, b] = [means[before], means[after]];
  if (a === b) {
    out.set(a);
    return out;
  }
  const [earlier, later] = [means[before - 1], means[after + 1]];
  for (let i = 0; i < out.length; i++) {
    const way = b[i] - a[i];
    const leaving = earlier ? speed(a[i] - earlier[i], way) : 0;
    const arriving = later ? speed(way, later[i] - b[i]) : 0;
    out[i] = a[i] + t * (leaving + t * (3 * way - 2 * leaving - arriving + t * (leaving + arriving - 2 * way)));
  }
  return out;
}
function speed(before, after) {
  const both2 = before * after;
  return both2 > 0 ? 2 * both2 / (before + after) : 0;
}

// pages/components/src/player/curves.js
var SIZE = { width: 240, height: 84, left: 2, right: 2 };
var Curves = class {
  constructor(seek) {
    this.seek = seek;
    this.charts = /* @__PURE__ */ new Map();
    this.epoch = void 0;
    this.element = h("div", { className: "zs-curves" });
  }
  set(charts, curves, last) {
    for (const about of charts) {
      const chart = this.charts.get(about.name) ?? this.add(about);
      chart.set(curves, last);
    }
  }
  add(about) {
    const chart = new Chart(about, this.seek);
    this.charts.set(about.name, chart);
    this.element.append(chart.element);
    if (this.epoch !== void 0) chart.show(this.epoch);
    return chart;
  }
  show(epoch) {
    this.epoch = epoch;
    for (const chart of this.charts.values()) chart.show(epoch);
  }
};
var Chart = class {
  constructor({ name, title, hint }, seek) {
    this.name = name;
    const { width, height } = SIZE;
    this.value = h("span", { className: "zs-curve-value" }, "–");
    this.split = h("span", { className: "zs-note" });
    this.end = h("span");
    this.lines = { train: svg("polyline", { class: "zs-train", stroke: BLUE }), validation: svg("polyline", { stroke: ORANGE }) };
    this.mark = svg("line", { class: "zs-playhead", y1: 0, y2: height });
    this.drawing = svg("svg", { class: "zs-run-curve", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title} over the epochs, nats per image` }, svg("title", {}, `${[title, hint].filter(Boolean).join(": ")}, nats per image. Dotted: training images, solid: validation images.`), this.lines.train, this.lines.validation, this.mark);
    this.curves = { epoch: [], train: {}, validation: null, ranges: {} };
    this.last = 1;
    this.shown = {};
    this.epoch = void 0;
    this.drawing.onpointerdown = (event) => {
      this.drawing.setPointerCapture(event.pointerId);
      this.seekTo(event, seek);
    };
    this.drawing.onpointermove = (event) => {
      if (event.buttons) this.seekTo(event, seek);
    };
    this.element = h("div", { className: "zs-run-chart" }, h("div", { className: "zs-row" }, h("span", {}, title, " ", this.split), this.value), this.drawing, h("div", { className: "zs-row zs-note", "aria-hidden": "true" }, h("span", {}, "0"), this.end));
  }
  seekTo({ clientX }, seek) {
    const box = this.drawing.getBoundingClientRect();
    const { width, left, right } = SIZE;
    const x = (clientX - box.left) / box.width * width;
    seek(Math.min(1, Math.max(0, (x - left) / (width - left - right))) * this.last);
  }
  set(curves, last) {
    this.curves = curves;
    this.last = last;
    this.end.textContent = `epoch ${last.toLocaleString("en")}`;
    this.shown = curves.validation ?? curves.train;
    this.split.textContent = curves.validation ? "validation images" : "training images";
    this.draw(this.lines.train, curves.train);
    this.draw(this.lines.validation, curves.validation);
    if (this.epoch !== void 0) this.show(this.epoch);
  }
  draw(line2, terms) {
    const spots = (terms?.[this.name] ?? []).flatMap((value, place) => value === null ? [] : [this.spot(this.curves.epoch[place], value)]);
    line2.setAttribute("points", spots.map((spot) => spot.map((side) => side.toFixed(1)).join(",")).join(" "));
  }
  spot(epoch, value) {
    const { width, height, left, right } = SIZE;
    const [low, high] = this.curves.ranges[this.name] ?? [0, 1];
    return [left + epoch / this.last * (width - left - right), (high - value) / (high - low) * height];
  }
  show(epoch) {
    this.epoch = epoch;
    const [x] = this.spot(epoch, 0);
    this.mark.setAttribute("x1", x.toFixed(1));
    this.mark.setAttribute("x2", x.toFixed(1));
    const value = valueAt(this.curves.epoch, this.shown[this.name] ?? [], epoch);
    this.value.textContent = value === null ? "–" : `${value.toFixed(1)} nats`;
  }
};

// pages/components/src/shared/blocks.js
var ARRAY_TYPES = { F32: Float32Array, I32: Int32Array, U32: Uint32Array, I16: Int16Array, U16: Uint16Array, I8: Int8Array, U8: Uint8Array };
async function fetchBlock(url) {
  let response, buffer;
  try {
    response = await fetch(url);
    buffer = await response.arrayBuffer();
  } catch {
    throw new Error("The server can't be reached. See whether it is running and you are online, and reload the page.");
  }
  const start = buffer.byteLength < 8 ? Infinity : 8 + Number(new DataView(buffer).getBigUint64(0, true));
  if (!response.ok || start > buffer.byteLength) throw refusal(response);
  const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  const arrays = {};
  for (const [name, { dtype, data_offsets }] of Object.entries(tensors)) {
    const [from, to] = data_offsets.map((offset) => start + offset);
    const ArrayType = ARRAY_TYPES[dtype];
    const aligned = from % ArrayType.BYTES_PER_ELEMENT === 0;
    arrays[name] = aligned ? new ArrayType(buffer, from, (to - from) / ArrayType.BYTES_PER_ELEMENT) : new ArrayType(buffer.slice(from, to));
  }
  return { header: JSON.parse(metadata.header), arrays };
}
function sizeOf(shape2) {
  return shape2.reduce((product, side) => product * side, 1);
}
function refusal(response) {
  const { status, headers } = response;
  if (headers.get("X-Zscape") === "gone") {
    return Object.assign(new Error("The server no longer has this model. Reload the page."), { gone: true });
  }
  if ([502, 503, 504].includes(status)) {
    return new Error(`The proxy in front of Zscape gets no answer from it (HTTP ${status}). Reload the page in a moment; if this stays, start the server again.`);
  }
  const what = `HTTP ${status}, ${headers.get("Content-Type") ?? "of no type"}`;
  return new Error(`Something else answered in Zscape's place (${what}, for ${new URL(response.url).pathname}). If a proxy asks you to log in, reload the page to do so again. Otherwise the proxy must pass on every path below the app's own; docs/deploy.md says how.`);
}

// pages/components/src/nn/network.js
var up4 = (count) => 4 * Math.ceil(count / 4);
var up8 = (count) => 8 * Math.ceil(count / 8);
var LAYERS = { linear({ inputs, outputs }, tensors, { values: x }, { space, lanes }) {
  const [rows, width] = [up4(outputs), up4(inputs)];
  const [weight, bias, y] = [rows * width, rows, rows * lanes].map((count) => space.take(count));
  return { shape: [outputs], values: y, fill() {
    for (let o = 0; o < outputs; o++) weight.values.set(tensors.weight.subarray(o * inputs, (o + 1) * inputs), o * width);
    bias.values.set(tensors.bias);
  }, run() {
    if (lanes === 1) space.vector(weight, bias, x, y, width, rows);
    else space.matrix(weight, bias, x, y, width, rows, lanes);
  } };
}, conv({ inputs, outputs, kernel, stride, padding, dilation }, tensors, { shape: [, height, width], values: x }, { space, lanes }) {
  const reach = dilation * (kernel - 1) + 1;
  const [outHeight, outWidth] = [height, width].map((side) => Math.floor((side + 2 * padding - reach) / stride) + 1);
  const taps = inputs * kernel * kernel;
  const [rows, inner, area] = [up4(outputs), up4(taps), outHeight * outWidth * lanes];
  const columns = up8(area);
  const [weight, bias, patches, product] = [rows * inner, rows, inner * columns, rows * columns].map((count) => space.take(count));
  const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
  const [downs, acrosses] = [places(kernel, stride, padding, dilation, height, outHeight), places(kernel, stride, padding, dilation, width, outWidth)];
  return { shape: [outputs, outHeight, outWidth], values: y, fill() {
    for (let o = 0; o < outputs; o++) weight.values.set(tensors.weight.subarray(o * taps, (o + 1) * taps), o * inner);
    bias.values.set(tensors.bias);
  }, run() {
    const [from, to] = [x.values, patches.values];
    for (let c = 0, tap = 0; c < inputs; c++) {
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++, tap++) {
          for (let row = downs[ky].first; row <= downs[ky].last; row++) {
            const source = (c * height + row * stride - padding + ky * dilation) * width - padding + kx * dilation;
            const target = tap * columns + row * outWidth * lanes;
            for (let column = acrosses[kx].first; column <= acrosses[kx].last; column++) {
              for (let n = 0; n < lanes; n++) to[target + column * lanes + n] = from[(source + column * stride) * lanes + n];
            }
          }
        }
      }
    }
    space.matrix(weight, bias, patches, product, inner, rows, columns);
    for (let o = 0; o < outputs; o++) y.values.set(product.values.subarray(o * columns, o * columns + area), o * area);
  } };
}, conv_transpose({ inputs, outputs, kernel, stride, padding, dilation, output_padding: more }, tensors, { shape: [, height, width], values: x }, { space, lanes }) {
  const reach = dilation * (kernel - 1) + 1 + more;
  const [outHeight, outWidth] = [height, width].map((side) => (side - 1) * stride - 2 * padding + reach);
  const taps = kernel * kernel;
  const [rows, inner, area] = [up4(outputs * taps), up4(inputs), height * width * lanes];
  const columns = up8(area);
  const [weight, none, padded, product] = [rows * inner, rows, inner * columns, rows * columns].map((count) => space.take(count));
  const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
  const [downs, acrosses] = [places(kernel, stride, padding, dilation, outHeight, height), places(kernel, stride, padding, dilation, outWidth, width)];
  return { shape: [outputs, outHeight, outWidth], values: y, fill() {
    for (let c = 0; c < inputs; c++) {
      for (let row = 0; row < outputs * taps; row++) weight.values[row * inner + c] = tensors.weight[c * outputs * taps + row];
    }
  }, run() {
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
            const target = (o * outHeight + row * stride - padding + ky * dilation) * outWidth - padding + kx * dilation;
            for (let column = acrosses[kx].first; column <= acrosses[kx].last; column++) {
              const at = tap + (row * width + column) * lanes;
              for (let n = 0; n < lanes; n++) to[(target + column * stride) * lanes + n] += from[at + n];
            }
          }
        }
      }
    }
  } };
}, gate({ features, knots }, tensors, { shape: shape2, values: x }, { lanes }) {
  const factors = new Float32Array(features);
  const area = sizeOf(shape2) / features * lanes;
  return { shape: shape2, values: x, tune(condition) {
    const near = nearness(knots, condition[knots.of]);
    for (let f = 0; f < features; f++) factors[f] = 2 / (1 + Math.exp(-tensors.bias[f] - byNearness(near, tensors.weight, f * knots.count)));
  }, run() {
    const { values } = x;
    for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] *= factors[f];
  } };
}, shift({ features, knots }, tensors, { shape: shape2, values: x }, { lanes }) {
  const amounts = new Float32Array(features);
  const area = sizeOf(shape2) / features * lanes;
  return { shape: shape2, values: x, tune(condition) {
    const near = nearness(knots, condition[knots.of]);
    for (let f = 0; f < features; f++) amounts[f] = byNearness(near, tensors.weight, f * knots.count);
  }, run() {
    const { values } = x;
    for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] += amounts[f];
  } };
}, batch_norm({ features, eps }, tensors, { shape: shape2, values: x }, { lanes }) {
  const [scale, shift] = [new Float32Array(features), new Float32Array(features)];
  const area = sizeOf(shape2) / features * lanes;
  return { shape: shape2, values: x, fill() {
    for (let f = 0; f < features; f++) {
      scale[f] = tensors.weight[f] / Math.sqrt(tensors.running_var[f] + eps);
      shift[f] = tensors.bias[f] - tensors.running_mean[f] * scale[f];
    }
  }, run() {
    const { values } = x;
    for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] = values[i] * scale[f] + shift[f];
  } };
}, upsample({ factor }, _, { shape: [channels, height, width], values: x }, { space, lanes }) {
  const shape2 = [channels, factor * height, factor * width];
  const y = space.take(up4(sizeOf(shape2)) * lanes);
  return { shape: shape2, values: y, run() {
    for (let c = 0, to = 0; c < channels; c++) for (let row = 0; row < shape2[1]; row++) for (let column = 0; column < shape2[2]; column++, to += lanes) {
      const from = ((c * height + Math.floor(row / factor)) * width + Math.floor(column / factor)) * lanes;
      for (let n = 0; n < lanes; n++) y.values[to + n] = x.values[from + n];
    }
  } };
}, channels({ first, count }, _, { shape: [, height, width], values: x }, { space, lanes }) {
  const [shape2, area] = [[count, height, width], height * width * lanes];
  const y = space.take(up4(sizeOf(shape2)) * lanes);
  return { shape: shape2, values: y, run: () => y.values.set(x.values.subarray(first * area, (first + count) * area)) };
}, constant({ count }, tensors, { shape: [channels, height, width], values: x }, { space, lanes }) {
  const area = height * width * lanes;
  const shape2 = [channels + count, height, width];
  const y = space.take(up4(sizeOf(shape2)) * lanes);
  return { shape: shape2, values: y, run() {
    y.values.set(x.values.subarray(0, channels * area));
    y.values.fill(tensors.value[0], channels * area, (channels + count) * area);
  } };
}, residual({ layers = [] }, tensors, incoming, place) {
  const copy = place.space.take(incoming.values.count);
  const steps = chain(layers, tensors, { shape: incoming.shape, values: copy }, place);
  const { values: y } = steps[steps.length - 1];
  return { shape: incoming.shape, values: y, fill() {
    for (const step of steps) step.fill?.();
  }, tune(condition) {
    for (const step of steps) step.tune?.(condition);
  }, run() {
    copy.values.set(incoming.values.values);
    for (const step of steps) step.run?.();
    const [to, from] = [y.values, incoming.values.values];
    for (let i = 0; i < sizeOf(incoming.shape) * place.lanes; i++) to[i] += from[i];
  } };
}, ladder({ layers = [], top, lower }, tensors, incoming, place) {
  const { space, lanes } = place;
  const z = space.take(up4(top) * lanes);
  const steps = chain(layers, tensors, { shape: [top], values: z }, place);
  const said = steps[steps.length - 1].values;
  const y = space.take(up4(lower) * lanes);
  const added = new Float32Array(lower);
  return { shape: [lower], values: y, fill() {
    for (const step of steps) step.fill?.();
  }, tune(condition) {
    if (condition.lower) added.set(condition.lower);
    else added.fill(0);
  }, run() {
    z.values.set(incoming.values.values.subarray(0, top * lanes));
    for (const step of steps) step.run?.();
    const [e, mean] = [incoming.values.values, said.values];
    for (let d = 0; d < lower; d++) for (let lane = 0; lane < lanes; lane++) {
      const std = softplus(mean[(lower + d) * lanes + lane]);
      y.values[d * lanes + lane] = mean[d * lanes + lane] + std * (e[(top + d) * lanes + lane] + added[d]);
    }
  } };
}, relu: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => Math.max(value, 0)), leaky_relu: ({ slope }, _, incoming, { lanes }) => elementwise(incoming, lanes, (value) => value > 0 ? value : slope * value), tanh: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, Math.tanh), gelu: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => value / 2 * (1 + erf(value / Math.SQRT2))), silu: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => value / (1 + Math.exp(-value))), sigmoid: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => 1 / (1 + Math.exp(-value))), reshape: ({ shape: shape2 }, _, { values }) => ({ shape: shape2, values }), flatten: (_, __, { shape: shape2, values }) => ({ shape: [sizeOf(shape2)], values }) };
var Network = class {
  constructor(layers, arrays, shape2, lanes = 1) {
    const space = new Workspace();
    const place = { space, lanes };
    this.input = space.take(up4(sizeOf(shape2)) * lanes);
    const steps = chain(layers, arrays, { shape: shape2, values: this.input }, place);
    space.allocate();
    for (const { fill: fill3 } of steps) fill3?.();
    this.steps = steps.filter(({ run }) => run);
    this.tuners = steps.filter(({ tune }) => tune);
    const last = steps[steps.length - 1] ?? { shape: shape2, values: this.input };
    this.output = last.values;
    this.shape = last.shape;
  }
  tune(condition) {
    for (const step of this.tuners) step.tune?.(condition);
  }
  run() {
    for (const step of this.steps) step.run?.();
  }
};
function places(kernel, stride, padding, dilation, larger, smaller) {
  return Array.from({ length: kernel }, (_, tap) => ({ first: Math.max(0, Math.ceil((padding - tap * dilation) / stride)), last: Math.min(smaller - 1, Math.floor((larger - 1 + padding - tap * dilation) / stride)) }));
}
function elementwise({ shape: shape2, values: x }, lanes, of) {
  const count = sizeOf(shape2) * lanes;
  return { shape: shape2, values: x, run() {
    const { values } = x;
    for (let i = 0; i < count; i++) values[i] = of(values[i]);
  } };
}
function chain(layers, arrays, incoming, place) {
  let step = incoming;
  return layers.map((layer) => {
    if (!(layer.kind in LAYERS)) throw new Error(`This page can't run a ${layer.kind} layer. Reload it after an update.`);
    const named2 = Object.entries(layer.tensors ?? {}).map(([name, array]) => [name, arrays[array]]);
    step = LAYERS[layer.kind](layer, { ...arrays, ...Object.fromEntries(named2) }, step, place);
    return step;
  });
}
function byNearness(near, weights, start) {
  let sum = 0;
  for (const [knot, share] of near) sum += share * weights[start + knot];
  return sum;
}
function nearness({ of, low, high, count, log }, value) {
  if (Array.isArray(value)) return value.flatMap((share, knot2) => share ? [[knot2, share]] : []);
  if (value === null || of === "label" && value < low) return [];
  if (count === 1) return [[0, 1]];
  const [a, b, v] = log ? [low, high, value].map(Math.log) : [low, high, value];
  const place = Math.min(Math.max((v - a) / (b - a || 1), 0), 1) * (count - 1);
  const knot = Math.min(Math.floor(place), count - 2);
  return [[knot, 1 - (place - knot)], [knot + 1, place - knot]];
}
var ERF = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ERF.reduceRight((total, factor) => (total + factor) * t, 0);
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

// pages/components/src/nn/decoder.js
var LANES = 8;
var Decoder = class {
  constructor({ header, arrays }, many = false) {
    this.latentDim = header.latent_dim;
    this.imageShape = header.image_shape;
    this.betaRange = header.beta_range;
    this.conditioning = header.conditioning;
    this.ofTwo = header.of_two;
    this.lanes = many ? LANES : 1;
    this.network = new Network(header.layers, arrays, [this.latentDim], this.lanes);
    this.size = sizeOf(this.imageShape);
    this.mean = new Formula(header.mean, this.size * this.lanes);
    this.score = new Score(header.score, this.size);
    const numbers = sizeOf(this.network.shape);
    this.numbers = many ? new Float32Array(numbers) : this.network.output.values.subarray(0, numbers);
    this.output = new Float32Array(this.size);
    this.pictures = {};
    if (header.std) this.pictures.std = new Formula(header.std, this.size);
    if (header.draw) this.pictures.draw = new Formula(header.draw, this.size);
    this.noise = uniforms(this.size, 1);
    this.condition = void 0;
    const [low, high] = this.betaRange ?? [1, 1];
    this.tune({ beta: Math.min(Math.max(1, low), high), label: null });
  }
  tune(condition) {
    if (same(condition, this.condition)) return;
    this.condition = condition;
    this.network.tune(condition);
  }
  decode(z) {
    this.network.input.values.set(z);
    this.network.run();
    this.output.set(this.mean.of(this.numbers));
    return this.output;
  }
  picture(kind) {
    return this.pictures[kind].of(this.numbers, { u: this.noise });
  }
  redraw(seed) {
    this.noise = uniforms(this.size, seed);
  }
  decodeAs(z, label, lower = null) {
    const condition = this.condition;
    this.tune({ ...withLabel(condition, label, this), lower });
    const pixels = this.decode(z);
    this.tune(condition);
    return pixels;
  }
  errorOf(image) {
    return this.score.total(this.numbers, image);
  }
  decodeMany(zs, count, each, scored = false) {
    const { lanes, latentDim, size, output, numbers } = this;
    const [input, raw] = [this.network.input.values, this.network.output.values.subarray(0, numbers.length * lanes)];
    for (let first = 0; first < count; first += lanes) {
      const taken = Math.min(lanes, count - first);
      for (let n = 0; n < taken; n++) for (let d = 0; d < latentDim; d++) input[d * lanes + n] = zs[(first + n) * latentDim + d];
      this.network.run();
      const pixels = this.mean.of(raw);
      for (let n = 0; n < taken; n++) {
        for (let p = 0, at = n; p < size; p++, at += lanes) output[p] = pixels[at];
        if (scored) for (let p = 0, at = n; p < numbers.length; p++, at += lanes) numbers[p] = raw[at];
        each(first + n, output);
      }
    }
  }
  reconstructMany(zs, labels, each) {
    const { latentDim } = this;
    const condition = this.condition;
    const groups = /* @__PURE__ */ new Map();
    for (let index = 0; index < labels.length; index++) {
      const own = withLabel(condition, labels[index], this);
      const group = groups.get(keyOf(own));
      if (group) group.indices.push(index);
      else groups.set(keyOf(own), { own, indices: [index] });
    }
    for (const { own, indices } of groups.values()) {
      const some = new Float32Array(latentDim * indices.length);
      for (const [at, index] of indices.entries()) some.set(zs.subarray(latentDim * index, latentDim * (index + 1)), latentDim * at);
      this.tune(own);
      this.decodeMany(some, indices.length, (at) => each(indices[at]), true);
    }
    this.tune(condition);
  }
};

// pages/components/src/shared/lru_map.js
var LRUMap = class extends Map {
  constructor(most) {
    super();
    this.most = most;
  }
  get(key) {
    const value = super.get(key);
    if (value !== void 0) this.set(key, value);
    return value;
  }
  set(key, value) {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.most) this.delete(this.keys().next().value);
    return this;
  }
};

// pages/components/src/player/film.js
var MAX_DECODERS = 24;
var MAX_PICTURES = 150;
var MAX_FETCHES = 3;
var MAX_WISHES = 6;
var MAX_TRIES = 3;
var PATIENCE = 700;
var SnapshotReader = class {
  constructor(url) {
    this.url = url;
    this.frames = [];
    this.plane = void 0;
    this.nearly = this.reach = 0;
    this.decoders = new StepCache(MAX_DECODERS, (step) => fetchBlock(`${url}/decoder/${step}`).then((block) => new Decoder(block)));
    this.pictures = new StepCache(MAX_PICTURES, (step) => fetchBlock(`${url}/pictures/${step}`).then(({ arrays }) => arrays));
  }
  close() {
    this.decoders.close();
    this.pictures.close();
  }
  async about() {
    const { header, arrays } = await fetchBlock(`${this.url}/about`).catch((error) => {
      if (!error.gone) throw error;
      throw new Error("The film of this run can't be read: the run was deleted, or a disk has spoiled its snapshots. Reload the page.");
    });
    return { ...arrays, ...header };
  }
  async extend(steps, plane) {
    const anew = plane !== this.plane;
    const missing = anew ? steps : steps.filter((step) => step > (this.frames.at(-1)?.step ?? -1));
    if (!missing.length) return null;
    const block = await fetchBlock(`${this.url}/places/${plane}/${missing[0]}/${missing.at(-1)}`);
    const { header, arrays } = block;
    const stride = arrays.mean.length / header.steps.length;
    const frames2 = header.steps.map((step, place) => ({ step, mean: arrays.mean.subarray(place * stride, (place + 1) * stride) }));
    this.frames = anew ? frames2 : [...this.frames, ...frames2];
    const [nearly, all] = header.reach;
    this.nearly = nearly;
    this.reach = anew ? all : Math.max(all, this.reach);
    this.plane = plane;
    return anew ? block : null;
  }
  get extent() {
    const square = (most) => [[-most, most], [-most, most]];
    return { nearly: square(this.nearly), all: square(this.reach) };
  }
  meansAt(moment, out) {
    return glide(this.frames.map(({ mean }) => mean), moment, out);
  }
};
var StepCache = class {
  constructor(most, fetching) {
    this.fetching = fetching;
    this.closed = false;
    this.values = new LRUMap(most);
    this.under = /* @__PURE__ */ new Set();
    this.wishes = new LRUMap(MAX_WISHES);
    this.failed = /* @__PURE__ */ new Map();
  }
  close() {
    this.closed = true;
    this.values.clear();
  }
  get(step, came) {
    const value = this.values.get(step);
    if (value) return value;
    if (this.under.has(step) || (this.failed.get(step) ?? 0) >= MAX_TRIES) return void 0;
    this.wishes.set(step, came);
    this.fetch();
    return void 0;
  }
  fetch() {
    while (!this.closed && this.under.size < MAX_FETCHES) {
      const last = [...this.wishes].at(-1);
      if (!last) return;
      const [step, came] = last;
      this.wishes.delete(step);
      this.under.add(step);
      this.fetching(step).then((value) => {
        this.values.set(step, value);
        return 0;
      }, () => {
        const failed = (this.failed.get(step) ?? 0) + 1;
        this.failed.set(step, failed);
        return PATIENCE * failed;
      }).then((wait) => {
        this.under.delete(step);
        this.fetch();
        setTimeout(() => !this.closed && came(step), wait);
      });
    }
  }
};

// pages/components/src/render/fade.js
var CELLS2 = 48;
var BLUR_RADIUS = 0.35;
var ROUNDS2 = 6;
var SPARSE_DENSITY = 0.05;
var END = 6;
var FEATHER = 0.14;
var PATTERN = 64;
function coverage(visit, { x, y }) {
  const lengths = [x, y].map(([from, to]) => to - from);
  const cell = Math.max(...lengths) / CELLS2;
  const [columns, rows] = lengths.map((length) => Math.ceil((length + 2 * BLUR_RADIUS * CELLS2 * cell) / cell - 1e-6));
  const [left, bottom] = [(x[0] + x[1] - columns * cell) / 2, (y[0] + y[1] - rows * cell) / 2];
  let values = new Float64Array(columns * rows);
  let count = 0;
  visit((_, __, across, up) => {
    count++;
    const [column, row] = [Math.floor((across - left) / cell), Math.floor((up - bottom) / cell)];
    if (column >= 0 && column < columns && row >= 0 && row < rows) values[row * columns + column]++;
  });
  for (let round = 0; round < ROUNDS2; round++) values = blurred(blurred(values, columns, rows, 1, columns), rows, columns, columns, 1);
  const few = SPARSE_DENSITY * count * cell * cell / (lengths[0] * lengths[1]);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const rim = Math.min(column, row, columns - 1 - column, rows - 1 - row) / END;
      values[row * columns + column] = count ? (1 - Math.exp(-values[row * columns + column] / few)) * Math.min(1, rim) : 0;
    }
  }
  return { values, columns, rows, cell, left, bottom };
}
function blurred(values, many, lines, step, next) {
  const averages = new Float64Array(values.length);
  for (let line2 = 0; line2 < lines; line2++) {
    for (let n = 0, at = line2 * next; n < many; n++, at += step) {
      averages[at] = (values[at] + (n ? values[at - step] : 0) + (n < many - 1 ? values[at + step] : 0)) / 3;
    }
  }
  return averages;
}
var Fade = class {
  constructor() {
    this.version = 0;
    this.detail = void 0;
    this.seen = -1;
    this.ranges = void 0;
    this.coverage = void 0;
    this.mask = h("canvas", {});
    this.feather = h("canvas", { width: PATTERN, height: PATTERN });
    const image = new ImageData(PATTERN, PATTERN);
    const side = (px) => {
      const t = Math.min(1, (Math.min(px, PATTERN - 1 - px) + 0.5) / (FEATHER * PATTERN));
      return t * t * (3 - 2 * t);
    };
    for (let p = 0; p < PATTERN ** 2; p++) image.data[4 * p + 3] = 255 * side(p % PATTERN) * side(Math.floor(p / PATTERN));
    contextOf(this.feather).putImageData(image, 0, 0);
    this.pattern = contextOf(this.feather).createPattern(this.feather, "repeat");
    this.rims = h("canvas", {});
    this.rimmed = "";
  }
  take(detail, ranges) {
    if (this.detail === detail && this.seen === detail.version && this.ranges === ranges) return;
    this.detail = detail;
    this.ranges = ranges;
    this.seen = detail.version;
    this.version++;
    const covered = coverage((each) => detail.visit(each), ranges);
    const { values, columns, rows } = covered;
    Object.assign(this.mask, { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    for (let at = 0; at < values.length; at++) {
      image.data[4 * ((rows - 1 - Math.floor(at / columns)) * columns + at % columns) + 3] = 255 * values[at];
    }
    contextOf(this.mask).putImageData(image, 0, 0);
    this.coverage = covered;
  }
  apply(context, frame, scale, size, { left = 0, top = 0, side = 0 } = {}) {
    const { width: wide, height: high } = context.canvas;
    const [originX, originY] = [(frame.left + left * frame.width) * scale, (frame.top + top * frame.height) * scale];
    const look = [wide, high, originX, originY, ...size, frame.width, frame.height, scale].join();
    context.save();
    context.globalAlpha = 1;
    context.globalCompositeOperation = "destination-in";
    context.imageSmoothingQuality = "high";
    const [across, down] = [size[0] * frame.width * scale / PATTERN, -size[1] * frame.height * scale / PATTERN];
    this.pattern.setTransform(new DOMMatrix([across, 0, 0, down, originX, originY]));
    if (look !== this.rimmed) {
      this.rims.width = 0;
      this.rimmed = look;
      fill2(context, this.pattern);
    } else {
      if (!this.rims.width) {
        [this.rims.width, this.rims.height] = [wide, high];
        const rims = contextOf(this.rims);
        rims.imageSmoothingQuality = "high";
        fill2(rims, this.pattern);
      }
      context.drawImage(this.rims, 0, 0);
    }
    if (side) context.drawImage(this.feather, originX, originY, side * frame.width * scale, -side * frame.height * scale);
    if (this.coverage) {
      const { columns, rows, cell, left: x, bottom } = this.coverage;
      context.drawImage(this.mask, (frame.left + x * frame.width) * scale, (frame.top + (bottom + rows * cell) * frame.height) * scale, columns * cell * frame.width * scale, -rows * cell * frame.height * scale);
    }
    context.restore();
  }
};
function fill2(context, pattern) {
  context.fillStyle = pattern;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

// pages/components/src/player/sheet.js
var MAX_DRAWN = 60;
var Sheet = class {
  constructor(shape2, ground, reach) {
    this.shape = shape2;
    this.reach = reach;
    this.on = false;
    this.ink = void 0;
    this.view = void 0;
    this.ground = ground;
    this.fade = new Fade();
    this.fixed = true;
    this.element = h("canvas", { className: "zs-terrain", "aria-hidden": "true" });
    this.context = contextOf(this.element);
    this.drawn = new LRUMap(MAX_DRAWN);
    this.pair = [];
    this.share = 0;
  }
  set({ on, strength, ink }) {
    if (String(ink) !== String(this.ink)) this.drawn.clear();
    this.on = on;
    this.ink = ink;
    this.element.hidden = !on;
    this.element.style.opacity = String(strength);
    this.paint();
  }
  forget() {
  }
  destroy() {
    this.drawn.clear();
  }
  show(pair, share) {
    this.pair = pair;
    this.share = share;
    this.paint();
  }
  draw(view, _, detail, home) {
    this.view = view;
    this.fade.take(detail, home);
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
    const { box } = view;
    context.rect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale);
    context.clip();
    const { left, top, width, height } = view.frame;
    const [x, y] = [(left - this.reach * width) * scale, (top + this.reach * height) * scale];
    const [broad, tall] = [2 * this.reach * width * scale, -2 * this.reach * height * scale];
    for (const [place, { step, samples }] of this.pair.entries()) {
      context.globalCompositeOperation = "lighter";
      context.globalAlpha = place ? this.share : 1 - this.share;
      if (context.globalAlpha) context.drawImage(this.squareOf(step, samples, this.ink), x, y, broad, tall);
    }
    context.globalCompositeOperation = "source-over";
    if (this.pair.length) {
      const side = 2 * this.reach / sideOf(this.pair[0].samples, this.shape);
      this.fade.apply(context, view.frame, scale, [side, side], { left: -this.reach, top: this.reach, side: 2 * this.reach });
    }
    context.restore();
  }
  squareOf(step, samples, ink) {
    const known = this.drawn.get(step);
    if (known) return known;
    const square = drawRows([samples], this.shape, sideOf(samples, this.shape), { cut: { ground: this.ground, ink } });
    this.drawn.set(step, square);
    return square;
  }
};
function sideOf(images, [channels, high, wide]) {
  return Math.round(Math.sqrt(images.length / (channels * high * wide)));
}
function drawRows(parts, [channels, high, wide], columns, { cut = null, gap = 0, apart: apart2 = 0 }) {
  const area = high * wide;
  const rows = parts.map((images) => Math.ceil(images.length / (channels * area * columns)));
  const gaps = apart2 * (Math.ceil(parts.length / 2) - 1);
  const height = rows.reduce((sum, count) => sum + count, 0) * (high + gap) - gap + gaps;
  const canvas2 = h("canvas", { width: columns * (wide + gap) - gap, height });
  const context = contextOf(canvas2);
  const frame = context.createImageData(canvas2.width, canvas2.height);
  const { data } = frame;
  let above = 0;
  for (const [part, images] of parts.entries()) {
    for (let n = 0; n < images.length / (channels * area); n++) {
      const [left, top] = [n % columns * (wide + gap), above + Math.floor(n / columns) * (high + gap)];
      for (let y = 0, from = n * channels * area; y < high; y++) {
        for (let x = 0, at = ((top + y) * canvas2.width + left) * 4; x < wide; x++, at += 4, from++) {
          cutOut(data, at, channels, (c) => images[from + c * area] / 255, cut?.ground, cut?.ink);
        }
      }
    }
    above += rows[part] * (high + gap) + (part % 2 ? apart2 : 0);
  }
  context.putImageData(frame, 0, 0);
  return canvas2;
}

// pages/components/src/player/pictures.js
var SAMPLE_COUNT = 16;
var ROW_LENGTH = 5;
var MAX_DRAWN2 = 4;
var Pictures = class {
  constructor(dims, shape2) {
    this.shape = shape2;
    this.size = shape2.reduce((product, side) => product * side, 1);
    this.originals = new Uint8Array();
    this.drawn = new LRUMap(MAX_DRAWN2);
    this.samples = dims === 2 ? null : canvas("What the decoder makes of draws from the prior at this moment");
    this.picture = canvas("The image decoded at the cursor, by the decoder of this moment");
    this.place = h("figcaption", {}, "–");
    this.made = canvas("Test images, and below each its reconstruction at this moment");
    this.element = h("div", { className: "zs-panel" }, dims > 1 ? titled("Under the pointer", "Decoded by the decoder of this moment", this.picture, this.place) : null, this.samples && titled("Samples", "What the decoder makes of the same draws from the prior at every moment", this.samples), titled("Reconstructions", "Test images, and what the model makes of them", this.made));
  }
  get images() {
    const count = this.originals.length / this.size;
    return Array.from({ length: count }, (_, n) => this.originals.subarray(n * this.size, (n + 1) * this.size));
  }
  point(pixels, words) {
    paint(this.picture, pixels, this.shape);
    this.place.textContent = words;
  }
  show(snapshots, share) {
    const drawn = snapshots.map((each) => this.draw(each));
    mix(drawn.map(({ pairs }) => pairs), share, this.made);
    if (!this.samples) return;
    mix(drawn.map(({ samples }) => samples), share, this.samples);
  }
  draw({ step, samples, reconstructions }) {
    const known = this.drawn.get(step);
    if (known) return known;
    const few = samples.subarray(0, SAMPLE_COUNT * this.size);
    const drawn = { pairs: this.pairs(reconstructions), samples: drawRows([few], this.shape, Math.sqrt(SAMPLE_COUNT), { gap: 1 }) };
    this.drawn.set(step, drawn);
    return drawn;
  }
  pairs(made) {
    const { originals, size } = this;
    const count = originals.length / size;
    const columns = count > ROW_LENGTH ? Math.ceil(count / 2) : count;
    const parts = [];
    for (let first = 0; first < count; first += columns) {
      const [from, to] = [first * size, Math.min(first + columns, count) * size];
      parts.push(originals.subarray(from, to), made.subarray(from, to));
    }
    return drawRows(parts, this.shape, columns, { gap: 1, apart: 2 });
  }
};
function canvas(label) {
  return h("canvas", { width: 1, height: 1, role: "img", "aria-label": label });
}
function titled(title, hint, ...children) {
  return h("figure", {}, h("p", { className: "zs-heading", title: hint }, title), ...children);
}
function mix([first, second], share, to) {
  if (to.width !== first.width || to.height !== first.height) [to.width, to.height] = [first.width, first.height];
  const context = contextOf(to);
  context.drawImage(first, 0, 0);
  if (!second || !share) return;
  context.globalAlpha = share;
  context.drawImage(second, 0, 0);
  context.globalAlpha = 1;
}

// pages/components/src/player/playhead.js
var SECONDS = [6, 16];
var PACE = 0.4;
var SLIDE = 600;
var FOLLOW_TIME = 900;
var Playhead = class {
  constructor({ moment = 0, speed: speed2 = 1 }, following, listener) {
    this.moment = moment;
    this.speed = speed2;
    this.following = following;
    this.playing = false;
    this.listener = listener;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.frame = 0;
  }
  show(moment) {
    this.moment = moment;
    this.listener.show(moment);
  }
  play() {
    const { listener } = this;
    const last = listener.last();
    if (last < 1) return;
    this.following = false;
    if (this.moment >= last) this.moment = 0;
    this.playing = true;
    listener.changed();
    let [before, next, shown] = [performance.now(), this.moment, Number.NEGATIVE_INFINITY];
    const step = (now) => {
      const end = listener.last();
      next = Math.min(end, next + rateOf(end, this.speed) * Math.max(0, now - before) / 1e3);
      before = now;
      if (!this.calm.matches) this.show(next);
      else if (next >= end || now - shown >= SLIDE) {
        this.show(Math.floor(next));
        shown = now;
      }
      if (next < end) this.frame = requestAnimationFrame(step);
      else this.pause();
    };
    this.frame = requestAnimationFrame(step);
  }
  pause() {
    this.stop();
    this.playing = false;
    this.listener.changed();
  }
  glideTo(moment) {
    this.stop();
    if (!this.listener.glides() || this.calm.matches) {
      this.show(moment);
      return;
    }
    const [from, began] = [this.moment, performance.now()];
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / FOLLOW_TIME));
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
  turn(way) {
    const next = way > 0 ? Math.floor(this.moment + 1 + 1e-6) : Math.ceil(this.moment - 1 - 1e-6);
    this.seek(Math.min(this.listener.last(), Math.max(0, next)));
  }
  follow() {
    this.pause();
    this.following = true;
    this.listener.changed();
    this.glideTo(this.listener.last());
  }
  stop() {
    cancelAnimationFrame(this.frame);
  }
};
function rateOf(last, speed2) {
  return speed2 * last / Math.min(SECONDS[1], Math.max(SECONDS[0], PACE * last));
}

// pages/components/src/player/transport.js
var SPEEDS = [0.5, 1, 2, 4];
var TICKS = 9;
var ICONS = { play: "M4 2.5v11l9-5.5z", pause: "M4 3h3v10H4zM9 3h3v10H9z", expand: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" };
var Transport = class {
  constructor(speed2, listener) {
    this.listener = listener;
    this.play = h("button", { type: "button", className: "zs-tool zs-play", onclick: () => listener.toggle() });
    this.slider = h("input", { type: "range", min: "0", max: "0", step: "any", "aria-label": "Moment of the training", oninput: () => listener.seek(Number(this.slider.value)), onkeydown: (event) => this.press(event) });
    this.ticks = h("div", { className: "zs-ticks", "aria-hidden": "true" });
    this.clock = h("output", { className: "zs-clock", "aria-live": "off" });
    this.speeds = h("select", { className: "zs-speed", "aria-label": "Speed", title: "Speed", onchange: () => listener.hurry(Number(this.speeds.value)) }, ...SPEEDS.map((each) => h("option", { value: String(each), selected: each === speed2 }, `${each}×`)));
    this.live = h("button", { type: "button", className: "zs-tool zs-live", title: "Follow the training as it goes on", "aria-pressed": "false", onclick: () => listener.follow() }, "Live");
    const wide = tool("Full screen", "", () => listener.fill());
    wide.append(icon("expand"));
    this.element = h("div", { className: "zs-transport" }, this.play, h("div", { className: "zs-track" }, this.slider, this.ticks), this.clock, this.live, this.speeds, wide);
  }
  press(event) {
    const ways = /* @__PURE__ */ new Map([["ArrowRight", 1], ["ArrowUp", 1], ["ArrowLeft", -1], ["ArrowDown", -1]]);
    const way = ways.get(event.key);
    if (!way) return;
    event.preventDefault();
    this.listener.turn(way);
  }
  sayPlaying(playing, following) {
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.play.title = playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", this.play.title);
    this.sayFollowing(following);
  }
  sayFollowing(following) {
    this.live.setAttribute("aria-pressed", String(following));
  }
  show(moment, words) {
    this.slider.value = String(moment);
    this.clock.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
  }
  fill(epochs) {
    const last = epochs.length - 1;
    this.slider.max = String(Math.max(last, 1e-6));
    this.ticks.replaceChildren(...ticksOf(epochs).map((place) => {
      const mark = h("span", {}, epochs[place].toLocaleString("en"));
      mark.style.setProperty("--zs-place", String(last ? place / last : 0));
      return mark;
    }));
  }
};
function ticksOf(epochs) {
  const last = epochs.length - 1;
  const whole = [...epochs.keys()].filter((place) => Number.isInteger(epochs[place]));
  const every = Math.max(1, Math.ceil(whole.length / TICKS));
  const shown = whole.filter((_, n) => n === 0 || n === 1 || n % every === 0 || n === whole.length - 1);
  return shown.filter((place, n) => n === shown.length - 1 || !n || (shown[n + 1] ?? Number.POSITIVE_INFINITY) - place >= last / 24);
}
function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", width: 14, height: 14, class: `zs-icon zs-icon-${name}`, "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

// pages/components/src/player/player.js
var TURN = 950;
var PREFETCHED_SNAPSHOTS = 3;
var WIDENING_FACTOR = 1.1;
var TrainingPlayer = class {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.run = data.run;
    this.key = `zscape:player:${data.run}`;
    this.known = memory.load(this.key);
    this.left = false;
    this.film = new SnapshotReader(data.url);
    this.playhead = new Playhead(this.known, data.active && (this.known.following ?? true), { last: () => this.last, glides: () => Boolean(this.plane), show: (moment) => this.show(moment), changed: () => this.changed() });
    this.transport = new Transport(this.playhead.speed, { toggle: () => this.playhead.playing ? this.playhead.pause() : this.playhead.play(), seek: (moment) => this.playhead.seek(moment), turn: (way) => this.playhead.turn(way), hurry: (speed2) => this.hurry(speed2), follow: () => this.playhead.follow(), fill: () => this.fill() });
    this.pictures = new Pictures(data.dims, data.shape);
    this.curves = new Curves((epoch) => this.seekEpoch(epoch));
    this.about = void 0;
    this.plane = void 0;
    this.sheet = null;
    this.places = [new Float32Array(), new Float32Array()];
    this.growing = this.more = false;
    this.decoder = void 0;
    this.decoding = void 0;
    this.pointed = void 0;
    this.near = null;
    const waits = h("p", { className: "zs-waits zs-note" }, data.active ? "The film begins with the first step." : "");
    this.stage = h("div", { className: "zs-left" }, waits);
    const parts = [...data.dims > 1 ? [this.stage] : [], this.pictures.element];
    const body = h("div", { className: "zs-body zs-player-page" }, ...parts);
    if (data.dims !== 2) body.classList.add(data.dims < 2 ? "zs-panel-only" : "zs-with-samples");
    root.replaceChildren(body, this.transport.element, this.curves.element);
    this.sayPlaying();
  }
  update(data) {
    this.data = data;
    this.grow();
    this.plane?.retheme();
  }
  async grow() {
    const { data, film } = this;
    this.transport.live.hidden = !data.active;
    this.curves.set(data.charts, data.curves, data.end);
    if (!data.steps.length) return;
    if (this.growing) {
      this.more = true;
      return;
    }
    this.growing = true;
    this.more = false;
    const before = film.frames.length;
    try {
      this.about ??= await this.introduce();
      if (this.left) return;
      const block = await film.extend(data.steps, data.plane);
      if (this.left) return;
      if (film.frames.length === before && !block) {
        if (!data.active) this.playhead.following = false;
        return;
      }
      const turns = this.plane && block;
      if (block && data.dims > 1) this.project(block, this.about);
      this.extended(before, turns ? TURN : 0);
    } catch (error) {
      if (!this.left) this.fail(error);
    } finally {
      if (!this.left) {
        this.growing = false;
        if (this.more) this.grow();
      }
    }
  }
  async introduce() {
    const about = await this.film.about();
    this.pictures.originals = about.originals;
    return about;
  }
  fail({ message }) {
    const { film, data } = this;
    film.plane = void 0;
    if (film.frames.length || data.active) console.warn(message);
    else this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, message));
  }
  extended(before, turning) {
    const { last, film, data } = this;
    this.transport.fill(film.frames.map(({ step }) => step / data.perEpoch));
    if (before === 0) {
      const { moment, following } = this.known;
      const left = moment !== void 0 && moment <= last && !following;
      this.playhead.show(left ? moment : last);
      this.root.dataset.ready = this.run;
    } else setTimeout(() => !this.left && this.catchUp(), turning);
    this.widen();
  }
  catchUp() {
    const { playhead, last } = this;
    if (playhead.following) playhead.glideTo(last);
    else if (!playhead.playing) playhead.show(Math.min(playhead.moment, last));
    if (!this.data.active) playhead.following = false;
  }
  project(block, about) {
    const { data, film } = this;
    const space = spaceOf({ header: { ...block.header, latent_dim: data.dims }, arrays: block.arrays });
    const at = Math.min(this.playhead.moment, this.last);
    const points = { mean: film.meansAt(Math.max(0, at), new Float32Array(2 * about.label.length)), label: about.label, extent: film.extent, rings: data.rings, components: [], aboutPrior: data.about_prior, space, condition: data.condition };
    if (this.plane) {
      this.plane.motion.become(points);
      return;
    }
    const plane = new Plane(points, about.classes, data.alt, this.known.plane ?? {}, { moved: (place, nearest) => this.moved(place, nearest), clicked: () => {
    }, drew: () => {
    }, escaped: () => {
    }, changed: () => this.remember() });
    this.plane = plane;
    this.stage.replaceChildren(plane.element);
    plane.start();
    const ground = groundOf(this.pictures.images, data.shape, 255);
    this.sheet = data.dims === 2 ? new Sheet(data.shape, ground, about.square) : null;
    plane.cursor.moveTo(plane.cursor.place);
    plane.backdrop.lay(this.sheet, null, () => [], { terrain: true, strength: 0.3 });
    const count = 2 * about.label.length;
    this.places = [new Float32Array(count), new Float32Array(count)];
  }
  widen() {
    const { plane, film } = this;
    if (!plane || film.extent.nearly[0][1] <= plane.placement.points.extent.nearly[0][1]) return;
    const { nearly, all } = film.extent;
    plane.widen({ nearly: scaled(nearly, WIDENING_FACTOR), all: scaled(all, WIDENING_FACTOR) });
  }
  get last() {
    return this.film.frames.length - 1;
  }
  seekEpoch(epoch) {
    const { frames: frames2 } = this.film;
    const step = epoch * this.data.perEpoch;
    const after = frames2.findIndex((frame) => frame.step >= step);
    if (after <= 0) return this.playhead.seek(after < 0 ? this.last : 0);
    const [a, b] = [frames2[after - 1].step, frames2[after].step];
    this.playhead.seek(after - 1 + (step - a) / (b - a));
  }
  hurry(speed2) {
    this.playhead.speed = speed2;
    this.remember();
  }
  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {
    });
  }
  changed() {
    this.sayPlaying();
    this.remember();
  }
  sayPlaying() {
    this.transport.sayPlaying(this.playhead.playing, this.playhead.following);
  }
  epochAt(moment) {
    const steps = this.film.frames.map(({ step }) => step);
    return between2(steps, moment) / this.data.perEpoch;
  }
  get nearestStep() {
    return this.film.frames[Math.round(this.playhead.moment)].step;
  }
  show(moment) {
    const { film, plane, data } = this;
    const epoch = this.epochAt(moment);
    const beta = data.range ? `, β ${Number(data.condition.beta.toPrecision(3))}` : "";
    this.transport.sayFollowing(this.playhead.following);
    this.transport.show(moment, `Epoch ${nice(epoch)} of ${data.epochs.toLocaleString("en")}${beta}`);
    this.curves.show(epoch);
    const nearest = this.nearestStep;
    this.decode(nearest);
    if (plane) {
      this.places.reverse();
      plane.motion.move(film.meansAt(moment, this.places[0]), data.condition);
    }
    this.showPictures(moment, nearest);
    Object.assign(this.root.dataset, { step: nearest, moment: moment.toFixed(3) });
  }
  decode(step) {
    if (!this.plane) return;
    const { data, film, playhead } = this;
    const wanted = nearestOf(data.decoders, step);
    if (wanted === void 0) return;
    const again = () => this.decode(this.nearestStep);
    const decoder = film.decoders.get(wanted, again);
    if (decoder && this.decoding !== wanted) {
      decoder.tune(data.condition);
      this.decoder = decoder;
      this.decoding = wanted;
      this.root.dataset.decoder = String(wanted);
      this.point();
    }
    if (playhead.playing || playhead.following) {
      const later = data.decoders.filter((other) => other > wanted).slice(0, PREFETCHED_SNAPSHOTS);
      for (const other of later) film.decoders.get(other, again);
    }
  }
  showPictures(moment, nearest) {
    const { film } = this;
    const again = () => this.showPictures(this.playhead.moment, this.nearestStep);
    const [before, after, share] = split(moment, film.frames.length);
    const pair = [before, after].flatMap((place) => {
      const { step } = film.frames[place];
      const pictures = film.pictures.get(step, again);
      return pictures ? [{ step, ...pictures }] : [];
    });
    if (pair.length === 2) this.sheet?.show(pair, share);
    const there = pair.length === 2 ? pair : pair.filter(({ step }) => step === nearest);
    if (there.length) {
      this.pictures.show(there, share);
      this.root.dataset.pictures = String(nearest);
    }
    if (!this.playhead.playing) return;
    for (let place = before + 2; place <= Math.min(this.last, before + PREFETCHED_SNAPSHOTS); place++) {
      film.pictures.get(film.frames[place].step, again);
    }
  }
  moved(place, nearest) {
    this.pointed = place;
    this.near = nearest;
    this.point();
  }
  point() {
    const { plane, decoder, decoding, pointed, near } = this;
    if (!plane || !decoder || decoding === void 0 || !pointed) return;
    const { z } = plane.cursor.latentAt(pointed);
    const name = near && near.label >= 0 ? plane.classes.nameOf(near.label) : null;
    const which = name === null ? "" : `, near ${/^\d+$/.test(name) ? "a " : ""}${name}`;
    const epoch = nice(decoding / this.data.perEpoch);
    const drawn = this.nearestStep === decoding ? "" : `, decoder of epoch ${epoch}`;
    this.pictures.point(decoder.decode(z), `${decimals(pointed, plane.view.digits)}${which}${drawn}`);
    this.root.dataset.z = z.join(",");
  }
  remember() {
    if (!this.film.frames.length) return;
    const { moment, following, speed: speed2 } = this.playhead;
    memory.save(this.key, { moment, following, speed: speed2, plane: this.plane?.state });
  }
  leave() {
    this.remember();
    this.left = true;
    this.playhead.stop();
    this.plane?.destroy();
    this.film.close();
    delete this.root.dataset.ready;
  }
};
function scaled([[left, right], [bottom, top]], times) {
  return [[times * left, times * right], [times * bottom, times * top]];
}
function nearestOf(numbers, wanted) {
  let [best, ...others] = numbers;
  for (const other of others) if (Math.abs(other - wanted) < Math.abs(best - wanted)) best = other;
  return best;
}
function nice(epoch) {
  if (Math.abs(epoch - Math.round(epoch)) < 1e-9) return Math.round(epoch).toLocaleString("en");
  return epoch.toFixed(epoch < 1 ? 2 : 1);
}

// pages/components/src/player/training_player.js
var stages = /* @__PURE__ */ new WeakMap();
function training_player_default({ parentElement, data }) {
  const stage = stages.get(parentElement) ?? new Stage(parentElement);
  stages.set(parentElement, stage);
  stage.update(data);
  return () => {
    stages.get(parentElement)?.destroy();
    stages.delete(parentElement);
  };
}
var Stage = class {
  constructor(parent) {
    this.root = h("div", { className: "zs zs-player" });
    this.player = void 0;
    parent.append(this.root);
  }
  update(data) {
    if (data.run !== this.player?.run) {
      this.player?.leave();
      this.player = new TrainingPlayer(this.root, data);
    }
    this.player.update(data);
  }
  destroy() {
    this.player?.leave();
    this.root.replaceChildren();
    this.root.remove();
  }
};
export {
  training_player_default as default
};
