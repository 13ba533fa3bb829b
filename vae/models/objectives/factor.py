r"""FactorVAE: a discriminator says how much the dimensions of the latent depend on each other.

.. math::
    loss = recon + beta KL + gamma KL(q(z) || \prod_d q(z_d))

The discriminator tells draws of q(z) from those whose dimensions were each shuffled over the batch, which are draws of the product of
the q(z_d). At its optimum its logit is the logarithm of the ratio of the two densities, whose mean over q(z) is the total correlation.

Disentangling by Factorising (Kim & Mnih, 2018)
https://arxiv.org/abs/1802.05983
"""

from __future__ import annotations

__all__ = ["Factor"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vae.models.objectives.base import Batch, Setup, check_factorised, check_several
from vae.models.objectives.elbo import ELBO
from vae.settings import Setting

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule


@dataclass(frozen=True)
class Factor(ELBO):
    """recon + beta kl + gamma tc, where the last is the discriminator's logit of the draw."""

    gamma: float = Setting(
        10.0,
        "γ, weight of the penalty",
        0.0,
        1000.0,
        help="Of the total correlation, which the discriminator estimates.",
    ).as_field()
    width: int = Setting(
        200,
        "Width of the discriminator",
        1,
        4096,
        step=50,
        help="Numbers in each of its six layers. The paper has 1,000, which is slow without a GPU.",
        option="discriminator_width",
    ).as_field()
    kind: ClassVar[str] = "factor"
    label: ClassVar[str] = "FactorVAE"
    term_titles: ClassVar[Mapping[str, str]] = {"tc": "Total correlation of the dimensions"}

    @property
    def title(self) -> str:
        return f"{super().title}, γ {self.gamma:g}"

    @property
    def plain(self) -> bool:
        return False

    def check(self, setup: Setup) -> None:
        super().check(setup)
        check_factorised(self.title, setup.prior)
        check_several(self.title, setup.batch_size)

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        return super().__call__(q, z, p, prior, x, batch) | {"tc": batch.companion.log_ratio(z)}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return super().loss(terms, beta) + self.gamma * terms["tc"]

    def loss_title(self, beta: float) -> str:
        return f"{super().loss_title(beta)} + {self.gamma:g} × total correlation"

    def companion(self, latent_dim: int) -> nn.Module:
        from vae.models.objectives.discriminator import Discriminator

        return Discriminator(latent_dim, self.width)
