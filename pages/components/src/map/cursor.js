// The cursor: the place that is decoded, the point next to it, and where a mouse is.

export class Cursor {
  /**
   * It begins where it was remembered to be, or at the image to begin with, where it stays that image's until somebody points elsewhere.
   * @param {import("./plane.js").Plane} plane
   * @param {PlaneState} remembered
   */
  constructor(plane, remembered) {
    this.plane = plane;
    const { points } = plane.placement;
    this.image = remembered.cursor ? remembered.image : points.start;
    if (this.image !== undefined && !plane.placement.has(this.image)) this.image = undefined;
    this.place = remembered.cursor ?? (this.image === undefined ? [0, 0] : plane.placement.pointAt(this.image));
    this.pointed = false; // whether somebody did
    /** @type {Spot | null} */
    this.pointer = null; // where a mouse is
    /** @type {Near | null} */
    this.near = null; // the point next to it
    this.digits = 0; // decimals of the place that were told
  }

  /**
   * The latent at a place, and how near points are that it comes from. At the image that the cursor began at it is that one's `own`, which
   * need not lie in the plane.
   * @param {Place} place
   * @returns {{ z: number[], trust: number, own?: boolean }}
   */
  latentAt(place) {
    const { plane, image } = this;
    if (image !== undefined && same(place, this.place) && same(plane.placement.pointAt(image), this.place)) {
      return { z: Array.from(plane.placement.latentOf(image)), trust: 1, own: true };
    }
    const z = new Array(plane.placement.space.dims);
    return { z, trust: plane.placement.space.inverseTransform(place, z) };
  }

  /**
   * The visible point that is nearest to a place, or null where all are hidden.
   * @param {Place} place
   */
  nearestTo(place) {
    const { placement, classes, motion } = this.plane;
    return placement.detail.nearest(place, classes.hidden, motion.moving);
  }

  /**
   * Moves it and tells the listener.
   * @param {Place} place
   */
  moveTo(place) {
    const { plane } = this;
    if (!same(place, this.place)) this.image = undefined;
    this.place = place;
    this.pointed = true;
    this.near = this.nearestTo(place);
    this.digits = plane.view.digits;
    plane.listener.moved(place, this.near);
    this.draw();
  }

  /** Tells the listener again, if somebody has pointed anywhere. */
  repeat() {
    if (this.pointed) this.moveTo(this.place);
  }

  /**
   * Moves it by so many px, up to the rim.
   * @param {number} dx
   * @param {number} dy
   */
  step(dx, dy) {
    const { view, listener } = this.plane;
    const [left, top, width, height] = view.box;
    const [across, down] = view.toPixels(this.place);
    const x = Math.min(left + width, Math.max(left, across + dx));
    const y = Math.min(top + height, Math.max(top, down + dy));
    this.moveTo(view.toLatent([x, y]));
    listener.changed();
  }

  /** Somebody clicked where it is. */
  click() {
    this.plane.listener.clicked(this.place, this.nearestTo(this.place));
  }

  /** The view moved below a mouse that rests: the place under it is another one. */
  drift() {
    const { view } = this.plane;
    const place = this.pointer && view.holds(this.pointer) ? view.toLatent(this.pointer) : null;
    if (place && Math.hypot(place[0] - this.place[0], place[1] - this.place[1]) > 0) this.moveTo(place);
  }

  /** The points have moved, or are others. */
  look() {
    this.near = this.nearestTo(this.place);
  }

  draw() {
    if (!this.pointed) return;
    const { plane, near } = this;
    const shown = near && {
      place: plane.placement.pointAt(near.index),
      colour: plane.classes.colourOf(near.label),
      std: plane.spreadOf(near.index),
    };
    plane.marks.drawCursor(plane.view, this.place, shown);
  }
}

/** @param {Place} a @param {Place} b */
function same(a, b) {
  return String(a) === String(b);
}
