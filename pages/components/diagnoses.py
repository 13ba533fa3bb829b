"""Diagnoses of models: made in the background, one at a time, and kept in memory and on disk."""

from __future__ import annotations

__all__ = ["DRAWS", "DRAWS_HELP", "DRAWS_LABEL", "Shown", "Work", "begun", "diagnosis_of", "images_missing", "made"]

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from logging import getLogger
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from pages.components import heavy
from vae import report, shelf
from vae.checkpoint import Checkpoint
from vae.data import DATASETS, ImageSet, is_on_disk, load, root_folder, title_of
from vae.diagnostics import Diagnosis, LatentFacts, diagnose, facts_of, so_far
from vae.errors import DataError, VAEError

if TYPE_CHECKING:
    import plotly.graph_objects as go

Key = tuple[object, ...]

DRAWS = (5, 20, 100, 500)  # of z per image in the importance-weighted bound, to choose from
DRAWS_LABEL = "Draws of z per image in the importance-weighted bound"
DRAWS_HELP = (
    "More come nearer to the likelihood and take longer: a hundred for each of ten thousand images a minute or more."
)
KEPT = 24
SAMPLES = 1  # draws of z for each image in the reconstruction, at least: those of the bound are in it

_lock = threading.Lock()
_works: OrderedDict[Key, Work] = OrderedDict()  # the last asked for last
_waiting: SimpleQueue[Work] = SimpleQueue()
_beside = ThreadPoolExecutor(1, thread_name_prefix="latent-facts")


class _StoppedError(Exception):
    """Somebody wants no more of it."""


class Shown(NamedTuple):
    """A diagnosis, or as much as is known of it, ready to be drawn."""

    diagnosis: Diagnosis
    figures: dict[str, go.Figure]  # by their headings
    sheets: dict[str, bytes]  # PNG files by their captions; none before the decoder has been asked


