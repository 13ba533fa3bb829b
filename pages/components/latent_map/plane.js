// The plane: the points in Plotly (WebGL), what is drawn over them, and the pointer.
// It knows coordinates and classes; what a place looks like decoded is the panels' business.

import { h, svg } from "./dom.js";
import { Flock } from "./flock.js";

// Ten colours that keep apart with colour-blindness as well, in an order made for that
// (Accessible Color Sequences for Data Visualization, Petroff, 2021, https://arxiv.org/abs/2107.02270).
const TEN = ["#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"];
// The same on a dark ground, where red, violet and slate would sink: only those are lighter.
const TEN_ON_DARK = { 2: "#f0503a", 4: "#b77be0", 8: "#9a9fae" };

const CLICK_RADIUS = 4; // px between pointer down and up that still is a click
const KEY_STEP = 8; // px an arrow key moves; with Shift five times as far
const ZOOM_STEP = 1.5;
const ZOOM_OUT = 5; // times the width that holds every point
const ZOOM_RANGE = 5000; // from the widest view to the closest
const LABEL_GAP = 24; // px between the names of two classes
const REST = 250; // ms without a move after which Plotly draws the points again
const AT_FIRST = 0.998; // of the coordinates that the first view holds: the few furthest points would make the others small
const MARGIN_AROUND = 1.06;
const MARGIN = { l: 44, r: 12, t: 12, b: 40 };

export class Plane {
  /**
   * `points`: { mean: Float32Array (N * 2), label: Int32Array (N), places: Float32Array of every coordinate that any of
   * them may come to have }, `classes`: names of the labels.
   * `listener`: { moved(z, nearest), clicked(z, nearest), changed() }, called as the pointer, a finger or the keyboard acts.
   */
  constructor(plotly, points, classes, alt, remembered, listener) {
    this.plotly = plotly;
    this.points = points;
    this.classes = classes;
    this.listener = listener;
    this.cursor = remembered.cursor ?? [0, 0];
    this.hidden = new Set(remembered.hidden ?? []);
    this.groups = groupByClass(points, classes);
    this.marks = {};

    this.plot = h("div", {
      className: "zs-plot",
      tabIndex: 0,
      role: "application",
      "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 shows all.`,
    });
    this.flock = new Flock();
    this.overlay = svg("svg", { class: "zs-overlay", "aria-hidden": "true" });
    this.layers = {};
    for (const name of ["labels", "path", "rings", "pins", "cursor"]) {
      this.overlay.append((this.layers[name] = svg("g", { class: `zs-${name}` })));
    }
    this.legend = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
    const tools = h(
      "div",
      { className: "zs-tools" },
      this.tool("Zoom in", "+", () => this.zoom(1 / ZOOM_STEP)),
      this.tool("Zoom out", "−", () => this.zoom(ZOOM_STEP)),
      this.tool("Show all", "⤢", () => this.showAll()),
    );
    this.element = h("div", { className: "zs-map" }, h("div", { className: "zs-stage" }, this.flock.element, this.plot, this.overlay, tools), this.legend);
    this.remembered = remembered;
  }

  /** Draws for the first time. The element must be in the document, because Plotly measures it. */
  async start() {
    const distances = this.points.places.map(Math.abs).sort();
    this.all = square(MARGIN_AROUND * reach(distances, 1));
    this.home = square(MARGIN_AROUND * reach(distances, AT_FIRST));
    const { x = this.home.x, y = this.home.y } = this.remembered.view ?? {};
    this.colours = themeOf(this.element);
    await this.plotly.newPlot(this.plot, this.traces(), this.layout(x, y), {
      displayModeBar: false,
      doubleClick: false,
      scrollZoom: true,
      showTips: false,
    });
    this.fillLegend();
    this.listen();
    this.drawLabels();
    this.redraw();
  }

  destroy() {
    this.resizing?.disconnect();
    this.listening?.abort();
    cancelAnimationFrame(this.resizeFrame);
    clearTimeout(this.resting);
    this.plotly.purge(this.plot);
  }

  /** What a page switch should find again. */
  get state() {
    const view = this.axes && { x: [...this.axes.x.range], y: [...this.axes.y.range] };
    return { view, hidden: [...this.hidden], cursor: this.cursor };
  }

  colourOf(label) {
    if (label < 0) return this.colours.text;
    const ten = this.classes.length <= 10;
    if (!ten) return `hsl(${(label * 360) / this.classes.length} 65% ${this.colours.dark ? 65 : 45}%)`;
    return (this.colours.dark && TEN_ON_DARK[label]) || TEN[label];
  }

