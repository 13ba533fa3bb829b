from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from tiny import config, image_set
from torch import distributions

from vae.models.refinement import refine
from vae.models.vae import VAE
from vae.training.objectives import PARTS, Terms, draw_betas, range_weight, terms, terms_apart, training_steps


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


# --- Each half by itself


def learned_by(loss: torch.Tensor, model: VAE) -> set[str]:
    """Which of the halves a loss has gradients for."""
    gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
    names = [name.split(".")[0] for name, _ in model.named_parameters()]
    return {name for name, gradient in zip(names, gradients, strict=True) if gradient is not None}


@pytest.mark.parametrize("refinement", [0, 2])
def test_each_half_learns_from_terms_of_its_own(network: str, refinement: int) -> None:
    model = VAE(replace(config(network), refinement=refinement))
    encoders, decoders = terms_apart(model, image_set(6).floats(slice(None)), 1.0, 1.0, augment=0.5)
    assert learned_by(encoders.loss().sum(), model) == {"encoder"}
    assert learned_by(decoders.recon.sum(), model) == {"decoder"}
    assert not decoders.kl.requires_grad
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_each_half_learns_in_half_precision_as_well(network: str) -> None:
    model = VAE(replace(config(network), refinement=1))
    with torch.autocast("cpu", torch.bfloat16):
        encoders, decoders = terms_apart(model, image_set(6).floats(slice(None)), 1.0, 1.0, augment=0.5)
        loss = encoders.loss().sum() + decoders.recon.sum()
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name


def test_unmoved_and_unrefined_both_halves_see_what_they_would_together() -> None:
    model = VAE(config())
    x = image_set(6).floats(slice(None))
    encoders, decoders = terms_apart(model, x, 1.0, 1.0, augment=0.0, generator=torch.Generator().manual_seed(0))
    together = terms(model, x, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(decoders.recon, together.recon)
    for terms_ in (encoders, decoders):
        torch.testing.assert_close(terms_.kl, together.kl)


def test_the_encoder_learns_what_it_would_together() -> None:
    model = VAE(config())
    x = image_set(6).floats(slice(None))
    generator = torch.Generator().manual_seed(0)
    encoders, _ = terms_apart(model, x, 1.0, 1.0, augment=0.0, generator=generator)
    generator.manual_seed(0)
    torch.randn(6, 2, generator=generator)  # what the decoder's terms drew
    together = terms(model, x, generator=generator)
    weights = list(model.encoder.parameters())
    found = torch.autograd.grad(encoders.loss().sum(), weights)
    torch.testing.assert_close(found, torch.autograd.grad(together.loss().sum(), weights))


def test_the_decoder_sees_refined_posteriors_of_the_images_as_they_are() -> None:
    model = VAE(replace(config(), refinement=5))
    x = image_set(6).floats(slice(None))
    _, decoders = terms_apart(model, x, 1.0, 1.0, augment=1.0)
    torch.testing.assert_close(decoders.kl, model.posterior(x, refinement=training_steps(model)).kl(model.prior))


@pytest.mark.parametrize(("latent_dim", "steps"), [(2, 1), (4, 1), (5, 0), (20, 0)])
def test_posteriors_in_many_dimensions_are_not_refined_while_training(latent_dim: int, steps: int) -> None:
    assert training_steps(VAE(replace(config(latent_dim=latent_dim), refinement=3))) == steps
    assert training_steps(VAE(config(latent_dim=latent_dim))) == 0


def test_while_beta_warms_up_posteriors_are_refined_for_what_the_kl_counts() -> None:
    model = VAE(replace(config("mlp-range"), refinement=1))
    x = image_set(6).floats(slice(None))
    guess = model.amortized(x, 1.0)
    for weight in (0.1, 1.0):
        expected = refine(lambda z: model.likelihood(z, 1.0), x, guess, weight, 1).kl(model.prior)
        torch.testing.assert_close(terms_apart(model, x, 1.0, weight, augment=0.0)[1].kl, expected)


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
