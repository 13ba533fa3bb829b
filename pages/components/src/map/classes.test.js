import assert from "node:assert/strict";
import { test } from "node:test";
import { LevelOfDetail } from "../geometry/level_of_detail.js";
import { CLASSES } from "../render/colours.js";
import { Classes } from "./classes.js";

/** Points one beside the other, with these labels. @param {number[]} labels */
const row = (labels) =>
  new LevelOfDetail(
    { mean: Float32Array.from(labels.flatMap((_, at) => [at, 0])), label: Int32Array.from(labels) },
    10,
  );

test("a class has its name and its colour, and what has none is in the colour of the text", () => {
  const classes = new Classes(["boot", "shirt"], []);
  assert.deepEqual(
    [-1, 0, 1].map((label) => classes.nameOf(label)),
    ["no label", "boot", "shirt"],
  );
  assert.deepEqual(
    [-1, 0, 1].map((label) => classes.colourOf(label)),
    ["currentcolor", CLASSES[0], CLASSES[1]],
  );
});

test("the colours of the page are taken on where they are others than before", () => {
  const classes = new Classes(["boot"], []);
  /** @param {boolean} dark @returns {Theme} */
  const page = (dark) => ({ dark, ink: [0, 0, 0], text: dark ? "white" : "black" });
  assert.deepEqual([false, false, true].map((dark) => classes.retheme(page(dark))), [true, false, true]); // biome-ignore format: as rows
  assert.equal(classes.colourOf(-1), "white");
});

test("a class is hidden and shown again, or is alone until it is asked for once more", () => {
  const classes = new Classes(["a", "b", "c"], [2]);
  classes.toggle(0);
  classes.toggle(2);
  assert.deepEqual([...classes.hidden], [0]);
  classes.single(1, [0, 1, 2]);
  assert.deepEqual([...classes.hidden], [0, 2]);
  classes.single(1, [0, 1, 2]);
  assert.deepEqual([...classes.hidden], []);
});

test("names lie in the middle of their points, of the classes that are shown, and not where they would be too many", () => {
  const labels = [0, 0, 0, 1, 1, 1, -1];
  const classes = new Classes(["a", "b"], []);
  assert.deepEqual(classes.namesOn(row(labels)), [
    { name: "a", place: [1, 0] },
    { name: "b", place: [4, 0] },
  ]);
  classes.toggle(0);
  assert.deepEqual(
    classes.namesOn(row(labels)).map(({ name }) => name),
    ["b"],
  );
  const many = Array.from({ length: 21 }, (_, label) => String(label));
  assert.deepEqual(new Classes(many, []).namesOn(row([0, 20])), []);
});
