"""The module that a FactorVAE owns. A file of its own, because a configuration needs no PyTorch."""

from __future__ import annotations

__all__ = ["Discriminator", "shuffled"]

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import softplus

from vae.models.distributions import DiagonalNormal
from vae.models.layers import LeakyReLU, Linear, build
from vae.models.objectives.base import Batch

HIDDEN = 6  # layers
SLOPE = 0.2


class Discriminator(nn.Module):
    """The logit of latents (B, D) being draws of q(z), rather than of the product of its dimensions, with shape (B,)."""

    def __init__(self, latent_dim: int, width: int) -> None:
        super().__init__()
        widths = [latent_dim, *[width] * HIDDEN]
        hidden = (layer for each in pairwise(widths) for layer in (Linear(*each), LeakyReLU(SLOPE)))
        self.layers = build((*hidden, Linear(width, 1)))

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).squeeze(1).float()

    def log_ratio(self, z: Tensor) -> Tensor:
        """The same with gradients for z alone."""
        return functional_call(self, {name: each.detach() for name, each in self.named_parameters()}, (z,))

    def learn(self, q: DiagonalNormal, z: Tensor, batch: Batch) -> Tensor:
        """The cross entropy of telling both apart, in nats of a pair."""
        return softplus(-self(z)).mean() + softplus(self(shuffled(z, batch.generator))).mean()


def shuffled(z: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Latents (B, D) with the numbers of each dimension in an order of their own."""
    return z.gather(0, torch.rand(z.shape, generator=generator, device=z.device).argsort(0))
