"""Does a run survive being killed at any moment?

    python -m benchmarks.kills [--runs N] [--epochs N] [--seed N] [--json]

A tiny network is trained on the digits by a background run with the default batch size, whose epochs are so short that much of the
time goes into writing. Its process is killed (`kill -9`) at a random moment, from its start on: in one kill of eight while it still
starts, else within a second of its first step. Then every file in the folder is read, and the run is resumed, until it has finished;
then the next begins, until N processes have been killed. What is counted: the runs that could not be resumed, the epochs that had
been reported and were lost or came out otherwise, and the files that did not load.

The baseline is the same training without any kill, in one process. A run that finishes must end with its weights, bit for bit, and with
its curves.
"""

from __future__ import annotations

__all__ = ["Counts", "main", "survive"]

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

import psutil
import torch

from benchmarks.machine import machine
from vae import ModelConfig, TrainConfig
from vae.checkpoints.checkpoint import read
from vae.data.sources import load
from vae.errors import VAEError
from vae.models.networks import MLP
from vae.models.vae import VAE
from vae.progress import Progress, from_json
from vae.runs import store
from vae.runs.request import Request
from vae.training.loop import train
from vae.training.state import TrainingState, read_weights

MODEL = ModelConfig((1, 8, 8), 2, MLP((16,)))
PATIENCE = 120.0  # seconds that a process may take for anything


class Counts(NamedTuple):
    """What became of the runs."""

    kills: int = 0
    epochs: int = 0  # that had been reported when a process was killed, over all kills
    between: int = 0  # kills after an epoch's state was written and before its line was
    finished: int = 0  # runs that came to their end
    not_resumed: int = 0
    lost: int = 0  # epochs
    unreadable: int = 0  # files, among them what was left behind half written once a run had finished
    different: int = 0  # runs that ended with other weights or other curves than the baseline

    @property
    def survived(self) -> bool:
        return not (self.not_resumed or self.lost or self.unreadable or self.different)


def survive(kills: int, epochs: int, seed: int = 0, *, report: Callable[[str], None] = lambda _: None) -> Counts:
    """Kills so many processes. The runs lie below `VAE_RUNS_DIR`, and go away with whoever made that."""
    chance = random.Random(seed)
    request = Request("digits", MODEL, TrainConfig(epochs=epochs, seed=seed))
    model, curve = _baseline(request)
    counts = Counts()
    run: store.Run | None = None
    seen: list[Progress] = []
    while True:
        if run is None:
            if counts.kills >= kills:
                return counts
            run, seen = store.start(request), []
        elif run.status().resumable:
            run.resume()
        else:
            report(run.status().message)
            counts, run = counts._replace(not_resumed=counts.not_resumed + 1), None
            continue
        if counts.kills < kills:
            _wait_and_kill(run, chance)
        else:
            _wait(lambda run=run: not run.status().active)
        if run.status().state == "finished":
            counts = counts._replace(
                finished=counts.finished + 1,
                unreadable=counts.unreadable + len([*run.folder.glob(".*.part")]),
                different=counts.different + _differs(run, model, curve),
            )
            run = None
            continue
        if counts.kills >= kills:
            continue  # it ended, and not well
        lines = run.progress()
        epoch, bad = _read_all(run, report)
        lost = sum(_timeless(a) != _timeless(b) for a, b in zip(seen, lines, strict=False)) + max(
            len(seen) - len(lines), 0
        )
        lost += max(len(lines) - epoch, 0)
        counts = counts._replace(
            kills=counts.kills + 1,
            epochs=counts.epochs + len(lines),
            between=counts.between + (epoch > len(lines)),
            lost=counts.lost + lost,
            unreadable=counts.unreadable + bad,
        )
        seen = lines
        report(f"kill {counts.kills} of {kills}: {run.status().state} in epoch {epoch + 1} of {epochs}")


def _baseline(request: Request) -> tuple[VAE, list[Progress]]:
    model = VAE(request.model, request.train.seed)
    return model, list(train(model, load(request.data, "train"), request.train))


def _wait_and_kill(run: store.Run, chance: random.Random) -> None:
    """Kills the run's process at a moment that nobody can foresee, unless it ends before."""
    if chance.random() < 1 / 8:
        time.sleep(chance.uniform(0, 2))
    else:
        step = run.status().step
        _wait(lambda: run.status().step > step or not run.status().active)
        time.sleep(chance.uniform(0, 1))
    try:
        pid = json.loads((run.folder / "process.json").read_text("utf-8"))["pid"]
        if run.status().active:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        _wait(lambda: not psutil.pid_exists(pid))
    except ProcessLookupError:
        pass  # it has ended by itself


def _wait(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise SystemExit("A process took too long.")
        time.sleep(0.01)


def _read_all(run: store.Run, report: Callable[[str], None]) -> tuple[int, int]:
    """The epoch that the run would go on from, and how many of its files can't be read."""
    epoch, bad = 0, 0
    for name in ("request.json", "status.json", "process.json"):
        path = run.folder / name
        try:
            if path.exists():
                json.loads(path.read_text("utf-8"))
        except ValueError as error:
            report(f"{path}: {error}")
            bad += 1
    readers = {"state.safetensors": TrainingState.read, "best.safetensors": read_weights, "model.safetensors": read}
    for name, reader in readers.items():
        path = run.folder / name
        try:
            content = reader(path) if path.exists() else None
        except VAEError as error:
            report(str(error))
            bad += 1
            continue
        if isinstance(content, TrainingState) and content.progress is not None:
            epoch = content.progress.epoch
    for step in run.film.steps:
        try:
            run.film.read(step)
        except VAEError as error:
            report(str(error))
            bad += 1
    path = run.folder / "progress.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    # The last may be half a line, of an epoch whose state is whole.
    return epoch, bad + sum(from_json(line) is None for line in lines[:-1])


def _differs(run: store.Run, model: VAE, curve: list[Progress]) -> bool:
    assert run.checkpoint is not None
    weights = read(run.checkpoint).weights
    same = all(
        torch.equal(torch.from_numpy(weights[name].copy()), tensor) for name, tensor in model.state_dict().items()
    )
    return not same or [*map(_timeless, run.progress())] != [*map(_timeless, curve)]


def _timeless(progress: Progress) -> Progress:
    return progress._replace(seconds=0, images_per_second=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="processes to kill (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=60, metavar="N", help="of each run (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    # Workers and the baseline must add up in the same order.
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = folder
        began = time.monotonic()
        counts = survive(options.runs, options.epochs, options.seed, report=(lambda _: None) if options.json else print)
        seconds = time.monotonic() - began
    if options.json:
        print(json.dumps({**machine(), **counts._asdict(), "survived": counts.survived, "seconds": seconds}))
    else:
        print(*(f"{name} {value}" for name, value in machine().items()), sep=", ")
        for name, value in counts._asdict().items():
            print(f"  {name.replace('_', ' '):14}{value:,}")
        print(f"{'all survived' if counts.survived else 'NOT all survived'}, in {seconds:.0f} s")
    raise SystemExit(0 if counts.survived else 1)


if __name__ == "__main__":
    main()
