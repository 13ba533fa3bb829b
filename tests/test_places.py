from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
import torch
from tiny import config, image_set, stir
from torch import Tensor

from vae.errors import ConfigError
from vae.evaluation.bounds import evaluate, posteriors
from vae.models.condition import Condition
from vae.models.config import INTEGRATION_REACH, ModelConfig
from vae.models.distributions import BernoulliPixels, DiagonalNormal, NormalPixels, PixelDistribution
from vae.models.modules import PriorModule
from vae.models.places import LEAP, OBJECTIVE_TOLERANCE, Places, Search, decode_places, keep_mode
from vae.models.priors import Prior, StandardNormal
from vae.models.priors.base import Weights
from vae.models.refinement import missed, refine
from vae.models.vae import VAE

STD = 0.2
REACH = 4.0  # the edge of a standard normal prior


def folded(z: Tensor) -> PixelDistribution:
    """Draws z and -z all but alike: an image of 1 is explained by both, a little better by the positive one."""
    first = z[:, :1]
    return NormalPixels((first.square() + 0.02 * first).reshape(-1, 1, 1, 1), STD)


def prior(dims: int = 1) -> PriorModule:
    return PriorModule(StandardNormal(), dims)


def search(dims: int = 1, beta: float = 1.0, steps: int = 6, side: int = 161) -> Search:
    return Search(decode_places(folded, dims, side, torch.device("cpu"), REACH), folded, prior(dims), beta, steps)


def at(*means: float, std: float = 0.05) -> DiagonalNormal:
    mean = torch.tensor(means).unsqueeze(1)
    return DiagonalNormal(mean, torch.full_like(mean, std))


@pytest.mark.parametrize("dims", [1, 2])
def test_places_are_an_even_grid_decoded(dims: int) -> None:
    places = decode_places(lambda z: NormalPixels(z.reshape(-1, 1, 1, dims), STD), dims, 9, torch.device("cpu"), REACH)
    assert places.z.shape == (9**dims, dims)
    assert places.spacing == pytest.approx(1.0)
    assert (places.z.min(), places.z.max()) == (-REACH, REACH)
    assert len({tuple(row) for row in places.z.tolist()}) == 9**dims
    torch.testing.assert_close(places.likelihood.mean.flatten(1), places.z)


@pytest.mark.parametrize("dims", [1, 2])
def test_sums_over_places_are_expectations(dims: int) -> None:
    places = decode_places(
        lambda z: NormalPixels(z.reshape(-1, 1, 1, dims), STD), dims, 161, torch.device("cpu"), REACH
    )
    q = DiagonalNormal(
        torch.tensor([[0.31, -0.4], [1.2, 0.13]])[:, :dims], torch.tensor([[0.05, 0.3], [0.2, 0.06]])[:, :dims]
    )
    values = (places.z.square() + places.z).sum(1).expand(2, -1)
    moments = places.moments(values, q)
    assert moments.shape == (2, 3**dims)
    expected = (q.mean.square() + q.std.square() + q.mean).sum(1)
    torch.testing.assert_close(moments[:, 0], expected, atol=2e-3, rtol=2e-3)
    for dim in range(dims):
        power = 3 ** (dims - 1 - dim)
        slope = q.std[:, dim] * (2 * q.mean[:, dim] + 1)
        torch.testing.assert_close(moments[:, power], slope, atol=2e-3, rtol=2e-3)
        curvature = 2 * q.std[:, dim].square()
        torch.testing.assert_close(moments[:, 2 * power] - moments[:, 0], curvature, atol=2e-3, rtol=2e-3)
    if dims == 2:
        # Dimensions have nothing in common.
        torch.testing.assert_close(moments[:, 4], torch.zeros(2), atol=2e-3, rtol=0)


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("beta", [1.0, 20.0])
def test_wide_posteriors_come_to_rest_wherever_they_begin(dims: int, beta: float) -> None:
    """Of a linear decoder, whose best posteriors are known: with dimensions that pull at each other, and as wide as the prior nearly."""
    weight, std = torch.tensor([[0.8, 0.5], [-0.3, 0.6], [0.1, 1.0]])[:, :dims], 0.7
    decode = lambda z: NormalPixels((z @ weight.T).reshape(-1, 1, 1, 3), std)  # noqa: E731
    x = torch.tensor([[0.9, -0.2, 0.4], [-1.0, 1.5, 0.3]]).reshape(2, 1, 1, 3)
    precision = torch.eye(dims) + weight.T @ weight / (beta * std**2)
    mean = torch.linalg.solve(precision, weight.T @ x.flatten(1).T / (beta * std**2)).T
    expected = DiagonalNormal(mean, precision.diagonal().rsqrt().expand(2, -1))
    looking = Search(decode_places(decode, dims, 81, torch.device("cpu"), REACH), decode, prior(dims), beta, 0)
    scores = looking.places.likelihood.log_prob_of_all(x)
    for start in (-1.5, 0.0, 2.0):
        begun = DiagonalNormal(torch.full((2, dims), start), torch.full((2, dims), 0.3))
        posterior, cost = looking.follow(x, begun, scores)
        torch.testing.assert_close(posterior.mean, expected.mean, atol=3e-3, rtol=0)
        torch.testing.assert_close(posterior.std, expected.std, atol=3e-3, rtol=0)
        torch.testing.assert_close(cost, looking.objective(x, posterior))


