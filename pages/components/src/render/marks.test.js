import assert from "node:assert/strict";
import { test } from "node:test";
import { close, random } from "../../testing.js";
import { axesOf } from "./marks.js";

test("the axes of an ellipse give its covariance again", () => {
  const next = random(1);
  for (let n = 0; n < 200; n++) {
    const [across, up, tilt] = [0.1 + next(), 0.1 + next(), 1.9 * (next() - 0.5)];
    const [along, beside, degrees] = axesOf([across, up, tilt]);
    assert.ok(along >= beside && beside >= 0);
    const turn = (-degrees * Math.PI) / 180; // the screen has down for up
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    close(
      [(along * c) ** 2 + (beside * s) ** 2, (along * s) ** 2 + (beside * c) ** 2, (along ** 2 - beside ** 2) * c * s],
      [across ** 2, up ** 2, tilt * across * up],
      1e-9,
    );
  }
});

test("without a correlation they are across and up", () => {
  assert.deepEqual(axesOf([0.2, 0.7]), [0.2, 0.7, 0]);
});
