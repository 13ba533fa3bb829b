"""What an error advises about a file that is no data set yet: followed to the letter, it has to make the right one of that very file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vae.data import npz, repair
from vae.data.images import ImageSet
from vae.data.repair import pixels
from vae.data.sources import load
from vae.errors import DataError

COUNTS = {"train": 40, "test": 12}
Array = NDArray[Any]


def pictures(split: str, channels: int = 1) -> Array:
    """Slopes with something bright on them, as photographs are, from 0 to 255: (N, 8, 8), or (N, 8, 8, 3)."""
    generator = np.random.default_rng(len(split))
    up, across = np.mgrid[:8, :8] / 7
    slopes = generator.uniform(-1, 1, (2, COUNTS[split], 1, 1, channels))
    images = slopes[0] * up[..., None] + slopes[1] * across[..., None]
    low, high = images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True)
    images = ((images - low) / (high - low) * 255).round().astype(np.uint8)
    return images[..., 0] if channels == 1 else images


def labels(split: str) -> Array:
    """Of four classes; the test split knows but two of them."""
    return np.arange(COUNTS[split]) % 4 if split == "train" else np.arange(COUNTS[split]) % 2 * 2 + 1


def write(root: Path, arrays: dict[str, Array | None]) -> Path:
    root.mkdir(exist_ok=True)
    path = root / "cells.npz"
    np.savez_compressed(path, allow_pickle=True, **{name: array for name, array in arrays.items() if array is not None})
    return path


def mended(root: Path, most: int = 1) -> dict[str, ImageSet]:
    """The data set, once every error's advice has been followed; each has to get further, and there are `most` of them."""
    said: list[str] = []
    while True:
        try:
            return {split: load("cells", split, root) for split in ("train", "test")}
        except DataError as error:
            sentence, _, code = str(error).partition("\n")
            assert code, f"no lines of Python: {sentence}"
            assert sentence.endswith("These lines of Python mend it:")
            assert sentence not in said
            said.append(sentence)
            assert len(said) <= most
            before = (root / "cells.npz").read_bytes()
            exec(compile(code, "advice", "exec"), {})
            original = max(root.glob("cells.npz.original*"), key=lambda path: len(path.name))
            assert original.read_bytes() == before, "nothing is lost"


def expected(split: str, channels: int = 1) -> Array:
    return np.moveaxis(pictures(split, channels).reshape(COUNTS[split], 8, 8, channels), -1, 1)


def with_gaps(x: Array) -> Array:
    broken = x / 255
    broken[0, 0, :3] = np.nan, np.inf, -np.inf
    return broken


def bright(x: Array) -> Array:
    """Only the upper half."""
    return x // 2 + 128


# What someone made of pixels from 0 to 255, and how far, in levels, they may then be off.
PIXELS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "0 to 1": (lambda x: x / 255, 0),
    "0 to 1, single": (lambda x: (x / 255).astype(np.float32), 0),
    "0 to 1, half": (lambda x: (x / 255).astype(np.float16), 0),
    "0 to 1, resized": (lambda x: x / 255 * 1.04 - 0.02, 6),
    "0 to 1, big endian and in Fortran's order": (lambda x: np.asfortranarray((x / 255).astype(">f4")), 0),
    "-1 to 1": (lambda x: x / 127.5 - 1, 0),
    "-0.5 to 0.5": (lambda x: x / 255 - 0.5, 0),
    "0 to 255 as fractions": (lambda x: x + 0.0, 0),
    "0 to 255 as whole numbers": (lambda x: x.astype(np.int64), 0),
    "0 to 255, signed": (lambda x: x.astype(np.int16), 0),
    "0 to 255, int8": (lambda x: x.astype(np.int8), 0),
    "0 to 16, as in scikit-learn's digits": (lambda x: (x / 255 * 16).round(), 8),
    "16 bits": (lambda x: x.astype(np.uint16) * 257, 0),
    "12 bits": (lambda x: (x / 255 * 4095).round().astype(np.uint16), 0),
    "Hounsfield units": (lambda x: (x / 255 * 3000 - 1000).round().astype(np.int16), 0),
    "a thousandth": (lambda x: x / 255 / 255, 0),
    "standardized": (lambda x: (x / 255 - 0.1307) / 0.3081, 0),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", PIXELS)
