// Numbers to pixels.

import { contextOf } from "../shared/dom.js";

/**
 * Paints pixels in [0, 1] with shape (C, H, W), grey or red, green and blue: as they are, or so many times as bright. What lies beyond is black
 * or white.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} pixels
 * @param {ImageShape} shape
 */
export function paint(canvas, pixels, shape, brightness = 1) {
  const factor = 255 * brightness;
  fill(canvas, shape, (rgba, place, area) => {
    const colour = shape[0] === 3;
    rgba[0] = factor * pixels[place];
    rgba[1] = factor * pixels[colour ? area + place : place];
    rgba[2] = factor * pixels[colour ? 2 * area + place : place];
  });
}

/**
 * Paints an image of bytes with shape (C, H, W).
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes
 * @param {ImageShape} shape
 */
export function paintBytes(canvas, bytes, shape) {
  fill(canvas, shape, (rgba, place, area) => {
    const colour = shape[0] === 3;
    rgba[0] = bytes[place];
    rgba[1] = bytes[colour ? area + place : place];
    rgba[2] = bytes[colour ? 2 * area + place : place];
  });
}

/**
 * Paints a - b, averaged over channels: orange where a is brighter, blue where b is, black where they agree.
 * @param {HTMLCanvasElement} canvas
 * @param {Pixels} a
 * @param {Pixels} b
 * @param {ImageShape} shape
 */
export function paintDifference(canvas, a, b, shape) {
  fill(canvas, shape, (rgba, place, area) => {
    let difference = 0;
    for (let channel = 0; channel < shape[0]; channel++)
      difference += a[channel * area + place] - b[channel * area + place];
    difference /= shape[0];
    const [red, green, blue] = difference > 0 ? [255, 160, 40] : [60, 140, 255];
    const strength = Math.abs(difference);
    rgba[0] = red * strength;
    rgba[1] = green * strength;
    rgba[2] = blue * strength;
  });
}

/**
 * Mean absolute difference of two images, in units of the pixel range.
 * @param {Pixels} a
 * @param {Pixels} b
 */
export function meanDifference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/** @type {WeakMap<HTMLCanvasElement, ImageData>} */
const frames = new WeakMap(); // canvas -> its ImageData, so that a sweep allocates nothing

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageShape} shape
 * @param {(rgba: Rgb, place: number, area: number) => void} colourOf
 */
function fill(canvas, [, height, width], colourOf) {
  let frame = frames.get(canvas);
  if (!frame || frame.width !== width || frame.height !== height) {
    canvas.width = width;
    canvas.height = height;
    frame = new ImageData(width, height);
    frame.data.fill(255);
    frames.set(canvas, frame);
  }
  const area = width * height;
  /** @type {Rgb} */
  const rgba = [0, 0, 0];
  for (let place = 0; place < area; place++) {
    colourOf(rgba, place, area);
    frame.data[4 * place] = rgba[0];
    frame.data[4 * place + 1] = rgba[1];
    frame.data[4 * place + 2] = rgba[2];
  }
  contextOf(canvas).putImageData(frame, 0, 0);
}
