import assert from "node:assert/strict";
import { test } from "node:test";
import { areaAt } from "./areas.js";

// Three areas on one another, each a step higher than the last and going down.
const traces = [1, 2, 3].map((height) => ({
  x: [0, 1, 2, 3],
  y: [4, 3, 2, 1].map((y) => height * y),
  stackgroup: "a",
}));

test("a place is in the area whose stack holds it, at the nearest point", () => {
  for (let x = 0; x <= 3; x += 0.1) {
    const unit = 4 - x;
    for (const [curve, [low, high]] of [
      [0, 1],
      [1, 3],
      [3, 6],
    ].entries()) {
      const area = areaAt(traces, x, ((low + high) / 2) * unit);
      assert.equal(area?.curveNumber, curve);
      assert.ok(Math.abs((area?.pointNumber ?? -1) - x) <= 0.5 + 1e-9);
    }
  }
});

test("above all areas, below them and beside them there is none", () => {
  assert.equal(areaAt(traces, 1, 6 * 3 + 0.1), null);
  assert.equal(areaAt(traces, 1, -0.1), null);
  assert.equal(areaAt(traces, 3.6, 0.1), null);
});
