from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import checkpoint, config, own_set

import vae
import vae.cli
from vae.checkpoints.checkpoint import read, write
from vae.cli import main
from vae.data.images import ImageSet
from vae.data.sources import load
from vae.errors import RunError
from vae.evaluation.bounds import evaluate
from vae.latents.layouts import lay_out, saved_layouts
from vae.models.config import TrainConfig
from vae.models.likelihoods import Gaussian
from vae.models.networks import MLP, Conv, Hybrid
from vae.models.objectives import ELBO
from vae.models.priors import StandardNormal
from vae.models.schedules import Constant, Cyclical, Warmup
from vae.projections import PCA, TSNE, Axes
from vae.projections.projection import Settings
from vae.runs import store
from vae.runs.suggested import suggested
from vae.runs.tensorboard import FOLDER
from vae.training.passes import Pass, joint

QUICK = ["--data", "digits", "--epochs", "2", "--hidden", "16", "--batch-size", "512"]


@pytest.fixture(scope="module", autouse=True)
def runs_of_this_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the command line's trainings lie."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_RUNS_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that the command line trained."""
    path = tmp_path_factory.mktemp("trained") / "model.safetensors"
    assert main(["train", *QUICK, "--latent-dim", "3", "--beta", "2", "--seed", "7", "--out", str(path)]) == 0
    return path


