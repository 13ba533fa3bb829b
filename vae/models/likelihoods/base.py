"""What a likelihood is: what the decoder's output means."""

from __future__ import annotations

__all__ = ["DENSITY", "A", "Likelihood", "U", "X", "normal_score", "scored"]

import math
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression, Number, variable
from vae.models.layers import Layer

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vae.models.pixels import PixelDistribution

X, U = variable("x"), variable("u")  # a pixel, and a number between 0 and 1 by which one is drawn
A = [variable("a0"), variable("a1")]  # the first numbers that the decoder says of it
DENSITY = "a density of pixels from 0 to 1"  # `Likelihood.scale` of most that are one


class Likelihood:
    """Where likelihoods plug in: a frozen dataclass with these, added to `LIKELIHOODS`.

    It turns the decoder's output into a distribution over images. For the page it says the same as data: formulas of what is shown
    of a pixel, and of what it is scored by, of the numbers `a0`, `a1`, ... that the decoder says of it. What has a default here is
    the same for most.
    """

    kind: ClassVar[str]
    # Numbers that the network gives for a pixel; its P C channels are the first number of all C, then the next.
    parameters: int = 1
    of_two: bool = False  # a probability of pixels that are 0 or 1, and of a grey one no density
    levels: int | None = (
        None  # values that a pixel can take, where these have probabilities; None where it has a density
    )
    # What its nats are minus the logarithm of, in words: those of two likelihoods compare where it is the same.
    scale: str = DENSITY
    products: bool = (
        True  # whether all images are scored at all places by products of matrices, so that there can be many places
    )

    @property
    def title(self) -> str:
        """Its kind and what else there is to say of it."""
        return self.kind

    def layers(self, channels: int) -> tuple[Layer, ...]:
        """Layers that come after the network's, for numbers that don't depend on the latent."""
        return ()

    def update(self, decoder: nn.Sequential, p: PixelDistribution, x: Tensor) -> None:
        """Takes in a batch of training, images x and what was decoded for them, where there is something to estimate beside the weights:
        it is kept in the last of the decoder's modules, which are those of its `layers`."""

    def __call__(self, output: Tensor) -> PixelDistribution:
        """The distribution that the decoder's output, with shape (B, P C, H, W), stands for."""
        raise NotImplementedError

    def mean(self) -> Expression:
        """The mean of a pixel, in [0, 1]: what the page shows."""
        raise NotImplementedError

    def deviation(self) -> Expression | None:
        """Its standard deviation, in units of the pixel range; None where the page is not to show it."""
        return None

    def draw(self) -> Expression | None:
        """The value of a pixel that a share `u` of its distribution lies below, so that u drawn evenly from 0 to 1 gives a draw; None
        likewise."""
        return None

    def score(self) -> Expression:
        """-log p of a pixel `x` in [0, 1], in nats."""
        raise NotImplementedError

    def floor(self, x: Tensor) -> Tensor | None:
        """Nats that even a perfect decoder pays for each of images x, with shape (B,), where that is more than nothing because pixels are
        no draws from the distribution that they are scored by; None where they are."""
        return None


def normal_score(mean: Expression, log_std: Number) -> Expression:
    """-log N(x; mean, std^2) in nats."""
    std = log_std.exp() if isinstance(log_std, Expression) else math.exp(log_std)
    return 0.5 * ((X - mean) / std).square() + (log_std + 0.5 * math.log(2 * math.pi))


def scored(floor: float | None) -> str:
    """What nats of images are nats of where that is no log-likelihood, by the `Likelihood.floor` that they have on average. There is
    nothing to say where even a perfect decoder pays nothing; NaN stands for images that are not at hand."""
    if not floor:
        return ""
    if math.isnan(floor):
        return "where pixels are grey, a cross entropy, no log-likelihood"
    return f"cross entropy of grey pixels, no log-likelihood: a perfect decoder still pays {floor:.2f}"
