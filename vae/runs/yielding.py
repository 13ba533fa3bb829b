"""A training in the background yields to somebody who moves things on a map of the same machine.

Both need the same cores, caches and memory: a priority alone leaves the map at some 50 frames a second. So the app notes in the
folder of the runs when a map was last moved, and until it has rested for a moment a run does nothing most of the time. What it
computes stays the same.
"""

from __future__ import annotations

__all__ = ["Yielding", "note"]

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NOTE = ".moved"  # in the folder of the runs; its age is all it says
ACTIVE_SECONDS = 0.5  # seconds that a run yields after a map was moved
YIELDING_SHARE = 0.1  # of the time is left to a run while it yields
POLL_SECONDS = 0.02  # seconds between two looks at the note
MAX_STEP_SECONDS = 1.0  # seconds that a step counts for: between two there may be much else


def note(folder: Path) -> None:
    """Says to the runs in `folder` that a map is being moved. Where that can't be written they don't hear of it."""
    with suppress(OSError):
        (folder / NOTE).touch()


class Yielding:
    """How a run in `folder` yields."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NOTE
        self.worked: float | None = None  # since when the run has worked; None before its first step

    def yield_time(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Waits after a step of the work, in proportion to how long it took, for as long as a map is being moved and
        the work isn't to stop."""
        now = time.monotonic()
        took = 0.0 if self.worked is None else min(MAX_STEP_SECONDS, now - self.worked)
        until = now + took * (1 / YIELDING_SHARE - 1)
        while time.monotonic() < until and self.wanted() and not stopping():
            time.sleep(POLL_SECONDS)
        self.worked = time.monotonic()

    def wanted(self) -> bool:
        """Whether a map is being moved."""
        try:
            # A clock that was set back makes a note of the future, which is an old one.
            return 0 <= time.time() - self.path.stat().st_mtime < ACTIVE_SECONDS
        except OSError:
            return False
