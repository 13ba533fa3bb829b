"""Is one model for a range of betas as good as a model for each?

    python -m benchmarks.betas [--epochs N] [--betas B ...] [--shipped] [--json]

A model for the whole range is trained on 57,000 training images of MNIST, and a dedicated one at each beta, with the same network (but
for the gates), the same refinement of posteriors, the same number of epochs and the same seed. Each one's objective, reconstruction +
beta KL, is measured on the 3,000 that were held out, and the ratio of the two is printed. The weights of the range are also asked how
far a point of the map, which goes linearly in log(beta) between two keyframes, is from where the model puts it, in hundredths of the
plane's width.

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
import vae.checkpoint
import vae.data
from benchmarks.machine import machine
from benchmarks.mnist import held_out
from vae.config import ModelConfig, TrainConfig
from vae.data import ImageSet, is_on_disk, root_folder
from vae.distributions import BernoulliPixels
from vae.metrics import Evaluation, evaluate, posteriors, sweep
from vae.model import VAE
from vae.networks import Hybrid

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
    """How far points between keyframes are from where the model puts them, as a share of the plane's width."""

    mean: float
    p99: float
    p999: float
    worst: float
    share: float  # of the points, of those off by more than a hundredth


def trained(data: ImageSet, config: TrainConfig, network: Hybrid) -> VAE:
    """A model of these images of MNIST."""
    model = VAE(ModelConfig(data.image_shape, 2, network, refinement=REFINEMENT), config.seed)
    began = time.monotonic()
    for progress in vae.train(model, data, config):
        done = f"{progress.epoch}/{progress.epochs}, {time.monotonic() - began:.0f} s"
        print(f"beta {network.beta_range or config.beta}: epoch {done}", file=sys.stderr, end="\r")
    print(file=sys.stderr)
    return model.eval()


def offset(model: VAE, data: ImageSet, betas: Sequence[float]) -> Offset:
    """Points of `data` half way between keyframes at `betas`, against where the model itself puts them."""
    some = data.subset(torch.arange(min(POINTS, len(data.images))))
    frames = [posteriors(model, some, beta).mean for beta in betas]
    width = max((frame.amax(0) - frame.amin(0)).max().item() for frame in frames)
    away: list[torch.Tensor] = []
    for (low, before), (high, after) in pairwise(zip(betas, frames, strict=True)):
        there = posteriors(model, some, math.sqrt(low * high)).mean
        away.append(((before + after) / 2 - there).norm(dim=1) / width)
    every = torch.cat(away).numpy()
    p99, p999, worst = np.quantile(every, [0.99, 0.999, 1]).tolist()
    return Offset(float(every.mean()), p99, p999, worst, float((every > 0.01).mean()))


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
    frames = vae.checkpoint.read(SHIPPED).keyframes if options.shipped else sweep(model, asked)
    assert frames is not None
    assert model.config.beta_range is not None
    found = offset(model, asked, frames.beta.astype(float).clip(*model.config.beta_range).tolist())
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
                    "offset": found._asdict(),
                }
            )
        )
        return 0
    if options.shipped:
        print(f"the mean image of the training split, whatever beta: {constant(asked):.2f} nats\n")
    show(
        rows,
        found,
        "the shipped model, test split"
        if options.shipped
        else f"{options.epochs} epochs each, held-out training images",
    )
    return 0


def show(rows: Sequence[Row], found: Offset, what: str) -> None:
    print(f"MNIST, nats per image, 4 draws of z; {what}\n")
    print(f"{'beta':>6}{'objective':>12}{'recon':>9}{'KL':>8}{'dedicated':>12}{'recon':>9}{'KL':>8}{'range is':>10}")
    for beta, ranged, dedicated in rows:
        line = f"{beta:6g}{ranged.loss:12.2f}{ranged.recon:9.2f}{ranged.kl:8.2f}"
        if dedicated is not None:
            share = ranged.loss / dedicated.loss - 1
            line += f"{dedicated.loss:12.2f}{dedicated.recon:9.2f}{dedicated.kl:8.2f}{100 * share:+9.2f}%"
        print(line)
    print(
        f"\npoints between keyframes are off by {100 * found.mean:.3f} % of the plane's width on average, "
        f"{100 * found.p99:.3f} % at the 99th percentile, {100 * found.p999:.2f} % at the 99.9th and {100 * found.worst:.1f} % at worst; "
        f"{100 * found.share:.3f} % of them are off by more than 1 %"
    )
    print("aims: within 1 % of a dedicated model at every beta; points off by less than 1 %")


if __name__ == "__main__":
    sys.exit(main())
