"""Trainings in the background give way to maps that are being moved."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Router

from pages.components import courtesy as told
from vae import courtesy, runs
from vae.courtesy import LASTS, LONGEST, NOTE, SHARE, Courtesy, note
from vae.runs import Status


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
    found = Clock()
    monkeypatch.setattr(courtesy, "time", found)
    return found


def move(folder: Path, clock: Clock) -> None:
    note(folder)
    os.utime(folder / NOTE, (clock.now, clock.now))


def test_a_run_goes_on_at_full_speed_while_nothing_moves(tmp_path: Path, clock: Clock) -> None:
    polite = Courtesy(tmp_path)
    for _ in range(10):
        clock.now += 0.05
        polite.give_way()
    assert clock.slept == 0


def test_it_keeps_a_tenth_of_the_time_while_something_does(tmp_path: Path, clock: Clock) -> None:
    polite = Courtesy(tmp_path)
    worked = 0.0
    for _ in range(50):
        move(tmp_path, clock)
        clock.now += 0.03
        worked += 0.03
        polite.give_way()
    assert worked / (worked + clock.slept) == pytest.approx(SHARE, rel=0.1)


def test_it_goes_on_soon_after_the_map_has_come_to_rest(tmp_path: Path, clock: Clock) -> None:
    polite = Courtesy(tmp_path)
    polite.give_way()
    clock.now += 10 * LASTS  # one long step
    move(tmp_path, clock)
    polite.give_way()
    assert LASTS - 0.1 <= clock.slept <= LASTS + 0.1
    clock.now += 0.05
    polite.give_way()
    assert clock.slept <= LASTS + 0.1


def test_what_came_before_the_first_step_and_between_two_counts_for_little(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Courtesy, "wanted", lambda self: True)
    polite = Courtesy(tmp_path)
    clock.now += 3600  # it has waited for its turn
    polite.give_way()
    assert clock.slept == 0
    clock.now += 3600  # and now an epoch has been stored on a disk that was slow
    polite.give_way()
    assert 0 < clock.slept <= 10 * LONGEST


def test_one_that_is_to_stop_does_not_wait(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Courtesy, "wanted", lambda self: True)
    polite = Courtesy(tmp_path)
    polite.give_way()
    clock.now += 1
    polite.give_way(lambda: clock.slept > 0.3)
    assert 0.3 < clock.slept < 0.4


def test_a_note_of_the_future_is_none(tmp_path: Path, clock: Clock) -> None:
    note(tmp_path)
    os.utime(tmp_path / NOTE, (clock.now + 3600, clock.now + 3600))
    assert not Courtesy(tmp_path).wanted()


def test_where_there_is_no_folder_nobody_hears_of_it(tmp_path: Path) -> None:
    note(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


def post(client: tuple[str, int] | None, headers: Sequence[tuple[bytes, bytes]] = ()) -> float:
    """What the route answers to a browser there: seconds to wait."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": told.url(),
        "headers": list(headers),
        "query_string": b"",
        "client": client,
    }
    asyncio.run(Router(told.routes())(scope, receive, send))
    assert sent[0]["status"] == 200
    return json.loads(sent[1]["body"])["wait"]


@pytest.fixture
def training(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of runs, one of which trains."""
    run = runs.create(runs.suggested("digits"))
    monkeypatch.setattr(runs.Run, "status", lambda self: Status("running"))
    told._training.cache_clear()
    yield run.folder.parent
    told._training.cache_clear()


HERE = ("127.0.0.1", 50_000)
PAGE = [(b"origin", b"http://localhost:8501")]


@pytest.mark.parametrize("client", [HERE, ("::1", 50_000), ("::ffff:127.0.0.1", 50_000)])
@pytest.mark.parametrize("origin", [b"http://localhost:8501", b"http://127.0.0.1:8501", b"https://[::1]"])
def test_a_browser_of_this_machine_is_heard_often(training: Path, client: tuple[str, int], origin: bytes) -> None:
    assert post(client, [(b"origin", origin)]) < LASTS
    assert Courtesy(training).wanted()


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        (("192.168.0.7", 50_000), PAGE),
        (None, PAGE),
        (("testclient", 50_000), PAGE),
        (HERE, [(b"origin", b"https://zscape.example.org")]),  # through a proxy on this machine
        (HERE, [(b"origin", b"null")]),
        (HERE, [(b"origin", b"http://[::1")]),
        (HERE, []),
    ],
)
def test_one_of_another_machine_holds_nothing_up(training: Path, client: tuple[str, int] | None, headers: list) -> None:
    assert post(client, headers) > 60
    assert not (training / NOTE).exists()


def test_while_nothing_trains_it_is_seldom_asked_for(runs_dir: Path) -> None:
    told._training.cache_clear()
    assert post(HERE, PAGE) > 1
    assert not (runs_dir / NOTE).exists()
    told._training.cache_clear()
