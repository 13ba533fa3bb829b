r"""What is true of a model: the bound and its parts, what its latents hold, and how they lie beside the prior.

The average of the KL to a factorised prior over N images falls into three parts, none of them negative:

.. math::
    E_x KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || \prod_j q(z_j)) + \sum_j KL(q(z_j) || p(z_j))

with the aggregate posterior q(z) = 1/N sum_x q(z|x): what z says of the image, the total correlation, and how far each dimension
lies from the prior by itself. The first two don't depend on the prior, so there are these for any. With N images the first is at
most log N, so where that is nearly reached the second takes what the first cannot hold, and neither says anything: there only the
correlations are told of, by the total correlation that a normal distribution with the covariance of q(z) would have.

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
    "Examples",
    "LatentFacts",
    "Probes",
    "decompose",
    "densities",
    "diagnose",
    "facts_of",
    "histogram",
    "normal_total_correlation",
    "ordered",
    "probe",
    "so_far",
    "unknown_facts",
    "wasserstein",
]

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.checkpoints.keyframes import active_dims, activity
from vae.checks import check_whole
from vae.evaluation.disentanglement import DCI, Disentanglement, disentanglement, unknown_scores
from vae.evaluation.estimates import UNKNOWN_EXACT, UNKNOWN_GAIN, Exact, Starts, check_finite, mean_of, standard_error
from vae.models.config import MAX_STARTS
from vae.models.priors import LatentPrior
from vae.progress import OnStep, Work
from vae.projections.neighbours import NEIGHBOURS, vote

if TYPE_CHECKING:
    from vae.data.images import ImageSet
    from vae.evaluation.bounds import Bounds
    from vae.models.distributions import DiagonalNormal
    from vae.models.vae import VAE

Latents = NDArray[np.float32]

DRAWS = 20  # of z for each image, in the importance-weighted bound
FOLDS = 5
POSTERIOR_COST = 10  # times as long as decoding an image takes finding its posterior, roughly
PLACES = 2000  # draws of z at which the aggregate posterior is looked up
TRIAL_IMAGES = 200  # of them, which tell whether it makes sense to look at more
BATCH_NUMBERS = 2_000_000  # numbers of a batch of them
STEP = 0.005  # of the prior's span, with which crossings of its distribution function are looked for
HALVINGS = 16  # of a step, to where a crossing is
ROUNDING = 1e-6  # between distribution functions, what is none of theirs
BINS = 80  # of one
EXAMPLE_COUNT = 12  # images of a kind, as examples
EXAMPLE_KINDS = ("Best", "Median", "Worst")
SATURATION_GAP = 1.0  # nats from log N within which the mutual information is as large as N images let it be


class Decomposition(NamedTuple):
    """Where the KL goes, in nats per image: to a factorised prior the three parts sum to it up to the noise of the estimate."""

    mutual_information: float  # I(x; z) over N images, no more than log N
    total_correlation: float  # KL(q(z) || prod_j q(z_j))
    dimension_kl: float | None  # sum_j KL(q(z_j) || p(z_j)); None where the prior isn't factorised
    mutual_information_error: float  # standard errors over draws
    total_correlation_error: float
    dimension_kl_error: float | None
    draws: int  # of z, over which logarithms of q(z) are averaged


class Probes(NamedTuple):
    """How well a class can be told from the posterior mean: shares from 0 to 1 of the images, none of which votes for itself."""

    knn_accuracy: float
    neighbours: int
    linear_accuracy: float
    folds: int
    majority: float  # what guessing the most frequent class would get
    knn_right: NDArray[
        np.float32
    ]  # (N,), 1 for each image whose class the vote tells, 0 for the others, NaN for those without one
    linear_right: NDArray[np.float32]  # (N,), the same of the linear probe


class LatentFacts(NamedTuple):
    """What N posteriors say by themselves: no decoder is asked."""

    mean: Latents  # (N, D)
    std: Latents  # (N, D)
    prior: LatentPrior
    wasserstein: tuple[float, ...]
    densities: NDArray[np.float32]  # (D, BINS)
    normal_total_correlation: float
    parts: Decomposition | None
    probes: Probes | None


class Examples(NamedTuple):
    """The M images that are reconstructed best, like most, and worst, each from small to large errors: `EXAMPLE_KINDS`."""

    which: NDArray[np.int64]  # (3, M), numbers of images
    images: NDArray[np.uint8]  # (3, M, C, H, W)
    reconstructions: NDArray[np.uint8]  # (3, M, C, H, W), at the mean of each posterior


@dataclass(frozen=True)
class Diagnosis:
    """Everything about a model that one looks at before believing it; nats per image unless said otherwise."""

    n: int  # images: the whole split
    beta: float
    recon: float  # E_q[-log p(x|z)]
    kl: float  # KL(q(z|x) || p(z))
    loss: float  # recon + beta kl
    elbo: float  # -(recon + kl)
    samples: int  # draws of z for each image in the estimate of recon
    refinement: int  # steps to the posteriors that were used
    recon_standard_error: float  # over images, as the next two
    kl_standard_error: float
    elbo_standard_error: float
    draws_standard_error: float | None  # of recon, over draws of z; None with one
    kl_draws_standard_error: float | None  # of kl, over the draws of its own; None where it needs none
    floor: float | None  # of recon, what even a perfect decoder pays for grey pixels; None where they are draws
    iwae: float  # minus the importance-weighted bound
    iwae_draws: int
    iwae_standard_error: float | None  # over draws; None with one draw
    iwae_image_standard_error: float  # over images
    exact: (
        Exact | None
    )  # what the bound loses, by quadrature; None in more than two dimensions, and for images too large for it
    starts: Starts | None  # what more posteriors of each image gain; None where nobody asks
    kl_by_dim: tuple[float, ...]
    activity: tuple[float, ...]  # variance over images of each dimension's posterior mean
    active_units: int
    wasserstein: tuple[float, ...]  # of each dimension's aggregate posterior to the prior's, in latent units
    normal_total_correlation: float  # of a normal distribution with the covariance of q(z)
    parts: Decomposition | None  # of the KL; None where the split has too few images to tell
    knn_accuracy: float | None  # None where nothing, or only one class, is labelled
    knn_neighbours: int | None
    linear_accuracy: float | None
    linear_folds: int | None
    majority: float | None
    disentanglement: Disentanglement | None  # None where it isn't known what images were made from
    errors: NDArray[np.float32]  # (N,), E_q[-log p(x|z)] of each image
    bounds: NDArray[np.float32]  # (N,), minus the importance-weighted bound of each image
    knn_right: NDArray[np.float32]  # (N,), as `Probes` has it; NaN where there are no probes
    linear_right: NDArray[np.float32]  # (N,)
    densities: NDArray[np.float32]  # (D, BINS), of each dimension's aggregate posterior, between -`prior.edge` and that
    mean: Latents  # (N, D)
    std: Latents  # (N, D)
    prior: LatentPrior
    examples: Examples | None  # None until the decoder has been asked
    interpolated: bool = (
        False  # whether posteriors lie between those at two keyframes, rather than being the model's own
    )

    @cached_property
    def kls(self) -> NDArray[np.float64]:
        """KL(q(z|x) || p(z)) of each image in nats, with shape (N,)."""
        return self.prior.kl_of_each(self.mean, self.std)

    @property
    def complete(self) -> bool:
        """Whether the decoder has been asked. Until it has, what depends on it is NaN, or has no entries."""
        return self.examples is not None

    def to_dict(self) -> dict[str, Any]:
        """What is not an array, for JSON."""
        entries = {
            name: value
            for name, value in vars(self).items()
            if not isinstance(value, np.ndarray | Examples | LatentPrior)
        }
        entries["parts"] = self.parts and self.parts._asdict()
        entries |= {name: entries[name] and entries[name].to_dict() for name in ("exact", "starts")}
        scores = entries.pop("disentanglement")
        entries |= {name: scores and getattr(scores, name) for name in ("mig", "sap", "sap_svm")}
        entries |= {f"dci_{name}": scores and getattr(scores.dci, name) for name in DCI._fields}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in entries.items()}


def diagnose(
    model: VAE,
    data: ImageSet,
    beta: float = 1.0,
    *,
    samples: int = 4,
    draws: int = DRAWS,
    starts: int = 1,
    given: DiagonalNormal | None = None,
    facts: LatentFacts | None = None,
    on_facts: Callable[[LatentFacts], object] = lambda _: None,
    on_step: OnStep | None = None,
) -> Diagnosis:
    """Looks at every image of `data`. The model acts for `beta`, if it can act for several; `draws` of z for each image go into the
    importance-weighted bound, and the same ones, or `samples` where that is more, into the reconstruction; with more `starts` than one
    it is also made of draws from so many posteriors of some of the images (`vae.evaluation.starts`); `given` has what
    `vae.evaluation.bounds.posteriors` has found already, and `facts` what `facts_of` has found in these; or else `on_facts(facts)` is
    called once they are known, before the decoder is asked. `on_step(done, of how many)` is called after each batch.

    Raises `VAEError` for a beta outside the model's range, for fewer draws than one, and for more starts than there are images.
    """
    from vae.evaluation import exact
    from vae.evaluation import starts as several
    from vae.evaluation.bounds import bounds, posteriors

    n, passes = len(data.images), max(samples, draws)
    check_whole("starts", starts, 1, min(MAX_STARTS, n))
    integrated = min(exact.COUNT, n) if model.config.integration_side else 0
    searched, search_cost = min(several.COUNT, n), several.COST * (starts - 1)
    missing = n if given is None else 0  # posteriors
    total = POSTERIOR_COST * missing + passes * n + exact.COST * integrated + search_cost * searched
    work = Work(on_step, total)  # in images that are decoded once
    if given is None:
        given = posteriors(model, data, beta, on_step=work.part(missing, POSTERIOR_COST))
    mean, std = (part.numpy() for part in given)
    check_finite(mean, std)
    if facts is None:
        facts = facts_of(mean, std, data.labels.numpy(), model.latent_prior, work.report)
        on_facts(facts)
    result = bounds(model, data, draws, beta, samples=samples, given=given, on_step=work.part(n, passes))
    check_finite(result.errors, result.nll)
    lost = gained = None
    if integrated:
        on_part = work.part(integrated, exact.COST)
        lost = exact.exact(model, data, beta, given=given, on_step=on_part)
    if search_cost:
        on_part = work.part(searched, search_cost)
        gained = several.bound_from_starts(model, data, draws, beta, starts=starts, given=given, on_step=on_part)
    work.report()
    known = so_far(facts, beta, samples=result.terms.samples, draws=draws, refinement=result.terms.refinement)
    return replace(
        _with_bounds(known, result),
        exact=lost,
        starts=gained,
        disentanglement=None if data.values is None else disentanglement(mean, data.values.numpy(), data.factors),
        examples=_examples(model, data, mean, result.errors, beta),
    )


def _with_bounds(known: Diagnosis, result: Bounds) -> Diagnosis:
    """A diagnosis with what the decoder says of every image."""
    terms, bound, errors, nll = result
    return replace(
        known,
        recon=terms.recon,
        kl=terms.kl,
        loss=terms.loss,
        elbo=-(terms.recon + terms.kl),
        recon_standard_error=terms.recon_standard_error,
        elbo_standard_error=standard_error(errors + known.kls),
        draws_standard_error=terms.draws_standard_error,
        kl_draws_standard_error=terms.kl_draws_standard_error,
        floor=terms.floor,
        iwae=bound.nll,
        iwae_standard_error=bound.standard_error if bound.draws > 1 else None,
        iwae_image_standard_error=bound.image_standard_error,
        bounds=nll,
        errors=errors,
    )


def _examples(model: VAE, data: ImageSet, mean: Latents, errors: NDArray[np.float32], beta: float) -> Examples:
    """The examples of images whose reconstruction costs `errors` (N,)."""
    from vae.evaluation.pictures import pixels

    which = np.stack(list(ordered(errors, EXAMPLE_COUNT).values()))
    made = pixels(model.decode(mean[which.ravel()], beta, data.labels[which.ravel()]).numpy(force=True))
    return Examples(which, data.images.numpy()[which], made.reshape(*which.shape, *made.shape[1:]))


def ordered(errors: NDArray[np.float32], count: int) -> dict[str, NDArray[np.int64]]:
    """Which images are reconstructed best, like most, and worst: `count` of each, by index, from small to large errors."""
    order = np.argsort(errors, kind="stable")
    count = min(count, len(order))
    middle = (len(order) - count) // 2
    return dict(
        zip(EXAMPLE_KINDS, (order[:count], order[middle : middle + count], order[len(order) - count :]), strict=True)
    )


def facts_of(
    mean: Latents,
    std: Latents,
    labels: NDArray[np.int64],
    prior: LatentPrior,
    check: Callable[[], None] = lambda: None,
) -> LatentFacts:
    """What posteriors N(mean, diag(std^2)) of N images say by themselves, arrays with shape (N, D); `labels` with shape (N,), -1 for
    none. `check` is called now and then, and may raise what ends it."""
    few = decompose(mean, std, prior, TRIAL_IMAGES)
    parts = None if few.mutual_information > math.log(len(mean)) - SATURATION_GAP else decompose(mean, std, prior)
    check()
    far = tuple(wasserstein(mean, std, prior).tolist())
    check()
    dense = densities(mean, std, prior.edge)
    check()
    return LatentFacts(mean, std, prior, far, dense, normal_total_correlation(mean, std), parts, probe(mean, labels))


def unknown_facts(labels: NDArray[np.int64], prior: LatentPrior, kl: float) -> LatentFacts:
    """What `facts_of` will find, none of it known yet: it has the parts and the probes that there will be. `labels` has shape (N,), and
    `kl` is the average KL as it was found before, in nats per image, by which q(z) can be told apart or not."""
    dims, n, nan = prior.latent_dim, len(labels), math.nan
    unknown = np.full((n, dims), np.nan, np.float32)
    beside = nan if prior.prior.factorised else None
    parts = Decomposition(nan, nan, beside, nan, nan, beside, PLACES) if kl < math.log(n) - SATURATION_GAP else None
    _, counts = np.unique(labels[labels >= 0], return_counts=True)
    each = np.full(n, np.nan, np.float32)
    classes = len(counts) > 1 and counts.min() >= FOLDS
    probes = Probes(nan, min(NEIGHBOURS, n - 1), nan, FOLDS, nan, each, each) if classes else None
    return LatentFacts(unknown, unknown, prior, (nan,) * dims, np.empty((dims, 0), np.float32), nan, parts, probes)


def so_far(
    facts: LatentFacts,
    beta: float,
    *,
    samples: int,
    draws: int,
    refinement: int,
    starts: int = 1,
    integrated: bool = False,
    factors: bool = False,
    interpolated: bool = False,
) -> Diagnosis:
    """A diagnosis as far as it is known before the decoder has been asked: the rest is NaN, or None. So is what there will be to say of
    `factors`, if they are known."""
    mean, std, probes = facts.mean, facts.std, facts.probes
    untold = np.full(len(mean), np.nan, np.float32)
    by_dim, each = facts.prior.kl_by_dim(mean, std), facts.prior.kl_of_each(mean, std)
    return Diagnosis(
        n=len(mean),
        beta=beta,
        recon=math.nan,
        kl=mean_of(each),
        loss=math.nan,
        elbo=math.nan,
        samples=samples,
        refinement=refinement,
        recon_standard_error=math.nan,
        kl_standard_error=standard_error(each),
        elbo_standard_error=math.nan,
        draws_standard_error=math.nan if samples > 1 else None,
        kl_draws_standard_error=math.nan if facts.prior.drawn else None,
        floor=None,
        iwae=math.nan,
        iwae_draws=draws,
        iwae_standard_error=math.nan if draws > 1 else None,
        iwae_image_standard_error=math.nan,
        exact=UNKNOWN_EXACT if integrated else None,
        starts=UNKNOWN_GAIN if starts > 1 else None,
        kl_by_dim=tuple(by_dim.tolist()),
        activity=tuple(activity(mean).tolist()),
        active_units=active_dims(mean),
        wasserstein=facts.wasserstein,
        normal_total_correlation=facts.normal_total_correlation,
        parts=facts.parts,
        knn_accuracy=probes.knn_accuracy if probes else None,
        knn_neighbours=probes.neighbours if probes else None,
        linear_accuracy=probes.linear_accuracy if probes else None,
        linear_folds=probes.folds if probes else None,
        majority=probes.majority if probes else None,
        knn_right=probes.knn_right if probes else untold,
        linear_right=probes.linear_right if probes else untold,
        disentanglement=unknown_scores(mean.shape[1]) if factors else None,
        errors=np.empty(0, np.float32),
        bounds=np.empty(0, np.float32),
        densities=facts.densities,
        mean=mean,
        std=std,
        prior=facts.prior,
        examples=None,
        interpolated=interpolated,
    )


def decompose(mean: Latents, std: Latents, prior: LatentPrior, draws: int = PLACES, seed: int = 0) -> Decomposition:
    """The parts of the average KL of N posteriors N(mean, diag(std^2)), arrays with shape (N, D), to a prior. What its
    dimensions cost by themselves is such a part only where it is factorised.

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
    step = max(1, BATCH_NUMBERS // (n * dims))
    for start in range(0, draws, step):
        some = slice(start, start + step)
        logits = -0.5 * np.square((z[some, None] - mean) * scale) - logs  # (draws, N, D)
        joint[some] = _log_mean(logits.sum(2))
        marginal[some] = _log_mean(logits)
    information, correlation = own - joint, joint - marginal.sum(1)
    beside = beside_error = None
    if prior.prior.factorised:
        alone = np.stack([prior.marginals.log_density(d, z[:, d]) for d in range(dims)], axis=1)
        apart = (marginal - alone).sum(1)
        beside, beside_error = mean_of(apart), standard_error(apart)
    errors = standard_error(information), standard_error(correlation), beside_error
    return Decomposition(mean_of(information), mean_of(correlation), beside, *errors, draws)


def normal_total_correlation(mean: Latents, std: Latents) -> float:
    """The total correlation, in nats, of a normal distribution with the covariance of the aggregate posterior: -1/2 log det of its
    correlations. It sees what goes straight, and is nothing where dimensions are uncorrelated."""
    covariance = np.cov(mean.T.astype(np.float64), bias=True).reshape(mean.shape[1], -1)
    covariance += np.diag(np.square(std, dtype=np.float64).mean(0))
    scale = np.sqrt(np.diag(covariance))
    return max(0.0, float(-0.5 * np.linalg.slogdet(covariance / np.outer(scale, scale))[1]))


def wasserstein(mean: Latents, std: Latents, prior: LatentPrior) -> NDArray[np.float64]:
    """How far each dimension's aggregate posterior lies from the prior's: the first Wasserstein distance, in latent units, with shape (D,).

    It is the area between the two distribution functions. Where they cross is searched for in small steps; the area from one crossing to
    the next is known in closed form, however narrow, wide or far away posteriors are.
    """
    return np.array([_area(mean[:, d], std[:, d], prior, d) for d in range(mean.shape[1])])


def _area(mean: NDArray[np.float32], std: NDArray[np.float32], prior: LatentPrior, d: int) -> float:
    """Between the distribution functions of an even mixture of normals and of the prior's dimension d."""
    marginals, (least, most) = prior.marginals, prior.span[d]
    middle, half = (least + most) / 2, most - least
    # Beyond twice its span, the prior has as good as nothing.
    t = np.linspace(middle - half, middle + half, math.ceil(2 / STEP) + 1)
    gap = _distribution(mean, std, t) - marginals.cdf(d, t)
    apart = np.abs(gap) > ROUNDING
    t, above = t[apart], gap[apart] > 0
    change = np.flatnonzero(above[1:] != above[:-1])
    low, high, before = t[change], t[change + 1], above[change]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        same = (_distribution(mean, std, middle) > marginals.cdf(d, middle)) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    crossings = (low + high) / 2
    m, s = mean.astype(np.float64), std.astype(np.float64)
    # Up to t, the integral of Phi((t - m) / s) is s times that of Phi(u).
    whole = marginals.cdf_integral(d, crossings)
    signed = [float((s * _integral((at - m) / s)).mean() - under) for at, under in zip(crossings, whole, strict=True)]
    return float(np.abs(np.diff([0.0, *signed, marginals.mean(d) - m.mean()])).sum())


def _integral(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """The integral of the distribution function of a standard normal, up to u."""
    from scipy.special import ndtr

    return u * ndtr(u) + np.exp(-0.5 * np.square(u)) / math.sqrt(2 * math.pi)


def histogram(mean: NDArray[np.float32], std: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The density of one dimension's aggregate posterior in bins between `edges`; `mean` and `std` have shape (N,)."""
    return np.diff(_distribution(mean, std, edges)) / np.diff(edges)


def densities(mean: Latents, std: Latents, edge: float) -> NDArray[np.float32]:
    """The histogram of each dimension in `BINS` between -`edge` and `edge`, with shape (D, BINS)."""
    edges = np.linspace(-edge, edge, BINS + 1)
    histograms = [histogram(mean[:, d], std[:, d], edges) for d in range(mean.shape[1])]
    return np.array(histograms, np.float32)


def _distribution(mean: NDArray[np.float32], std: NDArray[np.float32], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution function of an even mixture of normals, at `t`."""
    from scipy.special import ndtr

    cdf, places = np.zeros(len(t)), t.astype(np.float32)
    for start in range(0, len(mean), 1000):
        some = slice(start, start + 1000)
        cdf += ndtr((places - mean[some, None]) / std[some, None]).sum(0, dtype=np.float64)
    return cdf / len(mean)


def probe(mean: Latents, labels: NDArray[np.int64]) -> Probes | None:
    """How much of the class the latents hold; None where fewer than two classes have enough images to tell.

    The vote is of the nearest other images, leaving each out of its own. The linear probe is a logistic regression on standardized
    means, tested on the folds it was not fitted to. Images without a label take no part.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    known = np.asarray(labels >= 0)
    mean, labels = mean[known], labels[known]
    _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(counts) < 2 or counts.min() < FOLDS:
        return None
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    probe_ = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cg", max_iter=1000))
    with threadpool_limits(
        1
    ):  # products are small, and threads wait for each other, the longer the busier the cores are
        guesses = np.stack([vote(mean, labels), np.asarray(cross_val_predict(probe_, mean, labels, cv=folds))])
    right = np.full((2, len(known)), np.nan, np.float32)
    right[:, known] = guesses == labels
    by_vote, by_line = (guesses == labels).mean(1).tolist()
    neighbours = min(NEIGHBOURS, len(labels) - 1)
    return Probes(by_vote, neighbours, by_line, FOLDS, float(counts.max() / len(labels)), *right)


def _log_mean(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """The logarithm of the mean of exponentials, along the second axis."""
    most = logits.max(1, keepdims=True)
    return np.log(np.exp(logits - most).mean(1, dtype=np.float64)) + np.squeeze(most, 1)
