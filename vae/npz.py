"""Data sets of one's own: a file `NAME.npz`, as `numpy.savez_compressed` writes it.

    train_images, test_images   uint8, (N, H, W), (N, H, W, C) or (N, C, H, W), where C is 1 or 3 channels
    train_labels, test_labels   whole numbers, (N,), counted from 0, with -1 for none; may be left out
    classes                     names of the labels, texts, (K,); may be left out

Whatever else it holds is left alone. What the arrays are is told by the directory of the file, which is a zip, and by the headers of the
arrays, so a list of data sets reads no pixels. Nothing is ever unpickled.
"""

from __future__ import annotations

__all__ = ["ARRAYS", "Contents", "Part", "peek", "read"]

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import numpy as np
import psutil
from numpy.typing import NDArray

from vae.config import MAX_SIDE
from vae.errors import DataError

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")
CHANNELS = (1, 3)
MAX_CLASSES = 1000  # and a name's letters: what a checkpoint can hold
MAX_NAME = 100
LETTER = np.dtype("U1").itemsize
ARRAYS = (
    "uint8 arrays train_images and test_images, both of shape (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels, and where "
    "there are labels, whole numbers train_labels and test_labels (N,)"
)


class Contents(NamedTuple):
    """What a file holds, by its headers."""

    image_shape: tuple[int, int, int]  # channels, height, width
    counts: dict[Split, int]  # of images


class Part(NamedTuple):
    """A split as it was read."""

    images: NDArray[np.uint8]  # (N, C, H, W)
    labels: NDArray[np.int64]  # (N,), -1 where there is none
    classes: tuple[str, ...]  # names of the labels of both splits


class _Header(NamedTuple):
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def peek(path: Path) -> Contents:
    """What the file holds, without reading its pixels. Raises `DataError` that names the array that can't be used, and the way out."""
    try:
        stamp = path.stat()
    except OSError as error:
        raise DataError(f"{path}: could not be read ({error.strerror or error}).") from None
    return _peek(path, stamp.st_mtime_ns, stamp.st_size)


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
            raise _error(
                path,
                "test_images",
                f"its images are {_size(shapes['test'])}, and those of train_images {_size(shapes['train'])}. "
                "Crop, pad or resize them all to one size.",
            )
        if "classes" in there:
            _check_classes(path, _header(path, file, "classes"))
    return Contents(shapes["train"], counts)


def read(path: Path, split: Split) -> Part:
    """Reads a split, and the labels of both, which say what classes there are. Raises `DataError` as `peek` does, and for pixels or labels
    that can't be used."""
    contents = peek(path)
    with _opened(path) as file:
        labels: dict[Split, NDArray[np.int64]] = {
            part: _labels(path, file, part, contents.counts[part]) for part in SPLITS
        }
        classes = _classes(path, file, labels)
        size, free = contents.counts[split] * prod(contents.image_shape), psutil.virtual_memory().available
        if size > free:
            raise _error(
                path,
                f"{split}_images",
                f"it takes {size / 1e9:.1f} GB of memory, of which {free / 1e9:.1f} are free. Take fewer or smaller images.",
            )
        images = _array(path, file, f"{split}_images")
        if images.ndim == 3:
            images = images[:, None]
        elif images.shape[1:] != contents.image_shape:
            images = images.transpose(0, 3, 1, 2)
        # A copy, where the file has them in another order.
        return Part(np.ascontiguousarray(images), labels[split], classes)


