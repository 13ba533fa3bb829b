"""How good a model is, on a whole split, in nats per image."""

__all__ = ["Evaluation", "evaluate", "posteriors"]

from collections.abc import Callable
from typing import NamedTuple

import torch

from vae.data import ImageSet
from vae.distributions import DiagonalNormal
from vae.model import VAE


class Evaluation(NamedTuple):
    """The bound on a whole split."""

    n: int  # images
    beta: float
    recon: float  # nats per image, E_q[-log p(x|z)]
    kl: float  # nats per image, KL(q(z|x) || p(z)), in closed form
    loss: float  # recon + beta kl
    samples: int  # draws of z for each image in the estimate of recon


@torch.no_grad()
def evaluate(
    model: VAE,
    data: ImageSet,
    beta: float = 1.0,
    *,
    samples: int = 4,
    seed: int = 0,
    batch_size: int = 500,
    on_step: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """The terms of the ELBO averaged over every image of `data`.

    Reconstruction is a Monte-Carlo estimate with `samples` draws of z for each image, the KL is exact. `on_step(done, n)` is
    called after each batch.
    """
    was_training = model.training
    model.eval()
    generator = torch.Generator(model.device).manual_seed(seed)
    recon = kl = 0.0
    n = len(data.images)
    for start in range(0, n, batch_size):
        x = data.floats(slice(start, start + batch_size)).to(model.device)
        posterior = model.posterior(x, beta)
        kl += posterior.kl(model.prior).double().sum().item()
        for _ in range(samples):
            z = posterior.rsample(generator)
            recon -= model.likelihood(z, beta).log_prob(x).double().sum().item() / samples
        if on_step is not None:
            on_step(min(start + batch_size, n), n)
    model.train(was_training)
    return Evaluation(n, beta, recon / n, kl / n, recon / n + beta * kl / n, samples)


@torch.no_grad()
def posteriors(model: VAE, data: ImageSet, batch_size: int = 500) -> DiagonalNormal:
    """q(z|x) of every image of `data`: means and standard deviations, each with shape (N, D), on the CPU."""
    batches = [
        model.posterior(data.floats(slice(start, start + batch_size)).to(model.device))
        for start in range(0, len(data.images), batch_size)
    ]
    return DiagonalNormal(*(torch.cat(parts).cpu() for parts in zip(*batches, strict=True)))
