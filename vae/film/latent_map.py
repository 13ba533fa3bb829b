"""The map of a film: its axes and the prior's circles, which stay, and points in the colours of their classes, which move."""

from __future__ import annotations

__all__ = ["COVER", "LatentMap"]

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from vae.film.canvas import Box, Canvas
from vae.film.colours import Colour, mix
from vae.film.letters import SEMIBOLD
from vae.film.masks import corners_and_phases, stamps
from vae.film.scene import Scene
from vae.film.ticks import number, round_step, ticks
from vae.models.priors import Ring

COVER = 0.86  # of a point
MARGIN = 1.04  # around the points
TICK_GAP = 130  # px between two ticks, at least


class LatentMap:
    """A square box of a canvas in which latents of two dimensions lie, or what shows more in a plane."""

    def __init__(self, canvas: Canvas, box: Box, scene: Scene, colours: Sequence[Colour]) -> None:
        self.canvas = canvas
        self.box = box
        self.span = scene.reach * MARGIN  # from the middle to a side
        self.per_unit = box[2] / (2 * self.span)
        self._draw_axes(scene.names)
        self._draw_rings(scene.rings, self.place(scene.origin))
        # Points of all classes lie on top somewhere.
        self.order = np.random.default_rng(0).permutation(len(scene.labels))
        self.inks = [colours[label] if label >= 0 else canvas.palette.muted for label in scene.labels[self.order]]
        radius = 2.7 * min(1.8, max(0.85, (2000 / max(1, len(scene.labels))) ** 0.25)) * max(canvas.scale, 0.45)
        self.stamps = stamps(radius, COVER)

    def place(self, spot: tuple[float, float]) -> tuple[float, float]:
        """Where a spot of the map is on the design."""
        left, top = self.box[:2]
        return left + (spot[0] + self.span) * self.per_unit, top + (self.span - spot[1]) * self.per_unit

    def pixels(self, spots: NDArray[np.floating]) -> NDArray[np.floating]:
        """Where spots (M, 2) of the map are on the image."""
        flipped = spots * (self.per_unit, -self.per_unit) + self.place((0.0, 0.0))
        return flipped * self.canvas.scale + (self.canvas.left, self.canvas.top)

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The first and the last corner on the image."""
        left, top, wide, high = self.box
        return self.canvas.at((left, top)), self.canvas.at((left + wide, top + high))

    def _draw_axes(self, names: tuple[str, str]) -> None:
        canvas, look = self.canvas, self.canvas.palette
        canvas.panel(self.box)
        left, top, side, _ = self.box
        right, bottom = left + side, top + side
        for value in ticks(-self.span, self.span, round_step(TICK_GAP / self.per_unit)):
            across, up = self.place((value, value))
            tone = mix(look.panel, look.line, 1.0 if value == 0 else 0.55)
            canvas.line((across, top + 1), (across, bottom - 1), tone)
            canvas.line((left + 1, up), (right - 1, up), tone)
            if across < right - 30:  # where the axis has its name
                canvas.text((across, bottom + 17), number(value), 12, look.muted, anchor="ms")
            if up > top + 24:
                canvas.text((left - 8, up + 4), number(value), 12, look.muted, anchor="rs")
        canvas.text((right, bottom + 17), names[0], 13, look.muted, SEMIBOLD, anchor="rs")
        canvas.text((left - 8, top + 12), names[1], 13, look.muted, SEMIBOLD, anchor="rs")

    def _draw_rings(self, rings: Sequence[Ring], middle: tuple[float, float]) -> None:
        def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
            x, y = ((place - corner) * scale for place, corner in zip(middle, self.box[:2], strict=True))
            for ring in rings:
                radius = ring.radius * self.per_unit * scale
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=150, width=round(1.1 * scale))

        self.canvas.paste(self.canvas.palette.line, self.box, self.canvas.mask(self.box, draw))

    def draw(self, frame: Canvas, spots: NDArray[np.float32]) -> None:
        """Points at spots (N, 2)."""
        first, last = self.corners
        places = self.pixels(spots[self.order])
        whole, phases = corners_and_phases(places, self.stamps[0].width)
        inside = np.flatnonzero(np.logical_and(places > first, places < last).all(axis=1))
        corners = whole.tolist()
        for at in inside.tolist():
            frame.image.paste(self.inks[at], tuple(corners[at]), self.stamps[phases[at]])
