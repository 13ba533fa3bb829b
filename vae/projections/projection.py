r"""Planes for latents of more than two dimensions, and the latent of any place of a plane (`inverse_transform`).

Two axes and PCA are straight, so the inverse is exact on the plane they span. UMAP and t-SNE only say where each latent lies; between
those a place gets the latents of the points around it, weighted by

.. math::
    w_i = \left(\frac{(R - d_i)_+}{R d_i}\right)^2

with d_i the distance in the plane to one of the nearest points and R that to the next one after them: at a point it is that point's
latent, and it goes continuously from one to another. `trust` says how near the points are: far from all of them a place has no latent.
It doesn't say how well one fits: points that are neighbours in the plane alone have latents that differ, by as much as `disagreement` says.

Smooth Interpolation of Large Sets of Scattered Data (Franke & Nielson, 1980)
https://doi.org/10.1002/nme.1620151110
"""

from __future__ import annotations

__all__ = [
    "MIN_LATENTS",
    "PCA",
    "PROJECTIONS",
    "TSNE",
    "UMAP",
    "Axes",
    "Inverse",
    "Projection",
    "Quality",
    "Scattered",
    "Settings",
    "Straight",
    "dimension",
    "fit",
    "quality",
    "scattered",
    "spread",
    "trustworthiness",
]

import contextlib
import io
import re
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vae.errors import VAEError
from vae.models.config import MAX_SEED, check_number, check_whole
from vae.progress import OnStep
from vae.projections.neighbours import ASKED_POINTS, NEIGHBOURS, asked_of

Latents = NDArray[np.float32]  # (N, D)
Plane = NDArray[np.float32]  # (N, 2)

INVERSE_NEIGHBOURS = 6  # points that a place gets its latent from
FADE_START = 1.0  # spacings from the nearest point up to which a place is near the points
FADE_END = 3.0  # from which on it is far from all
BATCH_DISTANCES = 2_000_000  # distances that are looked at together
MIN_SPREAD = 1e-9  # spread, as a share of the distance from the origin, below which points lie at one place

# numba, on which UMAP stands, ends the whole process when two threads call it at once.
_numba = threading.Lock()


class Inverse(NamedTuple):
    """What lies at places of a plane."""

    latents: Latents  # (M, D)
    trust: NDArray[np.float32]  # (M,), from 0 far from all points to 1 near one; not how well the latents fit


class Projection(Protocol):
    """A plane, the transform to it, and its inverse."""

    @property
    def plane(self) -> Plane:
        """Where the latents lie that it was fitted to."""
        ...

    @property
    def names(self) -> tuple[str, str]:
        """What lies across, and what up."""
        ...

    def transform(self, latents: Latents) -> Plane:
        """Where other latents lie, without fitting anew. Raises `VAEError` where the method cannot say."""
        ...

    def inverse_transform(self, places: Plane) -> Inverse:
        """The latents of places."""
        ...

    def reconstruction_error(self, latents: Latents) -> NDArray[np.float32]:
        """How far each of the latents that it was fitted to lies from the latent of its place, with shape (N,), in latent units. A
        point that is scattered takes no part in its own."""
        ...

    def turned(self, rotation: NDArray[np.floating], shift: NDArray[np.floating], scale: float = 1.0) -> Projection:
        """The same with every place y moved to scale y rotation + shift, `rotation` (2, 2) being orthogonal. Raises `VAEError` for a scale
        other than 1 where a unit of the plane is one of the latents."""
        ...


@dataclass(frozen=True, eq=False)
class Straight:
    """z = origin + y basis^T on the plane; what lies beside it is dropped at right angles."""

    plane: Plane
    origin: NDArray[np.float32]  # (D,)
    basis: NDArray[np.float32]  # (D, 2), columns of length one at right angles
    explained: float  # share of the latents' variance that the plane holds
    names: tuple[str, str]

    def transform(self, latents: Latents) -> Plane:
        return np.asarray((latents - self.origin) @ self.basis, np.float32)

    def inverse_transform(self, places: Plane) -> Inverse:
        latents = np.asarray(self.origin + places @ self.basis.T, np.float32)
        return Inverse(latents, np.ones(len(places), np.float32))

    def reconstruction_error(self, latents: Latents) -> NDArray[np.float32]:
        return np.linalg.norm(latents - self.inverse_transform(self.transform(latents)).latents, axis=1)

    def turned(self, rotation: NDArray[np.floating], shift: NDArray[np.floating], scale: float = 1.0) -> Straight:
        if scale != 1:
            raise VAEError("A straight plane has the latents' unit, so it can't be scaled.")
        basis = np.asarray(self.basis @ rotation, np.float32)
        origin = np.asarray(self.origin - basis @ shift, np.float32)
        plane = np.asarray(self.plane @ rotation + shift, np.float32)
        return replace(self, plane=plane, origin=origin, basis=basis, names=_turned(self.names))

    def covariances(self, std: Latents) -> NDArray[np.float32]:
        """How normal distributions with standard deviations (N, D) along the axes lie on the plane: their variances across
        and up, and their covariance, with shape (N, 3)."""
        across, up = self.basis.T
        return np.square(std) @ np.stack([across * across, up * up, across * up], axis=1)


