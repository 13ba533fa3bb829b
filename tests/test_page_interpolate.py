"""The Interpolate page, through the whole app."""

import base64
import io
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apptest import MODELS, checked, go, labelled, open_page, report, save, shown, trigger
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import checkpoint

from vae.checkpoints.checkpoint import Checkpoint, LatentPoints
from vae.data.sources import load
from vae.latents.paths import lerp, slerp

PLACES = 65


@pytest.fixture(autouse=True)
def models(runs_dir: Path) -> Path:
    for kind, model in MODELS.items():
        save(no_data(model), runs_dir, f"upload-{kind}")
    return runs_dir


def no_data(model: Checkpoint) -> Checkpoint:
    """The model as one of a data set that is nowhere."""
    return model._replace(summary=replace(model.summary, data="elsewhere"))


def of_digits(**changes: Any) -> Checkpoint:
    """A model whose points stand for the test split of the digits, which are always on disk."""
    labels = load("digits", "test").labels.numpy()
    shape = (len(labels), 2)
    points = LatentPoints(np.zeros(shape, np.float32), np.ones(shape, np.float32), labels, tuple("0123456789"))
    return checkpoint()._replace(points=points._replace(**changes))


def walked(app: AppTest) -> np.ndarray:
    return np.array(shown(app)["path"], np.float32)


def chosen(app: AppTest) -> tuple[int, int]:
    a, b = (app.number_input(key=f"interpolate_{end}").value for end in "ab")
    assert isinstance(a, int)
    assert isinstance(b, int)
    return a, b


def choose(app: AppTest, end: str, index: int) -> AppTest:
    return checked(app.number_input(key=f"interpolate_{end}").set_value(index).run())


def captions(app: AppTest) -> tuple[str, str]:
    ends = shown(app)["ends"]
    return ends["a"]["caption"], ends["b"]["caption"]


def after_reading(app: AppTest) -> AppTest:
    """The page once the data set has been read, in the background."""
    until = time.monotonic() + 30
    while shown(app)["ends"]["a"]["picture"] is None:
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)
        checked(app.run())
    return app


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_of_model_has_a_path_between_posterior_means(kind: str):
    model = MODELS[kind]
    means, labels = model.points.mean, model.points.labels
    app = open_page("interpolate", f"upload-{kind}")
    a, b = chosen(app)
    if len(np.unique(labels)) > 1:
        assert labels[a] != labels[b], "two classes to begin with"
    assert shown(app)["panel"] == "path"
    np.testing.assert_array_equal(walked(app), lerp(means[a], means[b], PLACES))
    last = len(means) - 1
    choose(app, "a", last)
    choose(app, "b", 0)
    np.testing.assert_array_equal(walked(app)[[0, -1]], means[[last, 0]])
    assert not app.error


def test_linear_and_spherical_paths_have_the_same_ends_only():
    means = MODELS["five"].points.mean
    app = open_page("interpolate", "upload-five")
    a, b = chosen(app)
    straight = walked(app)
    checked(app.selectbox(key="interpolate_kind").select("Spherical").run())
    arc = walked(app)
    np.testing.assert_array_equal(arc, slerp(means[a], means[b], PLACES))
    np.testing.assert_array_equal(arc[[0, -1]], straight[[0, -1]])
    assert (np.abs(arc - straight)[1:-1].max(axis=1) > 1e-3).all()
    assert (np.linalg.norm(arc, axis=1) > np.linalg.norm(straight, axis=1) - 1e-5).all()


def test_from_an_image_to_itself_is_to_stay():
    app = open_page("interpolate", "upload-five")
    choose(app, "a", 3)
    choose(app, "b", 3)
    for kind in ("Linear", "Spherical"):
        checked(app.selectbox(key="interpolate_kind").select(kind).run())
        np.testing.assert_allclose(walked(app), np.tile(MODELS["five"].points.mean[3], (PLACES, 1)), atol=1e-6)


