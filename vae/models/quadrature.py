"""Places that stand for a normal distribution, and their weights: Gauss-Hermite quadrature."""

__all__ = ["hermite", "nodes"]

from functools import lru_cache

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
