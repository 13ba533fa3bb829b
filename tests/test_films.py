"""The film of a run, handed out by the app."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import filmed_run

from pages.components import films
from vae.runs import Run
from vae.snapshots import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from apptest import Downloads

WAIT = 90.0


@pytest.fixture
def run(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(films, "_works", films.Works("films tried out"))
    return filmed_run([np.random.default_rng(seed).standard_normal((9, 2)) for seed in range(2)], [0, 1, 2] * 3)


def page(run_id: str) -> None:
    from pages.components.films import film_files
    from vae import runs

    film_files(runs.get(run_id))


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


def test_a_film_is_made_and_handed_out(run: Run, downloads: Downloads) -> None:
    app = opened(run)
    assert labels(app) == ["GIF", "MP4"]
    app = waited(app.button(f"film_gif_{run.id}").click().run())
    assert labels(app) == ["MP4"]
    content = downloads.content(app, "GIF")
    with Image.open(io.BytesIO(content)) as file:
        assert (file.format, file.size) == ("GIF", (800, 450))
    assert f"{len(content) / 1e6:.1f} MB" in app.download_button[0].label


def test_a_run_that_has_gone_on_can_have_its_film_made_anew(run: Run) -> None:
    app = waited(opened(run).button(f"film_gif_{run.id}").click().run())
    path = run.folder / FOLDER / "000000004.safetensors"
    path.with_name("000000008.safetensors").write_bytes(path.read_bytes())
    app.run()
    assert "Anew" in labels(app)
    app.button(f"film_gif_{run.id}_anew").click().run()
    assert labels(app) == ["GIF", "MP4"]
    assert not app.download_button


def test_it_can_be_stopped_and_begun_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(work: films.Filming, *_: object) -> bytes:
        work.stopping.wait(WAIT)
        work.heard()
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
