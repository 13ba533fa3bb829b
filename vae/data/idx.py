"""MNIST and its siblings: files in the IDX format, which torchvision downloads where they are not on disk."""

from __future__ import annotations

__all__ = ["DIGITS", "Idx"]

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae import memory
from vae.data.images import ImageSet, Source, Split
from vae.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = tuple("0123456789")
HEADER_BYTES = 16  # before the pixels of a file of images


@dataclass(frozen=True)
class Idx(Source):
    """One of torchvision's relatives of MNIST, in its layout."""

    name: str
    kind: str  # torchvision's class
    folder: str  # below the root, where torchvision keeps it
    classes: tuple[str, ...] = DIGITS
    prefix: str = ""  # of its file names
    transposed: bool = False  # whether images are stored column by column
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # of torchvision's class
    image_shape: tuple[int, int, int] = field(default=(1, 28, 28), kw_only=True)
    likelihood: str = field(default="bernoulli", kw_only=True)

    def files(self, split: Split) -> list[str]:
        """Names of the files that hold the split."""
        stem = {"train": "train", "test": "test" if self.prefix else "t10k"}[split]
        return [f"{self.prefix}{stem}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]

    def is_on_disk(self, root: Path) -> bool:
        splits: tuple[Split, Split] = ("train", "test")
        return all((root / self.folder / file).is_file() for split in splits for file in self.files(split))

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        folder = root / self.folder
        present = self.is_on_disk(root)
        if not present and not download:
            raise DataError(f"{self.name}: not on disk. {self._where(folder)}")
        try:
            if not present:
                self._download(root)
            with memory.guarded(f"{self.name}: reading it", DataError):
                images, labels = (_idx(folder / file) for file in self.files(split))
            self._check(images, labels)
        except DataError:
            raise
        except Exception as error:  # torchvision raises whatever the network ran into
            reason = str(error) or "not in the IDX format"
            if present:
                raise DataError(
                    f"{self.name}: its files in {folder} are damaged ({reason}). Delete the folder and load it again."
                ) from error
            raise DataError(f"{self.name}: could not be downloaded ({reason}). {self._where(folder)}") from error
        if self.transposed:
            images = images.transpose(1, 2).contiguous()
        return ImageSet(images.unsqueeze(1), labels.long(), self.classes)

    def class_names(self) -> tuple[str, ...]:
        return self.classes

    def sample(self, count: int, root: Path) -> NDArray[np.uint8] | None:
        """The first of them."""
        if not self.is_on_disk(root):
            return None
        with (root / self.folder / self.files("train")[0]).open("rb") as file:
            size = prod(self.image_shape)
            pixels = file.read(HEADER_BYTES + count * size)[HEADER_BYTES:]
        pixels = pixels[: len(pixels) // size * size]
        images = np.frombuffer(pixels, np.uint8).reshape(-1, *self.image_shape)
        return images.swapaxes(2, 3) if self.transposed else images

    def _download(self, root: Path) -> None:
        """Puts the whole data set where it belongs."""
        try:
            from torchvision import datasets
        except (ImportError, RuntimeError) as error:
            raise DataError(
                f"{self.name}: torchvision can't be imported ({error}). It must match the version of torch: "
                "install both in one command, pip install torch torchvision."
            ) from error
        getattr(datasets, self.kind)(root, download=True, **self.arguments)

    def _check(self, images: Tensor, labels: Tensor) -> None:
        if len(images) != len(labels) or len(images) == 0:
            raise ValueError(f"{len(images)} images and {len(labels)} labels")
        if images.shape[1:] != self.image_shape[1:]:
            raise ValueError(f"images of {tuple(images.shape[1:])} pixels instead of {self.image_shape[1:]}")
        if labels.max() >= len(self.classes):
            raise ValueError(f"label {labels.max()}, but there are {len(self.classes)} classes")

    def _where(self, folder: Path) -> str:
        splits: tuple[Split, Split] = ("train", "test")
        names = ", ".join(name for split in splits for name in self.files(split))
        return (
            f"With internet it is downloaded by itself. Without, put the files {names} into {folder.resolve()}, "
            "or set VAE_DATA_DIR to the folder that holds them in torchvision's layout."
        )


def _idx(path: Path) -> Tensor:
    """The bytes in an IDX file. torchvision reads them as well, but takes a second to import, which every page would wait for."""
    import numpy as np
    import torch

    memory.check(path.stat().st_size, f"{path}: it", DataError)
    content = np.fromfile(path, np.uint8)
    if content[:3].tobytes() != b"\0\0\x08":
        raise ValueError("not in the IDX format")
    dimensions = int(content[3])
    shape = np.frombuffer(content, ">i4", dimensions, 4)
    return torch.from_numpy(content[4 + 4 * dimensions :].reshape(shape))
