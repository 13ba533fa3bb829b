"""The names of classes, lettered on the map of a film."""

from __future__ import annotations

__all__ = ["ClassNames"]

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae.film.canvas import Canvas
from vae.film.colours import Colour
from vae.film.latent_map import LatentMap
from vae.film.letters import SEMIBOLD, Word
from vae.film.masks import dimmed
from vae.film.names import NAME_GAP, Names, placed

SHORT_NAME = 2  # letters of a name that is written large


class ClassNames:
    """The names of classes by the points of theirs."""

    def __init__(self, on: LatentMap, labels: NDArray[np.int64], names: Sequence[str]) -> None:
        self.map = on
        self.labels = labels  # (N,), of the points
        self.names = names
        self.words_by_name: dict[str, tuple[Word, Word]] = {}

    def places(self, spots: NDArray[np.float32], before: Names | None = None) -> Names:
        """Where they stand while points are at spots (N, 2), and were `before`."""
        of = [spots[self.labels == label] for label in range(len(self.names))]
        homes = np.full((len(of), 2), np.nan)
        there = [label for label, points in enumerate(of) if len(points)]
        if there:
            homes[there] = self.map.pixels(np.array([np.median(of[label], axis=0) for label in there]))
        lengths = np.array([self.words(name)[1].length for name in self.names])
        return placed(homes, lengths, *self.map.corners, self.map.canvas.scale, before)

    def draw(self, frame: Canvas, places: NDArray[np.floating]) -> None:
        """Those whose places (C, 2) are no NaN. One that has no room, as with dozens of them, fades."""
        taken: list[tuple[NDArray[np.floating], float]] = []
        drawn: list[tuple[Colour, tuple[int, int], Image.Image]] = []
        gap = NAME_GAP * frame.scale
        for place, name in zip(places, self.names, strict=True):
            if np.isnan(place).any():
                continue
            words = self.words(name)
            wide = words[1].length
            # 1 where two of them have room, beside or above each other.
            rooms = (np.hypot(*((place - other) / ((wide + its) / 2 + gap / 3, gap))) for other, its in taken)
            seen = min(1.0, max(0.0, 3 * float(min(rooms, default=math.inf)) - 1.7))
            taken.append((place, wide))
            for colour, word in zip((frame.palette.panel, frame.palette.ink), words, strict=True):
                corner, mask = word.at((float(place[0]), float(place[1])))
                drawn.append((colour, corner, dimmed(mask, seen)))
        for colour, corner, mask in (*drawn[::2], *drawn[1::2]):  # no halo on the letters of another
            frame.image.paste(colour, corner, mask)

    def words(self, name: str) -> tuple[Word, Word]:
        """The halo around a name, and the name."""
        if name not in self.words_by_name:
            size = self.map.canvas.font_size(19 if len(name) <= SHORT_NAME else 15)
            halo, plain = (Word(name, size, SEMIBOLD, "mm", halo=wide) for wide in (max(1.0, size / 8), 0.0))
            self.words_by_name[name] = halo, plain
        return self.words_by_name[name]
