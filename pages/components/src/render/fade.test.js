import assert from "node:assert/strict";
import { test } from "node:test";
import { normal } from "../../testing.js";
import { coverage } from "./fade.js";

const places = normal(800, 1);
/** @param {(index: number, label: number, x: number, y: number) => void} each */
const visit = (each) => {
  for (let i = 0; i < 400; i++) each(i, 0, places[2 * i], places[2 * i + 1]);
};
/** @type {Ranges} */
const ranges = { x: [-4, 4], y: [-3, 3] };

test("pictures are clear among the points, faint where none are, and end in nothing", () => {
  const { values, columns, rows, cell, left, bottom } = coverage(visit, ranges);
  assert.ok(values.every((value) => value >= 0 && value <= 1));
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    values[Math.floor((y - bottom) / cell) * columns + Math.floor((x - left) / cell)];
  assert.ok(at(0, 0) > 0.99);
  assert.ok(at(3.9, 2.9) < 0.1);
  for (let column = 0; column < columns; column++)
    assert.equal(values[column] + values[(rows - 1) * columns + column], 0);
});

test("the cells are square and reach as far on either side", () => {
  const { columns, rows, cell, left, bottom } = coverage(visit, ranges);
  assert.ok(Math.abs(left + (columns * cell) / 2) < 1e-9 && Math.abs(bottom + (rows * cell) / 2) < 1e-9);
  assert.ok(columns * cell > 8 && rows * cell > 6);
});

test("more points nowhere make what lies behind them fainter", () => {
  const one = coverage(visit, ranges).values;
  const twice = coverage((each) => {
    visit(each);
    visit(each);
  }, ranges).values;
  one.forEach((value, i) => {
    assert.ok(Math.abs(twice[i] - value) < 1e-9, "it is the density that counts, not the number");
  });
});

test("where there are no points there is nothing", () => {
  assert.ok(coverage(() => {}, ranges).values.every((value) => value === 0));
});
