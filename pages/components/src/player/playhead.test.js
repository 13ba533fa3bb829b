import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../testing.js";
import { Playhead, rateOf } from "./playhead.js";

/** A film whose last snapshot is number `last`, and what is shown of it. */
function made({ last = 20, still = false, known = {}, following = false } = {}) {
  const page = stage({ still });
  /** @type {number[]} */
  const shown = [];
  const playhead = new Playhead(known, following, {
    last: () => last,
    glides: () => true,
    show: (moment) => shown.push(moment),
    changed: () => {},
  });
  return { playhead, shown, page };
}

test("a film takes between six and sixteen seconds, and half of that at twice the speed", () => {
  for (const last of [1, 10, 15, 30, 40, 1000]) {
    const seconds = last / rateOf(last, 1);
    assert.ok(seconds >= 6 - 1e-9 && seconds <= 16 + 1e-9);
    assert.equal(rateOf(last, 2), 2 * rateOf(last, 1));
  }
});

test("playing goes forward to the end, and stops there", () => {
  const { playhead, shown, page } = made();
  playhead.play();
  for (let n = 0; n < 3000 && page.waiting; n++) page.frame();
  assert.equal(playhead.playing, false);
  assert.equal(shown[shown.length - 1], 20);
  for (let n = 1; n < shown.length; n++) assert.ok(shown[n] >= shown[n - 1]);
});

test("at its end it begins anew, and a film of one snapshot doesn't play", () => {
  const { playhead, shown, page } = made({ known: { moment: 20 } });
  playhead.play();
  page.frame();
  assert.ok(shown[0] < 1);
  const single = made({ last: 0 });
  single.playhead.play();
  assert.equal(single.playhead.playing, false);
});

test("whoever wants nothing to move sees whole snapshots", () => {
  const { playhead, shown, page } = made({ still: true });
  playhead.play();
  for (let n = 0; n < 3000 && page.waiting; n++) page.frame();
  assert.ok(shown.every(Number.isInteger));
  assert.equal(shown[shown.length - 1], 20);
});

test("arrows go from snapshot to snapshot, within the film", () => {
  const { playhead, shown } = made({ known: { moment: 2.5 } });
  for (const way of [1, 1, -1]) playhead.turn(way);
  assert.deepEqual(shown, [3, 4, 3]);
  playhead.seek(20);
  playhead.turn(1);
  assert.equal(playhead.moment, 20);
});

test("seeking ends following and playing; following glides to the end", () => {
  const { playhead, shown, page } = made({ following: true });
  playhead.play();
  playhead.seek(5);
  assert.equal(playhead.following || playhead.playing, false);
  playhead.follow();
  assert.ok(playhead.following);
  for (let n = 0; n < 200 && page.waiting; n++) page.frame();
  assert.equal(shown[shown.length - 1], 20);
});
