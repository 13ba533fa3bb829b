"""Free bits, and a KL that is held to a capacity."""

from __future__ import annotations

import pytest
import torch
from tiny import Correlated, config, image_set
from torch import Tensor

from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal, NormalPixels
from vae.models.modules import PriorModule
from vae.models.objectives import ELBO, Batch, Objective
from vae.models.objectives.capacity import Capacity
from vae.models.priors import Prior, StandardNormal
from vae.models.vae import VAE
from vae.training.passes import joint


def posteriors(count: int = 50, dims: int = 3) -> DiagonalNormal:
    """Some that have the less to say the later a dimension comes."""
    generator = torch.Generator().manual_seed(0)
    scale = 0.1 ** torch.arange(dims)
    mean = scale * torch.randn(count, dims, generator=generator)
    std = 1 - scale * (0.2 + 0.5 * torch.rand(count, dims, generator=generator))
    return DiagonalNormal(mean.requires_grad_(), std.requires_grad_())


def terms_of(
    objective: Objective, q: DiagonalNormal, prior: Prior | None = None, progress: float = 1.0
) -> dict[str, Tensor]:
    """Of images whose decoder says nothing."""
    x, z = torch.zeros(len(q.mean), 1, 1, 1), q.rsample(torch.Generator().manual_seed(0))
    p = NormalPixels(x, 1.0)
    module = PriorModule(prior or StandardNormal(), q.mean.shape[1])
    return objective(q, z, p, module, x, Batch(len(x), len(x), lambda z: p, progress=progress))


def test_without_free_bits_nothing_is_paid_beyond_the_kl() -> None:
    assert ELBO().plain
    assert terms_of(ELBO(), posteriors()).keys() == {"recon", "kl"}


@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
def test_each_dimension_costs_its_kl_or_its_free_bits(beta: float) -> None:
    q, free = posteriors(), ELBO(0.1)
    terms = terms_of(free, q)
    by_dim = PriorModule(StandardNormal(), 3).kl_by_dim(q)
    assert by_dim is not None
    torch.testing.assert_close(terms["kl"], by_dim.sum(1))
    assert (by_dim.mean(0) < 0.1).tolist() == [False, True, True]
    paid = free.loss(terms, beta) - terms["recon"]
    assert paid.mean().item() == pytest.approx(beta * by_dim.mean(0).clamp(min=0.1).sum().item(), rel=1e-5)
    averages = {name: term.mean().item() for name, term in terms.items()}
    assert free.loss(averages, beta) == pytest.approx(free.loss(terms, beta).mean().item(), rel=1e-5)


def test_below_its_free_bits_a_dimension_has_no_gradient_and_above_them_that_of_its_kl() -> None:
    q = posteriors()
    got = torch.autograd.grad(ELBO(0.1).loss(terms_of(ELBO(0.1), q), 2.0).mean(), q)
    expected = torch.autograd.grad(2 * terms_of(ELBO(), q)["kl"].mean(), q)
    for mine, other in zip(got, expected, strict=True):
        torch.testing.assert_close(mine[:, 0], other[:, 0])
        torch.testing.assert_close(mine[:, 1:], torch.zeros_like(mine[:, 1:]), atol=1e-9, rtol=0)


def test_under_a_prior_without_a_kl_by_dimension_it_is_the_whole_that_is_compared() -> None:
    q = posteriors()
    kl = terms_of(ELBO(), q, Correlated())["kl"].mean().item()
    for free in (kl - 0.2, kl + 0.2):
        terms = terms_of(ELBO(free), q, Correlated())
        assert (terms["kl"] + terms["free_bits"]).mean().item() == pytest.approx(max(kl, free), rel=1e-5)


def test_the_capacity_grows_with_training() -> None:
    held = Capacity(capacity=8.0, over=0.5)
    assert [held.capacity_at(progress) for progress in (0, 0.125, 0.25, 0.5, 0.75, 1)] == [0, 2, 4, 8, 8, 8]
    assert Capacity(capacity=8.0, over=0.0).capacity_at(0.0) == 8


@pytest.mark.parametrize("progress", [0.0, 0.1, 0.5])
def test_the_kl_is_pulled_to_the_capacity_of_the_moment(progress: float) -> None:
    held, q = Capacity(capacity=5.0, gamma=7.0, over=0.5), posteriors()
    terms = terms_of(held, q, progress=progress)
    kl = terms["kl"].mean()
    missed = kl.item() - 10 * progress
    assert terms["missed"].mean().item() == pytest.approx(abs(missed), rel=1e-4)
    assert held.loss(terms, 1.0).mean().item() == pytest.approx(
        terms["recon"].mean().item() + 7 * abs(missed), rel=1e-4
    )
    got = torch.autograd.grad(held.loss(terms, 1.0).mean(), q, retain_graph=True)
    for mine, other in zip(got, torch.autograd.grad(kl, q), strict=True):
        torch.testing.assert_close(mine, (7 if missed > 0 else -7) * other)


def test_a_pass_tells_how_far_training_is() -> None:
    model, x, held = VAE(config()), image_set(6).floats(slice(None)), Capacity()
    early, late = (
        joint(model, x, Condition(), held, 6, generator=torch.Generator().manual_seed(0), progress=progress).terms
        for progress in (0.0, 1.0)
    )
    torch.testing.assert_close(early["missed"], early["kl"])
    torch.testing.assert_close(late["missed"], held.capacity - late["kl"])
