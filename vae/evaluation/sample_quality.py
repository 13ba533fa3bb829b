r"""How good the samples of a model are, beside real images that it has not seen.

Of features of real images a and of samples b, with means m and covariances C, the Fréchet distance is that of two normal distributions:

.. math::
    d^2(a, b) = \lVert m_a - m_b \rVert^2 + tr(C_a + C_b - 2 (C_a C_b)^{1/2})

Around each image of a set lies a ball that reaches to its k-th nearest other one. Precision is the share of samples that lie in a ball of
some real image: how many look real. Blurred samples lie where images are dense, and can have more of it than real ones. Recall is the share
of real images that lie in a ball of some sample: how much of the data is drawn.

All three are in Zscape's features (`vae.evaluation.features`), and depend on how many images there are: a Fréchet distance of few is too
large, even of two sets from one distribution. So every row is of the same number, and real training images, which show the best that can be
had, are a row of their own. Samples are pixel means that the decoder gives for draws of z, rounded as images are, and no draws of pixels.

GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium (Heusel et al., 2017)
https://arxiv.org/abs/1706.08500

Improved Precision and Recall Metric for Assessing Generative Models (Kynkäänniemi et al., 2019)
https://arxiv.org/abs/1904.06991

Effectively Unbiased FID and Inception Score and where to find them (Chong & Forsyth, 2020)
https://arxiv.org/abs/1911.07023
"""

from __future__ import annotations

__all__ = [
    "AGGREGATE",
    "MIXTURE",
    "NEIGHBOURS",
    "PRIOR",
    "REPEATS",
    "TRAINING",
    "Draw",
    "Estimate",
    "Manifold",
    "PrecisionRecall",
    "Row",
    "SampleQuality",
    "aggregate",
    "comparable",
    "frechet_distance",
    "measure",
    "precision_recall",
    "score",
    "steps",
]

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.data.images import evenly_spaced
from vae.errors import DataError
from vae.evaluation.density import fit_density, split_draws
from vae.evaluation.diagnostics import POSTERIOR_COST
from vae.evaluation.estimates import check_finite, mean_of, standard_error
from vae.latents.paths import Latents, sample_posteriors
from vae.progress import OnStep, Work

if TYPE_CHECKING:
    from torch import Tensor

    from vae.data.images import ImageSet
    from vae.evaluation.features import Features
    from vae.models.vae import VAE

FeatureRows = NDArray[np.floating]  # (N, F), a row for each image
Draw = Callable[[int, int], Latents]  # (count, seed) -> latents (count, D), the same for the same seed

PRIOR, AGGREGATE, MIXTURE, TRAINING = "prior", "aggregate", "mixture", "training"  # where samples come from
NEIGHBOURS = 3  # k, as the paper has it
REPEATS = 4  # times that samples are drawn anew
MAX_COMPARED = 1_000  # images of each set
MIN_COMPARED = 100
DECODED = 250  # latents at once
SAME = 1e-12  # squared distance, as a share of squared lengths, below which two rows differ by rounding
SEED = 0


class Estimate(NamedTuple):
    """A number and its standard error over repeats, in which everything but the test images is drawn anew."""

    value: float
    error: float


class PrecisionRecall(NamedTuple):
    """Shares from 0 to 1."""

    precision: float  # of samples that lie among real images
    recall: float  # of real images that lie among samples


class Row(NamedTuple):
    """How good samples of one kind are."""

    source: str  # where they come from: PRIOR, AGGREGATE, MIXTURE, TRAINING, or a name that somebody gave
    distance: Estimate  # Fréchet distance, in squared standard deviations of a feature, summed over features
    precision: Estimate  # share
    recall: Estimate  # share


