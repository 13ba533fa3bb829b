from __future__ import annotations

import copy
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import numpy as np
import pytest
import torch
from tiny import Correlated, config, image_set, stir
from torch.distributions import MultivariateNormal, kl_divergence

from benchmarks.likelihood import LinearVAE
from vae.data.sources import is_on_disk, load
from vae.errors import VAEError
from vae.evaluation import bounds as estimators
from vae.evaluation.bounds import bounds, evaluate, importance_bound, posteriors, sweep
from vae.evaluation.diagnostics import diagnose
from vae.models import layers as L
from vae.models.condition import Condition
from vae.models.config import ModelConfig
from vae.models.distributions import BernoulliPixels
from vae.models.likelihoods import Bernoulli, Gaussian
from vae.models.networks import BetaRange
from vae.models.priors import Prior, StandardNormal, base
from vae.models.priors.base import DRAWS
from vae.models.vae import MIN_STD, VAE


@dataclass(frozen=True)
class Straight:
    """A network of one linear map each way, simple enough to work out by hand."""

    kind: ClassVar[str] = "straight"
    title: ClassVar[str] = "straight"
    beta_range: None = None

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> Straight:
        return cls()

    def check(self, image_shape: tuple[int, int, int]) -> None:
        pass

    def encoder(self, image_shape: tuple[int, int, int], outputs: int) -> tuple[L.Layer, ...]:
        return L.Flatten(), L.Linear(math.prod(image_shape), outputs)

    def decoder(self, latent_dim: int, image_shape: tuple[int, int, int]) -> tuple[L.Layer, ...]:
        return L.Linear(latent_dim, math.prod(image_shape)), L.Reshape(image_shape)


NORMAL = StandardNormal()
SHAPE = (1, 2, 3)
DATA = image_set(5, SHAPE)


def sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-value))


def by_hand(model: VAE) -> tuple[float, float]:
    """recon and kl of `DATA` under a straight model with one latent, the expectation by quadrature."""
    tensors = {name: tensor.double().numpy() for name, tensor in model.state_dict().items()}
    x = DATA.images.double().flatten(1).numpy() / 255
    mean, raw = (x @ tensors["encoder.1.weight"].T + tensors["encoder.1.bias"]).T
    std = np.log1p(np.exp(raw)) + MIN_STD
    kl = 0.5 * (mean**2 + std**2 - 1) - np.log(std)
    places, weights = np.polynomial.hermite_e.hermegauss(40)
    recon = np.zeros(5)
    for place, weight in zip(places, weights / math.sqrt(2 * math.pi), strict=True):
        z = (mean + std * place)[:, None]
        pixel = sigmoid(z @ tensors["decoder.0.weight"].T + tensors["decoder.0.bias"])
        if isinstance(model.config.likelihood, Gaussian):
            width = model.config.likelihood.std
            nats = 0.5 * ((x - pixel) / width) ** 2 + math.log(width * math.sqrt(2 * math.pi))
        else:
            nats = -x * np.log(pixel) - (1 - x) * np.log(1 - pixel)
        recon += weight * nats.sum(1)
    return recon.mean(), kl.mean()


@pytest.mark.parametrize("likelihood", [Bernoulli(), Gaussian(0.5)], ids=lambda likelihood: likelihood.kind)
def test_many_samples_come_to_the_bound_worked_out_by_hand(likelihood: Any) -> None:
    model = VAE(ModelConfig(SHAPE, 1, Straight(), likelihood), seed=1)
    recon, kl = by_hand(model)
    draws = [evaluate(model, DATA, samples=1, seed=seed).recon for seed in range(200)]
    error = float(np.std(draws)) / math.sqrt(4000)
    evaluation = evaluate(model, DATA, samples=4000)
    assert evaluation.kl == pytest.approx(kl, rel=1e-5)
    assert evaluation.recon == pytest.approx(recon, abs=5 * error)
    assert evaluation.loss == pytest.approx(recon + kl, abs=5 * error)


def blind(network: str = "mlp") -> VAE:
    """A model whose decoder says nothing, so that no draw of z matters."""
    model = VAE(config(network))
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
        for parameter in model.encoder.parameters():
            parameter.mul_(4)  # so that it tells images apart
    return model


