"""Diagnoses of models: made in the background, one at a time, and kept in memory and on disk."""

from __future__ import annotations

__all__ = [
    "Diagnosing",
    "Shown",
    "begun",
    "choose_draws",
    "choose_starts",
    "diagnosis_of",
    "images_missing",
    "made",
]

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from pages.components.server import imports
from pages.components.server.messages import DATA_FOLDER, sentences_of, without_paths
from pages.components.services.jobs import Work, Works
from pages.components.services.originals import Images, are_of
from vae.checkpoints.checkpoint import Checkpoint, LatentPoints
from vae.data.images import ImageSet
from vae.data.sources import DATASETS, is_built_in, is_on_disk, load, remedy, root_folder, source_of, stamp_of, title_of
from vae.errors import DataError
from vae.evaluation import report
from vae.evaluation.diagnostics import (
    FOLDS,
    PLACES,
    SATURATED,
    Decomposition,
    Diagnosis,
    LatentFacts,
    Probes,
    diagnose,
    facts_of,
    so_far,
)
from vae.projections.neighbours import NEIGHBOURS
from vae.runs import cache

if TYPE_CHECKING:
    import plotly.graph_objects as go

Key = tuple[object, ...]

DRAWS = (5, 20, 100, 500)  # of z per image in the importance-weighted bound, to choose from
DRAWS_LABEL = "Draws of z per image in the importance-weighted bound"
DRAWS_HELP = (
    "More come nearer to the likelihood and take longer, in proportion: of ten thousand images and a convolutional network a hundred take "
    "a minute or two, and five hundred up to ten. It can be stopped."
)
STARTS = 4  # posteriors of an image, where several are asked for
STARTS_HELP = (
    "An image may have another explanation than the one that its posterior lies around, and draws around that never find out. This looks "
    f"for {STARTS - 1} more from the latents of other images that look alike, for some of the images. It takes a minute or two."
)
SAMPLES = 1  # draws of z for each image in the reconstruction, at least: those of the bound are in it

_beside = ThreadPoolExecutor(1, thread_name_prefix="latent-facts")


class Shown(NamedTuple):
    """A diagnosis, or as much as is known of it, ready to be drawn."""

    diagnosis: Diagnosis
    figures: dict[str, go.Figure]  # by their headings
    sheets: dict[str, bytes]  # PNG files by their captions; none before the decoder has been asked


@dataclass(kw_only=True)
class Diagnosing(Work[Diagnosis]):
    """A diagnosis that is made, or has been."""

    checkpoint: Checkpoint
    beta: float
    draws: int
    starts: int = 1
    known: Diagnosis | None = None  # before the decoder has been asked

    @cached_property
    def digest(self) -> str:
        return cache.digest(self.checkpoint, self.beta, SAMPLES, self.draws, self.starts)

    @property
    def shown(self) -> Shown | None:
        """As much as there is, made ready once."""
        if self.result is not None:
            return self._whole
        return None if self.known is None else self._part

    @cached_property
    def _whole(self) -> Shown:
        assert self.result is not None
        return self._ready(self.result)

    @cached_property
    def _part(self) -> Shown:
        assert self.known is not None
        return self._ready(self.known)

    def _ready(self, found: Diagnosis) -> Shown:
        return Shown(found, report.figures_of(found, self.checkpoint.keyframes), report.sheets(found))

    @cached_property
    def empty(self) -> Diagnosis:
        """Every number there is going to be, none of them known: by the KL that the training found, q(z) can be told apart or not."""
        config, summary, labels = self.checkpoint.config, self.checkpoint.summary, self.checkpoint.points.labels
        dims, n = config.latent_dim, len(labels)
        unknown = np.full((n, dims), np.nan, np.float32)
        nan = math.nan
        apart = config.prior.factorised and summary.kl < math.log(n) - SATURATED
        parts = Decomposition(nan, nan, nan, nan, nan, nan, PLACES) if apart else None
        _, counts = np.unique(labels[labels >= 0], return_counts=True)
        classes = len(counts) > 1 and counts.min() >= FOLDS
        each = np.full(n, np.nan, np.float32)
        probes = Probes(nan, min(NEIGHBOURS, n - 1), nan, FOLDS, nan, each, each) if classes else None
        nowhere = np.empty((dims, 0), np.float32)
        facts = LatentFacts(unknown, unknown, self.checkpoint.prior, (nan,) * dims, nowhere, nan, parts, probes)
        return replace(self.so_far(facts), active_units=nan)  # type: ignore[arg-type]  # of which there is no number yet

    def tell(self, facts: LatentFacts) -> None:
        """This is known before the decoder has been asked."""
        self.known = self.so_far(facts)

    def so_far(self, facts: LatentFacts, *, interpolated: bool = False) -> Diagnosis:
        """What there is to say by these alone."""
        source = DATASETS.get(self.checkpoint.summary.data)
        return so_far(
            facts,
            self.beta,
            samples=max(SAMPLES, self.draws, self.starts),
            draws=self.draws,
            starts=self.starts,
            integrated=self.checkpoint.config.integration_side is not None,
            refinement=self.checkpoint.config.refinement,
            factors=source is not None and bool(source.factors),
            interpolated=interpolated,
        )


_works: Works[Diagnosing] = Works("diagnoses")


def choose_draws(key: str) -> int:
    """The control for how many draws of z there are."""
    return st.segmented_control(
        DRAWS_LABEL, DRAWS, default=DRAWS[0], required=True, key=key, persist_state="session", help=DRAWS_HELP
    )


