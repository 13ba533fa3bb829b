import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchBlock, sizeOf } from "./blocks.js";

/**
 * Packs arrays as Python does.
 * @param {object} header
 * @param {Record<string, Float32Array | Int32Array | Uint8Array>} arrays
 */
function packed(header, arrays) {
  /** @type {Record<string, object>} */
  const about = {};
  /** @type {Buffer[]} */
  const parts = [];
  let offset = 0;
  for (const [name, array] of Object.entries(arrays)) {
    const type = array.constructor.name.replace("Array", "").toLowerCase();
    about[name] = { type, offset, shape: [array.length] };
    const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
    const room = Buffer.alloc((4 - (bytes.length % 4)) % 4);
    parts.push(bytes, room);
    offset += bytes.length + room.length;
  }
  let text = JSON.stringify({ ...header, arrays: about });
  while (Buffer.byteLength(text) % 4) text += " ";
  const start = Buffer.alloc(8);
  start.write("ZSC1");
  start.writeUInt32LE(Buffer.byteLength(text), 4);
  return Buffer.concat([start, Buffer.from(text), ...parts]);
}

/** @param {Buffer} content */
function urlOf(content) {
  return `data:application/octet-stream;base64,${content.toString("base64")}`;
}

test("what was packed comes out", async () => {
  const arrays = {
    numbers: Float32Array.from([1.5, -2, Number.NaN]),
    bytes: Uint8Array.from([1, 2, 255, 0, 7]),
    counts: Int32Array.from([-1, 2 ** 30]),
  };
  const block = await fetchBlock(urlOf(packed({ title: "β" }, arrays)));
  assert.equal(block.header.title, "β");
  assert.deepEqual({ ...block.arrays }, arrays);
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
