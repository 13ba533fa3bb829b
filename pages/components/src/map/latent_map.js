// The component: a map with a panel beside it, or two of them. Streamlit calls it again at every change of data or theme.

import { Pair } from "../panels/pair.js";
import { App } from "./app.js";

/** @type {WeakMap<HTMLElement, App | Pair>} */
const apps = new WeakMap(); // parentElement -> what is shown in it

/** @param {Component} component */
export default function (component) {
  const { parentElement, data } = component;
  const app = apps.get(parentElement) ?? begin(parentElement, data.panel);
  apps.set(parentElement, app);
  app.update(component);
  return () => {
    apps.get(parentElement)?.destroy();
    apps.delete(parentElement);
  };
}

/** @param {HTMLElement} parent @param {string} panel */
function begin(parent, panel) {
  /** @param {HTMLElement} element */
  const one = (element) => new App(element);
  return panel === "pair" ? new Pair(parent, one) : one(parent);
}
