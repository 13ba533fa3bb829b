"""Pixels around a mean, with a standard deviation that somebody has chosen."""

from __future__ import annotations

__all__ = ["Gaussian"]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression
from vae.models.likelihoods.base import A, Likelihood, U, normal_score
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.pixels import NormalPixels


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """Normal pixels around sigmoid(output) with a fixed standard deviation `std`, in units of the pixel range [0, 1].

    Its log-density is the squared error times -1 / (2 std^2), up to a constant, so `std` weighs reconstruction against KL.
    """

    std: float = Setting(
        0.1,
        "σ, standard deviation of a pixel",
        0.001,
        10.0,
        step=0.01,
        help="In units of the pixel range, from 0 to 1. Squared errors weigh 1 / (2 σ²) beside the KL: small for sharp pictures and a "
        "loose map, large for a dense map and blurred pictures. Nats of models with different σ can't be compared.",
        option="sigma",
    ).as_field()
    kind: ClassVar[str] = "gaussian"

    def __post_init__(self) -> None:
        check_settings(self, "likelihood")

    @property
    def title(self) -> str:
        return f"{self.kind}, σ {self.std:g}"

    def __call__(self, output: Tensor) -> NormalPixels:
        from vae.models.pixels import NormalPixels

        return NormalPixels(output.sigmoid(), self.std)

    def mean(self) -> Expression:
        return A[0].sigmoid()

    def deviation(self) -> Expression:
        return 0 * A[0] + self.std

    def draw(self) -> Expression:
        return A[0].sigmoid() + self.std * U.probit()

    def score(self) -> Expression:
        return normal_score(A[0].sigmoid(), math.log(self.std))
