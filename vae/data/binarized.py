"""Data sets whose pixels are 0 or 1: drawn from the grey values of another, or a draw that others have published.

A grey value is taken for the probability of a pixel that is 1. `NAME+dynamic` draws training images anew each time that they are looked
at, and test images once and for all. `NAME+static` has the draw that the literature calls binarised MNIST.

On the Quantitative Analysis of Deep Belief Networks (Salakhutdinov & Murray, 2008)
https://doi.org/10.1145/1390156.1390266
The Neural Autoregressive Distribution Estimator (Larochelle & Murray, 2011)
https://proceedings.mlr.press/v15/larochelle11a.html
"""

from __future__ import annotations

__all__ = ["BINARIZATIONS", "Dynamic", "Static", "binarized", "binarized_name", "named", "split_name"]

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae.data.images import ImageSet, Named, Source, Split
from vae.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

SEPARATOR = "+"  # which no other name has
SEED = 0  # of the test images that are drawn
STATIC_URL = "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist"


@dataclass(frozen=True, kw_only=True)
class Dynamic(Source):
    """Images of another source, drawn from their grey values."""

    base: Source

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        data = self.base.read(split, root, download)
        return data._replace(drawn=True) if split == "train" else data.binarized(SEED)

    def class_names(self) -> tuple[str, ...]:
        return self.base.class_names()

    def is_on_disk(self, root: Path) -> bool:
        return self.base.is_on_disk(root)


@dataclass(frozen=True, kw_only=True)
class Static(Source):
    """The published draw of another source, a text file a part: a line an image, of zeros and ones.

    It says nothing of classes. They are those of the grey images where each image can be a draw of the grey one in its place.
    """

    base: Source

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        import torch

        images = torch.from_numpy(np.concatenate([self._part(path) for path in self._files(split, root)]))
        unlabelled = ImageSet(images, torch.full((len(images),), -1), ())
        if not self.base.is_on_disk(root):
            return unlabelled
        grey = self.base.read(split, root, download=False)
        return grey._replace(images=images) if _can_be_drawn_from(images, grey.images) else unlabelled

    def class_names(self) -> tuple[str, ...]:
        return self.base.class_names()

    def is_on_disk(self, root: Path) -> bool:
        return all(path.is_file() for path in self._files("train", root) + self._files("test", root))

    def _files(self, split: Split, root: Path) -> list[Path]:
        stem = self.base.static
        assert stem is not None
        return [root / stem / f"{stem}_{part}.amat" for part in (("train", "valid") if split == "train" else ("test",))]

    def _part(self, path: Path) -> np.ndarray:
        """The images of a file, uint8 (N, C, H, W). Raises `DataError` that says where it belongs, or what is wrong with it."""
        try:
            text = np.frombuffer(path.read_bytes(), np.uint8)
        except OSError as error:
            raise DataError(
                f"{self.title}: {path} could not be read ({error.strerror or error}). Put the files of {STATIC_URL} into {path.parent}, "
                "or take the dynamic binarisation, which needs none."
            ) from None
        digits = text[text > ord(" ")]
        pixels = int(np.prod(self.image_shape))
        if not len(digits) or len(digits) % pixels or not np.isin(digits, (ord("0"), ord("1"))).all():
            raise DataError(
                f"{path}: lines of {pixels} zeros and ones are expected. Get the file anew from {STATIC_URL}."
            )
        return ((digits - ord("0")) * np.uint8(255)).reshape(-1, *self.image_shape)


BINARIZATIONS: dict[str, str] = {"dynamic": "dynamically binarised", "static": "statically binarised"}


def binarized_name(name: str, how: str) -> str:
    """What a data set is called that is binarised: mnist+dynamic. One that is already changes how."""
    return f"{split_name(name)[0]}{SEPARATOR}{how}"


def split_name(name: str) -> tuple[str, str | None]:
    """The data set that a name is of, and how it is binarised; None for one that isn't, and for what is no such name."""
    base, _, how = name.rpartition(SEPARATOR)
    return (base, how) if base and how in BINARIZATIONS else (name, None)


def binarized(source: Source, how: str) -> Source:
    """A source binarised. Raises `DataError` where there is no draw of it that others have published."""
    if how == "static" and source.static is None:
        raise DataError(f"{source.title}: there is no fixed binarisation of it. Take the dynamic one.")
    known = named(source, how)
    kind = Dynamic if how == "dynamic" else Static
    return kind(
        title=known.title,
        factors=known.factors,
        fixed=known.fixed,
        binary=known.binary,
        likelihood=known.likelihood,
        downloads=source.downloads and how == "dynamic",
        image_shape=source.image_shape,
        counts=source.counts,
        base=source,
    )


def named(known: Named, how: str) -> Named:
    """What the name of a binarised data set tells."""
    title = f"{known.title}, {BINARIZATIONS[how]}"
    return Named(title=title, factors=known.factors, fixed=known.fixed, binary=True, likelihood="bernoulli")


def _can_be_drawn_from(binary: Tensor, grey: Tensor) -> bool:
    """Whether each image can be a draw of the grey one: no pixel that is surely 0 is 1, and the other way round."""
    if binary.shape != grey.shape:
        return False
    return not bool((((binary == 255) & (grey == 0)) | ((binary == 0) & (grey == 255))).any())
