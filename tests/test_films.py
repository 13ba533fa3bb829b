"""The film of a run, handed out by the app."""

from __future__ import annotations

import io
import json
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import filmed_run

from pages.components.services import films
from vae.film.movie import FILM_KINDS
from vae.runs.snapshots import FOLDER
from vae.runs.store import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from apptest import Downloads

WAIT = 90.0


@pytest.fixture
def run(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(films, "_jobs", films.Jobs("films tried out"))
    return filmed_run([np.random.default_rng(seed).standard_normal((9, 2)) for seed in range(2)], [0, 1, 2] * 3)


def page(run_id: str) -> None:
    import streamlit as st

    from pages.components.services.films import film_files
    from vae.runs import store

    film_files(store.get(st.session_state.get("shown", run_id)))


def opened(run: Run) -> AppTest:
    app = AppTest.from_function(page, args=(run.id,), default_timeout=60).run()
    assert not app.exception
    return app


def waited(app: AppTest) -> AppTest:
    """The page once nothing is made any more."""
    until = time.monotonic() + WAIT
    while any(button.label == "Stop" for button in app.button):
        assert time.monotonic() < until
        time.sleep(0.1)
        app.run()
        assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.mark.process
def test_a_film_is_made_and_handed_out(run: Run, downloads: Downloads) -> None:
    app = opened(run)
    assert labels(app) == ["GIF", "MP4"]
    app = waited(app.button(f"film_gif_{run.id}").click().run())
    assert labels(app) == ["MP4"]
    content = downloads.content(app, "GIF")
    with Image.open(io.BytesIO(content)) as file:
        assert (file.format, file.size) == ("GIF", (800, 450))
    assert f"{len(content) / 1e6:.1f} MB" in app.download_button[0].label


@pytest.mark.process
def test_a_run_that_has_gone_on_can_have_its_film_made_anew(run: Run) -> None:
    app = waited(opened(run).button(f"film_gif_{run.id}").click().run())
    path = run.folder / FOLDER / "000000004.safetensors"
    path.with_name("000000008.safetensors").write_bytes(path.read_bytes())
    app.run()
    assert "Anew" in labels(app)
    app.button(f"film_gif_{run.id}_anew").click().run()
    assert labels(app) == ["GIF", "MP4"]
    assert not app.download_button


def hold_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Has films be made as slowly as somebody wishes: returns what lets them be done."""
    go = threading.Event()

    def make(job: films.Filming, *_: object) -> bytes:
        until = time.monotonic() + WAIT
        while not go.wait(0.02):
            job.check()
            assert time.monotonic() < until
        return repr(job.film).encode()

    monkeypatch.setattr(films, "_make", make)
    return go.set


def test_a_film_is_not_taken_from_a_visitor_by_what_another_one_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = hold_back(monkeypatch)
    other = filmed_run([np.random.default_rng(seed).standard_normal((9, 2)) for seed in range(2)], [0, 1, 2] * 3)
    patient = opened(run).button(f"film_gif_{run.id}").click().run()
    stops, changes = (opened(run).button(f"film_gif_{run.id}").click().run() for _ in range(2))
    (stop,) = (button for button in stops.button if button.label == "Stop")
    assert labels(waited(stop.click().run())) == ["GIF", "MP4"]
    changes.session_state["shown"] = other.id
    changes.run().button(f"film_gif_{other.id}").click().run()
    assert "Stop" in labels(changes)
    del changes.session_state["shown"]
    assert labels(changes.run()) == ["GIF", "MP4"], "a visitor has one made at a time"
    assert "Stop" in labels(patient.run())
    go_on()
    assert [button.label for button in waited(patient).download_button] == ["GIF, 0.0 MB"]


def test_what_somebody_else_has_or_gets_is_not_made_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, made = hold_back(monkeypatch), []
    make = films._make
    monkeypatch.setattr(films, "_make", lambda *asked: made.append(asked) or make(*asked))
    together = [opened(run).button(f"film_gif_{run.id}").click().run() for _ in range(2)]
    assert ["Stop" in labels(app) for app in together] == [True, True]
    go_on()
    later = [waited(app) for app in together] + [opened(run).button(f"film_gif_{run.id}").click().run()]
    for app in later:
        assert [button.label for button in app.download_button] == ["GIF, 0.0 MB"]
        assert labels(app) == ["MP4"]
    assert len(made) == 1


def test_every_kind_of_film_is_in_the_menu_with_its_own_size(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_back(monkeypatch)()
    kind = FILM_KINDS[".gif"]._replace(title="Reel", use="For a test.", size=(123, 45), fps=7.5)
    monkeypatch.setitem(FILM_KINDS, ".reel", kind)
    app = opened(run)
    assert labels(app) == [*(each.title for each in FILM_KINDS.values())]
    for suffix, each in FILM_KINDS.items():
        help_ = app.button(f"film_{suffix[1:]}_{run.id}").help
        assert help_ == f"{each.use} {each.size[0]} x {each.size[1]} px, {each.fps:g} frames a second."
    app = waited(app.button(f"film_reel_{run.id}").click().run())
    assert [button.label for button in app.download_button] == ["Reel, 0.0 MB"]


def test_it_can_be_stopped_and_begun_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(job: films.Filming, *_: object) -> bytes:
        job.stopping.wait(WAIT)
        job.check()
        return b"whole"

    monkeypatch.setattr(films, "_make", slow)
    app = opened(run).button(f"film_mp4_{run.id}").click().run()
    assert "Stop" in labels(app)
    (stop,) = (button for button in app.button if button.label == "Stop")
    app = waited(stop.click().run())
    assert labels(app) == ["GIF", "MP4"]
    assert any("Stopped" in caption.value for caption in app.caption)
    monkeypatch.setattr(films, "_make", lambda *_: b"whole")
    app = waited(app.button(f"film_mp4_{run.id}").click().run())
    assert [button.label for button in app.download_button] == ["MP4, 0.0 MB"]


@pytest.mark.process
def test_what_goes_wrong_is_said(run: Run) -> None:
    app = opened(run)
    for path in (run.folder / FOLDER).glob("[0-9]*"):
        path.write_bytes(path.read_bytes()[:-9])
    app = waited(app.button(f"film_gif_{run.id}").click().run())
    assert labels(app) == ["GIF", "MP4"]
    assert any("000000000" in caption.value and "damaged" in caption.value for caption in app.caption)


def test_a_run_without_a_film_has_no_buttons(run: Run) -> None:
    for path in (run.folder / FOLDER).iterdir():
        path.unlink()
    assert labels(opened(run)) == []
    (run.folder / "status.json").write_text(json.dumps({"state": "failed"}))
    assert labels(opened(run)) == []
