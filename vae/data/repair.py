"""The lines of Python that make a data set of one's own of a file that is none yet.

They are found by the names, types and shapes of its arrays and by their values: run as they are, they give the pixels that were meant, and
one class the same number in both splits. Where only whoever made the file can know what was meant, there are none.
"""

from __future__ import annotations

__all__ = ["lines"]

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.data.npy import Header, pieces, read_header
from vae.limits import MAX_CLASS_NAME, MAX_CLASSES
from vae.models.config import MAX_SIDE
from vae.texts import is_showable

SCANNED_BYTES = 1 << 30  # of an array, at most: the lines then say what they take the rest for, and check it
LABEL_BYTES = 1 << 29
MIN_SIDE = 4  # pixels, of images that lie in rows
# What stands for no class elsewhere: in PyTorch, and where NaN was cast to whole numbers.
NO_CLASS = (-100, np.iinfo(np.int32).min, np.iinfo(np.int64).min)
TEST_SHARE = 10  # one in so many images, where a file has no test split

SPLIT = {"train": "train|training|tr", "test": "test|testing|te", "validation": "val|valid|validation|dev|eval"}
KIND = {
    "images": "x|image|images|img|imgs|data|pixels?|pics?|pictures?|faces|samples?|inputs?|features?",
    "labels": "y|label|labels|lbls?|targets?|class|categor(?:y|ies)",
}
NAMES = re.compile(r"classes|class_?names|label_?names|names", re.IGNORECASE)
POSITION = re.compile(r"arr_([0-9]{1,3})")  # of an array that was saved without a name
ROLES = {
    (split, kind): re.compile(
        rf"(?:{splits})[_. -]?(?:{kinds}){'?' if kind == 'images' else ''}|(?:{kinds})[_. -]?(?:{splits})",
        re.IGNORECASE,
    )
    for split, splits in SPLIT.items()
    for kind, kinds in KIND.items()
} | {("", kind): re.compile(kinds, re.IGNORECASE) for kind, kinds in KIND.items()}


class _UnknownError(Exception):
    """Only whoever made the file can know what was meant."""


class _NoClassesError(Exception):
    """Labels that are no classes, and why."""


@dataclass
class _Script:
    """Lines of Python, of variables that are named as the arrays of the new file."""

    loads: dict[str, str]  # names of arrays, by variable
    body: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    pickled: bool = False  # whether some are Python objects

    def add(self, line: str, comment: str = "") -> None:
        self.body.extend([f"# {comment}", line] if comment else [line])

    def write(self, path: Path, saved: Sequence[str]) -> str:
        target = path.resolve()
        arrays = ", ".join(f"{name}={name}" for name in saved)
        return "\n".join(
            [
                "import os",
                "import numpy as np",
                "",
                *self.helpers,
                f"path = {str(target)!r}",
                *(
                    ["# Only of a file that you made yourself: Python objects can run code when they are opened."]
                    if self.pickled
                    else []
                ),
                f"with np.load(path{', allow_pickle=True' if self.pickled else ''}) as file:",
                *(f"    {variable} = file[{name!r}]" for variable, name in self.loads.items()),
                *self.body,
                'kept = path + ".original"',
                "while os.path.exists(kept):",
                '    kept += ".1"',
                "os.replace(path, kept)",
                f"np.savez_compressed(path, {arrays})",
            ]
        )


def lines(path: Path) -> str:
    """The lines that mend a file, which keep the one that was as `NAME.npz.original`. Empty where there is nothing to mend, and where
    nobody can know how. Never raises, and never unpickles anything."""
    try:
        with zipfile.ZipFile(path) as file:
            return _lines(path, file)
    except Exception:  # of whatever a damaged file makes the zip, zlib and NumPy say; the error this is for says more
        return ""


