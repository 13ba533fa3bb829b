r"""Two models side by side: whether they can be compared, where their numbers differ, and how alike their latent spaces are.

Latent spaces have no compass: a model that is trained again ends turned, mirrored and shifted. So one is laid onto the other first,
by the rotation R (or reflection), shift t and, where it is asked for, scale s that bring the same images closest together:

.. math::
    \min_{s, R, t} \sum_i \lVert a_i - (s b_i R + t) \rVert^2, \qquad R^\top R = I

or they are compared by what none of these changes: who is whose neighbour, and which images are alike.
"""

from __future__ import annotations

__all__ = [
    "Alignment",
    "Difference",
    "Similarity",
    "align",
    "differences",
    "disparity",
    "furthest",
    "linear_cka",
    "moved",
    "same_likelihood",
    "shared",
    "shared_neighbours",
    "similarity",
    "together",
]

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import title_of
from vae.errors import VAEError
from vae.evaluation.estimates import error_of_sum
from vae.latents.layouts import Layout
from vae.projections.neighbours import NEIGHBOURS, asked_of, nearest_others
from vae.projections.projection import spread

if TYPE_CHECKING:
    from vae.evaluation.diagnostics import Diagnosis
    from vae.evaluation.readings import Reading

Points = NDArray[np.floating]  # (N, D), a row for each image


class Alignment(NamedTuple):
    """What brings points b closest to points a of the same images: `scale` b `rotation` + `shift`."""

    rotation: NDArray[np.float64]  # (D, D), orthogonal; a reflection where its determinant is -1
    shift: NDArray[np.float64]  # (D,)
    scale: float  # above zero; 1 unless it was asked for
    residual: float  # root mean square distance that is left, in a's latent units
    share: float  # of a's spread, its root mean square distance from its mean, that the residual is; infinite if a has none

    def apply(self, points: Points) -> NDArray[np.float64]:
        """Points of b's space (M, D) in a's."""
        return self.scale * (np.asarray(points, np.float64) @ self.rotation) + self.shift


def align(a: Points, b: Points, scale: bool = False) -> Alignment:
    """Lays points b (N, D) onto points a (N, D) of the same images, by least squares. Where one of them lies at a single place nothing
    says how to turn or scale, and b is only shifted.

    Raises `VAEError` for no points at all, and for arrays of different shapes.

    A generalized solution of the orthogonal Procrustes problem (Schönemann, 1966)
    https://doi.org/10.1007/BF02289451

    Generalized Procrustes analysis (Gower, 1975)
    https://doi.org/10.1007/BF02291478
    """
    from scipy.linalg import orthogonal_procrustes

    a, b = _doubles(a), _doubles(b)
    if a.shape != b.shape:
        raise VAEError(f"Points of shapes {a.shape} and {b.shape} can't be laid onto each other: give as many of each.")
    if not len(a):
        raise VAEError("There are no points to lay onto each other: give at least one image.")
    middle_a, middle_b = a.mean(0), b.mean(0)
    from_a, from_b = a - middle_a, b - middle_b
    rotation, factor = np.eye(a.shape[1]), 1.0
    if spread(a) and spread(b):
        rotation, trace = orthogonal_procrustes(from_b, from_a)
        # Of points that have nothing to do with each other the best factor is zero, from which there is no way back.
        if scale and trace > 0:
            factor = float(trace / np.square(from_b).sum())
    left = from_a - factor * from_b @ rotation
    residual, wide = _rms(left), spread(a)
    share = residual / wide if wide else math.inf if residual else 0.0
    return Alignment(rotation, middle_a - factor * middle_b @ rotation, factor, residual, share)


def together(a: Layout, b: Layout) -> tuple[Layout, Layout]:
    """Both layouts of the same images, with one of them turned, mirrored and shifted until it lies on the other: b on a, unless a is
    scattered and b isn't. What is scattered is also made as wide as the other, for a unit of its plane is none of the latents. (By least
    squares it would be the smaller the less the two agree, down to a spot.)

    Raises `VAEError` where they share no image.
    """
    if b.settings.straight and not a.settings.straight:
        return _laid_onto(b, a), b
    return a, _laid_onto(a, b)


