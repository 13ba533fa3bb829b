"""Pixels anywhere between black and white, by the Bernoulli distribution's formula made a density."""

from __future__ import annotations

__all__ = ["ContinuousBernoulli"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression, let
from vae.models.likelihoods.base import A, Likelihood, U, X

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.pixels import ContinuousBernoulliPixels

# Formulas are 0 / 0 at a logit of zero: nearer than this they stay as they are. Pages compute them in float64, where they are accurate to
# 1e-7 with the one if it is two numbers of the size of 1 / a^2 that cancel, and with the other if it is one of 1 / a.
MIN_LOGIT, MIN_LOGIT_OF_LOG = 1e-3, 1e-6


@dataclass(frozen=True)
class ContinuousBernoulli(Likelihood):
    """Continuous Bernoulli pixels, from logits (`vae.models.pixels.continuous_bernoulli`): what a Bernoulli distribution is often used as,
    with the constant that makes it a density of grey pixels."""

    kind: ClassVar[str] = "continuous-bernoulli"

    def __call__(self, output: Tensor) -> ContinuousBernoulliPixels:
        from vae.models.pixels import ContinuousBernoulliPixels

        return ContinuousBernoulliPixels(output)

    def mean(self) -> Expression:
        """1 / (1 - e^-a) - 1 / a: half, and as much more for white as it is less for black."""
        return _by_size(lambda t: 0.5 + (1 / (1 - (-t).exp()) - 1 / t - 0.5) * A[0] / t)

    def deviation(self) -> Expression:
        """The root of 1 / a^2 - e^-a / (1 - e^-a)^2, which is the same for a and -a."""
        return _by_size(lambda t: (1 / t.square() - (-t).exp() / (1 - (-t).exp()).square()).sqrt())

    def draw(self) -> Expression:
        """From the likelier end, which is white where a is positive, it is -log(1 - v (1 - e^-|a|)) / |a|, v being counted from there."""
        white = A[0].step()
        from_end = _by_size(lambda t: -(1 - (U + white * (1 - 2 * U)) * (1 - (-t).exp())).log() / t, MIN_LOGIT_OF_LOG)
        return let("e", from_end, lambda e: e + white * (1 - 2 * e))

    def score(self) -> Expression:
        return A[0].max(0.0) + _by_size(lambda t: ((1 - (-t).exp()) / t).log(), MIN_LOGIT_OF_LOG) - X * A[0]


def _by_size(formula: Callable[[Expression], Expression], least: float = MIN_LOGIT) -> Expression:
    """A formula of |a|."""
    return let("t", A[0].abs().max(least), formula)
