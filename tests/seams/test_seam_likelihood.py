"""A likelihood of one's own: two numbers a pixel, its mean and its scale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest
import torch
from apptest import Downloads
from proof import prove
from torch import Tensor
from torch.distributions import Laplace

import vae
from vae.models.expressions import variable
from vae.models.likelihoods import LIKELIHOODS, Likelihood
from vae.models.networks import MLP


class LaplacePixels(NamedTuple):
    mean: Tensor
    log_scale: Tensor

    @property
    def stabilized(self):
        return self.mean * (-self.log_scale).exp()

    def log_prob(self, x):
        return Laplace(self.mean, self.log_scale.exp()).log_prob(x).flatten(1).sum(1)

    def log_prob_of_all(self, x):
        return torch.stack([self.log_prob(one) for one in x])

    def sample(self, generator=None):
        return Laplace(self.mean, self.log_scale.exp()).sample()

    @classmethod
    def cat(cls, parts):
        return cls(*(torch.cat(of_parts) for of_parts in zip(*parts, strict=True)))


@dataclass(frozen=True)
class LaplaceOfScale(Likelihood):
    least: float = -3.0  # logarithm of the scale
    kind: ClassVar[str] = "laplace"
    parameters = 2
    title = property(lambda self: "Laplace, a scale for each pixel")
    log_scale = property(lambda self: variable("a1").max(self.least))

    def __call__(self, output):
        mean, raw = output.chunk(2, dim=1)
        return LaplacePixels(mean.sigmoid(), raw.clamp(min=self.least))

    def mean(self):
        return variable("a0").sigmoid()

    def deviation(self):
        return 2**0.5 * self.log_scale.exp()

    def score(self):
        return (variable("x") - self.mean()).abs() / self.log_scale.exp() + self.log_scale + 0.6931471805599453


@pytest.mark.parametrize("refinement", [0, 2])
def test_two_numbers_a_pixel(
    refinement: int, runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIKELIHOODS, "laplace", LaplaceOfScale)
    config = vae.ModelConfig((1, 8, 8), 3, MLP((32,)), LaplaceOfScale(), refinement=refinement)
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64), runs_dir, downloads)
    p, output = proven.model.likelihood(z := torch.randn(5, 3)), proven.model.decoder(z).detach()
    x = p.sample().clamp(0, 1).detach()
    score = LaplaceOfScale().score()({"x": x, "a0": output[:, :1], "a1": output[:, 1:]}).reshape(5, -1).sum(1)
    torch.testing.assert_close(torch.from_numpy(score).float(), -p.log_prob(x).detach(), rtol=1e-4, atol=1e-3)