def _laid_onto(a: Layout, b: Layout) -> Layout:
    _, in_a, in_b = np.intersect1d(a.index, b.index, return_indices=True)
    still, moving = a.projection.plane[in_a], b.projection.plane[in_b]
    rotation = align(still, moving).rotation  # whatever the scale
    wide = spread(still), spread(moving)
    scale = 1.0 if b.settings.straight or not all(wide) else wide[0] / wide[1]
    shift = still.mean(0, dtype=np.float64) - scale * moving.mean(0, dtype=np.float64) @ rotation
    return replace(b, projection=b.projection.turned(rotation, shift, scale))


def moved(a: Points, b: Points, scale: bool = False) -> NDArray[np.float64]:
    """How far each image's point in b lies from its point in a once b is laid onto a: distances in a's latent units, with shape (N,).

    Raises `VAEError` as `align` does.
    """
    return np.linalg.norm(_doubles(a) - align(a, b, scale).apply(b), axis=1)


def furthest(distances: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Numbers of the `count` images with the largest distances, the furthest first and equal ones in their own order."""
    return np.argsort(-distances, kind="stable")[:count]


def shared(a: Checkpoint, b: Checkpoint) -> str | None:
    """Why the points of two checkpoints are not of the same test images in the same order; None if they are."""
    datas = [title_of(checkpoint.summary.data) for checkpoint in (a, b)]
    counts = [len(checkpoint.points.labels) for checkpoint in (a, b)]
    if a.summary.data != b.summary.data:
        return (
            f"A is of {datas[0]} and B of {datas[1]}: numbers of different images can't be compared. Choose two models "
            "of the same data set."
        )
    if a.config.image_shape != b.config.image_shape:
        return (
            f"A and B both say {datas[0]}, but their images have the shapes {a.config.image_shape} and {b.config.image_shape}: "
            "numbers of different images can't be compared. Train one of them again on the data of the other."
        )
    if counts[0] != counts[1]:
        return (
            f"A has {counts[0]:,} test images of {datas[0]} and B {counts[1]:,}: numbers of different images can't be compared. "
            "Train one of them again on the data of the other."
        )
    digests = {a.summary.images, b.summary.images} - {None}
    if len(digests) > 1:
        return (
            f"The test images of {datas[0]} were others for A than for B: numbers of different images can't be compared. Train one of "
            "them again on the data of the other."
        )
    if not np.array_equal(a.points.labels, b.points.labels):
        return (
            f"The test images of {datas[0]} have other labels in A than in B, so they may be other images, or in another order. "
            "Train one of them again on the data of the other."
        )
    return None


def same_likelihood(a: Checkpoint, b: Checkpoint) -> bool:
    """Whether -log p(x|z), and every bound that it is part of, mean the same in both: nats of a density and of a probability don't."""
    return a.config.likelihood == b.config.likelihood


class Difference(NamedTuple):
    """One number of two diagnoses."""

    reading: Reading  # its title, its unit, how it is shown
    a: float | None
    b: float | None
    difference: float | None  # b - a; None where one is missing, or the two don't mean the same
    error: (
        float | None
    )  # standard error of the difference over images, each compared with itself; None where they have no number each
    estimator: str  # how it was found; for both, where that differs


def differences(
    a: Diagnosis, b: Diagnosis, likelihoods_alike: bool = True, images_alike: bool = True
) -> list[Difference]:
    """Every number that one of two diagnoses has. There are differences where they are of the same images; of numbers that hold -log p(x|z)
    where the likelihoods are alike, too. Errors are over images, of the differences of each.

    Raises `VAEError` where bounds were made with different numbers of draws, for these are different bounds.
    """
    from vae.evaluation.readings import READINGS, how

    if a.iwae_draws != b.iwae_draws:
        raise VAEError(
            f"The importance-weighted bounds are of {a.iwae_draws} and {b.iwae_draws} draws of z per image, which can't be compared. "
            "Diagnose both with the same number."
        )
    rows = []
    for reading in READINGS:
        values = reading.value(a), reading.value(b)
        if reading.optional and values == (None, None):
            continue
        difference = error = None
        comparable = images_alike and (likelihoods_alike or not reading.of_pixels)
        if reading.judged and a.exact is not None and b.exact is not None:
            comparable = comparable and a.exact.weight == b.exact.weight
        if comparable and values[0] is not None and values[1] is not None:
            difference = values[1] - values[0]
            pairs = list(zip(reading.each(a), reading.each(b), strict=True))
            # Both look at the same images, unless one has looked at fewer of them.
            if pairs and all(len(one) == len(other) for one, other in pairs):
                error = error_of_sum([other - one for one, other in pairs])
        ways = how(a, reading), how(b, reading)
        estimator = ways[0] if ways[0] == ways[1] else f"A: {ways[0]}. B: {ways[1]}"
        rows.append(Difference(reading, *values, difference, error, estimator))
    return rows


class Similarity(NamedTuple):
    """How alike two latent spaces of the same images are, whatever their dimensions and however they are turned: from 0 to 1."""

    neighbours: float  # share of an image's nearest neighbours in one space that are so in the other
    nearest: int  # how many of them
    asked: int  # images whose neighbours were looked for
    chance: float  # what `neighbours` would be on average if the spaces had nothing to do with each other
    cka: float  # linear CKA
    disparity: float  # of Procrustes analysis: the sum of squares that is left, as SciPy has it


def similarity(a: Points, b: Points) -> Similarity:
    """How alike points (N, D) and (N, E) are. Raises `VAEError` where there is nothing to compare."""
    nearest = _nearest_of(len(a))
    return Similarity(
        shared_neighbours(a, b),
        nearest,
        len(asked_of(len(a))),
        nearest / (len(a) - 1),
        linear_cka(a, b),
        disparity(a, b),
    )


def shared_neighbours(a: Points, b: Points, seed: int = 0) -> float:
    """The share of the 10 images nearest to an image in a (N, D) that are among the 10 nearest in b (N, E), averaged over some images if
    there are many, and looked for among all: from 0 to 1.

    Raises `VAEError` for fewer than three images, and where all lie at one place.
    """
    a, b = _checked(a, b)
    nearest, asked = _nearest_of(len(a)), asked_of(len(a), seed=seed)
    near = nearest_others(a, asked, nearest), nearest_others(b, asked, nearest)
    # Nobody is twice among somebody's neighbours, so those of both lists that come twice are shared.
    both = np.sort(np.hstack(near), axis=1)
    return float((both[:, 1:] == both[:, :-1]).sum() / near[0].size)


def linear_cka(a: Points, b: Points) -> float:
    """Centred kernel alignment with linear kernels of points (N, D) and (N, E): 1 if one is the other turned, shifted and scaled, 0 if no
    direction of one goes along with a direction of the other.

    Raises `VAEError` for fewer than three images, and where all lie at one place.

    Similarity of Neural Network Representations Revisited (Kornblith et al., 2019)
    https://arxiv.org/abs/1905.00414
    """
    a, b = (points - points.mean(0) for points in _checked(a, b))
    return float(np.square(b.T @ a).sum() / (np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)))


