// The points on the screen: the canvas draws what changes, Plotly what stays.

import { CanvasPoints } from "../render/canvas_points.js";
import { rgbOf } from "../render/colours.js";
import { Scatter } from "../render/scatter.js";

const REST = 250; // ms in which nothing moves, nor the pointer, after which Plotly draws the points again
const OPACITY = { light: 0.7, dark: 0.75 };
const LIT_OPACITY = 0.95; // opacity of points that are selected
const FAINT_OPACITY = 0.12; // opacity of points that aren't selected while others are

export class PointLayer {
  /** @param {import("./plane.js").Plane} plane */
  constructor(plane) {
    this.plane = plane;
    this.canvas = new CanvasPoints();
    /** @type {Scatter | undefined} */
    this.scatter = undefined;
    /** @type {import("../render/scatter.js").Trace[] | undefined} */
    this.traces = undefined; // as Plotly gets them, until the points are others
    /** @type {Uint8Array | null} */
    this.chosen = null; // 1 for each point that is chosen, where some are
    /** @type {Uint8Array | null} */
    this.classed = null; // 1 for each point of the class that pictures are decoded as, where they are
    this.dirty = false; // whether the canvas shows the points
    this.stale = false; // whether it would draw something else than it did
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
  }

  /**
   * Makes the points that aren't `chosen` faint, or none if none is chosen.
   * @param {ArrayLike<number>} chosen
   */
  highlight(chosen) {
    this.chosen = chosen.length ? new Uint8Array(this.plane.placement.points.label.length) : null;
    for (let at = 0; this.chosen && at < chosen.length; at++) this.chosen[chosen[at]] = 1;
    this.invalidate();
    this.plane.redraw();
  }

  /**
   * Makes the points of other classes faint as long as none is chosen, or none of them where there is no one class.
   * @param {Condition["label"]} label
   */
  single(label) {
    const { placement } = this.plane;
    this.classed =
      typeof label === "number" ? Uint8Array.from(placement.points.label, (own) => Number(own === label)) : null;
    this.invalidate();
    this.plane.redraw();
  }

  /** 1 for each point that is lit while others are faint; null where none is. */
  get lit() {
    return this.chosen ?? this.classed;
  }

  /** Draws those that the view needs. */
  look() {
    const { placement, view } = this.plane;
    if (placement.detail.look({ x: view.x, y: view.y }, view.frame.width)) this.invalidate();
  }

  /** The points are others, or look otherwise, than they did. */
  invalidate() {
    this.traces = undefined;
    this.markDirty();
  }

  /** What Plotly has drawn is no longer so. */
  markDirty() {
    this.dirty = this.stale = true;
    this.show();
    this.wait();
  }

  /** Has Plotly draw the points once nothing has changed for a while and the pointer rests, too: it takes longer than a frame. */
  wait() {
    clearTimeout(this.waiting);
    if (this.dirty && this.scatter) this.waiting = setTimeout(() => this.handOver(), REST);
  }

  /**
   * From now on Plotly draws the points where they rest; resolves when it has for the first time.
   * @param {Plotly} plotly
   */
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
    this.traces ??= plane.placement.detail.groups.map((group) => ({
      name: plane.classes.nameOf(group.label),
      x: group.x,
      y: group.y,
      visible: !plane.classes.hidden.has(group.label),
      colour: plane.classes.colourOf(group.label),
      selected: this.litOf(group),
    }));
    const look = { size: this.size, opacity: this.opacity, lit: LIT_OPACITY, faint: FAINT_OPACITY };
    const drawn = await this.scatter?.draw(this.traces, plane.view, look);
    if (drawn === false) this.keepCanvas();
    this.show(); // dirty again, if something has changed meanwhile
  }

  /** Plotly cannot draw here, so the canvas does for good. */
  keepCanvas() {
    this.scatter?.destroy();
    this.scatter = undefined;
    this.markDirty();
    this.plane.redraw();
  }

  show() {
    this.canvas.element.hidden = !this.dirty;
    this.plane.element.classList.toggle("zs-dirty", this.dirty);
  }

  /** Draws what the canvas shows, where that is something else than before. */
  draw() {
    if (!this.dirty || !this.stale) return;
    this.stale = false;
    const { plane } = this;
    const groups = plane.placement.detail.groups
      .filter(({ label }) => !plane.classes.hidden.has(label))
      .map(({ label, index, x, y }) => ({ x, y, index, colour: rgbOf(plane.classes.colourOf(label)) }));
    this.canvas.draw(
      groups,
      plane.view,
      this.size,
      { usual: this.opacity, lit: LIT_OPACITY, faint: FAINT_OPACITY },
      this.lit,
    );
  }

  /**
   * Positions in a group of the points that are chosen, or null where none is.
   * @param {Group} group
   */
  litOf({ index }) {
    if (!this.lit) return null;
    const places = [];
    for (let place = 0; place < index.length; place++) if (this.lit[index[place]]) places.push(place);
    return places;
  }

  /** Diameter of a point in px: the more there are, the smaller. */
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
}
