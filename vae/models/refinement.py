r"""Posteriors refined by Newton's method, from the encoder's guess towards the top of the bound.

One pass of an encoder answers for all images alike, and on images that it was not trained on it misses the best posterior by
more than that one's own width. The decoder knows better, and can be asked. With g and h the first derivatives and the curvatures of
E_q[-log p(x|z)] along each dimension of q = N(m, diag(s^2)), the bound of a standard normal prior is at rest where

.. math::
    m = -g / beta      s^{-2} = 1 + h / beta

and every step goes towards there as Newton's method would; another prior says itself how it pulls (`Prior.pull`). Both are expectations
over q (Bonnet's and Price's theorems), taken over pairs of points that lie opposite each other around the mean, as far out as draws from q
do and at right angles to the other pairs. How the dimensions pull at each other is taken from the Fisher metric of the decoder, which is
never negative: steps lead away from saddles. The points are the same for every image and beta, and everything is continuous, so a little
more beta moves a posterior a little.

Safety has its price. Curvatures count by their size and are at least `MIN_CURVATURE`, so where the likelihood says nothing a dimension
rests a twentieth too narrow and pays 0.003 nats for it, and steps are damped, so a few of them go part of the way. With fewer pairs than
dimensions, what a step sees is an estimate, and a posterior that is best already leaves its place by a little.

Steps find the mode that they begin at, so on a line or a plane they begin at the best of a grid of places as well (`vae.models.places`).

Inference Suboptimality in Variational Autoencoders (Cremer et al., 2018)
https://arxiv.org/abs/1801.03558

Variational Laplace Autoencoders (Park et al., 2019)
https://arxiv.org/abs/2211.14794

Fast and Simple Natural-Gradient Variational Inference with Mixture of Exponential-family Approximations (Lin et al., 2019)
https://arxiv.org/abs/1906.02914
"""

__all__ = ["MIN_BETA", "Decode", "missed", "refine"]

import math
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from vae.models.distributions import DiagonalNormal, PixelDistribution
from vae.models.modules import PriorModule
from vae.models.priors.base import Pull
from vae.models.quadrature import nodes

Decode = Callable[[Tensor], PixelDistribution]

# Lengths are in standard deviations of the posterior that a step begins at, and curvatures in that unit.
PAIRS = 10  # of points that the derivatives are averaged over; up to 20 dimensions, then half as many as there are dimensions
MAX_STEP = 3.0  # length that no step of the mean reaches
MIN_CURVATURE = 0.1  # of the likelihood, at least
DAMPING = 0.3  # added to it for the mean, which would else run far where the bound is flat
STIFFNESS = 40.0  # more damping, times the share of the prior, by its curvature, that the posterior spreads over: it sees no parabola
SHARE = (
    0.4  # of the way that the logarithm of the scale goes: the whole of it swings from too wide to too narrow and back
)
MIN_BETA = 1e-6  # what a smaller beta counts as
MIN_SCALE, MAX_SCALE = 0.5, 2.0  # that a standard deviation may become, in its own size


@torch.no_grad()
def refine(
    decode: Decode, prior: PriorModule, x: Tensor, posterior: DiagonalNormal, beta: float | Tensor, *, steps: int
) -> DiagonalNormal:
    """The posteriors of images x, with shape (B, C, H, W), after this many steps.

    `decode` takes latents with shape (B, D) to p(x|z). `beta` is one for all, or one each with shape (B,); those below `MIN_BETA` count
    as that. Refining costs D + 1 decodings of each image and two gradients for each pair of points in every step, and takes room for
    D images where it is asked for one.
    """
    if steps == 0:
        return posterior
    if torch.is_inference_mode_enabled():
        with torch.inference_mode(False):  # where there are no gradients
            copied = DiagonalNormal(*(part.clone() for part in posterior))
            return refine(
                decode, prior, x.clone(), copied, beta.clone() if isinstance(beta, Tensor) else beta, steps=steps
            )
    weight = torch.as_tensor(beta, dtype=posterior.mean.dtype, device=posterior.mean.device).reshape(-1, 1)
    weight = weight.clamp(min=MIN_BETA)
    metric, unit = _metric(decode, posterior), posterior.std
    for step in range(steps):
        first, second = _derivatives(decode, x, posterior, seed=step)
        grown = posterior.std / unit
        coupling = metric * grown.unsqueeze(1) * grown.unsqueeze(2)
        pull = prior.pull(posterior)
        posterior = _step(posterior, pull, first / weight, second / weight, coupling / weight.unsqueeze(-1))
    return posterior


