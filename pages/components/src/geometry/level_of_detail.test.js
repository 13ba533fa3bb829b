import assert from "node:assert/strict";
import { test } from "node:test";
import { normal } from "../../testing.js";
import { LevelOfDetail } from "./level_of_detail.js";

/** @param {number} count */
const labels = (count) => Int32Array.from({ length: count }, (_, i) => i % 3);
/** @type {Ranges} */
const WHOLE_VIEW = { x: [-4, 4], y: [-4, 4] };

/** @param {LevelOfDetail} detail */
const drawn = (detail) => detail.groups.flatMap(({ index }) => [...index]).sort((a, b) => a - b);

test("a few are all drawn, in a group for each class", () => {
  const mean = normal(1000, 1);
  mean[10] = Number.NaN;
  const detail = new LevelOfDetail({ mean, label: labels(500) }, 4);
  assert.equal(detail.look(WHOLE_VIEW, 100), false);
  assert.deepEqual(
    drawn(detail),
    [...Array(500).keys()].filter((i) => i !== 5),
  );
  for (const { label, index, x, y } of detail.groups) {
    index.forEach((i, at) => {
      assert.equal(i % 3, label);
      assert.deepEqual([x[at], y[at]], detail.placeOf(i));
    });
  }
});

test("a closer look never draws less of what it holds", () => {
  const mean = normal(200_000, 2);
  const detail = new LevelOfDetail({ mean, label: labels(100_000) }, 4);
  /** @type {Set<number>} */
  let before = new Set();
  for (const unit of [40, 80, 160, 320, 640, 1e5]) {
    detail.look({ x: [-0.2, 0.2], y: [-0.2, 0.2] }, unit);
    const now = new Set(drawn(detail));
    for (const index of before) assert.ok(now.has(index));
    before = now;
  }
  const inner = [...Array(100_000).keys()].filter(
    (i) => Math.abs(mean[2 * i]) <= 0.2 && Math.abs(mean[2 * i + 1]) <= 0.2,
  );
  assert.ok(
    inner.every((i) => before.has(i)),
    "at the closest look all are there",
  );
});

test("the nearest is that of all that aren't hidden, moving or not", () => {
  const mean = normal(400, 3);
  const detail = new LevelOfDetail({ mean, label: labels(200) }, 4);
  for (const hidden of [new Set([0]), new Set([1, 2]), new Set(/** @type {number[]} */ ([]))]) {
    for (const moving of [true, false]) {
      const nearest = detail.nearest([0.3, -0.2], hidden, moving);
      const away = [...Array(200).keys()].map((i) =>
        hidden.has(i % 3) ? Number.POSITIVE_INFINITY : Math.hypot(mean[2 * i] - 0.3, mean[2 * i + 1] + 0.2),
      );
      assert.equal(nearest?.index, away.indexOf(Math.min(...away)));
    }
  }
  assert.equal(detail.nearest([0, 0], new Set([0, 1, 2]), false), null);
});

test("points that move are where they went, and those that only some move for are alone until all come", () => {
  const mean = normal(400, 4);
  const detail = new LevelOfDetail({ mean, label: labels(200) }, 4);
  const moved = mean.map((value) => value + 1);
  detail.move(moved);
  assert.deepEqual(detail.placeOf(7), [moved[14], moved[15]]);
  const some = Int32Array.of(3, 50, 120);
  detail.move(Float32Array.of(1, 2, 3, 4, 5, 6), some);
  assert.deepEqual(drawn(detail), [3, 50, 120]);
  assert.deepEqual(detail.placeOf(50), [3, 4]);
  /** @type {number[]} */
  const seen = [];
  detail.visit((index) => seen.push(index));
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    [3, 50, 120],
  );
  detail.replace(moved);
  assert.deepEqual(detail.placeOf(50), [moved[100], moved[101]]);
});

test("a class has its middle where half of its points lie on either side, whether all move or some", () => {
  const mean = normal(3000, 5);
  mean.fill(0.25, 300, 900); // many in one place
  const detail = new LevelOfDetail({ mean, label: labels(1500) }, 4);
  const check = (/** @type {number[]} */ own) => {
    for (const [axis, value] of detail.middleOf(1).entries()) {
      const sorted = own.map((i) => mean[2 * i + axis]).sort((a, b) => a - b);
      assert.equal(value, sorted[own.length >> 1]);
    }
  };
  const own = [...Array(1500).keys()].filter((i) => i % 3 === 1);
  check(own);
  const some = Int32Array.from(own.slice(0, 301));
  detail.move(Float32Array.from([...some].flatMap((i) => [mean[2 * i], mean[2 * i + 1]])), some);
  check([...some]);
});
