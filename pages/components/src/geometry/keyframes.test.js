import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { Keyframes } from "./keyframes.js";

const BETAS = [0.1, 1, 10];
const COUNT = 5;
const mean = normal(BETAS.length * COUNT * 2, 1);
const frames = new Keyframes({
  header: {
    range: [0.1, 10],
    beta: BETAS,
    latent_dim: 2,
    flat_from: null,
    scored: "",
    measured: {
      beta: BETAS,
      rate: [20, 10, 1],
      distortion: [100, 110, 150],
      least: [5, 3, 0.1],
      most: [15, 7, 0.9],
      active: [2, 2, 1],
    },
  },
  arrays: { mean, changes: Int32Array.of(1, 3) }, // point 3 changes its mode after beta 1
});
/** @param {number} k */
const frame = (k) => mean.subarray(k * 2 * COUNT, (k + 1) * 2 * COUNT);

test("at a keyframe things are what they are there, and beyond the range as at its end", () => {
  BETAS.forEach((beta, k) => {
    close(frames.meansAt(beta), frame(k));
  });
  close(frames.meansAt(0.001), frame(0));
  close(frames.meansAt(1000), frame(2));
});

test("between two keyframes points go straight, by the logarithm of beta, but for those that change their mode", () => {
  for (const share of [0.2, 0.5, 0.7]) {
    const means = frames.meansAt(10 ** share);
    const wanted = frame(1).map((value, i) => value + share * (frame(2)[i] - value));
    for (const at of [6, 7]) wanted[at] = frame(share > 0.5 ? 2 : 1)[at];
    close(means, wanted);
    wanted.forEach((value, at) => {
      close([frames.one(mean, 10 ** share, 2 * COUNT, at)], [value]);
    });
  }
});

test("where all points lie is known, but for those of more than a plane, and where only some are moved", () => {
  const { header } = frames;
  assert.equal(frames.whole, true);
  assert.equal(new Keyframes({ header, arrays: {} }).whole, false);
  assert.equal(new Keyframes({ header, arrays: { mean, index: Int32Array.of(0, 2) } }).whole, false);
});

test("what it pays is exact where it was measured and else lies between", () => {
  assert.deepEqual(frames.curveAt(1), { rate: 10, distortion: 110, least: 3, most: 7, active: 2, measured: true });
  const between = frames.curveAt(3);
  assert.equal(between.measured, false);
  assert.ok(between.rate < 10 && between.rate > 1);
  assert.ok(between.distortion > 110 && between.distortion < 150);
});

test("the larger beta, the less it pays in KL", () => {
  const rates = Array.from({ length: 50 }, (_, n) => frames.curveAt(0.1 * 100 ** (n / 49)).rate);
  for (let n = 1; n < rates.length; n++) assert.ok(rates[n] <= rates[n - 1]);
});
