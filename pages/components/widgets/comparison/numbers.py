"""What A and B are, and their bounds, in a table."""

from __future__ import annotations

__all__ = ["numbers"]

from collections.abc import Sequence

import streamlit as st

from pages.components.widgets.comparison.sides import Side
from pages.components.widgets.comparison.tables import DIFFERENT_LIKELIHOODS, in_both, sentence, signed, table, titled
from pages.components.widgets.model_words import relevant_columns, summary_row
from vae.evaluation.comparison import same_likelihood
from vae.evaluation.terms import Terms, scored_in
from vae.texts import markdown

DESCRIPTION_ROWS = "Data", "Latent", "Network", "Posteriors", "Likelihood", "Prior", "Objective", "β", "Epochs"
LETTERS = ("A", "B")


def numbers(a: Side, b: Side, compared: bool) -> None:
    """What the checkpoints say of themselves."""
    rows: list[dict[str, str]] = []
    about = [summary_row(side.entry, side.beta) for side in (a, b)]
    for name in relevant_columns(DESCRIPTION_ROWS, about):
        title = "Latent dimensions" if name == "Latent" else name
        rows.append({" ": titled(title), "A": markdown(about[0][name]), "B": markdown(about[1][name]), "B − A": ""})
    bounds = [a.terms, b.terms]
    alike = same_likelihood(a.model.checkpoint, b.model.checkpoint)
    scored = scored_in(side.model.checkpoint for side in (a, b))
    how = in_both(*(bound.estimator for bound in bounds))
    closed = in_both(*(side.model.checkpoint.prior.kl_estimator for side in (a, b))) + (
        "" if all(bound.measured for bound in bounds) else ", or between two β at which it was measured"
    )
    rows += [
        _row("Reconstruction", bounds, [bound.recon for bound in bounds], alike, how, scored),
        _row("KL to the prior", bounds, [bound.kl for bound in bounds], True, closed),
        _row("Minus the ELBO", bounds, [bound.neg_elbo for bound in bounds], alike, "the sum of both", scored),
    ]
    table(rows, compared, "What A and B are, and their bounds in nats per test image.")
    if compared and not alike:
        st.caption(f"{DIFFERENT_LIKELIHOODS} So there is no difference where they take part.")


def _row(title: str, bounds: Sequence[Terms], values: Sequence[float], alike: bool, *how: str) -> dict[str, str]:
    """One of the bound's terms in both; what is interpolated is told by a sign."""
    about = ["" if bound.measured else "≈ " for bound in bounds]
    return {
        " ": titled(f"{title}, nats per image", *(sentence(text) for text in how if text)),
        **{letter: f"{sign}{value:,.1f}" for letter, sign, value in zip(LETTERS, about, values, strict=True)},
        "B − A": f"{max(about)}{signed(values[1] - values[0], 1)}" if alike else "–",
    }