def _image_shape(path: Path, name: str, header: _Header) -> tuple[int, int, int]:
    """Channels, height and width of the images of an array."""
    shape = header.shape
    if header.dtype != np.uint8:
        scaled = (
            " (x * 255).round().astype(np.uint8) makes them of numbers x from 0 to 1."
            if header.dtype.kind == "f"
            else ""
        )
        raise _error(path, name, f"its type is {header.dtype}, and pixels are uint8, from 0 to 255.{scaled}")
    if len(shape) not in (3, 4):
        raise _error(path, name, f"its shape is {shape}, and images have (N, H, W), (N, H, W, C) or (N, C, H, W).")
    if shape[0] == 0:
        raise _error(path, name, f"its shape is {shape}, which is no images.")
    if len(shape) == 3:
        found = (1, shape[1], shape[2])
    else:
        first, last = shape[1] in CHANNELS, shape[3] in CHANNELS
        if first and last:
            raise _error(
                path,
                name,
                f"its shape is {shape}, where both {shape[1]} and {shape[3]} could be channels. Make the images larger than 3 pixels.",
            )
        if not first and not last:
            cut = " images[..., :3] is without transparency." if shape[3] == 4 else ""
            raise _error(
                path, name, f"its shape is {shape}, and C of (N, H, W, C) or (N, C, H, W) is 1 or 3 channels.{cut}"
            )
        found = (shape[1], shape[2], shape[3]) if first else (shape[3], shape[1], shape[2])
    if not all(1 <= side <= MAX_SIDE for side in found):
        raise _error(path, name, f"its images are {_size(found)}, and a side is 1 to {MAX_SIDE:,} pixels. Resize them.")
    return found


def _check_labels(path: Path, name: str, header: _Header, count: int) -> None:
    if header.dtype.kind not in "iu":
        raise _error(
            path,
            name,
            f"its type is {header.dtype}, and labels are whole numbers from 0. Names of them go into classes.",
        )
    if header.shape != (count,):
        raise _error(
            path, name, f"its shape is {header.shape}, and there are {count:,} images, so it must be ({count},)."
        )


def _check_classes(path: Path, header: _Header) -> None:
    if header.dtype.kind != "U":
        raise _error(path, "classes", f"its type is {header.dtype}, and names are texts: np.array([...], dtype=str).")
    if header.dtype.itemsize > MAX_NAME * LETTER:
        raise _error(path, "classes", f"a name has {MAX_NAME} letters at most.")
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
            f"labels run from {low} to {high}, but they are counted from 0 to {MAX_CLASSES - 1} at most, with -1 for none. "
            "np.unique(labels, return_inverse=True)[1] counts them so.",
        )
    return labels.astype(np.int64)


def _classes(path: Path, file: zipfile.ZipFile, labels: dict[Split, NDArray[np.int64]]) -> tuple[str, ...]:
    """The names that the file gives, or the numbers."""
    high = max(int(array.max()) for array in labels.values())
    if "classes.npy" not in file.namelist():
        return tuple(str(number) for number in range(high + 1))
    classes = tuple(str(name) for name in _array(path, file, "classes"))
    if len(set(classes)) < len(classes) or not all(0 < len(name) <= MAX_NAME for name in classes):
        raise _error(path, "classes", f"each needs a name of its own, of 1 to {MAX_NAME} letters.")
    if high >= len(classes):
        raise _error(path, "classes", f"it has {len(classes)} names, but labels go up to {high}.")
    return classes


def _header(path: Path, file: zipfile.ZipFile, name: str) -> _Header:
    """What an array is. Raises `DataError` for one that isn't as long as it says, and for one that would run code when it is read."""
    with file.open(f"{name}.npy") as stream:
        header = _read_header(stream)
        start = stream.tell()
    if header.dtype.hasobject:
        raise _error(
            path,
            name,
            "it holds Python objects, which could run code when they are opened, so they never are. Save an array of numbers or texts: "
            "np.stack makes one of a list of images of one size.",
        )
    size = file.getinfo(f"{name}.npy").file_size
    if size != start + prod(header.shape) * header.dtype.itemsize:
        raise _error(path, name, "it isn't as long as its shape says. Write the file anew.")
    return header


def _read_header(stream: IO[bytes]) -> _Header:
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array in version {version} of NumPy's format")
    first = version == (1, 0)
    shape, _, dtype = (np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0)(stream)
    return _Header(shape, dtype)


def _array(path: Path, file: zipfile.ZipFile, name: str) -> NDArray[Any]:
    try:
        with file.open(f"{name}.npy") as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)
    except MemoryError:
        raise _error(path, name, "it doesn't fit into memory. Take fewer or smaller images.") from None


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


def _error(path: Path, name: str, problem: str) -> DataError:
    return DataError(f"{path}: array {name}: {problem}")


def _needs() -> str:
    return f"It needs {ARRAYS}."


def _size(shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    return f"{height} x {width} pixels in {'colour' if channels == 3 else 'grey'}"
