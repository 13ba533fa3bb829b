"""What stands above all else in a frame: what the film is of, the epoch, and which class has which colour."""

from __future__ import annotations

__all__ = ["ClassLegend", "Header"]

from collections.abc import Sequence

from vae.film.canvas import LEFT, RIGHT, Canvas
from vae.film.colours import Colour
from vae.film.letters import SEMIBOLD
from vae.film.masks import disc
from vae.film.scene import Scene

BASELINE = 44  # px, of the title and the epoch
TITLE_SIZE = 25
ROW_HEIGHT = 22  # px, of the legend


class Header:
    """The title of a film on the left, and the epoch on the right, which counts."""

    def __init__(self, canvas: Canvas, scene: Scene) -> None:
        muted = canvas.palette.muted
        canvas.text((LEFT, 68), scene.subtitle, 14, muted)
        of = f" of {scene.epochs:,}"
        canvas.text((RIGHT, BASELINE), of, TITLE_SIZE, muted, anchor="rs")
        self.epoch_at = RIGHT - canvas.text_width(of, TITLE_SIZE), BASELINE
        longest = f"{scene.epochs:,}.0"
        before = self.epoch_at[0] - canvas.text_width(longest, TITLE_SIZE, SEMIBOLD) - 8
        canvas.text((before, BASELINE), "epoch", TITLE_SIZE, muted, anchor="rs")
        room = before - canvas.text_width("epoch", TITLE_SIZE) - 24 - LEFT
        title = scene.title
        # People can give long names.
        while len(title) > 1 and canvas.text_width(title, TITLE_SIZE, SEMIBOLD) > room:
            title = f"{title[:-2].rstrip()}…"
        canvas.text((LEFT, BASELINE), title, TITLE_SIZE, canvas.palette.ink, SEMIBOLD)

    def draw(self, frame: Canvas, epoch: float) -> None:
        frame.text(self.epoch_at, f"{epoch:,.1f}", TITLE_SIZE, frame.palette.ink, SEMIBOLD, anchor="rs")


class ClassLegend:
    """Classes beside their colours, in rows from one side of the frame to the other."""

    def __init__(self, canvas: Canvas, labels: Sequence[int], names: Sequence[str], colours: Sequence[Colour]) -> None:
        x, row = float(LEFT), 0
        for label in labels:
            wide = 16 + canvas.text_width(names[label], 13)
            if x > LEFT and x + wide > RIGHT:
                x, row = float(LEFT), row + 1
            y = 90 + row * ROW_HEIGHT
            mark = (x, y - 10, 10, 10)
            canvas.paste(colours[label], mark, canvas.mask(mark, disc(4.6)))
            canvas.text((x + 16, y), names[label], 13, canvas.palette.muted)
            x += wide + 18
        self.height = (row + 1) * ROW_HEIGHT if labels else 0  # px
