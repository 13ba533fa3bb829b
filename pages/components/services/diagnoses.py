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
    "images_of",
    "made",
    "shown_of",
]

import math
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from pages.components.server import imports
from pages.components.server.messages import DATA_FOLDER, sentences_of, without_paths
from pages.components.services.jobs import Job, Jobs
from pages.components.services.originals import Images, are_of
from vae.cache import Cache, size_of
from vae.checkpoints.checkpoint import Checkpoint, LatentPoints
from vae.data.images import ImageSet
from vae.data.sources import is_on_disk, load, remedy, root_folder, source_named, source_of, stamp_of, title_of
from vae.errors import DataError
from vae.evaluation import report
from vae.evaluation.diagnostics import (
    Diagnosis,
    LatentFacts,
    diagnose,
    facts_of,
    so_far,
    unknown_facts,
)
from vae.limits import MAX_RESULTS_BYTES
from vae.runs.diagnoses import cache_of, digest

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


class Shown(NamedTuple):
    """A diagnosis, or as much as is known of it, ready to be drawn."""

    diagnosis: Diagnosis
    figures: dict[str, go.Figure]  # by their headings
    sheets: dict[str, bytes]  # PNG files by their captions; none before the decoder has been asked


@dataclass(kw_only=True, eq=False)
class Diagnosing(Job[Diagnosis]):
    """A diagnosis that is made, or has been."""

    beta: float
    draws: int
    starts: int = 1
    known: Diagnosis | None = None  # before the decoder has been asked

    def so_far(self, checkpoint: Checkpoint, facts: LatentFacts, *, interpolated: bool = False) -> Diagnosis:
        """What there is to say by these alone."""
        return so_far(
            facts,
            self.beta,
            samples=max(SAMPLES, self.draws, self.starts),
            draws=self.draws,
            starts=self.starts,
            integrated=checkpoint.config.integration_side is not None,
            refinement=checkpoint.config.refinement,
            factors=source_named(checkpoint.summary.data).factors,
            interpolated=interpolated,
        )

    def empty(self, checkpoint: Checkpoint) -> Diagnosis:
        """Every number there is going to be, none of them known."""
        facts = unknown_facts(checkpoint.points.labels, checkpoint.prior, checkpoint.summary.kl)
        return replace(self.so_far(checkpoint, facts), active_units=math.nan)  # pyrefly: ignore[bad-argument-type] (of which there is no number yet)


def _size(shown: Shown) -> int:
    return size_of((shown.diagnosis, [figure.to_dict() for figure in shown.figures.values()], shown.sheets))


_jobs: Jobs[Diagnosing] = Jobs("diagnoses")
_imports: Jobs[Job[None]] = Jobs("imports")
_shown: Cache[Shown] = Cache(MAX_RESULTS_BYTES, _size)


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
    visitor: str | None = None,
    *,
    starts: int = 1,
    again: bool = False,
) -> Diagnosing:
    """The diagnosis of a checkpoint, `stamp` standing for its content, at a beta, of the test images of its points, with so many draws
    in the importance-weighted bound, and from so many posteriors of an image, its `starts`: as `Jobs.ask` says, unless it has been
    kept on disk.

    Posteriors are those that the checkpoint has, or, at a beta for which it hasn't got them, found anew. Where the images are
    missing, it is as much as can be told without them, and not complete.
    """

    key = (*stamp, beta, draws, *([starts] if starts > 1 else []))
    job = Diagnosing(key=key, beta=beta, draws=draws, starts=starts, visitor=visitor)
    make = _make
    known = _jobs.get(key)
    if (known is None or known.result is None) and not is_on_disk(checkpoint.summary.data):
        job.key, make = (*key, "without images"), _make_without_images
    return _jobs.ask(job, lambda job: make(job, checkpoint), again=again, find=lambda job: _from_disk(job, checkpoint))


def begun(stamp: Key, checkpoint: Checkpoint, beta: float, draws: int) -> Diagnosing | None:
    """The diagnosis that `diagnosis_of` would give, if somebody has asked for it already, or it has been kept on disk: nothing is begun."""
    job = Diagnosing(key=(*stamp, beta, draws), beta=beta, draws=draws)
    known = _jobs.get(job.key)
    if known is None and (result := _from_disk(job, checkpoint)) is not None:
        _jobs.put(job, result)
        return job
    return known


