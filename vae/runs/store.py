"""Background training runs: a folder each, a process each.

Everything about a run lies in its folder below `VAE_RUNS_DIR` (by default `runs/`), so it survives whoever started it:

    request.json       what to train; as old as the wish that it be trained, or resumed
    process.json       the worker's process id, and when that process was created
    status.json        where it stands, rewritten as it goes; its last state is final, unless the run is resumed
    state.safetensors  all that training needs to go on after the last whole epoch
    best.safetensors   the weights of the epoch with the least loss so far
    progress.jsonl     one line an epoch
    snapshots/         what it looked like on the way (`vae/runs/snapshots.py`)
    tensorboard/       the same and the curves for TensorBoard, where that is asked for (`vae/runs/tensorboard.py`)
    log.txt            what the worker printed
    stop               present once somebody asked it to stop
    model.safetensors  the checkpoint, at the end

The worker, which writes most of it, is in `vae/runs/worker.py`. Nothing here needs PyTorch.
"""

from __future__ import annotations

__all__ = [
    "Run",
    "child_environment",
    "create",
    "find",
    "get",
    "list_runs",
    "max_running",
    "niceness",
    "opened",
    "remove_leftovers",
    "resume",
    "runs_folder",
    "start",
]

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vae.data.sources import root_folder, title_of
from vae.errors import RunError, VAEError
from vae.files import owner, remove_abandoned, write_atomic
from vae.installation import APP_FOLDER
from vae.limits import MAX_WAITING, check_not_read_only
from vae.models.config import (
    betas_of,
)
from vae.progress import Progress, read_progress
from vae.runs.request import Request, read_request, to_json
from vae.runs.snapshots import SnapshotReader
from vae.runs.status import Status, is_alive, read_status, record_process, try_write_status

if TYPE_CHECKING:
    from vae.checkpoints.checkpoint import Header, TrainingSummary

ID = re.compile(r"[12]\d{7}-\d{6}-\d{6}", re.ASCII)  # UTC, to the microsecond, so that names sort by age
ID_FORMAT = "%Y%m%d-%H%M%S-%f"
_asking = threading.Lock()  # so that of two sessions that ask for the last place in the queue one gets it
_reopening = threading.Lock()  # so that of two sessions that resume a run one gets it


