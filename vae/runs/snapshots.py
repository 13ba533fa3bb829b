"""What a training looked like on its way: where a fixed set of test images lay, what the decoder drew, and the decoder itself.

A run keeps them in its folder `snapshots/`:

    about.safetensors      what all of them are of: `images` (int64, (N,), numbers of test images), `label` (int64, (N,), -1 for none),
                           `z` (float32, (S, D), latents that are decoded), `originals` (uint8, (R, C, H, W)), `rows` (int64, (R,),
                           which of the N those are)
    000000223.safetensors  one after so many steps: `mean` (float32, (N, D)), `samples` (uint8, (S, C, H, W), decoded from `z`),
                           `reconstructions` (uint8, (R, C, H, W)) and, of up to `MAX_DECODERS`, the weights `decoder.*`

Means are of the moving average of the weights, which is what a training hands over. Nothing here needs PyTorch but `SnapshotWriter`.
"""

from __future__ import annotations

__all__ = [
    "FOLDER",
    "MAX_DECODERS",
    "About",
    "Snapshot",
    "SnapshotReader",
    "SnapshotWriter",
    "moments",
    "with_decoder",
]

import json
import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from vae.errors import RunError
from vae.files import write_atomic
from vae.models.condition import NO_LABEL
from vae.models.priors import LatentPrior
from vae.texts import is_showable

if TYPE_CHECKING:
    from vae.data.images import ImageSet
    from vae.models.vae import VAE

FOLDER = "snapshots"
ABOUT_STEM = "about"
FORMAT = "zscape-snapshot 1"
DIGITS = 9  # of a step in the name of its file
IMAGES = 2000  # of the test split
ROWS = 10  # of those, whose reconstructions are kept
MAX_MOMENTS = 500
FIRST_EPOCH_MOMENTS = 9  # in the first epoch, where most happens
EARLIEST_MOMENT = 1 / 48  # of an epoch
MAX_DECODERS = 60
MIN_DECODERS = 8
DECODER_BYTES = 256_000_000  # of a run
SAMPLE_BYTES = 150_000  # of a snapshot
SIDES = (4, 12)  # of the square of samples
LARGEST_HALF = 6e4  # what float16 holds


def moments(epochs: int, per_epoch: int) -> list[int]:
    """After which steps of a training a snapshot is taken, ascending: before the first, several times in the first epoch, and after each
    epoch, or after `MAX_MOMENTS` of them where there are more."""
    first = per_epoch * np.geomspace(EARLIEST_MOMENT, 1, FIRST_EPOCH_MOMENTS)
    ends = np.unique(np.linspace(1, epochs, min(epochs, MAX_MOMENTS)).round()) * per_epoch
    return sorted({0, *first.round().astype(int).tolist(), *ends.astype(int).tolist()})


def with_decoder(steps: list[int], most: int = MAX_DECODERS) -> set[int]:
    """Those of the moments at which the decoder is kept as well: all of few, else `most` at most, which get rarer and rarer."""
    count = len(steps)
    if count <= most:
        return set(steps)
    # The first ones fall together, so it takes more than `most`.
    tries = (set(np.geomspace(1, count, tried).round().astype(int) - 1) for tried in range(2 * most, 1, -1))
    return {steps[place] for place in next(places for places in tries if len(places) <= most)}


class About(NamedTuple):
    """What all snapshots of a training are of."""

    images: NDArray[np.int64]  # (N,), numbers of test images, ascending
    labels: NDArray[np.int64]  # (N,), -1 where there is none
    classes: tuple[str, ...]
    z: NDArray[np.float32]  # (S, D), latents that are decoded; of a plane a square, row by row from the top
    rows: NDArray[np.int64]  # (R,), which of the N have their reconstruction kept
    originals: NDArray[np.uint8]  # (R, C, H, W)
    per_epoch: int  # steps
    decoders: frozenset[int]  # after which steps the decoder is kept as well

    @property
    def reach(self) -> float:
        """How far from the middle of a plane the squares go that are decoded."""
        side = math.isqrt(len(self.z))
        return float(np.abs(self.z).max()) * side / max(1, side - 1)


class Snapshot(NamedTuple):
    """What a training looked like after so many steps."""

    step: int
    mean: NDArray[np.float32]  # (N, D), of the posteriors
    samples: NDArray[np.uint8]  # (S, C, H, W)
    reconstructions: NDArray[np.uint8]  # (R, C, H, W)