  /** The visible point that is nearest to z: { index, label, distance }, or null where all are hidden. */
  nearest(z) {
    let best = null;
    let least = Infinity;
    for (const { label, x, y, index } of this.groups) {
      if (this.hidden.has(label)) continue;
      for (let i = 0; i < x.length; i++) {
        const dx = x[i] - z[0];
        const dy = y[i] - z[1];
        const squared = dx * dx + dy * dy;
        if (squared < least) {
          least = squared;
          best = { index: index[i], label };
        }
      }
    }
    return best && { ...best, distance: Math.sqrt(least) };
  }

  /** The latent of point `index`. */
  pointAt(index) {
    return [this.points.mean[2 * index], this.points.mean[2 * index + 1]];
  }

  nameOf(label) {
    return label < 0 ? "no label" : this.classes[label];
  }

  /** Moves the cursor to z and tells the listener. */
  moveTo(z) {
    this.cursor = z;
    this.pointed = true;
    this.near = this.nearest(z);
    this.listener.moved(z, this.near);
    this.drawCursor();
  }

  /** Moves every point: `mean` has shape (N * 2). */
  move(mean) {
    this.points.mean = mean;
    for (const { index, x, y } of this.groups) {
      for (let i = 0; i < index.length; i++) {
        x[i] = mean[2 * index[i]];
        y[i] = mean[2 * index[i] + 1];
      }
    }
    this.moving = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
    this.near = this.nearest(this.cursor);
    this.showMoving();
    this.drawLabels();
    this.redraw();
  }

  /** Hands the points back to Plotly, once they have stopped. */
  async rest() {
    await this.plotly.restyle(this.plot, { x: this.groups.map(({ x }) => x), y: this.groups.map(({ y }) => y) });
    this.moving = false;
    this.showMoving();
  }

  showMoving() {
    this.flock.element.hidden = !this.moving;
    this.element.classList.toggle("zs-moving", this.moving);
  }

  drawMoving() {
    const { x: across, y: up } = this.axes;
    const groups = this.groups.filter(({ label }) => !this.hidden.has(label)).map(({ label, x, y }) => ({ x, y, colour: rgbOf(this.colourOf(label)) }));
    const box = [across._offset, up._offset, across._length, up._length];
    // Affine, so two places say where all the others go.
    const [[left, top], [right, bottom]] = [this.toPixels([0, 0]), this.toPixels([1, 1])];
    const frame = { left, top, width: right - left, height: bottom - top };
    this.flock.draw(groups, frame, box, this.pointSize, this.pointOpacity, this.colours.background);
  }

  /** Draws what lies over the points: { pins: [{ z, name, active }], rings: [z], active: index of a ring, path: [z], at: z }. */
  draw(marks) {
    this.marks = marks;
    if (this.axes) this.redraw();
  }

  /** Takes on the colours of the page if they have changed. */
  retheme() {
    const colours = themeOf(this.element);
    if (!this.axes || JSON.stringify(colours) === JSON.stringify(this.colours)) return;
    this.colours = colours;
    const { x, y } = this.state.view;
    this.plotly.react(this.plot, this.traces(), this.layout(x, y));
    this.fillLegend();
    this.drawLabels();
    this.redraw();
  }

  // Coordinates. Ranges rather than Plotly's own conversion, because it lags behind while the wheel turns.

  get axes() {
    const layout = this.plot._fullLayout;
    return layout && layout.xaxis && layout.xaxis._length ? { x: layout.xaxis, y: layout.yaxis } : null;
  }

  toPixels([x, y]) {
    const { x: across, y: up } = this.axes;
    return [
      across._offset + ((x - across.range[0]) / (across.range[1] - across.range[0])) * across._length,
      up._offset + ((up.range[1] - y) / (up.range[1] - up.range[0])) * up._length,
    ];
  }

  toLatent([left, top]) {
    const { x: across, y: up } = this.axes;
    return [
      across.range[0] + ((left - across._offset) / across._length) * (across.range[1] - across.range[0]),
      up.range[1] - ((top - up._offset) / up._length) * (up.range[1] - up.range[0]),
    ];
  }

  /** The latent under a pointer event, or null beside the axes. */
  latentAt(event) {
    if (!this.axes) return null;
    const box = this.plot.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    const { x: across, y: up } = this.axes;
    const inside =
      left >= across._offset && left <= across._offset + across._length && top >= up._offset && top <= up._offset + up._length;
    return inside ? this.toLatent([left, top]) : null;
  }

