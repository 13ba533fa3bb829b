// The panel of Sample: every drawn latent decoded, as tiles that know their ring on the map.

import { paint } from "../render/paint.js";
import { decimals, h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

/** @implements {Panel} */
export class GalleryPanel {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.tiles = h("div", { className: "zs-tiles" });
    this.element = h("div", { className: "zs-panel" }, this.tiles);
    this.active = -1;
    /** @type {Place[]} */
    this.places = []; // of the samples
    /** @type {number[][] | undefined} */
    this.samples = undefined;
    /** @type {number[] | null} */
    this.labels = null; // of each, in place of the one in use
    this.shown = ""; // what was laid out last
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {HTMLCanvasElement[]} */
    this.canvases = [];
    this.turns = new Turns(
      (index) => this.decode(index),
      () => {
        this.tiles.dataset.decoded = String(this.samples?.length);
      },
    );
  }

  get state() {
    return {};
  }

  /** @param {Decoder} decoder */
  ready(decoder) {
    this.decoder = decoder;
    this.update(this.app.data);
  }

  /** @param {AppData} data */
  update(data) {
    const { samples, labels, columns } = /** @type {GalleryData} */ (data);
    const text = JSON.stringify([samples, labels, columns]);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.samples = samples;
    this.labels = labels;
    if (this.app.classes) this.app.classes.element.hidden = labels !== null;
    this.app.classes?.show(samples[0]);
    this.seat();
    this.tiles.style.setProperty("--zs-columns", String(columns ?? Math.ceil(Math.sqrt(samples.length))));
    while (this.canvases.length > samples.length) this.canvases.pop()?.parentElement?.remove();
    while (this.canvases.length < samples.length) this.tiles.append(this.tile(this.canvases.length));
    this.mark();
    this.retuned();
  }

  /** Finds where the samples lie on the map. */
  seat() {
    const { space } = this.app;
    this.places = (space && this.samples?.map((z) => space.transform(z))) ?? [];
  }

  /** The map shows another plane. */
  laidOut() {
    this.seat();
    this.mark();
  }

  /** The decoder acts under another condition now, so that every tile is out of date. */
  retuned() {
    if (!this.samples) return;
    delete this.tiles.dataset.decoded;
    this.turns.start(this.samples.length);
  }

  /** @param {number} index */
  tile(index) {
    const [on, off] = [() => this.activate(index), () => this.activate(-1)];
    const canvas = h("canvas", { role: "img", width: 1, height: 1 });
    this.canvases.push(canvas);
    return h(
      "button",
      { type: "button", className: "zs-tile", onpointerenter: on, onfocus: on, onpointerleave: off, onblur: off },
      canvas,
    );
  }

  /** @param {number} index */
  decode(index) {
    const { samples, labels, decoder } = this;
    if (!samples || !decoder) return;
    const z = samples[index];
    const canvas = this.canvases[index];
    paint(canvas, labels ? decoder.decodeAs(z, labels[index]) : decoder.decode(z), decoder.imageShape);
    const as = labels ? ` as ${this.app.data.classes?.names[labels[index]]}` : "";
    const where = as + (z.length <= 4 ? ` at z = (${decimals(z)})` : "");
    canvas.setAttribute("aria-label", `Sample ${index + 1}${where}`);
    if (canvas.parentElement) canvas.parentElement.title = `Sample ${index + 1}${where}`;
  }

  /**
   * On the map, the ring that is nearest to the pointer shows its tile.
   * @param {Place} z
   */
  moved(z) {
    const { plane } = this.app;
    if (!plane) return;
    let best = -1;
    let least = (0.03 * (plane.view.x[1] - plane.view.x[0])) ** 2;
    for (const [index, [x, y]] of this.places.entries()) {
      const squared = (x - z[0]) ** 2 + (y - z[1]) ** 2;
      if (squared < least) [best, least] = [index, squared];
    }
    this.activate(best);
  }

  clicked() {}

  /** @param {number} index */
  activate(index) {
    if (index === this.active) return;
    this.tiles.children[this.active]?.classList.remove("zs-active");
    this.tiles.children[index]?.classList.add("zs-active");
    this.active = index;
    this.mark();
    if (this.samples && index >= 0) this.app.classes?.show(this.samples[index]);
  }

  mark() {
    this.app.plane?.draw({ rings: this.places, active: this.active });
  }

  destroy() {
    this.turns.stop();
  }
}