def _lines(path: Path, file: zipfile.ZipFile) -> str:
    headers = _headers(file)
    roles = _roles(headers)
    if any(headers[name].dtype.hasobject for name in roles.values()):
        return _without_objects(path, roles, headers)
    script = _Script(roles)
    labels = {name: _values(file, headers, roles[name]) for name in roles if name.endswith("labels")}
    count = {name: labels[other].shape[0] for name, other in _pairs(roles) if other in labels and labels[other].ndim}
    layouts = {
        name: _layout(file, roles[name], headers[roles[name]], count.get(name))
        for name in roles
        if name.endswith("images")
    }
    for name, layout in layouts.items():
        if layout.view:
            script.add(f"{name} = {layout.view.format(name)}", layout.why)
    _scale(script, {name: (layout, _scan(file, roles[name], layout)) for name, layout in layouts.items()})
    _alike(script, layouts)
    counts = {other: layouts[name].shape[0] for name, other in _pairs(roles)}
    classes = None if "classes" not in roles else _values(file, headers, roles["classes"])
    begun = len(script.body)
    try:
        named = _count_classes(script, labels, counts, classes)
        saved = [*layouts, *labels, *(["classes"] if named else [])]
    except _NoClassesError as reason:
        del script.body[begun:]
        for name in [*labels, "classes"]:
            script.loads.pop(name, None)
        script.body.append(f"# The labels are left out: {reason}")
        saved = [*layouts]
    if "images" in saved:
        saved = _split(script, layouts["images"].shape[0], saved)
    if not script.body and all(name == given for name, given in roles.items()):
        return ""
    return script.write(path, saved)


def _pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Variables of images, each with that of its labels, if it has any."""
    return [(name, name.replace("images", "labels")) for name in names if name.endswith("images")]


def _headers(file: zipfile.ZipFile) -> dict[str, Header]:
    """The header of every array that can be read, by name."""
    headers = {}
    for name in file.namelist():
        if name.endswith(".npy"):
            try:
                with file.open(name) as stream:
                    headers[name.removesuffix(".npy")] = read_header(stream)
            except ValueError:
                continue
    return headers


def _values(file: zipfile.ZipFile, headers: Mapping[str, Header], name: str) -> NDArray[Any]:
    if headers[name].size > LABEL_BYTES:
        raise _UnknownError
    with file.open(f"{name}.npy") as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


# Which array is what.


def _roles(headers: Mapping[str, Header]) -> dict[str, str]:
    """Names of arrays, by what they are: `train_images` and `test_images`, or `images` of both; their labels; `classes`."""
    by_role: dict[tuple[str, str], str] = {}
    for name in headers:
        for role, pattern in ROLES.items():
            # A name that is right already comes first.
            if pattern.fullmatch(name) and (role not in by_role or name == "_".join(role)):
                by_role[role] = name
    images = {split: name for (split, kind), name in by_role.items() if kind == "images" and headers[name].shape}
    labels = {split: name for (split, kind), name in by_role.items() if kind == "labels"}
    if not images:
        images, labels = _by_position(headers, labels)
    train = next((split for split in ("train", "") if split in images), None)
    test = next((split for split in ("test", "validation") if split in images), None)
    if train is None:
        raise _UnknownError
    chosen = [("", train)] if test is None else [("train_", train), ("test_", test)]
    roles = {f"{prefix}images": images[split] for prefix, split in chosen}
    roles |= {f"{prefix}labels": labels[split] for prefix, split in chosen if split in labels}
    names = [name for name in headers if NAMES.fullmatch(name)]
    if names:
        roles["classes"] = "classes" if "classes" in names else names[0]
    return roles


def _by_position(headers: Mapping[str, Header], labels: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Arrays that were saved without names, in their order: training images first, and labels in the order of the images. Or the one array
    that can be images."""
    pictures = [name for name, header in headers.items() if len(header.shape) > 2 or _sides(header.shape)]
    numbered = sorted((int(place[1]), name) for name in headers if (place := POSITION.fullmatch(name)))
    if not numbered:
        if len(pictures) != 1:
            raise _UnknownError
        return {"": pictures[0]}, {split: name for split, name in labels.items() if not split}
    images = [name for _, name in numbered if name in pictures]
    others = [name for _, name in numbered if name not in pictures]
    splits = {1: [""], 2: ["train", "test"], 3: ["train", "validation", "test"]}.get(len(images))
    if splits is None or len(others) not in (0, len(images)):
        raise _UnknownError
    return dict(zip(splits, images, strict=True)), dict(zip(splits, others, strict=False))


