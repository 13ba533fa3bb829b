// The colours of the classes and of the page.

import { contextOf, h } from "../shared/dom.js";

// Ten colours that keep apart with colour-blindness as well, in an order made for that
// (Accessible Color Sequences for Data Visualization, Petroff, 2021, https://arxiv.org/abs/2107.02270).
export const TEN = [
  "#3f90da",
  "#ffa90e",
  "#bd1f01",
  "#94a4a2",
  "#832db6",
  "#a96b59",
  "#e76300",
  "#b9ac70",
  "#717581",
  "#92dadd",
];
/**
 * The same on a dark ground, where red, violet and slate would sink: only those are lighter.
 * @type {Record<number, string>}
 */
export const TEN_ON_DARK = { 2: "#f0503a", 4: "#b77be0", 8: "#9a9fae" };

/**
 * The colour of a class, one of `count`, as CSS writes it; -1 is no class.
 * @param {number} label
 * @param {number} count
 * @param {Theme} theme
 */
export function colourOf(label, count, { dark, text }) {
  if (label < 0) return text;
  if (count > TEN.length) return `hsl(${(label * 360) / count} 65% ${dark ? 65 : 45}%)`;
  return (dark && TEN_ON_DARK[label]) || TEN[label];
}

/** @type {Map<string, Rgb>} */
const rgb = new Map(); // colour as CSS writes it -> red, green and blue

/**
 * Red, green and blue of any colour, as the browser understands it.
 * @param {string} colour
 * @returns {Rgb}
 */
export function rgbOf(colour) {
  let found = rgb.get(colour);
  if (!found) {
    const context = contextOf(h("canvas", { width: 1, height: 1 }));
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    found = [red, green, blue];
    rgb.set(colour, found);
  }
  return found;
}

/**
 * The colours of the page around an element.
 * @param {Element} element
 * @returns {Theme}
 */
export function themeOf(element) {
  const style = getComputedStyle(element);
  /** @param {string} name @param {string} otherwise */
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const [red, green, blue] = rgbOf(value("--st-background-color", "#ffffff"));
  const text = value("--st-text-color", "#111827");
  return { dark: 0.299 * red + 0.587 * green + 0.114 * blue < 128, ink: rgbOf(text), text };
}