@dataclass(frozen=True)
class Run:
    """A run on disk. Its request is None where the folder is damaged; `status` then says how."""

    folder: Path
    request: Request | None

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str:
        """What people call the model; empty where they don't, or where the folder is damaged."""
        return "" if self.request is None else self.request.name

    @property
    def title(self) -> str:
        """One line that tells runs apart, after the name if it has one: MNIST, 2-D, β 1, 20 epochs."""
        if self.request is None:
            return f"Damaged run {self.id}"
        title = f"{title_of(self.request.data)}, {self.about}"
        return f"{self.name} · {title}" if self.name else title

    @property
    def about(self) -> str:
        """The title without the data: 2-D, β 1, 20 epochs. Empty where the folder is damaged."""
        if self.request is None:
            return ""
        model, train = self.request.model, self.request.train
        epochs = f"{train.epochs:,} epoch{'' if train.epochs == 1 else 's'}"
        return f"{model.latent_dim}-D, {betas_of(model, train)}, {epochs}"

    @property
    def started(self) -> datetime:
        """When it was asked for, in UTC."""
        return datetime.strptime(self.id, ID_FORMAT).replace(tzinfo=UTC)

    @property
    def log(self) -> Path:
        """The file with everything the worker printed."""
        return self.folder / "log.txt"

    @property
    def checkpoint(self) -> Path | None:
        """The trained model's file, once there is one."""
        path = self.folder / "model.safetensors"
        return path if path.is_file() else None

    @property
    def header(self) -> Header | None:
        """What the trained model's file says of it, once there is one that can be read."""
        from vae.checkpoints.checkpoint import peek

        try:
            return peek(self.checkpoint) if self.checkpoint else None
        except Exception:  # whatever is in that file, the list of runs goes on
            return None

    @property
    def summary(self) -> TrainingSummary | None:
        """How good the trained model is, as `header` says."""
        header = self.header
        return header.summary if header else None

    def status(self) -> Status:
        """Where it stands, from disk and the process table. Never raises."""
        if self.request is None:
            return Status("failed", message=f"{self.folder / 'request.json'} can't be read. Delete this run.")
        status = read_status(self.folder) or Status("starting")
        if status.active and not is_alive(self.folder):
            # Read again: it may just have ended properly, and its final state is there by now.
            status = read_status(self.folder) or status
            if not status.active:
                return status
            saved = " A checkpoint was saved before." if self.checkpoint else ""
            log = f" Its log is {self.log}." if self.log.exists() else ""
            return status._replace(
                state="failed",
                seconds_left=None,
                message="The training process ended before it was done: it was killed, ran out of memory, or the computer "
                f"was switched off. It can be resumed after its last whole epoch.{saved}{log}",
                resumable=True,
            )
        if status.active and (self.folder / "stop").exists():
            return status._replace(seconds_left=None, message="Stopping.")
        return status

    def progress(self) -> list[Progress]:
        """What each finished epoch reported, oldest first. A line that is only half written, or spoiled, is left out."""
        try:
            return read_progress(self.folder / "progress.jsonl")
        except (OSError, ValueError):
            return []

    @property
    def begun(self) -> bool:
        """Whether an epoch is on record."""
        try:
            return (self.folder / "progress.jsonl").stat().st_size > 0
        except OSError:
            return False

    def comparable(self, other: Run) -> bool:
        """Whether nats of one are nats of the other: of the same data set, under the same likelihood."""
        if self.request is None or other.request is None:
            return False
        return (
            self.request.data == other.request.data and self.request.model.likelihood == other.request.model.likelihood
        )

    @property
    def film(self) -> SnapshotReader:
        """What it looked like on the way."""
        return SnapshotReader(self.folder)

    def stop(self) -> None:
        """Asks the worker to stop after its current step and to keep the best epoch so far. Does nothing to one that ended.

        Raises `RunError` if the folder can't be written to, or the app only shows.
        """
        _check_allowed(self.title)
        try:
            (self.folder / "stop").touch()
        except OSError as error:
            raise RunError(f"{self.folder / 'stop'}: could not be written ({error.strerror or error}).") from error

    def reopen(self, *, tensorboard: bool = False, force: bool = False) -> None:
        """Makes a run that was stopped, or died, wait for a worker, which will go on after the last whole epoch, and from now on write
        files for TensorBoard if that is asked for here.

        Raises `RunError` if it has not ended, can't be resumed, or its folder can't be written to; if another run is to write the same
        file as this one; but by `force`, if a file is there that this one has not written; and if the app only shows.
        """
        _check_allowed(self.title)
        _check_settings()
        with _reopening:
            status = self.status()
            if status.active:
                raise RunError(f"{self.title}: it is still going.")
            if not status.resumable:
                raise RunError(f"{self.title}: it has {status.state} and can't be resumed. Start a new one.")
            if not force:
                self._check_own()
            try:
                for name in ("stop", "process.json"):
                    (self.folder / name).unlink(missing_ok=True)
                if tensorboard and self.request is not None:
                    write_atomic(self.folder / "request.json", to_json(replace(self.request, tensorboard=True)))
                os.utime(self.folder / "request.json")
                waiting = status._replace(state="starting", message="", resumable=False)
                write_atomic(self.folder / "status.json", json.dumps(waiting._asdict()).encode())
            except OSError as error:
                raise RunError(f"{self.folder}: could not be written to ({error.strerror or error}).") from error
            except VAEError as error:
                raise RunError(str(error)) from error
            try:
                _check_unshared(self)
            except RunError:
                try_write_status(self.folder, status)
                raise

    def _check_own(self) -> None:
        """Raises `RunError` where the file it is to write is there and isn't the model that it wrote when it ended before."""
        out = self.request.out if self.request else None
        if out is None or not os.path.lexists(out):
            return
        with suppress(OSError):
            if filecmp.cmp(out, self.folder / "model.safetensors", shallow=False):
                return
        raise RunError(
            f"{out}: exists, and is not what this run wrote there. Move it away, or replace it: "
            f"python -m vae train --resume {self.id} --force"
        )

    def rename(self, name: str) -> None:
        """Calls the model so; an empty name takes it away. Raises `ConfigError` for a name that can't stand in a line, and `RunError` if it
        can't be written, or the app only shows."""
        _check_allowed(self.title)
        if self.request is None:
            raise RunError(f"{self.title}: it can't be named. Delete it.")
        path, content = self.folder / "request.json", to_json(replace(self.request, name=name.strip()))
        try:
            asked = path.stat()
            write_atomic(path, content)
            os.utime(path, ns=(asked.st_atime_ns, asked.st_mtime_ns))  # the wish is as old as it was
        except OSError as error:
            raise RunError(f"{path}: could not be written ({error.strerror or error}).") from error
        except VAEError as error:
            raise RunError(str(error)) from error

    def resume(self) -> None:
        """Starts a process that goes on after the last whole epoch, and returns at once.

        Raises `RunError` as `reopen` does, if too many wait already, or if the process can't be started.
        """
        ended = self.status()
        with _asking:
            if not ended.active:
                _check_room()
            self.reopen()
            try:
                _start_process(self)
            except RunError:
                try_write_status(self.folder, ended)
                raise

    def delete(self) -> None:
        """Removes the folder with everything in it, the checkpoint too.

        Raises `RunError` while the run is going, if the folder can't be removed, or the app only shows.
        """
        _check_allowed(self.title)
        if self.status().active:
            raise RunError(f"{self.title}: it is still going. Stop it first.")
        hidden = self.folder.with_name(f".{self.id}")  # at once out of everybody's list
        try:
            self.folder.rename(hidden)
            shutil.rmtree(hidden)
        except FileNotFoundError:
            pass  # somebody else was faster
        except OSError as error:
            raise RunError(f"{self.folder}: could not be deleted ({error.strerror or error}).") from error


