"""The Explore page, through the whole app."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from apptest import MODELS, Downloads, checked, fetched, go, labelled, open_page, report, save, shown, texts
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config

from vae.checkpoints.checkpoint import Checkpoint, read
from vae.evaluation.terms import terms
from vae.latents.layouts import lay_out
from vae.models.condition import Condition
from vae.models.likelihoods import Bernoulli, Gaussian
from vae.projections import PCA

pytestmark = pytest.mark.usefixtures("runs_dir")

SHIPPED = Path(__file__).parent.parent / "checkpoints"


def pins_button(app: AppTest):
    (button,) = app.download_button
    return button.proto


@pytest.mark.parametrize("kind", MODELS)
def test_the_map_gets_the_model_in_use_or_says_why_there_is_none(kind: str, runs_dir: Path):
    model = MODELS[kind]
    save(model, runs_dir, f"upload-{kind}")
    app = open_page("explore", f"upload-{kind}")
    assert app.session_state["model"] == f"upload-{kind}"
    assert not app.error
    if model.config.latent_dim > 1:
        assert_map_of(app, model)
        assert not app.info
    else:
        assert not app.get("bidi_component")
        assert "one latent dimension" in app.info[0].value
        elsewhere = ("Traverse", "Sample", "Interpolate", "Diagnose", "Compare")
        assert all(page in app.info[0].value for page in elsewhere)


def assert_map_of(app: AppTest, model: Checkpoint) -> None:
    data = shown(app)
    assert data["panel"] == "explore"
    program, constants = fetched(data["program"])
    assert program["image_shape"] == list(model.config.image_shape)
    assert program["latent_dim"] == model.config.latent_dim
    for name, array in constants.items():
        np.testing.assert_array_equal(array, model.weights[name])
    header, arrays = fetched(data["points"])
    assert data["projected"] == (model.config.latent_dim > 2)
    if data["projected"]:
        np.testing.assert_array_equal(arrays["mean"], lay_out(model, PCA(), data["condition"]["beta"]).projection.plane)
    else:
        np.testing.assert_array_equal(arrays["mean"], model.points.mean)
    np.testing.assert_array_equal(arrays["label"], model.points.labels)
    assert header["classes"] == list(model.points.classes)


def test_the_line_below_the_map_is_of_the_beta_in_use(runs_dir: Path):
    model = MODELS["range"]
    save(model, runs_dir, "upload-range")
    app = open_page("explore", "upload-range")
    said = texts(app)
    assert f"Minus the ELBO at β 1: {terms(model, 1.0).neg_elbo:.1f} nats" in said
    app.session_state["conditions"] = {"upload-range": Condition(8.0)}
    said = texts(checked(app.run()))
    expected = terms(model, 8.0)
    assert not expected.measured
    assert f"Minus the ELBO at β 8: ≈ {expected.neg_elbo:.1f} nats" in said
    assert "between two β at which it was measured" in said


def test_the_line_below_the_map_says_what_nats_of_grey_pixels_are(runs_dir: Path):
    for name, likelihood in (("grey", Bernoulli()), ("normal", Gaussian())):
        save(checkpoint(replace(config(), likelihood=likelihood)), runs_dir, f"upload-{name}")
        app = open_page("explore", f"upload-{name}")
        (line,) = (caption for caption in app.caption if "Minus the ELBO" in caption.value)
        assert ("a cross entropy, no log-likelihood" in line.help) == likelihood.of_two


def test_it_opens_on_the_shipped_model():
    app = checked(AppTest.from_file(str(SHIPPED.parent / "app.py"), default_timeout=60).run())
    model = read(SHIPPED / "mnist-2d.safetensors")
    assert_map_of(app, model)
    assert "model" not in app.query_params
    assert "10,000 test images of MNIST" in texts(app)
    for value in (model.summary.neg_elbo, model.summary.recon, model.summary.kl):
        assert f"{value:.1f}" in texts(app)
    assert "10,000 test images" in shown(app)["alt"]


def test_pins_can_be_downloaded(downloads: Downloads):
    app = open_page("explore")
    assert pins_button(app).disabled
    report(app, pins=[[0.5, -1.25], [2, 1 / 3]])
    assert pins_button(app).label == "Pins as CSV (2)"
    assert not pins_button(app).disabled
    assert downloads.content(app, "Pins") == b"z1,z2\n0.5,-1.25\n2,0.333333\n"
    report(app, pins=[])
    assert pins_button(app).disabled


def test_pins_stay_with_the_model_they_were_set_on(runs_dir: Path):
    save(MODELS["conv"], runs_dir, "upload-conv")
    app = open_page("explore")
    report(app, pins=[[0.5, -1.25]])
    checked(app.selectbox(key="model_picker").select("upload-conv").run())
    assert_map_of(app, MODELS["conv"])
    assert pins_button(app).label == "Pins as CSV (0)"


def test_models_change_without_a_trace_of_the_one_before(runs_dir: Path):
    for kind in ("plane", "five", "colour"):
        save(MODELS[kind], runs_dir, f"upload-{kind}")
    app = open_page("explore", "upload-plane")
    for kind in ("colour", "five", "plane"):
        checked(app.selectbox(key="model_picker").select(f"upload-{kind}").run())
        assert app.query_params["model"] == f"upload-{kind}"
        assert_map_of(app, MODELS[kind])


def test_a_model_that_is_written_anew_is_read_anew(runs_dir: Path):
    save(checkpoint(), runs_dir, "upload-same")
    app = open_page("explore", "upload-same")
    other = labelled([0, 1, 1], network="conv", shape=(1, 4, 4))
    save(other, runs_dir, "upload-same")
    assert_map_of(checked(app.run()), other)
    save(checkpoint(config(latent_dim=3)), runs_dir, "upload-same")
    assert_map_of(checked(app.run()), checkpoint(config(latent_dim=3)))


def test_the_model_in_use_is_the_same_on_every_page(runs_dir: Path):
    save(MODELS["conv"], runs_dir, "upload-conv")
    app = open_page("explore", "upload-conv")
    program = shown(app)["program"]
    for page in ("sample", "interpolate", "explore"):
        assert shown(go(app, page))["program"] == program
