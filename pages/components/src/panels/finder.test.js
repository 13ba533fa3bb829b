import assert from "node:assert/strict";
import { test } from "node:test";
import { normal } from "../../testing.js";
import { largest } from "./finder.js";

test("the largest scores are found, as many as were asked for", () => {
  const pool = Array.from({ length: 300 }, (_, i) => 3 * i);
  const scores = Float64Array.from(normal(300, 1));
  for (const count of [1, 7, 299, 300, 1000]) {
    const indices = largest(pool, scores, count);
    const wanted = [...pool.keys()]
      .sort((a, b) => scores[b] - scores[a])
      .slice(0, count)
      .map((at) => pool[at]);
    assert.deepEqual(
      indices.sort((a, b) => a - b),
      wanted.sort((a, b) => a - b),
    );
  }
});

test("of those that are alike the first are taken", () => {
  assert.deepEqual(largest([5, 6, 7, 8], Float64Array.of(1, 2, 1, 1), 3), [6, 5, 7]);
});
