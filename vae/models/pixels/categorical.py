"""Pixels of a few grey levels, each with a probability of its own."""

__all__ = ["CategoricalPixels"]

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor


class CategoricalPixels(NamedTuple):
    """Independent pixels of K levels, evenly spaced from 0 to 1, from logits. What is scored is the level nearest to a pixel."""

    logits: Tensor  # (B, K, C, H, W)

    @property
    def levels(self) -> Tensor:
        """The levels, with shape (K, 1, 1, 1)."""
        own = {"device": self.logits.device, "dtype": self.logits.dtype}
        return torch.linspace(0, 1, self.logits.shape[1], **own).reshape(-1, 1, 1, 1)

    @property
    def mean(self) -> Tensor:
        return (self.logits.softmax(1) * self.levels).sum(1)

    @property
    def std(self) -> Tensor:
        away = self.levels - self.mean.unsqueeze(1)
        return (self.logits.softmax(1) * away.square()).sum(1).sqrt()

    @property
    def stabilized(self) -> Tensor:
        """2 sqrt(p) of every level, with shape (B, K C, H, W)."""
        return 2 * (self.logits.log_softmax(1) / 2).exp().flatten(1, 2)

    def nearest(self, x: Tensor) -> Tensor:
        """Which level is nearest to each pixel."""
        last = self.logits.shape[1] - 1
        return (x * last + 0.5).floor().long().clamp(0, last)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        shares = self.logits.softmax(1).movedim(1, -1)
        which = torch.multinomial(shares.flatten(0, -2), 1, generator=generator)
        return self.levels.flatten()[which].reshape(shares.shape[:-1])

    def log_prob(self, x: Tensor) -> Tensor:
        """Logarithm of the probability of the image's levels in nats, summed over its pixels, with shape (B,)."""
        return self.logits.log_softmax(1).gather(1, self.nearest(x).unsqueeze(1)).flatten(1).sum(1)

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """The logarithm of every level times whether a pixel is of it."""
        own = F.one_hot(self.nearest(x), self.logits.shape[1]).movedim(-1, 1).to(self.logits.dtype)
        return own.flatten(1) @ self.logits.log_softmax(1).flatten(1).T

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        return cls(torch.cat([part.logits for part in parts]))
