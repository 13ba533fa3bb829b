from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny import Correlated, config, image_set
from torch import distributions

from vae.errors import ConfigError
from vae.models.condition import Condition
from vae.models.config import ModelConfig, TrainConfig
from vae.models.objectives import ELBO, OBJECTIVES, Objective, term_title
from vae.models.objectives.capacity import Capacity
from vae.models.objectives.factor import Factor
from vae.models.objectives.infovae import InfoVAE
from vae.models.objectives.iwae import IWAE
from vae.models.objectives.tcvae import TCVAE
from vae.models.priors import StandardNormal
from vae.models.refinement import refine
from vae.models.schedules import Warmup
from vae.models.vae import VAE
from vae.runs.request import Request
from vae.training.loop import train
from vae.training.passes import PARTS, Pass, decoupled, draw_betas, joint, range_weight, training_steps

PLAIN, BOUND = Condition(), ELBO()
BOTH = {"recon": torch.tensor([3.0, 5.0]), "kl": torch.tensor([2.0, 7.0])}  # terms of two images


def once(model: VAE, x: torch.Tensor, generator: torch.Generator | None = None) -> Pass:
    """One pass of both halves."""
    return joint(model, x, PLAIN, BOUND, len(x), generator=generator)


def apart(
    model: VAE,
    x: torch.Tensor,
    *,
    augment: float,
    weight: float = 1.0,
    generator: torch.Generator | None = None,
) -> tuple[Pass, Pass]:
    """What each half learns from by itself."""
    return decoupled(model, x, PLAIN, BOUND, len(x), weight=weight, augment=augment, generator=generator)


def test_a_loss_of_its_own_needs_a_title_of_its_own() -> None:
    def loss(self: ELBO, terms: Mapping[str, Any], beta: Any) -> Any:
        return terms["recon"]

    with pytest.raises(TypeError, match=r"Untitled: .*needs a loss_title"):
        type("Untitled", (ELBO,), {"loss": loss})
    titled = type("Titled", (ELBO,), {"loss": loss, "loss_title": lambda self, beta: "reconstruction"})
    assert type("Warmer", (titled,), {"kind": "warmer"})().loss_title(1) == "reconstruction"


def test_terms_are_those_of_torch(network: str) -> None:
    model = VAE(config(network))
    x = image_set(6).floats(slice(None)).round()
    result = once(model, x, torch.Generator().manual_seed(0))
    posterior, z, _ = model(x, generator=torch.Generator().manual_seed(0))
    assert torch.equal(result.z, z)
    torch.testing.assert_close(result.posterior, posterior)
    torch.testing.assert_close(result.decode(z).mean, model.likelihood(z).mean)
    q = distributions.Independent(distributions.Normal(posterior.mean, posterior.std), 1)
    p = distributions.Independent(
        distributions.Bernoulli(logits=model.decoder(z, {"beta": torch.ones(1), "label": -torch.ones(1)})), 3
    )
    prior = distributions.Independent(distributions.Normal(torch.zeros(2), torch.ones(2)), 1)
    assert list(result.terms) == ["recon", "kl"]
    torch.testing.assert_close(result.terms["recon"], -p.log_prob(x))
    torch.testing.assert_close(result.terms["kl"], distributions.kl_divergence(q, prior))


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 4.0])
def test_the_loss_weighs_the_kl_by_beta(beta: float) -> None:
    assert torch.equal(BOUND.loss(BOTH, beta), BOTH["recon"] + beta * BOTH["kl"])
    assert BOUND.loss({"recon": 3.0, "kl": 2.0}, beta) == 3 + 2 * beta  # and so it does that of averages


def test_at_beta_one_the_loss_is_minus_the_elbo() -> None:
    model = VAE(config())
    x = image_set(6).floats(slice(None))
    posterior, z, likelihood = model(x, generator=torch.Generator().manual_seed(0))
    elbo = likelihood.log_prob(x) - model.prior.kl(posterior)
    terms = once(model, x, torch.Generator().manual_seed(0)).terms
    torch.testing.assert_close(BOUND.loss(terms, 1.0), -elbo)
    assert z.shape == (6, 2)


def test_each_image_has_its_own_terms() -> None:
    model = VAE(config())
    x = image_set(5).floats(slice(None))
    whole = once(model, x).terms["kl"]
    alone = torch.cat([once(model, image.unsqueeze(0)).terms["kl"] for image in x])
    torch.testing.assert_close(whole, alone)


