// Formulas that Python wrote down (vae/models/expressions.py), for arrays of numbers, element by element.

/** @typedef {string | number | [string, ...unknown[]]} Expression a variable, a number, or an operation on others */
/** @typedef {Record<string, ArrayLike<number>>} Variables */
/** @typedef {(variables: Variables) => ArrayLike<number>} Compiled */

/** @type {Record<string, (a: number) => number>} */
const UNARY_OPERATIONS = {
  neg: (a) => -a,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  square: (a) => a * a,
  tanh: Math.tanh,
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
};
/** @type {Record<string, (a: number, b: number) => number>} */
const BINARY_OPERATIONS = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
};

/**
 * What computes an expression for `count` numbers at a time. The array that it returns is used again by the next call.
 * @param {Expression} expression
 * @param {number} count
 * @returns {Compiled}
 */
export function compile(expression, count) {
  if (typeof expression === "string") return (variables) => variables[expression];
  const out = new Float64Array(count);
  if (typeof expression === "number") {
    out.fill(expression);
    return () => out;
  }
  const [operation, ...parts] = expression;
  const [one, other] = parts.map((part) => compile(/** @type {Expression} */ (part), count));
  const [unary, binary] = [UNARY_OPERATIONS[operation], BINARY_OPERATIONS[operation]];
  if (!unary && !binary) throw new Error(`This page can't compute ${operation}. Reload it after an update.`);
  if (unary)
    return (variables) => {
      const a = one(variables);
      for (let i = 0; i < count; i++) out[i] = unary(a[i]);
      return out;
    };
  return (variables) => {
    const [a, b] = [one(variables), other(variables)];
    for (let i = 0; i < count; i++) out[i] = binary(a[i], b[i]);
    return out;
  };
}
