"""Who is nearest to whom, and what the nearest others know of a point's class."""

from __future__ import annotations

__all__ = ["ASKED_POINTS", "NEIGHBOURS", "asked_of", "knn_accuracy", "nearest_others", "vote"]

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 10  # of a point, that vote for its class, or that are compared between spaces
ASKED_POINTS = 2000  # points whose neighbours are compared, where there are more
FEW_DIMENSIONS = 8  # up to which trees find neighbours faster than looking at all


def asked_of(count: int, most: int | None = ASKED_POINTS, seed: int = 0) -> NDArray[np.int64]:
    """Numbers of the points that are asked, of so many: all of them, or `most` chosen at random where there are more."""
    if most is None or count <= most:
        return np.arange(count)
    return np.random.default_rng(seed).choice(count, most, replace=False)


def nearest_others(points: NDArray[np.floating], asked: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Numbers of the `count` other points (N, D) nearest to each of the M that are asked, nearest first, with shape (M, count); `count` is
    less than N."""
    if points.shape[1] <= FEW_DIMENSIONS:
        from scipy.spatial import KDTree

        near = np.asarray(KDTree(points).query(points[asked], k=count + 1)[1])
    else:
        from sklearn.neighbors import NearestNeighbors

        points = points - points.mean(0)  # or products far from the origin would round away what is near
        search = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(points)
        near = np.asarray(search.kneighbors(points[asked], return_distance=False))
    own = near == asked[:, None]
    own[~own.any(1), -1] = True  # of many at the same place it may not be among them itself
    return near[~own].reshape(len(asked), count)


def knn_accuracy(points: NDArray[np.floating], labels: NDArray[np.int64], most: int | None = None) -> float | None:
    """The share of points (N, D), from 0 to 1, whose nearest others vote for their class, each point left out of its own vote: of all of
    them, or of `most` chosen at random where there are more, among all. Points without a label (-1) take no part; None where fewer than
    two classes are left."""
    points, labels = points[labels >= 0], labels[labels >= 0]
    if len(np.unique(labels)) < 2:
        return None
    asked = asked_of(len(labels), most)
    return float((vote(points, labels, asked) == labels[asked]).mean())


def vote(
    points: NDArray[np.floating], labels: NDArray[np.int64], asked: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """The class that most of the `NEIGHBOURS` nearest others of each point (N, D) have, with shape (N,); of classes with as many votes,
    the one that comes nearest. With `asked` only of the points of these numbers."""
    asked = np.arange(len(labels)) if asked is None else asked
    classes, codes = np.unique(labels, return_inverse=True)
    count = min(NEIGHBOURS, len(labels) - 1)
    near = nearest_others(points, asked, count)
    rows = np.arange(len(asked))
    votes = np.zeros((len(asked), len(classes)), np.int32)
    first = np.full_like(votes, count)
    for place in reversed(range(count)):
        votes[rows, codes[near[:, place]]] += 1
        first[rows, codes[near[:, place]]] = place
    return classes[np.lexsort((first, -votes), axis=1)[:, 0]]
