"""Data sets as whole uint8 tensors in memory.

MNIST and its siblings come through torchvision and are downloaded where they are not on disk; `digits` are scikit-learn's
1,797 real 8x8 digits, and `sprites` are drawn here (`vae.data.sprites`): neither needs disk or network. A new set is one more entry in
`DATASETS`. Of one's own is any other whose file lies in the folder with data sets: `NAME.npz`, as `vae.data.npz` says. Whoever looks a name
up asks `source_of`, which knows both.
"""

from __future__ import annotations

__all__ = [
    "DATASETS",
    "ImageSet",
    "Source",
    "check_memory",
    "check_name",
    "evenly_spaced",
    "is_on_disk",
    "load",
    "own_sets",
    "remedy",
    "root_folder",
    "source_of",
    "stamp_of",
    "title_of",
]

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vae import memory
from vae.data import npz
from vae.data.npz import Split
from vae.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

    from vae.data.sprites import Factor

DIGITS = tuple("0123456789")
OWN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", re.ASCII)  # what a data set of one's own can be called


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

    @property
    def digest(self) -> str:
        """What stands for the images: their shape and a hash of their pixels."""
        pixels = hashlib.blake2b(self.images.contiguous().numpy().data, digest_size=16).hexdigest()
        return f"{tuple(self.images.shape)} {pixels}"

    def floats(self, which: slice | Tensor) -> Tensor:
        """Images as float32 in [0, 1], with shape (B, C, H, W)."""
        return self.images[which].float() / 255

    def subset(self, which: Tensor) -> ImageSet:
        """The images at these indices."""
        values = None if self.values is None else self.values[which]
        return ImageSet(self.images[which], self.labels[which], self.classes, values, self.factors)


def evenly_spaced(n: int, count: int) -> Tensor:
    """Numbers of `count` of n images, from the first to the last, or of all where there are no more."""
    import torch

    return torch.linspace(0, n - 1, min(n, count), dtype=torch.float64).round().long()


