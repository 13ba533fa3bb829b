"""The importance-weighted bound and its gradient, above all of a linear model, of which everything is known."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
import torch
from tiny import config, image_set, stir
from torch import Tensor
from torch.distributions import MultivariateNormal

from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal, NormalPixels, PixelDistribution
from vae.models.modules import PriorModule
from vae.models.objectives import ELBO, Batch, iwae
from vae.models.objectives.iwae import IWAE
from vae.models.priors import StandardNormal
from vae.models.vae import VAE
from vae.training.passes import joint

STD = 0.5  # of a pixel
IMAGE = torch.tensor([1.0, -0.4, 0.7])
WEIGHT = torch.tensor([[0.9, -0.3], [0.2, 0.8], [-0.5, 0.4]])
PRIOR = PriorModule(StandardNormal(), 2)
EVIDENCE = MultivariateNormal(torch.zeros(3), WEIGHT @ WEIGHT.T + STD**2 * torch.eye(3)).log_prob(IMAGE).item()


class Linear(NamedTuple):
    """p(x|z) = N(weight z, STD^2), and a posterior of one image that isn't its best, each of them `count` times over: the gradients of
    each row are then as many estimates."""

    q: DiagonalNormal  # (count, 2)
    weight: Tensor  # (count, 3, 2)

    @classmethod
    def make(cls, count: int) -> Linear:
        mean = torch.tensor([0.4, 0.1]).repeat(count, 1).requires_grad_()
        std = torch.tensor([0.7, 0.5]).repeat(count, 1).requires_grad_()
        return cls(DiagonalNormal(mean, std), WEIGHT.repeat(count, 1, 1).requires_grad_())

    def decode(self, z: Tensor) -> NormalPixels:
        weight = self.weight.repeat_interleave(len(z) // len(self.weight), 0)
        return NormalPixels((weight @ z.unsqueeze(2)).view(-1, 1, 1, 3), STD)

    def bound(self, draws: int, seed: int = 0) -> Tensor:
        """The bound, (count,), as the objective has it."""
        generator, x = torch.Generator().manual_seed(seed), IMAGE.expand(len(self.weight), 1, 1, 3)
        z = self.q.rsample(generator)
        batch = Batch(len(x), len(x), self.decode, generator)
        return -IWAE(draws)(self.q, z, self.decode(z), PRIOR, x, batch)["iwae"]

    def plain(self, draws: int, seed: int = 1) -> Tensor:
        """The same as its formula has it, with the gradients that this has."""
        generator, x = torch.Generator().manual_seed(seed), IMAGE.expand(len(self.weight), 1, 1, 3)
        each = [self.q.rsample(generator) for _ in range(draws)]
        log_w = [self.decode(z).log_prob(x) + PRIOR.log_prob(z) - self.q.log_prob(z) for z in each]
        return torch.stack(log_w).logsumexp(0) - math.log(draws)

    def gradients(self, bound: Tensor) -> list[Tensor]:
        """An estimate a row: of the encoder's mean and standard deviation, and of the decoder's weight."""
        return [gradient.flatten(1) for gradient in torch.autograd.grad(bound.sum(), [*self.q, self.weight])]


def test_the_bound_grows_with_its_draws_to_the_evidence() -> None:
    with torch.no_grad():
        found = [Linear.make(20_000).bound(draws) for draws in (1, 2, 8, 64)]
    means = [each.mean().item() for each in found]
    error = max(each.std().item() for each in found) / math.sqrt(20_000)
    assert means == sorted(means)
    assert means[0] < EVIDENCE - 20 * error
    assert means[-1] == pytest.approx(EVIDENCE, abs=0.01)
    # And the weights themselves are unbiased.
    for each in found[1:]:
        weights = each.exp()
        assert abs(weights.mean() - math.exp(EVIDENCE)) < 4 * weights.std() / math.sqrt(20_000)


def test_one_draw_is_the_elbo() -> None:
    linear, x = Linear.make(20_000), IMAGE.expand(20_000, 1, 1, 3)
    bound = linear.bound(1)
    z = linear.q.rsample(torch.Generator().manual_seed(0))
    elbo = linear.decode(z).log_prob(x) - PRIOR.kl(linear.q, z)
    apart = (bound - elbo).detach()
    assert abs(apart.mean()) < 4 * apart.std() / math.sqrt(20_000)
    for mine, other in zip(linear.gradients(bound), linear.gradients(elbo), strict=True):
        gap = mine - other
        assert (gap.mean(0).abs() < 4 * gap.std(0) / math.sqrt(20_000) + 1e-6).all()


@pytest.mark.parametrize("draws", [1, 2, 5, 20])
def test_the_gradient_has_the_mean_of_the_plain_one_and_less_noise(draws: int) -> None:
    count = 20_000
    linear = Linear.make(count)
    mine, plain = linear.gradients(linear.bound(draws)), linear.gradients(linear.plain(draws))
    for one, other in zip(mine, plain, strict=True):
        error = ((one.var(0) + other.var(0)) / count).sqrt()
        assert ((one.mean(0) - other.mean(0)).abs() < 4.5 * error).all()
    for one, other in zip(mine[:2], plain[:2], strict=True):
        assert (one.var(0) < 0.8 * other.var(0)).all()  # of the encoder


def test_more_draws_make_the_plain_gradient_of_the_encoder_noisier_beside_its_size_and_this_one_not() -> None:
    def noise(gradient: Tensor) -> float:
        return (gradient.std(0) / gradient.mean(0).abs()).median().item()

    linear = Linear.make(20_000)
    mine, plain = ([noise(linear.gradients(of(draws))[1]) for draws in (4, 64)] for of in (linear.bound, linear.plain))
    assert plain[1] > 2 * plain[0]
    assert mine[1] < 1.5 * mine[0]


def test_the_decoder_learns_from_each_draw_by_its_share() -> None:
    linear = Linear.make(7)
    (mine,) = torch.autograd.grad(linear.bound(5).sum(), linear.weight)
    generator = torch.Generator().manual_seed(0)
    z = linear.q.rsample(generator)
    more = DiagonalNormal(*(part.unsqueeze(1).expand(-1, 4, -1) for part in linear.q)).rsample(generator)
    draws = torch.cat([z.unsqueeze(1), more], 1).detach()
    log_p = linear.decode(draws.flatten(0, 1)).log_prob(IMAGE.expand(35, 1, 1, 3)).view(7, 5)
    q = DiagonalNormal(*(part.unsqueeze(1) for part in linear.q))
    share = (log_p + PRIOR.log_prob(draws.flatten(0, 1)).view(7, 5) - q.log_prob(draws)).softmax(1).detach()
    torch.testing.assert_close(mine, torch.autograd.grad((share * log_p).sum(), linear.weight)[0])


def test_reconstruction_and_kl_are_of_the_first_draw_and_have_their_own_gradients() -> None:
    model, x = VAE(config()), image_set(6).floats(slice(None))
    own, bound = (
        joint(model, x, Condition(), objective, 6, generator=torch.Generator().manual_seed(0)).terms
        for objective in (IWAE(3), ELBO())
    )
    weights = list(model.parameters())
    for name, term in bound.items():
        torch.testing.assert_close(own[name], term)
        gradients = [
            torch.autograd.grad(of[name].sum(), weights, allow_unused=True, retain_graph=True) for of in (own, bound)
        ]
        torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("betas", [(0.2, 5.0), (0.2, 5.0, 1.0, 0.3, 9.0, 2.0)], ids=len)
@pytest.mark.parametrize("network", ["mlp-range", "conv-range"])
def test_the_draws_of_an_image_are_decoded_under_its_own_condition(
    network: str, betas: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x, condition = stir(VAE(config(network))), image_set(6).floats(slice(None)), Condition(torch.tensor(betas))
    seen: list[Tensor] = []

    def decode(latents: Tensor) -> PixelDistribution:
        seen.append(latents)
        return model.likelihood(latents, condition)

    with torch.no_grad():
        q, z, p = model(x, condition, torch.Generator().manual_seed(0))
        found = []
        for decoded in (24, 12):  # latents at once
            monkeypatch.setattr(iwae, "DECODED", decoded)
            batch = Batch(6, 6, decode, torch.Generator().manual_seed(1))
            found.append(IWAE(4)(q, z, p, model.prior, x, batch)["iwae"])
        whole, parted = found
        torch.testing.assert_close(parted, whole)
        assert [len(latents) for latents in seen] == [24, 12, 12]
        draws = seen[0].view(6, 4, 2)
        assert torch.equal(draws[:, 0], z)
        for i in range(6):
            alone = model.likelihood(draws[i], Condition(betas[i * len(betas) // 6]))
            log_p = alone.log_prob(x[i].expand(4, -1, -1, -1)) + model.prior.log_prob(draws[i])
            log_w = log_p - DiagonalNormal(q.mean[i], q.std[i]).log_prob(draws[i])
            torch.testing.assert_close(whole[i], math.log(4) - log_w.logsumexp(0))


def test_weights_are_whole_in_half_precision() -> None:
    model, x = VAE(config()), image_set(6).floats(slice(None))
    found = []
    for half in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            found.append(joint(model, x, Condition(), IWAE(5), 6, generator=torch.Generator().manual_seed(0)).terms)
    exact, rounded = (terms["iwae"] for terms in found)
    assert rounded.dtype == torch.float32
    assert not torch.equal(rounded, exact)
    torch.testing.assert_close(rounded, exact, rtol=0.02, atol=0.2)
