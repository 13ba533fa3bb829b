"""Places in latent space: samples and paths, as arrays that `model.decode` takes.

NumPy rather than PyTorch, so that a page can draw a path or a thousand samples without waiting for torch.
"""

__all__ = ["lerp", "sample_aggregate", "sample_prior", "slerp"]

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.checkpoint import LatentPoints

Latents = NDArray[np.float32]


def sample_prior(count: int, latent_dim: int, temperature: float = 1.0, seed: int = 0) -> Latents:
    """Draws from N(0, temperature^2 I), with shape (count, latent_dim). At temperature 1 this is the prior."""
    noise = np.random.default_rng(seed).standard_normal((count, latent_dim))
    return (temperature * noise).astype(np.float32)


def sample_aggregate(points: LatentPoints, count: int, temperature: float = 1.0, seed: int = 0) -> Latents:
    """Draws from the aggregate posterior, the average of q(z|x) over the test images, with shape (count, D).

    Each draw takes an image at random and then z from N(mean, temperature^2 std^2) of its posterior. At temperature 0 the
    draws are posterior means.
    """
    generator = np.random.default_rng(seed)
    which = generator.integers(len(points.mean), size=count)
    noise = generator.standard_normal((count, points.mean.shape[1]))
    return (points.mean[which] + temperature * points.std[which] * noise).astype(np.float32)


def lerp(start: ArrayLike, end: ArrayLike, steps: int) -> Latents:
    """The straight line from `start` to `end`, both with shape (D,), in `steps` places with shape (steps, D)."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    t = np.linspace(0, 1, steps)[:, None]
    return ((1 - t) * a + t * b).astype(np.float32)


def slerp(start: ArrayLike, end: ArrayLike, steps: int) -> Latents:
    """The arc from `start` to `end` around the origin, in `steps` places with shape (steps, D).

    It turns at a constant rate while its radius goes linearly from one to the other, so that it stays where the prior has its mass.
    Between opposite directions, or from the origin, there is no one arc, and the line is what is left.

    Sampling Generative Networks (White, 2016)
    https://arxiv.org/abs/1609.04468
    """
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    radius_a, radius_b = np.linalg.norm(a), np.linalg.norm(b)
    if radius_a < 1e-8 or radius_b < 1e-8:
        return lerp(a, b, steps)
    unit_a, unit_b = a / radius_a, b / radius_b
    angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
    if angle < 1e-6 or np.pi - angle < 1e-6:
        return lerp(a, b, steps)
    t = np.linspace(0, 1, steps)[:, None]
    direction = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.sin(angle)
    path = ((1 - t) * radius_a + t * radius_b) * direction
    if steps > 1:
        path[0], path[-1] = a, b  # free of rounding
    return path.astype(np.float32)
