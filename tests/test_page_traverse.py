"""The Traverse page, through the whole app."""

import io
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from apptest import MODELS, Downloads, checked, go, labelled, open_page, report, save, shown, texts, trigger
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import Correlated, checkpoint, config

from vae.checkpoints.checkpoint import Checkpoint, LatentPoints
from vae.checkpoints.keyframes import ACTIVE_VARIANCE
from vae.data.sources import load
from vae.evaluation.pictures import GAP, SMALLEST_SIDE
from vae.models.priors import PRIORS

MANY = checkpoint(config(latent_dim=23))


@pytest.fixture(autouse=True)
def models(runs_dir: Path) -> Path:
    for kind, model in (MODELS | {"many": MANY}).items():
        save(no_data(model), runs_dir, f"upload-{kind}")
    return runs_dir


def no_data(model: Checkpoint) -> Checkpoint:
    """The model as one of a data set that is nowhere."""
    return model._replace(summary=replace(model.summary, data="elsewhere"))


def start(app: AppTest) -> dict[str, Any]:
    return shown(app)["start"]


def choose(app: AppTest, index: int) -> AppTest:
    return checked(app.number_input(key="traverse_image").set_value(index).run())


def begin_at(app: AppTest, source: str) -> AppTest:
    return checked(app.segmented_control(key="traverse_from").set_value(source).run())


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_of_model_starts_from_a_posterior_mean_and_tells_of_each_dimension(kind: str):
    model = MODELS[kind]
    app = open_page("traverse", f"upload-{kind}")
    said = shown(app)
    assert said["panel"] == "traverse"
    assert said["points"] is None, "there is no map on this page"
    for index in {0, len(model.points.mean) - 1}:
        choose(app, index)
        np.testing.assert_array_equal(np.float32(start(app)["z"]), model.points_at(1.0).mean[index])
    points = model.points_at(1.0)
    q = torch.distributions.Normal(torch.tensor(points.mean), torch.tensor(points.std))
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).mean(0).numpy()
    np.testing.assert_allclose(said["kl"], kl, rtol=1e-4)
    active = points.mean.var(0) > ACTIVE_VARIANCE
    assert said["active"] == active.tolist()
    ranks = [(not active[d], -kl[d]) for d in said["order"]]
    assert ranks == sorted(ranks)
    assert sorted(said["order"]) == list(range(model.config.latent_dim))
    assert not app.error


@pytest.mark.parametrize("kind", ["range", "five-range"])
def test_all_of_it_is_of_the_beta_in_use(kind: str):
    model = MODELS[kind]
    assert model.keyframes is not None
    app = open_page("traverse", f"upload-{kind}")
    choose(app, 3)
    before = shown(app)
    np.testing.assert_array_equal(np.float32(before["start"]["frames"]), model.keyframes.mean[:, 3])
    report(app, condition={"beta": 7.0, "label": None})
    after, points = shown(app), model.points_at(7.0)
    np.testing.assert_array_equal(np.float32(after["start"]["z"]), points.mean[3])
    assert after["kl"] != before["kl"]
    np.testing.assert_allclose(after["kl"], model.prior.kl_by_dim(points.mean, points.std))
    assert "at β 7" in texts(app)
    checked(app.segmented_control(key="traverse_range").set_value("Data").run())
    np.testing.assert_allclose(shown(app)["span"], np.quantile(points.mean, [0.005, 0.995], axis=0).T, rtol=1e-5)


def test_the_kl_of_all_is_that_of_the_whole_posterior(monkeypatch: pytest.MonkeyPatch, models: Path):
    monkeypatch.setitem(PRIORS, Correlated.kind, Correlated)
    model = checkpoint(replace(config(), prior=Correlated()))
    save(no_data(model), models, "upload-correlated")
    whole = model.prior.kl_of_each(model.points.mean, model.points.std).mean()
    assert abs(whole - model.prior.kl_by_dim(model.points.mean, model.points.std).sum()) > 0.1
    assert f"KL of all: {whole:.2f} nats per image" in texts(open_page("traverse", "upload-correlated"))


def test_a_range_is_that_of_the_prior_or_of_the_data():
    app = open_page("traverse", "upload-five")
    assert shown(app)["span"] == [[-3, 3]] * 5
    checked(app.segmented_control(key="traverse_range").set_value("Data").run())
    assert shown(app)["reach"] == "data"
    low, high = np.quantile(MODELS["five"].points.mean, [0.005, 0.995], axis=0)
    np.testing.assert_allclose(shown(app)["span"], np.stack([low, high], axis=1), rtol=1e-5)


def test_pictures_are_columns_and_leave_the_rest_alone():
    app = open_page("traverse", "upload-five")
    before = shown(app)
    for steps in (5, 15):
        checked(app.slider(key="traverse_steps").set_value(steps).run())
        assert shown(app) == before | {"steps": steps}


def test_the_origin_is_a_start_that_needs_no_image():
    app = begin_at(open_page("traverse", "upload-five"), "Origin")
    assert start(app)["z"] == [0] * 5
    assert start(app)["name"] == "Origin"
    assert app.number_input(key="traverse_image").disabled
    assert app.button(key="traverse_image_random").disabled
    assert not begin_at(app, "Test image").number_input(key="traverse_image").disabled


def test_a_pin_is_a_start_once_the_page_has_offered_it():
    app = begin_at(open_page("traverse", "upload-five"), "Pin")
    assert start(app)["said"] == {"kind": "pin", "z": None}
    assert start(app)["z"] == [0] * 5
    pin = [0.5, -1, 2.25, 0, 1]
    trigger(app, "begin", {"kind": "pin", "z": pin})
    assert start(app)["z"] == pin
    assert start(app)["name"] == "Pin"
    go(app, "explore")
    go(app, "traverse")
    assert start(app)["z"] == pin
    checked(app.selectbox(key="model_picker").select("upload-many").run())
    assert start(app)["z"] == [0] * 23, "that was a pin of another model"
    checked(app.selectbox(key="model_picker").select("upload-five").run())
    assert start(app)["z"] == pin


