"""Posteriors of training images, found in the background: draws from the aggregate posterior come from them, and a density is fitted to
them."""

from __future__ import annotations

__all__ = ["DRAWN_IMAGES", "Fitted", "fitted_density", "fitted_so_far", "training_posteriors"]

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pages.components.server import imports
from pages.components.services.jobs import Job, Jobs
from pages.components.services.models import Model
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.errors import DataError
from vae.evaluation.density import MAX_IMAGES, Density, Distance, distance_to, fit_density, split_draws
from vae.progress import OnStep

DRAWN_IMAGES = 256  # images, as many as can be asked for: fewer are the first of them


class TrainingPosteriors(NamedTuple):
    """Posteriors of training images that were drawn at random, in the order of the draw."""

    mean: NDArray[np.float32]  # (N, D)
    std: NDArray[np.float32]  # (N, D)


class Fitted(NamedTuple):
    """A density that was fitted to draws of training images' posteriors."""

    density: Density
    distance: Distance  # of the prior from the aggregate posterior


_jobs: Jobs[Job[TrainingPosteriors]] = Jobs("posteriors")
_fits: Jobs[Job[Fitted]] = Jobs("densities")


def training_posteriors(
    model: Model, beta: float, seed: int, visitor: str, *, again: bool = False
) -> Job[TrainingPosteriors]:
    """Posteriors, at a beta, of training images that a seed draws: as `Jobs.ask` says. It fails with a `DataError` where the data set that
    the model was trained on isn't at hand."""
    return _jobs.ask(
        Job(key=(*model.stamp, beta, seed), visitor=visitor),
        lambda job: _make(job, model.checkpoint, beta, seed),
        again=again,
    )


def _make(job: Job[TrainingPosteriors], checkpoint: Checkpoint, beta: float, seed: int) -> TrainingPosteriors:
    return _posteriors(
        checkpoint, beta, lambda n: np.random.default_rng(seed).integers(n, size=DRAWN_IMAGES), job.on_step
    )


def _posteriors(
    checkpoint: Checkpoint, beta: float, choose: Callable[[int], NDArray[np.int64]], on_step: OnStep
) -> TrainingPosteriors:
    """Those of the training images that are chosen among so many."""
    import torch

    from vae.evaluation.bounds import posteriors

    name, shape = checkpoint.summary.data, checkpoint.config.image_shape
    data = load(name, "train", download=False)
    if data.image_shape != shape:
        raise DataError(f"{name}: its training images have shape {data.image_shape}, and the model is of {shape}.")
    imports.freeze_imported_modules()  # for pages that are drawn meanwhile
    some = data.subset(torch.from_numpy(choose(len(data.images)))).as_seen()
    posterior = posteriors(checkpoint.model(), some, beta, batch_size=DRAWN_IMAGES // 2, on_step=on_step)
    return TrainingPosteriors(posterior.mean.numpy(), posterior.std.numpy())


def fitted_density(model: Model, beta: float, visitor: str, *, again: bool = False) -> Job[Fitted]:
    """A mixture of normal distributions fitted to the posteriors, at a beta, of up to `MAX_IMAGES` training images: as `Jobs.ask` says. It
    fails with a `VAEError` where the data set isn't at hand, or has too few images."""
    job = Job(key=(*model.stamp, beta), visitor=visitor)
    return _fits.ask(job, lambda job: _fit(job, model.checkpoint, beta), again=again)


def fitted_so_far(model: Model, beta: float) -> Fitted | None:
    """The same where somebody has asked for it and it is there."""
    job = _fits.get((*model.stamp, beta))
    return None if job is None else job.result


def _fit(job: Job[Fitted], checkpoint: Checkpoint, beta: float) -> Fitted:
    chosen = np.random.default_rng(0)
    found = _posteriors(
        checkpoint, beta, lambda n: chosen.permutation(n)[:MAX_IMAGES], lambda done, of: job.on_step(done, 2 * of)
    )
    draws = split_draws(found.mean, found.std)
    half = len(found.mean)
    density = fit_density(
        draws.fitted, draws.choosing, on_step=lambda done, of: job.on_step(half * (of + done) // of, 2 * half)
    )
    return Fitted(density, distance_to(checkpoint.prior, density, draws.measuring))
