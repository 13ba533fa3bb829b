"""Estimates and their standard errors, and what bounds lose, as numbers for each image."""

from __future__ import annotations

__all__ = [
    "LOSSES",
    "UNKNOWN_EXACT",
    "UNKNOWN_GAIN",
    "WRONG_MODE_GAIN",
    "Exact",
    "Starts",
    "check_finite",
    "error_of_sum",
    "error_over_draws",
    "mean_of",
    "standard_error",
]

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.errors import VAEError

LOSSES = ("gap", "family", "mode", "encoder")  # parts of `Exact` that have a number for each image
WRONG_MODE_GAIN = 0.5  # nats from which on another mode counts as better


class Exact(NamedTuple):
    """What posteriors cost beyond the least that any could, in nats, of n images that are evenly spaced among all."""

    weight: float  # of the KL, for which the family, the modes and the encoder are judged
    unresolved: int  # images whose sums still disagree, at the finest grid
    gap: NDArray[np.float64]  # (n,), of minus the ELBO to -log p(x)
    family: NDArray[np.float64]  # (n,), of the best normal posteriors to F at the beta in question
    mode: NDArray[np.float64]  # (n,), of the best at their own modes to the best of all
    encoder: NDArray[np.float64]  # (n,), of the posteriors to the best at their own modes

    @property
    def wrong(self) -> int:
        """Images that would gain `WRONG_MODE_GAIN` nats at another mode."""
        return int((self.mode > WRONG_MODE_GAIN).sum())

    def to_dict(self) -> dict[str, float]:
        """The means over images and their standard errors, for JSON."""
        lost = {name: getattr(self, name) for name in LOSSES}
        errors = {f"{name}_error": standard_error(each) for name, each in lost.items()}
        averages = {name: mean_of(each) for name, each in lost.items()} | errors
        return {
            "n": len(self.gap),
            "weight": self.weight,
            **averages,
            "wrong": self.wrong,
            "unresolved": self.unresolved,
        }


class Starts(NamedTuple):
    """What draws from several posteriors of an image find that draws from one don't, of n images that are evenly spaced among all."""

    starts: int  # posteriors of each
    draws: int  # of z for each image, from one posterior as from several
    gain: NDArray[np.float64]  # (n,), nats by which the importance-weighted bound falls

    def to_dict(self) -> dict[str, float]:
        """The mean over images and its standard error, for JSON."""
        gain, error = mean_of(self.gain), standard_error(self.gain)
        return {"n": len(self.gain), "starts": self.starts, "draws": self.draws, "gain": gain, "gain_error": error}


NO_NUMBERS = np.empty(0)  # of images
UNKNOWN_GAIN = Starts(0, 0, NO_NUMBERS)
UNKNOWN_EXACT = Exact(math.nan, 0, NO_NUMBERS, NO_NUMBERS, NO_NUMBERS, NO_NUMBERS)


def check_finite(*values: ArrayLike) -> None:
    """Raises `VAEError` unless all numbers that a model gives are finite."""
    if not all(np.isfinite(each).all() for each in values):
        raise VAEError(
            "The model gives numbers that are not finite for some of these images: its weights are far too large, or its training went "
            "astray. Choose another checkpoint, or train it again."
        )


def mean_of(values: NDArray[np.floating]) -> float:
    """The mean of values, with shape (N,); NaN of none."""
    return float(values.mean(dtype=np.float64)) if len(values) else math.nan


def standard_error(values: NDArray[np.floating]) -> float:
    """The standard error of the mean of values, with shape (N,), over whatever they are of; NaN of one alone."""
    return float(values.std(ddof=1, dtype=np.float64) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def error_over_draws(*errors: float | None) -> float | None:
    """The standard error over draws of the sum of estimates with these, each from draws of its own; None stands for one that needs none."""
    known = [error for error in errors if error is not None]
    return math.hypot(*known) if known else None


def error_of_sum(parts: Sequence[NDArray[np.floating]]) -> float:
    """The standard error of the sum of the means of `parts`, each of as many images, evenly spaced among those of the longest; NaN stands
    for an image that takes no part, in one that is alone.

    What the same images have in common counts once: the means over n images and over more that hold them have the covariance of
    single images as a share of the larger number.
    """
    if len(parts) == 1:
        return standard_error(parts[0][~np.isnan(parts[0])])
    variance = 0.0
    for one, other in product(parts, repeat=2):
        long, short = (one, other) if len(one) > len(other) else (other, one)
        if len(short) < 2:
            return math.nan
        same = long[
            np.linspace(0, len(long) - 1, len(short)).round().astype(int)
        ]  # as `vae.data.images.evenly_spaced` has it
        variance += standard_error(one) ** 2 if one is other else float(np.cov(same, short)[0, 1]) / len(long)
    return math.sqrt(max(0.0, variance))
