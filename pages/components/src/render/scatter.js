// The points at rest, in Plotly (WebGL). It takes longer than a frame to draw anything else, so whatever moves is drawn by CanvasPoints
// meanwhile (canvas_points.js), and Plotly is asked again when all is still.

const CONFIG = { staticPlot: true, displayModeBar: false, showTips: false }; // whoever moves the map is heard elsewhere

/**
 * Points of a class, and which of them are selected, by their positions, if any are.
 * @typedef {{ name: string, x: Float32Array, y: Float32Array, visible: boolean, colour: string, selected: number[] | null }} Trace
 * Diameter of a point in px, and opacities: as usual, and of those that are selected and those that aren't.
 * @typedef {{ size: number, opacity: number, lit: number, faint: number }} Look
 */

/** @typedef {HTMLElement & { on(event: string, listener: () => void): void }} PlotlyElement what Plotly makes of an element */

export class Scatter {
  /**
   * `element`: where Plotly draws; lost() is called when it no longer can.
   * @param {Plotly} plotly
   * @param {HTMLElement} element
   * @param {() => void} lost
   */
  constructor(plotly, element, lost) {
    this.lost = lost;
    this.plotly = plotly;
    this.element = element;
    /** @type {Trace[] | undefined} */
    this.drawn = undefined;
    /** @type {Promise<unknown> | undefined} */
    this.drawing = undefined;
  }

  /**
   * Draws traces at a view; resolves when it has, to whether it could: a browser may have no WebGL. The same array of traces means the same
   * points.
   * @param {Trace[]} traces
   * @param {View} view
   * @param {Look} look
   */
  async draw(traces, view, look) {
    const { plotly, element, drawn } = this;
    this.drawn = traces;
    const layout = layoutOf(view);
    if (traces === drawn) {
      const { width, height, xaxis, yaxis } = layout;
      this.drawing = plotly.relayout(element, {
        width,
        height,
        "xaxis.range": xaxis.range,
        "yaxis.range": yaxis.range,
      });
    } else {
      const data = traces.map((trace) => scatter(trace, look));
      this.drawing = drawn
        ? plotly.react(element, data, layout, CONFIG)
        : plotly.newPlot(element, data, layout, CONFIG);
    }
    await this.drawing;
    if (!drawn) /** @type {PlotlyElement} */ (element).on("plotly_webglcontextlost", () => this.lost());
    return !element.querySelector(".no-webgl");
  }

  destroy() {
    this.drawing?.finally(() => this.plotly.purge(this.element)); // what Plotly is still to draw fails without what this takes away
  }
}

/** @param {Trace} trace @param {Look} look */
function scatter({ name, x, y, visible, colour, selected }, { size, opacity, lit, faint }) {
  return {
    type: "scattergl",
    mode: "markers",
    name,
    // Copies, because Plotly tells by the array whether there is something new in it.
    x: x.slice(),
    y: y.slice(),
    visible,
    marker: { color: colour, size, opacity },
    selectedpoints: selected,
    selected: { marker: { opacity: lit } },
    unselected: { marker: { opacity: faint } },
  };
}

/** @param {View} view */
function layoutOf({ x, y, box, width, height }) {
  const [left, top, wide, high] = box;
  /** @param {Span} range */
  const axis = (range) => ({ range: [...range], visible: false });
  return {
    autosize: false,
    width,
    height,
    margin: { l: left, t: top, r: width - left - wide, b: height - top - high, pad: 0 },
    showlegend: false,
    hovermode: false,
    dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: axis(x),
    yaxis: axis(y),
  };
}
