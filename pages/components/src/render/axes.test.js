import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../testing.js";
import { roundStep, ticks } from "./axes.js";

test("a step is the next of 1, 2 and 5 times a power of ten", () => {
  const next = random(1);
  for (let n = 0; n < 300; n++) {
    const least = 10 ** (8 * next() - 4);
    const step = roundStep(least);
    assert.ok(step >= least * (1 - 1e-9) && step <= 2.5 * least * (1 + 1e-9));
    const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    assert.ok([1, 2, 5].some((whole) => Math.abs(digit - whole) < 1e-9));
  }
  for (const exact of [1, 2, 5, 0.1, 200]) assert.ok(Math.abs(roundStep(exact) - exact) < 1e-9 * exact);
});

test("ticks are all multiples of the step in a range, each written as what it is", () => {
  const next = random(2);
  for (let n = 0; n < 100; n++) {
    const step = roundStep(10 ** (4 * next() - 2));
    const from = 40 * step * (next() - 0.5);
    const to = from + 10 * step;
    const marks = ticks([from, to], step);
    assert.ok(marks.length === 10 || marks.length === 11);
    for (const [value, text] of marks) {
      assert.ok(value >= from - 1e-9 && value <= to + 1e-9);
      assert.ok(Math.abs(Number(text.replace("−", "-")) - value) < 1e-6 * step + 1e-9);
    }
  }
});
