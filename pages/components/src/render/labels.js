// The names of the classes, each at the middle of its points, and moved apart where they would cover each other.

import { placeAt, svg } from "../shared/dom.js";

const GAP = 24; // px between two names, from middle to middle, one above the other
const LETTER = 11.5; // px that a letter of them takes, about
const ROUNDS = 16; // in which names make room for each other

export class Labels {
  constructor() {
    this.element = svg("g", { class: "zs-labels" });
    /** @type {{ text: SVGElement, place: Place, wide: number }[]} */
    this.names = [];
  }

  /**
   * Shows these names, each at a place of the plane.
   * @param {{ name: string, place: Place }[]} names
   */
  set(names) {
    this.names = names.map(({ name, place }) => ({
      text: svg("text", { class: "zs-label" }, name),
      place,
      wide: LETTER * name.length,
    }));
    this.element.replaceChildren(...this.names.map(({ text }) => text));
  }

  /** @param {import("../geometry/view.js").View} view */
  draw(view) {
    const spots = spread(
      this.names.map(({ place }) => view.toPixels(place)),
      this.names.map(({ wide }) => wide),
    );
    for (const [index, { text }] of this.names.entries()) placeAt(text, spots[index]);
  }
}

/**
 * Spots of names, moved apart until none covers another: each two keep out of an ellipse as wide as both names need, for boxes would
 * block each other's way.
 * @param {Spot[]} places
 * @param {number[]} widths in px
 * @returns {Spot[]}
 */
export function spread(places, widths) {
  const spots = places.map(([x, y]) => /** @type {Spot} */ ([x, y]));
  for (let round = 0, crowded = true; crowded && round < ROUNDS; round++) {
    crowded = false;
    for (let i = 1; i < spots.length; i++) {
      for (let j = 0; j < i; j++) {
        const across = Math.max(GAP, (widths[i] + widths[j]) / 2 + GAP / 2);
        const [dx, dy] = [(spots[i][0] - spots[j][0]) / across, (spots[i][1] - spots[j][1]) / GAP];
        const distance = Math.hypot(dx, dy);
        if (distance >= 1) continue;
        crowded = true;
        // Those in one place go where the way is shorter.
        const [ux, uy] = distance > 0 ? [dx / distance, dy / distance] : across > GAP ? [0, 1] : [1, 0];
        const push = (1 - distance) / 2;
        spots[i] = [spots[i][0] + push * ux * across, spots[i][1] + push * uy * GAP];
        spots[j] = [spots[j][0] - push * ux * across, spots[j][1] - push * uy * GAP];
      }
    }
  }
  return spots;
}
