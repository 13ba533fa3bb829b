// pages/components/src/shared/dom.js
function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== void 0));
  return element;
}

// pages/components/src/shared/plotly.js
var library;
function loadPlotly(url) {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = h("script", { src: url });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = void 0;
      reject(new Error("plotly.js could not be loaded from the server. Reload the page."));
    };
    document.head.append(script);
  });
  return library;
}

// pages/components/src/chart/live_chart.js
var charts = /* @__PURE__ */ new WeakMap();
function live_chart_default({ parentElement, data }) {
  if (!charts.has(parentElement)) charts.set(parentElement, begin(parentElement));
  const chart = charts.get(parentElement);
  chart.element.setAttribute("aria-label", data.alt);
  chart.element.style.height = `${data.figure.layout.height}px`;
  loadPlotly(data.plotly).then(
    (plotly) => {
      if (charts.get(parentElement) !== chart) return;
      chart.plotly = plotly;
      chart.drawing = plotly.react(chart.element, data.figure.data, themed(data.figure.layout, chart.element), {
        displayModeBar: false
      });
    },
    (error) => chart.element.textContent = error.message
  );
  return () => {
    chart.watcher.disconnect();
    chart.element.remove();
    charts.delete(parentElement);
    chart.drawing?.finally(() => chart.plotly.purge(chart.element));
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
function hoverArea(chart, event) {
  const { element, plotly } = chart;
  if (!plotly || !element.layout?.meta?.areas) return;
  event.stopPropagation();
  const { xaxis, yaxis } = element._fullLayout;
  const box = element.getBoundingClientRect();
  const [x, y] = [
    xaxis.p2d(event.clientX - box.left - xaxis._offset),
    yaxis.p2d(event.clientY - box.top - yaxis._offset)
  ];
  const found = areaAt(element.data, x, y);
  if (found) plotly.Fx.hover(element, [found]);
  else plotly.Fx.unhover(element, event);
}
function areaAt(traces, x, y) {
  const floors = /* @__PURE__ */ new Map();
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
      Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name)).map(([name, axis]) => [name, { ...axis, ...name[0] === "x" ? { linecolor: grid } : { gridcolor: grid } }])
    ),
    hoverlabel: {
      bgcolor: value("--st-secondary-background-color", "#f4f5f7"),
      bordercolor: grid,
      font: { family, size: 12, color: text }
    }
  };
}
export {
  live_chart_default as default
};
