r"""Pixels of many levels, by the probability that a logistic distribution gives to what is nearest to each.

.. math::
    P(x) = \sigma((x + h - m) / s) - \sigma((x - h - m) / s)

for levels 2 h apart; what lies below the lowest level counts as it, and what lies above the highest as that. With p and q for the two
arguments,

.. math::
    \sigma(p) - \sigma(q) = \sigma(p) \sigma(-q) (1 - e^{q - p})

of which every factor has a logarithm that is finite at any distance; at the ends only one of the first two is left.

PixelCNN++: Improving the PixelCNN with Discretized Logistic Mixture Likelihood (Salimans et al., 2017)
https://arxiv.org/abs/1701.05517
"""

__all__ = ["DiscretizedLogisticPixels"]

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from vae.models.quadrature import Antiderivative

TABLE_REACH = 40.0  # scales either way, within which the Fisher information at an end changes


class DiscretizedLogisticPixels(NamedTuple):
    """Independent pixels of `levels` levels from 0 to 1."""

    location: Tensor  # (B, C, H, W), in units of the pixel range; anywhere
    scale: Tensor  # (B, C, H, W), in that unit
    levels: int

    @property
    def half(self) -> float:
        """Half of the distance between two levels."""
        return 0.5 / (self.levels - 1)

    @property
    def mean(self) -> Tensor:
        """That of the logistic distribution, clipped to [0, 1]. The mean of the levels is no further from it than half the distance of two,
        and a fiftieth of that distance where the scale is as large."""
        above, below = (1 - self.location) / self.scale, -self.location / self.scale
        return (1 - self.scale * (F.softplus(above) - F.softplus(below))).clamp(0, 1)

    @property
    def std(self) -> Tensor:
        """That of the levels, of which level k is exceeded with a probability P_k: sum_k (2 k + 1) P_k is the mean square."""
        location, scale = self.location.double(), self.scale.double()
        first, second = torch.zeros_like(location), torch.zeros_like(location)
        for k in range(self.levels - 1):
            exceeded = ((location - (2 * k + 1) * self.half) / scale).sigmoid()
            first += exceeded
            second += (2 * k + 1) * exceeded
        return ((second - first.square()).clamp(min=0).sqrt() / (self.levels - 1)).to(self.location.dtype)

    @property
    def stabilized(self) -> Tensor:
        """Of the location. The information is (1 - F^3 - G^3) / (3 s^2), F and G being the probabilities of the lowest and the highest
        level, where the scale is no less than the distance of two levels; a narrower distribution is taken for as smooth."""
        table = _stabilized()
        below = (self.location - self.half) / self.scale
        above = ((1 - self.half - self.location) / self.scale).clamp(max=TABLE_REACH)
        return (table(below) - table(above) + above) / math.sqrt(3)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        u = torch.rand(self.location.shape, generator=generator, device=self.location.device, dtype=self.location.dtype)
        drawn = self.location + self.scale * u.clamp(min=1e-7, max=1 - 1e-7).logit()
        return (drawn.clamp(0, 1) * (self.levels - 1)).round() / (self.levels - 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Logarithm of the probability of the image's levels in nats, summed over its pixels, with shape (B,)."""
        return self._of_pixels(x).flatten(1).sum(1)

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """There is no product of matrices for it: image by image."""
        return torch.stack([self.log_prob(one) for one in x]) if len(x) else self.location.new_zeros(0, len(self.scale))

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        location, scale = torch.cat([part.location for part in parts]), torch.cat([part.scale for part in parts])
        return cls(location, scale, parts[0].levels)

    def _of_pixels(self, x: Tensor) -> Tensor:
        away = x - self.location
        lower, upper = (away - self.half) / self.scale, (away + self.half) / self.scale
        lowest, highest = x < self.half, x > 1 - self.half
        below_next = F.logsigmoid(upper).masked_fill(highest, 0)
        above_last = F.logsigmoid(-lower).masked_fill(lowest, 0)
        width = torch.log(-torch.expm1(-2 * self.half / self.scale)).masked_fill(lowest | highest, 0)
        return below_next + above_last + width


@lru_cache(1)
def _stabilized() -> Antiderivative:
    """The integral of sqrt(1 - F^3) over v = location / scale, F = sigmoid(-v) being what lies below an end at 0: nothing far below it."""

    def slope(v: NDArray[np.float64]) -> NDArray[np.float64]:
        y = np.exp(np.minimum(v, TABLE_REACH))  # 1 - F^3 without cancelling: F = 1 / (1 + y)
        return np.sqrt(y * (3 + 3 * y + y * y) / (1 + y) ** 3)

    return Antiderivative(slope, -TABLE_REACH, TABLE_REACH)
