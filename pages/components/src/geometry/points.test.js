import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { Keyframes } from "./keyframes.js";
import { pointsOf, spreadOf } from "./points.js";

const COUNT = 3;
/** @type {Condition} */
const ONE = { beta: 1, label: null };
const DATA = /** @type {AppData} */ ({ condition: { beta: 2, label: 7 }, start: { index: 1, z: [0, 0] } });

/** @param {Record<string, unknown>} [header] @param {Record<string, Float32Array>} [arrays] @returns {Block} */
const block = (header, arrays) => ({
  header: { latent_dim: 2, extent: "far", rings: [[1, "1σ"]], components: [], about_prior: "the prior", ...header },
  arrays: { mean: normal(2 * COUNT, 1), label: new Int32Array(COUNT), std: normal(2 * COUNT, 2), ...arrays },
});

/** Keyframes at beta 0.1 and 10. @param {Int32Array} [index] */
const frames = (index) =>
  new Keyframes({
    header: {
      range: [0.1, 10],
      beta: [0.1, 10],
      latent_dim: 2,
      flat_from: null,
      scored: "",
      measured: { beta: [0.1, 10], rate: [2, 1], distortion: [1, 2], least: [1, 1], most: [1, 1], active: [2, 2] },
    },
    arrays: { mean: normal(4 * COUNT, 3), index },
  });

test("points lie as under the condition that was said, or at the beta that their block is of", () => {
  const said = pointsOf(block(), DATA);
  assert.deepEqual(said.condition, { beta: 2, label: 7 });
  assert.deepEqual([said.start, said.rings, said.aboutPrior, said.space.dims], [1, [[1, "1σ"]], "the prior", 2]);
  assert.deepEqual(pointsOf(block({ beta: 0.5 }), DATA).condition, { beta: 0.5, label: 7 });
  assert.equal(pointsOf(block(), { ...DATA, start: null }).start, undefined);
});

test("a posterior is as wide as its point says, as long as that is at the beta, whatever class pictures are of", () => {
  const points = pointsOf(block({ beta: 1 }), { ...DATA, condition: ONE });
  const { std = new Float32Array() } = points;
  assert.deepEqual(spreadOf(2, ONE, points), [std[4], std[5]]);
  assert.deepEqual(spreadOf(2, ONE, points, frames(Int32Array.of(0, 2))), [std[4], std[5]], "not all points are moved");
  assert.deepEqual(spreadOf(0, ONE, { ...points, tilt: Float32Array.of(0.5, 0, 0) }), [std[0], std[1], 0.5]);
  assert.equal(spreadOf(2, { beta: 2, label: null }, points), null);
  assert.deepEqual(spreadOf(2, { beta: 1, label: 3 }, points), [std[4], std[5]], "which are under each image's own");
  assert.equal(spreadOf(2, ONE, { ...points, std: undefined }), null);
});

test("between keyframes it is as wide as between those, once that is known", () => {
  const points = pointsOf(block(), DATA);
  const keyframes = frames();
  assert.equal(spreadOf(1, ONE, points, keyframes), null);
  const std = normal(4 * COUNT, 4);
  keyframes.std = std;
  const [before, after] = [std.subarray(2, 4), std.subarray(8, 10)];
  close(
    spreadOf(1, ONE, points, keyframes) ?? [],
    [0, 1].map((d) => (before[d] + after[d]) / 2),
  );
});

test("in a plane that a method chose, posteriors have no width", () => {
  const space = { axes: ["a", "b"], name: "made", kind: "scattered", spacing: 1, spread: 1 };
  const points = pointsOf(block({ space, latent_dim: 3 }, { latent: normal(3 * COUNT, 5) }), {
    ...DATA,
    condition: ONE,
  });
  assert.equal(spreadOf(0, ONE, points), null);
});
