"""Trainings in the background yield to maps that are being moved."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pages.components.server import activity, assets
from vae.runs import store, yielding
from vae.runs.status import Status
from vae.runs.suggested import suggested
from vae.runs.yielding import ACTIVE_SECONDS, MAX_STEP_SECONDS, NOTE, YIELDING_SHARE, Yielding, note


class Clock:
    """Stands for the module `time`: sleeping moves it, and nothing else does."""

    def __init__(self) -> None:
        self.now = time.time()
        self.slept = 0.0

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(yielding, "time", fake)
    return fake


def move(folder: Path, clock: Clock) -> None:
    note(folder)
    os.utime(folder / NOTE, (clock.now, clock.now))


def test_a_run_goes_on_at_full_speed_while_nothing_moves(tmp_path: Path, clock: Clock) -> None:
    polite = Yielding(tmp_path)
    for _ in range(10):
        clock.now += 0.05
        polite.yield_time()
    assert clock.slept == 0


def test_it_keeps_a_tenth_of_the_time_while_something_does(tmp_path: Path, clock: Clock) -> None:
    polite = Yielding(tmp_path)
    worked = 0.0
    for _ in range(50):
        move(tmp_path, clock)
        clock.now += 0.03
        worked += 0.03
        polite.yield_time()
    assert worked / (worked + clock.slept) == pytest.approx(YIELDING_SHARE, rel=0.1)


def test_it_goes_on_soon_after_the_map_has_come_to_rest(tmp_path: Path, clock: Clock) -> None:
    polite = Yielding(tmp_path)
    polite.yield_time()
    clock.now += 10 * ACTIVE_SECONDS  # one long step
    move(tmp_path, clock)
    polite.yield_time()
    assert ACTIVE_SECONDS - 0.1 <= clock.slept <= ACTIVE_SECONDS + 0.1
    clock.now += 0.05
    polite.yield_time()
    assert clock.slept <= ACTIVE_SECONDS + 0.1


def test_what_came_before_the_first_step_and_between_two_counts_for_little(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Yielding, "wanted", lambda self: True)
    polite = Yielding(tmp_path)
    clock.now += 3600  # it has waited for its turn
    polite.yield_time()
    assert clock.slept == 0
    clock.now += 3600  # and now an epoch has been stored on a disk that was slow
    polite.yield_time()
    assert 0 < clock.slept <= 10 * MAX_STEP_SECONDS


def test_one_that_is_to_stop_does_not_wait(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Yielding, "wanted", lambda self: True)
    polite = Yielding(tmp_path)
    polite.yield_time()
    clock.now += 1
    polite.yield_time(lambda: clock.slept > 0.3)
    assert 0.3 < clock.slept < 0.4


def test_a_note_of_the_future_is_none(tmp_path: Path, clock: Clock) -> None:
    note(tmp_path)
    os.utime(tmp_path / NOTE, (clock.now + 3600, clock.now + 3600))
    assert not Yielding(tmp_path).wanted()


def test_where_there_is_no_folder_nobody_hears_of_it(tmp_path: Path) -> None:
    note(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


def post(headers: Mapping[str, str], path: str | None = None) -> tuple[int, float]:
    """What a browser of this machine is answered: the status, and seconds to wait."""
    address = urlsplit(activity.url())
    connection = HTTPConnection(str(address.hostname), address.port or 0, timeout=30)
    connection.request("POST", path or str(address.path), headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body)["wait"] if body else 0.0


@pytest.fixture
def training(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of runs, one of which trains."""
    run = store.create(suggested("digits"))
    monkeypatch.setattr(store.Run, "status", lambda self: Status("running"))
    activity._training.cache_clear()
    yield run.folder.parent
    activity._training.cache_clear()


PAGE = "http://localhost:8501"


@pytest.mark.parametrize("origin", [PAGE, "http://127.0.0.1:8501", "https://[::1]"])
def test_a_browser_of_this_machine_is_heard_often(training: Path, origin: str) -> None:
    status, wait = post({"Origin": origin})
    assert status == 200
    assert wait < ACTIVE_SECONDS
    assert Yielding(training).wanted()


def test_only_this_machine_can_reach_where_it_is_said(runs_dir: Path) -> None:
    """Whatever a client says, to the app or to a proxy before it: neither has a way there."""
    assert urlsplit(activity.url()).hostname == "127.0.0.1"
    assert not [route for route in assets.routes() if "moved" in route.path]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.org"},  # another site that is open in a browser here
        {"Origin": "http://localhost.example.org"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {},
        {"Origin": PAGE, "X-Forwarded-For": "203.0.113.7"},  # a proxy that passes on to any port
        {"Origin": PAGE, "Forwarded": "for=203.0.113.7"},
        {"Origin": PAGE, "X-Real-IP": "203.0.113.7"},
        {"Origin": PAGE, "Via": "1.1 proxy"},
    ],
)
def test_who_is_of_another_machine_or_site_holds_nothing_up(training: Path, headers: dict[str, str]) -> None:
    assert post(headers)[0] == 403
    assert not (training / NOTE).exists()


def test_another_path_is_none(training: Path) -> None:
    assert post({"Origin": PAGE}, "/")[0] == 403
    assert not (training / NOTE).exists()


def test_while_nothing_trains_it_is_seldom_asked_for(runs_dir: Path) -> None:
    activity._training.cache_clear()
    assert post({"Origin": PAGE})[1] > 1
    assert not (runs_dir / NOTE).exists()
    activity._training.cache_clear()
