r"""Pixels anywhere between black and white, with a density that falls or rises exponentially from one to the other.

.. math::
    p(x) = e^{a x} / Z(a)      Z(a) = (e^a - 1) / a      0 \le x \le 1

It is the Bernoulli distribution's formula, made a density by its normalising constant. Mean and variance are the first and the second
derivative of log Z. All of it is 0 / 0 at a = 0, so that series stand in nearby.

The continuous Bernoulli: fixing a pervasive error in variational autoencoders (Loaiza-Ganem & Cunningham, 2019)
https://arxiv.org/abs/1907.06845
"""

__all__ = ["ContinuousBernoulliPixels"]

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.models.quadrature import Antiderivative

SERIES_REACH = 1.0  # of logits, up to which series stand in
LOG_Z = (1 / 2, 1 / 24, 0, -1 / 2880, 0, 1 / 181_440, 0, -1 / 9_676_800)  # of log Z: coefficients of a, a^2, ...
SURE_LOGIT = 1e3  # from which on the Fisher information of a logit is 1 / a^2


class ContinuousBernoulliPixels(NamedTuple):
    """Independent continuous Bernoulli pixels, from logits a, of which the mean is not the sigmoid."""

    logits: Tensor  # (B, C, H, W)

    @property
    def mean(self) -> Tensor:
        a, near = self._apart
        return torch.where(near, _derivative(LOG_Z, 1, self._near), -1 / torch.expm1(-a) - 1 / a)

    @property
    def std(self) -> Tensor:
        a, near = self._apart
        far = a.abs()
        variance = 1 / a.square() - (-far).exp() / torch.expm1(-far).square()
        return torch.where(near, _derivative(LOG_Z, 2, self._near), variance).sqrt()

    @property
    def stabilized(self) -> Tensor:
        """The standard deviation, integrated over the logit."""
        a = self.logits
        beyond = (a.abs() / SURE_LOGIT).clamp(min=1).log()
        return a.sign() * (_stabilized()(a.abs().clamp(max=SURE_LOGIT).add(1).log()) + beyond)

    @property
    def log_z(self) -> Tensor:
        """log Z of each pixel."""
        a, near = self._apart
        far = a.abs()
        log_z = a.clamp(min=0) + torch.log(-torch.expm1(-far)) - far.log()
        return torch.where(near, _derivative(LOG_Z, 0, self._near), log_z)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """By the inverse of the distribution function, u = (e^(a x) - 1) / (e^a - 1)."""
        u = torch.rand(self.logits.shape, generator=generator, device=self.logits.device, dtype=self.logits.dtype)
        a, near = self._apart
        white = a > 0
        share = torch.where(white, 1 - u, u)  # counted from the likelier end, or it would overflow
        from_end = -torch.log1p(share * torch.expm1(-a.abs())) / a.abs()
        drawn = torch.where(white, 1 - from_end, from_end)
        small = self._near + torch.where(self._near == 0, 1e-6, 0.0)
        return torch.where(near, torch.log1p(u * torch.expm1(small)) / small, drawn).clamp(0, 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Log-density of the image in nats, summed over its pixels, with shape (B,)."""
        return (x * self.logits - self.log_z).flatten(1).sum(1)

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """x a - log Z(a)."""
        return x.flatten(1) @ self.logits.flatten(1).T - self.log_z.flatten(1).sum(1)

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        return cls(torch.cat([part.logits for part in parts]))

    @property
    def _near(self) -> Tensor:
        """The logits, where series stand in; a number that they hold for elsewhere."""
        return self.logits.clamp(-SERIES_REACH, SERIES_REACH)

    @property
    def _apart(self) -> tuple[Tensor, Tensor]:
        """The logits with another in place of those that are near zero, so that neither branch has an infinite gradient; and which are."""
        near = self.logits.abs() < SERIES_REACH
        return torch.where(near, 2 * SERIES_REACH, self.logits), near


def _derivative(series: Sequence[float], order: int, a: Tensor) -> Tensor:
    """A derivative of a power series without a constant, at a."""
    terms = [(math.perm(power, order) * c, power - order) for power, c in enumerate(series, 1) if power >= order and c]
    return sum((factor * a.pow(power) for factor, power in terms), torch.zeros_like(a))


@lru_cache(1)
def _stabilized() -> Antiderivative:
    """The integral of the standard deviation from a logit of zero on, over t = log(1 + a)."""

    def slope(t: NDArray[np.float64]) -> NDArray[np.float64]:
        a = np.expm1(t)
        with np.errstate(all="ignore"):
            variance = 1 / a**2 - np.exp(-a) / np.expm1(-a) ** 2
        return np.sqrt(np.where(a < 0.05, 1 / 12 - a**2 / 240, variance)) * (1 + a)

    return Antiderivative(slope, 0.0, math.log1p(SURE_LOGIT))
