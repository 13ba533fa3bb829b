"""The quality of samples: closed forms, a second implementation, and cases whose answer is known."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.stats import ortho_group
from scipy.stats import t as student
from tiny import image_set

import vae
from vae.data.sources import load
from vae.errors import DataError
from vae.evaluation import sample_quality
from vae.evaluation.features import Features, train_features
from vae.evaluation.quality_readings import MEASURES, estimator, source_title, with_error
from vae.evaluation.sample_quality import (
    AGGREGATE,
    MIXTURE,
    PRIOR,
    REPEATS,
    TRAINING,
    Manifold,
    SampleQuality,
    aggregate,
    comparable,
    frechet_distance,
    measure,
    precision_recall,
    score,
    steps,
)


def normal(seed: int, count: int, dims: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((count, dims))


def test_the_distance_of_normal_distributions_is_their_closed_form() -> None:
    scales, others, shift = np.array([1.0, 2.0, 0.5]), np.array([1.5, 0.5, 0.5]), np.array([1.0, 0.0, -2.0])
    a, b = normal(0, 200_000, 3) * scales, normal(1, 200_000, 3) * others + shift
    assert frechet_distance(a, b) == pytest.approx(np.square(shift).sum() + np.square(scales - others).sum(), rel=0.01)


def skew(seed: int, count: int, dims: int) -> NDArray[np.float64]:
    """Rows whose features depend on each other."""
    return normal(seed, count, dims) @ normal(seed + 100, dims, dims) + normal(seed + 200, 1, dims)


@pytest.mark.parametrize("dims", [1, 2, 7, 20])
def test_the_distance_is_that_of_another_implementation(dims: int) -> None:
    a, b = skew(0, 50, dims), skew(1, 60, dims)
    first, second = (np.atleast_2d(np.cov(each, rowvar=False)) for each in (a, b))
    root = np.real(sqrtm(first @ second))
    expected = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(first + second - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("count", [5, 40])
def test_the_distance_behaves_like_one(count: int) -> None:
    """Of fewer images than features, too: then covariances have no inverse."""
    a, b = skew(0, count, 12), skew(1, count, 12)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, b) > 1
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b))
    turn = ortho_group.rvs(12, random_state=0)
    assert frechet_distance(a @ turn + 3, b @ turn + 3) == pytest.approx(frechet_distance(a, b))
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * frechet_distance(a, b))


def test_fewer_images_have_a_larger_distance_though_from_one_distribution() -> None:
    near = [np.mean([frechet_distance(normal(s, n, 8), normal(s + 50, n, 8)) for s in range(20)]) for n in (50, 500)]
    assert near[0] > 5 * near[1] > 0


def test_the_same_set_is_held_whole_and_one_far_away_not_at_all() -> None:
    a = 1e3 + normal(0, 60, 5)
    assert precision_recall(a, a) == (1, 1)
    assert precision_recall(a, a + 100) == (0, 0)
    twice = np.repeat(a, 6, axis=0)  # every ball is a point
    assert precision_recall(twice, a) == (1, 1)
    assert precision_recall(twice, a + 0.1).precision == 0


def test_samples_that_cover_half_of_the_images_have_half_of_the_recall() -> None:
    left, right = normal(0, 300, 2), normal(1, 300, 2) + 50
    fake = normal(2, 600, 2)
    precision, recall = precision_recall(np.concatenate([left, right]), fake)
    assert precision > 0.95
    assert recall == pytest.approx(0.5, abs=0.02)
    assert precision_recall(fake, np.concatenate([left, right])) == (recall, precision)


def test_on_a_line_precision_and_recall_can_be_counted() -> None:
    real, fake = np.array([[0.0], [1.0], [2.0], [10.0]]), np.array([[-1.5], [3.5], [2.9], [40.0]])
    # To the nearest other one: balls of 1 around 0, 1 and 2, and of 8 around 10.
    assert precision_recall(real, fake, k=1).precision == pytest.approx(2 / 4)
    # Balls of 4.4 around -1.5, 0.6 around 3.5 and 2.9, and 36.5 around 40.
    assert precision_recall(real, fake, k=1).recall == pytest.approx(4 / 4)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_balls_are_what_brute_force_finds(k: int) -> None:
    a, b = skew(0, 25, 3), 2 * skew(1, 30, 3)
    radii = [sorted(np.linalg.norm(one - other) for other in a)[k] for one in a]
    held = [any(np.linalg.norm(x - one) <= radius for one, radius in zip(a, radii, strict=True)) for x in b]
    assert Manifold(a, k).holds(b).tolist() == held
    assert 0 < np.mean(held) < 1


def test_standard_errors_say_how_far_averages_lie() -> None:
    real = Manifold(normal(0, 100, 3))
    rows = [score("any", real, [normal(1000 + 10 * s + r, 100, 3) + 1 for r in range(REPEATS)]) for s in range(200)]
    for field in ("distance", "precision", "recall"):
        found = np.array([getattr(row, field) for row in rows])
        truth = found[:, 0].mean()
        covered = np.abs(found[:, 0] - truth) <= student.ppf(0.95, REPEATS - 1) * found[:, 1]
        assert covered.mean() == pytest.approx(0.9, abs=0.07), field


def test_the_aggregate_takes_each_posterior_before_any_twice() -> None:
    mean = normal(0, 50, 2).astype(np.float32)
    still, wide = aggregate(mean, np.zeros_like(mean)), aggregate(mean, np.full_like(mean, 2.0))
    assert len(np.unique(still(50, 1), axis=0)) == 50
    _, counts = np.unique(still(120, 1), axis=0, return_counts=True)
    assert set(counts) == {2, 3}
    np.testing.assert_array_equal(still(9, 4), still(9, 4))
    assert (still(50, 4) != still(50, 5)).any()
    assert np.var(wide(50_000, 0), axis=0) == pytest.approx(mean.var(0) + 4, rel=0.03)


@pytest.fixture(scope="module")
def learned() -> Features:
    return train_features(load("digits", "train"))


@pytest.fixture(scope="module")
def found(learned: Features) -> SampleQuality:
    model, seen = vae.load("digits-2d"), []
    others = {"one place": lambda count, seed: np.zeros((count, 2), np.float32)}
    train, test = load("digits", "train"), load("digits")
    quality = measure(
        model, train, test, learned, others=others, on_step=lambda done, of: seen.append(done) or seen.append(of)
    )
    assert seen[-2:] == [steps(quality.n, 1)] * 2
    assert seen[::2] == sorted(seen[::2])
    return quality


def test_a_model_is_measured_beside_real_images(found: SampleQuality, learned: Features) -> None:
    rows = {row.source: row for row in found.rows}
    assert list(rows) == [PRIOR, AGGREGATE, MIXTURE, "one place", TRAINING]
    assert (found.n, found.repeats) == (len(load("digits", "train").images) // 2 // REPEATS, REPEATS)
    assert (found.task, found.accuracy, found.chance) == (learned.task, learned.accuracy, learned.chance)
    best, worst = rows[TRAINING], rows["one place"]
    for row in rows.values():
        assert row.distance.value >= best.distance.value
        assert row.recall.value <= best.recall.value
        assert row.distance.value <= worst.distance.value
    assert best.recall.value > 0.8
    assert best.precision.value > 0.8
    assert worst.recall.value < 0.02, "one picture covers next to nothing"
    assert worst.distance.error == pytest.approx(0, abs=1e-6), "it is the same in every draw"
    assert 0.05 < rows[PRIOR].recall.value < 0.6


def test_it_is_the_same_as_json(found: SampleQuality) -> None:
    assert SampleQuality.from_dict(found.to_dict()) == found
    with pytest.raises(LookupError):
        SampleQuality.from_dict({"rows": []})


def test_each_number_has_its_unit_and_its_error(found: SampleQuality) -> None:
    row = found.rows[0]
    shown = [with_error(row, each) for each in MEASURES]
    assert shown[0] == f"{row.distance.value:.2f} ± {row.distance.error:.2f}"
    assert shown[1] == f"{100 * row.precision.value:.1f} ± {100 * row.precision.error:.1f} %"
    assert [source_title(row) for row in found.rows][3] == "one place"
    text = estimator(found)
    assert "not Inception's FID" in text
    assert f"{found.n} samples beside {found.n} test images" in text


def test_a_model_that_takes_classes_gets_those_of_training_images() -> None:
    class Told:
        """Draws the number of the class."""

        def decode(self, z: NDArray[np.float32], beta: float, label: torch.Tensor) -> torch.Tensor:
            return (label.float() / 255).reshape(-1, 1, 1, 1)

    labels = torch.tensor([3] * 700 + [7] * 200 + [9] * 100)
    images = sample_quality._decoded(cast(Any, Told()), np.zeros((20_000, 2), np.float32), 1.0, labels, None)
    counts = images.flatten().bincount().float() / 20_000
    assert images.shape == (20_000, 1, 1, 1)
    assert [counts[place].item() for place in (3, 7, 9)] == pytest.approx([0.7, 0.2, 0.1], abs=0.015)


def test_of_few_images_nothing_is_said(learned: Features) -> None:
    assert comparable(60_000, 10_000) == 1000
    assert comparable(60_000, 150) == 150
    assert comparable(1437, 360) == 179
    model = vae.load("digits-2d")
    with pytest.raises(DataError, match="799 training images and 360 test images are too few"):
        measure(model, image_set(799), load("digits"), learned)
    with pytest.raises(DataError, match="99 test images"):
        measure(model, load("digits", "train"), image_set(99), learned)