def test_the_loss_takes_a_beta_for_each_image() -> None:
    assert BOUND.loss(BOTH, torch.tensor([0.5, 2.0])).tolist() == [4, 19]


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_every_objective_has_both_terms_of_the_bound_in_nats_of_each_image(kind: str) -> None:
    model, x = VAE(config()), image_set(6).floats(slice(None))
    q, z, p = model(x, generator=torch.Generator().manual_seed(0))
    objective, generator = OBJECTIVES[kind](), torch.Generator().manual_seed(0)
    terms = joint(model, x, PLAIN, objective, 6, generator=generator, companion=objective.companion(2)).terms
    torch.testing.assert_close(terms["recon"], -p.log_prob(x))
    torch.testing.assert_close(terms["kl"], model.prior.kl(q, z))
    assert {term.shape for term in terms.values()} == {(6,)}
    assert all(term.isfinite().all() for term in terms.values())
    assert len({term_title(name) for name in terms} - terms.keys()) == len(terms), "each is called something"
    averages = {name: term.mean().item() for name, term in terms.items()}
    expected = objective.loss(terms, 1.0).mean().item()
    assert objective.loss(averages, 1.0) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_a_batch_of_one_image_is_finite_as_an_epochs_last_may_be(kind: str) -> None:
    model, x, objective = VAE(config()), image_set(1).floats(slice(None)), OBJECTIVES[kind]()
    terms = joint(model, x, PLAIN, objective, 50, companion=objective.companion(2)).terms
    loss = objective.loss(terms, 2.0).sum()
    loss.backward()
    assert loss.isfinite()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters() if parameter.grad is not None)


# --- What an objective can't be trained with

