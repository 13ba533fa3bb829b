import assert from "node:assert/strict";
import { test } from "node:test";
import { close, random } from "../../testing.js";
import { errorOf } from "./likelihood.js";

const next = random(1);
const image = Uint8Array.from({ length: 40 }, () => Math.floor(256 * next()));
const own = Float32Array.from(image, (value) => value / 255);

for (const likelihood of [{ kind: "bernoulli" }, { kind: "gaussian", std: 0.2 }]) {
  test(`an image itself has the least ${likelihood.kind} error`, () => {
    const least = errorOf(likelihood, own, image);
    for (let n = 0; n < 50; n++) {
      const other = own.map((value) => Math.min(1, Math.max(0, value + 0.2 * (next() - 0.5))));
      assert.ok(errorOf(likelihood, other, image) > least);
    }
  });
}

test("black and white pixels that are certain cost nothing, and wrong ones a finite amount", () => {
  const [white, black] = [Uint8Array.of(255, 0), Uint8Array.of(0, 255)];
  assert.ok(errorOf({ kind: "bernoulli" }, Float32Array.of(1, 0), white) < 1e-5);
  const wrong = errorOf({ kind: "bernoulli" }, Float32Array.of(1, 0), black);
  assert.ok(wrong > 20 && Number.isFinite(wrong));
});

test("a Gaussian error is that of its density", () => {
  const density = Math.exp(-0.5 * ((0.5 - 1) / 0.3) ** 2) / (0.3 * Math.sqrt(2 * Math.PI));
  close([errorOf({ kind: "gaussian", std: 0.3 }, Float32Array.of(0.5), Uint8Array.of(255))], [-Math.log(density)]);
});