def choose_starts(checkpoint: Checkpoint, key: str) -> int:
    """The control for how many posteriors of an image the draws come from, where latents have too many dimensions to integrate over."""
    if checkpoint.config.integration_side:
        return 1
    asked = st.toggle(
        "Also draw from other explanations of an image", key=key, persist_state="session", help=STARTS_HELP
    )
    return STARTS if asked else 1


def diagnosis_of(
    stamp: Key,
    checkpoint: Checkpoint,
    beta: float,
    draws: int,
    visitor: str = "",
    *,
    starts: int = 1,
    again: bool = False,
) -> Diagnosing:
    """The diagnosis of a checkpoint, `stamp` standing for its content, at a beta, of the test images of its points, with so many draws
    in the importance-weighted bound, and from so many posteriors of an image, its `starts`: as `Works.ask` says, unless it has been
    kept on disk.

    Posteriors are those that the checkpoint has, or, at a beta for which it hasn't got them, found anew. Where the images are
    missing, it is as much as can be told without them, and not complete.
    """

    def begin() -> Diagnosing:
        return Diagnosing(checkpoint=checkpoint, beta=beta, draws=draws, starts=starts, visitor=visitor)

    key = (*stamp, beta, draws, *([starts] if starts > 1 else []))
    known = _works.get(key)
    if (known is None or known.result is None) and not is_on_disk(checkpoint.summary.data):
        return _works.ask((*key, "without images"), begin, _make_without_images, again=again, look_up=_kept)
    return _works.ask(key, begin, _make, again=again, look_up=_kept)


def begun(stamp: Key, checkpoint: Checkpoint, beta: float, draws: int) -> Diagnosing | None:
    """The diagnosis that `diagnosis_of` would give, if somebody has asked for it already, or it has been kept on disk: nothing is begun."""
    key = (*stamp, beta, draws)
    work = _works.get(key)
    if work is None:
        work = Diagnosing(checkpoint=checkpoint, beta=beta, draws=draws)
        found = _kept(work)
        if found is None:
            return None
        work.future.set_result(found)
        _works.keep(key, work)
    return work


def made(stamp: Key) -> list[Diagnosis]:
    """Every complete diagnosis of a checkpoint that there is, whatever its beta and its draws."""
    works = [work for key, work in list(_works.known.items()) if isinstance(key, tuple) and key[: len(stamp)] == stamp]
    return [work.result for work in works if work.result is not None and work.result.complete]


def _kept(work: Diagnosing) -> Diagnosis | None:
    return cache.look_up(work.digest, work.checkpoint, work.beta)


def images_missing(data: str) -> str | None:
    """Why no model of a data set can be diagnosed here, and what to do; None if they can."""
    if is_on_disk(data):
        return None
    if stamp_of(data):  # there is a file, which can't be used
        try:
            source_of(data)
        except DataError as error:
            return f"A diagnosis needs the test images of {title_of(data)}. {sentences_of(error)}"
    missing = f"A diagnosis needs the test images of {title_of(data)}, and they are not in {DATA_FOLDER}."
    if is_built_in(data):
        return f"{missing} Training on the Train page downloads them; or set VAE_DATA_DIR to a folder that has them."
    return f"{missing} {without_paths(remedy(data))}"


def _make(work: Diagnosing) -> Diagnosis:
    checkpoint, beta = work.checkpoint, work.beta
    points = checkpoint.measured_at(beta)
    # Meanwhile PyTorch is imported, which takes as long.
    facts = None if points is None else _beside.submit(_facts, work, points)
    import torch

    from vae.models.distributions import DiagonalNormal

    data, given = _images_of(checkpoint), None
    if points is not None:
        given = DiagonalNormal(torch.from_numpy(points.mean.copy()), torch.from_numpy(points.std.copy()))
    if facts is not None:
        facts.exception()  # waits, for side by side with the decoder it would take half as long again, and the decoder as much longer
    imports.freeze_imported_modules()
    found = diagnose(
        checkpoint.model(),
        data,
        beta,
        samples=SAMPLES,
        draws=work.draws,
        starts=work.starts,
        given=given,
        facts=facts and facts.result(),
        on_facts=work.tell,
        on_step=work.on_step,
    )
    cache.keep(work.digest, found, checkpoint)
    return found


def _facts(work: Diagnosing, points: LatentPoints) -> LatentFacts:
    """What these posteriors say; tells of it."""
    found = facts_of(points.mean, points.std, points.labels, work.checkpoint.prior, work.heard)
    work.tell(found)
    return found


def _make_without_images(work: Diagnosing) -> Diagnosis:
    measured = work.checkpoint.measured_at(work.beta)
    points = measured or work.checkpoint.points_at(work.beta)
    facts = facts_of(points.mean, points.std, points.labels, work.checkpoint.prior, work.heard)
    imports.freeze_imported_modules()
    return work.so_far(facts, interpolated=measured is None)


def _images_of(checkpoint: Checkpoint) -> ImageSet:
    """The test split that the checkpoint's points are of. Raises `DataError` where another one has its name."""
    name, count = checkpoint.summary.data, len(checkpoint.points.labels)
    found = load(name, "test", download=False)
    if not are_of(Images.of(found), checkpoint):
        other = ", but other ones" if len(found.images) == count else ""
        raise DataError(
            f"{name}: the model's map is of {count:,} images of shape {checkpoint.config.image_shape}, but the test split here has "
            f"{len(found.images):,} of shape {found.image_shape}{other}. Put the data that it was trained on into "
            f"{root_folder().resolve()}."
        )
    return found
