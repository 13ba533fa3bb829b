"""Planes of latents, and the way back."""

from __future__ import annotations

import argparse

import numpy as np
import pytest
import sklearn.decomposition
import sklearn.manifold
from numpy.typing import NDArray

from vae.cli.options import add_projection, projection, to_arguments
from vae.errors import VAEError
from vae.models.config import MAX_SEED
from vae.projections import PCA, PROJECTIONS, TSNE, UMAP, Axes
from vae.projections.neighbours import NEIGHBOURS
from vae.projections.projection import (
    INVERSE_NEIGHBOURS,
    Scattered,
    Settings,
    Straight,
    fit,
    quality,
    spread,
    trustworthiness,
)


def blobs(count: int = 150, dims: int = 5, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Three groups far from each other, and which one each belongs to."""
    generator = np.random.default_rng(seed)
    label = np.arange(count) % 3
    return (8 * np.eye(3, dims)[label] + generator.normal(size=(count, dims))).astype(np.float32), label


def scattered(plane: NDArray[np.floating], latents: NDArray[np.float32], spacing: float = 0.1) -> Scattered:
    return Scattered(plane.astype(np.float32), latents, spacing, ("a", "b"))


def test_pca_is_that_of_scikit_learn_whatever_the_signs() -> None:
    latents, _ = blobs()
    projection = fit(PCA(), latents)
    known = sklearn.decomposition.PCA(2).fit(latents)
    np.testing.assert_allclose(np.abs(projection.plane), np.abs(known.transform(latents)), atol=1e-4)
    assert isinstance(projection, Straight)
    assert projection.explained == pytest.approx(known.explained_variance_ratio_.sum(), rel=1e-5)
    np.testing.assert_allclose(projection.basis.T @ projection.basis, np.eye(2), atol=1e-6)
    other, _ = blobs(seed=1)
    np.testing.assert_allclose(np.abs(projection.transform(other)), np.abs(known.transform(other)), atol=1e-4)


@pytest.mark.parametrize("settings", [PCA(), Axes(3, 1)])
def test_the_way_back_from_a_straight_plane_is_exact(settings: PCA | Axes) -> None:
    latents, _ = blobs()
    projection = fit(settings, latents, np.full(5, 0.7, np.float32))
    places = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    inverse, trust = projection.inverse_transform(places)
    np.testing.assert_allclose(projection.transform(inverse), places, atol=1e-5)
    assert (trust == 1).all()
    # What is dropped is the shortest way to the plane.
    back = projection.inverse_transform(projection.plane).latents
    np.testing.assert_allclose(
        np.linalg.norm(latents - back, axis=1), projection.reconstruction_error(latents), atol=1e-4
    )
    np.testing.assert_allclose((latents - back) @ (inverse[1:] - inverse[:-1]).T, 0, atol=1e-3)


def test_two_axes_hold_the_others_where_they_are_told() -> None:
    latents, _ = blobs()
    origin = np.arange(5, dtype=np.float32)
    projection = fit(Axes(4, 0), latents, origin)
    np.testing.assert_array_equal(projection.plane, latents[:, [4, 0]])
    np.testing.assert_array_equal(
        projection.inverse_transform(np.array([[9.0, 8.0]], np.float32)).latents, [[8, 1, 2, 3, 9]]
    )
    np.testing.assert_array_equal(
        fit(Axes(4, 0), latents).inverse_transform(np.zeros((1, 2), np.float32)).latents, np.zeros((1, 5))
    )


def test_at_a_point_the_way_back_is_that_points_latent() -> None:
    latents, _ = blobs()
    plane = np.random.default_rng(1).normal(size=(150, 2))
    projection = scattered(plane, latents)
    inverse, trust = projection.inverse_transform(projection.plane)
    np.testing.assert_allclose(inverse, latents, atol=1e-4)
    assert (trust == 1).all()


def test_between_points_it_goes_continuously_and_never_beyond_them() -> None:
    latents, _ = blobs()
    projection = scattered(np.random.default_rng(1).normal(size=(150, 2)), latents)
    path = np.linspace([-1, -1], [1, 1], 40_001).astype(np.float32)
    inverse, _ = projection.inverse_transform(path)
    # Steps a hundred times as fine are a hundred times as small, so that there are no jumps.
    coarse = np.linalg.norm(np.diff(inverse[::100], axis=0), axis=1).max()
    fine = np.linalg.norm(np.diff(inverse, axis=0), axis=1).max()
    assert fine < 0.2 * coarse
    assert (inverse >= latents.min(0) - 1e-4).all()
    assert (inverse <= latents.max(0) + 1e-4).all()


def test_a_straight_relation_is_found_again_where_points_are_dense() -> None:
    generator = np.random.default_rng(0)
    plane = generator.uniform(-1, 1, (4000, 2)).astype(np.float32)
    turn = np.linalg.qr(generator.normal(size=(6, 2)))[0].astype(np.float32)
    projection = scattered(plane, plane @ turn.T)
    places = generator.uniform(-0.9, 0.9, (200, 2)).astype(np.float32)
    assert np.linalg.norm(projection.inverse_transform(places).latents - places @ turn.T, axis=1).max() < 0.05
    assert quality(projection, projection.latents).reconstruction_error < 0.05


def test_trust_fades_with_the_distance_to_the_nearest_point() -> None:
    latents, _ = blobs()
    projection = scattered(np.random.default_rng(1).uniform(size=(150, 2)), latents, spacing=0.2)
    nearest = np.array([0.0, 0.19, 0.3, 0.45, 0.61, 50.0])
    rightmost = projection.plane[projection.plane[:, 0].argmax()]
    trust = projection.inverse_transform((rightmost + np.outer(nearest, [1, 0])).astype(np.float32)).trust
    assert trust[0] == trust[1] == 1
    assert (np.diff(trust[1:5]) < 0).all()
    assert trust[4] == trust[5] == 0


def test_points_that_are_near_in_the_plane_alone_disagree() -> None:
    generator = np.random.default_rng(0)
    plane = generator.standard_normal((400, 2)).astype(np.float32)
    smooth = np.concatenate([plane, 2 * plane], axis=1)
    mixed = generator.permutation(smooth)  # neighbours in the plane have nothing to do with each other
    places = plane[:100] + 0.01
    agreeing, differing = (scattered(plane, latents).disagreement(places) for latents in (smooth, mixed))
    assert np.median(agreeing) < 0.2
    assert np.median(differing) > 0.8
    inverse = [scattered(plane, latents).inverse_transform(places) for latents in (smooth, mixed)]
    np.testing.assert_array_equal(inverse[0].trust, inverse[1].trust)


def test_how_far_points_disagree_is_a_share_of_the_spread() -> None:
    plane = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [9, 9], [9, 8]], np.float32)
    latents = np.random.default_rng(1).standard_normal((8, 3)).astype(np.float32)
    for scale in (1, 10):
        (share,) = scattered(plane, scale * latents).disagreement(plane[:1])
        wanted = np.sqrt(np.square(latents[:6] - latents[0]).sum(1).mean()) / spread(latents)
        assert share == pytest.approx(wanted, rel=1e-5)


def test_a_point_takes_no_part_in_its_own_way_back() -> None:
    latents, _ = blobs()
    latents[17] += 100
    projection = scattered(np.random.default_rng(1).normal(size=(150, 2)), latents)
    assert projection.reconstruction_error(latents)[17] > 200


def test_points_that_coincide_have_a_way_back() -> None:
    latents, _ = blobs()
    inverse, trust = scattered(np.zeros((150, 2)), latents, 0.0).inverse_transform(
        np.array([[0, 0], [1, 1]], np.float32)
    )
    assert np.isfinite(inverse).all()
    assert list(trust) == [1, 0]


@pytest.mark.parametrize("way", ["trustworthiness", "continuity"])
def test_trustworthiness_is_that_of_scikit_learn(way: str) -> None:
    latents, _ = blobs()
    plane = latents[:, 3:] + 0.3 * latents[:, :2]
    pair = (latents, plane) if way == "trustworthiness" else (plane, latents)
    known = sklearn.manifold.trustworthiness(*pair, n_neighbors=NEIGHBOURS)
    assert trustworthiness(*pair) == pytest.approx(known, abs=1e-9)
    assert 0.5 < known < 0.99


def test_of_many_points_some_are_asked_and_say_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    latents, _ = blobs(1500)
    plane = latents[:, 3:] + 0.3 * latents[:, :2]
    everyone = trustworthiness(latents, plane)
    monkeypatch.setattr("vae.projections.projection.ASKED_POINTS", 400)
    assert trustworthiness(latents, plane) == pytest.approx(everyone, abs=0.02)


def test_a_plane_that_is_the_latents_is_perfect() -> None:
    latents = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    scores = quality(fit(Axes(), latents), latents)
    assert (scores.trustworthiness, scores.continuity) == (1, 1)
    assert scores.reconstruction_error == pytest.approx(0, abs=1e-6)


def test_tsne_keeps_groups_together_and_places_nobody_else() -> None:
    latents, label = blobs()
    projection = fit(TSNE(perplexity=20), latents)
    assert quality(projection, latents).trustworthiness > 0.8
    centres = np.array([projection.plane[label == group].mean(0) for group in range(3)])
    nearest = np.linalg.norm(projection.plane[:, None] - centres, axis=2).argmin(1)
    assert (nearest == label).mean() > 0.98
    with pytest.raises(VAEError, match=r"only knows the points that were laid out\. Take PCA"):
        projection.transform(latents)


@pytest.mark.parametrize(
    ("settings", "shape", "reason"),
    [
        (Axes(0, 5), (20, 5), "axes: two different ones of z₁ to z₅, not z₁ and z₆"),
        (Axes(2, 2), (20, 5), "axes"),
        (Axes(-1, 2), (20, 5), "axes"),
        (PCA(), (20, 1), "two dimensions"),
        (UMAP(), (INVERSE_NEIGHBOURS, 3), "at least .* PCA"),
        (TSNE(), (INVERSE_NEIGHBOURS, 3), "at least"),
    ],
)
def test_what_has_no_plane_is_told(settings: Settings, shape: tuple[int, int], reason: str) -> None:
    with pytest.raises(VAEError, match=reason):
        fit(settings, np.random.default_rng(0).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize("settings", [TSNE(), UMAP()])
@pytest.mark.parametrize("place", [0.0, 0.3])
@pytest.mark.parametrize("width", [0.0, 1e-30])
def test_latents_at_one_place_are_not_scattered(settings: Settings, place: float, width: float) -> None:
    noise = np.random.default_rng(0).normal(size=(50, 5))
    latents = (place + width * noise).astype(np.float32)
    with pytest.raises(VAEError, match=r"50 lie at one place.*collapsed.*PCA.*lower beta"):
        fit(settings, latents)
    assert np.isfinite(fit(PCA(), latents).plane).all()


def test_every_kind_is_known_by_its_name() -> None:
    assert {name: kind.kind for name, kind in PROJECTIONS.items()} == {
        name: name for name in ("axes", "pca", "umap", "tsne")
    }


def turn(degrees: float, mirrored: bool = False) -> NDArray[np.float64]:
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return rotation @ np.diag([-1.0, 1.0]) if mirrored else rotation


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("settings", [PCA(), Axes(3, 1), TSNE(perplexity=8)])
def test_a_turned_plane_decodes_the_same_at_turned_places(settings: Settings, mirrored: bool) -> None:
    latents, _ = blobs(60)
    projection = fit(settings, latents, np.full(5, 0.4, np.float32))
    rotation, shift, scale = turn(33, mirrored), np.array([2.0, -1.0]), 1.0 if settings.straight else 0.25
    turned = projection.turned(rotation, shift, scale)

    def moved(places: NDArray[np.floating]) -> NDArray[np.float32]:
        return (scale * places @ rotation + shift).astype(np.float32)

    np.testing.assert_allclose(turned.plane, moved(projection.plane), atol=1e-4)
    places = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    for before, after in zip(
        projection.inverse_transform(places), turned.inverse_transform(moved(places)), strict=True
    ):
        np.testing.assert_allclose(after, before, atol=1e-3)
    np.testing.assert_allclose(
        turned.reconstruction_error(latents), projection.reconstruction_error(latents), atol=1e-3
    )
    assert turned.names != projection.names
    if settings.places:
        np.testing.assert_allclose(turned.transform(latents), moved(projection.transform(latents)), atol=1e-4)


def test_a_straight_plane_keeps_its_unit() -> None:
    latents, _ = blobs()
    with pytest.raises(VAEError, match="latents' unit"):
        fit(PCA(), latents).turned(np.eye(2), np.zeros(2), 2.0)


@pytest.mark.parametrize("settings", [PCA(), TSNE(7.25, MAX_SEED), TSNE(12), UMAP(500, 1, 3), UMAP(min_dist=1e-07)])
def test_the_options_that_choose_a_projection_give_it_again(settings: Settings) -> None:
    parser = argparse.ArgumentParser()
    add_projection(parser, None)
    assert projection(parser.parse_args(to_arguments(settings))) == settings


def test_a_number_that_has_to_be_whole_is_told_as_the_setting_it_is_of() -> None:
    parser = argparse.ArgumentParser()
    add_projection(parser, None)
    with pytest.raises(VAEError, match=r"^neighbours: a whole number from 2"):
        projection(parser.parse_args(["--method=umap", "--neighbours=2.5"]))
