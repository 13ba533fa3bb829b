"""Data sets of one's own."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import own_set

from vae.data import npz
from vae.data.sources import DATASETS, is_on_disk, load, own_sets, source_of, stamp_of, title_of
from vae.errors import DataError

SPLITS: Any = ("train", "test")


def pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(256, size=shape).astype(np.uint8)


# What an image of 6 x 5 pixels is given as, and how it is read.
LAYOUTS: dict[str, tuple[tuple[int, ...], Callable[[np.ndarray], np.ndarray]]] = {
    "grey": ((6, 5), lambda images: images[:, None]),
    "grey, channel last": ((6, 5, 1), lambda images: images.transpose(0, 3, 1, 2)),
    "grey, channel first": ((1, 6, 5), lambda images: images),
    "colour, channels last": ((6, 5, 3), lambda images: images.transpose(0, 3, 1, 2)),
    "colour, channels first": ((3, 6, 5), lambda images: images),
    "grey, three pixels wide": ((6, 3), lambda images: images[:, None]),
    "three pixels high, channels last": ((5, 3, 3), lambda images: images.transpose(0, 3, 1, 2)),
}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_as_channels_height_and_width(
    layout: str, save: Callable[..., None], order: Any, tmp_path: Path
) -> None:
    shape, turned = LAYOUTS[layout]
    arrays = {
        f"{split}_images": np.asarray(pixels(count, *shape), order=order)
        for split, count in zip(SPLITS, (9, 4), strict=True)
    }
    save(tmp_path / "mine.npz", **arrays)
    for split in SPLITS:
        images = turned(arrays[f"{split}_images"])
        data = load("mine", split, tmp_path)
        assert data.images.dtype == torch.uint8
        assert data.images.is_contiguous()
        assert np.array_equal(data.images.numpy(), images)
        assert data.image_shape == source_of("mine", tmp_path).image_shape == images.shape[1:]
    assert source_of("mine", tmp_path).counts == (9, 4)


@pytest.mark.parametrize("dtype", ["int64", "uint8", ">i2", "int8"])
def test_labels_are_read_with_their_names(dtype: str, tmp_path: Path) -> None:
    arrays = own_set(tmp_path)
    own_set(tmp_path, **{f"{split}_labels": arrays[f"{split}_labels"].astype(dtype) for split in SPLITS})
    for split in SPLITS:
        data = load("cells", split, tmp_path)
        assert data.labels.dtype == torch.int64
        assert data.labels.tolist() == arrays[f"{split}_labels"].tolist()
        assert data.classes == ("round", "long")


# Labels of both splits, and the classes that there then are.
UNNAMED: dict[str, tuple[np.ndarray, np.ndarray, tuple[str, ...]]] = {
    "from zero": (np.arange(40) % 4, np.full(12, 1), ("0", "1", "2", "3")),
    "from one": (np.arange(40) % 10 + 1, np.arange(12) % 10 + 1, tuple(str(number) for number in range(1, 11))),
    "gaps": (np.arange(40) % 10 * 7, np.arange(12) % 3 * 7, tuple(str(7 * number) for number in range(10))),
    "in one split alone": (np.full(40, 3), np.full(12, -1), ("3",)),
    "others in each": (np.full(40, 9), np.array([-1, 11] * 6), ("9", "11")),
    "none": (np.full(40, -1), np.full(12, -1), ()),
    "one byte, unsigned": ((np.arange(40) % 2 + 200).astype(np.uint8), np.full(12, 200), ("200", "201")),
}


@pytest.mark.parametrize("kind", UNNAMED)
def test_without_names_the_labels_that_occur_in_either_split_are_counted(kind: str, tmp_path: Path) -> None:
    train, test, classes = UNNAMED[kind]
    own_set(tmp_path, classes=None, train_labels=train, test_labels=test)
    for split, given in zip(SPLITS, (train, test), strict=True):
        data = load("cells", split, tmp_path)
        assert data.classes == classes
        assert data.labels.dtype == torch.int64
        named = [int(classes[label]) if label >= 0 else -1 for label in data.labels]
        assert named == given.tolist()


def test_labels_may_be_left_out(tmp_path: Path) -> None:
    own_set(tmp_path, train_labels=None, test_labels=None, classes=None)
    for split, count in zip(SPLITS, (40, 12), strict=True):
        data = load("cells", split, tmp_path)
        assert data.labels.tolist() == [-1] * count
        assert data.classes == ()
    own_set(tmp_path, test_labels=None)
    assert load("cells", "test", tmp_path).labels.tolist() == [-1] * 12
    assert load("cells", "train", tmp_path).labels.tolist() == [0, 1] * 20


def test_what_else_a_file_holds_is_left_alone(tmp_path: Path) -> None:
    own_set(tmp_path, made_with=np.array({"a": 1}, dtype=object))
    assert len(load("cells", "train", tmp_path).images) == 40


def test_neither_split_has_images_of_the_other(tmp_path: Path) -> None:
    arrays = own_set(tmp_path)
    for split in SPLITS:
        images = load("cells", split, tmp_path).images.numpy()
        assert np.array_equal(images.transpose(0, 2, 3, 1), arrays[f"{split}_images"])


GREY = pixels(12, 8, 8)
OBJECTS = np.array([GREY[0], None], dtype=object)
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no training images": ({"train_images": None}, "array train_images: is missing; there is classes, test_images"),
    "no test images": ({"test_images": None}, "array test_images: is missing"),
    "numbers from 0 to 1": ({"test_images": np.zeros((12, 8, 8, 3))}, "array test_images: its type is float64"),
    "whole numbers": ({"train_images": np.zeros((9, 8, 8), int)}, "array train_images: its type is int64"),
    "texts": ({"train_images": np.array(["a.png"])}, "array train_images: its type is <U5"),
    "one image": ({"train_images": np.zeros((8, 8), np.uint8)}, r"array train_images: its shape is \(8, 8\)"),
    "films": ({"train_images": np.zeros((2, 2, 8, 8, 3), np.uint8)}, r"array train_images: its shape is \(2, 2, 8"),
    "no images at all": ({"test_images": GREY[:0]}, r"array test_images: its shape is \(0, 8, 8\), which is no images"),
    "images without pixels": ({"test_images": GREY[:, :0]}, "array test_images: its images are 0 x 8 pixels"),
    "huge images": ({"train_images": np.zeros((1, 1025, 8), np.uint8)}, "array train_images: its images are 1025 x 8"),
    "transparency": ({"test_images": pixels(12, 8, 8, 4)}, "array test_images: .* Leave transparency out"),
    "two channels": ({"test_images": pixels(12, 8, 8, 2)}, r"array test_images: .*\bC\b"),
    "channels that could be either": ({"test_images": pixels(12, 3, 8, 3)}, "array test_images: .* both 3 and 3"),
    "grey and colour": ({"test_images": GREY}, "array test_images: its images are 8 x 8 pixels in grey, .* in colour"),
    "two sizes": ({"test_images": pixels(12, 8, 9, 3)}, "array test_images: its images are 8 x 9 .* 8 x 8"),
    "Python objects": ({"train_images": OBJECTS}, "array train_images: it holds Python objects"),
    "objects for labels": ({"test_labels": np.array(["a"] * 12, object)}, "array test_labels: it holds Python objects"),
    "names for labels": ({"test_labels": np.array(["a"] * 12)}, "array test_labels: its type is <U1"),
    "fractions for labels": ({"test_labels": np.zeros(12)}, "array test_labels: its type is float64"),
    "fewer labels than images": ({"test_labels": np.zeros(11, int)}, r"array test_labels: its shape is \(11,\)"),
    "labels in a column": ({"test_labels": np.zeros((12, 1), int)}, r"array test_labels: its shape is \(12, 1\)"),
    "one label": ({"train_labels": np.int64(3)}, r"array train_labels: its shape is \(\)"),
    "numbers for names": ({"classes": np.arange(2)}, "array classes: its type is int64"),
    "a name": ({"classes": np.array("round")}, r"array classes: its shape is \(\)"),
    "thousands of names": ({"classes": np.arange(1001).astype(str)}, r"array classes: its shape is \(1001,\)"),
    "a name for two": ({"classes": np.array(["a", "a"])}, "array classes: each needs a name of its own"),
    "a name of nothing": ({"classes": np.array(["a", ""])}, "array classes: each needs a name of its own"),
    "an endless name": ({"classes": np.array(["a", "b" * 101])}, "array classes: a name has 100 letters at most"),
    "half a character": ({"classes": np.array(["a", "\ud800"])}, r"array classes: the name '\\ud800' has control"),
    "an escape sequence": ({"classes": np.array(["a", "\x1b[2J"])}, r"array classes: the name '\\x1b\[2J' has control"),
    "another direction": ({"classes": np.array(["a", "\u202eb"])}, r"array classes: the name '\\u202eb' has control"),
}
# What is seen only where the numbers themselves are read.
BAD_NUMBERS: dict[str, tuple[dict[str, Any], str]] = {
    "a label below none": ({"test_labels": np.full(12, -2)}, "array test_labels: labels run from -2 to -2"),
    "ids for labels": ({"train_labels": np.arange(40) * 1000}, "array train_labels: labels run from 0 to 39000"),
    "labels beyond all": ({"train_labels": np.full(40, 2**64 - 1, np.uint64)}, "array train_labels: labels run from"),
    "a label without a name": (
        {"train_labels": np.full(40, 2)},
        "array classes: it has 2 names, but labels go up to 2",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_an_array_that_can_not_be_used_is_named(kind: str, tmp_path: Path) -> None:
    own_set(tmp_path, "good")
    changes, message = BAD[kind]
    own_set(tmp_path, **changes)
    with pytest.raises(DataError, match=message) as caught:
        load("cells", "train", tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'cells.npz'}: ")
    assert not is_on_disk("cells", tmp_path)
    sets = own_sets(tmp_path)
    assert sets.names == ("good",)
    assert sets.problems == (str(caught.value),)
    assert len(load("good", "test", tmp_path).images) == 12


@pytest.mark.parametrize("kind", BAD_NUMBERS)
@pytest.mark.parametrize("split", SPLITS)
def test_labels_that_mean_nothing_are_refused_with_either_split(kind: str, split: Any, tmp_path: Path) -> None:
    changes, message = BAD_NUMBERS[kind]
    own_set(tmp_path, **changes)
    with pytest.raises(DataError, match=message) as caught:
        load("cells", split, tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'cells.npz'}: ")


def rewritten(path: Path, **members: bytes) -> None:
    """Some of the arrays replaced by other bytes."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (contents | {f"{key}.npy": content for key, content in members.items()}).items():
            file.writestr(name, content)


