// The plane: its points, what is drawn around them, and the cursor.
// It knows coordinates and classes; what a place looks like decoded is the panels' business.

import { Placement } from "../geometry/placement.js";
import { View } from "../geometry/view.js";
import { Axes } from "../render/axes.js";
import { colourOf, rgbOf, themeOf } from "../render/colours.js";
import { Marks } from "../render/marks.js";
import { MAX_THUMBS } from "../render/thumbs.js";
import { h } from "../shared/dom.js";
import { Behind } from "./behind.js";
import { Cursor } from "./cursor.js";
import { Dwell } from "./dwell.js";
import { Gestures } from "./gestures.js";
import { KeySheet } from "./keys.js";
import { Layers } from "./layers.js";
import { Legend } from "./legend.js";
import { Motion } from "./motion.js";
import { Navigation } from "./navigation.js";
import { PointLayer } from "./point_layer.js";
import { Shapes } from "./shapes.js";

const IDLE_TIME = 800; // ms in which nobody moves anything before the page may be kept busy
const MAX_NAMED = 20; // classes, whose names lie on the map

export class Plane {
  /**
   * The listener is called as the pointer, a finger or the keyboard acts, or the view glides; rested(), if there is one, as points that were on
   * the move have come to rest, and else moved().
   * @param {PlanePoints} points
   * @param {string[]} classes names of the labels
   * @param {string} alt
   * @param {PlaneState} remembered
   * @param {PlaneListener} listener
   */
  constructor(points, classes, alt, remembered, listener) {
    this.condition = points.condition;
    this.classes = classes;
    this.listener = listener;
    this.placement = new Placement(points);
    this.motion = new Motion(this);
    /** @type {Theme} */
    this.theme = { dark: false, ink: [0, 0, 0], text: "currentcolor" }; // until it starts
    this.started = false;
    this.resizing = 0;
    /** @type {PlaneMarks} */
    this.shown = {};

    const { home, all, closest } = this.placement.looks;
    this.view = new View({ ...home, ...remembered.view }, all, closest, {
      moved: () => this.viewMoved(),
      rested: () => this.viewRests(),
    });

    this.plot = h("div", {
      className: "zs-plot",
      tabIndex: 0,
      role: "application",
      "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 returns to the opening view, A shows all points; B and L select with a box or a lasso, Escape ends it; question mark lists all keys.`,
    });
    this.axes = new Axes();
    this.marks = new Marks();
    this.legend = new Legend(remembered.hidden ?? [], () => this.showClasses());
    this.chosen = new Layers(() => this.showLayers());
    this.keys = new KeySheet(() => ({
      shapes: this.shapes.offered,
      beta: Boolean(this.element.parentElement?.querySelector(".zs-beta input")),
    }));
    this.pointLayer = new PointLayer(this);
    this.gestures = new Gestures(this);
    this.dwell = new Dwell(this);
    this.cursor = new Cursor(this, remembered);
    this.navigation = new Navigation(this, this.chosen.card.button, this.keys.button);
    this.shapes = new Shapes(this, (polygon) => this.listener.drew(polygon));
    this.behind = new Behind();
    /** @type {import("../render/terrain.js").Terrain | import("../player/sheet.js").Sheet | null} */
    this.terrain = null;
    /** @type {import("../render/overlay.js").Overlay | null} */
    this.field = null;
    /** @type {(space: Space) => string[]} */
    this.overlaysOf = () => [];
    /** @type {import("../render/thumbs.js").Thumbs | undefined} */
    this.thumbs = undefined;
    /** @type {(index: number) => number[] | null} */
    this.spreadOf = () => null;

    this.ground = h("div", { className: "zs-ground" }); // for what lies behind the points
    this.over = h("div", { className: "zs-over" }); // for what lies over them
    this.foot = h("div", { className: "zs-foot" }); // for what explains an overlay
    this.marks.outline.append(this.shapes.marquee.outline);
    this.stage = h(
      "div",
      { className: "zs-stage" },
      this.ground,
      this.axes.element,
      this.pointLayer.canvas.element,
      this.plot,
      this.over,
      this.marks.element,
      this.shapes.marquee.element,
      this.behind.element,
      this.navigation.element,
      this.shapes.element,
      this.chosen.card.element,
      this.keys.element,
    );
    this.element = h("div", { className: "zs-map" }, this.stage, this.legend.element, this.foot);
    this.watching = new ResizeObserver(() => {
      cancelAnimationFrame(this.resizing);
      this.resizing = requestAnimationFrame(() => this.resize());
    });
  }

