from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import RANGE, config, image_set, stir

from vae.checkpoints.keyframes import (
    COUNT,
    Followed,
    Keyframes,
    active_dims,
    activity,
    even_betas,
    first_betas,
    placed_betas,
)
from vae.evaluation.bounds import evaluate, posteriors, sweep, sweep_steps
from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal
from vae.models.places import LEAP, MODE_RADIUS, OBJECTIVE_TOLERANCE
from vae.models.vae import VAE


def frames(mean: list[float], std: list[float], changes: Sequence[Sequence[int]] = ()) -> Keyframes:
    """One image in one dimension, at beta 1/2, 2 and 8."""
    beta, recon = np.array([0.5, 2, 8], np.float32), np.array([1, 2, 3], np.float32)
    means, stds = (np.array(values, np.float32).reshape(3, 1, 1) for values in (mean, std))
    return Keyframes(beta, means, stds, recon, recon[::-1], np.array(changes, np.int32).reshape(-1, 2))


@pytest.mark.parametrize(
    ("beta", "mean", "std"),
    [(0.5, 0, 1), (1, 2, 0.75), (2, 4, 0.5), (4, 3, 0.5), (8, 2, 0.5), (2**0.5, 3, 0.625)],
)
def test_between_keyframes_points_go_straight_and_evenly_in_the_logarithm(beta: float, mean: float, std: float) -> None:
    posterior = frames([0, 4, 2], [1, 0.5, 0.5]).at(beta)
    assert [float(array[0, 0]) for array in posterior] == pytest.approx([mean, std], abs=1e-6)


@pytest.mark.parametrize(("beta", "mean", "std"), [(0.5, 0, 1), (0.99, 0, 1), (1.01, 4, 0.5), (2, 4, 0.5), (4, 3, 0.5)])
def test_a_point_that_changes_its_mode_is_at_either_and_never_between(beta: float, mean: float, std: float) -> None:
    posterior = frames([0, 4, 2], [1, 0.5, 0.5], [[0, 0]]).at(beta)
    assert [float(array[0, 0]) for array in posterior] == pytest.approx([mean, std], abs=1e-6)


@pytest.mark.parametrize(("low", "high"), [(0.05, 20), (0.3, 0.7), (1, 1000)])
def test_even_betas_share_the_range_in_the_logarithm(low: float, high: float) -> None:
    betas = even_betas(low, high)
    assert (betas[0], betas[-1]) == (low, high)
    steps = np.diff(np.log(betas))
    np.testing.assert_allclose(steps, steps[0])
    assert all(low <= beta <= high for beta in betas)


@pytest.mark.parametrize(("watched", "more"), [(1.0, 0), (0.05, 0), (20.0, 0), (3.0, 1)])
def test_the_beta_that_is_watched_is_among_the_first(watched: float, more: int) -> None:
    betas = first_betas(0.05, 20, watched)
    assert watched in betas
    assert betas == sorted(betas)
    assert len(betas) == len(even_betas(0.05, 20)) + more
    assert len({float(np.float32(beta)) for beta in betas}) == len(betas)


def test_more_keyframes_stand_where_points_turn() -> None:
    def mean_at(beta: float) -> np.ndarray:
        """Still below 4, and from there the plane falls together, bent as a parabola."""
        return np.array([[1, 1], [-1, -1]], np.float32) * (1 - max(0.0, math.log(beta / 4)) ** 2)

    asked: list[float] = []

    def follow(beta: float, before: float | None) -> Followed:
        assert (before is None) == (not asked)
        assert before is None or before in asked
        asked.append(beta)
        return Followed(mean_at(beta), np.zeros(2, bool))

    betas = placed_betas([1, 2, 4, 8], 2, follow, count=9)
    assert betas == sorted(set(betas))
    assert {1, 2, 4, 8} < {*betas}
    assert [beta for beta in betas if beta < 4] == [1, 2]
    assert len(asked) == len(set(asked)) == 2 * 9 - 1


