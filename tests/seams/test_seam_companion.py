"""An objective of one's own that owns a discriminator."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from apptest import Downloads
from proof import prove
from torch import nn
from torch.nn.functional import softplus

import vae.data
from vae.models.networks import MLP
from vae.models.objectives import ELBO, OBJECTIVES
from vae.training.state import TrainingState


class Discriminator(nn.Linear):
    """Tells draws from those whose dimensions were shuffled."""

    def learn(self, q, z, batch):
        shuffled = torch.stack([column[torch.randperm(len(z), generator=batch.generator)] for column in z.T], 1)
        return softplus(-self(z)).mean() + softplus(self(shuffled)).mean()


@dataclass(frozen=True)
class Factor(ELBO):
    """After FactorVAE: the total correlation, as a discriminator has it."""

    kind: ClassVar[str] = "told-apart"

    def __call__(self, q, z, p, prior, x, batch):
        return {**super().__call__(q, z, p, prior, x, batch), "tc": batch.companion(z).squeeze(1)}

    def loss(self, terms, beta):
        return super().loss(terms, beta) + terms["tc"]

    def loss_title(self, beta):
        return f"{super().loss_title(beta)} + total correlation"

    def companion(self, latent_dim):
        return Discriminator(latent_dim, 1)


def test_it_learns_beside_the_model_and_is_resumed_with_it(
    runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OBJECTIVES, "told-apart", Factor)
    config = vae.ModelConfig((1, 8, 8), 2, MLP((32,)))
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64, objective=Factor()), runs_dir, downloads)
    assert proven.progress.train.terms["tc"] != 0
    images, train = vae.data.load("digits", "train"), vae.TrainConfig(epochs=2, batch_size=64, objective=Factor())
    state, broken_off = TrainingState(), TrainingState()
    for progress in vae.train(vae.VAE(config), images, train, state=state):
        broken_off = copy(state) if progress.epoch == 1 else broken_off
    first = broken_off.tensors["companion.weight"]
    assert not torch.equal(first, state.tensors["companion.weight"]), "it learns"
    list(vae.train(vae.VAE(config), images, train, state=broken_off))
    assert all(torch.equal(tensor, broken_off.tensors[name]) for name, tensor in state.tensors.items())
