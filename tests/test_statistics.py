from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import own_set

import vae.data
from vae.data import pixel_statistics
from vae.data.sources import DATASETS, is_on_disk
from vae.data.statistics import NEAR, SAMPLE, PixelStatistics, statistics_of
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Categorical, SigmaGaussian
from vae.runs.suggested import MAX_GREY, likelihood_for, suggested, suggested_likelihood


def test_pixels_are_counted_for_what_they_are() -> None:
    images = np.array([0, NEAR, 255 - NEAR, 255, NEAR + 1, 100, 100, 255], np.uint8).reshape(2, 1, 2, 2)
    expected = (0, NEAR, NEAR + 1, 100, 255 - NEAR, 255)
    assert statistics_of(images) == PixelStatistics(2, 1, 3 / 8, expected)


@pytest.mark.parametrize("layout", ["grey", "last", "first"])
def test_only_the_first_images_of_a_file_are_read(layout: str, tmp_path: Path) -> None:
    images = np.full((SAMPLE + 700, 6, 5, 3), 130, np.uint8)
    images[:SAMPLE, 0] = 255
    shaped = {"grey": images[..., 0], "last": images, "first": images.transpose(0, 3, 1, 2)}[layout]
    own_set(tmp_path, train_images=shaped, train_labels=None, test_images=shaped[:3], test_labels=None, classes=None)
    seen = pixel_statistics("cells", tmp_path)
    assert seen is not None
    assert seen.grey == pytest.approx(5 / 6)
    assert seen._replace(grey=0) == PixelStatistics(SAMPLE, 1 if layout == "grey" else 3, 0, (130, 255))


def test_a_file_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    own_set(tmp_path)
    before = pixel_statistics("cells", tmp_path)
    black = np.zeros((40, 8, 8), np.uint8)
    black[:, 0] = 255
    own_set(tmp_path, train_images=black, test_images=black[:12])
    after = pixel_statistics("cells", tmp_path)
    assert before is not None
    assert before.grey > 0.5
    assert after == PixelStatistics(40, 1, 0.0, (0, 255))


def test_a_file_in_another_order_is_not_looked_at(tmp_path: Path) -> None:
    images = np.asfortranarray(np.random.default_rng(0).integers(256, size=(40, 8, 8), dtype=np.uint8))
    own_set(tmp_path, train_images=images, test_images=images[:12])
    assert pixel_statistics("cells", tmp_path) is None
    assert pixel_statistics("mnist", tmp_path) is None  # nor what isn't there


@pytest.mark.parametrize("name", ["mnist", "digits"])
def test_what_is_built_in_is_looked_at_without_its_test_split(name: str) -> None:
    if not is_on_disk(name):
        pytest.skip(f"{name} is not in VAE_DATA_DIR")
    seen = pixel_statistics(name)
    every = statistics_of(vae.data.load(name, "train", download=False).images.numpy())
    assert seen is not None
    assert seen.images == SAMPLE
    assert seen.grey == pytest.approx(every.grey, abs=0.02)
    assert set(seen.values) <= set(every.values)


def pixels(grey: float, values: tuple[int, ...] = tuple(range(256)), channels: int = 1) -> PixelStatistics:
    return PixelStatistics(SAMPLE, channels, grey, values)


def test_a_likelihood_is_suggested_by_the_pixels() -> None:
    assert likelihood_for(pixels(MAX_GREY)).likelihood == Bernoulli()
    assert likelihood_for(pixels(MAX_GREY + 0.01)).likelihood == SigmaGaussian()
    assert likelihood_for(pixels(0.9, channels=3)).likelihood == SigmaGaussian()
    assert likelihood_for(pixels(0.5, (0, 85, 170, 255))).likelihood == Categorical(4)
    assert likelihood_for(pixels(0.5, (0, 1, 2, 255))).likelihood == SigmaGaussian()  # no levels of their own
    assert likelihood_for(None).likelihood == Bernoulli()


def test_a_suggestion_says_why() -> None:
    assert "31 % of the pixels are grey, of 256 levels" in likelihood_for(pixels(0.31)).reason
    assert "5 % of the pixels" in likelihood_for(pixels(0.05)).reason
    assert "4 levels" in likelihood_for(pixels(0.5, (0, 85, 170, 255))).reason


def test_what_is_built_in_states_its_custom() -> None:
    for name, source in DATASETS.items():
        assert source.likelihood in LIKELIHOODS
        assert suggested(name).model.likelihood == LIKELIHOODS[source.likelihood]()
    assert "customary for MNIST" in suggested_likelihood("mnist").reason


def test_a_data_set_of_ones_own_is_suggested_what_suits_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    own_set(tmp_path)
    assert suggested("cells").model.likelihood == suggested_likelihood("cells").likelihood == SigmaGaussian()
    images = np.zeros((40, 8, 8), np.uint8)
    images[:, :4] = 255
    own_set(tmp_path, "ink", train_images=images, test_images=images[:12])
    assert suggested("ink").model.likelihood == Bernoulli()