@pytest.mark.parametrize("watched", [1, 2, 8])
def test_points_are_followed_from_the_beta_that_is_watched(watched: float) -> None:
    asked: list[tuple[float, float | None]] = []

    def follow(beta: float, before: float | None) -> Followed:
        asked.append((beta, before))
        return Followed(np.full((2, 2), beta, np.float32), np.zeros(2, bool))

    placed_betas([1, 2, 4, 8], watched, follow, count=9)
    assert asked[0] == (watched, None)
    for beta, before in asked[1:]:
        assert before is not None
        assert watched <= before < beta or beta < before <= watched


def test_points_that_change_their_mode_draw_no_keyframes() -> None:
    def follow(beta: float, before: float | None) -> Followed:
        leaping = 5.0 if beta > 1.5 else 0.0
        turning = max(0.0, math.log(beta / 4)) ** 2
        return Followed(np.array([[leaping, 0], [turning, 1]], np.float32), np.array([beta > 1.5, False]))

    betas = placed_betas([1, 2, 4, 8], 1, follow, count=9)
    assert [beta for beta in betas if beta < 4] == [1, 2]


def test_many_points_that_stray_a_little_draw_keyframes_before_few_that_stray_far() -> None:
    def follow(beta: float, before: float | None) -> Followed:
        """Below beta 2 one point of fifty bends far, above 4 all others do a little."""
        few, many = 2.0 * math.log(min(beta, 2)) ** 2, 0.2 * max(0.0, math.log(beta / 4)) ** 2
        mean = np.stack([np.append(np.full(49, many), few), np.linspace(0, 1, 50)], axis=1)
        return Followed(mean.astype(np.float32), np.zeros(50, bool))

    first, second = (placed_betas([1, 2, 4, 8], 1, follow, count=count) for count in (5, 6))
    assert set(first) - {1, 2, 4, 8} == {math.sqrt(4 * 8)}
    assert set(second) - set(first) == {math.sqrt(2)}


def test_where_nothing_moves_keyframes_spread() -> None:
    still = Followed(np.ones((3, 2), np.float32), np.zeros(3, bool))
    betas = placed_betas([1, 1.05], 1, lambda beta, before: still, count=9)
    np.testing.assert_allclose(betas, np.geomspace(1, 1.05, 9))
    assert len(set(np.array(betas, np.float32).tolist())) == 9


def test_a_dimension_is_active_if_its_mean_varies_with_the_image() -> None:
    generator = np.random.default_rng(0)
    spread = np.array([1, 0.12, 0.08, 0], np.float32)  # standard deviations; the limit is 0.1
    mean = (generator.standard_normal((5000, 4)) * spread + 3).astype(np.float32)
    assert active_dims(mean) == 2
    np.testing.assert_allclose(activity(mean), mean.astype(np.float64).var(0))
    np.testing.assert_allclose(activity(mean), spread**2, rtol=0.1)


def test_a_sweep_is_what_the_model_does_at_each_beta() -> None:
    model, data = stir(VAE(config("mlp-range", latent_dim=3))), image_set(30)
    calls: list[tuple[int, int]] = []
    keyframes = sweep(model, data, on_step=lambda done, steps: calls.append((done, steps)))
    count = len(keyframes.beta)
    assert calls == [(30 * done, 30 * count) for done in range(1, count + 1)]
    np.testing.assert_allclose(keyframes.beta, even_betas(0.1, 10, 3), rtol=1e-6)
    assert keyframes.mean.shape == keyframes.std.shape == (count, 30, 3)
    for place, beta in enumerate(even_betas(0.1, 10, 3)):
        posterior = posteriors(model, data, beta)
        np.testing.assert_array_equal(keyframes.mean[place], posterior.mean.numpy())
        np.testing.assert_array_equal(keyframes.std[place], posterior.std.numpy())
        direct = evaluate(model, data, beta)  # of so few images, as many draws
        assert keyframes.recon[place] == pytest.approx(direct.recon)
        assert keyframes.kl[place] == pytest.approx(direct.kl, rel=1e-5)
        assert keyframes.active[place] == active_dims(keyframes.mean[place])
    assert np.ptp(keyframes.recon) > 0


