"""UMAP, of the package of that name (https://umap-learn.readthedocs.io)."""

from __future__ import annotations

__all__ = ["UMAP"]

import threading
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.models.config import MAX_SEED
from vae.progress import OnStep
from vae.projections.progress_stream import ProgressStream
from vae.projections.projection import Latents, Positions, Scattered, Settings, middle_of, scattered
from vae.settings import Setting

# numba, on which UMAP stands, ends the whole process when two threads call it at once.
_numba = threading.Lock()


@dataclass(frozen=True)
class UMAP(Settings):
    """Uniform manifold approximation: neighbours stay neighbours (McInnes et al., 2018, https://arxiv.org/abs/1802.03426)."""

    kind: ClassVar[str] = "umap"
    title: ClassVar[str] = "UMAP"
    about: ClassVar[str] = "Keeps neighbours together."
    duration: ClassVar[str] = "Takes some seconds, and half a minute the very first time."
    neighbours: int = Setting(
        15, "Neighbours", 2, 500, offered=200, help="Few: fine detail. Many: the large shape."
    ).as_field()
    min_dist: float = Setting(
        0.1, "Least distance", 0.0, 1.0, offered=0.99, step=0.01, help="How densely points may lie."
    ).as_field()
    seed: int = Setting(0, "Seed", 0, MAX_SEED).as_field()

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Scattered:
        neighbours = min(self.neighbours, len(latents) - 1)
        watched = {"disable": True}
        if on_step is not None:
            watched = {"disable": False, "file": ProgressStream(r"(\d+)/(\d+)", on_step), "bar_format": "{n}/{total} "}
        known = _Known(latents, neighbours)
        with _numba, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)  # the index isn't UMAP's own
            umap = _umap()
            fitted = umap.UMAP(
                n_neighbors=neighbours,
                min_dist=self.min_dist,
                random_state=self.seed,
                n_jobs=1,
                precomputed_knn=(*known.graph(), known),
                tqdm_kwds=watched,
            )
            plane = np.asarray(fitted.fit_transform(latents), np.float32)
            fitted.tqdm_kwds = {"disable": True}
        middle = middle_of(plane)

        def place(others: Latents) -> Positions:
            with _numba:
                return np.asarray(fitted.transform(others), np.float32) - middle

        return scattered(plane - middle, latents, ("UMAP 1", "UMAP 2"), place)


def _umap() -> ModuleType:
    """UMAP, whose compiled code is kept on disk: otherwise each process spends five seconds on making it anew."""
    import umap  # takes seconds, and half a minute the very first time
    from numba.core.dispatcher import Dispatcher
    from umap import layouts, umap_

    for module in (umap_, layouts):
        for function in vars(module).values():
            if isinstance(function, Dispatcher):
                function.enable_caching()
    return umap


class _Known:
    """The neighbours of latents (N, D), found among all of them, in the form that UMAP takes them in. Its own search is quicker from some
    hundred thousand latents on, but is compiled by each process, which takes half a minute."""

    _angular_trees = False  # UMAP looks

    def __init__(self, latents: Latents, count: int) -> None:
        from sklearn.neighbors import NearestNeighbors

        self.search = NearestNeighbors(n_neighbors=count).fit(latents)
        self.count = count

    def graph(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Numbers and distances, each with shape (N, `count`): each latent itself, at no distance at all, then the others."""
        distance, near = self.search.kneighbors(n_neighbors=self.count - 1)
        near = np.insert(near, 0, np.arange(len(near)), axis=1)
        return near.astype(np.int32), np.insert(distance, 0, 0, axis=1).astype(np.float32)

    def query(self, latents: Latents, k: int, epsilon: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The neighbours of other latents (M, D): numbers and distances, each with shape (M, k)."""
        distance, near = self.search.kneighbors(latents, k)
        return near.astype(np.int32), distance.astype(np.float32)
