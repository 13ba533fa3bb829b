"""Data sets of one's own: a file `NAME.npz`, as `numpy.savez_compressed` writes it.

    train_images, test_images   uint8, (N, H, W), (N, H, W, C) or (N, C, H, W), where C is 1 or 3 channels
    train_labels, test_labels   whole numbers, (N,), counted from 0, with -1 for none; may be left out
    classes                     names of the labels, texts, (K,); may be left out

Without names every number that occurs in either split is a class, called by that number: labels may then begin at 1, or have gaps.
Whatever else it holds is left alone. What the arrays are is told by the directory of the file, which is a zip, and by the headers of the
arrays, so a list of data sets reads names of classes and no pixels. Nothing is ever unpickled.
"""

from __future__ import annotations

__all__ = ["ARRAYS", "Contents", "Part", "class_names", "first", "peek", "read"]

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae import memory
from vae.data import repair
from vae.data.images import Split
from vae.data.npy import Header, pieces, read_header, read_into
from vae.errors import DataError
from vae.limits import MAX_CLASS_NAME, MAX_CLASSES
from vae.models.config import MAX_SIDE
from vae.texts import is_showable

SPLITS: tuple[Split, ...] = ("train", "test")
CHANNELS = (1, 3)
LETTER = np.dtype("U1").itemsize
ARRAYS = (
    "uint8 arrays train_images and test_images, both of shape (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels, and where "
    "there are labels, whole numbers train_labels and test_labels (N,)"
)


class Contents(NamedTuple):
    """What a file holds, by its headers."""

    image_shape: tuple[int, int, int]  # channels, height, width
    counts: dict[Split, int]  # of images

    def size(self, split: Split) -> int:
        """Bytes of the images of a split."""
        return self.counts[split] * prod(self.image_shape)


class Part(NamedTuple):
    """A split as it was read."""

    images: NDArray[np.uint8]  # (N, C, H, W)
    labels: NDArray[np.int64]  # (N,), -1 where there is none
    classes: tuple[str, ...]  # names of the labels of both splits


def peek(path: Path) -> Contents:
    """What the file holds, without reading its pixels. Raises `DataError` that names the array that can't be used, and the way out."""
    with _with_repair(path):
        return _peek(path, *_stamp(path))


@lru_cache(maxsize=256)
def _peek(path: Path, changed: int, size: int) -> Contents:
    """`changed` and `size` stand for the content. Errors are not kept."""
    with _opened(path) as file:
        there = {name.removesuffix(".npy") for name in file.namelist() if name.endswith(".npy")}
        shapes, counts = {}, {}
        for split in SPLITS:
            images = f"{split}_images"
            if images not in there:
                raise _error(
                    path, images, f"is missing; there is {', '.join(sorted(there))[:200] or 'nothing'}. {_needs()}"
                )
            header = _header(path, file, images)
            shapes[split] = _image_shape(path, images, header)
            counts[split] = header.shape[0]
            if f"{split}_labels" in there:
                _check_labels(path, f"{split}_labels", _header(path, file, f"{split}_labels"), counts[split])
        if shapes["train"] != shapes["test"]:
            way = "Crop, pad or resize them all to one size."
            if shapes["train"][1:] == shapes["test"][1:]:
                way = "Make all of them grey, or all colour."
            raise _error(
                path,
                "test_images",
                f"its images are {_size(shapes['test'])}, and those of train_images {_size(shapes['train'])}. {way}",
            )
        if "classes" in there:
            _check_classes(path, _header(path, file, "classes"))
            _names(path, file)
    return Contents(shapes["train"], counts)


def read(path: Path, split: Split) -> Part:
    """Reads a split, and the labels of both, which say what classes there are. Raises `DataError` as `peek` does, for pixels or labels
    that can't be used, and where the images don't fit into memory, which they take once."""
    contents = peek(path)
    name = f"{split}_images"
    classes, labels = _labelled(path, contents)
    memory.check(contents.size(split), f"{path}: array {name}: it", DataError)
    with _with_repair(path), _opened(path) as file, memory.guarded(f"{path}: array {name}: it", DataError):
        images = _images(file, name, contents.image_shape)
        _check_pixels(path, file, split, int(images.max()))
    return Part(images, labels[split], classes)


def class_names(path: Path) -> tuple[str, ...]:
    """Names of the labels of both splits; none where no training image has one. Raises `DataError` as `read` does, but for pixels."""
    return _class_names(path, *_stamp(path))


@lru_cache(maxsize=256)
def _class_names(path: Path, changed: int, size: int) -> tuple[str, ...]:
    """The same, remembered, for a page asks again and again."""
    classes, labels = _labelled(path, peek(path))
    return classes if (labels["train"] >= 0).any() else ()