_opened: dict[Path, tuple[tuple[int, ...], Run]] = {}  # by folders; what stands for the request, and what it says


def start(request: Request) -> Run:
    """Starts a process that trains what is asked for, and returns at once.

    At most `max_running()` train at a time, in the order they were asked for; the others wait, at most `MAX_WAITING`. Raises `RunError` if
    there are more, the folder can't be written or the process can't be started, and as `Request.check_data` does.
    """
    with _asking:
        _check_room()
        run = create(request)
        try:
            _start_process(run)
        except RunError:
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
    return run


def _check_allowed(what: str) -> None:
    """Raises `RunError` where the app only shows."""
    try:
        check_not_read_only(what)
    except VAEError as error:
        raise RunError(str(error)) from None


def _check_room() -> None:
    """Raises `RunError` if one more would have to wait and too many do already."""
    waiting = sum(run.status().active for run in list_runs()) - max_running()
    if waiting >= MAX_WAITING:
        raise RunError(
            f"{waiting} trainings wait already, and no more than {MAX_WAITING} may. Wait until one has ended, or stop one."
        )


def create(request: Request) -> Run:
    """A run on disk that waits for a worker. Raises `RunError` if the folder can't be written, another run that has not ended is to
    write the same file, or the app only shows, and as `Request.check_data` does."""
    _check_allowed("Training")
    _check_settings()
    request.check_data()
    run = Run(_new_folder(request), request)
    try:
        _check_unshared(run)  # once others see it, or of two that are made at once neither would see the other
    except RunError:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _check_unshared(run: Run) -> None:
    """Raises `RunError` if another run that has not ended is to write the same file."""
    if run.request is None or run.request.out is None:
        return
    for other in list_runs():
        if other.id != run.id and _out_of(other) == _out_of(run) and other.status().active:
            raise RunError(
                f"{run.request.out}: a training that is going on is to write it, too. Give another name, or stop that one: "
                f"python -m vae stop {other.id}"
            )


def _out_of(run: Run) -> str | None:
    """Where it writes its checkpoint as well, links resolved."""
    return None if run.request is None or run.request.out is None else os.path.realpath(run.request.out)


def resume(folder: str | Path) -> Run:
    """Goes on, in a process of its own, with the run that `find` finds."""
    run = find(folder)
    run.resume()
    return run


def child_environment() -> dict[str, str]:
    """The environment for a process of `python -m vae` that starts in `APP_FOLDER`: it finds data sets and runs where this one does."""
    return os.environ | {
        "VAE_DATA_DIR": str(root_folder().resolve()),
        "VAE_RUNS_DIR": str(runs_folder()),
        # Where the cores are busy, threads that wait for each other by spinning are 30 times slower than ones that sleep.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
    }


def _start_process(run: Run) -> None:
    environment = child_environment() | {"VAE_RUNS_DIR": str(run.folder.parent), "PYTHONUTF8": "1"}
    windows = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        with run.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "vae", "run", str(run.folder)],
                cwd=APP_FOLDER,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the server's terminal is not meant for the runs.
                start_new_session=True,
                creationflags=windows,
            )
    except OSError as error:
        raise RunError(f"The training process could not be started ({error.strerror or error}).") from error
    record_process(run.folder, process.pid)
    # Somebody has to wait for a child, or it stays in the process table when it ends.
    threading.Thread(target=process.wait, daemon=True, name=f"wait for run {run.id}").start()