class SnapshotWriter:
    """Takes the snapshots of a training, at the moments when they are due."""

    def __init__(self, run: Path, model: VAE, test: ImageSet, *, beta: float, epochs: int, per_epoch: int) -> None:
        """Raises `VAEError` if the folder can't be written."""
        import torch

        self.folder, self.beta = run / FOLDER, beta
        self.steps = moments(epochs, per_epoch)
        self.due = set(self.steps)
        size = 2 * sum(weight.numel() for weight in model.decoder.state_dict().values())
        most = max(MIN_DECODERS, min(MAX_DECODERS, DECODER_BYTES // max(1, size)))
        count = len(test.images)
        index = np.unique(np.linspace(0, count - 1, min(count, IMAGES)).round().astype(np.int64))
        self.shown = test.subset(torch.from_numpy(index))
        labels = self.shown.labels.numpy()
        rows = _rows(labels)
        self.about = About(
            index,
            labels,
            tuple(test.classes),
            _latents(model.latent_prior, math.prod(test.image_shape)),
            rows,
            self.shown.images[rows].numpy(),
            per_epoch,
            frozenset(with_decoder(self.steps, most)),
        )
        tensors = {"images": index, "label": labels, "z": self.about.z, "rows": rows, "originals": self.about.originals}
        words = {"classes": test.classes, "per_epoch": per_epoch, "decoders": sorted(self.about.decoders)}
        _write(
            self.folder / f"{ABOUT_STEM}.safetensors", tensors, {name: json.dumps(word) for name, word in words.items()}
        )

    def take(self, step: int, model: VAE, refinement: int = 0) -> Snapshot | None:
        """The snapshot after this step, once it is on disk, or None where none is due, or where there is nothing to see because means are
        no longer finite. Posteriors are refined by `refinement` steps.

        Raises `VAEError` if it can't be written.
        """
        if step not in self.due:
            return None
        import torch

        from vae.evaluation.bounds import posteriors

        mean = posteriors(model, self.shown, self.beta, refinement=refinement).mean
        if not mean.isfinite().all():
            return None
        latents = torch.cat([torch.from_numpy(self.about.z), mean[self.about.rows]])
        # What is drawn of the prior is of each class in turn, where the model is told one.
        classes = model.config.classes
        labels = torch.arange(len(latents)) % classes if classes else torch.full((len(latents),), NO_LABEL)
        labels[len(self.about.z) :] = self.shown.labels[self.about.rows]
        drawn = (model.decode(latents, self.beta, labels) * 255).round().to(torch.uint8).numpy(force=True)
        count = len(self.about.z)
        snapshot = Snapshot(step, mean.numpy(), drawn[:count], drawn[count:])
        tensors = {"mean": snapshot.mean, "samples": snapshot.samples, "reconstructions": snapshot.reconstructions}
        if step in self.about.decoders:
            tensors |= {
                f"decoder.{name}": _half(weight.numpy(force=True))
                for name, weight in model.decoder.state_dict().items()
            }
        # A film goes on without one that a power cut has spoiled, and waiting for the disk each time would take longer than the rest.
        _write(self.folder / _name(step), tensors, {}, lasting=False)
        return snapshot


class SnapshotReader:
    """The snapshots of a run, as far as they are on disk."""

    def __init__(self, run: Path) -> None:
        self.folder = run / FOLDER

    @cached_property
    def about(self) -> About:
        """Raises `RunError` where there are no snapshots, or they can't be read."""
        tensors, words = _read(self.folder / f"{ABOUT_STEM}.safetensors")
        try:
            about = About(
                tensors["images"],
                tensors["label"],
                tuple(json.loads(words["classes"])),
                tensors["z"],
                tensors["rows"],
                tensors["originals"],
                int(json.loads(words["per_epoch"])),
                frozenset(json.loads(words["decoders"])),
            )
            _check_about(about)
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            raise RunError(
                f"{self.folder / ABOUT_STEM}.safetensors: not what snapshots are of ({error!r:.80})."
            ) from None
        return about

    @property
    def steps(self) -> list[int]:
        """After which steps there are snapshots, ascending."""
        return sorted(int(path.stem) for path in self.folder.glob(f"{'[0-9]' * DIGITS}.safetensors"))

    def is_of(self, test: ImageSet) -> bool:
        """Whether its images can be among these. One that isn't there, or can't be read, can be of any."""
        try:
            about = self.about
        except RunError:
            return True
        if about.originals.shape[1:] != test.image_shape or about.images.max(initial=0) >= len(test.images):
            return False
        labels, originals = test.labels.numpy()[about.images], test.images.numpy()[about.images[about.rows]]
        return np.array_equal(labels, about.labels) and np.array_equal(originals, about.originals)

    def epoch(self, step: int) -> float:
        """How many epochs a training has done after this step."""
        return step / self.about.per_epoch

    def readable(self, steps: Sequence[int]) -> list[int]:
        """Those of them whose means can be read: a disk may have spoiled some, and the others are worth seeing."""
        readable = []
        for step in steps:
            try:
                self.means([step])
            except RunError:
                continue
            readable.append(step)
        return readable

    def means(self, steps: Sequence[int]) -> NDArray[np.float32]:
        """Posterior means after each of these steps, with shape (K, N, D). Raises `RunError` where one can't be read."""
        shape = len(self.about.images), self.about.z.shape[1]
        means = np.empty((len(steps), *shape), np.float32)
        for place, step in enumerate(steps):
            (means[place],) = self._tensors(step, "mean")
        return means

    def taken(self, step: int) -> float | None:
        """When the snapshot after this step was taken, in seconds since 1970; None where there is none."""
        try:
            return (self.folder / _name(step)).stat().st_mtime
        except OSError:
            return None

    def read(self, step: int) -> Snapshot:
        """The snapshot after this step. Raises `RunError` where there is none that can be read."""
        mean, samples, reconstructions = self._tensors(step, "mean", "samples", "reconstructions")
        return Snapshot(step, mean, samples, reconstructions)

    def drawn(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Samples and reconstructions alone, as `read` has them, without reading the rest of the file."""
        samples, reconstructions = self._tensors(step, "samples", "reconstructions")
        return samples, reconstructions

    def _tensors(self, step: int, *names: str) -> list[NDArray]:
        path = self.folder / _name(step)
        tensors, _ = _read(path, names)
        about = self.about
        shapes = {
            "mean": (len(about.images), about.z.shape[1]),
            "samples": (len(about.z), *about.originals.shape[1:]),
            "reconstructions": about.originals.shape,
        }
        if any(name not in tensors or tensors[name].shape != shapes[name] for name in names):
            raise RunError(f"{path}: not a snapshot of this run.")
        return [tensors[name] for name in names]

    def decoder(self, step: int) -> dict[str, NDArray[np.float32]]:
        """The decoder's weights after this step, by the names that they have in a checkpoint. They were kept in half precision, so that
        pixels differ by up to a thousandth. Raises `RunError` where there are none."""
        path = self.folder / _name(step)
        tensors, _ = _read(path)
        weights = {name: array.astype(np.float32) for name, array in tensors.items() if name.startswith("decoder.")}
        if not weights:
            raise RunError(f"{path}: has no decoder.")
        return weights


def _check_about(about: About) -> None:
    """Raises `ValueError` for what does not fit together, or can't be shown."""
    images, rows = about.images.shape, about.rows.shape
    dimensions = (1, 1, 2, 1, 4)
    arrays = (about.images, about.labels, about.z, about.rows, about.originals)
    if tuple(array.ndim for array in arrays) != dimensions or about.labels.shape != images:
        raise ValueError("its arrays don't fit")
    if about.originals.shape[:1] != rows or not _within(about.rows, 0, images[0]):
        raise ValueError("its arrays don't fit")
    if not _within(about.labels, -1, len(about.classes)) or not all(map(is_showable, about.classes)):
        raise ValueError("its classes can't be shown")
    if about.per_epoch < 1:
        raise ValueError("no steps in an epoch")


def _within(numbers: NDArray[np.int64], low: int, end: int) -> bool:
    return numbers.dtype.kind in "iu" and bool(((numbers >= low) & (numbers < end)).all())


def _name(step: int) -> str:
    return f"{step:0{DIGITS}d}.safetensors"


def _rows(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Images to show the reconstructions of: the first of each class, or some where there are none."""
    kinds, first = np.unique(labels, return_index=True)
    first = first[kinds >= 0]
    if len(first) < 2:
        first = np.linspace(0, len(labels) - 1, min(ROWS, len(labels))).round().astype(np.int64)
    return first[np.linspace(0, len(first) - 1, min(ROWS, len(first))).round().astype(np.int64)].astype(np.int64)


def _latents(prior: LatentPrior, pixels: int) -> NDArray[np.float32]:
    """What is decoded at each snapshot: the middles of squares that cover the plane, or draws from the prior."""
    side = min(SIDES[1], max(SIDES[0], math.isqrt(SAMPLE_BYTES // pixels)))
    if prior.latent_dim != 2:
        return prior.draw(side * side)
    middles = np.abs(prior.span).max() * (2 * np.arange(side) + 1 - side) / side
    return np.stack([np.tile(middles, side), np.repeat(-middles, side)], axis=1).astype(np.float32)


def _half(weight: NDArray[np.float32]) -> NDArray[np.floating]:
    return weight.astype(np.float16) if np.abs(weight).max(initial=0) < LARGEST_HALF else weight


def _write(path: Path, tensors: dict[str, NDArray], words: dict[str, str], *, lasting: bool = True) -> None:
    whole = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    write_atomic(path, save(whole, {"format": FORMAT, **words}), lasting=lasting)


def _read(path: Path, names: Sequence[str] = ()) -> tuple[dict[str, NDArray], dict[str, str]]:
    """The tensors with these names, or all of them."""
    try:
        with safe_open(str(path), framework="np") as file:
            words = file.metadata() or {}
            if words.get("format") != FORMAT:
                raise RunError(f"{path}: not a snapshot that this Zscape can read.")
            there = set(file.keys())
            return {name: file.get_tensor(name) for name in names or there if name in there}, words
    except (SafetensorError, ValueError) as error:
        raise RunError(f"{path}: damaged, not a whole .safetensors file ({error}).") from None
    except OSError as error:
        raise RunError(f"{path}: could not be read ({error.strerror or error}).") from None