@torch.no_grad()
def missed(decode: Decode, x: Tensor, q: DiagonalNormal) -> Tensor:
    """E_q[-log p(x|z)] of images x, with shape (B, C, H, W), in nats, with shape (B,): without draws, by three Gauss-Hermite nodes in each
    dimension, which are exact for a polynomial of the fifth degree. It takes 3^D decodings, and does for posteriors that are narrow."""
    places, weights = nodes(q.mean.shape[1], 3)
    nats = torch.zeros_like(q.mean[:, 0])
    for place, weight in zip(places.to(q.mean), weights.tolist(), strict=True):
        nats -= weight * decode(q.mean + q.std * place).log_prob(x)
    return nats


def _metric(decode: Decode, q: DiagonalNormal) -> Tensor:
    """The Fisher information of z about the image at the mean, J^T J with shape (B, D, D), by differences one standard deviation
    aside."""
    middle = decode(q.mean).stabilized
    jacobian = middle.new_empty(*q.mean.shape, middle.shape[1:].numel())
    for dim in range(q.mean.shape[1]):
        aside = q.mean.clone()
        aside[:, dim] += q.std[:, dim]
        jacobian[:, dim] = (decode(aside).stabilized - middle).flatten(1)
    with torch.autocast(jacobian.device.type, enabled=False):
        return jacobian @ jacobian.mT


def _derivatives(decode: Decode, x: Tensor, q: DiagonalNormal, seed: int) -> tuple[Tensor, Tensor]:
    """First derivative and curvature of E_q[-log p(x|z)] along each dimension, both with shape (B, D)."""
    first, second = torch.zeros_like(q.mean), torch.zeros_like(q.mean)
    around = _directions(q.mean.shape[1], seed).to(q.mean)
    for place in torch.cat([around, -around]):
        z = (q.mean + q.std * place).requires_grad_()
        with torch.enable_grad():
            missed = -decode(z).log_prob(x).sum()
        (gradient,) = torch.autograd.grad(missed, z)
        share = gradient * q.std / (2 * len(around))
        first += share
        second += share * place
    return first, second


@lru_cache(64)
def _directions(dims: int, seed: int) -> Tensor:
    """Some directions at right angles to each other, drawn by chance, with shape (pairs, D): as long as draws from N(0, I) are."""
    drawn = torch.randn(dims, dims, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return math.sqrt(dims) * torch.linalg.qr(drawn).Q[: max(PAIRS, dims // 2)]


def _step(q: DiagonalNormal, pull: Pull, first: Tensor, second: Tensor, coupling: Tensor) -> DiagonalNormal:
    """Where Newton's method goes from here."""
    spread = pull.second.sqrt().prod(1, keepdim=True)
    stiff = coupling + torch.diag_embed(pull.second + DAMPING + STIFFNESS * spread)
    step = -torch.linalg.solve(stiff, (first + pull.first).unsqueeze(-1)).squeeze(-1)
    length = step.norm(dim=1, keepdim=True).clamp(min=torch.finfo(step.dtype).tiny)
    step = step * (MAX_STEP * torch.tanh(length / MAX_STEP) / length)
    curvature = torch.hypot(second, torch.full_like(second, MIN_CURVATURE)) + pull.second
    return DiagonalNormal(q.mean + q.std * step, q.std * curvature.pow(-SHARE / 2).clamp(MIN_SCALE, MAX_SCALE))
