"""What is made beside the page: the one way in which anything takes longer than a page may wait.

A `Job` is made by a thread, or by a process that the thread waits for, and shared by all who ask for the same. `wait_for` shows how far it
is and draws the page again once it has ended.
"""

from __future__ import annotations

__all__ = ["Job", "JobState", "Jobs", "StoppedError", "by_process", "visitor_on", "wait_for"]

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from logging import getLogger
from queue import SimpleQueue
from typing import IO, Any, Generic, Literal, TypeVar
from uuid import uuid4

import streamlit as st

from pages.components.server import imports
from pages.components.server.messages import sentences_of
from vae import memory
from vae.cache import Cache, size_of
from vae.console import PARENT_VARIABLE
from vae.errors import VAEError
from vae.installation import APP_FOLDER
from vae.limits import MAX_RESULTS_BYTES, MAX_WAITING_JOBS
from vae.runs.store import child_environment, remove_leftovers

T = TypeVar("T")
JobState = Literal["waiting", "running", "done", "failed", "stopped"]

JOB_BYTES = 5_000  # of a job without what it has found
POLL = 0.5  # seconds from one look of a page at its jobs to the next
STOP_DELAY = 0.1  # seconds until a process hears of a stop
NICENESS = 10  # how far a process stands back: pages and everything else on the machine come first


class StoppedError(Exception):
    """Somebody wants no more of it."""


@dataclass(kw_only=True, eq=False)
class Job(Generic[T]):
    """Something that is made, or has been."""

    key: Hashable  # what stands for the result
    visitor: str | None = None  # who has one of a kind made at a time; None where it is nobody's own
    superseded: bool = False  # stopped because the same visitor asked for another one
    refused: bool = False  # because too much waited
    done: int = 0
    of: int = 0  # 0 as long as nobody knows
    future: Future[T] = field(default_factory=Future)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def state(self) -> JobState:
        if not self.future.done():
            return "running" if self.future.running() else "waiting"
        problem = self.future.exception()
        return "done" if problem is None else "stopped" if isinstance(problem, StoppedError) else "failed"

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.future.done()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop, which it may not have done yet."""
        return self.stopping.is_set()

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(1.0, self.done / self.of) if self.of else 0.0

    @property
    def error(self) -> str | None:
        """What went wrong, once something has, as visitors may read it."""
        problem = self.future.exception() if self.ended else None
        return None if problem is None else sentences_of(problem)

    @property
    def result(self) -> T | None:
        """Once it is there."""
        return self.future.result() if self.state == "done" else None

    def wait(self, timeout: float | None = None) -> T:
        """The result, as soon as it is there. Raises what went wrong, and `TimeoutError` after so many seconds."""
        return self.future.result(timeout)

    def stop(self) -> None:
        """It ends soon, and can be asked for again."""
        self.stopping.set()

    def check(self) -> None:
        """Ends what calls it, by a `StoppedError`, if this is to stop."""
        if self.stopped:
            raise StoppedError("Stopped.")

    def on_step(self, done: int, of: int) -> None:
        """Notes how far the work is; what makes it calls this often; stops as `check`."""
        self.check()
        self.done, self.of = done, of


J = TypeVar("J", bound=Job[Any])


class Jobs(Generic[J]):
    """Jobs of one kind, of which one is made at a time, so that cores stay free for pages. What they made is kept, up to `max_bytes`. The
    server ends without waiting for them."""

    def __init__(self, name: str, max_bytes: int = MAX_RESULTS_BYTES) -> None:
        self._name = name
        self._lock = threading.RLock()  # what finds a result may look at the others
        self._going: dict[Hashable, J] = {}  # those that wait or run
        self._ended: Cache[J] = Cache(max_bytes, lambda job: JOB_BYTES + size_of((job.result, vars(job))))
        self._queue: SimpleQueue[tuple[J, Callable[[J], object]]] = SimpleQueue()
        self._serving = False

    def ask(
        self,
        job: J,
        make: Callable[[J], object],
        *,
        again: bool = False,
        find: Callable[[J], object | None] = lambda _: None,
    ) -> J:
        """The job that somebody has asked for under the same key, or else this one, whose result is what `find` finds at once, or what
        `make` makes in its turn. One that was stopped or failed is made `again` if asked for. A visitor has one made at a time: what the
        same one asked for before, and hasn't got yet, is dropped. It fails where too much waits already, until it is asked for anew."""
        with self._lock:
            known = self._get(job.key)
            if known is not None and not known.refused and not (again and (known.stopped or known.state == "failed")):
                return known
            for other in self._going.values():
                if job.visitor is not None and other.visitor == job.visitor:
                    other.superseded = True
                    other.stop()
            result = find(job)
            ahead = sum(not other.stopped for other in self._going.values())
            self._going[job.key] = job
            if result is not None:
                self._end(job, result)
            elif ahead > MAX_WAITING_JOBS:
                job.refused = True
                self._end(job, VAEError("Too many wait for the same. Try again in some minutes."))
            else:
                self._queue.put((job, make))
                self._serve()
        return job

    def get(self, key: Hashable) -> J | None:
        """The job that `ask` would give, if somebody has asked for it."""
        with self._lock:
            return self._get(key)

    def put(self, job: J, result: object) -> None:
        """A job whose result is there already."""
        with self._lock:
            self._going.setdefault(job.key, job)
            self._end(job, result)

    def all(self) -> list[J]:
        """Every job that there is, those that have not ended last."""
        with self._lock:
            return [*self._ended.values(), *self._going.values()]

    def _get(self, key: Hashable) -> J | None:
        job = self._going.get(key) or self._ended.get(key)
        return None if job is None or job.superseded else job

    def _serve(self) -> None:
        def serve() -> None:
            while True:
                self._make(*self._queue.get())

        if not self._serving:
            self._serving = True
            threading.Thread(target=serve, name=self._name, daemon=True).start()

    def _make(self, job: J, make: Callable[[J], object]) -> None:
        job.future.set_running_or_notify_cancel()
        try:
            job.on_step(0, 0)
            with memory.guarded("This"):
                result = make(job)
        except Exception as error:  # whoever waits must hear of it
            if not isinstance(error, VAEError | StoppedError):
                getLogger(__name__).exception("%s failed", self._name)
            # It is kept, and its frames would keep all that was worked with.
            error.__cause__ = error.__context__ = None
            result = error.with_traceback(None)
        imports.freeze_imported_modules()
        with self._lock:
            self._end(job, result)

    def _end(self, job: J, result: object) -> None:
        if isinstance(result, Exception):
            job.future.set_exception(result)
        else:
            job.future.set_result(result)
        if self._going.get(job.key) is job:  # or another one has taken its place
            del self._going[job.key]
            if not job.superseded:
                self._ended.put(job.key, job)


