import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../testing.js";
import { shifted } from "./navigation.js";

test("a place is moved into view if it isn't there, and as much is seen as before", () => {
  const next = random(1);
  for (let n = 0; n < 100; n++) {
    const from = 10 * next() - 5;
    const range = /** @type {Span} */ ([from, from + 0.1 + next()]);
    const value = 14 * next() - 7;
    const span = shifted(range, value);
    assert.ok(span[0] < value && value < span[1]);
    assert.ok(Math.abs(span[1] - span[0] - (range[1] - range[0])) < 1e-9);
    if (value > range[0] && value < range[1]) assert.deepEqual(span, range);
  }
});
