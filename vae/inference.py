r"""Posteriors refined by Newton's method, from the encoder's guess towards the top of the bound.

One pass of an encoder answers for all images alike, and on images that it was not trained on it misses the best posterior by
more than that one's own width. The decoder knows better, and can be asked. With g and h the first and second derivative of
E_q[-log p(x|z)] along one dimension of q = N(m, diag(s^2)), the bound is at rest where

.. math::
    m = -g / beta      s^{-2} = 1 + h / beta

and every step goes there as Newton's method would. The derivatives are differences between -log p(x|z) at m and beside it, so a
step costs 2 D + 1 decodings of each image and asks nothing of the likelihood. Everything is smooth, and curvature counts by its
size, so that steps lead away from saddles and a little more beta moves the posterior a little.

Inference Suboptimality in Variational Autoencoders (Cremer et al., 2018)
https://arxiv.org/abs/1801.03558

Variational Laplace Autoencoders (Park et al., 2019)
https://arxiv.org/abs/2211.14794

Identifying and attacking the saddle point problem in high-dimensional non-convex optimization (Dauphin et al., 2014)
https://arxiv.org/abs/1406.2572
"""

__all__ = ["refine"]

import math
from collections.abc import Callable

import torch
from torch import Tensor

from vae.distributions import DiagonalNormal

# Lengths are in standard deviations of the posterior that a step begins at, and curvature is in that unit.
REACH = math.sqrt(3)  # from the mean to where it is compared, the outer nodes of a Gauss-Hermite rule
LONGEST = 3.0  # step
LEAST = 0.1  # curvature
DAMPING = 0.3  # added to it for the mean, which would else run far where the bound is flat
STIFFNESS = 6.0  # damping for each unit of standard deviation: a wide posterior sees no parabola between the nodes
SMALLEST = 1e-6  # beta
NARROWEST, WIDEST = 0.5, 2.0  # that a standard deviation may become, in its own size


@torch.no_grad()
def refine(
    log_likelihood: Callable[[Tensor], Tensor], posterior: DiagonalNormal, beta: float | Tensor, steps: int
) -> DiagonalNormal:
    """The posteriors after this many steps.

    `log_likelihood` takes latents with shape (B, D) and gives log p(x|z) of the image that each posterior is of, in nats, with
    shape (B,). `beta` is one for all, or one each with shape (B,); those below `SMALLEST` count as that.
    """
    weight = torch.as_tensor(beta, dtype=posterior.mean.dtype, device=posterior.mean.device).reshape(-1, 1)
    weight = weight.clamp(min=SMALLEST)
    for _ in range(steps):
        posterior = _step(posterior, *_derivatives(log_likelihood, posterior), weight)
    return posterior


def _derivatives(log_likelihood: Callable[[Tensor], Tensor], q: DiagonalNormal) -> tuple[Tensor, Tensor]:
    """First and second derivative of -log p(x|z) along each dimension, both with shape (B, D)."""
    middle = log_likelihood(q.mean)
    first, second = torch.empty_like(q.mean), torch.empty_like(q.mean)
    for dim in range(q.mean.shape[1]):
        aside = torch.zeros_like(q.mean)
        aside[:, dim] = REACH * q.std[:, dim]
        above, below = log_likelihood(q.mean + aside), log_likelihood(q.mean - aside)
        first[:, dim] = (below - above) / (2 * REACH)
        second[:, dim] = (2 * middle - above - below) / REACH**2
    return first, second


def _step(q: DiagonalNormal, first: Tensor, second: Tensor, beta: Tensor) -> DiagonalNormal:
    """Where Newton's method goes from here."""
    curvature = torch.hypot(second / beta, torch.full_like(second, LEAST)) + q.std.square()
    step = -(first / beta + q.mean * q.std) / (curvature + DAMPING + STIFFNESS * q.std)
    length = step.norm(dim=1, keepdim=True).clamp(min=torch.finfo(step.dtype).tiny)
    step = step * (LONGEST * torch.tanh(length / LONGEST) / length)
    # Half way in the logarithm: the whole way, to the power -1/2, swings from too wide to too narrow and back.
    return DiagonalNormal(q.mean + q.std * step, q.std * curvature.pow(-0.25).clamp(NARROWEST, WIDEST))