def test_a_blind_decoder_costs_a_bit_a_pixel_whatever_is_drawn(network: str) -> None:
    evaluation = evaluate(blind(network), image_set(7), samples=1)
    assert evaluation.recon == pytest.approx(64 * math.log(2))


@pytest.mark.parametrize("size", [1, 3, 7, 10, 1000])
def test_the_average_is_over_images_however_they_are_batched(size: int) -> None:
    data = image_set(10)
    model = blind()
    x = data.floats(slice(None))
    kl = model.prior.kl(model.posterior(x))
    assert kl.std() > 0.01  # or any way of averaging would do
    evaluation = evaluate(model, data, batch_size=size)
    assert evaluation.n == 10
    assert evaluation.kl == pytest.approx(kl.mean().item(), rel=1e-6)
    assert evaluation.recon == pytest.approx(64 * math.log(2))
    means = posteriors(model, data, batch_size=size)
    torch.testing.assert_close(means.mean, model.encode(x)[0])
    torch.testing.assert_close(means.std, model.encode(x)[1])


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
@pytest.mark.parametrize("refinement", [0, 2])
def test_for_a_model_of_one_beta_it_only_weighs_the_kl(beta: float, network: str, refinement: int) -> None:
    model = VAE(replace(config(network), refinement=refinement))
    plain, weighed = evaluate(model, image_set(20)), evaluate(model, image_set(20), beta)
    assert (weighed.recon, weighed.kl, weighed.n) == (plain.recon, plain.kl, plain.n)
    assert weighed.beta == beta
    assert weighed.loss == pytest.approx(plain.recon + beta * plain.kl)


def test_an_evaluation_of_given_posteriors_is_that_of_the_model(network: str) -> None:
    model, data = VAE(replace(config(network), refinement=1)), image_set(20)
    given = evaluate(model, data, given=posteriors(model, data))
    assert given == pytest.approx(evaluate(model, data))


def test_an_evaluation_is_that_of_its_seed() -> None:
    model, data = VAE(config()), image_set(20)
    assert evaluate(model, data, seed=1) == evaluate(model, data, seed=1)
    assert evaluate(model, data, seed=1).recon != evaluate(model, data, seed=2).recon


@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_evaluated_in_eval_mode_and_left_as_it_was(training: bool) -> None:
    model = VAE(config()).train(training)
    before = copy.deepcopy(model.state_dict())
    modes: list[bool] = []
    evaluate(model, image_set(5), on_step=lambda done, n: modes.append(model.training))
    assert modes == [False]
    assert model.training == training
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_each_batch_is_reported() -> None:
    calls: list[tuple[int, int]] = []
    evaluate(VAE(config()), image_set(10), batch_size=4, on_step=lambda done, n: calls.append((done, n)))
    assert calls == [(4, 10), (8, 10), (10, 10)]


def test_a_model_for_a_range_acts_for_the_beta_it_is_evaluated_at() -> None:
    model, data = stir(VAE(config("mlp-range"))), image_set(20)
    evaluations = [evaluate(model, data, beta) for beta in (0.5, 4.0)]
    assert evaluations[0].kl != evaluations[1].kl
    for result in evaluations:
        assert result.loss == pytest.approx(result.recon + result.beta * result.kl)
        mean, std = posteriors(model, data, result.beta)
        assert torch.equal(mean, model.encode(data.floats(slice(None)), result.beta)[0])
        posterior = model.posterior(data.floats(slice(None)), Condition(result.beta))
        assert result.kl == pytest.approx(model.prior.kl(posterior).mean().item())
        assert std.shape == mean.shape
    with pytest.raises(VAEError, match=r"^beta: "):
        evaluate(model, data, 11.0)


# --- The importance-weighted bound


def nll_by_hand(model: VAE) -> float:
    """-log p(x) of `DATA` under a straight model with one latent, averaged over images, by quadrature."""
    z = torch.linspace(-9, 9, 4001)[:, None]
    x = DATA.floats(slice(None))
    with torch.no_grad():
        likelihood = model.likelihood(z)
        joint = torch.stack([likelihood.log_prob(image.expand(len(z), *SHAPE)) for image in x]) + model.prior.log_prob(
            z
        )
    return -(joint.double().logsumexp(1) + math.log(18 / 4000)).mean().item()


