"""The process that trains a run: `python -m vae run FOLDER`, or `python -m vae train` in a terminal.

After an epoch its snapshot is written, then the state, then the best weights, then the line, then TensorBoard's events. Whatever a worker
was doing when it was killed, the next one brings the last three to where the state is, so that no more is lost than the epoch under way. Of
a finished run state and best weights are removed. PyTorch is imported once it trains.
"""

from __future__ import annotations

__all__ = ["Watcher", "work"]

import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vae import memory
from vae.data.images import ImageSet
from vae.data.sources import check_memory, is_on_disk, load, root_folder, title_of
from vae.errors import RunError, TrainingError, VAEError
from vae.files import remove_abandoned, write_atomic
from vae.progress import Progress, read_progress, to_json
from vae.runs.request import Request
from vae.runs.snapshots import SnapshotWriter
from vae.runs.status import RunState, Status, read_json, read_status, record_process, try_write_status
from vae.runs.store import Run, list_runs, max_running, niceness, opened, remove_leftovers
from vae.runs.tensorboard import Events
from vae.runs.yielding import Yielding

if TYPE_CHECKING:
    from vae.models.vae import VAE
    from vae.training.state import TrainingState

STATUS_INTERVAL = 0.5  # seconds between two writes of the step counter, which the page asks for every second


class Watcher:
    """Whom a worker tells what it does. This one, of the runs in the background, doesn't care."""

    def on_wait(self, message: str) -> None:
        """It waits for its turn."""

    def on_step(self, done: int, steps: int) -> None:
        """A step of training was done."""

    def on_epoch(self, progress: Progress) -> None:
        """An epoch was done and is on disk."""

    def on_image(self, done: int, n: int) -> None:
        """Test images were measured."""


def work(folder: str | Path, watcher: Watcher | None = None) -> None:
    """Trains what the run in `folder` asks for, or the rest of it; this is the worker's whole life. Without a watcher it works at a
    low priority, and yields while a map is being moved (`vae/runs/yielding.py`).

    Raises what ended it, once that is on record in the folder.
    """
    run = opened(Path(folder).resolve())
    if run.request is None:
        raise RunError(f"{run.folder / 'request.json'}: missing, or not the request of a run.")
    status = read_status(run.folder) or Status("starting")
    if not status.active:
        raise RunError(f"{run.folder}: this run has {status.state}. Resume it, or start a new one.")
    if watcher is None and hasattr(os, "nice"):
        os.nice(niceness())  # the app and everything else on the machine come first
    record_process(run.folder, os.getpid())
    remove_leftovers()
    worker = _Worker(
        run, run.request, status, watcher or Watcher(), Yielding(run.folder.parent) if watcher is None else None
    )
    try:
        with memory.guarded(f"Training on {worker.request.data}", RunError):
            worker.work()
    except _TakenError:
        raise  # whose record it is now
    except TrainingError as error:
        worker.end("failed", str(error))  # and would do so again
        raise
    except VAEError as error:
        worker.end("failed", str(error), resumable=True)
        raise
    except KeyboardInterrupt:
        worker.end("stopped", "Interrupted before there was a model to keep.", resumable=True)
        raise
    except Exception as error:
        traceback.print_exc()
        message = f"Training broke off with {type(error).__name__}: {error}."
        worker.end("failed", f"{message} Its log is {run.log}." if run.log.exists() else message, resumable=True)
        raise RunError(f"{type(error).__name__}: {error}") from error


class _TakenError(RunError):
    """Another process trains the run, too."""


