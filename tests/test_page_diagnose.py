"""The Diagnose page, through the whole app."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from apptest import APP, MODELS, Downloads, checked, open_page, save, texts
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config, own_set

import vae.checkpoints
from pages.components.services import diagnoses
from pages.components.services.diagnoses import Diagnosing, diagnosis_of
from pages.components.services.jobs import Jobs
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.errors import DataError
from vae.evaluation.diagnostics import LatentFacts, diagnose, facts_of, so_far
from vae.evaluation.readings import readings
from vae.models.condition import Condition
from vae.runs.diagnoses import cache_of, digest

RANGE = checkpoint(config("mlp-range"), points=360)


@pytest.fixture(autouse=True)
def none_made(runs_dir: Path, few_integrals: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnoses, "_jobs", Jobs("diagnoses"))
    save(RANGE, runs_dir, "upload-range")
    save(checkpoint(points=7), runs_dir, "upload-few")


def done(app: AppTest) -> AppTest:
    """The page once the work behind it has ended."""
    job = diagnoses._jobs.all()[-1]
    job.future.exception(120)
    return checked(app.run())


def test_it_says_what_diagnosis_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = Downloads()
    monkeypatch.setattr("streamlit.testing.v1.app_test.MediaFileManager", downloads.make)
    app = done(open_page("diagnose", "digits-2d"))
    shipped = vae.checkpoints.read("digits-2d")
    report = json.loads(downloads.content(app, "Report as JSON"))
    expected = diagnose(shipped.model(), load("digits"), samples=1, draws=5)
    assert report["loss"] == pytest.approx(expected.loss, rel=1e-4)
    assert report["iwae"] == pytest.approx(expected.iwae, rel=1e-4)
    assert report["data"] == "digits"
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Minus the ELBO"] == f"{report['loss']:.2f} :small[nats per image]"
    assert shown["Active dimensions"] == "2 :small[dimensions]"
    assert list(shown) == [reading.title for reading in readings(expected)]
    page = downloads.content(app, "As one HTML page").decode()
    assert f"{report['loss']:.2f}" in page


def test_it_is_of_the_beta_in_use_and_made_once_for_each(runs_dir: Path) -> None:
    app = open_page("diagnose", "upload-range")
    done(app)
    assert len(diagnoses._jobs.all()) == 1
    app.session_state["conditions"] = {"upload-range": Condition(5.0)}
    checked(app.run())
    done(app)
    betas = [job.result.beta for job in diagnoses._jobs.all() if job.result]
    assert betas == [1.0, 5.0]
    checked(app.run())
    assert len(diagnoses._jobs.all()) == 2


def test_between_keyframes_it_is_of_the_models_own_posteriors() -> None:
    app = done(open_page("diagnose", "upload-range"))
    slider = app.select_slider(key="diagnose_beta_upload-range")
    assert slider.value == 1.0
    checked(slider.set_value(5.0).run())
    done(app)
    job = diagnoses._jobs.all()[-1]
    assert job.result is not None
    assert RANGE.measured_at(5.0) is None
    expected = diagnose(RANGE.model(), load("digits"), 5.0, samples=1, draws=5)
    assert job.result.to_dict() == expected.to_dict()
    assert job.result.kl != pytest.approx(so_far(facts_between(), 5.0, samples=1, draws=5, refinement=0).kl)
    # Every page is of that beta now.
    assert app.session_state["conditions"] == {"upload-range": Condition(5.0)}
    cached = cache_of(RANGE, 5.0).get(digest(RANGE, 5.0, diagnoses.SAMPLES, 5))
    assert cached is not None
    assert (cached.mean == expected.mean).all()


def facts_between() -> LatentFacts:
    """What interpolated posteriors say."""
    points = RANGE.points_at(5.0)
    return facts_of(points.mean, points.std, points.labels, RANGE.prior)


def test_between_keyframes_and_without_images_numbers_are_about_right(runs_dir: Path) -> None:
    model = checkpoint(config("mlp-range"), points=90)
    save(model._replace(summary=replace(model.summary, data="mnist")), runs_dir, "upload-elsewhere")
    app = done(open_page("diagnose", "upload-elsewhere"))
    assert not any(metric.value.startswith("≈") for metric in app.metric)
    checked(app.select_slider(key="diagnose_beta_upload-elsewhere").set_value(5.0).run())
    done(app)
    about = {metric.label: metric.value for metric in app.metric if metric.value != "–"}
    assert "KL to the prior" in about
    assert all(value.startswith("≈ ") for value in about.values())
    assert "posteriors between those at the two nearest betas" in texts(app)


def test_of_images_without_labels_nothing_is_said_of_classes(runs_dir: Path) -> None:
    model = checkpoint(points=90)
    points = model.points._replace(labels=np.full(90, -1))
    save(model._replace(points=points, summary=replace(model.summary, data="mnist")), runs_dir, "upload-elsewhere")
    app = done(open_page("diagnose", "upload-elsewhere"))
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Class from nearest neighbours"] == shown["Class from a linear classifier"] == "–"
    assert texts(app).count("Needs labels of two classes or more") == 2
    assert "classes overlap" not in texts(app)


def test_more_draws_are_another_diagnosis() -> None:
    app = done(open_page("diagnose", "digits-2d"))
    checked(app.segmented_control(key="diagnose_draws").set_value(20).run())
    done(app)
    assert [job.result.iwae_draws for job in diagnoses._jobs.all() if job.result] == [5, 20]


def test_in_more_dimensions_than_two_draws_may_come_from_several_posteriors(runs_dir: Path) -> None:
    title = "Importance-weighted bound from several posteriors"
    app = done(open_page("diagnose", "digits-2d"))
    assert not app.toggle, "where latents can be integrated over there is no need"
    save(checkpoint(config(latent_dim=3), points=360), runs_dir, "upload-space")
    app = done(open_page("diagnose", "upload-space"))
    assert title not in {metric.label for metric in app.metric}
    checked(app.toggle(key="diagnose_starts").set_value(True).run())
    done(app)
    job = diagnoses._jobs.all()[-1]
    assert job.result is not None
    assert job.result.starts is not None
    assert job.result.starts.starts == diagnoses.STARTS
    shown = {metric.label: metric.value for metric in app.metric}
    expected = job.result.iwae - job.result.starts.gain.mean()
    assert shown[title] == f"{expected:.2f} :small[nats per image]"
    checked(app.toggle(key="diagnose_starts").set_value(False).run())
    assert title not in {metric.label for metric in app.metric}


def test_without_the_images_it_says_where_they_belong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    app = open_page("diagnose", "mnist-2d")
    assert "not in the data folder" in texts(app)
    assert str(tmp_path) not in texts(app)


OURS = checkpoint(config(shape=(3, 8, 8)), points=12)


@pytest.mark.parametrize(
    ("name", "file", "said"),
    [
        ("cells", None, ["they are not in", "cells.npz in the data folder", "VAE_DATA_DIR", "train_images"]),
        ("cells", b"PK", ["cells.npz: damaged"]),
        ("my cells", None, ["they are not in", "letters from A to Z"]),
    ],
)
def test_without_a_data_set_of_ones_own_it_says_what_goes_where(
    name: str, file: bytes | None, said: list[str], runs_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    if file is not None:
        (tmp_path / "data" / f"{name}.npz").write_bytes(file)
    save(OURS._replace(summary=replace(OURS.summary, data=name)), runs_dir, "upload-ours")
    app = done(open_page("diagnose", "upload-ours"))
    for words in (f"needs the test images of {name}", *said):
        assert words in texts(app)
    assert str(tmp_path) not in texts(app)
    assert "Train page downloads" not in texts(app)
    assert not app.error
    assert app.metric


def test_a_model_of_a_data_set_of_ones_own_is_diagnosed(runs_dir: Path, tmp_path: Path) -> None:
    labels = own_set(tmp_path / "data")["test_labels"]
    ours = OURS._replace(points=OURS.points._replace(labels=labels, classes=("round", "long")))
    save(ours._replace(summary=replace(OURS.summary, data="cells")), runs_dir, "upload-ours")
    app = done(open_page("diagnose", "upload-ours"))
    assert "Needs the test images" not in texts(app)
    assert [button.label for button in app.download_button] == ["Report as JSON", "As one HTML page"]


def test_of_a_file_that_was_written_anew_with_other_images_nothing_is_said(runs_dir: Path, tmp_path: Path) -> None:
    own_set(tmp_path / "data")
    save(OURS._replace(summary=replace(OURS.summary, data="cells")), runs_dir, "upload-ours")
    app = done(open_page("diagnose", "upload-ours"))
    assert "(3, 8, 8), but other ones" in app.error[0].value


def elsewhere() -> Checkpoint:
    """A model of images that aren't here."""
    made = checkpoint(config(latent_dim=3), points=90)
    return made._replace(summary=replace(made.summary, data="mnist"))


