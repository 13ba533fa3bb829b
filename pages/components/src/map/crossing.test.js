import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal, stage } from "../../testing.js";
import { between, Crossing } from "./crossing.js";

const [from, to] = [normal(20, 1), normal(20, 2)];
from[4] = Number.NaN;

test("a share of the way is between both ends", () => {
  const out = new Float32Array(20);
  close(between(from, to, 2, 1, out), to);
  const start = between(from, to, 2, 0, out).slice();
  assert.equal(start[4], to[4], "what came from nowhere is there at once");
  start[4] = 0;
  close(
    start,
    from.map((value, i) => (i === 4 ? 0 : 2 * value)),
  );
});

test("points go over frame by frame and end once", () => {
  const page = stage();
  let [frames, ended] = [0, 0];
  new Crossing().start(
    from,
    to,
    1,
    () => frames++,
    () => ended++,
  );
  for (let n = 0; n < 200 && page.waiting; n++) page.frame();
  assert.ok(frames > 20);
  assert.equal(ended, 1);
});

test("a crossing that is stopped goes no further", () => {
  const page = stage();
  const crossing = new Crossing();
  let ended = 0;
  crossing.start(
    from,
    to,
    1,
    () => {},
    () => ended++,
  );
  crossing.stop();
  page.frame(5000);
  assert.equal(ended, 0);
});
