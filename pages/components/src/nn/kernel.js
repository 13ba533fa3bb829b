// Matrix products: four numbers at a time where the browser can (kernel.wat), one at a time elsewhere.

import { SOURCES } from "../shared/sources.js";

const MEMORY_PAGE = 65536; // bytes
const TOGETHER = 16; // bytes that are loaded at once, and what every array begins at a multiple of

/**
 * Room for float32 arrays, and the products of those that lie in it. `take` what is needed, then `settle`: from there on each
 * array's `values` are there, zeros at first.
 */
export class Workspace {
  constructor() {
    this.arrays = [];
    this.end = TOGETHER;
  }

  /** An array of `count` numbers. */
  take(count) {
    const array = { at: this.end, count, values: null };
    this.arrays.push(array);
    this.end += TOGETHER * Math.ceil((4 * count) / TOGETHER);
    return array;
  }

  settle() {
    const found = simd(this.end);
    const buffer = found ? found.memory.buffer : new ArrayBuffer(this.end);
    this.exports = found?.exports;
    for (const array of this.arrays) array.values = new Float32Array(buffer, array.at, array.count);
  }

  /** y = W x + b. W has shape (outputs, inputs), multiples of 4 both. */
  vector(w, b, x, y, inputs, outputs) {
    if (this.exports) this.exports.vector(w.at, b.at, x.at, y.at, inputs, outputs);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, 1);
  }

  /** Y = W X + b, for X with shape (inputs, columns), a multiple of 8 of them. */
  matrix(w, b, x, y, inputs, outputs, columns) {
    if (this.exports) this.exports.matrix(w.at, b.at, x.at, y.at, inputs, outputs, columns);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, columns);
  }
}

let compiled; // a WebAssembly.Module, or null where the browser can't

function simd(bytes) {
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(SOURCES.kernel), (letter) => letter.charCodeAt(0)));
  } catch {
    compiled = null; // an old browser, or a page that forbids it
  }
  if (!compiled) return null;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / MEMORY_PAGE) });
  return { memory, exports: new WebAssembly.Instance(compiled, { page: { memory } }).exports };
}

function plainly(w, b, x, y, inputs, outputs, columns) {
  for (let o = 0; o < outputs; o++) {
    for (let n = 0; n < columns; n++) {
      let sum = b[o];
      for (let i = 0, at = o * inputs, from = n; i < inputs; i++, at++, from += columns) sum += w[at] * x[from];
      y[o * columns + n] = sum;
    }
  }
}
