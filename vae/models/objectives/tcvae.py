r"""beta-TCVAE: the weight is on the total correlation, the part of the KL by which dimensions of the latent depend on each other.

.. math::
    KL = I(x; z) + KL(q(z) || \prod_d q(z_d)) + \sum_d KL(q(z_d) || p(z_d))

averaged over images, where q(z) is the aggregate posterior and the prior has independent dimensions. The three parts are estimated by
one draw z of each image, as logarithms of ratios whose product is q(z|x) / p(z), so that they sum to the KL of that draw. The paper
minimises recon + mi + beta tc + dwkl. On average that is recon + kl + (beta - 1) tc, where the KL is in closed form: only what beta adds
is noisy, and nothing at beta 1.

q(z) is a mean over all N images, of which a batch has B. Stratified: the image that z is drawn from counts 1 / N, as there, and the others
stand for the N - 1 that are left, with (N - 1) / (N (B - 1)) each. This is unbiased for q(z), while its logarithm is too low: where the
mutual information is much more than log B, so that a batch has hardly an image near another, the parts say little. The paper gives
one of the others what weight is left over; here it is averaged over which.

Isolating Sources of Disentanglement in Variational Autoencoders (Chen et al., 2018)
https://arxiv.org/abs/1802.04942
"""

from __future__ import annotations

__all__ = ["TCVAE", "log_aggregate"]

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vae.models.objectives.base import Batch, Setup, check_factorised, check_several
from vae.models.objectives.elbo import ELBO

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule


@dataclass(frozen=True)
class TCVAE(ELBO):
    """recon + kl + (beta - 1) tc, with the parts of the KL as terms `mi`, `tc` and `dwkl`. Free bits are of the KL."""

    kind: ClassVar[str] = "tcvae"
    label: ClassVar[str] = "β-TCVAE"
    term_titles: ClassVar[Mapping[str, str]] = {
        "mi": "Mutual information of image and latent",
        "tc": "Total correlation of the dimensions",
        "dwkl": "KL of single dimensions to the prior",
    }

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
        terms = super().__call__(q, z, p, prior, x, batch)
        whole, product = log_aggregate(q, z, batch.total)
        return terms | {"mi": q.log_prob(z) - whole, "tc": whole - product, "dwkl": product - prior.log_prob(z)}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return super().loss(terms, 1.0) + (beta - 1) * terms["tc"]

    def loss_title(self, beta: float) -> str:
        more = f" {'+' if beta > 1 else '−'} {abs(beta - 1):g} × total correlation"
        return super().loss_title(1.0) + ("" if beta == 1 else more)


def log_aggregate(q: DiagonalNormal, z: Tensor, total: int) -> tuple[Tensor, Tensor]:
    """log q(z), and the sum of log q(z_d) over dimensions, each with shape (B,), of one draw z of each of the B posteriors, which stand
    for those of `total` images."""
    size = len(z)
    each = q.log_prob_by_dim(z.unsqueeze(1))  # (B, B, D): a row for each draw, a column for each posterior
    if size == 1:  # nothing stands for the others
        return each.sum((1, 2)), each.sum((1, 2))
    share = each.new_full((size, size), math.log((total - 1) / (total * (size - 1)))).fill_diagonal_(-math.log(total))
    return (each.sum(2) + share).logsumexp(1), (each + share.unsqueeze(2)).logsumexp(1).sum(1)