  /** Draws for the first time. The element must be in the document, because it is measured. */
  start() {
    this.started = true;
    this.theme = themeOf(this.element);
    this.view.resize(this.plot.clientWidth, this.plot.clientHeight);
    this.look();
    this.fillLegend();
    this.gestures.last = performance.now();
    this.watching.observe(this.plot);
    this.drawLabels();
    this.pointLayer.invalidate();
    this.redraw();
    this.noteView();
    this.plot.dataset.space = this.placement.space.name;
  }

  /** Resolves once nobody has moved anything on the map for a while. */
  async unused() {
    for (;;) {
      const left = this.gestures.last + IDLE_TIME - performance.now();
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  destroy() {
    this.keys.destroy();
    this.terrain?.destroy();
    this.thumbs?.destroy();
    this.view.stop();
    this.dwell.end();
    this.behind.destroy();
    this.motion.stop();
    this.watching.disconnect();
    cancelAnimationFrame(this.resizing);
    this.pointLayer.destroy();
  }

  /**
   * What a page switch should find again.
   * @returns {PlaneState}
   */
  get state() {
    const { place: cursor, image } = this.cursor;
    return { view: this.view.wanted, hidden: [...this.hidden], cursor, image, space: this.placement.space.name };
  }

  // What others put on the map

  /**
   * Draws a terrain and an overlay behind the points from now on, either of which may be null; overlays(space) names those that make sense,
   * and `usual` are layers as they are until somebody chooses.
   * @param {Plane["terrain"]} terrain
   * @param {Plane["field"]} overlay
   * @param {(space: Space) => string[]} overlays
   * @param {Partial<LayerSettings>} [usual]
   */
  lay(terrain, overlay, overlays, usual) {
    [this.terrain, this.field] = [terrain, overlay];
    this.ground.replaceChildren(
      ...(overlay ? [overlay.element] : []), //
      ...(terrain ? [terrain.element] : []),
    );
    this.foot.replaceChildren(...(overlay ? [overlay.bar] : []));
    this.overlaysOf = overlays;
    this.chosen.start(this.stage.clientWidth, terrain, usual);
    this.offerLayers();
    this.showLayers();
  }

  /**
   * From now on points answer: `card` shows at one near which the pointer rests, `thumbs` stand for them at a close look, and
   * spreadOf(index) gives the standard deviations of a posterior, or null.
   * @param {import("../panels/answer.js").HoverCard} card
   * @param {import("../render/thumbs.js").Thumbs} thumbs
   * @param {(index: number) => number[] | null} spreadOf
   */
  answer(card, thumbs, spreadOf) {
    this.dwell.card = card;
    this.thumbs = thumbs;
    this.spreadOf = spreadOf;
    this.over.replaceChildren(thumbs.element);
    this.stage.append(card.element);
    this.redraw();
  }

  /**
   * From now on points can be selected, with a shape that is drawn or by what a finder is told.
   * @param {import("../panels/finder.js").Finder} finder
   */
  offerShapes(finder) {
    this.shapes.offer(finder);
    this.stage.append(finder.card.element);
  }

  /**
   * Draws what lies over the points.
   * @param {PlaneMarks} marks
   */
  draw(marks) {
    this.shown = marks;
    this.redraw();
  }

  /**
   * Makes the points that aren't `chosen` faint, or none if none is chosen.
   * @param {ArrayLike<number>} chosen
   */
  highlight(chosen) {
    this.pointLayer.highlight(chosen);
    this.redraw();
  }

  /** Something that a point says has come. */
  refresh() {
    this.dwell.refresh();
    this.redraw();
  }

  // Points

  /** Classes that aren't shown. */
  get hidden() {
    return this.legend.hidden;
  }

  /**
   * The visible point that is nearest to a place, or null where all are hidden.
   * @param {Place} place
   */
  nearest(place) {
    return this.placement.detail.nearest(place, this.hidden, this.motion.moving);
  }

  /** @param {number} label */
  nameOf(label) {
    return label < 0 ? "no label" : this.classes[label];
  }

  /** @param {number} label */
  colourOf(label) {
    return colourOf(label, this.classes.length, this.theme);
  }

  /**
   * The points will reach further than they did; whoever saw all that there was sees all that there will be.
   * @param {Extent} extent
   */
  widen(extent) {
    const whole = this.view.wanted.x[1] === this.placement.looks.home.x[1];
    this.placement.widen(extent);
    const { home, all, closest } = this.placement.looks;
    this.view.rescale(1, all, closest);
    if (whole) this.view.go(home);
  }

  /**
   * What is decoded is so under another condition, while the points stay.
   * @param {Condition} condition
   */
  retune(condition) {
    this.condition = condition;
    this.behind.say(this.placement.points.condition, condition);
    this.redraw();
  }

  /** The points lie in another plane now. */
  replaned() {
    this.terrain?.forget();
    this.field?.forget();
    this.offerLayers();
    this.dwell.end();
    this.fillLegend();
    this.showLayers();
    this.view.go(this.placement.looks.home);
  }

  offerLayers() {
    const { space, points } = this.placement;
    this.chosen.offer(this.overlaysOf(space), space.straight, points.aboutRings);
  }

  /** Draws the points that the view needs. */
  look() {
    const { x, y, frame } = this.view;
    if (this.placement.detail.look({ x, y }, frame.width)) this.pointLayer.invalidate();
  }

  // The view

  /** @param {Place} place */
  toPixels(place) {
    return this.view.toPixels(place);
  }

  /**
   * Where a pointer event is, in px of the plot.
   * @param {{ clientX: number, clientY: number }} event
   * @returns {Spot}
   */
  spotOf({ clientX, clientY }) {
    const box = this.plot.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  /**
   * The place under a pointer event, or null beside the axes.
   * @param {{ clientX: number, clientY: number }} event
   */
  placeUnder(event) {
    const spot = this.spotOf(event);
    return this.view.holds(spot) ? this.view.toLatent(spot) : null;
  }

  /**
   * Looks where another view does.
   * @param {Ranges} ranges
   */
  mirror({ x, y }) {
    this.view.look({ x, y });
    this.pointLayer.markDirty();
    this.look();
    this.redraw();
    this.noteView();
  }

  /** At every step of a glide. */
  viewMoved() {
    this.pointLayer.markDirty();
    this.redraw();
    this.listener.glided?.();
    this.cursor.drift();
  }

  viewRests() {
    this.look();
    this.redraw();
    this.noteView();
    if (this.cursor.digits !== this.view.digits) this.cursor.repeat(); // which is then told more, or less, exactly
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

  // Drawing

  /** Takes on the colours of the page; returns whether they have changed. */
  retheme() {
    const theme = themeOf(this.element);
    if (!this.started || JSON.stringify(theme) === JSON.stringify(this.theme)) return false;
    this.theme = theme;
    this.pointLayer.invalidate();
    this.fillLegend();
    this.drawLabels();
    this.showLayers();
    return true;
  }

  fillLegend() {
    this.legend.fill(
      this.placement.detail.labels,
      (label) => this.nameOf(label),
      (label) => this.colourOf(label),
    );
  }

  /** Other classes are shown than before. */
  showClasses() {
    this.pointLayer.invalidate();
    this.drawLabels();
    this.redraw();
    this.cursor.repeat(); // the nearest point may be another now
    this.listener.changed();
  }

  /** Shows and hides what people have chosen to. */
  showLayers() {
    const { points, terrain, strength, size, overlay, cover } = this.chosen.settings;
    const { dark, ink } = this.theme;
    this.element.classList.toggle("zs-pointless", !points);
    this.terrain?.set({ on: terrain, size, strength, ink });
    const classes = this.classes.map((_, label) => rgbOf(this.colourOf(label)));
    const { home } = this.placement.looks;
    this.field?.set({ name: overlay, strength: cover, dark, classes, home, kernel: !this.placement.space.straight });
    this.redraw();
  }

  drawLabels() {
    const named = this.classes.length > MAX_NAMED ? [] : this.placement.detail.labels;
    this.marks.labels.set(
      named
        .filter((label) => label >= 0 && !this.hidden.has(label))
        .map((label) => ({ name: this.nameOf(label), place: this.placement.detail.middleOf(label) })),
    );
  }

  redraw() {
    if (!this.started) return;
    const { view, marks, placement, motion } = this;
    const clip = marks.clip(view.box);
    this.axes.draw(view, placement.space.axes);
    this.pointLayer.draw();
    this.terrain?.draw(view, this.condition, placement.detail, placement.looks.home, motion.moving);
    this.field?.draw(view, this.condition, motion.moving || Boolean(view.goal));
    marks.drawCircles(view, this.chosen.settings.circles ? placement.centre : null, placement.points.rings);
    if (this.thumbs) {
      this.thumbs.element.style.clipPath = clip;
      const seen = this.chosen.settings.points ? this.placement.inView(view, this.hidden, MAX_THUMBS) : [];
      this.thumbs.draw(
        seen.map(({ index, label, place }) => ({ index, label, spot: view.toPixels(place) })),
        (label) => this.colourOf(label),
      );
    }
    marks.draw(view, this.shown);
    this.cursor.draw();
  }
}
