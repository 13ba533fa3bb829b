"""What is kept of a plane that scatters points: the method, the beta, the places, and what the plane keeps of the latents in figures.

A file holds the arrays in a form of its own (`vae.latents.layouts`, `vae.checkpoints.checkpoint`), and `about` as JSON.
"""

from __future__ import annotations

__all__ = ["LOSS", "Measured", "Plane", "about", "from_about", "scattering"]

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.checks import check_number, check_whole
from vae.errors import ConfigError
from vae.models.config import from_dict, to_dict
from vae.projections import PROJECTIONS
from vae.projections.projection import Quality, Settings
from vae.texts import is_showable

# What the distance from a latent to what its place decodes from is called, by whether the plane is straight: there a place is decoded
# exactly, and what is lost is what lies beside the plane.
LOSS = {True: "Dropped by the plane", False: "Error of latents from the plane"}
MAX_AXIS_NAME = 100  # characters of what lies across, or up
MAX_LOST = 1e6  # times the spread of the latents


class Measured(NamedTuple):
    """What a plane keeps, in figures. Neighbours are those of `vae.projections.neighbours.ASKED_POINTS` points, where there are more, among
    all that were laid out."""

    quality: Quality | None  # None of too few points
    knn_accuracy: float | None  # of the class by neighbours in the plane, from 0 to 1; None where nothing is labelled
    knn_of_latents: float | None  # the same by neighbours among the latents

    def shares(self, straight: bool) -> dict[str, float | None]:
        """All of it by its title, each from 0 to 1 but for the last, which can be more; `straight` says whether the plane is."""
        quality = self.quality
        return {
            "Trustworthiness": quality.trustworthiness if quality else None,
            "Continuity": quality.continuity if quality else None,
            "Class from neighbours in the plane": self.knn_accuracy,
            "Class from neighbours among the latents": self.knn_of_latents,
            LOSS[straight]: quality.reconstruction_error if quality else None,
        }


@dataclass(frozen=True, eq=False)
class Plane:
    """Where latents lie in a plane that scatters them."""

    settings: Settings
    beta: float  # that the latents are of
    names: tuple[str, str]  # what lies across, and what up
    index: NDArray[np.int64]  # (M,), which test images they are, ascending
    places: NDArray[np.float32]  # (M, 2)
    measured: Measured | None = None


def scattering() -> dict[str, type[Settings]]:
    """The projections that scatter points, which take long, so that what they make is kept."""
    return {name: kind for name, kind in PROJECTIONS.items() if not kind.straight}


def about(settings: Settings, beta: float, names: tuple[str, str], measured: Measured | None) -> dict[str, Any]:
    """What is not an array, for JSON."""
    return {
        "settings": to_dict(settings),
        "beta": beta,
        "names": list(names),
        "measured": measured and {**measured._asdict(), "quality": measured.quality and measured.quality._asdict()},
    }


def from_about(values: Any, where: str) -> tuple[Settings, float, tuple[str, str], Measured | None]:
    """Settings, beta, names and figures of what `about` wrote; other entries are left alone.

    Raises `ConfigError` that names the field below `where`.
    """
    values = _entries(values, where, ("settings", "beta", "names", "measured"))
    settings = dict(_entries(values["settings"], f"{where}.settings", ("kind",)))
    kind = settings.pop("kind")
    kinds = scattering()
    if not isinstance(kind, str) or kind not in kinds:
        raise ConfigError(f"{where}.settings.kind: one of {', '.join(kinds)}, not {kind!r:.80}.")
    method = from_dict(kinds[kind], settings, f"{where}.settings")
    names = values["names"]
    if not isinstance(names, list) or len(names) != 2 or not all(is_showable(name, MAX_AXIS_NAME) for name in names):
        raise ConfigError(f"{where}.names: two short texts, not {names!r:.80}.")
    check_number(f"{where}.beta", values["beta"], 0, 1000)
    return method, float(values["beta"]), (names[0], names[1]), _measured(values["measured"], f"{where}.measured")


def _measured(values: Any, where: str) -> Measured | None:
    if values is None:
        return None
    values = _entries(values, where, Measured._fields)
    for name in ("knn_accuracy", "knn_of_latents"):
        if values[name] is not None:
            check_number(f"{where}.{name}", values[name], 0, 1)
    quality = values["quality"]
    if quality is not None:
        if isinstance(quality, dict) and "way_back" in quality:  # as earlier versions call it
            quality = {"reconstruction_error": quality["way_back"], **quality}
        quality = _entries(quality, f"{where}.quality", Quality._fields)
        # Of random places trustworthiness can be below zero.
        for name in ("trustworthiness", "continuity"):
            check_number(f"{where}.quality.{name}", quality[name], -1, 1)
        check_number(f"{where}.quality.reconstruction_error", quality["reconstruction_error"], 0, MAX_LOST)
        check_whole(f"{where}.quality.neighbours", quality["neighbours"], 1, 1000)
        quality = Quality(**{name: quality[name] for name in Quality._fields})
    return Measured(quality, values["knn_accuracy"], values["knn_of_latents"])


def _entries(values: Any, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(values, dict) or not all(name in values for name in names):
        raise ConfigError(f"{where}: a JSON object with {', '.join(names)}, not {values!r:.80}.")
    return values
