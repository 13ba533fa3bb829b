"""The quality of samples of models: found in the background once somebody asks for it, one at a time, and kept in memory and on disk."""

from __future__ import annotations

__all__ = ["known_quality", "quality_of"]

from pages.components.server import imports
from pages.components.services.diagnoses import images_of
from pages.components.services.jobs import Job, Jobs
from pages.components.services.models import Model
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import stamp_of
from vae.evaluation.sample_quality import SampleQuality
from vae.runs import qualities

_jobs: Jobs[Job[SampleQuality]] = Jobs("qualities")


def quality_of(model: Model, beta: float, visitor: str) -> Job[SampleQuality]:
    """The quality of a model's samples at a beta: as `Jobs.ask` says, and made again where it was stopped or failed."""
    job: Job[SampleQuality] = Job(key=_key(model, beta), visitor=visitor)
    return _jobs.ask(job, lambda job: _make(job, model.checkpoint, beta), again=True)


def known_quality(model: Model, beta: float) -> Job[SampleQuality] | None:
    """The same, if somebody has asked for it already, or it has been kept on disk: nothing is begun."""
    known = _jobs.get(_key(model, beta))
    if known is None:
        # All that the model holds goes into the name, which takes a while.
        about = ("quality", beta, stamp_of(model.checkpoint.summary.data))
        name = model.cached(about, lambda: qualities.name_of(model.checkpoint, beta))
        if (kept := qualities.kept(name)) is not None:
            known = Job(key=_key(model, beta))
            _jobs.put(known, kept)
    return known


def _key(model: Model, beta: float) -> tuple[object, ...]:
    return (*model.stamp, beta)


def _make(job: Job[SampleQuality], checkpoint: Checkpoint, beta: float) -> SampleQuality:
    test = images_of(checkpoint)
    imports.freeze_imported_modules()  # for pages that are drawn meanwhile
    return qualities.quality_of(checkpoint, test, beta, job.on_step)
