"""The quality of samples on the Diagnose page, through the whole app."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from apptest import Downloads, checked, open_page, save, texts
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config

import vae.checkpoints
from pages.components.services import diagnoses, qualities
from pages.components.services.jobs import Jobs, StoppedError
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.images import ImageSet
from vae.errors import DataError
from vae.evaluation.sample_quality import Estimate, Row, SampleQuality
from vae.progress import OnStep

ROWS = tuple(
    Row(source, Estimate(7.25 + place, 0.5), Estimate(0.75, 0.01), Estimate(0.25, 0.02))
    for place, source in enumerate(("prior", "aggregate", "mixture", "training"))
)
FOUND = SampleQuality(1.0, 179, 4, 3, "classes", 0.98, 0.11, ROWS)


@pytest.fixture(autouse=True)
def none_made(runs_dir: Path, few_integrals: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnoses, "_jobs", Jobs("diagnoses"))
    monkeypatch.setattr(qualities, "_jobs", Jobs("qualities"))


def diagnosed(model: str) -> AppTest:
    """The page once there is a diagnosis."""
    app = open_page("diagnose", model)
    diagnoses._jobs.all()[-1].future.exception(120)
    return checked(app.run())


def measured(app: AppTest) -> AppTest:
    """The page once the samples are measured, or can't be."""
    qualities._jobs.all()[-1].future.exception(120)
    return checked(app.run())


def test_samples_are_measured_once_somebody_asks(monkeypatch: pytest.MonkeyPatch, downloads: Downloads) -> None:
    asked: list[float] = []

    def find(checkpoint: Checkpoint, test: ImageSet, beta: float, on_step: OnStep) -> SampleQuality:
        assert len(test.images) == 360
        asked.append(beta)
        on_step(1, 2)
        return FOUND

    monkeypatch.setattr("vae.runs.qualities.quality_of", find)
    app = diagnosed("digits-2d")
    assert not asked, "it takes minutes"
    assert not app.table
    assert "Quality of samples" in texts(app)
    assert json.loads(downloads.content(app, "Report as JSON"))["quality"] is None
    checked(app.button(key="quality_begin").click().run())
    measured(app)
    assert asked == [1.0]
    table = app.table[0].value
    assert table.shape == (4, 4)
    assert table.iloc[0].tolist() == ["Prior", "7.25 ± 0.50", "75.0 ± 1.0 %", "25.0 ± 2.0 %"]
    assert "not Inception's FID" in texts(app)
    assert not [button for button in app.button if button.key == "quality_begin"]
    assert json.loads(downloads.content(app, "Report as JSON"))["quality"]["n"] == 179
    assert "7.25 ± 0.50" in downloads.content(app, "As one HTML page").decode()


def test_a_server_that_starts_anew_finds_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from vae.runs.qualities import _qualities, name_of

    _qualities().put(name_of(vae.checkpoints.read("digits-2d"), 1.0), FOUND)
    app = diagnosed("digits-2d")
    assert app.table[0].value.iloc[3, 1] == "10.25 ± 0.50"


@pytest.mark.parametrize(
    ("error", "said"), [(DataError("too few to tell."), "too few to tell."), (StoppedError(), "Stopped.")]
)
def test_what_failed_or_was_stopped_can_be_asked_for_again(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Exception | None] = [error, None]

    def find(checkpoint: Checkpoint, test: ImageSet, beta: float, on_step: OnStep) -> SampleQuality:
        answer = answers.pop(0)
        if answer is None:
            return FOUND
        if isinstance(answer, StoppedError):
            qualities._jobs.all()[-1].stop()
        raise answer

    monkeypatch.setattr("vae.runs.qualities.quality_of", find)
    app = diagnosed("digits-2d")
    checked(app.button(key="quality_begin").click().run())
    measured(app)
    assert said in texts(app)
    checked(app.button(key="quality_begin").click().run())
    measured(app)
    assert app.table
    assert said not in texts(app)


def test_without_the_images_one_sentence_says_so(runs_dir: Path) -> None:
    made = checkpoint(config(latent_dim=3), points=90)
    save(made._replace(summary=replace(made.summary, data="mnist")), runs_dir, "upload-elsewhere")
    app = diagnosed("upload-elsewhere")
    assert "Needs the data set that the model was trained on" in texts(app)
    assert not [button for button in app.button if button.key == "quality_begin"]
