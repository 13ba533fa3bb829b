// How a map and its panel are laid out: on the left the map, the slider for beta and what the plane keeps of the latents.

import { h } from "../shared/dom.js";

export class Page {
  /** @param {HTMLElement} root that it fills */
  constructor(root) {
    this.root = root;
    this.stage = h("div", {}); // what a map takes the place of
    this.figures = h("dl", { className: "zs-figures" });
  }

  /**
   * @param {AppData} data
   * @param {HTMLElement} panel
   * @param {HTMLElement[]} strips
   */
  layOut(data, panel, strips) {
    this.stage = h("div", { className: "zs-map zs-dirty" }, h("div", { className: "zs-stage" }));
    const parts = [...(data.points ? [this.stage] : []), ...(data.panel === "side" ? [] : strips)];
    const left = h("div", { className: "zs-left" }, ...parts);
    if (data.figures?.length) left.append(this.figures);
    this.showFigures(data);
    const body = h("div", { className: `zs-body zs-${data.panel}-page` }, left, panel);
    if (!data.points) body.classList.add("zs-panel-only");
    if (data.projected) body.classList.add("zs-projected");
    this.root.replaceChildren(body);
  }

  /**
   * What the plane keeps of the latents.
   * @param {AppData} data
   */
  showFigures({ figures = [] }) {
    const shown = figures.map(([title, value, text]) =>
      h("div", { title: text }, h("dt", {}, title), h("dd", {}, value)),
    );
    this.figures.replaceChildren(...shown);
  }

  /** @param {Error} error */
  fail(error) {
    this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
    console.error(error);
  }
}
