"""How alike the latent spaces of two models are: neighbours in both are looked for in the background."""

from __future__ import annotations

__all__ = ["similarity_of"]

from pages.components.services.jobs import Job, Jobs
from pages.components.services.models import Model
from vae.evaluation.comparison import Similarity, similarity

_jobs: Jobs[Job[Similarity]] = Jobs("latent spaces")


def similarity_of(a: Model, beta_a: float, b: Model, beta_b: float, visitor: str) -> Job[Similarity]:
    """How alike the latents of two models are, each at a beta: as `Jobs.ask` says. It fails where that can't be said."""
    return _jobs.ask(
        Job(key=(*a.stamp, beta_a, *b.stamp, beta_b), visitor=visitor),
        lambda _: similarity(a.checkpoint.points_at(beta_a).mean, b.checkpoint.points_at(beta_b).mean),
    )