def output(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Any:
    """What a command that succeeds prints, which is one JSON object and nothing else."""
    assert main([str(argument) for argument in arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_training_writes_what_was_asked_for(trained: Path) -> None:
    loaded = read(trained)
    assert loaded.config.latent_dim == 3
    assert loaded.config.network == MLP((16,))
    assert loaded.summary.train == TrainConfig(beta=2, epochs=2, batch_size=512, seed=7)
    assert loaded.summary.data == "digits"
    assert loaded.summary.epochs == 2
    assert len(loaded.points.labels) == loaded.summary.test_size == len(load("digits").images)
    assert list(trained.parent.iterdir()) == [trained]


def test_a_training_ends_with_what_its_nats_are_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for likelihood in ("bernoulli", "gaussian"):
        out = tmp_path / likelihood
        assert main(["train", *QUICK, "--likelihood", likelihood, "--out", str(out)]) == 0
        shown = capsys.readouterr().out
        assert f"{read(out).summary.neg_elbo:.2f} nats per test image" in shown
        assert ("perfect decoder still pays 13.69" in shown) == (likelihood == "bernoulli")
        for arguments in (
            ["info", str(out)],
            ["export", str(out), "--html", str(page := tmp_path / f"{likelihood}.html")],
        ):
            assert main(arguments) == 0
        assert ("perfect decoder still pays 13.69" in capsys.readouterr().out) == (likelihood == "bernoulli")
        assert ("a perfect decoder still pays 13.69" in page.read_text("utf-8")) == (likelihood == "bernoulli")
    assert main(["runs"]) == 0
    assert "no log-likelihood, of which a perfect decoder still pays 13.69 on Digits" in capsys.readouterr().out


def test_training_is_repeated_by_its_seed(trained: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    for path, seed in ((again, "7"), (other, "8")):
        main(["train", *QUICK, "--latent-dim", "3", "--beta", "2", "--seed", seed, "--out", str(path)])
    weights = [torch.nn.utils.parameters_to_vector(vae.load(path).parameters()) for path in (trained, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize("beta", [None, 0.5, 4.0])
def test_evaluate_gives_the_bound_on_the_whole_test_split(
    beta: float | None, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [] if beta is None else ["--beta", str(beta)]
    evaluation = output(capsys, "evaluate", trained, "--data", "digits", *arguments, "--json")
    expected = evaluate(vae.load(trained), load("digits"), 1 if beta is None else beta)
    assert evaluation["n"] == len(load("digits").images)
    assert evaluation["beta"] == (beta or 1)
    assert (evaluation["recon"], evaluation["kl"]) == pytest.approx((expected.recon, expected.kl))
    assert evaluation["loss"] == pytest.approx(evaluation["recon"] + evaluation["beta"] * evaluation["kl"])


def test_evaluate_refines_as_asked_and_as_the_model_was_made(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = read(trained)
    refining = tmp_path / "refining.safetensors"
    write(refining, checkpoint._replace(config=replace(checkpoint.config, refinement=2)))
    plain, asked, made = (
        output(capsys, "evaluate", *arguments, "--beta", "2", "--json")
        for arguments in ([trained], [trained, "--refinement", "2"], [refining])
    )
    assert asked["loss"] < plain["loss"]
    assert made | {"checkpoint": None} == asked | {"checkpoint": None}
    assert output(capsys, "evaluate", refining, "--refinement", "0", "--beta", "2", "--json")["loss"] == plain["loss"]
    assert (plain["refinement"], asked["refinement"], made["refinement"]) == (0, 2, 2)


def test_evaluate_falls_back_to_the_data_the_model_was_trained_on(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert output(capsys, "evaluate", trained, "--json") == output(
        capsys, "evaluate", trained, "--data", "digits", "--json"
    )


def test_a_fresh_evaluation_is_the_one_in_the_file(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation, summary = output(capsys, "evaluate", trained, "--json"), read(trained).summary
    assert (evaluation["recon"], evaluation["kl"], evaluation["loss"]) == pytest.approx(
        (summary.recon, summary.kl, summary.neg_elbo)
    )


def test_info_tells_what_the_file_holds(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    info, loaded = output(capsys, "info", trained, "--json"), read(trained)
    assert info["config"]["latent_dim"] == 3
    assert info["config"]["network"] == {"kind": "mlp", "hidden": [16], "beta_range": None, "classes": 0}
    assert info["summary"]["train"]["beta"] == 2
    assert info["summary"]["neg_elbo"] == loaded.summary.neg_elbo
    assert info["points"] == loaded.summary.test_size
    assert info["classes"] == list(loaded.points.classes)
    assert info["parameters"] == sum(array.size for array in loaded.weights.values())


def test_people_read_the_numbers_with_their_unit(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(trained)]) == 0
    shown = capsys.readouterr().out
    evaluation = output(capsys, "evaluate", trained, "--json")
    assert "nats per image" in shown
    for name in ("recon", "kl", "loss"):
        assert f"{evaluation[name]:.2f}" in shown
        assert f"± {evaluation[f'{name}_standard_error']:.3f} over images" in shown
    assert f"± {evaluation['draws_standard_error']:.3f} over draws of z" in shown
    assert main(["info", str(trained)]) == 0
    assert f"{read(trained).config.parameters:,}" in capsys.readouterr().out


def test_nats_say_what_they_are_of_and_how_far_they_can_be_off(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    normal = tmp_path / "normal.safetensors"
    loaded = read(trained)
    write(normal, loaded._replace(config=replace(loaded.config, likelihood=Gaussian())))
    for path, grey in ((trained, True), (normal, False)):
        arguments = ["evaluate", str(path), "--iwae", "3"]
        evaluation = output(capsys, *arguments, "--json")
        assert main(arguments) == 0
        shown = capsys.readouterr().out
        assert "log p(x)" not in shown
        assert ("cross entropy of grey pixels, no log-likelihood: a perfect decoder still pays 13.69" in shown) == grey
        assert (evaluation["floor"] is not None) == grey
        assert f"{evaluation['iwae']:.2f} (± {evaluation['iwae_image_standard_error']:.3f} over images, ± " in shown
        assert evaluation["iwae_image_standard_error"] > evaluation["iwae_standard_error"] > 0


@pytest.mark.parametrize("command", ["evaluate", "info"])
def test_a_shipped_checkpoint_goes_by_its_bare_name(
    command: str, trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_path = output(capsys, command, trained, "--json")
    monkeypatch.setattr("vae.checkpoints.checkpoint.SHIPPED_FOLDER", trained.parent)
    by_name = output(capsys, command, "model", "--json")
    assert by_name | {"checkpoint": ""} == by_path | {"checkpoint": ""}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, digits: ImageSet) -> dict[str, Any]:
    """The model and settings that training was begun with, which then stops."""
    seen: dict[str, Any] = {}

    def begin(model: Any, data: ImageSet, training: TrainConfig, **options: Any) -> Any:
        seen.update(model=model.config, train=training)
        raise KeyboardInterrupt

    monkeypatch.setattr("vae.training.loop.train", begin)
    monkeypatch.setattr("vae.runs.worker.load", lambda name, split: digits)
    return seen


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], ("mnist",)),
        (["--data", "digits"], ("digits",)),
        (["--data", "digits", "--latent-dim", "20"], ("digits", "mlp", 20)),
        (["--latent-dim", "20"], ("mnist", "mlp", 20)),
        (["--data", "digits", "--network", "conv", "--beta-range", "2", "9"], ("digits", "conv", 2, (2.0, 9.0))),
    ],
    ids=str,
)
def test_what_is_not_said_is_as_the_train_page_has_it(
    arguments: list[str], wanted: tuple[Any, ...], asked: dict[str, Any], tmp_path: Path
) -> None:
    main(["train", *arguments, "--out", str(tmp_path / "model")])
    request = suggested(*wanted)
    assert (asked["model"], asked["train"]) == (request.model, request.train)


def test_what_is_said_leaves_the_rest_as_suggested(asked: dict[str, Any], tmp_path: Path) -> None:
    main(["train", "--data", "digits", "--epochs", "3", "--refinement", "2", "--out", str(tmp_path / "model")])
    request = suggested("digits")
    assert asked["train"] == replace(request.train, epochs=3)
    assert asked["model"] == request.model.refined(2)


def test_the_help_tells_what_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = re.sub(r"\s+", " ", capsys.readouterr().out)
    mnist, digits = suggested("mnist").train, suggested("digits").train
    assert f"training split (default: {mnist.epochs}, and {digits.epochs} for digits" in shown
    assert f"images a step (default: {mnist.batch_size}, and {digits.batch_size} for digits" in shown
    assert f"moving average (default: {mnist.ema:g})" in shown


OPTIONS: list[tuple[list[str], str, Any]] = [
    *(
        ([f"--{item.name.replace('_', '-')}", "1"], item.name, 1)
        for item in fields(TrainConfig)
        if item.name not in ("schedule", "ema", "validation_fraction", "objective", "label_dropout")
    ),
    (["--ema", "0.5"], "ema", 0.5),
    (["--data", "digits", "--conditional", "--label-dropout", "0.5"], "label_dropout", 0.5),
    (["--data", "digits", "--conditional"], "network", MLP((256, 128), classes=10)),
    (["--data", "digits", "--preset", "conditional", "--no-conditional"], "network", MLP((256, 128))),
    (["--validation-fraction", "0.5"], "validation_fraction", 0.5),
    (["--schedule", "cyclical"], "schedule", Cyclical()),
    (["--latent-dim", "20"], "latent_dim", 20),
    (["--latent-dim", "20"], "network", MLP.suited_to(20)),
    (["--latent-dim", "20"], "schedule", Constant()),
    (["--latent-dim", "20", "--schedule", "warmup"], "schedule", Warmup()),
    (["--hidden", "9", "5"], "network", MLP((9, 5))),
    (["--data", "digits", "--beta-range", "2", "9", "--hidden", "9", "5"], "network", MLP((9, 5), (2, 9))),
    (["--data", "digits", "--epochs", "7"], "batch_size", 32),
    (["--network", "conv"], "network", Conv()),
    (["--network", "conv", "--channels", "4", "6", "--hidden", "9"], "network", Conv((4, 6), 9)),
    (["--network", "hybrid", "--hidden", "9", "5"], "network", Hybrid(hidden=(9, 5))),
    (["--refinement", "3"], "refinement", 3),
    (["--likelihood", "gaussian"], "likelihood", Gaussian()),
    (["--likelihood", "gaussian", "--sigma", "0.3"], "likelihood", Gaussian(0.3)),
    (["--prior", "normal"], "prior", StandardNormal()),
    (["--objective", "elbo"], "objective", ELBO()),
    (["--data", "digits"], "image_shape", (1, 8, 8)),
]


@pytest.mark.parametrize(("arguments", "field", "value"), OPTIONS, ids=lambda value: f"{value}")
def test_every_setting_has_its_option(
    arguments: list[str], field: str, value: Any, asked: dict[str, Any], tmp_path: Path
) -> None:
    main(["train", *arguments, "--out", str(tmp_path / "model")])
    settings = asked["train"] if field in TrainConfig.__dataclass_fields__ else asked["model"]
    assert getattr(settings, field) == value


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file of text, a foreign checkpoint, and one for images of another size."""
    (tmp_path / "text").write_text("hello")
    write(tmp_path / "wide.safetensors", checkpoint(config(shape=(1, 28, 28))))
    return tmp_path


TRAIN = ["train", "--data", "digits", "--epochs", "1"]
MISTAKES: dict[str, tuple[list[str], str]] = {
    "no such file": (["info", "{}/nothing"], "{}/nothing: no such file"),
    "a folder": (["evaluate", "{}"], "{}: is a folder"),
    "not a checkpoint": (["info", "{}/text"], "{}/text: not a whole .safetensors file"),
    "not a checkpoint to evaluate": (["evaluate", "{}/text", "--json"], "{}/text: not a whole .safetensors file"),
    "images of another size": (["evaluate", "{}/wide.safetensors"], "--data digits: its images have shape (1, 8, 8)"),
    "a width of pixels that have none": (
        [*TRAIN, "--sigma", "0.2", "--out", "{}/new"],
        "--sigma: bernoulli has no such setting, gaussian has.",
    ),
    "a width out of range": (
        [*TRAIN, "--likelihood", "gaussian", "--sigma", "-1", "--out", "{}/new"],
        "likelihood.std: a number from 0.001 to 10, not -1",
    ),
    "no such data": ([*TRAIN, "--data", "cifar10", "--out", "{}/new"], "data: there is no data set 'cifar10'. Known"),
    "no such data to evaluate": (
        ["evaluate", "{}/wide.safetensors", "--data", "cifar10"],
        "data: there is no data set 'cifar10'. Known",
    ),
    "no such data to report": (
        ["report", "{}/wide.safetensors", "--data", "../cells"],
        "data: there is no data set '../cells'. Known",
    ),
    "steps below none": (
        ["evaluate", "{}/wide.safetensors", "--refinement", "-1"],
        "refinement: a whole number from 0",
    ),
    "no samples": (["evaluate", "{}/wide.safetensors", "--samples", "0"], "--samples: a whole number from 1"),
    "negative beta": (["evaluate", "{}/wide.safetensors", "--beta", "-1"], "--beta: "),
    "beta that is no number": (["evaluate", "{}/wide.safetensors", "--beta", "nan"], "--beta: "),
    "endless beta": (["evaluate", "{}/wide.safetensors", "--beta", "inf"], "--beta: "),
    "no epochs": ([*TRAIN, "--epochs", "0", "--out", "{}/new"], "epochs: a whole number from 1"),
    "training at negative beta": ([*TRAIN, "--beta", "-1", "--out", "{}/new"], "beta: a number from 0"),
    "training at no beta": ([*TRAIN, "--beta", "nan", "--out", "{}/new"], "beta: a number from 0"),
    "no latents": ([*TRAIN, "--latent-dim", "0", "--out", "{}/new"], "latent_dim: a whole number from 1"),
    "no width": ([*TRAIN, "--hidden", "0", "--out", "{}/new"], "network.hidden: "),
    "widths of a conv": ([*TRAIN, "--network", "conv", "--hidden", "9", "5", "--out", "{}/new"], "--hidden: "),
    "channels of an mlp": ([*TRAIN, "--channels", "9", "5", "--out", "{}/new"], "--channels: "),
    "more moved than there are": ([*TRAIN, "--augment", "1.5", "--out", "{}/new"], "augment: a number from 0 to 1"),
    "too large": ([*TRAIN, "--hidden", *["16384"] * 8, "--out", "{}/new"], "network: "),
    "below a file": ([*TRAIN, "--out", "{}/text/new"], "{}/text/new: could not be written"),
    "onto a folder": ([*TRAIN, "--out", "{}"], "{}: could not be written"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_on_standard_error(
    mistake: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*arguments: object, **options: object) -> None:
        raise AssertionError("nothing is trained before all is known to be right")

    monkeypatch.setattr("vae.training.loop.train", begin)
    before = sorted(place.iterdir())
    arguments, message = MISTAKES[mistake]
    assert main([argument.format(place) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("vae: " + message.format(place))
    assert err.count("\n") == 1
    assert sorted(place.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "many"],
        ["fly"],
        ["train"],
        ["train", "--out", "x", "--epochs", "many"],
        ["evaluate"],
        ["info"],
    ],
    ids=" ".join,
)
def test_arguments_that_make_no_sense_get_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m vae" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_nothing_is_downloaded_of_which_images_have_another_shape(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*arguments: object, **options: object) -> None:
        raise AssertionError("it was fetched in vain")

    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", fetch)
    write(tmp_path / "small.safetensors", checkpoint())
    assert main([command, str(tmp_path / "small.safetensors"), "--data", "mnist"]) == 2
    assert capsys.readouterr().err.startswith("vae: --data mnist: its images have shape (1, 28, 28), but")


def test_a_data_set_of_ones_own_is_trained_on_and_reported_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    arrays = own_set(tmp_path / "data")
    model, page = tmp_path / "cells.safetensors", tmp_path / "page.html"
    assert main(["train", *QUICK, "--data", "cells", "--out", str(model)]) == 0
    loaded = read(model)
    assert loaded.config.image_shape == (3, 8, 8)
    assert (loaded.summary.data, loaded.summary.train_size, loaded.summary.test_size) == ("cells", 38, 12)
    assert loaded.points.classes == ("round", "long")
    assert loaded.points.labels.tolist() == arrays["test_labels"].tolist()
    capsys.readouterr()
    assert main(["evaluate", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 12
    assert main(["report", str(model), "--html", str(page)]) == 0
    assert "12 test images of cells" in page.read_text()
    (run,) = store.list_runs()
    assert run.title == "cells, 2-D, β 1, 2 epochs"

    (tmp_path / "data" / "cells.npz").unlink()
    capsys.readouterr()
    assert main(["report", str(model)]) == 2
    error = capsys.readouterr().err
    for said in ("no data set 'cells'", f"cells.npz in {tmp_path / 'data'}", "VAE_DATA_DIR", "test_images"):
        assert said in error
    assert store.list_runs() == [run], "its run is what it was"


def test_data_that_can_not_be_had_is_told_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise OSError("no network")

    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", fail)
    assert main(["train", "--data", "mnist", "--out", str(tmp_path / "model")]) == 2
    assert capsys.readouterr().err.startswith("vae: mnist: could not be downloaded")


def interrupt_at(epoch: int, train: Callable[..., Any]) -> Callable[..., Any]:
    """Training in which somebody presses Ctrl-C soon after this epoch."""

    def interrupted(*arguments: Any, on_step: Callable[[int, int], None], **options: Any) -> Any:
        def press(done: int, steps: int) -> None:
            on_step(done, steps)
            if done > epoch * steps // 2:
                raise KeyboardInterrupt

        return train(*arguments, on_step=press, **options)

    return interrupted


@pytest.mark.parametrize("epoch", [0, 1])
def test_an_interrupted_training_keeps_its_last_whole_epoch(
    epoch: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    monkeypatch.setattr("vae.training.loop.train", interrupt_at(epoch, vae.train))
    assert main(["train", *QUICK, "--out", str(path)]) == (130 if epoch == 0 else 0)
    assert "interrupted" in capsys.readouterr().err
    assert path.exists() == (epoch > 0)
    if epoch > 0:
        summary = read(path).summary
        assert summary.epochs == epoch
        assert summary.stopped


@pytest.mark.parametrize("epoch", [0, 1])
def test_training_that_breaks_keeps_its_last_whole_epoch_and_fails(
    epoch: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0

    def spoiled(*arguments: Any, **options: Any) -> Pass:
        nonlocal steps
        steps += 1
        result = joint(*arguments, **options)
        terms = result.terms | {"recon": result.terms["recon"] * math.nan}
        return result if steps <= 3 * epoch else result._replace(terms=terms)

    path = tmp_path / "model"
    monkeypatch.setattr("vae.training.loop.joint", spoiled)
    assert main(["train", *QUICK, "--out", str(path)]) == 2
    advice, last = capsys.readouterr().err.splitlines()[-2:]
    assert advice.startswith(f"warning, since epoch {epoch + 1}: The loss is no longer a number.")
    assert ("the model of epoch 1, the best before" if epoch else "there is no model to keep") in advice
    assert last.startswith(f"vae: the loss is no longer finite in epoch {epoch + 1} ")
    assert last.endswith(f"The model of epoch 1 was saved to {path}.") == (epoch > 0)
    assert path.exists() == (epoch > 0)
    if epoch > 0:
        assert read(path).summary.epochs == epoch
        assert read(path).summary.stopped


def test_advice_is_given_once_when_it_is_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"

    def drawing_no_image(*arguments: Any, **options: Any) -> Pass:
        result = joint(*arguments, **options)
        return result._replace(terms=result.terms | {"recon": 0.001 * result.terms["recon"]})

    # No beta is too large for that.
    monkeypatch.setattr("vae.training.loop.joint", drawing_no_image)
    arguments = [*QUICK, "--epochs", "8", "--beta", "50", "--schedule", "constant", "--learning-rate", "0.05"]
    assert main(["train", *arguments, "--out", str(path)]) == 0
    out, err = capsys.readouterr()
    lines = err.splitlines()
    (advice,) = [place for place, line in enumerate(lines) if line.startswith("warning, since epoch ")]
    assert "The latent is empty. " in lines[advice]
    assert "nats of KL per image" in lines[advice]
    assert "Try a smaller β than 50" in lines[advice]
    assert lines[advice].endswith(" Options: --schedule, --hidden, --learning-rate.")
    assert lines[advice - 1].startswith("epoch ")
    assert lines[advice + 1].startswith("epoch "), "it comes while there is time to stop"
    assert "warning" not in out


def test_a_training_that_goes_well_is_left_in_peace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *QUICK, "--epochs", "6", "--out", str(tmp_path / "model")]) == 0
    err = capsys.readouterr().err
    assert "epoch 6/6: " in err
    assert "since epoch" not in err


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vae", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(vae.__file__).parent.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


@pytest.mark.process
def test_the_module_is_the_command(trained: Path) -> None:
    done = run("evaluate", trained, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout).keys() >= {"n", "beta", "recon", "kl", "loss"}
    assert done.stderr == ""


@pytest.mark.process
def test_the_command_fails_without_a_traceback(tmp_path: Path) -> None:
    done = run("info", tmp_path / "nothing")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"vae: {tmp_path / 'nothing'}: no such file")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--method", "tsne", "--perplexity", "9", "--points", "50"], TSNE(perplexity=9)),
        (["--method", "axes", "--axes", "3", "1"], Axes(2, 0)),
        (["--method", "pca"], PCA()),
    ],
)
def test_projecting_writes_a_plane_and_prints_what_it_keeps(
    options: list[str], settings: Settings, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plane.npz"
    printed = output(capsys, "project", trained, "--out", file, *options, "--json")
    model = read(trained)
    wanted = lay_out(model, settings, 2.0, most=50)
    with np.load(file, allow_pickle=False) as arrays:
        np.testing.assert_allclose(arrays["plane"], wanted.projection.plane, rtol=1e-3, atol=1e-3)
        np.testing.assert_array_equal(arrays["index"], wanted.index)
        assert json.loads(str(arrays["about"]))["measured"] == printed["measured"]
    assert printed["settings"]["kind"] == settings.kind
    assert printed["points"] == len(wanted.index)
    assert 0 < printed["measured"]["quality"]["trustworthiness"] <= 1


def test_a_plane_is_kept_in_the_checkpoint_which_then_opens_on_it(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(trained.read_bytes())
    before = load_file(model)
    for seed in ("1", "2"):  # the second one takes the place of the first
        options = ["--method", "tsne", "--perplexity", "5", "--seed", seed]
        printed = output(capsys, "project", model, *options, "--into-checkpoint", "--json")
    after = load_file(model)
    assert set(after) - set(before) == {"planes.0.places", "planes.0.index"}
    assert all(np.array_equal(after[name], array) for name, array in before.items())
    (layout,) = saved_layouts(read(model))
    wanted = lay_out(read(model), TSNE(5.0, 2), 2.0)
    assert layout.settings == wanted.settings
    np.testing.assert_allclose(layout.projection.plane, wanted.projection.plane, rtol=1e-3, atol=1e-3)
    (said,) = output(capsys, "info", model, "--json")["planes"]
    assert said == {name: value for name, value in printed.items() if name != "checkpoint"}


@pytest.mark.parametrize("method", ["pca", "axes"])
def test_what_is_made_at_once_is_not_kept(
    method: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(trained.read_bytes())
    assert main(["project", str(model), "--method", method, "--into-checkpoint"]) == 2
    assert "--into-checkpoint: keeps what UMAP or t-SNE makes" in capsys.readouterr().err
    assert model.read_bytes() == trained.read_bytes()


def test_a_projection_says_how_far_it_is(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["project", str(trained), "--method", "tsne", "--out", str(tmp_path / "plane.npz"), "--progress"]) == 0
    steps = [[int(number) for number in line.split()] for line in capsys.readouterr().out.splitlines()]
    assert len(steps) > 10
    assert steps[-1][0] == steps[-1][1] == 1000
    assert all(before[0] < after[0] for before, after in pairwise(steps))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--method", "pca", "--perplexity", "9"], "--perplexity: pca has no such setting"),
        (["--method", "axes", "--axes", "1", "4"], "two different ones of z₁ to z₃, not z₁ and z₄"),
        (["--method", "tsne", "--perplexity", "0"], "perplexity: a number from 2"),
        (["--method", "umap", "--neighbours", "1"], "neighbours: a whole number from 2"),
        (["--points", "0"], "--points: at least 1"),
        (["--method", "pca", "--beta", "nan"], "--beta: a number from 0 on, not nan"),
        (["--method", "pca", "--beta", "-1"], "--beta: a number from 0 on"),
        (["--method", "pca", "--beta", "1"], "was trained at 2 and knows no other"),
    ],
)
def test_a_projection_that_makes_no_sense_is_told(
    options: list[str], reason: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["project", str(trained), "--out", str(tmp_path / "plane.npz"), *options]) == 2
    assert reason in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", [[], ["--method", "pca"], ["--method", "axes"]])
def test_a_line_is_not_projected(method: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = tmp_path / "line.safetensors"
    write(line, checkpoint(config(latent_dim=1), points=20))
    assert main(["project", str(line), "--out", str(tmp_path / "plane.npz"), *method]) == 2
    said = capsys.readouterr().err
    assert "one latent dimension" in said
    assert "Project another model." in said
    assert list(tmp_path.iterdir()) == [line]


def test_what_is_printed_of_a_plane_has_its_own_names(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for method, title in (("pca", "Dropped by the plane"), ("tsne", "Error of latents from the plane")):
        assert main(["project", str(trained), "--method", method, "--out", str(tmp_path / f"{method}.npz")]) == 0
        printed = capsys.readouterr().out
        assert title in printed
        assert printed.count("Dropped") + printed.count("latents from the plane") == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--axes", "3", "1"], "--axes: is of a method, so give --method, too"),
        (["--min-dist", "0.5"], "--min-dist: is of a method, so give --method, too"),
        (["--method", "pca", "--axes", "3", "1"], "--axes: pca has no such setting"),
    ],
)
def test_a_page_is_not_exported_with_another_plane_than_was_asked_for(
    options: list[str], reason: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(trained), "--html", str(tmp_path / "page.html"), *options]) == 2
    assert reason in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# Of nothing that there is: whether the file may be written is asked first.
WRITING = {
    "train": ["--data", "nothing", "--out"],
    "film": ["nothing", "--out"],
    "report": ["nothing", "--html"],
    "export": ["nothing", "--html"],
    "project": ["nothing", "--out"],
}


@pytest.mark.parametrize("command", WRITING)
def test_a_file_that_is_there_is_not_replaced(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file.gif"
    path.write_text("mine")
    before = store.list_runs()
    assert main([command, *WRITING[command], str(path)]) == 2
    assert capsys.readouterr().err == f"vae: {path}: exists already. Give another name, or --force to replace it.\n"
    assert main([command, *WRITING[command], str(path), "--force"]) == 2
    assert "nothing" in capsys.readouterr().err, "it went on, to what is really wrong"
    assert path.read_text() == "mine"
    assert store.list_runs() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_by_force(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_text("mine")
    assert main(["train", *QUICK, "--out", str(path), "--force"]) == 0
    assert read(path).summary.data == "digits"
    assert main(["project", str(trained), "--method", "pca", "--out", str(path), "--force"]) == 0
    with np.load(path, allow_pickle=False) as arrays:
        assert len(arrays["plane"]) == len(read(trained).points.labels)
    assert main(["export", str(trained), "--html", str(path), "--force"]) == 0
    assert path.read_text("utf-8").startswith("<!doctype html>")


@pytest.fixture
def own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No run of another test."""
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


def the_run() -> store.Run:
    (run,) = store.list_runs()
    return run


@pytest.mark.usefixtures("own_runs")
def test_a_training_is_a_run_that_everybody_sees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "runs", "--json") == []
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == "No runs.\n"
    path = tmp_path / "model.safetensors"
    assert main(["train", *QUICK, "--out", str(path)]) == 0
    run, summary = the_run(), read(path).summary
    assert run.status().state == "finished"
    assert run.summary == summary
    assert run.request is not None
    assert run.request.out == path
    capsys.readouterr()
    (listed,) = output(capsys, "runs", "--json")
    assert listed["id"] == run.id
    assert listed["title"] == run.title
    assert (listed["state"], listed["epoch"], listed["epochs"]) == ("finished", 2, 2)
    assert (listed["neg_elbo"], listed["split"], listed["seconds_left"]) == (summary.neg_elbo, "test", None)
    assert main(["runs"]) == 0
    line = capsys.readouterr().out
    for part in (run.id, run.title, "finished", "2/2", f"{summary.neg_elbo:.2f} nats (test)"):
        assert part in line
    assert main(["stop", run.id]) == 2
    assert "has finished already" in capsys.readouterr().err


@pytest.mark.usefixtures("own_runs")
@pytest.mark.parametrize("epoch", [0, 1])
def test_an_interrupted_training_is_resumed_to_what_it_would_have_been(
    epoch: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, path = tmp_path / "whole", tmp_path / "model"
    assert main(["train", *QUICK, "--out", str(whole)]) == 0
    the_run().delete()
    with monkeypatch.context() as patch:
        patch.setattr("vae.training.loop.train", interrupt_at(epoch, vae.train))
        main(["train", *QUICK, "--out", str(path)])
    run = the_run()
    assert run.status().state == "stopped"
    capsys.readouterr()
    (listed,) = output(capsys, "runs", "--json")
    assert listed["resumable"]
    assert listed["epoch"] == epoch
    assert main(["train", "--resume", str(run.folder if epoch else run.id)]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: ")
    resumed, expected = read(path), read(whole)
    assert resumed.summary.epochs == 2
    assert all(np.array_equal(resumed.weights[name], weights) for name, weights in expected.weights.items())
    assert main(["train", "--resume", run.id]) == 2
    assert "has finished and can't be resumed" in capsys.readouterr().err


@pytest.mark.usefixtures("own_runs")
def test_one_that_is_resumed_replaces_its_own_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    with monkeypatch.context() as patch:
        patch.setattr("vae.training.loop.train", interrupt_at(1, vae.train))
        assert main(["train", *QUICK, "--out", str(path)]) == 0
    run, written = the_run(), path.read_bytes()
    for other in (b"another", b"longer than any model of ours" * 10_000):
        path.write_bytes(other)
        capsys.readouterr()
        assert main(["train", "--resume", run.id]) == 2
        assert f"{path}: exists, and is not what this run wrote there." in capsys.readouterr().err
        assert path.read_bytes() == other
        assert run.status().resumable
    with pytest.raises(RunError, match="exists, and is not"):
        run.resume()
    path.write_bytes(written)
    with monkeypatch.context() as patch:
        patch.setattr("vae.training.loop.train", interrupt_at(1, vae.train))
        assert main(["train", "--resume", run.id]) == 0
    path.write_bytes(b"another")
    assert main(["train", "--resume", run.id, "--force"]) == 0
    assert read(path).summary.epochs == 2


@pytest.mark.usefixtures("own_runs")
def test_two_trainings_that_go_on_do_not_write_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    with monkeypatch.context() as patch:
        patch.setattr("vae.training.loop.train", interrupt_at(0, vae.train))
        main(["train", *QUICK, "--out", str(path)])
    stopped = the_run()
    request = stopped.request
    assert request is not None
    going = store.create(request)
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    for same in (path, tmp_path / "link" / "model"):
        capsys.readouterr()
        assert main(["train", *QUICK, "--out", str(same), "--force"]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"vae: {same.absolute()}: a training that is going on is to write it, too.")
        assert f"python -m vae stop {going.id}" in said
    assert main(["train", "--resume", stopped.id]) == 2
    assert "a training that is going on is to write it, too" in capsys.readouterr().err
    assert {run.id for run in store.list_runs()} == {stopped.id, going.id}
    assert stopped.status().resumable
    assert store.create(replace(request, out=None)).status().active, "the app's write none, and are in nobody's way"
    assert store.create(replace(request, out=tmp_path / "another")).status().active
    for run in store.list_runs():
        shutil.rmtree(run.folder)
    assert main(["train", *QUICK, "--out", str(path)]) == 0


@pytest.mark.usefixtures("own_runs")
@pytest.mark.parametrize("when", ["from the start", "once it is resumed"])
def test_a_training_is_written_for_tensorboard(
    when: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["--tensorboard"] if when == "from the start" else []
    with monkeypatch.context() as patch:
        patch.setattr("vae.training.loop.train", interrupt_at(1, vae.train))
        main(["train", *QUICK, "--out", str(tmp_path / "model"), *asked])
    run = the_run()
    folder, stderr = run.folder / FOLDER, capsys.readouterr().err
    assert folder.exists() == ("TensorBoard" in stderr) == bool(asked)
    later = [] if asked else ["--tensorboard"]
    assert main(["train", "--resume", run.id, *later]) == 0
    first = capsys.readouterr().err.splitlines()[0]
    assert str(folder) in first
    assert first.endswith(f"tensorboard --logdir {run.folder.parent}")
    scalars = EventAccumulator(str(folder)).Reload().Scalars("loss/train")
    assert [event.step for event in scalars] == [1, 2]
    assert [event.value for event in scalars] == pytest.approx([epoch.train.neg_elbo for epoch in run.progress()])


@pytest.mark.usefixtures("own_runs")
def test_what_can_not_be_done_with_runs_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["train", "--resume", "20250101-000000-000000"]) == 2
    assert "there is no run" in capsys.readouterr().err
    assert main(["train", "--resume", "20250101-000000-000000", "--epochs", "9"]) == 2
    assert capsys.readouterr().err.startswith("vae: --epochs: a training that is resumed stays")
    monkeypatch.setenv("VAE_MAX_RUNS", "none")
    assert main(["train", *QUICK, "--out", str(tmp_path / "model")]) == 2
    assert "VAE_MAX_RUNS" in capsys.readouterr().err
    assert store.list_runs() == []
    assert main(["stop", "nothing"]) == 2
    assert "there is no run" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "--resume", "x", "--out", "y"])
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.process
@pytest.mark.usefixtures("own_runs")
@pytest.mark.parametrize("how", ["stop", "Ctrl-C"])
def test_a_training_in_a_terminal_is_stopped_from_here_and_from_elsewhere(how: str, tmp_path: Path) -> None:
    path = tmp_path / "model"
    command = ["train", "--data", "digits", "--epochs", "100000", "--hidden", "16", "--out", str(path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "vae", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(vae.__file__).parent.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        until = time.monotonic() + 90
        while not (store.list_runs() and the_run().progress()):
            assert process.poll() is None
            assert time.monotonic() < until, "waited too long"
            time.sleep(0.05)
        assert the_run().status().active
        if how == "stop":
            assert main(["stop", str(the_run().folder)]) == 0
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert f"was saved to {path}, the best so far." in err
    assert err.splitlines()[-1].startswith("stopped; " if how == "stop" else "interrupted; ")
    assert out.startswith(f"{path}: ")
    best = min(the_run().progress(), key=lambda progress: (progress.validation or progress.train).neg_elbo)
    assert read(path).summary.epochs == best.epoch
    assert the_run().status().resumable
