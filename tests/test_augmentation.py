from __future__ import annotations

import pytest
import torch
from torch import Tensor

from vae.training.augmentation import SCALE, SHIFT, STRETCH, random_affine


def squares(count: int, channels: int = 1) -> Tensor:
    """A white square in the middle of black images, (B, C, 28, 28)."""
    x = torch.zeros(count, channels, 28, 28)
    x[:, :, 9:19, 9:19] = 1
    return x


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 1.0])
def test_a_fraction_of_the_images_is_moved_and_the_others_stay(fraction: float) -> None:
    x = squares(40)
    moved = random_affine(x, fraction, seeded())
    assert (moved != x).flatten(1).any(1).sum() == fraction * 40
    assert torch.equal(x, squares(40))


def test_each_is_moved_in_its_own_way_and_chance_comes_from_the_generator() -> None:
    x = squares(10)
    moved = random_affine(x, 1.0, seeded())
    assert len({image.numpy().tobytes() for image in moved}) == 10
    assert torch.equal(random_affine(x, 1.0, seeded()), moved)
    assert not torch.equal(random_affine(x, 1.0, seeded(1)), moved)


def test_which_are_moved_is_up_to_chance() -> None:
    x = squares(20)
    which = [tuple((random_affine(x, 0.5, seeded(seed)) != x).flatten(1).any(1).tolist()) for seed in range(3)]
    assert len(set(which)) == 3


@pytest.mark.parametrize("channels", [1, 3])
def test_images_stay_images(channels: int) -> None:
    x = torch.rand(16, channels, 9, 14, generator=seeded())
    moved = random_affine(x, 1.0, seeded())
    assert moved.shape == x.shape
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_nothing_is_moved_far() -> None:
    x = squares(300)
    moved = random_affine(x, 1.0, seeded())
    mass = moved.sum((1, 2, 3))
    smallest, largest = (1 / ((1 + sign * SCALE) ** 2 * (1 + sign * STRETCH)) for sign in (1, -1))
    assert mass.min() / 100 > 0.95 * smallest
    assert mass.max() / 100 < 1.05 * largest
    places = torch.arange(28.0)
    across = (moved.sum((1, 2)) * places).sum(1) / mass
    down = (moved.sum((1, 3)) * places).sum(1) / mass
    # By the shift, which is in sides, and as the middle is drawn out with the rest.
    for middle in (across, down):
        assert (middle - 13.5).abs().max() < 28 * SHIFT * largest
        assert (middle - 13.5).std() > 0.5


def test_no_images_are_no_trouble() -> None:
    assert random_affine(squares(0), 0.5).shape == (0, 1, 28, 28)
