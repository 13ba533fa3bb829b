"""What a distribution over images can say."""

__all__ = ["PixelDistribution"]

from collections.abc import Sequence
from typing import Protocol, Self

import torch
from torch import Tensor


class PixelDistribution(Protocol):
    """A distribution over images (B, C, H, W), whose pixels are independent of each other."""

    @property
    def mean(self) -> Tensor:
        """The mean of each pixel, with shape (B, C, H, W)."""
        ...

    @property
    def std(self) -> Tensor | float:
        """The standard deviation of each pixel, with the same shape; a number where it is one for all."""
        ...

    @property
    def stabilized(self) -> Tensor:
        """The pixels in coordinates in which their Fisher information is one, with shape (B, ..., H, W): a small step d in these
        changes the distribution by KL d^2 / 2, wherever it is made. Of a distribution with a location and a scale that is so while the
        scale is held: no coordinates do it for both."""
        ...

    def log_prob(self, x: Tensor) -> Tensor:
        """log p of images x, in nats, with shape (B,)."""
        ...

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One image of each, with shape (B, C, H, W)."""
        ...

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """log p of each of A images x under each of the B distributions, in nats, with shape (A, B), by products of matrices where there
        is a way."""
        ...

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        """All of the distributions of some batches."""
        ...
