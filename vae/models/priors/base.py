"""p(z): what a prior is, and what follows for each from its log-density and its draws."""

from __future__ import annotations

__all__ = ["Components", "LatentPrior", "Prior", "Pull", "Ring"]

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal

Shape = tuple[int, ...]
Weights = Mapping[str, Any]  # a prior's tensors by name, of PyTorch or of NumPy

DRAWS = 64  # of z for each posterior, in a KL without a closed form
MARGINAL_DRAWS = 100_000  # draws of z that stand for a prior's marginals
NODES = 9  # of Gauss-Hermite quadrature in each of up to two dimensions
SPAN_QUANTILES = (0.00135, 0.99865)  # quantiles: three standard deviations of a normal distribution
BINS = 400  # of a marginal's density
MIN_DENSITY = 1e-12  # per latent unit, so that its logarithm is finite
MIN_CURVATURE = 1e-6  # of a pull, which has to be positive


class Pull(NamedTuple):
    """How a prior pulls at posteriors: the first derivative of E_q[-log p(z)] along each dimension, in standard deviations of q, and
    its curvature in that unit, which is positive."""

    first: Tensor  # (B, D)
    second: Tensor  # (B, D)


class Ring(NamedTuple):
    """A circle around the origin, all around which a prior's density is the same."""

    radius: float
    label: str  # for people


class Components(NamedTuple):
    """The K diagonal normal distributions that a prior is a mixture of."""

    weight: NDArray[np.float64]  # (K,), which sum to one
    mean: NDArray[np.float64]  # (K, D)
    std: NDArray[np.float64]  # (K, D)