def list_runs() -> list[Run]:
    """Every run on disk, newest first."""
    try:
        folders = [folder for folder in runs_folder().iterdir() if _is_id(folder.name) and folder.is_dir()]
    except OSError:
        return []
    there = set(folders)
    for folder in list(_opened):  # at once, for other sessions list, too
        if folder not in there:
            _opened.pop(folder, None)
    return [opened(folder) for folder in sorted(folders, reverse=True)]


def get(run: str) -> Run:
    """The run with this id. Raises `RunError` if there is none."""
    folder = runs_folder() / run
    # The pattern first: an id comes from an address bar, and must not lead out of the folder.
    if not _is_id(run) or not folder.is_dir():
        raise RunError(f"{runs_folder()}: there is no run {run!r:.80}. It may have been deleted.")
    return opened(folder)


def find(folder: str | Path) -> Run:
    """The run with this folder, or this id. Raises `RunError` if there is none."""
    try:
        path = Path(folder).expanduser()
        there = _is_id(path.name) and path.is_dir()
    except (OSError, RuntimeError) as error:  # a name too long for the file system, or the home of nobody
        raise RunError(f"{folder}: could not be read ({error}).") from None
    return opened(path.resolve()) if there else get(str(folder))


def _is_id(name: str) -> bool:
    """Whether a run can be called so: by a moment that there is."""
    try:
        return ID.fullmatch(name) is not None and datetime.strptime(name, ID_FORMAT) is not None
    except ValueError:
        return False


def max_running() -> int:
    """How many train at a time: `VAE_MAX_RUNS`, or 1, for two would each take longer than one after the other.

    Raises `RunError` for what is not a number from 1 on.
    """
    return _number_of("VAE_MAX_RUNS", 1, 1, 999_999)


def niceness() -> int:
    """How far trainings in the background yield to everything else on the machine, as `os.nice` has it: `VAE_NICE`, or 19.

    Raises `RunError` for what is not a number from 0 to 19.
    """
    return _number_of("VAE_NICE", 19, 0, 19)


def _check_settings() -> None:
    """Raises `RunError` for settings that only the worker would find fault with."""
    max_running()
    niceness()


def _number_of(variable: str, default: int, least: int, most: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not re.fullmatch(r"0|[1-9][0-9]{0,5}", text) or not least <= int(text) <= most:
        raise RunError(f"{variable}: a whole number from {least} to {most:,}, not {text!r:.80}.")
    return int(text)


def runs_folder() -> Path:
    """Where runs lie: `VAE_RUNS_DIR`, or `runs/`; absolute."""
    return Path(os.environ.get("VAE_RUNS_DIR") or "runs").expanduser().resolve()


def remove_leftovers() -> None:
    """Removes what processes that were killed have left of files they wrote, and of runs they made or deleted. To be called where a
    process begins its work."""
    remove_abandoned(runs_folder(), deep=True)
    remove_abandoned(tempfile.gettempdir())
    with suppress(OSError):
        for folder in runs_folder().iterdir():
            if folder.name.startswith(".") and ID.fullmatch(folder.name[1:]):
                shutil.rmtree(folder, ignore_errors=True)


def _new_folder(request: Request) -> Path:
    """A new folder with the request in it, which nobody sees before it is complete."""
    hidden = runs_folder() / f".{owner()}-{threading.get_ident()}"
    try:
        write_atomic(hidden / "request.json", to_json(request))
        while True:
            folder = runs_folder() / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
            if not folder.exists():
                return hidden.rename(folder)
    except OSError as error:
        raise RunError(f"{runs_folder()}: no run can be stored there ({error.strerror or error}).") from error
    except VAEError as error:
        raise RunError(f"{error} Runs go where VAE_RUNS_DIR says.") from error


def opened(folder: Path) -> Run:
    """The run in a folder. Its request is taken apart again only where it has changed, for a page lists all of them at every rerun."""
    try:
        status = (folder / "request.json").stat()
    except OSError:
        return Run(folder, None)
    # A name leaves the time as it was.
    stamp = status.st_ctime_ns, status.st_mtime_ns, status.st_size, status.st_ino
    before, run = _opened.get(folder, (None, None))
    if run is None or before != stamp:
        run = Run(folder, read_request(folder))
        if run.request is not None and _is_id(folder.name):
            _opened[folder] = stamp, run
    return run