# How images lie.


class _Layout(NamedTuple):
    """How an array becomes images."""

    header: Header
    shape: tuple[int, int, int, int]  # (N, H, W, C), as they are meant
    view: str = ""  # a Python expression of {}, which is the array; empty where it is images already
    why: str = ""
    channels: int | None = None  # the axis that they are, of the array as it is stored, where that is known


def _layout(file: zipfile.ZipFile, name: str, header: Header, labels: int | None) -> _Layout:
    """Raises `_UnknownError` for what may be more than one thing. `labels` is how many there are, where there are any."""
    shape, view, why = header.shape, "{}", ""
    last = len(shape) == 4 and shape[2] in (1, 3) and not {shape[1], shape[3]} & {1, 2, 3, 4}
    if len(shape) > 1 and (shape[-1] == labels != shape[0] or (last and labels in (None, shape[-1]))):
        shape, view, why = (shape[-1], *shape[:-1]), "np.moveaxis({}, -1, 0)", "Which image it is comes first."
    if len(shape) == 2:
        height, width, channels = _sides(shape) or _refuse()
        split = f"{height}, {width}" if channels == 1 else f"{height}, {width}, {channels}"
        if channels == 3 and _planes_first(file, name, header, height):
            split = f"{channels}, {height}, {width}"
        view, why = (
            f"{view}.reshape(-1, {split})",
            f"A row of {shape[1]:,} numbers is an image of {height} x {width} pixels.",
        )
        return _Layout(header, _checked((shape[0], height, width, channels)), view, why)
    if len(shape) == 3:
        return _Layout(header, _checked((*shape, 1)), "" if view == "{}" else view, why)
    if len(shape) != 4:
        raise _UnknownError
    for wanted, colours, text in (
        ((1, 3), None, ""),
        ((4,), 3, "The fourth channel is transparency."),
        ((2,), 1, "The second channel is transparency."),
    ):
        first, last = shape[1] in wanted, shape[3] in wanted
        if first and last:
            raise _UnknownError
        if first or last:
            axis = None if view != "{}" or colours else 1 if first else 3
            if colours:
                view, why = f"{view}[{':' if first else '...'}, :{colours}]", text
            height, width = shape[2:] if first else shape[1:3]
            size = (shape[0], height, width, colours or shape[1 if first else 3])
            return _Layout(header, _checked(size), "" if view == "{}" else view, why, axis)
    raise _UnknownError


def _refuse() -> Any:
    raise _UnknownError


