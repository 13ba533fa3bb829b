r"""What is true of a model: the bound and its parts, what its latents hold, and how they lie beside the prior.

The average of the KL over N images falls into three parts, none of them negative:

.. math::
    E_x KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || \prod_j q(z_j)) + \sum_j KL(q(z_j) || p(z_j))

with the aggregate posterior q(z) = 1/N sum_x q(z|x): what z says of the image, the total correlation, and how far each dimension
lies from the prior by itself. With N images the first is at most log N, so where that is nearly reached the second takes what the
first cannot hold, and neither says anything: there only the correlations are told of, by the total correlation that a normal
distribution with the covariance of q(z) would have.

ELBO surgery (Hoffman & Johnson, 2016)
http://approximateinference.org/accepted/HoffmanJohnson2016.pdf

Isolating Sources of Disentanglement in Variational Autoencoders (Chen et al., 2018)
https://arxiv.org/abs/1802.04942
"""

from __future__ import annotations

__all__ = [
    "DRAWS",
    "Decomposition",
    "Diagnosis",
    "Probes",
    "decompose",
    "diagnose",
    "histogram",
    "normal_total_correlation",
    "probe",
    "reconstruction_errors",
    "wasserstein",
]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.disentanglement import DCI, Disentanglement, disentanglement
from vae.keyframes import active_dims, activity, kl_by_dim
from vae.neighbours import NEIGHBOURS, vote
from vae.progress import OnStep, part_of

if TYPE_CHECKING:
    from vae.data import ImageSet
    from vae.distributions import DiagonalNormal
    from vae.model import VAE

Latents = NDArray[np.float32]

DRAWS = 20  # of z for each image, in the importance-weighted bound
FOLDS = 5
POSTERIOR = 10  # times as long as decoding an image takes finding its posterior, roughly
PLACES = 2000  # draws of z at which the aggregate posterior is looked up
FEW = 200  # of them, which tell whether it makes sense to look at more
TOGETHER = 2_000_000  # numbers of a batch of them
REACH = 6.0  # standard deviations of the prior, out to which distances to it are integrated
STEP = 0.03  # of that integral
MOST_STEPS = 20_001
SATURATED = 1.0  # nats from log N within which the mutual information is as large as N images let it be


class Decomposition(NamedTuple):
    """Where the KL goes, in nats per image: the three parts sum to it up to the noise of the estimate."""

    mutual_information: float  # I(x; z) over N images, no more than log N
    total_correlation: float  # KL(q(z) || prod_j q(z_j))
    dimension_kl: float  # sum_j KL(q(z_j) || p(z_j))
    standard_error: float  # of the total correlation
    draws: int  # of z, over which logarithms of q(z) are averaged


class Probes(NamedTuple):
    """How well a class can be told from the posterior mean: shares from 0 to 1 of the images, none of which votes for itself."""

    knn_accuracy: float
    neighbours: int
    linear_accuracy: float
    folds: int
    majority: float  # what guessing the most frequent class would get