def made(stamp: Key) -> list[Diagnosis]:
    """Every complete diagnosis of a checkpoint that there is, whatever its beta and its draws."""
    jobs = [job for job in _jobs.all() if isinstance(job.key, tuple) and job.key[: len(stamp)] == stamp]
    return [job.result for job in jobs if job.result is not None and job.result.complete]


def shown_of(job: Diagnosing, checkpoint: Checkpoint) -> Shown | None:
    """As much as there is of a checkpoint's diagnosis, drawn once."""
    diagnosis = job.result or job.known
    if diagnosis is None:
        return None
    drawn = _shown.get(job.key)
    if drawn is None or drawn.diagnosis is not diagnosis:
        drawn = Shown(diagnosis, report.figures_of(diagnosis, checkpoint.keyframes), report.sheets(diagnosis))
        _shown.put(job.key, drawn)
    return drawn


def _digest(job: Diagnosing, checkpoint: Checkpoint) -> str:
    return digest(checkpoint, job.beta, SAMPLES, job.draws, job.starts)


def _from_disk(job: Diagnosing, checkpoint: Checkpoint) -> Diagnosis | None:
    return cache_of(checkpoint, job.beta).get(_digest(job, checkpoint))


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
    if source_named(data).fixed:
        return f"{missing} Training on the Train page downloads them; or set VAE_DATA_DIR to a folder that has them."
    return f"{missing} {without_paths(remedy(data))}"


def _make(job: Diagnosing, checkpoint: Checkpoint) -> Diagnosis:
    points = checkpoint.measured_at(job.beta)
    importing = _imports.ask(Job(key="torch"), _import_torch)  # which takes as long as what is found meanwhile
    facts = None if points is None else _facts(job, checkpoint, points)
    importing.wait()
    import torch

    from vae.models.distributions import DiagonalNormal

    data, given = images_of(checkpoint), None
    if points is not None:
        given = DiagonalNormal(torch.from_numpy(points.mean.copy()), torch.from_numpy(points.std.copy()))
    imports.freeze_imported_modules()  # for pages that are drawn meanwhile
    made = diagnose(
        checkpoint.model(),
        data,
        job.beta,
        samples=SAMPLES,
        draws=job.draws,
        starts=job.starts,
        given=given,
        facts=facts,
        on_facts=lambda facts: _publish(job, checkpoint, facts),
        on_step=job.on_step,
    )
    cache_of(checkpoint, job.beta).put(_digest(job, checkpoint), made)
    return made


def _import_torch(_: Job[None]) -> None:
    import_module("torch")


def _facts(job: Diagnosing, checkpoint: Checkpoint, points: LatentPoints) -> LatentFacts:
    """What these posteriors say; tells of it."""
    facts = facts_of(points.mean, points.std, points.labels, checkpoint.prior, job.check)
    _publish(job, checkpoint, facts)
    return facts


def _publish(job: Diagnosing, checkpoint: Checkpoint, facts: LatentFacts) -> None:
    """This is known before the decoder has been asked."""
    job.known = job.so_far(checkpoint, facts)


def _make_without_images(job: Diagnosing, checkpoint: Checkpoint) -> Diagnosis:
    measured = checkpoint.measured_at(job.beta)
    points = measured or checkpoint.points_at(job.beta)
    facts = facts_of(points.mean, points.std, points.labels, checkpoint.prior, job.check)
    return job.so_far(checkpoint, facts, interpolated=measured is None)


def images_of(checkpoint: Checkpoint) -> ImageSet:
    """The test split that the checkpoint's points are of. Raises `DataError` where another one has its name."""
    name, count = checkpoint.summary.data, len(checkpoint.points.labels)
    data = load(name, "test", download=False)
    if not are_of(Images.of(data), checkpoint):
        other = ", but other ones" if len(data.images) == count else ""
        raise DataError(
            f"{name}: the model's map is of {count:,} images of shape {checkpoint.config.image_shape}, but the test split here has "
            f"{len(data.images):,} of shape {data.image_shape}{other}. Put the data that it was trained on into "
            f"{root_folder().resolve()}."
        )
    return data
