"""The plane in which a training is watched.

Latents of two dimensions are the plane themselves. More are seen in the plane that holds most of their variance after some step,
turned until it lies on the one before, so that what moves is the model and not whoever looks at it. While a training goes on the
plane is found anew after each snapshot of the first epoch, after 1, 2, 4, 8... epochs, and once more at its end.
"""

from __future__ import annotations

__all__ = ["ViewPlane", "places", "reach", "shown", "view_plane", "view_plane_step"]

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.errors import RunError
from vae.evaluation.comparison import align
from vae.projections import PCA
from vae.projections.projection import Straight, dimension, fit
from vae.runs.snapshots import SnapshotReader

VIEW_SHARE = 0.998  # of the coordinates, that a view holds
NAMES = "In the plane of the largest variance", ""
MIN_REACH = 3.0  # latent units that a view holds at least, so that the knot at the beginning looks like one


class ViewPlane(NamedTuple):
    """What the snapshots are shown on."""

    step: int | None  # after which the plane was found; None where the latent is the plane
    plane: Straight | None
    names: tuple[str, str]  # what lies across, and what up


def view_plane_step(film: SnapshotReader, steps: Sequence[int], *, ended: bool) -> int | None:
    """After which of these steps, ascending, the plane is found in which all of them are shown; None where the latent is the plane."""
    return _turns(film, steps, ended=ended)[-1] if film.about.z.shape[1] > 2 and steps else None


def view_plane(film: SnapshotReader, step: int | None) -> ViewPlane:
    """The plane that is found after `step`, one of those that `view_plane_step` has returned.

    Raises `RunError` where no snapshot can be read.
    """
    if step is None:
        return ViewPlane(None, None, (dimension(0), dimension(1)))
    return _view_plane(film.folder.parent, step)


@lru_cache(maxsize=64)  # a page asks again and again, and what was found stays
def _view_plane(run: Path, step: int) -> ViewPlane:
    film = SnapshotReader(run)
    steps = [other for other in film.steps if other <= step]
    latest: Straight | None = None
    for turn in _turns(film, steps, ended=True):
        try:
            (mean,) = film.means([turn])
        except RunError:
            continue
        plane = fit(PCA(), mean)
        assert isinstance(plane, Straight)
        if latest is not None:
            plane = plane.turned(align(latest.transform(mean), plane.plane).rotation, np.zeros(2))
        latest = plane
    if latest is None:
        raise RunError(f"{film.folder}: there is no snapshot up to step {step:,} that can be read.")
    return ViewPlane(step, latest, NAMES)


def shown(film: SnapshotReader, steps: Sequence[int], on: ViewPlane) -> tuple[list[int], NDArray[np.float32]]:
    """Those of the steps whose snapshot can be read, and where the images lie on it after each of them, with shape (K, N, 2). One at
    a time, for all of them together can be a quarter of a gigabyte."""
    readable, spots = [], []
    for step in steps:
        try:
            spots.append(places(film, [step], on)[0])
        except RunError:
            continue
        readable.append(step)
    return readable, np.stack(spots) if spots else np.zeros((0, len(film.about.images), 2), np.float32)


def places(film: SnapshotReader, steps: Sequence[int], on: ViewPlane) -> NDArray[np.float32]:
    """Where the images lie on it after each of the steps, with shape (K, N, 2). Raises `RunError` as `SnapshotReader.means` does."""
    means = film.means(steps)
    if on.plane is None:
        return means
    flat = on.plane.transform(means.reshape(-1, means.shape[-1]))
    return flat.reshape(*means.shape[:2], 2)


def reach(spots: NDArray[np.float32]) -> tuple[float, float]:
    """What nearly all coordinates of the last of places (K, N, 2), and what all coordinates of all of them, keep within."""
    away = np.abs(spots)
    # Of the last, for in the first steps points can be thrown far out.
    nearly = np.quantile(away[-1], VIEW_SHARE) if away.size else 0.0
    return max(MIN_REACH, float(nearly)), max(MIN_REACH, float(away.max(initial=0)))


def _turns(film: SnapshotReader, steps: Sequence[int], *, ended: bool) -> list[int]:
    """After which of the steps the plane is found anew."""
    per_epoch = film.about.per_epoch
    first = [step for step in steps if step < per_epoch]
    doubled = [
        step for step in steps if step and step % per_epoch == 0 and (epoch := step // per_epoch) & (epoch - 1) == 0
    ]
    return sorted({*first, *doubled, *([steps[-1]] if ended else [])})
