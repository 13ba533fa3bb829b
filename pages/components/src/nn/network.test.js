import assert from "node:assert/strict";
import { test } from "node:test";
import { close, normal } from "../../testing.js";
import { Network } from "./network.js";

/** @param {Partial<Layer>} layer @returns {Layer} */
const layerOf = (layer) => /** @type {Layer} */ (layer);

/**
 * What a network makes of inputs, one after another, as many abreast as it has lanes.
 * @param {Network} network
 * @param {Float32Array[]} inputs
 * @param {number} lanes
 * @param {number} size of what comes out
 */
function outputs(network, inputs, lanes, size) {
  inputs.forEach((input, n) => {
    for (let f = 0; f < input.length; f++) network.input.values[f * lanes + n] = input[f];
  });
  network.run();
  return inputs.map((_, n) => Float32Array.from({ length: size }, (__, f) => network.output.values[f * lanes + n]));
}

const CONV = {
  inputs: 2,
  outputs: 3,
  kernel: 3,
  stride: 2,
  padding: 1,
  dilation: 1,
  output_padding: 0,
  tensors: { weight: "w", bias: "b" },
};

test("a convolution is the sum over its window", () => {
  const [height, width] = [5, 6];
  const arrays = { w: normal(3 * 2 * 9, 1), b: normal(3, 2) };
  const network = new Network([layerOf({ kind: "conv", ...CONV })], arrays, [2, height, width]);
  assert.deepEqual(network.shape, [3, 3, 3]);
  const input = normal(2 * height * width, 3);
  const [output] = outputs(network, [input], 1, 27);
  const wanted = Array.from({ length: 27 }, (_, at) => {
    const [o, row, column] = [Math.floor(at / 9), Math.floor((at % 9) / 3), at % 3];
    let sum = arrays.b[o];
    for (let c = 0; c < 2; c++) {
      for (let tap = 0; tap < 9; tap++) {
        const [y, x] = [2 * row - 1 + Math.floor(tap / 3), 2 * column - 1 + (tap % 3)];
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        sum += arrays.w[(o * 2 + c) * 9 + tap] * input[(c * height + y) * width + x];
      }
    }
    return sum;
  });
  close(output, wanted);
});

test("a transposed convolution is the adjoint of the convolution with its weights", () => {
  const weights = normal(3 * 2 * 16, 1);
  const zeros = { w: weights, b: new Float32Array(3), c: new Float32Array(2) };
  const shared = { kernel: 4, stride: 2, padding: 1, dilation: 1, output_padding: 0 };
  const down = new Network(
    [layerOf({ kind: "conv", ...shared, inputs: 2, outputs: 3, tensors: { weight: "w", bias: "b" } })],
    zeros,
    [2, 8, 6],
  );
  const up = new Network(
    [layerOf({ kind: "conv_transpose", ...shared, inputs: 3, outputs: 2, tensors: { weight: "w", bias: "c" } })],
    zeros,
    [3, 4, 3],
  );
  assert.deepEqual(down.shape, [3, 4, 3]);
  assert.deepEqual(up.shape, [2, 8, 6]);
  const [x, y] = [normal(96, 2), normal(36, 3)];
  const [ax] = outputs(down, [x], 1, 36);
  const [aty] = outputs(up, [y], 1, 96);
  const dot = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) =>
    a.reduce((sum, v, i) => sum + v * b[i], 0);
  close([dot(ax, y)], [dot(x, aty)], 1e-4);
});

test("eight abreast come out as one by one", () => {
  const layers = [
    layerOf({ kind: "linear", inputs: 5, outputs: 16, tensors: { weight: "w1", bias: "b1" } }),
    layerOf({ kind: "silu" }),
    layerOf({ kind: "reshape", shape: [4, 2, 2] }),
    layerOf({
      kind: "conv_transpose",
      inputs: 4,
      outputs: 1,
      kernel: 4,
      stride: 2,
      padding: 1,
      dilation: 1,
      output_padding: 0,
      tensors: { weight: "w2", bias: "b2" },
    }),
    layerOf({ kind: "sigmoid" }),
    layerOf({ kind: "flatten" }),
  ];
  const arrays = { w1: normal(80, 1), b1: normal(16, 2), w2: normal(64, 3), b2: normal(1, 4) };
  const inputs = Array.from({ length: 8 }, (_, n) => normal(5, 10 + n));
  const one = new Network(layers, arrays, [5]);
  const many = new Network(layers, arrays, [5], 8);
  assert.deepEqual(many.shape, [16]);
  const together = outputs(many, inputs, 8, 16);
  inputs.forEach((input, n) => {
    const [alone] = outputs(one, [input], 1, 16);
    close(together[n], alone);
    assert.ok(alone.every((value) => value > 0 && value < 1));
  });
});

test("a gate scales features by twice a sigmoid that is linear in log beta between knots", () => {
  const gate = layerOf({
    kind: "gate",
    features: 2,
    knots: { of: "beta", low: 0.1, high: 10, count: 3, log: true },
    tensors: { weight: "w", bias: "b" },
  });
  const arrays = { w: Float32Array.of(0, 1, 4, -2, 0, 3), b: Float32Array.of(0, 0.5) };
  const network = new Network([gate], arrays, [2, 1, 2]);
  const at = (/** @type {number} */ beta) => {
    network.tune({ beta, label: null });
    return outputs(network, [Float32Array.of(1, 1, 1, 1)], 1, 4)[0];
  };
  const factor = (/** @type {number} */ a) => 2 / (1 + Math.exp(-a));
  close(at(0.1), [factor(0), factor(0), factor(-1.5), factor(-1.5)]);
  close(at(1), [factor(1), factor(1), factor(0.5), factor(0.5)]);
  close(at(Math.sqrt(10)), [factor(2.5), factor(2.5), factor(2), factor(2)]);
  close(at(1000), at(10)); // beyond the range it stays at the end
});

test("a layer that this page doesn't know is named", () => {
  assert.throws(() => new Network([layerOf({ kind: "attention" })], {}, [2]), /can't run a attention layer/);
});

test("a gate that takes the class has a factor for each, and none for no class", () => {
  const knots = /** @type {Knots} */ ({ of: "label", low: 0, high: 2, count: 3, log: false });
  const gate = layerOf({ kind: "gate", features: 1, knots, tensors: { weight: "w", bias: "b" } });
  const network = new Network([gate], { w: Float32Array.of(1, -2, 3), b: Float32Array.of(0.5) }, [1]);
  const at = (/** @type {number | null} */ label) => {
    network.tune({ beta: 1, label });
    return outputs(network, [Float32Array.of(1)], 1, 1)[0];
  };
  const factor = (/** @type {number} */ a) => 2 / (1 + Math.exp(-a));
  for (const [label, sum] of [1.5, -1.5, 3.5].entries()) close(at(label), [factor(sum)]);
  for (const none of [null, -1]) close(at(none), [factor(0.5)]);
});