def test_pixels_are_those_that_were_meant(kind: str, channels: int, tmp_path: Path) -> None:
    change, off = PIXELS[kind]
    write(tmp_path, {f"{split}_images": change(pictures(split, channels)) for split in COUNTS})
    for split, data in mended(tmp_path).items():
        assert np.abs(data.images.numpy().astype(int) - expected(split, channels)).max() <= off


@pytest.mark.parametrize("first", [False, True])
def test_channels_that_were_standardized_apart_get_their_colours_back(first: bool, tmp_path: Path) -> None:
    arrays: dict[str, Array | None] = {}
    for split in COUNTS:
        images = (pictures(split, 3) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
        arrays[f"{split}_images"] = images.transpose(0, 3, 1, 2) if first else images
    write(tmp_path, arrays)
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split, 3))


@pytest.mark.parametrize("change", [lambda x: x / 127.5 - 1, lambda x: x / 255, lambda x: x.astype(np.uint16) * 257])
def test_a_split_that_is_bright_throughout_is_scaled_as_the_other(
    change: Callable[[Array], Array], tmp_path: Path
) -> None:
    write(tmp_path, {"train_images": change(pictures("train")), "test_images": change(bright(pictures("test")))})
    sets = mended(tmp_path)
    assert np.array_equal(sets["train"].images.numpy(), expected("train"))
    assert np.array_equal(sets["test"].images.numpy(), bright(expected("test")))


def test_splits_of_different_kinds_are_scaled_apart(tmp_path: Path) -> None:
    write(tmp_path, {"train_images": pictures("train"), "test_images": pictures("test") / 255})
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split))
    write(tmp_path, {"train_images": pictures("train") + 0.0, "test_images": pictures("test") / 255})
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split))


def test_what_is_no_number_becomes_black_and_all_else_stays(tmp_path: Path) -> None:
    write(tmp_path, {f"{split}_images": with_gaps(pictures(split)) for split in COUNTS})
    for split, data in mended(tmp_path).items():
        images, right = data.images.numpy(), expected(split)
        assert images[0, 0, 0, :3].tolist() == [0, 255, 0]
        right[0, 0, 0, :3] = images[0, 0, 0, :3]
        assert np.array_equal(images, right)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_black_and_white_is_seen(dtype: Any, tmp_path: Path) -> None:
    write(tmp_path, {f"{split}_images": (pictures(split) > 127).astype(dtype) for split in COUNTS})
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), (expected(split) > 127) * 255)


def test_fractions_that_were_cast_to_nothing_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {f"{split}_images": (pictures(split) / 256).astype(np.uint8) for split in COUNTS})
    with pytest.raises(DataError, match="multiply them by 255 before") as caught:
        load("cells", "train", tmp_path)
    assert "\n" not in str(caught.value), "there is nothing left to mend"
    # One dark split beside another is what it is.
    write(tmp_path, {"train_images": pictures("train"), "test_images": pictures("test") // 255})
    assert load("cells", "test", tmp_path).images.max() == 1


def test_only_a_part_of_a_large_array_is_looked_at_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "SCANNED_BYTES", 1)
    monkeypatch.setattr("vae.data.npy.PIECE_BYTES", 20 * 64 * 8)
    arrays: dict[str, Array | None] = {f"{split}_images": pictures(split) / 255 for split in COUNTS}
    write(tmp_path, arrays)
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split))
    images = arrays["train_images"]
    assert images is not None
    images[30] *= 255
    path = write(tmp_path, arrays)
    before = path.read_bytes()
    with pytest.raises(AssertionError):
        mended(tmp_path)
    assert path.read_bytes() == before