class Prior:
    """Where priors plug in: a frozen dataclass with these, added to `PRIORS`.

    `weights` are the prior's parameters, by the names that `tensors` gives them. What has a default here is found by draws, or by
    derivatives of the log-density; a prior that knows better says so.
    """

    kind: ClassVar[str]
    title: ClassVar[str]  # in a sentence, for people
    closed: ClassVar[bool] = False  # whether `kl` is in closed form, rather than by draws
    factorised: ClassVar[bool] = False  # whether its dimensions are independent of each other
    tempered: ClassVar[bool] = False  # whether draws can be made more or less typical
    rings: ClassVar[tuple[Ring, ...]] = ()  # that show in a plane how far it reaches, where it is round
    about_rings: ClassVar[str] = ""  # what they are in a plane, for people
    about_components: ClassVar[str] = ""  # likewise of its components, where it has any
    reaches: ClassVar[str] = "between the values that nearly all of its draws have"  # what its `span` is, for people
    title_of_one: ClassVar[str] = "of this dimension"  # of a dimension by itself

    def check(self, latent_dim: int, beta_range: tuple[float, float] | None) -> None:
        """Raises `ConfigError` where a model can't have it."""

    def tensors(self, latent_dim: int, image_shape: Shape) -> dict[str, Shape]:
        """Names and shapes of its parameters, and of what it keeps of the encoder's answers."""
        return {}

    def initial(self, latent_dim: int, image_shape: Shape) -> dict[str, Tensor]:
        """Its parameters before training: all of its tensors but the encoder's answers."""
        return {}

    def begin(self, weights: Weights, draw: Callable[[int], Tensor]) -> None:
        """Puts its parameters where they suit the data, as the first training of a model begins. `draw(count)` gives images that are
        trained on, taken at random, with shape (count, C, H, W) and values in [0, 1]."""

    def questions(self, weights: Weights) -> Tensor | None:
        """Images, with shape (K, C, H, W) and values in [0, 1], whose posteriors by the encoder it is made of; None for a prior that
        stands by itself."""
        return None

    def answers(self, q: DiagonalNormal) -> dict[str, Tensor]:
        """The tensors that follow from these posteriors."""
        return {}

    def normals(self, weights: Weights) -> Components | None:
        """The normal distributions that it is a mixture of, if it is one; of NumPy's `weights`."""
        return None

    def pictures(self, weights: Weights) -> NDArray[np.float32] | None:
        """The images that `questions` has, of NumPy's `weights`."""
        return None

    def log_prob(self, z: Tensor, weights: Weights) -> Tensor:
        """log p(z) of latents z, with shape (B, D), in nats, with shape (B,)."""
        raise NotImplementedError

    def sample(self, count: int, latent_dim: int, weights: Weights, generator: torch.Generator | None = None) -> Tensor:
        """Draws from it, with shape (count, D)."""
        raise NotImplementedError

    def kl(self, q: DiagonalNormal, z: Tensor, weights: Weights) -> Tensor:
        """KL(q || p) in nats, with shape (B,): in closed form, or estimated by one draw z of each posterior."""
        return q.log_prob(z) - self.log_prob(z, weights)

    def kl_by_dim(self, q: DiagonalNormal, weights: Weights) -> Tensor | None:
        """The parts of KL(q || p) that dimensions have in nats, with shape (B, D): of a factorised prior in closed form, None elsewhere."""
        return None

    def pull(self, q: DiagonalNormal, weights: Weights) -> Pull:
        """How it pulls at posteriors, found at the places of `_places`."""
        import torch

        places, shares = _places(q.mean.shape[1])
        places, shares = places.to(q.mean).unsqueeze(1), shares.to(q.mean).reshape(-1, 1, 1)
        z = (q.mean + q.std * places).detach().requires_grad_()  # (P, B, D)
        with torch.enable_grad():
            missed = -self.log_prob(z.flatten(0, 1), weights).sum()
        (gradient,) = torch.autograd.grad(missed, z)
        share = shares * gradient * q.std
        return Pull(share.sum(0), (share * places).sum(0).clamp(min=MIN_CURVATURE))

    def expected_kl(self, q: DiagonalNormal, weights: Weights) -> Tensor:
        """KL(q || p) in nats without draws of one's own, with shape (B,): by quadrature in up to two dimensions, and by the same `DRAWS`
        for every posterior in more."""
        pairs = self.kl_by_pair(q, weights)
        if pairs is not None:
            return pairs.mean(0)
        places, shares = _places(q.mean.shape[1])
        return shares.to(q.mean) @ self._kl_at(places, q, weights)

    def kl_by_pair(self, q: DiagonalNormal, weights: Weights) -> Tensor | None:
        """KL(q || p) in nats as each pair of opposite draws finds it, with shape (DRAWS / 2, B): their average is `expected_kl`, and pairs
        are independent of each other. None where nothing is drawn."""
        dims = q.mean.shape[1]
        if not self.drawn(dims):
            return None
        return self._kl_at(_places(dims)[0], q, weights).reshape(2, DRAWS // 2, -1).mean(0)

    def drawn(self, latent_dim: int) -> bool:
        """Whether `expected_kl` is an estimate by draws."""
        return not self.closed and latent_dim > 2

    def _kl_at(self, places: Tensor, q: DiagonalNormal, weights: Weights) -> Tensor:
        """log q(z) - log p(z) at places of each posterior, in its standard deviations, with shape (P, D); with shape (P, B)."""
        z = q.mean + q.std * places.to(q.mean).unsqueeze(1)  # (P, B, D)
        each = type(q)(*(part.expand(len(places), -1, -1).flatten(0, 1) for part in q))
        return self.kl(each, z.flatten(0, 1), weights).reshape(len(places), -1)

    def draw(
        self, count: int, latent_dim: int, weights: Weights, *, temperature: float = 1.0, seed: int = 0
    ) -> NDArray[np.float32]:
        """Draws from it as an array, with shape (count, D); at a `temperature` of one, and only a `tempered` prior knows another."""
        import torch

        with torch.no_grad():
            return self.sample(count, latent_dim, _tensors(weights), torch.Generator().manual_seed(seed)).numpy()

    def described(self, temperature: float) -> str:
        """What draws at a temperature are from, in a sentence."""
        return f"Drawn from the prior, {self.title}."

    def kl_of_each(self, mean: NDArray[np.float32], std: NDArray[np.float32], weights: Weights) -> NDArray[np.float64]:
        """KL(q || p) of N posteriors in nats, with shape (N,), of means and standard deviations with shape (N, D)."""
        import torch

        from vae.models.distributions import DiagonalNormal

        with torch.no_grad():
            q = DiagonalNormal(**_tensors({"mean": mean, "std": std}))
            return self.expected_kl(q, _tensors(weights)).double().numpy()

    def marginals(self, latent_dim: int, weights: Weights) -> Marginals:
        """The distribution of each dimension by itself."""
        return EmpiricalMarginals(self.draw(MARGINAL_DRAWS, latent_dim, weights))


class Marginals:
    """The distributions of single dimensions under a prior."""

    def cdf(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distribution function of dimension d at t."""
        raise NotImplementedError

    def cdf_integral(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Its integral up to t."""
        raise NotImplementedError

    def mean(self, d: int) -> float:
        """The mean of dimension d."""
        raise NotImplementedError

    def log_density(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """The logarithm of the density of dimension d at t."""
        raise NotImplementedError

    def span(self, dims: int) -> NDArray[np.float64]:
        """Between which values nearly all of each dimension lies, with shape (D, 2)."""
        raise NotImplementedError

    def kl(self, mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float64]:
        """KL(N(mean, std^2) || p_d) of each dimension d in nats, averaged over N, of arrays with shape (N, D); with shape (D,)."""
        from vae.models.quadrature import hermite

        nodes, shares = hermite(NODES)
        nats = np.empty(mean.shape[1])
        for d in range(mean.shape[1]):
            m, s = mean[:, d].astype(np.float64), std[:, d].astype(np.float64)
            missed = [-share * self.log_density(d, m + s * node) for node, share in zip(nodes, shares, strict=True)]
            nats[d] = (sum(missed) - np.log(s) - 0.5 * math.log(2 * math.pi * math.e)).mean()
        return nats


class EmpiricalMarginals(Marginals):
    """Marginals as draws tell them, with shape (S, D)."""

    def __init__(self, draws: NDArray[np.float32]) -> None:
        self.sorted = np.sort(draws.astype(np.float64), axis=0)

    def cdf(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.searchsorted(self.sorted[:, d], t, side="right") / len(self.sorted)

    def cdf_integral(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        below = np.searchsorted(self.sorted[:, d], t, side="right")
        sums = np.concatenate([[0.0], self.sorted[:, d].cumsum()])
        return (below * t - sums[below]) / len(self.sorted)

    def mean(self, d: int) -> float:
        return float(self.sorted[:, d].mean())

    def log_density(self, d: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self.sorted[[0, -1], d]
        half = (high - low) / BINS
        return np.log(np.maximum((self.cdf(d, t + half) - self.cdf(d, t - half)) / (2 * half), MIN_DENSITY))

    def span(self, dims: int) -> NDArray[np.float64]:
        return np.quantile(self.sorted, SPAN_QUANTILES, axis=0).T


@dataclass(frozen=True, eq=False)
class LatentPrior:
    """The prior of one model, as NumPy sees it."""

    prior: Prior
    latent_dim: int
    weights: Weights
    lower_dim: int = 0  # of a level that is given by the others

    @cached_property
    def marginals(self) -> Marginals:
        """The distribution of each dimension by itself."""
        return self.prior.marginals(self.latent_dim, self.weights)

    @property
    def kl_estimator(self) -> str:
        """How the KL of a posterior to it is found, in a sentence."""
        if self.lower_dim:
            return "in closed form given the top, averaged over draws of it"
        if self.prior.closed:
            return "in closed form"
        return f"with {DRAWS} draws of z per image" if self.drawn else "by quadrature"

    @property
    def drawn(self) -> bool:
        """Whether that is an estimate by draws."""
        return self.prior.drawn(self.latent_dim)

    @cached_property
    def components(self) -> Components | None:
        """The normal distributions that it is a mixture of, if it is one."""
        return self.prior.normals(self.weights)

    @property
    def pictures(self) -> NDArray[np.float32] | None:
        """Images, with shape (K, C, H, W) and values in [0, 1], whose posteriors its components are, if they are any's."""
        return self.prior.pictures(self.weights)

    def draw(self, count: int, *, temperature: float = 1.0, seed: int = 0) -> NDArray[np.float32]:
        """Draws from it, with shape (count, D)."""
        return self.prior.draw(count, self.latent_dim, self.weights, temperature=temperature, seed=seed)

    def draw_from(self, component: int, count: int, *, seed: int = 0) -> NDArray[np.float32]:
        """Draws from one of its components alone, with shape (count, D)."""
        assert self.components is not None
        _, mean, std = self.components
        noise = np.random.default_rng(seed).standard_normal((count, self.latent_dim))
        return (mean[component] + std[component] * noise).astype(np.float32)

    def log_prob(self, z: NDArray[np.float32]) -> NDArray[np.float64]:
        """log p(z) of latents z, with shape (N, D), in nats, with shape (N,)."""
        import torch

        with torch.no_grad():
            return self.prior.log_prob(torch.as_tensor(np.array(z)), _tensors(self.weights)).double().numpy()

    def kl_of_each(self, mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float64]:
        """KL(N(mean, diag(std^2)) || p(z)) of each image in nats, of arrays with shape (N, D); with shape (N,). NaN of what isn't known."""
        known = np.isfinite(mean).all(1)
        nats = np.full(len(mean), np.nan)
        if known.any():
            nats[known] = self.prior.kl_of_each(mean[known], std[known], self.weights)
        return nats

    def kl_by_dim(self, mean: NDArray[np.float32], std: NDArray[np.float32]) -> NDArray[np.float64]:
        """KL of each dimension to the prior's own in nats, averaged over N, of arrays with shape (N, D); with shape (D,). Where the prior
        is factorised they sum to the KL."""
        return self.marginals.kl(mean, std)

    @property
    def span(self) -> NDArray[np.float64]:
        """Between which values nearly all of it lies in each dimension, with shape (D, 2)."""
        return self.marginals.span(self.latent_dim)

    @property
    def edge(self) -> float:
        """How far out all dimensions are to be seen beside each other."""
        return 4 / 3 * float(np.abs(self.span).max())


def _tensors(arrays: Weights) -> dict[str, Tensor]:
    """Arrays by name as tensors of their own: PyTorch warns of those that it couldn't write to, such as views of a file."""
    import torch

    return {name: torch.as_tensor(np.array(array)) for name, array in arrays.items()}


def _places(dims: int) -> tuple[Tensor, Tensor]:
    """Places that stand for a normal distribution, with shape (P, D), and their weights: in up to two dimensions of quadrature, in more
    draws that lie opposite each other, the same every time."""
    import torch

    from vae.models.quadrature import nodes

    if dims <= 2:
        return nodes(dims, NODES)
    drawn = torch.randn(DRAWS // 2, dims, generator=torch.Generator().manual_seed(0))
    return torch.cat([drawn, -drawn]), torch.full((DRAWS,), 1 / DRAWS)