def _labelled(path: Path, contents: Contents) -> tuple[tuple[str, ...], dict[Split, NDArray[np.int64]]]:
    """Names of the labels, and the labels of both splits, counted in them."""
    with _with_repair(path), _opened(path) as file:
        return _classes(path, file, {part: _labels(path, file, part, contents.counts[part]) for part in SPLITS})


def first(path: Path, count: int) -> NDArray[np.uint8] | None:
    """The first `count` training images, or all of them where there are fewer, with shape (N, C, H, W), without reading the others; None
    where they lie in the file in an order that needs all. Raises `DataError` as `peek` does."""
    image_shape = peek(path).image_shape
    with _opened(path) as file, file.open("train_images.npy") as stream:
        header = read_header(stream)
        if header.fortran:
            return None
        some = header._replace(shape=(min(count, header.shape[0]), *header.shape[1:]))
        return _read_images(stream, some, image_shape)


def _images(file: zipfile.ZipFile, name: str, image_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Images as channels, height and width, however they lie in the file."""
    with file.open(f"{name}.npy") as stream:
        return _read_images(stream, read_header(stream), image_shape)


def _read_images(stream: IO[bytes], header: Header, image_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The same from where an array's header ends."""
    images = np.empty((header.shape[0], *image_shape), np.uint8)
    as_stored = images
    if header.shape != images.shape:
        as_stored = images[:, 0] if len(header.shape) == 3 else images.transpose(0, 2, 3, 1)
    read_into(stream, header, as_stored)
    return images


def _check_pixels(path: Path, file: zipfile.ZipFile, split: Split, high: int) -> None:
    """Raises `DataError` where nothing can be seen in the images of either split, `high` being the largest pixel of this one."""
    if high > 1:
        return
    other = SPLITS[1 - SPLITS.index(split)]
    with file.open(f"{other}_images.npy") as stream:
        header = read_header(stream)
        for _, piece in pieces(stream, header):
            high = max(high, int(piece.max()))
            if high > 1:
                return
    if high == 0:
        raise _error(
            path,
            f"{split}_images",
            "all pixels of both splits are 0, which is black. Numbers from 0 to 1 become so when they are cast to uint8: multiply them by "
            "255 before, and write the file anew.",
        )
    raise _error(
        path,
        f"{split}_images",
        "no pixel of either split is more than 1, and white is 255, so all is black. If they were numbers from 0 to 1 before a cast to "
        "uint8, multiply those by 255 and write the file anew. If there is only black and white, 1 has to be 255.",
    )


def _image_shape(path: Path, name: str, header: Header) -> tuple[int, int, int]:
    """Channels, height and width of the images of an array."""
    shape = header.shape
    if header.dtype != np.uint8:
        raise _error(
            path,
            name,
            f"its type is {header.dtype}, and pixels are uint8, from 0 for black to 255 for white, so they must be scaled to that.",
        )
    if len(shape) not in (3, 4):
        raise _error(path, name, f"its shape is {shape}, and images have (N, H, W), (N, H, W, C) or (N, C, H, W).")
    if shape[0] == 0:
        raise _error(path, name, f"its shape is {shape}, which is no images.")
    if len(shape) == 3:
        image_shape = (1, shape[1], shape[2])
    else:
        first, last = shape[1] in CHANNELS, shape[3] in CHANNELS
        if first and last:
            raise _error(
                path,
                name,
                f"its shape is {shape}, where both {shape[1]} and {shape[3]} could be channels. Make the images larger than 3 pixels.",
            )
        if not first and not last:
            cut = " Leave transparency out." if 4 in (shape[1], shape[3]) else ""
            raise _error(
                path, name, f"its shape is {shape}, and C of (N, H, W, C) or (N, C, H, W) is 1 or 3 channels.{cut}"
            )
        image_shape = (shape[1], shape[2], shape[3]) if first else (shape[3], shape[1], shape[2])
    if not all(1 <= side <= MAX_SIDE for side in image_shape):
        raise _error(
            path, name, f"its images are {_size(image_shape)}, and a side is 1 to {MAX_SIDE:,} pixels. Resize them."
        )
    return image_shape


def _check_labels(path: Path, name: str, header: Header, count: int) -> None:
    if header.dtype.kind not in "iu":
        raise _error(
            path,
            name,
            f"its type is {header.dtype}, and labels are whole numbers from 0, the same for a class in both splits. Names of them go into "
            "classes.",
        )
    if header.shape != (count,):
        raise _error(
            path, name, f"its shape is {header.shape}, and there are {count:,} images, so it must be ({count},)."
        )


def _check_classes(path: Path, header: Header) -> None:
    if header.dtype.kind != "U":
        raise _error(path, "classes", f"its type is {header.dtype}, and names are texts.")
    if header.dtype.itemsize > MAX_CLASS_NAME * LETTER:
        raise _error(path, "classes", f"a name has {MAX_CLASS_NAME} letters at most.")
    if len(header.shape) != 1 or header.shape[0] > MAX_CLASSES:
        raise _error(
            path, "classes", f"its shape is {header.shape}, and it must be (K,), {MAX_CLASSES:,} names at most."
        )


def _labels(path: Path, file: zipfile.ZipFile, split: Split, count: int) -> NDArray[np.int64]:
    name = f"{split}_labels"
    if f"{name}.npy" not in file.namelist():
        return np.full(count, -1, np.int64)
    labels = _array(path, file, name)
    low, high = int(labels.min()), int(labels.max())
    if low < -1 or high >= MAX_CLASSES:
        raise _error(
            path,
            name,
            f"labels run from {low} to {high}, but they are counted from 0 to {MAX_CLASSES - 1} at most, with -1 for none, and in both "
            "splits alike.",
        )
    return labels.astype(np.int64)


def _classes(
    path: Path, file: zipfile.ZipFile, labels: dict[Split, NDArray[np.int64]]
) -> tuple[tuple[str, ...], dict[Split, NDArray[np.int64]]]:
    """The names that the file gives, or else the numbers that occur in either split; and the labels, counted in them."""
    if "classes.npy" not in file.namelist():
        numbers = np.unique(np.concatenate(list(labels.values())))
        numbers = numbers[numbers >= 0]
        places: dict[Split, NDArray[np.int64]] = {
            split: np.where(array < 0, -1, np.searchsorted(numbers, array)).astype(np.int64)
            for split, array in labels.items()
        }
        return tuple(str(number) for number in numbers), places
    classes = _names(path, file)
    high = max(int(array.max()) for array in labels.values())
    if high >= len(classes):
        raise _error(path, "classes", f"it has {len(classes)} names, but labels go up to {high}.")
    return classes, labels


def _names(path: Path, file: zipfile.ZipFile) -> tuple[str, ...]:
    """The names that the file gives."""
    names = tuple(str(name) for name in _array(path, file, "classes"))
    if len(set(names)) < len(names) or not all(0 < len(name) <= MAX_CLASS_NAME for name in names):
        raise _error(path, "classes", f"each needs a name of its own, of 1 to {MAX_CLASS_NAME} letters.")
    for name in names:
        if not is_showable(name, MAX_CLASS_NAME):
            raise _error(
                path,
                "classes",
                f"the name {name!r} has control characters or halves of characters. Write it without them.",
            )
    return names


def _header(path: Path, file: zipfile.ZipFile, name: str) -> Header:
    """What an array is. Raises `DataError` for one that isn't as long as it says, and for one that would run code when it is read."""
    with file.open(f"{name}.npy") as stream:
        header = read_header(stream)
        start = stream.tell()
    if header.dtype.hasobject:
        raise _error(
            path,
            name,
            "it holds Python objects, which could run code when they are opened, so they never are. Save an array of numbers or texts; "
            "images must be of one size for that.",
        )
    if file.getinfo(f"{name}.npy").file_size != start + header.size:
        raise _error(path, name, "it isn't as long as its shape says. Write the file anew.")
    return header


def _array(path: Path, file: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with memory.guarded(f"{path}: array {name}: it", DataError), file.open(f"{name}.npy") as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The file's arrays. Whatever is wrong with them is a `DataError`."""
    try:
        with zipfile.ZipFile(path) as file:
            yield file
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path}: could not be read ({error.strerror or error}).") from error
    except Exception as error:  # the zip, zlib and NumPy each raise what they like at bytes that are not theirs
        reason = str(error) or type(error).__name__
        raise DataError(
            f"{path}: damaged, not a whole .npz file ({reason:.200}). Write it anew, with numpy.savez_compressed: {_needs()}"
        ) from error


@contextmanager
def _with_repair(path: Path) -> Iterator[None]:
    """Has an error say how the file is mended, where that is known: after its sentences come lines of Python."""
    try:
        yield
    except DataError as error:
        code = _repair(path, *_stamp(path))
        if not code:
            raise
        raise DataError(f"{error} These lines of Python mend it:", code) from error


@lru_cache(maxsize=256)
def _repair(path: Path, changed: int, size: int) -> str:
    """The same for a file that isn't as it should be, remembered, for it may read all of the file, and pages ask again and again."""
    return repair.lines(path)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise DataError(f"{path}: could not be read ({error.strerror or error}).") from None
    return stat.st_mtime_ns, stat.st_size


def _error(path: Path, name: str, problem: str) -> DataError:
    return DataError(f"{path}: array {name}: {problem}")


def _needs() -> str:
    return f"It needs {ARRAYS}."


def _size(shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    return f"{height} x {width} pixels in {'colour' if channels == 3 else 'grey'}"