LAYOUTS: dict[str, tuple[int, Callable[[Array], Array]]] = {
    "rows": (1, lambda x: x.reshape(len(x), -1)),
    "rows of fractions": (1, lambda x: x.reshape(len(x), -1) / 255),
    "rows, channels first": (3, lambda x: x.transpose(0, 3, 1, 2).reshape(len(x), -1)),
    "rows, channels last": (3, lambda x: x.reshape(len(x), -1)),
    "columns of MATLAB": (1, lambda x: x.reshape(len(x), -1).T),
    "images last": (3, lambda x: np.moveaxis(x, 0, -1)),
    "grey images last": (1, lambda x: np.moveaxis(x, 0, -1)),
    "transparency": (3, lambda x: np.concatenate([x, np.full_like(x[..., :1], 255)], axis=-1)),
    "transparency, channels first": (
        3,
        lambda x: np.concatenate([x, np.full_like(x[..., :1], 255)], axis=-1).transpose(0, 3, 1, 2),
    ),
    "grey with transparency": (1, lambda x: np.stack([x, np.full_like(x, 255)], axis=-1)),
    "Python objects": (3, lambda x: as_objects(list(x))),
}


def as_objects(values: list[Any]) -> Array:
    array = np.empty(len(values), object)
    for place, value in enumerate(values):
        array[place] = value
    return array


@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_lie_as_they_were_meant(layout: str, tmp_path: Path) -> None:
    channels, change = LAYOUTS[layout]
    arrays: dict[str, Array | None] = {}
    for split in COUNTS:
        arrays |= {f"{split}_images": change(pictures(split, channels)), f"{split}_labels": labels(split)}
    write(tmp_path, arrays)
    for split, data in mended(tmp_path, 2).items():
        assert np.array_equal(data.images.numpy(), expected(split, channels))
        assert np.array_equal(data.labels.numpy(), labels(split))


def test_grey_becomes_colour_beside_colour(tmp_path: Path) -> None:
    write(tmp_path, {"train_images": pictures("train", 3), "test_images": pictures("test") / 255})
    sets = mended(tmp_path)
    assert np.array_equal(sets["train"].images.numpy(), expected("train", 3))
    assert np.array_equal(sets["test"].images.numpy(), np.repeat(expected("test"), 3, axis=1))


