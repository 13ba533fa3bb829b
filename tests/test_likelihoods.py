from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from vae.errors import ConfigError
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Gaussian, scored

OUTPUT = 4 * torch.randn(3, 1, 4, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_means_are_pixels_and_the_layer_that_the_browser_runs(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    mean = likelihood(OUTPUT).mean
    assert mean.shape == OUTPUT.shape
    assert ((mean >= 0) & (mean <= 1)).all()
    torch.testing.assert_close(likelihood.mean_layer.module()(OUTPUT), mean)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_an_image_is_likeliest_where_it_is_the_mean(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    x = likelihood(OUTPUT).mean
    best = likelihood(OUTPUT).log_prob(x)
    assert best.shape == (3,)
    for shift in (-0.5, -0.01, 0.01, 0.5):
        assert (likelihood(OUTPUT + shift).log_prob(x) < best).all()


@pytest.mark.parametrize("std", [0.05, 0.1, 1.0])
def test_gaussian_weighs_the_squared_error_by_its_deviation(std: float) -> None:
    black, grey = torch.zeros_like(OUTPUT), torch.full_like(OUTPUT, 0.5)
    mean = OUTPUT.sigmoid()
    gap = Gaussian(std)(OUTPUT).log_prob(black) - Gaussian(std)(OUTPUT).log_prob(grey)
    squared = ((grey - mean).square() - (black - mean).square()).sum((1, 2, 3))
    torch.testing.assert_close(gap, squared / (2 * std**2), rtol=1e-4, atol=1e-3)


def test_bernoulli_of_an_undecided_decoder_is_a_bit_a_pixel() -> None:
    x = torch.rand(3, 1, 4, 5, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(Bernoulli()(torch.zeros_like(OUTPUT)).log_prob(x), torch.full((3,), -20 * math.log(2)))


@pytest.mark.parametrize(
    "std", [0, -1, 1e-4, 11, math.nan, math.inf, 10**400, "0.1", True, None], ids=lambda std: f"{std!r:.12}"
)
def test_gaussian_takes_a_deviation_within_bounds(std: Any) -> None:
    with pytest.raises(ConfigError, match=r"^likelihood\.std: "):
        Gaussian(std)


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_a_likelihood_of_two_values_is_one_whose_grey_pixels_cost_even_a_perfect_decoder(kind: str) -> None:
    floor = LIKELIHOODS[kind]().floor(torch.full((2, 1, 3, 3), 0.5))
    assert (floor is not None and bool((floor > 0).all())) == LIKELIHOODS[kind].of_two


@pytest.mark.parametrize("floor", [None, 0.0])
def test_nats_of_draws_need_no_word(floor: float | None) -> None:
    assert scored(floor) == ""


def test_nats_of_grey_pixels_have_a_word_and_what_they_owe() -> None:
    assert "12.35" in scored(12.345678)
    assert scored(12.3).startswith("cross entropy of grey pixels, no log-likelihood")
    unseen = scored(math.nan)
    assert unseen.startswith("where pixels are grey, a cross entropy, no log-likelihood")
    assert "nan" not in unseen
