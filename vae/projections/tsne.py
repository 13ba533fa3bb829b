"""t-SNE, of scikit-learn."""

from __future__ import annotations

__all__ = ["TSNE"]

import contextlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.models.config import MAX_SEED
from vae.progress import OnStep
from vae.projections.progress_stream import ProgressStream
from vae.projections.projection import Latents, Scattered, Settings, middle_of, scattered
from vae.settings import Setting


@dataclass(frozen=True)
class TSNE(Settings):
    """t-distributed stochastic neighbour embedding (van der Maaten & Hinton, 2008, https://www.jmlr.org/papers/v9/vandermaaten08a.html)."""

    kind: ClassVar[str] = "tsne"
    title: ClassVar[str] = "t-SNE"
    about: ClassVar[str] = "Keeps the nearest neighbours together."
    duration: ClassVar[str] = "Takes a minute or so the first time."
    places: ClassVar[bool] = False
    perplexity: float = Setting(
        30.0, "Perplexity", 2.0, 500.0, offered=200.0, help="How many neighbours count, roughly."
    ).as_field()
    seed: int = Setting(0, "Seed", 0, MAX_SEED).as_field()

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Scattered:
        from sklearn import manifold

        perplexity = min(self.perplexity, (len(latents) - 1) / 3)
        fitted = manifold.TSNE(
            perplexity=perplexity, init="pca", random_state=self.seed, verbose=0 if on_step is None else 2
        )
        # It says how far it is on standard output alone.
        stream = None if on_step is None else ProgressStream(r"Iteration (\d+)", on_step, fitted.max_iter)
        with contextlib.nullcontext() if stream is None else contextlib.redirect_stdout(stream):
            plane = np.asarray(fitted.fit_transform(latents), np.float32)
        return scattered(plane - middle_of(plane), latents, ("t-SNE 1", "t-SNE 2"))
