from __future__ import annotations

import pytest
import torch
from tiny import config, image_set
from torch import distributions

from vae.model import VAE
from vae.objective import Terms, terms


def test_terms_are_those_of_torch(network: str) -> None:
    model = VAE(config(network))
    x = image_set(6).floats(slice(None)).round()
    recon, kl = terms(model, x, generator=torch.Generator().manual_seed(0))
    posterior, z, _ = model(x, generator=torch.Generator().manual_seed(0))
    q = distributions.Independent(distributions.Normal(posterior.mean, posterior.std), 1)
    p = distributions.Independent(distributions.Bernoulli(logits=model.decoder(z)), 3)
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