MODEL = config()
SINGLE, RANGED = TrainConfig(), config("mlp-range")
MISFITS: dict[str, tuple[Objective, ModelConfig, TrainConfig, str]] = {
    "free bits over a range": (ELBO(0.5), RANGED, SINGLE, "beta_range: .* ELBO, free bits 0.5 looks at together"),
    "parts of the KL over a range": (TCVAE(), RANGED, SINGLE, "beta_range: .* β-TCVAE looks at together"),
    "a discriminator over a range": (Factor(), RANGED, SINGLE, "beta_range: .* FactorVAE, γ 10 looks at together"),
    "a capacity over a range": (Capacity(), RANGED, SINGLE, "beta_range: capacity 10, γ 30 doesn't weigh the KL"),
    "weights over a range": (IWAE(), RANGED, SINGLE, "beta_range: IWAE, K 10 doesn't weigh the KL by beta"),
    "weights at another beta": (IWAE(), MODEL, TrainConfig(beta=4), "beta: IWAE, K 10 .* so it is 1, not 4"),
    "a capacity at another beta": (Capacity(), MODEL, TrainConfig(beta=0.5), "beta: capacity .* so it is 1, not 0.5"),
    "refined free bits": (ELBO(0.5), replace(MODEL, refinement=1), SINGLE, "refinement: .* refinement 0"),
    "refined draws": (IWAE(), replace(MODEL, refinement=1), SINGLE, "refinement: .* and IWAE, K 10 something else"),
    "draws of moved images": (IWAE(), MODEL, TrainConfig(augment=0.5), "augment: .* Train it with augment 0"),
    "parts of single images": (TCVAE(), MODEL, TrainConfig(batch_size=1), "batch_size: β-TCVAE .* 2 or more, not 1"),
    "pairs of single images": (
        InfoVAE(),
        MODEL,
        TrainConfig(batch_size=1),
        "batch_size: InfoVAE, 100 MMD .* 2 or more",
    ),
    "parts that a prior joins": (TCVAE(), replace(MODEL, prior=Correlated()), SINGLE, "prior: β-TCVAE .* correlated"),
    "factors that a prior joins": (Factor(), replace(MODEL, prior=Correlated()), SINGLE, "prior: FactorVAE"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_makes_no_sense_together_is_said_before_a_run_and_before_a_training(case: str) -> None:
    objective, model, training, message = MISFITS[case]
    training = replace(training, objective=objective)
    with pytest.raises(ConfigError, match=message):
        Request("digits", model, training)
    with pytest.raises(ConfigError, match=message):
        next(train(VAE(model), image_set(20), training))


@pytest.mark.parametrize("network", ["mlp", "mlp-range"])
def test_the_bound_goes_with_everything(network: str) -> None:
    for prior in (StandardNormal(), Correlated()):
        model = replace(config(network), refinement=3, prior=prior)
        TrainConfig(beta=2.0, batch_size=1, augment=0.5).check(model)


@pytest.mark.parametrize("objective", [Capacity(), IWAE(2)], ids=lambda objective: objective.kind)
def test_no_schedule_moves_a_beta_that_weighs_nothing(objective: Objective) -> None:
    training = TrainConfig(epochs=2, batch_size=10, schedule=Warmup(1.0), objective=objective)
    assert [progress.beta for progress in train(VAE(config()), image_set(20), training)] == [1, 1]


@pytest.mark.parametrize(
    "objective", [TCVAE(), Factor(width=8), InfoVAE(), Capacity(), ELBO(0.5)], ids=lambda each: each.kind
)
def test_of_moved_images_the_decoder_learns_its_reconstruction_alone(objective: Objective) -> None:
    model, x = VAE(config()), image_set(6).floats(slice(None))
    companion = objective.companion(2)
    encoders, decoders = decoupled(model, x, PLAIN, objective, 6, weight=1.0, augment=0.5, companion=companion)
    assert learned_by(objective.loss(encoders.terms, 1.0).sum(), model) == {"encoder"}
    assert learned_by(decoders.terms["recon"].sum(), model) == {"decoder"}


# --- Each half by itself


def learned_by(loss: torch.Tensor, model: VAE) -> set[str]:
    """Which of the halves a loss has gradients for."""
    gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
    names = [name.split(".")[0] for name, _ in model.named_parameters()]
    return {name for name, gradient in zip(names, gradients, strict=True) if gradient is not None}


@pytest.mark.parametrize("refinement", [0, 2])
def test_each_half_learns_from_terms_of_its_own(network: str, refinement: int) -> None:
    model = VAE(replace(config(network), refinement=refinement))
    encoders, decoders = apart(model, image_set(6).floats(slice(None)), augment=0.5)
    assert learned_by(BOUND.loss(encoders.terms, 1.0).sum(), model) == {"encoder"}
    assert learned_by(decoders.terms["recon"].sum(), model) == {"decoder"}
    assert not decoders.terms["kl"].requires_grad
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_each_half_learns_in_half_precision_as_well(network: str) -> None:
    model = VAE(replace(config(network), refinement=1))
    with torch.autocast("cpu", torch.bfloat16):
        encoders, decoders = apart(model, image_set(6).floats(slice(None)), augment=0.5)
        loss = BOUND.loss(encoders.terms, 1.0).sum() + decoders.terms["recon"].sum()
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name


def test_unmoved_and_unrefined_both_halves_see_what_they_would_together() -> None:
    model = VAE(config())
    x = image_set(6).floats(slice(None))
    encoders, decoders = apart(model, x, augment=0.0, generator=torch.Generator().manual_seed(0))
    together = once(model, x, torch.Generator().manual_seed(0)).terms
    torch.testing.assert_close(decoders.terms["recon"], together["recon"])
    for half in (encoders, decoders):
        torch.testing.assert_close(half.terms["kl"], together["kl"])


def test_the_encoder_learns_what_it_would_together() -> None:
    model = VAE(config())
    x = image_set(6).floats(slice(None))
    generator = torch.Generator().manual_seed(0)
    encoders, _ = apart(model, x, augment=0.0, generator=generator)
    generator.manual_seed(0)
    torch.randn(6, 2, generator=generator)  # what the decoder's terms drew
    together = once(model, x, generator)
    weights = list(model.encoder.parameters())
    gradients, expected = (torch.autograd.grad(BOUND.loss(of.terms, 1.0).sum(), weights) for of in (encoders, together))
    torch.testing.assert_close(gradients, expected)


def test_the_decoder_sees_refined_posteriors_of_the_images_as_they_are() -> None:
    model = VAE(replace(config(), refinement=5))
    x = image_set(6).floats(slice(None))
    _, decoders = apart(model, x, augment=1.0)
    expected = model.posterior(x, refinement=training_steps(model))
    torch.testing.assert_close(decoders.posterior, expected)
    torch.testing.assert_close(decoders.terms["kl"], model.prior.kl(expected))


@pytest.mark.parametrize(("latent_dim", "steps"), [(2, 1), (4, 1), (5, 0), (20, 0)])
def test_posteriors_in_many_dimensions_are_not_refined_while_training(latent_dim: int, steps: int) -> None:
    assert training_steps(VAE(replace(config(latent_dim=latent_dim), refinement=3))) == steps
    assert training_steps(VAE(config(latent_dim=latent_dim))) == 0


def test_while_beta_warms_up_posteriors_are_refined_for_what_the_kl_counts() -> None:
    model = VAE(replace(config("mlp-range"), refinement=1))
    x = image_set(6).floats(slice(None))
    guess = model.amortized(x)
    for weight in (0.1, 1.0):
        expected = model.prior.kl(refine(model.likelihood, model.prior, x, guess, weight, steps=1))
        torch.testing.assert_close(apart(model, x, weight=weight, augment=0.0)[1].terms["kl"], expected)


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
