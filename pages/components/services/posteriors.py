"""Posteriors of training images, found in the background: those that draws from the aggregate posterior come from."""

from __future__ import annotations

__all__ = ["DRAWN_IMAGES", "training_posteriors"]

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pages.components.server import imports
from pages.components.services.jobs import Job, Jobs
from pages.components.services.models import Model
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.errors import DataError

DRAWN_IMAGES = 256  # images, as many as can be asked for: fewer are the first of them


class TrainingPosteriors(NamedTuple):
    """Posteriors of training images that were drawn at random, in the order of the draw."""

    mean: NDArray[np.float32]  # (DRAWN_IMAGES, D)
    std: NDArray[np.float32]  # (DRAWN_IMAGES, D)


_jobs: Jobs[Job[TrainingPosteriors]] = Jobs("posteriors")


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
    import torch

    from vae.evaluation.bounds import posteriors

    name, shape = checkpoint.summary.data, checkpoint.config.image_shape
    data = load(name, "train", download=False)
    if data.image_shape != shape:
        raise DataError(f"{name}: its training images have shape {data.image_shape}, and the model is of {shape}.")
    imports.freeze_imported_modules()  # for pages that are drawn meanwhile
    which = np.random.default_rng(seed).integers(len(data.images), size=DRAWN_IMAGES)
    some = data.subset(torch.from_numpy(which)).as_seen()
    posterior = posteriors(checkpoint.model(), some, beta, batch_size=DRAWN_IMAGES // 2, on_step=job.on_step)
    return TrainingPosteriors(posterior.mean.numpy(), posterior.std.numpy())
