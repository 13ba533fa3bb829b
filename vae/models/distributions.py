r"""Distributions over batches of latents and images, with the few methods a VAE needs.

Every method sums over the dimensions of one example and keeps the batch, so a log-density has shape (B,) and is in nats.
"""

from __future__ import annotations

__all__ = ["BernoulliPixels", "DiagonalNormal", "LadderNormal", "NormalPixels", "PixelDistribution"]

import math
from collections.abc import Callable
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

    def draw(self, generator: torch.Generator | None = None) -> tuple[DiagonalNormal, Tensor]:
        """One latent for each example, through which gradients flow, and the diagonal normal distribution that it was drawn from."""
        return self, self.rsample(generator)


class LadderNormal(DiagonalNormal):
    """q(z|x) q(e|x, z) over the latents of two levels, whose lower ones depend on the top. As a diagonal normal distribution it is the one
    at the mean of the top, which is no more than a summary: what is to be exact is asked of a draw."""

    top: DiagonalNormal  # over (B, T)
    conditional: Callable[[Tensor], DiagonalNormal]  # q(e|x, z) for z with shape (B, T), over (B, L)

    @classmethod
    def of(cls, top: DiagonalNormal, conditional: Callable[[Tensor], DiagonalNormal]) -> LadderNormal:
        """That with this top and this conditional distribution."""
        made = cls(*_joined(top, conditional(top.mean)))
        made.top, made.conditional = top, conditional
        return made

    def draw(self, generator: torch.Generator | None = None) -> tuple[DiagonalNormal, Tensor]:
        """Draws the top, and then the lower latents given it: the KL of the distribution that comes with a draw is, on average over draws,
        that of both levels."""
        z = self.top.rsample(generator)
        lower = self.conditional(z)
        return _joined(self.top, lower), torch.cat([z, lower.rsample(generator)], -1)


def _joined(top: DiagonalNormal, lower: DiagonalNormal) -> DiagonalNormal:
    return DiagonalNormal(*(torch.cat(parts, -1) for parts in zip(top, lower, strict=True)))
