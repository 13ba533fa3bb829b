"""Integrals: places that stand for a normal distribution, with their weights (Gauss-Hermite quadrature), and antiderivatives by a table."""

__all__ = ["Antiderivative", "hermite", "nodes"]

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@lru_cache(8)
def hermite(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`count` places on a line, and their weights, which sum to one: exact for a polynomial of degree 2 `count` - 1."""
    places, weights = np.polynomial.hermite_e.hermegauss(count)
    return places, weights / weights.sum()


@lru_cache(16)
def nodes(dims: int, count: int) -> tuple[Tensor, Tensor]:
    """All combinations of them in `dims` dimensions: places with shape (P, D), P being `count`^D, and their weights,
    with shape (P,)."""
    places, weights = (torch.from_numpy(part).float() for part in hermite(count))
    grid = torch.cartesian_prod(*[places] * dims).reshape(-1, dims)
    return grid, torch.cartesian_prod(*[weights] * dims).reshape(-1, dims).prod(1)


TABLE_STEPS = 8192  # of an antiderivative, between which it goes straight


class Antiderivative:
    """The integral of a function from `low` on, up to what it is asked for, where the function has no antiderivative in closed form. Below
    `low` it stays nothing, and beyond `high` it goes on as steeply as it came there."""

    def __init__(self, function: Callable[[NDArray[Any]], NDArray[Any]], low: float, high: float) -> None:
        self.low, self.step = low, (high - low) / TABLE_STEPS
        middles = low + self.step * (np.arange(TABLE_STEPS) + 0.5)
        self.slopes = torch.from_numpy(function(middles)).clone()  # (TABLE_STEPS,)
        self.values = torch.cat([self.slopes.new_zeros(1), self.slopes.cumsum(0) * self.step])[:-1]  # where each begins

    def __call__(self, t: Tensor) -> Tensor:
        """It at t, of any shape."""
        place = ((t - self.low) / self.step).clamp(min=0)
        which = place.long().clamp(max=TABLE_STEPS - 1)
        values, slopes = (table.to(t.device, t.dtype)[which] for table in (self.values, self.slopes))
        return values + slopes * (place - which) * self.step
