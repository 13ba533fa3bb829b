"""The Sample page, through the whole app."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from apptest import MODELS, Downloads, checked, go, open_page, report, save, shown, texts
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config

from pages.components.services import posteriors
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.evaluation.density import distance_to, fit_density, split_draws
from vae.latents.paths import sample_aggregate, sample_posteriors
from vae.models.priors import Mixture, Prior, Vamp


@pytest.fixture(autouse=True)
def models(runs_dir: Path) -> None:
    for kind, model in MODELS.items():
        save(model, runs_dir, f"upload-{kind}")


def samples(app: AppTest) -> np.ndarray:
    return np.array(shown(app)["samples"])


def from_aggregate(app: AppTest) -> AppTest:
    return checked(app.segmented_control(key="sample_source").set_value("Aggregate posterior").run())


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_of_model_is_sampled_from_both(kind: str):
    model = MODELS[kind]
    dimensions = model.config.latent_dim
    app = open_page("sample", f"upload-{kind}")
    assert shown(app)["panel"] == "gallery"
    assert (shown(app)["points"] is None) == (dimensions == 1), "only a line has no map"
    np.testing.assert_allclose(samples(app), model.prior.draw(64), atol=1e-4)
    from_aggregate(app)
    np.testing.assert_allclose(samples(app), sample_aggregate(model.points, 64), atol=1e-4)
    assert not app.error


def test_count_and_seed():
    app = open_page("sample", "upload-five")
    first = samples(app)
    checked(app.number_input(key="sample_seed").set_value(1).run())
    assert (samples(app) != first).any(axis=1).all()
    checked(app.number_input(key="sample_seed").set_value(0).run())
    np.testing.assert_array_equal(samples(app), first)
    checked(app.slider(key="sample_count").set_value(1).run())
    assert samples(app).shape == (1, 5)
    checked(app.slider(key="sample_count").set_value(256).run())
    assert samples(app).shape == (256, 5)
    np.testing.assert_array_equal(samples(app)[:64], first, "more images, and the same ones first")


def test_a_session_of_its_own_draws_the_same():
    assert shown(open_page("sample"))["samples"] == shown(open_page("sample"))["samples"]


def test_temperature_scales_what_is_drawn():
    app = open_page("sample", "upload-plane")
    once = samples(app)
    checked(app.slider(key="sample_temperature").set_value(2.0).run())
    np.testing.assert_allclose(samples(app), 2 * once, atol=2e-4)
    checked(app.slider(key="sample_temperature").set_value(0.0).run())
    assert (samples(app) == 0).all()
    assert len(samples(app)) == 64


def test_the_aggregate_posterior_without_temperature_is_the_points():
    app = open_page("sample", "upload-plane")
    checked(app.slider(key="sample_temperature").set_value(0.0).run())
    from_aggregate(app)
    means = MODELS["plane"].points.mean
    distances = np.linalg.norm(samples(app)[:, None] - means, axis=2)
    assert distances.min(axis=1).max() < 1e-3, "every draw is a posterior mean"
    assert set(distances.argmin(axis=1)) == set(range(len(means))), "and all of them are drawn"


@pytest.mark.parametrize("beta", [0.1, 3.0])
def test_samples_are_of_the_beta_in_use(beta: float, downloads: Downloads):
    model = MODELS["range"]
    app = report(open_page("sample", "upload-range"), condition={"beta": beta, "label": None})
    before = downloads.content(app, "Download PNG")
    from_aggregate(app)
    np.testing.assert_allclose(samples(app), sample_aggregate(model.points_at(beta), 64), atol=1e-4)
    assert not np.allclose(samples(app), sample_aggregate(model.points, 64), atol=1e-2)
    report(app, condition={"beta": 1.0, "label": None})
    checked(app.segmented_control(key="sample_source").set_value("Prior").run())
    assert downloads.content(app, "Download PNG") != before  # the same places, decoded otherwise


def test_the_page_says_what_is_drawn():
    app = open_page("sample", "upload-plane")
    assert "Drawn from N(0, I), the prior." in texts(app)
    assert "ring on the map" in texts(app)
    app.slider(key="sample_temperature").set_value(0.5).run()
    assert "Drawn from N(0, 0.5² I)." in texts(app)
    assert "Drawn from N(mean, 0.5² std²) of the posteriors" in texts(from_aggregate(app))
    app.slider(key="sample_temperature").set_value(0.0).run()
    assert "Posterior means of test images" in texts(app)
    assert "ring on the map" not in texts(open_page("sample", "upload-line"))


def test_the_slider_says_what_it_scales():
    app = open_page("sample", "upload-plane")
    assert app.slider(key="sample_temperature").label == "Temperature"
    checked(app.slider(key="sample_temperature").set_value(0.4).run())
    from_aggregate(app)
    assert app.slider(key="sample_temperature").label == "Width of each posterior"
    assert app.slider(key="sample_temperature").value == 0.4
    np.testing.assert_allclose(samples(app), sample_aggregate(MODELS["plane"].points, 64, 0.4), atol=1e-4)


def of_digits(runs_dir: Path, name: str = "digits") -> Checkpoint:
    made = checkpoint(config("mlp", (1, 8, 8)), points=360)
    made = made._replace(summary=replace(made.summary, data=name))
    save(made, runs_dir, "upload-digits")
    return made


def test_the_aggregate_of_training_images(runs_dir: Path):
    model = of_digits(runs_dir)
    app = open_page("sample", "upload-digits")
    checked(app.segmented_control(key="sample_source").set_value("Of training images").run())
    job = posteriors._jobs.all()[-1]
    job.wait(60)
    checked(app.run())
    assert "posteriors of training images" in texts(app)
    train = load("digits", "train")
    which = np.random.default_rng(0).integers(len(train.images), size=256)[:64]
    posterior = model.model().posterior(train.floats(slice(None))[torch.from_numpy(which)])
    mean, std = (part.detach().numpy() for part in posterior)
    np.testing.assert_allclose(samples(app), sample_posteriors(mean, std), atol=2e-4)
    checked(app.slider(key="sample_temperature").set_value(0.0).run())
    np.testing.assert_allclose(samples(app), mean, atol=2e-4)
    assert posteriors._jobs.all()[-1] is job, "the same posteriors"


def test_training_images_that_are_no_longer_the_models_say_so(runs_dir: Path):
    made = of_digits(runs_dir)
    other = checkpoint(config("mlp", (1, 28, 28)))
    save(other._replace(summary=replace(other.summary, data=made.summary.data)), runs_dir, "upload-digits")
    app = open_page("sample", "upload-digits")
    checked(app.segmented_control(key="sample_source").set_value("Of training images").run())
    posteriors._jobs.all()[-1].future.exception(60)
    app.run()
    assert "training images have shape (1, 8, 8)" in app.error[0].value


def test_where_training_images_are_not_at_hand_they_are_not_offered(runs_dir: Path):
    of_digits(runs_dir, "nowhere")
    app = open_page("sample", "upload-digits")
    assert app.segmented_control(key="sample_source").options == ["Prior", "Aggregate posterior"]


def test_choices_survive_another_page_and_another_model():
    app = open_page("sample", "upload-plane")
    from_aggregate(app)
    app.slider(key="sample_count").set_value(9)
    app.slider(key="sample_temperature").set_value(0.35)
    checked(app.number_input(key="sample_seed").set_value(11).run())
    before = samples(app)

    def wanted(model: Checkpoint) -> np.ndarray:
        return sample_aggregate(model.points, 9, 0.35, 11)

    np.testing.assert_allclose(before, wanted(MODELS["plane"]), atol=1e-4)
    go(app, "models")
    go(app, "sample")
    np.testing.assert_array_equal(samples(app), before)
    for kind in ("five", "one-point", "line"):
        checked(app.selectbox(key="model_picker").select(f"upload-{kind}").run())
        np.testing.assert_allclose(samples(app), wanted(MODELS[kind]), atol=1e-4)


@pytest.mark.parametrize("kind", ["plane", "five", "colour"])
def test_the_download_is_a_sheet_of_the_same_samples(kind: str, downloads: Downloads):
    model = MODELS[kind]
    app = open_page("sample", f"upload-{kind}")
    checked(app.slider(key="sample_count").set_value(3).run())
    file = io.BytesIO(downloads.content(app, "Download PNG"))
    with Image.open(file, formats=["PNG"]) as sheet:
        pixels = np.asarray(sheet)
    channels, height, width = model.config.image_shape
    scale = -(-56 // max(height, width))
    assert pixels.shape[:2] == (2 * height * scale + 2, 2 * width * scale + 2)  # three in two rows
    first = pixels[: height * scale : scale, : width * scale : scale].reshape(height, width, channels)
    decoded = model.model().decode(model.prior.draw(3))[0].numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(first, decoded * 255, atol=0.6)


def with_prior(prior: Prior, latent_dim: int = 2) -> Checkpoint:
    made = checkpoint(replace(config(latent_dim=latent_dim), prior=prior))
    if "prior.logit" in made.weights:
        made.weights["prior.logit"] = np.arange(len(made.weights["prior.logit"]), dtype=np.float32)
    return made


def test_a_component_of_the_prior_can_be_drawn_from(runs_dir: Path):
    model, other = with_prior(Mixture(4), 5), with_prior(Mixture(2), 5)
    save(model, runs_dir, "upload-mixture")
    save(other, runs_dir, "upload-fewer")
    app = open_page("sample", "upload-mixture")
    np.testing.assert_allclose(samples(app), model.prior.draw(64), atol=1e-4)
    components = app.selectbox(key="sample_component")
    assert components.options[0] == "All of them"
    assert components.options[4] == "4, weight 64.4 %"
    checked(components.select_index(4).run())
    np.testing.assert_allclose(samples(app), model.prior.draw_from(3, 64), atol=1e-4)
    assert "Drawn from component 4 of the prior, a mixture of normal distributions." in texts(app)
    checked(app.selectbox(key="model_picker").select("upload-fewer").run())
    np.testing.assert_allclose(samples(app), other.prior.draw(64), atol=1e-4)
    from_aggregate(app)
    assert not [one for one in app.selectbox if one.key == "sample_component"]


def test_the_pseudo_inputs_of_a_vampprior_are_shown(runs_dir: Path):
    save(with_prior(Vamp(3)), runs_dir, "upload-vamp")
    (picture,) = open_page("sample", "upload-vamp").get("image")
    assert "The 3 pseudo-inputs of the prior" in picture.proto.imgs[0].caption
    assert not open_page("sample", "upload-plane").get("image")


def test_a_mixture_is_fitted_to_training_images_and_says_how_far_the_prior_is_from_them(runs_dir: Path):
    model = of_digits(runs_dir)
    app = open_page("sample", "upload-digits")
    assert "says how far the prior is from the training images" in texts(app)
    checked(app.segmented_control(key="sample_source").set_value("Fitted mixture").run())
    fitted = posteriors._fits.all()[-1].wait(120)
    checked(app.run())
    np.testing.assert_allclose(samples(app), fitted.density.draw(64), atol=1e-4)
    train = load("digits", "train")
    which = np.random.default_rng(0).permutation(len(train.images))
    posterior = model.model().posterior(train.floats(slice(None))[torch.from_numpy(which)])
    mean, std = (part.detach().numpy() for part in posterior)
    fit, choosing, measuring = split_draws(mean, std)
    assert len(fit) + len(choosing) + len(measuring) == len(train.images)
    again = distance_to(model.prior, fit_density(fit, choosing), measuring)
    assert fitted.distance.nats == pytest.approx(again.nats, abs=0.01)
    said = f"at least {fitted.distance.nats:.2f} ± {fitted.distance.error:.2f} nats apart"
    assert said in texts(app)
    checked(app.segmented_control(key="sample_source").set_value("Prior").run())
    assert said in texts(app)
