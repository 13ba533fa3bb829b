// Networks, run in the page. One is a list of layers with their constants, which Python wrote (vae/web/payloads.py); this file knows
// layers and numbers, and nothing of models. A new kind of layer is one more entry in LAYERS.

import { sizeOf } from "../shared/blocks.js";
import { softplus } from "./expression.js";
import { Workspace } from "./kernel.js";

/** @typedef {import("./kernel.js").WorkArray} WorkArray */
/** @typedef {{ shape: number[], values: WorkArray }} Activations features by lanes */
/** @typedef {Activations & { fill?(): void, run?(): void, tune?(condition: Condition): void }} Step */
/** @typedef {Record<string, Float32Array>} Tensors */
/** @typedef {(layer: Layer, tensors: Tensors, incoming: Activations, place: { space: Workspace, lanes: number }) => Step} MakeStep */

/** @param {number} count */
const up4 = (count) => 4 * Math.ceil(count / 4);
/** @param {number} count */
const up8 = (count) => 8 * Math.ceil(count / 8);

// Each kind of layer: (layer, its tensors by their names, and all by their full ones, { shape, values } that come in, { space, lanes }) ->
// what goes out, in the same form, and fill(), which copies the constants in once there is room; run(); and tune(condition) where that
// matters. Activations are (features, lanes), a lane for each input, with rows of zeros up to a multiple of four.
/** @type {Record<string, MakeStep>} */
export const LAYERS = {
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
    { inputs, outputs, kernel, stride, padding, dilation },
    tensors,
    { shape: [, height, width], values: x },
    { space, lanes },
  ) {
    const reach = dilation * (kernel - 1) + 1;
    const [outHeight, outWidth] = [height, width].map((side) => Math.floor((side + 2 * padding - reach) / stride) + 1);
    const taps = inputs * kernel * kernel;
    const [rows, inner, area] = [up4(outputs), up4(taps), outHeight * outWidth * lanes];
    const columns = up8(area);
    const [weight, bias, patches, product] = [rows * inner, rows, inner * columns, rows * columns].map((count) =>
      space.take(count),
    );
    const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
    const [downs, acrosses] = [
      places(kernel, stride, padding, dilation, height, outHeight),
      places(kernel, stride, padding, dilation, width, outWidth),
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
                const source = (c * height + row * stride - padding + ky * dilation) * width - padding + kx * dilation;
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
    { inputs, outputs, kernel, stride, padding, dilation, output_padding: more },
    tensors,
    { shape: [, height, width], values: x },
    { space, lanes },
  ) {
    const reach = dilation * (kernel - 1) + 1 + more;
    const [outHeight, outWidth] = [height, width].map((side) => (side - 1) * stride - 2 * padding + reach);
    const taps = kernel * kernel;
    const [rows, inner, area] = [up4(outputs * taps), up4(inputs), height * width * lanes];
    const columns = up8(area);
    const [weight, none, padded, product] = [rows * inner, rows, inner * columns, rows * columns].map((count) =>
      space.take(count),
    );
    const y = space.take(up4(outputs * outHeight * outWidth) * lanes);
    const [downs, acrosses] = [
      places(kernel, stride, padding, dilation, outHeight, height),
      places(kernel, stride, padding, dilation, outWidth, width),
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
                const target =
                  (o * outHeight + row * stride - padding + ky * dilation) * outWidth - padding + kx * dilation;
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

  gate({ features, knots }, tensors, { shape, values: x }, { lanes }) {
    const factors = new Float32Array(features);
    const area = (sizeOf(shape) / features) * lanes;
    return {
      shape,
      values: x,
      tune(condition) {
        const near = nearness(knots, condition[knots.of]);
        for (let f = 0; f < features; f++)
          factors[f] = 2 / (1 + Math.exp(-tensors.bias[f] - byNearness(near, tensors.weight, f * knots.count)));
      },
      run() {
        const { values } = x;
        for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] *= factors[f];
      },
    };
  },

  shift({ features, knots }, tensors, { shape, values: x }, { lanes }) {
    const amounts = new Float32Array(features);
    const area = (sizeOf(shape) / features) * lanes;
    return {
      shape,
      values: x,
      tune(condition) {
        const near = nearness(knots, condition[knots.of]);
        for (let f = 0; f < features; f++) amounts[f] = byNearness(near, tensors.weight, f * knots.count);
      },
      run() {
        const { values } = x;
        for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) values[i] += amounts[f];
      },
    };
  },

  batch_norm({ features, eps }, tensors, { shape, values: x }, { lanes }) {
    const [scale, shift] = [new Float32Array(features), new Float32Array(features)];
    const area = (sizeOf(shape) / features) * lanes;
    return {
      shape,
      values: x,
      fill() {
        for (let f = 0; f < features; f++) {
          scale[f] = tensors.weight[f] / Math.sqrt(tensors.running_var[f] + eps);
          shift[f] = tensors.bias[f] - tensors.running_mean[f] * scale[f];
        }
      },
      run() {
        const { values } = x;
        for (let f = 0, i = 0; f < features; f++)
          for (const end = i + area; i < end; i++) values[i] = values[i] * scale[f] + shift[f];
      },
    };
  },

  upsample({ factor }, _, { shape: [channels, height, width], values: x }, { space, lanes }) {
    const shape = [channels, factor * height, factor * width];
    const y = space.take(up4(sizeOf(shape)) * lanes);
    return {
      shape,
      values: y,
      run() {
        for (let c = 0, to = 0; c < channels; c++)
          for (let row = 0; row < shape[1]; row++)
            for (let column = 0; column < shape[2]; column++, to += lanes) {
              const from = ((c * height + Math.floor(row / factor)) * width + Math.floor(column / factor)) * lanes;
              for (let n = 0; n < lanes; n++) y.values[to + n] = x.values[from + n];
            }
      },
    };
  },

  channels({ first, count }, _, { shape: [, height, width], values: x }, { space, lanes }) {
    const [shape, area] = [[count, height, width], height * width * lanes];
    const y = space.take(up4(sizeOf(shape)) * lanes);
    return {
      shape,
      values: y,
      run: () => y.values.set(x.values.subarray(first * area, (first + count) * area)),
    };
  },

  constant({ count }, tensors, { shape: [channels, height, width], values: x }, { space, lanes }) {
    const area = height * width * lanes;
    const shape = [channels + count, height, width];
    const y = space.take(up4(sizeOf(shape)) * lanes);
    return {
      shape,
      values: y,
      run() {
        y.values.set(x.values.subarray(0, channels * area));
        y.values.fill(tensors.value[0], channels * area, (channels + count) * area);
      },
    };
  },

  residual({ layers = [] }, tensors, incoming, place) {
    const copy = place.space.take(incoming.values.count); // for steps inside may write where they read
    const steps = chain(layers, tensors, { shape: incoming.shape, values: copy }, place);
    const { values: y } = steps[steps.length - 1];
    return {
      shape: incoming.shape,
      values: y,
      fill() {
        for (const step of steps) step.fill?.();
      },
      tune(condition) {
        for (const step of steps) step.tune?.(condition);
      },
      run() {
        copy.values.set(incoming.values.values);
        for (const step of steps) step.run?.();
        const [to, from] = [y.values, incoming.values.values];
        for (let i = 0; i < sizeOf(incoming.shape) * place.lanes; i++) to[i] += from[i];
      },
    };
  },

  ladder({ layers = [], top, lower }, tensors, incoming, place) {
    const { space, lanes } = place;
    const z = space.take(up4(top) * lanes);
    const steps = chain(layers, tensors, { shape: [top], values: z }, place);
    const said = steps[steps.length - 1].values; // means, and then raw scales
    const y = space.take(up4(lower) * lanes);
    const added = new Float32Array(lower); // to the lower latents, by the condition
    return {
      shape: [lower],
      values: y,
      fill() {
        for (const step of steps) step.fill?.();
      },
      tune(condition) {
        if (condition.lower) added.set(condition.lower);
        else added.fill(0);
      },
      run() {
        z.values.set(incoming.values.values.subarray(0, top * lanes));
        for (const step of steps) step.run?.();
        const [e, mean] = [incoming.values.values, said.values];
        for (let d = 0; d < lower; d++)
          for (let lane = 0; lane < lanes; lane++) {
            const std = softplus(mean[(lower + d) * lanes + lane]);
            y.values[d * lanes + lane] = mean[d * lanes + lane] + std * (e[(top + d) * lanes + lane] + added[d]);
          }
      },
    };
  },

  relu: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, (value) => Math.max(value, 0)),
  leaky_relu: ({ slope }, _, incoming, { lanes }) =>
    elementwise(incoming, lanes, (value) => (value > 0 ? value : slope * value)),
  tanh: (_, __, incoming, { lanes }) => elementwise(incoming, lanes, Math.tanh),
  gelu: (_, __, incoming, { lanes }) =>
    elementwise(incoming, lanes, (value) => (value / 2) * (1 + erf(value / Math.SQRT2))),
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
    const steps = chain(layers, arrays, { shape, values: this.input }, place);
    space.allocate();
    for (const { fill } of steps) fill?.();
    this.steps = steps.filter(({ run }) => run);
    this.tuners = steps.filter(({ tune }) => tune);
    const last = steps[steps.length - 1] ?? { shape, values: this.input };
    this.output = last.values;
    this.shape = last.shape;
  }

  /**
   * From here on, acts under this condition.
   * @param {Condition} condition
   */
  tune(condition) {
    for (const step of this.tuners) step.tune?.(condition);
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
 * @param {number} dilation
 * @param {number} larger
 * @param {number} smaller
 */
function places(kernel, stride, padding, dilation, larger, smaller) {
  return Array.from({ length: kernel }, (_, tap) => ({
    first: Math.max(0, Math.ceil((padding - tap * dilation) / stride)),
    last: Math.min(smaller - 1, Math.floor((larger - 1 + padding - tap * dilation) / stride)),
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

/**
 * The steps of layers one after the other.
 * @param {Layer[]} layers
 * @param {Tensors} arrays
 * @param {Activations} incoming
 * @param {{ space: Workspace, lanes: number }} place
 */
function chain(layers, arrays, incoming, place) {
  let step = /** @type {Step} */ (incoming);
  return layers.map((layer) => {
    if (!(layer.kind in LAYERS))
      throw new Error(`This page can't run a ${layer.kind} layer. Reload it after an update.`);
    const named = Object.entries(layer.tensors ?? {}).map(([name, array]) => [name, arrays[array]]);
    step = LAYERS[layer.kind](layer, { ...arrays, ...Object.fromEntries(named) }, step, place);
    return step;
  });
}

/**
 * The sum of the weights of knots, which begin at a place of `weights`, by how near each is.
 * @param {[number, number][]} near
 * @param {Float32Array} weights
 * @param {number} start
 */
function byNearness(near, weights, start) {
  let sum = 0;
  for (const [knot, share] of near) sum += share * weights[start + knot];
  return sum;
}

/**
 * How near a number, or a blend of labels, is to knots, as `vae/models/condition.py` has it: which, and how near in (0, 1].
 * @param {Knots} knots
 * @param {number | number[] | null} value
 * @returns {[number, number][]}
 */
function nearness({ of, low, high, count, log }, value) {
  if (Array.isArray(value)) return value.flatMap((share, knot) => (share ? [[knot, share]] : []));
  if (value === null || (of === "label" && value < low)) return [];
  if (count === 1) return [[0, 1]];
  const [a, b, v] = log ? [low, high, value].map(Math.log) : [low, high, value];
  const place = Math.min(Math.max((v - a) / (b - a || 1), 0), 1) * (count - 1);
  const knot = Math.min(Math.floor(place), count - 2);
  return [
    [knot, 1 - (place - knot)],
    [knot + 1, place - knot],
  ];
}

const ERF = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];

/**
 * The error function, within 1.5e-7: Abramowitz and Stegun, 7.1.26.
 * @param {number} x
 */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ERF.reduceRight((total, factor) => (total + factor) * t, 0);
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}