def test_without_the_images_it_shows_what_needs_none(runs_dir: Path) -> None:
    model = elsewhere()
    save(model, runs_dir, "upload-elsewhere")
    app = done(open_page("diagnose", "upload-elsewhere"))
    shown = {metric.label: metric.value for metric in app.metric}
    kl = model.prior.kl_of_each(model.points.mean, model.points.std).mean()
    assert shown["KL to the prior"] == f"{kl:.2f} :small[nats per image]"
    assert shown["Active dimensions"] == "3 :small[dimensions]"
    assert shown["Class from nearest neighbours"].endswith("% :small[of the images]")
    assert "each image left out of its own" in texts(app)
    assert "Of the same images' pixels" not in texts(app), "it has 90 of them"
    assert {title for title, value in shown.items() if value == "–"} >= {
        "Minus the ELBO",
        "Reconstruction",
        "Importance-weighted bound",
    }
    assert "Needs the test images" in texts(app)
    assert not any("…" in value for value in shown.values())
    assert not app.download_button, "it isn't a whole report"
    assert not any(button.key == "diagnose_stop" for button in app.button)
    stamp = diagnoses._jobs.all()[0].key[:-3]  # pyrefly: ignore[bad-index] (a tuple here)
    assert not diagnoses.made(stamp), "nor one to compare with others"


