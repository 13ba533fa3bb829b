"""How much cheaper is an epoch of Zscape's training loop than one of the plain recipe?

    python -m benchmarks.training [--epochs N] [--threads N] [--json]
    python -m benchmarks.training --reach [--threads N] [--json]

The baseline is a VAE on MNIST as a tutorial writes it: torchvision's data set with `ToTensor` on each image, a shuffling
`DataLoader` with batches of 128, AdamW at a constant 1e-3, float32, and `loss.item()` after each batch. Zscape's side is
`vae.train` as it comes, on the same network. The rows between change one thing after the other and say where the factor
comes from.

An epoch is one pass over the 60,000 training images, the last row's excepted. Each recipe has a process of its own, so that
none inherits another's settings, and they take turns, an epoch each, so that a busy machine disturbs them alike. The first
round warms up and isn't counted, and with it goes all that happens once, such as reading the files. The medians of the
other rounds are compared, in seconds of processor time over all threads.

With `--reach` both are trained to their ends on 57,000 training images and measured on the 3,000 that were held out: the plain recipe for
its 50 epochs, and Zscape with ever more epochs until it does as well, by its encoder alone, which is what the plain recipe is measured by,
and with posteriors refined by three steps, which the plain recipe has none of. What counts is the processor time of that training alone,
from its first step to its last. Then comes the training that the Train page starts when nothing is changed, as a run of its own, on all
cores, from the button to the finished checkpoint; its loss is the best on the images that it holds out itself.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import NamedTuple

import psutil
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision import transforms

import vae
import vae.data
from benchmarks.machine import machine
from benchmarks.mnist import held_out, numbers
from vae.data.sources import is_on_disk, root_folder
from vae.models.config import ModelConfig, TrainConfig
from vae.models.distributions import BernoulliPixels, DiagonalNormal
from vae.models.networks import MLP
from vae.models.priors import StandardNormal
from vae.runs import store
from vae.runs.suggested import suggested
from vae.training.loop import _autocast as autocast

HIDDEN = (512, 256, 128, 64)
LATENT_DIM = 2
PIXELS = 28 * 28
PLAIN_EPOCHS = 50
QUICK = MLP()  # what gets there soonest
QUICK_EPOCHS = range(3, 20)
QUICK_REFINEMENT = 3
QUICK_EMA = 0.99


class PlainVAE(nn.Module):
    """The network of both sides, as a tutorial writes it."""

    def __init__(self) -> None:
        super().__init__()
        widths = (PIXELS, *HIDDEN)
        encoder: list[nn.Module] = [nn.Flatten()]
        for inputs, outputs in pairwise(widths):
            encoder += [nn.Linear(inputs, outputs), nn.SiLU()]
        self.encoder = nn.Sequential(*encoder, nn.Linear(HIDDEN[-1], 2 * LATENT_DIM))
        widths = (LATENT_DIM, *reversed(HIDDEN))
        decoder: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            decoder += [nn.Linear(inputs, outputs), nn.SiLU()]
        self.decoder = nn.Sequential(*decoder, nn.Linear(HIDDEN[0], PIXELS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


def plain(
    batches: Callable[[], Iterable[Tensor]],
    precision: Callable[[], AbstractContextManager[object]] = nullcontext,
    model: PlainVAE | None = None,
) -> Iterator[float]:
    """The tutorial's loop: yields the mean loss of each epoch, in nats per image."""
    model = model or PlainVAE()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    while True:
        total, count = 0.0, 0
        for x in batches():
            with precision():
                logits, mean, log_variance = model(x)
                recon = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum")
                kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
                loss = (recon + kl) / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        yield total / count


def zscape(data: vae.data.ImageSet, config: TrainConfig) -> Iterator[float]:
    """Zscape's loop on the same network: yields the mean loss of each epoch, in nats per image."""
    model = vae.VAE(ModelConfig(data.image_shape, LATENT_DIM, MLP(HIDDEN)), config.seed)
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in PlainVAE().parameters())
    for progress in vae.train(model, data, config):
        yield progress.train.neg_elbo


def from_torchvision(batch_size: int, which: Tensor | None = None) -> Callable[[], Iterator[Tensor]]:
    """Batches as a tutorial reads them: of all training images, or of those with these numbers."""
    images = torchvision.datasets.MNIST(root_folder(), train=True, transform=transforms.ToTensor())
    if which is not None:
        images = Subset(images, which.tolist())
    loader = DataLoader(images, batch_size=batch_size, shuffle=True)
    return lambda: (x for x, _ in loader)


def from_tensor(images: Tensor, batch_size: int) -> Callable[[], Iterator[Tensor]]:
    """Batches cut from one uint8 tensor in memory."""
    return lambda: (images[which].float() / 255 for which in torch.randperm(len(images)).split(batch_size))


