r"""Zscape's features: what a small network of its own sees in an image, in which sets of images are compared.

.. math::
    f(x) = (h(x) - m) / s

where h(x) is the last hidden layer, before its activation, of a convolutional network that tells the classes of images, and m and s are its
mean and standard deviation over the images that it learned from: a feature is in standard deviations. Of images without labels the network
tells how they were turned. It learns from training images alone, of which some are held out, for its accuracy and as real images that it
hasn't seen. These are not Inception's features, and a distance in them is none of those that are published for other images.

Unsupervised Representation Learning by Predicting Image Rotations (Gidaris et al., 2018)
https://arxiv.org/abs/1803.07728
"""

__all__ = ["FEATURES", "STEPS", "Features", "from_bytes", "held_out", "to_bytes", "train_features"]

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.data.images import ImageSet
from vae.errors import DataError, VAEError
from vae.models.layers import BatchNorm, Conv, Flatten, Layer, Linear, SiLU, build, tensor_shapes
from vae.models.modules import Stack
from vae.progress import OnStep

FEATURES = 64  # numbers of an image
WIDTHS = (32, 64, 64)  # channels after each halving; the last of any more
SMALLEST_SIDE = 4  # px, to which images are halved
HALVINGS = 2  # of them, at least
STEPS = 600  # of training
BATCH = 128  # images in each
LEARNING_RATE = 3e-3  # at its peak
WEIGHT_DECAY = 1e-2
MIN_STD = 1e-6  # of a feature that is the same for all images
EXTRACTED = 500  # images at once
MAX_HELD_OUT = 4_000  # training images
MIN_LABELLED = 200  # training images, from which on classes are learned
FORMAT = "zscape-features"
HEAD = 2  # layers from features to what is told: an activation and a product

Images = Tensor  # uint8 (N, C, H, W)


class Features(NamedTuple):
    """A trained network."""

    image_shape: tuple[int, int, int]  # channels, height, width
    task: str  # what it tells, for people: classes, or turns of an image
    outputs: int  # of which there are so many
    accuracy: float  # share of the held-out training images of which it tells that
    chance: float  # share that the most frequent answer would get
    weights: dict[str, Tensor]  # of the layers by name, and `mean` and `std`, (FEATURES,), of its last hidden layer

    def extract(self, images: Images, on_step: OnStep | None = None) -> NDArray[np.float64]:
        """Features of images with pixels from 0 to 255, with shape (N, FEATURES). `on_step(done, n)` is called after each batch.

        Raises `DataError` for images of another shape.
        """
        if tuple(images.shape[1:]) != self.image_shape:
            raise DataError(f"images: features are of shape {self.image_shape}, not {tuple(images.shape[1:])}.")
        network = build(layers_of(self.image_shape, self.outputs)).eval()
        network.load_state_dict({name: tensor for name, tensor in self.weights.items() if name[0].isdigit()})
        with _one_thread():
            hidden = _hidden(network, images, on_step)
        return ((hidden - self.weights["mean"]) / self.weights["std"]).double().numpy()


