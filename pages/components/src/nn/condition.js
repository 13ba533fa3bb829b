// What encoder and decoder take beside their input, as `vae/models/condition.py` has it.

/**
 * What stands for a condition among others.
 * @param {Condition} condition
 */
export function keyOf({ beta, label, lower }) {
  return `${beta},${label}${lower ? `,${lower}` : ""}`;
}

/**
 * The condition with another label in place of the one in use, where a model is conditioned on labels: that of a test image, whose latent
 * is of it, or a blend; and with nothing that is added to lower latents, which it has of its own.
 * @param {Condition} condition in use
 * @param {Condition["label"]} label
 * @param {{ conditioning: Conditioning }} model
 */
export function withLabel(condition, label, { conditioning }) {
  const own = conditioning.label ? { ...condition, label } : condition;
  return own.lower ? { ...own, lower: null } : own;
}

/**
 * @param {Condition | undefined} one
 * @param {Condition | undefined} other
 */
export function same(one, other) {
  if (!one || !other) return one === other;
  if (one === other) return true; // as most are, without a look at their texts
  return one.beta === other.beta && keyOf(one) === keyOf(other);
}

/**
 * The label at fraction t of the way from one to another, as a share for each of `count` classes; no label, null or less than 0, is a share of
 * none. `vae/models/condition.py` has the same.
 * @param {number | null} start
 * @param {number | null} end
 * @param {number} t
 * @param {number} count
 */
export function blend(start, end, t, count) {
  /** @type {number[]} */
  const shares = new Array(count).fill(0);
  if (start !== null && start >= 0) shares[start] += 1 - t;
  if (end !== null && end >= 0) shares[end] += t;
  return shares;
}
