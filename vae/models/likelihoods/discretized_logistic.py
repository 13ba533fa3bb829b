"""Pixels of 256 levels, as images are stored, with a location and a scale each that the decoder says."""

from __future__ import annotations

__all__ = ["DiscretizedLogistic"]

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression, let, total
from vae.models.likelihoods.base import A, Likelihood, U, X

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.pixels import DiscretizedLogisticPixels

LEVELS = 256
LAST = LEVELS - 1
HALF = 0.5 / LAST  # of the distance between two levels
MIN_SCALE = 0.1 / LAST  # which leaves a level 99 % of the probability
WIDE = 1.0  # that an output begins at: wide, for the first pictures miss by much


@dataclass(frozen=True)
class DiscretizedLogistic(Likelihood):
    """Discretised logistic pixels (`vae.models.pixels.discretized_logistic`) around 1/2 + a0 / 4, which is as steep as sigmoid(a0), with a
    scale from `MIN_SCALE` to one, evenly in its logarithm along sigmoid(a1).

    A pixel x is a level over 255. Its nats are of a probability, so they are never negative, and bits per dimension follow.
    """

    kind: ClassVar[str] = "discretized-logistic"
    parameters = 2
    levels = LEVELS
    scale = f"a probability of {LEVELS} levels"
    products = False

    def __call__(self, output: Tensor) -> DiscretizedLogisticPixels:
        from vae.models.pixels import DiscretizedLogisticPixels

        location, raw = output.chunk(2, dim=1)
        scale = (math.log(MIN_SCALE) * (-raw - WIDE).sigmoid()).exp()
        return DiscretizedLogisticPixels(0.5 + location / 4, scale, LEVELS)

    def mean(self) -> Expression:
        """That of the logistic distribution, clipped to [0, 1]."""
        m = _location()
        clipped = _by_scale(lambda s: 1 - s * (((1 - m) / s).softplus() - (-m / s).softplus()))
        return clipped.max(0.0).min(1.0)

    def deviation(self) -> Expression:
        """That of the levels, of which level k is exceeded with a probability P_k: the mean is the sum of P_k, and the mean square that of
        (2 k + 1) P_k."""

        def of_scale(s: Expression) -> Expression:
            def sum_of(part: float, step: float) -> Expression:
                return total(
                    "k", LAST, lambda k: (part + step * k) * ((_location() - (2 * k + 1) * HALF) / s).sigmoid()
                )

            return (sum_of(1, 2) - sum_of(1, 0).square()).max(0.0).sqrt() / LAST

        return _by_scale(of_scale)

    def draw(self) -> Expression:
        value = _by_scale(lambda s: _location() + s * (U / (1 - U)).log())
        return (value.max(0.0).min(1.0) * LAST + 0.5).floor() / LAST

    def score(self) -> Expression:
        """softplus and log are those of the three factors in `vae.models.pixels.discretized_logistic`."""
        away = X - _location()
        above_lowest, below_highest = (X - HALF).step(), (1 - HALF - X).step()

        def of_scale(s: Expression) -> Expression:
            ends = below_highest * (-(away + HALF) / s).softplus() + above_lowest * ((away - HALF) / s).softplus()
            return ends - above_lowest * below_highest * (1 - (-2 * HALF / s).exp()).log()

        return _by_scale(of_scale)


def _location() -> Expression:
    return 0.5 + A[0] / 4


def _by_scale(formula: Callable[[Expression], Expression]) -> Expression:
    """A formula of the scale."""
    return let("s", (math.log(MIN_SCALE) * (-A[1] - WIDE).sigmoid()).exp(), formula)
