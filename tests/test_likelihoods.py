from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from node import run
from torch import Tensor, distributions

import vae.data
from vae.checkpoints.checkpoint import read, write
from vae.errors import ConfigError
from vae.evaluation.bounds import evaluate
from vae.models.config import ModelConfig, TrainConfig, from_dict
from vae.models.layers import build
from vae.models.likelihoods import (
    LIKELIHOODS,
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    Gaussian,
    Likelihood,
    PixelGaussian,
    SigmaGaussian,
    scored,
)
from vae.models.networks import MLP
from vae.models.pixels import CategoricalPixels, ContinuousBernoulliPixels, DiscretizedLogisticPixels, NormalPixels
from vae.models.vae import VAE
from vae.training.loop import checkpoint_of, train

EVERY = pytest.mark.parametrize("kind", LIKELIHOODS)
LEVEL = 1 / 255


def numbers(likelihood: Likelihood, *shape: int, seed: int = 0, size: float = 4.0) -> Tensor:
    """What a decoder might say of images with this shape, in float64: numbers at random, and those that the likelihood adds."""
    generator = torch.Generator().manual_seed(seed)
    batch, channels, *sides = shape
    output = size * torch.randn(
        batch, likelihood.parameters * channels, *sides, generator=generator, dtype=torch.float64
    )
    return build(likelihood.layers(channels)).double()(output)


def by_name(likelihood: Likelihood, output: Tensor, channels: int) -> dict[str, Any]:
    """The numbers as formulas call them."""
    return {f"a{place}": part.numpy() for place, part in enumerate(output.split(channels, dim=1))}


def images(*shape: int, seed: int = 1) -> Tensor:
    """Images as they are stored, some pixels of them black and some white."""
    x = torch.randint(-40, 296, shape, generator=torch.Generator().manual_seed(seed)).clamp(0, 255)
    return x.double() / 255


