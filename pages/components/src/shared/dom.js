// Small helpers for building pages by hand.

/** An element with properties, attributes and children: h("button", { className: "x", "aria-label": "Close" }, "×"). */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The same for SVG, where everything is an attribute. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Gives a canvas that is `width` by `height` in CSS the pixels that it covers on the screen; returns [width, height, pixels for one in
 * CSS], or null where it covers none. Told rather than asked, because a browser that is asked has to lay out the page first. */
export function fit(canvas, { width, height }) {
  const scale = window.devicePixelRatio;
  const [wide, high] = [width, height].map((side) => Math.round(side * scale));
  if (!wide || !high) return null;
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  return [wide, high, scale];
}

/** A number with so many decimals and a true minus sign. */
export function decimal(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}

/** Places or latents, number by number, with commas between. */
export function decimals(values, digits = 2) {
  return Array.from(values, (value) => decimal(value, digits)).join(", ");
}

/** What this browser tab remembers of a map, across page switches and reloads. */
export const memory = {
  load(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? {};
    } catch {
      return {}; // private windows may forbid it; then nothing is remembered
    }
  },
  save(key, value) {
    try {
      sessionStorage.setItem(key, JSON.stringify(value));
    } catch {
      // as above
    }
  },
};