def straight(prior: Prior = NORMAL) -> VAE:
    """A straight model whose posteriors are nowhere near the true ones."""
    model = VAE(ModelConfig(SHAPE, 1, Straight(), prior=prior), seed=1)
    with torch.no_grad():
        model.get_parameter("decoder.0.weight").mul_(3)
    return model


@pytest.mark.parametrize("prior", [NORMAL, Correlated()])
def test_with_one_draw_the_bound_is_minus_the_elbo(prior: Prior) -> None:
    model = straight(prior)
    bounds = [importance_bound(model, DATA, 1, seed=seed).nll for seed in range(400)]
    evaluation = evaluate(model, DATA, samples=1000)
    assert math.isnan(importance_bound(model, DATA, 1).standard_error)
    error = float(np.std(bounds)) / 20
    assert np.mean(bounds) == pytest.approx(evaluation.recon + evaluation.kl, abs=4 * error)


def test_weights_that_overflow_give_an_error_rather_than_numbers() -> None:
    model = VAE(config())
    for weight in model.parameters():
        weight.data.fill_(torch.finfo(torch.float32).max)
    with pytest.raises(VAEError, match="not finite for some of these images"):
        diagnose(model, image_set(5), draws=2)


def test_with_many_draws_it_comes_to_the_likelihood_within_its_standard_error() -> None:
    model = straight()
    exact = nll_by_hand(model)
    estimates = [importance_bound(model, DATA, 1000, seed=seed) for seed in range(20)]
    scores = [(bound.nll - exact) / bound.standard_error for bound in estimates]
    assert all(bound.standard_error < 0.05 for bound in estimates)
    assert abs(np.mean(scores)) < 4 / math.sqrt(20)
    assert 0.5 < np.std(scores) < 2


def test_from_exact_posteriors_every_draw_says_the_likelihood_itself() -> None:
    train, test = load("digits", "train"), load("digits", "test")
    model = LinearVAE(train, 3)
    exact = model.exact(test)
    bound = importance_bound(cast(VAE, model), test, 4)
    assert bound.nll == pytest.approx(exact, abs=1e-4)
    assert bound.standard_error < 1e-6
    # The ELBO is as good, up to the draws of its reconstruction.
    losses = [evaluate(cast(VAE, model), test, seed=seed).loss for seed in range(20)]
    assert np.mean(losses) == pytest.approx(exact, abs=float(4 * np.std(losses)) / math.sqrt(20))


def test_more_draws_never_loosen_the_bound_by_more_than_chance() -> None:
    model = straight()
    means = [
        np.mean([importance_bound(model, DATA, draws, seed=seed).nll for seed in range(60)])
        for draws in (1, 3, 10, 100)
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] - means[-1] > 0.1
    assert means[-1] > nll_by_hand(model) - 0.01


def test_the_bound_is_of_every_image_however_batched_and_at_its_beta() -> None:
    model, data = stir(VAE(config("mlp-range"))), image_set(10)
    calls: list[tuple[int, int]] = []
    bound = importance_bound(model, data, 2, 4.0, batch_size=4, on_step=lambda done, n: calls.append((done, n)))
    assert calls == [(4, 10), (8, 10), (10, 10)]
    assert (bound.n, bound.beta, bound.draws) == (10, 4.0, 2)
    assert bound.nll != importance_bound(model, data, 2, 0.5, batch_size=4).nll


@pytest.mark.parametrize("threads", [1, 3])
def test_of_many_draws_one_hears_before_a_batch_is_done(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimators, "PIECE", 20)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    model, data = VAE(config()), image_set(15)
    calls: list[tuple[int, ...]] = []

    def hear(done: int, n: int) -> None:
        calls.append((done, n))
        if done == 5:
            raise InterruptedError

    plain = importance_bound(model, data, 8, batch_size=10)
    bound = importance_bound(model, data, 8, batch_size=10, on_step=lambda *step: calls.append(step))
    assert bound == pytest.approx(plain)  # to rounding: another number of threads adds up in another order
    assert calls == [(done, 15) for done in (2, 5, 7, 10, 11, 12, 13, 15)]
    calls.clear()
    with pytest.raises(InterruptedError):
        importance_bound(model, data, 8, batch_size=10, on_step=hear)
    assert calls == [(2, 15), (5, 15)]