def test_what_was_kept_is_shown_without_the_images(runs_dir: Path) -> None:
    model, shipped = elsewhere(), vae.checkpoints.read("digits-2d")
    save(model, runs_dir, "upload-elsewhere")
    whole = diagnose(shipped.model(), load("digits"), samples=1, draws=5)
    cache_of(model, 1.0).put(digest(model, 1.0, diagnoses.SAMPLES, 5), whole)
    app = open_page("diagnose", "upload-elsewhere")
    assert {metric.label: metric.value for metric in app.metric}["Minus the ELBO"].startswith(f"{-whole.elbo:.2f}")
    assert "Needs the test images" not in texts(app)


@pytest.mark.process
def test_what_needs_no_images_needs_no_torch(runs_dir: Path) -> None:
    save(elsewhere(), runs_dir, "upload-elsewhere")
    code = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60)
app.query_params["model"] = "upload-elsewhere"
app.run()
app.switch_page("pages/diagnose.py").run()
from pages.components.services import diagnoses
diagnoses._jobs.all()[0].wait(60)
app.run()
assert not app.exception, app.exception
print(len(app.metric) > 9, *{"torch"} & set(sys.modules))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(APP).parent, timeout=120
    )
    assert ran.stdout.splitlines()[-1] == "True"


def test_images_of_another_split_are_not_taken_for_its_own() -> None:
    app = done(open_page("diagnose", "upload-few"))
    assert "7 images" in app.error[0].value
    assert not app.metric


def test_work_that_is_stopped_can_be_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = vae.checkpoints.read("digits-2d")
    begun, go_on = threading.Event(), threading.Event()
    on_step = Diagnosing.on_step

    def slow(job: Diagnosing, finished: int, of: int) -> None:
        if of:
            begun.set()
            assert go_on.wait(30)
        on_step(job, finished, of)

    monkeypatch.setattr(Diagnosing, "on_step", slow)
    job = diagnosis_of(("digits",), shipped, 1.0, 1)
    assert begun.wait(60)
    job.stop()
    go_on.set()
    assert "Stopped" in str(job.future.exception(timeout=60))
    assert job.stopped
    assert job.result is None
    assert diagnosis_of(("digits",), shipped, 1.0, 1) is job, "nobody asked for it again"
    again = diagnosis_of(("digits",), shipped, 1.0, 1, again=True)
    assert again.wait(60).n == 360
    assert again.share == 1
    assert diagnosis_of(("digits",), shipped, 1.0, 1, again=True) is again


def test_the_page_stops_it_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    on_step = Diagnosing.on_step

    def slow(job: Diagnosing, finished: int, of: int) -> None:
        assert go_on.wait(60)
        on_step(job, finished, of)

    monkeypatch.setattr(Diagnosing, "on_step", slow)
    app = open_page("diagnose", "digits-2d")
    assert all(metric.value.startswith("…") for metric in app.metric)
    checked(app.button(key="diagnose_stop").click().run())
    go_on.set()
    done(app)
    assert "Stopped." in texts(app)
    checked(app.button(key="diagnose_begin").click().run())
    done(app)
    assert app.metric[0].label == "Minus the ELBO"


