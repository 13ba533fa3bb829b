"""What the bound of a model in one or two dimensions loses, and the integrals behind it checked against finer grids.

`python -m benchmarks.exact` looks at the first test images of a shipped model, at beta 1 and at others of its range:

- minus log p(x), or for grey pixels what stands for it, by quadrature, from a first grid and from one twice as fine;
- the bound under the model's own posteriors, under those of its encoder alone, and under its encoder's refined without a search;
- what each loses to the family of posteriors, to wrong modes and to the encoder, with the standard error over images.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from benchmarks.machine import machine
from vae.checkpoints.checkpoint import read
from vae.data.images import ImageSet
from vae.data.sources import load
from vae.evaluation.bounds import condition_of, posteriors
from vae.evaluation.estimates import LOSSES
from vae.evaluation.exact import exact, integrate
from vae.models.config import INTEGRATION_REACH, INTEGRATION_SPACING
from vae.models.places import decode_places
from vae.models.vae import VAE


def agreement(model: VAE, data: ImageSet, beta: float) -> tuple[float, float]:
    """Mean and largest difference, in nats, between integrals that begin at a grid and at one twice as fine."""
    x, dims = data.floats(slice(None)), model.config.latent_dim
    everything = condition_of(data, slice(None), beta)
    values, edge = torch.empty(2, len(x)), model.latent_prior.edge
    for row, spacing in zip(values, (2 * INTEGRATION_SPACING, INTEGRATION_SPACING), strict=True):
        side = 1 + round(2 * INTEGRATION_REACH / spacing)
        for condition, which in model.relevant(everything).groups(len(x)):
            decode = partial(model.likelihood, condition=condition)
            places = decode_places(decode, dims, side, torch.device("cpu"), INTEGRATION_REACH * edge)
            for some in which.split(100):
                row[some] = integrate(model, x[some], condition, 1.0, places).value
    apart = (values[0] - values[1]).abs()
    return apart.mean().item(), apart.max().item()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exact", description=__doc__)
    parser.add_argument(
        "checkpoint", nargs="?", default="mnist-2d", help="of one or two dimensions (default: mnist-2d)"
    )
    parser.add_argument("--images", type=int, default=500, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--betas", type=float, nargs="+", default=[1.0], metavar="B", help="(default: 1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    checkpoint = read(options.checkpoint)
    model = checkpoint.model()
    data = load(checkpoint.summary.data, "test").subset(torch.arange(options.images))
    steps = {"the model's own": None, "refined without a search": model.config.refinement, "the encoder's": 0}
    rows: list[dict[str, Any]] = []
    for beta in options.betas:
        for name, refinement in steps.items():
            if refinement == 0 and model.config.refinement == 0:
                continue
            began = time.process_time()
            given = posteriors(model, data, beta, refinement=refinement)
            losses = exact(model, data, beta, count=options.images, given=given)
            rows.append({"beta": beta, "posteriors": name, **losses.to_dict(), "cpu": time.process_time() - began})
    mean, worst = agreement(model, data.subset(torch.arange(min(100, options.images))), options.betas[0])
    if options.json:
        print(
            json.dumps({"machine": machine(), "checkpoint": options.checkpoint, "rows": rows, "apart": [mean, worst]})
        )
        return 0
    print(
        f"{options.checkpoint}, the first {options.images:,} test images, nats per image, ± standard errors over images\n"
    )
    print(
        f"{'beta':>6}  {'posteriors':26}{'gap':>15}{'family':>15}{'modes':>15}{'encoder':>15}{'wrong':>7}{'CPU s':>7}"
    )
    for row in rows:
        parts = "".join(f"{row[name]:8.3f} ±{row[f'{name}_error']:5.3f}" for name in LOSSES)
        print(f"{row['beta']:6g}  {row['posteriors']:26}{parts}{row['wrong']:7}{row['cpu']:7.0f}")
    print(
        f"\nintegrals from a grid and from one twice as fine are {mean:.1e} nats apart on average, {worst:.1e} at worst"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
