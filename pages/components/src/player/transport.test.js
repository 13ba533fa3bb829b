import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestOf, nice } from "./player.js";
import { ticksOf } from "./transport.js";

test("ticks are few, at whole epochs, with the first and the last, and never crowded", () => {
  for (const [count, perEpoch] of [
    [1, 1],
    [5, 1],
    [40, 4],
    [200, 3],
    [1000, 10],
  ]) {
    const epochs = Array.from({ length: count }, (_, n) => n / perEpoch);
    const places = ticksOf(epochs);
    const whole = [...epochs.keys()].filter((n) => Number.isInteger(epochs[n]));
    assert.equal(places[0], 0);
    assert.equal(places[places.length - 1], whole[whole.length - 1]);
    assert.ok(places.length <= 11);
    for (let n = 2; n < places.length; n++) assert.ok(places[n] - places[n - 1] >= (count - 1) / 24);
  }
});

test("the nearest of some numbers is that of all of them, the first of two", () => {
  assert.equal(nearestOf([], 3), undefined);
  for (const wanted of [-5, 0, 3.4, 3.5, 9, 100]) {
    const numbers = [0, 3, 4, 9];
    const least = Math.min(...numbers.map((number) => Math.abs(number - wanted)));
    assert.equal(
      nearestOf(numbers, wanted),
      numbers.find((number) => Math.abs(number - wanted) === least),
    );
  }
});

test("whole epochs are written as such, parts of the first with what tells them apart", () => {
  assert.deepEqual([0, 0.25, 1.5, 12, 1234].map(nice), ["0", "0.25", "1.5", "12", "1,234"]);
});
