// The plane: its points, what is drawn around them, and the pointer.
// It knows coordinates and classes; what a place looks like decoded is the panels' business.

import { Crowd } from "../geometry/crowd.js";
import { inside, Marquee, SHAPES } from "../geometry/selection.js";
import { View } from "../geometry/view.js";
import { Axes } from "../render/axes.js";
import { Flock } from "../render/flock.js";
import { Scatter } from "../render/scatter.js";
import { MOST_THUMBS } from "../render/thumbs.js";
import { h, svg } from "../shared/dom.js";
import { ALL_KEY, Gestures } from "./gestures.js";
import { KeySheet } from "./keys.js";
import { Layers } from "./layers.js";

// Ten colours that keep apart with colour-blindness as well, in an order made for that
// (Accessible Color Sequences for Data Visualization, Petroff, 2021, https://arxiv.org/abs/2107.02270).
const TEN = [
  "#3f90da",
  "#ffa90e",
  "#bd1f01",
  "#94a4a2",
  "#832db6",
  "#a96b59",
  "#e76300",
  "#b9ac70",
  "#717581",
  "#92dadd",
];
// The same on a dark ground, where red, violet and slate would sink: only those are lighter.
const TEN_ON_DARK = { 2: "#f0503a", 4: "#b77be0", 8: "#9a9fae" };

const ZOOM_STEP = 1.5;
const LABEL_GAP = 24; // px between the names of two classes, from middle to middle, one above the other
const LETTER = 11.5; // px that a letter of them takes, about
const SPREADING = 16; // rounds in which names make room for each other
const REST = 250; // ms in which nothing moves, nor the pointer, after which Plotly draws the points again
const UNUSED = 800; // ms in which nobody moves anything before the page may be kept busy
const LIT = 0.95; // opacity of points that are selected
const FAINT = 0.12; // opacity of points that aren't selected while others are
const DWELL = 400; // ms that the pointer rests before a point near it shows its card
const NEAR = 12; // px that count as near
const FAR = 2.5; // times what nearly all points keep within: further out they need not be told apart
const LEAST_REACH = 0.5; // standard deviations of the prior that a view holds at least
const MARGIN_AROUND = 0.04; // of what a view holds, on either side
const NARROW = 0.05; // of the posteriors, those that the closest look is as wide as a standard deviation of
const CLOSE_LOOK = [0.001, 0.02]; // of the opening view, that it is as wide as at least and at most
const SOME = 1000; // posteriors by which that is found
const MOVE = 900; // ms in which points go over into another plane
const BEHIND = 700; // ms after which it is said that points stay behind what is decoded

export class Plane {
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
    // The image that the cursor begins at, and stays at until somebody points elsewhere.
    this.image = remembered.cursor ? remembered.image : points.start;
    if (this.image !== undefined && !this.has(this.image)) this.image = undefined;
    this.cursor = remembered.cursor ?? (this.image === undefined ? [0, 0] : this.pointAt(this.image));
    this.view = new View({ ...this.home, ...remembered.view }, this.all, this.closest, {
      moved: () => this.viewMoved(),
      rested: () => this.viewRests(),
    });
    this.axes = new Axes();
    this.marks = {};