NAMES = np.array(["zebra", "ant", "newt", "cow"])
WILD = np.array(["\x1b[31mred", "re\nd", "re d", "\x07"])
TAME = ["[31mred 0", "re d 1", "re d 2", "3"]  # where all have their numbers, for two would be alike
IDS = np.array([1017, -5, 40, 1003])
# What someone made of labels from 0 to 3, the `classes` beside them, and what each of the four is then called.
LABELS: dict[str, tuple[Callable[[Array], Array], Array | None, list[str]]] = {
    "a column": (lambda y: y[:, None], None, ["0", "1", "2", "3"]),
    "a row": (lambda y: y[None], None, ["0", "1", "2", "3"]),
    "a column of texts": (lambda y: NAMES[y][:, None], None, NAMES.tolist()),
    "one-hot": (lambda y: np.eye(4)[y], NAMES, NAMES.tolist()),
    "one-hot, boolean": (lambda y: np.eye(4, dtype=bool)[y], None, ["0", "1", "2", "3"]),
    "one-hot, bytes": (lambda y: np.eye(4, dtype=np.uint8)[y], None, ["0", "1", "2", "3"]),
    "probabilities": (lambda y: np.eye(4)[y] * 0.6 + 0.1, None, ["0", "1", "2", "3"]),
    "boolean": (lambda y: y > 1, None, ["0", "0", "1", "1"]),
    "whole fractions": (lambda y: y.astype(np.float32), NAMES, NAMES.tolist()),
    "from one": (lambda y: y + 1, NAMES, NAMES.tolist()),
    "from one, unsigned": (lambda y: (y + 1).astype(np.uint8), NAMES, NAMES.tolist()),
    "gaps": (lambda y: y * 10, None, ["0", "10", "20", "30"]),
    "gaps, with a name for each": (lambda y: y * 10, NAMES, NAMES.tolist()),
    "ids": (lambda y: IDS[y], None, ["1017", "-5", "40", "1003"]),
    "grades": (lambda y: y - 2, None, ["-2", "-1", "0", "1"]),
    "ids, with a name for each in their order": (lambda y: IDS[y], NAMES, ["cow", "zebra", "ant", "newt"]),
    "large ids, unsigned": (
        lambda y: (y * 10**15 + 5).astype(np.uint64),
        None,
        [str(k * 10**15 + 5) for k in range(4)],
    ),
    "texts": (lambda y: NAMES[y], None, NAMES.tolist()),
    "texts beside their list": (lambda y: NAMES[y], NAMES, NAMES.tolist()),
    "texts beside another list": (lambda y: NAMES[y], np.array(["a", "b"]), NAMES.tolist()),
    "bytes": (lambda y: NAMES[y].astype("S"), None, NAMES.tolist()),
    "Python texts": (lambda y: NAMES[y].astype(object), None, NAMES.tolist()),
    "Python numbers": (lambda y: y.astype(object), None, ["0", "1", "2", "3"]),
    "16 bits": (lambda y: y.astype(np.uint16), None, ["0", "1", "2", "3"]),
    "numbers for names": (lambda y: y, IDS, ["1017", "-5", "40", "1003"]),
    "bytes for names": (lambda y: y, NAMES.astype("S"), NAMES.tolist()),
    "Python texts for names": (lambda y: y, NAMES.astype(object), NAMES.tolist()),
    "names in a column": (lambda y: y, NAMES[:, None], NAMES.tolist()),
    "too few names, which are numbers": (lambda y: y, np.array(["3", "x"]), ["3", "x", "class 2", "class 3"]),
    "bytes that are no text": (
        lambda y: np.array([b"\xff", b"\xfe", b"c", b"d"])[y],
        None,
        [r"\xff", r"\xfe", "c", "d"],
    ),
    "too few names": (lambda y: y, NAMES[:3], ["zebra", "ant", "newt", "3"]),
    "names that are alike": (lambda y: y, np.array(["a", "a", "", "b"]), ["a 0", "a 1", "2", "b 3"]),
    "a name that is too long": (
        lambda y: y,
        np.array(["a" * 200, "b", "c", "d"]),
        ["a" * 94 + " 0", "b 1", "c 2", "d 3"],
    ),
    "texts with controls": (
        lambda y: np.array(["a\x00b", "a\u202eb", "c\td", "\ud800e"])[y],
        None,
        ["a b 0", "a b 1", "c d 2", "e 3"],
    ),
    "names with controls": (lambda y: y, np.array(["a\tb", "\x9bc", "d", "é\u3000f"]), ["a b", "c", "d", "é f"]),
    "names that controls keep apart": (lambda y: y, WILD, TAME),
    "names with controls, from one": (lambda y: y + 1, WILD, TAME),
    "texts with controls beside their list": (lambda y: WILD[y], WILD, TAME),
    "bytes with controls": (lambda y: np.array([b"a\x01", b"b", b"c", b"d"])[y], None, ["a", "b", "c", "d"]),
    "Python texts with controls": (lambda y: WILD[:2][y % 2].astype(object), None, ["[31mred", "re d"] * 2),
    "short texts in a wide array": (lambda y: NAMES[y].astype("U200"), None, NAMES.tolist()),
    "thousands of names": (lambda y: y, np.arange(5000).astype(str), ["0", "1", "2", "3"]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_a_class_is_the_same_in_both_splits(kind: str, tmp_path: Path) -> None:
    change, names, called = LABELS[kind]
    arrays: dict[str, Array | None] = {"classes": names}
    for split in COUNTS:
        arrays |= {f"{split}_images": pictures(split), f"{split}_labels": change(labels(split))}
    write(tmp_path, arrays)
    sets = mended(tmp_path, 2)
    assert sets["train"].classes == sets["test"].classes
    for split, read in sets.items():
        assert [read.classes[label] for label in read.labels] == [called[label] for label in labels(split)]
        assert np.array_equal(read.images.numpy(), expected(split))


NONE: dict[str, Callable[[Array], Array]] = {
    "NaN": lambda y: np.where(y == 3, np.nan, y),
    "nothing": lambda y: np.where(y == 3, "", NAMES[y]),
    "no one": lambda y: np.eye(4)[y] * (y != 3)[:, None],
    "beside ids": lambda y: np.where(y == 3, -1, (y + 1) * 1000),
    "-100": lambda y: np.where(y == 3, -100, y),
    "-100 of one byte": lambda y: np.where(y == 3, -100, y).astype(np.int8),
    "-100 beside ids": lambda y: np.where(y == 3, -100, (y + 1) * 1000),
    "-100 as fractions": lambda y: np.where(y == 3, -100.0, y),
    "-9": lambda y: np.where(y == 3, -9, y),
    "Python's None": lambda y: np.array([None if one == 3 else NAMES[one] for one in y], object),
    "NaN as a whole number": lambda y: np.where(y == 3, np.iinfo(np.int64).min, y),
}


@pytest.mark.parametrize("kind", NONE)
def test_no_class_stays_none(kind: str, tmp_path: Path) -> None:
    arrays: dict[str, Array | None] = {}
    for split in COUNTS:
        arrays |= {f"{split}_images": pictures(split), f"{split}_labels": NONE[kind](labels(split))}
    write(tmp_path, arrays)
    for split, data in mended(tmp_path, 2).items():
        assert np.array_equal(data.labels.numpy() == -1, labels(split) == 3)
        assert len(data.classes) == 3


def test_another_number_for_none_leaves_names_and_those_without_a_class_alone(tmp_path: Path) -> None:
    arrays: dict[str, Array | None] = {"classes": NAMES}
    for split in COUNTS:
        arrays |= {f"{split}_images": pictures(split), f"{split}_labels": np.array([0, -1, 2, -100])[labels(split)]}
    write(tmp_path, arrays)
    for split, data in mended(tmp_path).items():
        assert data.classes == tuple(NAMES)
        assert data.labels.tolist() == np.array([0, -1, 2, -1])[labels(split)].tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda y: y + np.linspace(0, 0.9, len(y)),
        lambda y: np.stack([y > 1, y % 2 == 0, y < 3], axis=1),
        lambda y: np.array([f"image {place} of {len(y)}" * 9 for place in range(len(y))]),
        lambda y: y if len(y) == 40 else NAMES[y],
    ],
)
def test_labels_that_are_no_classes_are_left_out(change: Callable[[Array], Array], tmp_path: Path) -> None:
    arrays: dict[str, Array | None] = {"classes": NAMES}
    for split in COUNTS:
        arrays |= {f"{split}_images": pictures(split) / 255, f"{split}_labels": change(labels(split))}
    write(tmp_path, arrays)
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split))
        assert (data.labels == -1).all()


