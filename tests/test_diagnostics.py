"""What is told of a model, against cases whose answer is known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from sklearn.neighbors import KNeighborsClassifier
from tiny import Correlated, config, image_set, standard_normal

from vae.data.sources import load
from vae.errors import VAEError
from vae.evaluation.bounds import evaluate, importance_bound, posteriors
from vae.evaluation.diagnostics import (
    NEIGHBOURS,
    decompose,
    diagnose,
    facts_of,
    histogram,
    normal_total_correlation,
    ordered,
    probe,
    so_far,
    unknown_facts,
    wasserstein,
)
from vae.evaluation.disentanglement import disentanglement
from vae.evaluation.estimates import error_of_sum
from vae.evaluation.starts import bound_from_starts
from vae.models.distributions import DiagonalNormal
from vae.models.priors import LatentPrior
from vae.models.vae import VAE

PLANE = standard_normal()
LINE = standard_normal(1)


def normals(count: int, std: float, mix: np.ndarray | None = None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors of width `std` around means whose aggregate is normal: N(0, I), or with `mix` as the covariance of the means."""
    dims = 2 if mix is None else len(mix)
    covariance = (1 - std**2) * np.eye(dims) if mix is None else mix
    mean = np.random.default_rng(seed).multivariate_normal(np.zeros(dims), covariance, count)
    return mean.astype(np.float32), np.full((count, dims), std, np.float32)


def test_the_parts_of_the_kl_sum_to_it() -> None:
    generator = np.random.default_rng(3)
    mean = generator.normal(0.3, 1.2, (800, 3)).astype(np.float32)
    std = generator.uniform(0.2, 0.7, (800, 3)).astype(np.float32)
    prior = standard_normal(3)
    parts = decompose(mean, std, prior, draws=8000)
    assert parts.dimension_kl is not None
    total = parts.mutual_information + parts.total_correlation + parts.dimension_kl
    assert total == pytest.approx(prior.kl_of_each(mean, std).mean(), rel=0.02)
    assert min(parts.mutual_information, parts.total_correlation, parts.dimension_kl) > 0


def test_where_the_aggregate_is_the_prior_all_of_the_kl_is_information() -> None:
    parts = decompose(*normals(20_000, 0.5), PLANE)
    assert parts.mutual_information == pytest.approx(2 * math.log(2), rel=0.03)
    assert parts.total_correlation == pytest.approx(0, abs=0.02)
    assert parts.dimension_kl == pytest.approx(0, abs=0.02)


def test_the_total_correlation_of_a_normal_aggregate_is_that_of_its_correlation() -> None:
    std, covariance = 0.4, np.array([[1.0, 0.7], [0.7, 0.8]])
    mean, spread = normals(10_000, std, covariance)
    whole = covariance + std**2 * np.eye(2)
    known = -0.5 * math.log(1 - whole[0, 1] ** 2 / (whole[0, 0] * whole[1, 1]))
    parts = decompose(mean, spread, PLANE, draws=3000)
    assert parts.total_correlation == pytest.approx(known, abs=4 * parts.total_correlation_error + 0.01)
    assert normal_total_correlation(mean, spread) == pytest.approx(known, rel=0.04)


def test_information_and_total_correlation_are_the_same_beside_any_prior() -> None:
    """Only what its dimensions cost by themselves is the prior's, and needs them to be independent of each other."""
    mean, std = normals(500, 0.5)
    labels, correlated = np.zeros(500, np.int64), LatentPrior(Correlated(), 2, {})
    one, other = (facts_of(mean, std, labels, prior).parts for prior in (PLANE, correlated))
    assert one is not None
    assert other is not None
    assert other == one._replace(dimension_kl=None, dimension_kl_error=None)
    unknown = unknown_facts(labels, correlated, 1.0).parts
    assert unknown is not None
    assert [value is None for value in unknown] == [value is None for value in other], "as cards are laid out before"
    assert unknown_facts(labels, correlated, 9.0).parts is None


def test_the_error_of_a_sum_is_how_much_sums_over_images_that_are_partly_the_same_differ() -> None:
    generator = np.random.default_rng(0)

    def parts() -> tuple[np.ndarray, np.ndarray]:
        """Of 200 images, and of every tenth or so of them, which have much in common."""
        one = generator.standard_normal(200)
        return one, generator.standard_normal(20) / 2 - one[np.linspace(0, 199, 20).round().astype(int)]

    several = [parts() for _ in range(2000)]
    differ = np.std([one.mean() + other.mean() for one, other in several])
    assert np.mean([error_of_sum(each) for each in several]) == pytest.approx(differ, rel=0.05)
    one = generator.standard_normal(50)
    assert error_of_sum((one, -one)) == 0
    assert error_of_sum((np.append(one, math.nan),)) == pytest.approx(one.std(ddof=1) / math.sqrt(50))
    assert math.isnan(error_of_sum((np.empty(0), one)))


