// plotly.js, fetched from our own server once for everything on the page that draws with it.

import { h } from "./dom.js";

/** @type {Promise<Plotly> | undefined} */
let library; // a promise of it

/**
 * Has the browser fetch the library without running it, which keeps a page busy.
 * @param {string} url
 */
export function fetchPlotly(url) {
  if (!library && !window.Plotly) document.head.append(h("link", { rel: "preload", as: "script", href: url }));
}

/**
 * Runs it, if nobody has.
 * @param {string} url
 * @returns {Promise<Plotly>}
 */
export function loadPlotly(url) {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = h("script", { src: url });
    script.onload = () => resolve(/** @type {Plotly} */ (window.Plotly));
    script.onerror = () => {
      library = undefined;
      reject(new Error("plotly.js could not be loaded from the server. Reload the page."));
    };
    document.head.append(script);
  });
  return library;
}
