import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { Placement } from "./placement.js";
import { spaceOf } from "./space.js";

const COUNT = 60;
const FIRST_LOST = 57; // the points from here on don't lie in the plane
/** @type {Extent} */
const EXTENT = {
  nearly: [
    [-2, 2],
    [-2, 2],
  ],
  all: [
    [-4, 4],
    [-4, 4],
  ],
};

/** Points of three classes, as they are where the plane is the latent space or two directions of four. @param {boolean} projected */
function made(projected = false) {
  const mean = normal(2 * COUNT, 1);
  mean.fill(Number.NaN, 2 * FIRST_LOST);
  const label = Int32Array.from({ length: COUNT }, (_, index) => index % 3);
  const latent = normal(4 * COUNT, 2);
  const straight = {
    header: { latent_dim: 4, space: { axes: ["a", "b"], name: "made", kind: "straight" } },
    arrays: { origin: Float32Array.of(1, 2, 3, 4), basis: Float32Array.of(1, 0, 0, 1, 0, 0, 0, 0) },
  };
  const space = spaceOf(projected ? straight : { header: {}, arrays: {} });
  const condition = { beta: 1, label: null };
  const points = {
    mean,
    label,
    extent: EXTENT,
    rings: [],
    components: [],
    aboutPrior: "",
    condition,
    space,
    ...(projected ? { latent } : {}),
  };
  return { placement: new Placement(points), mean, label, latent };
}

/** @param {Float32Array} mean @param {number} index @returns {Place} */
const placeOf = (mean, index) => [mean[2 * index], mean[2 * index + 1]];

test("what lies inside a polygon is found by number, without the classes that are hidden", () => {
  const { placement, mean, label } = made();
  /** @type {Place[]} */
  const square = [
    [-0.5, -0.5],
    [1, -0.5],
    [1, 1],
    [-0.5, 1],
  ];
  const expected = Array.from({ length: FIRST_LOST }, (_, index) => index).filter((index) => {
    const [x, y] = placeOf(mean, index);
    return x > -0.5 && x < 1 && y > -0.5 && y < 1 && label[index] !== 2;
  });
  assert.ok(expected.length > 3);
  assert.deepEqual(placement.within(square, new Set([2])), expected);
});

test("what is in sight is told with its place, or not at all where it is too much", () => {
  const { placement, mean, label } = made();
  const view = { x: /** @type {Span} */ ([0, 3]), y: /** @type {Span} */ ([-3, 3]) };
  const points = placement.inView(view, new Set([0]), COUNT);
  assert.ok(points.length > 3);
  for (const { index, label: own, place } of points) {
    assert.deepEqual([own, place], [label[index], placeOf(mean, index)]);
    assert.ok(own !== 0 && place[0] >= 0);
  }
  assert.deepEqual(placement.inView(view, new Set([0]), points.length), points);
  assert.deepEqual(placement.inView(view, new Set([0]), points.length - 1), []);
});

test("a point is in the plane or isn't, and has its own latent where it was laid out", () => {
  const { placement, mean, latent } = made(true);
  assert.deepEqual(
    [0, FIRST_LOST - 1, FIRST_LOST].map((index) => placement.has(index)),
    [true, true, false],
  );
  assert.deepEqual([...placement.latentOf(7)], [...latent.subarray(28, 32)]);
  const plain = made().placement;
  assert.deepEqual([...plain.latentOf(7)], placeOf(mean, 7));
});

test("the middle of the prior is the origin of the latent space, wherever that lies in the plane", () => {
  assert.deepEqual([...made().placement.centre], [0, 0]);
  const { placement } = made(true);
  const z = [0, 0, 0, 0];
  placement.space.inverseTransform(placement.centre, z);
  close(z, [0, 0, 3, 4], 1e-6); // above the origin, which isn't in the plane
});

test("a view may be widened to where points will be", () => {
  const { placement } = made();
  const before = placement.looks.home.x[1];
  placement.widen({
    ...EXTENT,
    nearly: [
      [-6, 6],
      [-6, 6],
    ],
    all: [
      [-6, 6],
      [-6, 6],
    ],
  });
  assert.ok(placement.looks.home.x[1] > 2 * before);
});