def test_expectations_by_nodes_are_exact_for_a_polynomial() -> None:
    weight = torch.tensor([[1.0, -2.0], [0.5, 1.0]])
    decode = lambda z: NormalPixels((z @ weight.T).reshape(-1, 1, 1, 2), STD)  # noqa: E731
    q, x = DiagonalNormal(torch.tensor([[0.2, 0.7]]), torch.tensor([[0.3, 0.1]])), torch.tensor([[[[0.4, 1.1]]]])
    spread = (weight.square() * q.std.square()).sum() / (2 * STD**2)
    torch.testing.assert_close(missed(decode, x, q), -decode(q.mean).log_prob(x) + spread)


@pytest.mark.parametrize("start", [-1.0, 1.0])
def test_the_search_finds_the_better_mode_wherever_the_encoder_points(start: float) -> None:
    x = torch.ones(1, 1, 1, 1)
    posterior = search()(x, at(start))
    stuck = refine(folded, prior(), x, at(-1.0), 1.0, steps=6)
    assert posterior.mean.item() == pytest.approx(0.97, abs=0.03)
    assert stuck.mean.item() < 0, "steps alone stay where they begin"


def test_the_search_never_ends_worse_than_the_encoders_own_mode() -> None:
    model = stir(VAE(replace(config("mlp-range"), refinement=3, places=32), seed=5))
    plain = VAE(replace(model.config, places=0))
    plain.load_state_dict(model.state_dict())
    x = image_set(30).floats(slice(None))
    for condition in (Condition(0.1), Condition(1.0), Condition(8.0)):
        best, alone = model.posterior(x, condition), plain.posterior(x, condition)
        of = model.search(condition).objective
        apart = (best.mean - alone.mean).norm(dim=1) > 2 * model.places(condition).spacing
        assert (of(x, best) <= of(x, alone) + 1e-3)[apart].all()
        assert of(x, best).mean() <= of(x, alone).mean() + 0.05


def test_each_image_is_searched_by_itself() -> None:
    model = VAE(replace(config(), refinement=2, places=20), seed=2)
    x = image_set(6).floats(slice(None))
    alone = torch.cat([model.posterior(image.unsqueeze(0)).mean for image in x])
    torch.testing.assert_close(model.posterior(x).mean, alone, atol=2e-3, rtol=2e-3)
    assert model.posterior(x[:0]).mean.shape == (0, 2)


