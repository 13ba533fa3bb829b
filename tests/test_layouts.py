"""Where points lie in a plane, and the file that says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import checkpoint, config

from vae.checkpoints.checkpoint import Checkpoint
from vae.errors import VAEError
from vae.latents import layouts
from vae.latents.layouts import Layout, lay_out, measured, read, write
from vae.projections import PCA, TSNE, Axes
from vae.projections.neighbours import knn_accuracy
from vae.projections.projection import MIN_LATENTS, quality, scattered

TSNE_OF_FEW = TSNE(perplexity=5)


def five(points: int = 60, network: str = "mlp") -> Checkpoint:
    return checkpoint(config(network, latent_dim=5), points)


@pytest.mark.parametrize("settings", [PCA(), Axes(2, 4)])
def test_a_straight_plane_has_every_point_however_few_were_asked_for(settings: PCA | Axes) -> None:
    model = five()
    layout = lay_out(model, settings, 1.0, most=10)
    assert list(layout.index) == list(range(60))
    np.testing.assert_array_equal(layout.projection.plane, layout.projection.transform(model.points.mean))


def test_of_more_points_some_are_scattered() -> None:
    model = five()
    layout = lay_out(model, TSNE_OF_FEW, 1.0, most=40)
    assert len(layout.index) == len(set(layout.index)) == 40
    assert (np.diff(layout.index) > 0).all()
    inverse, trust = layout.projection.inverse_transform(layout.projection.plane)
    np.testing.assert_allclose(inverse, model.points.mean[layout.index], atol=1e-4)
    assert (trust == 1).all()
    # Where the origin lies means nothing, and a map begins with a look at it.
    plane = layout.projection.plane
    np.testing.assert_allclose(plane.min(0), -plane.max(0), atol=1e-3)


def test_a_model_for_a_range_is_laid_out_at_a_beta() -> None:
    model = five(network="mlp-range")
    for beta in (0.1, 3.0):
        layout = lay_out(model, Axes(0, 1), beta)
        np.testing.assert_array_equal(layout.projection.plane, model.points_at(beta).mean[:, :2])


@pytest.mark.parametrize("settings", [PCA(), TSNE_OF_FEW])
def test_figures_are_of_the_points_that_were_laid_out(settings: PCA | TSNE) -> None:
    model = five()
    layout = measured(lay_out(model, settings, 1.0, most=40), model)
    latents, labels = model.points.mean[layout.index], model.points.labels[layout.index]
    assert layout.measured is not None
    assert layout.measured.quality == quality(layout.projection, latents)
    assert layout.measured.knn_accuracy == knn_accuracy(layout.projection.plane, labels)
    assert layout.measured.knn_of_latents == knn_accuracy(latents, labels)


def test_of_many_points_some_are_asked_who_their_neighbours_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "ASKED_POINTS", 20)
    model = five()
    figures = measured(lay_out(model, PCA(), 1.0), model).measured
    assert figures is not None
    assert figures.knn_of_latents == knn_accuracy(model.points.mean, model.points.labels, 20)
    assert figures.knn_of_latents != knn_accuracy(model.points.mean, model.points.labels)


def test_too_few_points_have_no_figures_of_neighbours() -> None:
    model = five(5)
    figures = measured(lay_out(model, PCA(), 1.0), model).measured
    assert figures is not None
    assert figures.quality is None
    assert set(figures.shares(True)) >= {"Trustworthiness", "Continuity"}


def test_what_a_straight_plane_drops_is_no_error_of_its_way_back() -> None:
    model = five(60)
    for settings, title, other in (
        (PCA(), "Dropped by the plane", "Error of latents from the plane"),
        (TSNE_OF_FEW, "Error of latents from the plane", "Dropped by the plane"),
    ):
        figures = measured(lay_out(model, settings, 1.0), model).measured
        assert figures is not None
        assert figures.quality is not None
        shares = figures.shares(settings.straight)
        assert shares[title] == figures.quality.reconstruction_error
        assert other not in shares


def test_layouts_are_told_apart_by_what_they_show() -> None:
    model = five(network="mlp-range")
    latent = np.full(5, 0.5, np.float32)
    made = [
        lay_out(model, PCA(), 1.0),
        lay_out(model, PCA(), 2.0),
        lay_out(model, Axes(0, 1), 1.0),
        lay_out(model, Axes(1, 0), 1.0),
        lay_out(model, Axes(0, 1), 1.0, fixed=latent),
    ]
    for turn in (np.diag([-1.0, 1.0]), np.array([[0.0, 1], [-1, 0]])):
        made.append(replace(made[0], projection=made[0].projection.turned(turn, np.zeros(2))))
    assert len({layout.key for layout in made}) == len(made)
    assert lay_out(model, PCA(), 1.0).key == made[0].key


@pytest.fixture
def layout() -> Layout:
    return measured(lay_out(five(), TSNE_OF_FEW, 1.0, most=40), five())


def test_a_layout_comes_back_from_its_file(layout: Layout, tmp_path: Path) -> None:
    file = tmp_path / "plane.npz"
    write(file, layout, five())
    back = read(file, five())
    assert (back.settings, back.beta, back.measured, back.key) == (
        layout.settings,
        layout.beta,
        layout.measured,
        layout.key,
    )
    np.testing.assert_array_equal(back.index, layout.index)
    np.testing.assert_array_equal(back.projection.plane, layout.projection.plane)
    assert back.projection.names == layout.projection.names
    with np.load(file, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["label"], five().points.labels[layout.index])


@pytest.mark.parametrize("damage", ["cut", "empty", "missing", "other points", "not finite", "few", "before the first"])
def test_a_file_that_is_no_layout_of_these_points_is_refused(damage: str, layout: Layout, tmp_path: Path) -> None:
    file = tmp_path / "plane.npz"
    if damage == "not finite":
        layout.projection.plane[3] = np.nan
    if damage == "few":
        some = slice(MIN_LATENTS - 1)
        fewer = scattered(layout.projection.plane[some], five().points.mean[layout.index[some]], ("across", "up"))
        layout = replace(layout, index=layout.index[some], projection=fewer)
    if damage == "before the first":
        layout.index[0] = -1
    if damage != "missing":
        write(file, layout, five())
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:200])
    if damage == "empty":
        file.write_bytes(b"")
    with pytest.raises(VAEError, match=r"plane\.npz: not a layout"):
        read(file, five(20) if damage == "other points" else five())
