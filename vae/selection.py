"""Some of the test images as files: a table, arrays, and what both say of each."""

from __future__ import annotations

__all__ = ["from_bits", "to_csv", "to_npz"]

import base64
import binascii
import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.checkpoint import Checkpoint

Index = NDArray[np.int64]
TOGETHER = 500  # images that are decoded at once


def from_bits(text: object, count: int) -> Index:
    """Which of `count` images are chosen, ascending, from a bit each, the first being the lowest of the first byte, in base64. What is no
    such text chooses none."""
    try:
        packed = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")[:count])


def to_csv(checkpoint: Checkpoint, index: Index, beta: float, images: NDArray[np.uint8] | None = None) -> bytes:
    """A line for each of the images `index`: its number, class, posterior at a beta, and, if `images` (N, C, H, W) are at hand, the
    reconstruction error -log p(x|z) at the mean of its posterior, in nats."""
    described = _describe(checkpoint, index, beta, images, pictures=False)
    dims = range(1, checkpoint.config.latent_dim + 1)
    error = described.get("error")
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    head = ["index", "label", *(f"z{d}" for d in dims), *(f"std{d}" for d in dims)]
    writer.writerow(head if error is None else [*head, "error_nats"])
    classes = checkpoint.points.classes
    for place, number in enumerate(index):
        label = described["label"][place]
        numbers = [*described["mean"][place], *described["std"][place], *([] if error is None else [error[place]])]
        writer.writerow([number, classes[label] if label >= 0 else "", *(f"{value:.6g}" for value in numbers)])
    return file.getvalue().encode()


def to_npz(checkpoint: Checkpoint, index: Index, beta: float, images: NDArray[np.uint8] | None = None) -> bytes:
    """The same as arrays in NumPy's format, with `reconstruction` (n, C, H, W), pixel means in [0, 1], `classes`, `beta`, and the
    `image`s themselves if they are at hand."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **_describe(checkpoint, index, beta, images, pictures=True))
    return file.getvalue()


def _describe(
    checkpoint: Checkpoint, index: Index, beta: float, images: NDArray[np.uint8] | None, *, pictures: bool
) -> dict[str, NDArray[Any]]:
    points = checkpoint.points_at(beta)
    found: dict[str, NDArray[Any]] = {
        "index": index,
        "label": points.labels[index],
        "classes": np.array(points.classes, dtype=np.str_),
        "beta": np.array(beta),
        "mean": points.mean[index],
        "std": points.std[index],
    }
    if pictures or images is not None:
        found |= _reconstruct(checkpoint, index, beta, images)
    return (
        found if pictures else {name: array for name, array in found.items() if name not in ("image", "reconstruction")}
    )


def _reconstruct(
    checkpoint: Checkpoint, index: Index, beta: float, images: NDArray[np.uint8] | None
) -> dict[str, NDArray[Any]]:
    import torch

    mean, model = checkpoint.points_at(beta).mean[index], checkpoint.model()
    reconstruction = np.empty((len(index), *checkpoint.config.image_shape), np.float32)
    error = np.empty(len(index), np.float32)
    for start in range(0, len(index), TOGETHER):
        which = slice(start, start + TOGETHER)
        with torch.no_grad():
            likelihood = model.likelihood(torch.from_numpy(mean[which]), beta)
            reconstruction[which] = likelihood.mean.numpy()
            if images is not None:
                error[which] = -likelihood.log_prob(torch.from_numpy(images[index[which]]).float() / 255).numpy()
    found: dict[str, NDArray[Any]] = {"reconstruction": reconstruction}
    return found if images is None else found | {"image": images[index], "error": error}
