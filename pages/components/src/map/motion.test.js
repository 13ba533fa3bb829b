import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../testing.js";
import { Placement } from "../geometry/placement.js";
import { spaceOf } from "../geometry/space.js";
import { Motion } from "./motion.js";

/** @param {number[]} mean @param {number} reach @returns {PlanePoints} */
function pointsAt(mean, reach) {
  /** @type {Span} */
  const span = [-reach, reach];
  return {
    mean: Float32Array.from(mean),
    label: new Int32Array(mean.length / 2),
    extent: { nearly: [span, span], all: [span, span] },
    rings: [],
    components: [],
    aboutPrior: "",
    condition: { beta: 1, label: null },
    space: spaceOf({ header: {}, arrays: {} }),
  };
}

/**
 * The motion of two points on a plane, which notes what it is asked for, and what the motion has put off.
 * @param {import("node:test").TestContext} t
 */
function made(t, still = false) {
  const { frame } = stage({ still });
  /** @type {Map<number, () => void>} */
  const later = new Map();
  let last = 0;
  Object.assign(globalThis, { window: globalThis });
  t.mock.method(globalThis, "setTimeout", (/** @type {() => void} */ run) => later.set(++last, run) && last);
  t.mock.method(globalThis, "clearTimeout", (/** @type {number} */ id) => later.delete(id));
  /** @type {string[]} */
  const calls = [];
  const log = (/** @type {string} */ name) => () => void calls.push(name);
  const plane = {
    placement: new Placement(pointsAt([0, 0, 1, 1], 2)),
    condition: { beta: 1, label: null },
    gestures: { last: 0 },
    dwell: { end() {} },
    cursor: {
      place: [1, 1],
      pointed: true,
      image: 1,
      near: null,
      look() {},
      latentAt: () => ({ z: [1, 1], own: true }),
    },
    view: { still: { matches: still }, rescale: log("rescale"), go: log("go") },
    pointLayer: { invalidate() {}, look() {} },
    legend: { fill: log("legend") },
    backdrop: { renew: log("backdrop") },
    listener: { moved: log("moved"), changed: log("changed") },
    plot: { dataset: {} },
    drawLabels() {},
    redraw: log("redraw"),
  };
  const motion = new Motion(/** @type {any} */ (plane));
  const places = () => [0, 1].map((index) => plane.placement.pointAt(index));
  return { motion, plane, later, calls, places, frame };
}

test("points that move are drawn at once, and rest once nothing has moved them for a while", (t) => {
  const { motion, plane, later, calls, places } = made(t);
  const condition = { beta: 2, label: null };
  motion.move(Float32Array.of(3, 0, 0, 3), { beta: 1.5, label: null });
  motion.move(Float32Array.of(2, 0, 0, 2), condition);
  assert.deepEqual([places(), plane.condition, motion.moving], [[[2, 0], [0, 2]], condition, true]); // biome-ignore format: as pairs
  assert.equal(later.size, 1, "the second move puts off the rest");
  assert.ok(!calls.includes("moved"));
  for (const run of later.values()) run();
  assert.ok(!motion.moving);
  assert.deepEqual(calls.slice(-2), ["moved", "redraw"]);
});

test("in another plane points arrive where they lie, on the way from where they were in its scale", (t) => {
  const { motion, plane, calls, places, frame } = made(t);
  motion.become(pointsAt([4, 0, 0, 4], 4));
  assert.deepEqual(plane.cursor.place, [0, 4], "the cursor stays with its image");
  assert.deepEqual(places()[1], [2, 2]);
  assert.ok(motion.moving && !calls.includes("changed"));
  assert.deepEqual(calls.slice(0, 4), ["rescale", "legend", "backdrop", "go"], "what belongs to the plane is its own");
  for (let ms = 0; ms < 1000; ms += 50) frame(50);
  assert.deepEqual(places(), [[4, 0], [0, 4]]); // biome-ignore format: as pairs
  assert.ok(!motion.moving && calls.includes("changed"));
});

test("where nothing may move they are there at once", (t) => {
  const { motion, places, calls } = made(t, true);
  motion.become(pointsAt([4, 0, 0, 4], 4));
  assert.deepEqual(places(), [[4, 0], [0, 4]]); // biome-ignore format: as pairs
  assert.ok(!motion.moving && calls.includes("changed"));
});