@dataclass(frozen=True, eq=False)
class Scattered:
    """Points whose places in the plane are known one by one; `placer` places others, where the method can."""

    plane: Plane
    latents: Latents
    spacing: float  # how far it is from a point to the last of those around it, the median
    names: tuple[str, str]
    placer: Placer | None = None

    def transform(self, latents: Latents) -> Plane:
        if self.placer is None:
            raise VAEError(
                "This plane only knows the points that were laid out. Take PCA, or UMAP as it was fitted rather than read, to place others."
            )
        return self.placer(latents)

    def inverse_transform(self, places: Plane) -> Inverse:
        return self._interpolated(places, 0)

    def reconstruction_error(self, latents: Latents) -> NDArray[np.float32]:
        return np.linalg.norm(latents - self._interpolated(self.plane, 1).latents, axis=1)

    def disagreement(self, places: Plane) -> NDArray[np.float32]:
        """How far the latents of the points that each place gets its own from lie from that: root mean square, as a share of the spread
        of all latents, with shape (M,)."""
        near, _ = _nearest(self.plane, places, INVERSE_NEIGHBOURS + 1)
        away = self.latents[near[:, :INVERSE_NEIGHBOURS]] - self.inverse_transform(places).latents[:, None]
        return np.sqrt(np.square(away).sum(2).mean(1)) / max(spread(self.latents), 1e-12)

    def turned(self, rotation: NDArray[np.floating], shift: NDArray[np.floating], scale: float = 1.0) -> Scattered:
        def moved(plane: Plane) -> Plane:
            return np.asarray(scale * (plane @ rotation) + shift, np.float32)

        before = self.placer
        after: Placer | None = None if before is None else lambda latents: moved(before(latents))
        return Scattered(moved(self.plane), self.latents, scale * self.spacing, _turned(self.names), after)

    def _interpolated(self, places: Plane, skipped: int) -> Inverse:
        """The latents and the trust of places from the nearest points, but for as many of them as are `skipped`."""
        near, distance = _nearest(self.plane, places, INVERSE_NEIGHBOURS + 1 + skipped)
        near, distance = near[:, skipped:], distance[:, skipped:].astype(np.float64)
        rim = distance[:, -1:] + 1e-12
        weights = np.square(np.maximum(rim - distance, 0) / (rim * np.maximum(distance, 1e-9 * rim)))
        weights[weights.sum(1) == 0] = 1  # all of them are as far away
        weights /= weights.sum(1, keepdims=True)
        latents = np.einsum("mk,mkd->md", weights, self.latents[near]).astype(np.float32)
        away = distance[:, 0] / max(self.spacing, 1e-12)
        return Inverse(latents, np.clip((FADE_END - away) / (FADE_END - FADE_START), 0, 1).astype(np.float32))


class Placer(Protocol):
    """Places other latents (M, D) in a plane."""

    def __call__(self, latents: Latents, /) -> Plane: ...


@dataclass(frozen=True)
class Axes:
    """Two of the dimensions; the others are held at a latent."""

    kind: ClassVar[str] = "axes"
    title: ClassVar[str] = "Two dimensions"
    straight: ClassVar[bool] = True
    places: ClassVar[bool] = True
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
        return _straight(latents, origin, basis, (dimension(self.first), dimension(self.second)))


@dataclass(frozen=True)
class PCA:
    """The plane that holds most of the latents' variance."""

    kind: ClassVar[str] = "pca"
    title: ClassVar[str] = "PCA"
    straight: ClassVar[bool] = True
    places: ClassVar[bool] = True

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Straight:
        middle = latents.mean(0, dtype=np.float64)
        values, vectors = np.linalg.eigh(np.cov(latents.T.astype(np.float64), bias=True))
        basis = vectors[:, [-1, -2]]
        basis *= np.sign(basis[np.abs(basis).argmax(0), [0, 1]])  # eigenvectors have no sign of their own
        first, second = (values[[-1, -2]] / max(values.sum(), 1e-300)).clip(0)
        names = f"PC 1 ({100 * first:.0f} % of the variance)", f"PC 2 ({100 * second:.0f} %)"
        return _straight(latents, middle.astype(np.float32), basis.astype(np.float32), names)


