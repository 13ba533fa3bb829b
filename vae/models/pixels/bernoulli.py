"""Pixels that are black or white."""

__all__ = ["BernoulliPixels"]

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor


class BernoulliPixels(NamedTuple):
    r"""Independent Bernoulli pixels, from logits.

    Grey values in [0, 1] are scored with the cross entropy -x log p - (1 - x) log(1 - p), as is usual for MNIST.
    """

    logits: Tensor  # (B, C, H, W)

    @property
    def mean(self) -> Tensor:
        return self.logits.sigmoid()

    @property
    def std(self) -> Tensor:
        return (self.logits.sigmoid() * (-self.logits).sigmoid()).sqrt()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return torch.bernoulli(self.mean, generator=generator)

    @property
    def stabilized(self) -> Tensor:
        return 2 * (self.logits / 2).exp().atan()  # 2 arcsin sqrt(mean)

    def log_prob(self, x: Tensor) -> Tensor:
        """Minus the cross entropy of the image in nats, summed over its pixels, with shape (B,)."""
        return -F.binary_cross_entropy_with_logits(self.logits, x, reduction="none").flatten(1).sum(1)

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """x log p + (1 - x) log(1 - p) is x logit - softplus(logit)."""
        return x.flatten(1) @ self.logits.flatten(1).T - F.softplus(self.logits).flatten(1).sum(1)

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        return cls(torch.cat([part.logits for part in parts]))
