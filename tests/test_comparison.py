"""Two models side by side: what is laid onto each other, what is alike and what differs."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ortho_group
from tiny import checkpoint, config

import vae.checkpoints
import vae.evaluation.comparison
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.errors import VAEError
from vae.evaluation.comparison import (
    align,
    differences,
    disparity,
    furthest,
    linear_cka,
    moved,
    same_likelihood,
    shared,
    shared_neighbours,
    similarity,
    together,
)
from vae.evaluation.diagnostics import Diagnosis, diagnose
from vae.evaluation.readings import READINGS
from vae.latents.layouts import Layout, lay_out
from vae.models.likelihoods import Gaussian
from vae.projections import PCA, TSNE, Axes
from vae.projections.neighbours import NEIGHBOURS
from vae.projections.projection import Settings, spread

DIMS = (1, 2, 5, 20)


def cloud(count: int, dims: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(count, dims)) * np.linspace(1, 3, dims) + 4


def turned(points: NDArray[np.float64], scale: float = 1.0, seed: int = 0) -> NDArray[np.float64]:
    """The same from another side: turned or mirrored, shifted and scaled."""
    dims = points.shape[1]
    rotation = ortho_group.rvs(dims, random_state=seed) if dims > 1 else -np.eye(1)
    return scale * points @ rotation + np.arange(dims)


@pytest.mark.parametrize("dims", DIMS)
@pytest.mark.parametrize("seed", range(3))
def test_what_was_turned_is_laid_back(dims: int, seed: int) -> None:
    a = cloud(50, dims)
    alignment = align(a, turned(a, seed=seed))
    np.testing.assert_allclose(alignment.apply(turned(a, seed=seed)), a, atol=1e-9)
    np.testing.assert_allclose(alignment.rotation @ alignment.rotation.T, np.eye(dims), atol=1e-12)
    assert alignment.residual == pytest.approx(0, abs=1e-9)
    assert alignment.scale == 1


@pytest.mark.parametrize("dims", DIMS)
def test_scale_is_found_only_where_it_is_asked_for(dims: int) -> None:
    a = cloud(50, dims)
    b = turned(a, scale=0.25)
    assert align(a, b, scale=True).scale == pytest.approx(4)
    assert align(a, b, scale=True).share == pytest.approx(0, abs=1e-9)
    # What is a quarter as wide stays three quarters of the way away.
    assert align(a, b).share == pytest.approx(0.75)
    assert align(a, b).residual == pytest.approx(0.75 * np.sqrt(a.var(0).sum()))


@pytest.mark.parametrize("scale", [False, True])
def test_nothing_near_it_is_better(scale: bool) -> None:
    a, b = cloud(60, 3), turned(cloud(60, 3)) + np.random.default_rng(1).normal(size=(60, 3))
    alignment = align(a, b, scale)
    generator = np.random.default_rng(2)
    for _ in range(100):
        turn, _ = np.linalg.qr(np.eye(3) + 0.05 * generator.normal(size=(3, 3)))
        turn *= np.sign(np.diag(turn))
        factor = alignment.scale * (1 + 0.05 * generator.normal()) if scale else 1.0
        other = factor * b @ (alignment.rotation @ turn) + alignment.shift + 0.05 * generator.normal(size=3)
        assert np.sqrt(np.square(a - other).sum(1).mean()) >= alignment.residual
    assert np.sqrt(np.square(moved(a, b, scale)).mean()) == pytest.approx(alignment.residual)


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("count", [1, 5])
def test_points_at_one_place_are_only_shifted(count: int, scale: bool) -> None:
    a, still = cloud(count, 2), np.full((count, 2), 1 / 3)
    for one, other in ((a, still), (still, a), (still, still + 1)):
        alignment = align(one, other, scale)
        np.testing.assert_array_equal(alignment.rotation, np.eye(2))
        assert alignment.scale == 1
        np.testing.assert_allclose(alignment.apply(other).mean(0), one.mean(0))
    assert align(still, still, scale).share == 0
    assert align(a, still, scale).share == pytest.approx(0 if count == 1 else 1)
    assert align(still, a, scale).share == (0 if count == 1 else math.inf)


@pytest.mark.parametrize(("a", "b"), [((4, 2), (5, 2)), ((4, 2), (4, 3)), ((0, 2), (0, 2))])
def test_what_cannot_be_laid_onto_each_other_is_told(a: tuple[int, int], b: tuple[int, int]) -> None:
    with pytest.raises(VAEError, match="onto each other"):
        align(np.ones(a), np.ones(b))


def test_the_furthest_come_first_and_equal_ones_in_their_order() -> None:
    distances = np.array([1.0, 3, 2, 3, 1, 3])
    assert furthest(distances, 5).tolist() == [1, 3, 5, 2, 0]
    assert furthest(distances, 99).tolist() == [1, 3, 5, 2, 0, 4]
    assert furthest(distances, 0).tolist() == []


def test_who_moved_is_found() -> None:
    a = cloud(500, 2)
    b = turned(a)
    b[[7, 100]] += [[9, 0], [0, 6]]
    distances = moved(a, b)
    assert furthest(distances, 2).tolist() == [7, 100]
    assert distances[7] == pytest.approx(9, abs=0.1)


@pytest.mark.parametrize("dims", DIMS)
def test_spaces_that_are_turned_shifted_and_scaled_are_alike(dims: int) -> None:
    a = cloud(400, dims)
    scores = similarity(a, turned(a, scale=3))
    assert scores.neighbours == pytest.approx(1)
    assert scores.cka == pytest.approx(1)
    assert scores.disparity == pytest.approx(0, abs=1e-6)
    assert scores.nearest == NEIGHBOURS
    assert similarity(a, a).neighbours == 1


def test_spaces_that_have_nothing_to_do_with_each_other_are_not() -> None:
    scores = similarity(cloud(3000, 2), cloud(3000, 20, seed=1))
    assert scores.asked == 2000
    assert scores.chance == pytest.approx(10 / 2999)
    assert scores.neighbours == pytest.approx(scores.chance, abs=0.003)
    assert 0 <= scores.cka < 0.01
    assert 0.95 < scores.disparity <= 1


def test_more_noise_makes_spaces_less_alike() -> None:
    a = cloud(800, 5)
    noise = np.random.default_rng(1).normal(size=a.shape)
    rows = [similarity(a, turned(a) + amount * noise) for amount in (0, 0.1, 0.5, 2, 20)]
    assert all(less.neighbours > more.neighbours for less, more in pairwise(rows))
    assert all(less.cka > more.cka for less, more in pairwise(rows))
    assert all(less.disparity < more.disparity for less, more in pairwise(rows))


@pytest.mark.parametrize("dims", [(2, 20), (1, 5), (3, 3)])
def test_a_and_b_may_change_places(dims: tuple[int, int]) -> None:
    a = cloud(300, dims[0])
    b = np.hstack([a, cloud(300, dims[1], seed=1)])[:, : dims[1]] + 0.3 * cloud(300, dims[1], seed=2)
    one, other = similarity(a, b), similarity(b, a)
    assert one == pytest.approx(other)
    assert 0 < one.disparity < 1


@pytest.mark.parametrize("dims", [(3, 3), (2, 7), (6, 1)])
def test_the_disparity_is_one_less_the_squared_sum_of_singular_values(dims: tuple[int, int]) -> None:
    a = cloud(300, dims[0])
    b = np.hstack([a, cloud(300, dims[1], seed=1)])[:, : dims[1]] + 0.3 * cloud(300, dims[1], seed=2)
    from_a, from_b = (points - points.mean(0) for points in (a, b))
    product = (from_a / np.linalg.norm(from_a)).T @ (from_b / np.linalg.norm(from_b))
    known = 1 - np.linalg.svd(product, compute_uv=False).sum() ** 2
    assert disparity(a, b) == pytest.approx(known)
    if dims[0] == dims[1]:
        assert disparity(a, b) == pytest.approx(align(a, b, scale=True).share ** 2)


def test_dimensions_that_add_nothing_change_nothing() -> None:
    a = cloud(300, 2)
    scores = similarity(a, turned(np.pad(a, ((0, 0), (0, 18)))))
    assert (scores.neighbours, scores.cka) == pytest.approx((1, 1))
    assert scores.disparity == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("dims", DIMS)
def test_neighbours_are_those_that_a_plain_search_finds(dims: int) -> None:
    a, b = cloud(60, dims), cloud(60, dims) + 0.2 * cloud(60, dims, seed=1)
    shares = []
    for image in range(60):
        near = [
            set(sorted(set(range(60)) - {image}, key=lambda other: np.linalg.norm(points[other] - points[image]))[:10])
            for points in (a, b)
        ]
        shares.append(len(near[0] & near[1]) / 10)
    assert shared_neighbours(a, b) == pytest.approx(np.mean(shares))


def test_cka_is_what_its_definition_says() -> None:
    a, b = cloud(40, 3), cloud(40, 2, seed=1)
    centre = np.eye(40) - 1 / 40
    k, l = (centre @ points @ points.T @ centre for points in (a, b))  # noqa: E741
    expected = (k * l).sum() / np.sqrt((k * k).sum() * (l * l).sum())
    assert linear_cka(a, b) == pytest.approx(expected)


@pytest.mark.parametrize("dims", [2, 20])
def test_images_that_share_a_place_are_compared(dims: int) -> None:
    a = np.repeat(cloud(5, dims), 20, axis=0)
    assert 0.4 < shared_neighbours(a, a) <= 1


@pytest.mark.parametrize("measure", [shared_neighbours, linear_cka, disparity, similarity])
def test_a_space_without_extent_is_told_of(measure) -> None:
    with pytest.raises(VAEError, match="B puts all images at one place"):
        measure(cloud(20, 2), np.full((20, 3), 0.1))
    with pytest.raises(VAEError, match="three images"):
        measure(cloud(2, 2), cloud(2, 2))
    with pytest.raises(VAEError, match="same ones"):
        measure(cloud(5, 2), cloud(6, 2))
    assert np.isfinite(measure(cloud(3, 2), cloud(3, 4))).all()


def named(made: Checkpoint, data: str) -> Checkpoint:
    return made._replace(summary=replace(made.summary, data=data))


def test_checkpoints_share_their_images_or_say_why_not() -> None:
    a = checkpoint()
    assert shared(a, a) is None
    assert shared(a, checkpoint(config(latent_dim=5))) is None
    others = {
        "of Digits 8x8 and B of MNIST": named(a, "mnist"),
        r"\(1, 28, 28\)": checkpoint(config(shape=(1, 28, 28))),
        "7 test images of Digits 8x8 and B 6": checkpoint(points=6),
        "other labels": a._replace(points=a.points._replace(labels=a.points.labels[::-1].copy())),
    }
    for reason, other in others.items():
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(shared(a, other))
    assert same_likelihood(a, named(a, "mnist"))
    assert not same_likelihood(a, a._replace(config=replace(a.config, likelihood=Gaussian())))


@pytest.fixture(scope="module")
def diagnoses() -> tuple[Diagnosis, Diagnosis]:
    model, test = vae.checkpoints.read("digits-2d").model(), load("digits")
    return diagnose(model, test, samples=1, draws=3), diagnose(model, test, samples=1, draws=5)


def test_every_number_of_two_diagnoses_is_set_against_the_other(diagnoses: tuple[Diagnosis, Diagnosis]) -> None:
    a = diagnoses[0]
    shifted = np.where(np.arange(a.n) % 2 == 0, 0.0, 2.0).astype(np.float32)
    b = replace(a, elbo=a.elbo - 2, iwae=a.iwae + 1, bounds=a.bounds + shifted, knn_accuracy=None, refinement=3)
    rows = {row.reading.title: row for row in differences(a, b)}
    assert list(rows) == [reading.title for reading in READINGS if not reading.optional or reading.value(a) is not None]
    assert rows["Minus the ELBO"].difference == pytest.approx(2)
    assert rows["Minus the ELBO"].error == 0  # of these images, image by image
    assert rows["Minus the ELBO"].estimator.startswith("A: 3 draws of z per image; cross entropy")
    bound = rows["Importance-weighted bound"]
    assert bound.difference == pytest.approx(1)
    assert bound.error == pytest.approx(shifted.std(ddof=1) / math.sqrt(a.n), rel=1e-4)
    assert bound.error is not None
    assert bound.error < a.iwae_image_standard_error / 3, "each image is compared with itself"
    assert bound.b == b.iwae
    neighbours = rows["Class from nearest neighbours"]
    assert (neighbours.a, neighbours.b, neighbours.difference) == (a.knn_accuracy, None, None)
    assert rows["KL to the prior"].difference == 0


def test_what_is_lost_is_paired_over_the_images_that_were_integrated_over(
    diagnoses: tuple[Diagnosis, Diagnosis],
) -> None:
    a = diagnoses[0]
    assert a.exact is not None
    n = len(a.exact.gap)
    more = np.where(np.arange(n) % 2 == 0, 0.0, 2.0)
    b = replace(a, exact=a.exact._replace(gap=a.exact.gap + more, encoder=a.exact.encoder + more))
    rows = {row.reading.title: row for row in differences(a, b)}
    assert n == a.n, "all of them, so that ELBO and what is lost are of the same images"
    for title, difference in (("Lost to the encoder", 1), ("Minus the ELBO of perfect posteriors", -1)):
        assert rows[title].difference == pytest.approx(difference, abs=0.01)
        assert rows[title].error == pytest.approx(more.std(ddof=1) / math.sqrt(n), rel=1e-6)
    assert rows["Lost to wrong modes"].error == 0
    fewer = replace(a, exact=a.exact._replace(encoder=a.exact.encoder[:-1]))
    rows = {row.reading.title: row for row in differences(a, fewer)}
    assert rows["Lost to the encoder"].error is None, "not of the same images"
    # The same decoder: what other posteriors lose more, they have more of minus the ELBO, image by image.
    worse = replace(
        a, elbo=a.elbo - 1, errors=a.errors + more.astype(np.float32), exact=a.exact._replace(gap=a.exact.gap + more)
    )
    perfect = {row.reading.title: row for row in differences(a, worse)}["Minus the ELBO of perfect posteriors"]
    assert perfect.difference == pytest.approx(0, abs=1e-6)
    assert perfect.error == pytest.approx(0, abs=1e-6)


def test_what_is_judged_by_another_weight_of_the_kl_is_not_set_off(diagnoses: tuple[Diagnosis, Diagnosis]) -> None:
    a = diagnoses[0]
    assert a.exact is not None
    b = replace(a, exact=a.exact._replace(weight=4.0))
    rows = {row.reading.title: row.difference for row in differences(a, b)}
    assert [rows[f"Lost to {part}"] for part in ("the family of posteriors", "wrong modes", "the encoder")] == [
        None
    ] * 3
    assert rows["Minus the ELBO of perfect posteriors"] == 0


def test_other_likelihoods_leave_only_what_does_not_hold_them(diagnoses: tuple[Diagnosis, Diagnosis]) -> None:
    rows = differences(diagnoses[0], diagnoses[0], likelihoods_alike=False)
    without = {row.reading.title for row in rows if row.difference is None and row.a is not None}
    perfect = "Minus the ELBO of perfect posteriors"
    assert without == {"Minus the ELBO", "Reconstruction", "Importance-weighted bound", perfect}


def test_bounds_with_other_draws_are_not_compared(diagnoses: tuple[Diagnosis, Diagnosis]) -> None:
    with pytest.raises(VAEError, match="3 and 5 draws"):
        differences(*diagnoses)


def spread_out(dims: int, points: int = 60) -> Checkpoint:
    return checkpoint(config(latent_dim=dims), points)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PCA(), PCA()),
        (PCA(), TSNE(perplexity=8)),
        (TSNE(perplexity=8), PCA()),
        (TSNE(perplexity=8), TSNE(perplexity=9)),
    ],
)
def test_layouts_of_the_same_images_are_laid_together_as_close_as_they_can_be(
    first: Settings, second: Settings
) -> None:
    made = spread_out(5)
    a, b = lay_out(made, first, 1.0, most=50), lay_out(made, second, 1.0, most=40)
    one, other = together(a, b)
    both = np.intersect1d(a.index, b.index)

    def apart(one: Layout, other: Layout) -> float:
        planes = [layout.projection.plane[np.isin(layout.index, both)] for layout in (one, other)]
        return float(np.square(planes[0] - planes[1]).sum())

    # Whichever was moved, moving it on makes it worse.
    left = other if one is a else one
    for rotation, shift in (
        (np.eye(2), [0.05, 0]),
        (np.eye(2), [0, -0.05]),
        (turned_by(3), [0, 0]),
        (turned_by(-3), [0, 0]),
    ):
        nudged = replace(left, projection=left.projection.turned(rotation, np.array(shift)))
        assert apart(*((one, nudged) if one is a else (nudged, other))) > apart(one, other) - 1e-4
    # A scattered plane is as wide as the other, however little they agree.
    if not left.settings.straight:
        widths = [spread(layout.projection.plane[np.isin(layout.index, both)]) for layout in (one, other)]
        assert widths[0] == pytest.approx(widths[1], rel=1e-4)
    # A straight plane keeps the latents' unit.
    for before, after in ((a, one), (b, other)):
        if before.settings.straight:
            assert after.projection.plane.var(0).sum() == pytest.approx(before.projection.plane.var(0).sum(), rel=1e-4)


def turned_by(degrees: float) -> NDArray[np.float64]:
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def test_the_same_layout_lies_on_itself() -> None:
    layout = lay_out(spread_out(2), Axes(0, 1), 1.0)
    mirrored = replace(layout, projection=layout.projection.turned(np.diag([1.0, -1.0]), np.array([3.0, 4.0])))
    one, other = together(layout, mirrored)
    np.testing.assert_allclose(one.projection.plane, other.projection.plane, atol=1e-5)


def test_layouts_without_a_common_image_cannot_be_laid_together() -> None:
    layout = lay_out(spread_out(5), TSNE(perplexity=8), 1.0, most=30)
    with pytest.raises(VAEError, match="no points"):
        together(layout, replace(layout, index=layout.index + 1000))
