// What the tests of the front end share.

import assert from "node:assert/strict";

/**
 * Numbers from 0 to 1 that are the same at every run.
 * @param {number} seed
 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Normally distributed numbers, `count` of them.
 * @param {number} count
 * @param {number} seed
 */
export function normal(count, seed) {
  const next = random(seed);
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/**
 * That numbers are the same but for rounding.
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} wanted
 */
export function close(actual, wanted, tolerance = 1e-5) {
  assert.equal(actual.length, wanted.length);
  for (let i = 0; i < actual.length; i++) {
    const room = tolerance * Math.max(1, Math.abs(wanted[i]));
    assert.ok(Math.abs(actual[i] - wanted[i]) <= room, `number ${i}: ${actual[i]} is not ${wanted[i]}`);
  }
}

/**
 * A block whose tensors lie one after another as they come.
 * @param {object} header
 * @param {Record<string, { dtype: string, bytes: Buffer }>} tensors
 */
export function packed(header, tensors) {
  /** @type {Record<string, object>} */
  const about = { __metadata__: { header: JSON.stringify(header) } };
  let offset = 0;
  for (const [name, { dtype, bytes }] of Object.entries(tensors)) {
    about[name] = { dtype, shape: [], data_offsets: [offset, (offset += bytes.length)] };
  }
  const text = Buffer.from(JSON.stringify(about));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

/**
 * What a page has and Node doesn't, for what only asks whether things may move and for frames: `frames` run when the test says so, `time` is
 * what it is told to be.
 */
export function stage({ still = false } = {}) {
  /** @type {Map<number, (now: number) => void>} */
  const waiting = new Map();
  let last = 0;
  const clock = { now: 0 };
  Object.assign(globalThis, {
    matchMedia: () => ({ matches: still }),
    requestAnimationFrame(/** @type {(now: number) => void} */ run) {
      waiting.set(++last, run);
      return last;
    },
    cancelAnimationFrame(/** @type {number} */ id) {
      waiting.delete(id);
    },
  });
  Object.defineProperty(globalThis, "performance", { configurable: true, value: { now: () => clock.now } });
  return {
    clock,
    /** How many wait for the next frame. */
    get waiting() {
      return waiting.size;
    },
    /** The next frame, so many ms later. */
    frame(ms = 16) {
      clock.now += ms;
      const runs = [...waiting.values()];
      waiting.clear();
      for (const run of runs) run(clock.now);
    },
  };
}
