// A Plotly figure that is redrawn in place. Streamlit calls again for every new figure and theme.

import { loadPlotly } from "../latent_map/plotly.js";

const charts = new WeakMap(); // parent element -> what is drawn in it

export default function ({ parentElement, data }) {
  if (!charts.has(parentElement)) charts.set(parentElement, begin(parentElement));
  const chart = charts.get(parentElement);
  chart.element.setAttribute("aria-label", data.alt);
  chart.element.style.height = `${data.figure.layout.height}px`; // room is kept while the library loads
  loadPlotly(data.plotly).then(
    (plotly) => {
      if (charts.get(parentElement) !== chart) return; // removed meanwhile
      chart.plotly = plotly;
      plotly.react(chart.element, data.figure.data, themed(data.figure.layout, chart.element), {
        displayModeBar: false,
      });
    },
    (error) => (chart.element.textContent = error.message),
  );
  return () => {
    chart.watcher.disconnect();
    chart.plotly?.purge(chart.element);
    chart.element.remove();
    charts.delete(parentElement);
  };
}

function begin(parentElement) {
  const element = document.createElement("div");
  element.setAttribute("role", "img");
  parentElement.append(element);
  const chart = { element, plotly: null };
  let width = 0;
  chart.watcher = new ResizeObserver(() => {
    if (!chart.plotly || element.clientWidth === width || !element.clientWidth) return;
    width = element.clientWidth;
    chart.plotly.Plots.resize(element);
  });
  chart.watcher.observe(element);
  return chart;
}

function themed(layout, element) {
  const style = getComputedStyle(element);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const text = value("--st-text-color", "#1d2433");
  const grid = value("--st-border-color", "#dfe3ea");
  const family = value("--st-font", "sans-serif");
  return {
    ...layout,
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    font: { family, size: 12, color: text },
    // A figure of several charts has several of each.
    ...Object.fromEntries(
      Object.entries(layout)
        .filter(([name]) => /^[xy]axis\d*$/.test(name))
        .map(([name, axis]) => [name, { ...axis, ...(name[0] === "x" ? { linecolor: grid } : { gridcolor: grid }) }]),
    ),
    hoverlabel: { bgcolor: value("--st-secondary-background-color", "#f4f5f7"), bordercolor: grid, font: { family, size: 12, color: text } },
  };
}
