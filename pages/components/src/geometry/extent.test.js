import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../testing.js";
import { around, looksOf, widthOf } from "./extent.js";

/** @type {Extent} */
const extent = {
  nearly: [
    [-2, 2],
    [-1, 3],
  ],
  all: [
    [-9, 2],
    [-1, 12],
  ],
};

test("a view holds what it is to hold, with a margin, and never less than the prior's middle", () => {
  const { x, y } = around(extent.nearly);
  assert.ok(x[0] < -2 && x[1] > 2 && y[0] < -1 && y[1] > 3);
  const point = around([
    [1, 1],
    [2, 2],
  ]);
  assert.deepEqual(point, { x: [0.5, 1.5], y: [1.5, 2.5] });
});

test("the closest look is about a narrow posterior, within bounds of the opening view", () => {
  const next = random(1);
  for (const size of [1e-6, 1e-2, 0.03, 10]) {
    const std = Float32Array.from({ length: 4000 }, () => size * (0.5 + next()));
    const { home, closest } = looksOf({ extent, std });
    const width = widthOf(home);
    assert.ok(closest >= 0.001 * width - 1e-12 && closest <= 0.02 * width + 1e-12);
    if (size === 1e-2) assert.ok(closest > 0.5 * size && closest < size);
  }
  const none = looksOf({ extent });
  assert.ok(Math.abs(none.closest - 0.001 * widthOf(none.home)) < 1e-12);
});
