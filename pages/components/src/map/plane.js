// The plane: its points, what is drawn around them, and the cursor.
// It knows coordinates and classes; what a place looks like decoded is the panels' business.

import { Placement } from "../geometry/placement.js";
import { View } from "../geometry/view.js";
import { Axes } from "../render/axes.js";
import { themeOf } from "../render/colours.js";
import { Marks } from "../render/marks.js";
import { h } from "../shared/dom.js";
import { Backdrop } from "./backdrop.js";
import { Behind } from "./behind.js";
import { Classes } from "./classes.js";
import { Cursor } from "./cursor.js";
import { Dwell } from "./dwell.js";
import { Gestures } from "./gestures.js";
import { KeySheet } from "./keys.js";
import { Legend } from "./legend.js";
import { Motion } from "./motion.js";
import { Navigation } from "./navigation.js";
import { PointLayer } from "./point_layer.js";
import { Shapes } from "./shapes.js";

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
    this.listener = listener;
    this.started = false;
    this.resizing = 0;
    /** @type {PlaneMarks} */
    this.shown = {};
    /** @type {import("../render/thumbs.js").Thumbs | undefined} */
    this.thumbs = undefined;
    /** @type {(index: number) => number[] | null} */
    this.spreadOf = () => null;

    this.placement = new Placement(points);
    this.motion = new Motion(this);
    this.classes = new Classes(classes, remembered.hidden ?? []);
    const { home, all, closest } = this.placement.looks;
    this.view = new View({ ...home, ...remembered.view }, all, closest, {
      moved: () => this.viewMoved(),
      rested: () => this.viewRests(),
    });

    this.plot = plotOf(alt);
    this.axes = new Axes();
    this.marks = new Marks();
    this.legend = new Legend(this.classes, () => this.showClasses());
    this.backdrop = new Backdrop(this);
    this.keys = new KeySheet(() => ({
      shapes: this.shapes.offered,
      beta: Boolean(this.element.parentElement?.querySelector(".zs-beta input")),
      lower: Boolean(this.listener.renewed),
    }));
    this.pointLayer = new PointLayer(this);
    this.gestures = new Gestures(this);
    this.dwell = new Dwell(this);
    this.cursor = new Cursor(this, remembered);
    this.navigation = new Navigation(this, this.backdrop.layers.card.button, this.keys.button);
    this.shapes = new Shapes(this, (polygon) => this.listener.drew(polygon));
    this.behind = new Behind();

    this.over = h("div", { className: "zs-over" }); // for what lies over the points
    this.marks.outline.append(this.shapes.marquee.outline);
    this.stage = h("div", { className: "zs-stage" }, ...this.sheets());
    this.element = h("div", { className: "zs-map" }, this.stage, this.legend.element, this.backdrop.foot);
    this.watching = new ResizeObserver(() => {
      cancelAnimationFrame(this.resizing);
      this.resizing = requestAnimationFrame(() => this.resize());
    });
  }

  /** What lies on the stage, from the ground up. */
  sheets() {
    return [
      this.backdrop.element,
      this.axes.element,
      this.pointLayer.canvas.element,
      this.plot,
      this.over,
      this.marks.element,
      this.shapes.marquee.element,
      this.behind.element,
      this.navigation.element,
      this.shapes.element,
      this.backdrop.layers.card.element,
      this.keys.element,
    ];
  }

  /** Draws for the first time. The element must be in the document, because it is measured. */
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

  /**
   * What a page switch should find again.
   * @returns {PlaneState}
   */
  get state() {
    const { place: cursor, image } = this.cursor;
    return {
      view: this.view.wanted,
      hidden: [...this.classes.hidden],
      cursor,
      image,
      space: this.placement.space.name,
    };
  }

  // What others put on the map

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
   * Draws what lies over the points.
   * @param {PlaneMarks} marks
   */
  draw(marks) {
    this.shown = marks;
    this.redraw();
  }

  /** Something that a point says has come. */
  refresh() {
    this.dwell.refresh();
    this.redraw();
  }

  // The view

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
   * Looks where another view does.
   * @param {Ranges} ranges
   */
  mirror({ x, y }) {
    this.view.look({ x, y });
    this.pointLayer.markDirty();
    this.pointLayer.look();
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
    this.pointLayer.look();
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

  /**
   * What is decoded is so under another condition, while the points stay.
   * @param {Condition} condition
   */
  retune(condition) {
    this.condition = condition;
    this.behind.say(this.placement.points.condition, condition);
    this.redraw();
  }

  /** Takes on the colours of the page; returns whether they have changed. */
  retheme() {
    if (!this.started || !this.classes.retheme(themeOf(this.element))) return false;
    this.pointLayer.invalidate();
    this.legend.fill(this.placement.detail.labels);
    this.drawLabels();
    this.backdrop.show();
    return true;
  }

  /** Other classes are shown than before. */
  showClasses() {
    this.pointLayer.invalidate();
    this.drawLabels();
    this.redraw();
    this.cursor.repeat(); // the nearest point may be another now
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
}

/**
 * What hears the pointer, fingers and keys, and says so to who can't see it.
 * @param {string} alt what it shows
 */
function plotOf(alt) {
  return h("div", {
    className: "zs-plot",
    tabIndex: 0,
    role: "application",
    "aria-label": `${alt} Arrow keys move the cursor, with Shift in larger steps; Enter pins; plus and minus zoom; 0 returns to the opening view, A shows all points; B and L select with a box or a lasso, Escape ends it; question mark lists all keys.`,
  });
}
