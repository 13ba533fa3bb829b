// What encoder and decoder are told beside their input, as `vae/models/condition.py` has it.

/**
 * What stands for a condition among others.
 * @param {Condition} condition
 */
export function keyOf({ beta, label }) {
  return `${beta},${label}`;
}

/**
 * @param {Condition | undefined} one
 * @param {Condition | undefined} other
 */
export function same(one, other) {
  return one?.beta === other?.beta && one?.label === other?.label;
}
