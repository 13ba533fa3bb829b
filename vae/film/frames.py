"""A training at one moment, drawn as a renderer: the plane with its points, what the decoder draws, and the curves with a playhead.

What stays is drawn once. What moves is put on it by masks that are smooth at their rims, and moved by eighths of a pixel, so that nothing
trembles as it glides.
"""

from __future__ import annotations

__all__ = ["DESIGN", "FrameRenderer", "Moment", "Pictures", "Scene"]

import colorsys
import math
from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from vae.evaluation.figures import range_of
from vae.film.ground import coverage, cut_out, feather, ground_of
from vae.film.interpolation import value_at
from vae.film.letters import REGULAR, SEMIBOLD, Word, has_letters
from vae.film.masks import blend, corners_and_phases, dimmed, disc, dots, stamps, stroke
from vae.film.names import NAME_GAP, Names, placed
from vae.models.objectives import Objective, term_title
from vae.models.priors import Ring
from vae.progress import Curve, Progress, terms_of
from vae.theme import BLUE, CLASSES, CLASSES_ON_DARK, FILM, FILM_ON_DARK, ORANGE

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, width, height

DESIGN = (1280, 720)  # px, in which all places and sizes here are given
LARGEST_SIDE = 58  # of a reconstruction
SMALLEST_SIDE = 36  # of a sample
SUPERSAMPLING = 4  # samples of a pixel, each way, in what is drawn once
COVER = 0.86  # of a point
BACKDROP_OPACITY = 0.2  # of what the decoder draws behind the points
AHEAD_OPACITY = 0.22  # of a curve that the playhead hasn't reached
MARGIN = 1.04  # around the points
TICKS = 130  # between two ticks of the map, at least
LEGEND = 12  # classes that a legend is made of at most; more nobody would look up
LEGEND_ROW = 22
SHORT_NAME = 2  # letters of a name that is written large
BLOCKS = 3  # times that an image is enlarged, from which on its pixels are seen as what they are


class Palette(NamedTuple):
    """The colours of a renderer that are not of classes."""

    ground: Colour
    panel: Colour
    ink: Colour
    muted: Colour
    line: Colour
    training: Colour
    validation: Colour


class Scene(NamedTuple):
    """What all moments of a film have in common."""

    title: str
    subtitle: str
    epochs: int  # planned
    shown: float  # where the curves end, in epochs
    latent_dim: int
    labels: NDArray[np.int64]  # (N,), -1 where there is none
    classes: tuple[str, ...]
    z: NDArray[np.float32]  # (S, D), what the samples are decoded from
    originals: NDArray[np.uint8]  # (R, C, H, W)
    names: tuple[str, str]  # of the map's axes
    reach: float  # which the map's view holds, around the origin
    origin: tuple[float, float]  # where the latents' origin lies on the map
    progress: Sequence[Progress]
    beta: float  # at which the loss is counted
    objective: Objective  # whose it is
    of_two: bool = False  # whether reconstruction is a cross entropy, which of grey pixels is no log-likelihood
    rings: tuple[Ring, ...] = ()  # the prior's circles
    square: float = 3.0  # how far from the origin the samples of a plane go


class Pictures(NamedTuple):
    """What the decoder drew after some step, ready to be put on a renderer; None where it isn't on it."""

    behind: Image.Image | None  # RGBA
    pairs: Image.Image
    samples: Image.Image | None


class Moment(NamedTuple):
    """What moves."""

    epoch: float
    spots: NDArray[np.float32] | None  # (N, 2) on the map; None without one
    names: Names | None  # likewise
    before: Pictures
    after: Pictures
    between: float  # from 0 to 1, how far it is from the ones before to the ones after


