// The plane: the points in Plotly (WebGL), what is drawn over them, and the pointer.
// It knows coordinates and classes; what a place looks like decoded is the panels' business.

import { Crowd } from "./crowd.js";
import { h, svg } from "./dom.js";
import { Flock } from "./flock.js";
import { Layers } from "./layers.js";
import { inside, Marquee, SHAPES } from "./selection.js";
import { MOST_THUMBS } from "./thumbs.js";

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
const LIT = 0.95; // opacity of points that are selected
const FAINT = 0.12; // opacity of points that aren't selected while others are
const DWELL = 400; // ms that the pointer rests before a point near it shows its card
const NEAR = 12; // px that count as near
const FAR = 2.5; // times what nearly all points keep within: further out they need not be told apart
const LEAST_REACH = 0.5; // standard deviations of the prior that a view holds at least
const MARGIN_AROUND = 1.06;
const MARGIN = { l: 44, r: 12, t: 12, b: 40 };

export class Plane {
  /**
   * `points`: { mean: Float32Array (N * 2), label: Int32Array (N), reach: what nearly all coordinates and what all of them
   * keep within at any beta, beta: that the points are at }, `classes`: names of the labels.
   * `listener`: { moved(z, nearest), clicked(z, nearest), drew(polygon), escaped(), changed() }, called as the pointer, a finger or the
   * keyboard acts.
   */
  constructor(plotly, points, classes, alt, remembered, listener) {
    this.beta = points.beta;
    this.plotly = plotly;
    this.points = points;
    this.classes = classes;
    this.listener = listener;
    this.cursor = remembered.cursor ?? [0, 0];
    this.hidden = new Set(remembered.hidden ?? []);
    const [nearly, all] = points.reach.map((most) => Math.max(LEAST_REACH, most));
    this.crowd = new Crowd(points, Math.min(all, FAR * nearly));
    this.marks = {};

    this.plot = h("div", {
      className: "zs-plot",
      tabIndex: 0,
      role: "application",
      "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 shows all; B and L select with a box or a lasso, Escape ends it.`,
    });
    this.flock = new Flock();
    this.overlay = svg("svg", { class: "zs-overlay", "aria-hidden": "true" });
    this.layers = {};
    for (const name of ["circles", "labels", "path", "rings", "pins", "spread", "cursor", "outline"]) {
      this.overlay.append((this.layers[name] = svg("g", { class: `zs-${name}` })));
    }
    this.legend = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
    this.chosen = new Layers(() => this.showLayers());
    const tools = h(
      "div",
      { className: "zs-tools" },
      this.tool("Zoom in", "+", () => this.zoom(1 / ZOOM_STEP)),
      this.tool("Zoom out", "−", () => this.zoom(ZOOM_STEP)),
      this.tool("Show all", "⤢", () => this.showAll()),
      this.chosen.card.button,
    );
    this.ground = h("div", { className: "zs-ground" }); // for what lies behind the points
    this.shapes = h("div", { className: "zs-tools zs-shapes", hidden: true });
    this.marquee = new Marquee(this, (polygon) => this.listener.drew(polygon));
    this.layers.outline.append(this.marquee.outline);
    this.over = h("div", { className: "zs-over" }); // for what lies over the points
    this.stage = h("div", { className: "zs-stage" }, this.ground, this.flock.element, this.plot, this.over, this.overlay, this.marquee.element, tools, this.shapes, this.chosen.card.element);
    this.foot = h("div", {}); // for what explains an overlay
    this.element = h("div", { className: "zs-map" }, this.stage, this.legend, this.foot);
    this.remembered = remembered;
  }

