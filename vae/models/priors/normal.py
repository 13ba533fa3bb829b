r"""The standard normal prior: everything that is true of N(0, I) and of no other is said here.

.. math::
    KL(N(m, diag(s^2)) || N(0, I)) = \sum_d (s_d^2 + m_d^2 - 1) / 2 - \log s_d
"""

from __future__ import annotations

__all__ = ["StandardNormal"]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.models.priors.base import Marginals, Prior, Pull, Ring, Weights

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal

SPAN = 3.0  # standard deviations, within which nearly all of a dimension lies
RADII = (1.0, 2.0, 3.0)  # of its circles, standard deviations
INSIDE_SHARES = [1 - math.exp(-(radius**2) / 2) for radius in RADII]  # of draws, how many lie inside each in a plane
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class StandardNormal(Prior):
    """N(0, I)."""

    kind: ClassVar[str] = "normal"
    title: ClassVar[str] = "N(0, I)"
    title_of_one: ClassVar[str] = "N(0, 1)"
    closed: ClassVar[bool] = True
    factorised: ClassVar[bool] = True
    tempered: ClassVar[bool] = True
    rings: ClassVar[tuple[Ring, ...]] = tuple(Ring(radius, f"{radius:g}σ") for radius in RADII)
    about_rings: ClassVar[str] = (
        "One, two and three standard deviations of the prior: {:.0%}, {:.0%} and {:.0%} of it lie inside".format(
            *INSIDE_SHARES
        ).replace("%", " %")
    )
    reaches: ClassVar[str] = f"from −{SPAN:g} to {SPAN:g} standard deviations of N(0, 1)"

    def log_prob(self, z: Tensor, weights: Weights) -> Tensor:
        return -(0.5 * z.square() + HALF_LOG_2PI).sum(-1)

    def sample(self, count: int, latent_dim: int, weights: Weights, generator: torch.Generator | None = None) -> Tensor:
        import torch

        device = None if generator is None else generator.device
        return torch.randn(count, latent_dim, generator=generator, device=device)

    def kl(self, q: DiagonalNormal, z: Tensor, weights: Weights) -> Tensor:
        return self.kl_by_dim(q, weights).sum(-1)

    def kl_by_dim(self, q: DiagonalNormal, weights: Weights) -> Tensor:
        ratio = q.std.square()
        return 0.5 * (ratio + q.mean.square() - 1 - ratio.log())

    def expected_kl(self, q: DiagonalNormal, weights: Weights) -> Tensor:
        return self.kl(q, q.mean, weights)

    def pull(self, q: DiagonalNormal, weights: Weights) -> Pull:
        return Pull(q.mean * q.std, q.std.square())

    def draw(
        self, count: int, latent_dim: int, weights: Weights, *, temperature: float = 1.0, seed: int = 0
    ) -> NDArray[np.float32]:
        """Draws from N(0, temperature^2 I)."""
        return (temperature * np.random.default_rng(seed).standard_normal((count, latent_dim))).astype(np.float32)

    def described(self, temperature: float) -> str:
        return "Drawn from N(0, I), the prior." if temperature == 1 else f"Drawn from N(0, {temperature:g}² I)."

    def kl_of_each(self, mean: NDArray[np.float32], std: NDArray[np.float32], weights: Weights) -> NDArray[np.float64]:
        m, s = mean.astype(np.float64), std.astype(np.float64)
        return (0.5 * (np.square(m) + np.square(s) - 1) - np.log(s)).sum(1)

    def marginals(self, latent_dim: int, weights: Weights) -> Marginals:
        return _MARGINALS


class _Normal(Marginals):
    """N(0, 1) in every dimension."""

    def cdf(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.special import ndtr

        return ndtr(t)

    def cdf_integral(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        return t * self.cdf(d, t) + np.exp(self.log_density(d, t))

    def mean(self, d: int) -> float:
        return 0.0

    def log_density(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        return -0.5 * np.square(t) - HALF_LOG_2PI

    def span(self, dims: int) -> NDArray[np.float64]:
        return np.tile([-SPAN, SPAN], (dims, 1))

    def kl(self, mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float64]:
        # Squares and logarithms as they come, in float32, and double where they are summed: ten times as fast over a million images.
        each = 0.5 * (np.square(mean) + np.square(std) - 1) - np.log(std)
        return each.sum(0, dtype=np.float64) / len(mean)


_MARGINALS = _Normal()
