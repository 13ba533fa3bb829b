"""Places in latent space: samples, paths and traversals, as arrays that `model.decode` takes.

NumPy rather than PyTorch, so that a page can draw a path or a thousand samples without waiting for torch.
"""

__all__ = [
    "Dimensions",
    "dimensions",
    "latent_of",
    "lerp",
    "paths_of",
    "sample_aggregate",
    "sample_posteriors",
    "slerp",
    "traversals",
    "typical",
]

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.checkpoints.checkpoint import Checkpoint, LatentPoints
from vae.checkpoints.keyframes import ACTIVE_VARIANCE, activity
from vae.models.priors import LatentPrior

Latents = NDArray[np.float32]

SPAN_QUANTILES = (0.005, 0.995)  # quantiles
MIN_SPAN = 0.01  # latent units, where all posterior means are the same
MAX_CANDIDATES = 2000  # images among which a typical one is looked for
TYPICAL_NEIGHBOURS = (
    30  # of them, by which it is told how densely others lie around one, and whether they share its class
)


class Dimensions(NamedTuple):
    """What each of D latent dimensions holds of N images."""

    kl: NDArray[np.float64]  # (D,), nats per image, of each to the prior's own
    whole_kl: float  # nats per image; the sum of these where the prior is factorised
    active: NDArray[np.bool_]  # (D,), whether the posterior mean varies with the image
    order: NDArray[np.int64]  # (D,), those with the largest KL first, and the collapsed ones behind all that are active
    span: NDArray[np.float64]  # (D, 2), between which nearly all posterior means lie


def dimensions(points: LatentPoints, prior: LatentPrior) -> Dimensions:
    """What each latent dimension holds of the images that the points stand for, beside this prior."""
    kl, active = prior.kl_by_dim(points.mean, points.std), activity(points.mean) > ACTIVE_VARIANCE
    low, high = np.quantile(points.mean, SPAN_QUANTILES, axis=0).astype(np.float64)
    more = np.maximum(0, MIN_SPAN - (high - low)) / 2
    whole = kl.sum() if prior.prior.factorised else prior.kl_of_each(points.mean, points.std).mean()
    span = np.stack([low - more, high + more], axis=1)
    return Dimensions(kl, float(whole), active, np.lexsort((-kl, ~active)), span)


def traversals(start: ArrayLike, dims: ArrayLike, span: ArrayLike, steps: int) -> Latents:
    """Latents with shape (R, steps, D): in row r all are `start`, with shape (D,), but for dimension `dims[r]`, which takes `steps` values
    evenly spaced from `span[dims[r], 0]` to `span[dims[r], 1]`; `span` has shape (D, 2)."""
    rows = np.asarray(dims, np.int64)
    low, high = np.asarray(span, np.float64)[rows].T
    z = np.tile(np.asarray(start, np.float64), (len(rows), steps, 1))
    z[np.arange(len(rows)), :, rows] = np.linspace(low, high, steps, axis=1)
    return z.astype(np.float32)


def sample_aggregate(points: LatentPoints, count: int, width: float = 1.0, seed: int = 0) -> Latents:
    """Draws from the aggregate posterior, the average of q(z|x) over the images that the points stand for, with shape (count, D).

    Each draw takes an image at random and then z from N(mean, width^2 std^2) of its posterior. At width 0 the draws are posterior
    means: which images are drawn does not depend on it, so that it changes little where posteriors are narrow.
    """
    generator = np.random.default_rng(seed)
    which = generator.integers(len(points.mean), size=count)
    return sample_posteriors(points.mean[which], points.std[which], width, generator)


def sample_posteriors(
    mean: NDArray[np.float32], std: NDArray[np.float32], width: float = 1.0, seed: int | np.random.Generator = 0
) -> Latents:
    """One draw from N(mean, width^2 std^2) of each posterior, arrays with shape (N, D)."""
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    return (mean + width * std * noise).astype(np.float32)


