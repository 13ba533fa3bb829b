"""Is one model for a range of betas as good as a model for each?

    python -m benchmarks.betas [--epochs N] [--betas B ...] [--shipped] [--json]

A model for the whole range is trained on 57,000 training images of MNIST, and a dedicated one at each beta, with the same network (but
for the gates), the same refinement of posteriors, the same number of epochs and the same seed. Each one's objective, reconstruction +
beta KL, is measured on the 3,000 that were held out, and the ratio of the two is printed. The weights of the range are also asked how
far a point of the map that keeps its mode, which goes linearly in log(beta) between two keyframes, is from where the model puts it, in
hundredths of the plane's width.

With `--shipped` nothing is trained: the shipped model's objective on the test split is printed at each beta and beyond, next to what a
decoder gets that always draws the mean image, and how far its points are off.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

import vae
import vae.checkpoints
import vae.data
from benchmarks.machine import machine
from benchmarks.mnist import held_out
from vae.checkpoints.keyframes import Keyframes
from vae.data.images import ImageSet, evenly_spaced
from vae.data.sources import is_on_disk, root_folder
from vae.evaluation.bounds import Evaluation, evaluate, followed, sweep
from vae.models.config import ModelConfig, TrainConfig
from vae.models.distributions import BernoulliPixels, DiagonalNormal
from vae.models.networks import Hybrid
from vae.models.vae import VAE

SHIPPED = "mnist-2d"
RANGE = (0.05, 40.0)
REFINEMENT, AUGMENT = 3, 0.5  # as the shipped model was trained
BETAS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
BEYOND = (16.0, 25.0, 40.0)  # where the shipped model's plane falls together
POINTS = 2000  # that are compared, half way between every two keyframes


class Row(NamedTuple):
    """One beta, in nats per image."""

    beta: float
    ranged: Evaluation
    dedicated: Evaluation | None

    @property
    def excess(self) -> float | None:
        """How much larger the range's objective is, as a share."""
        return None if self.dedicated is None else self.ranged.loss / self.dedicated.loss - 1


class Offset(NamedTuple):
    """How far points that keep their mode between two keyframes are from where the model puts them, as a share of the plane's width."""

    mean: float
    p99: float
    p999: float
    worst: float
    share: float  # of the points, of those off by more than a hundredth
    changed: float  # share of all points that change their mode between two keyframes, on average


def trained(data: ImageSet, config: TrainConfig, network: Hybrid) -> VAE:
    """A model of these images of MNIST."""
    model = VAE(ModelConfig(data.image_shape, 2, network, refinement=REFINEMENT), config.seed)
    began = time.monotonic()
    for progress in vae.train(model, data, config):
        done = f"{progress.epoch}/{progress.epochs}, {time.monotonic() - began:.0f} s"
        print(f"beta {network.beta_range or config.beta}: epoch {done}", file=sys.stderr, end="\r")
    print(file=sys.stderr)
    return model.eval()


def offset(model: VAE, data: ImageSet, frames: Keyframes, watched: float) -> Offset:
    """Points of `data` half way between keyframes, against where the model itself puts them when they come from the nearer to the beta that
    is watched."""
    which = evenly_spaced(len(data.images), POINTS)
    some, mean, std = data.subset(which), frames.mean[:, which], frames.std[:, which]
    width = float(np.ptp(mean, axis=1).max())
    away: list[np.ndarray] = []
    changes = 0
    for k, (low, high) in enumerate(pairwise(frames.beta.astype(float).tolist())):
        beta, near = math.sqrt(low * high), k if low >= watched * (1 - 1e-6) else k + 1
        came = DiagonalNormal(torch.from_numpy(mean[near]), torch.from_numpy(std[near]))
        batches = list(followed(model, some, beta, came))
        changed = torch.cat([one.changed for one in batches]).numpy()
        changed |= np.isin(which.numpy(), frames.changes[frames.changes[:, 0] == k, 1])
        there = torch.cat([one.tracked.mean for one in batches]).numpy()
        away.append(np.linalg.norm((mean[k] + mean[k + 1]) / 2 - there, axis=1)[~changed] / width)
        changes += int(changed.sum())
    every = np.concatenate(away)
    p99, p999, worst = np.quantile(every, [0.99, 0.999, 1]).tolist()
    share = changes / (len(which) * (len(frames.beta) - 1))
    return Offset(float(every.mean()), p99, p999, worst, float((every > 0.01).mean()), share)