def test_a_bound_needs_a_draw() -> None:
    with pytest.raises(VAEError, match=r"^draws: a whole number from 1 to 10,000, not 0"):
        importance_bound(VAE(config()), image_set(2), 0)


# --- Both from the same draws


@pytest.mark.parametrize("threads", [1, 3])
def test_bounds_from_the_same_draws_are_those_found_one_by_one(network: str, threads: int) -> None:
    model, data = VAE(config(network), seed=1), image_set(23)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = bounds(model, data, 3, 2.0, samples=2, batch_size=4)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    # Three draws for the one are in the reconstruction as well.
    assert together.terms == pytest.approx(evaluate(model, data, 2.0, samples=3, batch_size=4))
    assert together.importance == pytest.approx(importance_bound(model, data, 3, 2.0, batch_size=4))
    assert together.errors.mean() == pytest.approx(together.terms.recon, rel=1e-5)
    alone = bounds(model, data.subset(torch.tensor([0])), 3, 2.0)
    assert alone.errors[0] == pytest.approx(bounds(model, data, 3, 2.0, batch_size=1).errors[0], rel=1e-5)
    assert bounds(model, data, 1, samples=5).terms.samples == 5


def test_on_several_cores_it_can_be_stopped_between_batches() -> None:
    model, before = VAE(config("conv")).train(), torch.get_num_threads()

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    torch.set_num_threads(2)
    others = set(threading.enumerate())
    try:
        # What is caught holds the frames of what raised it.
        with pytest.raises(KeyboardInterrupt) as caught:
            evaluate(model, image_set(40), batch_size=4, on_step=stop)
        assert caught.value.__traceback__ is not None
        assert not set(threading.enumerate()) - others
        with ThreadPoolExecutor(1) as new:
            assert new.submit(torch.get_num_threads).result() == 2
    finally:
        torch.set_num_threads(before)
    assert model.training


def test_errors_over_images_are_those_of_their_terms() -> None:
    model, data = straight(), DATA
    evaluation = evaluate(model, data, beta=2.0, samples=3)
    each = [evaluate(model, data.subset(torch.tensor([i])), beta=2.0, samples=3) for i in range(len(data.images))]
    kl = np.array([one.kl for one in each])
    assert evaluation.kl_standard_error == pytest.approx(kl.std(ddof=1) / math.sqrt(len(kl)), rel=1e-5)
    both = bounds(model, data, 3, beta=2.0)
    errors = both.errors.astype(float)
    assert both.terms.recon_standard_error == pytest.approx(errors.std(ddof=1) / math.sqrt(len(errors)), rel=1e-4)
    loss = errors + 2 * kl
    assert both.terms.loss_standard_error == pytest.approx(loss.std(ddof=1) / math.sqrt(len(loss)), rel=1e-4)
    nll = both.nll.astype(float)
    assert both.importance.nll == pytest.approx(nll.mean(), rel=1e-6)
    assert both.importance.image_standard_error == pytest.approx(nll.std(ddof=1) / math.sqrt(len(nll)), rel=1e-4)


def test_the_error_over_draws_is_how_far_seeds_are_apart() -> None:
    model = straight()
    evaluations = [evaluate(model, DATA, samples=8, seed=seed) for seed in range(200)]
    reported = np.mean([one.draws_standard_error or math.nan for one in evaluations])
    assert np.std([one.recon for one in evaluations]) == pytest.approx(reported, rel=0.2)
    assert evaluate(model, DATA, samples=1).draws_standard_error is None


