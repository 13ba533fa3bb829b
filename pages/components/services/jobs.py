"""Long work in the background: one piece at a time, kept, and shown as a bar that can be stopped."""

from __future__ import annotations

__all__ = ["StoppedError", "Work", "Works", "by_process", "wait_for"]

import contextlib
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from logging import getLogger
from queue import SimpleQueue
from typing import IO, Any, Generic, TypeVar

import streamlit as st

from pages.components.server.messages import sentences_of
from vae import memory
from vae.console import ENDS_WITH_PARENT
from vae.errors import VAEError
from vae.installation import APP_FOLDER
from vae.runs.store import child_environment, remove_leftovers

T = TypeVar("T")

KEPT = 24  # works of a kind
MAX_BYTES = 200_000_000  # of their results, where they are bytes
MAX_WAITING = 16  # works of a kind that wait for their turn, fewer than are kept
HEARD = 0.1  # seconds until a process hears of a stop
NICE = 10  # how far a process stands back: pages and everything else on the machine come first


class StoppedError(Exception):
    """Somebody wants no more of it."""


@dataclass(kw_only=True)
class Work(Generic[T]):
    """Something that is made, or has been."""

    visitor: str = ""  # who asked for it
    superseded: bool = False  # stopped because the same visitor asked for another one
    done: int = 0
    of: int = 0  # 0 as long as nobody knows
    future: Future[T] = field(default_factory=Future)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(1.0, self.done / self.of) if self.of else 0.0

    @property
    def stopped(self) -> bool:
        return self.stopping.is_set()

    @property
    def error(self) -> str | None:
        """What went wrong, once something has, as visitors may read it."""
        problem = self.future.exception() if self.future.done() else None
        return None if problem is None else sentences_of(problem)

    @property
    def result(self) -> T | None:
        """Once it is there."""
        return self.future.result() if self.future.done() and self.future.exception() is None else None

    def stop(self) -> None:
        """It ends soon, and can be asked for again."""
        self.stopping.set()

    def heard(self) -> None:
        """Ends what calls it, by a `StoppedError`, if this is to stop."""
        if self.stopped:
            raise StoppedError("Stopped.")

    def on_step(self, done: int, of: int) -> None:
        """To be called by what makes it, often; as `heard`."""
        self.heard()
        self.done, self.of = done, of


W = TypeVar("W", bound=Work[Any])


class Works(Generic[W]):
    """Work of one kind. The server ends without waiting for it."""

    def __init__(self, name: str) -> None:
        self.known: OrderedDict[Hashable, W] = OrderedDict()  # by what stands for each, the last asked for last
        self._name = name
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[tuple[W, Callable[[W], object]]] = SimpleQueue()
        self._serving = False

    def ask(
        self,
        key: Hashable,
        begin: Callable[[], W],
        make: Callable[[W], object],
        *,
        again: bool = False,
        look_up: Callable[[W], object | None] = lambda _: None,
    ) -> W:
        """The work that `key` stands for. If there is none yet, `begin` gives it, and `make` its result, in its turn, unless `look_up`
        finds that at once. Work that was stopped or failed is done `again` if asked for. A visitor has one made at a time: what the
        same one asked for before, and hasn't got yet, is dropped. It fails where too much waits already."""
        with self._lock:
            work = self.known.get(key)
            if work is None or work.superseded or (again and (work.stopped or work.error is not None)):
                work = begin()
                for other in self.known.values():
                    if other.visitor == work.visitor and not other.future.done():
                        other.superseded = True
                        other.stop()
                found = look_up(work)
                ahead = sum(not other.future.done() and not other.stopped for other in self.known.values())
                self.known[key] = work
                if found is not None:
                    work.future.set_result(found)
                elif ahead > MAX_WAITING:
                    work.future.set_exception(VAEError("Too many wait for the same. Try again in some minutes."))
                else:
                    self._waiting.put((work, make))
                    self._serve()
            self._use(key)
        return work

    def keep(self, key: Hashable, work: W) -> None:
        """Work that is done already."""
        with self._lock:
            self.known[key] = work
            self._use(key)

    def get(self, key: Hashable) -> W | None:
        """The work that `ask` would give, if somebody has asked for it."""
        with self._lock:
            work = self.known.get(key)
        return None if work is None or work.superseded else work

    def _use(self, key: Hashable) -> None:
        self.known.move_to_end(key)
        held = sum(_size(work) for work in self.known.values())
        over = [other for other, work in self.known.items() if other != key and (work.future.done() or work.stopped)]
        for other in over:
            if len(self.known) <= KEPT and held <= MAX_BYTES:
                break
            held -= _size(self.known.pop(other))

    def _serve(self) -> None:
        def serve() -> None:
            while True:
                self._make(*self._waiting.get())

        if not self._serving:
            self._serving = True
            threading.Thread(target=serve, name=self._name, daemon=True).start()

    def _make(self, work: W, make: Callable[[W], object]) -> None:
        try:
            work.on_step(0, 0)
            with memory.guarded("This"):
                result = make(work)
            work.future.set_result(result)
        except Exception as error:  # whoever waits must hear of it
            if not isinstance(error, VAEError | StoppedError):
                getLogger(__name__).exception("%s failed", self._name)
            # It is kept, and its frames would keep all that was worked with.
            work.future.set_exception(error.with_traceback(None))


