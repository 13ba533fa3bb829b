from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, distributions

from vae.models.distributions import BernoulliPixels, DiagonalNormal, NormalPixels

SIZES = [(1, 1), (4, 2), (3, 20)]
IMAGES = [(1, 1, 1, 1), (3, 1, 4, 5), (2, 3, 8, 8)]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(shape: tuple[int, ...], seed: int = 0) -> DiagonalNormal:
    draws = torch.randn(2, *shape, generator=generator(seed), dtype=torch.float64)
    return DiagonalNormal(2 * draws[0], draws[1].exp())


def independent(q: DiagonalNormal) -> distributions.Distribution:
    return distributions.Independent(distributions.Normal(q.mean, q.std), 1)


def pixels(shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Images in [0, 1] and something that a decoder could say of them."""
    x = torch.rand(shape, generator=generator(1), dtype=torch.float64)
    return x, 3 * torch.randn(shape, generator=generator(2), dtype=torch.float64)


@pytest.mark.parametrize("shape", SIZES)
def test_normal_log_prob_is_that_of_torch(shape: tuple[int, int]) -> None:
    q, z = normal(shape), normal(shape, 1).mean
    torch.testing.assert_close(q.log_prob(z), independent(q).log_prob(z))


def test_normal_samples_have_its_moments() -> None:
    q = normal((1, 4))
    n = 100_000
    z = DiagonalNormal(q.mean.expand(n, -1), q.std.expand(n, -1)).rsample(generator())
    standard = (z - q.mean) / q.std
    # Five standard errors of a mean, a variance, and a correlation.
    assert standard.mean(0).abs().max() < 5 / math.sqrt(n)
    assert (standard.var(0) - 1).abs().max() < 5 * math.sqrt(2 / n)
    assert (standard.T.corrcoef() - torch.eye(4)).abs().max() < 5 / math.sqrt(n)


def test_normal_samples_are_those_of_their_generator() -> None:
    q = normal((5, 2))
    assert torch.equal(q.rsample(generator(4)), q.rsample(generator(4)))
    assert not torch.equal(q.rsample(generator(4)), q.rsample(generator(5)))


def test_gradients_flow_through_normal_samples() -> None:
    q = normal((6, 2))
    mean, std = q.mean.requires_grad_(), q.std.requires_grad_()
    z = DiagonalNormal(mean, std).rsample(generator())
    by_mean, by_std = torch.autograd.grad(z.sum(), (mean, std))
    assert torch.equal(by_mean, torch.ones_like(mean))
    torch.testing.assert_close(by_std, (z - mean) / std)


@pytest.mark.parametrize("shape", IMAGES)
def test_bernoulli_log_prob_is_that_of_torch_for_black_and_white(shape: tuple[int, ...]) -> None:
    x, logits = pixels(shape)
    binary = x.round()
    reference = distributions.Independent(distributions.Bernoulli(logits=logits), 3)
    torch.testing.assert_close(BernoulliPixels(logits).log_prob(binary), reference.log_prob(binary))
    torch.testing.assert_close(BernoulliPixels(logits).mean, reference.mean)


@pytest.mark.parametrize("shape", IMAGES)
def test_bernoulli_scores_grey_between_white_and_black(shape: tuple[int, ...]) -> None:
    x, logits = pixels(shape)
    p = BernoulliPixels(logits)
    by_hand = x * p.mean.log() + (1 - x) * (1 - p.mean).log()
    torch.testing.assert_close(p.log_prob(x), by_hand.sum((1, 2, 3)))


@pytest.mark.parametrize("logit", [-200.0, 200.0])
def test_bernoulli_stays_finite_where_it_is_sure_and_wrong(logit: float) -> None:
    p = BernoulliPixels(torch.full((1, 1, 1, 1), logit))
    assert p.log_prob(torch.tensor(float(logit < 0)).reshape(1, 1, 1, 1)).item() == -abs(logit)


@pytest.mark.parametrize("std", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("shape", IMAGES)
def test_normal_pixels_log_prob_is_that_of_torch(shape: tuple[int, ...], std: float) -> None:
    x, mean = pixels(shape)
    reference = distributions.Independent(distributions.Normal(mean, std), 3)
    torch.testing.assert_close(NormalPixels(mean, std).log_prob(x), reference.log_prob(x))


@pytest.mark.parametrize("std", [0.1, 1.0, 3.0])
def test_normal_pixels_score_the_squared_error_up_to_a_constant(std: float) -> None:
    x, mean = pixels((5, 3, 4, 4))
    squared = (x - mean).square().sum((1, 2, 3))
    constant = NormalPixels(mean, std).log_prob(x) + squared / (2 * std**2)
    torch.testing.assert_close(constant, constant[:1].expand(5))


@pytest.mark.parametrize("shape", IMAGES)
@pytest.mark.parametrize("kind", ["bernoulli", "normal"])
def test_a_small_step_of_stabilized_pixels_changes_the_kl_by_half_its_square(shape: tuple[int, ...], kind: str) -> None:
    _, output = pixels(shape)
    aside = output + 1e-4 * normal(shape).mean
    if kind == "bernoulli":
        given, other = BernoulliPixels(output), BernoulliPixels(aside)
        references = [distributions.Bernoulli(logits=logits) for logits in (output, aside)]
    else:
        given, other = NormalPixels(output, 0.3), NormalPixels(aside, 0.3)
        references = [distributions.Normal(mean, 0.3) for mean in (output, aside)]
    step = other.stabilized - given.stabilized
    torch.testing.assert_close(step.square() / 2, distributions.kl_divergence(*references), atol=1e-12, rtol=1e-3)


@pytest.mark.parametrize("logit", [-2000.0, 2000.0])
def test_stabilized_pixels_stay_finite(logit: float) -> None:
    assert BernoulliPixels(torch.full((1, 1, 1, 1), logit)).stabilized.item() == pytest.approx(math.pi * (logit > 0))
