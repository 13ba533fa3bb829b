"""The colours of a film."""

from __future__ import annotations

__all__ = ["Colour", "Palette", "class_colours", "mix", "palette_of"]

import colorsys
from typing import NamedTuple

from vae.theme import BLUE, CLASSES, CLASSES_ON_DARK, FILM, FILM_ON_DARK, ORANGE

Colour = tuple[int, int, int]


class Palette(NamedTuple):
    """The colours of a frame that are not of classes."""

    ground: Colour
    panel: Colour
    ink: Colour
    muted: Colour
    line: Colour
    training: Colour
    validation: Colour


def palette_of(*, dark: bool) -> Palette:
    return Palette(*(_rgb(shade) for shade in (*(FILM_ON_DARK if dark else FILM), BLUE, ORANGE)))


def class_colours(count: int, *, dark: bool) -> list[Colour]:
    """A colour for each of `count` classes: those of the map, as far as there are enough."""
    if count <= len(CLASSES):
        return [_rgb((dark and CLASSES_ON_DARK.get(label)) or CLASSES[label]) for label in range(count)]
    hues = (colorsys.hls_to_rgb(label / count, 0.65 if dark else 0.45, 0.65) for label in range(count))
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in hues]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that a share of the other makes of one."""
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
