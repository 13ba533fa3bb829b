r"""A normalising flow of affine couplings from z to u, which is N(0, I).

.. math::
    \log p(z) = \log N(u; 0, I) + \log |\det du/dz|

Each layer keeps every other dimension, b, and moves the others by what a small network makes of these:

.. math::
    z' = b z + (1 - b) (z \exp s(b z) + t(b z))

which the next layer does the other way around. The determinant is the product of the scales, and going back is as exact as going there.
All layers begin as doing nothing, so the flow begins as N(0, I).

Density Estimation Using Real NVP (Dinh et al., 2017)
https://arxiv.org/abs/1605.08803
"""

from __future__ import annotations

__all__ = ["Flow"]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae.errors import ConfigError
from vae.models.priors.base import Prior, Shape, Weights
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    import torch
    from torch import Tensor


MAX_LOG_SCALE = 2.0  # that one layer can stretch or squeeze by, in either direction
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Flow(Prior):
    """Affine couplings, each by a network with two hidden layers."""

    layers: int = Setting(
        6, "Layers of the flow", 2, 32, help="Each moves half of the dimensions.", option="flow_layers"
    ).as_field()
    width: int = Setting(
        64, "Width of the flow", 4, 1024, help="Of the hidden layers of each layer's network.", option="flow_width"
    ).as_field()
    kind: ClassVar[str] = "flow"
    title: ClassVar[str] = "a normalising flow"
    title_of_one: ClassVar[str] = "that of the flow"

    def __post_init__(self) -> None:
        check_settings(self, "prior")

    def check(self, latent_dim: int, beta_range: tuple[float, float] | None) -> None:
        if latent_dim == 1:
            raise ConfigError(
                "prior: a flow of couplings needs two latent dimensions or more. Of one, take a mixture of normal distributions."
            )

    def tensors(self, latent_dim: int, image_shape: Shape) -> dict[str, Shape]:
        layers, width = self.layers, self.width
        return {
            "in_weight": (layers, width, latent_dim),
            "in_bias": (layers, width),
            "hidden_weight": (layers, width, width),
            "hidden_bias": (layers, width),
            "out_weight": (layers, 2 * latent_dim, width),
            "out_bias": (layers, 2 * latent_dim),
        }

    def initial(self, latent_dim: int, image_shape: Shape) -> dict[str, Tensor]:
        import torch

        generator = torch.Generator().manual_seed(0)
        tensors = {name: torch.zeros(shape) for name, shape in self.tensors(latent_dim, image_shape).items()}
        for name in ("in_weight", "hidden_weight"):
            tensors[name].normal_(std=tensors[name].shape[-1] ** -0.5, generator=generator)
        return tensors

    def log_prob(self, z: Tensor, weights: Weights) -> Tensor:
        import torch

        with torch.autocast(z.device.type, enabled=False):
            u, log_det = z, z.new_zeros(len(z))
            for layer in range(self.layers):
                log_scale, shift = self._coupling(layer, u, weights)
                u, log_det = u * log_scale.exp() + shift, log_det + log_scale.sum(1)
        return log_det - (0.5 * u.square() + HALF_LOG_2PI).sum(1)

    def sample(self, count: int, latent_dim: int, weights: Weights, generator: torch.Generator | None = None) -> Tensor:
        import torch

        z = torch.randn(count, latent_dim, generator=generator)
        for layer in reversed(range(self.layers)):
            log_scale, shift = self._coupling(layer, z, weights)
            z = (z - shift) * (-log_scale).exp()
        return z

    def _coupling(self, layer: int, z: Tensor, weights: Weights) -> tuple[Tensor, Tensor]:
        """The logarithm of the scale, and the shift, of each latent z with shape (B, D) in a layer, each with shape (B, D): zero in the
        dimensions that it keeps, which alone they depend on."""
        import torch
        import torch.nn.functional as F

        kept = (torch.arange(z.shape[1], device=z.device) % 2 == layer % 2).to(z.dtype)
        hidden = z * kept
        for name in ("in", "hidden"):
            hidden = F.linear(hidden, weights[f"{name}_weight"][layer], weights[f"{name}_bias"][layer]).tanh()
        raw, shift = F.linear(hidden, weights["out_weight"][layer], weights["out_bias"][layer]).chunk(2, dim=1)
        moved = 1 - kept
        return moved * MAX_LOG_SCALE * (raw / MAX_LOG_SCALE).tanh(), moved * shift
