"""Posteriors of training images, found in the background: those that draws from the aggregate posterior come from."""

from __future__ import annotations

__all__ = ["DRAWN", "Encoding", "training_posteriors"]

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pages.components.server import imports
from pages.components.services.jobs import Work, Works
from pages.components.services.models import Model
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.errors import DataError

DRAWN = 256  # images, as many as can be asked for: fewer are the first of them


class Drawn(NamedTuple):
    """Posteriors of training images that were drawn at random, in the order of the draw."""

    mean: NDArray[np.float32]  # (DRAWN, D)
    std: NDArray[np.float32]  # (DRAWN, D)


@dataclass(kw_only=True)
class Encoding(Work[Drawn]):
    """Posteriors that are found, or have been."""

    checkpoint: Checkpoint
    beta: float
    seed: int


_works: Works[Encoding] = Works("posteriors")


def training_posteriors(model: Model, beta: float, seed: int, visitor: str, *, again: bool = False) -> Encoding:
    """Posteriors, at a beta, of training images that a seed draws: as `Works.ask` says. It fails with a `DataError` where the data set that
    the model was trained on isn't at hand."""
    return _works.ask(
        (*model.stamp, beta, seed),
        lambda: Encoding(checkpoint=model.checkpoint, beta=beta, seed=seed, visitor=visitor),
        _make,
        again=again,
    )


def _make(work: Encoding) -> Drawn:
    import torch

    from vae.evaluation.bounds import posteriors

    name, shape = work.checkpoint.summary.data, work.checkpoint.config.image_shape
    data = load(name, "train", download=False)
    if data.image_shape != shape:
        raise DataError(f"{name}: its training images have shape {data.image_shape}, and the model is of {shape}.")
    imports.freeze_imported_modules()
    which = np.random.default_rng(work.seed).integers(len(data.images), size=DRAWN)
    some = data.subset(torch.from_numpy(which))
    found = posteriors(work.checkpoint.model(), some, work.beta, batch_size=DRAWN // 2, on_step=work.on_step)
    return Drawn(found.mean.numpy(), found.std.numpy())
