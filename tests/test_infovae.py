"""The maximum mean discrepancy of the aggregate posterior and the prior."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from vae.models.distributions import DiagonalNormal, NormalPixels
from vae.models.modules import PriorModule
from vae.models.objectives import Batch
from vae.models.objectives.infovae import InfoVAE, mmd
from vae.models.priors import StandardNormal


def closed(mean: float, std: float, dims: int) -> float:
    """MMD of N(mean, std^2) and N(0, 1) in every dimension: the mean of a normal kernel is that of a wider one at the means."""

    def kernel(apart: float, variance: float) -> float:
        return (dims / (dims + variance)) ** (dims / 2) * math.exp(-dims * apart**2 / (2 * (dims + variance)))

    return kernel(0, 2 * std**2) + kernel(0, 2) - 2 * kernel(mean, std**2 + 1)


def estimates(mean: float, std: float, dims: int, size: int, count: int = 800) -> Tensor:
    """Of so many pairs of batches."""
    generator = torch.Generator().manual_seed(0)
    z, y = torch.randn(2, count, size, dims, generator=generator)
    return torch.stack([mmd(mean + std * mine, other).mean() for mine, other in zip(z, y, strict=True)])


@pytest.mark.parametrize("dims", [1, 2, 10])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.7, 1.0), (-0.3, 0.5)])
def test_it_is_unbiased_even_of_two_draws(mean: float, std: float, dims: int) -> None:
    for size in (2, 20):
        found = estimates(mean, std, dims, size)
        error = found.std().item() / math.sqrt(len(found))
        assert abs(found.mean().item() - closed(mean, std, dims)) < 4 * error
    assert closed(0, 1, dims) == pytest.approx(0, abs=1e-12)
    assert estimates(0, 1, dims, 20).min() < 0, "so it has to be below zero at times"


def test_its_parts_are_those_of_draws() -> None:
    z, y = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))

    def kernel(a: Tensor, b: Tensor) -> float:
        return math.exp(-(a - b).square().sum().item() / 6)

    expected = [
        sum((kernel(z[i], z[j]) + kernel(y[i], y[j])) / 4 for j in range(5) if j != i)
        - 2 * sum(kernel(z[i], y[j]) / 5 for j in range(5))
        for i in range(5)
    ]
    torch.testing.assert_close(mmd(z, y), torch.tensor(expected))
    assert mmd(z[:1], y[:1]).tolist() == [0], "a single one has no pair"


def test_draws_are_pulled_to_the_prior() -> None:
    z = (3 + torch.randn(50, 2, generator=torch.Generator().manual_seed(0))).requires_grad_()
    (gradient,) = torch.autograd.grad(mmd(z, torch.randn(50, 2, generator=torch.Generator().manual_seed(1))).mean(), z)
    assert (gradient.mean(0) > 0).all()


def test_beta_weighs_the_kl_and_the_weight_the_discrepancy() -> None:
    x, generator = torch.zeros(8, 1, 1, 1), torch.Generator().manual_seed(0)
    q, prior = DiagonalNormal(torch.ones(8, 2), torch.ones(8, 2)), PriorModule(StandardNormal(), 2)
    z, p = q.rsample(generator), NormalPixels(x, 1.0)
    state = generator.get_state()
    terms = InfoVAE(weight=50.0)(q, z, p, prior, x, Batch(8, 8, lambda z: p, generator))
    generator.set_state(state)
    torch.testing.assert_close(terms["mmd"], 50 * mmd(z, torch.randn(8, 2, generator=generator)))
    for beta in (0.0, 2.0):
        expected = terms["recon"] + beta * terms["kl"] + terms["mmd"]
        torch.testing.assert_close(InfoVAE(weight=50.0).loss(terms, beta), expected)
    assert InfoVAE(weight=50.0).loss_title(2) == "reconstruction + 2 × KL + 50 × MMD"
