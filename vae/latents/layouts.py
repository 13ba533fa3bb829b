"""Where a checkpoint's points lie in a plane, and what that plane keeps of the latents: made by itself, kept as a file, shown on the map.

A file is NumPy's `.npz`: `plane` (float32, (M, 2)), `index` (int64, (M,), numbers of the test images, ascending), `label` (int64, (M,), -1
for none) and `about`, a JSON object of settings, beta and quality.
"""

from __future__ import annotations

__all__ = [
    "MAX_FITTED",
    "Layout",
    "from_bytes",
    "lay_out",
    "measured",
    "read",
    "saved_layouts",
    "to_bytes",
    "to_dict",
    "usual_plane",
    "with_plane",
    "write",
]

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints.checkpoint import MAX_PLANES, Checkpoint
from vae.errors import ConfigError, VAEError
from vae.files import write_atomic
from vae.progress import OnStep
from vae.projections import PCA, Axes
from vae.projections.neighbours import ASKED_POINTS, knn_accuracy
from vae.projections.planes import Measured, Plane, about, from_about, scattering
from vae.projections.projection import MIN_LATENTS, Projection, Settings, fit, quality, scattered
from vae.texts import listed

MAX_FITTED = 10_000  # points that planes which scatter them are fitted to, unless somebody asks for more


@dataclass(frozen=True, eq=False)
class Layout:
    """Points in a plane."""

    settings: Settings
    beta: float  # that the latents are of
    index: NDArray[np.int64]  # (M,), which test images they are, ascending
    projection: Projection  # of those
    measured: Measured | None = None

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What stands for it among the layouts of the same points: where they lie, and what lies at a place."""
        hasher = hashlib.sha256(np.ascontiguousarray(self.projection.plane).tobytes())
        if self.settings.straight:  # others may be held elsewhere
            hasher.update(self.projection.inverse_transform(np.zeros((1, 2), np.float32)).latents.tobytes())
        return self.settings, self.beta, hasher.hexdigest()


def usual_plane(checkpoint: Checkpoint) -> Settings:
    """How a model's latents are laid out where nobody says how: two dimensions that stand by themselves as they are, the lower ones of two
    levels held at zero, and more by their principal components."""
    return Axes() if checkpoint.config.top_dim == 2 else PCA()


def lay_out(
    checkpoint: Checkpoint,
    settings: Settings,
    beta: float,
    *,
    most: int = MAX_FITTED,
    fixed: NDArray[np.float32] | None = None,
    on_step: OnStep | None = None,
) -> Layout:
    """The posterior means of the test images at a beta in the plane that `settings` choose, `fixed` (D,) being what two axes hold the
    others at.

    Straight planes have all points. Others have up to `most`, chosen at random where there are more; a projection that `places` latents is
    fitted to `MAX_FITTED` of them, and places the others without fitting anew. `on_step(done, of how many)` is called meanwhile.
    Raises `VAEError` as `vae.projections.projection.fit` does.
    """
    latents = checkpoint.points_at(beta).mean
    count = len(latents)
    if settings.straight:
        return Layout(settings, beta, np.arange(count), fit(settings, latents, fixed))
    generator = np.random.default_rng(0)
    index = np.sort(generator.permutation(count)[:most])
    if len(index) <= MAX_FITTED or not settings.places:
        return Layout(settings, beta, index, fit(settings, latents[index], on_step=on_step))
    first = np.sort(generator.permutation(len(index))[:MAX_FITTED])
    others = np.delete(np.arange(len(index)), first)
    fitted = fit(settings, latents[index[first]], on_step=on_step)
    plane = np.empty((len(index), 2), np.float32)
    plane[first], plane[others] = fitted.plane, fitted.transform(latents[index[others]])
    return Layout(settings, beta, index, scattered(plane, latents[index], fitted.names, fitted.transform))


def measured(layout: Layout, checkpoint: Checkpoint) -> Layout:
    """The same with its figures."""
    points = checkpoint.points_at(layout.beta)
    latents, labels = points.mean[layout.index], points.labels[layout.index]
    figures = Measured(
        quality(layout.projection, latents) if len(latents) >= MIN_LATENTS else None,
        knn_accuracy(layout.projection.plane, labels, ASKED_POINTS),
        knn_accuracy(latents, labels, ASKED_POINTS),
    )
    return replace(layout, measured=figures)


def write(path: str | Path, layout: Layout, checkpoint: Checkpoint) -> None:
    """Writes the layout of a checkpoint's points to one file, whole or not at all."""
    write_atomic(path, to_bytes(layout, checkpoint))


