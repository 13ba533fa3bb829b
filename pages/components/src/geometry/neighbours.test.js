import assert from "node:assert/strict";
import { test } from "node:test";
import { normal, random } from "../../testing.js";
import { Neighbours } from "./neighbours.js";

/** @param {number} k */
const room = (k) => ({ index: new Int32Array(k), squared: new Float64Array(k) });

/**
 * The same by looking at all.
 * @param {Float32Array} mean @param {number} x @param {number} y @param {number} k @param {(i: number) => boolean} keep
 */
function brute(mean, x, y, k, keep) {
  return [...Array(mean.length / 2).keys()]
    .filter((i) => keep(i) && !Number.isNaN(mean[2 * i]))
    .map((i) => (mean[2 * i] - x) ** 2 + (mean[2 * i + 1] - y) ** 2)
    .sort((a, b) => a - b)
    .slice(0, k);
}

for (const [name, mean] of Object.entries({
  cloud: normal(2000, 1),
  "a few far away": normal(2000, 2).map((value, at) => (at % 500 === 0 ? 100 * value : value)),
  "some that aren't on the plane": normal(2000, 3).map((value, at) => ((at >> 1) % 3 ? value : Number.NaN)),
  "a line": normal(2000, 4).map((value, at) => (at % 2 ? 1 : value)),
  few: normal(6, 5),
  "one place": new Float32Array(20).fill(2),
})) {
  test(`the nearest are those of all: ${name}`, () => {
    const neighbours = new Neighbours(mean);
    const next = random(6);
    for (let n = 0; n < 60; n++) {
      const [x, y] = [8 * next() - 4, 8 * next() - 4];
      const keep = n % 2 ? (/** @type {number} */ i) => i % 2 === 0 : undefined;
      const nearest = room(5);
      const count = neighbours.nearest(x, y, 5, nearest, keep);
      const wanted = brute(mean, x, y, 5, keep ?? (() => true));
      assert.deepEqual([...nearest.squared.subarray(0, count)], wanted);
      for (let at = 0; at < count; at++) assert.ok(!keep || keep(nearest.index[at]));
    }
  });
}

test("of no points none is near", () => {
  assert.equal(new Neighbours(new Float32Array()).nearest(0, 0, 3, room(3)), 0);
  assert.equal(new Neighbours(new Float32Array(10).fill(Number.NaN)).nearest(0, 0, 3, room(3)), 0);
});
