import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../testing.js";
import { spread } from "./labels.js";

/**
 * How far two names are from covering each other, 1 being next to each other.
 * @param {Spot} a
 * @param {Spot} b
 * @param {number} wide
 */
const apart = ([ax, ay], [bx, by], wide) => Math.hypot((ax - bx) / Math.max(24, wide + 12), (ay - by) / 24);

test("names that are apart stay where they are", () => {
  /** @type {Spot[]} */
  const spots = [
    [0, 0],
    [100, 0],
    [0, 60],
  ];
  assert.deepEqual(spread(spots, [12, 12, 12]), spots);
});

test("names make room for each other around where they were", () => {
  const next = random(1);
  for (let n = 0; n < 50; n++) {
    const spots = Array.from({ length: 4 }, () => /** @type {Spot} */ ([200 * next(), 200 * next()]));
    const places = spread(spots, [12, 12, 12, 12]);
    for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) assert.ok(apart(places[i], places[j], 12) > 0.9);
    for (const axis of [0, 1]) {
      const sum = (/** @type {Spot[]} */ all) => all.reduce((total, spot) => total + spot[axis], 0);
      assert.ok(Math.abs(sum(places) - sum(spots)) < 1e-6, "each two move as far, so their middle stays");
    }
  }
});

test("names in one place are told apart, wide ones one above the other", () => {
  const [a, b] = spread(
    [
      [50, 50],
      [50, 50],
    ],
    [80, 80],
  );
  assert.equal(a[0], b[0]);
  assert.ok(Math.abs(a[1] - b[1]) > 20);
});
