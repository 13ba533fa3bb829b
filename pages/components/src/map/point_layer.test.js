import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../testing.js";
import { Placement } from "../geometry/placement.js";
import { spaceOf } from "../geometry/space.js";
import { PointLayer } from "./point_layer.js";

/** @type {Span} */
const SPAN = [-2, 2];
const POINTS = {
  mean: Float32Array.of(0, 0, 1, 1, -1, 1, 1, -1),
  label: Int32Array.of(0, 1, 0, 1),
  extent: { nearly: [SPAN, SPAN], all: [SPAN, SPAN] },
  rings: [],
  components: [],
  aboutPrior: "",
  condition: { beta: 1, label: null },
  space: spaceOf({ header: {}, arrays: {} }),
};

/**
 * The layer of four points of two classes, and what Plotly and the canvas are asked for.
 * @param {import("node:test").TestContext} t
 */
function made(t) {
  stage();
  const context = { clearRect() {}, fillRect() {}, getImageData: () => ({ data: [255, 0, 0, 255] }) };
  const element = { setAttribute() {}, append() {}, getContext: () => context };
  Object.assign(globalThis, { document: { createElement: () => ({ ...element }) } });
  /** @type {Set<() => void>} */
  const later = new Set();
  t.mock.method(globalThis, "setTimeout", (/** @type {() => void} */ run) => later.add(run) && run);
  t.mock.method(globalThis, "clearTimeout", (/** @type {() => void} */ run) => later.delete(run));
  const seen = { dirty: false, webgl: true, redrawn: 0, lost: () => {} };
  const plane = {
    placement: new Placement(/** @type {PlanePoints} */ (/** @type {unknown} */ (POINTS))),
    motion: { moving: false },
    view: { goal: null, x: SPAN, y: SPAN, box: [0, 0, 100, 100], width: 100, height: 100 },
    classes: { hidden: new Set(), theme: { dark: false }, nameOf: String, colourOf: () => "#ff0000" },
    redraw: () => void seen.redrawn++,
    element: { classList: { toggle: (/** @type {string} */ _, /** @type {boolean} */ on) => (seen.dirty = on) } },
    plot: {
      on: (/** @type {string} */ _, /** @type {() => void} */ lost) => (seen.lost = lost),
      querySelector: () => (seen.webgl ? null : {}),
    },
  };
  const plotly = Object.fromEntries(
    ["newPlot", "react", "relayout", "purge"].map((name) => [
      name,
      t.mock.fn(async (/** @type {unknown[]} */ ..._) => {}),
    ]),
  );
  const layer = new PointLayer(/** @type {any} */ (plane));
  const canvas = t.mock.method(layer.canvas, "draw", (/** @type {unknown[]} */ ..._) => {}).mock;
  return {
    layer,
    plane,
    plotly,
    seen,
    canvas,
    begin: () => layer.begin(/** @type {any} */ (plotly)),
    /** How many wait for the points to rest. */
    get waiting() {
      return later.size;
    },
    /** The points have rested, and Plotly has drawn them, if it was to. */
    async rest() {
      const runs = [...later];
      later.clear();
      for (const run of runs) run();
      await new Promise((done) => setImmediate(done));
    },
  };
}

test("the canvas shows the points until Plotly has drawn them, and whenever they are others", async (t) => {
  const it = made(t);
  it.layer.invalidate();
  assert.ok(it.seen.dirty && !it.layer.canvas.element.hidden);
  assert.equal(it.waiting, 0, "nobody else can draw them yet");
  await it.begin();
  assert.ok(!it.seen.dirty && it.layer.canvas.element.hidden);
  it.layer.invalidate();
  it.layer.invalidate();
  assert.ok(it.seen.dirty && !it.layer.canvas.element.hidden);
  assert.equal(it.waiting, 1);
  await it.rest();
  assert.ok(!it.seen.dirty);
  assert.equal(it.plotly.newPlot.mock.callCount(), 1);
  assert.equal(it.plotly.react.mock.callCount(), 1);
});

