// pages/components/src/shared/dom.js
function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children.filter((child) => child !== null && child !== void 0));
  return element;
}

// pages/components/src/render/colours.js
var LIGHT = { "--st-background-color": "#ffffff", "--st-secondary-background-color": "#f4f5f7", "--st-text-color": "#111827", "--st-border-color": "#dfe3ea", "--st-font": "sans-serif" };
function propertiesOf(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim() || LIGHT[name];
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

// pages/components/src/chart/areas.js
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

// pages/components/src/chart/live_chart.js
var charts = /* @__PURE__ */ new WeakMap();
function live_chart_default({ parentElement, data }) {
  const chart = charts.get(parentElement) ?? new LiveChart(parentElement);
  charts.set(parentElement, chart);
  chart.update(data);
  return () => {
    chart.destroy();
    charts.delete(parentElement);
  };
}
var LiveChart = class {
  constructor(parent) {
    this.element = h("div", { role: "img" });
    parent.append(this.element);
    this.gone = false;
    this.plotly = void 0;
    this.drawing = void 0;
    this.width = 0;
    this.element.addEventListener("mousemove", (event) => this.hoverArea(event), true);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.element);
  }
  update({ figure, alt, plotly: url }) {
    const { element } = this;
    element.setAttribute("aria-label", alt);
    element.style.height = `${figure.layout.height}px`;
    loadPlotly(url).then((plotly) => {
      if (this.gone) return;
      this.plotly = plotly;
      const layout = themed(figure.layout, element);
      this.drawing = plotly.react(element, figure.data, layout, { displayModeBar: false });
    }, (error) => {
      element.textContent = error.message;
    });
  }
  resize() {
    const { element, plotly } = this;
    if (!plotly || element.clientWidth === this.width || !element.clientWidth) return;
    this.width = element.clientWidth;
    this.drawing = plotly.Plots.resize(element);
  }
  hoverArea(event) {
    const { plotly } = this;
    const element = this.element;
    if (!plotly || !element.layout?.meta?.areas) return;
    event.stopPropagation();
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
    this.drawing?.finally(() => this.plotly?.purge(this.element));
  }
};
function themed(layout, element) {
  const value = propertiesOf(element);
  const grid = value("--st-border-color");
  const font = { family: value("--st-font"), size: 12, color: value("--st-text-color") };
  return { ...layout, paper_bgcolor: "rgba(0, 0, 0, 0)", plot_bgcolor: "rgba(0, 0, 0, 0)", font, ...Object.fromEntries(Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name)).map(([name, axis]) => [name, { ...axis, ...name[0] === "x" ? { linecolor: grid } : { gridcolor: grid } }])), hoverlabel: { bgcolor: value("--st-secondary-background-color"), bordercolor: grid, font } };
}
export {
  live_chart_default as default
};
