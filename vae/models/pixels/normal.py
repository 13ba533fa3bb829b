"""Pixels around a mean, with one standard deviation or one each."""

__all__ = ["NormalPixels"]

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class NormalPixels(NamedTuple):
    """Independent normal pixels. With one fixed standard deviation that is the squared error up to a factor and a constant."""

    mean: Tensor  # (B, C, H, W)
    std: Tensor | float  # of each, or of all

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.std * noise

    @property
    def stabilized(self) -> Tensor:
        return self.mean / self.std

    def log_prob(self, x: Tensor) -> Tensor:
        """Log-density of the image in nats, summed over its pixels, with shape (B,)."""
        log_std = self.std.log() if isinstance(self.std, Tensor) else math.log(self.std)
        return -(0.5 * ((x - self.mean) / self.std).square() + (log_std + HALF_LOG_2PI)).flatten(1).sum(1)

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """The squared distance by its three parts, which nearly cancel out: in float64."""
        images, means = x.flatten(1).double(), self.mean.flatten(1).double()
        if isinstance(self.std, Tensor):
            std = self.std.expand_as(self.mean).flatten(1).double()
            weight = 0.5 * std.pow(-2)
            squares = images.square() @ weight.T + (weight * means.square()).sum(1) - 2 * images @ (weight * means).T
            return (-squares - (std.log() + HALF_LOG_2PI).sum(1)).to(self.mean.dtype)
        squares = images.square().sum(1, keepdim=True) + means.square().sum(1) - 2 * images @ means.T
        constant = math.log(self.std) + HALF_LOG_2PI
        return (-squares / (2 * self.std**2) - constant * means.shape[1]).to(self.mean.dtype)

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        stds = [part.std for part in parts if isinstance(part.std, Tensor)]
        return cls(torch.cat([part.mean for part in parts]), torch.cat(stds) if stds else parts[0].std)
