"""How the Train page words its runs."""

from __future__ import annotations

__all__ = ["STATES", "label", "pixels", "when"]

from vae.models.likelihoods import Likelihood
from vae.models.networks import NETWORKS
from vae.models.objectives import OBJECTIVES
from vae.models.schedules import SCHEDULES
from vae.runs.store import Run

STATES = {
    "queued": ":gray-badge[:material/hourglass_empty: Waiting]",
    "starting": ":blue-badge[:material/hourglass_top: Starting]",
    "running": ":blue-badge[:material/model_training: Training]",
    "finished": ":green-badge[:material/check: Finished]",
    "stopped": ":orange-badge[:material/stop_circle: Stopped]",
    "failed": ":red-badge[:material/error: Failed]",
}


def label(kind: str) -> str:
    """The title of a network or a schedule, what people call an objective, and any other kind as it is, with a capital."""
    variant = NETWORKS.get(kind) or SCHEDULES.get(kind)
    called = variant.title if variant else OBJECTIVES[kind].label if kind in OBJECTIVES else kind.replace("-", " ")
    return called[:1].upper() + called[1:]


def pixels(likelihood: Likelihood) -> str:
    """What pixels are, such as "Gaussian pixels, σ 0.1"."""
    kind, comma, rest = likelihood.title.partition(", ")
    return f"{label(kind)} pixels{comma}{rest}"


def when(run: Run) -> str:
    """When it was begun, by the clock here."""
    return f"{run.started.astimezone():%d %b %Y, %H:%M}"
