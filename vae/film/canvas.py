"""An image to draw on, whatever its size, in the places and sizes of one design."""

from __future__ import annotations

__all__ = ["DESIGN", "LEFT", "RIGHT", "Box", "Canvas"]

import copy
from collections.abc import Callable

from PIL import Image, ImageDraw

from vae.film.colours import Colour, Palette
from vae.film.letters import REGULAR, Word

Place = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, width, height

DESIGN = (1280, 720)  # px, in which all places and sizes are given
LEFT, RIGHT = 68, 1240  # px, between which everything is
CORNER_RADIUS = 6  # px, of a panel
SUPERSAMPLING = 4  # samples of a pixel, each way, in what is drawn once


class Canvas:
    """An image, and the design that is scaled to fit in the middle of it."""

    def __init__(self, size: tuple[int, int], palette: Palette) -> None:
        self.palette = palette
        self.scale = min(size[0] / DESIGN[0], size[1] / DESIGN[1])
        self.left, self.top = ((size[side] - DESIGN[side] * self.scale) / 2 for side in (0, 1))
        self.image = Image.new("RGB", size, palette.ground)

    def copy(self) -> Canvas:
        """One with all that is drawn on this one, to go on from."""
        other = copy.copy(self)
        other.image = self.image.copy()
        return other

    # Where a place of the design is on the image.

    def at(self, place: Place) -> Place:
        return self.left + place[0] * self.scale, self.top + place[1] * self.scale

    def corner(self, box: Box) -> tuple[int, int]:
        """The left and upper corner of a box, in whole px."""
        x, y = self.at(box[:2])
        return round(x), round(y)

    def extent(self, box: Box) -> tuple[int, int]:
        """The width and height of a box, in whole px."""
        (x, y), (left, top) = self.at((box[0] + box[2], box[1] + box[3])), self.corner(box)
        return max(1, round(x) - left), max(1, round(y) - top)

    # What is put there.

    def paste(self, what: Image.Image | Colour, box: Box, mask: Image.Image | None = None) -> None:
        """Puts an image or a colour into a box, from its corner on."""
        self.image.paste(what, self.corner(box), mask)

    def mask(self, box: Box, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
        """A mask of the size of a box, with smooth rims. `draw` is given what px of the design are multiplied by."""
        wide, high = self.extent(box)
        large = Image.new("L", (SUPERSAMPLING * wide, SUPERSAMPLING * high))
        draw(ImageDraw.Draw(large), SUPERSAMPLING * self.scale)
        return large.reduce(SUPERSAMPLING)

    def panel(self, box: Box) -> None:
        """A plain area with a rim around it."""
        wide, high = (SUPERSAMPLING * side - 1 for side in self.extent(box))

        def area(inset: int) -> Image.Image:
            inner = (inset, inset, wide - inset, high - inset)
            return self.mask(box, lambda pen, scale: pen.rounded_rectangle(inner, CORNER_RADIUS * scale, fill=255))

        self.paste(self.palette.line, box, area(0))
        self.paste(self.palette.panel, box, area(SUPERSAMPLING))

    def line(self, start: Place, end: Place, colour: Colour) -> None:
        (x0, y0), (x1, y1) = self.at(start), self.at(end)
        ImageDraw.Draw(self.image).line((round(x0), round(y0), round(x1), round(y1)), fill=colour)

    def text(
        self, place: Place, text: str, size: float, colour: Colour, weight: int = REGULAR, *, anchor: str = "ls"
    ) -> None:
        corner, mask = self._word(text, size, weight, anchor).at(self.at(place))
        self.image.paste(colour, corner, mask)

    def text_width(self, text: str, size: float, weight: int = REGULAR) -> float:
        return self._word(text, size, weight, "ls").length / self.scale

    def font_size(self, size: float) -> float:
        """The size of letters on the image. They shrink less than all else, or a small film could not be read."""
        return size * (self.scale if self.scale > 1 else self.scale**0.7)

    def _word(self, text: str, size: float, weight: int, anchor: str) -> Word:
        return Word(text, round(self.font_size(size), 2), weight, anchor)