@pytest.mark.parametrize("part", ["mutual_information", "total_correlation", "dimension_kl"])
def test_the_standard_error_of_each_part_is_how_much_estimates_differ(part: str) -> None:
    mean, std = normals(500, 0.5)
    estimates = [decompose(mean, std, PLANE, draws=300, seed=seed) for seed in range(40)]
    spread = np.std([getattr(parts, part) for parts in estimates])
    assert np.mean([getattr(parts, f"{part}_error") for parts in estimates]) == pytest.approx(spread, rel=0.4)


@pytest.mark.parametrize("shift", [-3.0, 0.0, 0.25, 9.0])
def test_a_shifted_normal_lies_as_far_from_the_prior_as_it_was_shifted(shift: float) -> None:
    mean, std = np.array([[shift, 0.0]], np.float32), np.ones((1, 2), np.float32)
    np.testing.assert_allclose(wasserstein(mean, std, PLANE), [abs(shift), 0], atol=2e-5)


@pytest.mark.parametrize("scale", [0.05, 0.5, 2.0])
def test_a_wider_or_narrower_normal_lies_as_far_as_its_quantiles_move(scale: float) -> None:
    distances = wasserstein(np.zeros((5, 1), np.float32), np.full((5, 1), scale, np.float32), LINE)
    assert distances[0] == pytest.approx(abs(scale - 1) * math.sqrt(2 / math.pi), rel=1e-5)


SHAPES = {
    "one spike": ([0.51], [1e-4]),
    "spikes": ([-1.3, -1.29, 0.2, 0.21, 1.7], [1e-3, 1e-4, 2e-3, 1e-4, 1e-3]),
    "narrow and wide": ([0.0, 0.0, 2.0], [1e-3, 5.0, 0.2]),
    "wide": ([3.0, -1.0], [20.0, 50.0]),
    "far": ([-400.0, 0.1, 0.3, 12.0], [0.5, 0.5, 0.01, 1e-3]),
    "like the prior": ([0.01, -0.01], [0.99, 1.0]),
    "the prior": ([0.0], [1.0]),
    "a staircase": (np.linspace(-2, 2, 23).tolist(), [3e-3] * 23),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_distance_to_the_prior_is_that_of_quadrature(shape: str) -> None:
    mean, std = (np.array(part, np.float32)[:, None] for part in SHAPES[shape])
    m, s = mean[:, 0].astype(float), std[:, 0].astype(float)

    def gap(t: float) -> float:
        return abs(float(ndtr((t - m) / s).mean() - ndtr(t)))

    # Adaptive, between all that could be missed.
    edges = np.concatenate([m + width * s for width in (-9, -3, -1, 0, 1, 3, 9)] + [np.linspace(-9, 9, 37)])
    edges = np.unique(edges)
    known = sum(quad(gap, low, high, epsabs=1e-8)[0] for low, high in pairwise(edges))
    assert wasserstein(mean, std, LINE)[0] == pytest.approx(known, abs=1e-4)


def test_one_image_far_away_in_one_dimension_changes_nothing_for_the_others() -> None:
    mean = np.where(np.arange(500)[:, None] % 2 == 0, [[0.0, 1.0]], [[0.0, -1.0]]).astype(np.float32)
    std = np.full((500, 2), 0.02, np.float32)
    before = wasserstein(mean, std, PLANE)
    mean[3, 0] = 40
    after = wasserstein(mean, std, PLANE)
    assert after[1] == before[1] == pytest.approx(0.53, abs=0.01)
    # It takes the place of the prior's topmost 1/500, whose mean is the density there over 1/500.
    top = 500 * math.exp(-0.5 * float(ndtri(1 - 1 / 500)) ** 2) / math.sqrt(2 * math.pi)
    assert after[0] == pytest.approx(before[0] + (40 - 2 * top) / 500, abs=1e-3)


def test_a_histogram_has_the_mass_of_the_mixture_in_each_bin() -> None:
    generator = np.random.default_rng(0)
    mean = generator.normal(0, 1, 50).astype(np.float32)
    std = generator.uniform(0.1, 0.6, 50).astype(np.float32)
    edges = np.linspace(-6, 6, 61)
    density = histogram(mean, std, edges)
    mixture = torch.distributions.Normal(torch.from_numpy(mean), torch.from_numpy(std))
    mass = mixture.cdf(torch.from_numpy(edges.astype(np.float32))[:, None]).mean(1).diff().numpy()
    np.testing.assert_allclose(density * np.diff(edges), mass, atol=1e-5)
    assert (density * np.diff(edges)).sum() == pytest.approx(1, abs=1e-4)


def test_each_image_is_judged_by_others_only() -> None:
    generator = np.random.default_rng(0)
    mean = generator.normal(0, 1, (300, 2)).astype(np.float32)
    labels = generator.integers(3, size=300)
    probes = probe(mean, labels)
    assert probes is not None
    right = []
    for left_out in range(300):
        others = np.arange(300) != left_out
        voters = KNeighborsClassifier(NEIGHBOURS).fit(mean[others], labels[others])
        right.append(voters.predict(mean[[left_out]])[0] == labels[left_out])
    # They part ways where classes have as many votes.
    assert probes.knn_accuracy == pytest.approx(np.mean(right), abs=0.06)
    assert probes.knn_accuracy < 0.5
    assert probes.majority == np.bincount(labels).max() / 300


def test_what_is_easily_told_is_told_and_what_has_no_label_takes_no_part() -> None:
    generator = np.random.default_rng(1)
    labels = np.repeat([4, 7, 9], 40)
    mean = generator.normal(0, 0.1, (120, 2)).astype(np.float32) + 3 * np.eye(3, 2)[np.repeat([0, 1, 2], 40)]
    for extra in (0, 50):
        more = np.concatenate([mean, generator.normal(0, 3, (extra, 2))]).astype(np.float32)
        probes = probe(more, np.concatenate([labels, np.full(extra, -1)]))
        assert probes is not None
        assert (probes.knn_accuracy, probes.linear_accuracy) == (1, 1)
        assert probes.majority == pytest.approx(1 / 3)


@pytest.mark.parametrize("labels", [np.full(30, -1), np.zeros(30, int), np.array([0] * 28 + [1] * 2)])
def test_there_is_nothing_to_tell_apart_without_two_classes(labels: np.ndarray) -> None:
    assert probe(np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32), labels) is None


