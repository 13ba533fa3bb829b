"""The curves of a training in a film, below each other, and the playhead that goes through them."""

from __future__ import annotations

__all__ = ["Chart", "charts_of"]

import math
from collections.abc import Callable, Sequence
from operator import methodcaller

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae.evaluation.figures import range_of
from vae.film.canvas import Box, Canvas
from vae.film.colours import Colour, mix
from vae.film.interpolation import value_at
from vae.film.letters import SEMIBOLD
from vae.film.masks import corners_and_phases, dimmed, dots, stamps, stroke
from vae.film.scene import Scene
from vae.film.ticks import number, round_step, ticks
from vae.models.objectives import term_title
from vae.progress import Curve, terms_of

AHEAD_OPACITY = 0.22  # of a curve that the playhead hasn't reached
GAP = 22  # px between two charts
LEVELS = 4  # steps between marked values, from the least to the largest of a curve, at most
LEVEL_GAP = 10  # px between two of them, at least
EPOCH_GAP = 60  # px between two marked epochs, at least
MARKER_RADIUS = 4.2  # px, of the dot where the playhead meets the curve
LEGEND_WIDTH = 300  # px, from which on there is room for the unit

Value = Callable[[Curve], float]
Stroke = Callable[[NDArray[np.floating]], Callable[..., None]]  # of a path (M, 2)


def charts_of(canvas: Canvas, scene: Scene, box: Box) -> list[Chart]:
    """A chart for the loss and one for each of its terms, in a box with a legend above it."""
    left, top, wide, high = box
    curves = _curves(scene)
    each = (high + GAP) / len(curves)
    marker = stamps(MARKER_RADIUS * canvas.scale, 1)
    charts = []
    for place, (title, value) in enumerate(curves):
        last = place == len(curves) - 1
        charts.append(
            Chart(canvas, scene, title, value, (left, top + place * each, wide, each - GAP), marker, last=last)
        )
    _draw_legend(canvas, box, held_out=any(done.validation is not None for done in scene.progress))
    return charts


def _curves(scene: Scene) -> list[tuple[str, Value]]:
    """The title of each curve, and what it is of."""
    beta, objective = scene.beta, scene.objective
    loss, titles = f"Loss: {objective.loss_title(beta)}", {"kl": "KL"}
    if scene.of_two:
        titles["recon"] = "Reconstruction: cross entropy"
    return [
        (loss if scene.latent_dim <= 2 else "Loss", lambda curve: curve.loss(beta, objective)),
        *((titles.get(name, term_title(name)), methodcaller("of", name)) for name in terms_of(scene.progress)),
    ]


def _draw_legend(canvas: Canvas, box: Box, *, held_out: bool) -> None:
    look, top = canvas.palette, box[1] - 18
    if box[2] > LEGEND_WIDTH:  # else there is no room, and the values say it
        canvas.text((box[0], top), "Nats per image", 14, look.muted)
    x = box[0] + box[2]
    curves: list[tuple[str, Colour, Stroke]] = [("training", look.training, dots)]
    if held_out:
        curves.insert(0, ("validation", look.validation, stroke))
    for name, colour, drawn in curves:
        canvas.text((x, top), name, 13, look.muted, anchor="rs")
        x -= canvas.text_width(name, 13) + 6
        mark = (x - 20, top - 8, 20, 8)
        canvas.paste(colour, mark, canvas.mask(mark, drawn(np.array([(1.0, 4.0), (19.0, 4.0)]))))
        x -= 34


