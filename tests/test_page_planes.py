"""The plane that latents of more than two dimensions are shown in, through the whole app."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apptest import Downloads, checked, fetched, go, open_page, report, save, shown
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config

from pages.components.services import layouts
from pages.components.services.jobs import Job, Jobs
from vae.latents.layouts import lay_out, measured, with_plane
from vae.models.config import MAX_SEED
from vae.projections import PCA, TSNE, UMAP, Axes

MODEL = checkpoint(config(latent_dim=5), points=60)


@pytest.fixture
def app(runs_dir: Path) -> AppTest:
    save(MODEL, runs_dir, "upload-five")
    return open_page("explore", "upload-five")


def plane(app: AppTest) -> np.ndarray:
    return fetched(shown(app)["points"])[1]["mean"]


def choose(app: AppTest, kind: str, key: str = "plane_kind") -> AppTest:
    return checked(app.segmented_control(key=key).select(kind).run())


def until_made(app: AppTest, before: str) -> AppTest:
    """Runs the page, as its bar does, until it shows other points."""
    for _ in range(200):
        if shown(app)["points"] != before:
            return app
        time.sleep(0.3)
        checked(app.run())
    raise AssertionError("it was never laid out")


def test_it_begins_with_the_principal_components(app: AppTest) -> None:
    np.testing.assert_array_equal(plane(app), lay_out(MODEL, PCA(), 1.0).projection.plane)


def test_two_dimensions_come_by_their_kl_and_others_are_held_where_they_are_told(app: AppTest) -> None:
    report(app, pins=[[1.0, 2, 3, 4, 5], [0.5, 0.25, -1, -2, -3]])
    choose(app, "axes")
    points = MODEL.points
    kl = (0.5 * (points.mean**2 + points.std**2 - 1) - np.log(points.std)).mean(0)
    first, second = np.argsort(-kl)[:2]
    header, arrays = fetched(shown(app)["points"])
    np.testing.assert_array_equal(arrays["mean"], points.mean[:, [first, second]])
    np.testing.assert_array_equal(arrays["origin"], np.zeros(5))
    assert [name[1:] for name in header["space"]["axes"]] == [
        str(d + 1).translate(str.maketrans("12345", "₁₂₃₄₅")) for d in (first, second)
    ]
    others = [d for d in range(5) if d not in (first, second)]
    for choice, latent in (("pin 2", [0.5, 0.25, -1, -2, -3]), ("mean", points.mean.mean(0))):
        checked(app.selectbox(key="plane_held").select(choice).run())
        origin = fetched(shown(app)["points"])[1]["origin"]
        np.testing.assert_allclose(origin[others], np.array(latent)[others], rtol=1e-5)
    checked(app.selectbox(key="plane_held").select("value").run())
    checked(app.number_input(key="plane_value").set_value(1.5).run())
    np.testing.assert_array_equal(fetched(shown(app)["points"])[1]["origin"][others], np.full(3, 1.5))


def test_the_same_dimension_twice_is_told_and_the_map_stays(app: AppTest) -> None:
    choose(app, "axes")
    before = shown(app)["points"]
    first, second = (box for box in app.selectbox if box.label in ("Across", "Up"))
    checked(second.select(first.value).run())
    assert "two different ones" in app.error[0].value
    assert shown(app)["points"] == before


@pytest.mark.process
def test_a_plane_that_takes_long_is_made_by_a_process_and_kept(
    app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown(app)["points"]
    choose(app, "tsne")
    assert shown(app)["points"] == before, "until it is there, the map stays as it was"
    until_made(app, before)
    wanted = lay_out(MODEL, TSNE(), 1.0).projection.plane
    np.testing.assert_allclose(plane(app), wanted, rtol=1e-3, atol=1e-3)
    assert len(list((runs_dir / "cache" / "layouts").glob("*.npz"))) == 1
    # Another server finds the file.
    monkeypatch.setattr(layouts, "_jobs", Jobs("layouts"))
    other = open_page("explore", "upload-five")
    before = shown(other)["points"]
    choose(other, "tsne")
    until_made(other, before)
    np.testing.assert_array_equal(plane(other), plane(app))


@pytest.mark.process
def test_it_can_be_stopped_and_begun_again(app: AppTest, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(app)["points"]
    choose(app, "tsne")
    (stop,) = (button for button in app.button if button.key == "plane_stop")
    checked(stop.click().run())
    for _ in range(100):
        if any(button.key == "plane_begin" for button in app.button):
            break
        time.sleep(0.1)
        checked(app.run())
    assert not list((runs_dir / "cache").rglob("*.npz"))
    (begin,) = (button for button in app.button if button.key == "plane_begin")
    checked(begin.click().run())
    until_made(app, before)


@pytest.mark.process
def test_where_it_cannot_be_kept_it_is_made_all_the_same(
    app: AppTest, runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (runs_dir / "cache").write_text("in the way")
    before = shown(app)["points"]
    choose(app, "tsne")
    until_made(app, before)
    np.testing.assert_allclose(plane(app), lay_out(MODEL, TSNE(), 1.0).projection.plane, rtol=1e-3, atol=1e-3)
    assert not list(tmp_path.rglob("*.npz"))


@pytest.mark.process
def test_a_process_that_fails_says_why(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    class Popen(subprocess.Popen[str]):
        def __init__(self, command: list[str], **options: Any) -> None:
            super().__init__([f"{part}-gone" if part.endswith(".safetensors") else part for part in command], **options)

    monkeypatch.setattr("subprocess.Popen", Popen)
    choose(app, "tsne")
    for _ in range(200):
        if any(button.key == "plane_begin" for button in app.button):
            break
        time.sleep(0.2)
        checked(app.run())
    assert any(
        "could not lay the points out" in caption.value and "-gone: no such file" in caption.value
        for caption in app.caption
    )


@pytest.mark.process
def test_one_that_is_kept_waits_for_no_other(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(app)["points"]
    choose(app, "tsne")
    until_made(app, before)
    points = shown(app)["points"]
    stays: Jobs[Job[Any]] = Jobs("that never ends")
    begun, may_end = threading.Event(), threading.Event()

    def make(_: object) -> None:
        begun.set()
        may_end.wait()

    stays.ask(Job(key="another"), make)
    begun.wait()
    monkeypatch.setattr(layouts, "_jobs", stays)
    later = open_page("explore", "upload-five")
    choose(later, "tsne")
    assert shown(later)["points"] == points
    may_end.set()


def test_figures_come_by_themselves(app: AppTest) -> None:
    wanted = measured(lay_out(MODEL, PCA(), 1.0), MODEL).measured
    assert wanted is not None
    assert wanted.quality is not None
    values: dict[str, str] = {}
    for _ in range(100):
        values = {title: value for title, value, _ in shown(app)["figures"]}
        if values["Trustworthiness"] != "–":
            break
        time.sleep(0.1)
        checked(app.run())
    assert values["Trustworthiness"] == f"{100 * wanted.quality.trustworthiness:.1f} %"
    assert values["Continuity"] == f"{100 * wanted.quality.continuity:.1f} %"
    assert values["Dropped by the plane"] == f"{100 * wanted.quality.reconstruction_error:.0f} %"


def test_the_choice_outlives_a_visit_to_another_page(app: AppTest) -> None:
    choose(app, "axes")
    wanted = plane(app)
    go(app, "models")
    go(app, "explore")
    np.testing.assert_array_equal(plane(app), wanted)


@pytest.mark.process
def test_more_points_are_laid_out_on_request(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "MAX_FITTED", 30)
    monkeypatch.setattr(layouts, "FITTED_COUNTS", (30,))
    save(MODEL, runs_dir, "upload-many")
    app = open_page("explore", "upload-many")
    before = shown(app)["points"]
    choose(app, "tsne")
    until_made(app, before)
    assert np.isfinite(plane(app)[:, 0]).sum() == 30
    before = shown(app)["points"]
    app.selectbox(key="plane_most").select(60)
    (submit,) = (button for button in app.button if button.label == "Lay out" and button.key != "plane_begin")
    checked(submit.click().run())
    until_made(app, before)
    assert np.isfinite(plane(app)).all()


def test_pins_are_taken_along_with_all_dimensions(app: AppTest, downloads: Downloads) -> None:
    report(app, pins=[[1.0, 2, 3, 4, 5.5]])
    assert downloads.content(app, "Pins") == b"z1,z2,z3,z4,z5\n1,2,3,4,5.5\n"


def test_two_axes_are_those_of_the_library(app: AppTest) -> None:
    choose(app, "axes")
    header, arrays = fetched(shown(app)["points"])
    columns = arrays["basis"].argmax(0)
    wanted = lay_out(MODEL, Axes(int(columns[0]), int(columns[1])), 1.0)
    np.testing.assert_array_equal(arrays["mean"], wanted.projection.plane)
    assert header["beta"] == 1.0


@pytest.fixture
def app_with_plane(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A model whose checkpoint holds a plane, with settings of its own, where nothing can be laid out anew."""
    layout = measured(lay_out(MODEL, TSNE(7.0, 3), 1.0, most=40), MODEL)
    save(with_plane(MODEL, layout), runs_dir, "upload-kept")
    save(MODEL, runs_dir, "upload-five")
    monkeypatch.setattr(layouts, "_make", lambda *_: pytest.fail("nobody has asked for another plane"))
    monkeypatch.setattr(layouts, "MAX_FITTED", 40)
    return open_page("explore", "upload-kept")


