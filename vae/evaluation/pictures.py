"""Images as files: what pages show as originals and what they hand out as downloads."""

from __future__ import annotations

__all__ = ["as_data_url", "contact_sheet", "data_url", "paired_sheet", "pairs", "pixels", "png", "sheet"]

import base64
import io
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints.checkpoint import Checkpoint
from vae.models.condition import Condition

SMALLEST_SIDE = 56  # px of a picture on a sheet; smaller images are enlarged by whole steps
GAP = 2  # px
DECODE_BATCH = 256  # latents that are decoded at once: what a network has between its layers can be large


def png(image: NDArray[np.uint8]) -> bytes:
    """An image with shape (C, H, W) and one or three channels, as a PNG file."""
    from PIL import Image

    pixels = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", optimize=True)
    return file.getvalue()


def data_url(image: NDArray[np.uint8]) -> str:
    """The same PNG as a URL that holds it."""
    return as_data_url(png(image))


def as_data_url(content: bytes) -> str:
    """A PNG file as a URL that holds it."""
    return "data:image/png;base64," + base64.b64encode(content).decode()


def contact_sheet(
    checkpoint: Checkpoint,
    z: NDArray[np.float32],
    condition: Condition,
    columns: int | None = None,
    labels: NDArray[np.int64] | None = None,
) -> bytes:
    """Latents with shape (N, D) decoded under a condition and laid out row by row, in so many columns or in a square, as a PNG file.
    `labels`, with shape (N,), are each one's own, in place of the condition's."""
    return sheet(_decoded(checkpoint, z, condition, labels), columns)


def sheet(images: NDArray[np.uint8], columns: int | None = None) -> bytes:
    """Images with shape (N, C, H, W), laid out likewise."""
    return _sheet(images, max(images.shape[2:]), columns or math.ceil(math.sqrt(len(images))))


def paired_sheet(
    checkpoint: Checkpoint, index: NDArray[np.int64], beta: float, originals: NDArray[np.uint8] | None
) -> bytes:
    """Test images, each above its reconstruction at a beta, laid out likewise; the reconstructions alone where there are no originals."""
    points = checkpoint.points_at(beta)
    made = _decoded(checkpoint, points.mean[index], Condition(beta), points.labels[index])
    return pairs(None if originals is None else originals[index], made)


def pairs(originals: NDArray[np.uint8] | None, made: NDArray[np.uint8], columns: int | None = None) -> bytes:
    """Images (N, C, H, W), each above what was made of it, in so many columns or in a square."""
    if originals is not None:
        rim = np.full((*made.shape[:2], 1, made.shape[3]), 128, np.uint8)
        made = np.concatenate([originals, rim, made], axis=2)
    _, _, height, width = made.shape
    return _sheet(made, width, columns or math.ceil(math.sqrt(len(made) * height / width)))


def pixels(means: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Pixel means from 0 to 1 as they are drawn."""
    return (means * 255).round().astype(np.uint8)


def _decoded(
    checkpoint: Checkpoint, z: NDArray[np.float32], condition: Condition, labels: NDArray[np.int64] | None = None
) -> NDArray[np.uint8]:
    """Pixels with shape (N, C, H, W) of latents with shape (N, D); `labels` are each one's own, in place of the condition's."""
    import torch

    model = checkpoint.model()
    some = (slice(first, first + DECODE_BATCH) for first in range(0, len(z), DECODE_BATCH))
    with torch.no_grad():
        parts = []
        for which in some:
            own = condition if labels is None else replace(condition, label=torch.as_tensor(labels[which]))
            parts.append(model.likelihood(torch.tensor(z[which]), own).mean)
    return pixels(torch.cat(parts).numpy())


def _sheet(images: NDArray[np.uint8], side: int, columns: int) -> bytes:
    """Images with shape (N, C, H, W), enlarged until `side` of their pixels are large enough, in so many columns."""
    _, channels, height, width = images.shape
    scale = math.ceil(SMALLEST_SIDE / side)
    images = images.repeat(scale, axis=2).repeat(scale, axis=3)
    height, width = height * scale + GAP, width * scale + GAP
    sheet = np.full((channels, math.ceil(len(images) / columns) * height - GAP, columns * width - GAP), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * height, place % columns * width
        sheet[:, top : top + image.shape[1], left : left + image.shape[2]] = image
    return png(sheet)
