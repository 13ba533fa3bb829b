// What lies behind the points of a map: a terrain and an overlay, as far as people choose to see them.

import { h } from "../shared/dom.js";
import { Layers } from "./layers.js";

export class Backdrop {
  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
    this.layers = new Layers(() => this.show());
    /** @type {import("../render/terrain.js").Terrain | import("../player/sheet.js").Sheet | null} */
    this.terrain = null;
    /** @type {import("../render/overlay.js").Overlay | null} */
    this.overlay = null;
    /** @type {(space: Space) => string[]} */
    this.overlaysOf = () => [];
    this.element = h("div", { className: "zs-ground" });
    this.foot = h("div", { className: "zs-foot" }); // for what explains an overlay
  }

  /**
   * Draws a terrain and an overlay from now on, either of which may be null; overlaysOf(space) names those that make sense in a plane, and
   * `usual` are layers as they are until somebody chooses.
   * @param {Backdrop["terrain"]} terrain
   * @param {Backdrop["overlay"]} overlay
   * @param {(space: Space) => string[]} overlaysOf
   * @param {Partial<LayerSettings>} [usual]
   */
  lay(terrain, overlay, overlaysOf, usual) {
    this.terrain = terrain;
    this.overlay = overlay;
    this.overlaysOf = overlaysOf;
    this.element.replaceChildren(
      ...(overlay ? [overlay.element] : []), //
      ...(terrain ? [terrain.element] : []),
    );
    this.foot.replaceChildren(...(overlay ? [overlay.bar] : []));
    this.layers.start(this.plane.stage.clientWidth, terrain, usual);
    this.offer();
    this.show();
  }

  /** The points lie in another plane now, where what was drawn no longer holds. */
  renew() {
    this.terrain?.forget();
    this.overlay?.forget();
    this.offer();
    this.show();
  }

  /** Offers the layers that make sense in the plane. */
  offer() {
    const { space, points } = this.plane.placement;
    this.layers.offer(this.overlaysOf(space), space.straight, points.aboutPrior);
  }

  /** Shows and hides what people have chosen to, in the colours of the page. */
  show() {
    const { plane, layers } = this;
    const { points, terrain, strength, size, overlay, cover } = layers.settings;
    const { dark, ink } = plane.classes.theme;
    const { space, looks } = plane.placement;
    plane.element.classList.toggle("zs-pointless", !points);
    this.terrain?.set({ on: terrain, size, strength, ink });
    const classes = plane.classes.colours;
    this.overlay?.set({ name: overlay, strength: cover, dark, classes, home: looks.home, kernel: !space.straight });
    plane.redraw();
  }

  draw() {
    const { view, condition, placement, motion } = this.plane;
    this.terrain?.draw(view, condition, placement.detail, placement.looks.home, motion.moving);
    this.overlay?.draw(view, condition, motion.moving || Boolean(view.goal));
  }

  destroy() {
    this.terrain?.destroy();
  }
}
