import assert from "node:assert/strict";
import { test } from "node:test";
import { packed } from "../../testing.js";
import { fetchBlock, sizeOf } from "./blocks.js";

test("a tensor is read wherever it begins", async () => {
  const numbers = Float32Array.from([1.5, -2, Number.NaN]);
  for (const length of [0, 1, 2, 3, 4]) {
    const first = { dtype: "U8", bytes: Buffer.alloc(length, 7) };
    const second = { dtype: "F32", bytes: Buffer.from(numbers.buffer) };
    const content = packed({ title: "β" }, { first, second });
    const block = await fetchBlock(`data:application/octet-stream;base64,${content.toString("base64")}`);
    assert.equal(block.header.title, "β");
    assert.deepEqual({ ...block.arrays }, { first: new Uint8Array(length).fill(7), second: numbers });
  }
});

test("an answer that is no block says what came instead", async (t) => {
  const answer = (/** @type {number} */ status, /** @type {Record<string, string>} */ headers) => {
    const response = new Response("<html>", { status, headers });
    Object.defineProperty(response, "url", { value: "http://here/zscape/block/1" });
    t.mock.method(globalThis, "fetch", async () => response);
    return fetchBlock("http://here/zscape/block/1");
  };
  await assert.rejects(answer(200, { "Content-Type": "text/html" }), /HTTP 200, text\/html, for \/zscape\/block\/1/);
  await assert.rejects(answer(502, {}), /proxy in front of Zscape gets no answer/);
  await assert.rejects(answer(404, { "X-Zscape": "gone" }), (/** @type {Error & { gone?: boolean }} */ error) => {
    assert.equal(error.gone, true);
    return true;
  });
});

test("a server that isn't there is told as such", async (t) => {
  t.mock.method(globalThis, "fetch", async () => {
    throw new TypeError("fetch failed");
  });
  await assert.rejects(fetchBlock("http://nowhere/"), /can't be reached/);
});

test("the size of a shape is the product of its sides", () => {
  assert.equal(sizeOf([3, 5, 7]), 105);
  assert.equal(sizeOf([]), 1);
});
