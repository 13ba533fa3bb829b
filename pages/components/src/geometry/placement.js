// Where the points of a map lie: those that are asked for by what is near, inside or in sight.

import { looksOf } from "./extent.js";
import { LevelOfDetail } from "./level_of_detail.js";
import { inside } from "./selection.js";

const REACH_FACTOR = 2.5; // times what nearly all points keep within: further out they need not be told apart

export class Placement {
  /** @param {PlanePoints} points in the plane that is shown */
  constructor(points) {
    this.points = points;
    this.space = points.space;
    this.looks = looksOf(points);
    const { home, all } = this.looks;
    const [nearly, most] = [home, all].map(({ x, y }) => Math.max(...[...x, ...y].map(Math.abs)));
    this.detail = new LevelOfDetail(points, Math.min(most, REACH_FACTOR * nearly));
  }

  /**
   * The points will reach further than they did.
   * @param {Extent} extent
   */
  widen(extent) {
    this.points.extent = extent;
    this.looks = looksOf(this.points);
  }

  /**
   * The points inside a polygon whose classes aren't hidden, by index.
   * @param {Place[]} polygon
   * @param {Set<number>} hidden
   */
  within(polygon, hidden) {
    /** @type {number[]} */
    const indices = [];
    this.detail.visit((index, label, x, y) => {
      if (!hidden.has(label) && inside(polygon, x, y)) indices.push(index);
    });
    return indices.sort((a, b) => a - b);
  }

  /**
   * The points inside a frame whose classes aren't hidden, or none where there are more than `most`.
   * @param {Ranges} frame
   * @param {Set<number>} hidden
   * @param {number} most
   */
  inView({ x: [left, right], y: [bottom, top] }, hidden, most) {
    /** @type {{ index: number, label: number, place: Place }[]} */
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

  /**
   * Whether a point lies in the plane.
   * @param {number} index
   */
  has(index) {
    return this.detail.there(index);
  }

  /**
   * Where a point lies.
   * @param {number} index
   */
  pointAt(index) {
    return this.detail.placeOf(index);
  }

  /**
   * The latent of a point.
   * @param {number} index
   * @returns {Latent}
   */
  latentOf(index) {
    const { latent } = this.points;
    return latent ? latent.subarray(index * this.space.dims, (index + 1) * this.space.dims) : this.pointAt(index);
  }

  /**
   * Where the origin of the latents lies.
   * @returns {Place}
   */
  get centre() {
    return this.space.straight ? this.space.transform(new Float32Array(this.space.dims)) : [0, 0];
  }
}
