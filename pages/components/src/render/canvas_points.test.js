import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { normal } from "../../testing.js";
import { SOURCES } from "../shared/sources.js";
import { Picture, unmultiply } from "./canvas_points.js";

const wasm = readFileSync(new URL("../nn/kernel.wasm", import.meta.url)).toString("base64");
const [WIDE, HIGH] = [120, 90];
/** @type {Rgb[]} */
const COLOURS = [
  [63, 144, 218],
  [255, 169, 14],
  [189, 31, 1],
];
const COUNT = 4000; // of each colour
const VIEW = { frame: { left: 60, top: 45, width: 15, height: -12 }, box: /** @type {Box} */ ([10, 5, 100, 80]) };
const groups = COLOURS.map((colour, label) => {
  const places = normal(2 * COUNT, label + 1);
  return {
    colour,
    x: places.subarray(0, COUNT),
    y: places.subarray(COUNT),
    index: Int32Array.from({ length: COUNT }, (_, i) => i + label * COUNT),
  };
});

/**
 * Red, green, blue of what is on the screen over a ground.
 * @param {number} diameter
 * @param {{ usual: number, lit: number, faint: number }} opacity
 * @param {Uint8Array | null} chosen
 * @param {number} ground
 */
function drawn(diameter, opacity, chosen, ground) {
  const picture = new Picture(WIDE, HIGH, diameter, opacity, COUNT);
  assert.equal(Boolean(picture.space.exports), SOURCES.kernel !== "");
  for (const points of groups) picture.stamp(points, 1, VIEW, chosen);
  unmultiply(picture.pixels);
  const rgba = picture.bytes;
  return Float64Array.from({ length: 3 * WIDE * HIGH }, (_, at) => {
    const pixel = 4 * Math.floor(at / 3);
    const alpha = rgba[pixel + 3] / 255;
    return alpha * rgba[pixel + (at % 3)] + (1 - alpha) * ground;
  });
}

/**
 * The same, of discs that cover what is under them one after another, without any rounding but that of their places to quarters of a pixel.
 * @param {number} diameter
 * @param {{ usual: number, lit: number, faint: number }} opacity
 * @param {Uint8Array | null} chosen
 * @param {number} ground
 */
function wanted(diameter, { usual, lit, faint }, chosen, ground) {
  const { frame, box } = VIEW;
  const picture = new Float64Array(3 * WIDE * HIGH).fill(ground);
  const reach = (Math.ceil(diameter) + 2) / 2;
  const quarter = (/** @type {number} */ px) => (Math.floor(4 * px) + 0.5) / 4;
  for (const { x, y, index, colour } of groups) {
    for (let i = 0; i < COUNT; i++) {
      const [left, top] = [frame.left + x[i] * frame.width - reach, frame.top + y[i] * frame.height - reach];
      if (left < box[0] || top < box[1] || left >= box[0] + box[2] - 2 * reach || top >= box[1] + box[3] - 2 * reach)
        continue;
      const [across, down] = [quarter(left) + reach, quarter(top) + reach];
      for (let row = Math.floor(down - reach); row < down + reach; row++) {
        for (let column = Math.floor(across - reach); column < across + reach; column++) {
          const away = Math.hypot(column + 0.5 - across, row + 0.5 - down);
          const opacity = !chosen ? usual : chosen[index[i]] ? lit : faint;
          const share = opacity * Math.min(1, Math.max(0, diameter / 2 - away + 0.5));
          const at = 3 * (row * WIDE + column);
          for (let c = 0; share && c < 3; c++) picture[at + c] += share * (colour[c] - picture[at + c]);
        }
      }
    }
  }
  return picture;
}

for (const simd of [false, true]) {
  // In this order, for what has been compiled stays.
  test(`points are discs over one another, as they are when nothing is rounded, ${simd ? "four pixels" : "one pixel"} at a time`, () => {
    SOURCES.kernel = simd ? wasm : "";
    const chosen = Uint8Array.from({ length: 3 * COUNT }, (_, i) => Number(i % 7 === 0));
    const opacity = { usual: 0.7, lit: 0.95, faint: 0.12 };
    for (const ground of [255, 20]) {
      for (const diameter of [2.5, 3.48, 9]) {
        const cases = /** @type {[Uint8Array | null, number][]} */ ([
          [null, 4],
          [chosen, 8], // faint ones are rounded more often before they cover what was there
        ]);
        for (const [some, most] of cases) {
          const [actual, right] = [drawn, wanted].map((draw) => draw(diameter, opacity, some, ground));
          const off = actual.map((value, at) => Math.abs(value - right[at]));
          assert.ok(Math.max(...off) < most, `${Math.max(...off)} of 255 off at worst`);
          assert.ok(off.reduce((sum, value) => sum + value, 0) / off.length < 0.5);
          assert.ok(actual.some((value) => value !== ground));
        }
      }
    }
  });
}

test("what lies beside the box, or nowhere, is left out", () => {
  const picture = new Picture(WIDE, HIGH, 3, { usual: 1, lit: 1, faint: 1 }, 4);
  const points = {
    x: Float32Array.of(-9, 9, 0, Number.NaN),
    y: Float32Array.of(0, 0, 9, 0),
    index: Int32Array.of(0, 1, 2, 3),
  };
  picture.stamp({ ...points, colour: COLOURS[0] }, 1, VIEW, null);
  assert.ok(picture.pixels.every((pixel) => pixel === 0));
});

test("colours are divided by any alpha that they were multiplied by", () => {
  for (let alpha = 1; alpha < 256; alpha++) {
    const pixels = Int32Array.from({ length: alpha + 1 }, (_, red) => red | (alpha << 16) | (alpha << 24));
    unmultiply(pixels);
    pixels.forEach((pixel, red) => {
      assert.ok(Math.abs((pixel & 255) - (255 * red) / alpha) < 0.51);
      assert.equal((pixel >>> 16) & 255, 255);
      assert.equal(pixel >>> 24, alpha);
    });
  }
});
