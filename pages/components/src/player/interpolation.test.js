import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { between, glide, valueAt } from "./interpolation.js";

test("points pass every snapshot and stay between the two that are next", () => {
  const means = [0, 1, 2].map((step) => normal(10, step));
  const out = new Float32Array(10);
  means.forEach((mean, moment) => {
    close(glide(means, moment, out), mean);
  });
  for (let moment = 0; moment < 2; moment += 0.05) {
    const [a, b] = [means[Math.floor(moment)], means[Math.floor(moment) + 1]];
    glide(means, moment, out).forEach((place, i) => {
      assert.ok(Math.min(a[i], b[i]) - 1e-6 <= place && place <= Math.max(a[i], b[i]) + 1e-6);
    });
  }
});

test("what is alone stays", () => {
  const mean = normal(10, 0);
  close(glide([mean], 0, new Float32Array(10)), mean);
  assert.equal(between([3], 0), 3);
});

test("a curve has values from where it begins, over gaps and to where it ends", () => {
  const epochs = [1, 2, 3, 4];
  const values = [null, 8, null, 4];
  assert.deepEqual(
    [1.5, 2, 2.5, 4, 9].map((epoch) => valueAt(epochs, values, epoch)),
    [null, 8, 7, 4, 4],
  );
  assert.equal(valueAt([], [], 1), null);
});
