r"""The evidence lower bound and its two terms, at one beta or over a range of them.

.. math::
    loss = E_q[-log p(x|z)] + beta KL(q(z|x) || p(z))

A model for a range is trained at many betas at once. They are drawn evenly in log(beta), and each loss counts 1 / sqrt(1 + beta),
or the largest betas would drown the others: their losses are that much larger.
"""

__all__ = ["PARTS", "Terms", "draw_betas", "range_weight", "terms", "terms_apart", "training_steps"]

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae.models.networks import BetaRange
from vae.models.refinement import refine
from vae.models.vae import VAE
from vae.training.augmentation import moved

PARTS = 8  # of a batch, with a beta each
MANY = 4  # dimensions, above which posteriors are not refined while training


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


def terms_apart(
    model: VAE,
    x: Tensor,
    beta: float | Tensor,
    weight: float | Tensor,
    *,
    augment: float,
    generator: torch.Generator | None = None,
) -> tuple[Terms, Terms]:
    """The terms that the encoder learns from, and those that the decoder does, each for images of its own.

    The encoder sees a fraction `augment` of the images moved a little, and has to find what the decoder would draw them from: the more
    it has seen, the less it misses on new images. The decoder sees them all as they are, and from refined posteriors if the model
    refines them, so that it doesn't blur to make up for what the encoder misses.

    `beta` is what the model is told, and `weight` what the KL counts at this moment, one for all or one each with shape (B,).
    """
    with torch.no_grad():
        guess = model.amortized(x, beta)
        posterior = refine(lambda z: model.likelihood(z, beta), x, guess, weight, training_steps(model))
    # Or what autocast has kept from here, which has no gradients, would be used again below: github.com/pytorch/pytorch/issues/112583
    torch.clear_autocast_cache()
    likelihood = model.likelihood(posterior.rsample(generator), beta)
    decoders = Terms(-likelihood.log_prob(x), posterior.kl(model.prior))
    with _held(model.decoder):
        encoders = terms(model, moved(x, augment, generator), beta, generator)
    return encoders, decoders


def training_steps(model: VAE) -> int:
    """By how many steps posteriors are refined while training: the first goes furthest, and in many dimensions even that would make
    a training several times longer."""
    return min(model.config.refinement, 1) if model.config.latent_dim <= MANY else 0


@contextmanager
def _held(module: nn.Module) -> Iterator[None]:
    """What is computed meanwhile leaves the module's weights without a gradient."""
    try:
        module.requires_grad_(False)
        yield
    finally:
        module.requires_grad_()


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
