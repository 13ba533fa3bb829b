from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, distributions

from vae.errors import ConfigError
from vae.models.layers import build
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Gaussian, Likelihood, scored

OUTPUT = 4 * torch.randn(3, 1, 4, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_means_are_pixels_and_what_the_layers_that_the_browser_runs_give(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    mean = likelihood(OUTPUT).mean
    assert mean.shape == OUTPUT.shape
    assert ((mean >= 0) & (mean <= 1)).all()
    torch.testing.assert_close(build(likelihood.mean_layers(1))(OUTPUT), mean)


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


# Of which torch knows what it says of a pixel with this logit.
REFERENCES: list[tuple[Likelihood, Callable[[Tensor], distributions.Distribution]]] = [
    (Bernoulli(), lambda logit: distributions.Bernoulli(logits=logit, validate_args=False)),
    *((Gaussian(std), lambda logit, std=std: distributions.Normal(logit.sigmoid(), std)) for std in (0.05, 0.1, 1.0)),
]
REFERRED = pytest.mark.parametrize(
    ("likelihood", "reference"), REFERENCES, ids=[likelihood.title for likelihood, _ in REFERENCES]
)


@REFERRED
def test_a_score_is_what_each_pixel_costs(
    likelihood: Likelihood, reference: Callable[[Tensor], distributions.Distribution]
) -> None:
    generator = torch.Generator().manual_seed(2)
    output = 8 * torch.randn(200, 1, 1, 1, generator=generator, dtype=torch.float64)
    x = torch.rand(200, 1, 1, 1, generator=generator, dtype=torch.float64)
    x[:20], x[20:40] = 0, 1
    costs = -likelihood(output).log_prob(x)  # of images of one pixel
    score = torch.from_numpy(likelihood.score()({"x": x.numpy(), "a0": output.numpy()}))
    torch.testing.assert_close(score.flatten(), costs)
    torch.testing.assert_close(score, -reference(output).log_prob(x))


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_the_scores_of_its_pixels_add_up_to_what_an_image_costs(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    count, generator = likelihood.parameters, torch.Generator().manual_seed(3)
    output = torch.randn(5, count * 3, 4, 2, generator=generator)
    x = torch.rand(5, 3, 4, 2, generator=generator)
    values = {f"a{place}": part.numpy() for place, part in enumerate(output.chunk(count, 1))} | {"x": x.numpy()}
    scores = likelihood.score()(values)
    assert scores.shape == x.shape
    np.testing.assert_allclose(scores.sum((1, 2, 3)), -likelihood(output).log_prob(x).numpy(), rtol=1e-5)


@REFERRED
def test_many_samples_have_the_mean_and_the_variance_of_their_distribution(
    likelihood: Likelihood, reference: Callable[[Tensor], distributions.Distribution]
) -> None:
    n, output = 40_000, OUTPUT / 2  # or some pixels would hardly ever differ from their mean
    expected, many = reference(output), likelihood(output.repeat_interleave(n, 0))
    drawn = many.sample(torch.Generator().manual_seed(0)).unflatten(0, (-1, n)).double()
    torch.testing.assert_close(many.mean[::n], expected.mean)
    centred = drawn - expected.mean.unsqueeze(1)
    for samples, value in ((centred, 0), (centred.square(), expected.variance)):
        error = samples.std(1) / math.sqrt(n)
        assert ((samples.mean(1) - value).abs() < 5 * error).all()


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_samples_are_images_and_those_of_their_generator(kind: str) -> None:
    pixels = LIKELIHOODS[kind]()(OUTPUT)
    first, again, other = (pixels.sample(torch.Generator().manual_seed(seed)) for seed in (4, 4, 5))
    assert first.shape == pixels.mean.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    if LIKELIHOODS[kind].of_two:
        assert set(first.unique().tolist()) == {0, 1}


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
