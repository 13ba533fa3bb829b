import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { FIELDS } from "./fields.js";
import { OVERLAYS, overlayOf, rangeOf, tableOf } from "./overlay.js";

test("each overlay has a field, and each field can be shown", () => {
  assert.deepEqual(Object.keys(OVERLAYS).sort(), Object.keys(FIELDS).sort());
});

test("a plane without a measure of its own has other words for the density, and no name is no overlay", () => {
  assert.notEqual(overlayOf("density", true)?.unit, overlayOf("density", false)?.unit);
  assert.equal(overlayOf("cycle", true)?.unit, overlayOf("cycle", false)?.unit);
  assert.equal(overlayOf("", false), undefined);
});

test("the colours span all but a hundredth at either end, of what can be said", () => {
  const values = normal(1000, 1);
  values.fill(Number.NaN, 0, 100);
  values[200] = Number.NEGATIVE_INFINITY;
  const [low, high] = rangeOf(values);
  const finite = values.filter(Number.isFinite);
  for (const outside of [finite.filter((value) => value < low), finite.filter((value) => value > high)]) {
    assert.ok(Math.abs(outside.length - finite.length / 100) <= 1);
  }
  const [least, most] = rangeOf(values, OVERLAYS.density.range);
  close([most - least], [9.2], 1e-6);
});

test("a ramp goes from its first colour to its last, and never jumps", () => {
  const table = tableOf(["#000000", "#ff8000", "#ffffff"]);
  assert.equal(table.length, 768);
  assert.deepEqual([...table.subarray(0, 3)], [0, 0, 0]);
  assert.deepEqual([...table.subarray(765)], [255, 255, 255]);
  for (let at = 3; at < 768; at++) assert.ok(Math.abs(table[at] - table[at - 3]) <= 3);
});
