"""Does each member of the family reach what was published of its kind? On MNIST's test split, drawn once from its grey values.

    python -m benchmarks.family [ROW ...] [--folder FOLDER] [--draws K] [--json]

A row is trained by the command that it prints, where the folder has no model of it yet, and then measured: minus the ELBO under the
posteriors that the model uses, minus the importance-weighted bound with many draws of z, and on a plane -log p(x) itself, by quadrature
over all test images. Standard errors are over images and, for the bounds, over draws. Published figures are of the protocol in the row,
and it is said where they were looked up.

What a row is trained with was chosen on held-out training images. The test split is read when the row is measured.
"""

from __future__ import annotations

__all__ = ["ROWS", "main"]

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from benchmarks.machine import machine
from vae.checkpoints.checkpoint import read
from vae.data.images import ImageSet
from vae.data.sources import load
from vae.evaluation.bounds import bounds, condition_of, posteriors
from vae.evaluation.estimates import standard_error
from vae.evaluation.exact import integrate
from vae.models.config import INTEGRATION_REACH
from vae.models.places import decode_places
from vae.models.vae import VAE

DAVIDSON = "Davidson et al., 2018, https://arxiv.org/abs/1804.00891, table 1, normal VAE; from memory"
BURDA = "Burda et al., 2016, https://arxiv.org/abs/1509.00519, table 1; as https://github.com/nbip/IWAE quotes it"


class Row(NamedTuple):
    """One training, and what it is held against."""

    about: str
    train: str  # options of `python -m vae train`
    draws: int  # of z for each image, in the importance-weighted bound
    published: str  # minus the ELBO / -log p(x), in nats per image
    goal: str
    source: str


ROWS = {
    "plane": Row(
        "two dimensions",
        "--binarize dynamic --network hybrid --refinement 3 --augment 0.5 --epochs 60",
        500,
        "137.08 / 135.73",
        "129 / 128",
        DAVIDSON,
    ),
    "twenty": Row(
        "twenty dimensions",
        "--binarize dynamic --latent-dim 20 --network conv --channels 48 96 --hidden 512 --refinement 4 --joint 0 --augment 0.5 "
        "--learning-rate 0.001 --epochs 95",
        500,
        "94.79 / 88.90",
        "91 / 86.5",
        DAVIDSON,
    ),
}


class Measured(NamedTuple):
    """Nats per image, with their standard errors."""

    neg_elbo: float
    neg_elbo_error: float  # over images
    iwae: float  # minus the importance-weighted bound
    iwae_error: float  # over images
    iwae_draws_error: float  # over draws of z, by the delta method
    nll: float | None  # -log p(x) by quadrature; None in more than two dimensions
    nll_error: float | None  # over images


def measure(model: VAE, data: ImageSet, draws: int) -> Measured:
    """What a model has on the images of `data`."""
    given = posteriors(model, data)
    both = bounds(model, data, draws, given=given)
    nll = None
    if model.config.integration_side is not None:
        nll = exact_nll(model, data)
    return Measured(
        both.terms.recon + both.terms.kl,
        both.terms.loss_standard_error,
        both.importance.nll,
        both.importance.image_standard_error,
        both.importance.standard_error,
        None if nll is None else float(nll.mean()),
        None if nll is None else standard_error(nll.numpy()),
    )


def exact_nll(model: VAE, data: ImageSet) -> torch.Tensor:
    """-log p(x) of every image, in nats, with shape (N,)."""
    side, reach = model.config.integration_side, INTEGRATION_REACH * model.latent_prior.edge
    assert side is not None
    values = torch.empty(len(data.images), dtype=torch.float64)
    everything = condition_of(data, slice(None), 1.0)
    given = posteriors(model, data)
    for condition, which in model.relevant(everything).groups(len(values)):
        decode = partial(model.likelihood, condition=condition)
        places = decode_places(decode, model.config.latent_dim, side, torch.device("cpu"), reach)
        for some in which.split(500):
            peaks = [type(given)(given.mean[some], given.std[some])]
            values[some] = -integrate(model, data.floats(some), condition, 1.0, places, peaks=peaks).value.double()
    return values


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.family", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)} (default: all)")
    parser.add_argument("--folder", type=Path, default=Path("family"), help="where models are, or go (default: family)")
    parser.add_argument("--seed", type=int, default=0, help="of the trainings (default: 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    results = {}
    for name in options.rows or ROWS:
        row, file = ROWS[name], options.folder / f"{name}-{options.seed}.safetensors"
        command = f"{sys.executable} -m vae train --data mnist {row.train} --seed {options.seed} --out {file}"
        if not file.exists():
            subprocess.run(shlex.split(command), check=True)
        began, checkpoint = time.monotonic(), read(file)
        with torch.no_grad():
            result = measure(checkpoint.model(), load(checkpoint.summary.data, "test"), row.draws)
        results[name] = result._asdict() | {"command": command, "seconds": checkpoint.summary.seconds}
        if options.json:
            continue
        exactly = "" if result.nll is None else f", exactly {result.nll:.2f} ± {result.nll_error or 0:.2f}"
        print(
            f"{name}: {row.about}\n"
            f"  python -m vae train --data mnist {row.train} --seed {options.seed}\n"
            f"  {checkpoint.summary.seconds / 60:.0f} min of training, {time.monotonic() - began:.0f} s of measuring\n"
            f"  -ELBO {result.neg_elbo:.2f} ± {result.neg_elbo_error:.2f} over images; {row.draws} draws {result.iwae:.2f} "
            f"± {result.iwae_error:.2f} over images, ± {result.iwae_draws_error:.3f} over draws{exactly}\n"
            f"  to reach {row.goal}; published {row.published} ({row.source})\n",
            flush=True,
        )
    if options.json:
        print(json.dumps({"machine": machine(), "rows": results}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
