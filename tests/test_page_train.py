"""The Train page, through the whole app."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from apptest import checked, open_page, shown, texts
from streamlit.testing.v1 import AppTest
from tiny import Correlated, Doubled, config, own_set, recorded

from pages.components.widgets import charts
from vae import ModelConfig, TrainConfig
from vae.data import sources
from vae.data.digits import Digits
from vae.data.sources import DATASETS
from vae.errors import NOT_FINITE_MESSAGE
from vae.models.likelihoods import LIKELIHOODS, Gaussian
from vae.models.networks import MLP
from vae.models.objectives import ELBO, OBJECTIVES
from vae.models.priors import PRIORS, StandardNormal
from vae.models.schedules import SCHEDULES, Constant
from vae.progress import Curve, Progress, to_json
from vae.runs import store, worker
from vae.runs.presets import PRESETS
from vae.runs.request import Request
from vae.runs.status import Status
from vae.runs.store import Run
from vae.runs.suggested import suggested
from vae.settings import Setting

TINY = ModelConfig((1, 8, 8), 2, MLP((16,)))


@pytest.fixture(autouse=True)
def root(runs_dir: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty folder for runs, and no process left behind."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield runs_dir
    for run in store.list_runs():
        run.stop()
        wait(lambda run=run: not run.status().active)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has this process train what is started, before the page goes on: another would take seconds to import what it needs."""
    monkeypatch.setattr(store, "_start_process", lambda run: worker.work(run.folder))


def wait(condition: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.1)


def bar(app: AppTest) -> str:
    (element,) = app.get("progress")
    return element.proto.text


