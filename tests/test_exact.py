from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import config, image_set, stir
from torch import Tensor

import vae
import vae.data
from vae.errors import VAEError
from vae.evaluation.bounds import evaluate, importance_bound, posteriors
from vae.evaluation.estimates import WRONG_MODE_GAIN
from vae.evaluation.exact import TOLERANCE, exact, integrate
from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal, NormalPixels, PixelDistribution
from vae.models.likelihoods import Gaussian
from vae.models.places import Search, decode_places
from vae.models.vae import VAE

PLAIN = Condition()


class Linear(VAE):
    """p(x|z) = N(W z, std^2): its likelihood, posterior and tempered integrals are known in closed form."""

    def __init__(self, std: float, dims: int = 2, slope: float = 1.0) -> None:
        super().__init__(replace(config(latent_dim=dims), likelihood=Gaussian(std)))
        generator = torch.Generator().manual_seed(1)
        self.weight = slope * torch.randn(math.prod(self.config.image_shape), dims, generator=generator) / 4
        self.pixel_std = std

    def likelihood(self, z: Tensor, condition: Condition = PLAIN) -> PixelDistribution:
        return NormalPixels((z @ self.weight.T).unflatten(1, self.config.image_shape), self.pixel_std)

    def images(self, count: int = 5) -> Tensor:
        generator = torch.Generator().manual_seed(2)
        z = 1.5 * torch.randn(count, self.config.latent_dim, generator=generator)
        noise = torch.randn(count, *self.config.image_shape, generator=generator)
        return self.likelihood(z).mean + self.pixel_std * noise

    def log_integral(self, x: Tensor, power: float) -> Tensor:
        """log of the integral of N(x; W z, s^2)^power N(z; 0, I): of N(x; W z, s^2 / power), but for constants."""
        pixels, scale = x[0].numel(), self.pixel_std**2 / power
        covariance = (self.weight @ self.weight.T).double() + scale * torch.eye(pixels, dtype=torch.float64)
        marginal = torch.distributions.MultivariateNormal(torch.zeros(pixels, dtype=torch.float64), covariance)
        constant = -0.5 * power * pixels * math.log(2 * math.pi * self.pixel_std**2)
        constant += 0.5 * pixels * math.log(2 * math.pi * scale)
        return marginal.log_prob(x.flatten(1).double()) + constant


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("std", [1.0, 0.1, 0.02])
@pytest.mark.parametrize("power", [1.0, 0.25, 4.0])
def test_integrals_are_those_of_a_linear_model(dims: int, std: float, power: float) -> None:
    """From posteriors as wide as the prior to some that are narrower than a fiftieth of the first grid's spacing."""
    model = Linear(std, dims)
    x = model.images()
    places = decode_places(model.likelihood, dims, 141, torch.device("cpu"), 7.0)
    integral = integrate(model, x, PLAIN, power, places)
    assert (integral.apart <= TOLERANCE).all()
    expected = model.log_integral(x, power)
    # Log densities of that size are sums of squares in float32.
    torch.testing.assert_close(integral.value.double(), expected, atol=2e-3, rtol=3e-5)


def test_an_integral_of_two_narrow_modes_counts_both() -> None:
    class Folded(Linear):
        def likelihood(self, z: Tensor, condition: Condition = PLAIN) -> PixelDistribution:
            mean = z[:, :1].square().expand(-1, math.prod(self.config.image_shape))
            return NormalPixels(mean.unflatten(1, self.config.image_shape), 0.1)

    model = Folded(0.1, 1)
    x = torch.ones(1, *model.config.image_shape)
    places = decode_places(model.likelihood, 1, 141, torch.device("cpu"), 7.0)
    integral = integrate(model, x, PLAIN, 1.0, places).value.item()
    z = torch.linspace(-7, 7, 2_000_001, dtype=torch.float64).unsqueeze(1)
    pixels = x.numel()
    logs = -0.5 * pixels * ((1 - z.square()) / 0.1).square() - pixels * math.log(0.1 * math.sqrt(2 * math.pi))
    logs = logs - 0.5 * z.square() - 0.5 * math.log(2 * math.pi)
    assert integral == pytest.approx((logs.logsumexp(0) + math.log(14 / 2_000_000)).item(), abs=1e-3)