class Runs:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    own_set(tmp_path, train_images=np.array([Runs(mark)], dtype=object))
    rewritten(tmp_path / "cells.npz", test_images=pickle.dumps(Runs(mark)))
    assert own_sets(tmp_path).names == ()
    with pytest.raises(DataError):
        load("cells", "train", tmp_path)
    (tmp_path / "cells.npz").write_bytes(pickle.dumps(Runs(mark)))
    with pytest.raises(DataError, match="not a whole"):
        load("cells", "train", tmp_path)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["train_images", "test_labels", "classes"])
@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"text", b"\x93NUMPY\x09\x00", b"\x93NUMPY\x01\x00\x05\x00{'a':"]
)
def test_an_array_without_a_header_is_damaged(name: str, content: bytes, tmp_path: Path) -> None:
    own_set(tmp_path)
    rewritten(tmp_path / "cells.npz", **{name: content})
    with pytest.raises(DataError, match="damaged"):
        source_of("cells", tmp_path)


def test_an_array_shorter_than_it_says_is_seen_without_reading_it(tmp_path: Path) -> None:
    own_set(tmp_path)
    with zipfile.ZipFile(tmp_path / "cells.npz") as file:
        content = file.read("train_images.npy")
    rewritten(tmp_path / "cells.npz", train_images=content[:-1])
    with pytest.raises(DataError, match="array train_images: it isn't as long as its shape says"):
        source_of("cells", tmp_path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_file_is_refused_or_read_as_it_was(save: Callable[..., None], tmp_path: Path) -> None:
    path = tmp_path / "cells.npz"
    arrays = own_set(tmp_path)
    save(path, **arrays)
    whole = path.read_bytes()
    right = load("cells", "train", tmp_path)
    refused = 0
    generator = np.random.default_rng(0)
    for at in generator.integers(len(whole), size=150):
        broken = bytearray(whole)
        broken[at] ^= 1 << int(generator.integers(8))
        for content in (bytes(broken), whole[:at]):
            path.write_bytes(content)
            npz._peek.cache_clear()  # which tells files apart by when they were written, and these all are within a moment
            try:
                assert torch.equal(load("cells", "train", tmp_path).images, right.images)
            except DataError:
                refused += 1
    assert refused > 150, "each that was cut short, and others"


def test_a_list_of_data_sets_reads_no_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_set(tmp_path)

    plain = np.lib.format.read_array

    def read(*arguments: Any, **options: Any) -> np.ndarray:
        array = plain(*arguments, **options)
        assert array.ndim == 1, "pixels were read"
        return array

    monkeypatch.setattr("numpy.lib.format.read_array", read)
    assert own_sets(tmp_path) == (("cells",), ())
    assert is_on_disk("cells", tmp_path)
    assert source_of("cells", tmp_path).image_shape == (3, 8, 8)


def test_a_file_that_is_written_anew_is_looked_at_anew(tmp_path: Path) -> None:
    own_set(tmp_path, train_images=None)
    assert not is_on_disk("cells", tmp_path)
    own_set(tmp_path)
    before = stamp_of("cells", tmp_path)
    assert source_of("cells", tmp_path).counts == (40, 12)
    own_set(tmp_path, counts=(50, 13))
    assert source_of("cells", tmp_path).counts == (50, 13)
    assert stamp_of("cells", tmp_path) != before
    (tmp_path / "cells.npz").unlink()
    assert not is_on_disk("cells", tmp_path)
    assert stamp_of("cells", tmp_path) == stamp_of("digits", tmp_path) == stamp_of("../cells", tmp_path) == ()


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_what_is_built_in_wins(name: str, tmp_path: Path) -> None:
    own_set(tmp_path, name)
    assert source_of(name, tmp_path) is DATASETS[name]
    sets = own_sets(tmp_path)
    assert sets.names == ()
    assert "is built in" in sets.problems[0]


@pytest.mark.parametrize("name", ["my cells", "-cells", "zellkörper", "a.b", "x" * 101])
def test_a_file_with_another_name_is_said_not_to_be_read(name: str, tmp_path: Path) -> None:
    own_set(tmp_path, name)
    sets = own_sets(tmp_path)
    assert sets.names == ()
    assert "letters from A to Z" in sets.problems[0]
    with pytest.raises(DataError, match=r"there is no data set .* letters from A to Z"):
        load(name, "test", tmp_path)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    own_set(tmp_path)
    (tmp_path / "below").mkdir()
    for name in ("../cells", "/cells", str(tmp_path / "cells"), "cells\n", "cells/"):
        assert not is_on_disk(name, tmp_path / "below")
        assert not is_on_disk(name, tmp_path)


def test_a_missing_one_says_what_goes_where(tmp_path: Path) -> None:
    own_set(tmp_path, "other")
    with pytest.raises(DataError, match="no data set 'cells'") as caught:
        load("cells", "test", tmp_path)
    for said in (
        "digits, sprites, dsprites, other",
        f"cells.npz in {tmp_path}",
        "VAE_DATA_DIR",
        "train_images",
        "test_labels",
    ):
        assert said in str(caught.value)
    assert title_of("cells") == "cells"
    assert own_sets(tmp_path / "nowhere") == ((), ())