def test_what_was_known_before_it_was_stopped_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    decoding, go_on = threading.Event(), threading.Event()
    on_step = Diagnosing.on_step

    def slow(job: Diagnosing, finished: int, of: int) -> None:
        if job.known is not None:
            decoding.set()
            assert go_on.wait(60)
        on_step(job, finished, of)

    monkeypatch.setattr(Diagnosing, "on_step", slow)
    app = open_page("diagnose", "digits-2d")
    assert decoding.wait(60)
    checked(app.run())
    early = {metric.label: metric.value for metric in app.metric}
    assert early["Minus the ELBO"].startswith("…")
    checked(app.button(key="diagnose_stop").click().run())
    go_on.set()
    done(app)
    late = {metric.label: metric.value for metric in app.metric}
    assert late["Minus the ELBO"] == "–"
    assert late["KL to the prior"] == early["KL to the prior"]
    assert "this was stopped before" in texts(app)
    assert "Needs the test images" not in texts(app)
    assert not app.download_button
    checked(app.button(key="diagnose_begin").click().run())
    done(app)
    assert app.metric[0].value not in ("–", early["Minus the ELBO"])


def test_a_visitors_newer_diagnosis_takes_the_place_of_the_one_under_way() -> None:
    shipped = vae.checkpoints.read("digits-2d")
    first = diagnosis_of(("digits",), shipped, 1.0, 500, "one")
    second = diagnosis_of(("digits",), shipped, 1.0, 2, "one")
    assert second.wait(60).iwae_draws == 2
    assert "Stopped" in (first.error or "")
    # Whoever comes back to it finds it being made, without having to ask.
    again = diagnosis_of(("digits",), shipped, 1.0, 500, "one")
    assert again is not first
    again.stop()


def test_visitors_do_not_stop_each_other() -> None:
    shipped = vae.checkpoints.read("digits-2d")
    first = diagnosis_of(("digits",), shipped, 1.0, 30, "one")
    second = diagnosis_of(("digits",), shipped, 1.0, 2, "other")
    assert first.wait(60).iwae_draws == 30
    assert second.wait(60).iwae_draws == 2


@pytest.mark.process
def test_a_server_that_starts_anew_finds_what_was_made_and_needs_no_torch(runs_dir: Path) -> None:
    app = done(open_page("diagnose", "digits-2d"))
    before = {metric.label: metric.value for metric in app.metric}
    code = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60)
app.query_params["model"] = "digits-2d"
app.run()
app.switch_page("pages/diagnose.py").run()
assert not app.exception, app.exception
print(len(app.metric), len(app.get("image")), *{"torch", "sklearn"} & set(sys.modules))
print({metric.label: metric.value for metric in app.metric})
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(APP).parent, timeout=120
    )
    first, second = ran.stdout.splitlines()[-2:]
    assert first == "16 3"
    assert second == str(before)


def test_what_needs_no_decoder_is_shown_before_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    on_step = Diagnosing.on_step

    def slow(job: Diagnosing, finished: int, of: int) -> None:
        if of:
            assert go_on.wait(60)
        on_step(job, finished, of)

    monkeypatch.setattr(Diagnosing, "on_step", slow)
    app = open_page("diagnose", "digits-2d")
    job = diagnoses._jobs.all()[-1]
    while job.known is None:
        assert not job.ended
    checked(app.run())
    early = {metric.label: metric.value for metric in app.metric}
    go_on.set()
    done(app)
    late = {metric.label: metric.value for metric in app.metric}
    assert early["Active dimensions"] == late["Active dimensions"] == "2 :small[dimensions]"
    assert early["Minus the ELBO"] == "… :small[nats per image]"
    assert list(early) == list(late)
    assert not any("…" in value for value in late.values())


@pytest.mark.parametrize("name", [*MODELS, "digits-2d"])
def test_cards_stand_where_they_will_before_a_number_is_known(
    name: str, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def wait(*_: object) -> None:
        go_on.wait(60)
        raise DataError("Enough.")

    monkeypatch.setattr(diagnoses, "_make", wait)
    monkeypatch.setattr(diagnoses, "_make_without_images", wait)
    if name in MODELS:
        model = MODELS[name]
        points = model.points
        # What a training that is worth its name finds, which these haven't seen.
        apart = facts_of(points.mean, points.std, points.labels, model.prior).parts is not None
        kl = 0.0 if apart else float(np.log(len(points.labels)))
        save(model._replace(summary=replace(model.summary, kl=kl)), runs_dir, "upload-it")
    app = open_page("diagnose", "upload-it" if name in MODELS else name)
    before = [(metric.label, metric.value.startswith("–")) for metric in app.metric]
    assert "Every test image is looked at first." in texts(app)
    assert not [metric.value for metric in app.metric if "nan" in metric.value]
    (job,) = diagnoses._jobs.all()
    shown = vae.checkpoints.read(runs_dir / "uploads" / "upload-it.safetensors" if name in MODELS else name)
    points = shown.points
    known = job.so_far(shown, facts_of(points.mean, points.std, points.labels, shown.prior))
    assert before == [(reading.title, reading.value(known) is None) for reading in readings(known)]
    go_on.set()
