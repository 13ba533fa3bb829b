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
function contextOf(canvas) {
  return canvas.getContext("2d");
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
function bitsOf(chosen, count) {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (const index of chosen) bytes[index >> 3] |= 1 << (index & 7);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
function indicesOf(text, count) {
  const indices = [];
  try {
    const letters = atob(text);
    for (let index = 0; index < Math.min(count, 8 * letters.length); index++) if (letters.charCodeAt(index >> 3) >> (index & 7) & 1) indices.push(index);
  } catch {
    return [];
  }
  return indices;
}

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
function distance(a, b) {
  let squared = 0;
  for (let d = 0; d < a.length; d++) squared += (a[d] - b[d]) ** 2;
  return Math.sqrt(squared);
}
function remoteness(latents, dims, index, k) {
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
function weightsOf(squared, count) {
  const rim = Math.sqrt(squared[count - 1]) + 1e-12;
  const weights = Array.from({ length: count }, (_, n) => {
    const away = Math.sqrt(squared[n]);
    return (Math.max(rim - away, 0) / (rim * Math.max(away, MIN_DISTANCE * rim))) ** 2;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => sum > 0 ? weight / sum : 1 / count);
}

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
function blend(start, end, t, count) {
  const shares = new Array(count).fill(0);
  if (start !== null && start >= 0) shares[start] += 1 - t;
  if (end !== null && end >= 0) shares[end] += t;
  return shares;
}

// pages/components/src/render/paint.js
function paint(canvas, pixels, shape2, brightness = 1) {
  const factor = 255 * brightness;
  fill(canvas, shape2, (rgba, place, area) => {
    const colour = shape2[0] === 3;
    rgba[0] = factor * pixels[place];
    rgba[1] = factor * pixels[colour ? area + place : place];
    rgba[2] = factor * pixels[colour ? 2 * area + place : place];
  });
}
function paintBytes(canvas, bytes, shape2) {
  fill(canvas, shape2, (rgba, place, area) => {
    const colour = shape2[0] === 3;
    rgba[0] = bytes[place];
    rgba[1] = bytes[colour ? area + place : place];
    rgba[2] = bytes[colour ? 2 * area + place : place];
  });
}
function paintDifference(canvas, a, b, shape2) {
  fill(canvas, shape2, (rgba, place, area) => {
    let difference = 0;
    for (let channel = 0; channel < shape2[0]; channel++) difference += a[channel * area + place] - b[channel * area + place];
    difference /= shape2[0];
    const [red, green, blue] = difference > 0 ? [255, 160, 40] : [60, 140, 255];
    const strength = Math.abs(difference);
    rgba[0] = red * strength;
    rgba[1] = green * strength;
    rgba[2] = blue * strength;
  });
}
function meanDifference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}
var frames = /* @__PURE__ */ new WeakMap();
function fill(canvas, [, height, width], colourOf2) {
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
  for (let place = 0; place < area; place++) {
    colourOf2(rgba, place, area);
    frame.data[4 * place] = rgba[0];
    frame.data[4 * place + 1] = rgba[1];
    frame.data[4 * place + 2] = rgba[2];
  }
  contextOf(canvas).putImageData(frame, 0, 0);
}

// pages/components/src/shared/turns.js
var BUDGET = 8;
var Turns = class {
  constructor(task, done = () => {
  }) {
    this.task = task;
    this.done = done;
    this.next = this.left = this.count = 0;
    this.frame = 0;
  }
  start(count) {
    if (count !== this.count) this.next = 0;
    this.left = this.count = count;
    cancelAnimationFrame(this.frame);
    this.work();
  }
  work() {
    const until = performance.now() + BUDGET;
    for (; this.left > 0 && performance.now() < until; this.left--, this.next = (this.next + 1) % this.count) this.task(this.next);
    if (this.left > 0) this.frame = requestAnimationFrame(() => this.work());
    else this.done();
  }
  stop() {
    cancelAnimationFrame(this.frame);
    this.left = 0;
  }
};

// pages/components/src/panels/drawer.js
var PAGE = 24;
var UNDO_DEPTH = 30;
var SORTS = { number: "Number", class: "Class", distance: "Distance to their mean", error: "Error, largest first" };
var MOVED_TITLE = "Moved, furthest first";
var Drawer = class {
  constructor(app, other) {
    this.app = app;
    this.apps = other ? [app, other] : [app];
    this.chosen = new Int32Array();
    this.before = [];
    this.order = [];
    this.shown = [];
    this.tiles = [];
    this.middle = new Float32Array();
    this.errors = void 0;
    this.waiting = void 0;
    this.between = void 0;
    this.sort = "number";
    this.page = 0;
    this.title = h("strong", {});
    this.byError = h("option", { value: "error" }, SORTS.error);
    this.sorting = this.sorter(other ? { ...SORTS, moved: MOVED_TITLE } : SORTS);
    this.undoing = h("button", { type: "button", className: "zs-link", onclick: () => this.undo() }, "Undo");
    this.mean = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The mean of their latents, decoded" });
    this.counts = h("div", { className: "zs-counts" });
    this.grid = h("div", { className: "zs-chosen" });
    this.place = h("span", { className: "zs-note" });
    this.turns = new Turns((at) => this.paint(at));
    this.head = this.heading();
    this.body = this.contents();
    this.element = h("section", { className: "zs-drawer", "aria-label": "Selected images", hidden: true }, this.head, this.body);
  }
  sorter(sorts) {
    const select = h("select", { "aria-label": "Sort by", onchange: () => this.sortBy(select.value) });
    for (const [value, text] of Object.entries(sorts)) select.append(value === "error" ? this.byError : h("option", { value }, text));
    return select;
  }
  heading() {
    const turn = (text, label, by) => h("button", { type: "button", className: "zs-tool", "aria-label": label, title: label, onclick: () => this.turn(by) }, text);
    return h("div", { className: "zs-drawer-head" }, this.title, this.undoing, h("button", { type: "button", className: "zs-link", onclick: () => this.choose([]) }, "Clear"), h("label", { className: "zs-sort" }, h("span", { className: "zs-note" }, "Sort by"), this.sorting), h("span", { className: "zs-pager" }, turn("‹", "Previous images", -1), this.place, turn("›", "Next images", 1)));
  }
  contents() {
    const mean = h("figure", {}, this.mean, h("figcaption", {}, "their mean, decoded"));
    return h("div", { className: "zs-drawer-body" }, h("div", { className: "zs-summary" }, mean, this.counts), this.grid);
  }
  get state() {
    return { selected: this.chosen.length ? bitsOf(this.chosen, this.app.points.label.length) : "" };
  }
  destroy() {
    clearTimeout(this.waiting);
    this.turns.stop();
  }
  choose(chosen, remember = true) {
    if (remember && (this.chosen.length || chosen.length)) this.before = [...this.before.slice(1 - UNDO_DEPTH), this.chosen];
    this.chosen = Int32Array.from(chosen);
    this.page = 0;
    this.errors = void 0;
    this.element.hidden = this.chosen.length === 0 && this.before.length === 0;
    for (const { plane } of this.apps) plane.pointLayer.highlight(this.chosen);
    this.arrange();
    if (remember && this.chosen.length) this.head.scrollIntoView({ block: "nearest", behavior: this.app.plane.view.still.matches ? "auto" : "smooth" });
    this.app.changed();
    this.app.send("selection", this.chosen.length ? bitsOf(this.chosen, this.app.points.label.length) : "");
  }
  undo() {
    const last = this.before.pop();
    if (last) this.choose(last, false);
  }
  showEmpty() {
    this.title.textContent = "Nothing is selected";
    this.place.textContent = "";
    this.body.hidden = true;
  }
  sortBy(sort) {
    this.sort = sort;
    this.page = 0;
    this.arrange();
  }
  turn(by) {
    this.page = Math.min(Math.max(0, this.page + by), Math.ceil(this.chosen.length / PAGE) - 1);
    this.show();
  }
  repaint() {
    if (!this.chosen.length) return;
    this.byError.disabled = !this.app.originals.there;
    this.turns.start(this.shown.length);
  }
  refresh() {
    if (!this.chosen.length || this.app.plane.placement.detail.some) return;
    this.errors = void 0;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.arrange(), 60);
  }
  arrange() {
    const { plane, points } = this.app;
    if (!this.chosen.length) {
      this.showEmpty();
      return;
    }
    const latents = [...this.chosen].map((index) => plane.placement.latentOf(index));
    this.middle = Float32Array.from(latents[0], (_, d) => latents.reduce((sum, z) => sum + z[d], 0) / latents.length);
    const away = new Map(latents.map((z, at) => [this.chosen[at], distance(z, this.middle)]));
    const far = (index) => away.get(index) ?? 0;
    const orders = { number: (a, b) => a - b, class: (a, b) => points.label[a] - points.label[b] || a - b, distance: (a, b) => far(a) - far(b), moved: (a, b) => this.movedBy(b) - this.movedBy(a) || a - b, error: (a, b) => (this.errors?.get(b) ?? 0) - (this.errors?.get(a) ?? 0) || a - b };
    this.byError.disabled = !this.app.originals.there;
    if (this.sort === "error" && !this.app.originals.there) this.sort = "number";
    this.sorting.value = this.sort;
    if (this.sort === "error" && !this.errors) this.measure();
    this.order = [...this.chosen].sort(orders[this.sort]);
    this.show();
  }
  movedBy(index) {
    const [[ax, ay], [bx, by]] = this.apps.map(({ plane }) => plane.placement.pointAt(index));
    return Math.hypot(ax - bx, ay - by);
  }
  async measure() {
    const { chosen } = this;
    const { condition } = this.app;
    const stale = () => chosen !== this.chosen || !same(condition, this.app.condition) || this.sort !== "error";
    try {
      const values = await this.app.errorsOf(chosen, (share) => {
        if (!stale()) this.place.textContent = `${Math.round(100 * share)} %`;
      });
      if (stale()) return;
      this.errors = new Map([...chosen].map((index, at) => [index, values[at]]));
      this.arrange();
    } catch (error) {
      if (!stale()) this.place.textContent = error.message;
    }
  }
  show() {
    this.body.hidden = false;
    const { plane, points, decoder } = this.app;
    const count = this.chosen.length;
    this.title.textContent = count === 1 ? "1 image selected" : `${count.toLocaleString("en")} images selected`;
    this.undoing.disabled = this.before.length === 0;
    const counts = /* @__PURE__ */ new Map();
    for (const index of this.chosen) counts.set(points.label[index], (counts.get(points.label[index]) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const shares = Array.from({ length: decoder.conditioning.label?.count ?? 0 }, (_, label) => (counts.get(label) ?? 0) / count);
    paint(this.mean, decoder.decodeAs(this.middle, shares), decoder.imageShape);
    this.counts.replaceChildren(...[...counts].sort(([a], [b]) => a - b).flatMap(([label, number]) => {
      const bar = h("span", { className: "zs-count-bar" });
      bar.style.cssText = `width: ${100 * number / most}%; background: ${plane.classes.colourOf(label)}`;
      return [h("span", {}, plane.classes.nameOf(label)), h("span", {}, bar), h("span", {}, number.toLocaleString("en"))];
    }));
    const first = this.page * PAGE;
    this.shown = this.order.slice(first, first + PAGE);
    this.place.textContent = `${(first + 1).toLocaleString("en")}–${(first + this.shown.length).toLocaleString("en")} of ${count.toLocaleString("en")}`;
    while (this.tiles.length > this.shown.length) this.tiles.pop()?.element.remove();
    while (this.tiles.length < this.shown.length) {
      const tile = this.tile(this.tiles.length);
      this.tiles.push(tile);
      this.grid.append(tile.element);
    }
    this.turns.start(this.shown.length);
  }
  tile(at) {
    const point = () => this.app.plane.cursor.moveTo(this.app.plane.placement.pointAt(this.shown[at]));
    const original = h("canvas", { width: 1, height: 1 });
    const name = h("span", {});
    const pictures = this.apps.map(() => h("canvas", { width: 1, height: 1 }));
    const errors = this.apps.map(() => h("span", { className: "zs-note" }));
    const element = h("button", { type: "button", className: "zs-chosen-tile", onpointerenter: point, onfocus: point }, original, ...pictures, name, ...errors);
    return { element, original, name, pictures, errors };
  }
  paint(at) {
    const { plane, points, decoder, originals } = this.app;
    const index = this.shown[at];
    const { element, original, name, pictures, errors } = this.tiles[at];
    const count = this.apps.length;
    const image = originals.get(index);
    original.hidden = !originals.there;
    original.style.visibility = image ? "" : "hidden";
    if (image) paintBytes(original, image, decoder.imageShape);
    name.textContent = `${plane.classes.nameOf(points.label[index])} · ${index.toLocaleString("en")}`;
    for (const [side, app] of this.apps.entries()) {
      const pixels = app.decoder.decodeAs(app.plane.placement.latentOf(index), app.points.label[index]);
      paint(pictures[side], pixels, app.decoder.imageShape);
      const letter = count > 1 ? `${"AB"[side]} ` : "";
      errors[side].textContent = image ? `${letter}${app.decoder.errorOf(image).toFixed(1)} nats` : "";
    }
    const below = count > 1 ? "its reconstructions by A and B" : "its reconstruction";
    element.title = `Test image no. ${index.toLocaleString("en")}, ${originals.there ? "and below it " : ""}${below}`;
  }
};

// pages/components/src/panels/pair.js
var PAIR_KEY = "zscape:pair";
var MAX_MOVED = 24;
var MAX_TRAILS = 60;
var LINKS = { image: ["image", "The other map shows where the nearest test image lies there"], place: ["place", "The other map shows what is decoded at the same place there"] };
var Pair = class {
  constructor(parent, begin2) {
    const known = memory.load(PAIR_KEY);
    this.follows = known.follows ?? "image";
    this.shown = "A";
    this.shared = false;
    this.following = this.gliding = this.rereading = false;
    this.leading = void 0;
    this.pointed = void 0;
    this.drawer = void 0;
    this.answering = /* @__PURE__ */ new WeakSet();
    this.selection = void 0;
    this.letters = ["A", "B"].map((letter) => h("button", { type: "button", onclick: () => this.show(letter) }, letter));
    this.sides = h("div", { className: "zs-choice zs-sides", role: "group", "aria-label": "Map shown" }, ...this.letters);
    this.links = Object.entries(LINKS).map(([link, [text, title]]) => h("button", { type: "button", title, onclick: () => this.follow(link) }, text));
    this.choice = h("div", { className: "zs-choice", role: "group", "aria-label": "What the other map shows" }, ...this.links);
    this.most = h("button", { type: "button", className: "zs-link", onclick: () => this.selectMoved() }, `Select the ${MAX_MOVED} images that moved most`);
    this.note = h("span", { className: "zs-note" });
    this.bar = h("div", { className: "zs-two-bar" }, this.sides, h("span", { className: "zs-note" }, "The other map follows the same"), this.choice, this.most, this.note);
    this.hosts = [h("div", { className: "zs-host" }), h("div", { className: "zs-host" })];
    this.below = h("div", { className: "zs" });
    this.root = h("div", { className: "zs-two" }, h("div", { className: "zs" }, this.bar), h("div", { className: "zs-hosts" }, ...this.hosts), this.below);
    parent.append(this.root);
    this.show(known.shown === "B" ? "B" : "A");
    this.apps = [begin2(this.hosts[0]), begin2(this.hosts[1])];
    for (const app of this.apps) app.link = this;
  }
  update({ data }) {
    const { sides, shared } = data;
    if (!sides) return;
    this.shared = Boolean(shared);
    const setStateValue = (name) => {
      if (name === "selection") this.trail();
    };
    for (const [side, app] of this.apps.entries()) app.update({ data: sides[side], setStateValue, setTriggerValue: () => {
    } });
    this.follow(this.follows);
    if (this.shared) this.join();
    else {
      this.part();
      this.selection = void 0;
    }
  }
  get mapped() {
    return this.joined ? this.apps : void 0;
  }
  get joined() {
    return this.shared && this.apps.every(({ plane, root }) => plane && root.dataset.ready !== void 0);
  }
  otherThan(app) {
    return this.apps[app === this.apps[0] ? 1 : 0];
  }
  follow(link) {
    this.follows = link;
    this.remember();
    const now = this.shared ? link : "place";
    for (const [place, name] of Object.keys(LINKS).entries()) {
      this.links[place].setAttribute("aria-pressed", String(name === now));
      this.links[place].disabled = name === "image" && !this.shared;
    }
    this.most.hidden = !this.shared;
  }
  show(letter) {
    this.shown = this.root.dataset.shown = letter;
    for (const button of this.letters) button.setAttribute("aria-pressed", String(button.textContent === letter));
    this.remember();
  }
  remember() {
    memory.save(PAIR_KEY, { follows: this.follows, shown: this.shown });
  }
  moved(app, place, nearest) {
    const other = this.otherThan(app);
    if (this.following) return;
    if (!this.rereading) this.leading = app;
    if (!other.plane) return;
    this.following = true;
    const same3 = this.shared && this.follows === "image";
    if (!same3) other.plane.cursor.moveTo(place);
    else if (nearest && other.plane.placement.has(nearest.index)) {
      if (other.panel) other.panel.image = nearest.index;
      other.plane.cursor.moveTo(other.plane.placement.pointAt(nearest.index));
      if (other.panel) other.panel.image = void 0;
    }
    this.following = false;
    this.pointed = nearest?.index;
    this.trail();
  }
  glided(app) {
    const other = this.otherThan(app);
    if (this.gliding || !this.joined || !app.plane) return;
    this.gliding = true;
    other.plane?.mirror(app.plane.view);
    this.gliding = false;
  }
  laidOut(app) {
    if (this.joined) this.join();
    else if (!this.shared) app.plane?.redraw();
    this.read();
  }
  read() {
    const plane = [this.leading, ...this.apps].find((app) => app?.plane)?.plane;
    this.rereading = true;
    plane?.cursor.moveTo(plane.cursor.place);
    this.rereading = false;
  }
  left(app) {
    if (this.leading === app) this.leading = this.otherThan(app);
    this.selection = this.drawer?.chosen ?? this.selection;
    this.part();
  }
  join() {
    const both2 = this.mapped;
    if (!both2) return;
    const [left, right] = both2;
    const known = this.drawer?.between;
    if (known?.[0] !== left.plane || known?.[1] !== right.plane) {
      const chosen = this.drawer?.chosen ?? this.selection ?? [];
      this.part();
      const drawer = new Drawer(left, right);
      drawer.between = [left.plane, right.plane];
      this.drawer = drawer;
      this.below.replaceChildren(drawer.element);
      for (const app of both2) this.answer(app, drawer);
      right.plane.mirror(left.plane.view);
      if (chosen.length) drawer.choose(chosen, false);
    }
    this.drawer?.refresh();
    this.trail();
  }
  answer(app, drawer) {
    app.drawer = drawer;
    app.panel.pins = [];
    if (this.answering.has(app.plane)) return;
    this.answering.add(app.plane);
    app.answer();
  }
  part() {
    this.drawer?.destroy();
    this.drawer?.element.remove();
    this.drawer = void 0;
    for (const app of this.apps) {
      app.drawer = void 0;
      app.plane?.pointLayer.highlight([]);
      app.plane?.draw({});
    }
  }
  selectMoved() {
    const { mapped, drawer } = this;
    if (!mapped || !drawer) return;
    const [{ plane, points }, { plane: other }] = mapped;
    const moves = [];
    for (let index = 0; index < points.label.length; index++) if (plane.placement.has(index) && other.placement.has(index)) moves.push([drawer.movedBy(index), index]);
    moves.sort(([a, i], [b, j]) => b - a || i - j);
    drawer.sort = "moved";
    drawer.choose(Int32Array.from(moves.slice(0, MAX_MOVED), ([, index]) => index).sort());
  }
  trail() {
    if (!this.mapped || !this.drawer) return;
    const [{ plane: a }, { plane: b }] = this.mapped;
    const { chosen } = this.drawer;
    const shown = [...this.pointed === void 0 ? [] : [this.pointed], ...chosen.length <= MAX_TRAILS ? chosen : []];
    const there = shown.filter((index) => a.placement.has(index) && b.placement.has(index));
    const draw = (plane, other) => {
      plane.draw({ trails: there.map((index) => [plane.placement.pointAt(index), other.placement.pointAt(index)]) });
    };
    draw(a, b);
    draw(b, a);
  }
  destroy() {
    this.part();
    for (const app of this.apps) app.destroy();
    this.root.remove();
  }
};

// pages/components/src/geometry/points.js
function pointsOf(block, { start, condition }) {
  const { header, arrays } = block;
  return { ...arrays, start: start?.index, extent: header.extent, rings: header.rings, components: header.components, aboutPrior: header.about_prior, space: spaceOf(block), condition: { ...condition, beta: header.beta ?? condition.beta } };
}
function spreadOf(index, condition, points, keyframes) {
  if (!points.space.straight) return null;
  if (keyframes?.whole) {
    const { std } = keyframes;
    return std ? [0, 1].map((d) => keyframes.one(std, condition.beta, points.mean.length, 2 * index + d)) : null;
  }
  if (points.condition.beta !== condition.beta || !points.std) return null;
  return [points.std[2 * index], points.std[2 * index + 1], ...points.tilt ? [points.tilt[index]] : []];
}

// pages/components/src/panels/answer.js
var Answer = class {
  constructor(app) {
    this.app = app;
    this.original = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The nearest test image" });
    this.reconstruction = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "Its reconstruction" });
    this.first = h("figcaption", {}, "test image");
    this.second = h("figcaption", {}, "reconstruction");
    this.frame = h("figure", {}, this.original, this.first);
    this.pictures = h("div", { className: "zs-pair" }, this.frame, h("figure", {}, this.reconstruction, this.second));
  }
  show({ index, label }) {
    const { plane, decoder, originals } = this.app;
    const image = originals.get(index);
    const pixels = decoder.decodeAs(plane.placement.latentOf(index), label);
    paint(this.reconstruction, pixels, decoder.imageShape);
    if (image) paintBytes(this.original, image, decoder.imageShape);
    this.frame.hidden = !originals.there;
    this.frame.classList.toggle("zs-waiting", !image);
    return { name: plane.classes.nameOf(label), image: numbered(index), error: image && decoder.errorOf(image), std: this.app.spreadOf(index) };
  }
};
function numbered(index) {
  return `no. ${index.toLocaleString("en")}`;
}
var GAP = 18;
var TOOLS = 56;
var HoverCard = class {
  constructor(app) {
    this.app = app;
    this.title = h("strong", {});
    this.error = h("span", { className: "zs-note" });
    this.near = null;
    this.element = h("p", { className: "zs-hover", role: "status", hidden: true }, this.title, this.error);
  }
  show(near, [left, top], { width, height }) {
    this.near = near;
    this.fill();
    this.element.hidden = false;
    const { offsetWidth: wide, offsetHeight: high } = this.element;
    const beside = left + GAP + wide < width - TOOLS ? left + GAP : left - GAP - wide;
    this.element.style.left = `${Math.max(4, beside)}px`;
    this.element.style.top = `${Math.min(Math.max(4, top - high / 2), height - high - 4)}px`;
  }
  fill() {
    const { plane, decoder, originals } = this.app;
    if (!this.near) return;
    const { index, label } = this.near;
    this.title.textContent = `${plane.classes.nameOf(label)}, ${numbered(index)}`;
    const image = originals.get(index);
    this.error.textContent = image ? `error ${errorAt(decoder, plane.placement.latentOf(index), label, image).toFixed(1)} nats` : "";
  }
  hide() {
    this.element.hidden = true;
    this.near = null;
  }
};
function errorAt(decoder, z, label, image) {
  decoder.decodeAs(z, label);
  return decoder.errorOf(image);
}

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
function aboutError(ofTwo) {
  return `-log p(x|z), in nats${ofTwo ? "; where pixels are grey, a cross entropy, no log-likelihood" : ""}`;
}
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

// pages/components/src/panels/card.js
var opened = null;
var Card = class {
  constructor(title, icon, className = "") {
    this.opening = () => {
    };
    this.button = h("button", { type: "button", className: "zs-tool", title, "aria-label": title, "aria-expanded": "false", onclick: () => this.open(Boolean(this.element.hidden)) }, icon);
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

// pages/components/src/panels/finder.js
var DEFAULT_COUNT = 50;
var SLICE = 8;
var MAX_COMPARED = 5e9;
var REMOTENESS_NEIGHBOURS = 10;
var Finder = class {
  constructor(app) {
    this.app = app;
    this.card = new Card("Find images", "⌕", "zs-finder");
    this.card.opening = () => this.refresh();
    this.note = h("p", { className: "zs-note", role: "status" });
    this.turn = 0;
    this.among = h("input", { type: "checkbox" });
    const { labels } = app.plane.placement.detail;
    const last = app.points.label.length - 1;
    const known = labels.filter((label) => label >= 0);
    this.number = this.input(0, 0, last);
    this.label = h("select", { "aria-label": "Class" }, ...known.map((label) => h("option", { value: String(label) }, app.plane.classes.nameOf(label))));
    this.near = this.input(DEFAULT_COUNT, 1, last + 1);
    this.to = h("select", { "aria-label": "Nearest to" });
    this.worst = this.input(DEFAULT_COUNT, 1, last + 1);
    this.remote = this.input(DEFAULT_COUNT, 1, last + 1);
    this.row = { number: this.form("Image no.", [this.number], () => this.one(Number(this.number.value))), label: this.form("Class", [this.label], () => this.pool().filter((index) => app.points.label[index] === Number(this.label.value))), near: this.form("Nearest", [this.near, h("span", {}, "to"), this.to], () => this.nearest(Number(this.near.value))), worst: this.form("Largest error", [this.worst], () => this.worstOf(Number(this.worst.value))), remote: this.form("Most remote", [this.remote], () => this.remotest(Number(this.remote.value))) };
    this.row.remote.title = `Lowest density: furthest from their ${REMOTENESS_NEIGHBOURS} nearest points`;
    this.row.remote.hidden = app.space.projected && (app.points.latent?.length ?? 0) * app.points.label.length > MAX_COMPARED;
    this.row.label.hidden = known.length === 0;
    this.card.element.append(...Object.values(this.row), h("label", { className: "zs-switch" }, h("span", {}, "Among the selected only"), this.among), this.note);
  }
  refresh() {
    const { panel, originals, drawer, decoder } = this.app;
    const pins = (panel.pins ?? []).map((_, place) => h("option", { value: String(place) }, `pin ${place + 1}`));
    this.to.replaceChildren(h("option", { value: "" }, "cursor"), ...pins);
    for (const control of this.row.worst.querySelectorAll("input")) control.disabled = !originals.there;
    for (const control of this.row.worst.querySelectorAll("button")) control.disabled = !originals.there;
    this.row.worst.title = originals.there ? `Reconstructions that fit worst: ${aboutError(decoder.ofTwo)}` : "The images are not on this machine";
    this.among.disabled = drawer.chosen.length === 0;
    if (this.among.disabled) this.among.checked = false;
    this.note.textContent = "";
  }
  input(value, min, max) {
    return h("input", { type: "number", value: String(value), min: String(min), max: String(max), step: "1", required: true });
  }
  form(title, controls, find) {
    for (const control of controls) if (!control.hasAttribute("aria-label") && control.tagName === "INPUT") control.setAttribute("aria-label", title);
    const form = h("form", {}, h("span", {}, title), h("span", { className: "zs-finder-controls" }, ...controls, h("button", { className: "zs-tool zs-go", "aria-label": `Select: ${title}` }, "Select")));
    form.onsubmit = async (event) => {
      event.preventDefault();
      this.note.textContent = "";
      const { plane } = this.app;
      const turn = ++this.turn;
      try {
        const indices = await find();
        if (turn !== this.turn || plane !== this.app.plane) return;
        if (indices.length) this.app.drawer.choose(Int32Array.from(indices).sort());
        if (indices.length) this.among.disabled = false;
        else this.note.textContent = "There is none.";
      } catch (error) {
        if (turn === this.turn) this.note.textContent = error.message;
      }
    };
    return form;
  }
  pool() {
    const { plane, drawer } = this.app;
    if (this.among.checked) return [...drawer.chosen];
    const indices = [];
    plane.placement.detail.visit((index, label) => plane.classes.hidden.has(label) || indices.push(index));
    return indices;
  }
  one(index) {
    const { plane } = this.app;
    const z = plane.placement.pointAt(index);
    if (Number.isNaN(z[0])) throw new Error("That image is not on this plane. Ask for more points in its settings.");
    plane.navigation.reveal(z);
    plane.cursor.moveTo(z);
    return [index];
  }
  async nearest(count) {
    const { plane, panel } = this.app;
    const pin = this.to.value === "" ? null : panel.pins?.[Number(this.to.value)];
    if (this.to.value !== "" && !pin) throw new Error("That pin is gone.");
    const z = Array.from(pin ? pin.z : this.app.latentAt(plane.cursor.place).z);
    return this.best(this.pool(), count, (index) => -distance(plane.placement.latentOf(index), z));
  }
  async worstOf(count) {
    const pool = Int32Array.from(this.pool());
    const values = await this.app.errorsOf(pool, (share) => {
      this.note.textContent = `Measuring ${Math.round(100 * share)} %`;
    });
    return this.best(pool, count, (_, at) => values[at]);
  }
  remotest(count) {
    const { plane, space } = this.app;
    const nearest = { index: new Int32Array(REMOTENESS_NEIGHBOURS + 1), squared: new Float64Array(REMOTENESS_NEIGHBOURS + 1) };
    const { latent } = plane.placement.points;
    if (space.projected && latent) return this.best(this.pool(), count, (index) => remoteness(latent, space.dims, index, REMOTENESS_NEIGHBOURS));
    return this.best(this.pool(), count, (index) => {
      const there = plane.placement.detail.neighbours.nearest(...plane.placement.pointAt(index), REMOTENESS_NEIGHBOURS + 1, nearest);
      return nearest.squared[there - 1];
    });
  }
  async best(pool, count, score) {
    const { turn } = this;
    const { plane, condition } = this.app;
    const scores = new Float64Array(pool.length);
    for (let at = 0, pause = performance.now() + SLICE; at < pool.length; at++) {
      scores[at] = score(pool[at], at);
      if (at % 64 || performance.now() < pause) continue;
      this.note.textContent = `Looking ${Math.round(100 * at / pool.length)} %`;
      await new Promise((resolve) => setTimeout(resolve));
      if (turn !== this.turn || plane !== this.app.plane) return [];
      if (!same(condition, this.app.condition)) throw new Error("β or the class has changed meanwhile. Look again.");
      pause = performance.now() + SLICE;
    }
    this.note.textContent = "";
    return largest(pool, scores, count);
  }
};
function largest(pool, scores, count) {
  if (pool.length <= count) return Array.from(pool);
  const least = scores.slice().sort()[pool.length - count];
  const indices = [];
  for (const tie of [false, true]) {
    for (let at = 0; at < pool.length && indices.length < count; at++) {
      if (tie ? scores[at] === least : scores[at] > least) indices.push(pool[at]);
    }
  }
  return indices;
}

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

// pages/components/src/panels/originals.js
var RETRY_DELAY = 5e3;
var MAX_PARTS = 200;
var Originals = class {
  constructor(arrived) {
    this.arrived = arrived;
    this.place = void 0;
    this.parts = new LRUMap(MAX_PARTS);
    this.under = /* @__PURE__ */ new Set();
  }
  set(place) {
    if (place?.url === this.place?.url) return;
    this.place = place;
    this.parts.clear();
    this.under = /* @__PURE__ */ new Set();
    this.arrived();
  }
  get there() {
    return Boolean(this.place);
  }
  get(index) {
    if (!this.place || index >= this.place.count) return null;
    const { rows } = this.place;
    const number = Math.floor(index / rows);
    const part = this.parts.get(number);
    if (!part) {
      if (!this.under.has(number)) this.fetch(this.place, number);
      return null;
    }
    const row = index - number * rows;
    return part.bytes.subarray(row * part.size, (row + 1) * part.size);
  }
  async fetch(place, number) {
    const { under } = this;
    under.add(number);
    try {
      const { arrays } = await fetchBlock(`${place.url}/${number}`);
      if (place !== this.place) return;
      const rows = Math.min(place.rows, place.count - number * place.rows);
      this.parts.set(number, { bytes: arrays.rows, size: arrays.rows.length / rows });
      under.delete(number);
    } catch {
      setTimeout(() => under.delete(number), RETRY_DELAY);
      return;
    }
    this.arrived();
  }
};

// pages/components/src/render/thumbs.js
var MAX_THUMBS = 150;
var THUMB_SIZES = { few: [40, 44], many: [Infinity, 28] };
var MAX_PICTURES = 600;
var RIM = 2;
var Thumbs = class {
  constructor(app) {
    this.app = app;
    this.element = h("canvas", { className: "zs-thumbs", "aria-hidden": "true", hidden: true });
    this.context = contextOf(this.element);
    this.pictures = new LRUMap(MAX_PICTURES);
    this.seen = [];
    this.missing = [];
    this.turns = new Turns((place) => this.decode(this.missing[place]), () => this.paint());
  }
  destroy() {
    this.turns.stop();
  }
  draw({ placement, view, classes, backdrop }, clip) {
    const { points } = backdrop.layers.settings;
    const seen = points ? placement.inView(view, classes.hidden, MAX_THUMBS) : [];
    this.element.style.clipPath = clip;
    this.element.hidden = seen.length === 0;
    this.turns.stop();
    if (!seen.length) return;
    this.seen = seen.map(({ index, label, place }) => ({ index, label, spot: view.toPixels(place) }));
    const { originals } = this.app;
    this.missing = [];
    for (const { index } of seen) {
      const image = originals.get(index);
      const of = image ? "image" : this.keyOf(index);
      const known = this.pictures.get(index);
      if (known?.of === of) continue;
      if (image) this.keep(index, of, (canvas) => paintBytes(canvas, image, this.app.decoder.imageShape));
      else this.missing.push(index);
    }
    this.paint();
    if (this.missing.length) this.turns.start(this.missing.length);
  }
  decode(index) {
    const { plane, points, decoder } = this.app;
    this.keep(index, this.keyOf(index), (canvas) => paint(canvas, decoder.decodeAs(plane.placement.latentOf(index), points.label[index]), decoder.imageShape));
  }
  keyOf(index) {
    const { plane, points, decoder } = this.app;
    return keyOf(withLabel(plane.condition, points.label[index], decoder));
  }
  keep(index, of, painter) {
    const canvas = this.pictures.get(index)?.canvas ?? h("canvas", {});
    painter(canvas);
    this.pictures.set(index, { canvas, of });
  }
  paint() {
    const { context, element } = this;
    const { view, classes } = this.app.plane;
    const room = fit(element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    context.clearRect(0, 0, wide, high);
    context.imageSmoothingEnabled = false;
    const [, size] = this.seen.length <= THUMB_SIZES.few[0] ? THUMB_SIZES.few : THUMB_SIZES.many;
    const [, height, width] = this.app.decoder.imageShape;
    const longest = Math.max(height, width);
    const [broad, tall] = [size * width / longest, size * height / longest].map((side) => Math.round(side * scale));
    for (const { index, label, spot } of this.seen) {
      const picture = this.pictures.get(index);
      if (!picture) continue;
      const [left, top] = [Math.round(spot[0] * scale - broad / 2), Math.round(spot[1] * scale - tall / 2)];
      context.fillStyle = classes.colourOf(label);
      context.fillRect(left - RIM * scale, top - RIM * scale, broad + 2 * RIM * scale, tall + 2 * RIM * scale);
      context.drawImage(picture.canvas, left, top, broad, tall);
    }
  }
};

// pages/components/src/map/activity.js
var IDLE_INTERVAL = 10;
var EVENTS = ["pointermove", "wheel", "keydown", "input"];
var LOCAL_HOST = /^(localhost|127(\.\d+){3}|\[::1\])$/;
function reportActivity(element, url) {
  if (!LOCAL_HOST.test(location.hostname)) return;
  let lastAddress;
  let next = 0;
  const report = async () => {
    const now = performance.now();
    const address = url();
    if (!address || address === lastAddress && now < next) return;
    lastAddress = address;
    next = Infinity;
    const wait = await fetch(address, { method: "POST" }).then((answer) => answer.json()).then((body) => body.wait, () => Infinity);
    next = now + 1e3 * (typeof wait === "number" ? wait : IDLE_INTERVAL);
  };
  for (const kind of EVENTS) element.addEventListener(kind, report, { passive: true, capture: true });
}

// pages/components/src/panels/beta.js
var CHART = { width: 208, height: 96, left: 40, right: 8, top: 8, bottom: 28 };
var TICKS = [1e-3, 0.01, 0.1, 1, 10, 100, 1e3];
var ARROW = 5e-3;
var SETTLING_TIME = 250;
var WAYS = /* @__PURE__ */ new Map([["ArrowRight", 1], ["ArrowUp", 1], ["ArrowLeft", -1], ["ArrowDown", -1]]);
var SNAP = 0.012;
var BetaStrip = class {
  constructor(listener) {
    this.listener = listener;
    this.beta = 1;
    this.dragging = false;
    this.resting = void 0;
    this.keyframes = void 0;
    this.slider = h("input", { type: "range", min: "0", max: "1", step: "0.001", "aria-label": "Beta, the weight of the KL" });
    this.output = h("output", {});
    this.facts = { rate: fact(), distortion: fact(), active: fact(), each: fact() };
    this.marker = svg("circle", { r: 5 });
    this.spot = void 0;
    this.element = h("div", { className: "zs-beta" });
  }
  single(beta, offer) {
    this.element.classList.add("zs-single");
    const note = h("span", { className: "zs-note" }, `Trained at β ${format(beta)} alone. A model trained for a range of β has a slider here.`);
    const train = h("button", { type: "button", className: "zs-link", onclick: () => this.listener.train() }, "Train a range");
    this.element.replaceChildren(note, ...offer ? [train] : []);
  }
  range(keyframes, beta, chart) {
    this.keyframes = keyframes;
    const { low, high } = keyframes;
    this.slider.oninput = () => this.slide(Number(this.slider.value));
    this.slider.onkeydown = (event) => this.key(event);
    const drag = (dragging) => () => {
      this.dragging = dragging;
    };
    this.slider.onpointerdown = drag(true);
    this.slider.onpointerup = this.slider.onpointercancel = drag(false);
    this.slider.onchange = () => this.listener.settled(this.beta);
    this.slider.onblur = () => this.rest();
    const ticks2 = [low, ...TICKS.filter((tick) => tick > 1.6 * low && tick < high / 1.6), high];
    const scale = h("div", { className: "zs-ticks", "aria-hidden": "true" });
    for (const tick of ticks2) {
      const mark = h("span", {}, format(tick));
      mark.style.setProperty("--zs-place", String(placeOf(keyframes, tick)));
      scale.append(mark);
    }
    const title = "The weight of the KL. Small: sharp pictures and a loose map. Large: a dense, smooth map and blurred pictures.";
    const { flat_from: flat, scored } = keyframes.header;
    const note = flat === null ? [] : [h("p", { className: "zs-note" }, `From β ${format(flat)} on latents no longer pay: one picture for all images costs as little.`)];
    const label = h("label", {}, h("span", {}, "β"), this.output);
    const slider = h("div", { className: "zs-beta-slider", title }, label, this.slider, scale, ...note);
    const entry = (value, text, hint) => [h("dt", { title: hint }, text), value];
    const { rate, distortion, active, each } = this.facts;
    const facts = h("dl", { className: "zs-facts" }, ...entry(rate, "KL", "The rate: KL(q(z|x) || p(z)), averaged over the test images"), ...entry(distortion, "Reconstruction", `The distortion: E[-log p(x|z)], averaged over the test images, a draw or a few of z each${scored && `. ${scored}`}`), ...entry(active, "Active dimensions", "Latent dimensions whose posterior mean varies with the image: variance over 0.01"), ...entry(each, "KL per dimension", "How much an active dimension tells of an image: of the one that tells least, to the one that tells most"));
    this.element.classList.toggle("zs-slim", !chart);
    this.element.replaceChildren(slider, ...chart ? [this.chart(keyframes), facts] : []);
    this.show(beta);
  }
  slide(place) {
    const { keyframes } = this;
    if (!keyframes) return;
    const { low, high } = keyframes;
    const snaps = this.dragging && low <= 1 && high >= 1 && Math.abs(place - placeOf(keyframes, 1)) < SNAP;
    const beta = snaps ? 1 : Math.min(high, Math.max(low, low * (high / low) ** place));
    this.show(beta);
    this.listener.moved(beta);
  }
  key(event) {
    const way = WAYS.get(event.key);
    if (!way) return;
    event.preventDefault();
    this.slide(Math.min(1, Math.max(0, Number(this.slider.value) + way * ARROW * (event.shiftKey ? 5 : 1))));
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), SETTLING_TIME);
  }
  rest() {
    if (this.resting === void 0) return;
    clearTimeout(this.resting);
    this.resting = void 0;
    this.listener.settled(this.beta);
  }
  show(beta) {
    const { keyframes } = this;
    this.beta = beta;
    if (!keyframes) return;
    this.output.textContent = format(beta);
    this.slider.value = String(placeOf(keyframes, beta));
    this.slider.setAttribute("aria-valuetext", `β ${format(beta)}`);
    const { rate, distortion, active, least, most, measured } = keyframes.curveAt(beta);
    const about = measured ? "" : "≈ ";
    const span = nats(least) === nats(most) ? nats(most) : `${nats(least)}–${nats(most)}`;
    this.facts.rate.textContent = `${about}${nats(rate)} nats`;
    this.facts.distortion.textContent = `${about}${distortion.toFixed(1)} nats`;
    this.facts.active.textContent = `${active} of ${keyframes.latentDim}`;
    this.facts.each.textContent = active ? `${about}${span} nats` : "–";
    if (this.spot) {
      const [x, y] = this.spot(rate, distortion);
      this.marker.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
  }
  chart(keyframes) {
    const { rate, distortion } = keyframes.header.measured;
    const { width, height, left, right, top, bottom } = CHART;
    const [leastRate, mostRate, least, most] = [Math.min(...rate), Math.max(...rate), Math.min(...distortion), Math.max(...distortion)];
    const across = (value) => left + (value - leastRate) / (mostRate - leastRate || 1) * (width - left - right);
    const up = (value) => top + (most - value) / (most - least || 1) * (height - top - bottom);
    const spot = (r, d) => [across(r), up(d)];
    this.spot = spot;
    const line2 = rate.map((value, k) => spot(value, distortion[k]).map((place) => place.toFixed(1)).join(",")).join(" ");
    const text = (words, x, y, anchor) => svg("text", { x, y, "text-anchor": anchor }, words);
    const floor = height - bottom;
    return svg("svg", { class: "zs-curve", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Rate-distortion curve of the model, with a marker at the beta in use" }, svg("title", {}, "Rate-distortion curve: what each β pays in KL (across) and in reconstruction (up), nats per image"), svg("path", { class: "zs-axis", d: `M${left} ${top}V${floor}H${width - right}` }), text(Math.round(most), left - 6, top + 4, "end"), text(Math.round(least), left - 6, floor, "end"), text(leastRate.toFixed(1), left, floor + 12, "start"), text(mostRate.toFixed(1), width - right, floor + 12, "end"), text("KL, nats", (left + width - right) / 2, floor + 12, "middle"), text("reconstruction, nats", width - right, top + 4, "end"), svg("polyline", { points: line2 }), this.marker);
  }
};
function placeOf({ low, high }, beta) {
  return Math.log(beta / low) / Math.log(high / low);
}
function fact() {
  return h("dd", {}, "–");
}
function nats(rate) {
  return rate.toFixed(rate < 1 ? 2 : 1);
}
function format(beta) {
  return String(Number(beta.toPrecision(3)));
}

// pages/components/src/panels/classes.js
var OWN = "own";
var NOTE = "The same latent as each class: the style stays, the class changes. Points lie where their own class has them; those of other classes are faint.";
var ClassStrip = class {
  constructor({ names, none, labelled }, chosen) {
    this.labels = [...labelled ? [OWN] : [], ...none ? [null] : [], ...names.keys()];
    this.own = false;
    this.nearest = null;
    this.chosen = chosen;
    this.decoder = void 0;
    this.z = void 0;
    this.turns = new Turns((place) => this.paint(place));
    this.canvases = this.labels.map(() => h("canvas", { width: 1, height: 1, "aria-hidden": "true" }));
    this.buttons = this.labels.map((label, place) => {
      const [name, title] = label === OWN ? ["As labelled", "Decoded as the class of the point next to the cursor, and all points are shown"] : label === null ? ["No class", "Decoded under no class"] : [names[label], `Decoded as ${names[label]}`];
      return h("button", { type: "button", className: "zs-as-class", title, onclick: () => this.choose(label) }, this.canvases[place], h("span", {}, name));
    });
    const row = h("div", { className: "zs-as-classes", role: "group", "aria-label": "Decode as class" }, ...this.buttons);
    this.element = h("div", { className: "zs-told" }, row, h("p", { className: "zs-note" }, NOTE));
  }
  choose(label) {
    this.own = label === OWN;
    this.chosen(label === OWN ? this.nearest : label);
  }
  moved(label) {
    if (label === this.nearest) return;
    this.nearest = label;
    if (this.own) this.chosen(label);
  }
  ready(decoder, condition) {
    this.decoder = decoder;
    this.retuned(condition);
  }
  retuned({ label }) {
    const pressed = this.own ? OWN : label;
    for (const [place, each] of this.labels.entries()) this.buttons[place].setAttribute("aria-pressed", String(each === pressed));
    this.turns.start(this.z ? this.labels.length : 0);
  }
  show(z) {
    this.z = Array.from(z);
    this.turns.start(this.labels.length);
  }
  paint(place) {
    const { decoder, z, canvases } = this;
    const label = this.labels[place] === OWN ? this.nearest : this.labels[place];
    if (decoder && z) paint(canvases[place], decoder.decodeAs(z, label, decoder.condition?.lower), decoder.imageShape);
  }
  destroy() {
    this.turns.stop();
  }
};

// pages/components/src/panels/gallery.js
var GalleryPanel = class {
  constructor(app) {
    this.app = app;
    this.tiles = h("div", { className: "zs-tiles" });
    this.element = h("div", { className: "zs-panel" }, this.tiles);
    this.active = -1;
    this.places = [];
    this.samples = void 0;
    this.labels = null;
    this.shown = "";
    this.decoder = void 0;
    this.canvases = [];
    this.turns = new Turns((index) => this.decode(index), () => {
      this.tiles.dataset.decoded = String(this.samples?.length);
    });
  }
  get state() {
    return {};
  }
  ready(decoder) {
    this.decoder = decoder;
    this.update(this.app.data);
  }
  update(data) {
    const { samples, labels, columns } = data;
    const text = JSON.stringify([samples, labels, columns]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.samples = samples;
    this.labels = labels;
    if (this.app.classes) this.app.classes.element.hidden = labels !== null;
    this.app.classes?.show(samples[0]);
    this.seat();
    this.tiles.style.setProperty("--zs-columns", String(columns ?? Math.ceil(Math.sqrt(samples.length))));
    while (this.canvases.length > samples.length) this.canvases.pop()?.parentElement?.remove();
    while (this.canvases.length < samples.length) this.tiles.append(this.tile(this.canvases.length));
    this.mark();
    this.retuned();
  }
  seat() {
    const { space } = this.app;
    this.places = (space && this.samples?.map((z) => space.transform(z))) ?? [];
  }
  laidOut() {
    this.seat();
    this.mark();
  }
  retuned() {
    if (!this.samples) return;
    delete this.tiles.dataset.decoded;
    this.turns.start(this.samples.length);
  }
  tile(index) {
    const [on, off] = [() => this.activate(index), () => this.activate(-1)];
    const canvas = h("canvas", { role: "img", width: 1, height: 1 });
    this.canvases.push(canvas);
    return h("button", { type: "button", className: "zs-tile", onpointerenter: on, onfocus: on, onpointerleave: off, onblur: off }, canvas);
  }
  decode(index) {
    const { samples, labels, decoder } = this;
    if (!samples || !decoder) return;
    const z = samples[index];
    const canvas = this.canvases[index];
    paint(canvas, labels ? decoder.decodeAs(z, labels[index]) : decoder.decode(z), decoder.imageShape);
    const as = labels ? ` as ${this.app.data.classes?.names[labels[index]]}` : "";
    const where = as + (z.length <= 4 ? ` at z = (${decimals(z)})` : "");
    canvas.setAttribute("aria-label", `Sample ${index + 1}${where}`);
    if (canvas.parentElement) canvas.parentElement.title = `Sample ${index + 1}${where}`;
  }
  moved(z) {
    const { plane } = this.app;
    if (!plane) return;
    let best = -1;
    let least = (0.03 * (plane.view.x[1] - plane.view.x[0])) ** 2;
    for (const [index, [x, y]] of this.places.entries()) {
      const squared = (x - z[0]) ** 2 + (y - z[1]) ** 2;
      if (squared < least) [best, least] = [index, squared];
    }
    this.activate(best);
  }
  clicked() {
  }
  activate(index) {
    if (index === this.active) return;
    this.tiles.children[this.active]?.classList.remove("zs-active");
    this.tiles.children[index]?.classList.add("zs-active");
    this.active = index;
    this.mark();
    if (this.samples && index >= 0) this.app.classes?.show(this.samples[index]);
  }
  mark() {
    this.app.plane?.draw({ rings: this.places, active: this.active });
  }
  destroy() {
    this.turns.stop();
  }
};

// pages/components/src/panels/lower.js
var KINDS = { mean: ["At their mean", "Every place is decoded with the lower latents at their mean given the top"], drawn: ["Drawn", "Every place is decoded with the same draw of the lower latents, given the top"], image: ["Of the nearest image", "Every place is decoded with the lower latents of the test image that is next to the cursor"] };
var RENEW_KEY = "n";
var MOST = 2;
function added({ kind, nearest }, count, seed, temperature) {
  if (kind === "image" && nearest.length) return nearest;
  if (kind !== "drawn") return null;
  const u = uniforms(2 * count, seed);
  const normal = (d) => Math.sqrt(-2 * Math.log(u[2 * d])) * Math.cos(2 * Math.PI * u[2 * d + 1]);
  return Array.from({ length: count }, (_, d) => temperature * normal(d));
}
var LowerStrip = class {
  constructor({ top, lower }, changed) {
    this.levels = { top, lower };
    this.changed = changed;
    this.kind = "mean";
    this.seed = 1;
    this.nearest = [];
    this.temperature = h("input", { type: "range", min: "0", max: String(MOST), step: "0.05", value: "1", "aria-label": "Temperature of the draw", oninput: () => this.tell() });
    this.told = h("output", {});
    this.buttons = Object.keys(KINDS).map((kind) => {
      const [name, title] = KINDS[kind];
      return [kind, h("button", { type: "button", title, onclick: () => this.choose(kind) }, name)];
    });
    this.again = h("button", { type: "button", className: "zs-link", title: `Draw the lower latents anew (${RENEW_KEY.toUpperCase()})`, onclick: () => this.renew() }, "Draw anew");
    const choice = h("div", { className: "zs-choice", role: "group", "aria-label": "Lower latents" });
    choice.append(...this.buttons.map(([, button]) => button));
    this.of = h("div", { className: "zs-lower-draw" }, h("span", {}, "Temperature"), this.temperature, this.told, this.again);
    const heading = h("p", { className: "zs-heading" }, `${lower} lower latents`);
    this.element = h("div", { className: "zs-told zs-lower" }, heading, choice, this.of);
    this.mark();
  }
  choose(kind) {
    this.kind = kind;
    this.tell();
  }
  renew() {
    if (this.kind === "drawn") this.seed++;
    this.choose("drawn");
  }
  moved(z) {
    const nearest = z ? Array.from(z).slice(this.levels.top) : [];
    if (nearest.length && nearest.every((value, d) => value === this.nearest[d])) return;
    this.nearest = nearest;
    if (this.kind === "image") this.tell();
  }
  tell() {
    this.mark();
    this.changed(added(this, this.levels.lower, this.seed, Number(this.temperature.value)));
  }
  mark() {
    for (const [kind, button] of this.buttons) button.setAttribute("aria-pressed", String(kind === this.kind));
    this.told.textContent = Number(this.temperature.value).toFixed(2);
    this.of.style.visibility = this.kind === "drawn" ? "" : "hidden";
  }
};

// pages/components/src/panels/path.js
var ENDS = ["a", "b"];
var PathPanel = class {
  constructor(app, remembered) {
    this.app = app;
    this.t = remembered.t ?? 0.5;
    this.next = remembered.next ?? "a";
    this.turns = new Turns((step) => this.paintStep(step));
    this.path = void 0;
    this.labels = null;
    this.places = [];
    this.shown = "";
    this.decoder = void 0;
    this.canvases = [];
    this.ends = { a: endOf(), b: endOf() };
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The decoded image at this place of the path" });
    this.where = h("figcaption", {});
    this.slider = h("input", { type: "range", min: "0", max: "1", step: "0.001", value: String(this.t), "aria-label": "Place on the path, from A to B" });
    this.slider.oninput = () => this.moveTo(Number(this.slider.value));
    this.slider.onchange = () => this.app.changed();
    this.strip = h("div", { className: "zs-strip" });
    this.choice = h("div", { className: "zs-choice", role: "group", "aria-label": "Which end a click on the map chooses" }, ...ENDS.map((end) => h("button", { type: "button", onclick: () => this.aim(end) }, end.toUpperCase())));
    this.element = h("div", { className: "zs-panel" }, h("div", { className: "zs-ends" }, this.ends.a.element, h("figure", { className: "zs-picture" }, this.picture, this.where), this.ends.b.element), h("label", { className: "zs-slider" }, "A", this.slider, "B"), this.strip, app.data.points ? h("div", { className: "zs-row" }, h("span", { className: "zs-note" }, "A click on the map chooses the nearest image as"), this.choice) : null);
    this.aim(this.next);
  }
  get state() {
    return { t: this.t, next: this.next };
  }
  ready(decoder) {
    this.decoder = decoder;
    this.update(this.app.data);
  }
  update(data) {
    const { path, steps, labels, ends } = data;
    const text = JSON.stringify([path, steps, labels, ends]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.path = path;
    this.labels = labels;
    this.seat();
    for (const end of ENDS) {
      const { picture, caption } = this.ends[end];
      const { caption: words, picture: source } = ends[end];
      caption.textContent = words;
      if (source) picture.replaceChildren(h("img", { src: source, alt: words }));
      else {
        picture.replaceChildren(h("canvas", { role: "img", "aria-label": words }));
        this.paintEnd(end);
      }
    }
    this.strip.style.setProperty("--zs-steps", String(steps));
    this.canvases = Array.from({ length: steps }, (_, step) => h("canvas", { role: "img", "aria-label": `Picture ${step + 1} of ${steps}` }));
    this.strip.replaceChildren(...this.canvases.map((canvas, step) => {
      const t = step / (steps - 1);
      const go = () => {
        this.slider.value = String(t);
        this.moveTo(t);
        this.app.changed();
      };
      return h("button", { type: "button", onclick: go }, canvas);
    }));
    this.turns.start(steps);
    this.moveTo(this.t);
  }
  paintStep(step) {
    this.paintAt(this.canvases[step], step / (this.canvases.length - 1));
  }
  paintAt(canvas, t) {
    const { path, labels, decoder } = this;
    if (!canvas || !path || !decoder) return;
    const z = between(path, t);
    const count = decoder.conditioning.label?.count ?? 0;
    const pixels = labels ? decoder.decodeAs(z, blend(...labels, t, count)) : decoder.decode(z);
    paint(canvas, pixels, decoder.imageShape);
  }
  seat() {
    const { space } = this.app;
    this.places = (space && this.path?.map((z) => space.transform(z))) ?? [];
  }
  laidOut() {
    this.seat();
    this.mark();
  }
  retuned() {
    if (!this.path) return;
    for (const end of ENDS) this.paintEnd(end);
    this.turns.start(this.canvases.length);
    this.moveTo(this.t);
  }
  paintEnd(end) {
    this.paintAt(this.ends[end].picture.querySelector("canvas"), Number(end === "b"));
  }
  destroy() {
    this.turns.stop();
  }
  moveTo(t) {
    this.t = t;
    if (!this.path || !this.decoder) return;
    this.paintAt(this.picture, t);
    this.where.textContent = `${Math.round(100 * t)} % of the way`;
    this.mark();
  }
  mark() {
    if (!this.places.length) return;
    const pins = ENDS.map((end) => ({ place: end === "a" ? this.places[0] : this.places[this.places.length - 1], name: end.toUpperCase() }));
    this.app.plane?.draw({ path: this.places, at: placeOf2(between(this.places, this.t)), pins });
  }
  aim(end) {
    this.next = end;
    for (const [place, other] of ENDS.entries()) this.choice.children[place].setAttribute("aria-pressed", String(other === end));
  }
  moved() {
  }
  clicked(_, nearest) {
    if (!nearest) return;
    this.app.trigger("pick", { end: this.next, index: nearest.index });
    this.aim(this.next === "a" ? "b" : "a");
    this.app.changed();
  }
};
function endOf() {
  const picture = h("div", { className: "zs-picture" }, h("canvas", { width: 1, height: 1 }));
  const caption = h("figcaption", {});
  return { picture, caption, element: h("figure", { className: "zs-picture" }, picture, caption) };
}
function placeOf2([x, y]) {
  return [x, y];
}
function between(row, t) {
  const place = t * (row.length - 1);
  const before = Math.min(Math.floor(place), row.length - 2);
  const rest = place - before;
  return row[before].map((value, i) => value + rest * (row[before + 1][i] - value));
}

// pages/components/src/panels/picture_choice.js
var WORDS = { mean: ["Mean", "The mean of each pixel"], std: ["Deviation", "The standard deviation of each pixel: black is none, white half of the pixel range or more"], draw: ["Draw", "A draw of each pixel by itself. The noise stays the same until pixels are drawn anew"] };
var BRIGHTNESS = 2;
var DRAW_KEY = "d";
var PictureChoice = class {
  constructor(changed, remembered = "mean") {
    this.changed = changed;
    this.remembered = remembered;
    this.shown = "mean";
    this.seed = 1;
    this.decoder = void 0;
    this.buttons = {};
    this.choice = h("div", { className: "zs-choice", role: "group", "aria-label": "Picture of the place" });
    this.again = h("button", { type: "button", className: "zs-link", title: `Draw the pixels anew (${DRAW_KEY.toUpperCase()})`, "aria-label": "Draw the pixels anew", onclick: () => this.redraw() }, "↻");
    this.element = h("div", { className: "zs-row zs-pictures", hidden: true }, this.choice, this.again);
  }
  ready(decoder) {
    this.decoder = decoder;
    const kinds = ["mean", ...Object.keys(decoder.pictures)];
    this.choice.replaceChildren(...kinds.map((kind) => {
      const [name, title] = WORDS[kind];
      const button = h("button", { type: "button", title, onclick: () => this.choose(kind) }, name);
      this.buttons[kind] = button;
      return button;
    }));
    this.element.hidden = kinds.length === 1;
    this.mark(kinds.find((kind) => kind === this.remembered) ?? "mean");
  }
  choose(kind) {
    this.mark(kind);
    this.changed();
  }
  redraw() {
    if (!this.decoder?.pictures.draw) return;
    if (this.shown === "draw") this.decoder.redraw(++this.seed);
    this.choose("draw");
  }
  mark(kind) {
    this.shown = kind;
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === kind));
    this.again.style.visibility = kind === "draw" ? "" : "hidden";
  }
  paint(canvas, pixels) {
    const { decoder, shown } = this;
    if (!decoder) return;
    canvas.ariaLabel = `The decoded image at the cursor: ${WORDS[shown][0].toLowerCase()}`;
    if (shown === "mean") paint(canvas, pixels, decoder.imageShape);
    else paint(canvas, decoder.picture(shown), decoder.imageShape, shown === "std" ? BRIGHTNESS : 1);
  }
};

// pages/components/src/panels/readout.js
var HINTS = { label: "The class and the number of the test image that is nearest to the pointer", distance: "On the map", spread: "Standard deviations of q(z|x) along the two axes; the ellipses on the map are one and two of them", trust: "On a straight plane a place has its latent exactly. On a scattered one it is guessed from the points around it, and fades far from all; ± is how far their latents lie from it, root mean square, as a share of the spread of all latents" };
var FACTS = { z: "Position", label: "Nearest point", distance: "Distance to it", trust: "Latent here", spread: "Its posterior", error: "Its error" };
var FADE_FACTOR = 5;
var Readout = class {
  constructor(app, names, choice) {
    this.app = app;
    this.choice = choice;
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The decoded image at the cursor" });
    this.nothing = h("p", {}, "Nothing lies near here.");
    this.answer = new Answer(app);
    this.facts = {};
    const shown = names.filter((name) => name !== "trust" || app.data.projected);
    const rows = shown.flatMap((name) => {
      const fact2 = h("dd", {}, "–");
      this.facts[name] = fact2;
      return [h("dt", { title: HINTS[name] ?? "" }, FACTS[name]), fact2];
    });
    this.element = h("div", { className: "zs-readout zs-panel" }, h("div", { className: "zs-fading" }, this.nothing, this.picture), h("dl", { className: "zs-facts" }, ...rows));
  }
  ready(decoder) {
    this.choice?.ready(decoder);
    const term = this.facts.error?.previousElementSibling;
    if (term) term.title = `How badly the test image is reconstructed from its point: ${aboutError(decoder.ofTwo)}`;
  }
  moved(place, latent) {
    const { space } = this.app;
    const decoder = this.app.decoder;
    const { z, trust, own } = latent ? { z: Array.from(latent), trust: 1, own: true } : this.app.latentAt(place);
    const pixels = decoder.decode(z);
    if (this.choice) this.choice.paint(this.picture, pixels);
    else paint(this.picture, pixels, decoder.imageShape);
    this.picture.style.opacity = String(trust);
    const empty = space ? Math.max(0, 1 - FADE_FACTOR * trust) : 0;
    this.nothing.style.opacity = String(empty);
    this.nothing.ariaHidden = String(empty === 0);
    this.setFact("z", place ? decimals(place, this.app.digits) : "–");
    this.setFact("trust", own && z.length > 2 ? "the image's own" : originOf(space, place, z, trust));
    return { z, trust, pixels };
  }
  refresh(nearest) {
    this.answer.pictures.style.visibility = nearest ? "" : "hidden";
    if (!nearest) {
      for (const name of ["label", "distance", "spread", "error"]) this.setFact(name, "–");
      return;
    }
    const said = this.answer.show(nearest);
    this.setFact("label", nearest.label < 0 ? said.image : `${said.name}, ${said.image}`);
    this.setFact("distance", decimal(nearest.distance, this.app.digits));
    this.setFact("spread", said.std ? `± ${said.std.slice(0, 2).map((std) => decimal(std, this.app.digits)).join(", ± ")}` : "–");
    this.setFact("error", said.error === null ? "–" : `${said.error.toFixed(1)} nats`);
  }
  setFact(name, text) {
    const fact2 = this.facts[name];
    if (fact2) fact2.textContent = text;
  }
};
function originOf(space, place, z, trust) {
  if (!space || !place) return "–";
  if (space.straight) return "exact";
  if (trust === 0) return "unknown";
  return `guessed, ± ${Math.round(100 * (space.disagreement?.(place, z) ?? 0))} %`;
}

// pages/components/src/panels/pins.js
var MAX_PINS = 24;
var PinsPanel = class {
  constructor(app, remembered) {
    this.app = app;
    this.pins = (remembered.pins ?? []).map((z, index) => ({ z, place: remembered.places?.[index], space: remembered.space }));
    this.chosen = remembered.chosen ?? null;
    this.decoder = void 0;
    this.current = new Float32Array();
    this.pinned = new Float32Array();
    this.z = void 0;
    this.place = null;
    this.turns = new Turns((index) => this.repaint(index));
    this.choice = new PictureChoice(() => this.repicture(), remembered.picture);
    this.readout = new Readout(app, ["z", "label", "distance", "trust", "spread", "error"], this.choice);
    this.heading = h("p", { className: "zs-heading" }, "Pins");
    this.clear = h("button", { type: "button", className: "zs-link", onclick: () => this.set([]) }, "Remove all");
    this.hint = h("p", { className: "zs-note" });
    this.list = h("div", { className: "zs-pin-list" });
    this.compared = this.comparison();
    this.element = h("div", { className: "zs-panel" }, this.readout.element, this.choice.element, h("div", { className: "zs-slot" }, this.readout.answer.pictures, this.compared.element), h("div", { className: "zs-row" }, this.heading, this.clear), h("div", { className: "zs-pinned" }, this.hint, this.list));
  }
  get state() {
    return { pins: this.pins.map(({ z }) => z), places: this.pins.map((pin) => this.placeOf(pin)), chosen: this.chosen, picture: this.choice.shown };
  }
  ready(decoder) {
    this.decoder = decoder;
    this.current = new Float32Array(decoder.output.length);
    this.readout.ready(decoder);
    this.show();
    this.moved(this.app.cursor, null);
  }
  placeOf({ z, place, space }) {
    const now = this.app.space;
    return place && (space === now?.name || !now) ? place : now?.transform(z) ?? null;
  }
  moved(place, nearest) {
    const { z, pixels } = this.readout.moved(place);
    this.z = z;
    this.place = place;
    if (this.chosen !== null) {
      this.current.set(pixels);
      this.compare();
    }
    this.refresh(nearest);
    this.app.classes?.show(z);
  }
  refresh(nearest = this.app.plane?.cursor.near ?? null) {
    this.readout.refresh(nearest);
  }
  repicture() {
    this.readout.moved(this.place ?? this.app.cursor);
    this.app.changed();
  }
  redrawn() {
    this.choice.redraw();
  }
  retuned() {
    this.turns.start(this.pins.length);
    if (this.chosen !== null) this.showChosen();
    if (this.place) this.moved(this.place, this.app.plane?.cursor.near ?? null);
  }
  repaint(index) {
    const canvas = this.list.children[index]?.querySelector("canvas");
    if (canvas && this.decoder) paint(canvas, this.decoder.decode(this.pins[index].z), this.decoder.imageShape);
  }
  destroy() {
    this.turns.stop();
  }
  clicked(place) {
    const { z, trust } = this.app.latentAt(place);
    if (this.pins.length < MAX_PINS && trust > 0) this.set([...this.pins, { z, place, space: this.app.space?.name }]);
  }
  laidOut() {
    this.mark();
  }
  set(pins) {
    const chosen = this.chosen === null ? -1 : pins.indexOf(this.pins[this.chosen]);
    this.pins = pins;
    this.chosen = chosen < 0 ? null : chosen;
    this.show();
    this.app.changed();
    this.app.send("pins", this.state.pins);
  }
  choose(index) {
    this.chosen = this.chosen === index ? null : index;
    this.show();
    this.app.changed();
  }
  show() {
    const { decoder } = this;
    if (!decoder) return;
    const full = this.pins.length >= MAX_PINS;
    this.hint.textContent = full ? `${MAX_PINS} pins are as many as fit. Remove one to set another.` : this.pins.length ? "Choose a pin to compare it." : "Move the pointer over the map. Click to pin a place and keep its picture here.";
    this.clear.style.visibility = this.pins.length ? "" : "hidden";
    this.heading.textContent = this.pins.length ? `Pins (${this.pins.length})` : "Pins";
    const focused = [...this.list.children].findIndex((card) => card.contains(document.activeElement));
    this.list.replaceChildren(...this.pins.map(({ z }, index) => {
      const name = String(index + 1);
      const { digits } = this.app;
      const where = `z = (${z.length > 4 ? `${decimals(z.slice(0, 4), digits)}, …` : decimals(z, digits)})`;
      const canvas = h("canvas");
      paint(canvas, decoder.decode(z), decoder.imageShape);
      return h("div", { className: "zs-pin-card" }, h("button", { type: "button", className: "zs-pin-choose", title: `Pin ${name}, ${where}`, "aria-label": `Compare with pin ${name}, ${where}`, "aria-pressed": String(index === this.chosen), onclick: () => this.choose(index) }, canvas), h("span", { className: "zs-pin-name" }, name), h("button", { type: "button", className: "zs-pin-remove", title: `Remove pin ${name}`, "aria-label": `Remove pin ${name}`, onclick: () => this.set(this.pins.filter((_, other) => other !== index)) }, "×"));
    }));
    if (focused >= 0) {
      const card = this.list.children[Math.min(focused, this.pins.length - 1)];
      (card?.querySelector("button") ?? this.app.plane?.plot)?.focus();
    }
    this.mark();
    this.compared.element.hidden = this.chosen === null;
    if (this.chosen === null) return;
    this.showChosen();
    if (this.z) {
      this.current.set(decoder.decode(this.z));
      this.compare();
    }
  }
  showChosen() {
    if (this.chosen === null || !this.decoder) return;
    this.pinned = this.decoder.decode(this.pins[this.chosen].z).slice();
    paint(this.compared.picture, this.pinned, this.decoder.imageShape);
    this.compared.name.textContent = `Pin ${this.chosen + 1}`;
  }
  mark() {
    if (!this.app.plane) return;
    const pins = this.pins.flatMap((pin, index) => {
      const place = this.placeOf(pin);
      return place ? [{ place, name: String(index + 1), active: index === this.chosen }] : [];
    });
    this.app.plane.draw({ pins });
  }
  comparison() {
    const picture = h("canvas", { role: "img", "aria-label": "The chosen pin" });
    const difference = h("canvas", { role: "img", "aria-label": "Cursor minus pin: orange where the cursor's image is brighter, blue where the pin's is" });
    const name = h("figcaption", {});
    const amount = h("figcaption", { title: "Mean absolute difference of the pixels, where 0 is black and 1 is white" });
    const element = h("div", { className: "zs-compare" }, h("figure", {}, picture, name), h("figure", {}, difference, amount));
    return { element, picture, difference, name, amount };
  }
  compare() {
    if (this.decoder) paintDifference(this.compared.difference, this.current, this.pinned, this.decoder.imageShape);
    this.compared.amount.textContent = `difference ${meanDifference(this.current, this.pinned).toFixed(3)}`;
  }
};

// pages/components/src/panels/side.js
var SidePanel = class {
  constructor(app) {
    this.app = app;
    this.readout = new Readout(app, ["z", "label", "trust", "error"]);
    this.element = this.readout.element;
    this.place = void 0;
    this.image = void 0;
    this.pins = [];
    this.element.append(this.readout.answer.pictures);
  }
  get state() {
    return {};
  }
  ready(decoder) {
    this.readout.ready(decoder);
    this.readout.moved(this.app.cursor);
    this.readout.refresh(null);
  }
  moved(place, nearest) {
    this.show(place, nearest);
    this.app.link?.moved(this.app, place, nearest);
  }
  show(place, nearest) {
    this.place = place;
    const { plane } = this.app;
    if (!plane) return;
    this.readout.moved(place, this.image === void 0 ? null : plane.placement.latentOf(this.image));
    this.readout.refresh(nearest);
  }
  refresh() {
    this.readout.refresh(this.app.plane?.cursor.near ?? null);
  }
  retuned() {
    if (this.place) this.show(this.place, this.app.plane?.cursor.near ?? null);
    this.app.link?.read();
  }
  laidOut() {
    this.app.link?.laidOut(this.app);
  }
  clicked() {
  }
};

// pages/components/src/panels/dimension.js
var DimensionRow = class {
  constructor(d, steps, active, listener) {
    this.d = d;
    this.name = dimensionName(d);
    this.visible = false;
    this.nearest = -1;
    this.kl = h("span", { className: "zs-dim-number" });
    this.bar = h("i", { className: "zs-dim-bar" });
    this.output = h("output", {});
    this.undo = h("button", { type: "button", className: "zs-dim-undo", onclick: () => listener.reset() }, "↺");
    this.slider = h("input", { type: "range", step: "any", "aria-label": this.name, oninput: () => listener.set(Number(this.slider.value)), onchange: () => listener.edited() });
    this.rail = h("span", { className: "zs-dim-slider" }, h("i", { className: "zs-dim-track" }), h("i", { className: "zs-dim-tick" }), h("i", { className: "zs-dim-way" }), this.slider);
    this.canvases = Array.from({ length: steps }, () => h("canvas", { width: 1, height: 1, "aria-hidden": "true" }));
    this.tiles = this.canvases.map((canvas, step) => h("button", { type: "button", tabIndex: -1, onclick: () => listener.choose(step) }, canvas));
    const strip = h("div", { className: "zs-dim-strip", role: "group", "aria-label": `${this.name}, pictures. Arrow keys go along, Enter sets the value.`, onkeydown: (event) => this.walk(event) }, ...this.tiles);
    const title = "Its posterior mean hardly varies with the image: the model does not use it";
    this.element = h("div", { className: `zs-dim${active ? "" : " zs-collapsed"}`, role: "group", "aria-label": active ? this.name : `${this.name}, collapsed` }, h("span", { className: "zs-dim-name" }, this.name), h("span", { className: "zs-dim-kl" }, this.kl, active ? h("span", { className: "zs-dim-bars" }, this.bar) : h("span", { className: "zs-dim-word", title }, "collapsed")), this.rail, h("span", { className: "zs-dim-value" }, this.output, this.undo), strip);
  }
  label(kl, most, [low, high], values) {
    const { name, slider } = this;
    this.kl.textContent = kl.toFixed(2);
    this.kl.title = `${name}: KL ${kl.toFixed(3)} nats per image`;
    this.bar.style.width = `${100 * kl / most}%`;
    [slider.min, slider.max] = [String(low), String(high)];
    slider.title = `${name} from ${decimal(low)} to ${decimal(high)}`;
    for (const [step, tile] of this.tiles.entries()) {
      tile.title = `${name} = ${decimal(values[step])}`;
      tile.setAttribute("aria-label", tile.title);
    }
  }
  show(value, start, [low, high], changed) {
    const { slider, output, undo, rail, tiles } = this;
    const share = (place) => Math.min(1, Math.max(0, (place - low) / (high - low)));
    if (Number(slider.value) !== value) slider.value = String(value);
    output.textContent = decimal(Math.abs(value) < 5e-3 ? 0 : value);
    slider.setAttribute("aria-valuetext", output.textContent);
    rail.style.setProperty("--zs-start", String(share(start)));
    rail.style.setProperty("--zs-place", String(share(value)));
    this.element.classList.toggle("zs-changed", changed);
    undo.style.visibility = changed ? "" : "hidden";
    undo.title = `${this.name} back to ${decimal(start)}`;
    undo.setAttribute("aria-label", undo.title);
    this.mark(Math.round(share(value) * (tiles.length - 1)));
  }
  mark(nearest) {
    if (nearest === this.nearest) return;
    const old = this.tiles[this.nearest];
    old?.removeAttribute("aria-current");
    if (old) old.tabIndex = -1;
    this.tiles[nearest].setAttribute("aria-current", "true");
    this.tiles[nearest].tabIndex = 0;
    this.nearest = nearest;
  }
  walk(event) {
    const at = this.tiles.indexOf(event.target);
    const ways = /* @__PURE__ */ new Map([["ArrowLeft", at - 1], ["ArrowRight", at + 1], ["Home", 0], ["End", this.tiles.length - 1]]);
    const to = ways.get(event.key);
    if (to === void 0) return;
    event.preventDefault();
    this.tiles[to]?.focus();
  }
};
function dimensionName(d) {
  return `z${Array.from(String(d + 1), (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("")}`;
}

// pages/components/src/panels/start.js
var StartBox = class {
  constructor(reset, choose) {
    this.choose = choose;
    this.pins = [];
    this.pictures = [];
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The start, decoded" });
    this.name = h("strong", {});
    this.original = h("div", {});
    this.originalFigure = h("figure", { className: "zs-picture", hidden: true }, this.original, h("figcaption", {}, "test image"));
    this.back = h("button", { type: "button", className: "zs-tool zs-go", disabled: true, onclick: reset }, "Back to the start");
    this.element = h("div", { className: "zs-start" }, h("p", { className: "zs-start-name" }, h("span", { className: "zs-note" }, "Start: "), this.name), h("div", { className: "zs-start-pictures" }, h("figure", { className: "zs-picture" }, this.picture, h("figcaption", {}, "decoded")), this.originalFigure), this.back);
    this.pinNote = h("p", { className: "zs-note" });
    this.pinList = h("div", { className: "zs-pin-list", role: "group", "aria-label": "Pins to start from" });
    this.pinBox = h("div", { className: "zs-start-pins", hidden: true }, this.pinNote, this.pinList);
  }
  set(start, model) {
    this.name.textContent = start.name;
    this.originalFigure.hidden = !start.picture;
    if (start.picture) {
      this.original.replaceChildren(h("img", { src: start.picture, alt: `${start.name}, test image` }));
    }
    const asked = start.said.kind === "pin";
    this.pinBox.hidden = !asked;
    if (asked) this.offer(start, memory.load(`zscape:explore:${model}`).pins);
  }
  offer(start, remembered) {
    this.pins = usable(remembered, start.z.length);
    const chosen = this.pins.findIndex((z) => JSON.stringify(z) === JSON.stringify(start.said.z));
    this.pinNote.textContent = this.pins.length ? "Choose a pin to start from." : "There are no pins yet. Click the map on Explore to pin a place; until then this is the origin.";
    const focused = [...this.pinList.children].findIndex((button) => button.contains(document.activeElement));
    this.pictures = this.pins.map(() => h("canvas", { width: 1, height: 1 }));
    const buttons = this.pins.map((z, index) => h("button", { type: "button", className: "zs-pin-choose", title: `Pin ${index + 1}`, "aria-label": `Start from pin ${index + 1}`, "aria-pressed": String(index === chosen), onclick: () => this.choose(z) }, this.pictures[index]));
    this.pinList.replaceChildren(...buttons);
    buttons[focused]?.focus();
    if (!start.said.z && this.pins.length) this.choose(this.pins[0]);
  }
  paint(decoder, start) {
    paint(this.picture, decoder.decode(start), decoder.imageShape);
    if (this.pinBox.hidden) return;
    for (const [index, z] of this.pins.entries()) paint(this.pictures[index], decoder.decode(z), decoder.imageShape);
  }
};
function usable(remembered, dims) {
  if (!Array.isArray(remembered)) return [];
  return remembered.filter((z) => Array.isArray(z) && z.length === dims && z.every(Number.isFinite));
}

// pages/components/src/panels/traverse.js
var MAX_LARGER_PICTURES = 8;
var MAX_LARGEST_PICTURES = 2;
var FINE_SIDE = 44;
var TraversePanel = class {
  constructor(app, remembered) {
    this.app = app;
    this.edits = /* @__PURE__ */ new Map();
    this.remembered = remembered.begun ? { begun: remembered.begun, edits: remembered.edits ?? {} } : null;
    this.begun = void 0;
    this.whole = remembered.whole ?? false;
    this.rows = [];
    this.stale = new Uint8Array();
    this.data = void 0;
    this.shown = this.arranged = "";
    this.decoder = void 0;
    this.start = [];
    this.current = [];
    this.turns = new Turns((place) => this.paintTile(place), () => {
      this.element.dataset.decoded = "";
    });
    this.observer = new IntersectionObserver((entries) => this.seen(entries));
    this.startBox = new StartBox(() => this.reset(), (z) => this.app.trigger("begin", { kind: "pin", z }));
    this.picture = h("canvas", { width: 1, height: 1, role: "img", "aria-label": "The current latent, decoded" });
    this.where = h("figcaption", {});
    this.scale = h("div", { className: "zs-dim-scale", "aria-hidden": "true" });
    this.list = h("div", { className: "zs-dim-list" });
    this.more = h("button", { type: "button", className: "zs-tool zs-go", hidden: true, onclick: () => this.showAll(!this.whole) });
    this.element = h("div", { className: "zs-panel zs-traverse" }, this.now(), this.dimensions());
  }
  now() {
    return h("div", { className: "zs-now" }, h("figure", { className: "zs-picture zs-now-picture" }, this.picture, this.where), this.startBox.element, this.startBox.pinBox);
  }
  dimensions() {
    const kl = "KL(q(z|x) || p(z)) of this dimension, averaged over the test images: nats per image";
    const value = "Of the current latent";
    return h("div", { className: "zs-dims" }, h("div", { className: "zs-dim zs-dim-head zs-note" }, h("span", { className: "zs-dim-kl-head", title: kl }, "KL, nats"), h("span", { className: "zs-dim-value-head", title: value }, "Value"), this.scale), this.list, this.more);
  }
  get state() {
    const { begun, edits } = this.remembered ?? { begun: this.begun, edits: Object.fromEntries(this.edits) };
    return { begun, edits, whole: this.whole };
  }
  ready(decoder) {
    this.decoder = decoder;
    const [, height, width] = decoder.imageShape;
    const longest = Math.max(height, width);
    this.element.style.setProperty("--zs-wide", String(width / longest));
    this.element.style.setProperty("--zs-high", String(height / longest));
    this.element.classList.toggle("zs-fine", longest > FINE_SIDE);
    const data = this.app.data;
    this.update(data);
    if (this.whole) this.app.send("shown", "all");
    if (this.remembered && data.start.usual) this.app.trigger("begin", JSON.parse(this.remembered.begun));
  }
  update(about) {
    const data = about;
    const { kl, active, order, span, reach, steps, most, start } = data;
    const text = JSON.stringify([kl, active, order, span, reach, steps, most, start]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.data = data;
    const begun = JSON.stringify(start.said);
    const first = this.begun === void 0;
    if (begun !== this.begun) {
      this.begun = begun;
      this.take(data);
      if (!first) this.app.changed();
      if (!first || this.edits.size) this.sendEdits(data);
    }
    this.more.hidden = order.length <= most;
    this.startBox.set(start, data.model);
    this.arrange(data);
    this.label(data);
    this.retuned();
  }
  take({ start }) {
    const { remembered, begun } = this;
    this.edits.clear();
    if (remembered?.begun === begun) {
      for (const [d, value] of Object.entries(remembered?.edits ?? {})) {
        if (Number.isFinite(value) && Number(d) < start.z.length) this.edits.set(Number(d), value);
      }
      this.remembered = null;
    } else if (!start.usual) this.remembered = null;
  }
  startNow({ start: { z, frames: frames2, changes } }) {
    const { keyframes, condition } = this.app;
    if (!frames2 || !keyframes) return z;
    const [before, share] = keyframes.place(condition.beta);
    const t = changes.includes(before) ? Math.round(share) : share;
    return frames2[before].map((value, d) => value + t * (frames2[before + 1][d] - value));
  }
  arrange({ order, active, steps, most }) {
    const dims = this.whole ? order : order.slice(0, most);
    const wanted = JSON.stringify([dims, active, steps]);
    this.more.textContent = this.whole ? `Show the first ${most}` : `Show all ${order.length} dimensions`;
    if (wanted === this.arranged) return;
    this.arranged = wanted;
    this.turns.stop();
    this.observer.disconnect();
    this.rows = dims.map((d) => new DimensionRow(d, steps, active[d], { set: (value) => this.set(d, value), edited: () => this.edited(), reset: () => this.reset(d), choose: (step) => {
      this.set(d, this.valueAt(d, step));
      this.edited();
    } }));
    this.stale = new Uint8Array(dims.length * steps).fill(1);
    this.element.style.setProperty("--zs-steps", String(steps));
    this.element.classList.toggle("zs-few", dims.length <= MAX_LARGER_PICTURES);
    this.element.classList.toggle("zs-large", dims.length <= MAX_LARGEST_PICTURES);
    this.list.replaceChildren(...this.rows.map(({ element }) => element));
    for (const { element } of this.rows) this.observer.observe(element);
  }
  label({ kl, span, reach, steps }) {
    const most = Math.max(...kl, 1e-9);
    const each = Array.from({ length: steps }, (_, step) => step);
    for (const row of this.rows) {
      row.label(kl[row.d], most, span[row.d], each.map((step) => this.valueAt(row.d, step)));
    }
    const ends = (step) => step === 0 ? "0.5 %" : step === steps - 1 ? "99.5 %" : "";
    const shared = (step) => String(Number(this.valueAt(0, step).toFixed(2))).replace("-", "−");
    const word = reach === "data" ? ends : shared;
    this.scale.replaceChildren(...each.map((step) => h("span", {}, word(step))));
  }
  valueAt(d, step) {
    if (!this.data) return 0;
    const { span, steps } = this.data;
    const [low, high] = span[d];
    return low + (high - low) * step / (steps - 1);
  }
  retuned() {
    if (!this.data || !this.decoder) return;
    this.start = this.startNow(this.data);
    this.current = this.start.map((value, d) => this.edits.get(d) ?? value);
    this.startBox.paint(this.decoder, this.start);
    this.stale.fill(1);
    this.show();
  }
  set(d, value) {
    this.edits.set(d, value);
    this.current[d] = value;
    this.others(d);
    this.show(d);
  }
  reset(d) {
    if (d === void 0) {
      this.edits.clear();
      this.current = [...this.start];
      this.stale.fill(1);
    } else {
      this.edits.delete(d);
      this.current[d] = this.start[d];
      this.others(d);
      this.rows.find((row) => row.d === d)?.slider.focus();
    }
    this.show(d);
    this.edited();
  }
  edited() {
    this.app.changed();
    if (this.data) this.sendEdits(this.data);
  }
  sendEdits({ start }) {
    this.app.send("edits", { said: start.said, values: Object.fromEntries(this.edits) });
  }
  others(d) {
    for (const [place, row] of this.rows.entries()) {
      const steps = row.tiles.length;
      if (row.d !== d) this.stale.fill(1, place * steps, (place + 1) * steps);
    }
  }
  show(d) {
    const { decoder, data, current } = this;
    if (!decoder || !data) return;
    paint(this.picture, decoder.decode(current), decoder.imageShape);
    const changed = this.edits.size;
    const words = changed === 0 ? "as it started" : `${changed} of ${current.length} changed`;
    this.where.textContent = `|z| = ${Math.hypot(...current).toFixed(2)}, ${words}`;
    this.startBox.back.disabled = changed === 0;
    this.app.classes?.show(current);
    this.element.dataset.z = current.join(",");
    for (const row of this.rows) {
      if (d === void 0 || row.d === d) {
        row.show(current[row.d], this.start[row.d], data.span[row.d], this.edits.has(row.d));
      }
    }
    this.work();
  }
  work() {
    delete this.element.dataset.decoded;
    this.turns.start(this.stale.length);
  }
  paintTile(place) {
    const { decoder, data, current } = this;
    if (!decoder || !data) return;
    const row = this.rows[Math.floor(place / data.steps)];
    if (!this.stale[place] || !row.visible) return;
    const step = place % data.steps;
    const before = current[row.d];
    current[row.d] = this.valueAt(row.d, step);
    paint(row.canvases[step], decoder.decode(current), decoder.imageShape);
    current[row.d] = before;
    this.stale[place] = 0;
  }
  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.rows.find(({ element }) => element === target);
      if (row) row.visible = isIntersecting;
    }
    this.work();
  }
  showAll(whole) {
    this.whole = whole;
    if (!this.data) return;
    this.arrange(this.data);
    this.label(this.data);
    this.show();
    this.app.changed();
    this.app.send("shown", whole ? "all" : "first");
  }
  moved() {
  }
  clicked() {
  }
  destroy() {
    this.turns.stop();
    this.observer.disconnect();
  }
};

// pages/components/src/render/overlay.js
var COARSE_FACTOR = 3;
var HOME_CELLS = 40;
var CLASS_OPACITY = 0.5;
var DECADES = 9.2;
var OVERLAYS = { density: { title: "Density of the images", unit: "log q(z), nats", text: "How much of the test images' posteriors lies at a place, averaged over cells of 2 px: narrower peaks look lower until the map is zoomed in. Where there is none, the model was never asked to draw anything.", cell: 2, around: 384, kernel: { unit: "log density, nats", text: "How densely the test images lie in this plane, each smoothed over half the distance to its neighbours. The method chose the plane, and the distances in it." }, range: (sorted) => [sorted[sorted.length - 1] - DECADES, sorted[sorted.length - 1]] }, entropy: { title: "Undecided pixels", unit: "entropy, nats per image", text: "How unsure the decoded pixels are. High where a picture is blurred, or stands between two shapes.", cell: 9 }, sharpness: { title: "Sharpness", unit: "mean difference of neighbouring pixels", text: "How crisp the decoded picture is. Low where it is blurred, or stands between two shapes.", cell: 9 }, stretch: { title: "Stretch of the decoder", unit: "log √det JᵀJ", text: "How fast pictures change as the pointer moves. Ridges are borders between shapes; where it is low, one shape goes on and on.", cell: 12 }, cycle: { title: "Cycle error", unit: "‖z − E(D(z))‖, latent units", text: "How far the encoder by itself, in one pass, puts a decoded picture from where it was decoded: where that is large, the two halves don't agree. Where a model refines its posteriors, as the points have it, they come out nearer.", cell: 12 }, class: { title: "Nearest class", unit: "vote of the 10 nearest points", text: "The class that most of the nearest test images have; the paler, the more divided their vote.", cell: 5 } };
function overlayOf(name, kernel) {
  return OVERLAYS[name] && { ...OVERLAYS[name], ...kernel ? OVERLAYS[name].kernel : {} };
}
var RAMP = ["#f3f7f8", "#c3dde2", "#7fb8c3", "#3d8799", "#17566a", "#0a2f3f"];
var RAMP_ON_DARK = ["#12161d", "#14323d", "#1b5a69", "#3b8e9a", "#86c6c9", "#e2f6f1"];
var Overlay = class {
  constructor(background) {
    this.background = background;
    this.element = h("canvas", { className: "zs-field", "aria-hidden": "true" });
    this.context = contextOf(this.element);
    this.colours = h("span", { className: "zs-ramp" });
    this.title = h("strong", {});
    this.unit = h("span", { className: "zs-note" });
    this.least = h("span", {});
    this.most = h("span", {});
    this.bar = h("div", { className: "zs-bar", hidden: true }, this.title, this.unit, h("span", { className: "zs-scale" }, this.least, this.colours, this.most));
    this.ranges = /* @__PURE__ */ new Map();
    this.lastRange = void 0;
    this.lastJob = 0;
    this.name = "";
    this.home = { x: [-1, 1], y: [-1, 1] };
    this.classes = [];
    this.ramp = RAMP;
    this.view = void 0;
    this.shown = void 0;
    this.job = void 0;
    this.drawn = void 0;
    background.on("field", (answer) => this.take(answer));
  }
  set({ name, strength, dark, classes, home, kernel }) {
    const known = overlayOf(name, kernel);
    if (name !== this.name) this.shown = void 0;
    this.name = name;
    this.home = home;
    this.classes = classes;
    this.ramp = dark ? RAMP_ON_DARK : RAMP;
    this.element.hidden = this.bar.hidden = !known;
    this.element.style.opacity = String(strength);
    this.drawn = void 0;
    if (!known) return;
    this.title.textContent = known.title;
    this.unit.textContent = known.unit;
    this.bar.title = known.text;
    this.colours.hidden = name === "class";
    this.colours.style.background = `linear-gradient(to right, ${this.ramp.join(", ")})`;
    if (this.shown) this.colour(this.shown);
    this.label();
  }
  forget() {
    this.ranges.clear();
    this.shown = this.job = this.lastRange = this.drawn = void 0;
    this.context.clearRect(0, 0, this.element.width, this.element.height);
  }
  draw({ frame, box, width, height }, condition, moving) {
    if (!OVERLAYS[this.name]) return;
    this.view = { frame, box, width, height, condition, moving, key: [this.name, keyOf(condition), ...box, ...Object.values(frame)].join() };
    const look = `${this.view.key} ${devicePixelRatio} ${this.shown?.id}`;
    if (look !== this.drawn) {
      this.drawn = look;
      this.paint();
    }
    this.next(this.view);
  }
  paint() {
    const { element, context, shown, view } = this;
    if (!view) return;
    const size = fit(element, view);
    if (!size) return;
    const [wide, high, scale] = size;
    context.clearRect(0, 0, wide, high);
    if (!shown) return;
    const { frame, box } = view;
    const { left, bottom, dx, dy, columns, rows } = shown.grid;
    context.save();
    context.beginPath();
    context.rect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale);
    context.clip();
    const [x, y] = [frame.left + left * frame.width, frame.top + (bottom + rows * dy) * frame.height];
    context.drawImage(shown.picture, x * scale, y * scale, columns * dx * frame.width * scale, -rows * dy * frame.height * scale);
    context.restore();
  }
  next(view) {
    const { shown, name } = this;
    const ranged = name === "class" || this.ranges.has(`${name} ${keyOf(view.condition)}`);
    if (this.job?.key === view.key || this.job && !this.job.fine) return;
    if (!ranged && !view.moving) this.ask(view, this.homeGrid(), { home: true });
    else if (shown?.key !== view.key) this.ask(view, this.grid(view, COARSE_FACTOR), { key: view.key });
    else if (!shown.fine && !view.moving) this.ask(view, this.grid(view, 1), { key: view.key, fine: true });
  }
  ask({ condition }, grid, what) {
    this.job = { id: ++this.lastJob, name: this.name, condition, grid, ...what };
    this.background.ask("field", { id: this.job.id, name: this.name, condition, grid });
  }
  grid({ frame, box }, times) {
    const px = OVERLAYS[this.name].cell * times;
    const columns = Math.ceil(box[2] / px) + 2;
    const rows = Math.ceil(box[3] / px) + 2;
    const [dx, dy] = [px / frame.width, -px / frame.height];
    return { left: (box[0] - frame.left) / frame.width - dx, bottom: (box[1] + box[3] - frame.top) / frame.height - dy, dx, dy, columns, rows };
  }
  homeGrid() {
    const { x, y } = this.home;
    const columns = OVERLAYS[this.name].around ?? HOME_CELLS;
    const rows = columns;
    return { left: x[0], bottom: y[0], dx: (x[1] - x[0]) / columns, dy: (y[1] - y[0]) / rows, columns, rows };
  }
  take({ id, values, error }) {
    const { job, view } = this;
    if (!job || !view || id !== job.id) return;
    this.job = void 0;
    if (error || !values) {
      this.title.textContent = `This overlay could not be computed: ${error}`;
      this.unit.textContent = "";
      return;
    }
    if (job.name !== this.name) return this.draw(view, view.condition, view.moving);
    if (job.home) this.ranges.set(`${job.name} ${keyOf(job.condition)}`, rangeOf(values, OVERLAYS[job.name].range));
    else this.shown = { ...job, values, picture: h("canvas") };
    if (this.shown) this.colour(this.shown);
    this.label();
    this.element.dataset.settled = this.shown?.fine ? this.shown.key : "";
    this.drawn = void 0;
    this.draw(view, view.condition, view.moving);
  }
  get range() {
    const condition = this.shown?.condition ?? this.view?.condition;
    const own = condition && this.ranges.get(`${this.name} ${keyOf(condition)}`);
    if (own) this.lastRange = { name: this.name, range: own };
    return own ?? (this.lastRange?.name === this.name ? this.lastRange.range : void 0);
  }
  label() {
    const { range } = this;
    const show = range && this.name !== "class";
    this.least.textContent = show ? rounded(range[0]) : "";
    this.most.textContent = show ? rounded(range[1]) : "";
  }
  colour(shown) {
    const { values, grid } = shown;
    const { columns, rows } = grid;
    const picture = h("canvas", { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    const [low, high] = this.range ?? rangeOf(values, OVERLAYS[this.name].range);
    const table = this.name === "class" ? null : tableOf(this.ramp);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = values[row * columns + column];
        if (Number.isNaN(value)) continue;
        const at = 4 * ((rows - 1 - row) * columns + column);
        if (table) {
          const step = 3 * Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))));
          for (let c = 0; c < 3; c++) image.data[at + c] = table[step + c];
          image.data[at + 3] = 255;
        } else if (value >= 0) {
          const label = Math.floor(value);
          for (let c = 0; c < 3; c++) image.data[at + c] = this.classes[label][c];
          image.data[at + 3] = CLASS_OPACITY * 255 * (value - label) ** 2;
        }
      }
    }
    contextOf(picture).putImageData(image, 0, 0);
    shown.picture = picture;
  }
};
function rangeOf(values, of = inner) {
  return of(values.filter((value) => Number.isFinite(value)).sort());
}
function inner(sorted) {
  return [sorted[Math.floor(0.01 * (sorted.length - 1))], sorted[Math.ceil(0.99 * (sorted.length - 1))]];
}
function tableOf(ramp) {
  const stops = ramp.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  return Uint8Array.from({ length: 768 }, (_, at) => {
    const place = Math.floor(at / 3) / 255 * (stops.length - 1);
    const stop = Math.min(Math.floor(place), stops.length - 2);
    return Math.round(stops[stop][at % 3] + (place - stop) * (stops[stop + 1][at % 3] - stops[stop][at % 3]));
  });
}
function rounded(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

// pages/components/src/render/fade.js
var CELLS = 48;
var BLUR_RADIUS = 0.35;
var ROUNDS = 6;
var SPARSE_DENSITY = 0.05;
var END = 6;
var FEATHER = 0.14;
var PATTERN = 64;
function coverage(visit, { x, y }) {
  const lengths = [x, y].map(([from, to]) => to - from);
  const cell = Math.max(...lengths) / CELLS;
  const [columns, rows] = lengths.map((length) => Math.ceil((length + 2 * BLUR_RADIUS * CELLS * cell) / cell - 1e-6));
  const [left, bottom] = [(x[0] + x[1] - columns * cell) / 2, (y[0] + y[1] - rows * cell) / 2];
  let values = new Float64Array(columns * rows);
  let count = 0;
  visit((_, __, across, up) => {
    count++;
    const [column, row] = [Math.floor((across - left) / cell), Math.floor((up - bottom) / cell)];
    if (column >= 0 && column < columns && row >= 0 && row < rows) values[row * columns + column]++;
  });
  for (let round = 0; round < ROUNDS; round++) values = blurred(blurred(values, columns, rows, 1, columns), rows, columns, columns, 1);
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

// pages/components/src/render/terrain.js
var FADE = 180;
var MAX_BYTES = 64e6;
var BARE_STRENGTH = 0.6;
var MAX_MOVING = 48;
var ANCESTORS = 4;
var Terrain = class {
  constructor(background, imageShape, pictures) {
    this.background = background;
    this.high = imageShape[1];
    this.wide = imageShape[2];
    this.most = Math.min(5e3, MAX_BYTES / (4 * this.wide * this.high));
    this.ground = groundOf(pictures, imageShape);
    this.fade = new Fade();
    this.element = h("canvas", { className: "zs-terrain", "aria-hidden": "true" });
    this.context = contextOf(this.element);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.fixed = false;
    this.on = false;
    this.size = 1;
    this.ink = [0, 0, 0];
    this.lastJob = this.frame = 0;
    this.view = void 0;
    this.level = 0;
    this.width = this.height = 1;
    this.seen = [0, 0, 0, 0];
    this.sheets = /* @__PURE__ */ new Set();
    this.jobs = /* @__PURE__ */ new Map();
    this.busy = false;
    this.cells = /* @__PURE__ */ new Map();
    this.asked = void 0;
    this.drawn = void 0;
    this.whole = true;
    this.stale = /* @__PURE__ */ new Map();
    background.on("tiles", (answer) => this.take(answer));
  }
  set({ on, size, strength, ink }) {
    if (String(ink) !== String(this.ink)) this.forget();
    this.on = on;
    this.size = size;
    this.ink = ink;
    this.element.hidden = !on;
    this.element.style.opacity = String(this.ground ? strength : BARE_STRENGTH * strength);
    this.drawn = void 0;
  }
  forget() {
    for (const { bitmap } of this.sheets) bitmap.close();
    this.sheets = /* @__PURE__ */ new Set();
    this.jobs = /* @__PURE__ */ new Map();
    this.busy = false;
    this.cells = /* @__PURE__ */ new Map();
    this.stale.clear();
    this.asked = void 0;
    this.drawn = void 0;
  }
  destroy() {
    cancelAnimationFrame(this.frame);
    this.forget();
  }
  draw({ frame, box, width, height }, condition, detail, home, moving) {
    if (!this.on) return;
    this.view = { frame, box, width, height, condition, detail, home, moving };
    this.plan(frame, box);
    if (!moving) this.fade.take(detail, home);
    const look = JSON.stringify([frame, box, this.level, devicePixelRatio, moving || this.fade.version]);
    if (look !== this.drawn) {
      this.drawn = look;
      this.whole = true;
      this.paint();
    }
    this.ask();
  }
  plan(frame, box) {
    this.level = Math.ceil(2 * Math.log2(this.size / frame.width) - 1e-6);
    this.width = 2 ** (this.level / 2);
    this.height = this.width * this.high / this.wide;
    const [left, right] = [box[0], box[0] + box[2]].map((px) => (px - frame.left) / frame.width / this.width);
    const [high, low] = [box[1], box[1] + box[3]].map((px) => (px - frame.top) / frame.height / this.height);
    this.seen = [left, right, low, high].map(Math.floor);
  }
  paint() {
    const { context, element, view, whole } = this;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!view || !this.on) return;
    const size = fit(element, view);
    if (!size) return;
    const [wide, high, scale] = size;
    const { frame, box, detail, home, moving } = view;
    const cells = whole ? this.cellsInView() : [...this.stale.values()].slice(0, moving ? MAX_MOVING : void 0);
    const now = performance.now();
    const across = (i) => Math.round((frame.left + i * this.width * frame.width) * scale);
    const down = (j) => Math.round((frame.top + j * this.height * frame.height) * scale);
    const renew = (area, some) => {
      context.save();
      context.beginPath();
      context.rect(...area);
      context.clip();
      context.clearRect(...area);
      for (const [i, j] of some) {
        const key = keyOf2(this.level, i, j);
        this.stale.delete(key);
        if (this.paintPlace(key, i, j, spotOf(i, j), now)) this.stale.set(key, [i, j]);
      }
      this.fade.apply(context, frame, scale, [this.width, this.height]);
      context.restore();
    };
    const spotOf = (i, j) => [across(i), down(j + 1), across(i + 1) - across(i), down(j) - down(j + 1)];
    this.fade.take(detail, home);
    if (whole) this.stale.clear();
    this.whole = false;
    context.save();
    context.beginPath();
    context.rect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale);
    context.clip();
    if (whole) renew([0, 0, wide, high], cells);
    else for (const [i, j] of cells) renew(spotOf(i, j), [[i, j]]);
    context.restore();
    if (this.stale.size) this.paintSoon();
    else this.ask();
  }
  paintSoon() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }
  cellsInView() {
    const [first, last, bottom, top] = this.seen;
    const cells = [];
    for (let j = bottom; j <= top; j++) for (let i = first; i <= last; i++) cells.push([i, j]);
    return cells;
  }
  paintPlace(key, i, j, spot, now) {
    const cell = this.cells.get(key);
    const share = cell ? this.shareOf(cell, now) : 0;
    const fading = share < 1 && this.paintAncestor(i, j, spot, 1 - share, now);
    if (!cell) return fading;
    this.paintCell(cell, [0, 0, 1, 1], spot, share);
    return share < 1;
  }
  paintAncestor(i, j, spot, share, now) {
    for (let up = 1; up <= ANCESTORS; up++) {
      const cell = this.cells.get(keyOf2(this.level + 2 * up, i >> up, j >> up));
      if (!cell) continue;
      const part = 1 / 2 ** up;
      const [right, above] = [i - (i >> up << up), j - (j >> up << up)];
      const own = this.shareOf(cell, now);
      this.paintCell(cell, [right * part, 1 - (above + 1) * part, part, part], spot, share * own);
      return own < 1;
    }
    return false;
  }
  paintCell({ sheet, place }, [left, top, width, height], spot, share) {
    sheet.used = performance.now();
    this.context.globalAlpha = share;
    const { wide, high } = this;
    const from = place * (wide + 2 * sheet.gutter) + sheet.gutter;
    this.context.drawImage(sheet.bitmap, from + left * wide, top * high, width * wide, height * high, ...spot);
  }
  shareOf({ born }, now) {
    return this.still.matches ? 1 : Math.min(1, (now - born) / FADE);
  }
  ask() {
    if (!this.view) return;
    const { condition } = this.view;
    const where = [this.level, ...this.seen].join();
    if (this.asked?.where === where && (same(this.asked.condition, condition) || this.busy || this.stale.size)) return;
    this.asked = { where, condition };
    const [first, last, bottom, top] = this.seen;
    const wider = /* @__PURE__ */ new Set();
    const own = [];
    for (let j = bottom; j <= top; j++) {
      for (let i = first; i <= last; i++) {
        const key = keyOf2(this.level, i, j);
        const cell = this.cells.get(key);
        if (same(cell?.condition, condition)) continue;
        own.push({ key, i, j });
        const parent = keyOf2(this.level + 2, i >> 1, j >> 1);
        if (!cell && !this.cells.has(parent)) wider.add(parent);
      }
    }
    if (wider.size === 0) this.element.dataset.covered = where;
    if (!own.length) {
      this.element.dataset.settled = where;
      return;
    }
    const [middle, centre] = [(first + last) / 2, (bottom + top) / 2];
    own.sort((a, b) => Math.hypot(a.i - middle, a.j - centre) - Math.hypot(b.i - middle, b.j - centre));
    const keys = [...wider, ...own.map(({ key }) => key)];
    const places2 = Float32Array.from(keys.flatMap((key) => this.centreOf(key)));
    this.jobs = new Map([...this.jobs].slice(-1));
    this.jobs.set(++this.lastJob, { keys, condition, where, wider: wider.size });
    this.busy = true;
    this.background.ask("tiles", { id: this.lastJob, places: places2, condition, ground: this.ground, ink: this.ink });
  }
  centreOf(key) {
    const [level, i, j] = key.split(" ").map(Number);
    const width = 2 ** (level / 2);
    return [(i + 0.5) * width, (j + 0.5) * width * this.high / this.wide];
  }
  take({ id, first, count, bitmap, gutter, done, error }) {
    const job = this.jobs.get(id);
    if (error) {
      console.warn(error);
      if (id === this.lastJob) this.busy = false;
      return;
    }
    if (done) {
      if (id !== this.lastJob) return;
      this.busy = false;
      if (!this.asked) return;
      this.element.dataset.settled = this.asked.where;
      if (!same(this.asked.condition, this.view?.condition)) this.ask();
      return;
    }
    if (!job) {
      bitmap.close();
      return;
    }
    const sheet = { bitmap, gutter, cells: [], left: count, used: performance.now() };
    this.sheets.add(sheet);
    for (let place = 0; place < count; place++) {
      const key = job.keys[first + place];
      const before = this.cells.get(key);
      if (before && --before.sheet.left === 0) this.drop(before.sheet);
      const cell = { key, sheet, place, condition: job.condition, born: before ? before.born : performance.now() };
      sheet.cells.push(cell);
      this.cells.set(key, cell);
      const [level, i, j] = key.split(" ").map(Number);
      if (level === this.level) this.stale.set(key, [i, j]);
      else this.whole = true;
    }
    this.makeRoom();
    if (first + count >= job.wider) this.element.dataset.covered = job.where;
    if (this.on) this.paintSoon();
  }
  makeRoom() {
    if (this.cells.size <= this.most) return;
    for (const sheet of [...this.sheets].sort((a, b) => a.used - b.used)) {
      if (this.cells.size <= this.most / 2) break;
      for (const cell of sheet.cells) if (this.cells.get(cell.key) === cell) this.cells.delete(cell.key);
      this.drop(sheet);
    }
  }
  drop(sheet) {
    sheet.bitmap.close();
    this.sheets.delete(sheet);
  }
};
function keyOf2(level, i, j) {
  return `${level} ${i} ${j}`;
}

