"""A class-conditional model of one's own: gates that take the label, in both halves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from apptest import Downloads
from proof import prove

import vae.data
from vae.models import layers as L
from vae.models.condition import NO_LABEL, Condition, Knots
from vae.models.networks import MLP, NETWORKS


@dataclass(frozen=True)
class Labelled(MLP):
    """An MLP that takes a class after every hidden layer, by gates alone."""

    known: int = 10
    kind: ClassVar[str] = "labelled"

    def encoder(self, image_shape, outputs):
        return self.gated(super().encoder(image_shape, outputs))

    def decoder(self, latent_dim, image_shape):
        return self.gated(super().decoder(latent_dim, image_shape))

    def gated(self, layers):
        gate = L.Gate(self.hidden[0], Knots.of_label(self.known))
        return tuple(part for layer in layers for part in ((layer, gate) if isinstance(layer, L.SiLU) else (layer,)))


@pytest.mark.parametrize(("refinement", "beta_range"), [(0, None), (2, None), (0, (0.5, 4.0))])
def test_a_model_that_is_told_the_class(
    refinement: int,
    beta_range: tuple[float, float] | None,
    runs_dir: Path,
    downloads: Downloads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(NETWORKS, "labelled", Labelled)
    config = vae.ModelConfig((1, 8, 8), 2, Labelled((32,), beta_range)).refined(refinement)
    assert config.classes == 10
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64), runs_dir, downloads)
    z = torch.zeros(1, 2)
    pictures = torch.cat([proven.model.decode(z, label=label) for label in range(10)])
    assert torch.pdist(pictures.flatten(1)).min() > 1e-4, "each class has a picture of its own"
    together = proven.model.decode(z.expand(10, 2), label=torch.arange(10))
    torch.testing.assert_close(together, pictures)
    torch.testing.assert_close(proven.model.decode(z), proven.model.decode(z, label=NO_LABEL))
    with pytest.raises(vae.VAEError, match="classes from 0 to 9, not 10"):
        proven.model.decode(z, label=10)
    test = vae.data.load("digits")
    with torch.no_grad():
        own = proven.model.posterior(test.floats(slice(0, 20)), Condition(1.0, test.labels[:20]))
    torch.testing.assert_close(torch.from_numpy(proven.checkpoint.points.mean[:20]), own.mean, rtol=1e-3, atol=1e-3)
