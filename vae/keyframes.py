r"""The test images' posteriors at several betas, between which the map moves: rate and distortion along the way.

Between two keyframes means and standard deviations go linearly in log(beta). Half of a plane's keyframes are evenly spaced in it, and
the others stand where points would otherwise stray furthest from where the model puts them: where the plane falls together.
"""

from __future__ import annotations

__all__ = [
    "ACTIVE",
    "COUNT",
    "EVEN",
    "Keyframes",
    "active_dims",
    "activity",
    "even_betas",
    "kl_by_dim",
    "kl_to_prior",
    "placed_betas",
]

import heapq
import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of mnist-2d, 99 % of the points are then within a hundredth of the plane's width of where the model puts them, and most far nearer
# (`benchmarks.betas` says how near).
COUNT = 33  # of a plane
EVEN = 17  # of those, as they are where a network's gates bend
COARSE = 9  # of more dimensions, where they are many numbers each and not for the eye
STRAY = 0.99  # of the points, those that stray less than what counts of an interval
ACTIVE = 0.01  # variance of a posterior mean over the images from which on its dimension counts as active


class Keyframes(NamedTuple):
    """What a model does at K betas, ascending, for N test images in D dimensions."""

    beta: NDArray[np.float32]  # (K,)
    mean: NDArray[np.float32]  # (K, N, D), of q(z|x)
    std: NDArray[np.float32]  # (K, N, D)
    recon: NDArray[np.float32]  # (K,), nats per image, E_q[-log p(x|z)] with one draw of z per image, or a few

    @property
    def rate(self) -> NDArray[np.float64]:
        """KL(q(z|x) || p(z)) at each beta, in nats per image, with shape (K,)."""
        return np.array([kl_to_prior(mean, std) for mean, std in zip(self.mean, self.std, strict=True)])

    @property
    def active(self) -> list[int]:
        """How many latent dimensions are active at each beta."""
        return [active_dims(mean) for mean in self.mean]

    def at(self, beta: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Means and standard deviations at a beta between the first and the last, each with shape (N, D)."""
        place = np.interp(math.log(beta), np.log(self.beta), np.arange(len(self.beta)))
        before = min(int(place), len(self.beta) - 2)
        t = np.float32(place - before)
        mean, std = ((1 - t) * part[before] + t * part[before + 1] for part in (self.mean, self.std))
        return mean, std


def even_betas(low: float, high: float, latent_dim: int = 2) -> list[float]:
    """Betas evenly spaced in log(beta) from `low` to `high`, at which there is a keyframe whatever the model does between them."""
    between = np.geomspace(low, high, EVEN if latent_dim <= 2 else COARSE)[1:-1]
    return [low, *between.tolist(), high]  # the ends free of rounding


def placed_betas(
    betas: list[float], mean_at: Callable[[float], NDArray[np.float32]], count: int = COUNT
) -> list[float]:
    """`betas`, and as many more as make `count`: again and again half way, in log(beta), between the two keyframes between which points
    stray furthest. `mean_at` gives posterior means with shape (N, D) at a beta; it is called once for each of 2 count - 1 betas."""
    means = {beta: mean_at(beta) for beta in betas}
    widest = max(float(np.ptp(mean, axis=0).max()) for mean in means.values()) or 1.0

    def interval(low: float, high: float) -> tuple[float, float, float, float, float]:
        """How far points stray half way, as a share of the plane's width and negative; how narrow it is, so that the widest goes first
        where none strays further; and where it is."""
        middle = math.sqrt(low * high)
        means[middle] = mean_at(middle)
        away = np.linalg.norm((means[low] + means[high]) / 2 - means[middle], axis=1)
        return -float(np.quantile(away, STRAY)) / widest, low / high, low, middle, high

    found = list(betas)
    intervals = [interval(low, high) for low, high in pairwise(betas)]
    heapq.heapify(intervals)
    while len(found) < count:
        _, _, low, middle, high = heapq.heappop(intervals)
        found.append(middle)
        heapq.heappush(intervals, interval(low, middle))
        heapq.heappush(intervals, interval(middle, high))
    return sorted(found)


def activity(mean: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much each dimension of posterior means, with shape (N, D), varies with the image: the variance, with shape (D,).

    Importance Weighted Autoencoders (Burda et al., 2016)
    https://arxiv.org/abs/1509.00519
    """
    return mean.var(0, dtype=np.float64)


def active_dims(mean: NDArray[np.float32]) -> int:
    """How many of the D dimensions of posterior means, with shape (N, D), are active: those whose `activity` is over `ACTIVE`."""
    return int((activity(mean) > ACTIVE).sum())


def kl_by_dim(mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float64]:
    """KL(N(mean, std^2) || N(0, 1)) of each dimension in nats, averaged over N, of arrays with shape (N, D); with shape (D,)."""
    return _kl(mean, std).sum(0, dtype=np.float64) / len(mean)


def kl_to_prior(mean: NDArray[np.float32], std: NDArray[np.float32]) -> float:
    """KL(N(mean, std^2) || N(0, I)) in nats, summed over D and averaged over N, of arrays with shape (N, D)."""
    # Not the sum of those by dimension, which takes four times as long of a million images in the plane.
    return float(_kl(mean, std).sum(dtype=np.float64) / len(mean))


def _kl(mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.floating]:
    # Squares and logarithms as they come, in float32, and double where they are summed: ten times as fast over a million images.
    return 0.5 * (np.square(mean) + np.square(std) - 1) - np.log(std)
