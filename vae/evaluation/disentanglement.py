"""Whether single latent dimensions stand for single factors, on data whose factors are known.

Each score is from 0 to 1, larger meaning that a factor has a dimension of its own. They are of posterior means; no decoder is asked.
"""

from __future__ import annotations

__all__ = [
    "DCI",
    "Disentanglement",
    "dci",
    "disentanglement",
    "mig",
    "mutual_informations",
    "sap",
    "sap_svm",
    "unknown_scores",
]

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.data.images import Factor

Latents = NDArray[np.float32]
Values = NDArray[np.int64]

BINS = 20  # of a latent dimension, for its mutual information with a factor
TREES = 60
HELD_OUT_SHARE = 0.25  # of the images, on which predictors of factors are tested
SVM_IMAGES = 10_000  # that a linear SVM is fitted to in disentanglement_lib, where each weighs SVM_C
SVM_C = 0.01


class DCI(NamedTuple):
    """How well, and by how few dimensions, factors are predicted."""

    disentanglement: float  # each dimension is important for one factor only
    completeness: float  # each factor needs one dimension only
    informativeness: float  # share of the held-out images whose factors are predicted right


class Disentanglement(NamedTuple):
    """The scores, and what the first is made of."""

    mig: float
    dci: DCI
    sap: float  # by explained variance, as Kumar et al. (2018) have it
    sap_svm: float  # by the accuracy of linear SVMs, as disentanglement_lib has it; the two can't be compared
    informations: NDArray[np.float64]  # (D, F), of each dimension and factor, as a share of the factor's entropy


def unknown_scores(latent_dim: int) -> Disentanglement:
    """What `disentanglement` will find, none of it known yet."""
    nan = math.nan
    return Disentanglement(nan, DCI(nan, nan, nan), nan, nan, np.empty((latent_dim, 0)))


def disentanglement(mean: Latents, values: Values, factors: Sequence[Factor], seed: int = 0) -> Disentanglement:
    """All of them, of posterior means (N, D) of images that were made from `values` (N, F) of `factors`."""
    informations = mutual_informations(mean, values)
    return Disentanglement(
        _gap(informations),
        dci(mean, values, seed),
        sap(mean, values, factors, seed),
        sap_svm(mean, values, seed),
        informations,
    )


def mutual_informations(mean: Latents, values: Values, bins: int = BINS) -> NDArray[np.float64]:
    """I(z_d; v_f) / H(v_f), with shape (D, F): what each dimension says of each factor, where all of it is 1.

    Dimensions are cut into `bins` of equal width. With N images chance alone gives some (bins - 1) (size - 1) / 2N nats, so that
    dimensions of noise are slightly over nothing.
    """
    return np.array([[_information(_cut(column, bins), value) for value in values.T] for column in mean.T])


def mig(mean: Latents, values: Values, bins: int = BINS) -> float:
    """The mutual information gap: by how much the dimension that says most of a factor says more than the next, averaged over factors.

    Isolating Sources of Disentanglement in Variational Autoencoders (Chen et al., 2018)
    https://arxiv.org/abs/1802.04942
    """
    return _gap(mutual_informations(mean, values, bins))


def dci(mean: Latents, values: Values, seed: int = 0) -> DCI:
    """Disentanglement, completeness and informativeness, by how much forests that predict each factor use each dimension.

    A Framework for the Quantitative Evaluation of Disentangled Representations (Eastwood & Williams, 2018)
    https://openreview.net/forum?id=By-7dz-AZ
    """
    from sklearn.ensemble import RandomForestClassifier

    train, test = _split(len(mean), seed)
    importance, right = [], []
    for value in values.T:
        # Every split looks at all dimensions, or those that say nothing of a factor would be used because others weren't on offer.
        forest = RandomForestClassifier(TREES, max_features=1.0, min_samples_leaf=2, random_state=seed)
        forest.fit(mean[train], value[train])
        importance.append(forest.feature_importances_)
        right.append(forest.score(mean[test], value[test]))
    shares = np.array(importance).T  # (D, F)
    by_dimension = 1 - _entropy_of(shares) / np.log(max(2, shares.shape[1]))
    by_factor = 1 - _entropy_of(shares.T) / np.log(max(2, shares.shape[0]))
    weights = shares.sum(1) / shares.sum()
    return DCI(float((weights * by_dimension).sum()), float(by_factor.mean()), float(np.mean(right)))


