"""Figures at a beta: measured wherever they were, and the same ones for everybody who shows them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from blocks import unpack
from tiny import Coin, checkpoint, config

from vae.checkpoints.checkpoint import Header
from vae.data.sources import DATASETS, is_on_disk, load
from vae.errors import ConfigError
from vae.evaluation.terms import active_dimensions, bits_per_dim, flat_from, floor, measured_betas, scored_in, terms
from vae.models.config import ModelConfig
from vae.models.likelihoods import Bernoulli, Categorical, DiscretizedLogistic, Gaussian, SigmaGaussian
from vae.web.payloads import keyframes


def test_terms_of_one_beta_are_the_summarys() -> None:
    made = checkpoint()
    result = terms(made, 3.0)
    assert (result.recon, result.kl, result.neg_elbo) == (20.5, 3.25, 23.75)
    assert result.measured
    assert "4 draws" in result.estimator
    ranged = checkpoint(config("mlp-range"))
    assert terms(ranged, 1.0)[:2] == (20.5, 3.25)


def test_terms_of_a_range_go_from_keyframe_to_keyframe() -> None:
    made = checkpoint(config("mlp-range"))
    frames = made.keyframes
    assert frames is not None
    for beta, recon, rate in zip(frames.beta.tolist(), frames.recon, frames.kl, strict=True):
        result = terms(made, made.config.nearest_beta(beta))
        assert result[:2] == pytest.approx((recon, rate), rel=1e-5)
        assert result.measured
    half = math.sqrt(frames.beta[0] * frames.beta[1])
    result = terms(made, half)
    assert result.recon == pytest.approx(frames.recon[:2].mean())
    assert result.kl == pytest.approx(frames.kl[:2].mean())
    assert not result.measured
    assert "between two β" in result.estimator
    with pytest.raises(ConfigError, match="beta"):
        terms(made, 99.0)


def test_a_keyframe_where_the_summary_is_gives_way_to_it() -> None:
    made = checkpoint(config("mlp-range"))
    assert made.keyframes is not None
    own = float(made.keyframes.beta[3])
    at_one = made._replace(summary=replace(made.summary, train=replace(made.summary.train, beta=own)))
    betas = measured_betas(at_one)
    assert len(betas) == len(made.keyframes.beta)
    assert betas == sorted(betas)
    assert terms(at_one, own)[:3] == (made.summary.recon, made.summary.kl, made.summary.samples)


def test_latents_pay_up_to_where_one_picture_costs_no_more() -> None:
    assert flat_from(checkpoint()) is None
    made = checkpoint(config("mlp-range"))
    frames, own = made.keyframes, made.summary.train.beta
    assert frames is not None
    beta = frames.beta.astype(float)
    # Latents say nothing at the last keyframe, beta 10, where a picture for all costs 30 nats.
    flat = beta == beta.max()
    kl, recon = np.where(flat, 0.01, 5 / beta), np.where(flat, 30.0, 18 + beta)
    summary = replace(made.summary, recon=18 + own, kl=5 / own)

    def of(recon: np.ndarray, kl: np.ndarray) -> float | None:
        return flat_from(made._replace(keyframes=frames._replace(recon=recon, kl=kl), summary=summary))

    assert of(recon, kl) == frames.beta.max()
    # Where it goes over little by little, one picture costs less from earlier on.
    assert of(np.where(beta > 2, np.maximum(recon, 27.0), recon), kl) == frames.beta[2]
    assert of(recon, np.maximum(kl, 0.2)) is None


def test_the_page_gets_what_python_says_at_every_beta_that_was_measured() -> None:
    made = checkpoint(config("mlp-range"))
    assert made.keyframes is not None
    header, _ = unpack(keyframes(made))
    assert header["measured"]["beta"] == pytest.approx(measured_betas(made))
    assert made.summary.train.beta in header["measured"]["beta"]
    for place, beta in enumerate(header["measured"]["beta"]):
        result = terms(made, made.config.nearest_beta(beta))
        assert result.measured
        assert header["measured"]["rate"][place] == pytest.approx(result.kl)
        assert header["measured"]["distortion"][place] == pytest.approx(result.recon)


def test_what_active_dimensions_tell_is_their_kl() -> None:
    made = checkpoint(config("mlp"))
    spread = np.random.default_rng(0).standard_normal(made.points.mean.shape).astype(np.float32)
    spread = (spread - spread.mean(0)) / spread.std(0)
    width = np.array([0.9, 0.2], np.float32)
    mean = spread * width
    std = np.tile(np.sqrt(1 - width**2), (len(mean), 1))
    result = active_dimensions(made._replace(points=made.points._replace(mean=mean, std=std)), made.summary.train.beta)
    assert result == pytest.approx((2, -0.5 * math.log(1 - 0.2**2), -0.5 * math.log(1 - 0.9**2)), rel=1e-4)
    still = made.points._replace(mean=mean * 0.01, std=std)
    assert active_dimensions(made._replace(points=still), made.summary.train.beta) == (0, 0, 0)


def header(data: str, test_size: int, **changes: Any) -> Header:
    made = checkpoint(replace(config(), **changes))
    return Header(made.config, replace(made.summary, data=data, test_size=test_size), made.points.classes)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.mnist] * (name == "mnist"))
        for name, source in DATASETS.items()
        if source.floor
    ],
)
def test_floors_that_are_known_are_those_of_the_test_images(name: str) -> None:
    if not is_on_disk(name):
        pytest.skip(f"{name} is not in VAE_DATA_DIR")
    test = load(name, "test", download=False)
    n = len(test.images)
    parts = [Bernoulli().floor(test.floats(slice(start, start + 1000))) for start in range(0, n, 1000)]
    total = sum(part.sum().item() for part in parts if part is not None)
    assert floor(header(name, n)) == pytest.approx(total / n, abs=0.005)


def test_a_floor_is_told_of_the_images_that_it_is_known_of_alone() -> None:
    assert floor(header("digits", 360)) == 13.69
    for others in (header("digits", 359), header("cells", 360)):
        assert math.isnan(floor(others) or 0)
    assert floor(header("digits", 360, likelihood=Gaussian())) is None


def test_what_nats_are_of_is_told_once_for_all_models() -> None:
    digits, mnist, own = header("digits", 360), header("mnist", 10_000), header("cells", 12)
    normal = header("digits", 360, likelihood=Gaussian())
    assert scored_in([normal, normal]) == scored_in([]) == ""
    alone = scored_in([digits])
    assert alone.startswith("Cross entropy of grey pixels, no log-likelihood")
    assert scored_in([digits, digits]) == alone
    assert scored_in([own]).startswith("Where pixels are grey, a cross entropy, no log-likelihood")
    for several, owed in (
        ([digits, mnist, own, normal], "13.69 45.53"),
        ([digits, normal], "13.69"),
        ([own, normal], ""),
    ):
        said = scored_in(several)
        assert "Bernoulli" in said
        assert "where pixels are grey, a cross entropy, no log-likelihood" in said
        assert [nats for nats in ("13.69", "45.53") if nats in said] == owed.split()
        assert "nan" not in said
        assert scored_in(several[::-1]) == said


def test_nats_of_different_things_are_told_apart() -> None:
    bernoulli, normal = header("digits", 360), header("digits", 360, likelihood=Gaussian())
    levels = header("digits", 360, likelihood=DiscretizedLogistic())
    said = scored_in([bernoulli, normal, levels, header("digits", 360, likelihood=SigmaGaussian())])
    assert "a density of pixels from 0 to 1 (gaussian, σ 0.1 and sigma-gaussian)" in said
    assert "a probability of 256 levels (discretized-logistic)" in said
    assert "compare only where it is the same" in said
    assert (
        scored_in([normal, header("digits", 360, likelihood=SigmaGaussian())]) == ""
    )  # both are densities of the same
    assert scored_in([levels, levels]) == ""


def test_bits_per_dimension_are_of_levels_alone() -> None:
    bernoulli, grey = ModelConfig((1, 8, 8)), ModelConfig((3, 4, 2), likelihood=DiscretizedLogistic())
    assert bits_per_dim(grey, 24 * math.log(256), None) == pytest.approx(8)
    assert bits_per_dim(replace(grey, likelihood=Categorical(4)), 24 * math.log(4), None) == pytest.approx(2)
    assert bits_per_dim(replace(grey, likelihood=Gaussian()), 24.0, None) is None
    assert bits_per_dim(bernoulli, 64 * math.log(2), 0.0) == pytest.approx(1)
    assert bits_per_dim(bernoulli, 64 * math.log(2), 13.69) is None  # of grey pixels a cross entropy


def test_likelihoods_of_two_are_called_what_they_are() -> None:
    bernoulli, coin = header("digits", 360), header("mnist", 10_000, likelihood=Coin())
    normal = header("digits", 360, likelihood=Gaussian())
    assert scored_in([coin, normal]).startswith("Coin likelihoods: where pixels are grey")
    assert scored_in(iter([bernoulli, coin, normal])).startswith("Bernoulli, coin likelihoods: where pixels are grey")