def has_button(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def finished_run(epochs: int = 2) -> Run:
    run = store.start(Request("digits", TINY, TrainConfig(epochs=epochs, batch_size=128)))
    wait(lambda: not run.status().active)
    return run


def started(app: AppTest) -> tuple[Run, Request]:
    """Presses the button, and the one run that there is then."""
    checked(app.button(key="train_start").click().run())
    (run,) = store.list_runs()
    assert run.request is not None
    return run, run.request


def test_an_empty_page_has_good_defaults_and_says_what_to_do():
    app = open_page("train")
    assert app.selectbox(key="train_data").value == "digits"  # MNIST is not on disk here
    assert app.number_input(key="train_latent_dim").value == 2
    assert app.number_input(key="train_epochs").value == suggested("digits").train.epochs
    assert app.select_slider(key="train_beta").value == 1
    (notice,) = app.info
    assert all(word in notice.value for word in ("No run yet", "Train", "map", "curves", "film"))
    assert "downloaded" not in texts(app)
    assert not app.error


def test_the_controls_explain_themselves():
    app = open_page("train")
    checked(app.selectbox(key="train_data").select("mnist").run())
    assert "needs internet" in texts(app)
    assert app.number_input(key="train_epochs").value == suggested("mnist").train.epochs
    assert "the latents in a plane" not in texts(app)
    checked(app.number_input(key="train_latent_dim").set_value(20).run())
    assert "the latents in a plane" in texts(app)
    checked(app.switch_page("pages/models.py").run())
    checked(app.switch_page("pages/train.py").run())
    assert app.selectbox(key="train_data").value == "mnist", "choices are kept when the page is left"
    assert app.number_input(key="train_latent_dim").value == 20


@pytest.mark.usefixtures("in_this_process")
def test_a_run_over_a_range_of_betas():
    app = open_page("train")
    assert app.segmented_control(key="train_over").value == "one"
    checked(app.segmented_control(key="train_over").set_value("range").run())
    assert not [slider for slider in app.select_slider if slider.key == "train_beta"]
    assert app.select_slider(key="train_beta_range").value == (0.05, 40)
    app.select_slider(key="train_beta_range").set_value((2.0, 10.0))
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert request.model.beta_range == (2, 10)
    assert request.train.beta == 2  # nearest to one
    assert "Digits 8x8, 2-D, β 2 to 10, 1 epoch" in texts(app)
    assert "conditioned on β" in texts(app)
    wait(lambda: not run.status().active)
    checked(app.run())
    summary = run.summary
    assert summary is not None
    assert app.metric[0].label == "Test: minus the ELBO, conditioned on β 2"
    assert app.metric[0].value == f"{summary.neg_elbo:.1f} :small[nats per image]"
    (caption,) = (caption for caption in app.caption if caption.value.startswith("Of the test images"))
    assert "no log-likelihood: a perfect decoder still pays 13.69" in caption.help
    app.button(key="train_open").click().run()
    assert shown(checked(app))["keyframes"]


@pytest.mark.usefixtures("in_this_process")
def test_a_run_that_refines_and_moves_images():
    app = open_page("train")
    assert (app.number_input(key="train_refinement").value, app.number_input(key="train_moved").value) == (0, 0)
    app.number_input(key="train_refinement").set_value(2)
    app.number_input(key="train_moved").set_value(30)
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert request.model.refinement == 2
    assert request.train.augment == 0.3
    assert "2 refinement steps · 30% of the images moved" in texts(app)
    wait(lambda: not run.status().active)
    assert run.status().state == "finished"


@pytest.mark.usefixtures("in_this_process")
def test_the_width_of_gaussian_pixels_is_chosen():
    app = open_page("train")
    assert not [control for control in app.number_input if control.key == "train_sigma"], "Bernoulli pixels have none"
    checked(app.selectbox(key="train_likelihood").set_value("gaussian").run())
    assert app.number_input(key="train_sigma").value == Gaussian().std
    app.number_input(key="train_sigma").set_value(0.25)
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert request.model.likelihood == Gaussian(0.25)
    assert "Gaussian pixels, σ 0.25" in texts(app)
    wait(lambda: not run.status().active)
    assert run.status().state == "finished"


@dataclass(frozen=True)
class Blurred(Gaussian):
    std: float = Setting(0.5, "σ", 0.1, 1.0, option="sigma").as_field()
    kind: ClassVar[str] = "blurred"


@dataclass(frozen=True)
class Late(Constant):
    kind: ClassVar[str] = "late"
    title: ClassVar[str] = "at the end"

    def __call__(self, progress: float) -> float:
        return float(progress > 0.9)


@pytest.mark.usefixtures("in_this_process")
def test_a_likelihood_and_a_schedule_of_ones_own_are_worded_and_set_by_what_they_have(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(LIKELIHOODS, "blurred", Blurred)
    monkeypatch.setitem(SCHEDULES, "late", Late)
    app = open_page("train")
    controls = {control.key: control for control in app.button_group}
    assert "At the end" in list(controls["train_schedule"].options)
    controls["train_schedule"].set_value("late")
    checked(app.selectbox(key="train_likelihood").set_value("blurred").run())
    app.number_input(key="train_sigma").set_value(0.25)
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert (request.model.likelihood, request.train.schedule) == (Blurred(0.25), Late())
    wait(lambda: not run.status().active)
    assert run.status().state == "finished"


@dataclass(frozen=True)
class Wide(StandardNormal):
    kind: ClassVar[str] = "wide"


@pytest.mark.usefixtures("in_this_process")
def test_a_prior_and_an_objective_are_chosen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(OBJECTIVES, "doubled", Doubled)
    monkeypatch.setitem(PRIORS, "wide", Wide)
    app = open_page("train")
    for key, value in (("train_objective", "doubled"), ("train_prior", "wide")):
        checked(app.selectbox(key=key).set_value(value).run())
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert (request.train.objective, request.model.prior) == (Doubled(), Wide())
    assert run.status().state == "finished"


def test_a_run_says_which_prior_and_objective_it_has_where_these_are_not_the_usual_ones(
    monkeypatch: pytest.MonkeyPatch,
):
    request = Request("digits", config(), TrainConfig(epochs=1))
    recorded(request, epochs_of((1.0,)))
    said = texts(open_page("train"))
    assert "Bernoulli pixels" in said
    assert not re.search("prior: |objective: ", said)
    monkeypatch.setitem(PRIORS, Correlated.kind, Correlated)
    monkeypatch.setitem(OBJECTIVES, Doubled.kind, Doubled)
    changed = replace(request.train, objective=Doubled())
    recorded(replace(request, model=replace(config(), prior=Correlated()), train=changed), epochs_of((1.0,)))
    said = texts(open_page("train"))
    assert "Bernoulli pixels · prior: a correlated normal distribution · objective: doubled · " in said


@pytest.mark.usefixtures("in_this_process")
def test_a_run_has_the_name_that_is_typed():
    app = open_page("train")
    app.text_input(key="train_name").set_value(" My digits ")
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert request.name == "My digits"
    assert run.title.startswith("My digits · ")


@pytest.mark.usefixtures("in_this_process")
def test_a_run_is_written_for_tensorboard_where_that_is_asked_for():
    app = open_page("train")
    assert not app.toggle(key="train_tensorboard").value
    assert "tensorboard --logdir runs" in app.toggle(key="train_tensorboard").help
    app.toggle(key="train_tensorboard").set_value(True)
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert request.tensorboard
    wait(lambda: not run.status().active)
    assert run.status().state == "finished"
    assert len(list((run.folder / "tensorboard").iterdir())) == 1


def test_a_preset_has_all_controls_begin_as_suits_it():
    app = open_page("train")
    assert app.radio(key="train_preset").value == "plane"
    app.number_input(key="train_seed").set_value(5)
    checked(app.number_input(key="train_latent_dim").set_value(7).run())
    checked(app.radio(key="train_preset").set_value("best").run())
    assert app.number_input(key="train_latent_dim").value == 20
    assert app.number_input(key="train_refinement").value == PRESETS["best"].refinement
    assert app.number_input(key="train_seed").value == 5, "of any purpose"
    assert "20-D · convolutional network" in texts(app)
    checked(app.radio(key="train_preset").set_value("every-beta").run())
    assert app.segmented_control(key="train_over").value == "range"
    assert app.select_slider(key="train_beta_range").value == PRESETS["every-beta"].beta_range
    assert app.number_input(key="train_refinement").value == 0
    checked(app.selectbox(key="train_data").select("sprites").run())
    assert app.number_input(key="train_epochs").value == PRESETS["every-beta"].request("sprites").train.epochs


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_untouched_is_what_the_command_line_trains(preset: str, monkeypatch: pytest.MonkeyPatch):
    wanted: list[Request] = []
    monkeypatch.setattr("pages.components.widgets.train_form.store.start", wanted.append)
    monkeypatch.setattr("pages.components.widgets.train_form.show", lambda run: None)
    app = open_page("train")
    checked(app.radio(key="train_preset").set_value(preset).run())
    checked(app.button(key="train_start").click().run())
    assert wanted == [PRESETS[preset].request("digits")]


def test_pixels_are_drawn_where_that_is_chosen(monkeypatch: pytest.MonkeyPatch):
    wanted: list[Request] = []
    monkeypatch.setattr("pages.components.widgets.train_form.store.start", wanted.append)
    monkeypatch.setattr("pages.components.widgets.train_form.show", lambda run: None)
    app = open_page("train")
    control = app.segmented_control(key="train_binarize")
    assert "Drawn once" not in control.options, "nobody has published a draw of these"
    checked(control.set_value("dynamic").run())
    assert "dynamic binarisation" in texts(app)
    checked(app.button(key="train_start").click().run())
    assert wanted[0].data == "digits+dynamic"


def test_the_schedule_follows_the_number_of_dimensions():
    app = open_page("train")
    assert app.segmented_control(key="train_schedule").value == "warmup"
    checked(app.number_input(key="train_latent_dim").set_value(20).run())
    assert app.segmented_control(key="train_schedule").value == "constant"
    checked(app.number_input(key="train_latent_dim").set_value(2).run())
    assert app.segmented_control(key="train_schedule").value == "warmup"


def test_a_range_of_no_width_is_refused_with_a_reason():
    app = open_page("train")
    checked(app.segmented_control(key="train_over").set_value("range").run())
    app.select_slider(key="train_beta_range").set_value((2.0, 2.0))
    checked(app.run())
    assert app.button(key="train_start").disabled
    assert "network.beta_range: the second must be larger than the first" in app.error[0].value
    assert not store.list_runs()


@pytest.mark.process
def test_a_run_from_the_button_to_explore():
    app = open_page("train")
    app.number_input(key="train_epochs").set_value(2)
    app.number_input(key="train_seed").set_value(7)
    app.select_slider(key="train_beta").set_value(4.0)
    run, request = started(app)
    assert request.train.seed == 7
    assert request.train.beta == 4
    assert request.train.epochs == 2
    assert request.train.batch_size == suggested("digits").train.batch_size
    assert "Digits 8x8, 2-D, β 4, 2 epochs" in texts(app)
    if run.status().active:
        assert has_button(app, "train_stop")

    wait(lambda: not run.status().active)
    checked(app.run())
    assert "Finished" in texts(app)
    assert "2 epochs" in bar(app)
    summary = run.summary
    assert summary is not None
    assert [metric.value for metric in app.metric] == [
        f"{value:.1f} :small[nats per image]" for value in (summary.neg_elbo, summary.recon, summary.kl)
    ]
    watched, *curves = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    assert len(curves) == 3
    film, lines = run.film, run.progress()
    assert watched["run"] == run.id
    assert not watched["active"]
    assert watched["steps"] == film.steps == watched["decoders"]
    assert watched["epochs"] == film.epoch(film.steps[-1]) == 2
    assert watched["plane"] == "flat"  # the latent is the plane
    assert watched["curves"]["epoch"] == [1, 2]
    for curve, kind in ((watched["curves"]["train"], "train"), (watched["curves"]["validation"], "validation")):
        expected = [getattr(line, kind) for line in lines]
        assert curve["loss"] == pytest.approx([each.recon + 4 * each.kl for each in expected], abs=0.006)
        assert curve["recon"] == pytest.approx([each.recon for each in expected], abs=0.006)
        assert curve["kl"] == pytest.approx([each.kl for each in expected], abs=0.006)

    app.button(key="train_open").click().run()
    checked(app)
    assert "Explore" in texts(app)
    assert app.session_state["model"] == run.id


@pytest.mark.process
def test_stop_keeps_what_there_is():
    run = store.start(Request("digits", TINY, TrainConfig(epochs=100_000, batch_size=128)))
    wait(lambda: len(run.progress()) > 1)
    app = open_page("train")
    assert re.search(r"Epoch [\d,]+ of 100,000 · step [\d,]+ of 1,100,000", bar(app))
    assert "1 training, 0 waiting" in texts(app)
    assert app.button(key=f"train_delete_{run.id}").disabled
    checked(app.button(key="train_stop").click().run())
    wait(lambda: not run.status().active)
    checked(app.run())
    assert "Stopped" in texts(app)
    assert "was saved" in bar(app)
    assert has_button(app, "train_open")

    epochs = len(run.progress())
    checked(app.button(key=f"train_resume_{run.id}").click().run())
    assert run.status().active
    assert not has_button(app, f"train_resume_{run.id}")
    assert has_button(app, "train_stop")
    wait(lambda: len(run.progress()) > epochs)


@pytest.mark.process
def test_what_waits_says_for_how_many():
    first, second = (
        store.start(Request("digits", TINY, TrainConfig(epochs=epochs, batch_size=128))) for epochs in (100_000, 2)
    )
    wait(lambda: second.status().state == "queued" and first.status().state == "running")
    app = open_page("train")
    assert "Epoch" in bar(app)  # what trains is more to see than what came last
    checked(app.button(key=f"train_show_{second.id}").click().run())
    assert bar(app) == "Waiting for 1 earlier run."
    assert "1 training, 1 waiting: at most 1 trains at a time" in texts(app)
    assert "Waiting for 1 earlier run ·" in texts(app)


@pytest.mark.usefixtures("in_this_process")
def test_a_session_that_comes_later_finds_the_runs():
    old, new = finished_run(), finished_run(3)
    app = open_page("train")
    assert "**Digits 8x8, 2-D, β 1, 3 epochs**" in texts(app)
    assert app.button(key=f"train_show_{new.id}").disabled
    checked(app.button(key=f"train_show_{old.id}").click().run())
    assert "**Digits 8x8, 2-D, β 1, 2 epochs**" in texts(app)
    checked(app.button(key=f"train_open_{new.id}").click().run())
    assert app.session_state["model"] == new.id


@pytest.mark.usefixtures("in_this_process")
def test_delete_asks_first():
    run = finished_run()
    app = open_page("train")
    checked(app.button(key=f"train_delete_{run.id}").click().run())
    assert store.list_runs() == [run]
    checked(app.button(key="train_delete").click().run())
    assert store.list_runs() == []
    assert "No run yet" in texts(checked(app.run()))


@pytest.mark.process
def test_a_killed_run_says_so():
    run = store.start(Request("digits", TINY, TrainConfig(epochs=100_000, batch_size=128)))
    wait(lambda: run.status().state == "running")
    os.kill(int(re.findall(r'"pid": (\d+)', (run.folder / "process.json").read_text())[0]), signal.SIGTERM)
    wait(lambda: not run.status().active)
    app = open_page("train")
    assert run.log.name in app.error[0].value
    assert str(run.folder.parent) not in app.error[0].value
    assert "can be resumed" in app.error[0].value
    assert not has_button(app, "train_stop")
    assert not has_button(app, "train_open")
    checked(app.button(key=f"train_resume_{run.id}").click().run())
    assert not app.error
    assert run.status().active


def test_a_damaged_run_is_shown_and_can_be_deleted(root: Path):
    (root / "20250101-000000-000000").mkdir(parents=True)
    app = open_page("train")
    assert "request.json" in app.error[0].value
    assert not app.button(key="train_delete_20250101-000000-000000").disabled
    assert not has_button(app, "train_resume_20250101-000000-000000")


def test_what_the_library_refuses_is_an_error_on_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    app = open_page("train")
    monkeypatch.setitem(DATASETS, "odd", Digits(title="Odd", image_shape=(1, 9, 9)))
    checked(app.run())
    app.selectbox(key="train_data").select("odd").run()
    app.session_state["train_network"] = "conv"
    checked(app.run())
    assert "divide by 4" in app.error[0].value
    assert app.button(key="train_start").disabled
    assert store.list_runs() == []

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "file"))
    app.session_state["train_network"] = "mlp"
    checked(app.run())
    checked(app.button(key="train_start").click().run())
    assert "VAE_RUNS_DIR" in app.error[0].value
    assert str(tmp_path) not in app.error[0].value