// pages/components/src/shared/sources.js
var SOURCES = { kernel: "AGFzbQEAAAABGQNgBn9/f39/fwBgB39/f39/f38AYAJ/fwACEAEEcGFnZQZtZW1vcnkCAAEDBAMAAQIHGwMGdmVjdG9yAAAGbWF0cml4AAEFc3RhbXAAAgrmBwOQAwIEfwV7IARBAnQhBiACIAZqIQcgAyAFQQJ0aiEIAkADQCADIAhPDQH9DAAAAAAAAAAAAAAAAAAAAAAhCyALIQwgCyENIAshDiACIQkDQCAJ/QAEACEKIAsgCiAA/QAEAP3mAf3kASELIAwgCiAAIAZq/QAEAP3mAf3kASEMIA0gCiAAIAZBAXRq/QAEAP3mAf3kASENIA4gCiAAIAZBA2xq/QAEAP3mAf3kASEOIABBEGohACAJQRBqIQkgCSAHSQ0ACyALIAz9DQABAgMQERITBAUGBxQVFhchCiAKIAsgDP0NCAkKCxgZGhsMDQ4PHB0eH/3kASELIA0gDv0NAAECAxAREhMEBQYHFBUWFyEKIAogDSAO/Q0ICQoLGBkaGwwNDg8cHR4f/eQBIQ0gCyAN/Q0AAQIDBAUGBxAREhMUFRYXIQogCiALIA39DQgJCgsMDQ4PGBkaGxwdHh/95AEhCyADIAsgAf0ABAD95AH9CwQAIAAgBkEDbGohACABQRBqIQEgA0EQaiEDDAALCwu7AwIJfwt7IARBAnQhByAGQQJ0IQgDQEEAIQ4gACELIAEhDSADIApqIQwDQCAN/QkCACETIA39CQIEIRQgDf0JAgghFSAN/QkCDCEWIBMhFyAUIRggFSEZIBYhGiACIApqIQ8gCyAHaiEJA0AgD/0ABAAhECAP/QAEECERIAv9CQIAIRIgEyAQIBL95gH95AEhEyAXIBEgEv3mAf3kASEXIAsgB2r9CQIAIRIgFCAQIBL95gH95AEhFCAYIBEgEv3mAf3kASEYIAsgB0EBdGr9CQIAIRIgFSAQIBL95gH95AEhFSAZIBEgEv3mAf3kASEZIAsgB0EDbGr9CQIAIRIgFiAQIBL95gH95AEhFiAaIBEgEv3mAf3kASEaIA8gCGohDyALQQRqIQsgCyAJSQ0ACyAMIBP9CwQAIAwgF/0LBBAgDCAIaiEMIAwgFP0LBAAgDCAY/QsEECAMIAhqIQwgDCAV/QsEACAMIBn9CwQQIAwgCGohDCAMIBb9CwQAIAwgGv0LBBAgDCAIaiEMIAsgB0EDbGohCyANQRBqIQ0gDkEEaiEOIA4gBUkNAAsgCkEgaiEKIAogCEkNAAsLlAEDA38BewF/AkADQCAAIAFPDQEgACgCACEDIAAoAgQhAgNAIAMgAigCAGohBCACKAIEIQYgBP0ABAAhBSAEIAX9iQEgAv0ABBD9lQEgAv0ABDD9jgFBCP2NASAF/YoBIAL9AAQg/ZUBIAL9AARA/Y4BQQj9jQH9Zv0LBAAgAkHQAGohAiAGDQALIABBCGohAAwACwsLALoCBG5hbWUC8gEDAA8AAXcBAWICAXgDAXkEBmlucHV0cwUHb3V0cHV0cwYDcm93BwNlbmQIBGxhc3QJAmF0CgF2CwJzMAwCczENAnMyDgJzMwEbAAF3AQFiAgF4AwF5BAZpbnB1dHMFB291dHB1dHMGB2NvbHVtbnMHA3JvdwgEd2lkZQkDZW5kCgRsZWZ0CwJhdAwCdG8NBGJpYXMOAW8PBGxhc3QQAWwRAXISAXYTAmwwFAJsMRUCbDIWAmwzFwJyMBgCcjEZAnIyGgJyMwIHAAVwb2ludAEDZW5kAgVzdHJpcAMGY29ybmVyBAJ0bwUEZm91cgYEbW9yZQM+AwADAARkb25lAQRmb3VyAgNzdW0BAwAFZWlnaHQBBGZvdXICA3N1bQIDAARkb25lAQRuZXh0AgZzdHJpcHM=", worker: '"use strict";(()=>{var LOG_TOLERANCE=1e-6;var HALF=.50001;var Keyframes=class{constructor({header,arrays}){this.low=header.range[0];this.high=header.range[1];this.logs=header.beta.map(Math.log);this.header=header;this.measured=header.measured.beta.map(Math.log);this.latentDim=header.latent_dim;this.mean=arrays.mean;this.index=arrays.index;this.std=void 0;this.out=new Float32Array((this.mean?.length??0)/this.logs.length);this.changing=this.logs.map(()=>new Set);const{changes=new Int32Array}=arrays;for(let i=0;i<changes.length;i+=2)this.changing[changes[i]].add(changes[i+1])}get whole(){return Boolean(this.mean)&&!this.index}place(beta,logs=this.logs){const last=logs.length-1;const log=Math.min(Math.max(Math.log(beta),logs[0]),logs[last]);let before=0;while(before<last-1&&logs[before+1]<=log)before++;return[before,(log-logs[before])/(logs[before+1]-logs[before])]}curveAt(beta){const[before,t]=this.place(beta,this.measured);const{rate,distortion,least,most,active}=this.header.measured;const nearest=before+Math.round(t);const measured=Math.abs(Math.log(beta)-this.measured[nearest])<LOG_TOLERANCE;const at=all=>measured?all[nearest]:all[before]+t*(all[before+1]-all[before]);return{rate:at(rate),distortion:at(distortion),least:at(least),most:at(most),active:active[nearest],measured}}meansAt(beta){return this.between(this.mean??this.out,beta,this.out)}one(values,beta,stride,at){let[before,t]=this.place(beta);if(this.changing[before].has(Math.floor(at/2)))t=Number(t>HALF);const[a,b]=[values[before*stride+at],values[(before+1)*stride+at]];return a+t*(b-a)}between(values,beta,out){const[before,t]=this.place(beta);const stride=out.length;for(let i=0,a=before*stride,b=a+stride;i<stride;i++,a++,b++)out[i]=values[a]+t*(values[b]-values[a]);for(const point of this.changing[before]){for(const at of[2*point,2*point+1])out[at]=values[(before+Number(t>HALF))*stride+at]}return out}};var BUCKET_SIZE=4;var Neighbours=class{constructor(mean){const there=i=>!Number.isNaN(mean[2*i]);const all=mean.length/2;let count=0;for(let i=0;i<all;i++)if(there(i))count++;const some=Math.max(1,Math.floor(all/4e3));const side=axis=>{const values=Float32Array.from({length:Math.floor(all/some)},(_,i)=>mean[2*i*some+axis]).filter(value=>!Number.isNaN(value)).sort();if(!values.length)return[0,0];return[values[Math.floor(.005*(values.length-1))],values[Math.ceil(.995*(values.length-1))]]};const[[left,right],[bottom,top]]=[side(0),side(1)];this.mean=mean;this.origin=[left,bottom];this.size=Math.max(Math.sqrt((right-left)*(top-bottom)*BUCKET_SIZE/Math.max(1,count)),(right-left+top-bottom)/4e3,1e-6);this.columns=Math.floor((right-left)/this.size)+1;this.rows=Math.floor((top-bottom)/this.size)+1;this.starts=new Int32Array(this.columns*this.rows+1);const buckets=new Int32Array(all);for(let i=0;i<all;i++){if(!there(i))continue;buckets[i]=this.bucketOf(mean[2*i],mean[2*i+1]);this.starts[buckets[i]+1]++}for(let b=0;b<this.columns*this.rows;b++)this.starts[b+1]+=this.starts[b];const next=this.starts.slice(0,-1);this.points=new Int32Array(count);for(let i=0;i<all;i++)if(there(i))this.points[next[buckets[i]]++]=i}bucketOf(x,y){return this.rowOf(y)*this.columns+this.columnOf(x)}columnOf(x){return Math.min(this.columns-1,Math.max(0,Math.floor((x-this.origin[0])/this.size)))}rowOf(y){return Math.min(this.rows-1,Math.max(0,Math.floor((y-this.origin[1])/this.size)))}nearest(x,y,k,nearest,keep){const{mean,columns,rows,size,starts,points}=this;const[column,row]=[this.columnOf(x),this.rowOf(y)];let count=0;for(let ring=0;ring<=Math.max(column,columns-1-column,row,rows-1-row);ring++){if(count===k&&nearest.squared[k-1]<=((ring-1)*size)**2&&ring>0)break;for(let r=Math.max(0,row-ring);r<=Math.min(rows-1,row+ring);r++){const whole=r===row-ring||r===row+ring;for(let c=column-ring;c<=column+ring;c+=whole||ring===0?1:2*ring){if(c<0||c>=columns)continue;for(let at=starts[r*columns+c];at<starts[r*columns+c+1];at++){const i=points[at];const squared=(mean[2*i]-x)**2+(mean[2*i+1]-y)**2;if(count===k&&squared>=nearest.squared[k-1]||keep&&!keep(i))continue;let slot=count<k?count++:k-1;for(;slot>0&&nearest.squared[slot-1]>squared;slot--){nearest.squared[slot]=nearest.squared[slot-1];nearest.index[slot]=nearest.index[slot-1]}nearest.squared[slot]=squared;nearest.index[slot]=i;if(count===k&&nearest.squared[k-1]===0)return k}}}}return count}};var INVERSE_NEIGHBOURS=6;var FADE_START=1;var FADE_END=3;var MIN_DISTANCE=1e-9;function spaceOf({header,arrays}){const{space,latent_dim:dims}=header;if(!space)return new Flat;return space.kind==="straight"?new Straight(space,dims,arrays):new Scattered(space,dims,arrays)}var Flat=class{constructor(){this.dims=2;this.axes=["z₁","z₂"];this.straight=true;this.projected=false;this.name=""}inverseTransform(place,out,at=0){out[at]=place[0];out[at+1]=place[1];return 1}transform(z){return[z[0],z[1]]}};var Straight=class{constructor({axes,name},dims,{origin,basis}){this.axes=axes;this.name=name;this.dims=dims;this.origin=origin;this.basis=basis;this.straight=this.projected=true}inverseTransform(place,out,at=0){const{dims,origin,basis}=this;const[x,y]=[place[0],place[1]];for(let d=0;d<dims;d++)out[at+d]=origin[d]+x*basis[2*d]+y*basis[2*d+1];return 1}transform(z){const{dims,origin,basis}=this;let[x,y]=[0,0];for(let d=0;d<dims;d++){x+=(z[d]-origin[d])*basis[2*d];y+=(z[d]-origin[d])*basis[2*d+1]}return[x,y]}};var Scattered=class{constructor({axes,name,spacing,spread},dims,{mean,latent}){this.axes=axes;this.name=name;this.dims=dims;this.mean=mean;this.latent=latent;this.straight=false;this.projected=true;this.spread=spread;this.spacing=Math.max(spacing,1e-12);this.index=void 0;this.nearest={index:new Int32Array(INVERSE_NEIGHBOURS+1),squared:new Float64Array(INVERSE_NEIGHBOURS+1)}}get neighbours(){return this.index??=new Neighbours(this.mean)}inverseTransform(place,out,at=0){const{dims,nearest,latent}=this;const count=this.neighbours.nearest(place[0],place[1],INVERSE_NEIGHBOURS+1,nearest);const weights=weightsOf(nearest.squared,count);for(let d=0;d<dims;d++)out[at+d]=0;weights.forEach((weight,n)=>{if(!weight)return;for(let d=0,from=nearest.index[n]*dims;d<dims;d++)out[at+d]+=weight*latent[from+d]});const away=Math.sqrt(nearest.squared[0])/this.spacing;return Math.min(1,Math.max(0,(FADE_END-away)/(FADE_END-FADE_START)))}disagreement([x,y],z){const{dims,nearest,latent,spread}=this;const count=Math.min(INVERSE_NEIGHBOURS,this.neighbours.nearest(x,y,INVERSE_NEIGHBOURS+1,nearest));let squared=0;for(let n=0;n<count;n++){for(let d=0,from=nearest.index[n]*dims;d<dims;d++)squared+=(latent[from+d]-z[d])**2}return Math.sqrt(squared/count)/Math.max(spread,1e-12)}transform(z){const{dims,mean,latent}=this;const nearest=[];for(let i=0;2*i<mean.length;i++){if(Number.isNaN(mean[2*i]))continue;let squared=0;for(let d=0,from=i*dims;d<dims;d++)squared+=(latent[from+d]-z[d])**2;if(nearest.length>INVERSE_NEIGHBOURS&&squared>=nearest[INVERSE_NEIGHBOURS].squared)continue;if(nearest.length>INVERSE_NEIGHBOURS)nearest.pop();const slot=nearest.findIndex(other=>other.squared>squared);nearest.splice(slot<0?nearest.length:slot,0,{i,squared})}const weights=weightsOf(nearest.map(({squared})=>squared),nearest.length);const along=axis=>weights.reduce((sum,weight,n)=>sum+weight*mean[2*nearest[n].i+axis],0);return[along(0),along(1)]}};function weightsOf(squared,count){const rim=Math.sqrt(squared[count-1])+1e-12;const weights=Array.from({length:count},(_,n)=>{const away=Math.sqrt(squared[n]);return(Math.max(rim-away,0)/(rim*Math.max(away,MIN_DISTANCE*rim)))**2});const sum=weights.reduce((total,weight)=>total+weight,0);return weights.map(weight=>sum>0?weight/sum:1/count)}var ARRAY_TYPES={F32:Float32Array,I32:Int32Array,U32:Uint32Array,I16:Int16Array,U16:Uint16Array,I8:Int8Array,U8:Uint8Array};async function fetchBlock(url){let response,buffer;try{response=await fetch(url);buffer=await response.arrayBuffer()}catch{throw new Error("The server can\'t be reached. See whether it is running and you are online, and reload the page.")}const start=buffer.byteLength<8?Infinity:8+Number(new DataView(buffer).getBigUint64(0,true));if(!response.ok||start>buffer.byteLength)throw refusal(response);const{__metadata__:metadata,...tensors}=JSON.parse(new TextDecoder().decode(new Uint8Array(buffer,8,start-8)));const arrays={};for(const[name,{dtype,data_offsets}]of Object.entries(tensors)){const[from,to]=data_offsets.map(offset=>start+offset);const ArrayType=ARRAY_TYPES[dtype];const aligned=from%ArrayType.BYTES_PER_ELEMENT===0;arrays[name]=aligned?new ArrayType(buffer,from,(to-from)/ArrayType.BYTES_PER_ELEMENT):new ArrayType(buffer.slice(from,to))}return{header:JSON.parse(metadata.header),arrays}}function sizeOf(shape){return shape.reduce((product,side)=>product*side,1)}function refusal(response){const{status,headers}=response;if(headers.get("X-Zscape")==="gone"){return Object.assign(new Error("The server no longer has this model. Reload the page."),{gone:true})}if([502,503,504].includes(status)){return new Error(`The proxy in front of Zscape gets no answer from it (HTTP ${status}). Reload the page in a moment; if this stays, start the server again.`)}const what=`HTTP ${status}, ${headers.get("Content-Type")??"of no type"}`;return new Error(`Something else answered in Zscape\'s place (${what}, for ${new URL(response.url).pathname}). If a proxy asks you to log in, reload the page to do so again. Otherwise the proxy must pass on every path below the app\'s own; docs/deploy.md says how.`)}function keyOf({beta,label,lower}){return`${beta},${label}${lower?`,${lower}`:""}`}function withLabel(condition,label,{conditioning}){const own=conditioning.label?{...condition,label}:condition;return own.lower?{...own,lower:null}:own}function same(one,other){if(!one||!other)return one===other;if(one===other)return true;return one.beta===other.beta&&keyOf(one)===keyOf(other)}var UNARY_OPERATIONS={neg:a=>-a,abs:Math.abs,exp:Math.exp,log:Math.log,square:a=>a*a,sqrt:Math.sqrt,floor:Math.floor,step:a=>a>=0?1:0,probit,tanh:Math.tanh,sigmoid:a=>1/(1+Math.exp(-a)),softplus};var BINARY_OPERATIONS={add:(a,b)=>a+b,sub:(a,b)=>a-b,mul:(a,b)=>a*b,div:(a,b)=>a/b,max:Math.max,min:Math.min};function compile(expression,count){if(typeof expression==="string")return variables=>variables[expression];const out=new Float64Array(count);if(typeof expression==="number"){out.fill(expression);return()=>out}const[operation,...parts]=expression;if(operation==="let")return named(parts,count);if(operation==="total")return summed(parts,count);const[one,other]=parts.map(part=>compile(part,count));const[unary,binary]=[UNARY_OPERATIONS[operation],BINARY_OPERATIONS[operation]];if(!unary&&!binary)throw new Error(`This page can\'t compute ${operation}. Reload it after an update.`);if(unary)return variables=>{const a=one(variables);for(let i=0;i<count;i++)out[i]=unary(a[i]);return out};return variables=>{const[a,b]=[one(variables),other(variables)];for(let i=0;i<count;i++)out[i]=binary(a[i],b[i]);return out}}function named(parts,count){const[name,...rest]=parts;const[value,body]=rest.map(part=>compile(part,count));return variables=>body({...variables,[name]:value(variables)})}function summed(parts,count){const[name,times,formula]=parts;const body=compile(formula,count);const[out,number]=[new Float64Array(count),new Float64Array(count)];return variables=>{out.fill(0);for(let k=0;k<times;k++){const each=body({...variables,[name]:number.fill(k)});for(let i=0;i<count;i++)out[i]+=each[i]}return out}}var MIDDLE=[[-39.69683028665376,220.9460984245205,-275.9285104469687,138.357751867269,-30.66479806614716,2.506628277459239],[-54.47609879822406,161.5858368580409,-155.6989798598866,66.80131188771972,-13.28068155288572,1]];var TAIL=[[-.007784894002430293,-.3223964580411365,-2.400758277161838,-2.549732539343734,4.374664141464968,2.938163982698783],[.007784695709041462,.3224671290700398,2.445134137142996,3.754408661907416,1]];var TAIL_SHARE=.02425;function probit(u){if(u<TAIL_SHARE||u>1-TAIL_SHARE){const q2=Math.sqrt(-2*Math.log(Math.min(u,1-u)));return(u<.5?1:-1)*ratio(TAIL,q2)}const q=u-.5;return q*ratio(MIDDLE,q*q)}function ratio(polynomials,x){const[above,below2]=polynomials.map(factors=>factors.reduce((sum,factor)=>sum*x+factor,0));return above/below2}function softplus(a){return Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))}var Formula=class{constructor(expression,size){this.size=size;this.compiled=compile(expression,size)}of(numbers,others={}){const{size}=this;const variables={...others};for(let k=0;(k+1)*size<=numbers.length;k++)variables[`a${k}`]=numbers.subarray(k*size,(k+1)*size);return this.compiled(variables)}};var Score=class extends Formula{constructor(expression,size){super(expression,size);this.x=new Float64Array(size)}total(numbers,image){const{size,x}=this;for(let i=0;i<size;i++)x[i]=image[i]/255;const each=this.of(numbers,{x});let sum=0;for(let i=0;i<size;i++)sum+=each[i];return sum}};function uniforms(size,seed){const out=new Float64Array(size);let state=seed>>>0;for(let i=0;i<size;i++){state=state+1831565813>>>0;let t=Math.imul(state^state>>>15,state|1);t^=t+Math.imul(t^t>>>7,t|61);out[i]=(((t^t>>>14)>>>0)+.5)/2**32}return out}var SOURCES={kernel:"AGFzbQEAAAABGQNgBn9/f39/fwBgB39/f39/f38AYAJ/fwACEAEEcGFnZQZtZW1vcnkCAAEDBAMAAQIHGwMGdmVjdG9yAAAGbWF0cml4AAEFc3RhbXAAAgrmBwOQAwIEfwV7IARBAnQhBiACIAZqIQcgAyAFQQJ0aiEIAkADQCADIAhPDQH9DAAAAAAAAAAAAAAAAAAAAAAhCyALIQwgCyENIAshDiACIQkDQCAJ/QAEACEKIAsgCiAA/QAEAP3mAf3kASELIAwgCiAAIAZq/QAEAP3mAf3kASEMIA0gCiAAIAZBAXRq/QAEAP3mAf3kASENIA4gCiAAIAZBA2xq/QAEAP3mAf3kASEOIABBEGohACAJQRBqIQkgCSAHSQ0ACyALIAz9DQABAgMQERITBAUGBxQVFhchCiAKIAsgDP0NCAkKCxgZGhsMDQ4PHB0eH/3kASELIA0gDv0NAAECAxAREhMEBQYHFBUWFyEKIAogDSAO/Q0ICQoLGBkaGwwNDg8cHR4f/eQBIQ0gCyAN/Q0AAQIDBAUGBxAREhMUFRYXIQogCiALIA39DQgJCgsMDQ4PGBkaGxwdHh/95AEhCyADIAsgAf0ABAD95AH9CwQAIAAgBkEDbGohACABQRBqIQEgA0EQaiEDDAALCwu7AwIJfwt7IARBAnQhByAGQQJ0IQgDQEEAIQ4gACELIAEhDSADIApqIQwDQCAN/QkCACETIA39CQIEIRQgDf0JAgghFSAN/QkCDCEWIBMhFyAUIRggFSEZIBYhGiACIApqIQ8gCyAHaiEJA0AgD/0ABAAhECAP/QAEECERIAv9CQIAIRIgEyAQIBL95gH95AEhEyAXIBEgEv3mAf3kASEXIAsgB2r9CQIAIRIgFCAQIBL95gH95AEhFCAYIBEgEv3mAf3kASEYIAsgB0EBdGr9CQIAIRIgFSAQIBL95gH95AEhFSAZIBEgEv3mAf3kASEZIAsgB0EDbGr9CQIAIRIgFiAQIBL95gH95AEhFiAaIBEgEv3mAf3kASEaIA8gCGohDyALQQRqIQsgCyAJSQ0ACyAMIBP9CwQAIAwgF/0LBBAgDCAIaiEMIAwgFP0LBAAgDCAY/QsEECAMIAhqIQwgDCAV/QsEACAMIBn9CwQQIAwgCGohDCAMIBb9CwQAIAwgGv0LBBAgDCAIaiEMIAsgB0EDbGohCyANQRBqIQ0gDkEEaiEOIA4gBUkNAAsgCkEgaiEKIAogCEkNAAsLlAEDA38BewF/AkADQCAAIAFPDQEgACgCACEDIAAoAgQhAgNAIAMgAigCAGohBCACKAIEIQYgBP0ABAAhBSAEIAX9iQEgAv0ABBD9lQEgAv0ABDD9jgFBCP2NASAF/YoBIAL9AAQg/ZUBIAL9AARA/Y4BQQj9jQH9Zv0LBAAgAkHQAGohAiAGDQALIABBCGohAAwACwsLALoCBG5hbWUC8gEDAA8AAXcBAWICAXgDAXkEBmlucHV0cwUHb3V0cHV0cwYDcm93BwNlbmQIBGxhc3QJAmF0CgF2CwJzMAwCczENAnMyDgJzMwEbAAF3AQFiAgF4AwF5BAZpbnB1dHMFB291dHB1dHMGB2NvbHVtbnMHA3JvdwgEd2lkZQkDZW5kCgRsZWZ0CwJhdAwCdG8NBGJpYXMOAW8PBGxhc3QQAWwRAXISAXYTAmwwFAJsMRUCbDIWAmwzFwJyMBgCcjEZAnIyGgJyMwIHAAVwb2ludAEDZW5kAgVzdHJpcAMGY29ybmVyBAJ0bwUEZm91cgYEbW9yZQM+AwADAARkb25lAQRmb3VyAgNzdW0BAwAFZWlnaHQBBGZvdXICA3N1bQIDAARkb25lAQRuZXh0AgZzdHJpcHM=",worker:""};var MEMORY_PAGE=65536;var ALIGNMENT=16;var STRIP=80;var PAIR=16711935;var NO_VALUES=new Float32Array;var Workspace=class{constructor(){this.arrays=[];this.exports=void 0;this.end=ALIGNMENT}take(count){const array={at:this.end,count,values:NO_VALUES};this.arrays.push(array);this.end+=ALIGNMENT*Math.ceil(4*count/ALIGNMENT);return array}allocate(){const kernel=simd(this.end);const buffer=kernel?kernel.memory.buffer:new ArrayBuffer(this.end);this.exports=kernel?.exports;for(const array of this.arrays)array.values=new Float32Array(buffer,array.at,array.count)}vector(w,b,x,y,inputs,outputs){if(this.exports)this.exports.vector(w.at,b.at,x.at,y.at,inputs,outputs);else plainly(w.values,b.values,x.values,y.values,inputs,outputs,1)}matrix(w,b,x,y,inputs,outputs,columns){if(this.exports)this.exports.matrix(w.at,b.at,x.at,y.at,inputs,outputs,columns);else plainly(w.values,b.values,x.values,y.values,inputs,outputs,columns)}stamp(points,count){if(this.exports)this.exports.stamp(points.at,points.at+8*count);else stampPlainly(new Int32Array(points.values.buffer,points.at,2*count))}};var compiled;function simd(bytes){try{compiled??=new WebAssembly.Module(Uint8Array.from(atob(SOURCES.kernel),letter=>letter.charCodeAt(0)))}catch{compiled=null}if(!compiled)return null;const memory=new WebAssembly.Memory({initial:Math.ceil(bytes/MEMORY_PAGE)});const{exports}=new WebAssembly.Instance(compiled,{page:{memory}});return{memory,exports}}function plainly(w,b,x,y,inputs,outputs,columns){for(let o=0;o<outputs;o++){for(let n=0;n<columns;n++){let sum=b[o];for(let i=0,at=o*inputs,from=n;i<inputs;i++,at++,from+=columns)sum+=w[at]*x[from];y[o*columns+n]=sum}}}function stampPlainly(points){const[words,halves]=[new Int32Array(points.buffer),new Uint16Array(points.buffer)];for(let i=0;i<points.length;i+=2){const corner=points[i]/4;for(let strip=points[i+1]/4,more=1;more;strip+=STRIP/4){more=words[strip+1];const to=corner+words[strip]/4;for(let pixel=0;pixel<4;pixel++){const at=2*strip+8+4*pixel;const stays=halves[at];if(stays===256)continue;const before=words[to+pixel];const odd=Math.imul(before&PAIR,stays)+(halves[at+16]|halves[at+18]<<16);const even=Math.imul(before>>>8&PAIR,stays)+(halves[at+17]|halves[at+19]<<16);words[to+pixel]=odd>>>8&PAIR|even&~PAIR}}}}var up4=count=>4*Math.ceil(count/4);var up8=count=>8*Math.ceil(count/8);var LAYERS={linear({inputs,outputs},tensors,{values:x},{space,lanes}){const[rows,width]=[up4(outputs),up4(inputs)];const[weight,bias,y]=[rows*width,rows,rows*lanes].map(count=>space.take(count));return{shape:[outputs],values:y,fill(){for(let o=0;o<outputs;o++)weight.values.set(tensors.weight.subarray(o*inputs,(o+1)*inputs),o*width);bias.values.set(tensors.bias)},run(){if(lanes===1)space.vector(weight,bias,x,y,width,rows);else space.matrix(weight,bias,x,y,width,rows,lanes)}}},conv({inputs,outputs,kernel,stride,padding,dilation},tensors,{shape:[,height,width],values:x},{space,lanes}){const reach=dilation*(kernel-1)+1;const[outHeight,outWidth]=[height,width].map(side=>Math.floor((side+2*padding-reach)/stride)+1);const taps=inputs*kernel*kernel;const[rows,inner,area]=[up4(outputs),up4(taps),outHeight*outWidth*lanes];const columns=up8(area);const[weight,bias,patches,product]=[rows*inner,rows,inner*columns,rows*columns].map(count=>space.take(count));const y=space.take(up4(outputs*outHeight*outWidth)*lanes);const[downs,acrosses]=[places(kernel,stride,padding,dilation,height,outHeight),places(kernel,stride,padding,dilation,width,outWidth)];return{shape:[outputs,outHeight,outWidth],values:y,fill(){for(let o=0;o<outputs;o++)weight.values.set(tensors.weight.subarray(o*taps,(o+1)*taps),o*inner);bias.values.set(tensors.bias)},run(){const[from,to]=[x.values,patches.values];for(let c=0,tap=0;c<inputs;c++){for(let ky=0;ky<kernel;ky++){for(let kx=0;kx<kernel;kx++,tap++){for(let row=downs[ky].first;row<=downs[ky].last;row++){const source=(c*height+row*stride-padding+ky*dilation)*width-padding+kx*dilation;const target=tap*columns+row*outWidth*lanes;for(let column=acrosses[kx].first;column<=acrosses[kx].last;column++){for(let n=0;n<lanes;n++)to[target+column*lanes+n]=from[(source+column*stride)*lanes+n]}}}}}space.matrix(weight,bias,patches,product,inner,rows,columns);for(let o=0;o<outputs;o++)y.values.set(product.values.subarray(o*columns,o*columns+area),o*area)}}},conv_transpose({inputs,outputs,kernel,stride,padding,dilation,output_padding:more},tensors,{shape:[,height,width],values:x},{space,lanes}){const reach=dilation*(kernel-1)+1+more;const[outHeight,outWidth]=[height,width].map(side=>(side-1)*stride-2*padding+reach);const taps=kernel*kernel;const[rows,inner,area]=[up4(outputs*taps),up4(inputs),height*width*lanes];const columns=up8(area);const[weight,none,padded,product]=[rows*inner,rows,inner*columns,rows*columns].map(count=>space.take(count));const y=space.take(up4(outputs*outHeight*outWidth)*lanes);const[downs,acrosses]=[places(kernel,stride,padding,dilation,outHeight,height),places(kernel,stride,padding,dilation,outWidth,width)];return{shape:[outputs,outHeight,outWidth],values:y,fill(){for(let c=0;c<inputs;c++){for(let row=0;row<outputs*taps;row++)weight.values[row*inner+c]=tensors.weight[c*outputs*taps+row]}},run(){for(let c=0;c<inputs;c++)padded.values.set(x.values.subarray(c*area,(c+1)*area),c*columns);space.matrix(weight,none,padded,product,inner,rows,columns);const[from,to]=[product.values,y.values];const whole=outHeight*outWidth*lanes;for(let o=0;o<outputs;o++){to.fill(tensors.bias[o],o*whole,(o+1)*whole);for(let ky=0;ky<kernel;ky++){for(let kx=0;kx<kernel;kx++){const tap=(o*taps+ky*kernel+kx)*columns;for(let row=downs[ky].first;row<=downs[ky].last;row++){const target=(o*outHeight+row*stride-padding+ky*dilation)*outWidth-padding+kx*dilation;for(let column=acrosses[kx].first;column<=acrosses[kx].last;column++){const at=tap+(row*width+column)*lanes;for(let n=0;n<lanes;n++)to[(target+column*stride)*lanes+n]+=from[at+n]}}}}}}}},gate({features,knots},tensors,{shape,values:x},{lanes}){const factors=new Float32Array(features);const area=sizeOf(shape)/features*lanes;return{shape,values:x,tune(condition){const near=nearness(knots,condition[knots.of]);for(let f=0;f<features;f++)factors[f]=2/(1+Math.exp(-tensors.bias[f]-byNearness(near,tensors.weight,f*knots.count)))},run(){const{values}=x;for(let f=0,i=0;f<features;f++)for(const end=i+area;i<end;i++)values[i]*=factors[f]}}},shift({features,knots},tensors,{shape,values:x},{lanes}){const amounts=new Float32Array(features);const area=sizeOf(shape)/features*lanes;return{shape,values:x,tune(condition){const near=nearness(knots,condition[knots.of]);for(let f=0;f<features;f++)amounts[f]=byNearness(near,tensors.weight,f*knots.count)},run(){const{values}=x;for(let f=0,i=0;f<features;f++)for(const end=i+area;i<end;i++)values[i]+=amounts[f]}}},batch_norm({features,eps},tensors,{shape,values:x},{lanes}){const[scale,shift]=[new Float32Array(features),new Float32Array(features)];const area=sizeOf(shape)/features*lanes;return{shape,values:x,fill(){for(let f=0;f<features;f++){scale[f]=tensors.weight[f]/Math.sqrt(tensors.running_var[f]+eps);shift[f]=tensors.bias[f]-tensors.running_mean[f]*scale[f]}},run(){const{values}=x;for(let f=0,i=0;f<features;f++)for(const end=i+area;i<end;i++)values[i]=values[i]*scale[f]+shift[f]}}},upsample({factor},_,{shape:[channels,height,width],values:x},{space,lanes}){const shape=[channels,factor*height,factor*width];const y=space.take(up4(sizeOf(shape))*lanes);return{shape,values:y,run(){for(let c=0,to=0;c<channels;c++)for(let row=0;row<shape[1];row++)for(let column=0;column<shape[2];column++,to+=lanes){const from=((c*height+Math.floor(row/factor))*width+Math.floor(column/factor))*lanes;for(let n=0;n<lanes;n++)y.values[to+n]=x.values[from+n]}}}},channels({first,count},_,{shape:[,height,width],values:x},{space,lanes}){const[shape,area]=[[count,height,width],height*width*lanes];const y=space.take(up4(sizeOf(shape))*lanes);return{shape,values:y,run:()=>y.values.set(x.values.subarray(first*area,(first+count)*area))}},constant({count},tensors,{shape:[channels,height,width],values:x},{space,lanes}){const area=height*width*lanes;const shape=[channels+count,height,width];const y=space.take(up4(sizeOf(shape))*lanes);return{shape,values:y,run(){y.values.set(x.values.subarray(0,channels*area));y.values.fill(tensors.value[0],channels*area,(channels+count)*area)}}},residual({layers=[]},tensors,incoming,place){const copy=place.space.take(incoming.values.count);const steps=chain(layers,tensors,{shape:incoming.shape,values:copy},place);const{values:y}=steps[steps.length-1];return{shape:incoming.shape,values:y,fill(){for(const step of steps)step.fill?.()},tune(condition){for(const step of steps)step.tune?.(condition)},run(){copy.values.set(incoming.values.values);for(const step of steps)step.run?.();const[to,from]=[y.values,incoming.values.values];for(let i=0;i<sizeOf(incoming.shape)*place.lanes;i++)to[i]+=from[i]}}},ladder({layers=[],top,lower},tensors,incoming,place){const{space,lanes}=place;const z=space.take(up4(top)*lanes);const steps=chain(layers,tensors,{shape:[top],values:z},place);const said=steps[steps.length-1].values;const y=space.take(up4(lower)*lanes);const added=new Float32Array(lower);return{shape:[lower],values:y,fill(){for(const step of steps)step.fill?.()},tune(condition){if(condition.lower)added.set(condition.lower);else added.fill(0)},run(){z.values.set(incoming.values.values.subarray(0,top*lanes));for(const step of steps)step.run?.();const[e,mean]=[incoming.values.values,said.values];for(let d=0;d<lower;d++)for(let lane=0;lane<lanes;lane++){const std=softplus(mean[(lower+d)*lanes+lane]);y.values[d*lanes+lane]=mean[d*lanes+lane]+std*(e[(top+d)*lanes+lane]+added[d])}}}},relu:(_,__,incoming,{lanes})=>elementwise(incoming,lanes,value=>Math.max(value,0)),leaky_relu:({slope},_,incoming,{lanes})=>elementwise(incoming,lanes,value=>value>0?value:slope*value),tanh:(_,__,incoming,{lanes})=>elementwise(incoming,lanes,Math.tanh),gelu:(_,__,incoming,{lanes})=>elementwise(incoming,lanes,value=>value/2*(1+erf(value/Math.SQRT2))),silu:(_,__,incoming,{lanes})=>elementwise(incoming,lanes,value=>value/(1+Math.exp(-value))),sigmoid:(_,__,incoming,{lanes})=>elementwise(incoming,lanes,value=>1/(1+Math.exp(-value))),reshape:({shape},_,{values})=>({shape,values}),flatten:(_,__,{shape,values})=>({shape:[sizeOf(shape)],values})};var Network=class{constructor(layers,arrays,shape,lanes=1){const space=new Workspace;const place={space,lanes};this.input=space.take(up4(sizeOf(shape))*lanes);const steps=chain(layers,arrays,{shape,values:this.input},place);space.allocate();for(const{fill}of steps)fill?.();this.steps=steps.filter(({run:run2})=>run2);this.tuners=steps.filter(({tune})=>tune);const last=steps[steps.length-1]??{shape,values:this.input};this.output=last.values;this.shape=last.shape}tune(condition){for(const step of this.tuners)step.tune?.(condition)}run(){for(const step of this.steps)step.run?.()}};function places(kernel,stride,padding,dilation,larger,smaller){return Array.from({length:kernel},(_,tap)=>({first:Math.max(0,Math.ceil((padding-tap*dilation)/stride)),last:Math.min(smaller-1,Math.floor((larger-1+padding-tap*dilation)/stride))}))}function elementwise({shape,values:x},lanes,of){const count=sizeOf(shape)*lanes;return{shape,values:x,run(){const{values}=x;for(let i=0;i<count;i++)values[i]=of(values[i])}}}function chain(layers,arrays,incoming,place){let step=incoming;return layers.map(layer=>{if(!(layer.kind in LAYERS))throw new Error(`This page can\'t run a ${layer.kind} layer. Reload it after an update.`);const named2=Object.entries(layer.tensors??{}).map(([name,array])=>[name,arrays[array]]);step=LAYERS[layer.kind](layer,{...arrays,...Object.fromEntries(named2)},step,place);return step})}function byNearness(near,weights,start){let sum=0;for(const[knot,share]of near)sum+=share*weights[start+knot];return sum}function nearness({of,low,high,count,log},value){if(Array.isArray(value))return value.flatMap((share,knot2)=>share?[[knot2,share]]:[]);if(value===null||of==="label"&&value<low)return[];if(count===1)return[[0,1]];const[a,b,v]=log?[low,high,value].map(Math.log):[low,high,value];const place=Math.min(Math.max((v-a)/(b-a||1),0),1)*(count-1);const knot=Math.min(Math.floor(place),count-2);return[[knot,1-(place-knot)],[knot+1,place-knot]]}var ERF=[.254829592,-.284496736,1.421413741,-1.453152027,1.061405429];function erf(x){const t=1/(1+.3275911*Math.abs(x));const sum=ERF.reduceRight((total,factor)=>(total+factor)*t,0);return Math.sign(x)*(1-sum*Math.exp(-x*x))}var LANES=8;var Decoder=class{constructor({header,arrays},many=false){this.latentDim=header.latent_dim;this.imageShape=header.image_shape;this.betaRange=header.beta_range;this.conditioning=header.conditioning;this.ofTwo=header.of_two;this.lanes=many?LANES:1;this.network=new Network(header.layers,arrays,[this.latentDim],this.lanes);this.size=sizeOf(this.imageShape);this.mean=new Formula(header.mean,this.size*this.lanes);this.score=new Score(header.score,this.size);const numbers=sizeOf(this.network.shape);this.numbers=many?new Float32Array(numbers):this.network.output.values.subarray(0,numbers);this.output=new Float32Array(this.size);this.pictures={};if(header.std)this.pictures.std=new Formula(header.std,this.size);if(header.draw)this.pictures.draw=new Formula(header.draw,this.size);this.noise=uniforms(this.size,1);this.condition=void 0;const[low,high]=this.betaRange??[1,1];this.tune({beta:Math.min(Math.max(1,low),high),label:null})}tune(condition){if(same(condition,this.condition))return;this.condition=condition;this.network.tune(condition)}decode(z){this.network.input.values.set(z);this.network.run();this.output.set(this.mean.of(this.numbers));return this.output}picture(kind){return this.pictures[kind].of(this.numbers,{u:this.noise})}redraw(seed){this.noise=uniforms(this.size,seed)}decodeAs(z,label,lower=null){const condition=this.condition;this.tune({...withLabel(condition,label,this),lower});const pixels=this.decode(z);this.tune(condition);return pixels}errorOf(image){return this.score.total(this.numbers,image)}decodeMany(zs,count,each,scored=false){const{lanes,latentDim,size,output,numbers}=this;const[input,raw]=[this.network.input.values,this.network.output.values.subarray(0,numbers.length*lanes)];for(let first=0;first<count;first+=lanes){const taken=Math.min(lanes,count-first);for(let n=0;n<taken;n++)for(let d=0;d<latentDim;d++)input[d*lanes+n]=zs[(first+n)*latentDim+d];this.network.run();const pixels=this.mean.of(raw);for(let n=0;n<taken;n++){for(let p=0,at=n;p<size;p++,at+=lanes)output[p]=pixels[at];if(scored)for(let p=0,at=n;p<numbers.length;p++,at+=lanes)numbers[p]=raw[at];each(first+n,output)}}}reconstructMany(zs,labels,each){const{latentDim}=this;const condition=this.condition;const groups=new Map;for(let index=0;index<labels.length;index++){const own=withLabel(condition,labels[index],this);const group=groups.get(keyOf(own));if(group)group.indices.push(index);else groups.set(keyOf(own),{own,indices:[index]})}for(const{own,indices}of groups.values()){const some=new Float32Array(latentDim*indices.length);for(const[at,index]of indices.entries())some.set(zs.subarray(latentDim*index,latentDim*(index+1)),latentDim*at);this.tune(own);this.decodeMany(some,indices.length,at=>each(indices[at]),true)}this.tune(condition)}};var LANES2=8;var Encoder=class{constructor({header,arrays}){this.lanes=LANES2;this.network=new Network(header.layers,arrays,header.image_shape,LANES2)}tune(condition){this.network.tune(condition)}};var SLICE=64;var NUDGE=.01;var MIN_TRUST=.05;var VOTERS=10;var REACH=4.5;var NARROW_WIDTH=.25;var TABLE_STEPS=2048;var SLICE_WIDTH=.5;var MAX_TILT=.999;var FIELDS={*density({left,bottom,dx,dy,columns,rows},{points},values){if(!points)return;const{mean,std,tilt}=points;const[across,upward]=[new Float64Array(columns),new Float64Array(rows)];const share=1/(dx*dy*points.count);for(let i=0;2*i<mean.length;i++){if(i%500===499)yield;if(Number.isNaN(mean[2*i]))continue;const[sx,sy]=[std[2*i],std[2*i+1]];const[x,y]=[mean[2*i]-left,mean[2*i+1]-bottom];const[low,high]=reached(y,sy,dy,rows);const slant=tilt?Math.max(-MAX_TILT,Math.min(MAX_TILT,tilt[i])):0;if(slant===0){const[first,last]=reached(x,sx,dx,columns);masses((first*dx-x)/sx,dx/sx,last-first+1,across);masses((low*dy-y)/sy,dy/sy,high-low+1,upward);for(let r=low;r<=high;r++){const scale=upward[r-low]*share;for(let c=first,at=r*columns+first;c<=last;c++,at++)values[at]+=scale*across[c-first]}continue}const narrow=sx*Math.sqrt(1-slant**2);const slices=Math.max(1,Math.ceil(dy/(SLICE_WIDTH*sy*Math.min(1,narrow/(sx*Math.abs(slant))))));for(let part=low*slices;part<(high+1)*slices;part++){const v=((part+.5)*(dy/slices)-y)/sy;if(Math.abs(v)>REACH)continue;const scale=share*normal(v)*dy/(slices*sy);const middle=x+slant*sx*v;const[first,last]=reached(middle,narrow,dx,columns);masses((first*dx-middle)/narrow,dx/narrow,last-first+1,across);for(let c=first,at=Math.floor(part/slices)*columns+first;c<=last;c++,at++)values[at]+=scale*across[c-first]}}for(let at=0;at<values.length;at++)values[at]=Math.log(values[at])},*entropy(grid,tools,values){yield*decoded(grid,tools,values,[[0,0]],(at,[pixels])=>{let sum=0;for(let p=0;p<pixels.length;p++){const q=pixels[p];if(q>0&&q<1)sum-=q*Math.log(q)+(1-q)*Math.log(1-q)}values[at]=sum})},*sharpness(grid,tools,values){const[channels,height,width]=tools.decoder.imageShape;yield*decoded(grid,tools,values,[[0,0]],(at,[pixels])=>{let[sum,count]=[0,0];for(let row=0;row<channels*height;row++){for(let column=0,p=row*width;column<width;column++,p++){if(column>0)[sum,count]=[sum+Math.abs(pixels[p]-pixels[p-1]),count+1];if(row%height>0)[sum,count]=[sum+Math.abs(pixels[p]-pixels[p-width]),count+1]}}values[at]=sum/count})},*stretch(grid,tools,values){const nudges=[[NUDGE,0],[-NUDGE,0],[0,NUDGE],[0,-NUDGE]];yield*decoded(grid,tools,values,nudges,(at,[right,left,up,down])=>{let[xx,xy,yy]=[0,0,0];for(let p=0;p<right.length;p++){const[x,y]=[right[p]-left[p],up[p]-down[p]];xx+=x*x;xy+=x*y;yy+=y*y}const unit=(2*NUDGE)**2;values[at]=.5*Math.log(Math.max((xx*yy-xy*xy)/unit**2,1e-12))})},*cycle(grid,tools,values){const{encoder}=tools;if(!encoder)return;const{input,output}=encoder.network;const{lanes}=encoder;const batch=[];const flush=()=>{if(batch.length)encoder.network.run();for(const[n,[at,z]]of batch.splice(0).entries()){values[at]=Math.sqrt(z.reduce((sum,value,d)=>sum+(output.values[d*lanes+n]-value)**2,0))}};yield*decoded(grid,tools,values,[[0,0]],(at,[pixels],z)=>{for(let p=0;p<pixels.length;p++)input.values[p*lanes+batch.length]=pixels[p];if(batch.push([at,z])===lanes)flush()});flush()},*class(grid,{points},values){if(!points)return;const{labels}=points;const nearest={index:new Int32Array(VOTERS),squared:new Float64Array(VOTERS)};const votes=new Map;for(let at=0;at<values.length;at++){if(at%500===499)yield;const count=points.neighbours.nearest(...middleOf(grid,at),VOTERS,nearest,i=>labels[i]>=0);votes.clear();let winner=-1;for(let n=0;n<count;n++){const label=labels[nearest.index[n]];const number=(votes.get(label)??0)+1;votes.set(label,number);if(winner<0||number>(votes.get(winner)??0))winner=label}values[at]=winner<0?-1:winner+Math.min(.999,(votes.get(winner)??0)/count)}}};var Points=class{constructor(mean,std,labels,tilt){this.mean=mean;this.std=std;this.labels=labels;this.tilt=tilt;this.number=void 0;this.index=void 0}get count(){return this.number??=this.mean.reduce((sum,value)=>sum+Number(!Number.isNaN(value)),0)/2}get neighbours(){return this.index??=new Neighbours(this.mean)}};function reached(middle,std,width,count){return[Math.max(0,Math.floor((middle-REACH*std)/width)),Math.min(count-1,Math.floor((middle+REACH*std)/width))]}function masses(u,width,count,out){if(width>NARROW_WIDTH){for(let n=0,before=below(u);n<count;n++){const next=below(u+(n+1)*width);out[n]=next-before;before=next}return}const middle=u+width/2;let value=width*normal(middle);let factor=Math.exp(-width*(middle+width/2));const bend=Math.exp(-width*width);for(let n=0;n<count;n++){out[n]=value;value*=factor;factor*=bend}}function normal(u){return Math.exp(-.5*u*u)/Math.sqrt(2*Math.PI)}function below(u){const place=Math.min(Math.max(0,(u+REACH)*TABLE_STEPS),CDF.length-1.001);const before=Math.floor(place);return CDF[before]+(place-before)*(CDF[before+1]-CDF[before])}var CDF=new Float64Array(2*REACH*TABLE_STEPS+1);for(let i=1;i<CDF.length;i++)CDF[i]=CDF[i-1]+normal((i-.5)/TABLE_STEPS-REACH)/TABLE_STEPS;function*decoded(grid,{decoder,space},values,nudges,each){const{columns,rows}=grid;const{dims}=space;const count=nudges.length;const pictures=nudges.map(()=>new Float32Array(decoder.size));for(let first=0;first<columns*rows;first+=SLICE){const last=Math.min(first+SLICE,columns*rows);const cells=[];const latents=new Float32Array(SLICE*count*dims);for(let cell=first;cell<last;cell++){const[x,y]=middleOf(grid,cell);const trust=nudges.map(([dx,dy],n)=>space.inverseTransform([x+dx,y+dy],latents,(cells.length*count+n)*dims));if(Math.min(...trust)>MIN_TRUST)cells.push(cell);else values[cell]=NaN}decoder.decodeMany(latents,cells.length*count,(n,pixels)=>{pictures[n%count].set(pixels);const from=(n-count+1)*dims;if(n%count===count-1)each(cells[Math.floor(n/count)],pictures,latents.slice(from,from+dims))});yield}}function middleOf({left,bottom,dx,dy,columns},at){return[left+(at%columns+.5)*dx,bottom+(Math.floor(at/columns)+.5)*dy]}function cutOut(data,at,channels,value,ground,ink){let share=ground?0:1;if(ground)for(let c=0;c<channels;c++)share=Math.max(share,Math.abs(value(c)-ground[c])/Math.max(ground[c],1-ground[c]));const inked=ground&&channels===1;for(let c=0;c<3;c++){const own=channels===3?c:0;data[at+c]=inked?ink?.[c]??0:ground?255*(ground[own]+(value(own)-ground[own])/(share||1)):255*value(own)}data[at+3]=255*share}var LRUMap=class extends Map{constructor(most){super();this.most=most}get(key){const value=super.get(key);if(value!==void 0)this.set(key,value);return value}set(key,value){this.delete(key);super.set(key,value);if(this.size>this.most)this.delete(this.keys().next().value);return this}};var SHEET=32;var GUTTER=1;var MAX_BITMAP_WIDTH=8192;var MAX_PARTS=50;var JOBS={*tiles({id,places:places2,condition,ground,ink}){const decoder=yield*waitFor(model.decoder());const space=yield*waitFor(model.space());const[channels,height,width]=decoder.imageShape;const area=height*width;const pitch=width+2*GUTTER;const count=places2.length/2;const latents=new Float32Array(SHEET*space.dims);const trust=new Float32Array(SHEET);const sheet=Math.max(1,Math.min(SHEET,Math.floor(MAX_BITMAP_WIDTH/pitch)));for(let first=0;first<count;first+=sheet){const taken=Math.min(sheet,count-first);const image=new ImageData(pitch*taken,height);const whole=new Uint32Array(image.data.buffer);for(let n=0;n<taken;n++)trust[n]=space.inverseTransform(places2.subarray(2*(first+n)),latents,n*space.dims);decoder.tune(condition);decoder.decodeMany(latents,taken,(index,pixels)=>{for(let p=0;p<area;p++){const at=4*(Math.floor(p/width)*pitch*taken+index*pitch+GUTTER+p%width);cutOut(image.data,at,channels,c=>pixels[c*area+p],ground,ink);image.data[at+3]*=trust[index]}for(let y=0;y<height;y++){const left=(y*taken+index)*pitch;const right=left+GUTTER+width;whole.fill(whole[left+GUTTER],left,left+GUTTER).fill(whole[right-1],right,right+GUTTER)}});const bitmap=yield*waitFor(createImageBitmap(image));send({kind:"tiles",id,first,count:taken,bitmap,gutter:GUTTER},[bitmap])}send({kind:"tiles",id,done:true})},*field({id,name,grid,condition}){const tools={decoder:yield*waitFor(model.decoder()),space:yield*waitFor(model.space())};if(name==="cycle")tools.encoder=yield*waitFor(model.encoder());if(name==="density"||name==="class")tools.points=yield*waitFor(pointsAt(condition));const values=new Float32Array(grid.columns*grid.rows);const work=FIELDS[name](grid,tools,values);for(let done=false;!done;){tools.decoder.tune(condition);tools.encoder?.tune(condition);done=Boolean(work.next().done);yield}send({kind:"field",id,values},[values.buffer])},*errors({id,indices,latents,labels,condition,originals}){const decoder=yield*waitFor(model.decoder());const values=new Float32Array(indices.length);const parts=new LRUMap(MAX_PARTS);for(let first=0;first<indices.length;first+=SHEET){const some=indices.subarray(first,first+SHEET);for(const index of some){const part=Math.floor(index/originals.rows);if(!parts.get(part))parts.set(part,(yield*waitFor(fetchBlock(`${originals.url}/${part}`))).arrays.rows)}decoder.tune(condition);const score=at=>{const part=Math.floor(some[at]/originals.rows);const from=(some[at]-part*originals.rows)*decoder.size;const image=parts.get(part)?.subarray(from,from+decoder.size);if(image)values[first+at]=decoder.errorOf(image)};const theirs=latents.subarray(decoder.latentDim*first);decoder.reconstructMany(theirs,labels.subarray(first,first+SHEET),score);if(first%(8*SHEET)===0)send({kind:"errors",id,done:first});yield}send({kind:"errors",id,values})}};var jobs=new Map;var model=modelOf({kind:"model",urls:{program:"",encoder:"",points:"",keyframes:null,spreads:null},projected:false});var known;var running=false;self.onmessage=({data})=>{if(data.kind==="model"){known=void 0;model=modelOf(data)}else{jobs.set(data.kind,data);run()}};function modelOf({urls,projected}){const later=make=>{let promise;return()=>promise??=make().catch(error=>{promise=void 0;throw error})};const points=later(()=>fetchBlock(urls.points));return{decoder:later(async()=>new Decoder(await fetchBlock(urls.program),true)),encoder:later(async()=>new Encoder(await fetchBlock(urls.encoder))),points,space:later(async()=>spaceOf(projected?await points():{header:{},arrays:{}})),spreads:later(()=>fetchBlock(urls.spreads??"")),keyframes:later(async()=>urls.keyframes?new Keyframes(await fetchBlock(urls.keyframes)):null)}}async function pointsAt({beta}){if(known?.beta===beta)return known.points;const asked=model.points;const[{arrays},frames]=await Promise.all([asked(),model.keyframes()]);let{mean,std,tilt,label}=arrays;if(frames?.mean){const spreads=await model.spreads();mean=frames.between(frames.mean,beta,new Float32Array(frames.out.length));std=frames.between(spreads.arrays.std,beta,new Float32Array(frames.out.length));const whole=label;if(frames.index)label=frames.index.map(i=>whole[i])}const points=new Points(mean,std,label,tilt);if(asked===model.points)known={beta,points};return points}function*waitFor(promise){let ended;yield promise.then(value=>ended={value},error=>ended={error});const outcome=ended;if("error"in outcome)throw outcome.error;return outcome.value}function send(message,given=[]){self.postMessage(message,{transfer:given})}function workOn(job){const begin=JOBS[job.kind];return begin(job)}async function run(){if(running)return;running=true;const begun=new Map;for(;;){const kind=Object.keys(JOBS).find(name=>jobs.has(name));const job=jobs.get(kind??"");if(!kind||!job)break;const before=begun.get(kind);const work=before?.[0]===job?before[1]:workOn(job);begun.set(kind,[job,work]);let step={done:true,value:void 0};try{step=work.next();await step.value}catch(error){send({kind,id:job.id,error:error.message})}if(step.done&&jobs.get(kind)===job)jobs.delete(kind);await nextTask()}running=false}function nextTask(){return new Promise(resolve=>{const{port1,port2}=new MessageChannel;port1.onmessage=resolve;port2.postMessage(null)})}})();\n' };

