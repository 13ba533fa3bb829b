"""What people train a model for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import own_set

from vae.cli.parser import build_parser
from vae.cli.train import _request
from vae.data.sources import DATASETS
from vae.errors import VAEError
from vae.models.networks import MLP
from vae.runs.presets import PRESETS


@pytest.mark.parametrize("data", DATASETS)
@pytest.mark.parametrize("kind", PRESETS)
def test_a_preset_suits_every_data_set(kind: str, data: str) -> None:
    request = PRESETS[kind].request(data)
    assert request.data == data
    assert request.model.latent_dim == PRESETS[kind].latent_dim
    assert request.model.beta_range == PRESETS[kind].beta_range
    assert PRESETS[kind].minutes(request) > 0


def test_where_a_network_cannot_take_the_images_a_dense_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    images = np.zeros((12, 9, 9), np.uint8)
    own_set(tmp_path, "odd", train_images=images, test_images=images, train_labels=None, test_labels=None)
    assert PRESETS["best"].request("digits").model.network.kind == "conv"
    assert PRESETS["best"].request("odd").model.network.kind == "mlp"
    with pytest.raises(VAEError, match="divide by 4"):
        PRESETS["best"].request("odd", "conv")


def test_time_goes_with_the_pixels_that_are_seen() -> None:
    preset = PRESETS["plane"]
    minutes = {
        name: preset.minutes(preset.request(name)) / preset.request(name).train.epochs for name in ("mnist", "digits")
    }
    assert minutes["mnist"] * 60 == pytest.approx(preset.epoch_seconds, rel=0.01)
    assert minutes["digits"] / minutes["mnist"] == pytest.approx(1437 * 0.95 * 64 / (57_000 * 784), rel=0.01)


def test_options_come_before_what_a_preset_says() -> None:
    def asked(*options: str):
        return _request(build_parser().parse_args(["train", "--data", "digits", "--out", "x.safetensors", *options]))

    best = PRESETS["best"].request("digits")
    assert asked("--preset", "best").model == best.model
    assert asked("--preset", "best").train == best.train
    other = asked("--preset", "best", "--latent-dim", "3", "--network", "mlp", "--refinement", "0", "--epochs", "2")
    assert (other.model.latent_dim, other.model.network.kind, other.model.refinement) == (3, "mlp", 0)
    assert (other.train.epochs, other.train.augment) == (2, best.train.augment)
    tutorial = PRESETS["tutorial"].widths
    assert asked("--preset", "tutorial").model.network == tutorial
    assert asked("--preset", "tutorial", "--hidden", "5").model.network == MLP((5,))
    assert asked("--preset", "tutorial", "--network", "conv").model.network.kind == "conv"
    with pytest.raises(VAEError, match="latent_dim: a whole number from 1"):
        asked("--latent-dim", "0")
