"""Do the bounds say what the likelihood is, where that is known?

    python -m benchmarks.likelihood [--dimensions D] [--draws K ...] [--json]

Probabilistic PCA is a VAE with a linear decoder, and p(x) is a normal distribution: x = W z + b + noise. Fitted in closed form to the
training digits of scikit-learn, its columns are orthogonal, so that its exact posterior has independent dimensions, as a VAE's has. The
test digits' exact likelihood stands beside the ELBO at the exact posterior, and beside the importance-weighted bound from posteriors
that are wrong on purpose: shifted by half a standard deviation, and a third wider.

Probabilistic Principal Component Analysis (Tipping & Bishop, 1999)
https://doi.org/10.1111/1467-9868.00196
"""

from __future__ import annotations

__all__ = ["LinearVAE", "main"]

import argparse
import json
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal

from vae.data.images import ImageSet
from vae.data.sources import load
from vae.evaluation.bounds import evaluate, importance_bound
from vae.models.condition import Condition
from vae.models.distributions import DiagonalNormal, NormalPixels
from vae.models.likelihoods import Gaussian
from vae.models.modules import PriorModule
from vae.models.priors import StandardNormal
from vae.models.vae import VAE

SEED = 0
PLAIN = Condition()


class LinearVAE(nn.Module):
    """Probabilistic PCA with the face of a `VAE`. `shift` and `stretch`, in standard deviations, put its posteriors beside the exact."""

    def __init__(self, data: ImageSet, dimensions: int, shift: float = 0.0, stretch: float = 1.0) -> None:
        super().__init__()
        x = data.floats(slice(None)).flatten(1).double()
        self.config = SimpleNamespace(
            refinement=0,
            lower_dim=0,
            places=0,
            beta_range=None,
            image_shape=data.image_shape,
            likelihood=Gaussian(),
            prior=StandardNormal(),
        )
        self.shift, self.stretch = shift, stretch
        self.offset = x.mean(0)
        values, vectors = torch.linalg.eigh((x - self.offset).T @ (x - self.offset) / len(x))
        self.noise = values[:-dimensions].mean().sqrt()
        self.weight = vectors[:, -dimensions:] * (values[-dimensions:] - self.noise**2).sqrt()  # (pixels, D)
        self.prior = PriorModule(self.config.prior, dimensions)
        self.device = torch.device("cpu")

    def posterior(self, x: Tensor, condition: Condition = PLAIN, refinement: int | None = None) -> DiagonalNormal:
        """q(z|x), the exact one but for `shift` and `stretch`."""
        precision = self.weight.square().sum(0) / self.noise**2 + 1  # (D,); the columns are orthogonal
        mean = (x.flatten(1).double() - self.offset) @ self.weight / self.noise**2 / precision
        std = precision.rsqrt().expand_as(mean)
        return DiagonalNormal(mean + self.shift * std, self.stretch * std)

    def likelihood(self, z: Tensor, condition: Condition = PLAIN) -> NormalPixels:
        pixels = z @ self.weight.T + self.offset
        return NormalPixels(pixels.unflatten(1, self.config.image_shape), float(self.noise))

    def exact(self, data: ImageSet) -> float:
        """-log p(x) in nats per image."""
        covariance = self.weight @ self.weight.T + self.noise**2 * torch.eye(len(self.weight), dtype=torch.float64)
        x = data.floats(slice(None)).flatten(1).double()
        return -MultivariateNormal(self.offset, covariance).log_prob(x).mean().item()


class Row(NamedTuple):
    """One estimate, in nats per image."""

    estimate: str
    value: float
    standard_error: float | None
    gap: float  # over the exact value


def rows(dimensions: int, draws: Sequence[int]) -> list[Row]:
    """The exact value first."""
    train, test = load("digits", "train"), load("digits", "test")
    right = LinearVAE(train, dimensions)
    exact = right.exact(test)
    estimates = [Row("-log p(x), in closed form", exact, None, 0.0)]
    terms = evaluate(cast(VAE, right), test, samples=200, seed=SEED)
    estimates.append(Row("minus the ELBO, exact posterior", terms.loss, None, terms.loss - exact))
    wrong = cast(VAE, LinearVAE(train, dimensions, 0.5, 4 / 3))
    for count in draws:
        bound = importance_bound(wrong, test, count, seed=SEED)
        error = bound.standard_error if count > 1 else None
        estimates.append(Row(f"importance-weighted, wrong posterior, K = {count}", bound.nll, error, bound.nll - exact))
    return estimates


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.likelihood", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dimensions", type=int, default=4, metavar="D", help="of the latent (default: %(default)s)")
    parser.add_argument(
        "--draws",
        type=int,
        nargs="+",
        default=[1, 10, 100, 500, 5000],
        metavar="K",
        help="(default: 1 10 100 500 5000)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.dimensions < 1 or min(options.draws) < 1:
        parser.error("--dimensions and --draws: at least 1")
    estimates = rows(options.dimensions, options.draws)
    if options.json:
        table: list[dict[str, Any]] = [row._asdict() for row in estimates]
        print(json.dumps({"dimensions": options.dimensions, "rows": table}))
        return 0
    print(f"nats per image of scikit-learn's 360 test digits, probabilistic PCA in {options.dimensions} dimensions\n")
    print(f"{'':48}{'value':>12}{'± error':>10}{'over exact':>12}{'errors':>8}")
    for name, value, error, gap in estimates:
        shown = "" if error is None else f"{error:.4f}"
        away = "" if error is None else f"{gap / error:.1f}"
        print(f"{name:48}{value:12.4f}{shown:>10}{gap:12.4f}{away:>8}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