def _size(work: Work[Any]) -> int:
    """Bytes of a result that is a file."""
    return len(work.result) if isinstance(work.result, bytes) else 0


def by_process(work: Work[Any], arguments: Sequence[str], failed: str) -> None:
    """Has a command of `python -m vae` do the work in a process of its own, for what keeps a core busy for so long that the pages would
    not answer. The command takes `--progress`. The process ends with this one, however that ends.

    Raises `StoppedError` once it is to stop, and `VAEError`, which begins with `failed`, where the command does.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "vae", *arguments, "--progress"],
        cwd=APP_FOLDER,
        env=child_environment() | {"PYTHONIOENCODING": "utf-8", ENDS_WITH_PARENT: "1"},
        stdin=subprocess.PIPE,  # which the system closes when this process has been killed, too
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    said: list[str] = []
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        listeners = [
            threading.Thread(target=_hear, args=(process.stdout, work), daemon=True),
            threading.Thread(target=said.extend, args=(process.stderr,), daemon=True),
        ]
        for listener in listeners:
            listener.start()
        try:
            while process.poll() is None:
                if work.stopping.wait(HEARD):
                    raise StoppedError("Stopped.")
        finally:
            process.kill()
            process.wait()
            for listener in listeners:
                listener.join()
            if process.returncode:
                remove_leftovers()
    if process.returncode:
        last = next((line.strip() for line in reversed(said) if line.strip()), f"it ended with {process.returncode}")
        raise VAEError(f"{failed}: {last.removeprefix('vae: ')}")


def _hear(lines: IO[str], work: Work[Any]) -> None:
    for line in lines:
        done, _, of = line.strip().partition(" ")
        if done.isdecimal() and of.isdecimal():
            work.done, work.of = int(done), int(of)


@st.fragment(run_every=0.5)
def wait_for(
    works: Sequence[Work[Any]], begun: str, waiting: str, *, key: str, more: Callable[[], bool] = lambda: False
) -> None:
    """How far the works are together, in words for when that is known and for before; draws the page again once all are done, or there is
    `more` to show."""
    if more() or all(work.future.done() for work in works):
        st.rerun()
    going = [work for work in works if not work.future.done()]
    share = 1 - sum(1 - work.share for work in going) / len(works)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(share, begun if any(work.of for work in works) else waiting)
        stopped = all(work.stopped for work in going)
        if st.button("Stop", icon=":material/stop:", key=f"{key}_stop", disabled=stopped):
            for work in going:
                work.stop()
