// Small helpers for building pages by hand.

/**
 * An element with properties, attributes and children: h("button", { className: "x", "aria-label": "Close" }, "×").
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} properties
 * @param {(Node | string | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * The same for SVG, where everything is an attribute.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string | number)[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.map((child) => (typeof child === "number" ? String(child) : child)));
  return element;
}

/**
 * A button of the map.
 * @param {string} title
 * @param {string} text
 * @param {() => void} action
 */
export function tool(title, text, action) {
  return h("button", { type: "button", className: "zs-tool", title, "aria-label": title, onclick: action }, text);
}

/**
 * Moves an element of SVG to a spot, and returns it.
 * @template {SVGElement} Element
 * @param {Element} element
 * @param {Spot} spot
 * @returns {Element}
 */
export function placeAt(element, [x, y]) {
  element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  return element;
}

/**
 * What a canvas is drawn on with.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * Gives a canvas that is `width` by `height` in CSS the pixels that it covers on the screen; returns [width, height, pixels for one in
 * CSS], or null where it covers none. Told rather than asked, because a browser that is asked has to lay out the page first.
 * @param {HTMLCanvasElement} canvas
 * @param {{ width: number, height: number }} size
 * @returns {[number, number, number] | null}
 */
export function fit(canvas, { width, height }) {
  const scale = window.devicePixelRatio;
  const [wide, high] = [width, height].map((side) => Math.round(side * scale));
  if (!wide || !high) return null;
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  return [wide, high, scale];
}

/**
 * A number with so many decimals and a true minus sign.
 * @param {number} value
 */
export function decimal(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}

/**
 * Places or latents, number by number, with commas between.
 * @param {ArrayLike<number>} values
 */
export function decimals(values, digits = 2) {
  return Array.from(values, (value) => decimal(value, digits)).join(", ");
}

/** What this browser tab remembers of a map, across page switches and reloads. */
export const memory = {
  /**
   * @param {string} key
   * @returns {any} what was saved, by whatever version of this page
   */
  load(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? "null") ?? {};
    } catch {
      return {}; // private windows may forbid it; then nothing is remembered
    }
  },
  /**
   * @param {string} key
   * @param {object} value
   */
  save(key, value) {
    try {
      sessionStorage.setItem(key, JSON.stringify(value));
    } catch {
      // as above
    }
  },
};