def test_steps_are_pictures_and_leave_the_path_alone():
    app = open_page("interpolate", "upload-plane")
    before = walked(app)
    for steps in (3, 21):
        checked(app.slider(key="interpolate_steps").set_value(steps).run())
        assert shown(app)["steps"] == steps
        np.testing.assert_array_equal(walked(app), before)


def test_numbers_stay_within_the_images():
    app = open_page("interpolate", "upload-plane")
    for end in "ab":
        proto = app.number_input(key=f"interpolate_{end}").proto
        assert (proto.min, proto.max) == (0, 6)


def test_random_draws_an_image_of_the_class(models: Path):
    labels = [0, 1, 2, 1, -1, 0, 2, 2]
    save(labelled(labels, ("shirt", "shoe", "bag")), models, "upload-clothes")
    app = open_page("interpolate", "upload-clothes")
    for end in "ab":
        for label, name in enumerate(("shirt", "shoe", "bag")):
            app.selectbox(key=f"interpolate_{end}_class").select(name)
            checked(app.button(key=f"interpolate_{end}_random").click().run())
            assert labels[chosen(app)["ab".index(end)]] == label
    app.selectbox(key="interpolate_a_class").select("Any")
    drawn = set()
    for _ in range(40):
        checked(app.button(key="interpolate_a_random").click().run())
        drawn.add(chosen(app)[0])
        if len(drawn) > 3:
            break
    assert len(drawn) > 3


def test_random_of_a_class_that_no_image_has_changes_nothing(models: Path):
    save(labelled([0, 1, 0], ("shirt", "shoe", "bag")), models, "upload-clothes")
    app = open_page("interpolate", "upload-clothes")
    before = chosen(app)
    app.selectbox(key="interpolate_a_class").select("bag")
    checked(app.button(key="interpolate_a_random").click().run())
    assert chosen(app) == before


def test_a_click_on_the_map_chooses_an_end():
    means = MODELS["plane"].points.mean
    app = open_page("interpolate", "upload-plane")
    a, b = chosen(app)
    other = ({*range(7)} - {a, b}).pop()
    trigger(app, "pick", {"end": "b", "index": other})
    assert chosen(app) == (a, other)
    np.testing.assert_array_equal(walked(app)[[0, -1]], means[[a, other]])
    trigger(app, "pick", {"end": "a", "index": b})
    assert chosen(app) == (b, other)
    checked(app.run())
    assert chosen(app) == (b, other), "a click counts once"


def test_a_click_that_was_meant_for_a_larger_model_is_no_harm():
    app = open_page("interpolate", "upload-plane")
    trigger(app, "pick", {"end": "a", "index": 1000})
    assert max(chosen(app)) < 7


def test_choices_survive_another_page():
    app = open_page("interpolate", "upload-five")
    choose(app, "a", 5)
    choose(app, "b", 2)
    app.selectbox(key="interpolate_kind").select("Spherical")
    app.selectbox(key="interpolate_b_class").select("two")
    checked(app.slider(key="interpolate_steps").set_value(5).run())
    before = shown(app)
    go(app, "models")
    go(app, "explore")
    go(app, "interpolate")
    assert shown(app) == before
    assert chosen(app) == (5, 2)
    assert app.selectbox(key="interpolate_b_class").value == "two"


def test_choices_that_came_from_the_map_survive_another_page():
    app = open_page("interpolate", "upload-plane")
    trigger(app, "pick", {"end": "a", "index": 6})
    go(app, "explore")
    go(app, "interpolate")
    assert chosen(app)[0] == 6


