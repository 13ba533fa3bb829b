import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../testing.js";
import { bitsOf, indicesOf, inside } from "./selection.js";

test("what is chosen comes back from its bits", () => {
  const next = random(1);
  for (const count of [1, 7, 8, 9, 1000, 70_000]) {
    const chosen = [...Array(count).keys()].filter(() => next() < 0.3);
    assert.deepEqual(indicesOf(bitsOf(chosen, count), count), chosen);
  }
  assert.deepEqual(indicesOf(bitsOf([], 10), 10), []);
});

test("of what is no such text nothing is chosen, and nothing beyond the points there are", () => {
  assert.deepEqual(indicesOf("not base64!", 10), []);
  assert.deepEqual(indicesOf(bitsOf([2, 12], 16), 8), [2]);
});

test("inside a convex polygon is on the inner side of each edge", () => {
  const polygon = Array.from(
    { length: 7 },
    (_, n) => /** @type {Place} */ ([3 * Math.cos((2 * Math.PI * n) / 7), 2 * Math.sin((2 * Math.PI * n) / 7)]),
  );
  const next = random(2);
  for (let n = 0; n < 500; n++) {
    const [x, y] = [8 * next() - 4, 6 * next() - 3];
    const wanted = polygon.every(([ax, ay], at) => {
      const [bx, by] = polygon[(at + 1) % 7];
      return (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0;
    });
    assert.equal(inside(polygon, x, y), wanted);
  }
});

test("the bay of a polygon is outside, and so is all of one without area", () => {
  /** @type {Place[]} */
  const u = [
    [0, 0],
    [4, 0],
    [4, 4],
    [3, 4],
    [3, 1],
    [1, 1],
    [1, 4],
    [0, 4],
  ];
  assert.ok(inside(u, 0.5, 3) && inside(u, 3.5, 3) && inside(u, 2, 0.5));
  assert.ok(!inside(u, 2, 3));
  assert.ok(
    !inside(
      [
        [0, 0],
        [1, 1],
      ],
      0.5,
      0.5,
    ),
  );
});