@dataclass(frozen=True)
class UMAP:
    """Uniform manifold approximation: neighbours stay neighbours (McInnes et al., 2018, https://arxiv.org/abs/1802.03426)."""

    kind: ClassVar[str] = "umap"
    title: ClassVar[str] = "UMAP"
    straight: ClassVar[bool] = False
    places: ClassVar[bool] = True
    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("neighbours", self.neighbours, 2, 500)
        check_number("min_dist", self.min_dist, 0, 1)
        check_whole("seed", self.seed, 0, MAX_SEED)

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Scattered:
        neighbours = min(self.neighbours, len(latents) - 1)
        watched = {"disable": True}
        if on_step is not None:
            watched = {"disable": False, "file": _ProgressStream(r"(\d+)/(\d+)", on_step), "bar_format": "{n}/{total} "}
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
        middle = _middle(plane)

        def place(others: Latents) -> Plane:
            with _numba:
                return np.asarray(fitted.transform(others), np.float32) - middle

        return scattered(plane - middle, latents, ("UMAP 1", "UMAP 2"), place)


@dataclass(frozen=True)
class TSNE:
    """t-distributed stochastic neighbour embedding (van der Maaten & Hinton, 2008, https://www.jmlr.org/papers/v9/vandermaaten08a.html)."""

    kind: ClassVar[str] = "tsne"
    title: ClassVar[str] = "t-SNE"
    straight: ClassVar[bool] = False
    places: ClassVar[bool] = False
    perplexity: float = 30.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("perplexity", self.perplexity, 2, 500)
        check_whole("seed", self.seed, 0, MAX_SEED)

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Scattered:
        from sklearn import manifold

        perplexity = min(self.perplexity, (len(latents) - 1) / 3)
        fitted = manifold.TSNE(
            perplexity=perplexity, init="pca", random_state=self.seed, verbose=0 if on_step is None else 2
        )
        # It says how far it is on standard output alone.
        stream = None if on_step is None else _ProgressStream(r"Iteration (\d+)", on_step, fitted.max_iter)
        with contextlib.nullcontext() if stream is None else contextlib.redirect_stdout(stream):
            plane = np.asarray(fitted.fit_transform(latents), np.float32)
        return scattered(plane - _middle(plane), latents, ("t-SNE 1", "t-SNE 2"))


# Each says whether its plane is `straight`, and whether it `places` others than the latents it was fitted to.
Settings = Axes | PCA | UMAP | TSNE

PROJECTIONS: dict[str, type[Settings]] = {kind.kind: kind for kind in (Axes, PCA, UMAP, TSNE)}
MIN_LATENTS = 8  # latents that can be scattered, and whose neighbours can be compared


def fit(
    settings: Settings,
    latents: Latents,
    fixed: NDArray[np.float32] | None = None,
    on_step: OnStep | None = None,
) -> Projection:
    """The plane that `settings` choose, fitted to latents (N, D), D at least 2; `fixed` (D,) is what two axes hold the others at.
    `on_step(done, of how many)` is called now and then by those that take long.

    Raises `VAEError` for too few latents or dimensions, for axes that there aren't, and where latents that are to be scattered all lie at
    one place.
    """
    if latents.ndim != 2 or latents.shape[1] < 2:
        raise VAEError(f"latents: shape (N, D) with at least two dimensions, not {latents.shape}.")
    if len(latents) < MIN_LATENTS and not settings.straight:
        raise VAEError(
            f"latents: at least {MIN_LATENTS} for {settings.title}, not {len(latents)}. Take PCA, or two dimensions."
        )
    # scikit-learn divides by their spread, and then crashes. Next to that of the prior, 1, as little is none.
    if not settings.straight and spread(latents) < MIN_SPREAD:
        raise VAEError(
            f"latents: all {len(latents):,} lie at one place, so {settings.title} has nothing to lay out: the posterior has collapsed. "
            "Take PCA or two dimensions, or train at a lower beta."
        )
    return settings.fit(latents, fixed, on_step)


def spread(points: NDArray[np.floating]) -> float:
    """Root mean square distance of points (N, D) from their mean; zero for points at one place, but for rounding."""
    points = np.asarray(points, np.float64)
    deviation = float(np.sqrt(np.square(points - points.mean(0)).sum(1).mean()))
    return deviation if deviation > MIN_SPREAD * np.sqrt(np.square(points).sum(1).mean()) else 0.0


def dimension(d: int) -> str:
    """The name of a latent dimension, counted from 0: z₁, z₂."""
    return f"z{d + 1}".translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