def to_bytes(layout: Layout, checkpoint: Checkpoint) -> bytes:
    """The content of such a file."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        plane=layout.projection.plane,
        index=layout.index,
        label=checkpoint.points.labels[layout.index],
        about=np.array(json.dumps(to_dict(layout))),
    )
    return file.getvalue()


def read(path: str | Path, checkpoint: Checkpoint) -> Layout:
    """The layout of a checkpoint's points that `write` wrote, of a method that scatters them. Raises `VAEError` for any other file."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise _not_one(str(path), error) from None
    return from_bytes(content, checkpoint, str(path))


def from_bytes(content: bytes, checkpoint: Checkpoint, name: str) -> Layout:
    """The same from the content of the file; `name` stands for it in errors."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            plane, index = arrays["plane"].astype(np.float32), arrays["index"].astype(np.int64)
            settings, beta, names, figures = from_about(json.loads(str(arrays["about"])), "about")
        _check_fits(plane, index, len(checkpoint.points.labels))
        return _laid_out(Plane(settings, beta, names, index, plane, figures), checkpoint)
    except (
        OSError,
        ValueError,
        KeyError,
        IndexError,
        EOFError,
        zipfile.BadZipFile,
        RecursionError,
        ConfigError,
    ) as error:
        raise _not_one(name, error) from None


def _not_one(name: str, error: Exception) -> VAEError:
    return VAEError(f"{name}: not a layout of these points ({error}). Make it anew.")


def _check_fits(plane: NDArray[np.float32], index: NDArray[np.int64], count: int) -> None:
    if plane.shape != (len(index), 2) or not np.isfinite(plane).all():
        raise ValueError("its arrays don't fit")
    if len(index) < MIN_LATENTS or index[0] < 0 or index[-1] >= count or (np.diff(index) <= 0).any():
        raise ValueError(f"it has fewer than {MIN_LATENTS} points, or others than these")


def saved_layouts(checkpoint: Checkpoint) -> list[Layout]:
    """The layouts that lie in the checkpoint itself, the one to show first in front."""
    return [_laid_out(plane, checkpoint) for plane in checkpoint.planes]


def with_plane(checkpoint: Checkpoint, layout: Layout) -> Checkpoint:
    """The checkpoint with the layout of its points in front of the planes that it holds, in place of one of the same method and beta; only
    as many as a file may hold are kept.

    Raises `VAEError` for a straight plane, which is there at once.
    """
    settings = layout.settings
    if settings.straight:
        others = listed((kind.title for kind in scattering().values()), "or")
        raise VAEError(f"{settings.title} is made at once, so a checkpoint doesn't keep it. Take {others}.")
    projection = layout.projection
    plane = Plane(settings, layout.beta, projection.names, layout.index, projection.plane, layout.measured)
    others = [other for other in checkpoint.planes if (other.settings.kind, other.beta) != (settings.kind, layout.beta)]
    return checkpoint._replace(planes=(plane, *others)[:MAX_PLANES])


def _laid_out(plane: Plane, checkpoint: Checkpoint) -> Layout:
    latents = checkpoint.points_at(plane.beta).mean[plane.index]
    return Layout(
        plane.settings, plane.beta, plane.index, scattered(plane.places, latents, plane.names), plane.measured
    )


def to_dict(layout: Layout) -> dict[str, Any]:
    """What is not an array, for JSON."""
    entries = about(layout.settings, layout.beta, layout.projection.names, layout.measured)
    return {**entries, "points": len(layout.index)}
