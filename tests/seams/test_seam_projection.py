"""Projections of one's own: a plane that nobody has chosen, and one that follows the points' neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from proof import prove_projection
from sklearn import manifold

from vae.projections import PROJECTIONS
from vae.projections.projection import Settings, scattered, straight
from vae.settings import Setting


@dataclass(frozen=True)
class RandomPlane(Settings):
    """Two random directions at right angles, through the middle of the latents."""

    kind: ClassVar[str] = "random"
    title: ClassVar[str] = "Random"
    about: ClassVar[str] = "A plane that nobody has chosen."
    straight: ClassVar[bool] = True
    seed: int = Setting(0, "Seed", 0, 1000).as_field()

    def fit(self, latents, fixed=None, on_step=None):
        directions = np.random.default_rng(self.seed).standard_normal((latents.shape[1], 2))
        basis = np.linalg.qr(directions)[0].astype(np.float32)
        return straight(latents, latents.mean(0), basis, ("Random 1", "Random 2"))


@dataclass(frozen=True)
class Isomap(Settings):
    """Distances from neighbour to neighbour (Tenenbaum et al., 2000, https://doi.org/10.1126/science.290.5500.2319)."""

    kind: ClassVar[str] = "isomap"
    title: ClassVar[str] = "Isomap"
    about: ClassVar[str] = "Keeps distances along the points."
    neighbours: int = Setting(12, "Neighbours", 2, 100, offered=50, help="Few: along the points.").as_field()

    def fit(self, latents, fixed=None, on_step=None):
        fitted = manifold.Isomap(n_neighbors=min(self.neighbours, len(latents) - 1)).fit(latents)
        return scattered(
            fitted.embedding_.astype(np.float32),
            latents,
            ("Isomap 1", "Isomap 2"),
            lambda others: fitted.transform(others).astype(np.float32),
        )


def test_a_plane_that_nobody_has_chosen(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROJECTIONS, "random", RandomPlane)
    layout = prove_projection(RandomPlane(5), runs_dir)
    assert layout.projection.names == ("Random 1", "Random 2")
    assert layout.measured is not None
    assert layout.measured.quality is not None
    assert 0 < layout.measured.quality.reconstruction_error < 1


def test_distances_along_the_points(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROJECTIONS, "isomap", Isomap)
    layout = prove_projection(Isomap(20), runs_dir)
    assert layout.settings == Isomap(20)
