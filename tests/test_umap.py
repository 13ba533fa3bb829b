"""UMAP: in one file, for numba takes half a minute to compile it for each process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_layouts import five
from test_projection import blobs

from vae.errors import VAEError
from vae.latents import layouts
from vae.latents.layouts import lay_out, read, write
from vae.projections import UMAP
from vae.projections.projection import fit
from vae.projections.umap import _Known


def test_umap_keeps_groups_together_and_places_others_among_them() -> None:
    latents, label = blobs()
    projection = fit(UMAP(), latents)
    other, group = blobs(60, seed=1)
    places = projection.transform(other)
    nearest = np.linalg.norm(places[:, None] - projection.plane, axis=2).argmin(1)
    assert (label[nearest] == group).mean() > 0.95
    np.testing.assert_array_equal(fit(UMAP(), latents).plane, projection.plane)


def test_umap_starts_from_the_nearest_neighbours_there_are() -> None:
    latents, _ = blobs()
    latents[7] = latents[3]  # as near as can be, and yet another one
    known = _Known(latents, 6)
    near, distance = known.graph()
    apart = np.linalg.norm(latents[:, None].astype(np.float64) - latents, axis=2)
    np.testing.assert_array_equal(near[:, 0], np.arange(len(latents)))
    assert (distance[:, 0] == 0).all(), "or UMAP takes the rounding error for the distance to the nearest"
    np.testing.assert_allclose(distance, np.sort(apart, axis=1)[:, :6], atol=1e-5)
    np.testing.assert_allclose(distance, np.take_along_axis(apart, near.astype(np.int64), 1), atol=1e-5)
    assert all(len(set(row)) == 6 for row in near.tolist())
    near, distance = known.query(latents[:5] + 0.1, 4, epsilon=0.1)
    apart = np.linalg.norm(latents[:5, None].astype(np.float64) + 0.1 - latents, axis=2)
    np.testing.assert_allclose(distance, np.sort(apart, axis=1)[:, :4], atol=1e-5)
    np.testing.assert_allclose(distance, np.take_along_axis(apart, near.astype(np.int64), 1), atol=1e-5)


def test_umap_places_more_than_it_was_fitted_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layouts, "MAX_FITTED", 40)
    model = five()
    layout = lay_out(model, UMAP(neighbours=8), 1.0, most=50)
    assert len(layout.index) == 50
    inverse, _ = layout.projection.inverse_transform(layout.projection.plane)
    np.testing.assert_allclose(inverse, model.points.mean[layout.index], atol=1e-4)
    # It still places others, which one that was read from a file can't.
    others = model.points.mean[:3] + 0.01
    assert layout.projection.transform(others).shape == (3, 2)
    write(tmp_path / "plane.npz", layout, model)
    with pytest.raises(VAEError, match="only knows the points that were laid out") as caught:
        read(tmp_path / "plane.npz", model).projection.transform(others)
    assert "t-SNE" not in str(caught.value)
