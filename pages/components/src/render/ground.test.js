import assert from "node:assert/strict";
import { test } from "node:test";
import { close, random } from "../../testing.js";
import { cutOut, groundOf } from "./ground.js";

test("the ground is what most of the rim shows, and photographs have none", () => {
  const next = random(1);
  const digits = Array.from({ length: 5 }, () =>
    Float32Array.from({ length: 64 }, (_, p) => (p % 8 > 1 && p % 8 < 6 && p > 15 && p < 48 ? next() : 0.1)),
  );
  close(groundOf(digits, [1, 8, 8]) ?? [], [0.1]);
  const photographs = digits.map((picture) => picture.map(() => next()));
  assert.equal(groundOf(photographs, [1, 8, 8]), null);
});

test("what is cut out gives the picture again where it lies on its ground", () => {
  const next = random(2);
  for (let n = 0; n < 200; n++) {
    const [ground, picture] = [0, 1].map(() => Array.from({ length: 3 }, () => next()));
    const data = /** @type {Uint8ClampedArray} */ (/** @type {unknown} */ (new Float64Array(4)));
    cutOut(data, 0, 3, (c) => picture[c], ground, [0, 0, 0]);
    const share = data[3] / 255;
    assert.ok(share >= 0 && share <= 1);
    const colour = [0, 1, 2].map((c) => (share * data[c]) / 255 + (1 - share) * ground[c]);
    close(colour, picture, 1e-9);
  }
});

test("ground is clear, what is furthest from it is opaque, and grey pictures are in the ink", () => {
  const data = new Uint8ClampedArray(8);
  cutOut(data, 0, 1, () => 0.2, [0.2], [10, 20, 30]);
  cutOut(data, 4, 1, () => 1, [0.2], [10, 20, 30]);
  assert.deepEqual([...data], [10, 20, 30, 0, 10, 20, 30, 255]);
});

test("without a ground a picture is drawn as it is", () => {
  const data = new Uint8ClampedArray(4);
  cutOut(data, 0, 3, (c) => [0, 0.5, 1][c], null);
  assert.deepEqual([...data], [0, 128, 255, 255]);
});