test("another view is the same points, which Plotly needn't lay out anew", async (t) => {
  const it = made(t);
  await it.begin();
  it.layer.markDirty();
  await it.rest();
  assert.equal(it.plotly.relayout.mock.callCount(), 1);
  assert.equal(it.plotly.react.mock.callCount(), 0);
});

test("Plotly waits while the points or the view are on their way", async (t) => {
  const it = made(t);
  await it.begin();
  it.layer.invalidate();
  for (const moving of [true, false]) {
    Object.assign(it.plane, { motion: { moving } });
    Object.assign(it.plane.view, { goal: moving ? null : {} });
    await it.rest();
    assert.ok(it.seen.dirty);
    assert.equal(it.waiting, 1);
  }
  it.plane.view.goal = null;
  await it.rest();
  assert.ok(!it.seen.dirty);
  assert.equal(it.plotly.react.mock.callCount(), 1);
});

test("what changes while Plotly draws stays on the canvas until it has drawn that, too", async (t) => {
  const it = made(t);
  await it.begin();
  it.plotly.react.mock.mockImplementationOnce(async () => it.layer.invalidate());
  it.layer.invalidate();
  await it.rest();
  assert.ok(it.seen.dirty && !it.layer.canvas.element.hidden);
  await it.rest();
  assert.ok(!it.seen.dirty);
  assert.equal(it.plotly.react.mock.callCount(), 2);
});

test("where Plotly can't draw, or can't any more, the canvas does for good", async (t) => {
  for (const webgl of [false, true]) {
    const it = made(t);
    it.seen.webgl = webgl;
    await it.begin();
    if (webgl) it.seen.lost();
    await it.rest();
    assert.ok(it.seen.dirty && !it.layer.canvas.element.hidden);
    assert.equal(it.plotly.purge.mock.callCount(), 1);
    assert.equal(it.seen.redrawn, 1);
    it.layer.invalidate();
    assert.equal(it.waiting, 0);
    t.mock.restoreAll();
  }
});

test("the canvas draws once for each change, and only where it shows the points", async (t) => {
  const it = made(t);
  it.layer.draw();
  assert.equal(it.canvas.callCount(), 0);
  it.layer.invalidate();
  it.layer.draw();
  it.layer.draw();
  assert.equal(it.canvas.callCount(), 1);
  await it.begin();
  it.layer.draw();
  assert.equal(it.canvas.callCount(), 1);
});

test("both draw the chosen points apart from the others, and leave hidden classes out", async (t) => {
  const it = made(t);
  it.plane.classes.hidden.add(0);
  it.layer.highlight([2, 3]);
  it.layer.draw();
  const [groups, , size, opacity, lit] = /** @type {any[]} */ (it.canvas.calls[0].arguments);
  assert.deepEqual(
    groups.map((/** @type {{ index: Int32Array, colour: Rgb }} */ { index, colour }) => [[...index], colour]),
    [
      [
        [1, 3],
        [255, 0, 0],
      ],
    ],
  );
  assert.deepEqual([...lit], [0, 0, 1, 1]);
  await it.begin();
  const [, data] = /** @type {any[]} */ (it.plotly.newPlot.mock.calls[0].arguments);
  assert.deepEqual(
    data.map((/** @type {{ visible: boolean, selectedpoints: number[] }} */ each) => [
      each.visible,
      each.selectedpoints,
    ]),
    [
      [false, [1]],
      [true, [1]],
    ],
  );
  const { marker, selected, unselected } = data[1];
  assert.deepEqual([marker.size, marker.opacity], [size, opacity.usual]);
  assert.deepEqual([selected.marker.opacity, unselected.marker.opacity], [opacity.lit, opacity.faint]);
  it.layer.highlight([]);
  await it.rest();
  const [, all] = /** @type {any[]} */ (it.plotly.react.mock.calls[0].arguments);
  assert.equal(all[1].selectedpoints, null);
});
