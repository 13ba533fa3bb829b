// The worker of a map, which knows its model: it draws what lies behind the points, and measures the errors of many of them.

import { Overlay } from "../render/overlay.js";
import { Terrain } from "../render/terrain.js";
import { Background } from "../worker/background.js";
import { Errors } from "../worker/errors.js";

const SAMPLE_SIZE = 16; // points, from which the terrain learns what pictures are like

export class MapWorker {
  constructor() {
    this.background = new Background();
    this.errors = new Errors(this.background);
  }

  /**
   * Tells the worker of the model and its points.
   * @param {AppData} data
   */
  introduce({ program, encoder, points, keyframes, spreads, projected }) {
    // A worker that was made from a text has no address that others could be relative to.
    const urls = Object.fromEntries(
      Object.entries({ program, encoder, points, keyframes, spreads }).map(([name, url]) => [
        name,
        url && new URL(url, document.baseURI).href,
      ]),
    );
    this.background.ask("model", { urls, projected: Boolean(projected) });
  }

  /**
   * Puts what the worker draws behind the points.
   * @param {Plane} plane
   * @param {Decoder} decoder
   */
  lay(plane, decoder) {
    const { label } = plane.placement.points;
    const count = Math.min(SAMPLE_SIZE, label.length);
    const some = Array.from({ length: count }, (_, n) => Math.floor((n * label.length) / SAMPLE_SIZE) % label.length);
    const pictures = some.map((index) => decoder.decode(plane.placement.latentOf(index)).slice());
    const terrain = new Terrain(this.background, decoder.imageShape, pictures);
    const labelled = label.some((name) => name >= 0);
    const look = decoder.ofTwo ? "entropy" : "sharpness";
    plane.backdrop.lay(terrain, new Overlay(this.background), (space) => [
      "density",
      look,
      ...(space.straight ? ["stretch"] : []), // a plane whose distances a method chose has none of the decoder's
      "cycle",
      ...(labelled ? ["class"] : []),
    ]);
  }

  /**
   * Reconstruction errors of points of a plane, in nats, against the images at a place; progress(share) is called meanwhile.
   * @param {Plane} plane
   * @param {Int32Array} indices
   * @param {Condition} condition
   * @param {OriginalsPlace} place
   * @param {(share: number) => void} progress
   */
  errorsOf(plane, indices, condition, place, progress) {
    const { points, space } = plane.placement;
    const { dims } = space;
    const latents = new Float32Array(dims * indices.length);
    for (let at = 0; at < indices.length; at++) latents.set(plane.placement.latentOf(indices[at]), dims * at);
    const labels = indices.map((index) => points.label[index]);
    return this.errors.measure(indices, latents, labels, condition, place, progress);
  }

  destroy() {
    this.background.destroy();
  }
}