def test_places_are_decoded_anew_for_other_weights_and_another_beta() -> None:
    model = stir(VAE(replace(config("mlp-range"), refinement=1, places=8)))
    one, two = Condition(1.0), Condition(2.0)
    first = model.places(one)
    assert model.places(one) is first
    assert not torch.equal(model.places(two).likelihood.mean, first.likelihood.mean)
    with torch.no_grad():
        next(model.decoder.parameters()).add_(1)
    assert not torch.equal(model.places(one).likelihood.mean, first.likelihood.mean)


def test_places_are_decoded_once_however_many_ask_and_however_they_say_beta(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stir(VAE(replace(config("mlp-range"), refinement=1, places=8)))
    decoded: list[float] = []

    def decode(*given: Any) -> Places:
        decoded.append(given[0].keywords["condition"].beta)
        return decode_places(*given)

    monkeypatch.setattr("vae.models.vae.decode_places", decode)
    x = image_set(4).floats(slice(None))
    with ThreadPoolExecutor(4) as pool:
        for _ in range(8):
            pool.submit(model.posterior, x, Condition(0.7)).result()  # no float32 is 0.7
            pool.submit(model.search, Condition(0.7)).result()
        list(pool.map(lambda _: model.posterior(x, Condition(torch.tensor([0.7]))), range(8)))
    assert decoded == [pytest.approx(0.7)]
    with ThreadPoolExecutor(4) as pool:
        asked = [Condition(0.2), Condition(0.4), Condition(0.8)] * 8
        all_places = list(pool.map(model.places, asked))
    for condition, places in zip(asked, all_places, strict=True):
        torch.testing.assert_close(places.likelihood.mean, model.likelihood(places.z, condition).mean)


def test_a_search_in_inference_mode_finds_the_same() -> None:
    model, x = VAE(replace(config(), refinement=2, places=12), seed=2), image_set(3).floats(slice(None))
    with torch.inference_mode():
        inside = model.encode(x)
    torch.testing.assert_close(inside, model.encode(x))


def test_a_mode_is_kept_while_it_is_nearly_as_good() -> None:
    looking, x = search(), torch.ones(1, 1, 1, 1)
    best = looking(x, at(1.0))
    worse = (
        looking.objective(x, refine(folded, prior(), x, at(-1.0), 1.0, steps=9)) - looking.objective(x, best)
    ).item()
    assert 0 < worse < OBJECTIVE_TOLERANCE
    mode, changed = keep_mode(looking, x, best, at(-0.96))
    assert mode.mean.item() < -0.9
    assert not changed.any()


def test_a_mode_that_has_become_much_worse_is_left() -> None:
    looking, x = search(beta=0.01, steps=9), torch.ones(1, 1, 1, 1)
    best = DiagonalNormal(torch.tensor([[0.99]]), torch.tensor([[0.01]]))
    mode, changed = keep_mode(looking, 1.4 * x, best, at(-0.2))
    assert changed.all()
    assert torch.equal(mode.mean, best.mean)


def test_a_mode_that_has_ended_is_left_even_for_one_as_good() -> None:
    """A point that slides further than `LEAP` has not kept its place, wherever it ends."""
    x = torch.full((1, 1, 1, 1), 4.0)
    looking = search(steps=60)
    mode, changed = keep_mode(looking, x, at(1.97, std=0.05), at(-1.97 + 2 * LEAP, std=0.05))
    assert changed.all()
    assert mode.mean.item() == pytest.approx(1.97)


@pytest.mark.parametrize("of", [BernoulliPixels, lambda values: NormalPixels(values, STD)])
def test_all_images_under_all_distributions_by_one_product(of) -> None:
    values, x = torch.randn(5, 2, 3, 4), torch.rand(3, 2, 3, 4)
    expected = torch.stack([of(values).log_prob(image.expand(5, -1, -1, -1)) for image in x])
    torch.testing.assert_close(of(values).log_prob_of_all(x), expected, rtol=1e-4, atol=1e-3)


def test_squared_distances_are_as_exact_where_pixels_are_scored_sharply() -> None:
    means, x = torch.rand(5, 1, 28, 28), torch.rand(3, 1, 28, 28)
    means = x[0] + 0.01 * (means - 0.5)  # close to one of the images
    expected = torch.stack([NormalPixels(means.double(), 0.01).log_prob(image.double()) for image in x])
    scores = NormalPixels(means, 0.01).log_prob_of_all(x)
    torch.testing.assert_close(scores[0].double(), expected[0], atol=1e-3, rtol=0)


def test_distributions_of_batches_are_joined() -> None:
    values = torch.randn(5, 1, 2, 2)
    assert torch.equal(BernoulliPixels.cat([BernoulliPixels(part) for part in values.split(2)]).logits, values)
    joined = NormalPixels.cat([NormalPixels(part, STD) for part in values.split(2)])
    assert torch.equal(joined.mean, values)
    assert joined.std == STD


@pytest.mark.parametrize(("dims", "places"), [(3, 1), (2, 513), (1, -1), (2, 2.0)])
def test_places_that_cannot_be_are_refused(dims: int, places: Any) -> None:
    with pytest.raises(ConfigError, match="places"):
        replace(config(latent_dim=dims), places=places)


def test_large_images_leave_room_for_fewer_places() -> None:
    assert config(shape=(1, 28, 28)).most_places > 160
    large = config("conv", (3, 512, 512))
    assert 1 < large.most_places < 10
    with pytest.raises(ConfigError, match=f"at most {large.most_places}"):
        replace(large, places=160)
    assert math.prod((3, 512, 512)) * large.most_places**2 <= 2**26


def test_steps_that_are_asked_for_begin_at_the_encoder_alone() -> None:
    """As in training, which can't decode all places at every step."""
    model = VAE(replace(config(), refinement=3, places=20), seed=2)
    plain = VAE(replace(config(), refinement=3), seed=2)
    x = image_set(5).floats(slice(None))
    assert torch.equal(model.posterior(x, refinement=3).mean, plain.posterior(x).mean)
    assert not torch.equal(model.posterior(x).mean, plain.posterior(x).mean)
    data = image_set(5)
    # Float sums may end with other bits where memory lies otherwise.
    assert evaluate(model, data, refinement=3).loss == pytest.approx(evaluate(plain, data).loss, rel=1e-6)
    assert evaluate(model, data).refinement == 3
    torch.testing.assert_close(
        posteriors(model, data).mean, model.encode(x)[0], atol=5e-5, rtol=0
    )  # steps enlarge such bits


@dataclass(frozen=True)
class Wide(Prior):
    """N(0, 25 I), which says no more than it must."""

    kind: ClassVar[str] = "wide"
    title: ClassVar[str] = "N(0, 25 I)"

    def log_prob(self, z: torch.Tensor, weights: Weights) -> torch.Tensor:
        return torch.distributions.Normal(0.0, 5.0).log_prob(z).sum(-1)

    def sample(
        self, count: int, latent_dim: int, weights: Weights, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        return 5 * torch.randn(count, latent_dim, generator=generator)


def test_the_grid_goes_as_far_as_the_prior_does() -> None:
    plain, wide = (VAE(replace(config(), refinement=1, places=21, prior=each)) for each in (StandardNormal(), Wide()))
    assert plain.places().reach == REACH
    assert INTEGRATION_REACH * plain.latent_prior.edge == 7
    assert ModelConfig((1, 28, 28)).integration_side == 281, "a twentieth from place to place"
    assert wide.places().reach == pytest.approx(5 * REACH, rel=0.02)
    assert wide.places().z.abs().max().item() == pytest.approx(wide.places().reach)
    q = DiagonalNormal(torch.tensor([[0.3, -2.0]]), torch.tensor([[0.2, 1.5]]))
    pulls = [model.prior.pull(q) for model in (plain, wide)]
    torch.testing.assert_close(pulls[1].second, pulls[0].second / 25, rtol=1e-3, atol=1e-5)
