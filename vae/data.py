"""Data sets as whole uint8 tensors in memory.

MNIST and its siblings come through torchvision and are downloaded where they are not on disk; `digits` are scikit-learn's
1,797 real 8x8 digits, and `sprites` are drawn here (`vae.sprites`): neither needs disk or network. A new set is one more entry in
`DATASETS`.
"""

from __future__ import annotations

__all__ = ["DATASETS", "ImageSet", "is_on_disk", "load", "root_folder", "title_of"]

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from vae.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

    from vae.sprites import Factor

Split = Literal["train", "test"]
DIGITS = tuple("0123456789")


class ImageSet(NamedTuple):
    """A split of a data set."""

    images: Tensor  # uint8 (N, C, H, W)
    labels: Tensor  # int64 (N,), -1 where there is none
    classes: tuple[str, ...]  # names of the labels
    values: Tensor | None = None  # int64 (N, F), of the factors that each image was made from, where they are known
    factors: tuple[Factor, ...] = ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def floats(self, which: slice | Tensor) -> Tensor:
        """Images as float32 in [0, 1], with shape (B, C, H, W)."""
        return self.images[which].float() / 255

    def subset(self, which: Tensor) -> ImageSet:
        """The images at these indices."""
        values = None if self.values is None else self.values[which]
        return ImageSet(self.images[which], self.labels[which], self.classes, values, self.factors)


@dataclass(frozen=True)
class Source:
    """Where a data set comes from."""

    title: str
    image_shape: tuple[int, int, int]
    read: Callable[[Split, Path, bool], ImageSet]
    folder: str | None = None  # below the root, where torchvision keeps it; None for one that is always there
    prefix: str = ""  # of its file names
    factors: bool = False  # whether it is known what images were made from

    def files(self, split: Split) -> list[str]:
        """Names of the files that hold the split."""
        stem = {"train": "train", "test": "test" if self.prefix else "t10k"}[split]
        return [f"{self.prefix}{stem}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]


def load(name: str, split: Split = "test", root: str | Path | None = None, *, download: bool = True) -> ImageSet:
    """Reads one split of a data set, downloading it first where it is missing and `download` is true.

    `root` is the folder with data sets in torchvision's layout: by default `VAE_DATA_DIR`, or `data/`. Raises `DataError` that
    says where files belong when they are missing and can't be downloaded.
    """
    if name not in DATASETS:
        raise DataError(f"data: there is no data set {name!r:.80}. Known ones are {', '.join(DATASETS)}.")
    if split not in ("train", "test"):
        raise DataError(f"split: train or test, not {split!r:.80}.")
    return DATASETS[name].read(split, root_folder(root), download)


def is_on_disk(name: str, root: str | Path | None = None) -> bool:
    """Whether the whole data set can be read without a download."""
    source = DATASETS.get(name)
    if source is None:
        return False
    if source.folder is None:
        return True
    folder = root_folder(root) / source.folder
    return all((folder / file).is_file() for split in ("train", "test") for file in source.files(split))


def title_of(name: str) -> str:
    """The data set's name as people write it; a checkpoint from elsewhere may name one that isn't known here."""
    return DATASETS[name].title if name in DATASETS else name


def root_folder(root: str | Path | None = None) -> Path:
    """The folder with data sets: `root`, or `VAE_DATA_DIR`, or `data/`."""
    return Path(root or os.environ.get("VAE_DATA_DIR") or "data").expanduser()


def _read_digits(split: Split, root: Path, download: bool) -> ImageSet:
    """Four fifths for training, stratified by class: the same ones every time."""
    import torch
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    train, test = train_test_split(range(len(labels)), test_size=0.2, stratify=labels, random_state=0)
    which = torch.tensor(sorted(train if split == "train" else test))
    # Sixteen grey levels to 255, so that white is white.
    pixels = (torch.from_numpy(images) * 255 / 16).round().to(torch.uint8).reshape(-1, 1, 8, 8)
    return ImageSet(pixels[which], torch.from_numpy(labels).long()[which], DIGITS)


def _read_sprites(split: Split, root: Path, download: bool) -> ImageSet:
    """Four fifths of all combinations for training, drawn once and for all."""
    import torch

    from vae.sprites import FACTORS, SHAPES, draw

    images, values = (torch.from_numpy(array) for array in draw())
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    kept = len(images) * 4 // 5
    which = (order[:kept] if split == "train" else order[kept:]).sort().values
    return ImageSet(images[which], values[which, 0], SHAPES, values[which], FACTORS)


def _torchvision(
    name: str, kind: str, classes: tuple[str, ...] = DIGITS, transpose: bool = False, **arguments: Any
) -> Callable[[Split, Path, bool], ImageSet]:
    """A reader for one of torchvision's relatives of MNIST."""

    def read(split: Split, root: Path, download: bool) -> ImageSet:
        source = DATASETS[name]
        assert source.folder is not None
        folder = root / source.folder
        present = is_on_disk(name, root)
        if not present and not download:
            raise DataError(f"{name}: not on disk. {_where(source, folder)}")
        try:
            if not present:
                _download(name, kind, root, **arguments)
            images, labels = (_idx(folder / file) for file in source.files(split))
            _check(images, labels, source.image_shape, classes)
        except DataError:
            raise
        except Exception as error:  # torchvision raises whatever the network ran into
            reason = str(error) or "not in the IDX format"
            if present:
                raise DataError(
                    f"{name}: its files in {folder} are damaged ({reason}). Delete the folder and load it again."
                ) from error
            raise DataError(f"{name}: could not be downloaded ({reason}). {_where(source, folder)}") from error
        if transpose:  # EMNIST is stored column by column
            images = images.transpose(1, 2).contiguous()
        return ImageSet(images.unsqueeze(1), labels.long(), classes)

    return read


def _download(name: str, kind: str, root: Path, **arguments: Any) -> None:
    """Puts the whole data set where it belongs."""
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError) as error:
        raise DataError(
            f"{name}: torchvision can't be imported ({error}). It must match the version of torch: "
            "install both in one command, pip install torch torchvision."
        ) from error
    getattr(datasets, kind)(root, download=True, **arguments)


