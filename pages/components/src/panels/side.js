// The panel of one of two maps that are linked: the picture under the pointer, or under that of the other map.

import { Readout } from "./readout.js";

/** @implements {Panel} */
export class SidePanel {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.readout = new Readout(app, ["z", "label", "trust", "error"]);
    this.element = this.readout.element;
    /** @type {Place | undefined} */
    this.place = undefined;
    /** @type {number | undefined} */
    this.image = undefined; // that the other map has sent this one to
    /** @type {Pin[]} */
    this.pins = [];
    this.element.append(this.readout.answer.pictures);
  }

  get state() {
    return {};
  }

  /** @param {Decoder} decoder */
  ready(decoder) {
    this.readout.ready(decoder);
    this.readout.moved(this.app.cursor);
    this.readout.refresh(null);
  }

  /** @param {Place} place @param {Near | null} nearest */
  moved(place, nearest) {
    this.show(place, nearest);
    this.app.link?.moved(this.app, place, nearest);
  }

  /** @param {Place} place @param {Near | null} nearest */
  show(place, nearest) {
    this.place = place;
    const { plane } = this.app;
    if (!plane) return;
    // Where the other map has sent it to an image, that image's own latent is meant, and not what a plane keeps of it.
    this.readout.moved(place, this.image === undefined ? null : plane.placement.latentOf(this.image));
    this.readout.refresh(nearest);
  }

  refresh() {
    this.readout.refresh(this.app.plane?.cursor.near ?? null);
  }

  retuned() {
    if (this.place) this.show(this.place, this.app.plane?.cursor.near ?? null);
    this.app.link?.read();
  }

  /** The map shows another plane. */
  laidOut() {
    this.app.link?.laidOut(this.app);
  }

  clicked() {}
}
