// What encoder and decoder take beside their input, as `vae/models/condition.py` has it.

/**
 * What stands for a condition among others.
 * @param {Condition} condition
 */
export function keyOf({ beta, label }) {
  return `${beta},${label}`;
}

/**
 * The condition that a test image's latent is of, and is decoded under: with its own label in place of the one in use, where a model is
 * conditioned on labels.
 * @param {Condition} condition in use
 * @param {number} label
 * @param {{ conditioning: Conditioning }} model
 */
export function conditionOfImage(condition, label, { conditioning }) {
  return conditioning.label ? { ...condition, label } : condition;
}

/**
 * @param {Condition | undefined} one
 * @param {Condition | undefined} other
 */
export function same(one, other) {
  return one?.beta === other?.beta && one?.label === other?.label;
}
