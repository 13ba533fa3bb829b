"""Data sets of pixels that are 0 or 1."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import vae
from tests.tiny import config as tiny_config
from tests.tiny import image_set
from vae.checkpoints.checkpoint import read
from vae.cli.parser import main
from vae.data.binarized import binarized_name, split_name
from vae.data.idx import Idx
from vae.data.images import ImageSet
from vae.data.sources import DATASETS, load, source_named, source_of, title_of
from vae.evaluation.terms import floor
from vae.models.condition import Condition
from vae.models.config import TrainConfig
from vae.models.distributions import DiagonalNormal
from vae.models.vae import PLAIN_CONDITION, VAE
from vae.training.loop import train
from vae.training.state import TrainingState


def test_a_name_says_how_it_is_binarised() -> None:
    assert split_name("mnist+dynamic") == ("mnist", "dynamic")
    assert split_name("mnist") == ("mnist", None)
    assert split_name("mnist+other") == ("mnist+other", None)
    assert binarized_name("mnist", "static") == "mnist+static"
    assert binarized_name("mnist+dynamic", "static") == "mnist+static"
    assert title_of("mnist+dynamic") == "MNIST, dynamically binarised"
    assert title_of("cells+dynamic") == "cells, dynamically binarised"
    assert source_named("mnist+dynamic").binary
    assert not source_named("mnist").binary


def test_test_images_are_drawn_once_and_training_images_are_left_to_training() -> None:
    grey, first, second = load("digits"), load("digits+dynamic"), load("digits+dynamic")
    assert set(first.images.unique().tolist()) == {0, 255}
    assert torch.equal(first.images, second.images)
    assert first.digest == second.digest != grey.digest
    train_grey, drawn = load("digits", "train"), load("digits+dynamic", "train")
    assert torch.equal(drawn.images, train_grey.images)
    assert drawn.drawn
    assert drawn.digest != train_grey.digest
    assert set(drawn.as_seen().images.unique().tolist()) == {0, 255}
    assert train_grey.as_seen() is train_grey


def test_pixels_are_one_as_often_as_they_are_bright() -> None:
    levels = torch.linspace(0, 255, 16).round().byte()
    grey = ImageSet(levels.repeat(40_000, 1).reshape(40_000, 1, 4, 4), torch.zeros(40_000).long(), ())
    share = (grey.binarized(1).images == 255).double().mean(0).flatten()
    wanted = levels.double() / 255
    error = (wanted * (1 - wanted) / 40_000).sqrt()
    assert ((share - wanted).abs() <= 4 * error).all(), "and never where a pixel is black, always where it is white"
    assert not torch.equal(grey.binarized(1).images, grey.binarized(2).images)


class Watched(VAE):
    """Keeps what it is trained on."""

    seen: list[torch.Tensor]

    def amortized(self, x: torch.Tensor, condition: Condition = PLAIN_CONDITION) -> DiagonalNormal:
        if self.training:
            self.seen.append(x.clone())
        return super().amortized(x, condition)


@pytest.mark.parametrize("augment", [0.0, 0.5])
def test_training_draws_each_image_anew(augment: float) -> None:
    data = image_set(64)._replace(drawn=True)
    model = Watched(tiny_config())
    Watched.seen = []
    for _ in train(
        model, data, TrainConfig(epochs=4, batch_size=64, augment=augment, joint=0.5, validation_fraction=0)
    ):
        pass
    assert all(set(x.unique().tolist()) <= {0.0, 1.0} for x in Watched.seen)
    sums = {float(x.sum()) for x in Watched.seen}
    assert len(sums) > 2, "no two epochs have the same draw"


def test_a_training_on_draws_resumes_exactly(tmp_path: Path) -> None:
    data, config = image_set(64)._replace(drawn=True), TrainConfig(epochs=3, batch_size=16)
    whole, broken = VAE(tiny_config()), VAE(tiny_config())
    list(train(whole, data, config))
    state = TrainingState()
    next(iter(train(broken, data, config, state=state)))
    state.write(tmp_path / "state")
    list(train(broken, data, config, state=TrainingState.read(tmp_path / "state")))
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), broken.parameters(), strict=True))
    with pytest.raises(vae.VAEError, match="other images"):
        list(train(broken, data._replace(drawn=False), config, state=TrainingState.read(tmp_path / "state")))


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Grey images of 2 x 3 pixels, and files of draws from them."""
    generator = np.random.default_rng(0)
    (tmp_path / "Small").mkdir()
    (tmp_path / "binarized_small").mkdir()
    source = Idx("small", "Small", "Small", title="Small", static="binarized_small", image_shape=(1, 2, 3))
    monkeypatch.setitem(DATASETS, "small", source)
    for split, names in (("train", ("train", "valid")), ("test", ("test",))):
        grey = generator.integers(0, 256, (10, 2, 3)).astype(np.uint8)
        grey[0] = (0, 128, 255)
        pixels, labels = source.files(split)
        (tmp_path / "Small" / pixels).write_bytes(
            bytes([0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 2, 0, 0, 0, 3]) + grey.tobytes()
        )
        (tmp_path / "Small" / labels).write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 10]) + bytes(range(10)))
        drawn = generator.random(grey.shape) * 255 < grey
        drawn[grey == 255] = True
        rows = drawn.reshape(10, 6).astype(int)
        for name, part in zip(names, np.split(rows, [7]) if len(names) == 2 else [rows], strict=True):
            np.savetxt(tmp_path / "binarized_small" / f"binarized_small_{name}.amat", part, fmt="%d")
    return tmp_path


