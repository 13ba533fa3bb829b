// A Plotly figure that is redrawn in place. Streamlit calls again for every new figure and theme.

import { loadPlotly } from "../shared/plotly.js";

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
      chart.drawing = plotly.react(chart.element, data.figure.data, themed(data.figure.layout, chart.element), {
        displayModeBar: false,
      });
    },
    (error) => (chart.element.textContent = error.message),
  );
  return () => {
    chart.watcher.disconnect();
    chart.element.remove();
    charts.delete(parentElement);
    chart.drawing?.finally(() => chart.plotly.purge(chart.element)); // what Plotly is still to draw fails without what this takes away
  };
}

function begin(parentElement) {
  const element = document.createElement("div");
  element.setAttribute("role", "img");
  parentElement.append(element);
  const chart = { element, plotly: null, drawing: null };
  element.addEventListener("mousemove", (event) => hoverArea(chart, event), true);
  let width = 0;
  chart.watcher = new ResizeObserver(() => {
    if (!chart.plotly || element.clientWidth === width || !element.clientWidth) return;
    width = element.clientWidth;
    chart.drawing = chart.plotly.Plots.resize(element);
  });
  chart.watcher.observe(element);
  return chart;
}

/** Of stacked areas Plotly knows the points alone, or else the area without the place in it: this shows the value of the area under the
 *  pointer at the epoch that is nearest. */
function hoverArea(chart, event) {
  const { element, plotly } = chart;
  if (!plotly || !element.layout?.meta?.areas) return;
  event.stopPropagation(); // Plotly would look for another
  const { xaxis, yaxis } = element._fullLayout;
  const box = element.getBoundingClientRect();
  const [x, y] = [
    xaxis.p2d(event.clientX - box.left - xaxis._offset),
    yaxis.p2d(event.clientY - box.top - yaxis._offset),
  ];
  const found = areaAt(element.data, x, y);
  if (found) plotly.Fx.hover(element, [found]);
  else plotly.Fx.unhover(element, event);
}

/** Which of the stacked areas a place is in, and its point that is nearest across: { curveNumber, pointNumber }, or null. */
function areaAt(traces, x, y) {
  const floors = new Map(); // stack -> how high it is at x, so far
  for (const [curveNumber, trace] of traces.entries()) {
    const last = trace.x.length - 1;
    if (y < 0 || x < trace.x[0] - 0.5 || x > trace.x[last] + 0.5) continue;
    let after = trace.x.findIndex((epoch) => epoch >= x);
    if (after < 0) after = last;
    const before = Math.max(0, after - 1);
    const share = before === after ? 1 : Math.min(1, (x - trace.x[before]) / (trace.x[after] - trace.x[before]));
    const top = (floors.get(trace.stackgroup) ?? 0) + trace.y[before] + share * (trace.y[after] - trace.y[before]);
    if (y <= top) return { curveNumber, pointNumber: share < 0.5 ? before : after };
    floors.set(trace.stackgroup, top);
  }
  return null;
}

function themed(layout, element) {
  const style = getComputedStyle(element);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const text = value("--st-text-color", "#111827");
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
    hoverlabel: {
      bgcolor: value("--st-secondary-background-color", "#f4f5f7"),
      bordercolor: grid,
      font: { family, size: 12, color: text },
    },
  };
}
