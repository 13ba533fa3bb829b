import assert from "node:assert/strict";
import { test } from "node:test";
import { packed } from "../../testing.js";
import { Loading } from "./loading.js";

const PROGRAM = packed(
  {
    latent_dim: 2,
    image_shape: [1, 1, 2],
    beta_range: null,
    conditioning: {},
    of_two: true,
    mean: ["sigmoid", "a0"],
    score: ["sub", ["softplus", "a0"], ["mul", "x", "a0"]],
    layers: [{ kind: "reshape", shape: [1, 1, 2] }],
  },
  {},
);
const NUMBERS = { dtype: "F32", bytes: Buffer.from(new Float32Array(4).buffer) };
const MEASURED = { beta: [0.1, 10], rate: [2, 1], distortion: [1, 2], least: [1, 1], most: [1, 1], active: [2, 2] };
const KEYFRAMES = packed({ range: [0.1, 10], beta: [0.1, 10], latent_dim: 2, measured: MEASURED }, { mean: NUMBERS });
const POINTS = packed({ classes: ["boot"] }, { mean: NUMBERS });
const SPREADS = packed({}, { std: NUMBERS });
const EXPLORE = /** @type {AppData} */ ({
  panel: "explore",
  program: "program",
  keyframes: "keyframes",
  points: "points",
  spreads: "spreads",
  plotly: "plotly",
});

/**
 * A server that answers when it is told to, and what was told of its answers.
 * @param {import("node:test").TestContext} t
 */
function made(t, data = EXPLORE) {
  Object.assign(globalThis, { window: { Plotly: {} } });
  /** @type {Map<string, (answer: object) => void>} */
  const asked = new Map();
  t.mock.method(globalThis, "fetch", (/** @type {string} */ url) => new Promise((resolve) => asked.set(url, resolve)));
  /** @type {string[]} */
  const told = [];
  /** @type {Partial<{ keyframes: Keyframes | null, error: Error }>} */
  const last = {};
  const loading = new Loading(data);
  loading.start({
    begin: () => told.push("begin"),
    offerBeta: (keyframes) => {
      last.keyframes = keyframes;
      told.push("beta");
    },
    showMap: ({ header }) => told.push(`map of ${header.classes}`),
    complete: () => told.push("complete"),
    refresh: () => told.push("refresh"),
    fail: (error) => told.push(error.message),
  });
  const answer = async (/** @type {string} */ url, /** @type {Buffer | null} */ content) => {
    const arrayBuffer = async () => new Uint8Array(content ?? []).buffer;
    const headers = new Headers({ "X-Zscape": "gone" });
    asked.get(url)?.({ ok: content !== null, status: content ? 200 : 404, headers, arrayBuffer });
    asked.delete(url);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { loading, asked, told, last, answer };
}

test("what comes is told in the order in which it can be shown, the spreads at the end", async (t) => {
  const { asked, told, last, answer } = made(t);
  assert.deepEqual([...asked.keys()], ["program", "points", "keyframes"]);
  await answer("points", POINTS);
  await answer("keyframes", KEYFRAMES);
  assert.deepEqual(told, []);
  await answer("program", PROGRAM);
  assert.deepEqual(told.splice(0), ["begin", "beta", "map of boot", "complete"]);
  assert.deepEqual([...asked.keys()], ["spreads"]);
  await answer("spreads", SPREADS);
  assert.deepEqual(told, ["refresh"]);
  assert.equal(last.keyframes?.std?.length, 4);
});

test("a model for one beta has no keyframes, and some panels have no map", async (t) => {
  const { told, last, answer, asked } = made(t, { ...EXPLORE, panel: "traverse", keyframes: null, points: null });
  await answer("program", PROGRAM);
  assert.deepEqual([told, last.keyframes, asked.size], [["begin", "beta", "complete"], null, 0]);
});

test("a map does without spreads that can't be had, and without anything else nothing is shown", async (t) => {
  const first = made(t);
  for (const [url, content] of Object.entries({
    points: POINTS,
    keyframes: KEYFRAMES,
    program: PROGRAM,
    spreads: null,
  }))
    await first.answer(url, content);
  assert.equal(first.told.at(-1), "complete");
  t.mock.restoreAll();
  const second = made(t);
  await second.answer("program", PROGRAM);
  await second.answer("keyframes", null);
  assert.match(second.told.join(), /^begin,The server no longer has this model/);
});

test("of what comes once it is stopped nobody hears, failed or not", async (t) => {
  for (const content of [KEYFRAMES, null]) {
    const { told, loading, answer } = made(t);
    await answer("program", PROGRAM);
    loading.stop();
    await answer("keyframes", content);
    await answer("points", POINTS);
    assert.deepEqual(told, ["begin"]);
    t.mock.restoreAll();
  }
});

test("spreads are for keyframes that move all points", async (t) => {
  const some = { mean: NUMBERS, index: { dtype: "I32", bytes: Buffer.alloc(8) } };
  const { told, asked, answer } = made(t);
  await answer("program", PROGRAM);
  await answer("points", POINTS);
  await answer("keyframes", packed({ range: [0.1, 10], beta: [0.1, 10], latent_dim: 2, measured: MEASURED }, some));
  assert.deepEqual([told.at(-1), asked.size], ["complete", 0]);
});

test("of points that are asked for again the last are taken, and those that don't come may be asked for once more", async (t) => {
  const { loading, answer } = made(t);
  /** @type {string[]} */
  const taken = [];
  const refetch = (/** @type {string} */ url) => loading.refetch(url, () => taken.push(url));
  refetch("first");
  refetch("second");
  await answer("second", POINTS);
  await answer("first", POINTS);
  assert.deepEqual([taken, loading.points], [["second"], "second"]);
  /** @type {(() => void)[]} */
  const later = [];
  t.mock.method(globalThis, "setTimeout", (/** @type {() => void} */ run) => later.push(run));
  refetch("third");
  await answer("third", null);
  assert.deepEqual([taken.length, loading.points, later.length], [1, "third", 1]);
  later.pop()?.();
  await answer("third", POINTS);
  assert.deepEqual(taken, ["second", "third"], "what could not be had is asked for again");
  refetch("lost");
  await answer("lost", null);
  refetch("fourth");
  later.pop()?.();
  loading.stop();
  await answer("fourth", POINTS);
  assert.equal(taken.length, 2, "neither for a plane that is no longer wanted, nor for a map that is gone");
});

test("Plotly draws once nobody uses the map, unless it has gone by then", async (t) => {
  for (const [stopsAt, drawn] of [
    [undefined, true],
    [1, false],
    [2, false],
  ]) {
    const { loading } = made(t);
    let waits = 0;
    let begun = false;
    await loading.plot(
      /** @type {any} */ ({
        gestures: { unused: async () => ++waits === stopsAt && loading.stop() },
        pointLayer: {
          begin: async () => {
            begun = true;
          },
        },
      }),
    );
    assert.deepEqual([waits, begun], [stopsAt ?? 2, drawn]);
    t.mock.restoreAll();
  }
});