@dataclass(frozen=True)
class Diagnosis:
    """Everything about a model that one looks at before believing it; nats per image unless said otherwise."""

    n: int  # images: the whole split
    beta: float
    recon: float  # E_q[-log p(x|z)]
    kl: float  # KL(q(z|x) || p(z)), in closed form
    loss: float  # recon + beta kl
    elbo: float  # -(recon + kl)
    samples: int  # draws of z for each image in the estimate of recon
    refinement: int  # steps from the encoder's posteriors to those that were used
    iwae: float  # minus the importance-weighted bound
    iwae_draws: int
    iwae_standard_error: float | None  # None with one draw
    kl_by_dim: tuple[float, ...]
    activity: tuple[float, ...]  # variance over images of each dimension's posterior mean
    active_units: int
    wasserstein: tuple[float, ...]  # of each dimension's aggregate posterior to N(0, 1), in latent units
    normal_total_correlation: float  # of a normal distribution with the covariance of q(z)
    parts: Decomposition | None  # of the KL; None where the split has too few images to tell
    knn_accuracy: float | None  # None where nothing, or only one class, is labelled
    knn_neighbours: int | None
    linear_accuracy: float | None
    majority: float | None
    disentanglement: Disentanglement | None  # None where it isn't known what images were made from
    errors: NDArray[np.float32]  # (N,), -log p(x|z) at the mean of each image's posterior
    mean: Latents  # (N, D)
    std: Latents  # (N, D)

    def to_dict(self) -> dict[str, Any]:
        """What is not an array, for JSON."""
        found = {name: value for name, value in vars(self).items() if not isinstance(value, np.ndarray)}
        found["parts"] = self.parts and self.parts._asdict()
        scores = found.pop("disentanglement")
        found |= {name: scores and getattr(scores, name) for name in ("mig", "sap")}
        found |= {f"dci_{name}": scores and getattr(scores.dci, name) for name in DCI._fields}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def diagnose(
    model: VAE,
    data: ImageSet,
    beta: float = 1.0,
    *,
    samples: int = 4,
    draws: int = DRAWS,
    given: DiagonalNormal | None = None,
    on_step: OnStep | None = None,
) -> Diagnosis:
    """Looks at every image of `data`. The model acts for `beta`, if it can act for several; `samples` of z for each image go into the
    reconstruction, `draws` into the importance-weighted bound; `given` has what `vae.metrics.posteriors` has found already.
    `on_step(done, of how many)` is called after each batch.

    Raises `VAEError` for a beta outside the model's range and for fewer draws than one.
    """
    from vae.metrics import evaluate, importance_bound, posteriors

    n = len(data.images)
    total = n * ((given is None) * POSTERIOR + samples + 1 + draws)
    if given is None:
        given = posteriors(model, data, beta, on_step=_times(POSTERIOR, part_of(on_step, 0, total)))
    before = total - n * (samples + 1 + draws)
    terms = evaluate(
        model, data, beta, samples=samples, given=given, on_step=_times(samples, part_of(on_step, before, total))
    )
    before += n * samples
    errors = reconstruction_errors(model, data, given, beta, on_step=part_of(on_step, before, total))
    bound = importance_bound(
        model, data, draws, beta, given=given, on_step=_times(draws, part_of(on_step, before + n, total))
    )
    mean, std = (part.numpy() for part in given)

    def heard() -> None:
        """Whoever stops it is heard between what follows, too."""
        if on_step is not None:
            on_step(total, total)

    parts = decompose(mean, std, FEW)
    saturated = parts.mutual_information > math.log(n) - SATURATED
    if not saturated:
        parts = decompose(mean, std)
    heard()
    probes = probe(mean, data.labels.numpy())
    heard()
    scores = None if data.values is None else disentanglement(mean, data.values.numpy(), data.factors)
    return Diagnosis(
        n=n,
        beta=terms.beta,
        recon=terms.recon,
        kl=terms.kl,
        loss=terms.loss,
        elbo=-(terms.recon + terms.kl),
        samples=terms.samples,
        refinement=terms.refinement,
        iwae=bound.nll,
        iwae_draws=bound.draws,
        iwae_standard_error=bound.standard_error if bound.draws > 1 else None,
        kl_by_dim=tuple(kl_by_dim(mean, std).tolist()),
        activity=tuple(activity(mean).tolist()),
        active_units=active_dims(mean),
        wasserstein=tuple(wasserstein(mean, std).tolist()),
        normal_total_correlation=normal_total_correlation(mean, std),
        parts=None if saturated else parts,
        knn_accuracy=probes and probes.knn_accuracy,
        knn_neighbours=probes and probes.neighbours,
        linear_accuracy=probes and probes.linear_accuracy,
        majority=probes and probes.majority,
        disentanglement=scores,
        errors=errors,
        mean=mean,
        std=std,
    )


def _times(share: int, on_step: OnStep | None) -> OnStep | None:
    """What a part of the work calls that looks at each image `share` times."""
    return on_step and (lambda done, of: on_step(share * done, of))


def reconstruction_errors(
    model: VAE, data: ImageSet, given: DiagonalNormal, beta: float = 1.0, *, on_step: OnStep | None = None
) -> NDArray[np.float32]:
    """-log p(x|z) of every image at the mean of its posterior, in nats, with shape (N,)."""
    import torch

    from vae.metrics import batches

    errors = np.empty(len(data.images), np.float32)
    with torch.no_grad():
        for which, x in batches(model, data, on_step=on_step):
            z = given.mean[which].to(x.device)
            errors[which] = -model.likelihood(z, beta).log_prob(x).numpy(force=True)
    return errors


