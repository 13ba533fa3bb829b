r"""The test images' posteriors at several betas, between which the map moves: rate and distortion along the way.

Between two keyframes means and standard deviations go linearly in log(beta). Half of a plane's keyframes are evenly spaced in it, and
the others stand where most points would otherwise stray from where the model puts them: where the plane falls together.

Where an image's posterior has several modes, a point keeps the one that it has at the beta that is watched for as long as that is nearly
as good as the best. Where it must change, it is at the one up to the middle between two keyframes and at the other from there on, for
between the two there may be nothing. What is said of a beta in numbers is of the best modes there.
"""

from __future__ import annotations

__all__ = [
    "ACTIVE_VARIANCE",
    "COUNT",
    "EVEN_COUNT",
    "Followed",
    "Keyframes",
    "active_dims",
    "activity",
    "even_betas",
    "first_betas",
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
COUNT = 40  # of a plane
EVEN_COUNT = 17  # of those, as they are where a network's gates bend
COARSE_COUNT = 9  # of more dimensions, where they are many numbers each and not for the eye
HALF = 0.50001  # of the way to the next keyframe, beyond which a point that changes its mode is at the other: as the page has it
STRAY_DISTANCE = 0.01  # of the plane's width, by which a point that strays is seen to
STRAY_QUANTILE = 0.99  # of the points, those that stray less than what counts of an interval
ACTIVE_VARIANCE = 0.01  # variance of a posterior mean over the images from which on its dimension counts as active


class Keyframes(NamedTuple):
    """What a model does at K betas, ascending, for N test images in D dimensions."""

    beta: NDArray[np.float32]  # (K,)
    mean: NDArray[np.float32]  # (K, N, D), of q(z|x) at the mode that a point keeps
    std: NDArray[np.float32]  # (K, N, D)
    recon: NDArray[
        np.float32
    ]  # (K,), nats per image, E_q[-log p(x|z)] at the best modes, with a few draws of z per image
    kl: NDArray[np.float32]  # (K,), nats per image, KL(q(z|x) || p(z)) at the best modes
    changes: NDArray[np.int32]  # (J, 2), [k, n] where point n changes its mode between keyframes k and k + 1

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
        changing = self.changes[self.changes[:, 0] == before, 1]
        for part, of_keyframes in ((mean, self.mean), (std, self.std)):
            part[changing] = of_keyframes[before + int(t > HALF), changing]
        return mean, std


def first_betas(low: float, high: float, watched: float, latent_dim: int = 2) -> list[float]:
    """`even_betas`, and the one that is watched."""
    even = even_betas(low, high, latent_dim)
    return sorted([watched, *(beta for beta in even if not math.isclose(beta, watched, rel_tol=1e-6))])


def even_betas(low: float, high: float, latent_dim: int = 2) -> list[float]:
    """Betas evenly spaced in log(beta) from `low` to `high`, at which there is a keyframe whatever the model does between them."""
    between = np.geomspace(low, high, EVEN_COUNT if latent_dim <= 2 else COARSE_COUNT)[1:-1]
    return [low, *between.tolist(), high]  # the ends free of rounding


class Followed(NamedTuple):
    """Where points lie at a beta, seen from another one."""

    mean: NDArray[np.float32]  # (N, D)
    changed: NDArray[np.bool_]  # (N,), whether a point had to change its mode on the way


def placed_betas(
    betas: list[float], watched: float, follow: Callable[[float, float | None], Followed], count: int = COUNT
) -> list[float]:
    """`betas`, ascending and `watched` among them, and as many more as make `count`: again and again half way, in log(beta), between the
    two keyframes between which most points stray, of those that keep their mode. `follow(beta, before)` says where points lie at a
    beta when they come from another one, None for the first; it is called once for each of 2 count - 1 betas."""
    first = betas.index(watched)
    positions = {watched: follow(watched, None)}
    for before, beta in [*pairwise(betas[first:]), *pairwise(betas[first::-1])]:
        positions[beta] = follow(beta, before)
    widest = max(float(np.ptp(at.mean, axis=0).max()) for at in positions.values()) or 1.0

    def interval(low: float, high: float) -> tuple[float, float, float, float, float, float]:
        """The share of the points that stray by more than `STRAY_DISTANCE` half way, and how far points stray, both negative; how narrow it
        is, so that the widest goes first where none strays further; and where it is."""
        middle = math.sqrt(low * high)
        nearer, further = (low, high) if low >= watched else (high, low)
        positions[middle] = follow(middle, nearer)
        same_mode = ~(positions[middle].changed | positions[further].changed)
        away = (
            np.linalg.norm((positions[low].mean + positions[high].mean) / 2 - positions[middle].mean, axis=1)[same_mode]
            / widest
        )
        stray = (
            (float((away > STRAY_DISTANCE).mean()), float(np.quantile(away, STRAY_QUANTILE)))
            if same_mode.any()
            else (0.0, 0.0)
        )
        return -stray[0], -stray[1], low / high, low, middle, high

    chosen = list(betas)
    intervals = [interval(low, high) for low, high in pairwise(betas)]
    heapq.heapify(intervals)
    while len(chosen) < count:
        *_, low, middle, high = heapq.heappop(intervals)
        chosen.append(middle)
        heapq.heappush(intervals, interval(low, middle))
        heapq.heappush(intervals, interval(middle, high))
    return sorted(chosen)


def activity(mean: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much each dimension of posterior means, with shape (N, D), varies with the image: the variance, with shape (D,).

    Importance Weighted Autoencoders (Burda et al., 2016)
    https://arxiv.org/abs/1509.00519
    """
    return mean.var(0, dtype=np.float64)


def active_dims(mean: NDArray[np.float32]) -> int:
    """How many of the D dimensions of posterior means, with shape (N, D), are active: those whose `activity` is over `ACTIVE_VARIANCE`."""
    return int((activity(mean) > ACTIVE_VARIANCE).sum())