class Reached(NamedTuple):
    """A training from its first step to its last."""

    name: str
    epochs: int
    loss: float  # on images that it wasn't fitted to, nats per image
    cpu_seconds: float
    wall_seconds: float


@torch.no_grad()
def plain_loss(model: PlainVAE, data: vae.data.ImageSet) -> float:
    """The plain model's reconstruction + KL, with 4 draws of z, as `vae.evaluate` has it."""
    generator = torch.Generator().manual_seed(0)
    total = 0.0
    for start in range(0, len(data.images), 500):
        x = data.floats(slice(start, start + 500))
        mean, log_variance = model.encoder(x).chunk(2, dim=-1)
        posterior = DiagonalNormal(mean, (0.5 * log_variance).exp())
        total += StandardNormal().kl(posterior, posterior.mean, {}).sum().item()
        for _ in range(4):
            logits = model.decoder(posterior.rsample(generator)).view_as(x)
            total -= BernoulliPixels(logits).log_prob(x).sum().item() / 4
    return total / len(data.images)


def plain_to_its_end() -> Reached:
    """The plain recipe's 50 epochs."""
    torch.manual_seed(0)
    model = PlainVAE()
    losses = plain(from_torchvision(128, numbers()[0]), model=model)
    cpu, wall = time.process_time(), time.perf_counter()
    for epoch in range(1, PLAIN_EPOCHS + 1):
        print(f"plain recipe: epoch {epoch}/{PLAIN_EPOCHS}, {next(losses):.2f} on training images", file=sys.stderr)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Reached("plain recipe", PLAIN_EPOCHS, plain_loss(model, held_out()[1]), cpu, wall)


def zscape_to(target: float) -> list[Reached]:
    """Whole trainings of Zscape's, each of more epochs than the last, until one does as well by its encoder alone."""
    data, asked = held_out()
    reached: list[Reached] = []
    for epochs in QUICK_EPOCHS:
        config = TrainConfig(epochs=epochs, ema=QUICK_EMA, validation_fraction=0)
        model = vae.VAE(ModelConfig(data.image_shape, LATENT_DIM, QUICK), config.seed)
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in vae.train(model, data, config):
            pass
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        for steps in (0, QUICK_REFINEMENT):
            name = f"Zscape, refined by {steps} steps" if steps else "Zscape, the encoder alone"
            reached.append(Reached(name, epochs, vae.evaluate(model, asked, refinement=steps).loss, cpu, wall))
            print(f"{name}: {epochs} epochs, {reached[-1].loss:.2f}, {cpu:.0f} s", file=sys.stderr)
        if reached[-2].loss <= target:
            break
    return reached


def default_run() -> Reached:
    """What the Train page starts when nothing is changed, from the button to the checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = folder
        wall = time.perf_counter()
        run = store.start(suggested("mnist"))
        process = psutil.Process(json.loads((run.folder / "process.json").read_text())["pid"])
        cpu = 0.0
        while run.status().active:
            with suppress(psutil.Error):
                times = process.cpu_times()
                cpu = times.user + times.system
            time.sleep(0.2)
        wall = time.perf_counter() - wall
        summary = run.summary
        if summary is None:
            raise RuntimeError(f"The run failed: {run.status().message}")
        loss = min((progress.validation or progress.train).neg_elbo for progress in run.progress())
        return Reached("the Train page's default", summary.epochs, loss, cpu, wall)


def reach(as_json: bool, where: dict[str, str | int | bool]) -> None:
    """Trains everything to its end and prints what it took."""
    rows = [plain_to_its_end()]
    rows += zscape_to(rows[0].loss)
    default = default_run()
    ratios: dict[str, float | None] = dict.fromkeys(row.name for row in rows[1:])
    for row in reversed(rows[1:]):
        if row.loss <= rows[0].loss:
            ratios[row.name] = rows[0].cpu_seconds / row.cpu_seconds
    if as_json:
        print(json.dumps({"machine": where, "rows": [row._asdict() for row in (*rows, default)], "ratios": ratios}))
        return
    print(", ".join(f"{name} {value}" for name, value in where.items()) + "\n")
    print(f"{'a whole training on MNIST, 2-D, beta 1':42}{'epochs':>8}{'held out':>11}{'CPU s':>9}{'wall s':>9}")
    for row in (*rows, default):
        print(f"{row.name:42}{row.epochs:8}{row.loss:11.2f}{row.cpu_seconds:9.1f}{row.wall_seconds:9.1f}")
    print()
    for name, ratio in ratios.items():
        print(
            f"{name}: "
            + ("never as well" if ratio is None else f"as well for {1 / ratio:.3f} of the time, 1/{ratio:.0f}")
        )
    print("promised: a thirtieth; the Train page's default in under 120 s on two cores, at 138 or less")


class Row(NamedTuple):
    """What a recipe costs an epoch."""

    name: str
    cpu_seconds: float  # median; processor time over all threads
    wall_seconds: float  # median
    ratio: float  # the baseline's processor time over this one's
    loss: float  # of the last epoch on the training images, nats per image: a check that it learns


def recipe(number: int, epochs: int) -> Iterator[float]:
    """The recipe of this row, ready to run `epochs` epochs."""
    if number == 0:
        return plain(from_torchvision(128))
    data = vae.data.load("mnist", "train")
    config = TrainConfig(epochs=epochs)
    bfloat16 = partial(autocast, torch.device("cpu"))
    if number == 1:
        return plain(from_tensor(data.images, 128))
    if number == 2:
        return plain(from_tensor(data.images, 256))
    if number == 3:
        return plain(from_tensor(data.images, 256), bfloat16)
    return zscape(data, replace(config, validation_fraction=0.0) if number == 4 else config)


NAMES = (
    "plain recipe",
    "+ data as one tensor",
    "+ batches of 256",
    "+ bfloat16, where the processor has it",
    "Zscape",
    "Zscape, 57,000 images and a look at the 3,000 held out",
)


def serve(number: int, epochs: int, threads: int, pipe: Connection) -> None:
    """Runs a recipe in a process of its own, an epoch at each request, and answers with processor time, wall time and loss."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    losses = recipe(number, epochs)
    for _ in range(epochs):
        pipe.recv()
        cpu, wall = time.process_time(), time.perf_counter()
        loss = next(losses)
        pipe.send((time.process_time() - cpu, time.perf_counter() - wall, loss))


