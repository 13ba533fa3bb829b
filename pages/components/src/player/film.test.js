import assert from "node:assert/strict";
import { test } from "node:test";
import { SnapshotReader } from "./film.js";

test("what is fetched is fetched once, told of, and few at a time", async (t) => {
  const film = new SnapshotReader("http://here");
  let [under, most, count] = [0, 0, 0];
  t.mock.method(globalThis, "fetch", async () => {
    most = Math.max(most, ++under);
    count++;
    await new Promise((resolve) => setTimeout(resolve, 1));
    under--;
    const about = Buffer.from('{"__metadata__":{"header":"{}"}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(about.length));
    return new Response(Buffer.concat([length, about]));
  });
  /** @type {Set<number>} */
  const came = new Set();
  await /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const callback = (/** @type {number} */ step) => {
        came.add(step);
        if (came.size === 6) resolve();
      };
      for (let step = 0; step < 6; step++) assert.equal(film.pictures.get(step, callback), undefined);
    })
  );
  assert.equal(count, 6);
  assert.ok(most <= 3);
  for (let step = 0; step < 6; step++) assert.ok(film.pictures.get(step, () => {}));
});

test("what is closed tells nobody anything", async (t) => {
  const film = new SnapshotReader("http://here");
  t.mock.method(globalThis, "fetch", async () => {
    throw new TypeError("fetch failed");
  });
  let calls = 0;
  film.pictures.get(0, () => calls++);
  film.close();
  await new Promise((resolve) => setTimeout(resolve, 900));
  assert.equal(calls, 0);
});
