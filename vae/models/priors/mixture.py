r"""Mixtures of diagonal normal distributions: what is true of every one, and the prior whose weights, means and scales are learned.

.. math::
    p(z) = \sum_k w_k N(z; m_k, diag(s_k^2))

Each dimension by itself is a mixture of normal distributions on a line, with the same weights.

Deep Unsupervised Clustering with Gaussian Mixture Variational Autoencoders (Dilokthanakul et al., 2016)
https://arxiv.org/abs/1611.02648
"""

from __future__ import annotations

__all__ = ["Mixture", "NormalMixture"]

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.models.priors.base import SPAN_QUANTILES, Components, Marginals, Prior, Shape, Weights
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

LOG_STD_RANGE = (-10.0, 10.0)  # that the logarithm of a scale is kept in
FAR = 40.0  # standard deviations of a component, beyond which none of it lies
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class NormalMixture(Prior):
    """A mixture of K normal distributions, of tensors `mean` and `log_std`, with shape (K, D), and `logit`, with shape (K,), whose softmax
    are the weights; without it all weigh the same."""

    title_of_one: ClassVar[str] = "a mixture of normal distributions"
    about_components: ClassVar[str] = (
        "Components of the prior: an ellipse of one standard deviation around the mean of each, the stronger the more it weighs"
    )

    def log_prob(self, z: Tensor, weights: Weights) -> Tensor:
        import torch

        # As products of matrices, whose parts nearly cancel out: in float64.
        mean, log_std = weights["mean"].double(), weights["log_std"].double().clamp(*LOG_STD_RANGE)
        precision, at = (-2 * log_std).exp(), z.double()
        squares = at.square() @ precision.T - 2 * at @ (mean * precision).T + (mean.square() * precision).sum(1)
        each = -0.5 * squares - log_std.sum(1) - HALF_LOG_2PI * z.shape[1]  # (B, K)
        logit = weights["logit"].double() if "logit" in weights else torch.zeros_like(each[0])
        return (each + logit.log_softmax(0)).logsumexp(1).to(z.dtype)

    def sample(self, count: int, latent_dim: int, weights: Weights, generator: torch.Generator | None = None) -> Tensor:
        import torch

        mean, std = weights["mean"], weights["log_std"].clamp(*LOG_STD_RANGE).exp()
        share = weights["logit"].softmax(0) if "logit" in weights else torch.ones(len(mean))
        which = torch.multinomial(share, count, replacement=True, generator=generator)
        return mean[which] + std[which] * torch.randn(count, latent_dim, generator=generator)

    def draw(
        self, count: int, latent_dim: int, weights: Weights, *, temperature: float = 1.0, seed: int = 0
    ) -> NDArray[np.float32]:
        from scipy.special import ndtr

        weight, mean, std = self.normals(weights)
        # Row by row, so that more draws begin with the same.
        noise = np.random.default_rng(seed).standard_normal((count, 1 + latent_dim))
        which = np.minimum(np.searchsorted(weight.cumsum(), ndtr(noise[:, 0])), len(weight) - 1)
        return (mean[which] + std[which] * noise[:, 1:]).astype(np.float32)

    def normals(self, weights: Weights) -> Components:
        mean, log_std = (np.asarray(weights[name], np.float64) for name in ("mean", "log_std"))
        logit = np.asarray(weights["logit"], np.float64) if "logit" in weights else np.zeros(len(mean))
        weight = np.exp(logit - logit.max())
        return Components(weight / weight.sum(), mean, np.exp(log_std.clip(*LOG_STD_RANGE)))

    def marginals(self, latent_dim: int, weights: Weights) -> Marginals:
        return _Mixtures(self.normals(weights))


@dataclass(frozen=True)
class Mixture(NormalMixture):
    """A mixture whose weights, means and scales are learned. It begins as components of scale 1 whose means are drawn from N(0, I), always
    the same, around zero: one component begins as N(0, I)."""

    components: int = Setting(
        10, "Components", 1, 1000, offered=100, help="Normal distributions that it is a mixture of."
    ).as_field()
    kind: ClassVar[str] = "mixture"
    title: ClassVar[str] = "a mixture of normal distributions"

    def __post_init__(self) -> None:
        check_settings(self, "prior")

    def tensors(self, latent_dim: int, image_shape: Shape) -> dict[str, Shape]:
        return {
            "logit": (self.components,),
            "mean": (self.components, latent_dim),
            "log_std": (self.components, latent_dim),
        }

    def initial(self, latent_dim: int, image_shape: Shape) -> dict[str, Tensor]:
        import torch

        mean = torch.randn(self.components, latent_dim, generator=torch.Generator().manual_seed(0))
        return {"logit": torch.zeros(len(mean)), "mean": mean - mean.mean(0), "log_std": torch.zeros_like(mean)}


class _Mixtures(Marginals):
    """A mixture of normal distributions on a line for each dimension."""

    def __init__(self, of: Components) -> None:
        self.of = of

    def cdf(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.special import ndtr

        return self._sum(d, t, lambda u, s: ndtr(u))

    def cdf_integral(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.special import ndtr

        return self._sum(d, t, lambda u, s: s * (u * ndtr(u) + np.exp(-0.5 * np.square(u) - HALF_LOG_2PI)))

    def mean(self, d: int) -> float:
        return float(self.of.weight @ self.of.mean[:, d])

    def log_density(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore"):  # a component of no weight
            each = (np.log(w / s) - 0.5 * np.square(u) - HALF_LOG_2PI for w, s, u in self._parts(d, t))
            return reduce(np.logaddexp, each)

    def span(self, dims: int) -> NDArray[np.float64]:
        from scipy.optimize import brentq
        from scipy.special import ndtr

        weight, mean, std = self.of

        def excess(t: float, d: int, share: float) -> float:
            return float(weight @ ndtr((t - mean[:, d]) / std[:, d])) - share

        ends = zip((mean - FAR * std).min(0), (mean + FAR * std).max(0), strict=True)
        return np.array(
            [[brentq(excess, *end, args=(d, share)) for share in SPAN_QUANTILES] for d, end in enumerate(ends)]
        )

    def _sum(self, d: int, t: NDArray[np.float64], of_each: Callable[..., NDArray[np.float64]]) -> NDArray[np.float64]:
        """The components' values of a function of t in standard deviations from the mean, and of the standard deviation, by weight."""
        return sum((w * of_each(u, s) for w, s, u in self._parts(d, t)), np.zeros(np.shape(t)))

    def _parts(self, d: int, t: NDArray[np.float64]) -> Iterator[tuple[float, float, NDArray[np.float64]]]:
        """Weight and standard deviation of each component, and t in standard deviations from its mean."""
        weight, mean, std = self.of
        return ((w, s, (t - m) / s) for w, m, s in zip(weight, mean[:, d], std[:, d], strict=True))
