import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { SOURCES } from "../shared/sources.js";

const wasm = readFileSync(new URL("./kernel.wasm", import.meta.url)).toString("base64");

/**
 * The module as a browser with WebAssembly has it, or as one without.
 * @param {boolean} simd
 * @returns {Promise<typeof import("./kernel.js")>}
 */
async function kernel(simd) {
  SOURCES.kernel = simd ? wasm : "";
  return import(`./kernel.js?${simd}`);
}

for (const simd of [true, false]) {
  test(`products are those of rows and columns, ${simd ? "four at a time" : "one at a time"}`, async () => {
    const { Workspace } = await kernel(simd);
    for (const [inputs, outputs, columns] of [
      [4, 4, 1],
      [12, 8, 8],
      [20, 4, 24],
    ]) {
      const space = new Workspace();
      const [w, b] = [space.take(outputs * inputs), space.take(outputs)];
      const [x, y] = [space.take(inputs * columns), space.take(outputs * columns)];
      space.allocate();
      assert.equal(Boolean(space.exports), simd);
      w.values.set(normal(w.count, 1));
      b.values.set(normal(b.count, 2));
      x.values.set(normal(x.count, 3));
      if (columns === 1) space.vector(w, b, x, y, inputs, outputs);
      else space.matrix(w, b, x, y, inputs, outputs, columns);
      const wanted = Array.from({ length: outputs * columns }, (_, at) => {
        const [row, column] = [Math.floor(at / columns), at % columns];
        let sum = b.values[row];
        for (let i = 0; i < inputs; i++) sum += w.values[row * inputs + i] * x.values[i * columns + column];
        return sum;
      });
      close(y.values, wanted);
    }
  });

  test(`arrays begin at zero and don't overlap, ${simd ? "with" : "without"} WebAssembly`, async () => {
    const { Workspace } = await kernel(simd);
    const space = new Workspace();
    const arrays = [1, 5, 16, 3].map((count) => space.take(count));
    space.allocate();
    arrays.forEach(({ values }, n) => {
      assert.ok(values.every((value) => value === 0));
      values.fill(n + 1);
    });
    arrays.forEach(({ values, at }, n) => {
      assert.equal(at % 16, 0);
      assert.ok(values.every((value) => value === n + 1));
    });
  });
}
