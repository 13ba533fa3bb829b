"""What a prior says of latents and of posteriors, to PyTorch and to NumPy alike."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from tiny import checkpoint, config, image_set, standard_normal
from torch import Tensor, distributions

from vae.checkpoints.checkpoint import read, write
from vae.data.images import ImageSet
from vae.errors import CheckpointError, ConfigError
from vae.evaluation.bounds import evaluate
from vae.models.config import TrainConfig
from vae.models.distributions import DiagonalNormal
from vae.models.modules import PriorModule
from vae.models.priors import Flow, LatentPrior, Mixture, Prior, StandardNormal, Vamp
from vae.models.priors.base import EmpiricalMarginals
from vae.models.priors.normal import SPAN
from vae.models.vae import VAE
from vae.training.loop import checkpoint_of, train


def posteriors(count: int = 50, dims: int = 3) -> DiagonalNormal:
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(count, dims, generator=generator)
    return DiagonalNormal(mean, torch.rand(count, dims, generator=generator) + 0.01)


def divergence(q: DiagonalNormal) -> Tensor:
    """KL to N(0, 1) of each dimension, as torch has it."""
    return distributions.kl_divergence(distributions.Normal(q.mean, q.std), distributions.Normal(0.0, 1.0))


def test_the_kl_is_that_of_torch() -> None:
    q, prior = posteriors(), standard_normal(3)
    mean, std, expected = q.mean.numpy(), q.std.numpy(), divergence(q)
    by_dim, each = prior.kl_by_dim(mean, std), prior.kl_of_each(mean, std)
    np.testing.assert_allclose(by_dim, expected.mean(0).numpy(), rtol=1e-5)
    np.testing.assert_allclose(each, expected.sum(1).numpy(), rtol=1e-5)
    assert by_dim.sum() == pytest.approx(each.mean(), rel=1e-5)


def test_pytorch_finds_the_same_kl_with_draws_and_without() -> None:
    q, prior = posteriors(), PriorModule(StandardNormal(), 3)
    for kl in (prior.kl(q), prior.kl(q, q.rsample())):
        torch.testing.assert_close(kl, divergence(q).sum(1))


def test_a_posterior_that_is_the_prior_costs_nothing() -> None:
    mean, std = np.zeros((9, 3), np.float32), np.ones((9, 3), np.float32)
    std[:, 1] = 0.5
    np.testing.assert_array_equal(standard_normal(3).kl_by_dim(mean, std) > 0, [False, True, False])


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_pull_is_the_slope_of_what_a_posterior_costs(dims: int) -> None:
    """The KL falls by as much as its entropy tells, and by -E[log p(z)], whose derivatives these are."""
    q, prior = posteriors(dims=dims), PriorModule(StandardNormal(), dims)
    step = 1e-2
    aside = [prior.kl(q._replace(mean=q.mean + side * step * q.std[:, :1] * torch.eye(dims)[0])) for side in (-1, 0, 1)]
    pull = prior.pull(q)
    torch.testing.assert_close(pull.first[:, 0], (aside[2] - aside[0]) / (2 * step), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(pull.second[:, 0], (aside[2] - 2 * aside[1] + aside[0]) / step**2, atol=2e-2, rtol=2e-2)


def test_the_span_of_the_prior_is_that_of_a_standard_normal_variable() -> None:
    draws = np.random.default_rng(5).standard_normal(100_000)
    prior = standard_normal()
    (low, high), other = prior.span
    assert (low, high) == tuple(other) == (-SPAN, SPAN) == (-3, 3)
    assert 0.99 < ((draws > low) & (draws < high)).mean() < 1
    assert prior.edge == 4
    assert prior.prior.rings == ((1, "1σ"), (2, "2σ"), (3, "3σ"))


def test_its_marginals_are_those_of_torch() -> None:
    marginals, t = standard_normal().marginals, np.linspace(-4, 4, 801)
    reference, at = distributions.Normal(0.0, 1.0), torch.from_numpy(t)
    np.testing.assert_allclose(marginals.cdf(1, t), reference.cdf(at), atol=1e-6)
    np.testing.assert_allclose(marginals.log_density(1, t), reference.log_prob(at), rtol=1e-6)
    np.testing.assert_allclose(np.gradient(marginals.cdf_integral(1, t), t)[1:-1], marginals.cdf(1, t)[1:-1], atol=1e-4)
    assert marginals.mean(1) == 0


def test_a_model_and_its_checkpoint_have_the_same_prior() -> None:
    model = VAE(config(latent_dim=5))
    assert model.prior.prior == model.latent_prior.prior == model.config.prior == StandardNormal()
    assert (model.latent_prior.latent_dim, dict(model.latent_prior.weights)) == (5, {})
    z = model.config.prior.sample(20_000, 5, model.prior.weights, torch.Generator().manual_seed(0))
    assert z.shape == (20_000, 5)
    assert z.mean(0).abs().max() < 5 / math.sqrt(20_000)
    assert (z.var(0) - 1).abs().max() < 5 * math.sqrt(2 / 20_000)


COMPONENTS = {
    "logit": [0.3, -0.5, 1.1],
    "mean": [[1.0, -2.0, 0.5], [0.2, 0.4, -1.0], [-1.5, 1.0, 3.0]],
    "log_std": [[0.1, -0.7, 0.0], [-1.2, 0.3, 0.2], [0.5, -0.1, -2.0]],
}


def tensors(dims: int = 3) -> dict[str, Tensor]:
    """Three components."""
    return {name: torch.tensor(values)[..., :dims] for name, values in COMPONENTS.items()} | {
        "logit": torch.tensor(COMPONENTS["logit"])
    }


def reference(weights: dict[str, Tensor]) -> distributions.MixtureSameFamily:
    parts = distributions.Independent(distributions.Normal(weights["mean"], weights["log_std"].exp()), 1)
    return distributions.MixtureSameFamily(distributions.Categorical(logits=weights["logit"]), parts)


def as_numpy(prior: Prior, weights: dict[str, Tensor], dims: int) -> LatentPrior:
    return LatentPrior(prior, dims, {name: tensor.numpy(force=True) for name, tensor in weights.items()})


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_a_mixture_of_one_component_begins_as_the_standard_normal_prior(dims: int) -> None:
    q, one, usual = posteriors(dims=dims), PriorModule(Mixture(1), dims), PriorModule(StandardNormal(), dims)
    z = 3 * torch.randn(50, dims, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(one.log_prob(z), usual.log_prob(z))
    if dims < 3:
        torch.testing.assert_close(one.kl(q), usual.kl(q), rtol=1e-4, atol=1e-5)
        for mine, other in zip(one.pull(q), usual.pull(q), strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)
    mixture, normal, t = as_numpy(Mixture(1), one.weights, dims), standard_normal(dims), np.linspace(-4, 4, 81)
    for name in ("cdf", "cdf_integral", "log_density"):
        mine, other = (getattr(prior.marginals, name)(dims - 1, t) for prior in (mixture, normal))
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(mixture.span, normal.span, atol=0.01)
    mean, std = q.mean.numpy(), q.std.numpy()
    np.testing.assert_allclose(mixture.kl_by_dim(mean, std), normal.kl_by_dim(mean, std), rtol=1e-4)


def test_a_mixture_is_that_of_torch() -> None:
    prior, weights = Mixture(3), tensors()
    z = 3 * torch.randn(200, 3, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(prior.log_prob(z, weights), reference(weights).log_prob(z))
    count, normals = 40_000, as_numpy(prior, weights, 3).components
    assert normals is not None
    mean = reference(weights).mean
    error = (reference(weights).variance / count).sqrt()
    for drawn in (
        prior.sample(count, 3, weights, torch.Generator().manual_seed(0)),
        torch.from_numpy(as_numpy(prior, weights, 3).draw(count)),
    ):
        assert ((drawn.mean(0) - mean).abs() < 5 * error).all()
        torch.testing.assert_close(drawn.var(0), reference(weights).variance, rtol=0.05, atol=0)
    np.testing.assert_allclose(normals.weight, reference(weights).mixture_distribution.probs, rtol=1e-6)


def test_more_draws_begin_with_the_same() -> None:
    prior = as_numpy(Mixture(3), tensors(), 3)
    np.testing.assert_array_equal(prior.draw(50)[:20], prior.draw(20))
    np.testing.assert_array_equal(prior.draw_from(2, 50)[:20], prior.draw_from(2, 20))
    assert not np.array_equal(prior.draw(20), prior.draw(20, seed=1))


def test_draws_from_one_component_are_of_that_one() -> None:
    drawn = as_numpy(Mixture(3), tensors(), 3).draw_from(2, 40_000)
    np.testing.assert_allclose(drawn.mean(0), COMPONENTS["mean"][2], atol=0.05)
    np.testing.assert_allclose(np.log(drawn.std(0)), COMPONENTS["log_std"][2], atol=0.02)


def test_marginals_of_a_mixture_are_what_its_density_integrates_to() -> None:
    weights, t = tensors(1), np.linspace(-12, 12, 20_001)
    marginals = as_numpy(Mixture(3), weights, 1).marginals
    at = torch.from_numpy(t).unsqueeze(1)
    density = Mixture(3).log_prob(at, weights).exp().numpy()
    cdf = np.cumsum(density) * (t[1] - t[0])
    np.testing.assert_allclose(np.exp(marginals.log_density(0, t)), density, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(marginals.cdf(0, t), cdf, atol=2e-3)
    np.testing.assert_allclose(np.gradient(marginals.cdf_integral(0, t), t), marginals.cdf(0, t), atol=1e-3)
    assert marginals.mean(0) == pytest.approx((density * t).sum() * (t[1] - t[0]), abs=1e-3)
    np.testing.assert_allclose(marginals.cdf(0, marginals.span(1)[0]), [0.00135, 0.99865], atol=1e-9)
    empirical = EmpiricalMarginals(as_numpy(Mixture(3), weights, 1).draw(200_000))
    np.testing.assert_allclose(empirical.cdf(0, t), marginals.cdf(0, t), atol=0.005)


def vamp(dims: int = 2, count: int = 5) -> VAE:
    return VAE(replace(config(latent_dim=dims), prior=Vamp(count)), seed=1)


def pseudo_inputs_of(model: VAE, images: Tensor) -> None:
    """Has the prior ask about these images, with values inside (0, 1)."""
    with torch.no_grad():
        model.prior.get_parameter("pseudo_inputs").copy_(images.logit())
    model.settle_prior()


@pytest.mark.parametrize("dims", [2, 5])
def test_a_vampprior_of_the_data_is_their_aggregate_posterior(dims: int) -> None:
    model = vamp(dims).eval()
    x = image_set(5).floats(slice(0, 5)).clamp(0.01, 0.99)
    pseudo_inputs_of(model, x)
    q, z = model.amortized(x), torch.randn(300, dims, generator=torch.Generator().manual_seed(0))
    each = distributions.Independent(distributions.Normal(q.mean.unsqueeze(1), q.std.unsqueeze(1)), 1).log_prob(z)
    expected = each.logsumexp(0) - math.log(5)
    torch.testing.assert_close(model.prior.log_prob(z), expected, rtol=1e-4, atol=1e-4)
    normals = model.latent_prior.components
    assert normals is not None
    np.testing.assert_allclose(normals.mean, q.mean.detach(), atol=1e-5)
    np.testing.assert_allclose(normals.std, q.std.detach(), rtol=1e-4)
    assert (normals.weight == 0.2).all()
    assert model.latent_prior.pictures is not None
    np.testing.assert_allclose(model.latent_prior.pictures, x, atol=1e-5)


def test_gradients_of_a_vampprior_reach_pseudo_inputs_and_encoder() -> None:
    model = vamp()
    z = torch.ones(4, 2)
    with model.live_prior():
        loss = -model.prior.log_prob(z).sum()
        loss.backward()
    learned = model.prior.get_parameter("pseudo_inputs")
    gradient = learned.grad
    assert gradient is not None
    assert gradient.abs().amax((1, 2, 3)).min() > 0, "of every one"
    assert all(parameter.grad is not None for parameter in model.encoder.parameters())
    direction = gradient / gradient.norm()
    step, sides = 1e-2, []
    for side in (-1, 1):
        with torch.no_grad():
            learned += side * step * direction
            model.settle_prior()
            sides.append(-model.prior.log_prob(z).sum().item())
            learned -= side * step * direction
    assert (sides[1] - sides[0]) / (2 * step) == pytest.approx(gradient.norm().item(), rel=0.02)


def test_a_vampprior_follows_its_encoder_but_a_copy_follows_its_own() -> None:
    model = vamp().eval()
    other = copy.deepcopy(model)
    z = torch.zeros(1, 2)
    before = model.prior.log_prob(z).item()
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.add_(0.5)
    model.settle_prior()
    other.settle_prior()
    assert other.prior.log_prob(z).item() == before != model.prior.log_prob(z).item()


def test_pseudo_inputs_begin_as_training_images_that_are_not_held_out(digits: ImageSet) -> None:
    config_ = TrainConfig(epochs=1, batch_size=64, learning_rate=1e-8, validation_fraction=0.9)
    model = vamp(count=20)
    list(train(model, digits, config_))
    begun = model.latent_prior.pictures
    order = torch.randperm(len(digits.images), generator=torch.Generator().manual_seed(config_.seed))
    held_out, fit = (part.numpy() for part in order.split([270, 30]))
    assert begun is not None
    images = digits.images.numpy() / 255
    near = np.abs(begun[:, None] - images[None]).max((2, 3, 4)) < 0.03
    assert near[:, fit].any(1).all(), "each is one of those that are trained on"
    assert not (near[:, held_out].any(1) & ~near[:, fit].any(1)).any()
    trained = model.prior.get_parameter("pseudo_inputs").clone()
    list(train(model, digits, replace(config_, seed=3)))
    torch.testing.assert_close(model.prior.get_parameter("pseudo_inputs"), trained, rtol=0, atol=1e-3)


def test_a_range_of_betas_can_have_no_vampprior() -> None:
    with pytest.raises(ConfigError, match=r"^prior: a VampPrior .* range of betas"):
        replace(config("mlp-range"), prior=Vamp())


@pytest.mark.parametrize("dims", [2, 3, 5])
def test_a_flow_goes_back_where_it_came_from(dims: int) -> None:
    prior = Flow(4, 8)
    weights = stirred_flow(prior, dims)
    generator = torch.Generator().manual_seed(0)
    z = prior.sample(200, dims, weights, generator)
    u = torch.randn(200, dims, generator=torch.Generator().manual_seed(0))
    with torch.enable_grad():
        forward = z.clone()
        for layer in range(prior.layers):
            log_scale, shift = prior._coupling(layer, forward, weights)
            forward = forward * log_scale.exp() + shift
    torch.testing.assert_close(forward, u, rtol=1e-4, atol=1e-5)
    one = z[:1].double()
    wide = {name: tensor.double() for name, tensor in weights.items()}

    def to_normal(at: Tensor) -> Tensor:
        for layer in range(prior.layers):
            log_scale, shift = prior._coupling(layer, at, wide)
            at = at * log_scale.exp() + shift
        return at

    jacobian = torch.autograd.functional.jacobian(to_normal, one).reshape(dims, dims)
    normal = distributions.Normal(0.0, 1.0).log_prob(to_normal(one)).sum()
    torch.testing.assert_close(prior.log_prob(one, wide)[0], normal + torch.logdet(jacobian))


def stirred_flow(prior: Flow, dims: int) -> dict[str, Tensor]:
    """A flow that does something, where a fresh one is N(0, I)."""
    generator = torch.Generator().manual_seed(1)
    shapes = prior.tensors(dims, ())
    return {name: 0.4 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def test_a_flow_begins_as_the_standard_normal_prior_and_integrates_to_one() -> None:
    line = torch.linspace(-12, 12, 801, dtype=torch.float64)
    plane, prior = torch.cartesian_prod(line, line), Flow(4, 8)
    fresh = {name: tensor.double() for name, tensor in prior.initial(2, ()).items()}
    torch.testing.assert_close(prior.log_prob(plane, fresh), StandardNormal().log_prob(plane, {}))
    stirred = {name: tensor.double() for name, tensor in stirred_flow(prior, 2).items()}
    density = prior.log_prob(plane, stirred).exp()
    area = (line[1] - line[0]).item() ** 2
    assert density.sum().item() * area == pytest.approx(1, abs=1e-4)
    moved = (density - StandardNormal().log_prob(plane, {}).exp()).abs().sum().item() * area
    assert moved > 0.1, "it does something"


def test_a_flow_needs_two_dimensions() -> None:
    with pytest.raises(ConfigError, match=r"^prior: a flow .* two latent dimensions"):
        replace(config(latent_dim=1), prior=Flow())


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("prior", [Mixture(4), Vamp(4), Flow(4, 8)])
def test_the_pull_of_every_prior_is_the_slope_of_its_kl(prior: Prior, dims: int) -> None:
    """By the same places, so that the differences of estimates are as exact as the derivatives."""
    model = VAE(replace(config(latent_dim=dims), prior=prior), seed=2)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(3)
        for parameter in model.prior.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    model.settle_prior()
    q, step = posteriors(20, dims), 1e-2
    sides = [model.prior.kl(q._replace(mean=q.mean + side * step * q.std * torch.eye(dims)[0])) for side in (-1, 1)]
    pull = model.prior.pull(q)
    torch.testing.assert_close(pull.first[:, 0], (sides[1] - sides[0]) / (2 * step), atol=5e-3, rtol=5e-3)
    assert (pull.second > 0).all()


@pytest.mark.parametrize("prior", [Mixture(4), Vamp(4), Flow(4, 8)])
def test_refining_posteriors_lowers_the_loss_with_every_prior(prior: Prior, digits: ImageSet) -> None:
    model = VAE(replace(config(), prior=prior), seed=0)
    list(train(model, digits, TrainConfig(epochs=3, batch_size=32, learning_rate=1e-2)))
    some = digits.subset(torch.arange(100))
    encoders, refined = (evaluate(model, some, samples=16, refinement=steps) for steps in (0, 6))
    assert refined.loss < encoders.loss - 3 * math.hypot(
        refined.draws_standard_error or 0, encoders.draws_standard_error or 0
    )


@pytest.mark.parametrize("prior", [Mixture(4), Vamp(4), Flow(4, 8)])
def test_a_checkpoint_gives_the_same_prior_again(prior: Prior, digits: ImageSet, tmp_path: Path) -> None:
    model, training = VAE(replace(config(latent_dim=3), prior=prior), seed=0), TrainConfig(epochs=1, batch_size=64)
    (progress,) = train(model, digits, training)
    made = checkpoint_of(model, "digits", 300, config=training, progress=progress, test=digits)
    write(tmp_path / "model.safetensors", made)
    again = read(tmp_path / "model.safetensors")
    assert again.config.prior == prior
    loaded, z = again.model(), torch.randn(50, 3)
    torch.testing.assert_close(loaded.prior.log_prob(z), model.prior.log_prob(z), rtol=0, atol=0)
    np.testing.assert_array_equal(again.prior.draw(9), model.latent_prior.draw(9))
    before, after = (evaluate(one, digits) for one in (model, loaded))
    assert (before.kl, before.loss) == (after.kl, after.loss)
    assert before.kl == pytest.approx(made.summary.kl, rel=1e-5)


def test_a_vampprior_of_another_encoder_is_refused(tmp_path: Path) -> None:
    made = checkpoint(replace(config(), prior=Vamp(4)))
    swapped = made._replace(weights={**made.weights, "prior.mean": made.weights["prior.mean"] + 0.5})
    write(tmp_path / "model.safetensors", swapped)
    assert made.model().prior.get_buffer("mean").shape == (4, 2)
    with pytest.raises(CheckpointError, match=r"prior\.mean: isn't what the encoder says"):
        read(tmp_path / "model.safetensors").model()
    halved = {name: array.astype(np.float16).astype(np.float32) for name, array in made.weights.items()}
    made._replace(weights=halved).model()  # as a file of half the size has it


def test_means_of_a_mixture_begin_apart_and_stay_in_use(digits: ImageSet) -> None:
    model = VAE(replace(config(), prior=Mixture(6)), seed=0)
    list(train(model, digits, TrainConfig(epochs=6, batch_size=32, learning_rate=1e-2)))
    normals = model.latent_prior.components
    assert normals is not None
    assert np.exp(-(normals.weight * np.log(normals.weight)).sum()) > 4, "components that count"
    assert pdist(normals.mean).min() > 0.05
