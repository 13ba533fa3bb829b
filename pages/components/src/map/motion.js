// Points on the move: to where they lie under another condition, and over into another plane.

import { widthOf } from "../geometry/extent.js";
import { Placement } from "../geometry/placement.js";
import { Crossing } from "./crossing.js";

const REST = 250; // ms after the last move of points, from which on they rest

export class Motion {
  /** @param {Plane} plane */
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

  /**
   * Moves points to where they lie under a condition: `mean` (N * 2) of all of them, or of those in `some` (N).
   * @param {Float32Array} mean
   * @param {Condition} condition
   * @param {Int32Array} [some]
   */
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

  /**
   * All points have come, under the condition where it rests.
   * @param {Float32Array} mean
   */
  replace(mean) {
    clearTimeout(this.resting);
    this.plane.placement.detail.replace(mean);
    this.plane.drawLabels();
    this.rest();
  }

  /**
   * The same points in another plane, into which they go over as long as they are few enough to be moved.
   * @param {PlanePoints} points
   */
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
    cursor.place = own && image !== undefined && after.has(image) ? after.pointAt(image) : after.space.transform(z);
    plane.dwell.end();
    plane.legend.fill(after.detail.labels);
    plane.backdrop.renew();
    plane.view.go(after.looks.home);
    if (!before.detail.whole || plane.view.still.matches) {
      this.arrived();
      return;
    }
    const each = (/** @type {Float32Array} */ places) => {
      this.moving = true;
      plane.placement.detail.move(places);
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

  /** The points have stopped. */
  rest() {
    const { plane } = this;
    const { cursor, listener } = plane;
    plane.placement.detail.relevel();
    this.moving = false;
    plane.pointLayer.look();
    plane.pointLayer.invalidate();
    cursor.look(); // among all points, another one may be
    if (listener.rested) listener.rested();
    else if (cursor.pointed) listener.moved(cursor.place, cursor.near);
    plane.redraw();
  }

  draw() {
    this.plane.pointLayer.invalidate();
    this.plane.drawLabels();
    this.plane.redraw();
  }
}
