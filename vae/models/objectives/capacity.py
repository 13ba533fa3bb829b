r"""A KL that is held to a capacity, which grows.

.. math::
    loss = recon + gamma |KL - C|

where the KL is averaged over the batch and C goes linearly from 0 to `capacity` over the first `over` of training.

Understanding disentangling in beta-VAE (Burgess et al., 2018)
https://arxiv.org/abs/1804.03599
"""

from __future__ import annotations

__all__ = ["Capacity"]

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
class Capacity(Objective):
    """recon + gamma missed, where the second term is how far the KL is from the capacity of the moment. Held-out images are judged by the
    whole `capacity`, so that epochs compare; so the two curves are of one thing only once it no longer grows."""

    capacity: float = Setting(
        10.0,
        "Capacity, nats of KL",
        0.0,
        1000.0,
        help="What the KL of an image is to be on average. A plane of MNIST has some 8 nats at β 1, twenty dimensions 25.",
    ).as_field()
    gamma: float = Setting(
        30.0,
        "γ, weight of the penalty",
        0.0,
        1000.0,
        help="It has to be larger than the nats of reconstruction that another nat of KL brings; beyond that it makes learning slower.",
    ).as_field()
    over: float = Setting(
        0.5, "Part of training in which the capacity grows", 0.0, 1.0, step=0.1, option="capacity_over"
    ).as_field()
    levels: ClassVar[bool] = True
    kind: ClassVar[str] = "capacity"
    label: ClassVar[str] = "capacity"
    term_titles: ClassVar[Mapping[str, str]] = {"missed": "KL's distance from the capacity"}
    takes_beta: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings(self, "objective")

    @property
    def title(self) -> str:
        return f"{self.label} {self.capacity:g}, γ {self.gamma:g}"

    def capacity_at(self, progress: float) -> float:
        """C, in nats, when this share of training is done."""
        return self.capacity * (1.0 if progress >= self.over else progress / self.over)

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        terms = super().__call__(q, z, p, prior, x, batch)
        away = terms["kl"] - self.capacity_at(batch.progress)
        return terms | {"missed": away.mean().sign() * away}  # which is the absolute value on average

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return terms["recon"] + self.gamma * terms["missed"]

    def loss_title(self, beta: float) -> str:
        return f"reconstruction + {self.gamma:g} × |KL − {self.capacity:g}|"
