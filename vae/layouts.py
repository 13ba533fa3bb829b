"""Where a checkpoint's points lie in a plane, and what that plane keeps of the latents: made by itself, kept as a file, shown on the map.

A file is NumPy's `.npz`: `plane` (float32, (M, 2)), `index` (int64, (M,), numbers of the test images, ascending), `label` (int64, (M,), -1
for none) and `about`, a JSON object of settings, beta and quality.
"""

from __future__ import annotations

__all__ = ["LOSS", "MOST", "Layout", "Measured", "lay_out", "measured", "read", "to_dict", "write"]

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.checkpoint import Checkpoint
from vae.config import check_number, check_text
from vae.errors import ConfigError, VAEError
from vae.files import write_atomic
from vae.neighbours import ASKED, knn_accuracy
from vae.progress import OnStep
from vae.projection import KINDS, LEAST, Projection, Quality, Settings, fit, quality, scattered

# What the distance from a latent to what its place decodes from is called, by whether the plane is straight: there a place is decoded
# exactly, and what is lost is what lies beside the plane.
LOSS = {True: "Dropped by the plane", False: "Error of the way back"}
MAX_MEASURED = 1e9
MOST = 10_000  # points that UMAP and t-SNE are fitted to, unless somebody asks for more


class Measured(NamedTuple):
    """What a plane keeps, in figures. Neighbours are those of `ASKED` points, where there are more, among all that were laid out."""

    quality: Quality | None  # None of too few points
    knn_accuracy: float | None  # of the class by neighbours in the plane, from 0 to 1; None where nothing is labelled
    knn_of_latents: float | None  # the same by neighbours among the latents

    def shares(self, straight: bool) -> dict[str, float | None]:
        """All of it by its title, each from 0 to 1 but for the last, which can be more; `straight` says whether the plane is."""
        kept = self.quality
        return {
            "Trustworthiness": kept and kept.trustworthiness,
            "Continuity": kept and kept.continuity,
            "Neighbours in the plane know the class": self.knn_accuracy,
            "Neighbours among the latents": self.knn_of_latents,
            LOSS[straight]: kept and kept.way_back,
        }


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
        found = hashlib.sha256(np.ascontiguousarray(self.projection.plane).tobytes())
        if self.settings.straight:  # others may be held elsewhere
            found.update(self.projection.lift(np.zeros((1, 2), np.float32)).latents.tobytes())
        return self.settings, self.beta, found.hexdigest()


def lay_out(
    checkpoint: Checkpoint,
    settings: Settings,
    beta: float,
    *,
    most: int = MOST,
    held: NDArray[np.float32] | None = None,
    on_step: OnStep | None = None,
) -> Layout:
    """The posterior means of the test images at a beta in the plane that `settings` choose, `held` (D,) being what two axes hold the others
    at.

    Straight planes have all points. UMAP and t-SNE have up to `most`, chosen at random where there are more; UMAP is fitted to `MOST` of
    them and places the others without fitting anew, t-SNE has to fit all. `on_step(done, of how many)` is called meanwhile.
    Raises `VAEError` as `vae.projection.fit` does.
    """
    latents = checkpoint.points_at(beta).mean
    count = len(latents)
    if settings.straight:
        return Layout(settings, beta, np.arange(count), fit(settings, latents, held))
    generator = np.random.default_rng(0)
    index = np.sort(generator.permutation(count)[:most])
    if len(index) <= MOST or not settings.places:
        return Layout(settings, beta, index, fit(settings, latents[index], on_step=on_step))
    first = np.sort(generator.permutation(len(index))[:MOST])
    others = np.delete(np.arange(len(index)), first)
    fitted = fit(settings, latents[index[first]], on_step=on_step)
    plane = np.empty((len(index), 2), np.float32)
    plane[first], plane[others] = fitted.plane, fitted.place(latents[index[others]])
    return Layout(settings, beta, index, scattered(plane, latents[index], fitted.names, fitted.place))


def measured(layout: Layout, checkpoint: Checkpoint) -> Layout:
    """The same with its figures."""
    points = checkpoint.points_at(layout.beta)
    latents, labels = points.mean[layout.index], points.labels[layout.index]
    found = Measured(
        quality(layout.projection, latents) if len(latents) >= LEAST else None,
        knn_accuracy(layout.projection.plane, labels, ASKED),
        knn_accuracy(latents, labels, ASKED),
    )
    return replace(layout, measured=found)


def write(path: str | Path, layout: Layout, checkpoint: Checkpoint) -> None:
    """Writes the layout of a checkpoint's points to one file, whole or not at all."""
    about = {**to_dict(layout), "names": layout.projection.names}
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        plane=layout.projection.plane,
        index=layout.index,
        label=checkpoint.points.labels[layout.index],
        about=np.array(json.dumps(about)),
    )
    write_atomic(path, file.getvalue())


def read(path: str | Path, checkpoint: Checkpoint) -> Layout:
    """The layout of a checkpoint's points that `write` wrote, of a method that scatters them. Raises `VAEError` for any other file."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            plane, index = arrays["plane"].astype(np.float32), arrays["index"].astype(np.int64)
            about = json.loads(str(arrays["about"]))
        values = dict(about["settings"])
        settings = KINDS[values.pop("kind")](**values)
        latents = checkpoint.points_at(about["beta"]).mean[index]
        _check_fits(settings, plane, latents)
        names = about["names"][0], about["names"][1]
        for name in names:
            check_text("names", name)
        found = about["measured"] and _from_dict(about["measured"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        EOFError,
        RecursionError,
        ConfigError,
        zipfile.BadZipFile,
    ) as error:
        raise VAEError(f"{path}: not a layout of these points ({error}). Make it anew.") from None
    return Layout(settings, about["beta"], index, scattered(plane, latents, names), found)


def _check_fits(settings: Settings, plane: NDArray[np.float32], latents: NDArray[np.float32]) -> None:
    if settings.straight or plane.shape != (len(latents), 2) or not np.isfinite(plane).all():
        raise ValueError("its arrays don't fit")


def to_dict(layout: Layout) -> dict[str, Any]:
    """What is not an array, for JSON."""
    found = layout.measured
    return {
        "settings": {"kind": layout.settings.kind, **asdict(layout.settings)},
        "beta": layout.beta,
        "points": len(layout.index),
        "measured": found and {**found._asdict(), "quality": found.quality and found.quality._asdict()},
    }


def _from_dict(values: dict[str, Any]) -> Measured:
    found = Measured(**{**values, "quality": values["quality"] and Quality(**values["quality"])})
    for value in (*(found.quality or ()), found.knn_accuracy, found.knn_of_latents):
        if value is not None:
            check_number("measured", value, 0, MAX_MEASURED)
    return found
