"""What the nearest others know of a point's class."""

from __future__ import annotations

__all__ = ["NEIGHBOURS", "knn_accuracy", "vote"]

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 10  # that vote for a class
FEW_DIMENSIONS = 8  # up to which trees find neighbours faster than looking at all


def knn_accuracy(points: NDArray[np.floating], labels: NDArray[np.int64]) -> float | None:
    """The share of points (N, D), from 0 to 1, whose nearest others vote for their class, each point left out of its own vote. Points
    without a label (-1) take no part; None where fewer than two classes are left."""
    points, labels = points[labels >= 0], labels[labels >= 0]
    if len(np.unique(labels)) < 2:
        return None
    return float((vote(points, labels) == labels).mean())


def vote(points: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class that most of the `NEIGHBOURS` nearest others of each point (N, D) have, with shape (N,); of classes with as many votes,
    the one that comes nearest."""
    from sklearn.neighbors import NearestNeighbors

    classes, codes = np.unique(labels, return_inverse=True)
    count = min(NEIGHBOURS, len(labels) - 1)
    how = "auto" if points.shape[1] <= FEW_DIMENSIONS else "brute"
    near = NearestNeighbors(n_neighbors=count, algorithm=how).fit(points).kneighbors(return_distance=False)
    rows = np.arange(len(labels))
    votes = np.zeros((len(labels), len(classes)), np.int32)
    first = np.full_like(votes, count)
    for place in reversed(range(count)):
        votes[rows, codes[near[:, place]]] += 1
        first[rows, codes[near[:, place]]] = place
    return classes[np.lexsort((first, -votes), axis=1)[:, 0]]
