"""Text as masks, in the typeface of the app."""

from __future__ import annotations

__all__ = ["REGULAR", "SEMIBOLD", "Word", "has_letters"]

import math
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from vae.film.masks import PHASES

REGULAR, SEMIBOLD = 400, 600  # weights
FACE = Path(__file__).parent / "typeface" / "SourceSans3VF-Upright.ttf.woff2"


class Word:
    """A text as masks, with letters set finer than the pixels are, so that it can glide, and small ones keep their distances."""

    def __init__(self, text: str, size: float, weight: int, anchor: str, halo: float = 0.0) -> None:
        text, font = _sayable(text), _font(round(size * PHASES, 1), weight)
        stroke = round(halo * PHASES)
        left, top, right, bottom = font.getbbox(text, anchor=anchor, stroke_width=stroke)
        # Whole pixels around the anchor, and one for where it is moved.
        self.origin = math.floor(left / PHASES) - 1, math.floor(top / PHASES) - 1
        extent = (math.ceil(right / PHASES) - self.origin[0] + 2, math.ceil(bottom / PHASES) - self.origin[1] + 2)
        self.large = Image.new("L", (extent[0] * PHASES, extent[1] * PHASES))
        at = -self.origin[0] * PHASES, -self.origin[1] * PHASES
        ImageDraw.Draw(self.large).text(at, text, fill=255, font=font, anchor=anchor, stroke_width=stroke)
        self.length = font.getlength(text) / PHASES
        self.known: dict[tuple[int, int], Image.Image] = {}

    def at(self, place: tuple[float, float]) -> tuple[tuple[int, int], Image.Image]:
        """The corner of the mask that has the anchor at this place of an image, and the mask."""
        x, y = (round(at * PHASES) for at in place)
        moved = x % PHASES, y % PHASES
        if moved not in self.known:
            self.known[moved] = ImageChops.offset(self.large, *moved).reduce(PHASES)
        return (x // PHASES + self.origin[0], y // PHASES + self.origin[1]), self.known[moved]


@cache
def _face() -> Path | None:
    """The typeface of the app, for Pillow's own one has neither Greek nor a minus; None where FreeType was built without WOFF2."""
    try:
        ImageFont.truetype(FACE, 12).set_variation_by_axes([REGULAR])
    except OSError:
        return None
    return FACE


@cache
def _font(size: float, weight: int) -> ImageFont.FreeTypeFont:
    face = _face()
    if face is None:
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont)
        return font
    font = ImageFont.truetype(face, size)
    font.set_variation_by_axes([weight])
    return font


def _sayable(text: str) -> str:
    """The text, in letters that the typeface has."""
    if _face() is not None:
        return text
    text = text.replace("β", "beta")
    return text.translate(str.maketrans("−–₀₁₂₃₄₅₆₇₈₉×", "--0123456789x"))


def has_letters(text: str) -> bool:
    """Whether the typeface has a letter for all of a text. What it lacks it draws as a box, the same for each."""
    font, side = _font(2.0 * PHASES, SEMIBOLD), 4 * PHASES

    def drawn(letter: str) -> bytes:
        mask = Image.new("L", (side, side))
        ImageDraw.Draw(mask).text((PHASES, 3 * PHASES), letter, fill=255, font=font, anchor="ls")
        return mask.tobytes()

    lacking = drawn("\uffff")  # no letter, in Unicode
    return all(drawn(letter) != lacking for letter in set(_sayable(text)))
