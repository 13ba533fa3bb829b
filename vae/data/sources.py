"""The data sets that there are, by name.

A new one is one more entry in `DATASETS`. Any other name is of one's own: `NAME.npz` in the folder with data sets, as `vae.data.npz` says.
`NAME+dynamic` and `NAME+static` have pixels that are 0 or 1 (`vae.data.binarized`). Whoever looks a name up asks `source_of`, which
knows all of them.
"""

from __future__ import annotations

__all__ = [
    "DATASETS",
    "check_memory",
    "check_name",
    "classes_of",
    "is_on_disk",
    "load",
    "own_sets",
    "remedy",
    "root_folder",
    "source_named",
    "source_of",
    "stamp_of",
    "title_of",
]

import os
import re
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from vae import memory
from vae.data import npz
from vae.data.binarized import binarized, named, split_name
from vae.data.digits import Digits
from vae.data.dsprites import DSprites
from vae.data.idx import Idx
from vae.data.images import ImageSet, Named, Source, Split
from vae.data.sprites import Sprites
from vae.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OWN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", re.ASCII)  # what a data set of one's own can be called


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
    if source.fixed or source.counts is None:
        return
    train, test = source.counts
    size = prod(source.image_shape) * (train * (1 + held_out) + test)
    memory.check(size + memory.SPARE_BYTES, f"{name}: training on it", DataError)


def classes_of(name: str, root: str | Path | None = None) -> int:
    """How many classes a model can be told of that is trained on a data set, of which no pixels are read for it.

    Raises `DataError` where there are less than two, or its training images have no labels.
    """
    count = len(source_of(name, root).class_names())
    if not count:
        raise DataError(f"{name}: its training images have no labels, so a model can't be told their class.")
    if count == 1:
        raise DataError(f"{name}: all of its images are of one class, which tells a model nothing.")
    return count


def source_of(name: str, root: str | Path | None = None) -> Source:
    """What is known of a data set before it is read: one of `DATASETS`, or one of one's own in the folder.

    Raises `DataError` where there is none of this name, or its file can't be used, and says what to do.
    """
    if name in DATASETS:
        return DATASETS[name]
    base, how = split_name(name)
    if how is not None:
        return binarized(source_of(base, root), how)
    path = root_folder(root) / f"{name}.npz"
    if not OWN_NAME.fullmatch(name) or not path.is_file():
        known = ", ".join((*DATASETS, *own_sets(root).names))
        raise DataError(f"data: there is no data set {name!r:.80}. Known here are {known}. {remedy(name, root)}")
    contents = npz.peek(path)
    counts = contents.counts["train"], contents.counts["test"]
    return OwnFile(path, title=name, image_shape=contents.image_shape, counts=counts)


def source_named(name: str) -> Named:
    """What the name alone tells of a data set, at once and whether it is here or not. Of one of one's own that is the title and that it may
    change: `source_of` looks at its file."""
    base, how = split_name(name)
    if how is not None:
        return named(source_named(base), how)
    return DATASETS.get(name) or Named(title=name, fixed=False)


@dataclass(frozen=True)
class OwnFile(Source):
    """Somebody's own `NAME.npz`."""

    path: Path
    fixed: bool = field(default=False, kw_only=True)

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        import torch

        part = npz.read(self.path, split)
        return ImageSet(torch.from_numpy(part.images), torch.from_numpy(part.labels), part.classes)

    def class_names(self) -> tuple[str, ...]:
        return npz.class_names(self.path)

    def sample(self, count: int, root: Path) -> NDArray[np.uint8] | None:
        return npz.first(self.path, count)


def remedy(name: str, root: str | Path | None = None) -> str:
    """What to do where a data set of one's own is missing."""
    folder = root_folder(root)
    if not OWN_NAME.fullmatch(name):
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
    if not OWN_NAME.fullmatch(path.stem):
        return f"{path}: is not read. {_naming(path.parent)}"
    try:
        npz.peek(path)
    except DataError as error:
        return str(error)
    return ""


def check_name(name: object) -> None:
    """Raises `DataError` for what no data set can be called, whether there is one of that name or not."""
    base = split_name(name)[0] if isinstance(name, str) else ""
    if base not in DATASETS and not OWN_NAME.fullmatch(base):
        raise DataError(f"data: one of {', '.join(DATASETS)}, or one of your own, not {name!r:.80}.")


def is_on_disk(name: str, root: str | Path | None = None) -> bool:
    """Whether the whole data set can be read without a download."""
    try:
        return source_of(name, root).is_on_disk(root_folder(root))
    except DataError:
        return False


def stamp_of(name: str, root: str | Path | None = None) -> tuple[int, ...]:
    """What changes when the file of a data set of one's own does; empty for all others, which stay as they are."""
    base, _ = split_name(name)
    if source_named(base).fixed or not OWN_NAME.fullmatch(base):
        return ()
    try:
        stat = (root_folder(root) / f"{base}.npz").stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size


def title_of(name: str) -> str:
    """The data set's name as people write it; a checkpoint from elsewhere may name one that isn't known here."""
    return source_named(name).title


def root_folder(root: str | Path | None = None) -> Path:
    """The folder with data sets: `root`, or `VAE_DATA_DIR`, or `data/`."""
    return Path(root or os.environ.get("VAE_DATA_DIR") or "data").expanduser()


def _naming(folder: Path) -> str:
    return (
        f"One of your own is a file NAME.npz in {folder.resolve()}, where NAME has letters from A to Z, digits, dashes and underscores, "
        "100 at most, and begins with no dash."
    )


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
    "mnist": Idx("mnist", "MNIST", "MNIST/raw", title="MNIST", floor=(10_000, 45.53), static="binarized_mnist"),
    "fashion-mnist": Idx("fashion-mnist", "FashionMNIST", "FashionMNIST/raw", CLOTHES, title="Fashion-MNIST"),
    "kmnist": Idx("kmnist", "KMNIST", "KMNIST/raw", KANA, title="Kuzushiji-MNIST"),
    "emnist-digits": Idx(
        "emnist-digits",
        "EMNIST",
        "EMNIST/raw",
        title="EMNIST digits",
        prefix="emnist-digits-",
        transposed=True,
        arguments=MappingProxyType({"split": "digits"}),
    ),
    "digits": Digits(),
    "sprites": Sprites(),
    "dsprites": DSprites(),
}
