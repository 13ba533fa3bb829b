r"""The aggregate posterior q(z), the average of q(z|x) over images, as a density: fitted after training, and held against the prior.

A mixture of normal distributions with full covariances is fitted to draws of the posteriors of training images. Where the aggregate
posterior hasn't come to the prior, it is the better one to draw from. And with g for the mixture and z drawn from q(z),

.. math::
    E[\log g(z) - \log p(z)] = KL(q(z) || p(z)) - KL(q(z) || g)

says how far apart prior and aggregate posterior are at least. Draws of images that the mixture wasn't fitted to choose how many components
there are, and draws of others estimate this.

From Variational to Deterministic Autoencoders (Ghosh et al., 2020)
https://arxiv.org/abs/1903.12436
"""

from __future__ import annotations

__all__ = ["MAX_IMAGES", "Density", "Distance", "Draws", "distance_to", "fit_density", "split_draws"]

import math
import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.errors import VAEError
from vae.evaluation.estimates import mean_of, standard_error
from vae.models.priors import LatentPrior

MAX_IMAGES = 10_000  # training images whose posteriors are drawn from
MIN_DRAWS = 20
HELD_OUT_SHARE = 0.2  # of the draws
COUNTS = (1, 3, 10, 30)  # components that are tried
DRAWS_PER_COMPONENT = 20  # at least, or it isn't tried
REGULARISATION = 1e-6  # added to the variances, in squared latent units
ITERATIONS = 50  # of expectation-maximisation, at most
TOLERANCE = 0.005  # nats a draw, by which an iteration has to get further

Latents = NDArray[np.float32]


class Density(NamedTuple):
    """A mixture of K normal distributions with full covariances."""

    weight: NDArray[np.float64]  # (K,), which sum to one
    mean: NDArray[np.float64]  # (K, D)
    factor: NDArray[np.float64]  # (K, D, D), lower triangles L of the covariances L L^T
    held_out: float  # nats, its average log-density at the draws that chose it

    def log_prob(self, z: Latents) -> NDArray[np.float64]:
        """The logarithm of its density at latents z, with shape (N, D), in nats, with shape (N,)."""
        from scipy.linalg import solve_triangular
        from scipy.special import logsumexp

        each = np.empty((len(z), len(self.weight)))
        for k, (mean, factor) in enumerate(zip(self.mean, self.factor, strict=True)):
            standard = solve_triangular(factor, (z - mean).T, lower=True)
            volume = np.log(np.diag(factor)).sum() + 0.5 * len(mean) * math.log(2 * math.pi)
            each[:, k] = -0.5 * np.square(standard).sum(0) - volume
        return logsumexp(each, axis=1, b=self.weight)

    def draw(self, count: int, seed: int = 0) -> Latents:
        """Draws from it, with shape (count, D): more of them begin with the same."""
        from scipy.special import ndtr

        noise = np.random.default_rng(seed).standard_normal((count, 1 + self.mean.shape[1]))
        which = np.minimum(np.searchsorted(self.weight.cumsum(), ndtr(noise[:, 0])), len(self.weight) - 1)
        return (self.mean[which] + np.einsum("nij,nj->ni", self.factor[which], noise[:, 1:])).astype(np.float32)


class Distance(NamedTuple):
    """How far prior and aggregate posterior are apart, at least."""

    nats: float  # of KL(q(z) || p(z)), less what the mixture misses of q(z)
    error: float  # the standard error of that, over draws of z, each of an image of its own
    draws: int


class Draws(NamedTuple):
    """Draws of posteriors, one of each image."""

    fitted: Latents  # (N, D), that a density is fitted to
    choosing: Latents  # (M, D), by which its components are chosen
    measuring: Latents  # (M or one less, D), by which it is held against the prior


def split_draws(mean: Latents, std: Latents, seed: int = 0) -> Draws:
    """Draws from N posteriors N(mean, diag(std^2)), arrays with shape (N, D). Raises `VAEError` where there are too few of them."""
    generator = np.random.default_rng(seed)
    z = (mean + std * generator.standard_normal(mean.shape)).astype(np.float32)[generator.permutation(len(mean))]
    if len(z) < MIN_DRAWS:
        raise VAEError(f"{len(z):,} images are too few to fit a density to: {MIN_DRAWS} are needed.")
    held_out = math.ceil(HELD_OUT_SHARE * len(z))
    return Draws(z[held_out:], z[:held_out:2], z[1:held_out:2])


def fit_density(
    fitted: Latents,
    choosing: Latents,
    counts: Sequence[int] = COUNTS,
    *,
    seed: int = 0,
    on_step: Callable[[int, int], object] = lambda done, of: None,
) -> Density:
    """The mixture, fitted to draws with shape (N, D), of as many components as suit the `choosing` ones best, with shape (M, D): of those
    `counts` that there are enough draws for. `on_step(done, of)` is called after each."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    tried = [count for count in counts if count * DRAWS_PER_COMPONENT <= len(fitted)] or [1]
    best: Density | None = None
    for done, count in enumerate(tried, 1):
        # Products are small, and threads wait for each other, the longer the busier the cores are.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # what is held out says how good it is all the same
            mixture = GaussianMixture(
                count, tol=TOLERANCE, reg_covar=REGULARISATION, max_iter=ITERATIONS, random_state=seed
            )
            made = mixture.fit(fitted.astype(np.float64))
        one = Density(made.weights_, made.means_, np.linalg.cholesky(made.covariances_), math.nan)
        one = one._replace(held_out=mean_of(one.log_prob(choosing)))
        best = one if best is None or one.held_out > best.held_out else best
        on_step(done, len(tried))
    assert best is not None
    return best


def distance_to(prior: LatentPrior, density: Density, measuring: Latents) -> Distance:
    """How far the prior is, at least, from the aggregate posterior that draws `measuring` are from, with shape (N, D), which had no part in
    the density."""
    apart = density.log_prob(measuring) - prior.log_prob(measuring)
    return Distance(mean_of(apart), standard_error(apart), len(measuring))
