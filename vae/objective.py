r"""The evidence lower bound and its two terms, at one beta or over a range of them.

.. math::
    loss = E_q[-log p(x|z)] + beta KL(q(z|x) || p(z))

A model for a range is trained at many betas at once. They are drawn evenly in log(beta), and each loss counts 1 / sqrt(1 + beta),
or the largest betas would drown the others: their losses are that much larger.
"""

__all__ = ["PARTS", "Terms", "draw_betas", "range_weight", "terms"]

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae.model import VAE
from vae.networks import BetaRange

PARTS = 8  # of a batch, with a beta each


class Terms(NamedTuple):
    """The two terms of the bound, in nats for each image. Lower is better for both."""

    recon: Tensor  # (B,), -log p(x|z) with z drawn from q(z|x)
    kl: Tensor  # (B,), KL(q(z|x) || p(z))

    def loss(self, beta: float | Tensor = 1.0) -> Tensor:
        """recon + beta kl, with shape (B,), for one beta or one each. At beta 1 this is minus the ELBO.

        beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework (Higgins et al., 2017)
        https://openreview.net/forum?id=Sy2fzU9gl
        """
        return self.recon + beta * self.kl


def terms(model: VAE, x: Tensor, beta: float | Tensor = 1.0, generator: torch.Generator | None = None) -> Terms:
    """One draw of the bound's two terms for images x, with shape (B, C, H, W) and values in [0, 1].

    `beta` is what the model is told, as in `VAE.forward`.
    """
    posterior, _, likelihood = model(x, beta, generator)
    return Terms(-likelihood.log_prob(x), posterior.kl(model.prior))


def draw_betas(beta_range: BetaRange, watched: float, steps: int, generator: torch.Generator) -> Tensor:
    """Betas of the parts of each batch, with shape (steps, PARTS), drawn on the generator's device.

    The first part of a batch is at the beta that is `watched`. The others split log(beta) evenly, all shifted alike by chance, so
    that together they are uniform in it and a batch always has some of each.

    Multi-Rate VAE: Train Once, Get the Full Rate-Distortion Curve (Bae et al., 2023)
    https://arxiv.org/abs/2212.03905
    """
    low, high = (math.log(beta) for beta in beta_range)
    shift = torch.rand(steps, 1, generator=generator, device=generator.device)
    places = (torch.arange(PARTS - 1, device=generator.device) + shift) / (PARTS - 1)
    drawn = (low + (high - low) * places).exp().clamp(*beta_range)
    return torch.cat([torch.full_like(shift, watched), drawn], dim=1)


def range_weight(beta: Tensor) -> Tensor:
    """How much the loss at each beta counts: 1 / sqrt(1 + beta)."""
    return (1 + beta).rsqrt()
