// The panel of Sample: every drawn latent decoded, as tiles that know their ring on the map.

import { paint } from "../render/paint.js";
import { decimals, h } from "../shared/dom.js";
import { Turns } from "../shared/turns.js";

export class GalleryPanel {
  constructor(app) {
    this.app = app;
    this.tiles = h("div", { className: "zs-tiles" });
    this.element = h("div", { className: "zs-panel" }, this.tiles);
    this.active = -1;
    this.places = [];
    this.turns = new Turns(
      (index) => this.decode(index),
      () => (this.tiles.dataset.decoded = String(this.samples.length)),
    );
  }

  get state() {
    return {};
  }

  ready(decoder) {
    this.decoder = decoder;
    this.update(this.app.data);
  }

  update({ samples }) {
    const text = JSON.stringify(samples);
    if (!this.decoder || text === this.shown) return;
    this.shown = text;
    this.samples = samples;
    this.seat();
    this.tiles.style.setProperty("--zs-columns", Math.ceil(Math.sqrt(samples.length)));
    while (this.tiles.children.length > samples.length) this.tiles.lastChild.remove();
    while (this.tiles.children.length < samples.length) this.tiles.append(this.tile(this.tiles.children.length));
    this.mark();
    this.retuned();
  }

  /** Finds where the samples lie on the map. */
  seat() {
    const { space } = this.app;
    this.places = (space && this.samples?.map((z) => space.place(z))) ?? [];
  }

  /** The map shows another plane. */
  laidOut() {
    this.seat();
    this.mark();
  }

  /** The decoder acts for another beta now, so that every tile is out of date. */
  retuned() {
    if (!this.samples) return;
    delete this.tiles.dataset.decoded;
    this.turns.start(this.samples.length);
  }

  tile(index) {
    const [on, off] = [() => this.activate(index), () => this.activate(-1)];
    return h(
      "button",
      { type: "button", className: "zs-tile", onpointerenter: on, onfocus: on, onpointerleave: off, onblur: off },
      h("canvas", { role: "img", width: 1, height: 1 }),
    );
  }

  decode(index) {
    const z = this.samples[index];
    const canvas = this.tiles.children[index].firstChild;
    paint(canvas, this.decoder.decode(z), this.decoder.imageShape);
    const where = z.length <= 4 ? ` at z = (${decimals(z)})` : "";
    canvas.setAttribute("aria-label", `Sample ${index + 1}${where}`);
    canvas.parentElement.title = `Sample ${index + 1}${where}`;
  }

  /** On the map, the ring that is nearest to the pointer shows its tile. */
  moved(z) {
    let best = -1;
    let least = (0.03 * (this.app.plane.view.x[1] - this.app.plane.view.x[0])) ** 2;
    this.places.forEach(([x, y], index) => {
      const squared = (x - z[0]) ** 2 + (y - z[1]) ** 2;
      if (squared < least) [best, least] = [index, squared];
    });
    this.activate(best);
  }

  clicked() {}

  activate(index) {
    if (index === this.active) return;
    this.tiles.children[this.active]?.classList.remove("zs-active");
    this.tiles.children[index]?.classList.add("zs-active");
    this.active = index;
    this.mark();
  }

  mark() {
    this.app.plane?.draw({ rings: this.places, active: this.active });
  }

  destroy() {
    this.turns.stop();
  }
}