def _checked(shape: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if shape[0] == 0 or not all(1 <= side <= MAX_SIDE for side in shape[1:]):
        raise _UnknownError
    return shape


def _sides(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Height, width and channels of square images that lie in rows."""
    if len(shape) == 2:
        for channels in (1, 3):
            side = isqrt(shape[1] // channels)
            if side >= MIN_SIDE and side * side * channels == shape[1]:
                return side, side, channels
    return None


def _planes_first(file: zipfile.ZipFile, name: str, header: Header, side: int) -> bool:
    """Whether rows have all of one channel before the next: a pixel is then more like the one `side` numbers on, which is below it, than
    like the one three times as far."""
    with file.open(f"{name}.npy") as stream:
        read_header(stream)
        rows = next(pieces(stream, header))[1].astype(float)
    if header.fortran or rows.shape[1] != header.shape[1]:
        return True
    below, further = (np.abs(rows[:, step:] - rows[:, :-step]).mean() for step in (side, 3 * side))
    return bool(below <= further)


def _alike(script: _Script, layouts: Mapping[str, _Layout]) -> None:
    """Both splits in grey, or both in colour."""
    if len({layout.shape[1:3] for layout in layouts.values()}) > 1:
        raise _UnknownError
    if len({layout.shape[3] for layout in layouts.values()}) > 1:
        for name, layout in layouts.items():
            if layout.shape[3] == 1:
                _, height, width, _ = layout.shape
                script.add(
                    f"{name} = np.repeat({name}.reshape(-1, {height}, {width}, 1), 3, axis=3)", "Grey becomes colour."
                )


# What pixels are.


class _Range(NamedTuple):
    """The numbers of an array."""

    low: NDArray[np.float64]  # (C,), of each channel, or (1,) of all
    high: NDArray[np.float64]
    whole: bool  # whether all are whole numbers
    finite: bool  # whether all are numbers
    complete: bool  # whether all were looked at


def _scan(file: zipfile.ZipFile, name: str, layout: _Layout) -> _Range:
    header = layout.header
    if header.dtype.kind not in "buif":
        raise _UnknownError
    count = 1 if layout.channels is None or header.fortran else header.shape[layout.channels]
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    whole = finite = True
    left = SCANNED_BYTES
    with file.open(f"{name}.npy") as stream:
        read_header(stream)
        for _, piece in pieces(stream, header):
            if left <= 0:
                break
            left -= piece.nbytes
            numbers = (
                np.moveaxis(piece, layout.channels or 0, 0).reshape(count, -1) if count > 1 else piece.reshape(1, -1)
            )
            if header.dtype.kind == "f":
                there = np.isfinite(numbers)
                finite = finite and bool(there.all())
                whole = whole and bool((numbers == np.floor(numbers))[there].all())
                low = np.minimum(low, np.where(there, numbers, np.inf).min(1))
                high = np.maximum(high, np.where(there, numbers, -np.inf).max(1))
            else:
                low, high = np.minimum(low, numbers.min(1)), np.maximum(high, numbers.max(1))
    if not np.isfinite(low).all():
        raise _UnknownError  # there is no number at all
    return _Range(low, high, whole, finite, left > 0)


def _ends(low: float, high: float, whole: bool) -> tuple[float, float] | None:
    """What is black and what is white, where numbers from `low` to `high` are of a usual kind. A little beyond either end is what resizing
    leaves."""
    if low >= -0.05 and 0.1 < high <= 1.05:
        return 0, 1
    if low >= -1.05 and high <= 1.05 and (low <= -0.9 or high >= 0.9):
        return -1, 1
    if low >= -0.55 and high <= 0.55 and (low <= -0.45 or high >= 0.45):
        return -0.5, 0.5
    if low >= -5 and 64 < high <= 260 and (low >= 0 or not whole):
        return 0, 255
    return None


def _joined(ranges: Sequence[_Range]) -> _Range:
    """What is true of several arrays together."""
    apart = len({span.low.size for span in ranges}) == 1
    low = np.min([span.low if apart else span.low.min(keepdims=True) for span in ranges], axis=0)
    high = np.max([span.high if apart else span.high.max(keepdims=True) for span in ranges], axis=0)
    return _Range(low, high, *(all(getattr(span, name) for span in ranges) for name in _Range._fields[2:]))


def _scale(script: _Script, arrays: Mapping[str, tuple[_Layout, _Range]]) -> None:
    """Pixels from 0 to 255."""
    ranges = [span for _, span in arrays.values()]
    bytes_ = {layout.header.dtype == np.uint8 for layout, _ in arrays.values()}
    usual = {_ends(span.low.min(), span.high.max(), span.whole) for span in ranges}
    # Both splits are of one kind unless one plainly isn't: what looks like 0 to 1 by itself may be the bright half of -1 to 1.
    together = len(bytes_) == 1 and usual != {(0, 1), (0, 255)}
    for name, (layout, span) in arrays.items():
        low, high, whole, finite, complete = _joined(ranges) if together else span
        if layout.header.dtype == np.uint8 and high.max() > 1:
            continue
        if layout.header.dtype == np.int8 and low.min() < 0:
            script.add(f"{name} = {name}.view(np.uint8)", "As int8, pixels from 128 on have become negative.")
            continue
        black, white, said = _black_and_white(low, high, whole, layout)
        if not script.helpers:
            inner = "np.clip((x.astype(float) - black) * (255 / (white - black)), 0, 255)"
            if not all(part.finite and part.complete for part in ranges):
                inner = f"np.nan_to_num({inner})"
            script.helpers = ["def pixels(x, black, white):", f"    return {inner}.round().astype(np.uint8)", ""]
        if not complete:
            script.add(f"assert {low.min()!s} <= np.nanmin({name}) and np.nanmax({name}) <= {high.max()!s}")
        gaps = "" if finite else ", and what is no number becomes black"
        script.add(
            f"{name} = np.array([pixels(x, {black}, {white}) for x in {name}])",
            f"Pixels run from {low.min():.4g} to {high.max():.4g}: {said}{gaps}.",
        )


def _black_and_white(
    low: NDArray[np.float64], high: NDArray[np.float64], whole: bool, layout: _Layout
) -> tuple[str, str, str]:
    """What becomes 0 and what 255, as Python has it, and in words."""
    ends = _ends(low.min(), high.max(), whole)
    if ends is not None:
        black, white = (f"{end:g}" for end in ends)
        return black, white, f"{black} is black and {white} is white"
    if (low >= high).any():
        raise _UnknownError
    if low.min() >= 0:
        return "0", _number(high.max()), "0 is black, and the largest becomes white"
    if low.size == 1:
        return _number(low[0]), _number(high[0]), "the least becomes black, and the largest white"
    black, white = (
        f"np.array([{', '.join(map(_number, end))}])" + (f".reshape({end.size}, 1, 1)" if layout.channels == 1 else "")
        for end in (low, high)
    )
    return black, white, "in each channel the least becomes black, and the largest white"


def _number(value: float) -> str:
    rounded = float(f"{value:.7g}")
    return repr(int(rounded)) if rounded.is_integer() else repr(rounded)


# What labels are.


def _count_classes(
    script: _Script,
    labels: Mapping[str, NDArray[Any]],
    counts: Mapping[str, int],
    classes: NDArray[Any] | None,
) -> bool:
    """Labels counted from 0, alike in both splits; returns whether their classes have names. Raises `_NoClassesError`."""
    flat = {name: _flat(script, name, values, counts[name]) for name, values in labels.items()}
    kinds = {values.dtype.kind == "U" for values in flat.values()}
    if len(kinds) == 2:
        raise _NoClassesError("those of one split are texts, and those of the other numbers.")
    known = np.unique(np.concatenate(list(flat.values()))) if flat else np.arange(0)
    return _of_texts(script, flat, known, classes) if kinds == {True} else _of_numbers(script, flat, known, classes)


def _of_numbers(
    script: _Script, flat: Mapping[str, NDArray[Any]], known: NDArray[Any], classes: NDArray[Any] | None
) -> bool:
    """Numbers that are counted from 0 stay what they are."""
    known = _without_none(script, flat, known)
    some_have_none = len(known) > 0 and known[0] == -1
    known = known[1:] if some_have_none else known
    low, high = (0, -1) if len(known) == 0 else (int(known[0]), int(known[-1]))
    counted = low >= 0 and high < MAX_CLASSES
    most = max(1, high + 1) if counted else MAX_CLASSES
    names = None if classes is None else _showable(script, _names(script, classes, most))
    if counted and (names is None or high < len(names)):
        return names is not None
    if len(known) > MAX_CLASSES:
        raise _NoClassesError(f"they are {len(known):,} different ones, and classes are {MAX_CLASSES:,} at most.")
    if names is not None and low == 1 and high == len(names):
        for name in flat:
            script.add(f"{name} = np.where({name} > 0, {name}.astype(np.int64) - 1, -1)", "Labels are counted from 0.")
    elif names is not None and counted and len(known) != len(names):
        without = range(len(names), high + 1)
        called = "class {n}" if {*map(str, without)} & {*names} else "{n}"
        numbers = f'[*classes, *(f"{called}" for n in range({without.start}, {without.stop}))]'
        script.add(f"classes = {numbers}", "What has no name is called by its number.")
    else:
        _index(script, flat, "-1" if some_have_none else None)
        if names is None or len(names) != len(known):
            script.add("classes = values.astype(str)")
    return True


def _without_none(script: _Script, flat: Mapping[str, NDArray[Any]], known: NDArray[Any]) -> NDArray[Any]:
    """The numbers that labels are once -1 is the only one that stands for no class. Another does if it is the only one below -1 and apart
    from the others, which can be numbers of classes; -2 beside -1 may be the worst of some grades."""
    below, classes = known[known < -1], known[known >= 0]
    if len(below) != 1:
        return known
    none = int(below[0])
    counted = len(classes) == 0 or classes[-1] < MAX_CLASSES
    if none not in NO_CLASS and not (counted and none + 1 not in known):
        return known
    for name in flat:
        script.add(
            f"{name} = np.where({name} == {none}, -1, {name}.astype(np.int64))",
            f"{none} is taken for no class, as -1 is.",
        )
    return np.concatenate([[-1], classes])


def _flat(script: _Script, name: str, values: NDArray[Any], count: int) -> NDArray[Any]:
    """One label an image: whole numbers or texts. Raises `_UnknownError` where there are not as many as images."""
    if values.size == count:
        if values.ndim != 1:
            script.add(f"{name} = {name}.reshape(-1)")
            values = values.reshape(-1)
    elif values.ndim == 2 and values.shape[0] == count and values.dtype.kind in "biuf":
        if ((values != 0).sum(1) > 1).any() and not np.allclose(values.sum(1), 1, atol=1e-3):
            raise _NoClassesError("an image has several.")
        script.add(
            f"{name} = np.where({name}.any(axis=1), {name}.argmax(axis=1), -1)",
            "The place of the largest of a row is the class, and -1 stands for none.",
        )
        values = np.where(values.any(axis=1), values.argmax(axis=1), -1)
    else:
        raise _UnknownError
    if values.dtype.kind == "b":
        script.add(f"{name} = {name}.astype(np.int64)")
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        there = np.isfinite(values)
        if not (values[there] == np.floor(values[there])).all() or (np.abs(values[there]) > 2**53).any():
            raise _NoClassesError("they are measurements, with fractions, rather than classes.")
        if there.all():
            script.add(f"{name} = {name}.astype(np.int64)")
        else:
            script.add(
                f"{name} = np.where(np.isfinite({name}), {name}, -1).astype(np.int64)", "-1 stands for no class."
            )
        return np.where(there, values, -1).astype(np.int64)
    if values.dtype.kind == "S":
        script.add(f'{name} = np.char.decode({name}, "utf-8", "backslashreplace")')
        return np.char.decode(values, "utf-8", "backslashreplace")
    if values.dtype == np.uint64 and values.max() < 2**63:  # which NumPy makes fractions of beside others
        script.add(f"{name} = {name}.astype(np.int64)")
        return values.astype(np.int64)
    if values.dtype.kind not in "iuU":
        raise _UnknownError
    return values


def _of_texts(
    script: _Script, flat: Mapping[str, NDArray[Any]], known: NDArray[Any], classes: NDArray[Any] | None
) -> bool:
    """Texts become numbers, and their own names."""
    none = known[0] == ""
    texts = [str(text) for text in (known[1:] if none else known)]
    if not texts or len(texts) > MAX_CLASSES or max(map(len, texts)) > MAX_CLASS_NAME:
        raise _NoClassesError(
            f"they are {len(texts):,} different texts, and classes are {MAX_CLASSES:,} at most, with names of up to "
            f"{MAX_CLASS_NAME} letters."
        )
    given = [] if classes is None else _names(script, classes, MAX_CLASSES)
    if {*texts} <= {*given} and _are_apart(given):
        script.add("number = {name: place for place, name in enumerate(map(str, classes))}")
        for name in flat:
            script.add(f"{name} = np.array([number.get(str(label), -1) for label in {name}])")
        _showable(script, given)
        return True
    _index(script, flat, '""' if none else None)
    script.add("classes = values.tolist()")
    _showable(script, texts)
    return True


def _index(script: _Script, flat: Mapping[str, NDArray[Any]], none: str | None) -> None:
    """Each label becomes its place among those of both splits, ascending."""
    together = next(iter(flat)) if len(flat) == 1 else f"np.concatenate([{', '.join(flat)}])"
    script.add(f"values = np.unique({together})", "One number for each class, in both splits.")
    if none is not None:
        script.add(f"values = values[values != {none}]")
    for name in flat:
        position = f"np.searchsorted(values, {name})"
        script.add(f"{name} = {position}" if none is None else f"{name} = np.where({name} == {none}, -1, {position})")


def _names(script: _Script, classes: NDArray[Any], most: int) -> list[str]:
    """Names of classes as texts, as many as there may be."""
    if classes.ndim != 1:
        script.add("classes = classes.reshape(-1)")
        classes = classes.reshape(-1)
    if classes.dtype.kind == "S":
        script.add('classes = np.char.decode(classes, "utf-8", "backslashreplace")')
        classes = np.char.decode(classes, "utf-8", "backslashreplace")
    elif classes.dtype.kind != "U":
        script.add("classes = classes.astype(str)")
        classes = classes.astype(str)
    if len(classes) > MAX_CLASSES:
        script.add(f"classes = classes[:{most}]", "More names than there can be classes.")
        classes = classes[:most]
    names = [str(name) for name in classes]
    if classes.dtype.itemsize > MAX_CLASS_NAME * 4 and all(len(name) <= MAX_CLASS_NAME for name in names):
        script.add(f'classes = classes.astype("U{MAX_CLASS_NAME}")')
    return names


def _are_apart(names: Sequence[str]) -> bool:
    """Whether each is a name of its own, of as many letters as it may have."""
    return all(0 < len(name) <= MAX_CLASS_NAME for name in names) and len({*names}) == len(names)


def _showable(script: _Script, names: list[str]) -> list[str]:
    """Names of classes as the file may have them: texts that can be shown, each once. `classes` holds what they are before."""
    if not all(is_showable(name, len(name)) for name in names):
        script.add(
            'classes = [" ".join("".join(c if c.isprintable() else " " for c in str(name)).split()) for name in classes]',
            "Names without control characters.",
        )
        names = [" ".join("".join(c if c.isprintable() else " " for c in name).split()) for name in names]
    if not _are_apart(names):
        script.add(
            f'classes = [f"{{name[:{MAX_CLASS_NAME - 6}]}} {{place}}".strip() for place, name in enumerate(classes)]',
            f"Each has a name of its own, of {MAX_CLASS_NAME} letters at most.",
        )
        names = [f"{name[: MAX_CLASS_NAME - 6]} {place}".strip() for place, name in enumerate(names)]
    return names


# The rest.


def _split(script: _Script, count: int, saved: Sequence[str]) -> list[str]:
    """A test split, drawn at random, where a file has none."""
    test = max(1, count // TEST_SHARE)
    if count < 2:
        raise _UnknownError
    script.add(
        f"order = np.random.default_rng(0).permutation({count})",
        f"Drawn at random, one image in {TEST_SHARE} is for the test.",
    )
    names = []
    for name in saved:
        if name == "classes":
            names.append(name)
            continue
        script.add(f"train_{name}, test_{name} = {name}[order[{test}:]], {name}[order[:{test}]]")
        names += [f"train_{name}", f"test_{name}"]
    return names


def _without_objects(path: Path, roles: dict[str, str], headers: Mapping[str, Header]) -> str:
    """Lines that make arrays of numbers or texts of Python objects, of which nothing more can be known without opening them."""
    script = _Script(roles, pickled=True)
    for name, given in roles.items():
        if headers[given].dtype.hasobject and name.endswith("images"):
            script.add(f"{name} = np.array({name}.tolist())", "This needs all to be of one size.")
        elif headers[given].dtype.hasobject:
            script.add(f'{name} = np.array(["" if one is None else one for one in {name}.ravel().tolist()])')
    return script.write(path, list(roles))
