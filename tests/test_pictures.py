"""Images as files."""

import base64
import io
import math

import numpy as np
import pytest
from PIL import Image
from tiny import checkpoint, config

from vae.evaluation.pictures import DECODE_BATCH, GAP, SMALLEST_SIDE, contact_sheet, data_url, png
from vae.models.condition import Condition

GREY, COLOUR = (1, 7, 5), (3, 7, 5)


def pixels(file: bytes, channels: int) -> np.ndarray:
    """The PNG file's image with shape (C, H, W)."""
    with Image.open(io.BytesIO(file), formats=["PNG"]) as image:
        assert image.mode == {1: "L", 3: "RGB"}[channels]
        array = np.asarray(image)
    return array[None] if channels == 1 else array.transpose(2, 0, 1)


def image(shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [GREY, COLOUR, (1, 1, 1), (3, 1, 9)])
def test_png_holds_the_same_pixels(shape: tuple[int, int, int]):
    np.testing.assert_array_equal(pixels(png(image(shape)), shape[0]), image(shape))


def test_png_takes_views():
    whole = image((3, 8, 12))
    view = whole[:, ::2, ::-3]
    np.testing.assert_array_equal(pixels(png(view), 3), view)


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_a_data_url_holds_the_png(shape: tuple[int, int, int]):
    head, _, body = data_url(image(shape)).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == png(image(shape))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 10])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 4), (1, 60, 30)])
def test_a_sheet_shows_what_the_model_decodes(count: int, shape: tuple[int, int, int]):
    model = checkpoint(config(shape=shape))
    z = model.prior.draw(count)
    channels, height, width = shape
    sheet = pixels(contact_sheet(model, z, Condition()), channels)

    scale = math.ceil(SMALLEST_SIDE / max(height, width))
    assert scale * max(height, width) >= SMALLEST_SIDE
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    down, across = height * scale + GAP, width * scale + GAP
    assert sheet.shape == (channels, rows * down - GAP, columns * across - GAP)

    decoded = (model.model().decode(z).numpy() * 255).round()
    covered = np.zeros(sheet.shape, bool)
    for place, expected in enumerate(decoded):
        top, left = place // columns * down, place % columns * across
        window = np.s_[:, top : top + height * scale, left : left + width * scale]
        np.testing.assert_array_equal(sheet[window], np.kron(expected, np.ones((1, scale, scale))))
        covered[window] = True
    assert (sheet[~covered] == 255).all(), "white between the pictures"


def test_a_sheet_of_many_has_the_columns_that_were_asked_for_and_the_pictures_in_their_order():
    model = checkpoint(config())
    count = DECODE_BATCH + 10
    z = model.prior.draw(count)
    whole = pixels(contact_sheet(model, z, Condition(), columns=7), 1)
    side = 8 * math.ceil(SMALLEST_SIDE / 8) + GAP
    assert whole.shape == (1, math.ceil(count / 7) * side - GAP, 7 * side - GAP)
    for place in (0, 6, 7, DECODE_BATCH - 1, DECODE_BATCH, count - 1):
        alone = pixels(contact_sheet(model, z[[place]], Condition()), 1)
        top, left = place // 7 * side, place % 7 * side
        np.testing.assert_array_equal(whole[:, top : top + side - GAP, left : left + side - GAP], alone)