// pages/components/src/worker/background.js
var REFUSAL = "This browser runs no workers from a page like this one, and the map does without what needs one.";
function refusal2(kind, id) {
  return { kind, id, error: REFUSAL };
}
var Background = class {
  constructor() {
    this.listeners = /* @__PURE__ */ new Map();
    this.asked = /* @__PURE__ */ new Map();
    const url = URL.createObjectURL(new Blob([SOURCES.worker], { type: "text/javascript" }));
    this.worker = void 0;
    try {
      this.worker = new Worker(url);
    } catch {
      return;
    }
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }) => this.listeners.get(data.kind)?.(data);
    this.worker.onerror = (event) => event.message ? console.error(event.message) : this.refuse();
  }
  on(kind, listener) {
    this.listeners.set(kind, listener);
  }
  ask(kind, message = {}) {
    this.asked.set(kind, message.id);
    if (this.worker) this.worker.postMessage({ kind, ...message });
    else this.listeners.get(kind)?.(refusal2(kind, message.id));
  }
  refuse() {
    this.worker = void 0;
    for (const [kind, id] of this.asked) this.listeners.get(kind)?.(refusal2(kind, id));
  }
  destroy() {
    this.worker?.terminate();
  }
};

// pages/components/src/worker/errors.js
var Errors = class {
  constructor(background) {
    this.background = background;
    this.id = 0;
    this.drop = void 0;
  }
  measure(indices, latents, labels, condition, place, progress) {
    const id = ++this.id;
    this.drop?.(new Error("Something else was measured meanwhile. Try again."));
    return new Promise((resolve, reject) => {
      this.drop = reject;
      this.background.on("errors", (answer) => {
        if (answer.id !== id) return;
        if (answer.error) reject(new Error(answer.error));
        else if (answer.values) resolve(answer.values);
        else progress(Number(answer.done) / indices.length);
      });
      const originals = { ...place, url: new URL(place.url, document.baseURI).href };
      this.background.ask("errors", { id, indices, latents, labels, condition, originals });
    });
  }
};