class SampleQuality(NamedTuple):
    """Samples of a model beside test images."""

    beta: float
    n: int  # test images, and as many samples in each repeat
    repeats: int
    neighbours: int  # k
    task: str  # what the network of the features tells
    accuracy: float  # share of held-out training images of which it does
    chance: float
    rows: tuple[Row, ...]  # TRAINING last

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        rows = [
            {"source": row.source, **{name: getattr(row, name)._asdict() for name in Row._fields[1:]}}
            for row in self.rows
        ]
        return self._asdict() | {"rows": rows}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SampleQuality:
        """What `to_dict` has written. Raises `LookupError`, `TypeError` or `ValueError` for anything else."""
        rows = []
        for row in fields["rows"]:
            estimates = (Estimate(float(row[name]["value"]), float(row[name]["error"])) for name in Row._fields[1:])
            rows.append(Row(str(row["source"]), *estimates))
        return cls(
            beta=float(fields["beta"]),
            n=int(fields["n"]),
            repeats=int(fields["repeats"]),
            neighbours=int(fields["neighbours"]),
            task=str(fields["task"]),
            accuracy=float(fields["accuracy"]),
            chance=float(fields["chance"]),
            rows=tuple(rows),
        )


def frechet_distance(a: FeatureRows, b: FeatureRows) -> float:
    """The squared Fréchet distance of normal distributions with means and covariances of two sets, with shapes (N, F) and (M, F).

    The trace of the root of C_a C_b is the sum of the singular values of the product of their roots, which needs no root of a matrix that
    isn't symmetric.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    roots, spread = [], 0.0
    for each in (a, b):
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(each, rowvar=False)))
        values = values.clip(0)
        spread += float(values.sum())
        roots.append(vectors * np.sqrt(values) @ vectors.T)
    shared = float(np.linalg.svd(roots[0] @ roots[1], compute_uv=False).sum())
    return max(0.0, float(np.square(a.mean(0) - b.mean(0)).sum()) + spread - 2 * shared)


class Manifold:
    """Balls around the rows of a set, (N, F), each of which reaches to the `k`-th nearest other row."""

    def __init__(self, rows: FeatureRows, k: int = NEIGHBOURS) -> None:
        self.rows = np.asarray(rows, np.float64)
        away = _squared_distances(self.rows, self.rows)
        np.fill_diagonal(away, np.inf)
        self.squared_radii = np.partition(away, k - 1, axis=1)[:, k - 1]  # (N,)

    def holds(self, others: FeatureRows) -> NDArray[np.bool_]:
        """Which of other rows, (M, F), lie in a ball; with shape (M,)."""
        away = _squared_distances(np.asarray(others, np.float64), self.rows)
        return np.any(away <= self.squared_radii, axis=1)


def _squared_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each row of a to each of b, with shape (N, M); exactly nothing between rows that are the same."""
    lengths = np.square(a).sum(1)[:, None] + np.square(b).sum(1)
    squares = lengths - 2 * a @ b.T
    return np.where(squares > SAME * lengths, squares, 0.0)


def precision_recall(real: FeatureRows, fake: FeatureRows, k: int = NEIGHBOURS) -> PrecisionRecall:
    """Precision and recall of samples, (M, F), beside real images, (N, F): by balls to the `k`-th nearest of the same set."""
    return _precision_recall(Manifold(real, k), fake)


def _precision_recall(real: Manifold, fake: FeatureRows, k: int = NEIGHBOURS) -> PrecisionRecall:
    """The same where the balls of real images are known."""
    return PrecisionRecall(float(real.holds(fake).mean()), float(Manifold(fake, k).holds(real.rows).mean()))


def score(source: str, real: Manifold, repeats: Iterable[FeatureRows]) -> Row:
    """How good samples are, drawn several times independently, each (N, F), beside the same real images: averages over the repeats."""
    numbers = [(frechet_distance(real.rows, fake), *_precision_recall(real, fake)) for fake in repeats]
    return Row(source, *(Estimate(mean_of(each), standard_error(each)) for each in np.array(numbers).T))


