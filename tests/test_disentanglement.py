"""Scores of disentanglement, on latents whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import mutual_info_score

from vae.disentanglement import dci, disentanglement, mig, mutual_informations, sap
from vae.sprites import Factor

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
    found = disentanglement(latents(values), values, FACTORS)
    assert found.mig == pytest.approx(1, abs=0.05)  # the dimension of noise knows a little by chance
    assert found.sap == pytest.approx(1, abs=0.02)
    assert min(found.dci) > 0.97
    np.testing.assert_array_equal(found.informations.argmax(0), [1, 2, 0])


def test_noise_scores_nothing(values: NDArray[np.int64]) -> None:
    noise = np.random.default_rng(1).standard_normal((len(values), 4)).astype(np.float32)
    assert mig(noise, values) < 0.02
    assert sap(noise, values, FACTORS) < 0.02
    found = dci(noise, values)
    assert found.disentanglement < 0.05
    assert found.informativeness == pytest.approx(np.mean([1 / factor.size for factor in FACTORS]), abs=0.1)


def test_two_dimensions_for_one_factor_have_no_gap_but_are_not_mixed(values: NDArray[np.int64]) -> None:
    twice = np.repeat(latents(values)[:, :3], 2, axis=1)
    assert mig(twice, values) == pytest.approx(0, abs=0.01)
    assert sap(twice, values, FACTORS) == pytest.approx(0, abs=0.01)
    found = dci(twice, values)
    assert found.disentanglement > 0.95  # each of them is of one factor only
    assert found.completeness < 0.75  # but no factor needs one only


def test_turning_two_dimensions_by_an_eighth_leaves_only_the_third_factor_its_own(values: NDArray[np.int64]) -> None:
    own = latents(values)[:, :3]
    own = (own - own.mean(0)) / own.std(0)
    eighth = np.array([[1, 1, 0], [-1, 1, 0], [0, 0, np.sqrt(2)]], np.float32) / np.sqrt(2)
    found = disentanglement(own @ eighth, values, FACTORS)
    assert found.sap == pytest.approx(1 / 3, abs=0.02)
    assert found.mig == pytest.approx(1 / 3, abs=0.05)
    assert found.dci.disentanglement < 0.75


def test_informations_are_those_of_the_cut_dimensions(values: NDArray[np.int64]) -> None:
    mean = latents(values, noise=0.8)
    found = mutual_informations(mean, values, bins=20)
    for d in range(4):
        low, high = mean[:, d].min(), mean[:, d].max()
        cut = np.minimum(19, ((mean[:, d] - low) / (high - low) * 20).astype(int))
        for f in range(3):
            entropy = mutual_info_score(values[:, f], values[:, f])
            assert found[d, f] == pytest.approx(mutual_info_score(cut, values[:, f]) / entropy, rel=1e-5)


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
