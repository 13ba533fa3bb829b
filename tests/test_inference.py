from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from tiny import RANGE, config, image_set, stir
from torch import Tensor

from vae.data.images import ImageSet
from vae.evaluation.bounds import evaluate
from vae.models.condition import Condition
from vae.models.config import TrainConfig
from vae.models.distributions import DiagonalNormal, NormalPixels, PixelDistribution
from vae.models.modules import PriorModule
from vae.models.objectives import ELBO
from vae.models.priors import StandardNormal
from vae.models.refinement import MAX_STEP, MIN_BETA, MIN_SCALE, PAIRS, _derivatives, _directions, _metric, refine
from vae.models.vae import VAE
from vae.training.loop import train
from vae.training.passes import joint

STD = 0.5  # of the pixels


def linear(dims: int = 3, seed: int = 0) -> Tensor:
    """A decoder W whose image W z is known, with shape (pixels, D); its columns are not at right angles."""
    return torch.randn(7, dims, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def decoded(weight: Tensor) -> Callable[[Tensor], PixelDistribution]:
    return lambda z: NormalPixels((z @ weight.T).reshape(-1, 1, 1, len(weight)), STD)


def prior(dims: int = 3) -> PriorModule:
    return PriorModule(StandardNormal(), dims)


def images(count: int = 2) -> Tensor:
    return torch.randn(count, 1, 1, 7, generator=torch.Generator().manual_seed(9), dtype=torch.float64)


def exact(weight: Tensor, x: Tensor, beta: float) -> DiagonalNormal:
    """Where the bound of a linear decoder is highest, in closed form: the mean of the true posterior for this beta, and the diagonal of
    its precision."""
    precision = torch.eye(weight.shape[1]).to(weight) + weight.T @ weight / (beta * STD**2)
    mean = torch.linalg.solve(precision, weight.T @ x.flatten(1).T / (beta * STD**2)).T
    return DiagonalNormal(mean, precision.diagonal().rsqrt().expand_as(mean))


def far_off(dims: int = 3) -> DiagonalNormal:
    mean = torch.linspace(-2, 2, 2 * dims, dtype=torch.float64).reshape(2, dims)
    return DiagonalNormal(mean, torch.full_like(mean, 0.4))


@pytest.mark.parametrize("beta", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_where_the_best_posterior_is_known_steps_end_there(beta: float, dims: int) -> None:
    weight, x = linear(dims), images()
    posterior, best = refine(decoded(weight), prior(dims), x, far_off(dims), beta, steps=400), exact(weight, x, beta)
    torch.testing.assert_close(posterior.mean, best.mean, atol=1e-4, rtol=1e-4)
    # Curvature has a floor, for which the scale pays a little where the likelihood says little.
    torch.testing.assert_close(posterior.std, best.std, atol=0, rtol=0.04)


@pytest.mark.parametrize("beta", [0.1, 1.0, 7.0])
def test_the_posterior_that_is_best_stays(beta: float) -> None:
    weight, x = linear(), images()
    best = exact(weight, x, beta)
    posterior = refine(decoded(weight), prior(), x, best, beta, steps=1)
    torch.testing.assert_close(posterior.mean, best.mean, atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(posterior.std, best.std, atol=0, rtol=0.02)


def test_every_step_leads_nearer() -> None:
    weight, x = linear(), images()
    best = exact(weight, x, 1.0).mean
    means = [refine(decoded(weight), prior(), x, far_off(), 1.0, steps=steps).mean for steps in range(8)]
    gaps = [(mean - best).norm() for mean in means]
    assert gaps == sorted(gaps, reverse=True)


@pytest.mark.parametrize("dims", [1, 3, PAIRS])
def test_derivatives_of_a_linear_decoder_are_exact(dims: int) -> None:
    weight, x, q = linear(dims), images(), far_off(dims)
    information = weight.T @ weight / STD**2
    first, second = _derivatives(decoded(weight), x, q, seed=3)
    slope = (q.mean @ weight.T - x.flatten(1)) @ weight / STD**2
    torch.testing.assert_close(first, slope * q.std)
    # Over as many directions as there are dimensions, what these share evens out in the sum.
    torch.testing.assert_close(second.sum(1), (information.diagonal() * q.std.square()).sum(1))
    torch.testing.assert_close(_metric(decoded(weight), q), information * q.std.unsqueeze(1) * q.std.unsqueeze(2))


def test_with_fewer_pairs_than_dimensions_derivatives_are_right_on_average() -> None:
    weight, x, q = linear(3 * PAIRS), images(), far_off(3 * PAIRS)
    information = weight.T @ weight / STD**2
    slope = (q.mean @ weight.T - x.flatten(1)) @ weight / STD**2
    drawn = zip(*(_derivatives(decoded(weight), x, q, seed) for seed in range(400)), strict=True)
    for estimates, expected in zip(drawn, (slope * q.std, information.diagonal() * q.std.square()), strict=True):
        error = torch.stack(estimates).std(0) / math.sqrt(len(estimates))
        away = (torch.stack(estimates).mean(0) - expected).abs() / (error + 1e-9)
        assert away.max() < 4.5
        assert 0.3 < away.square().mean() < 3 or away.max() < 1e-3  # and the estimates do differ


def test_every_step_looks_in_directions_of_its_own() -> None:
    assert not torch.equal(_directions(20, seed=0), _directions(20, seed=1))
    weight, x = linear(20), images()
    twice = far_off(20)
    for _ in range(2):
        twice = refine(
            decoded(weight), prior(20), x, twice, 1.0, steps=1
        )  # which begins with the first directions each time
    posterior = refine(decoded(weight), prior(20), x, far_off(20), 1.0, steps=2)
    assert (posterior.std - twice.std).abs().max() > 1e-3


def test_in_twenty_dimensions_a_few_steps_find_most_of_what_there_is_to_find() -> None:
    weight, x = linear(20), images()
    like = decoded(weight)

    def bound(q: DiagonalNormal) -> float:
        """In closed form, for a linear decoder: -log p(x|z) grows by half its curvature times the posterior's variance."""
        curvature = (weight.square().sum(0) / STD**2 * q.std.square()).sum(1) / 2
        return (-like(q.mean).log_prob(x) + curvature + prior(20).kl(q)).mean().item()

    best = bound(exact(weight, x, 1.0))
    start = bound(far_off(20))
    gaps = [bound(refine(like, prior(20), x, far_off(20), 1.0, steps=steps)) - best for steps in (1, 3, 6)]
    assert 0 < gaps[2] < gaps[1] < gaps[0] < start - best
    assert gaps[2] < 0.02 * (start - best)


def test_a_step_is_never_longer_than_three_deviations() -> None:
    weight, x = 50 * linear(2), 1000 * images()
    q = far_off(2)
    posterior = refine(decoded(weight), prior(2), x, q, 1.0, steps=1)
    moved = ((posterior.mean - q.mean) / q.std).norm(dim=1)
    torch.testing.assert_close(moved, torch.full_like(moved, MAX_STEP), atol=1e-3, rtol=0)
    assert ((posterior.std / q.std) >= MIN_SCALE - 1e-9).all()


@pytest.mark.parametrize("dims", [1, 2, PAIRS, 3 * PAIRS])
def test_directions_are_at_right_angles_and_as_long_as_draws(dims: int) -> None:
    directions = _directions(dims, seed=1)
    assert directions.shape == (min(dims, max(PAIRS, dims // 2)), dims)
    torch.testing.assert_close(directions @ directions.T, dims * torch.eye(len(directions), dtype=torch.float64))


def test_no_steps_change_nothing() -> None:
    refined = refine(decoded(linear()), prior(), images(), far_off(), 1.0, steps=0)
    for tensor, given in zip(refined, far_off(), strict=True):
        assert torch.equal(tensor, given)


def test_steps_lead_away_from_a_ridge_between_two_hills() -> None:
    def folded(z: Tensor) -> PixelDistribution:
        """Draws z and -z alike, so that an image of 1 is explained by both."""
        return NormalPixels(z.square().reshape(-1, 1, 1, 1), 0.2)

    start = DiagonalNormal(torch.tensor([[-0.05], [0.05]]), torch.full((2, 1), 0.05))
    means = refine(folded, prior(1), torch.ones(2, 1, 1, 1), start, 1.0, steps=60).mean.flatten()
    torch.testing.assert_close(means.abs(), torch.full((2,), 0.98), atol=0.02, rtol=0)
    assert means[0] < 0 < means[1]


@pytest.mark.parametrize("beta", [0.0, MIN_BETA, 1e6])
def test_any_beta_gives_finite_posteriors(beta: float) -> None:
    for part in refine(decoded(linear()), prior(), images(), far_off(), beta, steps=5):
        assert part.isfinite().all()


def test_a_decoder_that_ignores_the_latent_leaves_the_prior() -> None:
    nothing = decoded(torch.zeros(7, 3, dtype=torch.float64))
    posterior = refine(nothing, prior(), images(), far_off(), 1.0, steps=400)
    torch.testing.assert_close(posterior.mean, torch.zeros(2, 3, dtype=torch.float64), atol=1e-4, rtol=0)
    torch.testing.assert_close(posterior.std, torch.ones(2, 3, dtype=torch.float64), atol=0, rtol=0.06)


def test_weights_are_left_without_a_gradient() -> None:
    model = refining()
    model.posterior(image_set(4).floats(slice(None)))
    assert all(parameter.grad is None for parameter in model.parameters())


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
    refined, plain = (
        joint(model, x, Condition(), ELBO(), len(x), generator=torch.Generator().manual_seed(0)).terms
        for model in (refining(), VAE(config(), seed=2))
    )
    for term in ("recon", "kl"):
        assert torch.equal(refined[term], plain[term])
    assert refined["recon"].requires_grad


@pytest.mark.parametrize("name", ["mlp", "mlp-range"])
def test_a_model_refines_in_inference_mode(name: str) -> None:
    x, model = image_set(4).floats(slice(None)), refining(name)
    with torch.inference_mode():
        inside = model.encode(x)
    torch.testing.assert_close(inside, model.encode(x))


def test_no_images_have_no_posteriors() -> None:
    assert refining().posterior(torch.zeros(0, *config().image_shape)).mean.shape == (0, 2)


@pytest.mark.parametrize("one", [torch.tensor(2.0), torch.tensor([2.0])], ids=["alone", "in a row"])
def test_one_beta_as_a_tensor_is_that_beta(one: Tensor) -> None:
    x, model = image_set(4).floats(slice(None)), refining("mlp-range")
    mean, expected = (model.posterior(x, Condition(beta)).mean for beta in (one, 2.0))
    torch.testing.assert_close(mean, expected)


def test_a_model_for_one_beta_refines_for_the_one_it_was_trained_at(test_digits: ImageSet) -> None:
    model = VAE(replace(config(), refinement=2), seed=3)
    for _ in train(model, test_digits, TrainConfig(epochs=1, beta=6.0)):
        pass
    x = test_digits.floats(slice(8))
    trained, other = (
        refine(model.likelihood, model.prior, x, model.amortized(x), beta, steps=2).mean for beta in (6.0, 1.0)
    )
    assert torch.equal(model.encode(x)[0], trained)
    assert not torch.equal(model.encode(x)[0], other)


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
    together = model.posterior(x, Condition(betas)).mean
    each = zip(x.chunk(3), betas.tolist(), strict=True)
    alone = torch.cat([model.posterior(part, Condition(beta)).mean for part, beta in each])
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
