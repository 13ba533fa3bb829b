"""How the Train page words its runs."""

from __future__ import annotations

__all__ = ["STATES", "label", "when"]

from vae.models.networks import NETWORKS
from vae.runs.store import Run

LABELS = {"warmup": "Warm-up"} | {
    kind: network.title.capitalize() for kind, network in NETWORKS.items()
}  # others are their name with a capital
STATES = {
    "queued": ":gray-badge[:material/hourglass_empty: Waiting]",
    "starting": ":blue-badge[:material/hourglass_top: Starting]",
    "running": ":blue-badge[:material/model_training: Training]",
    "finished": ":green-badge[:material/check: Finished]",
    "stopped": ":orange-badge[:material/stop_circle: Stopped]",
    "failed": ":red-badge[:material/error: Failed]",
}


def label(kind: str) -> str:
    return LABELS.get(kind, kind.capitalize())


def when(run: Run) -> str:
    """When it was begun, by the clock here."""
    return f"{run.started.astimezone():%d %b %Y, %H:%M}"