def layers_of(image_shape: tuple[int, int, int], outputs: int) -> tuple[Layer, ...]:
    """The layers of the network, the last `HEAD` of which come after the features."""
    channels, *sides = image_shape
    layers: list[Layer] = []
    while max(sides) > SMALLEST_SIDE or len(layers) < 3 * HALVINGS:
        width = WIDTHS[min(len(layers) // 3, len(WIDTHS) - 1)]
        layers += Conv(channels, width, kernel=3), BatchNorm(width), SiLU()
        channels, sides = width, [math.ceil(side / 2) for side in sides]
    last = Linear(channels * math.prod(sides), FEATURES), SiLU(), Linear(FEATURES, outputs)
    return *layers, Flatten(), *last


def held_out(count: int, seed: int = 0) -> Tensor:
    """Numbers of those of `count` training images that no features learn from, in random order: half of them, up to `MAX_HELD_OUT`."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return order[: min(count // 2, MAX_HELD_OUT)]


def train_features(train: ImageSet, seed: int = 0, on_step: OnStep | None = None) -> Features:
    """Trains a network on the training images that are not `held_out`, by one thread, so that the same seed gives the same features however
    many cores there are. `on_step(done, STEPS)` is called after each step; what it raises ends the training.

    Raises `DataError` where there are fewer than four images.
    """
    count = len(train.images)
    if count < 4:
        raise DataError(f"features: {count} training images are too few to learn any from.")
    out = held_out(count, seed)
    learned = torch.ones(count, dtype=torch.bool)
    learned[out] = False
    told = _Classes(train) if _has_classes(train.labels[learned]) else _Turns(train)
    mine, others = told.usable(learned.nonzero().squeeze(1)), told.usable(out)
    with _one_thread():
        network = _trained(told, mine, train.image_shape, seed, on_step)
        hidden = _hidden(network, train.images[mine])
        accuracy, chance = _accuracy(network, told, others, seed)
    weights = dict(network.state_dict()) | {"mean": hidden.mean(0), "std": hidden.std(0).clamp(min=MIN_STD)}
    return Features(train.image_shape, told.title, told.outputs, accuracy, chance, weights)


@contextmanager
def _one_thread() -> Iterator[None]:
    """PyTorch has one thread meanwhile: layers are so small that several wait for each other longer than they work."""
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(count)


def _has_classes(labels: Tensor) -> bool:
    """Whether there are enough labels, of two classes or more, to learn from."""
    known = labels[labels >= 0]
    return len(known) >= MIN_LABELLED and len(known.unique()) > 1


class _Classes:
    """The network tells the classes of images."""

    title = "classes"

    def __init__(self, data: ImageSet) -> None:
        self.data = data
        self.outputs = max(2, int(data.labels.max()) + 1)

    def usable(self, which: Tensor) -> Tensor:
        """Those of these images that can be learned from: with a label."""
        return which[self.data.labels[which] >= 0]

    def batch(self, which: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Images in [0, 1], with shape (B, C, H, W), and what is to be told of them, with shape (B,)."""
        return self.data.floats(which), self.data.labels[which]


class _Turns:
    """The network tells by how many quarters of a circle an image was turned; one that isn't square, by how many halves."""

    def __init__(self, data: ImageSet) -> None:
        self.data = data
        _, height, width = data.image_shape
        self.outputs = 4 if height == width else 2
        self.title = f"{'quarter' if height == width else 'half'} turns, for want of labels"

    def usable(self, which: Tensor) -> Tensor:
        return which

    def batch(self, which: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        turns = torch.randint(self.outputs, (len(which),), generator=generator)
        x, quarters = self.data.floats(which), 4 // self.outputs
        for turn in range(1, self.outputs):
            x[turns == turn] = x[turns == turn].rot90(turn * quarters, (2, 3))
        return x, turns


def _trained(
    told: _Classes | _Turns, mine: Tensor, shape: tuple[int, int, int], seed: int, on_step: OnStep | None
) -> Stack:
    """A network that has learned from the images of these numbers, in eval mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(layers_of(shape, told.outputs))
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, STEPS)
    for step in range(STEPS):
        which = mine[torch.randint(len(mine), (BATCH,), generator=generator)]
        x, target = told.batch(which, generator)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(network(x), target).backward()
        optimizer.step()
        schedule.step()
        if on_step is not None:
            on_step(step + 1, STEPS)
    return network.eval()


@torch.no_grad()
def _hidden(network: nn.Sequential, images: Images, on_step: OnStep | None = None) -> Tensor:
    """The last hidden layer of every image, with shape (N, FEATURES)."""
    parts = []
    for start in range(0, len(images), EXTRACTED):
        parts.append(network[:-HEAD](images[start : start + EXTRACTED].float() / 255))
        if on_step is not None:
            on_step(min(start + EXTRACTED, len(images)), len(images))
    return torch.cat(parts)


@torch.no_grad()
def _accuracy(network: nn.Module, told: _Classes | _Turns, which: Tensor, seed: int) -> tuple[float, float]:
    """The share of these images of which the network tells the truth, and of those whose truth is the most frequent one."""
    generator = torch.Generator().manual_seed(seed)
    right, truths = 0, []
    for some in which.split(EXTRACTED):
        x, target = told.batch(some, generator)
        right += int((network(x).argmax(1) == target).sum())
        truths.append(target)
    if not truths:
        return math.nan, math.nan
    return right / len(which), int(torch.cat(truths).bincount().max()) / len(which)


def to_bytes(features: Features) -> bytes:
    """The content of a file: safetensors."""
    from safetensors.torch import save

    about = features._asdict()
    weights = {name: tensor.contiguous() for name, tensor in about.pop("weights").items()}
    text = json.dumps(about)
    return save(weights, {"format": FORMAT, "about": text, "sum": _sum(text, weights)})


def from_bytes(content: bytes) -> Features:
    """What `to_bytes` has written. Raises `VAEError` for anything else."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        weights: dict[str, Tensor] = load(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
        if metadata["format"] != FORMAT or metadata["sum"] != _sum(metadata["about"], weights):
            raise VAEError("features that were kept have been changed since.")
        about: dict[str, Any] = json.loads(metadata["about"])
        features = Features(**about | {"image_shape": tuple(about["image_shape"])}, weights=weights)
        layers = tensor_shapes(layers_of(features.image_shape, features.outputs), "")
    except (SafetensorError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise VAEError(f"not features that were kept ({error}).") from None
    shapes = {name.removeprefix("."): shape for name, shape in layers.items()} | dict.fromkeys(
        ("mean", "std"), (FEATURES,)
    )
    if {name: tuple(tensor.shape) for name, tensor in weights.items()} != shapes:
        raise VAEError("not features that were kept: their shapes are of another network.")
    return features


def _sum(text: str, weights: dict[str, Tensor]) -> str:
    """What changes with anything in the file."""
    hasher = hashlib.sha256(text.encode())
    for name, tensor in sorted(weights.items()):
        hasher.update(f"{name} {tuple(tensor.shape)}".encode())
        hasher.update(tensor.numpy().tobytes())
    return hasher.hexdigest()
