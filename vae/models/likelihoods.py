"""p(x|z): what the decoder's output means.

A likelihood turns the decoder's output into a distribution over images. For the page it says the same as data: by which layers the
output becomes pixel means, and by which formula a pixel is scored. A new one is a frozen dataclass, added to `LIKELIHOODS`.
"""

from __future__ import annotations

__all__ = ["LIKELIHOODS", "Bernoulli", "Gaussian", "Likelihood", "scored"]

import math
from dataclasses import Field, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from vae.models.expressions import Expression, variable
from vae.models.layers import Layer, Sigmoid
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.distributions import BernoulliPixels, NormalPixels, PixelDistribution


X, A0 = variable("x"), variable("a0")  # a pixel, and the first number that the decoder says of it


class Likelihood(Protocol):
    """Where likelihoods plug in."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # a frozen dataclass
    kind: ClassVar[str]
    # Numbers that the decoder gives for a pixel; its P C channels are the first number of all C, then the next.
    parameters: ClassVar[int]
    of_two: ClassVar[bool]  # a probability of pixels that are 0 or 1, and of a grey one no density

    @property
    def title(self) -> str:
        """Its kind and what else there is to say of it."""
        ...

    def __call__(self, output: Tensor) -> PixelDistribution:
        """The distribution that the decoder's output, with shape (B, P C, H, W), stands for."""
        ...

    def mean_layers(self, channels: int) -> tuple[Layer, ...]:
        """Layers from that output to pixel means in [0, 1], with shape (B, C, H, W): what the page shows."""
        ...

    def score(self) -> Expression:
        """-log p of a pixel in nats: `x` in [0, 1], of which the decoder says the numbers `a0`, `a1`, ..."""
        ...

    def floor(self, x: Tensor) -> Tensor | None:
        """Nats that even a perfect decoder pays for each of images x, with shape (B,), where that is more than nothing because pixels are
        no draws from the distribution that they are scored by; None where they are."""
        ...


@dataclass(frozen=True)
class Bernoulli:
    """Bernoulli pixels, from logits. The choice for images that are nearly black and white."""

    kind: ClassVar[str] = "bernoulli"
    parameters: ClassVar[int] = 1
    of_two: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return self.kind

    def __call__(self, output: Tensor) -> BernoulliPixels:
        from vae.models.distributions import BernoulliPixels

        return BernoulliPixels(output)

    def mean_layers(self, channels: int) -> tuple[Layer, ...]:
        return (Sigmoid(),)

    def score(self) -> Expression:
        return A0.softplus() - X * A0

    def floor(self, x: Tensor) -> Tensor | None:
        """The entropy of pixels taken for probabilities: the cross entropy of a grey value is least where the mean is that value."""
        from torch.special import entr

        return (entr(x) + entr(1 - x)).flatten(1).sum(1)


@dataclass(frozen=True)
class Gaussian:
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
    parameters: ClassVar[int] = 1
    of_two: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings(self, "likelihood")

    @property
    def title(self) -> str:
        return f"{self.kind}, σ {self.std:g}"

    def __call__(self, output: Tensor) -> NormalPixels:
        from vae.models.distributions import NormalPixels

        return NormalPixels(output.sigmoid(), self.std)

    def mean_layers(self, channels: int) -> tuple[Layer, ...]:
        return (Sigmoid(),)

    def score(self) -> Expression:
        away = (X - A0.sigmoid()) / self.std
        return 0.5 * away.square() + (math.log(self.std) + 0.5 * math.log(2 * math.pi))

    def floor(self, x: Tensor) -> Tensor | None:
        return None


LIKELIHOODS: dict[str, type[Likelihood]] = {variant.kind: variant for variant in (Bernoulli, Gaussian)}


def scored(floor: float | None) -> str:
    """What nats of images are nats of where that is no log-likelihood, by the `Likelihood.floor` that they have on average. There is
    nothing to say where even a perfect decoder pays nothing; NaN stands for images that are not at hand."""
    if not floor:
        return ""
    if math.isnan(floor):
        return "where pixels are grey, a cross entropy, no log-likelihood"
    return f"cross entropy of grey pixels, no log-likelihood: a perfect decoder still pays {floor:.2f}"
