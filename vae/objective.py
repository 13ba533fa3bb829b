"""The evidence lower bound and its two terms."""

__all__ = ["Terms", "terms"]

from typing import NamedTuple

import torch
from torch import Tensor

from vae.model import VAE


class Terms(NamedTuple):
    """The two terms of the bound, in nats for each image. Lower is better for both."""

    recon: Tensor  # (B,), -log p(x|z) with z drawn from q(z|x)
    kl: Tensor  # (B,), KL(q(z|x) || p(z))

    def loss(self, beta: float = 1.0) -> Tensor:
        """recon + beta kl, with shape (B,). At beta 1 this is minus the ELBO.

        beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework (Higgins et al., 2017)
        https://openreview.net/forum?id=Sy2fzU9gl
        """
        return self.recon + beta * self.kl


def terms(model: VAE, x: Tensor, beta: float = 1.0, generator: torch.Generator | None = None) -> Terms:
    """One draw of the bound's two terms for images x, with shape (B, C, H, W) and values in [0, 1]."""
    posterior, _, likelihood = model(x, beta, generator)
    return Terms(-likelihood.log_prob(x), posterior.kl(model.prior))
