import assert from "node:assert/strict";
import { test } from "node:test";
import { format } from "./beta.js";
import { dimensionName } from "./dimension.js";
import { usable } from "./start.js";

test("beta has three significant digits and no zeros that say nothing", () => {
  assert.deepEqual([0.05, 0.25343, 1, 12.44, 1000].map(format), ["0.05", "0.253", "1", "12.4", "1000"]);
});

test("dimensions are counted from one", () => {
  assert.deepEqual([0, 8, 9, 119].map(dimensionName), ["z₁", "z₉", "z₁₀", "z₁₂₀"]);
});

test("of what was remembered only latents of this model can be started from", () => {
  const z = [0.5, 1];
  assert.deepEqual(usable([z, [1], [1, null], "no", [Number.NaN, 1]], 2), [z]);
  for (const junk of [undefined, null, "pins", { pins: [z] }]) assert.deepEqual(usable(junk, 2), []);
});
