r"""Pixels around a mean, with one standard deviation that training finds.

.. math::
    \sigma^2 = E[(x - m)^2]

is what the log-likelihood is highest for, over all pixels of all images. While training, the squared error of each batch is its estimate,
and :math:`\log \sigma` the running average of these; after it, that is part of the model. To learn it by gradients would lead to the same
place, only later: at every step it would be behind what the decoder has come to.

Simple and Effective VAE Training with Calibrated Decoders (Rybkin, Daniilidis & Levine, 2021)
https://arxiv.org/abs/2006.13202
"""

from __future__ import annotations

__all__ = ["SigmaGaussian"]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression
from vae.models.layers import Constant, Layer
from vae.models.likelihoods.base import A, Likelihood, U, normal_score

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vae.models.pixels import NormalPixels, PixelDistribution

INITIAL_STD = 0.25  # in units of the pixel range, before there was a batch
MIN_STD = 1e-3  # where images are all alike
MOMENTUM = 0.1  # what a batch counts in the running average


@dataclass(frozen=True)
class SigmaGaussian(Likelihood):
    """Normal pixels around sigmoid(output) with one standard deviation for all, the best one in closed form. It is part of the decoder, so
    there is nothing to set, and squared errors weigh beside the KL what they should."""

    kind: ClassVar[str] = "sigma-gaussian"

    def layers(self, channels: int) -> tuple[Layer, ...]:
        return (Constant(channels, math.log(INITIAL_STD)),)

    def update(self, decoder: nn.Sequential, p: PixelDistribution, x: Tensor) -> None:
        log_std = 0.5 * (x - p.mean).detach().square().mean().clamp(min=MIN_STD**2).log()
        decoder[-1].value.lerp_(log_std.reshape(1), MOMENTUM)  # pyrefly: ignore[not-callable] (a tensor)

    def __call__(self, output: Tensor) -> NormalPixels:
        from vae.models.pixels import NormalPixels

        mean, log_std = output.chunk(2, dim=1)
        return NormalPixels(mean.sigmoid(), log_std.exp())

    def mean(self) -> Expression:
        return A[0].sigmoid()

    def deviation(self) -> Expression:
        return A[1].exp()

    def draw(self) -> Expression:
        return A[0].sigmoid() + A[1].exp() * U.probit()

    def score(self) -> Expression:
        return normal_score(A[0].sigmoid(), A[1])
