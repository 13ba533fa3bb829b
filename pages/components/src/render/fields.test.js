import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { spaceOf } from "../geometry/space.js";
import { Decoder } from "../nn/decoder.js";
import { FIELDS, Points } from "./fields.js";

const GRID = { left: -6, bottom: -5, dx: 0.25, dy: 0.2, columns: 48, rows: 50 };
const space = spaceOf({ header: {}, arrays: {} });

/** A decoder of three by two pixels. */
function decoder() {
  const linear = { kind: "linear", inputs: 2, outputs: 6, tensors: { weight: "w", bias: "b" } };
  const layers = /** @type {Layer[]} */ (/** @type {unknown} */ ([linear, { kind: "reshape", shape: [1, 2, 3] }]));
  const header = /** @type {DecoderHeader} */ ({
    latent_dim: 2,
    image_shape: [1, 2, 3],
    beta_range: null,
    conditioning: {},
    of_two: true,
    mean: ["sigmoid", "a0"],
    score: "a0",
    layers,
  });
  return new Decoder({ header, arrays: { w: normal(12, 1), b: normal(6, 2) } }, true);
}

/**
 * A field, once it is done.
 * @param {string} name @param {Points} [points] @param {Grid} [grid]
 */
function field(name, points, grid = GRID) {
  const values = new Float32Array(grid.columns * grid.rows);
  for (const _ of FIELDS[name](grid, { decoder: decoder(), space, points }, values));
  return values;
}

/** @param {number} count @param {number} size @param {number} [tilt] */
function points(count, size, tilt) {
  const mean = normal(2 * count, 3);
  const std = new Float32Array(2 * count).fill(size);
  return new Points(
    mean,
    std,
    Int32Array.from({ length: count }, (_, i) => i % 2),
    tilt === undefined ? undefined : new Float32Array(count).fill(tilt),
  );
}

for (const tilt of [undefined, 0.7, -0.95]) {
  for (const size of [0.02, 0.3]) {
    test(`all of the density is somewhere: posteriors ${size} wide, correlated by ${tilt ?? 0}`, () => {
      const values = field("density", points(60, size, tilt));
      const mass = values.reduce((sum, value) => sum + Math.exp(value), 0) * GRID.dx * GRID.dy;
      close([mass], [1], 0.01);
    });
  }
}

test("the density of one posterior is that of its normal distribution", () => {
  const one = new Points(Float32Array.of(0.1, -0.2), Float32Array.of(0.8, 0.5), Int32Array.of(0), Float32Array.of(0.6));
  const grid = { left: -1, bottom: -1, dx: 0.02, dy: 0.02, columns: 100, rows: 100 };
  const values = field("density", one, grid);
  for (let at = 0; at < values.length; at += 97) {
    const u = (grid.left + ((at % 100) + 0.5) * grid.dx - 0.1) / 0.8;
    const v = (grid.bottom + (Math.floor(at / 100) + 0.5) * grid.dy + 0.2) / 0.5;
    const wanted = -(u * u - 1.2 * u * v + v * v) / (2 * 0.64) - Math.log(2 * Math.PI * 0.8 * 0.5 * 0.8);
    close([values[at]], [wanted], 0.01);
  }
});

test("a point that isn't on the map takes no part in the density", () => {
  const some = points(60, 0.3);
  const fewer = new Points(some.mean.slice(0, 100), some.std.slice(0, 100), some.labels.slice(0, 50));
  some.mean.fill(Number.NaN, 100);
  assert.equal(some.count, 50);
  assert.deepEqual(field("density", some), field("density", fewer));
});

test("pixels are undecided by their entropy, and a picture is sharp by the differences of its neighbours", () => {
  const [entropy, sharpness] = [field("entropy"), field("sharpness")];
  const one = decoder();
  for (const at of [0, 777, 2399]) {
    const z = [GRID.left + ((at % 48) + 0.5) * GRID.dx, GRID.bottom + (Math.floor(at / 48) + 0.5) * GRID.dy];
    one.decodeMany(Float32Array.from(z), 1, (_, p) => {
      const wanted = p.reduce((sum, q) => sum - q * Math.log(q) - (1 - q) * Math.log(1 - q), 0);
      close([entropy[at]], [wanted], 1e-4);
      const pairs = [
        [0, 1],
        [1, 2],
        [3, 4],
        [4, 5],
        [0, 3],
        [1, 4],
        [2, 5],
      ];
      const mean = pairs.reduce((sum, [a, b]) => sum + Math.abs(p[a] - p[b]), 0) / pairs.length;
      close([sharpness[at]], [mean], 1e-4);
    });
  }
});

test("the class is one of those around, by a share of the votes", () => {
  const values = field("class", points(60, 0.3));
  for (const value of values) {
    const [label, share] = [Math.floor(value), value - Math.floor(value)];
    assert.ok(label === 0 || label === 1);
    assert.ok(share >= 0.5 - 1e-6 && share < 1);
  }
  const nameless = points(5, 0.3);
  nameless.labels.fill(-1);
  assert.ok(field("class", nameless).every((value) => value === -1));
});
