"""Weights that are rounded to half precision: half the file, with figures that are of the rounded ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import checkpoint, config

from vae.checkpoints.checkpoint import read, write
from vae.cli.parser import main
from vae.data.sources import load
from vae.evaluation.bounds import evaluate
from vae.models.networks import MLP
from vae.models.priors import Vamp
from vae.models.vae import VAE


def test_what_half_precision_holds_lies_in_it_and_nothing_is_lost(tmp_path: Path) -> None:
    made = checkpoint(replace(config(), network=MLP((200, 200))))
    halved = made._replace(
        weights={name: array.astype(np.float16).astype(np.float32) for name, array in made.weights.items()}
    )
    for name, one in (("whole", made), ("half", halved)):
        write(tmp_path / name, one)
        for key, array in read(tmp_path / name).weights.items():
            np.testing.assert_array_equal(array, one.weights[key])
    sizes = [(tmp_path / name).stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.6 * sizes[1]


@pytest.mark.parametrize("prior", [None, Vamp(4)], ids=["normal", "VampPrior"])
def test_rounded_weights_are_near_and_a_prior_of_posteriors_follows_them(prior: Vamp | None) -> None:
    model = VAE(replace(config(), prior=prior) if prior else config(), 1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        model.get_parameter("decoder.0.bias")[0] = 1e6  # more than half precision holds
    model.halve()
    after = model.state_dict()
    assert float(after.pop("decoder.0.bias")[0]) == 65504
    for name, tensor in after.items():
        assert torch.equal(tensor, tensor.half().float()), name
        torch.testing.assert_close(tensor, before[name], rtol=1e-3, atol=2e-3)
    model.check_prior()


@pytest.mark.usefixtures("runs_dir")
def test_a_training_can_end_in_half_precision(tmp_path: Path) -> None:
    for name, options in (("whole", []), ("half", ["--half"])):
        out = str(tmp_path / f"{name}.safetensors")
        assert main(["train", "--data", "digits", "--epochs", "2", "--out", out, *options]) == 0
    whole, half = (read(tmp_path / f"{name}.safetensors") for name in ("whole", "half"))
    for name, array in half.weights.items():
        np.testing.assert_array_equal(array, whole.weights[name].astype(np.float16))
    assert evaluate(half.model(), load("digits")).recon == pytest.approx(half.summary.recon, rel=1e-6)