def constant(test: ImageSet) -> float:
    """Nats per test image of a decoder that always draws the mean of the training images: a collapsed model can do as well."""
    mean = vae.data.load("mnist", "train").images.float().mean(0, keepdim=True) / 255
    x = test.floats(slice(None))
    pixels = BernoulliPixels(mean.clamp(1e-5, 1 - 1e-5).logit().expand_as(x))
    return -pixels.log_prob(x).double().mean().item()


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, measures, prints a table or JSON, and returns 2 if MNIST isn't there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.betas", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--epochs", type=int, default=20, metavar="N", help="of each model (default: %(default)s)")
    parser.add_argument("--betas", type=float, nargs="+", default=BETAS, metavar="B", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="(default: %(default)s)")
    parser.add_argument("--shipped", action="store_true", help="train nothing, measure the shipped model")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if not all(RANGE[0] <= beta <= RANGE[1] for beta in options.betas) or options.epochs < 1:
        parser.error(f"--betas: from {RANGE[0]:g} to {RANGE[1]:g}; --epochs: at least 1")
    if not is_on_disk("mnist"):
        print(
            f"MNIST isn't in {root_folder().resolve()}. Set VAE_DATA_DIR to the folder that holds MNIST/raw.",
            file=sys.stderr,
        )
        return 2
    dedicated: dict[float, VAE] = {}
    betas = [*options.betas]
    if options.shipped:
        betas += BEYOND
        model, asked = vae.load(SHIPPED), vae.data.load("mnist", "test")
    else:
        data, asked = held_out()
        config = TrainConfig(epochs=options.epochs, augment=AUGMENT, seed=options.seed, validation_fraction=0)
        model = trained(data, config, Hybrid(beta_range=RANGE))
        for beta in options.betas:
            dedicated[beta] = trained(data, replace(config, beta=beta), Hybrid())
    rows = [
        Row(beta, evaluate(model, asked, beta), evaluate(dedicated[beta], asked, beta) if beta in dedicated else None)
        for beta in betas
    ]
    frames = vae.checkpoints.read(SHIPPED).keyframes if options.shipped else sweep(model, asked)
    assert frames is not None
    offsets = offset(model, asked, frames, model.trained_beta)
    if options.json:
        table = [
            {
                "beta": row.beta,
                "range": row.ranged.loss,
                "dedicated": row.dedicated and row.dedicated.loss,
                "excess": row.excess,
            }
            for row in rows
        ]
        print(
            json.dumps(
                {
                    "machine": machine(),
                    "epochs": None if options.shipped else options.epochs,
                    "rows": table,
                    "offset": offsets._asdict(),
                }
            )
        )
        return 0
    if options.shipped:
        print(f"the mean image of the training split, whatever beta: {constant(asked):.2f} nats\n")
    show(
        rows,
        offsets,
        "the shipped model, test split"
        if options.shipped
        else f"{options.epochs} epochs each, held-out training images",
    )
    return 0


def show(rows: Sequence[Row], offsets: Offset, what: str) -> None:
    print(f"MNIST, nats per image, 4 draws of z; {what}\n")
    print(f"{'beta':>6}{'objective':>12}{'recon':>9}{'KL':>8}{'dedicated':>12}{'recon':>9}{'KL':>8}{'range is':>10}")
    for beta, ranged, dedicated in rows:
        line = f"{beta:6g}{ranged.loss:12.2f}{ranged.recon:9.2f}{ranged.kl:8.2f}"
        if dedicated is not None:
            share = ranged.loss / dedicated.loss - 1
            line += f"{dedicated.loss:12.2f}{dedicated.recon:9.2f}{dedicated.kl:8.2f}{100 * share:+9.2f}%"
        print(line)
    print(
        f"\n{100 * offsets.changed:.2f} % of the points change their mode between two keyframes; "
        f"the others are off by {100 * offsets.mean:.3f} % of the plane's width on average, "
        f"{100 * offsets.p99:.3f} % at the 99th percentile, {100 * offsets.p999:.2f} % at the 99.9th "
        f"and {100 * offsets.worst:.1f} % at worst; "
        f"{100 * offsets.share:.3f} % of them are off by more than 1 %"
    )
    print(
        "aims: within 1 % of a dedicated model at every beta; 0.2 % of the points that keep their mode off by more than 1 % at most"
    )


if __name__ == "__main__":
    sys.exit(main())
