// Networks, run in the page. One is a list of layers with their constants, which Python wrote (vae/web/payloads.py); this file knows
// layers and numbers, and nothing of models. A new kind of layer is one more entry in LAYERS.

import { sizeOf } from "../shared/blocks.js";
import { Workspace } from "./kernel.js";

/** @typedef {import("./kernel.js").WorkArray} WorkArray */
/** @typedef {{ shape: number[], values: WorkArray }} Activations features by lanes */
/** @typedef {Activations & { fill?(): void, run?(): void, tune?(beta: number): void }} Step */
/** @typedef {{ weight: Float32Array, bias: Float32Array }} Tensors */
/** @typedef {(layer: Layer, tensors: Tensors, incoming: Activations, place: { space: Workspace, lanes: number }) => Step} MakeStep */

/** @param {number} count */
const up4 = (count) => 4 * Math.ceil(count / 4);
/** @param {number} count */
const up8 = (count) => 8 * Math.ceil(count / 8);

// Each kind of layer: (layer, its tensors, { shape, values } that come in, { space, lanes }) -> what goes out, in the same form, and
// fill(), which copies the constants in once there is room; run(); and tune(beta) where beta matters. Activations are
// (features, lanes), a lane for each input, with rows of zeros up to a multiple of four.
/** @type {Record<string, MakeStep>} */
const LAYERS = {
  linear({ inputs, outputs }, tensors, { values: x }, { space, lanes }) {
    const [rows, width] = [up4(outputs), up4(inputs)];
    const [weight, bias, y] = [rows * width, rows, rows * lanes].map((count) => space.take(count));
    return {
      shape: [outputs],
      values: y,
      fill() {
        for (let o = 0; o < outputs; o++)
          weight.values.set(tensors.weight.subarray(o * inputs, (o + 1) * inputs), o * width);
        bias.values.set(tensors.bias);
      },
      run() {
        if (lanes === 1) space.vector(weight, bias, x, y, width, rows);
        else space.matrix(weight, bias, x, y, width, rows, lanes);
      },
    };
  },

  conv(
    { inputs, outputs, kernel, stride, padding },
    tensors,
    { shape: [, height, width], values: x },
    { space, lanes },
  ) {
    const [outHeight, outWidth] = [height, width].map((side) => Math.floor((side + 2 * padding - kernel) / stride) + 1);
    const taps = inputs * kernel * kernel;
    const [rows, inner, area] = [up4(outputs), up4(taps), outHeight * outWidth * lanes];
    const columns = up8(area);
    const [weight, bias, patches, product] = [rows * inner, rows, inner * columns, rows * columns].map((count) =>
      space.take(count),
    );
    const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
    const [downs, acrosses] = [
      places(kernel, stride, padding, height, outHeight),
      places(kernel, stride, padding, width, outWidth),
    ];
    return {
      shape: [outputs, outHeight, outWidth],
      values: y,
      fill() {
        for (let o = 0; o < outputs; o++)
          weight.values.set(tensors.weight.subarray(o * taps, (o + 1) * taps), o * inner);
        bias.values.set(tensors.bias);
      },
      run() {
        const [from, to] = [x.values, patches.values]; // what the padding covers stays zero
        for (let c = 0, tap = 0; c < inputs; c++) {
          for (let ky = 0; ky < kernel; ky++) {
            for (let kx = 0; kx < kernel; kx++, tap++) {
              for (let row = downs[ky].first; row <= downs[ky].last; row++) {
                const source = (c * height + row * stride - padding + ky) * width - padding + kx;
                const target = tap * columns + row * outWidth * lanes;
                for (let column = acrosses[kx].first; column <= acrosses[kx].last; column++) {
                  for (let n = 0; n < lanes; n++)
                    to[target + column * lanes + n] = from[(source + column * stride) * lanes + n];
                }
              }
            }
          }
        }
        space.matrix(weight, bias, patches, product, inner, rows, columns);
        for (let o = 0; o < outputs; o++)
          y.values.set(product.values.subarray(o * columns, o * columns + area), o * area);
      },
    };
  },

  conv_transpose(
    { inputs, outputs, kernel, stride, padding },
    tensors,
    { shape: [, height, width], values: x },
    { space, lanes },
  ) {
    const [outHeight, outWidth] = [height, width].map((side) => (side - 1) * stride - 2 * padding + kernel);
    const taps = kernel * kernel;
    const [rows, inner, area] = [up4(outputs * taps), up4(inputs), height * width * lanes];
    const columns = up8(area);
    const [weight, none, padded, product] = [rows * inner, rows, inner * columns, rows * columns].map((count) =>
      space.take(count),
    );
    const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
    const [downs, acrosses] = [
      places(kernel, stride, padding, outHeight, height),
      places(kernel, stride, padding, outWidth, width),
    ];
    return {
      shape: [outputs, outHeight, outWidth],
      values: y,
      fill() {
        for (let c = 0; c < inputs; c++) {
          for (let row = 0; row < outputs * taps; row++)
            weight.values[row * inner + c] = tensors.weight[c * outputs * taps + row];
        }
      },
      run() {
        // Every pixel puts its weight, times the kernel, onto the larger image.
        for (let c = 0; c < inputs; c++) padded.values.set(x.values.subarray(c * area, (c + 1) * area), c * columns);
        space.matrix(weight, none, padded, product, inner, rows, columns);
        const [from, to] = [product.values, y.values];
        const whole = outHeight * outWidth * lanes;
        for (let o = 0; o < outputs; o++) {
          to.fill(tensors.bias[o], o * whole, (o + 1) * whole);
          for (let ky = 0; ky < kernel; ky++) {
            for (let kx = 0; kx < kernel; kx++) {
              const tap = (o * taps + ky * kernel + kx) * columns;
              for (let row = downs[ky].first; row <= downs[ky].last; row++) {
                const target = (o * outHeight + row * stride - padding + ky) * outWidth - padding + kx;
                for (let column = acrosses[kx].first; column <= acrosses[kx].last; column++) {
                  const at = tap + (row * width + column) * lanes;
                  for (let n = 0; n < lanes; n++) to[(target + column * stride) * lanes + n] += from[at + n];
                }
              }
            }
          }
        }
      },
    };
  },

  gate({ features, low, high, knots }, tensors, { shape, values: x }, { lanes }) {
    const factors = new Float32Array(features);
    const area = (sizeOf(shape) / features) * lanes;
    return {
      shape,
      values: x,
      tune(beta) {
        const place = Math.min(Math.max(Math.log(beta / low) / Math.log(high / low), 0), 1) * (knots - 1);
        const knot = Math.min(Math.floor(place), knots - 2);
        const share = place - knot;
        for (let f = 0; f < features; f++) {
          const at = f * knots + knot;
          factors[f] =
            2 / (1 + Math.exp(-(tensors.bias[f] + (1 - share) * tensors.weight[at] + share * tensors.weight[at + 1])));
        }
      },
      run() {
        const { values } = x;
        for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] *= factors[f];
      },
    };
  },

  silu: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => value / (1 + Math.exp(-value))),
  sigmoid: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => 1 / (1 + Math.exp(-value))),
  reshape: ({ shape }, _, { values }) => ({ shape, values }),
  flatten: (_, __, { shape, values }) => ({ shape: [sizeOf(shape)], values }),
};

