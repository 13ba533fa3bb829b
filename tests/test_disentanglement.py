"""Scores of disentanglement, on latents whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import mutual_info_score

from vae.data.images import Factor
from vae.evaluation.disentanglement import _split, dci, disentanglement, mig, mutual_informations, sap, sap_svm

FACTORS = (Factor("a", 4, True), Factor("b", 5, True), Factor("c", 3, True))


@pytest.fixture(scope="module")
def values() -> NDArray[np.int64]:
    """Every combination of three factors, many times."""
    grid = np.stack(np.meshgrid(*(np.arange(factor.size) for factor in FACTORS), indexing="ij"), -1).reshape(-1, 3)
    return np.tile(grid, (30, 1))


def latents(values: NDArray[np.int64], noise: float = 0.01) -> NDArray[np.float32]:
    """A dimension for each factor, in another order, and one of noise."""
    generator = np.random.default_rng(0)
    own = values[:, [2, 0, 1]] + noise * generator.standard_normal(values.shape)
    return np.column_stack([own, generator.standard_normal(len(values))]).astype(np.float32)


def test_a_dimension_for_each_factor_scores_one(values: NDArray[np.int64]) -> None:
    scores = disentanglement(latents(values), values, FACTORS)
    assert scores.mig == pytest.approx(1, abs=0.05)  # the dimension of noise knows a little by chance
    assert scores.sap == pytest.approx(1, abs=0.02)
    assert min(scores.dci) > 0.97
    np.testing.assert_array_equal(scores.informations.argmax(0), [1, 2, 0])


def test_noise_scores_nothing(values: NDArray[np.int64]) -> None:
    noise = np.random.default_rng(1).standard_normal((len(values), 4)).astype(np.float32)
    assert mig(noise, values) < 0.02
    assert sap(noise, values, FACTORS) < 0.02
    scores = dci(noise, values)
    assert scores.disentanglement < 0.05
    assert scores.informativeness == pytest.approx(np.mean([1 / factor.size for factor in FACTORS]), abs=0.1)


def test_two_dimensions_for_one_factor_have_no_gap_but_are_not_mixed(values: NDArray[np.int64]) -> None:
    twice = np.repeat(latents(values)[:, :3], 2, axis=1)
    assert mig(twice, values) == pytest.approx(0, abs=0.01)
    assert sap(twice, values, FACTORS) == pytest.approx(0, abs=0.01)
    scores = dci(twice, values)
    assert scores.disentanglement > 0.95  # each of them is of one factor only
    assert scores.completeness < 0.75  # but no factor needs one only


def test_turning_two_dimensions_by_an_eighth_leaves_only_the_third_factor_its_own(values: NDArray[np.int64]) -> None:
    own = latents(values)[:, :3]
    own = (own - own.mean(0)) / own.std(0)
    eighth = np.array([[1, 1, 0], [-1, 1, 0], [0, 0, np.sqrt(2)]], np.float32) / np.sqrt(2)
    scores = disentanglement(own @ eighth, values, FACTORS)
    assert scores.sap == pytest.approx(1 / 3, abs=0.02)
    assert scores.mig == pytest.approx(1 / 3, abs=0.05)
    assert scores.dci.disentanglement < 0.75


def test_informations_are_those_of_the_cut_dimensions(values: NDArray[np.int64]) -> None:
    mean = latents(values, noise=0.8)
    informations = mutual_informations(mean, values, bins=20)
    for d in range(4):
        low, high = mean[:, d].min(), mean[:, d].max()
        cut = np.minimum(19, ((mean[:, d] - low) / (high - low) * 20).astype(int))
        for f in range(3):
            entropy = mutual_info_score(values[:, f], values[:, f])
            assert informations[d, f] == pytest.approx(mutual_info_score(cut, values[:, f]) / entropy, rel=1e-5)


def test_a_kind_is_told_by_a_line_and_a_dead_dimension_tells_nothing(values: NDArray[np.int64]) -> None:
    kinds = tuple(Factor(factor.name, factor.size, False) for factor in FACTORS)
    mean = latents(values)
    mean[:, 3] = 0
    chance = np.mean([1 / factor.size for factor in FACTORS])
    assert sap(mean, values, kinds) == pytest.approx(1 - chance, abs=0.08)
    assert np.abs(mutual_informations(mean, values)[3]).max() < 1e-9


def test_one_dimension_alone_has_nobody_beside_it(values: NDArray[np.int64]) -> None:
    mean = latents(values)[:, :1]
    assert mig(mean, values) == pytest.approx(1 / 3, abs=0.02)


def factorial(*sizes: int, times: int = 40) -> NDArray[np.int64]:
    """Every combination of factors with so many values, many times."""
    grid = np.stack(np.meshgrid(*(np.arange(size) for size in sizes), indexing="ij"), -1).reshape(-1, len(sizes))
    return np.tile(grid, (times, 1))


def wide(values: NDArray[np.int64]) -> NDArray[np.float32]:
    """The factors themselves, so far apart that a classifier's regularization is of no account."""
    return (30 * (values - values.mean(0)) / values.std(0)).astype(np.float32)


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_perfect_factors_score_one_by_explained_variance_and_less_by_linear_svms(size: int) -> None:
    # Least squares with targets of one against the rest rises by the class's place, so that among the classes between the ends the
    # outermost always wins; each end is cut off by a line. So four values are told at most, two at either end.
    values = factorial(size, size)
    ordered, chance = (Factor("a", size, True), Factor("b", size, True)), 1 / size
    assert sap(wide(values), values, ordered) == pytest.approx(1, abs=1e-6)
    assert sap_svm(wide(values), values) == pytest.approx(min(4, size) / size - chance, abs=0.06)


