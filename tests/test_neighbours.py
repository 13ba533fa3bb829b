"""What the nearest others know of a class."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from vae.projections.neighbours import NEIGHBOURS, asked_of, knn_accuracy, nearest_others, vote


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


@pytest.mark.parametrize("dims", [2, 20])
def test_points_that_share_a_place_are_nobodys_own_neighbours(dims: int) -> None:
    points = np.repeat(np.random.default_rng(0).normal(size=(5, dims)), 20, axis=0)
    asked = np.array([99, 3, 41])
    near = nearest_others(points, asked, 10)
    assert near.shape == (3, 10)
    assert not (near == asked[:, None]).any()
    np.testing.assert_array_equal(near // 20, np.repeat(asked[:, None] // 20, 10, axis=1))


@pytest.mark.parametrize("dims", [2, 20])
def test_the_nearest_others_come_in_their_order_however_far_from_the_origin(dims: int) -> None:
    points = np.random.default_rng(0).normal(size=(60, dims)).astype(np.float32) + 1000
    apart = np.linalg.norm(points[:, None].astype(np.float64) - points, axis=2)
    np.fill_diagonal(apart, np.inf)
    asked = np.array([7, 0, 59])
    np.testing.assert_array_equal(nearest_others(points, asked, 10), np.argsort(apart[asked], axis=1)[:, :10])


@pytest.mark.parametrize("dims", [2, 20])
def test_of_many_points_some_are_asked_among_all(dims: int) -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(-1, 3, size=900)
    points = 2 * np.eye(3, dims)[labels] + generator.normal(size=(900, dims))
    known = labels >= 0
    every, asked = vote(points[known], labels[known]), asked_of(known.sum(), 300)
    assert len(set(asked.tolist())) == 300
    np.testing.assert_array_equal(vote(points[known], labels[known], asked), every[asked])
    assert knn_accuracy(points, labels, 300) == (every == labels[known])[asked].mean()
    assert knn_accuracy(points, labels, 900) == knn_accuracy(points, labels)


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
