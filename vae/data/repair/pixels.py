"""What the numbers of images are: which is black and which is white."""

from __future__ import annotations

__all__ = ["Range", "scale", "scan"]

import zipfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.data.npy import pieces, read_header
from vae.data.repair.layout import Layout
from vae.data.repair.script import Script, UnknownError

SCANNED_BYTES = 1 << 30  # of an array, at most: the lines then say what they take the rest for, and check it


class Range(NamedTuple):
    """The numbers of an array."""

    low: NDArray[np.float64]  # (C,), of each channel, or (1,) of all
    high: NDArray[np.float64]
    whole: bool  # whether all are whole numbers
    finite: bool  # whether all are numbers
    complete: bool  # whether all were looked at


def scan(file: zipfile.ZipFile, name: str, layout: Layout) -> Range:
    header = layout.header
    if header.dtype.kind not in "buif":
        raise UnknownError
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
        raise UnknownError  # there is no number at all
    return Range(low, high, whole, finite, left > 0)


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


def _joined(ranges: Sequence[Range]) -> Range:
    """What is true of several arrays together."""
    apart = len({span.low.size for span in ranges}) == 1
    low = np.min([span.low if apart else span.low.min(keepdims=True) for span in ranges], axis=0)
    high = np.max([span.high if apart else span.high.max(keepdims=True) for span in ranges], axis=0)
    return Range(low, high, *(all(getattr(span, name) for span in ranges) for name in Range._fields[2:]))


def scale(script: Script, arrays: Mapping[str, tuple[Layout, Range]]) -> None:
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
    low: NDArray[np.float64], high: NDArray[np.float64], whole: bool, layout: Layout
) -> tuple[str, str, str]:
    """What becomes 0 and what 255, as Python has it, and in words."""
    ends = _ends(low.min(), high.max(), whole)
    if ends is not None:
        black, white = (f"{end:g}" for end in ends)
        return black, white, f"{black} is black and {white} is white"
    if (low >= high).any():
        raise UnknownError
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
