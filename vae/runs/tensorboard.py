"""A run's curves and pictures for TensorBoard, in its folder `tensorboard/`. Look at them with `tensorboard --logdir runs`.

Everything in there comes from `progress.jsonl` and `snapshots/`. So a worker that begins, or goes on, writes the file anew, up to
the epoch that its training stands at, and then adds each epoch once it is on disk: wherever one was killed, no epoch is there twice and
none is missing. The step of an event is its epoch.

tensorboardX's own writer hands events to a thread, which dies at a full disk without a word and then blocks the training. What is used
of it here are its records and its messages.
"""

from __future__ import annotations

__all__ = ["FOLDER", "Events", "command"]

import io
import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from vae.data.sources import title_of
from vae.errors import RunError, VAEError
from vae.evaluation.pictures import pairs, sheet
from vae.models.config import betas_of, to_dict
from vae.models.objectives import term_title
from vae.texts import markdown

if TYPE_CHECKING:
    from tensorboardX import RecordWriter

    from vae.progress import Progress
    from vae.runs.request import Request
    from vae.runs.snapshots import SnapshotReader
    from vae.runs.store import Run

FOLDER = "tensorboard"
FEW_DIMENSIONS = 8  # of more, a histogram says at a glance how many are in use
NATS = "nats per image"


def command(run: Run) -> str:
    """What to type to look at the run, and at those beside it."""
    return f"tensorboard --logdir {shlex.quote(str(run.folder.parent))}"


class Events:
    """The event file of a run."""

    def __init__(self, run: Run) -> None:
        """Raises `VAEError` if the file can't be written."""
        self.run, self.folder, self.film = run, run.folder / FOLDER, run.film
        self.writer: RecordWriter | None = None
        self.done: int | None = None  # epochs that are in the file; None where it has to be written anew
        self.known = run.started.timestamp(), 0.0  # a moment, and how many seconds of training were done at it
        self._begin()

    def keep(self, progress: Progress) -> None:
        """Adds an epoch that is on disk, and before it all those that are missing; does nothing about one that is there.

        Raises `VAEError` if the file can't be written.
        """
        if self.done is None:
            self._begin()
        assert self.done is not None
        if self.done + 1 < progress.epoch:
            for before in self.run.progress():
                if self.done < before.epoch < progress.epoch:
                    self._add(before)
        if self.done < progress.epoch:
            self._add(progress)

    def close(self) -> None:
        """Lets go of the file, which is whole after each epoch."""
        if self.writer is not None:
            with suppress(OSError):  # at a full disk, of what was said to be missing already
                self.writer.close()
            self.writer = None

    def _begin(self) -> None:
        """A new file in place of any there is."""
        from tensorboardX import RecordWriter
        from tensorboardX.summary import text

        self.close()
        try:
            self.folder.mkdir(exist_ok=True)
            for old in self.folder.glob("*tfevents*"):
                old.unlink()
            self.writer = RecordWriter(str(self.folder / f"events.out.tfevents.{time.time_ns()}"))
        except OSError as error:
            raise self._unwritten(error) from error
        request, began = self.run.request, self._moment(None, 0)
        assert request is not None
        self._write(
            [
                _event(began, file_version="brain.Event:2"),
                # A TensorBoard that is open already forgets what it was told by the file before.
                _event(began, session_log={"status": "START"}),
                _event(began, summary=text("settings", _settings(self.run.title, request))),
            ]
        )
        self.done = 0

    def _add(self, progress: Progress) -> None:
        from tensorboardX.summary import custom_scalars

        first, self.done, epoch = self.done == 0, None, progress.epoch
        assert self.run.request is not None
        when = self._moment(None, progress.seconds)
        events = [_event(when, summary=custom_scalars(_charts(self.run.request, progress)))] if first else []
        with suppress(RunError):  # without snapshots there are no pictures
            per_epoch = self.film.about.per_epoch
            for at in (0, 1) if epoch == 1 else (epoch,):
                taken = self.film.taken(at * per_epoch)
                when = self._moment(taken, progress.seconds if at else 0.0)
                events += [_event(when, step=at, summary=one) for one in _images(self.film, at * per_epoch)]
        when = self._moment(None, progress.seconds)
        events += [_event(when, step=epoch, summary=one) for one in _numbers(progress, self.run.request)]
        self._write(events)
        self.done = epoch

    def _write(self, events: list[Any]) -> None:
        assert self.writer is not None
        try:
            for event in events:
                self.writer.write(event.SerializeToString())
            self.writer.flush()
        except OSError as error:
            self.close()
            raise self._unwritten(error) from error

    def _unwritten(self, error: OSError) -> VAEError:
        reason = error.strerror or error
        return VAEError(f"{self.folder}: could not be written ({reason}). Check the folder's rights and space.")

    def _moment(self, taken: float | None, seconds: float) -> float:
        """When so much of the training was done: when its snapshot was taken, or by the clock of the training since the last that was."""
        if taken is not None:
            self.known = taken, seconds
        when, then = self.known
        return when + seconds - then


