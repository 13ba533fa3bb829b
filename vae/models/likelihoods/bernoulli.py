"""Pixels that are black or white."""

from __future__ import annotations

__all__ = ["Bernoulli"]

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.models.expressions import Expression
from vae.models.likelihoods.base import A, Likelihood, U, X

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.pixels import BernoulliPixels


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """Bernoulli pixels, from logits. The choice for images that are nearly black and white."""

    kind: ClassVar[str] = "bernoulli"
    of_two = True
    levels = 2
    scale = "a probability of black and white, and of grey pixels a cross entropy"

    def __call__(self, output: Tensor) -> BernoulliPixels:
        from vae.models.pixels import BernoulliPixels

        return BernoulliPixels(output)

    def mean(self) -> Expression:
        return A[0].sigmoid()

    def deviation(self) -> Expression:
        return (A[0].sigmoid() * (-A[0]).sigmoid()).sqrt()

    def draw(self) -> Expression:
        return (A[0].sigmoid() + U - 1).step()

    def score(self) -> Expression:
        return A[0].softplus() - X * A[0]

    def floor(self, x: Tensor) -> Tensor | None:
        """The entropy of pixels taken for probabilities: the cross entropy of a grey value is least where the mean is that value."""
        from torch.special import entr

        return (entr(x) + entr(1 - x)).flatten(1).sum(1)