class Quality(NamedTuple):
    """What a plane keeps of latents; the first two from 0 to 1."""

    trustworthiness: float  # 1 if who is a neighbour in the plane is one among the latents
    continuity: float  # 1 if who is a neighbour among the latents is one in the plane
    reconstruction_error: (
        float  # root mean square distance from a latent to what its place gives back, as a share of their spread
    )
    neighbours: int


def quality(projection: Projection, latents: Latents) -> Quality:
    """How well a plane keeps the latents (N, D) that the projection was fitted to.

    Neighborhood Preservation in Nonlinear Projection Methods (Venna & Kaski, 2001)
    https://doi.org/10.1007/3-540-44668-0_68
    """
    back = projection.reconstruction_error(latents)
    return Quality(
        trustworthiness(latents, projection.plane),
        trustworthiness(projection.plane, latents),
        float(np.sqrt(np.square(back).mean()) / max(spread(latents), 1e-12)),
        min(NEIGHBOURS, (len(latents) - 1) // 2),
    )


def trustworthiness(original: NDArray[np.floating], image: NDArray[np.floating], seed: int = 0) -> float:
    """How far the neighbours that points have in `image` are neighbours in `original`, both (N, *), from 0 to 1: over some of the points,
    if there are many, but among all of them. The other way round it is the continuity."""
    n = len(original)
    k = min(NEIGHBOURS, (n - 1) // 2)
    asked = asked_of(n, ASKED_POINTS, seed)
    penalty = 0.0
    step = max(1, BATCH_DISTANCES // n)
    for start in range(0, len(asked), step):
        some = asked[start : start + step]
        away = _distances(original, some, -1)
        near = np.argpartition(_distances(image, some, np.inf), k - 1, axis=1)[:, :k]
        # A rank is how many are nearer, the point itself among them.
        ranks = np.stack([np.count_nonzero(away < np.take_along_axis(away, one[:, None], 1), axis=1) for one in near.T])
        penalty += np.maximum(ranks - k, 0).sum()
    return float(1 - 2 * penalty / (len(asked) * k * (2 * n - 3 * k - 1)))


def _distances(points: NDArray[np.floating], some: NDArray[np.int64], own: float) -> NDArray[np.float64]:
    """Squared, from some of the points to all; `own` from each to itself."""
    every = points.astype(np.float64)
    squares = np.square(every).sum(1)
    distances = squares[some, None] - 2 * every[some] @ every.T + squares
    distances[np.arange(len(some)), some] = own
    return distances


def _straight(
    latents: Latents, origin: NDArray[np.float32], basis: NDArray[np.float32], names: tuple[str, str]
) -> Straight:
    plane = np.asarray((latents - origin) @ basis, np.float32)
    total = latents.var(0, dtype=np.float64).sum()
    explained = float(plane.var(0, dtype=np.float64).sum() / total) if total > 0 else 1.0
    return Straight(plane, origin, basis, explained, names)


def scattered(plane: Plane, latents: Latents, names: tuple[str, str], transform: Placer | None = None) -> Scattered:
    """Points (N, 2) of latents (N, D), and the inverse between them."""
    _, distance = _nearest(plane, plane, min(INVERSE_NEIGHBOURS + 1, len(plane)))
    return Scattered(plane, latents, float(np.median(distance[:, -1])), names, transform)


def _turned(names: tuple[str, str]) -> tuple[str, str]:
    """What is across is no longer one of the directions."""
    first, second = (name.partition(" (")[0] for name in names)
    return f"Rotated {first} and {second}, horizontal", f"Rotated {first} and {second}, vertical"


def _middle(plane: Plane) -> NDArray[np.float32]:
    """The middle of the points' extent: where the origin of a scattered plane lies means nothing, and a map looks at it."""
    return (plane.min(0) + plane.max(0)) / 2


class _ProgressStream(io.TextIOBase):
    """A file that learns from what is written to it how far somebody is: by `pattern`, whose groups are how much is done and, unless that
    is known, of how much."""

    def __init__(self, pattern: str, on_step: Callable[[int, int], None], of: int | None = None) -> None:
        self.pattern = re.compile(pattern)
        self.on_step = on_step
        self.of = of
        self.before = sys.stdout

    def write(self, text: str, /) -> int:
        with contextlib.redirect_stdout(self.before):  # whoever is called may print
            for match in self.pattern.finditer(text):
                self.on_step(int(match[1]), self.of or int(match[2]))
        return len(text)


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


def _nearest(points: Plane, places: Plane, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `count` points nearest to each place, nearest first: their numbers and distances, each with shape (M, count)."""
    from scipy.spatial import KDTree

    distance, near = KDTree(points).query(places, k=min(count, len(points)))
    return np.asarray(near), np.asarray(distance)