def decompose(mean: Latents, std: Latents, draws: int = PLACES, seed: int = 0) -> Decomposition:
    """The parts of the average KL to N(0, I) of N posteriors N(mean, diag(std^2)), arrays with shape (N, D).

    Logarithms of q(z) and of its marginals are averaged over `draws` of z, each from the posterior of a random image; all N
    posteriors are in q(z), so that it is exact for the images at hand.
    """
    generator = np.random.default_rng(seed)
    n, dims = mean.shape
    # Each image before any comes twice.
    which = np.concatenate([generator.permutation(n) for _ in range(-(-draws // n))])[:draws]
    noise = generator.standard_normal((draws, dims)).astype(np.float32)
    z = mean[which] + std[which] * noise
    constant = 0.5 * math.log(2 * math.pi)
    own = -(0.5 * np.square(noise) + np.log(std[which]) + constant).sum(1, dtype=np.float64)
    joint, marginal = np.empty(draws), np.empty((draws, dims))
    scale, logs = 1 / std, np.log(std) + np.float32(constant)
    step = max(1, TOGETHER // (n * dims))
    for start in range(0, draws, step):
        some = slice(start, start + step)
        logits = -0.5 * np.square((z[some, None] - mean) * scale) - logs  # (draws, N, D)
        joint[some] = _log_mean(logits.sum(2))
        marginal[some] = _log_mean(logits)
    prior = -(0.5 * np.square(z) + constant)
    correlation = joint - marginal.sum(1)
    return Decomposition(
        float((own - joint).mean()),
        float(correlation.mean()),
        float((marginal - prior).sum(1).mean()),
        float(correlation.std(ddof=1) / math.sqrt(draws)),
        draws,
    )


def normal_total_correlation(mean: Latents, std: Latents) -> float:
    """The total correlation, in nats, of a normal distribution with the covariance of the aggregate posterior: -1/2 log det of its
    correlations. It sees what goes straight, and is nothing where dimensions are uncorrelated."""
    covariance = np.cov(mean.T.astype(np.float64), bias=True).reshape(mean.shape[1], -1)
    covariance += np.diag(np.square(std, dtype=np.float64).mean(0))
    scale = np.sqrt(np.diag(covariance))
    return max(0.0, float(-0.5 * np.linalg.slogdet(covariance / np.outer(scale, scale))[1]))


def wasserstein(mean: Latents, std: Latents) -> NDArray[np.float64]:
    """How far each dimension's aggregate posterior lies from N(0, 1): the first Wasserstein distance, in latent units, with shape (D,).

    It is the area between the two distribution functions, which are known in closed form, summed in small steps.
    """
    from scipy.special import ndtr

    found = np.empty(mean.shape[1])
    for d in range(len(found)):
        edge = max(REACH, float((np.abs(mean[:, d]) + 4 * std[:, d]).max()))
        t = np.linspace(-edge, edge, min(MOST_STEPS, math.ceil(2 * edge / STEP) + 1))
        found[d] = np.trapezoid(np.abs(_distribution(mean[:, d], std[:, d], t) - ndtr(t)), t)
    return found


def histogram(mean: NDArray[np.float32], std: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The density of one dimension's aggregate posterior in bins between `edges`; `mean` and `std` have shape (N,)."""
    return np.diff(_distribution(mean, std, edges)) / np.diff(edges)


def _distribution(mean: NDArray[np.float32], std: NDArray[np.float32], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution function of an even mixture of normals, at `t`."""
    from scipy.special import ndtr

    found, places = np.zeros(len(t)), t.astype(np.float32)
    for start in range(0, len(mean), 1000):
        some = slice(start, start + 1000)
        found += ndtr((places - mean[some, None]) / std[some, None]).sum(0, dtype=np.float64)
    return found / len(mean)


def probe(mean: Latents, labels: NDArray[np.int64]) -> Probes | None:
    """How much of the class the latents hold; None where fewer than two classes have enough images to tell.

    The vote is of the nearest other images, leaving each out of its own. The linear probe is a logistic regression on standardized
    means, tested on the folds it was not fitted to. Images without a label take no part.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    mean, labels = mean[labels >= 0], labels[labels >= 0]
    _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(counts) < 2 or counts.min() < FOLDS:
        return None
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    probe_ = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    linear = cross_val_score(probe_, mean, labels, cv=folds)
    neighbours = min(NEIGHBOURS, len(labels) - 1)
    guessed = float((vote(mean, labels) == labels).mean())
    return Probes(guessed, neighbours, float(linear.mean()), FOLDS, float(counts.max() / len(labels)))


def _log_mean(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of exponentials, along the second axis."""
    most = logits.max(1, keepdims=True)
    return np.log(np.exp(logits - most).mean(1, dtype=np.float64)) + np.squeeze(most, 1)