  // Plotly

  traces() {
    return this.groups.map(({ label, x, y }) => ({
      type: "scattergl",
      mode: "markers",
      name: this.nameOf(label),
      x,
      y,
      visible: !this.hidden.has(label),
      marker: { color: this.colourOf(label), size: this.pointSize, opacity: this.pointOpacity },
    }));
  }

  /** Diameter of a point in px: the more there are, the smaller. */
  get pointSize() {
    return Math.min(8, Math.max(2.5, 9 - 1.3 * Math.log10(Math.max(10, this.points.label.length / 4))));
  }

  get pointOpacity() {
    return this.colours.dark ? 0.75 : 0.7;
  }

  layout(x, y) {
    const { text, grid, line, font } = this.colours;
    const axis = (title, range, more) => ({
      title: { text: title, standoff: 6, font: { size: 13 } },
      range,
      gridcolor: grid,
      zerolinecolor: line,
      zerolinewidth: 1,
      tickfont: { size: 11 },
      nticks: 9,
      ...more,
    });
    return {
      autosize: false,
      width: this.plot.clientWidth,
      height: this.plot.clientHeight,
      margin: MARGIN,
      showlegend: false,
      hovermode: false,
      dragmode: "pan",
      uirevision: "always",
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: font, color: text },
      xaxis: axis("z₁", [...x]),
      // One unit is as long across as up, so that distances on the screen are distances in the plane.
      yaxis: axis("z₂", [...y], { scaleanchor: "x" }),
    };
  }

  zoom(factor, around = this.cursor) {
    const scale = (range, centre) => range.map((end) => centre + (end - centre) * factor);
    const { x, y } = this.axes;
    this.setView(scale(x.range, around[0]), scale(y.range, around[1]));
  }

  /** Brings a view that shows next to nothing, or a speck, back to where there is something to see. */
  limitZoom() {
    const [left, right] = this.axes.x.range;
    const [bottom, top] = this.axes.y.range;
    const widest = ZOOM_OUT * (this.all.x[1] - this.all.x[0]);
    const factor = Math.min(widest, Math.max(widest / ZOOM_RANGE, right - left)) / (right - left);
    if (Math.abs(factor - 1) > 0.01) this.zoom(factor, [(left + right) / 2, (bottom + top) / 2]);
  }

  /** The place under a pointer that rests is another one after a zoom. */
  follow() {
    const z = this.pointer && this.latentAt(this.pointer);
    if (z && Math.hypot(z[0] - this.cursor[0], z[1] - this.cursor[1]) > 0) this.moveTo(z);
  }

  showAll() {
    this.setView(this.all.x, this.all.y);
  }

  setView(x, y) {
    this.plotly.relayout(this.plot, { "xaxis.range": [...x], "yaxis.range": [...y] });
  }

  // The legend

  fillLegend() {
    this.legend.replaceChildren(
      ...this.groups.map(({ label }) => {
        const item = h(
          "button",
          { type: "button", className: "zs-class", "aria-pressed": String(!this.hidden.has(label)), title: "Click to hide or show, double-click for this one alone" },
          h("span", { className: "zs-swatch" }),
          this.nameOf(label),
        );
        item.style.setProperty("--zs-class-colour", this.colourOf(label));
        item.onclick = () => {
          if (!this.hidden.delete(label)) this.hidden.add(label);
          this.showClasses();
        };
        item.ondblclick = () => {
          const others = this.groups.map((group) => group.label).filter((other) => other !== label);
          const alone = others.every((other) => this.hidden.has(other));
          this.hidden = new Set(alone ? [] : others);
          this.showClasses();
        };
        return item;
      }),
    );
  }

  showClasses() {
    this.groups.forEach(({ label }, place) => {
      this.legend.children[place].setAttribute("aria-pressed", String(!this.hidden.has(label)));
    });
    this.plotly.restyle(this.plot, { visible: this.groups.map(({ label }) => !this.hidden.has(label)) });
    this.drawLabels();
    this.redraw();
    if (this.pointed) this.moveTo(this.cursor); // the nearest point may be another now
    this.listener.changed();
  }

  tool(title, text, action) {
    return h("button", { type: "button", className: "zs-tool", title, "aria-label": title, onclick: action }, text);
  }

  // What lies over the points

  drawLabels() {
    this.labels = this.groups
      .filter(({ label }) => label >= 0 && !this.hidden.has(label) && this.classes.length <= 20)
      .map(({ label, x, y }) => ({ text: svg("text", { class: "zs-label" }, this.nameOf(label)), z: [median(x), median(y)] }));
    this.layers.labels.replaceChildren(...this.labels.map(({ text }) => text));
  }

  redraw() {
    if (!this.axes) return;
    const { x: across, y: up } = this.axes;
    this.overlay.style.clipPath = `inset(${up._offset}px calc(100% - ${across._offset + across._length}px) calc(100% - ${up._offset + up._length}px) ${across._offset}px)`;
    if (this.moving) this.drawMoving();
    const spots = spread(this.labels.map(({ z }) => this.toPixels(z)), LABEL_GAP);
    this.labels.forEach(({ text }, index) => place(text, spots[index]));

    const { pins = [], rings = [], active = -1, path = [], at = null } = this.marks;
    this.layers.pins.replaceChildren(
      ...pins.map(({ z, name, active: chosen }) =>
        place(
          svg("g", { class: chosen ? "zs-pin zs-active" : "zs-pin" }, svg("circle", { r: 9 }), svg("text", {}, name)),
          this.toPixels(z),
        ),
      ),
    );
    this.layers.rings.replaceChildren(
      ...rings.map((z, index) => place(svg("circle", { r: index === active ? 8 : 4, class: index === active ? "zs-active" : "" }), this.toPixels(z))),
    );
    const line = path.map((z) => this.toPixels(z).map((value) => value.toFixed(1)).join(",")).join(" ");
    this.layers.path.replaceChildren(
      ...(path.length ? [svg("polyline", { points: line, class: "zs-halo" }), svg("polyline", { points: line })] : []),
      ...(at ? [place(svg("circle", { r: 6 }), this.toPixels(at))] : []),
    );
    this.drawCursor();
  }

  drawCursor() {
    if (!this.axes || !this.pointed) return;
    if (!this.cursorMark) {
      this.cursorMark = svg("g", {}, svg("circle", { r: 7, class: "zs-halo" }), svg("circle", { r: 7 }));
      this.nearMark = svg("circle", { r: 5, class: "zs-near" });
      this.layers.cursor.replaceChildren(this.nearMark, this.cursorMark);
    }
    place(this.cursorMark, this.toPixels(this.cursor));
    this.nearMark.style.display = this.near ? "" : "none";
    if (this.near) {
      this.nearMark.style.stroke = this.colourOf(this.near.label);
      place(this.nearMark, this.toPixels(this.pointAt(this.near.index)));
    }
  }

  // Pointer, fingers, keys

  listen() {
    const { plot } = this;
    for (const event of ["plotly_relayouting", "plotly_afterplot"]) plot.on(event, () => this.redraw());
    plot.on("plotly_relayout", () => {
      this.limitZoom();
      this.redraw();
      this.follow();
      this.listener.changed();
    });

    this.listening = new AbortController();
    let down = null;
    const fingers = new Map();
    plot.addEventListener(
      "pointermove",
      (event) => {
        this.pointer = event.pointerType === "mouse" ? { clientX: event.clientX, clientY: event.clientY } : null;
        if (fingers.has(event.pointerId)) this.pinch(fingers, event);
        const z = fingers.size < 2 && this.latentAt(event);
        if (z) this.moveTo(z);
      },
      true,
    );
    plot.addEventListener(
      "pointerdown",
      (event) => {
        down = { x: event.clientX, y: event.clientY, inside: Boolean(this.latentAt(event)) };
        if (event.pointerType !== "touch") return;
        fingers.set(event.pointerId, [event.clientX, event.clientY]);
        const z = fingers.size < 2 && this.latentAt(event);
        if (z) this.moveTo(z);
      },
      true,
    );
    // On the window, because Plotly lays a sheet over everything while a button is down.
    window.addEventListener(
      "pointerup",
      (event) => {
        const alone = fingers.size < 2;
        fingers.delete(event.pointerId);
        const still = down?.inside && Math.hypot(event.clientX - down.x, event.clientY - down.y) <= CLICK_RADIUS;
        down = null;
        const z = still && alone && event.button === 0 && this.latentAt(event);
        if (z) {
          this.moveTo(z);
          this.listener.clicked(z, this.near);
        }
      },
      { capture: true, signal: this.listening.signal },
    );
    plot.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId), true);
    plot.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.listener.changed();
    });
    // One finger reads the map as the pointer does, so Plotly must not see it and pan, nor the page where it shouldn't scroll.
    plot.addEventListener(
      "touchstart",
      (event) => {
        event.stopPropagation();
        if (getComputedStyle(plot).touchAction === "none") event.preventDefault();
      },
      { capture: true, passive: false },
    );
    plot.addEventListener("keydown", (event) => this.key(event));

    this.resizing = new ResizeObserver(() => {
      cancelAnimationFrame(this.resizeFrame);
      this.resizeFrame = requestAnimationFrame(() => {
        const { clientWidth: width, clientHeight: height } = plot;
        const { width: oldWidth, height: oldHeight } = plot._fullLayout ?? {};
        if (width && height && (width !== oldWidth || height !== oldHeight)) this.plotly.relayout(plot, { width, height });
      });
    });
    this.resizing.observe(plot);
  }

  /** Two fingers zoom around the place between them. */
  pinch(fingers, event) {
    const spread = () => {
      const [[ax, ay], [bx, by]] = fingers.values();
      return { width: Math.hypot(ax - bx, ay - by), clientX: (ax + bx) / 2, clientY: (ay + by) / 2 };
    };
    const before = fingers.size === 2 ? spread() : null;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!before) return;
    const after = spread();
    const around = this.latentAt(after);
    if (around && before.width > 0 && after.width > 0) this.zoom(before.width / after.width, around);
  }

  key(event) {
    const step = KEY_STEP * (event.shiftKey ? 5 : 1);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) {
      const [left, top] = this.toPixels(this.cursor);
      const [dx, dy] = moves[event.key];
      const { x: across, y: up } = this.axes;
      const within = (value, { _offset, _length }) => Math.min(_offset + _length, Math.max(_offset, value));
      this.moveTo(this.toLatent([within(left + dx, across), within(top + dy, up)]));
      this.listener.changed();
    } else if (event.key === "Enter" || event.key === " ") this.listener.clicked(this.cursor, this.nearest(this.cursor));
    else if (event.key === "+" || event.key === "=") this.zoom(1 / ZOOM_STEP);
    else if (event.key === "-") this.zoom(ZOOM_STEP);
    else if (event.key === "0") this.showAll();
    else return;
    event.preventDefault();
  }
}

