from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from tiny import Correlated, checkpoint, config, standard_normal
from torch.distributions import MultivariateNormal, kl_divergence

from vae.checkpoints.checkpoint import LatentPoints
from vae.checkpoints.keyframes import ACTIVE_VARIANCE, active_dims
from vae.latents.paths import (
    Latents,
    dimensions,
    latent_of,
    lerp,
    sample_aggregate,
    slerp,
    traversals,
    typical,
)
from vae.models.priors import LatentPrior

Path = Callable[[np.ndarray, np.ndarray, int], Latents]


def pair(dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    start, end = np.random.default_rng(seed).standard_normal((2, dim)).astype(np.float32)
    return start, end


@pytest.mark.parametrize("dim", [1, 2, 20])
@pytest.mark.parametrize("steps", [2, 3, 50])
@pytest.mark.parametrize("path", [lerp, slerp])
def test_a_path_runs_from_start_to_end(path: Path, steps: int, dim: int) -> None:
    start, end = pair(dim)
    places = path(start, end, steps)
    assert places.shape == (steps, dim)
    assert places.dtype == np.float32
    assert np.array_equal(places[0], start)
    assert np.array_equal(places[-1], end)


@pytest.mark.parametrize("path", [lerp, slerp])
def test_a_path_of_one_place_is_its_start_and_of_none_is_empty(path: Path) -> None:
    start, end = pair(3)
    np.testing.assert_allclose(path(start, end, 1), start[None], rtol=1e-6)
    assert path(start, end, 0).shape == (0, 3)


@pytest.mark.parametrize("path", [lerp, slerp])
def test_a_path_back_is_the_path_in_reverse(path: Path) -> None:
    start, end = pair(5)
    np.testing.assert_allclose(path(start, end, 9), path(end, start, 9)[::-1], atol=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 20])
def test_a_line_has_equal_steps(dim: int) -> None:
    start, end = pair(dim)
    steps = np.diff(lerp(start, end, 11).astype(np.float64), axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to((end - start) / 10.0, steps.shape), atol=1e-6)


@pytest.mark.parametrize("dim", [2, 3, 20])
@pytest.mark.parametrize("seed", range(4))
def test_an_arc_turns_at_a_constant_rate_while_its_radius_goes_linearly(dim: int, seed: int) -> None:
    start, end = (value.astype(np.float64) for value in pair(dim, seed))
    places = slerp(start, end, 21).astype(np.float64)
    radius = np.linalg.norm(places, axis=1)
    np.testing.assert_allclose(radius, np.linspace(np.linalg.norm(start), np.linalg.norm(end), 21), rtol=1e-5)
    unit = places / radius[:, None]
    # By chords, because the angle of a small cosine is all rounding.
    turns = 2 * np.arcsin(np.linalg.norm(np.diff(unit, axis=0), axis=1) / 2)
    np.testing.assert_allclose(turns, turns.mean(), rtol=1e-3)
    assert turns.sum() == pytest.approx(math.acos(unit[0] @ unit[-1]), rel=1e-4)


def test_an_arc_between_points_of_a_sphere_stays_on_it() -> None:
    start, end = pair(8)
    places = slerp(2 * start / np.linalg.norm(start), 2 * end / np.linalg.norm(end), 17)
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([1.0, 2.0], [3.0, 6.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [-2.0, -4.0]),
        ([0.0, 0.0], [1.0, 2.0]),
        ([1.0, 2.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([-1.5], [2.5]),
    ],
)
def test_where_there_is_no_one_arc_it_is_the_line(start: list[float], end: list[float]) -> None:
    places = slerp(start, end, 7)
    assert np.isfinite(places).all()
    np.testing.assert_array_equal(places, lerp(start, end, 7))


@pytest.mark.parametrize("angle", [2e-6, 1e-4, math.pi - 1e-4, math.pi - 2e-6])
def test_an_arc_close_to_a_line_stays_finite_and_as_far_out(angle: float) -> None:
    places = slerp([1.0, 0.0], [math.cos(angle), math.sin(angle)], 33)
    # The angle is only known as well as a cosine near -1 or 1 tells it.
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1, rtol=1e-4)


