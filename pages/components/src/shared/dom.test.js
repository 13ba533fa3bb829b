import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal, decimals, memory } from "./dom.js";

test("numbers have a true minus sign and as many decimals as asked for", () => {
  assert.equal(decimal(-1.005, 1), "−1.0");
  assert.equal(decimals([1, -2.346]), "1.00, −2.35");
  assert.equal(decimals(Float32Array.of(0.5), 3), "0.500");
});

test("without storage nothing is remembered, and nothing fails", () => {
  memory.save("key", { a: 1 });
  assert.deepEqual(memory.load("key"), {});
});
