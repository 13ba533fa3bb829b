// The points of a plane: what Python says of them, and how wide their posteriors are.

import { spaceOf } from "./space.js";

/**
 * The points of a block: they lie as under the condition that Python says, or at a beta of the block's own.
 * @param {Block} block
 * @param {AppData} data
 * @returns {PlanePoints}
 */
export function pointsOf(block, { start, condition }) {
  const { header, arrays } = block;
  return {
    ...arrays,
    start: start?.index,
    extent: header.extent,
    rings: header.rings,
    components: header.components,
    aboutPrior: header.about_prior,
    space: spaceOf(block),
    condition: { ...condition, beta: header.beta ?? condition.beta },
  };
}

/**
 * How wide the posterior of a point is on the map under a condition: standard deviations across and up, and where they are correlated by how
 * much. Null where that is nothing of the plane's, or isn't known: keyframes that move all points tell once they know it themselves, points that stay
 * as long as they are those of its beta. Its label is none of theirs: each posterior is under the image's own.
 * @param {number} index
 * @param {Condition} condition
 * @param {PlanePoints} points
 * @param {Keyframes} [keyframes]
 * @returns {number[] | null}
 */
export function spreadOf(index, condition, points, keyframes) {
  if (!points.space.straight) return null;
  if (keyframes?.whole) {
    const { std } = keyframes;
    return std ? [0, 1].map((d) => keyframes.one(std, condition.beta, points.mean.length, 2 * index + d)) : null;
  }
  if (points.condition.beta !== condition.beta || !points.std) return null;
  return [points.std[2 * index], points.std[2 * index + 1], ...(points.tilt ? [points.tilt[index]] : [])];
}
