"""Training images of MNIST to fit candidates to, and others to choose among them by: test images are for what ships."""

from __future__ import annotations

__all__ = ["held_out", "numbers"]

import torch

import vae.data
from vae.data.images import ImageSet

TRAINING = 60_000  # images
HELD_OUT = 3000  # of them


def numbers() -> tuple[torch.Tensor, torch.Tensor]:
    """Those of the 57,000 training images to fit, and of the 3,000 that nothing is fitted to: always the same."""
    order = torch.randperm(TRAINING, generator=torch.Generator().manual_seed(0))
    return order[HELD_OUT:].sort().values, order[:HELD_OUT].sort().values


def held_out() -> tuple[ImageSet, ImageSet]:
    """The images of these numbers."""
    data = vae.data.load("mnist", "train")
    fitted, others = (data.subset(some) for some in numbers())
    return fitted, others
