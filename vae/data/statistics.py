"""What the pixels of a data set are like, from some of its images."""

from __future__ import annotations

__all__ = ["PixelStatistics", "pixel_statistics", "statistics_of"]

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.data.sources import root_folder, source_of, stamp_of

SAMPLE = 500  # images that are looked at
NEAR = 16  # of 255, from black or white, up to which a pixel counts as that


class PixelStatistics(NamedTuple):
    """What pixels are like in a sample of images."""

    images: int  # in the sample
    channels: int
    grey: float  # share of the numbers, from 0 to 1, that are neither nearly 0 nor nearly 255
    values: tuple[int, ...]  # those that occur, of 0 to 255, ascending


def pixel_statistics(name: str, root: str | Path | None = None) -> PixelStatistics | None:
    """Those of a data set's training images, of which `SAMPLE` are looked at; None where it can't be told in a moment, because it isn't on
    disk or would have to be read as a whole. It is kept until the file changes. Raises `DataError` as `source_of` does."""
    return _kept(name, root_folder(root).absolute(), stamp_of(name, root))


@lru_cache(maxsize=64)
def _kept(name: str, root: Path, stamp: tuple[int, ...]) -> PixelStatistics | None:
    images = source_of(name, root).sample(SAMPLE, root)
    return None if images is None else statistics_of(images)


def statistics_of(images: NDArray[np.uint8]) -> PixelStatistics:
    """Those of images with shape (N, C, H, W)."""
    counts = np.bincount(images.ravel(), minlength=256)
    grey = counts[NEAR + 1 : 255 - NEAR].sum() / max(1, counts.sum())
    return PixelStatistics(len(images), images.shape[1], float(grey), tuple(np.flatnonzero(counts).tolist()))