function place(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  return element;
}

/** The points of each class that has any: { label, x, y, index }. */
function groupByClass({ mean, label }, classes) {
  const groups = new Map();
  for (let i = 0; i < label.length; i++) {
    if (!groups.has(label[i])) groups.set(label[i], []);
    groups.get(label[i]).push(i);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([name, index]) => ({
      label: name,
      index: Int32Array.from(index),
      x: Float32Array.from(index, (i) => mean[2 * i]),
      y: Float32Array.from(index, (i) => mean[2 * i + 1]),
    }));
}

/** Of distances in ascending order, the one that this share of them keeps within, and at least half the prior's standard deviation. */
function reach(distances, share) {
  return Math.max(0.5, distances[Math.floor(share * (distances.length - 1))]);
}

/** Ranges with the origin in the middle, where the prior has its. */
function square(side) {
  const range = [-side, side];
  return { x: range, y: range };
}

/** Pushes places apart, in pairs, until hardly any two are closer than `gap`: classes can have their middle at one place. */
function spread(places, gap) {
  const spots = places.map((place) => [...place]);
  for (let round = 0; round < 8; round++) {
    for (let i = 1; i < spots.length; i++) {
      for (let j = 0; j < i; j++) {
        const [dx, dy] = [spots[i][0] - spots[j][0], spots[i][1] - spots[j][1]];
        const distance = Math.hypot(dx, dy);
        if (distance >= gap) continue;
        const [ux, uy] = distance > 0 ? [dx / distance, dy / distance] : [1, 0];
        const push = (gap - distance) / 2;
        spots[i] = [spots[i][0] + push * ux, spots[i][1] + push * uy];
        spots[j] = [spots[j][0] - push * ux, spots[j][1] - push * uy];
      }
    }
  }
  return spots;
}

function median(values) {
  return values.slice().sort()[values.length >> 1];
}

const rgb = new Map(); // colour as CSS writes it -> [red, green, blue]

/** Red, green and blue of any colour, as the browser understands it. */
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
    background: [red, green, blue],
    text: value("--st-text-color", "#1d2433"),
    grid: dark ? "rgba(255,255,255,0.07)" : "rgba(20,30,60,0.07)",
    line: dark ? "rgba(255,255,255,0.22)" : "rgba(20,30,60,0.22)",
    font: value("--st-font", "sans-serif"),
  };
}
