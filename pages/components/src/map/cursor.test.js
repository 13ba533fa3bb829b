import assert from "node:assert/strict";
import { test } from "node:test";
import { close, stage } from "../../testing.js";
import { Placement } from "../geometry/placement.js";
import { spaceOf } from "../geometry/space.js";
import { View } from "../geometry/view.js";
import { Cursor } from "./cursor.js";

/**
 * A cursor on a plane with three points, and what it told.
 * @param {PlaneState} remembered
 * @param {number} [start]
 */
function made(remembered = {}, start) {
  stage({ still: true });
  /** @type {Place[]} */
  const places = [
    [0, 0],
    [1, 1],
    [-1, 0.5],
  ];
  /** @type {Place[]} */
  const moves = [];
  /** @type {Span} */
  const span = [-2, 2];
  const placement = new Placement({
    mean: Float32Array.from(places.flat()),
    label: new Int32Array(places.length),
    latent: Float32Array.from(places.flatMap((_, index) => [100 + index, 0])),
    extent: { nearly: [span, span], all: [span, span] },
    rings: [],
    components: [],
    aboutPrior: "",
    start,
    condition: { beta: 1, label: null },
    space: spaceOf({ header: {}, arrays: {} }),
  });
  /** @type {Set<number>} */
  const hidden = new Set();
  const { home, all } = placement.looks;
  const view = new View(home, all, 0.01, { moved: () => {}, rested: () => {} });
  view.resize(600, 600);
  const plane = {
    placement,
    view,
    listener: { moved: (/** @type {Place} */ place) => moves.push(place), changed: () => {} },
    classes: { hidden, colourOf: () => "" },
    motion: { moving: false },
    spreadOf: () => null,
    marks: { drawCursor: () => {} },
  };
  return { cursor: new Cursor(/** @type {Plane} */ (/** @type {unknown} */ (plane)), remembered), moves, view, hidden };
}

test("it begins where it was, else at the image to begin with, else at the origin", () => {
  assert.deepEqual(made({ cursor: [3, 4] }, 1).cursor.place, [3, 4]);
  assert.deepEqual(made({}, 1).cursor.place, [1, 1]);
  assert.deepEqual(made({}, 7).cursor.place, [0, 0], "an image that isn't on the plane");
  assert.deepEqual(made().cursor.place, [0, 0]);
});

test("at the image that it began at the latent is that one's own, until somebody points elsewhere", () => {
  const { cursor } = made({}, 1);
  assert.deepEqual(cursor.latentAt([1, 1]), { z: [101, 0], trust: 1, own: true });
  cursor.moveTo([1, 1]);
  assert.equal(cursor.latentAt([1, 1]).own, true);
  cursor.moveTo([0.5, 0.5]);
  cursor.moveTo([1, 1]);
  assert.deepEqual(cursor.latentAt([1, 1]), { z: [1, 1], trust: 1 });
});

test("nobody is told again before somebody has pointed", () => {
  const { cursor, moves } = made({}, 1);
  cursor.repeat();
  assert.deepEqual(moves, []);
  cursor.moveTo([0.5, 0.5]);
  cursor.repeat();
  assert.deepEqual(moves, [
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
});

test("keys move it by px, and no further than the rim", () => {
  const { cursor, view } = made({}, 0);
  cursor.step(10, -20);
  close(
    view.toPixels(cursor.place),
    view.toPixels([0, 0]).map((px, axis) => px + [10, -20][axis]),
    1e-9,
  );
  for (let n = 0; n < 50; n++) cursor.step(100, 100);
  const [left, top, width, height] = view.box;
  close(view.toPixels(cursor.place), [left + width, top + height], 1e-9);
});

test("it knows the point next to it, unless that one's class is hidden", () => {
  const { cursor, hidden } = made();
  cursor.moveTo([0.8, 0.9]);
  assert.equal(cursor.near?.index, 1);
  hidden.add(0);
  cursor.look();
  assert.equal(cursor.near, null);
});
