"""What is put on a frame through: masks that are smooth at their rims, some of them moved by eighths of a pixel."""

from __future__ import annotations

__all__ = ["PHASES", "blend", "corners_and_phases", "dimmed", "disc", "dots", "stamps", "stroke"]

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

PHASES = 8  # places between two pixels, each way


def dimmed(mask: Image.Image, share: float) -> Image.Image:
    return mask if share >= 1 else mask.point([round(share * level) for level in range(256)])


def blend(before: Image.Image, after: Image.Image, between: float) -> Image.Image:
    if between <= 0 or before is after:
        return before
    return after if between >= 1 else Image.blend(before, after, between)


def stroke(path: NDArray[np.floating]) -> Callable[[ImageDraw.ImageDraw, float], None]:
    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        points = [(float(x), float(y)) for x, y in path * scale]
        if len(points) > 1:
            pen.line(points, fill=255, width=max(1, round(2 * scale)), joint="curve")
        _discs(pen, points if len(points) == 1 else [], 2.5 * scale)

    return draw


def dots(path: NDArray[np.floating]) -> Callable[[ImageDraw.ImageDraw, float], None]:
    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        if not len(path):
            return
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
        at = np.arange(0, along[-1] + 1e-9, 4.5)
        x, y = (np.interp(at, along, path[:, side]) * scale for side in (0, 1))
        _discs(pen, list(zip(x.tolist(), y.tolist(), strict=True)), 1.15 * scale)

    return draw


def disc(radius: float) -> Callable[[ImageDraw.ImageDraw, float], None]:
    return lambda pen, scale: _discs(pen, [(5 * scale, 5 * scale)], radius * scale)


def _discs(pen: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], radius: float) -> None:
    for x, y in points:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def stamps(radius: float, cover: float) -> list[Image.Image]:
    """Masks of a disc in the middle of a square, moved by each eighth of a pixel across and down."""
    size = 2 * math.ceil(radius + 1) + 1
    middle = size // 2 + (np.arange(PHASES) + 0.5) / PHASES - 0.5
    at = np.arange(size)
    masks = []
    for y in middle:
        for x in middle:
            away = np.hypot(at[None] - x, at[:, None] - y)
            masks.append(Image.fromarray(np.rint(255 * cover * np.clip(radius + 0.5 - away, 0, 1)).astype(np.uint8)))
    return masks


def corners_and_phases(
    places: NDArray[np.floating], size: int | tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The corner (M, 2) where a mask of this size has its middle at a place, and which of the masks (M,) it is. The middle of the first
    pixel is at 0.5."""
    whole = np.floor(places)
    parts = np.minimum(((places - whole) * PHASES).astype(np.int64), PHASES - 1)
    return whole.astype(np.int64) - np.array(size) // 2, parts[:, 1] * PHASES + parts[:, 0]
