"""A network of one's own: other layers than those that ship, and a residual sum."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from apptest import Downloads
from proof import prove

import vae
from vae.models import layers as L
from vae.models.networks import NETWORKS


@dataclass(frozen=True)
class Summed:
    """Residual sums on the way to the latent, and images that are drawn at half their size and enlarged."""

    width: int = 32
    kind: ClassVar[str] = "summed"
    title: ClassVar[str] = "residual sums"
    beta_range: None = None

    @classmethod
    def suited_to(cls, latent_dim, beta_range=None, *, few=False, classes=0):
        return cls(16 if few else 32)

    def check(self, image_shape):
        if image_shape[1] % 2 or image_shape[2] % 2:
            raise vae.ConfigError("network: summed needs images with even sides.")

    def encoder(self, image_shape, outputs):
        inner = L.Linear(self.width, self.width), L.BatchNorm(self.width), L.ReLU()
        return L.Flatten(), L.Linear(prod(image_shape), self.width), L.Residual(inner), L.Linear(self.width, outputs)

    def decoder(self, latent_dim, image_shape):
        channels, height, width = image_shape
        small = 4, height // 2, width // 2
        first = L.Linear(latent_dim, self.width), L.GELU(), L.Linear(self.width, prod(small)), L.Reshape(small)
        return *first, L.Upsample(2), L.LeakyReLU(0.1), L.Conv(4, channels, kernel=3, stride=1, padding=1)


def test_other_layers(runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "summed", Summed)
    config = vae.ModelConfig((1, 8, 8), 2, Summed(24))
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64), runs_dir, downloads)
    assert proven.checkpoint.config.network == Summed(24)
    assert "residual sums" in proven.page
    assert torch.pdist(proven.model.decode(torch.randn(5, 2)).flatten(1)).min() > 1e-4
    with pytest.raises(vae.VAEError, match="even sides"):
        vae.ModelConfig((1, 7, 8), 2, Summed())