def _idx(path: Path) -> Tensor:
    """The bytes in an IDX file. torchvision reads them as well, but takes a second to import, which every page would wait for."""
    import numpy as np
    import torch

    content = path.read_bytes()
    if content[:3] != b"\0\0\x08":
        raise ValueError("not in the IDX format")
    dimensions = content[3]
    shape = np.frombuffer(content, ">i4", dimensions, 4)
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy())


def _check(images: Tensor, labels: Tensor, image_shape: tuple[int, int, int], classes: tuple[str, ...]) -> None:
    if len(images) != len(labels) or len(images) == 0:
        raise ValueError(f"{len(images)} images and {len(labels)} labels")
    if images.shape[1:] != image_shape[1:]:
        raise ValueError(f"images of {tuple(images.shape[1:])} pixels instead of {image_shape[1:]}")
    if labels.max() >= len(classes):
        raise ValueError(f"label {labels.max()}, but there are {len(classes)} classes")


def _where(source: Source, folder: Path) -> str:
    names = ", ".join(name for split in ("train", "test") for name in source.files(split))
    return (
        f"With internet it is downloaded by itself. Without, put the files {names} into {folder.resolve()}, "
        "or set VAE_DATA_DIR to the folder that holds them in torchvision's layout."
    )


GREY_28 = (1, 28, 28)
CLOTHES = (
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
KANA = ("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を")

DATASETS: dict[str, Source] = {
    "mnist": Source("MNIST", GREY_28, _torchvision("mnist", "MNIST"), "MNIST/raw"),
    "fashion-mnist": Source(
        "Fashion-MNIST", GREY_28, _torchvision("fashion-mnist", "FashionMNIST", CLOTHES), "FashionMNIST/raw"
    ),
    "kmnist": Source("Kuzushiji-MNIST", GREY_28, _torchvision("kmnist", "KMNIST", KANA), "KMNIST/raw"),
    "emnist-digits": Source(
        "EMNIST digits",
        GREY_28,
        _torchvision("emnist-digits", "EMNIST", transpose=True, split="digits"),
        "EMNIST/raw",
        "emnist-digits-",
    ),
    "digits": Source("Digits 8x8", (1, 8, 8), _read_digits),
    "sprites": Source("Sprites", (1, 32, 32), _read_sprites, factors=True),
}
