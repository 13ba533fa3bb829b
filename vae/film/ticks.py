"""The round numbers along an axis."""

from __future__ import annotations

__all__ = ["number", "round_step", "ticks"]

import math


def round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9))


def ticks(low: float, high: float, step: float) -> list[float]:
    """The multiples of a step from `low` to `high`."""
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def number(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")
