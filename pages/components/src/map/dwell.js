// The card that a point shows once the pointer has rested near it.

const DWELL = 400; // ms that the pointer rests before a point near it shows its card
const DWELL_RADIUS = 12; // px that count as near

export class Dwell {
  /** @param {import("./plane.js").Plane} plane */
  constructor(plane) {
    this.plane = plane;
    /** @type {import("../panels/answer.js").HoverCard | undefined} */
    this.card = undefined; // until points answer
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
  }

  /** The pointer rests. From the first card on, each that it comes near is shown at once. */
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

  /** Something that a point says has come. */
  refresh() {
    if (this.card?.near) this.card.fill();
  }
}