@pytest.mark.parametrize("network", ["mlp", "mlp-range"])
@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_a_diagnosis_is_made_of_the_metrics_of_the_model(network: str, beta: float) -> None:
    model, data = VAE(config(network), seed=1), image_set(90)
    steps: list[tuple[int, ...]] = []
    diagnosis = diagnose(model, data, beta, samples=2, draws=3, on_step=lambda *step: steps.append(step))
    terms = evaluate(model, data, beta, samples=3)  # all draws of the bound are in it
    assert (diagnosis.recon, diagnosis.kl, diagnosis.loss) == pytest.approx((terms.recon, terms.kl, terms.loss))
    assert diagnosis.elbo == pytest.approx(-(terms.recon + terms.kl))
    assert sum(diagnosis.kl_by_dim) == pytest.approx(diagnosis.kl, rel=1e-5)
    bound = importance_bound(model, data, 3, beta)
    assert (diagnosis.iwae, diagnosis.iwae_standard_error) == pytest.approx((bound.nll, bound.standard_error))
    known = posteriors(model, data, beta)
    np.testing.assert_array_equal(diagnosis.mean, known.mean)
    again = diagnose(model, data, beta, samples=2, draws=3, given=known)
    assert again.to_dict() == diagnosis.to_dict()
    assert again.starts is None
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] == max(of for _, of in steps)
    steps.clear()
    several = diagnose(model, data, beta, samples=2, draws=3, starts=2, on_step=lambda *step: steps.append(step))
    assert several.starts is not None
    assert several.starts.to_dict() == bound_from_starts(model, data, 3, beta, starts=2, given=known).to_dict()
    assert several.to_dict() | {"starts": None} == diagnosis.to_dict()
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] == max(of for _, of in steps)


