"""dSprites, where its file is on disk: 737,280 white shapes of 64 x 64 pixels, in every combination of five factors.

dSprites: Disentanglement testing Sprites dataset (Matthey et al., 2017)
https://github.com/google-deepmind/dsprites-dataset
"""

from __future__ import annotations

__all__ = ["DSprites"]

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae import memory
from vae.data.images import Factor, ImageSet, Source, Split
from vae.data.npy import pieces, read_header
from vae.errors import DataError

FILE = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
URL = f"https://github.com/google-deepmind/dsprites-dataset/raw/master/{FILE}"
SHAPES = ("square", "ellipse", "heart")
SIDE = 64  # px
FACTORS = (
    Factor("shape", len(SHAPES), False),
    Factor("scale", 6, True),
    Factor("orientation", 40, True),
    Factor("x", 32, True),
    Factor("y", 32, True),
)
TEST_COUNT = 10_000  # images that are held out for testing, the same ones always
SEED = 0  # by which they are chosen


@dataclass(frozen=True, kw_only=True)
class DSprites(Source):
    """The published file. Each combination is there once, so that no test image is in training."""

    title: str = "dSprites"
    image_shape: tuple[int, int, int] = (1, SIDE, SIDE)
    counts: tuple[int, int] = (737_280 - TEST_COUNT, TEST_COUNT)
    factors: bool = True
    likelihood: str = "bernoulli"
    binary: bool = True
    downloads: bool = False

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        """The test images, or all others. Only those are kept in memory, a byte a pixel."""
        import torch

        path = root / FILE
        train, test = self.counts
        order = np.random.default_rng(SEED).permutation(train + test)
        which = np.sort(order[:test] if split == "test" else order[test:])
        try:
            with memory.guarded(f"{path}: reading it", DataError), zipfile.ZipFile(path) as archive:
                images = self._rows(archive, "imgs", which, (SIDE, SIDE), np.uint8)
                values = self._rows(archive, "latents_classes", which, (1 + len(FACTORS),), np.int64)
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"{path}: could not be read ({reason}). Put {URL} there.") from None
        if images.max(initial=0) > 1 or any(values[:, 1 + f].max() >= one.size for f, one in enumerate(FACTORS)):
            raise DataError(f"{path}: pixels of 0 and 1 and classes of five factors are expected. Put {URL} there.")
        images *= np.uint8(255)
        factors = torch.from_numpy(values[:, 1:].copy())  # the first is the colour, of which there is one
        return ImageSet(torch.from_numpy(images).unsqueeze(1), factors[:, 0].clone(), SHAPES, factors, FACTORS)

    def class_names(self) -> tuple[str, ...]:
        return SHAPES

    def is_on_disk(self, root: Path) -> bool:
        return (root / FILE).is_file()

    def _rows(
        self, archive: zipfile.ZipFile, name: str, which: NDArray[np.int64], shape: tuple[int, ...], kind: type
    ) -> NDArray[Any]:
        """Some rows of an array of the file, which is read piece by piece. Raises `ValueError` for an array of another shape."""
        rows = np.empty((len(which), *shape), kind)
        with archive.open(f"{name}.npy") as stream:
            header = read_header(stream)
            if header.shape != (sum(self.counts), *shape) or header.fortran or header.dtype != kind:
                raise ValueError(f"{name} has shape {header.shape} and type {header.dtype}")
            for part, piece in pieces(stream, header):
                low, high = np.searchsorted(which, (part.start, part.stop))
                rows[low:high] = piece[which[low:high] - part.start]
        return rows
