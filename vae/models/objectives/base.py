r"""What training minimises: for each image a loss, made of named terms in nats.

.. math::
    loss = E_q[-log p(x|z)] + beta KL(q(z|x) || p(z))

is that of the evidence lower bound, whose two terms every objective has. A new one is a frozen dataclass, added to `OBJECTIVES`.
"""

from __future__ import annotations

__all__ = ["ELBO", "OBJECTIVES", "TERMS", "Batch", "Companion", "Objective", "term_title"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule


TERMS = {"recon": "Reconstruction", "kl": "KL to the prior"}  # titles of those that every objective has


def term_title(name: str) -> str:
    """What a term is called: one that only some objectives have, by its name."""
    return TERMS.get(name, name)


class Batch(NamedTuple):
    """What an objective may ask of a batch beside its distributions."""

    size: int  # images in it
    total: int  # images that are trained on
    decode: Callable[[Tensor], PixelDistribution]  # further latents of the same images, with shape (size, D)
    generator: torch.Generator | None = None  # of whatever is drawn
    companion: Any = None  # the objective's own module, a `Companion`


class Companion(Protocol):
    """Parameters that an objective owns, a discriminator say: a module that learns after each step of the model, by an optimiser of its
    own."""

    def learn(self, q: DiagonalNormal, z: Tensor, batch: Batch) -> Tensor:
        """What it minimises itself, one number, of posteriors and draws that have no gradients."""
        ...


class Objective(Protocol):
    """Where objectives plug in."""

    kind: ClassVar[str]

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of each image x by name, in nats, each with shape (B,): `recon`, `kl`, and whatever else there is."""
        ...

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        """What is minimised at a weight of the KL: of terms of single images or of their averages, so of a curve at any beta."""
        ...

    def loss_title(self, beta: float) -> str:
        """What that is called, in a sentence for people."""
        ...

    def companion(self, latent_dim: int) -> nn.Module | None:
        """A fresh `Companion`, where it needs one."""
        ...


@dataclass(frozen=True)
class ELBO:
    """recon + beta kl; at beta 1 this is minus the evidence lower bound.

    beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework (Higgins et al., 2017)
    https://openreview.net/forum?id=Sy2fzU9gl
    """

    kind: ClassVar[str] = "elbo"

    def __init_subclass__(cls) -> None:
        """Raises `TypeError` for a loss that goes by the title of another."""
        if "loss" in vars(cls) and "loss_title" not in vars(cls):
            raise TypeError(f"{cls.__name__}: has a loss of its own, so it needs a loss_title of its own, too.")

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        return {"recon": -p.log_prob(x), "kl": prior.kl(q, z)}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        return terms["recon"] + beta * terms["kl"]

    def loss_title(self, beta: float) -> str:
        return "reconstruction + KL" if beta == 1 else f"reconstruction + {beta:g} × KL"

    def companion(self, latent_dim: int) -> nn.Module | None:
        return None


OBJECTIVES: dict[str, type[Objective]] = {variant.kind: variant for variant in (ELBO,)}
