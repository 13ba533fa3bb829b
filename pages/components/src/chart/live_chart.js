// A Plotly figure that is redrawn in place. Streamlit calls again for every new figure and theme.

import { propertiesOf } from "../render/colours.js";
import { h } from "../shared/dom.js";
import { loadPlotly } from "../shared/plotly.js";
import { areaAt } from "./areas.js";

/** @typedef {Record<string, any> & { height: number }} Layout as Plotly has it */
/** @typedef {{ figure: { data: import("./areas.js").Trace[], layout: Layout }, alt: string, plotly: string }} ChartData */
/**
 * What Plotly makes of an element: its axes say where pixels lie.
 * @typedef {{ p2d(px: number): number, _offset: number }} Axis
 * @typedef {HTMLElement & { data: import("./areas.js").Trace[], layout?: { meta?: { areas?: boolean } },
 *   _fullLayout: { xaxis: Axis, yaxis: Axis } }} PlotlyElement
 */

/** @type {WeakMap<HTMLElement, LiveChart>} */
const charts = new WeakMap(); // parent element -> what is drawn in it

/** @param {{ parentElement: HTMLElement, data: ChartData }} component */
export default function ({ parentElement, data }) {
  const chart = charts.get(parentElement) ?? new LiveChart(parentElement);
  charts.set(parentElement, chart);
  chart.update(data);
  return () => {
    chart.destroy();
    charts.delete(parentElement);
  };
}

class LiveChart {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.element = h("div", { role: "img" });
    parent.append(this.element);
    this.gone = false;
    /** @type {Plotly | undefined} */
    this.plotly = undefined;
    /** @type {Promise<unknown> | undefined} */
    this.drawing = undefined;
    this.width = 0;
    this.element.addEventListener("mousemove", (event) => this.hoverArea(event), true);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.element);
  }

  /** @param {ChartData} data */
  update({ figure, alt, plotly: url }) {
    const { element } = this;
    element.setAttribute("aria-label", alt);
    element.style.height = `${figure.layout.height}px`; // room is kept while the library loads
    loadPlotly(url).then(
      (plotly) => {
        if (this.gone) return;
        this.plotly = plotly;
        const layout = themed(figure.layout, element);
        this.drawing = plotly.react(element, figure.data, layout, { displayModeBar: false });
      },
      (error) => {
        element.textContent = error.message;
      },
    );
  }

  resize() {
    const { element, plotly } = this;
    if (!plotly || element.clientWidth === this.width || !element.clientWidth) return;
    this.width = element.clientWidth;
    this.drawing = plotly.Plots.resize(element);
  }

  /**
   * Of stacked areas Plotly knows the points alone, or else the area without the place in it: this shows the value of the area under the
   * pointer at the epoch that is nearest.
   * @param {MouseEvent} event
   */
  hoverArea(event) {
    const { plotly } = this;
    const element = /** @type {PlotlyElement} */ (/** @type {HTMLElement} */ (this.element));
    if (!plotly || !element.layout?.meta?.areas) return;
    event.stopPropagation(); // Plotly would look for another
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    const [across, down] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
    const area = areaAt(element.data, xaxis.p2d(across), yaxis.p2d(down));
    if (area) plotly.Fx.hover(element, [area]);
    else plotly.Fx.unhover(element, event);
  }

  destroy() {
    this.gone = true;
    this.watcher.disconnect();
    this.element.remove();
    this.drawing?.finally(() => this.plotly?.purge(this.element)); // what Plotly is still to draw fails without what this takes away
  }
}

/**
 * A layout in the colours of the page.
 * @param {Layout} layout
 * @param {HTMLElement} element
 */
function themed(layout, element) {
  const value = propertiesOf(element);
  const grid = value("--st-border-color");
  const font = { family: value("--st-font"), size: 12, color: value("--st-text-color") };
  return {
    ...layout,
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    font,
    // A figure of several charts has several of each.
    ...Object.fromEntries(
      Object.entries(layout)
        .filter(([name]) => /^[xy]axis\d*$/.test(name))
        .map(([name, axis]) => [name, { ...axis, ...(name[0] === "x" ? { linecolor: grid } : { gridcolor: grid }) }]),
    ),
    hoverlabel: { bgcolor: value("--st-secondary-background-color"), bordercolor: grid, font },
  };
}