def test_errors_are_of_single_images_and_examples_are_those_of_them() -> None:
    model, data = VAE(config("conv"), seed=1), image_set(40)
    diagnosis = diagnose(model, data, draws=4, samples=1)
    assert diagnosis.samples == 4
    assert diagnosis.errors.mean() == pytest.approx(diagnosis.recon, rel=1e-5)
    assert diagnosis.complete
    assert diagnosis.examples is not None
    best, _, worst = diagnosis.examples.which
    assert diagnosis.errors[best].max() == np.sort(diagnosis.errors)[11]
    assert worst[-1] == diagnosis.errors.argmax()
    np.testing.assert_array_equal(diagnosis.examples.images[2, -1], data.images[int(worst[-1])])
    decoded = model.decode(diagnosis.mean[[worst[-1]]]).numpy()[0]
    np.testing.assert_allclose(diagnosis.examples.reconstructions[2, -1] / 255, decoded, atol=0.51 / 255)


def test_best_median_and_worst_are_in_order() -> None:
    errors = np.random.default_rng(0).normal(size=101).astype(np.float32)
    indices = ordered(errors, 5)
    assert errors[indices["Best"]].max() == np.sort(errors)[4]
    assert errors[indices["Worst"]].min() == np.sort(errors)[-5]
    assert np.median(errors[indices["Median"]]) == np.median(errors)
    assert {len(index) for index in ordered(errors[:3], 5).values()} == {3}


def test_what_needs_no_decoder_is_known_before_it_is_asked() -> None:
    model, data = VAE(config("mlp"), seed=1), image_set(90)
    given = posteriors(model, data)
    facts = facts_of(given.mean.numpy(), given.std.numpy(), data.labels.numpy(), model.latent_prior)
    early = so_far(facts, 1.0, samples=2, draws=2, refinement=0)
    late = diagnose(model, data, draws=2, samples=1, given=given, facts=facts)
    waited_for = {"recon", "loss", "elbo", "iwae", "iwae_standard_error", "recon_standard_error", "elbo_standard_error"}
    waited_for |= {"draws_standard_error", "iwae_image_standard_error", "floor", "exact"}
    for name, value in late.to_dict().items():
        known = early.to_dict()[name]
        if name in waited_for:
            numbers = known.values() if isinstance(known, dict) else [known]
            assert all(np.isnan(value) if isinstance(value, float) else not value for value in numbers), name
        else:
            assert known == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value), name
    assert late.complete
    assert not early.complete
    assert not so_far(facts, 1.0, samples=2, draws=2, refinement=0, factors=True).to_dict()["mig"] > 0


def test_a_collapsed_dimension_is_not_active_and_lies_on_the_prior() -> None:
    model, data = VAE(config("mlp", latent_dim=3)), image_set(60)
    known = posteriors(model, data)
    mean, std = known.mean.clone(), known.std.clone()
    mean[:, 1], std[:, 1] = 0, 1
    mean[:, [0, 2]] *= 10
    diagnosis = diagnose(model, data, given=DiagonalNormal(mean, std), draws=1)
    assert diagnosis.active_units == 2
    assert diagnosis.activity[1] == 0
    assert diagnosis.kl_by_dim[1] == pytest.approx(0, abs=1e-6)
    assert diagnosis.wasserstein[1] == pytest.approx(0, abs=1e-3)
    assert diagnosis.iwae_standard_error is None


def test_few_images_in_many_dimensions_tell_nothing_of_the_parts() -> None:
    # Posteriors so narrow that each image is known from its latent: the information is all of log N.
    model, data = VAE(config("mlp", latent_dim=6)), load("digits").subset(torch.arange(50))
    mean = 3 * torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    diagnosis = diagnose(model, data, given=DiagonalNormal(mean, torch.full((50, 6), 0.01)), draws=1)
    assert diagnosis.parts is None
    assert diagnosis.to_dict()["parts"] is None


def test_factors_that_are_known_are_looked_for() -> None:
    data = load("sprites").subset(torch.arange(0, 1200, 4))
    model = VAE(config("mlp", (1, 32, 32), 4))
    diagnosis = diagnose(model, data, draws=1, samples=1)
    assert data.values is not None
    assert diagnosis.disentanglement is not None
    again = disentanglement(diagnosis.mean, data.values.numpy(), data.factors)
    assert diagnosis.to_dict()["mig"] == again.mig
    assert diagnosis.to_dict()["dci_informativeness"] == again.dci.informativeness
    assert diagnose(VAE(config("mlp")), image_set(9), draws=1).to_dict()["mig"] is None


def test_a_bound_needs_a_draw() -> None:
    with pytest.raises(VAEError, match="draws"):
        diagnose(VAE(config("mlp")), image_set(5), draws=0)