def _event(when: float, **fields: Any) -> Any:
    from tensorboardX.proto.event_pb2 import Event  # pyrefly: ignore[missing-module-attribute] (made as it is imported)

    return Event(wall_time=when, **fields)


def _settings(title: str, request: Request) -> str:
    """A table in Markdown."""
    values = {"data": request.data, "model": to_dict(request.model), "train": to_dict(request.train)}
    rows = "\n".join(f"| {name} | {value} |" for name, value in _flat(values))
    return f"**{markdown(title)}**\n\n| setting | value |\n| --- | --- |\n{rows}"


def _flat(values: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def _charts(request: Request, progress: Progress) -> dict[str, dict[str, list[Any]]]:
    """What lies in one chart on TensorBoard's page of custom scalars: training and validation, and all dimensions."""
    title = f"{title_of(request.data)}, {betas_of(request.model, request.train)}"
    curves = {name: ["Multiline", [f"{name}/train", f"{name}/validation"]] for name in ("loss", *progress.train.terms)}
    return {title: {**curves, "kl by dimension": ["Multiline", ["kl_by_dim/.*"]]}}


def _numbers(progress: Progress, request: Request) -> Iterator[Any]:
    """What an epoch says of itself, each a summary or the fields of one."""
    from tensorboardX.summary import histogram

    beta, objective = request.train.beta, request.train.objective
    for split, curve in (("train", progress.train), ("validation", progress.validation)):
        if curve is not None:
            # At the final beta, as in the app, so that the epochs of a warm-up compare.
            yield _scalar(f"loss/{split}", curve.loss(beta, objective), f"{objective.loss_title(beta)}, {NATS}")
            for name, value in curve.terms.items():
                yield _scalar(f"{name}/{split}", value, f"{term_title(name)}, {NATS}")
    for name, value, meaning in (
        ("beta", progress.beta, "weight of the KL in the last step"),
        ("learning_rate", progress.learning_rate, "in the last step"),
        ("gradient_norm", progress.gradient_norm, "average over the epoch, before it is clipped"),
        ("images_per_second", progress.images_per_second, "while training"),
    ):
        if value is not None:
            yield _scalar(f"training/{name}", value, meaning)
    if progress.kl_by_dim is not None:
        for dimension, kl in enumerate(progress.kl_by_dim, start=1):
            yield _scalar(f"kl_by_dim/z{dimension}", kl, f"KL of this dimension, {NATS}")
        kls = np.array(progress.kl_by_dim)
        if len(kls) > FEW_DIMENSIONS and np.isfinite(kls).all():
            yield histogram("kl_by_dim", kls, "auto")


def _scalar(tag: str, value: float, meaning: str) -> dict[str, Any]:
    # TensorBoard complains of tensorboardX's own, where they have a meaning, for they don't say that they are scalars.
    metadata = {"plugin_data": {"plugin_name": "scalars"}, "summary_description": meaning}
    return {"value": [{"tag": tag, "simple_value": value, "metadata": metadata}]}


def _images(film: SnapshotReader, step: int) -> list[dict[str, Any]]:
    """The pictures of a snapshot, none where there is no such snapshot that can be read."""
    try:
        snapshot = film.read(step)
    except RunError:
        return []
    return [
        _image("reconstructions", pairs(film.about.originals, snapshot.reconstructions, len(snapshot.reconstructions))),
        _image("samples", sheet(snapshot.samples)),
    ]


def _image(tag: str, png: bytes) -> dict[str, Any]:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        width, height, channels = *picture.size, len(picture.getbands())
    made = {"height": height, "width": width, "colorspace": channels, "encoded_image_string": png}
    return {"value": [{"tag": tag, "image": made}]}