@dataclass(frozen=True)
class Source:
    """Where a data set comes from."""

    title: str
    image_shape: tuple[int, int, int]
    read: Callable[[Split, Path, bool], ImageSet]
    folder: str | None = None  # below the root, where torchvision keeps it; None for one that is always there
    prefix: str = ""  # of its file names
    factors: bool = False  # whether it is known what images were made from
    counts: tuple[int, int] | None = None  # of training and test images, where they are known before they are read

    def files(self, split: Split) -> list[str]:
        """Names of the files that hold the split."""
        stem = {"train": "train", "test": "test" if self.prefix else "t10k"}[split]
        return [f"{self.prefix}{stem}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]


def load(name: str, split: Split = "test", root: str | Path | None = None, *, download: bool = True) -> ImageSet:
    """Reads one split of a data set, downloading it first where it is missing and `download` is true.

    `root` is the folder with data sets, in torchvision's layout, and with those of one's own: by default `VAE_DATA_DIR`, or `data/`.
    Raises `DataError` that says where files belong when they are missing and can't be downloaded, and where memory is too small.
    """
    source = source_of(name, root)
    if split not in ("train", "test"):
        raise DataError(f"split: train or test, not {split!r:.80}.")
    with memory.guarded(f"{name}: reading it", DataError):
        return source.read(split, root_folder(root), download)


def check_memory(name: str, held_out: float = 0.0, root: str | Path | None = None) -> None:
    """Raises `DataError` where training on a data set of one's own takes more memory than is free: both splits, once more the share of
    the training images that is held out, and what training takes beside them."""
    source = source_of(name, root)
    if name in DATASETS or source.counts is None:
        return
    train, test = source.counts
    size = prod(source.image_shape) * (train * (1 + held_out) + test)
    memory.check(size + memory.SPARE, f"{name}: training on it", DataError)


def source_of(name: str, root: str | Path | None = None) -> Source:
    """What is known of a data set before it is read: one of `DATASETS`, or one of one's own in the folder.

    Raises `DataError` where there is none of this name, or its file can't be used, and says what to do.
    """
    if name in DATASETS:
        return DATASETS[name]
    path = root_folder(root) / f"{name}.npz"
    if not OWN.fullmatch(name) or not path.is_file():
        known = ", ".join((*DATASETS, *own_sets(root).names))
        raise DataError(f"data: there is no data set {name!r:.80}. Known here are {known}. {remedy(name, root)}")
    contents = npz.peek(path)

    def read(split: Split, root: Path, download: bool) -> ImageSet:
        import torch

        part = npz.read(path, split)
        return ImageSet(torch.from_numpy(part.images), torch.from_numpy(part.labels), part.classes)

    return Source(name, contents.image_shape, read, counts=(contents.counts["train"], contents.counts["test"]))


def remedy(name: str, root: str | Path | None = None) -> str:
    """What to do where a data set of one's own is missing."""
    folder = root_folder(root)
    if not OWN.fullmatch(name):
        return _naming(folder)
    return f"Put one of your own into {name}.npz in {folder.resolve()}, or set VAE_DATA_DIR to the folder that has this file: {npz.ARRAYS}."


class OwnSets(NamedTuple):
    """The data sets of one's own that lie in a folder."""

    names: tuple[str, ...]
    problems: tuple[str, ...]  # what keeps others from being used, with the way out


def own_sets(root: str | Path | None = None) -> OwnSets:
    """Those in the folder, by the alphabet. Never raises, and reads no pixels."""
    names, problems = [], []
    try:
        paths = sorted(path for path in root_folder(root).glob("*.npz") if path.is_file())
    except OSError:
        paths = []
    for path in paths:
        if problem := _problem(path):
            problems.append(problem)
        else:
            names.append(path.stem)
    return OwnSets(tuple(names), tuple(problems))


def _problem(path: Path) -> str:
    """Why a file is no data set; empty where it is one."""
    if path.stem in DATASETS:
        return f"{path}: is not read, for {path.stem} is built in. Give the file another name."
    if not OWN.fullmatch(path.stem):
        return f"{path}: is not read. {_naming(path.parent)}"
    try:
        npz.peek(path)
    except DataError as error:
        return str(error)
    return ""


def check_name(name: object) -> None:
    """Raises `DataError` for what no data set can be called, whether there is one of that name or not."""
    if not isinstance(name, str) or (name not in DATASETS and not OWN.fullmatch(name)):
        raise DataError(f"data: one of {', '.join(DATASETS)}, or one of your own, not {name!r:.80}.")


def is_on_disk(name: str, root: str | Path | None = None) -> bool:
    """Whether the whole data set can be read without a download."""
    if name not in DATASETS:
        try:
            source_of(name, root)
        except DataError:
            return False
        return True
    source = DATASETS[name]
    if source.folder is None:
        return True
    folder = root_folder(root) / source.folder
    return all((folder / file).is_file() for split in ("train", "test") for file in source.files(split))


def stamp_of(name: str, root: str | Path | None = None) -> tuple[int, ...]:
    """What changes when the file of a data set of one's own does; empty for all others, which stay as they are."""
    if name in DATASETS or not OWN.fullmatch(name):
        return ()
    try:
        found = (root_folder(root) / f"{name}.npz").stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size


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

    from vae.data.sprites import FACTORS, SHAPES, draw

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
            with memory.guarded(f"{name}: reading it", DataError):
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

    memory.check(path.stat().st_size, f"{path}: it", DataError)
    content = np.fromfile(path, np.uint8)
    if content[:3].tobytes() != b"\0\0\x08":
        raise ValueError("not in the IDX format")
    dimensions = int(content[3])
    shape = np.frombuffer(content, ">i4", dimensions, 4)
    return torch.from_numpy(content[4 + 4 * dimensions :].reshape(shape))


def _check(images: Tensor, labels: Tensor, image_shape: tuple[int, int, int], classes: tuple[str, ...]) -> None:
    if len(images) != len(labels) or len(images) == 0:
        raise ValueError(f"{len(images)} images and {len(labels)} labels")
    if images.shape[1:] != image_shape[1:]:
        raise ValueError(f"images of {tuple(images.shape[1:])} pixels instead of {image_shape[1:]}")
    if labels.max() >= len(classes):
        raise ValueError(f"label {labels.max()}, but there are {len(classes)} classes")


def _naming(folder: Path) -> str:
    return (
        f"One of your own is a file NAME.npz in {folder.resolve()}, where NAME has letters from A to Z, digits, dashes and underscores, "
        "100 at most, and begins with no dash."
    )


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
    "digits": Source("Digits 8x8", (1, 8, 8), _read_digits, counts=(1437, 360)),
    "sprites": Source("Sprites", (1, 32, 32), _read_sprites, factors=True),
}
