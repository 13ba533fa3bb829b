"""How long an epoch of MNIST takes for each purpose of the Train page, on all cores: `Preset.epoch_seconds`.

    python -m benchmarks.presets [--epochs 2]

Epochs in which encoder and decoder learn together, and those in which they learn apart where they do, weighed as a whole training has
them. The first epoch is left out, which warms up.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from statistics import median

from benchmarks.machine import machine
from vae.data.sources import load
from vae.models.vae import VAE
from vae.runs.presets import PRESETS
from vae.training.loop import train


def epoch_seconds(kind: str, epochs: int) -> float:
    """Of a training with as many epochs before the halves learn apart, and as many after."""
    request = PRESETS[kind].request("mnist")
    seconds = []
    for joint in (1.0, 0.0):
        config = replace(request.train, epochs=1 + epochs, joint=joint)
        began, times = time.monotonic(), []
        for _ in train(VAE(request.model), load("mnist", "train"), config):
            times.append(time.monotonic() - began)
            began = time.monotonic()
        seconds.append(median(times[1:]))
    together, apart = seconds
    return request.train.joint * together + (1 - request.train.joint) * apart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=2, help="that are timed, of each half (default: 2)")
    options = parser.parse_args()
    print(json.dumps(machine()))
    for kind, preset in PRESETS.items():
        print(
            f"{kind:12} {epoch_seconds(kind, options.epochs):6.1f} s an epoch, said to be {preset.epoch_seconds:g}",
            flush=True,
        )


if __name__ == "__main__":
    main()
