from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from tiny import RANGE, config, image_set, stir
from torch import Tensor

from vae.data import ImageSet
from vae.distributions import DiagonalNormal
from vae.inference import SMALLEST, _derivatives, refine
from vae.metrics import evaluate
from vae.model import VAE
from vae.objective import terms

CURVATURE = torch.tensor([[4.0, 90.0, 0.5]])  # of -log p(x|z), which doesn't couple the dimensions
PEAK = torch.tensor([[0.3, -1.2, 2.0], [1.0, 0.1, -0.4]])


def bowl(z: Tensor) -> Tensor:
    """A log-likelihood whose posteriors are normal and known, of two images."""
    return -0.5 * (CURVATURE * (z - PEAK).square()).sum(1)


def exact(beta: float) -> DiagonalNormal:
    """Where the bound is highest, worked out by hand."""
    precision = 1 + CURVATURE / beta
    return DiagonalNormal(CURVATURE / beta * PEAK / precision, precision.rsqrt().expand_as(PEAK))


def far_off() -> DiagonalNormal:
    return DiagonalNormal(torch.tensor([[1.0, 0.5, -2.0], [0.0, 0.0, 0.0]]), torch.full((2, 3), 0.4))


@pytest.mark.parametrize("beta", [0.1, 1.0, 7.0])
def test_where_the_posterior_is_known_steps_end_there(beta: float) -> None:
    found = refine(bowl, far_off(), beta, 200)
    torch.testing.assert_close(found.mean, exact(beta).mean, atol=1e-3, rtol=1e-3)
    # Curvature has a floor, for which the scale pays a little where the likelihood says little.
    torch.testing.assert_close(found.std, exact(beta).std, atol=0, rtol=0.04)


@pytest.mark.parametrize("beta", [0.1, 1.0, 7.0])
def test_the_posterior_that_is_best_stays(beta: float) -> None:
    best = exact(beta)
    found = refine(bowl, best, beta, 1)
    torch.testing.assert_close(found.mean, best.mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.std, best.std, atol=0, rtol=0.02)


def test_every_step_leads_nearer() -> None:
    gaps = [(refine(bowl, far_off(), 1.0, steps).mean - exact(1.0).mean).norm() for steps in range(8)]
    assert gaps == sorted(gaps, reverse=True)


def test_derivatives_of_a_bowl_are_exact() -> None:
    q = far_off()
    first, second = _derivatives(bowl, q)
    torch.testing.assert_close(first, CURVATURE * (q.mean - PEAK) * q.std, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(second, CURVATURE * q.std.square(), atol=1e-3, rtol=1e-3)


def test_no_steps_change_nothing() -> None:
    for found, given in zip(refine(bowl, far_off(), 1.0, 0), far_off(), strict=True):
        assert torch.equal(found, given)


def test_steps_lead_away_from_a_ridge_between_two_hills() -> None:
    def two_hills(z: Tensor) -> Tensor:
        return torch.logsumexp(torch.stack([-50 * (z - place).square().sum(1) for place in (-1.0, 1.0)]), 0)

    start = DiagonalNormal(torch.tensor([[-0.05], [0.05]]), torch.full((2, 1), 0.05))
    found = refine(two_hills, start, 1.0, 30).mean.flatten()
    torch.testing.assert_close(found, torch.tensor([-0.99, 0.99]), atol=0.01, rtol=0)


@pytest.mark.parametrize("beta", [0.0, SMALLEST, 1e6])
def test_any_beta_gives_finite_posteriors(beta: float) -> None:
    for part in refine(bowl, far_off(), beta, 5):
        assert part.isfinite().all()


def test_a_likelihood_that_says_nothing_leaves_the_prior() -> None:
    found = refine(lambda z: z.new_zeros(len(z)), far_off(), 1.0, 200)
    torch.testing.assert_close(found.mean, torch.zeros(2, 3), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.std, torch.ones(2, 3), atol=0, rtol=0.06)


# --- Of a model


def refining(network: str = "mlp", steps: int = 3) -> VAE:
    model = VAE(replace(config(network), refinement=steps), seed=2)
    if model.config.beta_range is not None:
        stir(model)
    return model


def test_refined_posteriors_have_a_better_bound(network: str, test_digits: ImageSet) -> None:
    model = refining(network)
    plain, refined = (evaluate(model, test_digits, samples=16, refinement=steps).loss for steps in (0, 3))
    assert refined < plain


def test_the_model_refines_as_its_configuration_says() -> None:
    x = image_set(4).floats(slice(None))
    model = refining(steps=2)
    guess, asked = model.amortized(x), model.posterior(x, refinement=2)
    mean, std = model.encode(x)
    assert torch.equal(mean, asked.mean)
    assert torch.equal(std, asked.std)
    assert (mean - guess.mean).abs().max() > 1e-3
    assert torch.equal(model.posterior(x, refinement=0).mean, guess.mean)
    assert torch.equal(VAE(config(), seed=2).posterior(x).mean, guess.mean)


def test_what_is_trained_is_the_encoder_alone() -> None:
    x = image_set(4).floats(slice(None))
    found = terms(refining(), x, generator=torch.Generator().manual_seed(0))
    plain = terms(VAE(config(), seed=2), x, generator=torch.Generator().manual_seed(0))
    assert torch.equal(found.recon, plain.recon)
    assert torch.equal(found.kl, plain.kl)
    assert found.recon.requires_grad


def test_each_image_is_refined_by_itself(network: str) -> None:
    x = image_set(5).floats(slice(None))
    model = refining(network)
    together = model.posterior(x).mean
    alone = torch.cat([model.posterior(image.unsqueeze(0)).mean for image in x])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_parts_of_a_batch_are_refined_for_their_own_beta() -> None:
    x = image_set(6).floats(slice(None))
    model = refining("mlp-range")
    betas = torch.tensor([0.2, 1.0, 5.0])
    together = model.posterior(x, betas).mean
    alone = torch.cat([model.posterior(part, beta).mean for part, beta in zip(x.chunk(3), betas.tolist(), strict=True)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_a_little_more_beta_moves_a_posterior_a_little() -> None:
    x = image_set(20).floats(slice(None))
    model = refining("mlp-range")

    def furthest(step: float) -> float:
        betas = torch.logspace(math.log10(RANGE[0]), math.log10(RANGE[1] / (1 + step)), 9)
        moves = [model.encode(x, beta * (1 + step))[0] - model.encode(x, beta)[0] for beta in betas.tolist()]
        return max(move.abs().max().item() for move in moves)

    assert furthest(1e-3) < 0.05
    assert furthest(1e-3) < 0.2 * furthest(1e-2)