TITLES = [
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
    ("X_train", "Y_train", "X_val", "Y_val"),
    ("train_x", "train_y", "test_x", "test_y"),
    ("xtrain", "ytrain", "xtest", "ytest"),
    ("trainX", "trainY", "testX", "testY"),
    ("train_data", "train_targets", "test_data", "test_targets"),
    ("train", "train_label", "test", "test_label"),
    ("images_train", "labels_train", "images_test", "labels_test"),
    ("train_images", "train_labels", "val_images", "val_labels"),
    ("train-images", "train-labels", "valid-images", "valid-labels"),
    ("arr_0", "arr_1", "arr_2", "arr_3"),
    ("arr_0", "arr_2", "arr_1", "arr_3"),
]


@pytest.mark.parametrize("names", TITLES)
def test_arrays_are_found_by_their_usual_names(names: tuple[str, ...], tmp_path: Path) -> None:
    arrays = {}
    for split, images, given in (("train", *names[:2]), ("test", *names[2:])):
        arrays |= {images: pictures(split) / 127.5 - 1, given: NAMES[labels(split)][:, None]}
    write(tmp_path, dict(sorted(arrays.items(), reverse=True)))
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split))
        assert [data.classes[label] for label in data.labels] == NAMES[labels(split)].tolist()


def test_a_file_with_three_splits_keeps_the_test_split_for_the_test(tmp_path: Path) -> None:
    arrays: dict[str, Array | None] = {"x_val": pictures("train")[:5] / 255, "y_val": labels("train")[:5]}
    for split in COUNTS:
        arrays |= {f"x_{split}": pictures(split) / 255, f"y_{split}": labels(split)}
    write(tmp_path, arrays)
    for split, data in mended(tmp_path).items():
        assert np.array_equal(data.images.numpy(), expected(split))


