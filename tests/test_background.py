"""Long work in the background."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from apptest import APP

from pages.components.services import jobs
from pages.components.services.jobs import StoppedError, Work, Works
from vae.errors import VAEError

WAIT = 30.0


class Gate:
    """Work that begins, and goes on once it may."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, work: Work[int]) -> int:
        self.begun.set()
        while not self.may_end.wait(0.01):
            work.on_step(1, 4)
        return 7


@pytest.fixture
def works() -> Works[Work[int]]:
    return Works("tried out")


def ask(works: Works[Work[int]], key: str, make: Gate, visitor: str = "somebody", again: bool = False) -> Work[int]:
    return works.ask(key, lambda: Work(visitor=visitor), make, again=again)


def test_what_is_asked_for_twice_is_made_once(works: Works[Work[int]]) -> None:
    gate = Gate()
    work = ask(works, "a", gate)
    assert ask(works, "a", Gate()) is work
    gate.begun.wait(WAIT)
    assert work.result is None
    gate.may_end.set()
    assert work.future.result(WAIT) == 7
    assert (work.result, work.error) == (7, None)
    assert ask(works, "a", Gate(), again=True) is work, "it is there already"


def test_it_says_how_far_it_is_and_stops_when_told(works: Works[Work[int]]) -> None:
    gate = Gate()
    work = ask(works, "a", gate)
    while not work.of:
        gate.begun.wait(WAIT)
    assert work.share == 0.25
    work.stop()
    with pytest.raises(StoppedError):
        work.future.result(WAIT)
    assert work.stopped
    assert work.result is None
    assert ask(works, "a", Gate()) is work, "it stays stopped until it is asked for again"
    second = Gate()
    second.may_end.set()
    assert ask(works, "a", second, again=True).future.result(WAIT) == 7


def test_a_visitor_has_one_made_at_a_time_and_takes_nothing_from_others(works: Works[Work[int]]) -> None:
    first, others = Gate(), Gate()
    mine = ask(works, "a", first)
    first.begun.wait(WAIT)
    theirs = ask(works, "b", others, visitor="another")
    next_one = Gate()
    next_one.may_end.set()
    others.may_end.set()
    later = ask(works, "c", next_one)
    with pytest.raises(StoppedError):
        mine.future.result(WAIT)
    assert theirs.future.result(WAIT) == later.future.result(WAIT) == 7
    assert works.get("a") is None, "what was dropped counts as not asked for"
    assert ask(works, "a", next_one).future.result(WAIT) == 7


def test_one_is_made_after_another(works: Works[Work[int]]) -> None:
    first, second = Gate(), Gate()
    ask(works, "a", first)
    waiting = ask(works, "b", second, visitor="another")
    first.begun.wait(WAIT)
    assert not second.begun.wait(0.1)
    first.may_end.set()
    second.may_end.set()
    assert waiting.future.result(WAIT) == 7


@pytest.mark.parametrize("error", [VAEError("the way out"), ZeroDivisionError("a mistake of ours")])
def test_whoever_waits_hears_what_went_wrong(works: Works[Work[int]], error: Exception) -> None:
    def fail(work: Work[int]) -> int:
        raise error

    work = works.ask("a", lambda: Work(visitor="somebody"), fail)
    assert work.future.exception(WAIT) is error
    assert work.error == str(error)
    assert error.__traceback__ is None, "or it would keep everything that was worked with"
    good = Gate()
    good.may_end.set()
    assert ask(works, "b", good).future.result(WAIT) == 7, "the next one is made all the same"


def test_what_is_found_at_once_waits_for_nobody(works: Works[Work[int]]) -> None:
    first = Gate()
    ask(works, "a", first)
    first.begun.wait(WAIT)
    found = works.ask("b", lambda: Work(visitor="another"), Gate(), look_up=lambda _: 9)
    assert found.result == 9
    first.may_end.set()


def test_what_was_done_elsewhere_can_be_kept(works: Works[Work[int]]) -> None:
    work: Work[int] = Work()
    work.future.set_result(3)
    works.keep("a", work)
    assert works.get("a") is work
    assert ask(works, "a", Gate()) is work


def test_results_that_are_too_large_together_make_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_BYTES", 100)
    works: Works[Work[bytes]] = Works("files")
    for key in "abcd":
        work: Work[bytes] = Work()
        work.future.set_result(bytes(40))
        works.keep(key, work)
    assert list(works.known) == ["c", "d"]


def test_where_too_much_waits_the_next_one_fails_at_once_and_can_be_asked_for_again(
    works: Works[Work[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MAX_WAITING", 2)
    gate = Gate()
    asked = [ask(works, str(number), gate, visitor=str(number)) for number in range(3)]  # one is made, two wait
    refused = ask(works, "more", gate, visitor="another")
    assert refused.error is not None
    assert "Try again" in refused.error
    gate.may_end.set()
    assert [work.future.result(WAIT) for work in asked] == [7, 7, 7]
    assert ask(works, "more", gate, visitor="another", again=True).future.result(WAIT) == 7


def test_what_waits_is_not_forgotten(works: Works[Work[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT", 1)
    gate = Gate()
    first = ask(works, "a", gate, visitor="one")
    second = ask(works, "b", gate, visitor="two")
    assert (works.get("a"), works.get("b")) == (first, second)
    gate.may_end.set()
    assert second.future.result(WAIT) == 7


def test_the_oldest_are_forgotten(works: Works[Work[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT", 2)
    for key in "abc":
        work: Work[int] = Work()
        work.future.set_result(1)
        works.keep(key, work)
    assert list(works.known) == ["b", "c"]


SERVER = """
import sys
from pages.components.services.jobs import Work, by_process

by_process(Work(), ["project", "mnist-20d", "--method=tsne", f"--out={sys.argv[1]}"], "it failed")
"""
STUCK = """
import sys, threading
from pathlib import Path

class Stuck:
    def find_spec(self, name, path=None, target=None):
        if name == "sklearn.manifold":
            Path({marker!r}).touch()
            threading.Event().wait()

sys.meta_path.insert(0, Stuck())
"""


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_process_ends_with_the_server_that_was_killed(tmp_path: Path) -> None:
    # One that says nothing for long, as UMAP does while it is imported and compiled, doesn't notice by itself.
    marker, out = tmp_path / "stuck", tmp_path / "plane.npz"
    (tmp_path / "sitecustomize.py").write_text(STUCK.format(marker=str(marker)), encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(out)],
        cwd=Path(APP).parent,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "VAE_RUNS_DIR": str(tmp_path / "runs")},
    )
    wait(marker.exists)
    (child,) = psutil.Process(server.pid).children()
    assert not ended(child)
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait(lambda: ended(child))


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)


def ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.process
def test_a_process_speaks_to_the_server_in_one_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    with pytest.raises(VAEError, match=r"^It failed: β–中: no such file"):
        jobs.by_process(Work(), ["project", "β–中", f"--out={tmp_path / 'plane.npz'}"], "It failed")
