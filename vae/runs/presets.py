"""What people train a model for, and what suits that: where the Train page and the command line begin.

A new one is one more entry in `PRESETS`. It says what differs from what is `suggested` for its network and dimensions.
"""

from __future__ import annotations

__all__ = ["PRESETS", "Preset"]

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from vae.data.sources import classes_of, source_of
from vae.errors import ConfigError
from vae.models.networks import MLP, BetaRange
from vae.models.objectives import Capacity
from vae.models.schedules import Constant
from vae.runs.request import Request
from vae.runs.suggested import suggested

MEASURED = 57_000 * 28 * 28  # pixels of an epoch of MNIST, of which `epoch_seconds` is told
NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Preset:
    """One purpose."""

    title: str
    about: str  # what it is for, and what there is to see, in a sentence
    epoch_seconds: float  # of MNIST on two cores; `benchmarks.presets` measures it
    network: str = MLP.kind
    latent_dim: int = 2
    beta_range: BetaRange | None = None
    conditional: bool = False  # whether the network is told the class of an image
    refinement: int = 0
    passes: float = 1.0  # times the epochs that are suggested
    widths: MLP | None = None  # the network itself, where it is that one
    model: Mapping[str, Any] = field(default_factory=lambda: NONE)  # fields of the model
    train: Mapping[str, Any] = field(default_factory=lambda: NONE)  # fields of how it is trained

    def request(
        self,
        data: str,
        network: str | None = None,
        latent_dim: int | None = None,
        beta_range: BetaRange | None = None,
        *,
        conditional: bool | None = None,
    ) -> Request:
        """What it trains on a data set, or with another network, more dimensions, a range of betas, or told the class of an image or not.
        Where its own network can't take the images, a dense one is taken. Raises what `suggested` does."""
        latent_dim = self.latent_dim if latent_dim is None else latent_dim
        beta_range = beta_range or self.beta_range
        classes = classes_of(data) if (self.conditional if conditional is None else conditional) else 0
        try:
            base = suggested(data, network or self.network, latent_dim, beta_range, classes=classes)
        except ConfigError:
            if network is not None:
                raise
            base = suggested(data, MLP.kind, latent_dim, beta_range, classes=classes)
        chosen = base.model.network
        if self.widths is not None and self.widths.kind == chosen.kind:
            chosen = replace(self.widths, beta_range=chosen.beta_range, classes=classes)
        model = replace(base.model, network=chosen, **self.model).refined(self.refinement)
        train: dict[str, Any] = {"epochs": max(1, round(self.passes * base.train.epochs)), **self.train}
        return replace(base, model=model, train=replace(base.train, **train))

    def minutes(self, request: Request) -> float:
        """About how long a training takes on two cores, by the pixels it sees."""
        counts = source_of(request.data).counts or (60_000, 10_000)
        pixels = (counts[0] - request.train.held_out(counts[0])) * math.prod(request.model.image_shape)
        return request.train.epochs * self.epoch_seconds * pixels / MEASURED / 60


PRESETS: dict[str, Preset] = {
    "plane": Preset(
        "A plane to explore",
        "Two dimensions, so that the map is the latent space itself.",
        4,
    ),
    "every-beta": Preset(
        "Every β",
        "One network for all β from 0.05 to 20: a slider on Explore moves the whole map.",
        7,
        beta_range=(0.05, 20.0),
        passes=2,
    ),
    "conditional": Preset(
        "Style and class apart",
        "The network is told the class, and the plane holds the rest: a row of classes on Explore draws any style as any class.",
        4,
        conditional=True,
    ),
    "disentangle": Preset(
        "Factors apart",
        "Six dimensions that take up what there is one after the other, so that each may hold something of its own: look at Traverse.",
        6,
        latent_dim=6,
        passes=5,
        widths=MLP((512, 512)),
        train=MappingProxyType({"objective": Capacity(9.0, 100.0, 0.8), "batch_size": 128, "learning_rate": 1e-3}),
    ),
    "best": Preset(
        "Best likelihood",
        "Twenty dimensions, convolutions and refined posteriors, for sharp pictures and few nats.",
        40,
        network="conv",
        latent_dim=20,
        refinement=4,
        passes=2,
        train=MappingProxyType({"joint": 0.0, "augment": 0.5}),
    ),
    "tutorial": Preset(
        "As in the tutorial",
        "The plain recipe of most tutorials, to compare with: no warm-up, and no averages over the weights.",
        4,
        widths=MLP((512, 256, 128, 64)),
        train=MappingProxyType({"schedule": Constant(), "ema": 0.0, "batch_size": 128, "learning_rate": 1e-3}),
    ),
}
