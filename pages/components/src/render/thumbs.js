// At a close look the points turn into the images they stand for, or where those are not on disk into their reconstructions.

import { keyOf, withLabel } from "../nn/condition.js";
import { contextOf, fit, h } from "../shared/dom.js";
import { LRUMap } from "../shared/lru_map.js";
import { Turns } from "../shared/turns.js";
import { paint, paintBytes } from "./paint.js";

const MAX_THUMBS = 150; // points in view, up to which there is room for their images
const THUMB_SIZES = { few: [40, 44], many: [Infinity, 28] }; // px, up to how many points
const MAX_PICTURES = 600;
const RIM = 2; // px in the colour of the class

export class Thumbs {
  /**
   * `app` has `plane`, `points`, `decoder` and `originals`.
   * @param {MapApp} app
   */
  constructor(app) {
    this.app = app;
    this.element = h("canvas", { className: "zs-thumbs", "aria-hidden": "true", hidden: true });
    this.context = contextOf(this.element);
    /** @type {LRUMap<number, { canvas: HTMLCanvasElement, of: string }>} */
    this.pictures = new LRUMap(MAX_PICTURES); // of each point, and what they are of
    /** @type {{ index: number, label: number, spot: Spot }[]} */
    this.seen = [];
    /** @type {number[]} */
    this.missing = []; // those whose picture is to be decoded
    this.turns = new Turns(
      (place) => this.decode(this.missing[place]),
      () => this.paint(),
    );
  }

  destroy() {
    this.turns.stop();
  }

  /**
   * Draws the points of a plane that can be seen, inside a `clip` of CSS, or none where they are too many or people have chosen to see none.
   * @param {Plane} plane
   * @param {string} clip
   */
  draw({ placement, view, classes, backdrop }, clip) {
    const { points } = backdrop.layers.settings;
    const seen = points ? placement.inView(view, classes.hidden, MAX_THUMBS) : [];
    this.element.style.clipPath = clip;
    this.element.hidden = seen.length === 0;
    this.turns.stop();
    if (!seen.length) return;
    this.seen = seen.map(({ index, label, place }) => ({ index, label, spot: view.toPixels(place) }));
    const { originals } = this.app;
    this.missing = [];
    for (const { index } of seen) {
      const image = originals.get(index);
      const of = image ? "image" : this.keyOf(index);
      const known = this.pictures.get(index);
      if (known?.of === of) continue;
      if (image) this.keep(index, of, (canvas) => paintBytes(canvas, image, this.app.decoder.imageShape));
      else this.missing.push(index);
    }
    this.paint();
    if (this.missing.length) this.turns.start(this.missing.length);
  }

  /** @param {number} index */
  decode(index) {
    const { plane, points, decoder } = this.app;
    this.keep(index, this.keyOf(index), (canvas) =>
      paint(canvas, decoder.decodeAs(plane.placement.latentOf(index), points.label[index]), decoder.imageShape),
    );
  }

  /**
   * What its reconstruction is of.
   * @param {number} index
   */
  keyOf(index) {
    const { plane, points, decoder } = this.app;
    return keyOf(withLabel(plane.condition, points.label[index], decoder));
  }

  /** @param {number} index @param {string} of @param {(canvas: HTMLCanvasElement) => void} painter */
  keep(index, of, painter) {
    const canvas = this.pictures.get(index)?.canvas ?? h("canvas", {});
    painter(canvas);
    this.pictures.set(index, { canvas, of });
  }

  paint() {
    const { context, element } = this;
    const { view, classes } = this.app.plane;
    const room = fit(element, view);
    if (!room) return;
    const [wide, high, scale] = room;
    context.clearRect(0, 0, wide, high);
    context.imageSmoothingEnabled = false;
    const [, size] = this.seen.length <= THUMB_SIZES.few[0] ? THUMB_SIZES.few : THUMB_SIZES.many;
    const [, height, width] = this.app.decoder.imageShape;
    const longest = Math.max(height, width);
    const [broad, tall] = [(size * width) / longest, (size * height) / longest].map((side) => Math.round(side * scale));
    for (const { index, label, spot } of this.seen) {
      const picture = this.pictures.get(index);
      if (!picture) continue;
      const [left, top] = [Math.round(spot[0] * scale - broad / 2), Math.round(spot[1] * scale - tall / 2)];
      context.fillStyle = classes.colourOf(label);
      context.fillRect(left - RIM * scale, top - RIM * scale, broad + 2 * RIM * scale, tall + 2 * RIM * scale);
      context.drawImage(picture.canvas, left, top, broad, tall);
    }
  }
}