@dataclass
class Work:
    """A diagnosis that is made, or has been."""

    checkpoint: Checkpoint
    beta: float
    draws: int
    visitor: str = ""  # who asked for it
    superseded: bool = False  # stopped because the same visitor asked for another one
    done: int = 0
    of: int = 0  # 0 until it has begun
    result: Future[Diagnosis] = field(default_factory=Future)
    stopping: threading.Event = field(default_factory=threading.Event)
    known: Diagnosis | None = None  # before the decoder has been asked

    @cached_property
    def digest(self) -> str:
        return shelf.digest(self.checkpoint, self.beta, SAMPLES, self.draws)

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return self.done / self.of if self.of else 0.0

    @property
    def stopped(self) -> bool:
        return self.stopping.is_set()

    @property
    def error(self) -> str | None:
        """What went wrong, once something has."""
        problem = self.result.exception() if self.result.done() else None
        return None if problem is None else str(problem)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Once it is there."""
        return self.result.result() if self.result.done() and self.result.exception() is None else None

    @property
    def shown(self) -> Shown | None:
        """As much as there is, made ready once."""
        if self.diagnosis is not None:
            return self._whole
        return None if self.known is None else self._part

    @cached_property
    def _whole(self) -> Shown:
        assert self.diagnosis is not None
        return self._ready(self.diagnosis)

    @cached_property
    def _part(self) -> Shown:
        assert self.known is not None
        return self._ready(self.known)

    def _ready(self, found: Diagnosis) -> Shown:
        return Shown(found, report.figures_of(found, self.checkpoint.keyframes), report.sheets(found))

    def stop(self) -> None:
        """It ends with the batch under way, and can be asked for again."""
        self.stopping.set()

    def heard(self) -> None:
        """Ends what calls it, if this is to be stopped."""
        if self.stopped:
            raise _StoppedError("Stopped.")

    def tell(self, facts: Future[LatentFacts]) -> None:
        """What is known before the decoder has been asked, once it is."""
        if facts.exception() is None:
            self.known = so_far(
                facts.result(),
                self.beta,
                samples=max(SAMPLES, self.draws),
                draws=self.draws,
                refinement=self.checkpoint.config.refinement,
                factors=DATASETS[self.checkpoint.summary.data].factors,
            )

    def on_step(self, done: int, of: int) -> None:
        self.heard()
        self.done, self.of = done, of


def diagnosis_of(
    stamp: Key, checkpoint: Checkpoint, beta: float, draws: int, visitor: str = "", *, again: bool = False
) -> Work:
    """The diagnosis of a checkpoint, `stamp` standing for its content, at a beta, of the test images of its points, with so many draws
    in the importance-weighted bound.

    It is made if there is none yet; one that was stopped or failed is made `again` if asked for. A visitor has one made at a time: what
    the same one asked for before, and hasn't got yet, is dropped.

    Posteriors are those that the checkpoint has: nothing is refined anew.
    """
    key = (*stamp, beta, draws)
    with _lock:
        work = _works.get(key)
        if work is None or work.superseded or (again and (work.stopped or work.error is not None)):
            for other in _works.values():
                if other.visitor == visitor and not other.result.done():
                    other.superseded = True
                    other.stop()
            work = _works[key] = Work(checkpoint, beta, draws, visitor)
            kept = shelf.look_up(work.digest, checkpoint, beta)
            if kept is not None:
                work.result.set_result(kept)
            else:
                _waiting.put(work)
                _serve()
        _works.move_to_end(key)
        while len(_works) > KEPT:
            _works.popitem(last=False)
    return work


def begun(stamp: Key, beta: float, draws: int) -> Work | None:
    """The diagnosis that `diagnosis_of` would give, if somebody has asked for it already: nothing is begun."""
    with _lock:
        work = _works.get((*stamp, beta, draws))
    return None if work is None or work.superseded else work


def made(stamp: Key) -> list[Diagnosis]:
    """Every diagnosis of a checkpoint that there is, whatever its beta and its draws."""
    with _lock:
        works = [work for key, work in _works.items() if key[: len(stamp)] == stamp]
    return [work.diagnosis for work in works if work.diagnosis is not None]


def images_missing(data: str) -> str | None:
    """Why no model of a data set can be diagnosed here, and what to do; None if they can."""
    if is_on_disk(data):
        return None
    return (
        f"A diagnosis needs the test images of {title_of(data)}, and they are not in {root_folder().resolve()}. Training on "
        "the Train page downloads them; or set VAE_DATA_DIR to a folder that has them."
    )


@cache
def _serve() -> None:
    """Begins to make what is waited for, one after another. The server ends without waiting for it."""

    def serve() -> None:
        while True:
            _make(_waiting.get())

    threading.Thread(target=serve, name="diagnose", daemon=True).start()


def _make(work: Work) -> None:
    checkpoint, beta = work.checkpoint, work.beta
    try:
        work.on_step(0, 0)
        points = checkpoint.points_at(beta)
        # Meanwhile PyTorch is imported, which takes as long.
        facts = _beside.submit(facts_of, points.mean, points.std, points.labels, work.heard)
        facts.add_done_callback(work.tell)
        import torch

        from vae.distributions import DiagonalNormal

        data = _images_of(checkpoint)
        heavy.settle()
        given = DiagonalNormal(torch.from_numpy(points.mean.copy()), torch.from_numpy(points.std.copy()))
        found = diagnose(
            checkpoint.model(),
            data,
            beta,
            samples=SAMPLES,
            draws=work.draws,
            given=given,
            facts=facts.result,
            on_step=work.on_step,
        )
        shelf.keep(work.digest, found)
        work.result.set_result(found)
    except (VAEError, _StoppedError) as error:
        work.result.set_exception(error)
    except Exception as error:  # whoever waits must hear of it
        getLogger(__name__).exception("a diagnosis failed")
        work.result.set_exception(error)


def _images_of(checkpoint: Checkpoint) -> ImageSet:
    """The test split that the checkpoint's points are of. Raises `DataError` where another one has its name."""
    name, count = checkpoint.summary.data, len(checkpoint.points.labels)
    found = load(name, "test", download=False)
    if found.images.shape != (count, *checkpoint.config.image_shape):
        raise DataError(
            f"{name}: the model's map is of {count:,} images of shape {checkpoint.config.image_shape}, but the test split here has "
            f"{len(found.images):,} of shape {found.image_shape}. Put the data that it was trained on into {root_folder().resolve()}."
        )
    return found
