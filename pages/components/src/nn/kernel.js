// Matrix products, and points on a picture: four numbers or pixels at a time where the browser can (kernel.wat), one at a time elsewhere.

import { SOURCES } from "../shared/sources.js";

const MEMORY_PAGE = 65536; // bytes
const ALIGNMENT = 16; // bytes that are loaded at once, and what every array begins at a multiple of

/**
 * An array of a workspace: where it begins in bytes, how many numbers it has, and those once there is room.
 * @typedef {{ at: number, count: number, values: Float32Array }} WorkArray
 */
/**
 * The kernel's functions, which are told where arrays begin.
 * @typedef {{ vector(w: number, b: number, x: number, y: number, inputs: number, outputs: number): void,
 *   matrix(w: number, b: number, x: number, y: number, inputs: number, outputs: number, columns: number): void,
 *   stamp(point: number, end: number): void }} Kernel
 */

export const STRIP = 80; // bytes, of which kernel.wat says what they are
const PAIR = 0x00ff00ff;

const NO_VALUES = new Float32Array();

/**
 * Room for arrays of 32 bits a number, and what is computed of those that lie in it. `take` what is needed, then `allocate`: from there on
 * each array's `values` are there, zeros at first.
 */
export class Workspace {
  constructor() {
    /** @type {WorkArray[]} */
    this.arrays = [];
    /** @type {Kernel | undefined} */
    this.exports = undefined; // where the browser has WebAssembly
    this.end = ALIGNMENT;
  }

  /**
   * An array of `count` numbers.
   * @param {number} count
   * @returns {WorkArray}
   */
  take(count) {
    const array = { at: this.end, count, values: NO_VALUES };
    this.arrays.push(array);
    this.end += ALIGNMENT * Math.ceil((4 * count) / ALIGNMENT);
    return array;
  }

  allocate() {
    const kernel = simd(this.end);
    const buffer = kernel ? kernel.memory.buffer : new ArrayBuffer(this.end);
    this.exports = kernel?.exports;
    for (const array of this.arrays) array.values = new Float32Array(buffer, array.at, array.count);
  }

  /**
   * y = W x + b. W has shape (outputs, inputs), multiples of 4 both.
   * @param {WorkArray} w
   * @param {WorkArray} b
   * @param {WorkArray} x
   * @param {WorkArray} y
   * @param {number} inputs
   * @param {number} outputs
   */
  vector(w, b, x, y, inputs, outputs) {
    if (this.exports) this.exports.vector(w.at, b.at, x.at, y.at, inputs, outputs);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, 1);
  }

  /**
   * Y = W X + b, for X with shape (inputs, columns), a multiple of 8 of them.
   * @param {WorkArray} w
   * @param {WorkArray} b
   * @param {WorkArray} x
   * @param {WorkArray} y
   * @param {number} inputs
   * @param {number} outputs
   * @param {number} columns
   */
  matrix(w, b, x, y, inputs, outputs, columns) {
    if (this.exports) this.exports.matrix(w.at, b.at, x.at, y.at, inputs, outputs, columns);
    else plainly(w.values, b.values, x.values, y.values, inputs, outputs, columns);
  }

  /**
   * Covers pixels by the first `count` of `points`, as kernel.wat says.
   * @param {WorkArray} points
   * @param {number} count
   */
  stamp(points, count) {
    if (this.exports) this.exports.stamp(points.at, points.at + 8 * count);
    else stampPlainly(new Int32Array(points.values.buffer, points.at, 2 * count));
  }
}

/** @type {WebAssembly.Module | null | undefined} */
let compiled; // a WebAssembly.Module, or null where the browser can't

/** @param {number} bytes @returns {{ memory: WebAssembly.Memory, exports: Kernel } | null} */
function simd(bytes) {
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(SOURCES.kernel), (letter) => letter.charCodeAt(0)));
  } catch {
    compiled = null; // an old browser, or a page that forbids it
  }
  if (!compiled) return null;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / MEMORY_PAGE) });
  const { exports } = new WebAssembly.Instance(compiled, { page: { memory } });
  return { memory, exports: /** @type {Kernel} */ (/** @type {unknown} */ (exports)) };
}

/**
 * @param {Float32Array} w
 * @param {Float32Array} b
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {number} inputs
 * @param {number} outputs
 * @param {number} columns
 */
function plainly(w, b, x, y, inputs, outputs, columns) {
  for (let o = 0; o < outputs; o++) {
    for (let n = 0; n < columns; n++) {
      let sum = b[o];
      for (let i = 0, at = o * inputs, from = n; i < inputs; i++, at++, from += columns) sum += w[at] * x[from];
      y[o * columns + n] = sum;
    }
  }
}

/**
 * A pixel at a time, of which every other byte is reckoned with at once: 8 bits lie between them.
 * @param {Int32Array} points
 */
function stampPlainly(points) {
  const [words, halves] = [new Int32Array(points.buffer), new Uint16Array(points.buffer)];
  for (let i = 0; i < points.length; i += 2) {
    const corner = points[i] / 4;
    for (let strip = points[i + 1] / 4, more = 1; more; strip += STRIP / 4) {
      more = words[strip + 1];
      const to = corner + words[strip] / 4;
      for (let pixel = 0; pixel < 4; pixel++) {
        const at = 2 * strip + 8 + 4 * pixel;
        const stays = halves[at];
        if (stays === 256) continue;
        const before = words[to + pixel];
        const odd = Math.imul(before & PAIR, stays) + (halves[at + 16] | (halves[at + 18] << 16));
        const even = Math.imul((before >>> 8) & PAIR, stays) + (halves[at + 17] | (halves[at + 19] << 16));
        words[to + pixel] = ((odd >>> 8) & PAIR) | (even & ~PAIR);
      }
    }
  }
}
