"""Small networks, images and checkpoints that the tests of the library share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import unwrap
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor
from torch.distributions import MultivariateNormal

from vae.checkpoints.checkpoint import Checkpoint, LatentPoints, TrainingSummary
from vae.checkpoints.keyframes import Keyframes
from vae.data.images import ImageSet
from vae.evaluation.exact import exact
from vae.models.config import ModelConfig, TrainConfig
from vae.models.likelihoods import Bernoulli
from vae.models.modules import GateModule, ShiftModule
from vae.models.networks import MLP, BetaRange, Conv, Hybrid
from vae.models.objectives import ELBO, Objective
from vae.models.priors import LatentPrior, Prior, StandardNormal
from vae.models.priors.base import Weights
from vae.models.vae import VAE
from vae.progress import Curve, Progress, to_json
from vae.runs.request import Request
from vae.runs.snapshots import ABOUT_STEM, FOLDER, FORMAT
from vae.runs.status import RunState, Status
from vae.runs.store import Run, create

RANGE = (0.1, 10.0)
BOUND = ELBO()
NETWORKS = {
    "mlp": MLP((12, 8)),
    "conv": Conv((4, 6), 10),
    "hybrid": Hybrid((2, 3), (8,), (6, 5)),
    "mlp-range": MLP((12, 8), RANGE),
    "conv-range": Conv((4, 6), 10, RANGE),
    "hybrid-range": Hybrid((2, 3), (8,), (6, 5), RANGE),
    "conv-classes": Conv((4, 6), 10, classes=10),
    "hybrid-range-classes": Hybrid((2, 3), (8,), (6, 5), RANGE, 10),
}
CONV_SHAPES = [(1, 4, 4), (3, 8, 12), (1, 28, 28), (3, 16, 8)]
MLP_SHAPES = [(1, 1, 1), (3, 5, 7), (1, 9, 4), *CONV_SHAPES]
# Every kind of network with the image shapes it takes.
CASES = [
    *(("mlp", shape) for shape in MLP_SHAPES),
    *(("conv", shape) for shape in CONV_SHAPES),
    *(("hybrid", shape) for shape in [(1, 4, 4), (2, 5, 9), (1, 28, 28)]),
    ("hybrid-range", (3, 6, 7)),
    ("mlp-range", (3, 5, 7)),
    ("conv-range", (3, 8, 12)),
    ("conv-classes", (3, 8, 12)),
    ("hybrid-range-classes", (1, 6, 7)),
]


def config(network: str = "mlp", shape: tuple[int, int, int] = (1, 8, 8), latent_dim: int = 2) -> ModelConfig:
    return ModelConfig(shape, latent_dim, NETWORKS[network])


def image_set(count: int, shape: tuple[int, int, int] = (1, 8, 8), seed: int = 0) -> ImageSet:
    """Random images, no two of them alike."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, *shape), generator=generator, dtype=torch.uint8)
    return ImageSet(images, torch.arange(count) % 3, ("a", "b", "c"))


def standard_normal(latent_dim: int = 2) -> LatentPrior:
    """N(0, I)."""
    return LatentPrior(StandardNormal(), latent_dim, {})


@dataclass(frozen=True)
class Coin(Bernoulli):
    """A second likelihood of pixels that are 0 or 1."""

    kind: ClassVar[str] = "coin"


@dataclass(frozen=True)
class Doubled(ELBO):
    """The KL counts twice."""

    kind: ClassVar[str] = "doubled"

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return super().loss(terms, 2 * beta)

    def loss_title(self, beta: float) -> str:
        return super().loss_title(2 * beta)


