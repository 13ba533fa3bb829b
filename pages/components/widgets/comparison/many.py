"""Any number of models in one table."""

from __future__ import annotations

__all__ = ["many"]

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.services import diagnoses
from pages.components.services.catalogue import Entry, stamp_of
from pages.components.widgets.columns import nats
from pages.components.widgets.comparison.sides import Side
from pages.components.widgets.downloads import download_button
from pages.components.widgets.model_words import relevant_columns, summary_row
from vae.errors import VAEError
from vae.evaluation.diagnostics import Diagnosis
from vae.evaluation.terms import Terms, scored_in
from vae.texts import markdown

# What fits beside each other: the model's title has its data, dimensions and range of betas, and the CSV file has everything.
COLUMNS = (
    "Model",
    "At β",
    "Likelihood",
    "Prior",
    "Objective",
    "Reconstruction",
    "KL",
    "Minus the ELBO",
    "Importance-weighted bound",
    "Active dimensions",
    "Class from neighbours",
)


def many(a: Side, b: Side, there: Mapping[str, Entry]) -> None:
    """A row for A, B and each of the models that are chosen, and one more for each other beta at which one has been diagnosed."""
    free = [name for name in there if name not in (a.entry.name, b.entry.name)]
    key = "compare_more"
    st.session_state[key] = [name for name in st.session_state.get(key, []) if name in free]
    chosen = st.multiselect(
        "Beside A and B",
        free,
        key=key,
        format_func=lambda name: there[name].title,
        placeholder="Choose models" if free else "There is no other model",
        persist_state="session",
        disabled=not free,
    )
    scored = scored_in(
        header for name in (a.entry.name, b.entry.name, *chosen) if (header := there[name].header) is not None
    )
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys((a.entry.name, b.entry.name, *chosen)):
        entry = there[name]
        asked = [side for side in (a, b) if side.entry.name == entry.name]
        try:
            rows += _rows(entry, {side.beta: side.terms for side in asked})
        except VAEError as error:  # the file is gone
            st.warning(markdown(without_paths(error)), icon=":material/warning:")
    _table(rows, scored)
    st.caption(
        "Nats per test image, averaged over the whole test split. Numbers compare only between models of the same data and likelihood. "
        "The importance-weighted bound, active dimensions and the class from neighbours are there where a model has been diagnosed here or "
        "on Diagnose since the server was started. "
        "The CSV file also has network, posteriors, epochs, draws and dates."
    )
    download_button(
        "Table as CSV", lambda: pd.DataFrame(rows).to_csv(index=False).encode(), "models.csv", key="compare_csv"
    )


def _table(rows: list[dict[str, object]], scored: str) -> None:
    """Shows the rows; `scored` says what nats of reconstruction are nats of in them."""
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        alt="Models and their numbers, a row each.",
        column_order=relevant_columns(COLUMNS, rows),
        placeholder="–",
        column_config={
            "Model": st.column_config.TextColumn("Model", pinned=True),
            "At β": st.column_config.NumberColumn("At β", help="Where its figures are.", format="%.3g"),
            "Reconstruction": nats("Reconstruction", f"E[-log p(x|z)] with a few draws of z per image. {scored}"),
            "KL": nats("KL", "KL(q(z|x) || p(z)), in closed form where the prior has one."),
            "Minus the ELBO": nats("Minus the ELBO", f"Reconstruction + KL. {scored}"),
            "Importance-weighted bound": nats(
                "Importance-weighted bound", f"Minus it, where the model has been diagnosed. {scored}"
            ),
            "Active dimensions": st.column_config.NumberColumn(
                "Active dimensions",
                help="Dimensions whose posterior mean varies by more than 0.01 over images, where diagnosed.",
            ),
            "Class from neighbours": st.column_config.NumberColumn(
                "Class from neighbours",
                format="percent",
                help="How often the nearest posterior means, each image left out of its own, vote for its class, where diagnosed.",
            ),
        },
    )


def _rows(entry: Entry, asked: Mapping[float, Terms]) -> list[dict[str, object]]:
    """Rows of one model: at the betas that are asked for, or else at its summary's, and at every other one at which it was diagnosed."""
    assert entry.header is not None
    by_beta: dict[float, Diagnosis] = {}
    for diagnosis in diagnoses.made(stamp_of(entry.path)):
        if diagnosis.beta not in by_beta or by_beta[diagnosis.beta].iwae_draws < diagnosis.iwae_draws:
            by_beta[diagnosis.beta] = diagnosis
    own = entry.header.summary.train.beta
    rows = []
    for beta in sorted({*(asked or (own,)), *by_beta}):
        diagnosis = by_beta.get(beta)
        row = summary_row(entry, beta) | {"At β": beta}
        if beta in asked:
            if not asked[beta].measured:
                row["β"] = f"{row['β']}, interpolated"
            row |= {"Reconstruction": asked[beta].recon, "KL": asked[beta].kl, "Minus the ELBO": asked[beta].neg_elbo}
        elif diagnosis is not None and beta != own:
            row |= {"Reconstruction": diagnosis.recon, "KL": diagnosis.kl, "Minus the ELBO": -diagnosis.elbo}
        row |= {
            "Importance-weighted bound": diagnosis and diagnosis.iwae,
            "Draws": diagnosis and diagnosis.iwae_draws,
            "Active dimensions": diagnosis and diagnosis.active_units,
            "Class from neighbours": diagnosis and diagnosis.knn_accuracy and round(diagnosis.knn_accuracy, 3),
        }
        rows.append(row)
    return rows
