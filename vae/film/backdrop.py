"""What the decoder draws behind the points of a film's map."""

from __future__ import annotations

__all__ = ["BACKDROP_OPACITY", "Backdrop"]

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from vae.film.canvas import Canvas
from vae.film.ground import coverage, cut_out, feather, ground_of
from vae.film.latent_map import LatentMap
from vae.film.masks import dimmed

BACKDROP_OPACITY = 0.2


class Backdrop:
    """Samples of a plane where they are decoded from, faint, and fading towards where no image is."""

    def __init__(self, canvas: Canvas, on: LatentMap, originals: NDArray[np.uint8], square: float) -> None:
        """`originals` are images (R, C, H, W) that show what is ground; the samples go from -`square` to `square`."""
        self.map = on
        self.ground = ground_of(originals) if len(originals) else None
        self.ink = canvas.palette.ink
        self.square = square
        self.side = max(1, round(2 * square * on.per_unit * canvas.scale))  # px

    def picture(self, samples: NDArray[np.uint8]) -> Image.Image | None:
        """Samples (S, C, H, W) as one picture; None where there are none."""
        if not len(samples):
            return None
        count, extent = math.isqrt(len(samples)), (self.side, self.side)
        whole = Image.fromarray(cut_out(_tiled(samples, count), self.ground, self.ink))
        # Without alpha first, which would be multiplied in: ground has any colour.
        picture = whole.convert("RGB").resize(extent, Image.Resampling.BICUBIC)
        cover = whole.getchannel("A").resize(extent, Image.Resampling.BICUBIC)
        cover = ImageChops.multiply(cover, Image.fromarray(feather(self.side, count)))
        picture.putalpha(dimmed(cover, BACKDROP_OPACITY))
        return picture

    def draw(self, frame: Canvas, picture: Image.Image, spots: NDArray[np.float32]) -> None:
        """A picture behind points at spots (N, 2)."""
        extent, reach = (-self.map.span, self.map.span), self.square
        values, left, bottom, cell = coverage(spots, extent, extent)
        # The cells that the square takes up, and where it begins and ends among them.
        rows = len(values)
        box = [(-reach - left) / cell, rows - (reach - bottom) / cell]
        box += [(reach - left) / cell, rows - (-reach - bottom) / cell]
        mask = Image.fromarray(np.rint(255 * values[::-1]).astype(np.uint8))
        there = mask.transform(picture.size, Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
        x, y = frame.at(self.map.place((-reach, reach)))
        cover = ImageChops.multiply(picture.getchannel("A"), there)
        frame.image.paste(picture.convert("RGB"), (round(x), round(y)), cover)


def _tiled(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The first side x side images as one, without gaps."""
    _, channels, high, wide = images.shape
    rows = images[: side * side].reshape(side, side, channels, high, wide).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(rows.reshape(side * high, side * wide, channels))