/** A network for `lanes` inputs at a time, 1 or 8. `input.values` and `output.values` have shape (features, lanes). */
export class Network {
  /**
   * @param {Layer[]} layers
   * @param {Record<string, Float32Array>} arrays
   * @param {number[]} shape
   * @param {number} lanes
   */
  constructor(layers, arrays, shape, lanes = 1) {
    const space = new Workspace();
    const place = { space, lanes };
    this.input = space.take(up4(sizeOf(shape)) * lanes);
    /** @type {Step} */
    let step = { shape, values: this.input };
    const steps = layers.map((layer) => {
      if (!(layer.kind in LAYERS))
        throw new Error(`This page can't run a ${layer.kind} layer. Reload it after an update.`);
      const tensors = { weight: arrays[layer.weight ?? ""], bias: arrays[layer.bias ?? ""] };
      step = LAYERS[layer.kind](layer, tensors, step, place);
      return step;
    });
    space.settle();
    for (const { fill } of steps) fill?.();
    this.steps = steps.filter(({ run }) => run);
    this.tuners = steps.filter(({ tune }) => tune);
    this.output = step.values;
    this.shape = step.shape;
  }

  /**
   * From here on, acts for this beta.
   * @param {number} beta
   */
  tune(beta) {
    for (const step of this.tuners) step.tune?.(beta);
  }

  run() {
    for (const step of this.steps) step.run?.();
  }
}

/**
 * Of the smaller side, the places that a tap of the kernel joins to one inside the larger side: from first to last.
 * @param {number} kernel
 * @param {number} stride
 * @param {number} padding
 * @param {number} larger
 * @param {number} smaller
 */
function places(kernel, stride, padding, larger, smaller) {
  return Array.from({ length: kernel }, (_, tap) => ({
    first: Math.max(0, Math.ceil((padding - tap) / stride)),
    last: Math.min(smaller - 1, Math.floor((larger - 1 + padding - tap) / stride)),
  }));
}

/**
 * @param {Activations} incoming
 * @param {number} lanes
 * @param {(value: number) => number} of
 * @returns {Step}
 */
function elementwise({ shape, values: x }, lanes, of) {
  const count = sizeOf(shape) * lanes;
  return {
    shape,
    values: x,
    run() {
      const { values } = x;
      for (let i = 0; i < count; i++) values[i] = of(values[i]);
    },
  };
}