    this.plot = h("div", {
      className: "zs-plot",
      tabIndex: 0,
      role: "application",
      "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 returns to the opening view, A shows all points; B and L select with a box or a lasso, Escape ends it; question mark lists all keys.`,
    });
    this.flock = new Flock();
    this.overlay = svg("svg", { class: "zs-overlay", "aria-hidden": "true" });
    this.layers = {};
    for (const name of ["circles", "labels", "trails", "path", "rings", "pins", "spread", "cursor", "outline"]) {
      this.overlay.append((this.layers[name] = svg("g", { class: `zs-${name}` })));
    }
    this.legend = h("div", { className: "zs-legend", role: "group", "aria-label": "Classes shown" });
    this.chosen = new Layers(() => this.showLayers());
    this.keys = new KeySheet(() => ({
      shapes: !this.shapes.hidden,
      beta: Boolean(this.element.parentElement?.querySelector(".zs-beta input")),
    }));
    const tools = h(
      "div",
      { className: "zs-tools" },
      this.tool("Zoom in", "+", () => this.zoomIn()),
      this.tool("Zoom out", "−", () => this.zoomOut()),
      this.tool("Opening view (0)", "⌂", () => this.open()),
      this.tool(`Show all (${ALL_KEY.toUpperCase()})`, "⤢", () => this.showAll()),
      this.chosen.card.button,
      this.keys.button,
    );
    this.ground = h("div", { className: "zs-ground" }); // for what lies behind the points
    this.shapes = h("div", { className: "zs-tools zs-shapes", hidden: true });
    this.marquee = new Marquee(this, (polygon) => this.listener.drew(polygon));
    this.layers.outline.append(this.marquee.outline);
    this.over = h("div", { className: "zs-over" }); // for what lies over the points
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
      this.keys.element,
    );
    this.foot = h("div", { className: "zs-foot" }); // for what explains an overlay
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
    const some = Float32Array.from({ length: Math.floor((std?.length ?? 0) / step) }, (_, n) => std[n * step])
      .filter((value) => !Number.isNaN(value))
      .sort();
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
    this.foot.replaceChildren(...(overlay ? [overlay.bar] : []));
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
    this.crowd.visit((index, label, x, y) => {
      if (!this.hidden.has(label) && inside(polygon, x, y)) found.push(index);
    });
    return found.sort((a, b) => a - b);
  }

  /** Makes the points that aren't `chosen` faint, or none if none is chosen. */
  highlight(chosen) {
    this.lit = chosen.length ? new Uint8Array(this.points.label.length) : null; // 1 for each that is chosen
    for (const index of chosen) this.lit[index] = 1;
    this.touch();
    this.redraw();
  }

  /** Positions in a group of the points that are chosen, or null where none is. */
  litOf({ index }) {
    if (!this.lit) return null;
    const places = [];
    for (let place = 0; place < index.length; place++) if (this.lit[index[place]]) places.push(place);
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
      space: this.space.name,
    };
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
  lift(place) {
    const { image, cursor } = this;
    if (image !== undefined && String(place) === String(cursor) && String(this.pointAt(image)) === String(cursor))
      return { z: Array.from(this.latentOf(image)), trust: 1, own: true };
    const z = new Array(this.space.dims);
    return { z, trust: this.space.lift(place, z) };
  }

  nameOf(label) {
    return label < 0 ? "no label" : this.classes[label];
  }

  /** Moves the cursor to z and tells the listener. */
  moveTo(z) {
    if (String(z) !== String(this.cursor)) this.image = undefined;
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
    const say = (text) => (this.behind.textContent = text);
    if (there === here) say("");
    else
      this.saying = setTimeout(
        say,
        this.behind.textContent ? 0 : BEHIND,
        `Points as at β ${there}, pictures at β ${here}`,
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
    this.near = this.nearest(this.cursor); // among all points, another one may be
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
    this.traces = undefined;
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
      selected: this.litOf(group),
    }));
    const drawn = await this.scatter?.draw(this.traces, this.view, {
      size: this.pointSize,
      opacity: this.pointOpacity,
      lit: LIT,
      faint: FAINT,
    });
    if (drawn === false) this.keepLoose();
    this.showLoose(); // loose again, if something has changed meanwhile
  }

  /** Plotly cannot draw here, so the flock does for good. */
  keepLoose() {
    this.scatter?.destroy();
    this.scatter = undefined;
    this.loosen();
    this.redraw();
  }

  showLoose() {
    this.flock.element.hidden = !this.loose;
    this.element.classList.toggle("zs-loose", this.loose);
  }

  drawLoose() {
    this.stale = false;
    const groups = this.crowd.groups
      .filter(({ label }) => !this.hidden.has(label))
      .map(({ label, index, x, y }) => ({ x, y, index, colour: rgbOf(this.colourOf(label)) }));
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
    if (this.pointed && this.digits !== this.view.digits) this.moveTo(this.cursor); // which is then told more, or less, exactly
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
      left <= right
        ? around([
            [left, right],
            [bottom, top],
          ])
        : this.all,
    );
  }

  // The legend

  fillLegend() {
    const labelled = this.crowd.groups.some(({ label }) => label >= 0); // or there is nothing to tell apart
    this.legend.replaceChildren(
      ...(labelled ? this.crowd.groups : []).map(({ label }) => {
        const item = h(
          "button",
          {
            type: "button",
            className: "zs-class",
            "aria-pressed": String(!this.hidden.has(label)),
            title: "Click to hide or show, double-click for this one alone",
          },
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
    this.touch();
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
      .map(({ label }) => ({
        text: svg("text", { class: "zs-label" }, this.nameOf(label)),
        z: this.crowd.middleOf(label),
        wide: LETTER * this.nameOf(label).length,
      }));
    this.layers.labels.replaceChildren(...this.labels.map(({ text }) => text));
  }

  redraw() {
    if (!this.colours) return; // it hasn't started
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
      this.labels.map(({ wide }) => wide),
    );
    for (const [index, { text }] of this.labels.entries()) place(text, spots[index]);

    const { pins = [], rings = [], active = -1, path = [], at = null, trails = [] } = this.marks;
    this.layers.trails.replaceChildren(...trails.map((ends) => trail(...ends.map((spot) => this.toPixels(spot)))));
    this.layers.pins.replaceChildren(
      ...pins.map(({ place: spot, name, active: chosen }) =>
        place(
          svg("g", { class: chosen ? "zs-pin zs-active" : "zs-pin" }, svg("circle", { r: 9 }), svg("text", {}, name)),
          this.toPixels(spot),
        ),
      ),
    );
    this.layers.rings.replaceChildren(
      ...rings.map((z, index) =>
        place(
          svg("circle", { r: index === active ? 8 : 4, class: index === active ? "zs-active" : "" }),
          this.toPixels(z),
        ),
      ),
    );
    const line = path
      .map((z) =>
        this.toPixels(z)
          .map((value) => value.toFixed(1))
          .join(","),
      )
      .join(" ");
    this.layers.path.replaceChildren(
      ...(path.length ? [svg("polyline", { points: line, class: "zs-halo" }), svg("polyline", { points: line })] : []),
      ...(at ? [place(svg("circle", { r: 6 }), this.toPixels(at))] : []),
    );
    this.drawCursor();
  }

  /** One, two and three standard deviations of the prior. */
  drawCircles() {
    const shown = this.chosen.settings.circles;
    const [left, top] = this.toPixels(
      this.space.straight ? this.space.place(new Float32Array(this.space.dims)) : [0, 0],
    );
    const unit = this.view.frame.width;
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
    const { width } = this.view.frame; // and as much for a unit up
    const [along, beside, turn] = axesOf(std);
    this.ellipses.forEach((ellipse, place) => {
      const radii = { cx: left, cy: top, rx: (place + 1) * along * width, ry: (place + 1) * beside * width };
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
}

function trail([fromX, fromY], [toX, toY]) {
  return svg("line", { x1: fromX, y1: fromY, x2: toX, y2: toY });
}

function place(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  return element;
}

/** The axes of the ellipse with standard deviations and correlation [across, up, tilt], and by how many degrees they are turned on the
 * screen, where up is down. */
function axesOf([across, up, tilt = 0]) {
  if (!tilt) return [across, up, 0];
  const [a, b, c] = [across ** 2, up ** 2, tilt * across * up];
  const [middle, half] = [(a + b) / 2, Math.hypot((a - b) / 2, c)];
  return [Math.sqrt(middle + half), Math.sqrt(Math.max(0, middle - half)), (-90 / Math.PI) * Math.atan2(2 * c, a - b)];
}

/** What a view shows, { x, y }, to hold the ranges [x, y] with a margin. */
function around(ranges) {
  const margin = MARGIN_AROUND * Math.max(...ranges.map(([from, to]) => to - from));
  const [x, y] = ranges.map(([from, to]) => {
    const half = Math.max(LEAST_REACH, (to - from) / 2 + margin);
    return [(from + to) / 2 - half, (from + to) / 2 + half];
  });
  return { x, y };
}

/** Of the larger of the ranges { x, y }. */
function widthOf({ x, y }) {
  return Math.max(x[1] - x[0], y[1] - y[0]);
}

/** Places of names, moved apart until none covers another: each two keep out of an ellipse as wide as both names need, for boxes would
 * block each other's way. */
function spread(places, widths) {
  const spots = places.map((place) => [...place]);
  for (let round = 0, crowded = true; crowded && round < SPREADING; round++) {
    crowded = false;
    for (let i = 1; i < spots.length; i++) {
      for (let j = 0; j < i; j++) {
        const across = Math.max(LABEL_GAP, (widths[i] + widths[j]) / 2 + LABEL_GAP / 2);
        const [dx, dy] = [(spots[i][0] - spots[j][0]) / across, (spots[i][1] - spots[j][1]) / LABEL_GAP];
        const distance = Math.hypot(dx, dy);
        if (distance >= 1) continue;
        crowded = true;
        // Those in one place go where the way is shorter.
        const [ux, uy] = distance > 0 ? [dx / distance, dy / distance] : across > LABEL_GAP ? [0, 1] : [1, 0];
        const push = (1 - distance) / 2;
        spots[i] = [spots[i][0] + push * ux * across, spots[i][1] + push * uy * LABEL_GAP];
        spots[j] = [spots[j][0] - push * ux * across, spots[j][1] - push * uy * LABEL_GAP];
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
    ink: rgbOf(value("--st-text-color", "#111827")),
    text: value("--st-text-color", "#111827"),
  };
}
