import assert from "node:assert/strict";
import { test } from "node:test";
import { close, random, stage } from "../../testing.js";
import { View } from "./view.js";

/** A view of a plane, with what it told. */
function made({ still = true, width = 640, height = 480 } = {}) {
  const page = stage({ still });
  /** @type {string[]} */
  const events = [];
  const view = new View({ x: [-3, 3], y: [-2, 2] }, { x: [-5, 5], y: [-4, 4] }, 0.01, {
    moved: () => events.push("moved"),
    rested: () => events.push("rested"),
  });
  view.resize(width, height);
  return { view, events, page };
}

test("places become pixels and back, and a unit is as long across as up", () => {
  for (const [width, height] of [
    [640, 480],
    [300, 900],
    [1600, 200],
  ]) {
    const { view } = made({ width, height });
    const next = random(width);
    for (let n = 0; n < 20; n++) {
      const place = /** @type {Place} */ ([8 * next() - 4, 8 * next() - 4]);
      close(view.toLatent(view.toPixels(place)), place, 1e-9);
    }
    assert.ok(Math.abs(view.frame.width + view.frame.height) < 1e-9);
  }
});

test("what was asked for is seen, and more where the shape of the screen has room", () => {
  for (const [width, height] of [
    [640, 480],
    [300, 900],
    [1600, 200],
  ]) {
    const { view } = made({ width, height });
    assert.ok(view.x[0] <= -3 + 1e-9 && view.x[1] >= 3 - 1e-9);
    assert.ok(view.y[0] <= -2 + 1e-9 && view.y[1] >= 2 - 1e-9);
    assert.ok(view.holds(view.toPixels([2.9, 1.9])));
  }
});

test("a zoom leaves what is under the pointer where it is", () => {
  const { view } = made();
  const spot = view.toPixels([1, 0.5]);
  for (const factor of [0.5, 0.2, 1.7, 3]) {
    view.zoom(factor, spot);
    close(view.toLatent(spot), [1, 0.5], 1e-6);
  }
});

test("a zoom ends at the closest look and at the widest", () => {
  const { view } = made();
  for (let n = 0; n < 60; n++) view.zoom(0.5, view.toPixels([0, 0]));
  close([view.x[1] - view.x[0]], [0.01], 1e-6);
  for (let n = 0; n < 60; n++) view.zoom(2, view.toPixels([0, 0]));
  close([view.x[1] - view.x[0]], [view.widest], 1e-6);
});

test("however far one drags, the points don't go out of reach", () => {
  const { view } = made();
  for (let n = 0; n < 200; n++) view.drag(300, 200);
  const middle = [(view.x[0] + view.x[1]) / 2, (view.y[0] + view.y[1]) / 2];
  assert.ok(Math.abs(middle[0]) <= 25 + 1e-6 && Math.abs(middle[1]) <= 25 + 1e-6);
});

test("a glide comes ever nearer, arrives, and tells of it once", () => {
  const { view, events, page } = made({ still: false });
  const goal = { x: /** @type {Span} */ ([0, 1]), y: /** @type {Span} */ ([0, 1]) };
  view.go(goal);
  let left = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 200 && page.waiting; n++) {
    page.frame();
    const now = Math.abs(view.y[0] - view.wanted.y[0]) + Math.abs(view.y[1] - view.wanted.y[1]);
    assert.ok(now <= left + 1e-9);
    left = now;
  }
  assert.equal(page.waiting, 0);
  close(view.y, [0, 1], 1e-9);
  assert.equal(events.filter((word) => word === "rested").length, 1);
  assert.equal(events[events.length - 1], "rested");
});

test("whoever wants nothing to move is there at once", () => {
  const { view, events, page } = made({ still: true });
  view.go({ x: [0, 1], y: [0, 1] });
  assert.equal(page.waiting, 0);
  close(view.y, [0, 1], 1e-9);
  assert.deepEqual(events, ["moved", "rested"]);
});

test("the closer the look, the more decimals a place has", () => {
  const { view } = made();
  let digits = view.digits;
  for (let n = 0; n < 8; n++) {
    view.zoom(0.5, view.toPixels([0, 0]));
    assert.ok(view.digits >= digits);
    digits = view.digits;
    assert.ok(10 ** -digits * view.frame.width <= 2 + 1e-6, "the last decimal is no more than two pixels");
  }
});
