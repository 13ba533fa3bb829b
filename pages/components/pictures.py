"""Images as files: what pages show as originals and what they hand out as downloads."""

from __future__ import annotations

__all__ = ["contact_sheet", "data_url", "png"]

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray

from vae.checkpoint import Checkpoint

SMALLEST_SIDE = 56  # px of a picture on a sheet; smaller images are enlarged by whole steps
GAP = 2  # px


def png(image: NDArray[np.uint8]) -> bytes:
    """An image with shape (C, H, W) and one or three channels, as a PNG file."""
    from PIL import Image

    pixels = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", optimize=True)
    return file.getvalue()


def data_url(image: NDArray[np.uint8]) -> str:
    """The same PNG as a URL that holds it."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def contact_sheet(checkpoint: Checkpoint, z: NDArray[np.float32], beta: float) -> bytes:
    """Latents with shape (N, D) decoded at a beta and laid out in a square, row by row, as a PNG file."""
    images = (checkpoint.model().decode(z, beta).numpy() * 255).round().astype(np.uint8)
    count, channels, height, width = images.shape
    scale = math.ceil(SMALLEST_SIDE / max(height, width))
    images = images.repeat(scale, axis=2).repeat(scale, axis=3)
    height, width = height * scale + GAP, width * scale + GAP
    columns = math.ceil(math.sqrt(count))
    sheet = np.full((channels, math.ceil(count / columns) * height - GAP, columns * width - GAP), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * height, place % columns * width
        sheet[:, top : top + image.shape[1], left : left + image.shape[2]] = image
    return png(sheet)
