"""Where A and B stand between rate and distortion, and how they came there."""

from __future__ import annotations

__all__ = ["curves"]

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.live_chart import live_chart
from pages.components.services.catalogue import Entry
from pages.components.services.models import Model
from pages.components.widgets.comparison.sides import Side
from pages.components.widgets.comparison.tables import DIFFERENT_LIKELIHOODS
from vae.evaluation.comparison import same_likelihood
from vae.evaluation.figures import RatePoint, loss_curves, rate_distortions
from vae.models.objectives import ELBO
from vae.runs import store


def curves(a: Side, b: Side, there: Mapping[str, Entry]) -> None:
    """Where both stand between rate and distortion, and how they came there."""
    if not same_likelihood(a.model.checkpoint, b.model.checkpoint):
        st.info(f"{DIFFERENT_LIKELIHOODS} Their curves would say nothing beside each other.", icon=":material/info:")
        return
    points = []
    for side in (a, b):
        bound = side.terms
        points.append(RatePoint(side.label, side.beta, bound.kl, bound.recon, side.model.checkpoint.keyframes))
    trained = {side.label: _progress(side.model, there) for side in (a, b)}
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Reconstruction against KL**")
        live_chart(
            rate_distortions(points),
            "Where A and B stand between KL and reconstruction, the rate and the distortion, in nats per test image.",
            key="compare_rates",
        )
    with right:
        st.markdown("**Training**")
        if any(trained.values()):
            mine, other = (side.model.checkpoint.summary.train.objective for side in (a, b))
            objective = mine if mine == other else ELBO()  # minus the ELBO can be said of every training
            live_chart(
                loss_curves(trained, objective),
                f"The loss at β 1, {objective.loss_title(1.0)}, on held-out images after each epoch.",
                key="compare_losses",
            )
        missing = [side.letter for side in (a, b) if not trained[side.label]]
        if missing:
            st.caption(
                f"There are no training curves of {' and '.join(missing)}: no run here made "
                f"{'it' if len(missing) == 1 else 'them'}, neither from the Train page nor from the command line."
            )


def _progress(model: Model, there: Mapping[str, Entry]) -> list[Any]:
    """What each epoch of the run that made a model reported, whichever file of it this is: no two models share a summary, which has the
    moment when it was done. Nothing where no run here made it."""
    made = model.checkpoint.config, model.checkpoint.summary
    same = {
        entry.path for entry in there.values() if entry.header and made == (entry.header.config, entry.header.summary)
    }
    return next((run.progress() for run in store.list_runs() if run.checkpoint in same), [])