@dataclass(frozen=True)
class Correlated(Prior):
    """A normal distribution whose dimensions depend on each other. It says only what every prior has to, so its KL isn't in closed form."""

    kind: ClassVar[str] = "correlated"
    title: ClassVar[str] = "a correlated normal distribution"

    @staticmethod
    def distribution(latent_dim: int) -> MultivariateNormal:
        """Variances of 1, correlations of 0.8."""
        return MultivariateNormal(torch.zeros(latent_dim), 0.8 + 0.2 * torch.eye(latent_dim))

    def log_prob(self, z: Tensor, weights: Weights) -> Tensor:
        return self.distribution(z.shape[1]).log_prob(z)

    def sample(self, count: int, latent_dim: int, weights: Weights, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.randn(count, latent_dim, generator=generator)
        return noise @ self.distribution(latent_dim).scale_tril.T


def checkpoint(model_config: ModelConfig | None = None, points: int = 7) -> Checkpoint:
    """An untrained model as a checkpoint, with random points."""
    model = VAE(model_config or config(), seed=3)
    generator = np.random.default_rng(0)
    shape = (points, model.config.latent_dim)
    mean = generator.standard_normal(shape).astype(np.float32)
    std = generator.uniform(0.1, 1, shape).astype(np.float32)
    keyframes = None
    stir(model)
    if model.config.beta_range is not None:
        beta = np.geomspace(*model.config.beta_range, 4).astype(np.float32)
        keyframes = Keyframes(
            beta,
            generator.standard_normal((4, *shape)).astype(np.float32),
            generator.uniform(0.1, 1, (4, *shape)).astype(np.float32),
            np.linspace(20, 30, 4, dtype=np.float32),
            np.linspace(9, 1, 4, dtype=np.float32),
            np.array([[1, 0], [2, points - 1]], np.int32),
        )
        mean, std = keyframes.at(1.0)
    return Checkpoint(
        model.config,
        TrainingSummary(
            data="digits",
            train_size=10,
            test_size=points,
            epochs=1,
            train=replace(TrainConfig(), epochs=1),
            recon=20.5,
            kl=3.25,
            neg_elbo=23.75,
            samples=4,
            seconds=1.5,
            date="2025-01-01T00:00:00+00:00",
            versions={"python": "3"},
        ),
        {name: tensor.numpy() for name, tensor in model.state_dict().items()},
        LatentPoints(
            mean,
            std,
            np.arange(points) % 3 - 1,
            ("one", "two"),
        ),
        keyframes,
    )


def recorded(request: Request, progress: Sequence[Progress], state: RunState = "finished") -> Run:
    """A run on disk that reported these epochs, without any training."""
    run = create(request)
    (run.folder / "progress.jsonl").write_text("".join(to_json(epoch) + "\n" for epoch in progress))
    (run.folder / "status.json").write_text(json.dumps(Status(state)._asdict()))
    return run


def stir(model: VAE) -> VAE:
    """Gates and shifts that do something, where fresh ones let everything through."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, GateModule | ShiftModule):
                for parameter in module.parameters():
                    parameter.normal_(generator=generator)
    return model


def filmed_run(
    means: Sequence[NDArray[np.floating]],
    labels: Sequence[int],
    *,
    classes: Sequence[str] = ("a", "b", "c", "d", "e"),
    steps: Sequence[int] | None = None,
    shape: tuple[int, int, int] = (1, 8, 8),
    beta_range: BetaRange | None = None,
    held_out: bool = True,
    epochs: int | None = None,
    objective: Objective = BOUND,
) -> Run:
    """A finished run below `VAE_RUNS_DIR` that nobody trained. In its snapshots, one an epoch of four steps unless `steps` says otherwise,
    the test images lie where `means`, (N, D) each, have them; what the decoder drew is black at first and gets lighter."""
    count, dims = means[0].shape
    steps = [4 * place for place in range(len(means))] if steps is None else steps
    done = steps[-1] // 4 if steps else 0
    train = TrainConfig(epochs=epochs or max(1, done), objective=objective)
    run = create(Request("digits", ModelConfig((1, 8, 8), dims, MLP((4,), beta_range)), train))
    folder = run.folder / FOLDER
    folder.mkdir()
    side = 4
    middles = 3 * (2 * np.arange(side) + 1 - side) / side
    plane = np.stack([np.tile(middles, side), np.repeat(-middles, side)], axis=1)
    z = plane if dims == 2 else np.random.default_rng(1).standard_normal((side * side, dims))
    rows = np.arange(min(3, count))
    originals = np.random.default_rng(2).integers(256, size=(len(rows), *shape)).astype(np.uint8)
    about = {
        "images": np.arange(count),
        "label": np.array(labels, np.int64),
        "z": z.astype(np.float32),
        "rows": rows,
        "originals": originals,
    }
    words = {"format": FORMAT, "classes": json.dumps(classes), "per_epoch": "4", "decoders": "[]"}
    (folder / f"{ABOUT_STEM}.safetensors").write_bytes(save(about, words))
    for place, (step, mean) in enumerate(zip(steps, means, strict=True)):
        shade = 255 * place // max(1, len(steps) - 1)
        drawn = {
            "mean": mean.astype(np.float32),
            "samples": np.full((side * side, *shape), shade, np.uint8),
            "reconstructions": np.full((len(rows), *shape), shade, np.uint8),
        }
        (folder / f"{step:09d}.safetensors").write_bytes(save(drawn, {"format": FORMAT}))
    lines = []
    for epoch in range(1, done + 1):
        curve = Curve(20 + 10 / epoch, 3 - 1 / epoch)
        lines.append(to_json(Progress(epoch, train.epochs, 1, 0.001, curve, curve if held_out else None, epoch)))
    (run.folder / "progress.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (run.folder / "status.json").write_text(json.dumps(Status("finished")._asdict()))
    return run


def own_set(root: Path, name: str = "cells", counts: tuple[int, int] = (40, 12), **changes: object) -> dict[str, Any]:
    """Puts a data set of one's own into a folder, small images in colour with two classes, and returns its arrays. `changes` replace some,
    and leave out those that are None."""
    generator = np.random.default_rng(0)
    arrays: dict[str, Any] = {"classes": np.array(["round", "long"])}
    for split, count in zip(("train", "test"), counts, strict=True):
        labels = np.arange(count) % 2
        images = generator.integers(256, size=(count, 8, 8, 3))
        images[labels == 1, :, :4] //= 4  # so that there is something to tell them apart by
        arrays |= {f"{split}_images": images.astype(np.uint8), f"{split}_labels": labels}
    arrays = {key: array for key, array in (arrays | changes).items() if array is not None}
    root.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(root / f"{name}.npz", **arrays)
    return arrays


def integrate_over_few(patch: pytest.MonkeyPatch) -> None:
    """Has integrals over the latents be of 20 images, where nobody says of how many."""
    defaults = cast(FunctionType, unwrap(exact)).__kwdefaults__
    assert defaults is not None
    patch.setitem(defaults, "count", 20)