def test_the_error_of_a_drawn_kl_is_how_far_other_draws_are_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    model = VAE(replace(config(latent_dim=3), prior=Correlated()), seed=1)
    data = image_set(20)
    given, generator = posteriors(model, data), torch.Generator().manual_seed(0)

    def others(dims: int) -> tuple[torch.Tensor, torch.Tensor]:
        drawn = torch.randn(DRAWS // 2, dims, generator=generator)
        return torch.cat([drawn, -drawn]), torch.full((DRAWS,), 1 / DRAWS)

    monkeypatch.setattr(base, "_places", others)
    evaluations = [evaluate(model, data, samples=2, given=given) for _ in range(200)]
    reported = np.mean([one.kl_draws_standard_error or math.nan for one in evaluations])
    assert np.std([one.kl for one in evaluations]) == pytest.approx(reported, rel=0.2)


@pytest.mark.parametrize(("prior", "dims"), [(StandardNormal(), 3), (Correlated(), 2)])
def test_a_kl_without_draws_has_no_error_over_them(prior: Prior, dims: int) -> None:
    model = VAE(replace(config(latent_dim=dims), prior=prior), seed=1)
    assert evaluate(model, image_set(5)).kl_draws_standard_error is None
    assert not model.latent_prior.drawn


@pytest.mark.parametrize(("dims", "estimator"), [(2, "by quadrature"), (3, "with 64 draws of z per image")])
def test_a_kl_without_a_closed_form_is_found_as_it_says_and_not_by_the_draws(dims: int, estimator: str) -> None:
    model, data = VAE(replace(config(latent_dim=dims), prior=Correlated()), seed=1), image_set(90)
    q, prior = posteriors(model, data), model.latent_prior
    assert prior.kl_estimator == estimator
    normal = MultivariateNormal(q.mean, torch.diag_embed(q.std.square()))
    exact = kl_divergence(normal, Correlated.distribution(dims)).mean().item()
    for seed in range(3):
        evaluation = evaluate(model, data, samples=2, seed=seed)
        assert evaluation.kl == pytest.approx(prior.kl_of_each(q.mean.numpy(), q.std.numpy()).mean(), rel=1e-5)
        assert evaluation.kl == pytest.approx(exact, rel=1e-5 if dims == 2 else 0.1)
    diagnosis = diagnose(model, data, samples=2, draws=2)
    assert diagnosis.kl == pytest.approx(diagnosis.kls.mean(), rel=1e-5)
    assert diagnosis.draws_standard_error == evaluate(model, data, samples=2, beta=9.0).draws_standard_error


def test_keyframes_have_the_kl_that_evaluation_finds() -> None:
    model, data = VAE(replace(config("mlp-range"), prior=Correlated()), seed=1), image_set(30)
    frames = sweep(model, data, samples=2)
    for beta, kl in zip(frames.beta.tolist(), frames.kl, strict=True):
        assert kl == pytest.approx(evaluate(model, data, beta).kl, rel=1e-5)


def test_the_floor_of_grey_pixels_is_their_entropy_and_no_decoder_gets_below() -> None:
    data = image_set(12)
    x = data.floats(slice(None))
    entropy = torch.distributions.Bernoulli(x).entropy().flatten(1).sum(1)
    torch.testing.assert_close(Bernoulli().floor(x), entropy)
    perfect = BernoulliPixels(x.clamp(1e-6, 1 - 1e-6).logit())
    torch.testing.assert_close(-perfect.log_prob(x), entropy, rtol=1e-3, atol=1e-2)
    evaluation = evaluate(VAE(config()), data)
    assert evaluation.floor == pytest.approx(entropy.mean().item(), rel=1e-5)
    assert evaluation.floor is not None
    assert evaluation.recon > evaluation.floor


def test_pixels_that_are_draws_owe_nothing() -> None:
    binary = image_set(5)._replace(images=(image_set(5).images > 127).to(torch.uint8) * 255)
    assert evaluate(VAE(config()), binary).floor == 0
    assert evaluate(VAE(replace(config(), likelihood=Gaussian())), image_set(5)).floor is None


@pytest.mark.mnist
def test_grey_mnist_owes_what_its_pixels_say() -> None:
    if not is_on_disk("mnist"):
        pytest.skip("mnist is not in VAE_DATA_DIR")
    test = load("mnist", "test", download=False)
    floors = [Bernoulli().floor(test.floats(slice(start, start + 1000))) for start in range(0, 10_000, 1000)]
    assert torch.cat([floor for floor in floors if floor is not None]).mean().item() == pytest.approx(45.53, abs=0.005)
