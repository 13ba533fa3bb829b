import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal, random } from "../../testing.js";
import { aboutError, Score } from "./likelihood.js";

const next = random(1);
const image = Uint8Array.from({ length: 40 }, () => Math.floor(256 * next()));
/** @type {Record<string, import("./expression.js").Expression>} */
const SCORES = {
  bernoulli: ["sub", ["softplus", "a0"], ["mul", "x", "a0"]],
  squared: ["square", ["sub", "x", ["sigmoid", "a0"]]],
};

for (const [name, expression] of Object.entries(SCORES)) {
  test(`an image itself has the least ${name} error`, () => {
    const own = Float32Array.from(image, (value) => Math.log((value + 1e-3) / (255 - value + 1e-3)));
    const score = new Score(expression, image.length);
    const least = score.total(own, image);
    for (let n = 0; n < 50; n++) {
      const other = own.map((value) => value + next() - 0.5);
      assert.ok(score.total(other, image) > least);
    }
  });
}

test("a second number of each pixel comes after the first of all", () => {
  const numbers = normal(80, 3);
  const score = new Score(["mul", "a0", ["add", "a1", "x"]], 40).total(numbers, image);
  const wanted = Array.from(image, (value, i) => numbers[i] * (numbers[40 + i] + value / 255));
  close([score], [wanted.reduce((sum, value) => sum + value, 0)]);
});

test("only of pixels that are 0 or 1 an error is a cross entropy", () => {
  assert.match(aboutError(true), /^-log p\(x\|z\), in nats; .* cross entropy/);
  assert.equal(aboutError(false), "-log p(x|z), in nats");
});
