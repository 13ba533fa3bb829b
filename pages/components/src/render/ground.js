// What is ground in pictures, and what stands out from it. Ground is drawn clear, so that the page shines through; what stands out is
// drawn in the page's ink where pictures are grey, and else in its own colour.

const GROUND_TOLERANCE = 0.12; // of the pixel range, within which a pixel counts as ground
const GROUND_SHARE = 0.5; // of the pixels at the rim, that are ground where there is any

/**
 * The ground of pictures, [pixels (C, H, W)] from 0 to `most`: the median of the pixels at their rims, one number in [0, 1] a channel; null
 * where most of those are something else, as in photographs.
 * @param {(Pixels | Uint8Array)[]} pictures
 * @param {ImageShape} shape
 * @param {number} most
 * @returns {number[] | null}
 */
export function groundOf(pictures, [channels, height, width], most = 1) {
  const area = height * width;
  /** @type {number[]} */
  const rim = [];
  for (let p = 0; p < area; p++) {
    const [row, column] = [Math.floor(p / width), p % width];
    if (row === 0 || column === 0 || row === height - 1 || column === width - 1) rim.push(p);
  }
  const values = Array.from({ length: channels }, (_, c) =>
    Float32Array.from(
      { length: pictures.length * rim.length },
      (_, n) => pictures[Math.floor(n / rim.length)][c * area + rim[n % rim.length]] / most,
    ),
  );
  const ground = values.map((some) => some.slice().sort()[some.length >> 1]);
  let alike = 0;
  for (let n = 0; n < values[0].length; n++)
    if (values.every((some, c) => Math.abs(some[n] - ground[c]) <= GROUND_TOLERANCE)) alike++;
  return alike >= GROUND_SHARE * values[0].length ? ground : null;
}

/**
 * Writes a pixel to RGBA `data` from `at` on: `value(channel)` in [0, 1] as it stands out from a ground, in an ink, [red, green, blue], where there is
 * one channel, and else in the colour that gives this one when it lies on the ground. Without a ground it is drawn as it is.
 * @param {Uint8ClampedArray} data
 * @param {number} at
 * @param {number} channels
 * @param {(channel: number) => number} value
 * @param {number[] | null | undefined} ground
 * @param {number[]} [ink]
 */
export function cutOut(data, at, channels, value, ground, ink) {
  let share = ground ? 0 : 1;
  if (ground)
    for (let c = 0; c < channels; c++)
      share = Math.max(share, Math.abs(value(c) - ground[c]) / Math.max(ground[c], 1 - ground[c]));
  const inked = ground && channels === 1;
  for (let c = 0; c < 3; c++) {
    const own = channels === 3 ? c : 0;
    data[at + c] = inked
      ? (ink?.[c] ?? 0)
      : ground
        ? 255 * (ground[own] + (value(own) - ground[own]) / (share || 1))
        : 255 * value(own);
  }
  data[at + 3] = 255 * share;
}
