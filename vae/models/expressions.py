"""Formulas as data: what Python writes down once, and the page computes without a line of its own.

An expression is built by operators and methods from `variable` and numbers, holds for arrays element by element, and is written as
nested lists: `["add", ["square", "x"], 0.5]`. `let` gives a value a name, and `total` adds up over whole numbers.
"""

from __future__ import annotations

__all__ = ["Expression", "Number", "let", "total", "variable"]

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

# The page has the same (`expression.js`).
OPERATIONS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
    "neg": np.negative,
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "square": np.square,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "step": lambda a: np.heaviside(a, 1.0),  # 1 from zero on, else 0
    "probit": np.vectorize(NormalDist().inv_cdf, otypes=[np.float64]),  # the inverse of N(0, 1)'s distribution function
    "tanh": np.tanh,
    "sigmoid": lambda a: np.exp(-np.logaddexp(0, -a)),
    "softplus": lambda a: np.logaddexp(0, a),
}


@dataclass(frozen=True)
class Expression:
    """An operation on others, or on numbers; without any, a variable of that name."""

    operation: str
    parts: tuple[Number, ...] = ()

    def __add__(self, other: Number) -> Expression:
        return Expression("add", (self, other))

    def __radd__(self, other: float) -> Expression:
        return Expression("add", (other, self))

    def __sub__(self, other: Number) -> Expression:
        return Expression("sub", (self, other))

    def __rsub__(self, other: float) -> Expression:
        return Expression("sub", (other, self))

    def __mul__(self, other: Number) -> Expression:
        return Expression("mul", (self, other))

    def __rmul__(self, other: float) -> Expression:
        return Expression("mul", (other, self))

    def __truediv__(self, other: Number) -> Expression:
        return Expression("div", (self, other))

    def __rtruediv__(self, other: float) -> Expression:
        return Expression("div", (other, self))

    def __neg__(self) -> Expression:
        return Expression("neg", (self,))

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        """`a.exp()` and whatever else is done to one."""
        if name not in OPERATIONS:
            raise AttributeError(name)
        return lambda *others: Expression(name, (self, *others))

    def to_json(self) -> object:
        """The expression as nested lists, with variables by name. Raises `ValueError` for numbers that JSON has none of."""
        if not self.parts:
            return self.operation
        return [self.operation, *(_written(part) for part in self.parts)]

    def __call__(self, values: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """Its value where the variables have these."""
        if not self.parts:
            return np.asarray(values[self.operation], np.float64)
        if self.operation == "let":
            name, value, body = self.parts
            return body({**values, name.operation: value(values)})  # pyrefly: ignore[not-callable, missing-attribute]
        if self.operation == "total":
            name, count, body = self.parts
            each = (body({**values, name.operation: k}) for k in range(count))  # pyrefly: ignore
            return np.sum(list(each), axis=0)
        operands = (part(values) if isinstance(part, Expression) else np.float64(part) for part in self.parts)
        return OPERATIONS[self.operation](*operands)


Number = Expression | float


def variable(name: str) -> Expression:
    """What stands for a value of that name."""
    return Expression(name)


def let(name: str, value: Expression, body: Callable[[Expression], Expression]) -> Expression:
    """What `body` makes of a value, which is computed once and goes by that name inside."""
    return Expression("let", (variable(name), value, body(variable(name))))


def total(name: str, count: int, body: Callable[[Expression], Expression]) -> Expression:
    """The sum of what `body` makes of the numbers from 0 to `count` - 1, which go by that name inside."""
    return Expression("total", (variable(name), count, body(variable(name))))


def _written(part: Number) -> object:
    if isinstance(part, Expression):
        return part.to_json()
    if not math.isfinite(part):
        raise ValueError(f"{part} is no number that a page can read")
    return part