def test_a_sweep_of_a_plane_places_its_keyframes_and_counts_what_it_looks_at() -> None:
    model, data = stir(VAE(config("mlp-range"))), image_set(30)
    calls: list[tuple[int, int]] = []
    keyframes = sweep(model, data, on_step=lambda done, steps: calls.append((done, steps)))
    assert len(keyframes.beta) == COUNT
    assert np.isin(np.array(even_betas(0.1, 10), np.float32), keyframes.beta).all()
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})
    assert {steps for _, steps in calls} == {calls[-1][0]} == {sweep_steps(model, 30)}
    even = np.geomspace(0.1, 10, COUNT).astype(np.float32)

    def stray(betas: np.ndarray) -> float:
        """How far the points that stray furthest do between keyframes at some betas."""
        frames = [posteriors(model, data, beta).mean.numpy() for beta in betas.astype(float).clip(0.1, 10)]
        ways = zip(betas[:-1], betas[1:], frames[:-1], frames[1:], strict=True)
        return max(
            np.abs((one + other) / 2 - posteriors(model, data, math.sqrt(low * high)).mean.numpy()).max()
            for low, high, one, other in ways
        )

    assert stray(keyframes.beta) <= stray(even)


def test_what_lies_between_keyframes_is_near_what_the_encoder_says() -> None:
    model, data = stir(VAE(config("mlp-range"))), image_set(30)
    keyframes = sweep(model, data)
    width = np.ptp(keyframes.mean, axis=(0, 1)).max()
    for beta in np.exp(np.linspace(math.log(0.1), math.log(10), 60)[1:-1]):
        mean, _ = keyframes.at(beta)
        assert (
            np.abs(mean - posteriors(model, data, float(beta)).mean.numpy()).max() < 0.04 * width
        )  # gates are rarely as wild


def searching() -> VAE:
    """A model whose search is among places, so that its points keep their modes."""
    return stir(VAE(replace(config("mlp-range"), refinement=2, places=24), seed=2))


def test_points_keep_their_mode_or_are_told_to_change_it() -> None:
    model, data = searching(), image_set(40)
    keyframes = sweep(model, data, 1.0)
    assert 1.0 in keyframes.beta
    x = data.floats(slice(None))
    leaps = np.linalg.norm(np.diff(keyframes.mean, axis=0), axis=2)  # (K - 1, N)
    mask = np.zeros(leaps.shape, bool)
    mask[tuple(keyframes.changes.T)] = True
    widths = np.linalg.norm(np.maximum(keyframes.std[1:], keyframes.std[:-1]), axis=2)
    assert (leaps <= np.maximum(LEAP + model.search(Condition(1.0)).places.spacing, MODE_RADIUS * widths))[~mask].all()
    assert 0 < mask.sum() < 0.1 * mask.size
    for k, beta in enumerate(keyframes.beta.astype(float).clip(*RANGE).tolist()):
        search = model.search(Condition(beta))
        best = model.posterior(x, Condition(beta))
        posterior = DiagonalNormal(torch.from_numpy(keyframes.mean[k]), torch.from_numpy(keyframes.std[k]))
        assert (search.objective(x, posterior) <= search.objective(x, best) + OBJECTIVE_TOLERANCE + 0.01).all()
        assert keyframes.kl[k] == pytest.approx(model.prior.kl(best).mean().item(), rel=1e-4)
    watched = keyframes.beta.tolist().index(1.0)
    np.testing.assert_allclose(keyframes.mean[watched], model.encode(x, 1.0)[0].numpy(), atol=1e-5)
