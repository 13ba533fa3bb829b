import assert from "node:assert/strict";
import { test } from "node:test";
import { Dwell } from "./dwell.js";

/** A plane of 1 px for one in the latent, whose cursor can be put somewhere, and the card of its points. */
function scene() {
  const points = [
    [0, 0],
    [100, 0],
  ];
  const plane = {
    cursor: { near: { index: 0 }, place: [0, 0] },
    view: { toPixels: (/** @type {number[]} */ place) => place },
    placement: { pointAt: (/** @type {number} */ index) => points[index] },
  };
  const card = {
    element: { hidden: true },
    /** @type {{ index: number } | null} */
    near: null,
    show(/** @type {{ index: number }} */ near) {
      [this.near, this.element.hidden] = [near, false];
    },
    hide() {
      [this.near, this.element.hidden] = [null, true];
    },
    fill() {},
  };
  const dwell = new Dwell(/** @type {any} */ (plane));
  dwell.card = /** @type {any} */ (card);
  return { plane, card, dwell };
}

/**
 * What has been put off, by the test's own clock.
 * @param {import("node:test").TestContext} test
 */
function clock({ mock }) {
  /** @type {{ run: () => void, after: number }[]} */
  let waiting = [];
  mock.method(globalThis, "setTimeout", (/** @type {() => void} */ run, /** @type {number} */ after) => {
    waiting.push({ run, after });
    return waiting.length;
  });
  mock.method(globalThis, "clearTimeout", () => {
    waiting = [];
  });
  return (/** @type {number} */ time) => {
    for (const { run, after } of waiting) if (after <= time) run();
  };
}

test("a card is shown where the pointer has rested near a point, and then at once near others", (t) => {
  const pass = clock(t);
  const { plane, card, dwell } = scene();
  const shown = () => card.near?.index;
  dwell.begin();
  pass(399);
  assert.equal(shown(), undefined);
  pass(400);
  assert.equal(shown(), 0);
  plane.cursor = { near: { index: 1 }, place: [95, 0] };
  dwell.begin();
  assert.equal(shown(), 1);
  plane.cursor = { near: { index: 1 }, place: [80, 0] };
  dwell.begin();
  assert.equal(shown(), undefined, "it is not near any more");
});

test("no card is shown where the pointer has gone on", (t) => {
  const pass = clock(t);
  const { card, dwell } = scene();
  dwell.begin();
  dwell.end();
  pass(1000);
  assert.equal(card.near, null);
});
