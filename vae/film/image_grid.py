"""Images of a data set side by side in a frame."""

from __future__ import annotations

__all__ = ["ImageGrid", "pair_grid", "sample_grid"]

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae.film.canvas import Box, Canvas

LARGEST_SIDE = 58  # px, of a reconstruction
SMALLEST_SIDE = 36  # px, of a sample
BLOCK_SCALE = 3  # times that an image is enlarged, from which on its pixels are seen as what they are


class ImageGrid:
    """Images in a box of a canvas, row by row."""

    def __init__(self, canvas: Canvas, box: Box, columns: int, rows: int) -> None:
        self.canvas = canvas
        self.box = box
        self.columns = columns
        self.rows = rows

    def cell(self, place: int) -> Box:
        """Where the image with this number is."""
        wide, high = self.box[2] / self.columns, self.box[3] / self.rows
        gap = min(4.0, 0.08 * wide)
        share = (wide - gap) / wide
        x, y = self.box[0] + place % self.columns * wide, self.box[1] + place // self.columns * high
        return x, y, wide * share, high * share

    def sheet(self, images: NDArray[np.uint8]) -> Image.Image:
        """Images (N, C, H, W) on the ground, as many as there is room for."""
        left, top = self.canvas.corner(self.box)
        sheet = Image.new("RGB", self.canvas.extent(self.box), self.canvas.palette.ground)
        for place, image in enumerate(images[: self.columns * self.rows]):
            x, y, wide, high = self.cell(place)
            (x0, y0), (x1, y1) = self.canvas.at((x, y)), self.canvas.at((x + wide, y + high))
            extent = max(1, round(x1 - x0)), max(1, round(y1 - y0))
            picture = Image.fromarray(image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0)))
            blocks = extent[0] >= BLOCK_SCALE * picture.width
            picture = picture.resize(extent, Image.Resampling.NEAREST if blocks else Image.Resampling.LANCZOS)
            sheet.paste(picture.convert("RGB"), (round(x0) - left, round(y0) - top))
        return sheet


def pair_grid(canvas: Canvas, corner: tuple[float, float], width: float, shape: tuple[int, ...]) -> ImageGrid:
    """A grid for test images (N, C, H, W), of this shape, and as many reconstructions below them."""
    count, _, high, wide = shape
    cell = min(width / max(1, count), LARGEST_SIDE * wide / high, LARGEST_SIDE)
    return ImageGrid(canvas, (*corner, cell * count, 2 * cell * high / wide), count, 2)


def sample_grid(canvas: Canvas, box: Box, shape: tuple[int, ...]) -> ImageGrid:
    """A grid for as many of samples (N, C, H, W), of this shape, as fit into a box, none too small to be made out."""
    count, _, high, wide = shape
    for columns in range(max(1, int(box[2] / SMALLEST_SIDE)), 0, -1):
        side = box[2] / columns
        rows = int(box[3] / (side * high / wide) + 1e-6)
        if 0 < columns * rows <= count:
            return ImageGrid(canvas, (box[0], box[1], box[2], rows * side * high / wide), columns, rows)
    side = min(box[2], box[3] * wide / high)
    return ImageGrid(canvas, (box[0], box[1], side, side * high / wide), 1, 1)
