"""How much dimensions of the aggregate posterior depend on each other, by a batch's posteriors and by a discriminator."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, MultivariateNormal, Normal

from vae.models.distributions import DiagonalNormal, NormalPixels
from vae.models.modules import PriorModule
from vae.models.objectives import Batch
from vae.models.objectives.discriminator import Discriminator, shuffled
from vae.models.objectives.factor import Factor
from vae.models.objectives.tcvae import TCVAE, log_aggregate
from vae.models.priors import StandardNormal


def posteriors(count: int, dims: int, seed: int = 0) -> DiagonalNormal:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(count, dims, generator=generator)
    return DiagonalNormal(mean, 0.3 + torch.rand(count, dims, generator=generator))


def terms_of(count: int, dims: int, total: int) -> dict[str, Tensor]:
    q, x = posteriors(count, dims), torch.zeros(count, 1, 1, 1)
    z, p = q.rsample(torch.Generator().manual_seed(1)), NormalPixels(x, 1.0)
    return TCVAE()(q, z, p, PriorModule(StandardNormal(), dims), x, Batch(count, total, lambda z: p))


def correlated(correlation: float = 0.8, dims: int = 2) -> MultivariateNormal:
    return MultivariateNormal(torch.zeros(dims), correlation + (1 - correlation) * torch.eye(dims))


def total_correlation(normal: MultivariateNormal) -> float:
    """In closed form, of variances of one."""
    return -0.5 * torch.logdet(normal.covariance_matrix).item()


def test_of_all_images_the_aggregate_posterior_is_exact() -> None:
    q = posteriors(40, 3)
    z = q.rsample(torch.Generator().manual_seed(1))
    even = Categorical(torch.ones(40))
    whole = MixtureSameFamily(even, Independent(Normal(*q), 1)).log_prob(z)
    product = sum(MixtureSameFamily(even, Normal(q.mean[:, d], q.std[:, d])).log_prob(z[:, d]) for d in range(3))
    for mine, expected in zip(log_aggregate(q, z, 40), (whole, product), strict=True):
        torch.testing.assert_close(mine, expected)


def test_over_all_batches_that_an_image_can_be_in_its_density_is_unbiased() -> None:
    q = posteriors(6, 2)
    z = q.rsample(torch.Generator().manual_seed(1))
    for size in (2, 3, 5):
        found = []
        for others in combinations(range(1, 6), size - 1):
            some = [0, *others]
            found.append(log_aggregate(DiagonalNormal(q.mean[some], q.std[some]), z[some], 6)[0][0].exp())
        torch.testing.assert_close(torch.stack(found).mean(), log_aggregate(q, z, 6)[0][0].exp())


@pytest.mark.parametrize(("count", "total"), [(30, 30), (30, 1000), (1, 1), (1, 50)])
def test_the_parts_sum_to_the_kl_of_the_draw(count: int, total: int) -> None:
    q = posteriors(count, 3)
    z = q.rsample(torch.Generator().manual_seed(1))
    terms = terms_of(count, 3, total)
    torch.testing.assert_close(
        terms["mi"] + terms["tc"] + terms["dwkl"], q.log_prob(z) - PriorModule(StandardNormal(), 3).log_prob(z)
    )
    torch.testing.assert_close(terms["kl"], PriorModule(StandardNormal(), 3).kl(q, z))


def test_of_one_dimension_there_is_no_total_correlation() -> None:
    for total in (30, 1000):
        torch.testing.assert_close(terms_of(30, 1, total)["tc"], torch.zeros(30), atol=1e-5, rtol=0)


def test_beta_weighs_the_total_correlation_alone() -> None:
    terms = terms_of(30, 3, 100)
    bound = terms["recon"] + terms["kl"]
    torch.testing.assert_close(TCVAE().loss(terms, 1.0), bound)
    torch.testing.assert_close(TCVAE().loss(terms, 5.0), bound + 4 * terms["tc"])
    titles = [TCVAE().loss_title(beta) for beta in (1, 5, 0.5)]
    assert titles[0] == "reconstruction + KL"
    assert titles[1:] == [f"{titles[0]} {more} × total correlation" for more in ("+ 4", "− 0.5")]


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_of_a_normal_aggregate_it_is_what_it_is_in_closed_form(correlation: float) -> None:
    normal, std = correlated(correlation), 0.4
    means = MultivariateNormal(torch.zeros(2), normal.covariance_matrix - std**2 * torch.eye(2))
    found = []
    torch.manual_seed(0)
    for _ in range(10):
        q = DiagonalNormal(means.sample((1000,)), torch.full((1000, 2), std))
        whole, product = log_aggregate(q, q.rsample(), 10**9)  # as good as infinitely many
        found.append((whole - product).mean().item())
    each = torch.tensor(found)
    error = each.std().item() / math.sqrt(len(found))
    assert error < 0.02
    # The logarithms are a little too low, by a hundredth here.
    assert abs(each.mean().item() - total_correlation(normal)) < 4 * error + 0.01


def test_a_shuffle_keeps_each_dimension_and_parts_them() -> None:
    z = correlated(0.95).sample((2000,))
    mixed = shuffled(z, torch.Generator().manual_seed(0))
    torch.testing.assert_close(mixed.sort(0).values, z.sort(0).values)
    assert abs(torch.corrcoef(mixed.T)[0, 1]) < 4 / math.sqrt(2000)
    assert torch.equal(mixed, shuffled(z, torch.Generator().manual_seed(0)))


def test_a_discriminator_that_has_learned_knows_the_ratio_of_the_densities() -> None:
    torch.manual_seed(0)
    normal, discriminator = correlated(0.8), Discriminator(2, 32)
    steps, generator = 400, torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(discriminator.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        z = normal.sample((512,))
        q = DiagonalNormal(z, z)
        optimizer.zero_grad()
        discriminator.learn(q, z, Batch(512, 512, lambda z: NormalPixels(z, 1.0), generator)).backward()
        optimizer.step()
        schedule.step()
    z = normal.sample((4000,))
    ratio = normal.log_prob(z) - Normal(0.0, 1.0).log_prob(z).sum(1)
    with torch.no_grad():
        found = discriminator.log_ratio(z)
    assert (found - ratio).abs().median() < 0.15
    assert found.mean().item() == pytest.approx(total_correlation(normal), abs=0.08)  # 0.51


def test_the_encoder_learns_from_the_discriminator_whose_weights_stay_out_of_it() -> None:
    discriminator, z = Discriminator(3, 8), torch.randn(5, 3, requires_grad=True)
    torch.testing.assert_close(discriminator.log_ratio(z), discriminator(z))
    discriminator.log_ratio(z).sum().backward()
    assert all(parameter.grad is None for parameter in discriminator.parameters())
    gradient, z.grad = z.grad, None
    discriminator(z).sum().backward()
    torch.testing.assert_close(gradient, z.grad)


def test_gamma_weighs_what_the_discriminator_says() -> None:
    terms = {"recon": 90.0, "kl": 7.0, "tc": -0.5}
    assert Factor(gamma=8.0).loss(terms, 2.0) == 90 + 2 * 7 - 8 * 0.5
    assert Factor(gamma=8.0).loss_title(2.0) == "reconstruction + 2 × KL + 8 × total correlation"
