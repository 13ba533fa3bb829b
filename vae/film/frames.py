"""A training at one moment, drawn as a frame: the map with its points, what the decoder draws, and the curves with a playhead.

What stays is drawn once. What moves is put on it by masks that are smooth at their rims, and moved by eighths of a pixel, so that nothing
trembles as it glides.
"""

from __future__ import annotations

__all__ = ["FrameRenderer"]

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae.film.backdrop import Backdrop
from vae.film.canvas import LEFT, Box, Canvas
from vae.film.charts import charts_of
from vae.film.class_names import ClassNames
from vae.film.colours import Colour, class_colours, mix, palette_of
from vae.film.header import ClassLegend, Header
from vae.film.image_grid import ImageGrid, pair_grid, sample_grid
from vae.film.latent_map import COVER, LatentMap
from vae.film.letters import has_letters
from vae.film.masks import blend
from vae.film.scene import Moment, Pictures, Scene

MAX_LEGEND_CLASSES = 12  # more nobody would look up
MAP_SIDE = 584  # px
COLUMN, COLUMN_WIDTH = 700, 540  # px, what stands beside the map


class FrameRenderer:
    """Draws the moments of a scene, at a size in pixels."""

    def __init__(self, scene: Scene, size: tuple[int, int], *, dark: bool = False) -> None:
        self.scene = scene
        canvas = self.canvas = Canvas(size, palette_of(dark=dark))  # what stays
        self.colours = class_colours(len(scene.classes), dark=dark)
        # Of all alike: numbers among names would look like classes of another kind.
        legible = all(map(has_letters, scene.classes))
        self.class_names = scene.classes if legible else tuple(map(str, range(len(scene.classes))))
        self.header = Header(canvas, scene)
        labels = np.unique(scene.labels[scene.labels >= 0]).tolist()
        named = scene.latent_dim > 1 and 1 < len(labels) <= MAX_LEGEND_CLASSES
        down = ClassLegend(canvas, labels if named else [], self.class_names, self.colours).height
        self._caption((COLUMN, 103 + down), "Test images, and below each what is made of it")
        self.pairs = pair_grid(canvas, (COLUMN, 114 + down), COLUMN_WIDTH, scene.originals.shape)
        self.map: LatentMap | None = None
        self.names: ClassNames | None = None
        self.backdrop: Backdrop | None = None
        self.samples: ImageGrid | None = None
        self.order = np.arange(len(scene.z))  # in which samples are shown
        below: Box = (COLUMN, 272 + down, COLUMN_WIDTH, 404 - down)
        samples = len(scene.z), *scene.originals.shape[1:]
        if scene.latent_dim == 1:
            self.order = np.argsort(scene.z[:, 0], kind="stable")
            self.samples = sample_grid(canvas, (LEFT, 92, MAP_SIDE, MAP_SIDE), samples)
            _, top, _, high = self.samples.box
            self._caption((LEFT, top + high + 18), "Samples of the prior, from the lowest z₁ to the highest")
        else:
            side = MAP_SIDE - down
            self.map = LatentMap(canvas, (LEFT, 92 + down, side, side), scene, self.colours)
            self.names = ClassNames(self.map, scene.labels, self.class_names)
        if scene.latent_dim > 2:
            self.samples = sample_grid(canvas, (COLUMN, below[1], 248, below[3]), samples)
            self._caption((COLUMN, below[1] - 18), "Samples of the prior")
            below = (984, below[1], 256, below[3])
        elif self.map is not None:
            self.backdrop = Backdrop(canvas, self.map, scene.originals, scene.square)
        self.charts = charts_of(canvas, scene, below)

    def _caption(self, place: tuple[float, float], text: str) -> None:
        self.canvas.text(place, text, 14, self.canvas.palette.muted)

    @property
    def flat(self) -> list[Colour]:
        """The colours that areas have, and points and their rims."""
        look = self.canvas.palette
        points = (mix(look.panel, colour, share) for share in (COVER, COVER / 2) for colour in self.colours)
        return [*look, *points, *self.colours]

    def pictures(self, samples: NDArray[np.uint8], made: NDArray[np.uint8]) -> Pictures:
        """What changes with a snapshot: samples (S, C, H, W) and reconstructions (R, C, H, W)."""
        return Pictures(
            None if self.backdrop is None else self.backdrop.picture(samples),
            self.pairs.sheet(np.concatenate([self.scene.originals, made])),
            None if self.samples is None else self.samples.sheet(samples[self.order]),
        )

    def draw(self, moment: Moment) -> Image.Image:
        """The frame of a moment."""
        frame = self.canvas.copy()
        before, after, between = moment.before, moment.after, moment.between
        self.header.draw(frame, moment.epoch)
        frame.paste(blend(before.pairs, after.pairs, between), self.pairs.box)
        if self.samples is not None and before.samples is not None and after.samples is not None:
            frame.paste(blend(before.samples, after.samples, between), self.samples.box)
        if self.map is not None and moment.spots is not None:
            if self.backdrop is not None and before.behind is not None and after.behind is not None:
                self.backdrop.draw(frame, blend(before.behind, after.behind, between), moment.spots)
            self.map.draw(frame, moment.spots)
            if self.names is not None and moment.names is not None:
                self.names.draw(frame, moment.names.at)
        for chart in self.charts:
            chart.draw(frame, moment.epoch)
        return frame.image
