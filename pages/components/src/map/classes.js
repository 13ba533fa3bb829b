// The classes of a map's points: what they are called, their colours on the page, and which of them are shown.

import { colourOf, rgbOf } from "../render/colours.js";

const MAX_NAMED = 20; // classes, whose names lie on the map

export class Classes {
  /**
   * @param {string[]} names of the labels
   * @param {number[]} hidden those that aren't shown
   */
  constructor(names, hidden) {
    this.names = names;
    this.hidden = new Set(hidden);
    /** @type {Theme} */
    this.theme = { dark: false, ink: [0, 0, 0], text: "currentcolor" }; // until the map is on the page
  }

  /** @param {number} label */
  nameOf(label) {
    return label < 0 ? "no label" : this.names[label];
  }

  /** @param {number} label */
  colourOf(label) {
    return colourOf(label, this.names.length, this.theme);
  }

  /** Red, green and blue of each. */
  get colours() {
    return this.names.map((_, label) => rgbOf(this.colourOf(label)));
  }

  /**
   * Takes on the colours of the page; returns whether they have changed.
   * @param {Theme} theme
   */
  retheme(theme) {
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return false;
    this.theme = theme;
    return true;
  }

  /**
   * Hides a class, or shows it again.
   * @param {number} label
   */
  toggle(label) {
    if (!this.hidden.delete(label)) this.hidden.add(label);
  }

  /**
   * Shows one class alone, or all where it is.
   * @param {number} label
   * @param {number[]} all
   */
  single(label, all) {
    const others = all.filter((other) => other !== label);
    const alone = others.every((other) => this.hidden.has(other));
    this.hidden = new Set(alone ? [] : others);
  }

  /**
   * The names that lie on the map, each at the middle of its points, or none where they are too many.
   * @param {LevelOfDetail} detail
   */
  namesOn(detail) {
    const named = this.names.length > MAX_NAMED ? [] : detail.labels;
    return named
      .filter((label) => label >= 0 && !this.hidden.has(label))
      .map((label) => ({ name: this.nameOf(label), place: detail.middleOf(label) }));
  }
}
