"""The aggregate posterior as a density, against densities that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny import standard_normal
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from vae.errors import VAEError
from vae.evaluation.density import Density, distance_to, fit_density, split_draws

MEAN = np.array([[2.0, 0.0], [-1.0, 1.5]])
FACTOR = np.array([[[0.5, 0.0], [0.3, 0.4]], [[0.2, 0.0], [0.0, 0.9]]])
KNOWN = Density(np.array([0.3, 0.7]), MEAN, FACTOR, math.nan)
REFERENCE = MixtureSameFamily(
    Categorical(torch.from_numpy(KNOWN.weight)),
    MultivariateNormal(torch.from_numpy(MEAN), scale_tril=torch.from_numpy(FACTOR)),
)


def test_a_density_is_that_of_torch() -> None:
    z = KNOWN.draw(20_000, seed=3)
    at = torch.from_numpy(z).double()
    np.testing.assert_allclose(KNOWN.log_prob(z), REFERENCE.log_prob(at), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(z.mean(0), REFERENCE.mean, atol=0.06)
    np.testing.assert_allclose(z.var(0), REFERENCE.variance, rtol=0.05)
    np.testing.assert_array_equal(KNOWN.draw(50, seed=3), z[:50])


def test_as_many_components_are_found_as_there_are_and_the_distance_is_that_of_quadrature() -> None:
    fitted, held_out = KNOWN.draw(4000, seed=0), KNOWN.draw(2000, seed=1)
    steps: list[tuple[int, int]] = []
    density = fit_density(fitted, held_out, (1, 2), on_step=lambda done, of: steps.append((done, of)))
    assert steps == [(1, 2), (2, 2)]
    assert len(density.weight) == 2
    order = density.mean[:, 0].argsort()[::-1]
    np.testing.assert_allclose(density.weight[order], KNOWN.weight, atol=0.03)
    np.testing.assert_allclose(density.mean[order], MEAN, atol=0.1)
    line = np.linspace(-8, 8, 801)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype(np.float32)
    log_q = KNOWN.log_prob(plane)
    prior = standard_normal()
    exact = (np.exp(log_q) * (log_q - prior.log_prob(plane))).sum() * (line[1] - line[0]) ** 2
    far = distance_to(prior, density, held_out)
    assert far.draws == 2000
    assert abs(far.nats - exact) < 4 * far.error < 0.3


def test_the_distance_is_no_more_than_it_is() -> None:
    """A mixture of one component misses some of q(z), by which the distance falls short."""
    held_out, prior = KNOWN.draw(4000, seed=1), standard_normal()
    one, two = (fit_density(KNOWN.draw(4000, seed=0), held_out, (count,)) for count in (1, 2))
    short, far = (distance_to(prior, density, held_out) for density in (one, two))
    assert short.nats < far.nats - 3 * far.error
    assert one.held_out < two.held_out


def test_an_aggregate_that_is_the_prior_is_no_distance_away() -> None:
    generator = np.random.default_rng(0)
    std = np.full((6000, 3), 0.6, np.float32)
    mean = (0.8 * generator.standard_normal((6000, 3))).astype(np.float32)
    draws = split_draws(mean, std, seed=2)
    assert [len(part) for part in draws] == [4800, 600, 600]
    assert len(np.unique(np.concatenate(draws), axis=0)) == 6000, "each in one of them"
    far = distance_to(standard_normal(3), fit_density(draws.fitted, draws.choosing), draws.measuring)
    assert abs(far.nats) < 4 * far.error + 0.02


def test_fits_are_the_same_for_a_seed_and_few_draws_get_few_components() -> None:
    fitted, held_out = KNOWN.draw(45, seed=0), KNOWN.draw(20, seed=1)
    one, other = (fit_density(fitted, held_out, seed=4) for _ in range(2))
    assert len(one.weight) <= 2
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_too_few_images_are_said_to_be() -> None:
    with pytest.raises(VAEError, match=r"11 images are too few .* 20 are needed"):
        split_draws(np.zeros((11, 2), np.float32), np.ones((11, 2), np.float32))


def test_a_mixture_draws_what_it_was_fitted_to() -> None:
    generator = np.random.default_rng(0)
    middles = np.array([[-20.0, 0.0], [0.0, 30.0], [40.0, 5.0]])
    which = generator.choice(3, 6000, p=[0.5, 0.3, 0.2])
    latents = (middles[which] + generator.standard_normal((6000, 2)) @ [[1.0, 0.8], [0.0, 0.5]]).astype(np.float32)
    draw = fit_density(latents[:5000], latents[5000:]).draw
    z = draw(20_000, 1)
    assert z.dtype == np.float32
    np.testing.assert_array_equal(draw(20_000, 1), z)
    for part, middle in enumerate(middles):
        mine, theirs = (rows[np.linalg.norm(rows - middle, axis=1) < 10] for rows in (z, latents))
        assert len(mine) / 20_000 == pytest.approx((which == part).mean(), abs=0.01)
        np.testing.assert_allclose(mine.mean(0), theirs.mean(0), atol=0.1)
        np.testing.assert_allclose(np.cov(mine.T), np.cov(theirs.T), atol=0.1)
    # Or repeats, which are cut from the draws in their order, would be of one part each.
    assert len(np.unique(np.linalg.norm(z[:50, None] - middles, axis=2).argmin(1))) == 3
