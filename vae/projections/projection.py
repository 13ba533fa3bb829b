r"""Planes for latents of more than two dimensions, and the latent of any place of a plane (`inverse_transform`).

A plane is `Straight`, and its inverse exact, or it is `Scattered`: its method only says where each latent lies, and between those a place
gets the latents of the points around it, weighted by

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
    "Inverse",
    "Latents",
    "Positions",
    "Projection",
    "Quality",
    "Scattered",
    "Settings",
    "Straight",
    "dimension",
    "fit",
    "middle_of",
    "quality",
    "scattered",
    "spread",
    "straight",
    "trustworthiness",
]

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vae.errors import VAEError
from vae.progress import OnStep
from vae.projections.neighbours import ASKED_POINTS, NEIGHBOURS, asked_of
from vae.settings import check_settings

Latents = NDArray[np.float32]  # (N, D)
Positions = NDArray[np.float32]  # (N, 2), in a plane

INVERSE_NEIGHBOURS = 6  # points that a place gets its latent from
FADE_START = 1.0  # spacings from the nearest point up to which a place is near the points
FADE_END = 3.0  # from which on it is far from all
BATCH_DISTANCES = 2_000_000  # distances that are looked at together
MIN_SPREAD = 1e-9  # spread, as a share of the distance from the origin, below which points lie at one place
MIN_LATENTS = 8  # latents that can be scattered, and whose neighbours can be compared


class Inverse(NamedTuple):
    """What lies at places of a plane."""

    latents: Latents  # (M, D)
    trust: NDArray[np.float32]  # (M,), from 0 far from all points to 1 near one; not how well the latents fit


class Projection(Protocol):
    """A plane, the transform to it, and its inverse."""

    @property
    def plane(self) -> Positions:
        """Where the latents lie that it was fitted to."""
        ...

    @property
    def names(self) -> tuple[str, str]:
        """What lies across, and what up."""
        ...

    def transform(self, latents: Latents) -> Positions:
        """Where other latents lie, without fitting anew. Raises `VAEError` where the method cannot say."""
        ...

    def inverse_transform(self, places: Positions) -> Inverse:
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

    plane: Positions
    origin: NDArray[np.float32]  # (D,)
    basis: NDArray[np.float32]  # (D, 2), columns of length one at right angles
    explained: float  # share of the latents' variance that the plane holds
    names: tuple[str, str]

    def transform(self, latents: Latents) -> Positions:
        return np.asarray((latents - self.origin) @ self.basis, np.float32)

    def inverse_transform(self, places: Positions) -> Inverse:
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

    plane: Positions
    latents: Latents
    spacing: float  # how far it is from a point to the last of those around it, the median
    names: tuple[str, str]
    placer: Placer | None = None

    def transform(self, latents: Latents) -> Positions:
        if self.placer is None:
            raise VAEError(
                "This plane only knows the points that were laid out. Take PCA, or UMAP as it was fitted rather than read, to place others."
            )
        return self.placer(latents)

    def inverse_transform(self, places: Positions) -> Inverse:
        return self._interpolated(places, 0)

    def reconstruction_error(self, latents: Latents) -> NDArray[np.float32]:
        return np.linalg.norm(latents - self._interpolated(self.plane, 1).latents, axis=1)

    def disagreement(self, places: Positions) -> NDArray[np.float32]:
        """How far the latents of the points that each place gets its own from lie from that: root mean square, as a share of the spread
        of all latents, with shape (M,)."""
        near, _ = _nearest(self.plane, places, INVERSE_NEIGHBOURS + 1)
        away = self.latents[near[:, :INVERSE_NEIGHBOURS]] - self.inverse_transform(places).latents[:, None]
        return np.sqrt(np.square(away).sum(2).mean(1)) / max(spread(self.latents), 1e-12)

    def turned(self, rotation: NDArray[np.floating], shift: NDArray[np.floating], scale: float = 1.0) -> Scattered:
        def moved(plane: Positions) -> Positions:
            return np.asarray(scale * (plane @ rotation) + shift, np.float32)

        before = self.placer
        after: Placer | None = None if before is None else lambda latents: moved(before(latents))
        return Scattered(moved(self.plane), self.latents, scale * self.spacing, _turned(self.names), after)

    def _interpolated(self, places: Positions, skipped: int) -> Inverse:
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

    def __call__(self, latents: Latents, /) -> Positions: ...


@dataclass(frozen=True)
class Settings:
    """Where projections plug in: a frozen dataclass with these, added to `PROJECTIONS`. Each field is a `Setting`, an option of the command
    line and a control of the page, so its name is none that commands have already; those of `Axes` alone are chosen otherwise."""

    kind: ClassVar[str]
    title: ClassVar[str]  # for people
    about: ClassVar[str]  # what it keeps, in a sentence
    duration: ClassVar[str] = ""  # how long it takes, in a sentence, where nobody would expect it
    straight: ClassVar[bool] = False  # whether its plane is `Straight`, and so is made at once
    places: ClassVar[bool] = True  # whether it places others than the latents it was fitted to
    general: ClassVar[bool] = True  # whether its defaults suit any latents

    def __post_init__(self) -> None:
        check_settings(self)

    def fit(
        self, latents: Latents, fixed: NDArray[np.float32] | None = None, on_step: OnStep | None = None
    ) -> Projection:
        """The plane of latents (N, D): as `fit` of this module, which has checked them, says."""
        raise NotImplementedError


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
    reconstruction_error: float  # from a latent to that of its place, root mean square, as a share of their spread
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


def straight(
    latents: Latents, origin: NDArray[np.float32], basis: NDArray[np.float32], names: tuple[str, str]
) -> Straight:
    """The plane through `origin` (D,) along the columns of `basis` (D, 2), of length one at right angles, with latents (N, D) on it."""
    plane = np.asarray((latents - origin) @ basis, np.float32)
    total = latents.var(0, dtype=np.float64).sum()
    explained = float(plane.var(0, dtype=np.float64).sum() / total) if total > 0 else 1.0
    return Straight(plane, origin, basis, explained, names)


def scattered(plane: Positions, latents: Latents, names: tuple[str, str], transform: Placer | None = None) -> Scattered:
    """Points (N, 2) of latents (N, D), and the inverse between them."""
    _, distance = _nearest(plane, plane, min(INVERSE_NEIGHBOURS + 1, len(plane)))
    return Scattered(plane, latents, float(np.median(distance[:, -1])), names, transform)


def _turned(names: tuple[str, str]) -> tuple[str, str]:
    """What is across is no longer one of the directions."""
    first, second = (name.partition(" (")[0] for name in names)
    return f"Rotated {first} and {second}, horizontal", f"Rotated {first} and {second}, vertical"


def middle_of(plane: Positions) -> NDArray[np.float32]:
    """The middle of the points' extent: where the origin of a scattered plane lies means nothing, and a map looks at it."""
    return (plane.min(0) + plane.max(0)) / 2


def _nearest(points: Positions, places: Positions, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `count` points nearest to each place, nearest first: their numbers and distances, each with shape (M, count)."""
    from scipy.spatial import KDTree

    distance, near = KDTree(points).query(places, k=min(count, len(points)))
    return np.asarray(near), np.asarray(distance)