def test_published_draws_are_read_with_the_labels_of_their_grey_images(published: Path) -> None:
    data = load("small+static", "train", published)
    assert data.images.shape == (10, 1, 2, 3)
    assert set(data.images.unique().tolist()) == {0, 255}
    assert data.labels.tolist() == list(range(10))
    assert not data.drawn
    shutil.rmtree(published / "Small")
    alone = load("small+static", "train", published)
    assert torch.equal(alone.images, data.images)
    assert set(alone.labels.tolist()) == {-1}, "the files themselves know no classes"


def test_draws_of_other_images_get_no_labels(published: Path) -> None:
    path = published / "binarized_small" / "binarized_small_test.amat"
    rows = np.loadtxt(path, dtype=int)
    np.savetxt(path, 1 - rows, fmt="%d")
    assert set(load("small+static", "test", published).labels.tolist()) == {-1}


def test_what_cannot_be_read_says_where_to_get_it(published: Path) -> None:
    path = published / "binarized_small" / "binarized_small_test.amat"
    path.write_text("0 1 0 2 0 1\n")
    with pytest.raises(vae.VAEError, match=r"binarized_small_test.amat: lines of 6 zeros and ones"):
        load("small+static", "test", published)
    path.unlink()
    assert not source_of("small+static", published).is_on_disk(published)
    with pytest.raises(vae.VAEError, match=r"(?s)binarized_small_test.amat could not be read.*http://.*dynamic"):
        load("small+static", "test", published)
    with pytest.raises(vae.VAEError, match=r"there is no fixed binarisation of it\. Take the dynamic one"):
        load("digits+static")


@pytest.mark.usefixtures("runs_dir")
def test_the_command_line_trains_and_evaluates_on_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "drawn.safetensors"
    assert main(["train", "--data", "digits", "--binarize", "dynamic", "--epochs", "1", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(out), "--json"]) == 0
    own = json.loads(capsys.readouterr().out)
    assert own["data"] == "digits+dynamic"
    assert own["floor"] == 0, "draws owe nothing"
    assert main(["evaluate", str(out), "--data", "digits", "--json"]) == 0
    grey = json.loads(capsys.readouterr().out)
    assert grey["data"] == "digits"
    assert grey["floor"] > 0
    assert main(["evaluate", str(out), "--data", "digits", "--binarize", "dynamic", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recon"] == own["recon"]
    checkpoint = read(out)
    assert floor(checkpoint) == 0
    assert "dynamically binarised" in title_of(checkpoint.summary.data)