def visitor_on(page: str) -> str:
    """Who looks at a page, as jobs tell visitors apart: the same for as long as the tab's session lasts."""
    return st.session_state.setdefault(f"{page}_visitor", uuid4().hex)


def by_process(job: Job[Any], arguments: Sequence[str], failed: str) -> None:
    """Has a command of `python -m vae` do the work in a process of its own, for what keeps a core busy for so long that the pages would
    not answer. The command takes `--progress`. The process ends with this one, however that ends.

    Raises `StoppedError` once the job is to stop, and `VAEError`, which begins with `failed`, where the command does.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "vae", *arguments, "--progress"],
        cwd=APP_FOLDER,
        env=child_environment() | {"PYTHONIOENCODING": "utf-8", PARENT_VARIABLE: "1"},
        stdin=subprocess.PIPE,  # which the system closes when this process has been killed, too
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    said: list[str] = []
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            threading.Thread(target=_read_progress, args=(process.stdout, job), daemon=True),
            threading.Thread(target=said.extend, args=(process.stderr,), daemon=True),
        ]
        for reader in readers:
            reader.start()
        try:
            while process.poll() is None:
                if job.stopping.wait(STOP_DELAY):
                    raise StoppedError("Stopped.")
        finally:
            process.kill()
            process.wait()
            for reader in readers:
                reader.join()
            if process.returncode:
                remove_leftovers()
    if process.returncode:
        last = next((line.strip() for line in reversed(said) if line.strip()), f"it ended with {process.returncode}")
        raise VAEError(f"{failed}: {last.removeprefix('vae: ')}")


def _read_progress(lines: IO[str], job: Job[Any]) -> None:
    for line in lines:
        done, _, of = line.strip().partition(" ")
        if done.isdecimal() and of.isdecimal():
            job.done, job.of = int(done), int(of)


@st.fragment(run_every=POLL)
def wait_for(
    jobs: Sequence[Job[Any]],
    running: str = "",
    waiting: str = "",
    *,
    key: str = "",
    more: Callable[[], bool] = lambda: False,
) -> None:
    """Draws the page again once all jobs have ended, or there is `more` to show. Until then it says how far they are together, in words for
    when that is known and for before, or nothing where there are no words; with a `key` they can be stopped."""
    if more() or all(job.ended for job in jobs):
        st.rerun()
    if not waiting:
        return
    going = [job for job in jobs if not job.ended]
    share = 1 - sum(1 - job.share for job in going) / len(jobs)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(share, running if any(job.of for job in jobs) else waiting)
        if key and st.button(
            "Stop", icon=":material/stop:", key=f"{key}_stop", disabled=all(job.stopped for job in going)
        ):
            for job in going:
                job.stop()