@EVERY
def test_means_are_pixels_and_what_their_formula_gives(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output = numbers(likelihood, 3, 2, 4, 5)
    mean = likelihood(output).mean
    assert mean.shape == (3, 2, 4, 5)
    assert ((mean >= 0) & (mean <= 1)).all()
    np.testing.assert_allclose(likelihood.mean()(by_name(likelihood, output, 2)), mean.numpy(), atol=1e-6)


@EVERY
def test_deviations_are_what_their_formula_gives(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output = numbers(likelihood, 3, 2, 4, 5)
    formula = likelihood.deviation()
    assert formula is not None
    said = torch.as_tensor(likelihood(output).std).expand(3, 2, 4, 5)
    np.testing.assert_allclose(formula(by_name(likelihood, output, 2)), said.numpy(), atol=1e-6)


@EVERY
def test_the_scores_of_its_pixels_add_up_to_what_an_image_costs(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output, x = numbers(likelihood, 5, 3, 4, 2), images(5, 3, 4, 2)
    scores = likelihood.score()(by_name(likelihood, output, 3) | {"x": x.numpy()})
    assert scores.shape == x.shape
    np.testing.assert_allclose(scores.sum((1, 2, 3)), -likelihood(output).log_prob(x).numpy(), rtol=1e-5)


@EVERY
def test_evenly_spaced_draws_have_the_mean_and_the_deviation_of_their_distribution(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output = numbers(likelihood, 2, 1, 3, 4, size=1.0)
    u = (np.arange(20_000) + 0.5) / 20_000
    formula = likelihood.draw()
    assert formula is not None
    values = {name: part.reshape(-1, 1) for name, part in by_name(likelihood, output, 1).items()}
    drawn = formula(values | {"u": u[None]})
    assert (np.diff(drawn, axis=1) >= 0).all()
    p = likelihood(output)
    np.testing.assert_allclose(drawn.mean(1), p.mean.flatten().numpy(), atol=2e-4)
    std = torch.as_tensor(p.std).expand(p.mean.shape).flatten().numpy()
    np.testing.assert_allclose(drawn.std(1), std, rtol=5e-3, atol=1e-4)


@EVERY
def test_many_samples_have_the_mean_and_the_deviation_of_their_distribution(kind: str) -> None:
    likelihood, n = LIKELIHOODS[kind](), 20_000
    output = numbers(likelihood, 2, 1, 3, 4, size=1.0)  # or some pixels would hardly ever differ from their mean
    p = likelihood(output)
    drawn = likelihood(output.repeat_interleave(n, 0)).sample(torch.Generator().manual_seed(0)).unflatten(0, (-1, n))
    centred = drawn - p.mean.unsqueeze(1)
    for samples, value in ((centred, 0), (centred.square(), torch.as_tensor(p.std) ** 2)):
        error = samples.std(1) / math.sqrt(n)
        assert ((samples.mean(1) - value).abs() < 5 * error + 1e-6).all()


@EVERY
def test_samples_are_images_and_those_of_their_generator(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    pixels = likelihood(numbers(likelihood, 3, 2, 4, 5))
    first, again, other = (pixels.sample(torch.Generator().manual_seed(seed)) for seed in (4, 4, 5))
    assert first.shape == pixels.mean.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    if likelihood.levels is not None:
        values = first * (likelihood.levels - 1)
        torch.testing.assert_close(values, values.round(), atol=1e-6, rtol=0)


@EVERY
def test_all_images_are_scored_everywhere_as_each_is_by_itself(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    p, x = likelihood(numbers(likelihood, 7, 2, 4, 3)), images(4, 2, 4, 3)
    expected = torch.stack([p.log_prob(one.expand(7, -1, -1, -1)) for one in x])
    torch.testing.assert_close(p.log_prob_of_all(x), expected)
    assert p.log_prob_of_all(x[:0]).shape == (0, 7)


@EVERY
def test_distributions_of_some_batches_are_put_together(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output, x = numbers(likelihood, 7, 2, 4, 3), images(7, 2, 4, 3)
    p = likelihood(output)
    together = type(p).cat([likelihood(part) for part in output.split(3)])
    torch.testing.assert_close(together.log_prob(x), p.log_prob(x))
    torch.testing.assert_close(together.mean, p.mean)


@EVERY
@pytest.mark.parametrize("size", [1.0, 1e2, 1e4])
def test_gradients_stay_finite_where_a_decoder_is_sure_and_wrong(kind: str, size: float) -> None:
    likelihood = LIKELIHOODS[kind]()
    output = numbers(likelihood, 50, 1, 3, 4, size=size).float().requires_grad_()
    zero = torch.zeros_like(output[:1]).requires_grad_()
    for each in (output, zero):
        log_prob = likelihood(each).log_prob(images(len(each), 1, 3, 4).float())
        (gradient,) = torch.autograd.grad(log_prob.sum(), each)
        assert log_prob.isfinite().all()
        assert gradient.isfinite().all()


@EVERY
def test_gradients_are_differences(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output, x = numbers(likelihood, 2, 1, 2, 3, size=2.0).requires_grad_(), images(2, 1, 2, 3)
    assert torch.autograd.gradcheck(lambda each: likelihood(each).log_prob(x), output)


@pytest.mark.parametrize("kind", sorted(set(LIKELIHOODS) - {"categorical"}))
def test_an_image_is_likeliest_where_it_is_the_mean(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    output = numbers(likelihood, 3, 1, 4, 5, size=1.0)
    shift = torch.zeros_like(output)
    shift[:, :1] = 1
    x = likelihood(output).mean
    best = likelihood(output).log_prob(x)
    for step in (-0.5, -0.1, 0.1, 0.5):
        assert (likelihood(output + step * shift).log_prob(x) < best).all()


LOGITS = torch.cat(
    [torch.linspace(-30, 30, 121), torch.linspace(-1.02, 1.02, 81), torch.linspace(-1e-3, 1e-3, 21)]
).double()


# Of which torch knows what it says of a pixel with these numbers.
REFERENCES: list[tuple[Likelihood, Callable[[Tensor, Tensor], distributions.Distribution]]] = [
    (Bernoulli(), lambda a0, _: distributions.Bernoulli(logits=a0, validate_args=False)),
    *((Gaussian(std), lambda a0, _, std=std: distributions.Normal(a0.sigmoid(), std)) for std in (0.05, 0.1, 1.0)),
    (SigmaGaussian(), lambda a0, a1: distributions.Normal(a0.sigmoid(), a1.exp())),
    (PixelGaussian(0.01), lambda a0, a1: distributions.Normal(a0.sigmoid(), 0.01 ** (-a1 - 1).sigmoid())),
    (ContinuousBernoulli(), lambda a0, _: distributions.ContinuousBernoulli(logits=a0)),
]


@pytest.mark.parametrize(("likelihood", "of"), REFERENCES, ids=[likelihood.title for likelihood, _ in REFERENCES])
def test_it_says_what_torch_says(
    likelihood: Likelihood, of: Callable[[Tensor, Tensor], distributions.Distribution]
) -> None:
    output = numbers(likelihood, 400, 1, 1, 1, size=4.0)
    output[: len(LOGITS), 0, 0, 0] = LOGITS
    reference = of(output[:, :1], output[:, -1:])
    p, x = likelihood(output), images(400, 1, 1, 1)
    torch.testing.assert_close(p.log_prob(x), reference.log_prob(x).flatten(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(p.mean, reference.mean, atol=1e-5, rtol=1e-5)
    std = torch.as_tensor(p.std, dtype=torch.float64).expand(p.mean.shape)
    torch.testing.assert_close(std, reference.stddev, atol=1e-5, rtol=1e-5)


def quadrature(count: int = 200) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return torch.from_numpy(nodes + 1) / 2, torch.from_numpy(weights) / 2


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_continuous_bernoulli_integrates_to_one_and_to_its_moments(dtype: torch.dtype) -> None:
    x, weight = quadrature()
    p = ContinuousBernoulliPixels(LOGITS.to(dtype).reshape(-1, 1, 1, 1))
    density = p.log_prob_of_all(x.to(dtype).reshape(-1, 1, 1, 1)).double().exp()  # (nodes, logits)
    tolerance = {torch.float64: 1e-7, torch.float32: 1e-5}[dtype]
    torch.testing.assert_close(weight @ density, torch.ones(len(LOGITS)).double(), atol=tolerance, rtol=0)
    mean = (weight * x) @ density
    torch.testing.assert_close(p.mean.flatten().double(), mean, atol=tolerance, rtol=0)
    std = ((weight * x.square()) @ density - mean.square()).sqrt()
    torch.testing.assert_close(p.std.flatten().double(), std, atol=20 * tolerance, rtol=0)


def test_the_mean_of_a_continuous_bernoulli_is_not_its_sigmoid() -> None:
    p = ContinuousBernoulliPixels(torch.full((1, 1, 1, 1), 4.0))
    assert p.mean.item() == pytest.approx(1 / (1 - math.exp(-4)) - 1 / 4)
    assert p.logits.sigmoid().item() - p.mean.item() > 0.2


EXTREMES = list(product((-1e3, -0.3, 0.0, 0.2, 0.5001, 1.0, 7.0), (1e-4, 0.1 * LEVEL, LEVEL, 0.1, 1.0, 100.0)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_levels_of_a_discretised_logistic_add_up_to_one(dtype: torch.dtype) -> None:
    location, scale = torch.tensor(EXTREMES, dtype=dtype).T.reshape(2, -1, 1, 1, 1)
    levels = torch.arange(256).to(dtype).reshape(-1, 1, 1, 1) / 255
    shares = DiscretizedLogisticPixels(location, scale, 256).log_prob_of_all(levels)
    assert shares.isfinite().all()
    total = shares.double().exp().sum(0)
    # A level is a float32, whose last digit is a thousandth of the narrowest scale.
    torch.testing.assert_close(
        total, torch.ones_like(total), atol={torch.float64: 1e-9, torch.float32: 2e-3}[dtype], rtol=0
    )


@pytest.mark.parametrize("levels", [2, 8, 64])
def test_the_levels_of_a_categorical_add_up_to_one(levels: int) -> None:
    likelihood = Categorical(levels)
    p = likelihood(numbers(likelihood, 3, 1, 1, 1))
    x = torch.linspace(0, 1, levels, dtype=torch.float64).reshape(-1, 1, 1, 1)
    total = p.log_prob_of_all(x).exp().sum(0)
    torch.testing.assert_close(total, torch.ones_like(total))
    assert torch.equal(p.nearest(x).flatten(), torch.arange(levels))


def test_the_mean_of_a_discretised_logistic_is_that_of_its_levels() -> None:
    location, scale = torch.tensor(EXTREMES, dtype=torch.float64).T.reshape(2, -1, 1, 1, 1)
    p = DiscretizedLogisticPixels(location, scale, 256)
    levels = torch.arange(256).double() / 255
    shares = p.log_prob_of_all(levels.reshape(-1, 1, 1, 1)).exp()
    mean = levels @ shares
    away = (p.mean.flatten() - mean).abs()
    assert (away <= 0.5 * LEVEL).all()
    assert (away[scale.flatten() >= LEVEL] < 0.02 * LEVEL).all()
    std = (levels.square() @ shares - mean.square()).clamp(min=0).sqrt()
    torch.testing.assert_close(p.std.flatten(), std, atol=1e-6, rtol=1e-6)


def test_a_level_is_what_the_logistic_distribution_has_of_it() -> None:
    """By differences of the distribution function, where these don't cancel."""
    location, scale = 0.4, 0.05
    x = torch.arange(256).double().reshape(-1, 1, 1, 1) / 255
    cdf = lambda t: torch.sigmoid((t - location) / scale)  # noqa: E731
    expected = cdf(x + 0.5 / 255) - cdf(x - 0.5 / 255)
    expected[0], expected[-1] = cdf(x[0] + 0.5 / 255), 1 - cdf(x[-1] - 0.5 / 255)
    p = DiscretizedLogisticPixels(x.new_full((1, 1, 1, 1), location), x.new_full((1, 1, 1, 1), scale), 256)
    torch.testing.assert_close(p.log_prob_of_all(x).exp().flatten(), expected.flatten())


def kl_of_levels(p: Any, q: Any, levels: int) -> Tensor:
    """KL(p || q) of distributions of one pixel."""
    x = (torch.arange(levels).double() / (levels - 1)).reshape(-1, 1, 1, 1)
    mine, other = p.log_prob_of_all(x), q.log_prob_of_all(x)
    return (mine.exp() * (mine - other)).sum(0)


def kl_of_densities(p: Any, q: Any) -> Tensor:
    """The same of densities between 0 and 1."""
    x, weight = quadrature()
    mine, other = (each.log_prob_of_all(x.reshape(-1, 1, 1, 1)) for each in (p, q))
    return weight @ (mine.exp() * (mine - other))


def distance(p: Any, q: Any) -> Tensor:
    """Half the square of the step between two, in coordinates in which their Fisher information is one."""
    return (q.stabilized - p.stabilized).flatten(1).square().sum(1) / 2


def test_a_small_step_of_stabilized_pixels_changes_the_kl_by_half_its_square() -> None:
    logits = torch.linspace(-40, 40, 161).double().reshape(-1, 1, 1, 1)
    near, aside = ContinuousBernoulliPixels(logits), ContinuousBernoulliPixels(logits + 0.01)
    torch.testing.assert_close(distance(near, aside), kl_of_densities(near, aside), rtol=0.02, atol=1e-12)

    logits = numbers(Categorical(), 30, 1, 1, 1, size=2.0).reshape(30, 8, 1, 1, 1)
    step = 1e-3 * torch.randn(logits.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    near, aside = CategoricalPixels(logits), CategoricalPixels(logits + step)
    torch.testing.assert_close(distance(near, aside), kl_of_levels(near, aside, 8), rtol=0.02, atol=1e-12)

    # Of a location with its scale held.
    scale = torch.rand(30, 1, 1, 1, generator=torch.Generator().manual_seed(3)).double() + 0.02
    mean = torch.linspace(0, 1, 30).double().reshape(-1, 1, 1, 1)
    near, aside = NormalPixels(mean, scale), NormalPixels(mean + 1e-3, scale)
    expected = distributions.kl_divergence(distributions.Normal(mean, scale), distributions.Normal(mean + 1e-3, scale))
    torch.testing.assert_close(distance(near, aside), expected.flatten(), rtol=1e-6, atol=0)


@pytest.mark.parametrize("scale", [LEVEL, 0.02, 0.2, 1.0])
def test_a_small_step_of_a_discretised_logistics_location_does_so_beyond_its_ends_too(scale: float) -> None:
    location = torch.linspace(-4 * scale, 1 + 4 * scale, 50).double().reshape(-1, 1, 1, 1)
    near, aside = (
        DiscretizedLogisticPixels(each, torch.full_like(each, scale), 256)
        for each in (location, location + 0.01 * scale)
    )
    torch.testing.assert_close(distance(near, aside), kl_of_levels(near, aside, 256), rtol=0.06, atol=1e-12)


@EVERY
def test_stabilized_pixels_stay_finite(kind: str) -> None:
    likelihood = LIKELIHOODS[kind]()
    assert likelihood(numbers(likelihood, 20, 1, 3, 3, size=1e3).float()).stabilized.isfinite().all()


DRAW = """async (load, expressions, values, count) => {
    const { compile } = await load("nn/expression.js");
    return expressions.map((expression) => Float64Array.from(compile(expression, count)(values)));
}"""


VARIANTS: list[Likelihood] = [*(kind() for kind in LIKELIHOODS.values()), Categorical(2), Categorical(33)]


@pytest.mark.parametrize("likelihood", VARIANTS, ids=lambda each: each.title)
def test_the_page_computes_its_formulas_as_pytorch_does(likelihood: Likelihood) -> None:
    output, x = numbers(likelihood, 40, 1, 2, 3), images(40, 1, 2, 3)
    output[:20] /= 1e3
    u = np.random.default_rng(0).uniform(size=x.shape)
    formulas = [likelihood.mean(), likelihood.deviation(), likelihood.draw(), likelihood.score()]
    assert all(formulas)
    values = by_name(likelihood, output, 1) | {"x": x.numpy(), "u": u}
    flat = {name: np.ascontiguousarray(value).ravel() for name, value in values.items()}
    mean, std, drawn, score = run(DRAW, [each.to_json() for each in formulas if each], flat, x.numel())
    p = likelihood(output)
    np.testing.assert_allclose(mean, p.mean.flatten().numpy(), atol=1e-5)
    np.testing.assert_allclose(std, torch.as_tensor(p.std).expand(x.shape).flatten().numpy(), atol=1e-5)
    draw = likelihood.draw()
    assert draw is not None
    np.testing.assert_allclose(drawn, draw(values).ravel(), atol=1e-5)
    costs = -likelihood(output.permute(0, 2, 3, 1).reshape(-1, output.shape[1], 1, 1)).log_prob(x.reshape(-1, 1, 1, 1))
    np.testing.assert_allclose(score, costs.numpy(), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("std", [0.05, 0.1, 1.0])
def test_gaussian_weighs_the_squared_error_by_its_deviation(std: float) -> None:
    output = numbers(Gaussian(), 3, 1, 4, 5)
    black, grey = torch.zeros_like(output), torch.full_like(output, 0.5)
    gap = Gaussian(std)(output).log_prob(black) - Gaussian(std)(output).log_prob(grey)
    squared = ((grey - output.sigmoid()).square() - (black - output.sigmoid()).square()).sum((1, 2, 3))
    torch.testing.assert_close(gap, squared / (2 * std**2), rtol=1e-4, atol=1e-3)


def test_bernoulli_of_an_undecided_decoder_is_a_bit_a_pixel() -> None:
    x = torch.rand(3, 1, 4, 5, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(Bernoulli()(torch.zeros_like(x)).log_prob(x), torch.full((3,), -20 * math.log(2)))


def test_a_categorical_of_an_undecided_decoder_is_the_bits_of_its_levels() -> None:
    p = Categorical(8)(torch.zeros(2, 8 * 3, 4, 5))
    torch.testing.assert_close(p.log_prob(torch.rand(2, 3, 4, 5)), torch.full((2,), -60 * math.log(8)))


BAD_DEVIATIONS = [0, -1, 1e-4, 11, math.nan, math.inf, 10**400, "0.1", True, None]


@pytest.mark.parametrize("std", BAD_DEVIATIONS, ids=lambda std: f"{std!r:.12}")
def test_gaussians_take_a_deviation_within_bounds(std: Any) -> None:
    with pytest.raises(ConfigError, match=r"^likelihood\.std: "):
        Gaussian(std)
    with pytest.raises(ConfigError, match=r"^likelihood\.min_std: "):
        PixelGaussian(std)


@pytest.mark.parametrize("levels", [1, 65, 8.0, "8", None])
def test_a_categorical_takes_levels_within_bounds(levels: Any) -> None:
    with pytest.raises(ConfigError, match=r"^likelihood\.levels: "):
        Categorical(levels)


@EVERY
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


@EVERY
@pytest.mark.parametrize("refinement", [0, 1])
def test_a_model_learns_by_it_and_comes_back_from_its_file(kind: str, refinement: int, tmp_path: Any) -> None:
    data, test = vae.data.load("digits", "train"), vae.data.load("digits").subset(torch.arange(50))
    config = ModelConfig((1, 8, 8), 2, MLP((16,)), LIKELIHOODS[kind]()).refined(refinement)
    model, settings = VAE(config), TrainConfig(epochs=3, batch_size=128)
    before = evaluate(model, test, samples=2)
    *_, progress = train(model, data, settings)
    assert evaluate(model, test, samples=2).loss < before.loss - 2
    path = tmp_path / "model.safetensors"
    write(path, checkpoint_of(model, "digits", len(data.images), config=settings, progress=progress, test=test))
    again = read(path)
    assert again.config == config
    assert evaluate(again.model(), test, samples=2).loss == pytest.approx(
        evaluate(model, test, samples=2).loss, abs=1e-3
    )


def test_the_deviation_for_all_follows_the_squared_error_of_batches() -> None:
    data = vae.data.load("digits", "train")
    model = VAE(ModelConfig((1, 8, 8), 2, MLP((32,)), SigmaGaussian()))
    list(train(model, data, TrainConfig(epochs=8, batch_size=64, validation_fraction=0)))
    x = data.floats(slice(None))
    with torch.no_grad():
        p = model(x, generator=torch.Generator().manual_seed(0)).likelihood
        best = (x - p.mean).square().mean().sqrt().item()
    assert p.std.unique().item() == pytest.approx(best, rel=0.05)


def test_what_is_decoded_from_an_older_file_is_what_it_was() -> None:
    """Files of before there were others hold a kind and, at the most, a standard deviation."""
    for values, likelihood in (
        ({"kind": "bernoulli"}, Bernoulli()),
        ({"kind": "gaussian", "std": 0.2}, Gaussian(0.2)),
    ):
        config = from_dict(ModelConfig, {"image_shape": [1, 8, 8], "likelihood": values})
        assert config.likelihood == likelihood
        assert list(config.tensor_shapes())[-1].startswith("decoder.")


def test_its_nats_are_of_one_scale_where_they_compare() -> None:
    scales = {kind: variant().scale for kind, variant in LIKELIHOODS.items()}
    assert len({scales[kind] for kind in ("gaussian", "sigma-gaussian", "pixel-gaussian", "continuous-bernoulli")}) == 1
    assert len(set(scales.values())) == 4
    assert Categorical(4).scale != Categorical(8).scale
    assert all(
        (variant().levels is None) == (variant().scale == scales["gaussian"]) for variant in LIKELIHOODS.values()
    )
