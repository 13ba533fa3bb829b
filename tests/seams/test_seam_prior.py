"""A prior of one's own: two normal components, whose KL has no closed form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from apptest import Downloads
from proof import prove
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

import vae
from vae.latents.paths import paths_of
from vae.models.distributions import DiagonalNormal
from vae.models.modules import PriorModule
from vae.models.networks import MLP
from vae.models.priors import PRIORS, Prior


@dataclass(frozen=True)
class TwoNormals(Prior):
    kind: ClassVar[str] = "two-normals"
    title: ClassVar[str] = "a mixture of two normal distributions"

    def tensors(self, latent_dim: int, image_shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        return {"mean": (2, latent_dim), "log_std": (2, latent_dim)}

    def initial(self, latent_dim, image_shape):
        sides = torch.tensor([[-1.0], [1.0]])
        return {"mean": sides.repeat(1, latent_dim), "log_std": torch.zeros(2, latent_dim)}

    def mixture(self, weights):
        parts = Independent(Normal(weights["mean"], weights["log_std"].exp()), 1)
        return MixtureSameFamily(Categorical(torch.ones(2)), parts)

    def log_prob(self, z, weights):
        return self.mixture(weights).log_prob(z)

    def sample(self, count, latent_dim, weights, generator=None):
        which = torch.randint(2, (count,), generator=generator)
        noise = torch.randn(count, latent_dim, generator=generator)
        return weights["mean"][which] + weights["log_std"].exp()[which] * noise


@pytest.mark.parametrize("refinement", [0, 2])
def test_a_mixture_of_two(
    refinement: int, runs_dir: Path, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRIORS, "two-normals", TwoNormals)
    config = vae.ModelConfig((1, 8, 8), 2, MLP((32,)), prior=TwoNormals()).refined(refinement)
    proven = prove(config, vae.TrainConfig(epochs=1, batch_size=64), runs_dir, downloads)
    prior = proven.model.prior
    moved = (prior.weights["mean"].abs() - 1).abs().max()
    assert moved > 1e-4, "its parameters are learned"
    torch.testing.assert_close(
        torch.from_numpy(proven.checkpoint.weights["prior.mean"]), prior.weights["mean"], rtol=0, atol=0
    )
    q = DiagonalNormal(torch.tensor([[0.3, -0.5]]), torch.tensor([[0.2, 0.7]]))
    z = q.mean + q.std * torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0))
    drawn = q.log_prob(z) - prior.log_prob(z)
    assert prior.kl(q).item() == pytest.approx(drawn.mean().item(), abs=5 * (drawn.std() / len(z) ** 0.5).item())
    draws = proven.checkpoint.prior.draw(50_000)
    np.testing.assert_allclose(draws.mean(0), prior.weights["mean"].mean(0).detach(), atol=0.03)
    assert proven.checkpoint.summary.kl > 0
    parts = proven.report["parts"]
    assert parts["dimension_kl"] is None, "which only a prior of independent dimensions has"
    assert parts["total_correlation"] > -4 * parts["total_correlation_error"]
    assert PriorModule(TwoNormals(), 2).prior.rings == ()
    assert [*paths_of(proven.checkpoint.prior)] == ["Linear"], "an arc around the origin means nothing"
