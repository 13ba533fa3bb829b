"""Sprites: every combination once, and each factor changes what it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from vae.data.sprites import FACTORS, PLACES, SCALES, SIDE, STEP, draw


@pytest.fixture(scope="module")
def sprites() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return draw()


def test_every_combination_comes_once_and_no_two_images_are_alike(sprites) -> None:
    images, values = sprites
    assert len(images) == len(values) == math.prod(factor.size for factor in FACTORS)
    assert len(np.unique(values, axis=0)) == len(values)
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)
    assert images.shape[1:] == (1, SIDE, SIDE)
    assert [values[:, f].max() + 1 for f in range(len(FACTORS))] == [factor.size for factor in FACTORS]


def test_nothing_is_cut_off(sprites) -> None:
    images, _ = sprites
    rim = np.concatenate([images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]], axis=-1)
    assert rim.max() == 0


def test_places_move_a_shape_and_change_nothing_else(sprites) -> None:
    images, values = sprites
    weight = images.astype(float) / images.sum((1, 2, 3), keepdims=True)
    across = (weight.sum((1, 2)) * np.arange(SIDE)).sum(1)
    up = -(weight.sum((1, 3)) * np.arange(SIDE)).sum(1)
    shape = images.reshape(-1, PLACES, PLACES, SIDE, SIDE)  # those two factors change fastest
    assert np.ptp(shape.sum((3, 4), dtype=int), axis=(1, 2)).max() == 0
    for place, factor in ((across, 3), (up, 4)):
        means = [place[values[:, factor] == value].mean() for value in range(PLACES)]
        np.testing.assert_allclose(np.diff(means), STEP, atol=1e-9)


def test_a_scale_makes_the_area_grow_with_its_square(sprites) -> None:
    images, values = sprites
    area = images.sum((1, 2, 3)) / 255
    for shape in range(FACTORS[0].size):
        of = [area[(values[:, 0] == shape) & (values[:, 1] == scale)].mean() for scale in range(len(SCALES))]
        np.testing.assert_allclose(np.array(of) / of[-1], np.square(SCALES), rtol=0.02)


def test_it_is_the_same_every_time(sprites) -> None:
    again = draw()
    assert all(np.array_equal(one, other) for one, other in zip(sprites, again, strict=True))
