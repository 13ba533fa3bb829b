"""An objective of one's own: one with one more term."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from apptest import Downloads
from proof import prove

import vae.data
from pages.components.training_player import charts, curves
from vae.models.networks import MLP
from vae.models.objectives import ELBO, OBJECTIVES
from vae.runs.request import Request
from vae.settings import Setting


@dataclass(frozen=True)
class Centred(ELBO):
    """Draws are pulled to the middle of their batch."""

    weight: float = Setting(0.5, "Weight of the pull", 0.0, 100.0, step=0.1).as_field()
    kind: ClassVar[str] = "centred"

    def __call__(self, q, z, p, prior, x, batch):
        pull = self.weight * (z - z.mean(0)).square().sum(1) * batch.size / batch.total
        return {**super().__call__(q, z, p, prior, x, batch), "pull": pull}

    def loss(self, terms, beta):
        return super().loss(terms, beta) + terms["pull"]

    def loss_title(self, beta):
        return f"{super().loss_title(beta)} + pull"


def test_one_more_term(runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OBJECTIVES, "centred", Centred)
    config = vae.ModelConfig((1, 8, 8), 2, MLP((32,)))
    train = vae.TrainConfig(epochs=1, batch_size=64, objective=Centred(weight=2.0))
    proven = prove(config, train, runs_dir, downloads)
    for curve in (proven.progress.train, proven.progress.validation):
        assert curve is not None
        assert list(curve.terms) == ["recon", "kl", "pull"]
        assert curve.loss(2.0, train.objective) == pytest.approx(curve.recon + 2 * curve.kl + curve.terms["pull"])
    assert proven.progress.validation is not None
    assert proven.checkpoint.summary.others == {"pull": pytest.approx(proven.progress.validation.others["pull"])}
    shown, drawn = charts([proven.progress], Request("digits", config, train)), curves([proven.progress], train)
    assert [one["name"] for one in shown] == ["loss", "recon", "kl", "pull"] == list(drawn["train"])
    assert drawn["train"]["pull"] == [round(proven.progress.train.others["pull"], 2)]
    plain = vae.TrainConfig(epochs=1, batch_size=64)
    (other,) = vae.train(vae.VAE(config), vae.data.load("digits", "train"), plain)
    assert other.train.kl != proven.progress.train.kl
