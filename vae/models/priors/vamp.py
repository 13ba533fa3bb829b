r"""The VampPrior: the average of the encoder's posteriors of K learned images, the pseudo-inputs u_k.

.. math::
    p(z) = 1/K \sum_k q(z|u_k)

A pseudo-input is learned as the logits of its pixels, which keeps these in [0, 1]. What the encoder says of them is kept beside them, as
`mean` and `log_std`, so that whoever reads a checkpoint knows the prior without running the encoder.

VAE with a VampPrior (Tomczak & Welling, 2018)
https://arxiv.org/abs/1705.07120
"""

from __future__ import annotations

__all__ = ["Vamp"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from vae.errors import ConfigError
from vae.models.priors.base import Shape, Weights
from vae.models.priors.mixture import NormalMixture
from vae.settings import Setting, check_settings

if TYPE_CHECKING:
    from torch import Tensor

    from vae.models.distributions import DiagonalNormal

DARKEST = (
    0.02  # pixel that a pseudo-input begins with, and 1 minus the lightest: the logits of black and white are infinite
)
INITIAL_SPREAD = 0.01  # of the logits of a model that no training has begun with


@dataclass(frozen=True)
class Vamp(NormalMixture):
    """A VampPrior. Its pseudo-inputs begin as training images."""

    components: int = Setting(
        50, "Components", 1, 1000, offered=100, help="Learned images whose posteriors are averaged."
    ).as_field()
    kind: ClassVar[str] = "vamp"
    title: ClassVar[str] = "a VampPrior"

    def __post_init__(self) -> None:
        check_settings(self, "prior")

    def check(self, latent_dim: int, beta_range: tuple[float, float] | None) -> None:
        if beta_range is not None:
            raise ConfigError(
                "prior: a VampPrior is made of the encoder's posteriors, which differ from beta to beta, so a model for a range of betas "
                "can't have one. Take another prior, or train at one beta."
            )

    def tensors(self, latent_dim: int, image_shape: Shape) -> dict[str, Shape]:
        answer = (self.components, latent_dim)
        return {"pseudo_inputs": (self.components, *image_shape), "mean": answer, "log_std": answer}

    def initial(self, latent_dim: int, image_shape: Shape) -> dict[str, Tensor]:
        return {"pseudo_inputs": self._unbegun(image_shape)}

    def begin(self, weights: Weights, draw: Callable[[int], Tensor]) -> None:
        import torch

        logits = weights["pseudo_inputs"]
        if torch.equal(
            logits.cpu(), self._unbegun(logits.shape[1:])
        ):  # and not those of a model that is trained further
            with torch.no_grad():
                logits.copy_(draw(self.components).clamp(DARKEST, 1 - DARKEST).logit())

    def questions(self, weights: Weights) -> Tensor:
        return weights["pseudo_inputs"].sigmoid()

    def answers(self, q: DiagonalNormal) -> dict[str, Tensor]:
        return {"mean": q.mean, "log_std": q.std.log()}

    def pictures(self, weights: Weights) -> NDArray[np.float32]:
        from scipy.special import expit

        return expit(weights["pseudo_inputs"])

    def _unbegun(self, image_shape: Shape) -> Tensor:
        """The logits before a training has begun: nearly grey, and always the same."""
        import torch

        shape = (self.components, *image_shape)
        return INITIAL_SPREAD * torch.randn(shape, generator=torch.Generator().manual_seed(0))
