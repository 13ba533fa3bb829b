from __future__ import annotations

import math

import pytest
import torch
from tiny import config, image_set
from torch import distributions

from vae.model import VAE
from vae.objective import PARTS, Terms, draw_betas, range_weight, terms


def test_terms_are_those_of_torch(network: str) -> None:
    model = VAE(config(network))
    x = image_set(6).floats(slice(None)).round()
    recon, kl = terms(model, x, generator=torch.Generator().manual_seed(0))
    posterior, z, _ = model(x, generator=torch.Generator().manual_seed(0))
    q = distributions.Independent(distributions.Normal(posterior.mean, posterior.std), 1)
    p = distributions.Independent(distributions.Bernoulli(logits=model.decoder(z, torch.ones(1))), 3)
    prior = distributions.Independent(distributions.Normal(torch.zeros(2), torch.ones(2)), 1)
    torch.testing.assert_close(recon, -p.log_prob(x))
    torch.testing.assert_close(kl, distributions.kl_divergence(q, prior))


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 4.0])
def test_the_loss_weighs_the_kl_by_beta(beta: float) -> None:
    both = Terms(torch.tensor([3.0, 5.0]), torch.tensor([2.0, 7.0]))
    assert torch.equal(both.loss(beta), both.recon + beta * both.kl)


def test_at_beta_one_the_loss_is_minus_the_elbo() -> None:
    model = VAE(config())
    x = image_set(6).floats(slice(None))
    posterior, z, likelihood = model(x, generator=torch.Generator().manual_seed(0))
    elbo = likelihood.log_prob(x) - posterior.kl(model.prior)
    torch.testing.assert_close(terms(model, x, generator=torch.Generator().manual_seed(0)).loss(), -elbo)
    assert z.shape == (6, 2)


def test_each_image_has_its_own_terms() -> None:
    model = VAE(config())
    x = image_set(5).floats(slice(None))
    whole = terms(model, x).kl
    alone = torch.cat([terms(model, image.unsqueeze(0)).kl for image in x])
    torch.testing.assert_close(whole, alone)


def test_the_loss_takes_a_beta_for_each_image() -> None:
    both = Terms(torch.tensor([3.0, 5.0]), torch.tensor([2.0, 7.0]))
    assert both.loss(torch.tensor([0.5, 2.0])).tolist() == [4, 19]


# --- Betas of a range


def drawn(steps: int, seed: int = 0) -> torch.Tensor:
    return draw_betas((0.05, 20), 1.0, steps, torch.Generator().manual_seed(seed))


def test_every_batch_has_the_watched_beta_first_and_some_of_each_part_of_the_range() -> None:
    betas = drawn(200)
    assert betas.shape == (200, PARTS)
    assert (betas[:, 0] == 1).all()
    assert ((betas >= 0.05) & (betas <= 20)).all()
    places = (betas[:, 1:] / 0.05).log() / math.log(400) * (PARTS - 1)
    torch.testing.assert_close(places.floor(), torch.arange(PARTS - 1.0).expand_as(places))


def test_betas_are_even_in_their_logarithm() -> None:
    places = ((drawn(2000)[:, 1:] / 0.05).log() / math.log(400)).flatten()
    # Kolmogorov and Smirnov's distance to the uniform distribution.
    distance = (places.sort().values - (torch.arange(len(places)) + 0.5) / len(places)).abs().max()
    assert distance < 0.01


def test_betas_are_those_of_their_generator() -> None:
    assert torch.equal(drawn(5), drawn(5))
    assert not torch.equal(drawn(5), drawn(5, seed=1))


def test_a_large_beta_counts_less_as_its_loss_is_larger() -> None:
    betas = torch.tensor([0.0, 3.0, 15.0])
    torch.testing.assert_close(range_weight(betas), torch.tensor([1, 0.5, 0.25]))
