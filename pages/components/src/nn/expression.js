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
  sqrt: Math.sqrt,
  floor: Math.floor,
  step: (a) => (a >= 0 ? 1 : 0),
  probit,
  tanh: Math.tanh,
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  softplus,
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
  if (operation === "let") return named(parts, count);
  if (operation === "total") return summed(parts, count);
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

/**
 * What a value that is named inside a formula makes of it.
 * @param {unknown[]} parts the name, the value and the formula
 * @param {number} count
 * @returns {Compiled}
 */
function named(parts, count) {
  const [name, ...rest] = /** @type {[string, Expression, Expression]} */ (parts);
  const [value, body] = rest.map((part) => compile(part, count));
  return (variables) => body({ ...variables, [name]: value(variables) });
}

/**
 * The sum of a formula over whole numbers from 0 on.
 * @param {unknown[]} parts the name that each has in the formula, how many there are, and the formula
 * @param {number} count
 * @returns {Compiled}
 */
function summed(parts, count) {
  const [name, times, formula] = /** @type {[string, number, Expression]} */ (parts);
  const body = compile(formula, count);
  const [out, number] = [new Float64Array(count), new Float64Array(count)];
  return (variables) => {
    out.fill(0);
    for (let k = 0; k < times; k++) {
      const each = body({ ...variables, [name]: number.fill(k) });
      for (let i = 0; i < count; i++) out[i] += each[i];
    }
    return out;
  };
}

const MIDDLE = [
  [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239],
  [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
];
const TAIL = [
  [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
];
const TAIL_SHARE = 0.02425; // on either side, which has a formula of its own

/**
 * The inverse of the distribution function of N(0, 1), within 1.2e-9 of itself: two rational functions, by P. J. Acklam.
 * https://web.archive.org/web/20151030215612/http://home.online.no/~pjacklam/notes/invnorm/
 * @param {number} u
 */
function probit(u) {
  if (u < TAIL_SHARE || u > 1 - TAIL_SHARE) {
    const q = Math.sqrt(-2 * Math.log(Math.min(u, 1 - u)));
    return (u < 0.5 ? 1 : -1) * ratio(TAIL, q);
  }
  const q = u - 0.5;
  return q * ratio(MIDDLE, q * q);
}

/**
 * One polynomial by another, their highest powers first.
 * @param {number[][]} polynomials
 * @param {number} x
 */
function ratio(polynomials, x) {
  const [above, below] = polynomials.map((factors) => factors.reduce((sum, factor) => sum * x + factor, 0));
  return above / below;
}

/**
 * log(1 + exp(a)), which neither overflows nor vanishes.
 * @param {number} a
 */
export function softplus(a) {
  return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
}