@pytest.mark.parametrize(
    "names",
    [
        ("images", "labels"),
        ("data", "target"),
        ("X", "y"),
        ("arr_0", "arr_1"),
        ("arr_0", None),
        ("cells", None),
        ("train_images", "train_labels"),
    ],
)
def test_images_without_a_test_split_are_split(names: tuple[str, str | None], tmp_path: Path) -> None:
    images, given = names
    arrays: dict[str, Array | None] = {images: pictures("train") / 255}
    if given:
        arrays[given] = NAMES[labels("train")]
    write(tmp_path, arrays)
    sets = mended(tmp_path)
    assert [len(sets[split].images) for split in COUNTS] == [36, 4]
    right = {image.tobytes(): name for image, name in zip(pictures("train"), NAMES[labels("train")], strict=True)}
    assert len(right) == 40
    for read in sets.values():
        for image, label in zip(read.images.numpy(), read.labels, strict=True):
            name = right.pop(image.tobytes())
            assert not given or read.classes[label] == name
    assert right == {}


# Where only whoever made the file can know.
UNKNOWN: dict[str, dict[str, Any]] = {
    "sizes": {"train_images": pictures("train"), "test_images": pictures("test")[:, 1:]},
    "one image": {"train_images": pictures("train")[0], "test_images": pictures("test")},
    "films": {"train_images": np.ones((2, 3, 8, 8, 3), np.uint8), "test_images": pictures("test")},
    "texts": {"train_images": np.array(["a.png", "b.png"]), "test_images": pictures("test")},
    "complex": {"train_images": pictures("train") + 1j, "test_images": pictures("test")},
    "no numbers": {f"{split}_images": np.full((3, 8, 8), np.nan) for split in COUNTS},
    "one number": {f"{split}_images": np.full((3, 8, 8), -7.5) for split in COUNTS},
    "counts": {f"{split}_images": pictures(split) for split in COUNTS} | {"train_labels": np.arange(9)},
    "masks": {"cells": pictures("train"), "masks": pictures("train")},
    "odd rows": {f"{split}_images": np.ones((9, 65)) for split in COUNTS},
    "nothing": {"note": np.arange(3)},
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_where_nobody_can_know_nothing_is_advised(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, UNKNOWN[kind])
    with pytest.raises(DataError) as caught:
        load("cells", "train", tmp_path)
    assert "\n" not in str(caught.value)
    assert repair.lines(path) == ""


def test_a_good_file_needs_nothing(tmp_path: Path) -> None:
    arrays: dict[str, Array | None] = {"classes": NAMES}
    for split in COUNTS:
        arrays |= {f"{split}_images": pictures(split), f"{split}_labels": labels(split)}
    assert repair.lines(write(tmp_path, arrays)) == ""
    (tmp_path / "cells.npz").write_bytes(b"PK\3\4 not a zip")
    assert repair.lines(tmp_path / "cells.npz") == ""
    assert repair.lines(tmp_path / "none.npz") == ""


def test_a_path_is_written_so_that_python_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s "quoted" \\ {x}'
    write(folder, {f"{split}_images": pictures(split) / 255 for split in COUNTS})
    for split, data in mended(folder).items():
        assert np.array_equal(data.images.numpy(), expected(split))


def test_a_file_is_looked_into_once_however_often_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {f"{split}_images": pictures(split) / 255 for split in COUNTS})
    looked = []
    lines = repair.lines
    monkeypatch.setattr(repair, "lines", lambda path: looked.append(path) or lines(path))
    for _ in range(3):
        with pytest.raises(DataError):
            npz.peek(tmp_path / "cells.npz")
    assert len(looked) == 1
