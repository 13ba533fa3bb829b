r"""Distributions over batches of latents and images, with the few methods a VAE needs.

Every method sums over the dimensions of one example and keeps the batch, so a log-density has shape (B,) and is in nats.
"""

__all__ = ["BernoulliPixels", "DiagonalNormal", "NormalPixels", "PixelDistribution"]

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae.models.pixels import BernoulliPixels, NormalPixels, PixelDistribution


class DiagonalNormal(NamedTuple):
    r"""N(mean, diag(std^2)) over latents z with shape (B, D)."""

    mean: Tensor  # (B, D)
    std: Tensor  # (B, D), positive

    def rsample(self, generator: torch.Generator | None = None) -> Tensor:
        """One latent for each example, with shape (B, D), through which gradients flow."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.std * noise

    def log_prob(self, z: Tensor) -> Tensor:
        """log N(z; mean, std) in nats, with shape (B,)."""
        return self.log_prob_by_dim(z).sum(-1)

    def log_prob_by_dim(self, z: Tensor) -> Tensor:
        """The parts of it that dimensions have, with shape (B, D)."""
        standard = (z - self.mean) / self.std
        return -(0.5 * standard.square() + self.std.log() + 0.5 * math.log(2 * math.pi))