@pytest.mark.parametrize("degrees", [0, 15, 30])
def test_turned_factors_lose_by_explained_variance_what_linear_svms_do_not_see(degrees: float) -> None:
    values = factorial(2, 2, times=2000)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turned = wide(values) @ np.array([[cos, -sin], [sin, cos]], np.float32)
    ordered = (Factor("a", 2, True), Factor("b", 2, True))
    # R^2 is cos^2 of one and sin^2 of the other, while the sign of a dimension goes on to be that of its factor.
    assert sap(turned, values, ordered) == pytest.approx(cos**2 - sin**2, abs=1e-5)
    assert sap_svm(turned, values) == pytest.approx(1 / 2, abs=0.04)


def test_noise_scores_nothing_by_linear_svms_either(values: NDArray[np.int64]) -> None:
    noise = np.random.default_rng(1).standard_normal((len(values), 4)).astype(np.float32)
    assert sap_svm(noise, values) < 0.06
    assert sap_svm(np.zeros_like(noise), values) == 0


def test_linear_svms_are_those_of_the_literature_where_there_are_as_many_images() -> None:
    # With 10,000 images for fitting, as there, each weighs C = 0.01; the dual form is what is used there.
    from sklearn.svm import LinearSVC

    generator = np.random.default_rng(0)
    values = generator.integers(0, [3, 6], (13_400, 2))
    mean = (values + 0.4 * generator.standard_normal(values.shape)).astype(np.float32)
    train, test = _split(len(mean), 0)
    fitted, asked = train[:10_000], test[:5000]
    scores = np.array(
        [
            [
                LinearSVC(C=0.01, class_weight="balanced", random_state=0, max_iter=100_000)
                .fit(mean[fitted, d : d + 1], values[fitted, f])
                .score(mean[asked, d : d + 1], values[asked, f])
                for f in range(2)
            ]
            for d in range(2)
        ]
    )
    assert sap_svm(mean, values) == pytest.approx(np.abs(scores[0] - scores[1]).mean(), abs=0.01)
