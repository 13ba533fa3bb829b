import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { Decoder } from "./decoder.js";
import { Encoder } from "./encoder.js";

const [DIMS, PIXELS] = [3, 12];

const LABELS = /** @type {Knots} */ ({ of: "label", low: 0, high: 2, count: 3, log: false });

/** @param {Span | null} range @param {Knots} [labels] @returns {DecoderBlock} */
function block(range, labels) {
  const linear = { kind: "linear", inputs: DIMS, outputs: PIXELS, tensors: { weight: "w", bias: "b" } };
  const gate = {
    kind: "gate",
    features: PIXELS,
    knots: { of: "beta", low: 0.1, high: 10, count: 2, log: true },
    tensors: { weight: "gw", bias: "gb" },
  };
  const tensors = { weight: "lw", bias: "gb" };
  const layers = /** @type {Layer[]} */ ([
    linear,
    ...(range ? [gate] : []),
    ...(labels ? [{ kind: "gate", features: PIXELS, knots: labels, tensors }] : []),
    { kind: "reshape", shape: [1, 3, 4] },
  ]);
  return {
    header: {
      latent_dim: DIMS,
      image_shape: [1, 3, 4],
      beta_range: range,
      conditioning: labels ? { label: labels } : {},
      of_two: true,
      mean: ["sigmoid", "a0"],
      score: ["sub", ["softplus", "a0"], ["mul", "x", "a0"]],
      layers,
    },
    arrays: {
      w: normal(DIMS * PIXELS, 1),
      b: normal(PIXELS, 2),
      gw: normal(2 * PIXELS, 3),
      gb: normal(PIXELS, 4),
      lw: normal(3 * PIXELS, 5),
    },
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

test("test images are decoded under their own labels, one by one and many, and the condition in use stays", () => {
  const labels = Int32Array.from({ length: 21 }, (_, n) => ((n * n) % 4) - 1);
  const zs = normal(DIMS * labels.length, 6);
  const image = Uint8Array.from({ length: PIXELS }, (_, p) => 20 * p);
  for (const taken of [LABELS, undefined]) {
    const [one, wanted, many] = [false, false, true].map((lanes) => new Decoder(block(null, taken), lanes));
    for (const label of [null, 1]) {
      one.tune({ beta: 1, label });
      many.tune({ beta: 1, label });
      /** @type {number[]} */
      const errors = [];
      many.reconstructMany(zs, labels, (index) => (errors[index] = many.errorOf(image)));
      assert.equal(errors.length, labels.length);
      for (const [index, own] of labels.entries()) {
        const z = zs.subarray(index * DIMS, (index + 1) * DIMS);
        wanted.tune({ beta: 1, label: taken ? own : label });
        close(one.decodeAs(z, own), wanted.decode(z), 0);
        close([errors[index], one.errorOf(image)], [wanted.errorOf(image), wanted.errorOf(image)]);
        wanted.tune({ beta: 1, label });
        close(one.decode(z), wanted.decode(z), 0);
      }
      many.decodeMany(zs, labels.length, (index, pixels) => {
        close(pixels, wanted.decode(zs.subarray(index * DIMS, (index + 1) * DIMS)));
      });
    }
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

test("a draw of a place stays the same until it is drawn anew, and is black and white as often as its mean says", () => {
  const program = block(null);
  Object.assign(program.header, { draw: ["step", ["sub", ["sigmoid", "a0"], "u"]], std: ["abs", "a0"] });
  const decoder = new Decoder(program);
  const mean = Float32Array.from(decoder.decode(normal(DIMS, 7)));
  const draw = () => Array.from(decoder.picture("draw"));
  const first = draw();
  close(decoder.picture("std"), Array.from(decoder.numbers.subarray(0, PIXELS), Math.abs));
  assert.deepEqual(draw(), first);
  const sums = new Float64Array(PIXELS);
  for (let seed = 0; seed < 4000; seed++) {
    decoder.redraw(seed);
    for (const [p, value] of draw().entries()) sums[p] += value / 4000;
  }
  for (const [p, sum] of sums.entries()) assert.ok(Math.abs(sum - mean[p]) < 5 * Math.sqrt(0.25 / 4000));
});

test("a program without them has no other pictures", () => {
  assert.deepEqual(Object.keys(new Decoder(block(null)).pictures), []);
});