@pytest.mark.usefixtures("in_this_process")
def test_a_data_set_of_ones_own_is_trained_on_and_opened(tmp_path: Path):
    own_set(tmp_path / "data")
    app = open_page("train")
    assert "NAME.npz in the data folder" in app.selectbox(key="train_data").help
    assert "cells.npz" not in texts(app)
    checked(app.selectbox(key="train_data").select("cells").run())
    assert "40 training and 12 test images of 8 x 8 pixels in colour, from cells.npz" in texts(app)
    assert "downloaded" not in texts(app)
    assert app.number_input(key="train_epochs").value == suggested("cells").train.epochs
    app.number_input(key="train_epochs").set_value(2)
    run, request = started(app)
    assert request.model.image_shape == (3, 8, 8)
    assert "cells, 2-D, β 1, 2 epochs" in texts(app)
    wait(lambda: not run.status().active)
    checked(app.run())
    checked(app.button(key="train_open").click().run())
    assert "12 test images of cells" in texts(app)


@pytest.mark.usefixtures("in_this_process")
def test_files_that_are_no_data_sets_are_told_and_keep_nothing_from_working(tmp_path: Path):
    own_set(tmp_path / "data", "floats", test_images=[[[0.5]]])
    own_set(tmp_path / "data", "mnist")
    for number in range(3):
        (tmp_path / "data" / f"damaged-{number}.npz").write_bytes(b"PK\3\4")
    app = open_page("train")
    assert app.selectbox(key="train_data").value == "digits"
    assert "floats" not in app.selectbox(key="train_data").options
    assert "damaged-0.npz: damaged, not a whole .npz file" in texts(app)
    assert "2 more .npz files there can't be used" in texts(app)
    app.number_input(key="train_epochs").set_value(1)
    run, request = started(app)
    assert request.data == "digits"
    wait(lambda: not run.status().active)
    for number in range(3):
        (tmp_path / "data" / f"damaged-{number}.npz").unlink()
    checked(app.run())
    assert "floats.npz: array test_images: its type is float64" in texts(app)
    assert "mnist.npz: is not read, for mnist is built in" in texts(app)


