"""Reconstruction and KL of a checkpoint at any of its betas, without asking the model: whatever shows figures at a beta shows these.

They are measured at the beta that the checkpoint's summary is of and at its keyframes, and go straight in log(beta) between those.
"""

from __future__ import annotations

__all__ = [
    "COLLAPSE_LIMIT",
    "ActiveDimensions",
    "Terms",
    "active_dimensions",
    "bits_per_dim",
    "flat_from",
    "floor",
    "measured_betas",
    "scored_in",
    "terms",
]

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from vae.checkpoints.checkpoint import Checkpoint, Header
from vae.checkpoints.keyframes import ACTIVE_VARIANCE, activity
from vae.data.sources import source_named, title_of
from vae.models.config import ModelConfig
from vae.models.likelihoods import scored
from vae.texts import listed

COLLAPSE_LIMIT = 0.1  # nats of KL below which latents say nothing of their images
BETA_TOLERANCE = 1e-6  # between two betas, as a share of them, that are one: keyframes have theirs in float32


class Terms(NamedTuple):
    """The terms of the bound on the whole test split, in nats per image."""

    recon: float  # E_q[-log p(x|z)]
    kl: float  # KL(q(z|x) || p(z)), as `LatentPrior.kl_estimator` says
    draws: int  # of z for each image in the estimate of recon
    measured: bool = True  # rather than interpolated

    @property
    def neg_elbo(self) -> float:
        """recon + kl."""
        return self.recon + self.kl

    @property
    def estimator(self) -> str:
        """How they were found."""
        drawn = f"{self.draws} draw{'' if self.draws == 1 else 's'} of z per image"
        return drawn if self.measured else f"{drawn}, between two β at which it was measured"


def measured_betas(checkpoint: Checkpoint) -> list[float]:
    """Those at which a checkpoint has figures, ascending: its summary's, and its keyframes'."""
    own, frames = checkpoint.summary.train.beta, checkpoint.keyframes
    others = [] if frames is None else frames.beta.tolist()
    return sorted([own, *(beta for beta in others if not math.isclose(beta, own, rel_tol=BETA_TOLERANCE))])


def terms(checkpoint: Checkpoint, beta: float) -> Terms:
    """The terms at a beta. A model that was trained at one has them at that alone, and they are given for any.

    Raises `VAEError` for a beta outside the model's range.
    """
    checkpoint.config.check_beta(beta)
    summary = checkpoint.summary
    if checkpoint.keyframes is None:
        return Terms(summary.recon, summary.kl, summary.samples)
    betas = measured_betas(checkpoint)
    nearest = min(betas, key=lambda other: abs(math.log(other / beta)))
    if math.isclose(nearest, beta, rel_tol=BETA_TOLERANCE):
        return _measured(checkpoint, nearest)
    after = min(max(1, int(np.searchsorted(betas, beta))), len(betas) - 1)
    low, high = betas[after - 1], betas[after]
    share = math.log(beta / low) / math.log(high / low)
    one, other = _measured(checkpoint, low), _measured(checkpoint, high)
    return Terms(
        one.recon + share * (other.recon - one.recon),
        one.kl + share * (other.kl - one.kl),
        min(one.draws, other.draws),
        measured=False,
    )


def _measured(checkpoint: Checkpoint, beta: float) -> Terms:
    """The terms at one of the `measured_betas`."""
    summary, frames = checkpoint.summary, checkpoint.keyframes
    if frames is None or beta == summary.train.beta:
        return Terms(summary.recon, summary.kl, summary.samples)
    frame = int(np.abs(frames.beta - beta).argmin())
    # Keyframes of before there was a search were measured with one draw.
    return Terms(
        float(frames.recon[frame]), float(frames.kl[frame]), summary.samples if checkpoint.config.places else 1
    )


def flat_from(checkpoint: Checkpoint) -> float | None:
    """The beta from which on one picture for all images would cost no more than what the model does there, recon + beta kl. That picture
    costs what the model misses where its latents have collapsed. None where they nowhere have, and for a model of one beta."""
    if checkpoint.keyframes is None:
        return None
    measured = {beta: _measured(checkpoint, beta) for beta in measured_betas(checkpoint)}
    one_picture = min((each.recon for each in measured.values() if each.kl < COLLAPSE_LIMIT), default=math.inf)
    return next((beta for beta, (recon, kl, *_) in measured.items() if recon + beta * kl >= one_picture), None)