def aggregate(mean: Latents, std: Latents) -> Draw:
    """Draws from the average of N posteriors N(mean, diag(std^2)), arrays with shape (N, D): from each once before any comes twice, so that
    no two lie closer to each other than two images do."""

    def draw(count: int, seed: int) -> Latents:
        generator = np.random.default_rng(seed)
        rounds = -(-count // len(mean))
        which = np.concatenate([generator.permutation(len(mean)) for _ in range(rounds)])[:count]
        return sample_posteriors(mean[which], std[which], seed=generator)

    return draw


def comparable(train_count: int, test_count: int) -> int:
    """How many images of each set are compared, of splits with so many: the training images that are held out are enough for all repeats.

    Raises `DataError` where those are too few to say anything.
    """
    from vae.evaluation.features import held_out

    count = min(MAX_COMPARED, test_count, len(held_out(train_count)) // REPEATS)
    if count < MIN_COMPARED:
        raise DataError(
            f"quality of samples: {train_count:,} training images and {test_count:,} test images are too few to tell. It needs "
            f"{2 * REPEATS * MIN_COMPARED:,} and {MIN_COMPARED}."
        )
    return count


def steps(count: int, others: int = 0) -> int:
    """How many steps `measure` counts, where `count` images of each set are compared, from the usual sources and `others`."""
    return REPEATS * count * (POSTERIOR_COST + 3 + others)


def measure(
    model: VAE,
    train: ImageSet,
    test: ImageSet,
    features: Features,
    beta: float = 1.0,
    *,
    others: Mapping[str, Draw] | None = None,
    on_step: OnStep | None = None,
) -> SampleQuality:
    """Compares samples of a model, and real training images that the features haven't learned from, with images of the test split.

    Samples are of the prior; of the aggregate posterior of training images drawn at random, z from the posterior of each; of the mixture
    that `vae.evaluation.density` fits to it; and of `others`, by their names. A model that takes classes gets those of training images
    drawn at random. The model acts for `beta`, if it can act for several. `on_step(done, steps(n))` is called meanwhile, and what it
    raises ends it.

    Raises `DataError` where there are too few images, and `VAEError` for a beta outside the model's range.
    """
    import torch

    from vae.evaluation.bounds import posteriors
    from vae.evaluation.features import held_out

    count = comparable(len(train.images), len(test.images))
    drawn = REPEATS * count
    work = Work(on_step, steps(count, len(others or {})))
    real = Manifold(features.extract(test.images[evenly_spaced(len(test.images), count)]))
    of = torch.randperm(len(train.images), generator=torch.Generator().manual_seed(SEED + 1))[:drawn]
    found = posteriors(model, train.subset(of), beta, batch_size=DECODED, on_step=work.part(drawn, POSTERIOR_COST))
    mean, std = (part.numpy() for part in found)
    check_finite(mean, std)
    draws_of_each = split_draws(mean, std)
    draws: dict[str, Draw] = {
        PRIOR: lambda count, seed: model.latent_prior.draw(count, seed=seed),
        AGGREGATE: aggregate(mean, std),
        MIXTURE: fit_density(draws_of_each.fitted, draws_of_each.choosing).draw,
        **(others or {}),
    }
    rows = []
    for place, (source, draw) in enumerate(draws.items()):
        z = draw(drawn, SEED + 2 + place)
        images = _decoded(model, z, beta, train.labels, work.part(drawn))
        rows.append(score(source, real, np.split(features.extract(images), REPEATS)))
    unseen = features.extract(train.images[held_out(len(train.images))[:drawn]])
    rows.append(score(TRAINING, real, np.split(unseen, REPEATS)))
    work.report()
    about = features.task, features.accuracy, features.chance
    return SampleQuality(beta, count, REPEATS, NEIGHBOURS, *about, tuple(rows))


def _decoded(model: VAE, z: Latents, beta: float, labels: Tensor, on_step: OnStep | None) -> Tensor:
    """Images of latents with shape (N, D), uint8 (N, C, H, W), each under one of the `labels` at random."""
    import torch

    which = torch.randint(len(labels), (len(z),), generator=torch.Generator().manual_seed(SEED))
    parts = []
    for start in range(0, len(z), DECODED):
        some = slice(start, start + DECODED)
        means = model.decode(z[some], beta, labels[which[some]]).cpu()
        check_finite(means.numpy())
        parts.append((means * 255).round().byte())
        if on_step is not None:
            on_step(min(start + DECODED, len(z)), len(z))
    return torch.cat(parts)
