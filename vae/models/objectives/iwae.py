r"""The importance-weighted bound, of K draws for each image, which is the tighter the more there are.

.. math::
    loss = -\log \frac{1}{K} \sum_k w_k    w_k = p(x|z_k) p(z_k) / q(z_k|x)

Its gradient is doubly reparameterised. Decoder and prior learn from each draw by its share w_k / \sum_j w_j, as it comes. What reaches the
encoder goes through the draws alone, by the square of that share: it has the same mean as the plain gradient, and less noise, which doesn't
drown it as K grows.

Importance Weighted Autoencoders (Burda et al., 2016)
https://arxiv.org/abs/1509.00519

Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives (Tucker et al., 2019)
https://arxiv.org/abs/1810.04152
"""

from __future__ import annotations

__all__ = ["IWAE"]

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vae.errors import ConfigError
from vae.models.objectives.base import Batch, Objective, Setup
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule

DECODED = 2**14  # latents that are decoded at once


@dataclass(frozen=True)
class IWAE(Objective):
    """Minus the bound of `draws` draws, as the term `iwae`; `recon` and `kl` are of the first of them."""

    draws: int = Setting(
        10,
        "K, draws of z for each image",
        1,
        1000,
        help="The more, the tighter the bound, and the longer a step takes: each of them is decoded.",
    ).as_field()
    kind: ClassVar[str] = "iwae"
    label: ClassVar[str] = "IWAE"
    term_titles: ClassVar[Mapping[str, str]] = {"iwae": "Minus the importance-weighted bound"}
    takes_beta: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings(self, "objective")

    @property
    def title(self) -> str:
        return f"{self.label}, K {self.draws}"

    def check(self, setup: Setup) -> None:
        super().check(setup)
        if setup.augment:
            raise ConfigError(
                f"augment: with moved images the decoder learns from the reconstruction alone, and that of {self.title} has to learn from "
                "its bound. Train it with augment 0."
            )

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        import torch

        each = type(q)(*(part.unsqueeze(1) for part in q))  # (B, 1, D)
        more = type(q)(*(part.expand(-1, self.draws - 1, -1) for part in each)).rsample(batch.generator)
        draws = torch.cat([z.unsqueeze(1), more], 1)  # (B, K, D)
        fixed = type(q)(*(part.detach() for part in each))
        log_w = _log_joint(draws, prior, x, batch) - fixed.log_prob(draws)  # (B, K)
        if draws.requires_grad:
            share = log_w.detach().softmax(1).unsqueeze(2)
            draws.register_hook(lambda gradient: share * gradient)
        bound = log_w.logsumexp(1) - math.log(self.draws)
        return super().__call__(q, z, p, prior, x, batch) | {"iwae": -bound}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return terms["iwae"]

    def loss_title(self, beta: float) -> str:
        return f"minus the importance-weighted bound of {self.draws} draws"


def _log_joint(draws: Tensor, prior: PriorModule, x: Tensor, batch: Batch) -> Tensor:
    """log p(x, z) of draws (B, K, D), with shape (B, K)."""
    import torch

    parts = []
    for some in draws.split(max(1, DECODED // len(x)), 1):
        z, count = some.flatten(0, 1), some.shape[1]
        log_p = batch.decode(z).log_prob(x.repeat_interleave(count, 0)) + prior.log_prob(z)
        parts.append(log_p.unflatten(0, (-1, count)))
    return torch.cat(parts, 1)