// pages/components/src/map/map_worker.js
var SAMPLE_SIZE = 16;
var MapWorker = class {
  constructor() {
    this.background = new Background();
    this.errors = new Errors(this.background);
  }
  introduce({ program, encoder, points, keyframes, spreads, projected }) {
    const urls = Object.fromEntries(Object.entries({ program, encoder, points, keyframes, spreads }).map(([name, url]) => [name, url && new URL(url, document.baseURI).href]));
    this.background.ask("model", { urls, projected: Boolean(projected) });
  }
  lay(plane, decoder) {
    const { label } = plane.placement.points;
    const count = Math.min(SAMPLE_SIZE, label.length);
    const some = Array.from({ length: count }, (_, n) => Math.floor(n * label.length / SAMPLE_SIZE) % label.length);
    const pictures = some.map((index) => decoder.decode(plane.placement.latentOf(index)).slice());
    const terrain = new Terrain(this.background, decoder.imageShape, pictures);
    const labelled = label.some((name) => name >= 0);
    const look = decoder.ofTwo ? "entropy" : "sharpness";
    plane.backdrop.lay(terrain, new Overlay(this.background), (space) => ["density", look, ...space.straight ? ["stretch"] : [], "cycle", ...labelled ? ["class"] : []]);
  }
  errorsOf(plane, indices, condition, place, progress) {
    const { points, space } = plane.placement;
    const { dims } = space;
    const latents = new Float32Array(dims * indices.length);
    for (let at = 0; at < indices.length; at++) latents.set(plane.placement.latentOf(indices[at]), dims * at);
    const labels = indices.map((index) => points.label[index]);
    return this.errors.measure(indices, latents, labels, condition, place, progress);
  }
  destroy() {
    this.background.destroy();
  }
};

