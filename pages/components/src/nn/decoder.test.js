import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { Decoder } from "./decoder.js";
import { Encoder } from "./encoder.js";

const [DIMS, PIXELS] = [3, 12];

/** @param {Span | null} range @returns {DecoderBlock} */
function block(range) {
  const linear = { kind: "linear", inputs: DIMS, outputs: PIXELS, tensors: { weight: "w", bias: "b" } };
  const gate = {
    kind: "gate",
    features: PIXELS,
    knots: { of: "beta", low: 0.1, high: 10, count: 2, log: true },
    tensors: { weight: "gw", bias: "gb" },
  };
  const layers = /** @type {Layer[]} */ ([linear, ...(range ? [gate] : []), { kind: "reshape", shape: [1, 3, 4] }]);
  return {
    header: {
      latent_dim: DIMS,
      image_shape: [1, 3, 4],
      beta_range: range,
      of_two: true,
      score: ["sub", ["softplus", "a0"], ["mul", "x", "a0"]],
      layers,
      shown: /** @type {Layer[]} */ ([{ kind: "sigmoid" }]),
    },
    arrays: { w: normal(DIMS * PIXELS, 1), b: normal(PIXELS, 2), gw: normal(2 * PIXELS, 3), gb: normal(PIXELS, 4) },
  };
}

test("many latents are decoded as each by itself, however many there are", () => {
  for (const count of [1, 7, 8, 9, 20]) {
    const zs = normal(DIMS * count, count);
    const [one, many] = [new Decoder(block(null)), new Decoder(block(null), true)];
    /** @type {number[]} */
    const seen = [];
    many.decodeMany(zs, count, (index, pixels) => {
      seen.push(index);
      close(pixels, one.decode(zs.subarray(index * DIMS, (index + 1) * DIMS)));
    });
    assert.deepEqual(seen, [...seen.keys()]);
    assert.equal(seen.length, count);
  }
});

test("one for a range begins at beta 1, or at what of the range is nearest to it", () => {
  const z = normal(DIMS, 5);
  for (const [range, beta] of /** @type {[Span, number][]} */ ([
    [[0.1, 10], 1],
    [[2, 10], 2],
    [[0.1, 0.5], 0.5],
  ])) {
    const [fresh, tuned] = [new Decoder(block(range)), new Decoder(block(range))];
    tuned.tune({ beta, label: null });
    close(fresh.decode(z), tuned.decode(z), 0);
    tuned.tune({ beta: beta === 1 ? 0.2 : 1, label: null });
    assert.notDeepEqual([...fresh.decode(z)], [...tuned.decode(z)]);
  }
});

test("an encoder takes eight images abreast", () => {
  const layers = /** @type {Layer[]} */ (
    /** @type {unknown} */ ([
      { kind: "flatten" },
      { kind: "linear", inputs: PIXELS, outputs: DIMS, tensors: { weight: "w", bias: "b" } },
    ])
  );
  const arrays = { w: normal(DIMS * PIXELS, 1), b: normal(DIMS, 2) };
  const encoder = new Encoder({ header: { image_shape: [1, 3, 4], layers }, arrays });
  const images = Array.from({ length: encoder.lanes }, (_, n) => normal(PIXELS, 20 + n));
  images.forEach((image, n) => {
    for (let p = 0; p < PIXELS; p++) encoder.network.input.values[p * encoder.lanes + n] = image[p];
  });
  encoder.network.run();
  images.forEach((image, n) => {
    for (let d = 0; d < DIMS; d++) {
      const wanted = image.reduce((sum, value, p) => sum + value * arrays.w[d * PIXELS + p], arrays.b[d]);
      close([encoder.network.output.values[d * encoder.lanes + n]], [wanted]);
    }
  });
});
