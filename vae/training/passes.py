r"""One pass through a model for what training minimises, at one beta or over a range of them.

A model for a range is trained at many betas at once. They are drawn evenly in log(beta), and each loss counts 1 / sqrt(1 + beta),
or the largest betas would drown the others: their losses are that much larger.
"""

__all__ = ["PARTS", "Pass", "decoupled", "draw_betas", "joint", "range_weight", "training_steps"]

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal, PixelDistribution
from vae.models.networks import BetaRange
from vae.models.objectives import Batch, Objective
from vae.models.refinement import refine
from vae.models.vae import VAE
from vae.training.augmentation import random_affine

PARTS = 8  # of a batch, with a beta each
MAX_REFINED_DIMENSIONS = 4  # dimensions, above which posteriors are not refined while training


class Pass(NamedTuple):
    """What one pass finds."""

    terms: dict[str, Tensor]  # by name, each with shape (B,), in nats
    posterior: DiagonalNormal
    z: Tensor  # (B, D), drawn from it
    decode: Callable[[Tensor], PixelDistribution]  # further latents of the same images


def joint(
    model: VAE,
    x: Tensor,
    condition: Condition,
    objective: Objective,
    total: int,
    *,
    generator: torch.Generator | None = None,
    companion: nn.Module | None = None,
    drawn: bool = False,
    progress: float = 1.0,
    decoder_learns: bool = True,
) -> Pass:
    """The objective's terms for images x, with shape (B, C, H, W) and values in [0, 1], by one draw of z each; `total` is how many images
    are trained on, and `progress` the share of training that is done. Where images are to be `drawn`, x are the probabilities of pixels
    that are 1."""
    if drawn:
        x = torch.bernoulli(x, generator=generator)
    posterior, z, likelihood = model(x, condition, generator)
    batch = Batch(len(x), total, partial(model.likelihood, condition=condition), generator, companion, progress)
    terms = objective(posterior, z, likelihood, model.prior, x, batch) | model.kl_of_levels(posterior)
    if decoder_learns:
        _update(model, likelihood, x)
    return Pass(terms, posterior, z, batch.decode)


def decoupled(
    model: VAE,
    x: Tensor,
    condition: Condition,
    objective: Objective,
    total: int,
    *,
    weight: float | Tensor,
    augment: float,
    generator: torch.Generator | None = None,
    companion: nn.Module | None = None,
    drawn: bool = False,
    progress: float = 1.0,
) -> tuple[Pass, Pass]:
    """What the encoder learns from, and what the decoder does, each for images of its own.

    The encoder sees a fraction `augment` of the images moved a little, and has to find what the decoder would draw them from: the more
    it has seen, the less it misses on new images. The decoder sees them all as they are, and from refined posteriors if the model
    refines them, so that it doesn't blur to make up for what the encoder misses. `weight` is what the KL counts at this moment, one for
    all or one each with shape (B,). Where images are to be `drawn`, x are the probabilities of pixels that are 1, and a moved
    image is drawn from moved ones.
    """
    grey, x = x, torch.bernoulli(x, generator=generator) if drawn else x
    decode = partial(model.likelihood, condition=condition)
    with torch.no_grad():
        guess = model.amortized(x, condition)
        posterior = refine(decode, model.prior, x, guess, weight, steps=training_steps(model))
    # Or what autocast has kept from here, which has no gradients, would be used again below: github.com/pytorch/pytorch/issues/112583
    torch.clear_autocast_cache()
    posterior, z = posterior.draw(generator)
    batch = Batch(len(x), total, decode, generator, companion, progress)
    likelihood = decode(z)
    terms = objective(posterior, z, likelihood, model.prior, x, batch) | model.kl_of_levels(posterior)
    decoders = Pass(terms, posterior, z, decode)
    with _frozen(model.decoder):
        moving = random_affine(grey, augment, generator)
        own = {"generator": generator, "companion": companion, "drawn": drawn, "progress": progress}
        encoders = joint(model, moving, condition, objective, total, decoder_learns=False, **own)
    _update(model, likelihood, x)
    return encoders, decoders


def _update(model: VAE, likelihood: PixelDistribution, x: Tensor) -> None:
    """Has the model's likelihood take in a batch that it is trained by."""
    if model.training:
        model.config.likelihood.update(model.decoder, likelihood, x)


def training_steps(model: VAE) -> int:
    """The number of steps by which posteriors are refined while training: the first goes furthest, and in many dimensions even that would
    make a training several times longer."""
    return min(model.config.refinement, 1) if model.config.latent_dim <= MAX_REFINED_DIMENSIONS else 0


@contextmanager
def _frozen(module: nn.Module) -> Iterator[None]:
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
