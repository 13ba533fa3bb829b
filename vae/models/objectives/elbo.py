r"""The evidence lower bound, with a weight on its KL, and a part of it that costs nothing.

.. math::
    loss = recon + beta \sum_d \max(free\_bits, KL_d)

where KL_d is the KL of dimension d, averaged over the batch. At beta 1, and without free bits, this is minus the bound.

beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework (Higgins et al., 2017)
https://openreview.net/forum?id=Sy2fzU9gl

Improved Variational Inference with Inverse Autoregressive Flow (Kingma et al., 2016)
https://arxiv.org/abs/1606.04934
"""

from __future__ import annotations

__all__ = ["ELBO"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vae.models.objectives.base import Batch, Objective
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule


@dataclass(frozen=True)
class ELBO(Objective):
    """recon + beta (kl + free_bits), where the last term is what is paid beyond the KL: dimensions whose KL, averaged over the batch, is
    below `free_bits` cost that much and have no gradient. Where the prior has no KL by dimension, the whole is taken for one."""

    free_bits: float = Setting(
        0.0,
        "Free bits, KL of a dimension that costs nothing",
        0.0,
        100.0,
        step=0.1,
        help="In nats, of each dimension of a prior that is independent and has its KL in closed form, and of all together under any "
        "other. Above 0 no dimension gains by falling out of use. Such a model has one β, and posteriors that aren't refined.",
    ).as_field()
    levels: ClassVar[bool] = True
    kind: ClassVar[str] = "elbo"
    label: ClassVar[str] = "ELBO"
    term_titles: ClassVar[Mapping[str, str]] = {"free_bits": "Paid beyond the KL, for free bits"}

    def __post_init__(self) -> None:
        check_settings(self, "objective")

    @property
    def title(self) -> str:
        return f"{self.label}, free bits {self.free_bits:g}" if self.free_bits else self.label

    @property
    def plain(self) -> bool:
        return not self.free_bits

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        terms = super().__call__(q, z, p, prior, x, batch)
        if not self.free_bits:
            return terms
        by_dim = prior.kl_by_dim(q)
        kl = terms["kl"].unsqueeze(1) if by_dim is None else by_dim  # (B, 1) or (B, D)
        free = kl.mean(0) < self.free_bits
        return terms | {"free_bits": ((self.free_bits - kl) * free).sum(1)}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return terms["recon"] + beta * (terms["kl"] + terms.get("free_bits", 0.0))

    def loss_title(self, beta: float) -> str:
        kl = "(KL + free bits)" if self.free_bits else "KL"
        return f"reconstruction + {kl}" if beta == 1 else f"reconstruction + {beta:g} × {kl}"