def test_what_a_tab_remembers_is_begun_from_again():
    app = open_page("traverse", "upload-five")
    assert start(app)["usual"]
    trigger(app, "begin", {"kind": "image", "index": 4})
    assert start(app)["said"] == {"kind": "image", "index": 4}
    assert not start(app)["usual"]
    assert app.number_input(key="traverse_image").value == 4
    trigger(app, "begin", {"kind": "origin"})
    assert start(app)["said"] == {"kind": "origin"}
    trigger(app, "begin", {"kind": "pin", "z": [1, 2, 3, 4, 5]})
    assert app.segmented_control(key="traverse_from").value == "Pin"


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        "origin",
        {"kind": "image", "index": 7},
        {"kind": "image", "index": -1},
        {"kind": "image", "index": "3"},
        {"kind": "pin", "z": [1, 2, 3, 4]},
        {"kind": "pin", "z": [1, 2, 3, 4, "5"]},
        {"kind": "pin", "z": [1, 2, 3, 4, float("nan")]},
        {"kind": "pin"},
    ],
)
def test_a_start_that_is_none_changes_nothing(nonsense: object):
    app = open_page("traverse", "upload-five")
    choose(app, 2)
    before = shown(app)
    trigger(app, "begin", nonsense)
    assert shown(app) == before
    assert not app.error


def test_random_draws_an_image_of_the_class(models: Path):
    labels = [0, 1, 2, 1, -1, 0, 2, 2]
    save(labelled(labels, ("shirt", "shoe", "bag")), models, "upload-clothes")
    app = open_page("traverse", "upload-clothes")
    for label, name in enumerate(("shirt", "shoe", "bag")):
        app.selectbox(key="traverse_image_class").select(name)
        checked(app.button(key="traverse_image_random").click().run())
        index = start(app)["said"]["index"]
        assert labels[index] == label
        assert start(app)["name"] == f"{name}, no. {index}"
    assert start(choose(app, 4))["name"] == "no. 4"


def test_choices_survive_another_page():
    app = open_page("traverse", "upload-five")
    choose(app, 5)
    checked(app.segmented_control(key="traverse_range").set_value("Data").run())
    checked(app.slider(key="traverse_steps").set_value(7).run())
    before = shown(app)
    go(app, "models")
    go(app, "traverse")
    assert shown(app) == before


def test_another_model_takes_what_it_can():
    app = open_page("traverse", "upload-five")
    choose(app, 6)
    for kind in ("one-point", "plane", "colour"):
        checked(app.selectbox(key="model_picker").select(f"upload-{kind}").run())
        index = start(app)["said"]["index"]
        np.testing.assert_array_equal(np.float32(start(app)["z"]), MODELS[kind].points.mean[index])


def test_the_original_stands_beside_where_the_data_set_is_on_disk(models: Path):
    digits = load("digits", "test")
    labels = digits.labels.numpy()
    shape = (len(labels), 2)
    points = LatentPoints(np.zeros(shape, np.float32), np.ones(shape, np.float32), labels, tuple("0123456789"))
    save(checkpoint()._replace(points=points), models, "upload-digits")
    app = open_page("traverse", "upload-digits")
    until = time.monotonic() + 30
    while start(app)["picture"] is None:
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)
        checked(app.run())
    choose(app, 350)
    assert start(app)["name"] == f"{labels[350]}, no. 350"
    assert start(app)["picture"].startswith("data:image/png;base64,")
    assert shown(app)["active"] == [False, False], "every image has the same mean"
    assert start(begin_at(app, "Origin"))["picture"] is None


def test_without_the_data_set_there_is_no_original():
    assert start(open_page("traverse", "upload-five"))["picture"] is None


@pytest.mark.parametrize("changed", ["", "this start", "another one"])
@pytest.mark.parametrize("whole", [False, True])
def test_the_sheet_is_what_is_seen(downloads: Downloads, whole: bool, changed: str):
    app = open_page("traverse", "upload-many")
    choose(app, 2)
    checked(app.slider(key="traverse_steps").set_value(5).run())
    about = start(app)["said"] if changed == "this start" else {"kind": "origin"}
    values = {"3": 1.5, "22": -2, "23": 9, "-1": 9, "x": 9, "4": None, "5": math.inf} if changed else {}
    report(app, shown="all" if whole else "first", edits={"said": about, "values": values})
    said = shown(app)
    rows = said["order"] if whole else said["order"][:20]
    z = np.tile(np.float32(start(app)["z"]), (len(rows), 5, 1))
    if changed == "this start":
        z[:, :, 3], z[:, :, 22] = 1.5, -2
    for row, d in zip(z, rows, strict=True):
        row[:, d] = [-3, -1.5, 0, 1.5, 3]
    decoded = (MANY.model().decode(z.reshape(-1, 23)).numpy() * 255).round()
    with Image.open(io.BytesIO(downloads.content(app, "Download PNG"))) as image:
        sheet = np.asarray(image)
    scale = SMALLEST_SIDE // 8
    side = 8 * scale + GAP
    assert sheet.shape == (len(rows) * side - GAP, 5 * side - GAP)
    for place, expected in enumerate(decoded):
        top, left = place // 5 * side, place % 5 * side
        window = sheet[top : top + side - GAP : scale, left : left + side - GAP : scale]
        np.testing.assert_array_equal(window, expected[0])
