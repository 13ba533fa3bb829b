import assert from "node:assert/strict";
import { test } from "node:test";
import { Originals } from "./originals.js";

const [ROWS, COUNT, SIZE] = [3, 8, 2];

/**
 * The first bytes of images are their numbers.
 * @param {number} part
 */
function packed(part) {
  const rows = Array.from({ length: Math.min(ROWS, COUNT - part * ROWS) }, (_, row) => [part * ROWS + row, 7]).flat();
  const about = {
    __metadata__: { header: "{}" },
    rows: { dtype: "U8", shape: [], data_offsets: [0, rows.length] },
  };
  const text = new TextEncoder().encode(JSON.stringify(about));
  const bytes = new Uint8Array(8 + text.length + rows.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(rows, 8 + text.length);
  return bytes;
}

/** @param {import("node:test").TestContext} t */
function made(t) {
  /** @type {string[]} */
  const asked = [];
  const server = { up: true, arrived: 0 };
  t.mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    asked.push(url);
    if (!server.up) throw new TypeError("fetch failed");
    return new Response(packed(Number(url.split("/").pop())));
  });
  const originals = new Originals(() => {
    server.arrived++;
  });
  return { originals, asked, server };
}

/** What was asked for has been answered. */
const answered = () => new Promise((done) => setTimeout(done, 20));

test("images come in parts, each asked for once, the last of which may be shorter", async (t) => {
  const { originals, asked, server } = made(t);
  assert.equal(originals.get(0), null);
  assert.equal(asked.length, 0, "nobody has said where they are");
  originals.set({ url: "here", rows: ROWS, count: COUNT });
  assert.ok(originals.there);
  for (const index of [1, 2, 7, 1]) assert.equal(originals.get(index), null);
  assert.deepEqual(asked, ["here/0", "here/2"]);
  const before = server.arrived;
  await answered();
  assert.equal(server.arrived, before + 2);
  for (const index of [0, 1, 2, 6, 7]) assert.deepEqual(originals.get(index), Uint8Array.of(index, 7));
  assert.equal(originals.get(0)?.length, SIZE);
  assert.equal(originals.get(COUNT), null);
  assert.equal(asked.length, 2);
});

test("images of another place take the place of those that are under way", async (t) => {
  const { originals, asked } = made(t);
  originals.set({ url: "here", rows: ROWS, count: COUNT });
  originals.get(0);
  originals.set({ url: "there", rows: ROWS, count: COUNT });
  await answered();
  assert.equal(originals.get(0), null);
  assert.deepEqual(asked, ["here/0", "there/0"]);
  await answered();
  assert.deepEqual(originals.get(0), Uint8Array.of(0, 7));
  originals.set(null);
  assert.ok(!originals.there);
  assert.equal(originals.get(0), null);
});

test("what could not be fetched is asked for again, but not at once", async (t) => {
  const { originals, asked, server } = made(t);
  /** @type {(() => void)[]} */
  const later = [];
  const { setTimeout: wait } = globalThis;
  t.mock.method(globalThis, "setTimeout", (/** @type {() => void} */ run, /** @type {number} */ ms) =>
    ms >= 1000 ? later.push(run) : wait(run, ms),
  );
  server.up = false;
  originals.set({ url: "here", rows: ROWS, count: COUNT });
  originals.get(0);
  await answered();
  server.up = true;
  assert.equal(originals.get(0), null);
  assert.equal(asked.length, 1);
  for (const run of later) run();
  assert.equal(originals.get(0), null);
  await answered();
  assert.deepEqual(originals.get(0), Uint8Array.of(0, 7));
});
