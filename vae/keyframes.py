r"""The test images' posteriors at several betas, between which the map moves: rate and distortion along the way.

The betas are evenly spaced in log(beta), and so is what lies between two of them: means and standard deviations go linearly
from one keyframe to the next.
"""

from __future__ import annotations

__all__ = ["ACTIVE", "Keyframes", "active_dims", "keyframe_betas", "kl_to_prior"]

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of mnist-2d, 99.9 % of the points are then within a hundredth of the plane's width of where the model puts them, and most far
# nearer (`benchmarks.betas` says how near).
COUNT = 33
COARSE = 9  # where they are many numbers each
ACTIVE = 0.01  # variance of a posterior mean over the images from which on its dimension counts as active


class Keyframes(NamedTuple):
    """What a model does at K betas, ascending, for N test images in D dimensions."""

    beta: NDArray[np.float32]  # (K,)
    mean: NDArray[np.float32]  # (K, N, D), of q(z|x)
    std: NDArray[np.float32]  # (K, N, D)
    recon: NDArray[np.float32]  # (K,), nats per image, E_q[-log p(x|z)] with one draw of z per image

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


def keyframe_betas(low: float, high: float, latent_dim: int = 2) -> list[float]:
    """The betas of the keyframes, evenly spaced in log(beta) from `low` to `high`. There are fewer where the latent is no plane,
    for there they are not for the eye, and twenty dimensions would make them larger than the model."""
    between = np.geomspace(low, high, COUNT if latent_dim <= 2 else COARSE)[1:-1]
    return [low, *between.tolist(), high]  # the ends free of rounding


def active_dims(mean: NDArray[np.float32]) -> int:
    """How many of the D dimensions of posterior means, with shape (N, D), vary with the image.

    Importance Weighted Autoencoders (Burda et al., 2016)
    https://arxiv.org/abs/1509.00519
    """
    return int((mean.var(0, dtype=np.float64) > ACTIVE).sum())


def kl_to_prior(mean: NDArray[np.float32], std: NDArray[np.float32]) -> float:
    """KL(N(mean, std^2) || N(0, I)) in nats, summed over D and averaged over N, of arrays with shape (N, D)."""
    m, s = mean.astype(np.float64), std.astype(np.float64)
    return float((0.5 * (m**2 + s**2 - 1) - np.log(s)).sum(1).mean())
