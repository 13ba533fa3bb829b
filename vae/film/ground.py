"""What is ground in pictures, what stands out from it, and where images lie densely enough to draw it there, as the map of the page has it
(`ground.js` and `fade.js`)."""

from __future__ import annotations

__all__ = ["coverage", "cut_out", "feather", "ground_of"]

import numpy as np
from numpy.typing import NDArray

from vae.film.colours import Colour

GROUND_TOLERANCE = 0.12  # of the pixel range, within which a pixel counts as ground
GROUND_SHARE = 0.5  # of the pixels at the rim, that are ground where there is any
CELLS = 48  # in which points are counted, across what a view holds
BLUR_RADIUS = 0.35  # of that, which is looked at on either side
ROUNDS = 6  # of a blur over three cells, which together are near a normal distribution two cells wide
SPARSE_DENSITY = 0.05  # of the mean density, from which on pictures are clearly there
END = 6  # cells in which all fades at the end of what is looked at
FEATHER = 0.14  # of a picture, on each side


def ground_of(images: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """The ground of images (N, C, H, W): the median of the pixels at their rims, in [0, 1], with shape (C,); None where most of those are
    something else, as in photographs."""
    rim = np.ones(images.shape[2:], bool)
    rim[1:-1, 1:-1] = False
    values = images[:, :, rim].astype(np.float32).transpose(0, 2, 1).reshape(-1, images.shape[1]) / 255
    ground = np.sort(values, axis=0)[len(values) // 2]
    return ground if (np.abs(values - ground) <= GROUND_TOLERANCE).all(1).mean() >= GROUND_SHARE else None


def cut_out(picture: NDArray[np.uint8], ground: NDArray[np.float32] | None, ink: Colour) -> NDArray[np.uint8]:
    """A picture (H, W, C) as it stands out from a ground: red, green, blue and how much it covers, with shape (H, W, 4). In an ink where it
    has one channel, and else in the colour that gives its own when it lies on the ground. Without a ground it covers all."""
    high, wide, channels = picture.shape
    rgba = np.full((high, wide, 4), 255, np.uint8)
    if ground is None:
        rgba[..., :3] = picture
        return rgba
    away = picture / np.float32(255) - ground
    share = np.abs(away / np.maximum(ground, 1 - ground)).max(2)
    rgba[..., 3] = np.rint(255 * share)
    if channels == 1:
        rgba[..., :3] = ink
    else:
        colour = ground + away / np.where(share > 0, share, 1)[..., None]
        rgba[..., :3] = np.rint(255 * colour.clip(0, 1))
    return rgba


def coverage(
    places: NDArray[np.floating], x: tuple[float, float], y: tuple[float, float]
) -> tuple[NDArray[np.float64], float, float, float]:
    """How clearly what lies behind points at `places` (N, 2) is drawn, from 0 to 1: with shape (rows, columns) from the bottom, of cells
    from [left, bottom] on; and left, bottom and how wide a cell is. `x` and `y` are what a view holds."""
    lengths = np.array([x[1] - x[0], y[1] - y[0]])
    cell = float(lengths.max()) / CELLS
    columns, rows = np.ceil((lengths + 2 * BLUR_RADIUS * CELLS * cell) / cell - 1e-6).astype(int).tolist()
    left, bottom = (x[0] + x[1] - columns * cell) / 2, (y[0] + y[1] - rows * cell) / 2
    if not len(places):
        return np.zeros((rows, columns)), left, bottom, cell
    column, row = np.floor((places - np.array([left, bottom])) / cell).astype(np.int64).T
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    values = np.bincount(row[inside] * columns + column[inside], minlength=rows * columns).reshape(rows, columns) / 1.0
    for _ in range(ROUNDS):
        for axis in (0, 1):
            beside = np.pad(values, [(1, 1) if axis == each else (0, 0) for each in (0, 1)])
            middle = np.arange(1, beside.shape[axis] - 1)
            values = (
                np.take(beside, middle, axis) + np.take(beside, middle - 1, axis) + np.take(beside, middle + 1, axis)
            ) / 3
    few = SPARSE_DENSITY * len(places) * cell**2 / lengths.prod()
    ends = [np.minimum(np.arange(count), np.arange(count)[::-1]) / END for count in (rows, columns)]
    return (1 - np.exp(-values / few)) * np.minimum(1, np.minimum(ends[0][:, None], ends[1])), left, bottom, cell


def feather(side: int, count: int) -> NDArray[np.uint8]:
    """A mask of `count` by `count` pictures in a square of `side` px, with shape (side, side): each fades towards its rims, and all of them
    towards those of the square."""
    along = (np.arange(side) + 0.5) / side
    line = _fading(along * count % 1) * _fading(along)
    return np.rint(255 * np.outer(line, line)).astype(np.uint8)


def _fading(at: NDArray[np.float64]) -> NDArray[np.float64]:
    t = np.minimum(1, np.minimum(at, 1 - at) / FEATHER)
    return t * t * (3 - 2 * t)