def measure(epochs: int, threads: int) -> list[Row]:
    """Rows from the plain recipe to Zscape's, each the median of `epochs` epochs after one that warms up."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    for number in range(len(NAMES)):
        pipe, other = context.Pipe()
        context.Process(target=serve, args=(number, epochs + 1, threads, other), daemon=True).start()
        pipes.append(pipe)
        other.close()  # so that a process that dies ends the wait for it
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in NAMES}
    for turn in range(epochs + 1):
        for name, pipe in zip(NAMES, pipes, strict=True):
            pipe.send(None)
            times[name].append(pipe.recv())
            print(f"round {turn}/{epochs}: {name}, {times[name][-1][0]:.1f} s", file=sys.stderr)
    rows: list[Row] = []
    for name, spent in times.items():
        cpu, wall = (statistics.median(column) for column in list(zip(*spent[1:], strict=True))[:2])
        rows.append(Row(name, cpu, wall, (rows[0].cpu_seconds if rows else cpu) / cpu, spent[-1][2]))
    return rows


def surroundings() -> dict[str, str | int | bool]:
    """Where it was measured."""
    return {
        **machine(),
        "threads": torch.get_num_threads(),
        "bfloat16": not isinstance(autocast(torch.device("cpu")), nullcontext),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints a table or JSON, and returns 2 if MNIST isn't there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--epochs", type=int, default=5, metavar="N", help="epochs measured (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="PyTorch's threads (default: %(default)s)")
    parser.add_argument("--reach", action="store_true", help="train to the plain recipe's final loss instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.epochs < 1 or options.threads < 1:
        parser.error("--epochs and --threads: at least 1")
    if not is_on_disk("mnist"):
        print(
            f"MNIST isn't in {root_folder().resolve()}. Set VAE_DATA_DIR to the folder that holds MNIST/raw, "
            "or get it with: python -c \"import vae.data; vae.data.load('mnist')\"",
            file=sys.stderr,
        )
        return 2
    torch.set_num_threads(options.threads)
    if options.reach:
        reach(options.json, surroundings())
        return 0
    rows = measure(options.epochs, options.threads)
    where = surroundings()
    if options.json:
        print(json.dumps({"machine": where, "epochs": options.epochs, "rows": [row._asdict() for row in rows]}))
        return 0
    print(", ".join(f"{name} {value}" for name, value in where.items()))
    print(f"medians of {options.epochs} epochs; MNIST, MLP 784-{'-'.join(map(str, HIDDEN))}-({LATENT_DIM}), mirrored\n")
    print(f"{'an epoch of':56}{'CPU s':>8}{'wall s':>8}{'times less CPU':>16}{'loss':>8}")
    for row in rows:
        print(f"{row.name:56}{row.cpu_seconds:8.2f}{row.wall_seconds:8.2f}{row.ratio:16.2f}{row.loss:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