// pages/components/src/geometry/extent.js
var MIN_REACH = 0.5;
var MARGIN_AROUND = 0.04;
var NARROW_SHARE = 0.05;
var CLOSE_LOOK = [1e-3, 0.02];
var SAMPLE_SIZE2 = 1e3;
function looksOf({ extent, std = new Float32Array() }) {
  const home = around(extent.nearly);
  const width = widthOf(home);
  const step = Math.max(1, Math.floor(std.length / SAMPLE_SIZE2));
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
var CELLS2 = 256;
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
    const finest = CELLS2 << FINEST_LEVEL;
    const scale = finest / (2 * reach);
    const cells = Int32Array.from({ length: 2 * count }, (_, at) => Math.min(finest - 1, Math.max(0, (mean[at] + reach) * scale)));
    const levels = new Uint8Array(count).fill(FINEST_LEVEL + 1);
    for (let level = 0; level <= FINEST_LEVEL; level++) {
      const across = CELLS2 << level;
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
    const most = Math.max(0, Math.ceil(Math.log2(2 * this.reach * unit / (CELL * CELLS2))));
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
var GAP2 = 24;
var LETTER = 11.5;
var ROUNDS2 = 16;
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
  for (let round = 0, crowded = true; crowded && round < ROUNDS2; round++) {
    crowded = false;
    for (let i = 1; i < spots.length; i++) {
      for (let j = 0; j < i; j++) {
        const across = Math.max(GAP2, (widths[i] + widths[j]) / 2 + GAP2 / 2);
        const [dx, dy] = [(spots[i][0] - spots[j][0]) / across, (spots[i][1] - spots[j][1]) / GAP2];
        const distance2 = Math.hypot(dx, dy);
        if (distance2 >= 1) continue;
        crowded = true;
        const [ux, uy] = distance2 > 0 ? [dx / distance2, dy / distance2] : across > GAP2 ? [0, 1] : [1, 0];
        const push = (1 - distance2) / 2;
        spots[i] = [spots[i][0] + push * ux * across, spots[i][1] + push * uy * GAP2];
        spots[j] = [spots[j][0] - push * ux * across, spots[j][1] - push * uy * GAP2];
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
      each(between2(from, to, times, t * t * (3 - 2 * t), now));
      this.frame = requestAnimationFrame(step);
    };
    step();
  }
  stop() {
    cancelAnimationFrame(this.frame);
  }
};
function between2(from, to, times, share, out) {
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
    this.buttons = Object.entries(SHAPES).map(([shape2, { title, icon, key }]) => {
      const button = tool(`${title} (${key})`, icon, () => this.use(shape2));
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
  answer(card, thumbs, spreadOf2) {
    this.dwell.card = card;
    this.thumbs = thumbs;
    this.spreadOf = spreadOf2;
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

// pages/components/src/map/assembly.js
var PANELS = { side: SidePanel, explore: PinsPanel, gallery: GalleryPanel, path: PathPanel, traverse: TraversePanel };
var Assembly = class {
  constructor(app, remembered) {
    this.app = app;
    this.data = app.data;
    this.remembered = remembered;
    this.panel = new PANELS[this.data.panel](app, remembered);
    this.strip = this.slider();
    app.classes = this.classes();
    app.lower = this.lower();
    const strips = [app.classes?.element, app.lower?.element, this.strip.element].filter((element) => element !== void 0);
    app.page.layOut(this.data, this.panel.element, strips);
  }
  classes() {
    const { app, data } = this;
    if (!data.classes || data.panel === "path" || data.panel === "side") return void 0;
    return new ClassStrip({ ...data.classes, labelled: data.panel === "explore" }, (label) => {
      const condition = { ...app.condition, label };
      app.aim(condition);
      this.keep(condition);
    });
  }
  lower() {
    const { app, data } = this;
    if (!data.levels || data.panel !== "explore") return void 0;
    return new LowerStrip(data.levels, (lower) => app.aim({ ...app.condition, lower }));
  }
  keep({ beta, label }) {
    memory.save(conditionKey(this.data), { beta, label });
    this.app.send("condition", { beta, label });
  }
  slider() {
    const { app } = this;
    return new BetaStrip({ moved: (beta) => app.aim({ ...app.condition, beta }), settled: (beta) => {
      const condition = { ...app.condition, beta };
      this.keep(condition);
      if (same(condition, app.data.condition)) app.refetch();
    }, train: () => app.trigger("train", true) });
  }
  begin(decoder) {
    const { app, panel } = this;
    app.panel = panel;
    app.decoder = decoder;
    app.condition = conditionToStartWith(app.data);
    if (!same(app.condition, app.data.condition)) app.send("condition", app.condition);
    decoder.tune(app.condition);
    app.root.dataset.beta = String(app.condition.beta);
    app.classes?.ready(decoder, app.condition);
    panel.ready(decoder);
  }
  offerBeta(keyframes) {
    const { app, data, strip } = this;
    if (keyframes) {
      app.keyframes = keyframes;
      strip.range(keyframes, app.condition.beta, data.panel === "explore");
    } else strip.single(data.condition.beta, data.offer);
  }
  showMap(block) {
    const { app, data, panel, remembered } = this;
    const { keyframes } = app;
    const decoder = app.decoder;
    if (keyframes?.whole) block.arrays.mean = keyframes.meansAt(app.condition.beta);
    const points = pointsOf(block, app.data);
    if (keyframes?.whole) points.condition = app.condition;
    const plane = this.planeOf(points, block.header.classes);
    app.page.stage.replaceWith(plane.element);
    app.plane = plane;
    plane.start();
    app.tell();
    app.worker = new MapWorker();
    app.worker.introduce(app.data);
    app.worker.lay(plane, decoder);
    if (data.panel === "explore") this.offerSelection(indicesOf(remembered.selected ?? "", points.label.length));
    if (!app.link) panel.laidOut?.();
    if (!keyframes?.whole && !same(app.condition, data.condition)) app.aim(app.condition);
    if (data.panel === "explore") plane.cursor.moveTo(plane.cursor.place);
  }
  planeOf(points, classes) {
    const { app, panel, remembered } = this;
    const known = (remembered.space ?? "") === points.space.name ? remembered : { ...remembered, view: void 0, cursor: void 0 };
    const plane = new Plane(points, classes, this.data.alt, known, { moved: (place, nearest) => {
      panel.moved(place, nearest);
      app.classes?.moved(nearest && nearest.label >= 0 ? nearest.label : null);
      app.lower?.moved(nearest && plane.placement.latentOf(nearest.index));
      app.root.dataset.z = plane.cursor.latentAt(place).z.join(",");
    }, clicked: (place, nearest) => panel.clicked(place, nearest), drew: (polygon) => app.drawer?.choose(polygon ? plane.placement.within(polygon, plane.classes.hidden) : []), escaped: () => app.escape(), redrawn: panel.redrawn && (() => panel.redrawn?.()), renewed: app.lower && (() => app.lower?.renew()), changed: () => app.changed(), glided: () => app.link?.glided(app), rested: app.link && (() => app.link?.read()) });
    return plane;
  }
  offerSelection(selected) {
    const { app } = this;
    app.answer();
    app.drawer = new Drawer(app.mapped);
    app.root.append(app.drawer.element);
    if (selected.length) app.drawer.choose(selected, false);
  }
  complete() {
    const { app, panel, remembered } = this;
    const { data } = app;
    app.root.dataset.ready = data.model;
    if (data.panel === "side" && !same(data.condition, app.condition)) app.aim(data.condition);
    if (app.link) panel.laidOut?.();
    if (app.plane) app.loading?.plot(app.plane);
    if (data.points !== app.loading?.points) app.refetch();
    if (remembered.pins?.length) app.send("pins", remembered.pins);
  }
  refresh() {
    this.app.refresh();
  }
  fail(error) {
    this.app.page.fail(error);
  }
};
function conditionKey({ model }) {
  return `zscape:condition:${model}`;
}
function conditionToStartWith(data) {
  const { condition, chosen, panel } = data;
  return chosen || panel === "side" ? condition : { ...condition, ...memory.load(conditionKey(data)) };
}

// pages/components/src/geometry/keyframes.js
var LOG_TOLERANCE = 1e-6;
var HALF2 = 0.50001;
var Keyframes = class {
  constructor({ header, arrays }) {
    this.low = header.range[0];
    this.high = header.range[1];
    this.logs = header.beta.map(Math.log);
    this.header = header;
    this.measured = header.measured.beta.map(Math.log);
    this.latentDim = header.latent_dim;
    this.mean = arrays.mean;
    this.index = arrays.index;
    this.std = void 0;
    this.out = new Float32Array((this.mean?.length ?? 0) / this.logs.length);
    this.changing = this.logs.map(() => /* @__PURE__ */ new Set());
    const { changes = new Int32Array() } = arrays;
    for (let i = 0; i < changes.length; i += 2) this.changing[changes[i]].add(changes[i + 1]);
  }
  get whole() {
    return Boolean(this.mean) && !this.index;
  }
  place(beta, logs = this.logs) {
    const last = logs.length - 1;
    const log = Math.min(Math.max(Math.log(beta), logs[0]), logs[last]);
    let before = 0;
    while (before < last - 1 && logs[before + 1] <= log) before++;
    return [before, (log - logs[before]) / (logs[before + 1] - logs[before])];
  }
  curveAt(beta) {
    const [before, t] = this.place(beta, this.measured);
    const { rate, distortion, least, most, active } = this.header.measured;
    const nearest = before + Math.round(t);
    const measured = Math.abs(Math.log(beta) - this.measured[nearest]) < LOG_TOLERANCE;
    const at = (all) => measured ? all[nearest] : all[before] + t * (all[before + 1] - all[before]);
    return { rate: at(rate), distortion: at(distortion), least: at(least), most: at(most), active: active[nearest], measured };
  }
  meansAt(beta) {
    return this.between(this.mean ?? this.out, beta, this.out);
  }
  one(values, beta, stride, at) {
    let [before, t] = this.place(beta);
    if (this.changing[before].has(Math.floor(at / 2))) t = Number(t > HALF2);
    const [a, b] = [values[before * stride + at], values[(before + 1) * stride + at]];
    return a + t * (b - a);
  }
  between(values, beta, out) {
    const [before, t] = this.place(beta);
    const stride = out.length;
    for (let i = 0, a = before * stride, b = a + stride; i < stride; i++, a++, b++) out[i] = values[a] + t * (values[b] - values[a]);
    for (const point of this.changing[before]) {
      for (const at of [2 * point, 2 * point + 1]) out[at] = values[(before + Number(t > HALF2)) * stride + at];
    }
    return out;
  }
};

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
  const [rows, inner2, area] = [up4(outputs), up4(taps), outHeight * outWidth * lanes];
  const columns = up8(area);
  const [weight, bias, patches, product] = [rows * inner2, rows, inner2 * columns, rows * columns].map((count) => space.take(count));
  const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
  const [downs, acrosses] = [places(kernel, stride, padding, dilation, height, outHeight), places(kernel, stride, padding, dilation, width, outWidth)];
  return { shape: [outputs, outHeight, outWidth], values: y, fill() {
    for (let o = 0; o < outputs; o++) weight.values.set(tensors.weight.subarray(o * taps, (o + 1) * taps), o * inner2);
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
    space.matrix(weight, bias, patches, product, inner2, rows, columns);
    for (let o = 0; o < outputs; o++) y.values.set(product.values.subarray(o * columns, o * columns + area), o * area);
  } };
}, conv_transpose({ inputs, outputs, kernel, stride, padding, dilation, output_padding: more }, tensors, { shape: [, height, width], values: x }, { space, lanes }) {
  const reach = dilation * (kernel - 1) + 1 + more;
  const [outHeight, outWidth] = [height, width].map((side) => (side - 1) * stride - 2 * padding + reach);
  const taps = kernel * kernel;
  const [rows, inner2, area] = [up4(outputs * taps), up4(inputs), height * width * lanes];
  const columns = up8(area);
  const [weight, none, padded, product] = [rows * inner2, rows, inner2 * columns, rows * columns].map((count) => space.take(count));
  const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
  const [downs, acrosses] = [places(kernel, stride, padding, dilation, outHeight, height), places(kernel, stride, padding, dilation, outWidth, width)];
  return { shape: [outputs, outHeight, outWidth], values: y, fill() {
    for (let c = 0; c < inputs; c++) {
      for (let row = 0; row < outputs * taps; row++) weight.values[row * inner2 + c] = tensors.weight[c * outputs * taps + row];
    }
  }, run() {
    for (let c = 0; c < inputs; c++) padded.values.set(x.values.subarray(c * area, (c + 1) * area), c * columns);
    space.matrix(weight, none, padded, product, inner2, rows, columns);
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
  const added2 = new Float32Array(lower);
  return { shape: [lower], values: y, fill() {
    for (const step of steps) step.fill?.();
  }, tune(condition) {
    if (condition.lower) added2.set(condition.lower);
    else added2.fill(0);
  }, run() {
    z.values.set(incoming.values.values.subarray(0, top * lanes));
    for (const step of steps) step.run?.();
    const [e, mean] = [incoming.values.values, said.values];
    for (let d = 0; d < lower; d++) for (let lane = 0; lane < lanes; lane++) {
      const std = softplus(mean[(lower + d) * lanes + lane]);
      y.values[d * lanes + lane] = mean[d * lanes + lane] + std * (e[(top + d) * lanes + lane] + added2[d]);
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

// pages/components/src/shared/plotly.js
var library;
function fetchPlotly(url) {
  if (!library && !window.Plotly) document.head.append(h("link", { rel: "preload", as: "script", href: url }));
}
function loadPlotly(url) {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = h("script", { src: url });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = void 0;
      reject(new Error("plotly.js could not be loaded from the server. Reload the page."));
    };
    document.head.append(script);
  });
  return library;
}

// pages/components/src/map/loading.js
var RETRY_DELAY2 = 5e3;
var Loading = class {
  constructor(data) {
    this.data = data;
    this.stopped = false;
    this.points = data.points;
  }
  stop() {
    this.stopped = true;
  }
  async start(listener) {
    const { data } = this;
    const program = fetchBlock(data.program);
    const points = data.points ? fetchBlock(data.points) : null;
    const keyframes = data.keyframes ? fetchBlock(data.keyframes) : null;
    for (const fetching of [points, keyframes]) fetching?.catch(() => {
    });
    if (data.points) fetchPlotly(data.plotly);
    try {
      const decoder = new Decoder(await program);
      if (this.stopped) return;
      listener.begin(decoder);
      const frames2 = keyframes && new Keyframes(await keyframes);
      if (this.stopped) return;
      listener.offerBeta(frames2);
      const block = points && await points;
      if (this.stopped) return;
      if (block) listener.showMap(block);
      listener.complete();
      if (data.panel !== "explore" || !data.spreads || !frames2?.whole) return;
      const spreads = await fetchBlock(data.spreads).catch(() => null);
      if (!spreads || this.stopped) return;
      frames2.std = spreads.arrays.std;
      listener.refresh();
    } catch (error) {
      if (!this.stopped) listener.fail(error);
    }
  }
  async refetch(url, take) {
    this.points = url;
    const wanted = () => !this.stopped && this.points === url;
    try {
      const block = await fetchBlock(url);
      if (wanted()) take(block);
    } catch {
      setTimeout(() => wanted() && this.refetch(url, take), RETRY_DELAY2);
    }
  }
  async plot({ gestures, pointLayer }) {
    await gestures.unused();
    if (this.stopped) return;
    try {
      const plotly = await loadPlotly(this.data.plotly);
      await gestures.unused();
      if (!this.stopped) await pointLayer.begin(plotly);
    } catch (error) {
      console.warn(error.message);
    }
  }
};

// pages/components/src/map/page.js
var Page = class {
  constructor(root) {
    this.root = root;
    this.stage = h("div", {});
    this.figures = h("dl", { className: "zs-figures" });
  }
  layOut(data, panel, strips) {
    this.stage = h("div", { className: "zs-map zs-dirty" }, h("div", { className: "zs-stage" }));
    const parts = [...data.points ? [this.stage] : [], ...data.panel === "side" ? [] : strips];
    const left = h("div", { className: "zs-left" }, ...parts);
    if (data.figures?.length) left.append(this.figures);
    this.showFigures(data);
    const body = h("div", { className: `zs-body zs-${data.panel}-page` }, left, panel);
    if (!data.points) body.classList.add("zs-panel-only");
    if (data.projected) body.classList.add("zs-projected");
    this.root.replaceChildren(body);
  }
  showFigures({ figures = [] }) {
    const shown = figures.map(([title, value, text]) => h("div", { title: text }, h("dt", {}, title), h("dd", {}, value)));
    this.figures.replaceChildren(...shown);
  }
  fail(error) {
    this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
    console.error(error);
  }
};

// pages/components/src/map/app.js
var App = class {
  constructor(parent) {
    this.root = h("div", { className: "zs" });
    this.page = new Page(this.root);
    this.originals = new Originals(() => this.refresh());
    this.data = {};
    this.send = () => {
    };
    this.trigger = () => {
    };
    this.condition = { beta: 1, label: null };
    this.frame = 0;
    this.model = void 0;
    this.loading = void 0;
    this.cursor = null;
    this.link = void 0;
    this.panel = void 0;
    this.decoder = void 0;
    this.keyframes = void 0;
    this.plane = void 0;
    this.classes = void 0;
    this.lower = void 0;
    this.drawer = void 0;
    this.worker = void 0;
    parent.append(this.root);
    reportActivity(this.root, () => this.data.activity);
  }
  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.send = setStateValue;
    this.trigger = setTriggerValue;
    const model = `${data.panel}:${data.model}`;
    if (model !== this.model) {
      this.model = model;
      this.load();
      return;
    }
    this.originals.set(data.originals);
    this.panel?.update?.(data);
    this.page.showFigures(data);
    if (this.plane?.retheme()) this.drawer?.arrange();
    if (data.panel === "side" && !same(data.condition, this.condition)) this.aim(data.condition);
    if (data.points !== this.loading?.points) this.refetch();
  }
  get key() {
    return `zscape:${this.model}`;
  }
  load() {
    this.clear();
    const remembered = memory.load(this.key);
    this.cursor = remembered.cursor ?? (this.data.start ? null : [0, 0]);
    const assembly = new Assembly(this, remembered);
    this.loading = new Loading(this.data);
    this.loading.start(assembly);
  }
  answer() {
    const { mapped } = this;
    this.originals.set(this.data.originals);
    mapped.plane.answer(new HoverCard(mapped), new Thumbs(mapped), (index) => this.spreadOf(index));
    mapped.plane.shapes.offer(new Finder(mapped));
  }
  refetch() {
    const { points, condition, projected } = this.data;
    if (!points || this.root.dataset.ready === void 0 || !(projected || this.keyframes?.index)) return;
    this.loading?.refetch(points, (block) => {
      if (projected) this.layOut(block);
      else if (same(this.condition, condition)) this.replace(block, condition);
    });
  }
  replace({ arrays }, condition) {
    Object.assign(this.points ?? {}, arrays, { condition });
    this.plane?.motion.replace(arrays.mean);
    this.drawer?.refresh();
    this.refresh();
  }
  layOut(block) {
    const { plane } = this;
    if (!plane) return;
    this.worker?.introduce(this.data);
    plane.motion.become(pointsOf(block, this.data));
    plane.retune(this.condition);
    this.panel?.laidOut?.();
    this.drawer?.refresh();
    if (this.data.panel === "explore") plane.cursor.moveTo(plane.cursor.place);
    this.refresh();
  }
  aim(condition) {
    this.condition = condition;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.panel) return;
      this.decoder?.tune(this.condition);
      if (this.keyframes?.mean) {
        this.plane?.motion.move(this.keyframes.meansAt(this.condition.beta), this.condition, this.keyframes.index);
      } else this.plane?.retune(this.condition);
      this.drawer?.refresh();
      this.panel.retuned();
      this.tell();
      this.root.dataset.beta = String(this.condition.beta);
    });
  }
  tell() {
    this.classes?.retuned(this.condition);
    if (this.classes) this.plane?.pointLayer.single(this.classes.own ? null : this.condition.label);
  }
  escape() {
    const shapes = this.plane?.shapes;
    if (shapes?.marquee.shape) shapes.use(null);
    else if (this.drawer?.chosen.length) this.drawer.choose([]);
  }
  refresh() {
    this.drawer?.repaint();
    this.plane?.refresh();
    this.panel?.refresh?.();
  }
  changed() {
    if (this.panel) memory.save(this.key, { ...this.plane?.state, ...this.panel.state, ...this.drawer?.state });
  }
  get points() {
    return this.plane?.placement.points;
  }
  get space() {
    return this.plane?.placement.space;
  }
  get mapped() {
    return this;
  }
  get digits() {
    return this.plane?.view.digits;
  }
  latentAt(place) {
    const dims = this.decoder?.latentDim ?? 0;
    if (place && this.plane) return this.plane.cursor.latentAt(place);
    if (!place) return { z: this.data.start?.z ?? new Array(dims).fill(0), trust: 1, own: true };
    if (dims === 2) return { z: place, trust: 1 };
    return { z: new Array(dims).fill(0), trust: 0 };
  }
  async errorsOf(indices, progress) {
    const { plane, condition, originals, worker } = this;
    if (!plane || !worker || !originals.place) throw new Error("The images are not on this machine");
    return worker.errorsOf(plane, indices, condition, originals.place, progress);
  }
  spreadOf(index) {
    return this.points ? spreadOf(index, this.condition, this.points, this.keyframes) : null;
  }
  clear() {
    this.loading?.stop();
    delete this.root.dataset.ready;
    this.panel?.destroy?.();
    if (this.link) this.link.left(this);
    else this.drawer?.destroy();
    this.plane?.destroy();
    this.worker?.destroy();
    this.classes?.destroy();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.panel = this.plane = this.drawer = this.worker = this.classes = this.lower = void 0;
    this.decoder = this.keyframes = void 0;
  }
  destroy() {
    this.changed();
    this.clear();
    this.model = void 0;
    this.root.replaceChildren();
    this.root.remove();
  }
};

// pages/components/src/map/latent_map.js
var apps = /* @__PURE__ */ new WeakMap();
function latent_map_default(component) {
  const { parentElement, data } = component;
  const app = apps.get(parentElement) ?? begin(parentElement, data.panel);
  apps.set(parentElement, app);
  app.update(component);
  return () => {
    apps.get(parentElement)?.destroy();
    apps.delete(parentElement);
  };
}
function begin(parent, panel) {
  const one = (element) => new App(element);
  return panel === "pair" ? new Pair(parent, one) : one(parent);
}
export {
  latent_map_default as default
};
