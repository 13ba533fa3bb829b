"""Which objective gives the factors of sprites latent dimensions of their own? The mutual information gap (MIG) of several seeds each.

    python -m benchmarks.disentanglement [OBJECTIVE ...] [--seeds N] [--json]

All are trained as the purpose "disentangle" of the Train page has it but for objective and beta, which were chosen on training images. MIG
is of the posterior means of the test images, at the end.

Isolating Sources of Disentanglement in Variational Autoencoders (Chen et al., 2018)
https://arxiv.org/abs/1802.04942
"""

from __future__ import annotations

__all__ = ["TRAININGS", "main", "measure"]

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from benchmarks.machine import machine
from vae.data.sources import load
from vae.evaluation.bounds import posteriors
from vae.evaluation.disentanglement import mig
from vae.models.objectives import ELBO
from vae.models.objectives.factor import Factor
from vae.models.objectives.tcvae import TCVAE
from vae.models.vae import VAE
from vae.runs.presets import PRESETS
from vae.training.loop import train

TRAININGS: dict[str, dict[str, Any]] = {
    "beta-vae": {"objective": ELBO(), "beta": 5.0},
    "tcvae": {"objective": TCVAE(), "beta": 7.0},
    "factorvae": {"objective": Factor(gamma=10.0), "beta": 1.0},
    "capacity": {},  # as the purpose has it
}


class Measured(NamedTuple):
    """One training."""

    mig: float
    neg_elbo: float  # nats per held-out training image, at beta 1
    seconds: float


def measure(changes: dict[str, Any], seed: int) -> Measured:
    """Trains with an objective and a beta, and measures."""
    request = PRESETS["disentangle"].request("sprites")
    model, test = VAE(request.model, seed), load("sprites", "test")
    *_, last = train(model, load("sprites", "train"), replace(request.train, seed=seed, **changes))
    assert last.validation is not None
    assert test.values is not None
    means = posteriors(model, test).mean.numpy()
    return Measured(mig(means, test.values.numpy()), last.validation.neg_elbo, last.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.disentanglement", description=__doc__)
    parser.add_argument("objectives", nargs="*", metavar="OBJECTIVE", help=f"{', '.join(TRAININGS)} (default: all)")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    results = {}
    for name in options.objectives or TRAININGS:
        results[name] = [measure(TRAININGS[name], seed)._asdict() for seed in range(options.seeds)]
        if not options.json:
            gaps = sorted(one["mig"] for one in results[name])
            nats, seconds = (
                statistics.median(one[field] for one in results[name]) for field in ("neg_elbo", "seconds")
            )
            print(
                f"{name}: MIG {statistics.median(gaps):.3f} at the "
                f"median of {len(gaps)} seeds ({', '.join(f'{gap:.3f}' for gap in gaps)}); {nats:.2f} nats, {seconds:.0f} s each",
                flush=True,
            )
    if options.json:
        print(json.dumps({"machine": machine(), **results}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
