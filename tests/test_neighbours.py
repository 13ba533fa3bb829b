"""What the nearest others know of a class."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from vae.neighbours import NEIGHBOURS, knn_accuracy, vote


@pytest.mark.parametrize("dims", [2, 20])
def test_a_vote_is_that_of_a_classifier_that_has_not_seen_the_point(dims: int) -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(3, size=60)
    points = 2 * np.eye(3, dims)[labels] + generator.normal(size=(60, dims))
    guessed = vote(points, labels)
    for left_out in range(60):
        others = np.arange(60) != left_out
        known = KNeighborsClassifier(NEIGHBOURS).fit(points[others], labels[others])
        shares = known.predict_proba(points[[left_out]])[0]
        assert shares[guessed[left_out]] == shares.max()
        if (shares == shares.max()).sum() == 1:
            assert guessed[left_out] == known.predict(points[[left_out]])[0]
    assert knn_accuracy(points, labels) == (guessed == labels).mean()


def test_of_classes_with_as_many_votes_the_nearest_wins() -> None:
    points = np.array([[0.0, 0], [1, 0], [-2, 0]])
    assert list(vote(points, np.array([0, 1, 2]))) == [1, 0, 0]


def test_points_without_a_label_take_no_part() -> None:
    points = np.array([[0.0, 0], [0.1, 0], [5, 0], [5.1, 0], [0.05, 0], [5.05, 0]])
    labels = np.array([7, 7, 9, 9, -1, -1])
    assert knn_accuracy(points[:4], labels[:4]) == knn_accuracy(points, labels)


@pytest.mark.parametrize("labels", [[-1, -1, -1], [4, 4, -1]])
def test_where_there_is_nothing_to_tell_apart_there_is_no_share(labels: list[int]) -> None:
    assert knn_accuracy(np.zeros((3, 2)), np.array(labels)) is None
