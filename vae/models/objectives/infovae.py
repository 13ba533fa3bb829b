r"""InfoVAE: the aggregate posterior is drawn to the prior, beside each posterior by itself or, at beta 0, in place of it.

.. math::
    loss = recon + beta KL + weight MMD(q(z), p(z))

This is the paper's recon + (1 - alpha) KL + (alpha + lambda - 1) MMD with alpha = 1 - beta and lambda = beta + `weight`. The squared
maximum mean discrepancy is

.. math::
    MMD(q, p) = E[k(z, z')] + E[k(y, y')] - 2 E[k(z, y)]    k(a, b) = exp(-|a - b|^2 / (2 D))

of draws z, z' of q and y, y' of p with D dimensions; the kernel is as wide as a standard normal distribution reaches. A batch gives an
unbiased estimate, which can be negative: its own draws, one of each image, and as many of the prior, without the pairs of one with itself.

InfoVAE: Information Maximizing Variational Autoencoders (Zhao et al., 2017)
https://arxiv.org/abs/1706.02262

A Kernel Two-Sample Test (Gretton et al., 2012)
https://jmlr.org/papers/v13/gretton12a.html
"""

from __future__ import annotations

__all__ = ["InfoVAE", "mmd"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vae.models.objectives.base import Batch, Setup, check_several
from vae.models.objectives.elbo import ELBO
from vae.settings import Setting

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule


@dataclass(frozen=True)
class InfoVAE(ELBO):
    """recon + beta kl + mmd, where the last has its weight already, which makes nats of it. A prior learns nothing from it."""

    weight: float = Setting(
        100.0,
        "Weight of the MMD",
        0.0,
        1e6,
        step=10,
        help="Nats for each unit of the squared maximum mean discrepancy, which is 2 at most: between draws of all images' posteriors "
        "and of the prior. With β 0 it takes the place of the KL. Where the noise of small batches "
        "weighs more than the pictures, the latent empties.",
        option="mmd_weight",
    ).as_field()
    kind: ClassVar[str] = "infovae"
    label: ClassVar[str] = "InfoVAE"
    term_titles: ClassVar[Mapping[str, str]] = {"mmd": "Weighted MMD to the prior"}

    @property
    def title(self) -> str:
        return f"{super().title}, {self.weight:g} MMD"

    @property
    def plain(self) -> bool:
        return False

    def check(self, setup: Setup) -> None:
        super().check(setup)
        check_several(self.title, setup.batch_size)

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        drawn = prior.sample(len(z), batch.generator).to(z)
        return super().__call__(q, z, p, prior, x, batch) | {"mmd": self.weight * mmd(z, drawn)}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return super().loss(terms, beta) + terms["mmd"]

    def loss_title(self, beta: float) -> str:
        return f"{super().loss_title(beta)} + {self.weight:g} × MMD"


def mmd(z: Tensor, y: Tensor) -> Tensor:
    """What each of B draws z and y, both with shape (B, D), adds to the estimate of MMD(q, p), with shape (B,): its mean is unbiased. Zero
    of a single one, which has no pair."""
    if len(z) == 1:
        return 0 * z.sum(1)
    own = (_kernel(z, z).sum(1) - 1 + _kernel(y, y).sum(1) - 1) / (len(z) - 1)
    return own - 2 * _kernel(z, y).mean(1)


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """k of each a with each b, with shape (A, B)."""
    return (-(a.unsqueeze(1) - b).square().sum(2) / (2 * a.shape[1])).exp()
