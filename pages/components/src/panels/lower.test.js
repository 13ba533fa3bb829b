import assert from "node:assert/strict";
import { test } from "node:test";
import { added } from "./lower.js";

const LOWER = 2000;

test("a draw is normal, scaled by the temperature, and the same for a seed", () => {
  const draw = added({ kind: "drawn", nearest: [] }, LOWER, 3, 0.5) ?? [];
  const mean = draw.reduce((sum, value) => sum + value, 0) / LOWER;
  const variance = draw.reduce((sum, value) => sum + value ** 2, 0) / LOWER;
  assert.ok(Math.abs(mean) < (5 * 0.5) / Math.sqrt(LOWER));
  assert.ok(Math.abs(variance / 0.25 - 1) < 5 * Math.sqrt(2 / LOWER));
  assert.deepEqual(added({ kind: "drawn", nearest: [] }, LOWER, 3, 0.5), draw);
  assert.notDeepEqual(added({ kind: "drawn", nearest: [] }, LOWER, 4, 0.5), draw);
  const none = added({ kind: "drawn", nearest: [] }, 3, 1, 0) ?? [];
  assert.ok(none.length === 3 && none.every((value) => value === 0));
});

test("the mean adds nothing, and an image its own, if one is near", () => {
  assert.equal(added({ kind: "mean", nearest: [1, 2] }, 2, 1, 1), null);
  assert.deepEqual(added({ kind: "image", nearest: [1, 2] }, 2, 1, 1), [1, 2]);
  assert.equal(added({ kind: "image", nearest: [] }, 2, 1, 1), null);
});