class FrameRenderer:
    """Draws the moments of a scene, at a size in pixels. Its places are scaled to fit, in the middle."""

    def __init__(self, scene: Scene, size: tuple[int, int], *, dark: bool = False) -> None:
        self.scene, self.size, self.dark = scene, size, dark
        self.scale = min(size[0] / DESIGN[0], size[1] / DESIGN[1])
        self.left, self.top = ((size[side] - DESIGN[side] * self.scale) / 2 for side in (0, 1))
        self.look = _palette(dark)
        self.colours = [_class_colour(label, len(scene.classes), dark) for label in range(len(scene.classes))]
        self.base = self.image = Image.new("RGB", size, self.look.ground)
        # Of all alike: numbers among names would look like classes of another kind.
        legible = all(map(has_letters, scene.classes))
        self.class_names = scene.classes if legible else [str(label) for label in range(len(scene.classes))]
        self.lettering: dict[str, tuple[Word, Word]] = {}
        labelled = np.unique(scene.labels[scene.labels >= 0]).tolist()
        named = scene.latent_dim > 1 and 1 < len(labelled) <= LEGEND
        rows = self._legend_rows(labelled) if named else []
        down = LEGEND_ROW * len(rows)
        self.map: Box | None = (68, 92 + down, 584 - down, 584 - down) if scene.latent_dim > 1 else None
        below = (700, 272 + down, 540, 404 - down)
        self.grid: _Grid | None = None
        self.order = np.arange(len(scene.z))
        if scene.latent_dim == 1:
            # Along a line they can be put in order.
            self.order = np.argsort(scene.z[:, 0], kind="stable")
            self.grid = self._grid((68, 92, 584, 584), len(scene.z))
        elif scene.latent_dim > 2:
            self.grid = self._grid((700, below[1], 248, below[3]), len(scene.z))
            below = (984, below[1], 256, below[3])
        self._header()
        for row, items in enumerate(rows):
            self._legend_of_classes(items, 90 + row * LEGEND_ROW)
        self._pairs_of_images(down)
        if self.map is not None:
            self._map(self.map)
        if self.grid is not None and self.map is not None:
            self._text((self.grid.box[0], self.grid.box[1] - 18), "Samples of the prior", 14, self.look.muted)
        elif self.grid is not None:
            floor = self.grid.box[1] + self.grid.box[3]
            self._text((68, floor + 18), "Samples of the prior, from the lowest z₁ to the highest", 14, self.look.muted)
        curves = self._curves()
        each = (below[3] + 22) / len(curves)
        self.charts = [
            self._chart(
                title, value, (below[0], below[1] + place * each, below[2], each - 22), last=place == len(curves) - 1
            )
            for place, (title, value) in enumerate(curves)
        ]
        self._legend(below)
        # Points of all classes lie on top somewhere.
        self.points = np.random.default_rng(0).permutation(len(scene.labels))
        radius = 2.7 * min(1.8, max(0.85, (2000 / max(1, len(scene.labels))) ** 0.25)) * max(self.scale, 0.45)
        self.stamps = stamps(radius, COVER)
        self.dots = stamps(4.2 * self.scale, 1)
        self.ground = ground_of(scene.originals) if len(scene.originals) else None
        self.inks = [self.colours[label] if label >= 0 else self.look.muted for label in scene.labels[self.points]]

    @property
    def flat(self) -> list[Colour]:
        """The colours that areas have, and points and their rims."""
        points = (_mix(self.look.panel, colour, share) for share in (COVER, COVER / 2) for colour in self.colours)
        return [*self.look, *points, *self.colours]

    # What is drawn once.

    def _header(self) -> None:
        self._text((68, 68), self.scene.subtitle, 14, self.look.muted)
        of = f" of {self.scene.epochs:,}"
        self._text((1240, 44), of, 25, self.look.muted, anchor="rs")
        self.epoch_at = 1240 - self._width(of, 25)
        digits = f"{self.scene.epochs:,}.0"
        before = self.epoch_at - self._width(digits, 25, SEMIBOLD) - 8
        self._text((before, 44), "epoch", 25, self.look.muted, anchor="rs")
        room = before - self._width("epoch", 25) - 24 - 68
        title = self.scene.title
        while len(title) > 1 and self._width(title, 25, SEMIBOLD) > room:  # people can give long names
            title = f"{title[:-2].rstrip()}…"
        self._text((68, 44), title, 25, self.look.ink, SEMIBOLD)

    def _legend_rows(self, labels: Sequence[int]) -> list[list[tuple[int, float]]]:
        """The classes with these labels in rows as wide as the renderer, and where each begins."""
        rows: list[list[tuple[int, float]]] = [[]]
        x = 68.0
        for label in labels:
            wide = 16 + self._width(self.class_names[label], 13)
            if rows[-1] and x + wide > 1240:
                rows.append([])
                x = 68.0
            rows[-1].append((label, x))
            x += wide + 18
        return rows

    def _legend_of_classes(self, items: Sequence[tuple[int, float]], y: float) -> None:
        for label, x in items:
            mark = (x, y - 10, 10, 10)
            self.base.paste(self.colours[label], self._corner(mark), self._fine(mark, disc(4.6)))
            self._text((x + 16, y), self.class_names[label], 13, self.look.muted)

    def _pairs_of_images(self, down: float) -> None:
        count, _, high, wide = self.scene.originals.shape
        cell = min(540 / max(1, count), LARGEST_SIDE * wide / high, LARGEST_SIDE)
        self.pairs = _Grid((700, 114 + down, cell * count, 2 * cell * high / wide), count, 2, (wide, high))
        self._text((700, 103 + down), "Test images, and below each what is made of it", 14, self.look.muted)

    def _map(self, box: Box) -> None:
        scene, look = self.scene, self.look
        self._panel(box)
        step = _round_step(TICKS / self._per_unit)
        left, top, side, _ = box
        marks = [k * step for k in range(math.ceil(-self.span / step), math.floor(self.span / step) + 1)]
        for value in marks:
            across, up = self._on_map((value, value))
            tone = _mix(look.panel, look.line, 1.0 if value == 0 else 0.55)
            self._line((across, top + 1), (across, top + side - 1), tone)
            self._line((left + 1, up), (left + side - 1, up), tone)
            if across < left + side - 30:  # where the axis has its name
                self._text((across, top + side + 17), _number(value), 12, look.muted, anchor="ms")
            if up > top + 24:
                self._text((left - 8, up + 4), _number(value), 12, look.muted, anchor="rs")
        self._text((left + side, top + side + 17), scene.names[0], 13, look.muted, SEMIBOLD, anchor="rs")
        self._text((left - 8, top + 12), scene.names[1], 13, look.muted, SEMIBOLD, anchor="rs")
        middle = self._on_map(scene.origin)

        def circles(pen: ImageDraw.ImageDraw, scale: float) -> None:
            for ring in scene.rings:
                radius = ring.radius * self._per_unit * scale
                x, y = ((place - origin) * scale for place, origin in zip(middle, (left, top), strict=True))
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=150, width=round(1.1 * scale))

        self.base.paste(look.line, self._corner(box), self._fine(box, circles))

    def _curves(self) -> list[tuple[str, Callable[[Curve], float]]]:
        beta, objective = self.scene.beta, self.scene.objective
        loss, titles = f"Loss: {objective.loss_title(beta)}", {"kl": "KL"}
        if self.scene.of_two:
            titles["recon"] = "Reconstruction: cross entropy"
        return [
            (loss if self.scene.latent_dim <= 2 else "Loss", lambda curve: curve.loss(beta, objective)),
            *((titles.get(name, term_title(name)), methodcaller("of", name)) for name in terms_of(self.scene.progress)),
        ]

    def _chart(self, title: str, value: Callable[[Curve], float], box: Box, *, last: bool) -> _Chart:
        look, progress = self.look, self.scene.progress
        left, top, wide, high = box
        plot = (left + 40, top + 16, wide - 40, high - 16)
        at = np.array([done.epoch for done in progress], float)
        training = np.array([value(done.train) for done in progress])
        validation = np.array([math.nan if done.validation is None else value(done.validation) for done in progress])
        low, top_value = range_of([training.tolist(), validation.tolist()]) or (0.0, 1.0)
        self._text((left, top + 4), title, 15, look.ink, SEMIBOLD)
        self._panel(plot)
        end = max(self.scene.shown, 1e-9)

        def place(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.floating]:
            return np.stack([x / end * plot[2], (top_value - y) / (top_value - low) * plot[3]], axis=-1)

        step = _round_step((top_value - low) / 4)
        for k in range(math.ceil(low / step), math.floor(top_value / step) + 1) if progress else ():
            y = plot[1] + float(place(np.zeros(1), np.array([k * step]))[0, 1])
            if plot[1] + 4 < y < plot[1] + plot[3] - 4:
                self._line((plot[0] + 1, y), (plot[0] + plot[2] - 1, y), _mix(look.panel, look.line, 0.55))
                self._text((plot[0] - 7, y + 4), _number(k * step), 11, look.muted, anchor="rs")
        if last:
            every = max(1.0, _round_step(end * 60 / plot[2]))
            for k in range(math.floor(end / every) + 1):
                x = plot[0] + float(place(np.array([k * every]), np.zeros(1))[0, 0])
                self._text((x, plot[1] + plot[3] + 15), f"{k * every:,.0f}", 11, look.muted, anchor="ms")
        lines = []
        for colour, values, dotted in ((look.training, training, True), (look.validation, validation, False)):
            there = np.isfinite(values)
            path = place(at[there], values[there])
            mask = self._fine(plot, dots(path) if dotted else stroke(path))
            self.base.paste(colour, self._corner(plot), dimmed(mask, AHEAD_OPACITY))
            lines.append((colour, mask))
        known = validation if np.isfinite(validation).any() else training
        shown = look.training if known is training else look.validation
        return _Chart(plot, (left + wide, top + 4), lines, at, known, place, shown)

    def _legend(self, box: Box) -> None:
        left, top = box[0], box[1] - 18
        if box[2] > 300:  # else there is no room, and the values say it
            self._text((left, top), "Nats per image", 14, self.look.muted)
        curves = [("validation", self.look.validation, False), ("training", self.look.training, True)]
        x = box[0] + box[2]
        held_out = any(done.validation is not None for done in self.scene.progress)
        for name, colour, dotted in curves if held_out else curves[1:]:
            self._text((x, top), name, 13, self.look.muted, anchor="rs")
            x -= self._width(name, 13) + 6
            mark = (x - 20, top - 8, 20, 8)
            path = np.array([(1.0, 4.0), (19.0, 4.0)])
            self.base.paste(colour, self._corner(mark), self._fine(mark, dots(path) if dotted else stroke(path)))
            x -= 34

    # What changes with a snapshot.

    def pictures(self, samples: NDArray[np.uint8], made: NDArray[np.uint8]) -> Pictures:
        """The pictures beside the map: samples (S, C, H, W) and reconstructions (R, C, H, W)."""
        behind = None
        if self.scene.latent_dim == 2 and len(samples):
            side = math.isqrt(len(samples))
            across = max(1, round(2 * self.scene.square * self._per_unit * self.scale))
            whole = Image.fromarray(cut_out(_tiled(samples, side), self.ground, self.look.ink))
            # Without alpha first, which would be multiplied in: ground has any colour.
            behind = whole.convert("RGB").resize((across, across), Image.Resampling.BICUBIC)
            cover = whole.getchannel("A").resize((across, across), Image.Resampling.BICUBIC)
            behind.putalpha(
                dimmed(ImageChops.multiply(cover, Image.fromarray(feather(across, side))), BACKDROP_OPACITY)
            )
        pairs = self._sheet(self.pairs, np.concatenate([self.scene.originals, made]))
        shown = None if self.grid is None else self._sheet(self.grid, samples[self.order])
        return Pictures(behind, pairs, shown)

    def _sheet(self, grid: _Grid, images: NDArray[np.uint8]) -> Image.Image:
        """Images in a grid, on the ground."""
        left, top = self._corner(grid.box)
        sheet = Image.new("RGB", self._extent(grid.box), self.look.ground)
        for place, image in enumerate(images[: grid.columns * grid.rows]):
            x, y, wide, high = grid.cell(place)
            (x0, y0), (x1, y1) = self._at((x, y)), self._at((x + wide, y + high))
            extent = max(1, round(x1 - x0)), max(1, round(y1 - y0))
            picture = Image.fromarray(image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0)))
            blocks = extent[0] >= BLOCKS * picture.width
            picture = picture.resize(extent, Image.Resampling.NEAREST if blocks else Image.Resampling.LANCZOS)
            sheet.paste(picture.convert("RGB"), (round(x0) - left, round(y0) - top))
        return sheet

    # What moves.

    def draw(self, moment: Moment) -> Image.Image:
        """The renderer at a moment."""
        self.image = self.base.copy()
        self._text((self.epoch_at, 44), f"{moment.epoch:,.1f}", 25, self.look.ink, SEMIBOLD, anchor="rs")
        before, after, between = moment.before, moment.after, moment.between
        self.image.paste(blend(before.pairs, after.pairs, between), self._corner(self.pairs.box))
        if self.grid is not None and before.samples is not None and after.samples is not None:
            self.image.paste(blend(before.samples, after.samples, between), self._corner(self.grid.box))
        if self.map is not None and moment.spots is not None:
            if before.behind is not None and after.behind is not None:
                self._behind(blend(before.behind, after.behind, between), moment.spots)
            self._points(self.map, moment.spots)
            if moment.names is not None:
                self._names(moment.names.at)
        for chart in self.charts:
            self._play(chart, moment.epoch)
        return self.image

    def _behind(self, square: Image.Image, spots: NDArray[np.float32]) -> None:
        """What the decoder draws, which fades towards where no image is."""
        assert self.map is not None
        extent, reach = (-self.span, self.span), self.scene.square
        values, left, bottom, cell = coverage(spots, extent, extent)
        # The cells that the square takes up, and where it begins and ends among them.
        rows = len(values)
        box = [(-reach - left) / cell, rows - (reach - bottom) / cell]
        box += [(reach - left) / cell, rows - (-reach - bottom) / cell]
        mask = Image.fromarray(np.rint(255 * values[::-1]).astype(np.uint8))
        there = mask.transform(square.size, Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
        x, y = self._at(self._on_map((-reach, reach)))
        self.image.paste(
            square.convert("RGB"), (round(x), round(y)), ImageChops.multiply(square.getchannel("A"), there)
        )

    def _points(self, box: Box, spots: NDArray[np.float32]) -> None:
        left, top, wide, high = box
        (x0, y0), (x1, y1) = self._at((left, top)), self._at((left + wide, top + high))
        places = self._pixels(spots[self.points])
        size = self.stamps[0].width
        whole, phases = corners_and_phases(places, size)
        inside = np.flatnonzero(np.logical_and(places > (x0, y0), places < (x1, y1)).all(axis=1))
        corners = whole.tolist()
        for at in inside.tolist():
            self.image.paste(self.inks[at], tuple(corners[at]), self.stamps[phases[at]])

    def name_places(self, spots: NDArray[np.float32], before: Names | None = None) -> Names:
        """Where the names of classes stand while points are at spots (N, 2), and were `before`."""
        assert self.map is not None
        of = [spots[self.scene.labels == label] for label in range(len(self.class_names))]
        homes = np.full((len(of), 2), np.nan)
        there = [label for label, points in enumerate(of) if len(points)]
        if there:
            homes[there] = self._pixels(np.array([np.median(of[label], axis=0) for label in there]))
        left, top, wide, high = self.map
        lengths = np.array([self._lettering(name)[1].length for name in self.class_names])
        return placed(homes, lengths, self._at((left, top)), self._at((left + wide, top + high)), self.scale, before)

    def _names(self, places: NDArray[np.floating]) -> None:
        """Names of classes. One that has no room, as with dozens of them, fades."""
        taken: list[tuple[NDArray[np.floating], float]] = []
        drawn: list[tuple[Colour, tuple[int, int], Image.Image]] = []
        gap = NAME_GAP * self.scale
        for place, name in zip(places, self.class_names, strict=True):
            if np.isnan(place).any():
                continue
            words = self._lettering(name)
            wide = words[1].length
            # 1 where two of them have room, beside or above each other.
            rooms = (np.hypot(*((place - other) / ((wide + its) / 2 + gap / 3, gap))) for other, its in taken)
            seen = min(1.0, max(0.0, 3 * float(min(rooms, default=math.inf)) - 1.7))
            taken.append((place, wide))
            for colour, word in zip((self.look.panel, self.look.ink), words, strict=True):
                corner, mask = word.at((float(place[0]), float(place[1])))
                drawn.append((colour, corner, dimmed(mask, seen)))
        for colour, corner, mask in (*drawn[::2], *drawn[1::2]):  # no halo on the letters of another
            self.image.paste(colour, corner, mask)

    def _lettering(self, name: str) -> tuple[Word, Word]:
        """The name of a class, and the halo around it first."""
        if name not in self.lettering:
            size = self._font_size(19 if len(name) <= SHORT_NAME else 15)
            halo, plain = (Word(name, size, SEMIBOLD, "mm", halo=wide) for wide in (max(1.0, size / 8), 0.0))
            self.lettering[name] = halo, plain
        return self.lettering[name]

    def _play(self, chart: _Chart, epoch: float) -> None:
        left, top = self._corner(chart.box)
        wide, high = self._extent(chart.box)
        across = float(chart.place(np.array([epoch]), np.zeros(1))[0, 0]) * self.scale
        reached = min(wide, max(0, round(across)))
        if reached:
            for colour, mask in chart.lines:
                self.image.paste(colour, (left, top), mask.crop((0, 0, reached, high)))
        line, x = Image.new("L", (2, 1)), min(wide - 1.0, max(0.0, across - 0.5))
        line.putdata([round(255 * (1 - x % 1)), round(255 * (x % 1))])
        thick = line.resize((2, high), Image.Resampling.NEAREST)
        self.image.paste(_mix(self.look.panel, self.look.ink, 0.7), (left + int(x), top), thick)
        value = value_at(chart.at, chart.values, epoch)
        if value is not None:
            last = chart.at[np.isfinite(chart.values)][-1]
            spot = chart.place(np.array([min(epoch, last)]), np.array([value]))[0]
            if 0 <= spot[1] <= chart.box[3]:
                at = np.array(self._at((chart.box[0] + spot[0], chart.box[1] + spot[1])))[None]
                whole, phase = corners_and_phases(at, self.dots[0].width)
                self.image.paste(chart.colour, (int(whole[0, 0]), int(whole[0, 1])), self.dots[int(phase[0])])
        said = "–" if value is None else f"{value:,.1f} nats".replace("-", "−")
        self._text(chart.said, said, 15, self.look.ink, SEMIBOLD, anchor="rs")

    # Places, and what is put there.

    @property
    def span(self) -> float:
        """What the map holds, from its middle to a side."""
        return self.scene.reach * MARGIN

    @property
    def _per_unit(self) -> float:
        assert self.map is not None
        return self.map[2] / (2 * self.span)

    def _on_map(self, spot: tuple[float, float]) -> tuple[float, float]:
        assert self.map is not None
        left, top = self.map[:2]
        return left + (spot[0] + self.span) * self._per_unit, top + (self.span - spot[1]) * self._per_unit

    def _pixels(self, spots: NDArray[np.floating]) -> NDArray[np.floating]:
        """Where spots of the map (M, 2) are on the image."""
        x, y = self._on_map((0.0, 0.0))
        flipped = spots * (self._per_unit, -self._per_unit) + (x, y)
        return flipped * self.scale + (self.left, self.top)

    def _at(self, place: tuple[float, float]) -> tuple[float, float]:
        return self.left + place[0] * self.scale, self.top + place[1] * self.scale

    def _corner(self, box: Box) -> tuple[int, int]:
        x, y = self._at(box[:2])
        return round(x), round(y)

    def _extent(self, box: Box) -> tuple[int, int]:
        (x, y), (left, top) = self._at((box[0] + box[2], box[1] + box[3])), self._corner(box)
        return max(1, round(x) - left), max(1, round(y) - top)

    def _grid(self, box: Box, count: int) -> _Grid:
        """A grid of as many samples as fit, none too small to be made out."""
        _, _, high, wide = self.scene.originals.shape
        for columns in range(max(1, int(box[2] / SMALLEST_SIDE)), 0, -1):
            side = box[2] / columns
            rows = int(box[3] / (side * high / wide) + 1e-6)
            if 0 < columns * rows <= count:
                return _Grid((box[0], box[1], box[2], rows * side * high / wide), columns, rows, (wide, high))
        side = min(box[2], box[3] * wide / high)
        return _Grid((box[0], box[1], side, side * high / wide), 1, 1, (wide, high))

    def _fine(self, box: Box, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
        """A mask of the size of a box, with smooth rims."""
        wide, high = self._extent(box)
        large = Image.new("L", (SUPERSAMPLING * wide, SUPERSAMPLING * high))
        draw(ImageDraw.Draw(large), SUPERSAMPLING * self.scale)
        return large.reduce(SUPERSAMPLING)

    def _panel(self, box: Box) -> None:
        wide, high = (SUPERSAMPLING * side - 1 for side in self._extent(box))

        def shape(inset: int) -> Image.Image:
            return self._fine(
                box,
                lambda pen, scale: pen.rounded_rectangle(
                    (inset, inset, wide - inset, high - inset), 6 * scale, fill=255
                ),
            )

        self.base.paste(self.look.line, self._corner(box), shape(0))
        self.base.paste(self.look.panel, self._corner(box), shape(SUPERSAMPLING))

    def _line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour) -> None:
        (x0, y0), (x1, y1) = self._at(start), self._at(end)
        ImageDraw.Draw(self.base).line((round(x0), round(y0), round(x1), round(y1)), fill=colour)

    def _font_size(self, size: float) -> float:
        # Letters shrink less than all else, or a small film could not be read.
        return size * (self.scale if self.scale > 1 else self.scale**0.7)

    def _text(
        self,
        at: tuple[float, float],
        text: str,
        size: float,
        colour: Colour,
        weight: int = REGULAR,
        *,
        anchor: str = "ls",
    ) -> None:
        word = Word(text, round(self._font_size(size), 2), weight, anchor)
        corner, mask = word.at(self._at(at))
        self.image.paste(colour, corner, mask)

    def _width(self, text: str, size: float, weight: int = REGULAR) -> float:
        return Word(text, round(self._font_size(size), 2), weight, "ls").length / self.scale


class _Chart(NamedTuple):
    """A curve that a playhead goes through."""

    box: Box
    said: tuple[float, float]  # where the value stands
    lines: list[tuple[Colour, Image.Image]]
    at: NDArray[np.float64]  # epochs
    values: NDArray[np.float64]  # NaN where there is none
    place: Callable[[NDArray[np.floating], NDArray[np.floating]], NDArray[np.floating]]  # in the box
    colour: Colour


class _Grid(NamedTuple):
    """Pictures side by side."""

    box: Box
    columns: int
    rows: int
    image: tuple[int, int]  # px, across and down

    def cell(self, place: int) -> Box:
        """The corner of the picture with this number, row by row."""
        wide, high = self.box[2] / self.columns, self.box[3] / self.rows
        gap = min(4.0, 0.08 * wide)
        share = (wide - gap) / wide
        x, y = self.box[0] + place % self.columns * wide, self.box[1] + place // self.columns * high
        return x, y, wide * share, high * share


def _palette(dark: bool) -> Palette:
    return Palette(*(_rgb(shade) for shade in (*(FILM_ON_DARK if dark else FILM), BLUE, ORANGE)))


def _class_colour(label: int, count: int, dark: bool) -> Colour:
    if count <= len(CLASSES):
        return _rgb((dark and CLASSES_ON_DARK.get(label)) or CLASSES[label])
    red, green, blue = colorsys.hls_to_rgb(label / count, 0.65 if dark else 0.45, 0.65)
    return round(255 * red), round(255 * green), round(255 * blue)


def _rgb(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _tiled(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The first side x side images as one, without gaps."""
    _, channels, high, wide = images.shape
    rows = images[: side * side].reshape(side, side, channels, high, wide).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(rows.reshape(side * high, side * wide, channels))


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")
