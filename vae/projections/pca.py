"""Principal components."""

from __future__ import annotations

__all__ = ["PCA"]

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.progress import OnStep
from vae.projections.projection import Latents, Settings, Straight, straight


@dataclass(frozen=True)
class PCA(Settings):
    """The plane that holds most of the latents' variance."""

    kind: ClassVar[str] = "pca"
    title: ClassVar[str] = "PCA"
    about: ClassVar[str] = "The plane that holds most of the latents' variance."
    straight: ClassVar[bool] = True

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Straight:
        middle = latents.mean(0, dtype=np.float64)
        values, vectors = np.linalg.eigh(np.cov(latents.T.astype(np.float64), bias=True))
        basis = vectors[:, [-1, -2]]
        basis *= np.sign(basis[np.abs(basis).argmax(0), [0, 1]])  # eigenvectors have no sign of their own
        first, second = (values[[-1, -2]] / max(values.sum(), 1e-300)).clip(0)
        names = f"PC 1 ({100 * first:.0f} % of the variance)", f"PC 2 ({100 * second:.0f} %)"
        return straight(latents, middle.astype(np.float32), basis.astype(np.float32), names)
