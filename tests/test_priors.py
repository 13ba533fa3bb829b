"""What a prior says of latents and of posteriors, to PyTorch and to NumPy alike."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny import config, standard_normal
from torch import Tensor, distributions

from vae.models.distributions import DiagonalNormal
from vae.models.modules import PriorModule
from vae.models.priors import StandardNormal
from vae.models.priors.normal import SPAN
from vae.models.vae import VAE


def posteriors(count: int = 50, dims: int = 3) -> DiagonalNormal:
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(count, dims, generator=generator)
    return DiagonalNormal(mean, torch.rand(count, dims, generator=generator) + 0.01)


def divergence(q: DiagonalNormal) -> Tensor:
    """KL to N(0, 1) of each dimension, as torch has it."""
    return distributions.kl_divergence(distributions.Normal(q.mean, q.std), distributions.Normal(0.0, 1.0))


def test_the_kl_is_that_of_torch() -> None:
    q, prior = posteriors(), standard_normal(3)
    mean, std, expected = q.mean.numpy(), q.std.numpy(), divergence(q)
    by_dim, each = prior.kl_by_dim(mean, std), prior.kl_of_each(mean, std)
    np.testing.assert_allclose(by_dim, expected.mean(0).numpy(), rtol=1e-5)
    np.testing.assert_allclose(each, expected.sum(1).numpy(), rtol=1e-5)
    assert by_dim.sum() == pytest.approx(each.mean(), rel=1e-5)


def test_pytorch_finds_the_same_kl_with_draws_and_without() -> None:
    q, prior = posteriors(), PriorModule(StandardNormal(), 3)
    for kl in (prior.kl(q), prior.kl(q, q.rsample())):
        torch.testing.assert_close(kl, divergence(q).sum(1))


def test_a_posterior_that_is_the_prior_costs_nothing() -> None:
    mean, std = np.zeros((9, 3), np.float32), np.ones((9, 3), np.float32)
    std[:, 1] = 0.5
    np.testing.assert_array_equal(standard_normal(3).kl_by_dim(mean, std) > 0, [False, True, False])


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_pull_is_the_slope_of_what_a_posterior_costs(dims: int) -> None:
    """The KL falls by as much as its entropy tells, and by -E[log p(z)], whose derivatives these are."""
    q, prior = posteriors(dims=dims), PriorModule(StandardNormal(), dims)
    step = 1e-2
    aside = [prior.kl(q._replace(mean=q.mean + side * step * q.std[:, :1] * torch.eye(dims)[0])) for side in (-1, 0, 1)]
    pull = prior.pull(q)
    torch.testing.assert_close(pull.first[:, 0], (aside[2] - aside[0]) / (2 * step), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(pull.second[:, 0], (aside[2] - 2 * aside[1] + aside[0]) / step**2, atol=2e-2, rtol=2e-2)


def test_the_span_of_the_prior_is_that_of_a_standard_normal_variable() -> None:
    draws = np.random.default_rng(5).standard_normal(100_000)
    prior = standard_normal()
    (low, high), other = prior.span
    assert (low, high) == tuple(other) == (-SPAN, SPAN) == (-3, 3)
    assert 0.99 < ((draws > low) & (draws < high)).mean() < 1
    assert prior.edge == 4
    assert prior.prior.rings == ((1, "1σ"), (2, "2σ"), (3, "3σ"))


def test_its_marginals_are_those_of_torch() -> None:
    marginals, t = standard_normal().marginals, np.linspace(-4, 4, 801)
    reference, at = distributions.Normal(0.0, 1.0), torch.from_numpy(t)
    np.testing.assert_allclose(marginals.cdf(1, t), reference.cdf(at), atol=1e-6)
    np.testing.assert_allclose(marginals.log_density(1, t), reference.log_prob(at), rtol=1e-6)
    np.testing.assert_allclose(np.gradient(marginals.cdf_integral(1, t), t)[1:-1], marginals.cdf(1, t)[1:-1], atol=1e-4)
    assert marginals.mean(1) == 0


def test_a_model_and_its_checkpoint_have_the_same_prior() -> None:
    model = VAE(config(latent_dim=5))
    assert model.prior.prior == model.latent_prior.prior == model.config.prior == StandardNormal()
    assert (model.latent_prior.latent_dim, dict(model.latent_prior.weights)) == (5, {})
    z = model.config.prior.sample(20_000, 5, model.prior.weights, torch.Generator().manual_seed(0))
    assert z.shape == (20_000, 5)
    assert z.mean(0).abs().max() < 5 / math.sqrt(20_000)
    assert (z.var(0) - 1).abs().max() < 5 * math.sqrt(2 / 20_000)
