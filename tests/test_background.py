"""What is made beside the page."""

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
from streamlit.testing.v1 import AppTest

from pages.components.services import jobs as module
from pages.components.services.jobs import Job, Jobs, StoppedError
from vae.errors import VAEError

WAIT = 30.0


class Gate:
    """What makes a job: it begins, and goes on once it may."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, job: Job[int]) -> int:
        self.begun.set()
        while not self.may_end.wait(0.01):
            job.on_step(1, 4)
        return 7


@pytest.fixture
def jobs() -> Jobs[Job[int]]:
    return Jobs("tried out")


def ask(jobs: Jobs[Job[int]], key: str, make: Gate, visitor: str | None = "somebody", again: bool = False) -> Job[int]:
    return jobs.ask(Job(key=key, visitor=visitor), make, again=again)


def test_what_is_asked_for_twice_is_made_once(jobs: Jobs[Job[int]]) -> None:
    gate = Gate()
    job = ask(jobs, "a", gate)
    assert ask(jobs, "a", Gate()) is job
    gate.begun.wait(WAIT)
    assert job.result is None
    gate.may_end.set()
    assert job.wait(WAIT) == 7
    assert (job.result, job.error) == (7, None)
    assert ask(jobs, "a", Gate(), again=True) is job, "it is there already"


def test_it_says_how_far_it_is_and_stops_when_told(jobs: Jobs[Job[int]]) -> None:
    gate = Gate()
    job = ask(jobs, "a", gate)
    while not job.of:
        gate.begun.wait(WAIT)
    assert job.share == 0.25
    job.stop()
    with pytest.raises(StoppedError):
        job.wait(WAIT)
    assert job.stopped
    assert job.result is None
    assert ask(jobs, "a", Gate()) is job, "it stays stopped until it is asked for again"
    second = Gate()
    second.may_end.set()
    assert ask(jobs, "a", second, again=True).wait(WAIT) == 7


def test_a_visitor_has_one_made_at_a_time_and_takes_nothing_from_others(jobs: Jobs[Job[int]]) -> None:
    first, others = Gate(), Gate()
    mine = ask(jobs, "a", first)
    first.begun.wait(WAIT)
    theirs = ask(jobs, "b", others, visitor="another")
    next_one = Gate()
    next_one.may_end.set()
    others.may_end.set()
    later = ask(jobs, "c", next_one)
    with pytest.raises(StoppedError):
        mine.wait(WAIT)
    assert theirs.wait(WAIT) == later.wait(WAIT) == 7
    assert jobs.get("a") is None, "what was dropped counts as not asked for"
    assert ask(jobs, "a", next_one).wait(WAIT) == 7


def test_one_is_made_after_another(jobs: Jobs[Job[int]]) -> None:
    first, second = Gate(), Gate()
    ask(jobs, "a", first)
    waiting = ask(jobs, "b", second, visitor="another")
    first.begun.wait(WAIT)
    assert not second.begun.wait(0.1)
    first.may_end.set()
    second.may_end.set()
    assert waiting.wait(WAIT) == 7


@pytest.mark.parametrize("error", [VAEError("the way out"), ZeroDivisionError("a mistake of ours")])
def test_whoever_waits_hears_what_went_wrong(jobs: Jobs[Job[int]], error: Exception) -> None:
    def fail(_: Job[int]) -> int:
        raise error

    job = jobs.ask(Job(key="a", visitor="somebody"), fail)
    assert job.future.exception(WAIT) is error
    assert job.error == str(error)
    assert error.__traceback__ is None, "or it would keep everything that was worked with"
    good = Gate()
    good.may_end.set()
    assert ask(jobs, "b", good).wait(WAIT) == 7, "the next one is made all the same"


def test_what_is_found_at_once_waits_for_nobody(jobs: Jobs[Job[int]]) -> None:
    first = Gate()
    ask(jobs, "a", first)
    first.begun.wait(WAIT)
    job = jobs.ask(Job(key="b", visitor="another"), Gate(), find=lambda _: 9)
    assert (job.result, job.state) == (9, "done")
    first.may_end.set()


def test_a_job_says_in_which_state_it_is(jobs: Jobs[Job[int]]) -> None:
    first, second = Gate(), Gate()
    running, waiting = ask(jobs, "a", first, "one"), ask(jobs, "b", second, "two")
    failed = jobs.ask(Job(key="c"), lambda _: 1 / 0)  # pyrefly: ignore[division-by-zero] (it is to fail)
    first.begun.wait(WAIT)
    assert [job.state for job in (running, waiting, failed)] == ["running", "waiting", "waiting"]
    assert jobs.all() == [running, waiting, failed]
    waiting.stop()
    assert (waiting.state, waiting.stopped, waiting.ended) == ("waiting", True, False)
    first.may_end.set()
    assert running.wait(WAIT) == 7
    for job, error in ((waiting, StoppedError), (failed, ZeroDivisionError)):
        with pytest.raises(error):
            job.wait(WAIT)
    assert [job.state for job in (running, waiting, failed)] == ["done", "stopped", "failed"]
    assert not second.begun.is_set(), "what was stopped before its turn is never begun"


def test_what_is_nobodys_own_is_not_stopped_by_another(jobs: Jobs[Job[int]]) -> None:
    gate = Gate()
    first = ask(jobs, "a", gate, None)
    second = ask(jobs, "b", gate, None)
    gate.may_end.set()
    assert first.wait(WAIT) == second.wait(WAIT) == 7


def test_what_was_done_elsewhere_can_be_put(jobs: Jobs[Job[int]]) -> None:
    job = Job[int](key="a")
    jobs.put(job, 3)
    assert job.result == 3
    assert jobs.get("a") is job
    assert ask(jobs, "a", Gate()) is job


def test_results_that_are_too_large_together_make_the_oldest_go() -> None:
    jobs: Jobs[Job[bytes]] = Jobs("files", 250_000)
    for key in "abcd":
        jobs.put(Job(key=key), bytes(100_000))
    assert [job.key for job in jobs.all()] == ["c", "d"]
    assert jobs.get("a") is None


def test_where_too_much_waits_the_next_one_fails_at_once_and_can_be_asked_for_again(
    jobs: Jobs[Job[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_JOBS", 2)
    gate = Gate()
    asked = [ask(jobs, str(number), gate, visitor=str(number)) for number in range(3)]  # one is made, two wait
    refused = ask(jobs, "more", gate, visitor="another")
    assert refused.error is not None
    assert "Try again" in refused.error
    gate.may_end.set()
    assert [job.wait(WAIT) for job in asked] == [7, 7, 7]
    assert ask(jobs, "more", gate, visitor="another").wait(WAIT) == 7


def test_what_waits_is_not_forgotten() -> None:
    jobs: Jobs[Job[int]] = Jobs("tried out", 1)
    gate = Gate()
    first = ask(jobs, "a", gate, visitor="one")
    second = ask(jobs, "b", gate, visitor="two")
    assert (jobs.get("a"), jobs.get("b")) == (first, second)
    gate.may_end.set()
    assert second.wait(WAIT) == 7


def test_a_job_that_was_begun_again_is_not_replaced_by_the_end_of_the_first(jobs: Jobs[Job[int]]) -> None:
    first, second = Gate(), Gate()
    stopped = ask(jobs, "a", first)
    first.begun.wait(WAIT)
    stopped.stop()
    again = ask(jobs, "a", second, again=True)
    with pytest.raises(StoppedError):
        stopped.wait(WAIT)
    assert jobs.get("a") is again
    second.may_end.set()
    assert again.wait(WAIT) == 7
    assert jobs.all() == [again]


def page(words: str, key: str) -> None:
    import streamlit as st

    from pages.components.services.jobs import wait_for

    job = st.session_state["job"]
    if job.ended:
        st.markdown(f"It has {job.state}.")
    else:
        wait_for([job], f"{words} on" if words else "", words, key=key)


@pytest.mark.parametrize(("words", "key"), [("Getting ready", "it"), ("Getting ready", ""), ("", "")])
def test_a_page_shows_how_far_a_job_is_and_is_drawn_again_at_its_end(
    words: str, key: str, jobs: Jobs[Job[int]]
) -> None:
    gate = Gate()
    app = AppTest.from_function(page, args=(words, key), default_timeout=60)
    job = app.session_state["job"] = ask(jobs, "a", gate)
    app.run()
    gate.begun.wait(WAIT)
    while not job.of:
        gate.begun.wait(WAIT)
    app.run()
    bars = [(bar.proto.value, bar.proto.text) for bar in app.get("progress")]
    assert bars == ([(25, "Getting ready on")] if words else [])
    assert [button.label for button in app.button] == (["Stop"] if key else [])
    if key:
        app.button[0].click().run()
        assert job.stopped
    else:
        gate.may_end.set()
    job.future.exception(WAIT)
    app.run()
    assert not app.exception
    assert app.markdown[0].value == f"It has {'stopped' if key else 'done'}."
    assert not app.get("progress")


SERVER = """
import sys
from pages.components.services.jobs import Job, by_process

by_process(Job(key=""), ["project", "mnist-20d", "--method=tsne", f"--out={sys.argv[1]}"], "it failed")
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
        module.by_process(Job(key=""), ["project", "β–中", f"--out={tmp_path / 'plane.npz'}"], "It failed")