@pytest.mark.parametrize("away", [False, True])
def test_another_model_takes_what_it_can(away: bool, models: Path):
    save(labelled([0, 1, 1], ("shirt", "shoe")), models, "upload-clothes")
    app = open_page("interpolate", "upload-plane")
    choose(app, "a", 6)
    choose(app, "b", 2)
    checked(app.selectbox(key="interpolate_a_class").select("two").run())
    for kind in ("clothes", "one-point", "unlabelled", "five", "plane"):
        if away:
            go(app, "explore")
        checked(app.selectbox(key="model_picker").select(f"upload-{kind}").run())
        if away:
            go(app, "interpolate")
        model = labelled([0, 1, 1], ("shirt", "shoe")) if kind == "clothes" else MODELS[kind]
        a, b = chosen(app)
        if kind == "clothes":
            assert b == 2, "what fits stays"
        np.testing.assert_array_equal(walked(app)[[0, -1]], model.points.mean[[a, b]])
        options = app.selectbox(key="interpolate_a_class").options
        assert options == ["Any", *model.points.classes]
        assert app.selectbox(key="interpolate_a_class").value in options
        checked(app.button(key="interpolate_a_random").click().run())


def test_captions_without_the_data_set():
    app = open_page("interpolate", "upload-plane")
    labels = MODELS["plane"].points.labels
    choose(app, "a", int(np.flatnonzero(labels == 1)[0]))
    choose(app, "b", int(np.flatnonzero(labels == -1)[0]))
    a, b = chosen(app)
    assert captions(app) == (f"two, no. {a}, reconstruction", f"no. {b}, reconstruction")
    assert all(end["picture"] is None for end in shown(app)["ends"].values())


def test_captions_and_pictures_with_the_data_set(models: Path):
    save(of_digits(), models, "upload-digits")
    app = after_reading(open_page("interpolate", "upload-digits"))
    choose(app, "a", 350)
    a, b = chosen(app)
    digits = load("digits", "test")
    for index, caption, end in zip((a, b), captions(app), "ab", strict=True):
        assert caption == f"{digits.labels[index]}, no. {index}, test image"
        head, _, picture = shown(app)["ends"][end]["picture"].partition(",")
        assert head == "data:image/png;base64"
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            np.testing.assert_array_equal(np.asarray(image), digits.images[index, 0].numpy())


@pytest.mark.parametrize("odd", ["count", "shape"])
def test_a_data_set_of_that_name_which_is_another_one_is_left_out(odd: str, models: Path):
    digits = of_digits()
    points = digits.points
    if odd == "count":
        digits = of_digits(mean=points.mean[:-1], std=points.std[:-1], labels=points.labels[:-1])
    else:
        digits = labelled([0] * len(points.labels), shape=(1, 8, 4))
    save(digits, models, "upload-odd")
    save(of_digits(), models, "upload-digits")
    app = after_reading(open_page("interpolate", "upload-digits"))
    checked(app.selectbox(key="model_picker").select("upload-odd").run())
    assert all(caption.endswith("reconstruction") for caption in captions(app))
    assert not app.warning


def test_a_damaged_data_set_is_named_and_the_page_works(models: Path, tmp_path: Path):
    for kind in ("train", "t10k"):
        for part in ("images-idx3", "labels-idx1"):
            file = tmp_path / "data" / "MNIST" / "raw" / f"{kind}-{part}-ubyte"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"damaged")
    made = checkpoint()
    save(made._replace(summary=replace(made.summary, data="mnist")), models, "upload-mnist")
    app = open_page("interpolate", "upload-mnist")
    until = time.monotonic() + 30
    while not app.warning:
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)
        checked(app.run())
    assert "mnist: its files in" in app.warning[0].value
    assert all(caption.endswith("reconstruction") for caption in captions(app))


@pytest.mark.parametrize("beta", [0.1, 3.0])
def test_the_ends_lie_where_the_beta_in_use_puts_them(beta: float):
    model = MODELS["range"]
    app = open_page("interpolate", "upload-range")
    at_one = walked(app)
    report(app, condition={"beta": beta, "label": None})
    mean = model.points_at(beta).mean
    a, b = chosen(app)
    np.testing.assert_allclose(walked(app), lerp(mean[a], mean[b], PLACES), atol=1e-5)
    assert not np.allclose(walked(app), at_one, atol=1e-2)