def disparity(a: Points, b: Points) -> float:
    """The disparity of Procrustes analysis: the sum of squared distances that is left when points (N, D) and (N, E), each around its mean
    and scaled to a sum of squares of one, are laid onto each other with one scale. 0 if one is the other turned, shifted and scaled, 1 if
    they have nothing in common; the square of what `align` calls the share. It is the same from a to b as from b to a. The one with fewer
    dimensions lies flat in the space of the other.

    Raises `VAEError` for fewer than three images, and where all lie at one place.

    Generalized Procrustes analysis (Gower, 1975)
    https://doi.org/10.1007/BF02291478
    """
    from scipy.spatial import procrustes

    a, b = _checked(a, b)
    dims = max(a.shape[1], b.shape[1])
    a, b = (np.pad(points, ((0, 0), (0, dims - points.shape[1]))) for points in (a, b))
    return min(1.0, float(procrustes(a, b)[2]))


def _doubles(points: Points) -> NDArray[np.float64]:
    return np.asarray(points, np.float64)


def _rms(offsets: NDArray[np.float64]) -> float:
    """Root mean square length of rows."""
    return float(np.sqrt(np.square(offsets).sum(1).mean()))


def _checked(a: Points, b: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = _doubles(a), _doubles(b)
    if len(a) != len(b):
        raise VAEError(f"{len(a):,} and {len(b):,} images can't be compared: give points of the same ones.")
    if len(a) < 3:
        raise VAEError("Latent spaces are compared by at least three images.")
    for name, points in (("A", a), ("B", b)):
        if not spread(points):
            raise VAEError(
                f"{name} puts all images at one place, so there is nothing to compare: its posterior has collapsed. Choose a lower β "
                "or another model."
            )
    return a, b


def _nearest_of(n: int) -> int:
    """How many neighbours are looked for among n images: with more than half of them, everybody would share some."""
    return max(1, min(NEIGHBOURS, (n - 1) // 2))