POINTS = LatentPoints(
    np.array([[-5, 0], [5, 10]], np.float32),
    np.array([[1, 0.5], [0.25, 2]], np.float32),
    np.array([0, 1]),
    ("left", "right"),
)
SAMPLERS: dict[str, Callable[..., Latents]] = {
    "prior": lambda count, **options: standard_normal().draw(count, **options),
    "aggregate": lambda count, **options: sample_aggregate(POINTS, count, **options),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samples_are_those_of_their_seed(name: str) -> None:
    sample = SAMPLERS[name]
    assert sample(9).shape == (9, 2)
    assert sample(9).dtype == np.float32
    assert np.array_equal(sample(9, seed=4), sample(9, seed=4))
    assert not np.array_equal(sample(9, seed=4), sample(9, seed=5))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("dim", [1, 2, 20])
def test_samples_of_the_prior_have_its_moments(dim: int, temperature: float) -> None:
    n = 20_000
    z = standard_normal(dim).draw(n, temperature=temperature).astype(np.float64) / temperature
    assert np.abs(z.mean(0)).max() < 5 / math.sqrt(n)
    assert np.abs(z.var(0) - 1).max() < 5 * math.sqrt(2 / n)


def test_at_temperature_nothing_samples_are_the_means() -> None:
    assert not standard_normal(3).draw(50, temperature=0).any()
    drawn = {tuple(z) for z in sample_aggregate(POINTS, 50, width=0).tolist()}
    assert drawn == {tuple(mean) for mean in POINTS.mean.tolist()}


@pytest.mark.parametrize("width", [0.5, 1.0])
def test_samples_of_the_aggregate_posterior_have_the_moments_of_its_parts(width: float) -> None:
    z = sample_aggregate(POINTS, 40_000, width).astype(np.float64)
    parts = [z[z[:, 0] < 0], z[z[:, 0] > 0]]  # far enough apart to tell them
    for part, mean, std in zip(parts, POINTS.mean, POINTS.std, strict=True):
        n = len(part)
        assert abs(n - 20_000) < 5 * math.sqrt(40_000 / 4)
        standard = (part - mean) / (width * std)
        assert np.abs(standard.mean(0)).max() < 5 / math.sqrt(n)
        assert np.abs(standard.var(0) - 1).max() < 5 * math.sqrt(2 / n)


def points_of(mean: np.ndarray, std: np.ndarray) -> LatentPoints:
    return LatentPoints(mean.astype(np.float32), std.astype(np.float32), np.full(len(mean), -1), ())


def test_dimensions_come_by_their_kl_and_those_that_collapsed_last() -> None:
    noise = np.random.default_rng(0).standard_normal((400, 4))
    # The last is collapsed, and costs most: its posterior is the same for every image, and far from the prior.
    points = points_of(noise * [0.3, 1, 0.6, 0] + [0, 0, 0, 5], np.tile([0.9, 0.2, 0.5, 0.1], (400, 1)))
    prior = standard_normal(4)
    dims = dimensions(points, prior)
    np.testing.assert_array_equal(dims.kl, prior.kl_by_dim(points.mean, points.std))
    assert dims.whole_kl == pytest.approx(dims.kl.sum(), rel=1e-5)
    assert dims.whole_kl == pytest.approx(prior.kl_of_each(points.mean, points.std).mean(), rel=1e-5)
    assert dims.kl.argmax() == 3
    assert dims.order.tolist() == [1, 2, 0, 3]
    assert dims.active.tolist() == [True, True, True, False]
    assert dims.active.sum() == active_dims(points.mean)


def test_the_whole_kl_is_not_the_sum_of_dimensions_that_depend_on_each_other() -> None:
    """Beside posteriors N(0, I), the prior N(0, C) with ones on its diagonal has the same dimensions, and another density."""
    points = points_of(np.zeros((50, 2)), np.ones((50, 2)))
    dims = dimensions(points, LatentPrior(Correlated(), 2, {}))
    normal = MultivariateNormal(torch.zeros(2), torch.eye(2))
    assert dims.whole_kl == pytest.approx(kl_divergence(normal, Correlated.distribution(2)).item(), rel=1e-5)
    assert dims.kl.sum() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("dim", [1, 7])
def test_every_dimension_has_a_place_in_the_order_even_where_all_collapsed(dim: int) -> None:
    noise = np.random.default_rng(1).standard_normal((300, dim))
    points = points_of(0.5 * math.sqrt(ACTIVE_VARIANCE) * noise, np.ones((300, dim)))
    dims = dimensions(points, standard_normal(dim))
    assert not dims.active.any()
    assert sorted(dims.order) == list(range(dim))
    assert (np.diff(dims.kl[dims.order]) <= 0).all()


def test_nearly_all_posterior_means_lie_in_the_span() -> None:
    mean = np.random.default_rng(2).standard_normal((20_000, 3)) * [1, 0.1, 4] + [0, 2, -1]
    span = dimensions(points_of(mean, np.ones_like(mean)), standard_normal(3)).span
    within = (mean >= span[:, 0]) & (mean <= span[:, 1])
    np.testing.assert_allclose(within.mean(0), 0.99, atol=1e-3)
    np.testing.assert_allclose((mean < span[:, 0]).mean(0), 0.005, atol=1e-3)


@pytest.mark.parametrize("count", [1, 5])
def test_a_span_has_a_width_where_all_means_are_the_same(count: int) -> None:
    points = points_of(np.full((count, 1), 1.5), np.ones((count, 1)))
    low, high = dimensions(points, standard_normal(1)).span[0]
    assert low < 1.5 < high
    assert high - low < 0.1


@pytest.mark.parametrize("steps", [5, 9, 14])
def test_a_traversal_changes_one_dimension_evenly_and_no_other(steps: int) -> None:
    start = np.random.default_rng(3).standard_normal(6).astype(np.float32)
    span = np.sort(np.random.default_rng(4).standard_normal((6, 2)))
    dims = [4, 0, 5]
    rows = traversals(start, dims, span, steps)
    assert rows.shape == (3, steps, 6)
    assert rows.dtype == np.float32
    for row, dim in zip(rows, dims, strict=True):
        np.testing.assert_array_equal(np.delete(row, dim, axis=1), np.tile(np.delete(start, dim), (steps, 1)))
        np.testing.assert_allclose(row[[0, -1], dim], span[dim], rtol=1e-6)
        np.testing.assert_allclose(np.diff(row[:, dim]), (span[dim, 1] - span[dim, 0]) / (steps - 1), atol=1e-6)


def cloud(labelled: bool = True) -> LatentPoints:
    """Three classes, of which two lie in each other's way, and one image of the third among them."""
    generator = np.random.default_rng(0)
    middles = np.repeat([[0.0, 0.0], [0.3, 0.0], [4.0, 0.0]], 200, axis=0)
    mean = (middles + generator.normal(0, 0.5, (600, 2))).astype(np.float32)
    labels = np.repeat(np.arange(3), 200)
    mean[599] = 0
    std = np.full_like(mean, 0.1)
    std[450:550] = 0.5  # widely
    return LatentPoints(mean, std, labels if labelled else np.full(600, -1), ("a", "b", "c"))


def test_a_map_begins_in_the_middle_of_a_class_that_is_by_itself() -> None:
    points = cloud()
    index = typical(points)
    assert points.labels[index] == 2
    assert index != 599
    assert np.linalg.norm(points.mean[index] - (4, 0)) < 0.5
    assert points.std[index].max() < 0.2
    # The images count, and neither their order nor how far apart they lie.
    order = np.random.default_rng(1).permutation(600)
    again = typical(LatentPoints(100 * points.mean[order], points.std[order], points.labels[order], points.classes))
    assert order[again] == index


def test_unlabelled_images_begin_in_a_dense_place() -> None:
    points = cloud(labelled=False)
    index = typical(points)
    assert np.linalg.norm(points.mean[index] - (0.15, 0)) < 0.4
    some = cloud()._replace(labels=np.where(np.arange(600) == 450, 2, -1))
    assert typical(some) == 450, "of the few that have one"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_of_a_few_images_one_is_typical(count: int) -> None:
    points = cloud()
    few = LatentPoints(points.mean[:count], points.std[:count], points.labels[:count], points.classes)
    assert 0 <= typical(few) < count
    assert typical(points, np.arange(100, 100 + count)) in range(100, 100 + count)


def test_of_many_images_some_are_looked_at() -> None:
    points = cloud()
    times = 1001  # with which a stride meets all of them
    many = LatentPoints(
        np.tile(points.mean, (times, 1)), np.tile(points.std, (times, 1)), np.tile(points.labels, times), points.classes
    )
    assert many.labels[typical(many)] == 2


@pytest.mark.parametrize("beta", [0.1, 0.7, 10])
def test_the_latent_of_one_image_is_its_row(beta: float) -> None:
    model = checkpoint(config("mlp-range", latent_dim=5))
    assert model.keyframes is not None
    changing = model.keyframes._replace(changes=np.array([[0, 3], [1, 2], [1, 3], [2, 6]], np.int32))
    model = model._replace(keyframes=changing)
    for index, latent in enumerate(model.points_at(beta).mean):
        np.testing.assert_array_equal(latent_of(model, index, beta), latent)
    single = checkpoint(config())
    np.testing.assert_array_equal(latent_of(single, 3, 1.0), single.points.mean[3])
