"""What does it cost a training to be watched and to survive?

    python -m benchmarks.recording [--data mnist] [--latent-dim D] [--epochs N] [--rounds N] [--json]

A run is done as its worker does it, in this process, on an empty disk folder, and timed where it does more than train: snapshots (every
epoch, and nine in the first), metrics (the line of an epoch, the norm of the gradient, the KL by dimension, the status twice a
second), and what it keeps to be resumed (state and best weights).

The baseline is the bare loop, `vae.train` without anyone who listens, for the same model, data and epochs, in turn with the runs. The
shares are of the time that a run takes from its first step to its last; the ratio is of medians.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

from benchmarks.machine import load, machine
from vae.data.sources import load as load_data
from vae.models.vae import VAE
from vae.runs import snapshots, store, worker
from vae.runs.request import Request
from vae.runs.suggested import suggested
from vae.training import loop, state

# What is timed: where it is, and which of the three it is for.
PARTS: tuple[tuple[Any, str, str], ...] = (
    (snapshots.SnapshotWriter, "__init__", "snapshots"),
    (snapshots.SnapshotWriter, "take", "snapshots"),
    (worker._Worker, "follow", "metrics"),  # without what is timed inside it
    (worker._Worker, "say", "metrics"),
    (loop, "kl_by_dim", "metrics"),
    (state, "write_weights", "state"),
    (state.TrainingState, "take", "state"),
    (state.TrainingState, "write", "state"),
)


class Spent(NamedTuple):
    """One run."""

    seconds: float  # from the first step to the last epoch on disk
    parts: dict[str, float]  # seconds for each of the three


class Stopwatch:
    """Time by part; what is timed inside something else counts for itself only."""

    def __init__(self) -> None:
        self.parts = {part: 0.0 for _, _, part in PARTS}
        self.inside: list[float] = []

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            self.inside.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - began
                self.parts[part] += took - self.inside.pop()
                if self.inside:
                    self.inside[-1] += took

        return call

    @contextmanager
    def running(self) -> Iterator[None]:
        patches = [patch.object(where, name, self.timed(getattr(where, name), part)) for where, name, part in PARTS]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()


def whole_run(request: Request) -> Spent:
    """A run, as its worker does it."""
    watch = Stopwatch()
    began = ended = 0.0

    class Watcher(worker.Watcher):
        def on_step(self, done: int, steps: int) -> None:
            nonlocal began
            if done == 1:
                began = time.perf_counter()

        def on_epoch(self, progress: Any) -> None:
            nonlocal ended
            ended = time.perf_counter()

    run = store.create(request)
    with watch.running():
        worker.work(run.folder, Watcher())
    return Spent(ended - began, watch.parts)


def bare(request: Request) -> float:
    """Seconds of the same training, from its first step to its last epoch, with nobody listening."""
    began = 0.0

    def on_step(done: int, steps: int) -> None:
        nonlocal began
        if done == 1:
            began = time.perf_counter()

    model = VAE(request.model, request.train.seed)
    for _ in loop.train(model, load_data(request.data, "train"), request.train, on_step=on_step):
        pass
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist", help="(default: %(default)s)")
    parser.add_argument("--latent-dim", type=int, default=2, metavar="D")
    parser.add_argument("--epochs", type=int, default=15, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="of a run and its baseline")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    request = suggested(options.data, latent_dim=options.latent_dim)
    request = replace(request, train=replace(request.train, epochs=options.epochs))
    alone: list[float] = []
    watched: list[Spent] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = folder
        for _ in range(options.rounds):
            alone.append(bare(request))
            watched.append(whole_run(request))
    whole = statistics.median(spent.seconds for spent in watched)
    shares = {
        part: statistics.median(spent.parts[part] / spent.seconds for spent in watched) for part in watched[0].parts
    }
    result = {
        "bare_seconds": statistics.median(alone),
        "run_seconds": whole,
        "ratio": whole / statistics.median(alone),
        "shares": shares,
        "load": load(),
    }
    if options.json:
        print(json.dumps({**machine(), **result}))
        return
    print(*(f"{name} {value}" for name, value in machine().items()), sep=", ")
    print(f"{options.data}, {options.latent_dim}-D, {options.epochs} epochs, load {load()}")
    print(f"  bare loop {result['bare_seconds']:.1f} s, run {whole:.1f} s, {result['ratio']:.3f} times as long")
    for part, share in shares.items():
        print(f"  {part:10}{share:7.2%} of the run")
    print(f"  snapshots and metrics {shares['snapshots'] + shares['metrics']:.2%}")


if __name__ == "__main__":
    main()