def lerp(start: ArrayLike, end: ArrayLike, steps: int) -> Latents:
    """The straight line from `start` to `end`, both with shape (D,), in `steps` places with shape (steps, D)."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    t = np.linspace(0, 1, steps)[:, None]
    return ((1 - t) * a + t * b).astype(np.float32)


def slerp(start: ArrayLike, end: ArrayLike, steps: int) -> Latents:
    """The arc from `start` to `end` around the origin, in `steps` places with shape (steps, D).

    It turns at a constant rate while its radius goes linearly from one to the other, so that it stays where the prior has its mass.
    Between opposite directions, or from the origin, there is no one arc, and the line is what is left.

    Sampling Generative Networks (White, 2016)
    https://arxiv.org/abs/1609.04468
    """
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    radius_a, radius_b = np.linalg.norm(a), np.linalg.norm(b)
    if radius_a < 1e-8 or radius_b < 1e-8:
        return lerp(a, b, steps)
    unit_a, unit_b = a / radius_a, b / radius_b
    angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
    if angle < 1e-6 or np.pi - angle < 1e-6:
        return lerp(a, b, steps)
    t = np.linspace(0, 1, steps)[:, None]
    direction = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.sin(angle)
    path = ((1 - t) * radius_a + t * radius_b) * direction
    if steps > 1:
        path[0], path[-1] = a, b  # free of rounding
    return path.astype(np.float32)


def paths_of(prior: LatentPrior) -> dict[str, Callable[[ArrayLike, ArrayLike, int], Latents]]:
    """The ways from one latent to another that mean something beside this prior, by their names: an arc around the origin stays where the
    mass is if the density is the same all around."""
    return {"Linear": lerp, "Spherical": slerp} if prior.prior.rings else {"Linear": lerp}


def typical(points: LatentPoints, among: NDArray[np.int64] | None = None) -> int:
    """The number of an image that the model is likely to draw well, to begin with: of up to `MAX_CANDIDATES` images spread evenly over all,
    or over those that are `among` them, ascending.

    Where images have labels it is one of those whose neighbours share their class most, near the middle of its class; and wherever, its
    posterior is narrow and others lie densely around it. These go by rank, so that no scale counts.
    """
    every = np.arange(len(points.labels)) if among is None else among
    some = every[:: -(-len(every) // MAX_CANDIDATES)]
    if (points.labels[some] >= 0).any():
        some = some[points.labels[some] >= 0]
    near = min(TYPICAL_NEIGHBOURS, len(some) - 1)
    if near < 1:
        return int(some[0])
    mean, labels = points.mean[some].astype(np.float64), points.labels[some]
    squares = np.square(mean).sum(1)
    away = squares[:, None] - 2 * mean @ mean.T + squares
    np.fill_diagonal(away, np.inf)
    others = np.argpartition(away, near - 1, axis=1)[:, :near]
    agree = (labels[others] == labels[:, None]).sum(1)
    ranks = _rank(np.take_along_axis(away, others, 1).max(1)) + _rank(np.log(points.std[some]).sum(1))
    if labels[0] >= 0:
        ranks += _rank(_off_middle(mean, labels))
    return int(some[np.where(agree == agree.max(), ranks, ranks.max() + 1).argmin()])


def _off_middle(mean: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each lies from the median of its class, as a share of how far the half of its class does."""
    shares = np.empty(len(labels))
    for label in np.unique(labels):
        own = labels == label
        away = np.linalg.norm(mean[own] - np.median(mean[own], axis=0), axis=1)
        shares[own] = away / max(float(np.median(away)), 1e-12)
    return shares


def _rank(values: NDArray[np.floating]) -> NDArray[np.int64]:
    return np.searchsorted(np.sort(values), values)  # of those that are alike the same, whatever their order


def latent_of(checkpoint: Checkpoint, index: int, beta: float) -> Latents:
    """The posterior mean of one image at a beta, with shape (D,). Raises `VAEError` for a beta outside the model's range."""
    frames = checkpoint.keyframes
    if frames is not None:  # of the others nobody needs to know
        changes = frames.changes[frames.changes[:, 1] == index] * np.array([1, 0], np.int32)
        own = frames._replace(mean=frames.mean[:, [index]], std=frames.std[:, [index]], changes=changes)
        checkpoint, index = checkpoint._replace(keyframes=own), 0
    return checkpoint.points_at(beta).mean[index]