def test_a_file_that_can_be_mended_comes_with_the_lines_of_python_that_do_it(tmp_path: Path):
    arrays = own_set(tmp_path / "data")
    own_set(tmp_path / "data", **{f"{split}_images": arrays[f"{split}_images"] / 255 for split in ("train", "test")})
    app = open_page("train")
    assert "array train_images: its type is float64" in texts(app)
    assert "np.savez" not in texts(app)
    (code,) = [block.value for block in app.code]
    exec(code.replace("path = 'cells.npz'", f"path = {str(tmp_path / 'data' / 'cells.npz')!r}"), {})
    checked(app.run())
    assert "cells" in app.selectbox(key="train_data").options
    assert not app.code


@pytest.mark.process
def test_a_run_that_finds_only_black_says_what_mends_it(tmp_path: Path):
    arrays = own_set(tmp_path / "data")
    own_set(tmp_path / "data", **{f"{split}_images": arrays[f"{split}_images"] // 255 for split in ("train", "test")})
    app = open_page("train")
    checked(app.selectbox(key="train_data").set_value("cells").run())
    run, _ = started(app)
    wait(lambda: not run.status().active)
    checked(app.run())
    assert "no pixel of either split is more than 1" in app.error[0].value
    assert "\n" not in app.error[0].value
    assert any("np.savez_compressed" in block.value for block in app.code)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_data_set_that_goes_while_it_is_chosen_leaves_a_page_that_works(damaged: bool, tmp_path: Path):
    path = tmp_path / "data" / "cells.npz"
    own_set(tmp_path / "data")
    app = open_page("train")
    checked(app.selectbox(key="train_data").select("cells").run())
    epochs = suggested("cells").train.epochs
    path.write_bytes(b"") if damaged else path.unlink()
    checked(app.run())
    assert app.selectbox(key="train_data").value == "digits"
    assert app.number_input(key="train_epochs").value == suggested("digits").train.epochs != epochs
    own_set(tmp_path / "data")
    checked(app.run())
    path.write_bytes(b"") if damaged else path.unlink()
    checked(app.selectbox(key="train_data").select("cells").run())
    assert app.selectbox(key="train_data").value == "digits"


@pytest.mark.parametrize("mendable", [False, True])
def test_a_data_set_that_goes_once_it_was_listed_is_told_without_the_servers_paths(
    mendable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "data"
    arrays = own_set(folder)
    app = open_page("train")
    checked(app.selectbox(key="train_data").select("cells").run())
    list_sets = sources.own_sets

    def listed_and_gone(*root: str | Path | None) -> sources.OwnSets:
        sets = list_sets(*root)
        if mendable:
            own_set(folder, train_images=arrays["train_images"] / 255)
        else:
            (folder / "cells.npz").unlink(missing_ok=True)
        return sets

    monkeypatch.setattr(sources, "own_sets", listed_and_gone)
    checked(app.run())
    (error,) = app.error
    assert ("its type is float64" if mendable else "no data set 'cells'") in error.value
    assert str(tmp_path) not in "".join([error.value, *(block.value for block in app.code)])
    assert "\n" not in error.value
    assert ["np.savez_compressed" in block.value for block in app.code] == [True] * mendable


def page_of(request: Request, epochs: list[Progress], **status: object) -> AppTest:
    """The page of a run that left these lines and this status."""
    run = store.create(request)
    (run.folder / "progress.jsonl").write_text("".join(to_json(epoch) + "\n" for epoch in epochs))
    (run.folder / "status.json").write_text(json.dumps({"state": "finished", **status}))
    return open_page("train")


def epochs_of(kl_by_dim: tuple[float, ...], validation: Callable[[int], float] = lambda _: 20.0) -> list[Progress]:
    kl = sum(kl_by_dim)
    return [
        Progress(epoch, 40, 1.0, 1e-3, Curve(20 - epoch / 10, kl), Curve(validation(epoch), kl), 1.0, kl_by_dim)
        for epoch in range(1, 41)
    ]


def test_a_run_that_goes_wrong_is_told_what_to_try():
    training = TrainConfig(epochs=40, schedule=Constant())
    app = page_of(Request("digits", TINY, training), epochs_of((1.5, 0.001), lambda epoch: 20 + abs(epoch - 15) / 10))
    said = texts(app)
    assert ":material/warning:] **1 of 2 dimensions is not used**" in said
    assert "z₂ has less than 0.01 nats" in said
    assert ":material/warning:] **Overfitting**" in said
    (tried,) = [caption.value for caption in app.caption if caption.value.startswith("Try fewer epochs")]
    assert tried.endswith(". Set on the command line: `--hidden`, `--weight-decay`."), (
        "of the others there are controls"
    )


def test_what_is_harmless_is_not_a_warning():
    many = replace(TINY, latent_dim=20)
    training = TrainConfig(epochs=40, schedule=Constant())
    said = texts(page_of(Request("digits", many, training), epochs_of((1.0,) * 8 + (0.001,) * 12)))
    assert ":material/info:] **12 of 20 dimensions are not used**" in said
    assert ":material/warning:" not in said


def test_a_run_that_goes_well_is_left_in_peace():
    app = page_of(Request("digits", TINY, TrainConfig(epochs=40, schedule=Constant())), epochs_of((1.5, 1.4)))
    assert "Since epoch" not in texts(app)


def test_a_loss_that_is_not_finite_says_what_was_kept():
    message = f"{NOT_FINITE_MESSAGE} in epoch 41 (learning rate 1, beta 1). The model of epoch 3 was saved."
    lowest = epochs_of((1.5, 1.4), lambda epoch: 20 if epoch == 3 else 21)
    app = page_of(Request("digits", TINY, TrainConfig(epochs=50)), lowest, state="failed", message=message)
    assert app.error[0].value == message
    assert "What was kept is the model of epoch 3" in texts(app)
    assert "smaller learning rate" in texts(app)


def test_charts_draw_both_splits_in_nats():
    progress = [
        Progress(number, 5, 0.5, 1e-3, Curve(20 - number, number), Curve(21 - number, number), 1.0) for number in (1, 2)
    ]
    figure = charts.loss_chart(progress, 5, 2.0, ELBO()).to_dict()
    train, validation = figure["data"]
    assert (train["name"], validation["name"]) == ("Training", "Validation")
    assert list(train["y"]) == [21, 22]  # at the final beta, whatever the epoch's
    assert list(validation["y"]) == [22, 23]
    assert list(charts.term_chart("recon", progress, 5).to_dict()["data"][0]["y"]) == [19, 18]
    assert list(charts.term_chart("kl", progress, 5).to_dict()["data"][1]["y"]) == [1, 2]
    assert figure["layout"]["yaxis"]["title"]["text"] == "nats per image"
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < 1
    assert high > 5
    without = [epoch._replace(validation=None) for epoch in progress]
    assert list(charts.loss_chart(without, 5, 1.0, ELBO()).to_dict()["data"][1]["y"]) == [None, None]
    assert charts.loss_chart([], 5, 1.0, ELBO()).to_dict()["layout"]["yaxis"]["showticklabels"] is False


def plain_epochs(count: int, loss: float = 20.0) -> list[Progress]:
    """Of an earlier Zscape, which reported less."""
    return [Progress(i, count, 1.0, 1e-3, Curve(loss, 2), Curve(loss + 1, 2), 1.0) for i in range(1, count + 1)]


def made(loss: float = 20.0, count: int = 4, model: ModelConfig = TINY, beta: float = 1.0) -> Run:
    return recorded(Request("digits", model, TrainConfig(epochs=count, beta=beta)), plain_epochs(count, loss))


def drawn(app: AppTest) -> list[dict[str, Any]]:
    """The figures of the page, from above."""
    return [json.loads(element.proto.json)["figure"] for element in app.get("bidi_component")]


def test_runs_are_compared_with_those_whose_nats_mean_the_same():
    alike, other_beta = made(30, count=6), made(40, beta=4)
    made(model=replace(TINY, likelihood=Gaussian()))
    recorded(Request("digits", TINY, TrainConfig(epochs=3)), [])
    made(50)
    app = open_page("train")
    choice = app.multiselect(key="train_compared")
    assert [option.split(" · ")[0] for option in choice.options] == [other_beta.title, alike.title], "newest first"
    assert len(drawn(app)) == 3

    checked(choice.set_value([alike.id]).run())
    loss, recon, kl = drawn(app)
    assert loss["layout"]["title"]["text"] == "<b>Loss: reconstruction + KL</b>"
    assert [max(trace["y"]) for trace in loss["data"]] == [52, 53, 32, 33]
    assert [max(trace["y"]) for trace in recon["data"]] == [50, 51, 30, 31]
    assert [max(trace["y"]) for trace in kl["data"]] == [2, 2, 2, 2]
    assert loss["data"][-1]["name"].startswith("2-D, β 1, 6 epochs · ")
    assert loss["layout"]["xaxis"]["range"][1] > 6, "with room for the longer one"
    colour = loss["data"][-1]["line"]["color"]

    # One more, at another beta; then without the first, which leaves the other its colour.
    checked(app.multiselect(key="train_compared").set_value([alike.id, other_beta.id]).run())
    assert "β differs" in drawn(app)[0]["layout"]["title"]["text"]
    second = drawn(app)[0]["data"][-1]["line"]["color"]
    assert second != colour
    checked(app.multiselect(key="train_compared").set_value([other_beta.id]).run())
    assert drawn(app)[0]["data"][-1]["line"]["color"] == second


def test_a_run_that_is_deleted_or_shown_is_not_compared_with():
    first, second = made(30), made(40)
    app = open_page("train")
    checked(app.multiselect(key="train_compared").set_value([first.id]).run())
    checked(app.button(key=f"train_show_{first.id}").click().run())
    assert f"**{first.title}**" in texts(app)
    assert app.multiselect(key="train_compared").value == []
    checked(app.multiselect(key="train_compared").set_value([second.id]).run())
    second.delete()
    checked(app.run())
    assert len(drawn(app)[0]["data"]) == 2
    assert not app.multiselect, "there is nothing to compare with"


def test_more_curves_are_made_when_they_are_opened():
    made()
    app = open_page("train")
    assert len(drawn(app)) == 3
    app.session_state["train_more"] = True
    checked(app.run())
    titles = [figure["layout"]["title"]["text"] for figure in drawn(app)[3:]]
    assert [title.strip("</b>").split(",")[0] for title in titles] == [
        *("KL by dimension", "β", "Gradient norm", "Learning rate", "Speed")
    ]
    assert len({figure["layout"]["height"] for figure in drawn(app)[4:]}) == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (5400, "1.5 h"), (36_000, "10 h"), (200_000, "2 days")],
)
def test_time_left_is_said_as_people_say_it(seconds: float, said: str):
    run = made()
    (run.folder / "process.json").unlink(missing_ok=True)  # it was asked for just now, so it may lack one
    (run.folder / "status.json").write_text(json.dumps(Status("running", 5, 10, seconds)._asdict()))
    assert bar(open_page("train")).endswith(f"step 5 of 10 · about {said} left")
    (run.folder / "status.json").write_text(json.dumps(Status("finished")._asdict()))
