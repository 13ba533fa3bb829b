r"""Distributions over batches of latents and images, with the few methods a VAE needs.

Every method sums over the dimensions of one example and keeps the batch, so a log-density has shape (B,) and is in nats.
"""

__all__ = ["BernoulliPixels", "DiagonalNormal", "NormalPixels", "PixelDistribution"]

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol, Self

import torch
import torch.nn.functional as F
from torch import Tensor


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


class PixelDistribution(Protocol):
    """A distribution over images (B, C, H, W)."""

    @property
    def mean(self) -> Tensor: ...

    @property
    def stabilized(self) -> Tensor:
        """The pixels in coordinates in which their Fisher information is one, with shape (B, C, H, W): a small step d in these
        changes the distribution by KL d^2 / 2, wherever it is made."""
        ...

    def log_prob(self, x: Tensor) -> Tensor:
        """log p of images x, in nats, with shape (B,)."""
        ...

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One image of each, with shape (B, C, H, W)."""
        ...

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """log p of each of A images x under each of the B distributions, in nats, with shape (A, B), by products of matrices."""
        ...

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        """All of the distributions of some batches."""
        ...


class BernoulliPixels(NamedTuple):
    r"""Independent Bernoulli pixels, from logits.

    Grey values in [0, 1] are scored with the cross entropy -x log p - (1 - x) log(1 - p), as is usual for MNIST.
    """

    logits: Tensor  # (B, C, H, W)

    @property
    def mean(self) -> Tensor:
        return self.logits.sigmoid()

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


class NormalPixels(NamedTuple):
    """Independent normal pixels with one fixed standard deviation: the squared error up to a factor and a constant."""

    mean: Tensor  # (B, C, H, W)
    std: float

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.std * noise

    @property
    def stabilized(self) -> Tensor:
        return self.mean / self.std

    def log_prob(self, x: Tensor) -> Tensor:
        """Log-density of the image in nats, summed over its pixels, with shape (B,)."""
        constant = math.log(self.std) + 0.5 * math.log(2 * math.pi)
        return -(0.5 * ((x - self.mean) / self.std).square() + constant).flatten(1).sum(1)

    def log_prob_of_all(self, x: Tensor) -> Tensor:
        """The squared distance by its three parts, which nearly cancel out: in float64."""
        images, means = x.flatten(1).double(), self.mean.flatten(1).double()
        squares = images.square().sum(1, keepdim=True) + means.square().sum(1) - 2 * images @ means.T
        constant = math.log(self.std) + 0.5 * math.log(2 * math.pi)
        return (-squares / (2 * self.std**2) - constant * means.shape[1]).to(self.mean.dtype)

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        return cls(torch.cat([part.mean for part in parts]), parts[0].std)
