import assert from "node:assert/strict";
import { test } from "node:test";
import { Errors } from "./errors.js";

const PLACE = { url: "originals", rows: 1, count: 4 };

/** The page's end of a worker that answers when it is told to. */
class Waiting {
  constructor() {
    /** @type {Record<string, unknown>[]} */
    this.asked = [];
    /** @type {(answer: any) => void} */
    this.answer = () => {};
  }

  /** @param {string} _ @param {(answer: any) => void} listener */
  on(_, listener) {
    this.answer = listener;
  }

  /** @param {string} _ @param {Record<string, unknown>} message */
  ask(_, message) {
    this.asked.push(message);
  }
}

test("errors are those that were asked for last, and how far they are is told meanwhile", async () => {
  Object.assign(globalThis, { document: { baseURI: "http://localhost/app/" } });
  const background = new Waiting();
  const errors = new Errors(/** @type {any} */ (background));
  /** @type {number[]} */
  const shares = [];
  const ask = () =>
    errors.measure(
      Int32Array.of(3, 1),
      new Float32Array(4),
      Int32Array.of(0, 1),
      { beta: 1, label: null },
      PLACE,
      (share) => shares.push(share),
    );
  const dropped = ask();
  const latest = ask();
  await assert.rejects(dropped, /Something else was measured/);
  const [{ id: first }, { id: last, labels, originals }] = background.asked;
  assert.deepEqual(labels, Int32Array.of(0, 1));
  assert.equal(/** @type {any} */ (originals).url, "http://localhost/app/originals");
  background.answer({ id: first, values: Float32Array.of(9, 9) });
  background.answer({ id: last, done: 1 });
  background.answer({ id: last, values: Float32Array.of(5, 6) });
  assert.deepEqual([...(await latest)], [5, 6]);
  assert.deepEqual(shares, [0.5]);
  const failed = ask();
  background.answer({ id: background.asked[2].id, error: "no images" });
  await assert.rejects(failed, /no images/);
});