def test_a_peak_that_no_place_sees_is_counted_where_a_posterior_lies() -> None:
    """Two modes of one width, a sixteenth of the spacing, of which one lies at a place and the other half way between two."""
    here, there, std = 1.0, -1.05, 0.1

    class Apart(Linear):
        def likelihood(self, z: Tensor, condition: Condition = PLAIN) -> PixelDistribution:
            mean = 1 + ((z[:, :1] - here) * (z[:, :1] - there)).expand(-1, math.prod(self.config.image_shape))
            return NormalPixels(mean.unflatten(1, self.config.image_shape), std)

    model = Apart(std, 1)
    x = torch.ones(2, *model.config.image_shape)
    places = decode_places(model.likelihood, 1, 141, torch.device("cpu"), 7.0)
    pixels = x[0].numel()
    width = std / (here - there) / math.sqrt(pixels)
    # Parabolas, as good as.
    modes = -0.5 * torch.tensor([here, there]).square() - pixels * math.log(std * math.sqrt(2 * math.pi))
    expected = (modes + math.log(width)).logsumexp(0).item()
    at = torch.tensor([[there], [here]])
    integral = integrate(model, x, PLAIN, 1.0, places, peaks=[DiagonalNormal(at, torch.full_like(at, width))])
    assert (integral.apart <= TOLERANCE).all()
    assert integral.value[0].item() == pytest.approx(expected, abs=2e-3)
    assert integral.value[1].item() < expected - 0.5, "of which nobody tells"


def fitting(places: int = 0) -> VAE:
    made = replace(config("mlp-range"), refinement=2, places=places)
    return stir(VAE(made, seed=2))


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_the_parts_add_up_and_none_is_negative(beta: float) -> None:
    model, data = fitting(), image_set(40)
    parts = exact(model, data, beta)
    assert (len(parts.gap), parts.unresolved) == (40, 0)
    assert min(parts.mode.min(), parts.encoder.min()) >= 0
    assert parts.family.mean() > -0.01  # expectations by nodes err by as much
    assert parts.gap.mean() > -0.01
    if beta == 1:
        assert parts.gap == pytest.approx(parts.family + parts.mode + parts.encoder, abs=5e-3)


def test_the_gap_is_what_many_draws_find() -> None:
    """Draws from around each posterior, far enough to find other modes."""
    model, data = fitting(32), image_set(20)
    given = posteriors(model, data)
    parts = exact(model, data, given=given)
    elbo = evaluate(model, data, given=given, samples=400)
    wide = importance_bound(model, data, 4000, given=DiagonalNormal(0.5 * given.mean, 0.7 * given.std + 0.7))
    assert elbo.loss - wide.nll == pytest.approx(parts.gap.mean(), abs=0.1)


class Folded(Linear):
    """Every image has two modes, at both solutions of z^2 + 0.6 z = c, of which the prior likes the right one better."""

    def likelihood(self, z: Tensor, condition: Condition = PLAIN) -> PixelDistribution:
        return super().likelihood(z.square() + 0.6 * z)


def test_a_wrong_mode_is_told_from_a_bad_encoder() -> None:
    model = Folded(0.3, dims=1)
    z = torch.linspace(0.8, 1.4, 20).unsqueeze(1)
    pixels = model.likelihood(z).mean
    # Images of 256 levels of grey, which Gaussian pixels around 0 aren't: they say where the two modes are all the same.
    data = image_set(20)._replace(images=(255 * pixels.clamp(0, 1)).round().to(torch.uint8))
    x = data.floats(slice(None))
    search = Search(
        decode_places(model.likelihood, 1, 400, torch.device("cpu"), model.latent_prior.edge),
        model.likelihood,
        model.prior,
        1.0,
        12,
    )
    wide = torch.full_like(z, 0.05)
    best, wrong = (search.at_rest(x, DiagonalNormal(mean, wide)) for mean in (z, -0.6 - z))
    assert (best.mean > 0).all()
    assert (wrong.mean < 0).all(), "rest is where posteriors are, not the best of all places"
    apart = search.objective(x, wrong) - search.objective(x, best)
    assert (apart > 0.3).all()
    parts = exact(model, data, given=best)
    assert max(parts.mode.max(), parts.encoder.max()) < 0.02
    parts = exact(model, data, given=wrong)
    np.testing.assert_allclose(parts.mode, apart, atol=0.02)
    assert parts.encoder.max() < 0.02
    assert parts.wrong == (apart > WRONG_MODE_GAIN).sum()
    shaken = DiagonalNormal(wrong.mean, 2 * wrong.std)
    off = search.objective(x, shaken) - search.objective(x, wrong)
    parts = exact(model, data, given=shaken)
    np.testing.assert_allclose(parts.encoder, off, atol=0.02)
    np.testing.assert_allclose(parts.mode, apart, atol=0.02)


def test_only_lines_and_planes_are_summed_over() -> None:
    with pytest.raises(VAEError, match="3 latent dimensions"):
        exact(VAE(config(latent_dim=3)), image_set(3))


def test_an_encoder_that_is_off_is_not_taken_for_a_wrong_mode() -> None:
    """Digits' posteriors are wide and bent: steps that cycle would end at other modes than the ones downhill of where posteriors are."""
    model, test = vae.load("digits-2d"), vae.data.load("digits")
    parts = exact(model, test.subset(torch.arange(150, 180)))
    assert parts.encoder[15] == pytest.approx(2.02, abs=0.05), (
        "image 165, from where it is downhill to the best of all modes"
    )
    assert parts.mode[15] == pytest.approx(0, abs=0.01)
