"""A schedule of one's own: beta comes in the middle of training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from apptest import Downloads
from proof import prove

import vae
import vae.data
from vae.models.networks import MLP
from vae.models.schedules import SCHEDULES


@dataclass(frozen=True)
class Late:
    """Nothing before a fraction of training, and beta after it."""

    begins: float = 0.5
    kind: ClassVar[str] = "late"
    title: ClassVar[str] = "late"

    def __call__(self, progress):
        return float(progress >= self.begins)


def test_beta_comes_late(runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCHEDULES, "late", Late)
    config = vae.ModelConfig((1, 8, 8), 2, MLP((32,)))
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64, schedule=Late(0.25)), runs_dir, downloads)
    assert proven.checkpoint.summary.train.schedule == Late(0.25)
    train = vae.TrainConfig(epochs=4, batch_size=64, schedule=Late(0.75))
    betas = [progress.beta for progress in vae.train(vae.VAE(config), vae.data.load("digits", "train"), train)]
    assert betas == [0, 0, 0, 1]
