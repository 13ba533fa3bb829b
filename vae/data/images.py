"""A split of a data set in memory, and where such splits come from."""

from __future__ import annotations

__all__ = ["Factor", "ImageSet", "Named", "Source", "Split", "evenly_spaced"]

import hashlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from vae.models.condition import NO_LABEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

QUICK_BYTES = 1 << 26  # of images that are read while a page waits

Split = Literal["train", "test"]
DRAWN_TOGETHER = 1000  # images


class Factor(NamedTuple):
    """Something that varies by itself."""

    name: str
    size: int  # values that it takes
    ordered: bool  # whether they go from less to more; else they are kinds


class ImageSet(NamedTuple):
    """A split of a data set."""

    images: Tensor  # uint8 (N, C, H, W)
    labels: Tensor  # int64 (N,), -1 where there is none
    classes: tuple[str, ...]  # names of the labels
    values: Tensor | None = None  # int64 (N, F), of the factors that each image was made from, where they are known
    factors: tuple[Factor, ...] = ()
    drawn: bool = False  # whether training draws pixels of 0 or 1 from these anew each time

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    @property
    def digest(self) -> str:
        """What stands for the images: their shape and a hash of their pixels."""
        pixels = hashlib.blake2b(self.images.contiguous().numpy().data, digest_size=16).hexdigest()
        return f"{tuple(self.images.shape)} {pixels}{' drawn' if self.drawn else ''}"

    def floats(self, which: slice | Tensor) -> Tensor:
        """Images as float32 in [0, 1], with shape (B, C, H, W)."""
        return self.images[which].float() / 255

    def binarized(self, seed: int) -> ImageSet:
        """The images with pixels of 0 or 255, drawn once from their grey values."""
        import torch

        generator = torch.Generator().manual_seed(seed)
        drawn = torch.empty_like(self.images)
        for one, grey in zip(drawn.split(DRAWN_TOGETHER), self.images.split(DRAWN_TOGETHER), strict=True):
            one.copy_(255 * torch.bernoulli(grey.float() / 255, generator=generator))
        return self._replace(images=drawn, drawn=False)

    def as_seen(self, seed: int = 0) -> ImageSet:
        """The images as a model looks at them outside of training: drawn once, where training draws them anew."""
        return self.binarized(seed) if self.drawn else self

    def unlabelled(self) -> ImageSet:
        """The same images without their labels."""
        return self._replace(labels=self.labels.new_full((len(self.labels),), NO_LABEL))

    def subset(self, which: Tensor) -> ImageSet:
        """The images at these indices."""
        values = None if self.values is None else self.values[which]
        return self._replace(images=self.images[which], labels=self.labels[which], values=values)


def evenly_spaced(n: int, count: int) -> Tensor:
    """Numbers of `count` of n images, from the first to the last, or of all where there are no more."""
    import torch

    return torch.linspace(0, n - 1, min(n, count), dtype=torch.float64).round().long()


@dataclass(frozen=True, kw_only=True)
class Named:
    """What the name of a data set alone tells, whether it is here or not."""

    title: str  # as people write its name
    factors: bool = False  # whether it is known what images were made from
    # How many test images there are, and the nats that a perfect decoder pays for each where its grey is taken for a probability: a
    # checkpoint holds no images, and reading them takes longer than a page may.
    floor: tuple[int, float] | None = None
    downloads: bool = True  # whether it can be downloaded where it is missing
    binary: bool = False  # whether pixels are 0 or 1, so that a perfect decoder pays nothing
    # By whose likelihood, a kind of `LIKELIHOODS`, it is customarily scored, so that figures compare; "" where nobody has a custom.
    likelihood: str = ""
    fixed: bool = True  # whether it is the same everywhere and always, rather than a file of somebody's own


@dataclass(frozen=True, kw_only=True)
class Source(Named):
    """Where the images of a data set come from: a frozen dataclass with these, and a line in `DATASETS`, or a way to be found by its name
    in `vae.data.sources.source_of`. Whoever wants images asks it, and nobody asks which it is."""

    image_shape: tuple[int, int, int]  # channels, height, width
    counts: tuple[int, int] | None = None  # of training and test images, where they are known before they are read
    static: str | None = (
        None  # what the files begin with of a draw of 0s and 1s from its grey values that others have published
    )

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        """Reads a split, which may be downloaded first. Raises `DataError` that says what to do where it can't be."""
        raise NotImplementedError

    def class_names(self) -> tuple[str, ...]:
        """Names of its labels, as splits have them, found without reading pixels; none where training images have no labels. Raises
        `DataError` where they can't be read."""
        return ()

    def is_on_disk(self, root: Path) -> bool:
        """Whether all of it can be read without a download."""
        return True

    def sample(self, count: int, root: Path) -> NDArray[np.uint8] | None:
        """Some of the training images, `count` or fewer, with shape (N, C, H, W); None where that takes longer than a page may wait."""
        if self.counts is None or not self.is_on_disk(root) or self.counts[0] * prod(self.image_shape) > QUICK_BYTES:
            return None
        images = self.read("train", root, False).images
        return images[evenly_spaced(len(images), count)].numpy()
