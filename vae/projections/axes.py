"""Two dimensions as they are."""

from __future__ import annotations

__all__ = ["Axes"]

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.errors import VAEError
from vae.progress import OnStep
from vae.projections.projection import Latents, Settings, Straight, dimension, straight


@dataclass(frozen=True)
class Axes(Settings):
    """Two of the dimensions; the others are held at a latent."""

    kind: ClassVar[str] = "axes"
    title: ClassVar[str] = "Two dimensions"
    about: ClassVar[str] = "Two of the dimensions as they are, the others held still."
    straight: ClassVar[bool] = True
    general: ClassVar[bool] = False
    first: int = 0
    second: int = 1

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Straight:
        """`fixed` has shape (D,), by default the origin."""
        dims = latents.shape[1]
        if not (0 <= self.first < dims and 0 <= self.second < dims) or self.first == self.second:
            wanted = f"{dimension(self.first)} and {dimension(self.second)}"
            raise VAEError(f"axes: two different ones of {dimension(0)} to {dimension(dims - 1)}, not {wanted}.")
        basis = np.zeros((dims, 2), np.float32)
        basis[[self.first, self.second], [0, 1]] = 1
        origin = np.zeros(dims, np.float32) if fixed is None else fixed.astype(np.float32)
        origin = origin * (1 - basis.sum(1))
        return straight(latents, origin, basis, (dimension(self.first), dimension(self.second)))
