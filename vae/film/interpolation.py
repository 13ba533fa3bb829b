r"""What a film shows between two snapshots, as a file and in the page: `pages/components/src/player/interpolation.js` says the same.

A moment is a place among K snapshots: 2.25 is a quarter of the way from snapshot 2 to snapshot 3. So every snapshot gets as much time as
any other, and the beginning, of which there are many, plays slowly. At a moment between two,

- the epoch is as far between theirs as the moment is between them,
- their pictures fade into one another by the same share,
- a curve has the value, at that epoch, of the straight line between the epochs that it is drawn through,
- points are on their way along the monotone cubic of

.. math::
    m_k = \frac{2 d_{k-1} d_k}{d_{k-1} + d_k} \text{ where } d_{k-1} d_k > 0, \text{ else } 0

with d_k the way from snapshot k to the next one, and m_k how fast it goes there: they pass every snapshot without a halt, and never leave
what two snapshots span.

A Method for Constructing Local Monotone Piecewise Cubic Interpolants (Fritsch & Butland, 1984)
https://doi.org/10.1137/0905021
"""

from __future__ import annotations

__all__ = ["between", "glide", "split", "value_at"]

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def split(moment: float, count: int) -> tuple[int, int, float]:
    """Which of `count` snapshots are before and after a moment, and the share of the second."""
    before = min(int(moment), count - 1)
    return before, min(before + 1, count - 1), moment - before


def between(values: Sequence[float], moment: float) -> float:
    """What goes evenly from the value of one snapshot to that of the next: epochs."""
    before, after, share = split(moment, len(values))
    return values[before] + share * (values[after] - values[before])


def value_at(epochs: NDArray[np.floating], values: NDArray[np.floating], epoch: float) -> float | None:
    """The value of a curve, NaN where it has none, at an epoch; None before it begins."""
    there = np.isfinite(values)
    if not there.any() or epoch < epochs[there][0] - 1e-9:
        return None
    return float(np.interp(epoch, epochs[there], values[there]))


def glide(spots: NDArray[np.float32], moment: float) -> NDArray[np.float32]:
    """Where points (K, N, 2) are at a moment, with shape (N, 2)."""
    before, after, share = split(moment, len(spots))
    if before == after:
        return spots[before]
    t, start, end = np.float32(share), spots[before], spots[after]
    way = end - start
    leaving = _speed(start - spots[before - 1], way) if before else np.zeros_like(way)
    arriving = _speed(way, spots[after + 1] - end) if after + 1 < len(spots) else np.zeros_like(way)
    return start + t * (leaving + t * (3 * way - 2 * leaving - arriving + t * (leaving + arriving - 2 * way)))


def _speed(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    both = before * after
    total = before + after
    return np.where(both > 0, 2 * both / np.where(both > 0, total, 1), 0)
