"""What labels are: numbers of classes, counted from 0 in both splits, or what becomes some."""

from __future__ import annotations

__all__ = ["count_classes"]

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.data.repair.script import NoClassesError, Script, UnknownError
from vae.limits import MAX_CLASS_NAME, MAX_CLASSES
from vae.texts import is_showable

# What stands for no class elsewhere: in PyTorch, and where NaN was cast to whole numbers.
NO_CLASS = (-100, np.iinfo(np.int32).min, np.iinfo(np.int64).min)


def count_classes(
    script: Script,
    labels: Mapping[str, NDArray[Any]],
    counts: Mapping[str, int],
    classes: NDArray[Any] | None,
) -> bool:
    """Labels counted from 0, alike in both splits; returns whether their classes have names. Raises `NoClassesError`."""
    flat = {name: _flat(script, name, values, counts[name]) for name, values in labels.items()}
    kinds = {values.dtype.kind == "U" for values in flat.values()}
    if len(kinds) == 2:
        raise NoClassesError("those of one split are texts, and those of the other numbers.")
    known = np.unique(np.concatenate(list(flat.values()))) if flat else np.arange(0)
    return _of_texts(script, flat, known, classes) if kinds == {True} else _of_numbers(script, flat, known, classes)


def _of_numbers(
    script: Script, flat: Mapping[str, NDArray[Any]], known: NDArray[Any], classes: NDArray[Any] | None
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
        raise NoClassesError(f"they are {len(known):,} different ones, and classes are {MAX_CLASSES:,} at most.")
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


def _without_none(script: Script, flat: Mapping[str, NDArray[Any]], known: NDArray[Any]) -> NDArray[Any]:
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


def _flat(script: Script, name: str, values: NDArray[Any], count: int) -> NDArray[Any]:
    """One label an image: whole numbers or texts. Raises `UnknownError` where there are not as many as images."""
    if values.size == count:
        if values.ndim != 1:
            script.add(f"{name} = {name}.reshape(-1)")
            values = values.reshape(-1)
    elif values.ndim == 2 and values.shape[0] == count and values.dtype.kind in "biuf":
        if ((values != 0).sum(1) > 1).any() and not np.allclose(values.sum(1), 1, atol=1e-3):
            raise NoClassesError("an image has several.")
        script.add(
            f"{name} = np.where({name}.any(axis=1), {name}.argmax(axis=1), -1)",
            "The place of the largest of a row is the class, and -1 stands for none.",
        )
        values = np.where(values.any(axis=1), values.argmax(axis=1), -1)
    else:
        raise UnknownError
    if values.dtype.kind == "b":
        script.add(f"{name} = {name}.astype(np.int64)")
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        there = np.isfinite(values)
        if not (values[there] == np.floor(values[there])).all() or (np.abs(values[there]) > 2**53).any():
            raise NoClassesError("they are measurements, with fractions, rather than classes.")
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
        raise UnknownError
    return values


def _of_texts(
    script: Script, flat: Mapping[str, NDArray[Any]], known: NDArray[Any], classes: NDArray[Any] | None
) -> bool:
    """Texts become numbers, and their own names."""
    none = known[0] == ""
    texts = [str(text) for text in (known[1:] if none else known)]
    if not texts or len(texts) > MAX_CLASSES or max(map(len, texts)) > MAX_CLASS_NAME:
        raise NoClassesError(
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


def _index(script: Script, flat: Mapping[str, NDArray[Any]], none: str | None) -> None:
    """Each label becomes its place among those of both splits, ascending."""
    together = next(iter(flat)) if len(flat) == 1 else f"np.concatenate([{', '.join(flat)}])"
    script.add(f"values = np.unique({together})", "One number for each class, in both splits.")
    if none is not None:
        script.add(f"values = values[values != {none}]")
    for name in flat:
        position = f"np.searchsorted(values, {name})"
        script.add(f"{name} = {position}" if none is None else f"{name} = np.where({name} == {none}, -1, {position})")


def _names(script: Script, classes: NDArray[Any], most: int) -> list[str]:
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


def _showable(script: Script, names: list[str]) -> list[str]:
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
