// The decoder, run in the page. A program is a list of layers with their constants, which Python wrote (vae/browser.py);
// this file knows layers and numbers, and nothing of models. A new kind of layer is one more entry in LAYERS.

const MAGIC = "ZSC1";

/** Fetches a block and returns its header and its typed arrays. Throws an Error whose message a person can read. */
export async function fetchBlock(url) {
  const response = await fetch(url);
  const buffer = await response.arrayBuffer();
  // A server that doesn't know the route answers with its own page and 200, so look at the content.
  if (!response.ok || new TextDecoder().decode(buffer.slice(0, 4)) !== MAGIC) {
    throw new Error("The server no longer has this model. Reload the page.");
  }
  const start = 8 + new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  const arrays = {};
  for (const [name, { type, offset, shape }] of Object.entries(header.arrays)) {
    const Kind = type === "int32" ? Int32Array : Float32Array;
    arrays[name] = new Kind(buffer, start + offset, sizeOf(shape));
  }
  return { header, arrays };
}

// Each kind of layer: (layer, its tensors, the shape that comes in) -> { shape that goes out, run(input, output), tune(beta) }.
// `run` is absent where the numbers stay as they are, `tune` where beta doesn't matter.
const LAYERS = {
  linear({ inputs, outputs }, { weight, bias }) {
    return {
      shape: [outputs],
      run(x, y) {
        for (let o = 0, w = 0; o < outputs; o++) {
          let sum = bias[o];
          for (let i = 0; i < inputs; i++, w++) sum += weight[w] * x[i];
          y[o] = sum;
        }
      },
    };
  },

  conv_transpose({ inputs, outputs, kernel, stride, padding }, { weight, bias }, [, height, width]) {
    const outHeight = (height - 1) * stride - 2 * padding + kernel;
    const outWidth = (width - 1) * stride - 2 * padding + kernel;
    // Of the input, those that land inside the output at this place of the kernel: from first to last.
    const reach = (place, side, outSide) => [
      Math.max(0, Math.ceil((padding - place) / stride)),
      Math.min(side - 1, Math.floor((outSide - 1 + padding - place) / stride)),
    ];
    return {
      shape: [outputs, outHeight, outWidth],
      run(x, y) {
        for (let o = 0; o < outputs; o++) y.fill(bias[o], o * outHeight * outWidth, (o + 1) * outHeight * outWidth);
        for (let c = 0; c < inputs; c++) {
          for (let o = 0; o < outputs; o++) {
            for (let ky = 0; ky < kernel; ky++) {
              const [top, bottom] = reach(ky, height, outHeight);
              for (let kx = 0; kx < kernel; kx++) {
                const factor = weight[((c * outputs + o) * kernel + ky) * kernel + kx];
                const [left, right] = reach(kx, width, outWidth);
                for (let row = top; row <= bottom; row++) {
                  const source = (c * height + row) * width;
                  const target = (o * outHeight + row * stride - padding + ky) * outWidth - padding + kx;
                  for (let column = left; column <= right; column++) {
                    y[target + column * stride] += factor * x[source + column];
                  }
                }
              }
            }
          }
        }
      },
    };
  },

  gate({ features, low, high }, { weight, bias }, shape) {
    const factors = new Float32Array(features);
    const area = sizeOf(shape) / features;
    return {
      shape,
      tune(beta) {
        const u = (2 * Math.log(beta / low)) / Math.log(high / low) - 1;
        for (let f = 0; f < features; f++) factors[f] = 2 / (1 + Math.exp(-(bias[f] + u * weight[2 * f] + u * u * weight[2 * f + 1])));
      },
      run(x, y) {
        for (let f = 0, i = 0; f < features; f++) for (const end = i + area; i < end; i++) y[i] = factors[f] * x[i];
      },
    };
  },

  silu(_, __, shape) {
    return { shape, run: (x, y) => x.forEach((value, i) => (y[i] = value / (1 + Math.exp(-value)))) };
  },

  sigmoid(_, __, shape) {
    return { shape, run: (x, y) => x.forEach((value, i) => (y[i] = 1 / (1 + Math.exp(-value)))) };
  },

  reshape({ shape }) {
    return { shape };
  },
};

/** Decodes latents to pixel means in [0, 1], one at a time. One for a range of betas decodes at the beta it was last told. */
export class Decoder {
  constructor({ header, arrays }) {
    this.latentDim = header.latent_dim;
    this.imageShape = header.image_shape; // channels, height, width
    this.betaRange = header.beta_range; // [low, high], or null
    this.input = new Float32Array(this.latentDim);
    this.steps = [];
    this.tuners = [];
    let shape = [this.latentDim];
    let from = this.input;
    for (const layer of header.layers) {
      if (!(layer.kind in LAYERS)) throw new Error(`This page can't run a ${layer.kind} layer. Reload it after an update.`);
      const tensors = { weight: arrays[layer.weight], bias: arrays[layer.bias] };
      const { shape: next, run, tune } = LAYERS[layer.kind](layer, tensors, shape);
      shape = next;
      if (tune) this.tuners.push(tune);
      if (!run) continue;
      const to = new Float32Array(sizeOf(shape));
      const input = from;
      this.steps.push(() => run(input, to));
      from = to;
    }
    this.output = from;
    if (this.betaRange) this.tune(Math.min(Math.max(1, this.betaRange[0]), this.betaRange[1]));
  }

  /** From here on, decodes at this beta. */
  tune(beta) {
    for (const tuner of this.tuners) tuner(beta);
  }

  /** Pixel means with shape (C, H, W) of one latent. The array is used again by the next call. */
  decode(z) {
    this.input.set(z);
    for (const step of this.steps) step();
    return this.output;
  }
}

function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
