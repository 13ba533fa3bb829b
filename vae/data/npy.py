"""An array of an `.npz` file, piece by piece: as `numpy.lib.format` reads it, without ever holding it twice."""

from __future__ import annotations

__all__ = ["Header", "pieces", "read_header", "read_into"]

from collections.abc import Iterator
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PIECE_BYTES = 1 << 24  # that are read at once, or one image where that is more


class Header(NamedTuple):
    """What an array is."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool  # whether the first axis is the one that varies fastest

    @property
    def size(self) -> int:
        """Bytes."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(stream: IO[bytes]) -> Header:
    """Reads an array's header. Raises `ValueError` for what is none."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array in version {version} of NumPy's format")
    first = version == (1, 0)
    shape, fortran, dtype = (np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0)(
        stream
    )
    return Header(shape, dtype, fortran)


def pieces(stream: IO[bytes], header: Header) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Reads what follows the header: parts of the array, and which they are along its first axis, or along its last where it is in
    Fortran's order. Raises `ValueError` where the file ends before the array."""
    stored = header.shape[::-1] if header.fortran else header.shape
    count, rest = (stored[0], stored[1:]) if stored else (1, ())
    row = prod(rest) * header.dtype.itemsize
    step = max(1, PIECE_BYTES // max(1, row))
    for start in range(0, count, step):
        which = slice(start, min(start + step, count))
        content = stream.read((which.stop - start) * row)
        if len(content) < (which.stop - start) * row:
            raise ValueError("it ends before its last array does")
        piece = np.frombuffer(content, header.dtype).reshape(which.stop - start, *rest)
        yield which, piece.T if header.fortran else piece


def read_into(stream: IO[bytes], header: Header, target: NDArray[Any]) -> None:
    """Reads what follows the header into an array of its shape, which may lie in memory in any order. Raises as `pieces` does."""
    for which, piece in pieces(stream, header):
        target[(..., which) if header.fortran else (which, ...)] = piece