class ActiveDimensions(NamedTuple):
    """What latent dimensions tell of images: whether they vary at all, and how much that says."""

    active: int  # dimensions whose posterior mean varies with the image
    least: float  # nats per image, the KL of the active dimension that has least; 0 where none is active
    most: float


def active_dimensions(checkpoint: Checkpoint, beta: float) -> ActiveDimensions:
    """What the active dimensions tell at one of the `measured_betas`."""
    frames, points = checkpoint.keyframes, checkpoint.points
    mean, std = points.mean, points.std
    if frames is not None and beta != checkpoint.summary.train.beta:
        frame = int(np.abs(frames.beta - beta).argmin())
        mean, std = frames.mean[frame], frames.std[frame]
    kl = checkpoint.prior.kl_by_dim(mean, std)[activity(mean) > ACTIVE_VARIANCE]
    return ActiveDimensions(len(kl), float(kl.min()), float(kl.max())) if len(kl) else ActiveDimensions(0, 0.0, 0.0)


def floor(of: Checkpoint | Header) -> float | None:
    """What `vae.evaluation.bounds.Evaluation` has of the test images; NaN where that is known only to who has them."""
    if not of.config.likelihood.of_two:
        return None
    known = source_named(of.summary.data)
    if known.binary:
        return 0.0
    n, nats = known.floor or (0, math.nan)
    return nats if n == of.summary.test_size else math.nan


def bits_per_dim(config: ModelConfig, nats: float, floor: float | None) -> float | None:
    """Nats of an image, of a bound or of a log-likelihood, as bits for each of its numbers: what it would take to store it. None where they
    are of a density, or a cross entropy of grey pixels (`floor`), which store nothing."""
    if config.likelihood.levels is None or floor:
        return None
    return nats / (math.prod(config.image_shape) * math.log(2))


def scored_in(several: Iterable[Checkpoint | Header]) -> str:
    """What nats of reconstruction are nats of in these models: as `vae.models.likelihoods.scored` says, which don't compare because they
    are of different things, and given the label or not. Nothing where they are of log p(x), and of the same in all of them."""
    several = list(several)
    return " ".join(filter(None, (_owed(several), _apart(several), _given(several))))


def _given(several: Sequence[Checkpoint | Header]) -> str:
    """Whether nats are given the label, in a sentence."""
    told = sum(one.config.classes > 0 for one in several)
    if told == 0:
        return ""
    whose = "" if told == len(several) else " of the models that are told the class"
    return f"Nats{whose} are given the label of each image."


def _apart(several: Sequence[Checkpoint | Header]) -> str:
    """What nats of each likelihood are of, where that differs."""
    titles: dict[str, set[str]] = {}
    for one in several:
        titles.setdefault(one.config.likelihood.scale, set()).add(one.config.likelihood.title)
    if len(titles) < 2:
        return ""
    each = "; ".join(f"{scale} ({listed(sorted(names))})" for scale, names in sorted(titles.items()))
    return f"Nats are minus the logarithm of different things, and compare only where it is the same: {each}."


def _owed(several: Sequence[Checkpoint | Header]) -> str:
    """What nats of grey pixels owe."""
    floors = {(title_of(one.summary.data), floor(one)) for one in several}
    owing = {title: nats for title, nats in sorted(floors, key=str) if nats}
    if len(floors) == 1:
        text = scored(*owing.values()) if owing else ""
        return text and f"{text[0].upper()}{text[1:]}."
    known = ", ".join(f"{nats:.2f} on {title}" for title, nats in owing.items() if not math.isnan(nats))
    pays = f", of which a perfect decoder still pays {known}" if known else ""
    titles = ", ".join(sorted({one.config.likelihood.title for one in several if one.config.likelihood.of_two}))
    return f"{titles[0].upper()}{titles[1:]} likelihoods: {scored(math.nan)}{pays}." if owing else ""
