"""Where the names of classes stand on the map of a film: by their points, and never on each other."""

from __future__ import annotations

__all__ = ["NAME_GAP", "Names", "placed"]

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NAME_GAP = 22.0  # px between the middles of two names, one below the other
STEPS = 8  # that names make between two moments
PULL = 0.1  # of the way back to its points, that a name goes in one of them
FASTEST_STEP = 1.2  # px
SPIN = 0.5  # of what moves two names apart, that moves them around each other


class Names(NamedTuple):
    """Where the names of classes stand, in px of the renderer. NaN for a class without points."""

    homes: NDArray[np.floating]  # (C, 2), where their points have their median
    at: NDArray[np.floating]  # (C, 2), where they are


def placed(
    homes: NDArray[np.floating],
    lengths: NDArray[np.floating],
    first: tuple[float, float],
    last: tuple[float, float],
    scale: float,
    before: Names | None = None,
) -> Names:
    """Names of these lengths (C,) as near to their homes (C, 2) as the others let them, between two corners of the map; a class whose
    home is NaN has none. All are in px but `scale`, of a film's pixels to those of its design.

    They go on from where they were `before`, and around each other where classes change places.
    """
    homes, at = homes.copy(), np.full_like(homes, np.nan)
    there = np.flatnonzero(np.isfinite(homes).all(1))
    if not len(there):
        return Names(homes, at)
    wide, gap = lengths[there], NAME_GAP * scale
    rooms = np.stack([np.add.outer(wide, wide) / 2 + gap / 3, np.full((len(there),) * 2, gap)], axis=-1)
    edge = np.stack([wide / 2 + gap / 3, np.full(len(there), gap / 2)], axis=-1)
    low, high = np.array(first) + edge, np.array(last) - edge
    home = np.clip(homes[there], low, high)
    if before is None:
        # Those in one place leave it in all directions.
        turn = np.arange(len(there)) * math.pi * (3 - math.sqrt(5))
        places, steps = home + np.stack([np.cos(turn), np.sin(turn)], axis=-1), 20 * STEPS
    else:
        places, steps = before.at[there] + home - before.homes[there], STEPS
    for _ in range(steps):
        way = PULL * (home - places)
        way *= np.minimum(1, FASTEST_STEP * scale / np.maximum(np.hypot(way[:, :1], way[:, 1:]), 1e-9))
        places = np.clip(_apart(places + way, home, rooms), low, high)
    for _ in range(10 * STEPS):
        moved = np.clip(_apart(places, home, rooms), low, high)
        if np.abs(moved - places).max() < 0.05:
            break
        places = moved
    homes[there], at[there] = home, places
    return Names(homes, at)


def _apart(
    places: NDArray[np.floating], homes: NDArray[np.floating], rooms: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Places (C, 2) with every two that are nearer than their room (C, C, 2) moved apart by half of what is missing, and around each other
    where their homes (C, 2) lie otherwise. Rooms are the half axes of ellipses: boxes would block each other's way."""
    ways, wanted = ((spots[:, None] - spots) / rooms for spots in (places, homes))
    away = np.hypot(ways[..., 0], ways[..., 1])
    close = (away > 0) & (away < 1)
    ways = ways / np.where(close, away, 1)[..., None]
    across = np.stack([-ways[..., 1], ways[..., 0]], axis=-1)
    turned, along = (wanted * across).sum(-1), (wanted * ways).sum(-1)
    turn = np.where(along < 0, np.where(turned < 0, -1, 1), np.clip(turned, -1, 1))
    turn = np.where((wanted == 0).all(-1), 0, turn)
    moves = np.where(close, 1 - away, 0)[..., None] * (ways + SPIN * turn[..., None] * across) * rooms
    return places + moves.sum(axis=1) / 2
