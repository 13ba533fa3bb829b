"""How an array becomes images."""

from __future__ import annotations

__all__ = ["Layout", "layout_of", "match_colours", "square_sides"]

import zipfile
from collections.abc import Mapping
from math import isqrt
from typing import Any, NamedTuple

import numpy as np

from vae.data.npy import Header, pieces, read_header
from vae.data.repair.script import Script, UnknownError
from vae.models.config import MAX_SIDE

MIN_SIDE = 4  # pixels, of images that lie in rows


class Layout(NamedTuple):
    """How an array becomes images."""

    header: Header
    shape: tuple[int, int, int, int]  # (N, H, W, C), as they are meant
    view: str = ""  # a Python expression of {}, which is the array; empty where it is images already
    why: str = ""
    channels: int | None = None  # the axis that they are, of the array as it is stored, where that is known


def layout_of(file: zipfile.ZipFile, name: str, header: Header, labels: int | None) -> Layout:
    """Raises `UnknownError` for what may be more than one thing. `labels` is how many there are, where there are any."""
    shape, view, why = header.shape, "{}", ""
    last = len(shape) == 4 and shape[2] in (1, 3) and not {shape[1], shape[3]} & {1, 2, 3, 4}
    if len(shape) > 1 and (shape[-1] == labels != shape[0] or (last and labels in (None, shape[-1]))):
        shape, view, why = (shape[-1], *shape[:-1]), "np.moveaxis({}, -1, 0)", "Which image it is comes first."
    if len(shape) == 2:
        height, width, channels = square_sides(shape) or _refuse()
        split = f"{height}, {width}" if channels == 1 else f"{height}, {width}, {channels}"
        if channels == 3 and _planes_first(file, name, header, height):
            split = f"{channels}, {height}, {width}"
        view, why = (
            f"{view}.reshape(-1, {split})",
            f"A row of {shape[1]:,} numbers is an image of {height} x {width} pixels.",
        )
        return Layout(header, _checked((shape[0], height, width, channels)), view, why)
    if len(shape) == 3:
        return Layout(header, _checked((*shape, 1)), "" if view == "{}" else view, why)
    if len(shape) != 4:
        raise UnknownError
    for wanted, colours, text in (
        ((1, 3), None, ""),
        ((4,), 3, "The fourth channel is transparency."),
        ((2,), 1, "The second channel is transparency."),
    ):
        first, last = shape[1] in wanted, shape[3] in wanted
        if first and last:
            raise UnknownError
        if first or last:
            axis = None if view != "{}" or colours else 1 if first else 3
            if colours:
                view, why = f"{view}[{':' if first else '...'}, :{colours}]", text
            height, width = shape[2:] if first else shape[1:3]
            size = (shape[0], height, width, colours or shape[1 if first else 3])
            return Layout(header, _checked(size), "" if view == "{}" else view, why, axis)
    raise UnknownError


def _refuse() -> Any:
    raise UnknownError


def _checked(shape: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if shape[0] == 0 or not all(1 <= side <= MAX_SIDE for side in shape[1:]):
        raise UnknownError
    return shape


def square_sides(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
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


def match_colours(script: Script, layouts: Mapping[str, Layout]) -> None:
    """Both splits in grey, or both in colour."""
    if len({layout.shape[1:3] for layout in layouts.values()}) > 1:
        raise UnknownError
    if len({layout.shape[3] for layout in layouts.values()}) > 1:
        for name, layout in layouts.items():
            if layout.shape[3] == 1:
                _, height, width, _ = layout.shape
                script.add(
                    f"{name} = np.repeat({name}.reshape(-1, {height}, {width}, 1), 3, axis=3)", "Grey becomes colour."
                )
