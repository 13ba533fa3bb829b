r"""What training minimises: for each image a loss, made of named terms in nats.

.. math::
    recon = -log p(x|z)    kl = KL(q(z|x) || p(z))

are the two terms of the evidence lower bound, which every objective has; z is one draw from q(z|x).
"""

from __future__ import annotations

__all__ = ["Batch", "Companion", "Objective", "Setup", "check_factorised", "check_several"]

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from vae.errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from vae.models.distributions import DiagonalNormal, PixelDistribution
    from vae.models.modules import PriorModule
    from vae.models.priors import Prior


class Batch(NamedTuple):
    """What an objective may ask of a batch beside its distributions."""

    size: int  # images in it
    total: int  # images that are trained on, for which the batch stands
    decode: Callable[
        [Tensor], PixelDistribution
    ]  # further latents of the same images, (K size, D), each image's K in a row
    generator: torch.Generator | None = None  # of whatever is drawn
    companion: Any = None  # the objective's own module, a `Companion`
    progress: float = (
        1.0  # share of training that is done; held-out images are judged as at its end, so that epochs compare
    )


class Companion(Protocol):
    """Parameters that an objective owns, a discriminator say: a module that learns after each step of the model, by an optimiser of its
    own."""

    def learn(self, q: DiagonalNormal, z: Tensor, batch: Batch) -> Tensor:
        """What it minimises itself, one number, of posteriors and draws that have no gradients."""
        ...


class Setup(NamedTuple):
    """What an objective is to be trained with."""

    prior: Prior
    beta: float
    beta_range: tuple[float, float] | None
    refinement: int  # steps to the posteriors
    augment: float  # fraction of the images that are moved for the encoder
    batch_size: int
    lower_dim: int = 0  # latents of a level below the top


class Objective:
    """Where objectives plug in: a frozen dataclass with these, added to `OBJECTIVES`."""

    kind: ClassVar[str]
    label: ClassVar[str]  # what people call it; its kind where it doesn't say
    term_titles: ClassVar[
        Mapping[str, str]
    ] = {}  # of terms beside `recon` and `kl`, for people; its name where there is none
    levels: ClassVar[bool] = (
        False  # whether it is right where lower latents depend on the top: if it takes each image by itself
    )
    takes_beta: ClassVar[bool] = True  # whether beta weighs a term; else it is 1, and no schedule moves it

    def __init_subclass__(cls) -> None:
        """Raises `TypeError` for a loss that goes by the title of another."""
        if "loss" in vars(cls) and "loss_title" not in vars(cls):
            raise TypeError(f"{cls.__name__}: has a loss of its own, so it needs a loss_title of its own, too.")
        if "label" not in vars(cls) and "kind" in vars(cls):
            cls.label = cls.kind

    @property
    def title(self) -> str:
        """What it is called, and what else there is to say of it."""
        return self.label

    @property
    def plain(self) -> bool:
        """Whether the loss of each image is recon + beta kl of that image alone: only then a batch may be at many betas, and posteriors
        that are refined are those that it asks for."""
        return False

    def __call__(
        self, q: DiagonalNormal, z: Tensor, p: PixelDistribution, prior: PriorModule, x: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of each image x by name, in nats, each with shape (B,): `recon`, `kl`, and whatever else there is."""
        return {"recon": -p.log_prob(x), "kl": prior.kl(q, z)}

    def loss(self, terms: Mapping[str, Any], beta: Any) -> Any:
        """What is minimised at a beta: of terms of single images or of their averages, so of a curve at any beta."""
        raise NotImplementedError

    def loss_title(self, beta: float) -> str:
        """What that is called, in a sentence for people."""
        raise NotImplementedError

    def companion(self, latent_dim: int) -> nn.Module | None:
        """A fresh `Companion`, where it needs one."""
        return None

    def check(self, setup: Setup) -> None:
        """Raises `ConfigError` for what it can't be trained with."""
        if setup.lower_dim and not self.levels:
            raise ConfigError(
                f"objective: {self.title} takes the latents of several images together, and of two levels the lower ones depend on what is "
                "drawn at the top. Train a ladder with the objective elbo."
            )
        if not self.takes_beta and setup.beta_range is not None:
            raise ConfigError(
                f"network.beta_range: {self.title} doesn't weigh the KL by beta, so it has no range of them."
            )
        if not self.takes_beta and setup.beta != 1:
            raise ConfigError(f"beta: {self.title} doesn't weigh the KL by beta, so it is 1, not {setup.beta:g}.")
        if not self.plain and setup.beta_range is not None:
            raise ConfigError(
                f"network.beta_range: a range has many betas in each batch, whose images {self.title} looks at together. Train it "
                "at one beta."
            )
        if not self.plain and setup.refinement:
            raise ConfigError(
                f"refinement: refined posteriors minimise reconstruction + beta KL, and {self.title} something else. Train it with "
                "refinement 0."
            )


def check_factorised(title: str, prior: Prior) -> None:
    """Raises `ConfigError` for a prior whose dimensions depend on each other."""
    if not prior.factorised:
        raise ConfigError(
            f"prior: {title} pulls dimensions apart, and those of the prior {prior.kind} depend on each other. Train it with the prior "
            "normal."
        )


def check_several(title: str, batch_size: int) -> None:
    """Raises `ConfigError` for batches of a single image."""
    if batch_size < 2:
        raise ConfigError(
            f"batch_size: {title} compares the images of a batch, so it needs 2 or more, not {batch_size}."
        )
