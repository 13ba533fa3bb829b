"""Long work in the background: one piece at a time, kept, and shown as a bar that can be stopped."""

from __future__ import annotations

__all__ = ["StoppedError", "Work", "Works", "wait_for"]

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from logging import getLogger
from queue import SimpleQueue
from typing import Generic, TypeVar

import streamlit as st

from vae.errors import VAEError

T = TypeVar("T")

KEPT = 24


class StoppedError(Exception):
    """Somebody wants no more of it."""


@dataclass
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
        """What went wrong, once something has."""
        problem = self.future.exception() if self.future.done() else None
        return None if problem is None else str(problem)

    @property
    def result(self) -> T | None:
        """Once it is there."""
        return self.future.result() if self.future.done() and self.future.exception() is None else None

    def stop(self) -> None:
        """It ends soon, and can be asked for again."""
        self.stopping.set()

    def on_step(self, done: int, of: int) -> None:
        """To be called by what makes it, often. Raises `StoppedError` once it is to stop."""
        if self.stopped:
            raise StoppedError("Stopped.")
        self.done, self.of = done, of


class Works(Generic[T]):
    """Work of one kind. The server ends without waiting for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._works: OrderedDict[Hashable, Work[T]] = OrderedDict()  # the last asked for last
        self._waiting: SimpleQueue[tuple[Work[T], Callable[[Work[T]], T]]] = SimpleQueue()
        self._serving = False

    def ask(self, key: Hashable, make: Callable[[Work[T]], T], visitor: str = "", *, again: bool = False) -> Work[T]:
        """The work that `key` stands for. It is made, by `make` and in its turn, if there is none yet; one that was stopped or failed is
        made `again` if asked for. A visitor has one made at a time: what the same one asked for before, and hasn't got yet, is dropped."""
        with self._lock:
            work = self._works.get(key)
            if work is None or work.superseded or (again and (work.stopped or work.error is not None)):
                for other in self._works.values():
                    if other.visitor == visitor and not other.future.done():
                        other.superseded = True
                        other.stop()
                work = self._works[key] = Work(visitor)
                self._waiting.put((work, make))
                if not self._serving:
                    self._serving = True
                    threading.Thread(target=self._serve, name=self._name, daemon=True).start()
            self._works.move_to_end(key)
            while len(self._works) > KEPT:
                self._works.popitem(last=False)
        return work

    def _serve(self) -> None:
        while True:
            work, make = self._waiting.get()
            try:
                work.on_step(0, 0)
                work.future.set_result(make(work))
            except (VAEError, StoppedError) as error:
                work.future.set_exception(error)
            except Exception as error:  # whoever waits must hear of it
                getLogger(__name__).exception("%s failed", self._name)
                work.future.set_exception(error)


@st.fragment(run_every=0.8)
def wait_for(work: Work[T], begun: str, waiting: str, *, key: str, columns: tuple[int, int] = (5, 1)) -> None:
    """How far it is, in words for when that is known and for before; draws the page again once it is done."""
    if work.future.done():
        st.rerun()
    left, right = st.columns(columns, vertical_alignment="bottom")
    left.progress(work.share, begun if work.of else waiting)
    if right.button("Stop", icon=":material/stop:", key=f"{key}_stop", width="stretch", disabled=work.stopped):
        work.stop()
