import assert from "node:assert/strict";
import { test } from "node:test";
import { CLASSES, colourOf } from "./colours.js";

const [light, dark] = [false, true].map((on) => ({ dark: on, ink: /** @type {Rgb} */ ([0, 0, 0]), text: "black" }));

test("up to ten classes have the ten colours, more have hues that are all different", () => {
  assert.deepEqual(
    CLASSES.map((_, label) => colourOf(label, 10, light)),
    CLASSES,
  );
  const many = new Set(Array.from({ length: 47 }, (_, label) => colourOf(label, 47, light)));
  assert.equal(many.size, 47);
});

test("what has no class is in the colour of the text, and on a dark ground no two classes are alike", () => {
  assert.equal(colourOf(-1, 10, light), "black");
  assert.equal(new Set(CLASSES.map((_, label) => colourOf(label, 10, dark))).size, 10);
});
