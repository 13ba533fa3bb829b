"""Where a run stands, and whether the process that it is trained by is going."""

from __future__ import annotations

__all__ = [
    "FINAL_STATES",
    "RunState",
    "Status",
    "is_alive",
    "read_json",
    "read_status",
    "record_process",
    "try_write_status",
]

import json
import time
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import psutil

from vae.checks import check_number, check_whole
from vae.errors import MAX_MESSAGE, ConfigError, VAEError
from vae.files import write_atomic
from vae.texts import printable_lines

RunState = Literal["queued", "starting", "running", "finished", "stopped", "failed"]
FINAL_STATES = ("finished", "stopped", "failed")
MAX_STEPS = 10**15
MAX_SECONDS = 1e12
START_GRACE = 30.0  # seconds a run may lack a process, while the system is busy starting it


class Status(NamedTuple):
    """Where a run stands."""

    state: RunState
    step: int = 0  # batches done
    steps: int = 0  # batches in all, 0 while unknown
    seconds_left: float | None = None  # estimated; None while unknown
    message: str = ""  # a sentence for people; empty where the state says it all
    resumable: bool = False  # whether it ended in a way that it can go on from

    @property
    def active(self) -> bool:
        """Whether the run has not ended."""
        return self.state not in FINAL_STATES


def read_json(path: Path) -> dict[str, Any]:
    """The file's JSON object, empty where there is none."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def read_status(folder: Path) -> Status | None:
    values = read_json(folder / "status.json")
    try:
        status = Status(**values)
        for name in ("step", "steps"):
            check_whole(name, getattr(status, name), 0, MAX_STEPS)
        if status.seconds_left is not None:
            check_number("seconds_left", status.seconds_left, 0, MAX_SECONDS)
    except (TypeError, ConfigError):
        return None
    if status.state not in get_args(RunState) or not isinstance(status.message, str):
        return None
    # A message quotes whatever went wrong.
    return status._replace(message=printable_lines(status.message, MAX_MESSAGE), resumable=status.resumable is True)


def try_write_status(folder: Path, status: Status) -> bool:
    if not folder.is_dir():
        return False  # deleted by hand, and not to come back
    try:
        write_atomic(folder / "status.json", json.dumps(status._asdict()).encode(), lasting=not status.active)
    except VAEError:
        return False
    return True


def record_process(folder: Path, pid: int) -> None:
    try:
        values = {"pid": pid, "created": psutil.Process(pid).create_time()}
        write_atomic(folder / "process.json", json.dumps(values).encode())
    except (psutil.Error, VAEError):
        pass  # it has ended already, or the worker records itself


def is_alive(folder: Path) -> bool:
    """Whether the run's own process is going: not a zombie, and not another one that was given its number."""
    values = read_json(folder / "process.json")
    if not values:
        try:
            return time.time() - (folder / "request.json").stat().st_mtime < START_GRACE
        except OSError:
            return False
    try:
        process = psutil.Process(values["pid"])
        # The time of creation is counted from the boot, which moves a little when the clock is set.
        same = abs(process.create_time() - values["created"]) < 5
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, KeyError, TypeError, ValueError, OverflowError):
        return False
