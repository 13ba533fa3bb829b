"""What a film shows: what all its moments have in common, and what moves."""

from __future__ import annotations

__all__ = ["Moment", "Pictures", "Scene"]

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae.film.names import Names
from vae.models.objectives import Objective
from vae.models.priors import Ring
from vae.progress import Progress


class Scene(NamedTuple):
    """What all moments of a film have in common."""

    title: str
    subtitle: str
    epochs: int  # planned
    shown: float  # where the curves end, in epochs
    latent_dim: int
    labels: NDArray[np.int64]  # (N,), -1 where there is none
    classes: tuple[str, ...]
    z: NDArray[np.float32]  # (S, D), what the samples are decoded from
    originals: NDArray[np.uint8]  # (R, C, H, W)
    names: tuple[str, str]  # of the map's axes
    reach: float  # which the map's view holds, around the origin
    origin: tuple[float, float]  # where the latents' origin lies on the map
    progress: Sequence[Progress]
    beta: float  # at which the loss is counted
    objective: Objective  # whose it is
    of_two: bool = False  # whether reconstruction is a cross entropy, which of grey pixels is no log-likelihood
    rings: tuple[Ring, ...] = ()  # the prior's circles
    square: float = 3.0  # how far from the origin the samples of a plane go


class Pictures(NamedTuple):
    """What the decoder drew after some step, ready to be put on a frame; None where it isn't on it."""

    behind: Image.Image | None  # RGBA
    pairs: Image.Image
    samples: Image.Image | None


class Moment(NamedTuple):
    """What moves."""

    epoch: float
    spots: NDArray[np.float32] | None  # (N, 2) on the map; None without one
    names: Names | None  # likewise
    before: Pictures
    after: Pictures
    between: float  # from 0 to 1, how far it is from the ones before to the ones after