  /** Draws for the first time. The element must be in the document, because Plotly measures it. */
  async start() {
    [this.home, this.all] = this.points.reach.map((most) => square(MARGIN_AROUND * Math.max(LEAST_REACH, most)));
    const { x = this.home.x, y = this.home.y } = this.remembered.view ?? {};
    this.colours = themeOf(this.element);
    this.crowd.look({ x, y }, Math.min(this.plot.clientWidth / (x[1] - x[0]), this.plot.clientHeight / (y[1] - y[0])));
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

  /** Draws a terrain and an overlay behind the points from now on; `overlays`: names of those that make sense. */
  lay(terrain, overlay, overlays) {
    [this.terrain, this.field] = [terrain, overlay];
    this.ground.replaceChildren(overlay.element, terrain.element);
    this.foot.replaceChildren(overlay.bar);
    this.chosen.start(this.stage.clientWidth, overlays);
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
    const buttons = Object.entries(SHAPES).map(([shape, { title, icon, key }]) => {
      const button = this.tool(`${title} (${key})`, icon, () => this.use(shape));
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
    this.plot.focus({ preventScroll: true }); // so that Esc and the other keys are heard
  }

  /** The visible points inside a polygon, by index. */
  within(polygon) {
    const found = [];
    this.crowd.every((index, label, x, y) => {
      if (!this.hidden.has(label) && inside(polygon, x, y)) found.push(index);
    });
    return found.sort((a, b) => a - b);
  }

  /** Makes the points that aren't `chosen` faint, or none if none is chosen. */
  highlight(chosen) {
    this.lit = chosen.length ? new Uint8Array(this.points.label.length) : null; // 1 for each that is chosen
    for (const index of chosen) this.lit[index] = 1;
    this.plotly.restyle(this.plot, { selectedpoints: this.crowd.groups.map((group) => this.litOf(group)) });
    this.redraw();
  }

  /** Positions in a group of the points that are chosen, or null where none is. */
  litOf({ index }) {
    if (!this.lit) return null;
    const places = [];
    index.forEach((point, place) => this.lit[point] && places.push(place));
    return places;
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
    const show = () => this.card.show(this.near, spot, { width: this.stage.clientWidth, height: this.stage.clientHeight });
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
    this.field?.set({ name: overlay, strength: cover, dark, classes, home: this.home });
    this.redraw();
  }

  destroy() {
    this.terrain?.destroy();
    this.thumbs?.destroy();
    clearTimeout(this.dwelling);
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
    return this.crowd.nearest(z, this.hidden, this.moving);
  }

  /** The latent of point `index`. */
  pointAt(index) {
    return this.crowd.placeOf(index);
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

  /** Moves points to where they lie at a beta: `mean` (N * 2) of all of them, or of those in `some` (N). */
  move(mean, beta, some) {
    this.beta = beta;
    this.crowd.move(mean, some);
    this.moving = true;
    this.undwell();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
    this.near = this.nearest(this.cursor);
    this.showMoving();
    this.drawLabels();
    this.redraw();
  }

  /** Hands the points back to Plotly, once they have stopped. */
  async rest() {
    this.crowd.settle();
    this.look();
    await this.refill();
    this.moving = false;
    this.near = this.nearest(this.cursor); // among all points, another one may be
    if (this.pointed) this.listener.moved(this.cursor, this.near);
    this.showMoving();
    this.redraw();
  }

  /** Draws the points that the view needs; returns whether they are others than before. */
  look() {
    const { x, y } = this.state.view;
    return this.crowd.look({ x, y }, this.frame.width);
  }

  refill() {
    const { groups } = this.crowd;
    const selectedpoints = groups.map((group) => this.litOf(group));
    return this.plotly.restyle(this.plot, { x: groups.map(({ x }) => x), y: groups.map(({ y }) => y), selectedpoints });
  }

  /** All points have come, at the beta where it rests. */
  async replace(mean) {
    clearTimeout(this.resting);
    this.crowd.replace(mean);
    this.drawLabels();
    await this.rest();
  }

  showMoving() {
    this.flock.element.hidden = !this.moving;
    this.element.classList.toggle("zs-moving", this.moving);
  }

  drawMoving() {
    const groups = this.crowd.groups
      .filter(({ label }) => !this.hidden.has(label))
      .map(({ label, index, x, y }) => ({ x, y, index, colour: rgbOf(this.colourOf(label)) }));
    this.flock.draw(groups, this.frame, this.box, this.pointSize, { usual: this.pointOpacity, lit: LIT, faint: FAINT }, this.lit);
  }

  /** What can be seen of the plane, [left, top, width, height] in px. */
  get box() {
    const { x: across, y: up } = this.axes;
    return [across._offset, up._offset, across._length, up._length];
  }

  /** A place of the plane lies at (left + x width, top + y height), in px. */
  get frame() {
    // Affine, so two places say where all the others go.
    const [[left, top], [right, bottom]] = [this.toPixels([0, 0]), this.toPixels([1, 1])];
    return { left, top, width: right - left, height: bottom - top };
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
    this.showLayers();
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
    return this.crowd.groups.map((group) => this.trace(group));
  }

  trace(group) {
    const { label, x, y } = group;
    return {
      type: "scattergl",
      mode: "markers",
      name: this.nameOf(label),
      x,
      y,
      visible: !this.hidden.has(label),
      marker: { color: this.colourOf(label), size: this.pointSize, opacity: this.pointOpacity },
      selectedpoints: this.litOf(group),
      selected: { marker: { opacity: LIT } },
      unselected: { marker: { opacity: FAINT } },
    };
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

  /** Moves a place into view, if it isn't there. */
  reveal(z) {
    const { x, y } = this.axes;
    const shift = (range, value) => {
      const middle = (range[0] + range[1]) / 2;
      return value > range[0] && value < range[1] ? range : range.map((end) => end - middle + value);
    };
    this.setView(shift(x.range, z[0]), shift(y.range, z[1]));
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
      ...this.crowd.groups.map(({ label }) => {
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
          const others = this.crowd.groups.map((group) => group.label).filter((other) => other !== label);
          const alone = others.every((other) => this.hidden.has(other));
          this.hidden = new Set(alone ? [] : others);
          this.showClasses();
        };
        return item;
      }),
    );
  }

  showClasses() {
    this.crowd.groups.forEach(({ label }, place) => {
      this.legend.children[place].setAttribute("aria-pressed", String(!this.hidden.has(label)));
    });
    this.plotly.restyle(this.plot, { visible: this.crowd.groups.map(({ label }) => !this.hidden.has(label)) });
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
    this.labels = this.crowd.groups
      .filter(({ label }) => label >= 0 && !this.hidden.has(label) && this.classes.length <= 20)
      .map(({ label }) => ({ text: svg("text", { class: "zs-label" }, this.nameOf(label)), z: this.crowd.middleOf(label) }));
    this.layers.labels.replaceChildren(...this.labels.map(({ text }) => text));
  }

  redraw() {
    if (!this.axes) return;
    const { x: across, y: up } = this.axes;
    this.overlay.style.clipPath = `inset(${up._offset}px calc(100% - ${across._offset + across._length}px) calc(100% - ${up._offset + up._length}px) ${across._offset}px)`;
    if (this.moving) this.drawMoving();
    this.terrain?.draw(this.frame, this.box, this.beta);
    this.field?.draw(this.frame, this.box, this.beta, this.moving);
    this.drawCircles();
    this.drawThumbs();
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

  /** One, two and three standard deviations of the prior. */
  drawCircles() {
    const shown = this.chosen.settings.circles;
    const [left, top] = this.toPixels([0, 0]);
    const unit = this.toPixels([1, 0])[0] - left;
    this.layers.circles.replaceChildren(
      ...(shown ? [1, 2, 3] : []).flatMap((sigma) => [
        svg("circle", { cx: left, cy: top, r: sigma * unit }),
        place(svg("text", {}, `${sigma}σ`), [left, top - sigma * unit]),
      ]),
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
    const [[left, right], [bottom, top]] = [this.axes.x.range, this.axes.y.range];
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
    const { width, height } = this.frame;
    this.ellipses.forEach((ellipse, place) => {
      const radii = { cx: left, cy: top, rx: (place + 1) * std[0] * width, ry: (place + 1) * std[1] * -height };
      for (const [name, value] of Object.entries(radii)) ellipse.setAttribute(name, value.toFixed(1));
      ellipse.style.stroke = this.colourOf(this.near.label);
    });
  }

  drawCursor() {
    if (!this.axes || !this.pointed) return;
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

  // Pointer, fingers, keys

  listen() {
    const { plot } = this;
    for (const event of ["plotly_relayouting", "plotly_afterplot"]) plot.on(event, () => this.redraw());
    plot.on("plotly_relayout", () => {
      this.limitZoom();
      if (!this.moving && this.look()) this.refill();
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
        if (z && this.pointer && event.buttons === 0) this.dwell();
        else this.undwell();
      },
      true,
    );
    plot.addEventListener(
      "pointerdown",
      (event) => {
        this.undwell();
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
    plot.addEventListener("wheel", () => this.undwell(), { capture: true, passive: true });
    plot.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.undwell();
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
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
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
    else if (event.key === "Escape") this.listener.escaped();
    else if (Object.values(SHAPES).some(({ key }) => key === event.key)) this.use(Object.keys(SHAPES).find((shape) => SHAPES[shape].key === event.key));
    else return;
    event.preventDefault();
  }
}

function place(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  return element;
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
    ink: rgbOf(value("--st-text-color", "#1d2433")),
    text: value("--st-text-color", "#1d2433"),
    grid: dark ? "rgba(255,255,255,0.07)" : "rgba(20,30,60,0.07)",
    line: dark ? "rgba(255,255,255,0.22)" : "rgba(20,30,60,0.22)",
    font: value("--st-font", "sans-serif"),
  };
}