def sap(mean: Latents, values: Values, factors: Sequence[Factor], seed: int = 0) -> float:
    """The separated attribute predictability: by how much the dimension that predicts a factor best does so better than the next.

    An ordered factor is predicted by a line, and the score is its share of explained variance; of any other by a linear classifier, and
    the score is the share of held-out images that it gets right. Factors that each have a dimension of their own get 1 where they are
    ordered.

    Variational Inference of Disentangled Latent Concepts from Unlabeled Observations (Kumar et al., 2018)
    https://arxiv.org/abs/1711.00848
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    train, test = _split(len(mean), seed)
    scores = np.zeros((mean.shape[1], len(factors)))
    for d, column in enumerate(StandardScaler().fit_transform(mean).T):
        for f, factor in enumerate(factors):
            value = values[:, f]
            if column.std() == 0:
                scores[d, f] = 0 if factor.ordered else np.bincount(value).max() / len(value)
            elif factor.ordered:
                scores[d, f] = np.corrcoef(column, value)[0, 1] ** 2
            else:
                line = LogisticRegression().fit(column[train, None], value[train])
                scores[d, f] = line.score(column[test, None], value[test])
    return _gap(scores)


def sap_svm(mean: Latents, values: Values, seed: int = 0) -> float:
    """The separated attribute predictability where every factor is taken for a kind: each dimension tells it by a linear SVM, one against
    the rest, and the score is the share of held-out images that it gets right. This is what disentanglement_lib computes and Locatello et
    al. (2019) report.

    A line can't cut a value out of the middle of a dimension, so that perfect factors are far from 1: of K even steps, of which only
    the two at either end are told, they get min(4, K) / K - 1 / K for K up to 8. Images weigh as much as the 10,000 do there.

    Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations (Locatello et al., 2019)
    https://arxiv.org/abs/1811.12359
    """
    from sklearn.svm import LinearSVC

    train, test = _split(len(mean), seed)
    train, test = train[:SVM_IMAGES], test[: SVM_IMAGES // 2]
    weight = SVM_C * SVM_IMAGES / len(train)
    scores = np.zeros((mean.shape[1], values.shape[1]))
    for d in range(mean.shape[1]):
        for f, value in enumerate(values.T):
            if len(np.unique(value[train])) < 2:
                scores[d, f] = (value[test] == value[train[0]]).mean()
                continue
            classifier = LinearSVC(C=weight, class_weight="balanced", dual=False)
            classifier.fit(mean[train, d : d + 1], value[train])
            scores[d, f] = classifier.score(mean[test, d : d + 1], value[test])
    return _gap(scores)


def _gap(scores: NDArray[np.float64]) -> float:
    """How much the first of each column is over the second, on average."""
    ordered = np.sort(scores, axis=0)[::-1]
    second = ordered[1] if len(ordered) > 1 else 0.0
    return float((ordered[0] - second).mean())


def _cut(column: NDArray[np.float32], bins: int) -> NDArray[np.int64]:
    low, high = float(column.min()), float(column.max())
    if low == high:
        return np.zeros(len(column), np.int64)
    return np.clip(((column - low) / (high - low) * bins).astype(np.int64), 0, bins - 1)


def _information(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """I(one; other) / H(other), of two columns of whole numbers."""
    joint = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(joint, (one, other), 1 / len(one))
    a, b = joint.sum(1), joint.sum(0)
    there = joint > 0
    information = (joint[there] * np.log(joint[there] / np.outer(a, b)[there])).sum()
    entropy = -(b[b > 0] * np.log(b[b > 0])).sum()
    return float(information / entropy) if entropy > 0 else 0.0


def _entropy_of(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The entropy of each row, as shares of its sum; of a row of nothing, as large as it can be."""
    total = rows.sum(1, keepdims=True)
    shares = np.where(total > 0, rows / np.where(total > 0, total, 1), 1 / rows.shape[1])
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(1)


def _split(count: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.random.default_rng(seed).permutation(count)
    held_out = int(HELD_OUT_SHARE * count)
    return order[held_out:], order[:held_out]
