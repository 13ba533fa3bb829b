import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal, random } from "../../testing.js";
import { distance, remoteness, spaceOf } from "./space.js";

const DIMS = 4;
const COUNT = 200;
const about = { axes: ["a", "b"], name: "made" };

/** A plane of latents that lie in two dimensions of it, and NaN where a point isn't on it. */
function scattered() {
  const latent = normal(COUNT * DIMS, 1);
  const mean = normal(COUNT * 2, 2);
  mean.fill(Number.NaN, 2 * 190);
  const header = { latent_dim: DIMS, space: { ...about, kind: "scattered", spacing: 0.1, spread: 2 } };
  return { space: spaceOf({ header, arrays: { mean, latent } }), mean, latent };
}

test("two dimensions are the plane themselves", () => {
  const space = spaceOf({ header: {}, arrays: {} });
  const z = [0, 0];
  assert.equal(space.inverseTransform([1.5, -2], z), 1);
  assert.deepEqual(z, [1.5, -2]);
  assert.deepEqual(space.transform(z), [1.5, -2]);
});

test("a straight plane is left and come back to", () => {
  const [a, b] = [
    [0.6, 0.8, 0, 0],
    [0, 0, 0, 1],
  ];
  const basis = Float32Array.from({ length: 8 }, (_, at) => [a, b][at % 2][at >> 1]);
  const space = spaceOf({
    header: { latent_dim: DIMS, space: { ...about, kind: "straight" } },
    arrays: { origin: normal(DIMS, 3), basis },
  });
  assert.ok(space.straight && space.projected);
  const next = random(4);
  for (let n = 0; n < 30; n++) {
    const place = [20 * next() - 10, 20 * next() - 10];
    const several = new Float32Array(3 * DIMS);
    assert.equal(space.inverseTransform(place, several, DIMS), 1);
    assert.deepEqual([...several.subarray(0, DIMS)], [0, 0, 0, 0]);
    close(space.transform(several.subarray(DIMS, 2 * DIMS)), place, 1e-4);
  }
});

test("the points of a scattered plane have their own latents and come back", () => {
  const { space, mean, latent } = scattered();
  const z = new Array(DIMS);
  for (let i = 0; i < 190; i++) {
    assert.equal(space.inverseTransform([mean[2 * i], mean[2 * i + 1]], z), 1);
    close(z, latent.subarray(i * DIMS, (i + 1) * DIMS), 1e-5);
    close(space.transform(z), mean.subarray(2 * i, 2 * i + 2), 1e-4);
  }
});

test("the further a place is from all points, the less its latent is believed", () => {
  const { space } = scattered();
  const z = new Array(DIMS);
  const trust = [0, 1, 2, 4, 8, 50].map((away) => space.inverseTransform([3 + away, 3 + away], z));
  for (let n = 1; n < trust.length; n++) assert.ok(trust[n] <= trust[n - 1]);
  assert.equal(trust[trust.length - 1], 0);
  assert.ok(z.every(Number.isFinite));
});

test("the latent of a place lies within the latents around it", () => {
  const { space, latent } = scattered();
  const next = random(5);
  const z = new Array(DIMS);
  for (let n = 0; n < 50; n++) {
    space.inverseTransform([4 * next() - 2, 4 * next() - 2], z);
    z.forEach((value, d) => {
      const all = Array.from({ length: COUNT }, (_, i) => latent[i * DIMS + d]);
      assert.ok(value >= Math.min(...all) - 1e-6 && value <= Math.max(...all) + 1e-6);
    });
  }
});

test("distance and remoteness are those of all pairs", () => {
  const latents = normal(60 * DIMS, 6);
  const one = (/** @type {number} */ i) => latents.subarray(i * DIMS, (i + 1) * DIMS);
  close([distance([1, 2, 2], [1, 0, 0])], [Math.sqrt(8)]);
  for (const k of [1, 5, 100]) {
    for (const index of [0, 17, 59]) {
      const others = [...Array(60).keys()].filter((i) => i !== index).map((i) => distance(one(index), one(i)) ** 2);
      others.sort((a, b) => a - b);
      close([remoteness(latents, DIMS, index, k)], [others[Math.min(k, 59) - 1]]);
    }
  }
});