@pytest.mark.process
def test_a_checkpoint_opens_on_the_plane_that_it_holds(app_with_plane: AppTest) -> None:
    wanted = lay_out(MODEL, TSNE(7.0, 3), 1.0, most=40)
    assert app_with_plane.segmented_control(key="plane_kind_tsne").value == "tsne"
    for page in ("explore", "sample", "interpolate"):
        go(app_with_plane, page)
        np.testing.assert_array_equal(plane(app_with_plane)[wanted.index], wanted.projection.plane)
    go(app_with_plane, "explore")
    figures = {title: value for title, value, _ in shown(app_with_plane)["figures"]}
    assert "–" not in figures.values()
    choose(app_with_plane, "pca", "plane_kind_tsne")
    np.testing.assert_array_equal(plane(app_with_plane), lay_out(MODEL, PCA(), 1.0).projection.plane)
    choose(app_with_plane, "tsne", "plane_kind_tsne")
    np.testing.assert_array_equal(plane(app_with_plane)[wanted.index], wanted.projection.plane)


@pytest.mark.parametrize("settings", [TSNE(500, MAX_SEED), TSNE(7.25), UMAP(500, 1, MAX_SEED)])
def test_a_kept_plane_may_have_any_settings_that_a_file_can_have(
    settings: TSNE | UMAP, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = lay_out(MODEL, TSNE(perplexity=5), 1.0, most=40)
    save(with_plane(MODEL, replace(layout, settings=settings)), runs_dir, "upload-kept")
    monkeypatch.setattr(layouts, "_figures", Jobs[Job[Any]]("figures"))
    monkeypatch.setattr(layouts, "_jobs", Jobs[Job[Any]]("layouts"))
    monkeypatch.setattr(layouts, "MAX_FITTED", 40)
    app = open_page("explore", "upload-kept")
    np.testing.assert_array_equal(plane(app)[layout.index], layout.projection.plane)
    assert not layouts._jobs.all(), "another plane is made"


@pytest.mark.process
def test_what_one_model_opens_on_is_not_asked_of_another(app_with_plane: AppTest) -> None:
    """Or a look at another one would begin a process that takes a minute."""
    other = lay_out(MODEL, PCA(), 1.0).projection.plane
    checked(app_with_plane.selectbox(key="model_picker").select("upload-five").run())
    np.testing.assert_array_equal(plane(app_with_plane), other)
    checked(app_with_plane.selectbox(key="model_picker").select("upload-kept").run())
    assert app_with_plane.segmented_control(key="plane_kind_tsne").value == "tsne"
