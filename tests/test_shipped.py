"""The models that ship do what their files say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.checkpoints.checkpoint import SHIPPED_FOLDER, Checkpoint, peek, read
from vae.data.images import ImageSet
from vae.data.sources import is_on_disk, load
from vae.evaluation.bounds import evaluate, posteriors
from vae.latents.layouts import lay_out, measured, saved_layouts
from vae.latents.paths import typical
from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal
from vae.models.places import OBJECTIVE_TOLERANCE
from vae.projections import PCA

FILES = sorted(SHIPPED_FOLDER.glob("*.safetensors"))
SOME = 40  # images, of which a posterior in twenty dimensions takes a while


def of(data: str) -> list[Path]:
    return [path for path in FILES if peek(path).summary.data == data]


def on_disk(data: str) -> ImageSet:
    if not is_on_disk(data):
        pytest.skip(f"{data} is not in VAE_DATA_DIR")
    return load(data, "test", download=False)


def same(stored: NDArray[np.float32], computed: Tensor) -> None:
    """Within what another processor, which adds up in another order, makes of it."""
    np.testing.assert_allclose(stored[:SOME], computed.numpy(), atol=2e-3, rtol=2e-3)


def check_points(checkpoint: Checkpoint, test: ImageSet) -> None:
    """The first points, at the beta of the summary and at two keyframes, are where the model puts their images."""
    model, some = checkpoint.model(), test.subset(torch.arange(SOME))
    posterior = posteriors(model, some, checkpoint.summary.train.beta)
    same(checkpoint.points.mean, posterior.mean)
    same(checkpoint.points.std, posterior.std)
    assert checkpoint.points.labels.tolist() == test.labels.tolist()
    if checkpoint.keyframes is None:
        return
    frames = checkpoint.keyframes
    for frame in (0, len(frames.beta) // 2):
        beta = float(frames.beta[frame])
        stored = DiagonalNormal(*(torch.from_numpy(part[frame, :SOME]) for part in (frames.mean, frames.std)))
        best, condition = posteriors(model, some, beta), Condition(beta)
        near = ((stored.mean - best.mean).norm(dim=1) < model.places(condition).spacing).numpy()
        same(frames.mean[frame][:SOME][near], best.mean[near])
        assert near.mean() > 0.9, "most points are at the best mode"
        # The others have kept one that is nearly as good.
        cost, x = model.search(condition).objective, some.floats(slice(None))
        assert (cost(x, stored) <= cost(x, best) + OBJECTIVE_TOLERANCE + 0.01).all()


def test_the_models_are_those_that_the_readme_lists() -> None:
    listed = (SHIPPED_FOLDER / "README.md").read_text(encoding="utf-8")
    assert FILES
    for path in FILES:
        summary = peek(path).summary
        (line,) = [line for line in listed.splitlines() if line.startswith(f"| `{path.name}`")]
        assert line.endswith(f"| {summary.neg_elbo:.1f} ({summary.recon:.1f} + {summary.kl:.1f}) |")


@pytest.mark.parametrize(
    "path", [path for path in FILES if peek(path).config.latent_dim > 2], ids=lambda path: path.stem
)
def test_a_model_of_more_dimensions_opens_on_umap_of_all_its_points(path: Path) -> None:
    checkpoint = read(path)
    layout = saved_layouts(checkpoint)[0]
    assert (layout.settings.kind, layout.beta) == ("umap", checkpoint.summary.train.beta)
    assert len(layout.index) == len(checkpoint.points.labels)
    assert layout.measured is not None
    quality = measured(layout, checkpoint).measured
    assert quality == layout.measured
    at_once = measured(lay_out(checkpoint, PCA(), layout.beta), checkpoint).measured
    assert at_once is not None
    assert (layout.measured.knn_accuracy or 0) > 2 * (at_once.knn_accuracy or 0)


@pytest.mark.parametrize("path", of("digits"), ids=lambda path: path.stem)
def test_digits_on_their_whole_test_split(path: Path) -> None:
    checkpoint, test = read(path), load("digits", "test")
    evaluation = evaluate(checkpoint.model(), test, checkpoint.summary.train.beta, samples=checkpoint.summary.samples)
    assert (evaluation.n, evaluation.samples) == (checkpoint.summary.test_size, checkpoint.summary.samples)
    assert evaluation.recon == pytest.approx(checkpoint.summary.recon, abs=0.01)
    assert evaluation.kl == pytest.approx(checkpoint.summary.kl, abs=0.01)
    check_points(checkpoint, test)


@pytest.mark.mnist
@pytest.mark.parametrize("path", of("mnist"), ids=lambda path: path.stem)
def test_mnist_points(path: Path) -> None:
    check_points(read(path), on_disk("mnist"))


@pytest.mark.mnist
@pytest.mark.parametrize("path", of("mnist"), ids=lambda path: path.stem)
def test_mnist_on_its_test_split(path: Path) -> None:
    """The stored posteriors of all 10,000 images give the summary's terms, decoded anew."""
    checkpoint, test = read(path), on_disk("mnist")
    summary = checkpoint.summary
    stored = DiagonalNormal(torch.from_numpy(checkpoint.points.mean), torch.from_numpy(checkpoint.points.std))
    evaluation = evaluate(checkpoint.model(), test, summary.train.beta, samples=summary.samples, given=stored)
    assert evaluation.recon == pytest.approx(summary.recon, abs=0.01)
    assert evaluation.kl == pytest.approx(summary.kl, abs=0.01)


def check_begin(checkpoint: Checkpoint, test: ImageSet) -> None:
    """What is drawn at first looks more like its own image than like any of another class."""
    index = typical(checkpoint.points)
    beta = checkpoint.summary.train.beta
    drawn = checkpoint.model().decode(checkpoint.points.mean[[index]], beta)[0]
    away = np.square((test.images.float() / 255 - drawn).numpy()).sum((1, 2, 3))
    assert {*test.labels[away <= away[index]].tolist()} == {int(test.labels[index])}


@pytest.mark.parametrize("path", of("digits"), ids=lambda path: path.stem)
def test_digits_begin_with_an_image_that_is_drawn_well(path: Path) -> None:
    check_begin(read(path), load("digits", "test"))


@pytest.mark.mnist
@pytest.mark.parametrize("path", of("mnist"), ids=lambda path: path.stem)
def test_mnist_begins_with_an_image_that_is_drawn_well(path: Path) -> None:
    check_begin(read(path), on_disk("mnist"))