class _Worker:
    """One run's way from queued to its end."""

    def __init__(
        self, run: Run, request: Request, status: Status, watcher: Watcher, yielding: Yielding | None = None
    ) -> None:
        self.run = run
        self.request = request
        self.status = status
        self.watcher = watcher
        self.yielding = yielding  # None where it yields to nobody
        self.writer: SnapshotWriter | None = None  # once it trains
        self.events: Events | None = None  # likewise, where they are asked for
        self.best: Progress | None = None  # the epoch in best.safetensors
        self.first: tuple[int, float] | None = None  # the first step of this process, and when it was done
        self.written = 0.0  # when the step counter last went to disk

    def work(self) -> None:
        most = max_running()
        while not self.stopping() and (ahead := self.ahead()) >= most:
            ends = ahead - most + 1  # so many must end first
            message = f"Waiting for {ends} earlier run{'' if ends == 1 else 's'}."
            if (self.status.state, self.status.message) != ("queued", message):
                self.say(self.status._replace(state="queued", message=message))
                self.watcher.on_wait(message)
            time.sleep(0.5)
        if self.stopping():
            self.end("stopped", "Stopped before it began.", resumable=True)
            return
        self.request.check_data()
        title, here = title_of(self.request.data), is_on_disk(self.request.data)
        self.say(self.status._replace(state="starting", message=f"{'Loading' if here else 'Downloading'} {title}."))
        self.train()

    def train(self) -> None:
        from vae.models.vae import VAE
        from vae.training.loop import best_device
        from vae.training.state import TrainingState

        request = self.request
        check_memory(request.data, request.train.validation_fraction)
        data, test = load(request.data, "train"), load(request.data, "test")
        model = VAE(request.model, request.train.seed).to(best_device())
        if model.device.type != "cpu":
            self.yielding = None  # the processor has time for both
        remove_abandoned(self.run.folder, deep=True)
        path = self.run.folder / "state.safetensors"
        try:
            # One that has an epoch on record and no state is not to begin anew.
            state = TrainingState.read(path) if path.exists() or self.run.begun else TrainingState()
        except TrainingError as error:
            self.salvage(model, len(data.images), test, error)
            return
        self.check(state, model, data, test)
        if request.tensorboard:
            with self.storing():
                self.events = Events(self.run)
        # Two that resume a run within a moment start a process each; whoever was written down last goes on.
        if read_json(self.run.folder / "process.json").get("pid", os.getpid()) != os.getpid():
            raise _TakenError(f"{self.run.folder}: another process has gone on with this run.")
        self.catch_up(state)
        with self.storing():
            self.writer = SnapshotWriter(
                self.run.folder,
                model,
                test,
                beta=request.train.beta,
                epochs=request.train.epochs,
                per_epoch=request.train.steps_per_epoch(len(data.images)),
            )
        why = self.run_epochs(model, data, state)
        if state.progress is None:
            self.end(
                "stopped", "Stopped before the first epoch was done, so there is no model to keep.", resumable=True
            )
            return
        self.finish(model, len(data.images), test, state, why)

    def check(self, state: TrainingState, model: VAE, data: ImageSet, test: ImageSet) -> None:
        """Raises `TrainingError` or `RunError` where the run was begun with something else than there is now."""
        from vae.training.state import fingerprint

        ours = fingerprint(model, data, self.request.train)
        try:
            state.check(ours)
        except TrainingError as error:
            if state.fingerprint | {"data": ours["data"]} != state.fingerprint | ours:
                raise  # the state of another run
            raise RunError(f"{error} Or put back what it began with, and resume this one.") from error
        if not self.run.film.is_of(test):
            raise RunError(
                f"{self.request.data}: its test images are others than when this run began. Put them back into "
                f"{root_folder().resolve()} and resume it, or start a new one."
            )

    def run_epochs(self, model: VAE, data: ImageSet, state: TrainingState) -> str | TrainingError:
        """Trains for what is left of the epochs; returns why no longer, in a word or as the error that ended it. Raises that where
        there is no whole epoch."""
        from vae.training.loop import train

        try:
            for last in train(model, data, self.request.train, on_step=self.on_step, watch=self.watch, state=state):
                self.keep(state)
                self.watcher.on_epoch(last)
        except (TrainingError, KeyboardInterrupt) as error:
            if state.progress is None:
                raise
            return error if isinstance(error, TrainingError) else "Interrupted"
        return "Stopped"

    def finish(
        self, model: VAE, train_size: int, test: ImageSet, state: TrainingState, why: str | TrainingError
    ) -> None:
        """Makes the checkpoint: of the last epoch where that was to be the last, else of the best."""
        from vae.training.state import read_weights

        folder, last = self.run.folder, state.progress
        assert last is not None
        self.catch_up(state)
        whole = last.epoch == last.epochs
        if not whole:
            weights, last = read_weights(folder / "best.safetensors")
            model.load_state_dict(weights)
        where = self.save(model, last, train_size, test)
        if whole:
            known = self.end("finished")
        elif isinstance(why, str):
            saved = f"the model of epoch {last.epoch:,} of {last.epochs:,} was saved{where}, the best so far"
            known = self.end("stopped", f"{why}; {saved}.", resumable=True)
        else:
            known = self.end("failed", f"{why} The model of epoch {last.epoch} was saved{where}.")
        # Where its end is not on record, the run counts as killed, and needs them to be resumed.
        if known and not self.status.resumable:
            for name in ("state.safetensors", "best.safetensors"):
                with suppress(OSError):
                    (folder / name).unlink(missing_ok=True)

    def salvage(self, model: VAE, train_size: int, test: ImageSet, error: TrainingError) -> None:
        """The state can't be gone on from: makes a checkpoint of the best weights; raises the error where they can't be read, too."""
        from vae.training.state import read_weights

        try:
            weights, best = read_weights(self.run.folder / "best.safetensors")
        except TrainingError:
            raise error from None
        model.load_state_dict(weights)
        where = self.save(model, best, train_size, test)
        self.end("failed", f"{error} The model of epoch {best.epoch:,} was saved{where}, the best so far.")

    def save(self, model: VAE, progress: Progress, train_size: int, test: ImageSet) -> str:
        """Makes the checkpoint of a model as it was after an epoch; returns where else than in the folder it is, in words."""
        from vae.checkpoints.checkpoint import write
        from vae.training.loop import checkpoint_of

        data, out, config = self.request.data, self.request.out, self.request.train
        self.say(self.status._replace(seconds_left=None, message="Measuring the model on the test images."))
        if self.request.half:
            model.halve()
        checkpoint = checkpoint_of(
            model, data, train_size, config=config, progress=progress, test=test, on_step=self.on_image
        )
        path = self.run.folder / "model.safetensors"
        write(path, checkpoint)
        if out is not None:
            write_atomic(out, path.read_bytes())  # the very same file, by which a run knows its own
        return "" if out is None else f" to {out}"

    def keep(self, state: TrainingState) -> None:
        """Puts a whole epoch on disk, in the order that the next worker relies on. Raises `RunError` where that can't be done."""
        with self.storing():
            state.write(self.run.folder / "state.safetensors")
            self.follow(state)

    def catch_up(self, state: TrainingState) -> None:
        """Does what is left of `keep`, wherever it was broken off."""
        from vae.training.state import read_weights

        best, lines = self.run.folder / "best.safetensors", self.run.folder / "progress.jsonl"
        epoch = 0 if state.progress is None else state.progress.epoch
        with self.storing():
            # What can't be read at the moment must not be replaced by nothing.
            there = read_progress(lines) if lines.exists() else []
            known = [to_json(progress) + "\n" for progress in there if progress.epoch < epoch]
            write_atomic(lines, "".join(known).encode())
            if state.progress is not None:
                # Where there is none, or a disk has spoiled it, the best from here on will do.
                with suppress(TrainingError):
                    self.best = read_weights(best)[1]
                self.keep(state)

    def follow(self, state: TrainingState) -> None:
        """Best weights, line and events of the epoch that the state is of."""
        from vae.training.state import write_weights

        progress = state.progress
        assert progress is not None
        if self.best is None or self._watched(progress) < self._watched(self.best):
            write_weights(self.run.folder / "best.safetensors", state.weights, progress)
            self.best = progress
        with (self.run.folder / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(to_json(progress) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if self.events is not None:
            self.events.keep(progress)

    def _watched(self, progress: Progress) -> float:
        """The loss that says which epoch is the best."""
        return progress.watched(self.request.train.beta, self.request.train.objective)

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Says what to do where an epoch can't be stored."""
        if not self.run.folder.is_dir():
            raise RunError(f"{self.run.folder}: is gone, so there is nowhere to keep this run.")
        try:
            yield
        except (TrainingError, RunError):
            raise
        except (OSError, VAEError) as error:
            raise RunError(f"{error} What was stored before is whole; resume the run once that is mended.") from error

    def stopping(self) -> bool:
        return (self.run.folder / "stop").exists()

    def ahead(self) -> int:
        """How many runs that were asked for earlier have not ended."""
        turn = _turn(self.run)
        return sum(_turn(other) < turn and other.status().active for other in list_runs() if other.id != self.run.id)

    def watch(self, step: int, average: VAE, refinement: int) -> None:
        assert self.writer is not None
        if step in self.writer.due:  # asked first, because the rest takes a while even where nothing is
            with self.storing():
                self.writer.take(step, average, refinement)

    def on_step(self, step: int, steps: int) -> bool:
        now = time.monotonic()
        if self.first is None:
            self.first = step, now
        if now - self.written >= STATUS_INTERVAL or step == steps:
            first, began = self.first
            elapsed = now - began
            # The first second says little: memory is being touched, and kernels chosen, for the first time.
            left = elapsed / (step - first) * (steps - step) if elapsed > 1 else None
            self.say(Status("running", step, steps, left))
            self.written = now
        self.watcher.on_step(step, steps)
        self.yield_time()
        return self.stopping()

    def yield_time(self) -> None:
        if self.yielding is not None:
            self.yielding.yield_time(self.stopping)

    def on_image(self, done: int, n: int) -> None:
        if time.monotonic() - self.written >= STATUS_INTERVAL:
            self.say(self.status._replace(message=f"Measuring the model on the test images: {done / n:.0%}."))
            self.written = time.monotonic()
        self.watcher.on_image(done, n)
        self.yield_time()

    def say(self, status: Status) -> None:
        self.status = status
        # A reader can hold the file open, which blocks its replacement on Windows. The next write will do.
        try_write_status(self.run.folder, status)

    def end(self, state: RunState, message: str = "", *, resumable: bool = False) -> bool:
        """Puts the end on record; returns whether that could be done."""
        if self.events is not None:
            self.events.close()
        self.status = self.status._replace(state=state, seconds_left=None, message=message, resumable=resumable)
        for _ in range(20):
            if try_write_status(self.run.folder, self.status):
                return True
            time.sleep(0.1)
        return False


def _turn(run: Run) -> tuple[int, str]:
    """What comes first trains first."""
    try:
        return (run.folder / "request.json").stat().st_mtime_ns, run.id
    except OSError:
        return 0, run.id