class Chart:
    """A curve of the training and one of the validation, faint as far as they lie ahead of the playhead."""

    def __init__(
        self,
        canvas: Canvas,
        scene: Scene,
        title: str,
        value: Value,
        box: Box,
        marker: Sequence[Image.Image],
        *,
        last: bool,
    ) -> None:
        """`value` is what the curves are of, `marker` the dot of the playhead at each phase; the `last` of several has epochs below it."""
        look, (left, top, wide, high) = canvas.palette, box
        self.title = title
        self.box: Box = (left + 40, top + 16, wide - 40, high - 16)  # of the curves
        self.value_place = left + wide, top + 4  # where the value at the playhead is written
        self.marker = marker
        self.end = max(scene.shown, 1e-9)
        self.epochs = np.array([done.epoch for done in scene.progress], float)
        training = np.array([value(done.train) for done in scene.progress])
        validation = np.array(
            [math.nan if done.validation is None else value(done.validation) for done in scene.progress]
        )
        self.low, self.high = range_of([training.tolist(), validation.tolist()]) or (0.0, 1.0)
        held_out = bool(np.isfinite(validation).any())
        self.values = validation if held_out else training  # at the playhead; NaN where there is none
        self.colour = look.validation if held_out else look.training
        canvas.text((left, top + 4), title, 15, look.ink, SEMIBOLD)
        canvas.panel(self.box)
        if scene.progress:
            self._draw_levels(canvas)
        if last:
            self._draw_epochs(canvas)
        self.lines = [
            (look.training, self._draw_line(canvas, training, look.training, dots)),
            (look.validation, self._draw_line(canvas, validation, look.validation, stroke)),
        ]

    def places(self, epochs: NDArray[np.floating], values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Where values (M,) at epochs (M,) are in the box, with shape (M, 2)."""
        x, y = epochs / self.end, (self.high - values) / (self.high - self.low)
        return np.stack([x * self.box[2], y * self.box[3]], axis=-1)

    def _draw_levels(self, canvas: Canvas) -> None:
        look, (left, top, wide, high) = canvas.palette, self.box
        levels = max(1.0, min(LEVELS, high / LEVEL_GAP))
        for value in ticks(self.low, self.high, round_step((self.high - self.low) / levels)):
            y = top + float(self.places(np.zeros(1), np.array([value]))[0, 1])
            if top + 4 < y < top + high - 4:
                canvas.line((left + 1, y), (left + wide - 1, y), mix(look.panel, look.line, 0.55))
                canvas.text((left - 7, y + 4), number(value), 11, look.muted, anchor="rs")

    def _draw_epochs(self, canvas: Canvas) -> None:
        left, top, wide, high = self.box
        for epoch in ticks(0, self.end, max(1.0, round_step(self.end * EPOCH_GAP / wide))):
            x = left + float(self.places(np.array([epoch]), np.zeros(1))[0, 0])
            canvas.text((x, top + high + 15), f"{epoch:,.0f}", 11, canvas.palette.muted, anchor="ms")

    def _draw_line(self, canvas: Canvas, values: NDArray[np.floating], colour: Colour, drawn: Stroke) -> Image.Image:
        """Draws a curve as it is ahead of the playhead; returns the mask of it."""
        there = np.isfinite(values)
        mask = canvas.mask(self.box, drawn(self.places(self.epochs[there], values[there])))
        canvas.paste(colour, self.box, dimmed(mask, AHEAD_OPACITY))
        return mask

    def draw(self, frame: Canvas, epoch: float) -> None:
        """The playhead at an epoch, with what lies before it, and the value there."""
        value = value_at(self.epochs, self.values, epoch)
        self._draw_playhead(frame, epoch)
        if value is not None:
            self._draw_marker(frame, epoch, value)
        said = "–" if value is None else f"{_nats(value)} nats"
        frame.text(self.value_place, said, 15, frame.palette.ink, SEMIBOLD, anchor="rs")

    def _draw_playhead(self, frame: Canvas, epoch: float) -> None:
        left, top = frame.corner(self.box)
        wide, high = frame.extent(self.box)
        across = float(self.places(np.array([epoch]), np.zeros(1))[0, 0]) * frame.scale
        reached = min(wide, max(0, round(across)))
        if reached:
            for colour, mask in self.lines:
                frame.image.paste(colour, (left, top), mask.crop((0, 0, reached, high)))
        line, x = Image.new("L", (2, 1)), min(wide - 1.0, max(0.0, across - 0.5))
        line.putdata([round(255 * (1 - x % 1)), round(255 * (x % 1))])
        thick = line.resize((2, high), Image.Resampling.NEAREST)
        frame.image.paste(mix(frame.palette.panel, frame.palette.ink, 0.7), (left + int(x), top), thick)

    def _draw_marker(self, frame: Canvas, epoch: float, value: float) -> None:
        """The dot on the curve, at its end once the playhead is beyond it."""
        last = self.epochs[np.isfinite(self.values)][-1]
        spot = self.places(np.array([min(epoch, last)]), np.array([value]))[0]
        if 0 <= spot[1] <= self.box[3]:
            at = np.array(frame.at((self.box[0] + spot[0], self.box[1] + spot[1])))[None]
            whole, phase = corners_and_phases(at, self.marker[0].width)
            frame.image.paste(self.colour, (int(whole[0, 0]), int(whole[0, 1])), self.marker[int(phase[0])])


def _nats(value: float) -> str:
    """To a tenth of a nat, and to a hundredth of less than one."""
    digits = 2 if abs(value) < 1 else 1
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")  # none is minus nothing
