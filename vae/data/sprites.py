"""Sprites: small pictures of one shape each, in every combination of five factors that are known.

They are drawn here, so there is nothing to download, and what a model has found in them can be checked against what they were made
from (`vae.evaluation.disentanglement`). No two are alike, so that none of a test split is in training.

After dSprites: Disentanglement testing Sprites dataset (Matthey et al., 2017)
https://github.com/google-deepmind/dsprites-dataset
"""

from __future__ import annotations

__all__ = ["FACTORS", "SHAPES", "SIDE", "Sprites", "draw"]

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae.data.images import Factor, ImageSet, Source, Split

SIDE = 32  # px
SHAPES = ("square", "ellipse", "heart")
SCALES = (0.55, 0.7, 0.85, 1.0)
ORIENTATIONS = 8  # evenly spaced over a quarter turn, in which even a square does not come around to where it began
PLACES = 8  # each way
STEP = 2  # px between two places
RADIUS = 7.2  # px, of the largest shape
SUPERSAMPLING = 4  # samples of a pixel, each way


FACTORS = (
    Factor("shape", len(SHAPES), False),
    Factor("scale", len(SCALES), True),
    Factor("orientation", ORIENTATIONS, True),
    Factor("x", PLACES, True),
    Factor("y", PLACES, True),
)


def draw() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Every combination once: images with shape (N, 1, 32, 32), and what each was made from, (N, 5), the last factor changing fastest."""
    values = np.stack(np.meshgrid(*(np.arange(factor.size) for factor in FACTORS), indexing="ij"), -1).reshape(
        -1, len(FACTORS)
    )
    # Places are whole pixels, so a shape is drawn once and then moved.
    room = SIDE + (PLACES - 1) * STEP
    stamps = np.empty((len(SHAPES), len(SCALES), ORIENTATIONS, room, room), np.uint8)
    for shape in range(len(SHAPES)):
        for scale in range(len(SCALES)):
            for turn in range(ORIENTATIONS):
                stamps[shape, scale, turn] = _stamp(shape, SCALES[scale], np.pi / 2 * turn / ORIENTATIONS, room)
    images = np.empty((len(values), 1, SIDE, SIDE), np.uint8)
    last = (PLACES - 1) * STEP
    for number, (shape, scale, turn, x, y) in enumerate(values):
        left, top = last - STEP * x, STEP * y  # up is more
        images[number, 0] = stamps[shape, scale, turn, top : top + SIDE, left : left + SIDE]
    return images, values


def _stamp(shape: int, scale: float, angle: float, room: int) -> NDArray[np.uint8]:
    """One shape in the middle of a square of `room` pixels, its rim smoothed."""
    at = (np.arange(room * SUPERSAMPLING) + 0.5) / SUPERSAMPLING - room / 2
    x, y = np.meshgrid(at, -at)
    u = (np.cos(angle) * x + np.sin(angle) * y) / (scale * RADIUS)
    v = (np.cos(angle) * y - np.sin(angle) * x) / (scale * RADIUS)
    inside = (
        np.maximum(np.abs(u), np.abs(v)) < 0.78,
        np.square(u) + np.square(v / 0.55) < 1,
        # A well-known sextic.
        (np.square(1.25 * u) + np.square(1.25 * v + 0.15) - 1) ** 3 < np.square(1.25 * u) * (1.25 * v + 0.15) ** 3,
    )[shape]
    return np.rint(255 * inside.reshape(room, SUPERSAMPLING, room, SUPERSAMPLING).mean((1, 3))).astype(np.uint8)


@dataclass(frozen=True)
class Sprites(Source):
    """They are drawn when they are read."""

    title: str = "Sprites"
    image_shape: tuple[int, int, int] = (1, SIDE, SIDE)
    factors: bool = True
    floor: tuple[int, float] | None = (1229, 14.92)
    likelihood: str = "bernoulli"

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        """Four fifths of all combinations for training, drawn once and for all."""
        import torch

        images, values = (torch.from_numpy(array) for array in draw())
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
        train_size = len(images) * 4 // 5
        which = (order[:train_size] if split == "train" else order[train_size:]).sort().values
        return ImageSet(images[which], values[which, 0], SHAPES, values[which], FACTORS)

    def class_names(self) -> tuple[str, ...]:
        return SHAPES
