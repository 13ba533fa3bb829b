"""Pixels around a mean, each with a standard deviation of its own that the decoder says."""

from __future__ import annotations

__all__ = ["PixelGaussian"]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression
from vae.models.likelihoods.base import A, Likelihood, U, normal_score
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.pixels import NormalPixels

WIDE = 1.0  # that an output begins at: wide, for the first pictures miss by much


@dataclass(frozen=True)
class PixelGaussian(Likelihood):
    """Normal pixels around sigmoid(a0), with a standard deviation from `min_std` to one, evenly in its logarithm along sigmoid(a1). Without
    a floor the density of a pixel that is always black would be infinite, and nothing else would count."""

    min_std: float = Setting(
        0.02,
        "σ, least standard deviation of a pixel",
        0.001,
        0.5,
        step=0.01,
        help="In units of the pixel range, from 0 to 1. Pixels that are always the same come to it, and the smaller it is the higher is "
        "their density, and the more of the loss they are.",
        option="min_sigma",
    ).as_field()
    kind: ClassVar[str] = "pixel-gaussian"
    parameters = 2

    def __post_init__(self) -> None:
        check_settings(self, "likelihood")

    @property
    def title(self) -> str:
        return f"{self.kind}, σ from {self.min_std:g}"

    def __call__(self, output: Tensor) -> NormalPixels:
        from vae.models.pixels import NormalPixels

        mean, raw = output.chunk(2, dim=1)
        return NormalPixels(mean.sigmoid(), (math.log(self.min_std) * (-raw - WIDE).sigmoid()).exp())

    def mean(self) -> Expression:
        return A[0].sigmoid()

    def deviation(self) -> Expression:
        return self._log_std.exp()

    def draw(self) -> Expression:
        return A[0].sigmoid() + self._log_std.exp() * U.probit()

    def score(self) -> Expression:
        return normal_score(A[0].sigmoid(), self._log_std)

    @property
    def _log_std(self) -> Expression:
        return math.log(self.min_std) * (-A[1] - WIDE).sigmoid()
