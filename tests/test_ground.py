"""What is drawn behind the points: what stands out from the ground of pictures, where images are."""

from __future__ import annotations

import numpy as np
import pytest

from vae.film.ground import coverage, cut_out, feather, ground_of

INK = (10, 20, 30)


def pictures(ground: tuple[int, ...], shown: tuple[int, ...], count: int = 6) -> np.ndarray:
    """Images with a square of a colour somewhere inside, some of which touch the rim; noise all over."""
    generator = np.random.default_rng(0)
    images = np.empty((count, len(ground), 10, 10))
    images[:] = np.array(ground)[:, None, None]
    for n, (x, y) in enumerate(generator.integers(0, 7, (count, 2))):
        images[n, :, y : y + 3, x : x + 3] = np.array(shown)[:, None, None]
    return (images + generator.normal(0, 3, images.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("ground", "shown"), [((0,), (255,)), ((255,), (0,)), ((120,), (255,)), ((18, 22, 40), (230, 60, 40))]
)
def test_the_ground_is_what_lies_around_what_pictures_show(ground: tuple[int, ...], shown: tuple[int, ...]) -> None:
    images = pictures(ground, shown)
    estimate = ground_of(images)
    assert estimate is not None
    np.testing.assert_allclose(255 * estimate, ground, atol=6)
    clear = cut_out(np.moveaxis(images[0], 0, -1), estimate, INK)[..., 3]
    truth = np.abs(images[0].astype(int) - np.array(ground)[:, None, None]).max(0) > 30
    assert clear[truth].min() > 3 * clear[~truth].max()
    assert clear[~truth].mean() < 8


def test_pictures_that_fill_their_frame_have_no_ground_and_are_drawn_whole() -> None:
    photographs = np.random.default_rng(0).integers(256, size=(9, 3, 12, 12)).astype(np.uint8)
    assert ground_of(photographs) is None
    picture = np.moveaxis(photographs[0], 0, -1)
    image = cut_out(picture, None, INK)
    np.testing.assert_array_equal(image[..., :3], picture)
    assert (image[..., 3] == 255).all()


def test_what_is_cut_out_gives_the_picture_again_on_its_ground() -> None:
    picture = np.random.default_rng(0).integers(256, size=(20, 20, 3)).astype(np.uint8)
    ground = np.array([0.1, 0.5, 1], np.float32)
    image = cut_out(picture, ground, INK).astype(float)
    share = image[..., 3:] / 255
    again = share * image[..., :3] + (1 - share) * 255 * ground
    # A colour beyond black or white, which no ground could give, is that.
    possible = (np.abs(picture / 255 - ground) / np.maximum(ground, 1 - ground)).max(2) >= (
        np.abs(picture / 255 - ground) / np.where(picture / 255 > ground, 1 - ground, ground).clip(1e-9)
    ).max(2) - 1e-9
    assert possible.any()
    np.testing.assert_allclose(again[possible], picture[possible], atol=2.5)


def test_grey_pictures_are_so_much_ink_whatever_their_ground() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    for ground, share in ((0.0, grey[..., 0]), (1.0, 255 - grey[..., 0])):
        image = cut_out(grey, np.array([ground], np.float32), INK)
        assert {*map(tuple, image[..., :3].reshape(-1, 3))} == {INK}
        np.testing.assert_allclose(image[..., 3], share, atol=1)


def test_pictures_are_there_where_images_are_and_nothing_ends_in_an_edge() -> None:
    generator = np.random.default_rng(0)
    places = np.concatenate([generator.normal((2, -1), 0.5, (5000, 2)), [[-8.0, 7.0]]])
    values, left, bottom, cell = coverage(places, (-4, 4), (-4, 4))

    def at(x: float, y: float) -> float:
        return values[int((y - bottom) / cell), int((x - left) / cell)]

    assert at(2, -1) > 0.99
    assert at(-3, 3) == 0
    assert 0 <= values.min() <= values.max() <= 1
    assert max(np.abs(np.diff(values, axis=axis)).max() for axis in (0, 1)) < 0.5
    assert values[[0, -1]].max() == values[:, [0, -1]].max() == 0
    # As clear, however many images there are.
    few = coverage(places[:200], (-4, 4), (-4, 4))[0]
    assert few[values > 0.99].mean() > 0.9
    assert not coverage(places[:0], (-4, 4), (-4, 4))[0].any()


def test_pictures_fade_towards_each_other_and_at_the_end_of_all() -> None:
    mask = feather(80, 4).astype(int)
    for rim in (0, 19, 20, 39, 40, 59, 60, 79):
        assert mask[rim].max() < 40
        assert mask[:, rim].max() < 40
    assert mask[30, 30] == mask[30, 50] == 255
