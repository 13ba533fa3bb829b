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

from vae.checkpoints.checkpoint import Checkpoint
from vae.models.condition import Condition

Index = NDArray[np.int64]
DECODE_BATCH = 500  # images that are decoded at once


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
    points = checkpoint.points_at(beta)
    columns = [points.mean[index], points.std[index]]
    dims = range(1, checkpoint.config.latent_dim + 1)
    head = ["index", "label", *(f"z{d}" for d in dims), *(f"std{d}" for d in dims)]
    if images is not None:
        columns.append(
            _reconstruct(checkpoint, points.mean[index], beta, points.labels[index], images[index])["error"][:, None]
        )
        head.append("error_nats")
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    for number, label, numbers in zip(index, points.labels[index], np.hstack(columns), strict=True):
        writer.writerow([number, points.classes[label] if label >= 0 else "", *(f"{value:.6g}" for value in numbers)])
    return file.getvalue().encode()


def to_npz(checkpoint: Checkpoint, index: Index, beta: float, images: NDArray[np.uint8] | None = None) -> bytes:
    """The same as arrays in NumPy's format, with `reconstruction` (n, C, H, W), pixel means in [0, 1], `classes`, `beta`, and the
    `image`s themselves if they are at hand."""
    points = checkpoint.points_at(beta)
    arrays: dict[str, NDArray[Any]] = {
        "index": index,
        "label": points.labels[index],
        "classes": np.array(points.classes, dtype=np.str_),
        "beta": np.array(beta),
        "mean": points.mean[index],
        "std": points.std[index],
    }
    chosen = None if images is None else images[index]
    arrays |= _reconstruct(checkpoint, points.mean[index], beta, points.labels[index], chosen)
    if chosen is not None:
        arrays["image"] = chosen
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _reconstruct(
    checkpoint: Checkpoint,
    mean: NDArray[np.float32],
    beta: float,
    labels: NDArray[np.int64],
    images: NDArray[np.uint8] | None,
) -> dict[str, NDArray[Any]]:
    """What latents decode to, and how badly that fits their `images`, if those are at hand."""
    import torch

    model = checkpoint.model()
    arrays: dict[str, NDArray[Any]] = {
        "reconstruction": np.empty((len(mean), *checkpoint.config.image_shape), np.float32)
    }
    if images is not None:
        arrays["error"] = np.empty(len(mean), np.float32)
    for start in range(0, len(mean), DECODE_BATCH):
        which = slice(start, start + DECODE_BATCH)
        with torch.no_grad():
            condition = Condition(beta, torch.from_numpy(labels[which]))
            likelihood = model.likelihood(torch.from_numpy(mean[which]), condition)
            arrays["reconstruction"][which] = likelihood.mean.numpy()
            if images is not None:
                arrays["error"][which] = -likelihood.log_prob(torch.from_numpy(images[which]).float() / 255).numpy()
    return arrays
