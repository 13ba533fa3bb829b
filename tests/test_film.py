"""The plane in which a training is watched."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny import filmed_run

from vae.errors import RunError
from vae.evaluation.comparison import align
from vae.film.view_plane import MIN_REACH, ViewPlane, places, reach, view_plane, view_plane_step
from vae.projections.projection import Straight
from vae.runs.snapshots import FOLDER, SnapshotReader

pytestmark = pytest.mark.usefixtures("runs_dir")

N = 60


def latents(dims: int, *spreads: float, seed: int = 0) -> NDArray[np.float64]:
    """Points that are spread by so much along their first dimensions, and little along the others."""
    wide = np.full(dims, 0.05)
    wide[: len(spreads)] = spreads
    return np.random.default_rng(seed).standard_normal((N, dims)) * wide


def film_of(*means: NDArray[np.floating], steps: list[int] | None = None) -> SnapshotReader:
    return filmed_run(means, [0] * len(means[0]), steps=steps).film


def plane_of(on: ViewPlane) -> Straight:
    assert on.plane is not None
    return on.plane


def test_the_latent_plane_is_the_view_plane_itself() -> None:
    film = film_of(latents(2, 1, 1), latents(2, 2, 1, seed=1))
    assert view_plane_step(film, film.steps, ended=True) is None
    on = view_plane(film, None)
    assert on.plane is None
    assert on.names == ("z₁", "z₂")
    np.testing.assert_array_equal(places(film, film.steps, on), film.means(film.steps))


def test_more_dimensions_are_seen_in_the_plane_that_holds_most_of_them() -> None:
    film = film_of(latents(6, 0.1, 0.1), latents(6, 2, 1))
    on = view_plane(film, view_plane_step(film, film.steps, ended=True))
    assert on.step == 4
    np.testing.assert_allclose(plane_of(on).basis[2:], 0, atol=0.1)
    basis = plane_of(on).basis
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-5)
    shown = places(film, film.steps, on)
    assert shown.shape == (2, N, 2)
    np.testing.assert_allclose(shown[1], plane_of(on).transform(film.means([4])[0]), atol=1e-5)


def test_the_plane_keeps_still_from_the_first_step_on() -> None:
    generator = np.random.default_rng(3)
    # Hardly anything moves, but which direction has the most variance changes all the time.
    base = generator.standard_normal((40, 3))
    means = [base + 0.02 * generator.standard_normal(base.shape) for _ in range(4)]
    film = film_of(*means, steps=[0, 1, 2, 3])
    planes = [plane_of(view_plane(film, step)) for step in film.steps]
    for before, after, mean in zip(planes, planes[1:], means, strict=False):
        moved = after.transform(mean.astype(np.float32)) - before.transform(mean.astype(np.float32))
        turned = align(before.transform(mean.astype(np.float32)), after.transform(mean.astype(np.float32))).rotation
        assert np.trace(turned) > 1.9, "it turns or flips"
        assert np.abs(moved).mean() < 0.5


def test_a_plane_that_is_found_anew_keeps_still() -> None:
    before = latents(6, 2, 1)
    # Now the other direction is the longer one, and both point the other way: components alone would swap and flip.
    after = before * np.array([0.9, 2.2, 1, 1, 1, 1])
    film = film_of(before * 0, before, after)
    first, second = (plane_of(view_plane(film, step)) for step in (4, 8))
    seen = (on.transform(after.astype(np.float32)) for on in (first, second))
    np.testing.assert_allclose(*(spots - spots.mean(0) for spots in seen), atol=0.2)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_turn_of_the_plane_moves_less(seed: int) -> None:
    means = [latents(5, 1.5, 1.2, 1, seed=seed), latents(5, 1, 1.4, 1.3, seed=seed), latents(5, 2, 1, 1.5, seed=seed)]
    film = film_of(
        means[0] * 0, *means[:2], means[1], means[2]
    )  # epochs 0 to 4, of which 1, 2 and 4 have a plane of their own
    turns = [4, 8, 16]
    for earlier, later in pairwise(turns):
        old, new = plane_of(view_plane(film, earlier)), plane_of(view_plane(film, later))
        (mean,) = film.means([later])
        seen, shown = (on.transform(mean) - on.transform(mean).mean(0) for on in (old, new))

        def moved(angle: float, flip: int, seen: NDArray = seen, shown: NDArray = shown) -> float:
            turn = np.array([[np.cos(angle), -np.sin(angle)], [flip * np.sin(angle), flip * np.cos(angle)]])
            return float(np.square(seen - shown @ turn).sum())

        others = [moved(angle, flip) for angle in np.linspace(0, 2 * np.pi, 73)[:-1] for flip in (1, -1)]
        assert moved(0, 1) <= min(others) * (1 + 1e-4)


def test_what_a_place_is_lifted_to_lies_there() -> None:
    film = film_of(latents(6), latents(6, 2, 1, 0.5), latents(6, 1, 2, 0.5))
    plane = plane_of(view_plane(film, view_plane_step(film, film.steps, ended=True)))
    spots = np.random.default_rng(3).uniform(-3, 3, (40, 2)).astype(np.float32)
    inverse = plane.inverse_transform(spots).latents
    np.testing.assert_allclose(plane.transform(inverse), spots, atol=1e-5)
    np.testing.assert_allclose(plane.inverse_transform(plane.transform(inverse)).latents, inverse, atol=1e-5)


def test_the_plane_is_found_anew_after_one_two_and_four_epochs_and_at_the_end() -> None:
    film = film_of(*(latents(4, 1, 1, seed=seed) for seed in range(8)), steps=[0, 1, 2, 4, 8, 12, 16, 20])
    steps = [view_plane_step(film, film.steps[:count], ended=False) for count in range(1, 9)]
    assert steps == [0, 1, 2, 4, 8, 8, 16, 16]
    assert view_plane_step(film, film.steps, ended=True) == 20
    assert view_plane_step(film, [], ended=False) is None


def test_a_view_plane_stays_as_a_run_goes_on() -> None:
    means = [latents(4, 1, 1, seed=seed) for seed in range(5)]
    early, late = film_of(*means[:3]), film_of(*means)
    a, b = (plane_of(view_plane(film, 8)) for film in (early, late))
    np.testing.assert_array_equal(a.basis, b.basis)


def test_nearly_all_of_the_last_and_all_ever_are_within_reach() -> None:
    assert reach(np.zeros((2, 5, 2), np.float32)) == (MIN_REACH, MIN_REACH)
    assert reach(np.zeros((0, 0, 2), np.float32)) == (MIN_REACH, MIN_REACH)
    spots = np.random.default_rng(0).uniform(-5, 5, (10, 1000, 2)).astype(np.float32)
    spots[:5] *= 10  # thrown out at first
    spots[3, 7] = 80, -90
    nearly, everything = reach(spots)
    assert everything == 90
    assert 4.9 < nearly < 5
    assert (np.abs(spots[-1]) <= nearly).mean() == pytest.approx(0.998, abs=1e-3)


def test_a_snapshot_that_is_gone_is_named() -> None:
    film = film_of(latents(4, 1, 1), latents(4, 1, 1))
    on = view_plane(film, 4)
    Path(film.folder / "000000000.safetensors").unlink()
    with pytest.raises(RunError, match=rf"{FOLDER}.*000000000"):
        places(film, [0, 4], on)
