import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { compile } from "./expression.js";

const COUNT = 25;
const [a, b] = [normal(COUNT, 1), normal(COUNT, 2)];

test("an expression is computed element by element", () => {
  const values = compile(["add", ["mul", "a", "b"], ["square", ["sub", "a", 2]]], COUNT)({ a, b });
  close(
    values,
    Array.from(a, (value, i) => value * b[i] + (value - 2) ** 2),
  );
});

test("each operation is what its name says", () => {
  const positive = a.map(Math.abs);
  close(compile(["log", ["exp", "a"]], COUNT)({ a }), a);
  close(compile(["softplus", "a"], COUNT)({ a }), compile(["log", ["add", 1, ["exp", "a"]]], COUNT)({ a }));
  close(compile(["sigmoid", "a"], COUNT)({ a }), compile(["div", 1, ["add", 1, ["exp", ["neg", "a"]]]], COUNT)({ a }));
  close(
    compile(["max", "a", "b"], COUNT)({ a, b }),
    compile(["neg", ["min", ["neg", "a"], ["neg", "b"]]], COUNT)({ a, b }),
  );
  close(compile(["abs", "a"], COUNT)({ a }), positive);
  const doubled = ["mul", 2, "a"];
  const tanh = ["sub", ["mul", 2, ["sigmoid", doubled]], 1];
  close(compile(["tanh", "a"], COUNT)({ a }), compile(/** @type {any} */ (tanh), COUNT)({ a }));
});

test("a named value is computed where it is named, and a sum over whole numbers", () => {
  const values = compile(["let", "c", ["mul", "a", 2], ["add", "c", ["square", "c"]]], COUNT)({ a });
  close(
    values,
    Array.from(a, (value) => 2 * value + 4 * value * value),
  );
  const summed = compile(["total", "k", 4, ["mul", ["add", "k", 1], "b"]], COUNT)({ b });
  close(
    summed,
    Array.from(b, (value) => 10 * value),
  );
});

test("the inverse of the normal distribution function is its inverse, out to its tails", () => {
  const u = [1e-9, 0.001, 0.02, 0.025, 0.3, 0.5, 0.8, 0.98, 0.999];
  const wanted = [-5.9978070150077, -3.0902323061678, -2.0537489106318, -1.9599639845401, -0.524400512708, 0];
  wanted.push(0.8416212335729, 2.0537489106318, 3.0902323061678);
  close(compile(["probit", "u"], u.length)({ u }), wanted);
});

test("softplus neither overflows nor vanishes", () => {
  const values = compile(["softplus", "a"], 2)({ a: [1000, -1000] });
  assert.deepEqual([values[0], values[1]], [1000, 0]);
});

test("what isn't known is said", () => {
  assert.throws(() => compile(["gamma", "a"], 1), /gamma/);
});
