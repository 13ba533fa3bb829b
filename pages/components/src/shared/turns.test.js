import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../testing.js";
import { Turns } from "./turns.js";

test("work goes on over frames until every piece is done once", () => {
  const { clock, frame } = stage();
  /** @type {number[]} */
  const done = [];
  let ended = 0;
  const turns = new Turns(
    (index) => {
      done.push(index);
      clock.now += 3; // ms that a piece takes
    },
    () => ended++,
  );
  turns.start(10);
  assert.ok(done.length < 10, "one frame has no room for all");
  for (let n = 0; n < 10; n++) frame();
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(ended, 1);
});

test("however often it is begun anew, each piece has its turn", () => {
  const { clock, frame } = stage();
  /** @type {Set<number>} */
  const seen = new Set();
  const turns = new Turns((index) => {
    seen.add(index);
    clock.now += 9;
  });
  for (let n = 0; n < 7; n++) {
    turns.start(7);
    frame();
  }
  assert.equal(seen.size, 7);
});

test("what is stopped does nothing more", () => {
  const { clock, frame } = stage();
  let count = 0;
  const turns = new Turns(() => {
    count++;
    clock.now += 9;
  });
  turns.start(5);
  turns.stop();
  const before = count;
  frame();
  assert.equal(count, before);
});
