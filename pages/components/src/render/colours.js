// The colours of the classes and of the page, as vae/theme.py has them.

import { contextOf, h } from "../shared/dom.js";

// Ten colours that keep apart with colour-blindness as well, in an order made for that
// (Accessible Color Sequences for Data Visualization, Petroff, 2021, https://arxiv.org/abs/2107.02270).
export const CLASSES = [
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
export const CLASSES_ON_DARK = { 2: "#f0503a", 4: "#b77be0", 8: "#9a9fae" };

/**
 * The colour of a class, one of `count`, as CSS writes it; -1 is no class.
 * @param {number} label
 * @param {number} count
 * @param {Theme} theme
 */
export function colourOf(label, count, { dark, text }) {
  if (label < 0) return text;
  if (count > CLASSES.length) return `hsl(${(label * 360) / count} 65% ${dark ? 65 : 45}%)`;
  return (dark && CLASSES_ON_DARK[label]) || CLASSES[label];
}

// Curves of the training and of the validation images.
export const BLUE = "#3f7fe0";
export const ORANGE = "#d9731a";

/**
 * What a page is like where it doesn't say.
 * @type {Record<string, string>}
 */
export const LIGHT = {
  "--st-background-color": "#ffffff",
  "--st-secondary-background-color": "#f4f5f7",
  "--st-text-color": "#111827",
  "--st-border-color": "#dfe3ea",
  "--st-font": "sans-serif",
};

/** @type {Map<string, Rgb>} */
const rgb = new Map(); // colour as CSS writes it -> red, green and blue

/**
 * Red, green and blue of any colour, as the browser understands it.
 * @param {string} colour
 * @returns {Rgb}
 */
export function rgbOf(colour) {
  let channels = rgb.get(colour);
  if (!channels) {
    const context = contextOf(h("canvas", { width: 1, height: 1 }));
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    channels = [red, green, blue];
    rgb.set(colour, channels);
  }
  return channels;
}

/**
 * The properties of the page around an element, by their names.
 * @param {Element} element
 */
export function propertiesOf(element) {
  const style = getComputedStyle(element);
  return (/** @type {string} */ name) => style.getPropertyValue(name).trim() || LIGHT[name];
}

/**
 * The colours of the page around an element.
 * @param {Element} element
 * @returns {Theme}
 */
export function themeOf(element) {
  const value = propertiesOf(element);
  const [red, green, blue] = rgbOf(value("--st-background-color"));
  const text = value("--st-text-color");
  return { dark: 0.299 * red + 0.587 * green + 0.114 * blue < 128, ink: rgbOf(text), text };
}
