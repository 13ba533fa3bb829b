"""Which of the runs the Train page shows."""

from __future__ import annotations

__all__ = ["show", "shown_of"]

from collections.abc import Sequence

import streamlit as st

from vae.runs.store import Run

SHOWN_KEY = "train_shown"  # id of the run in the panel


def show(run: Run) -> None:
    """Makes it the one in the panel, and in the address, so that a reload or a link shows it too."""
    st.session_state[SHOWN_KEY] = st.query_params["run"] = run.id


def shown_of(known: Sequence[Run]) -> Run | None:
    """The one in the panel: what was chosen, here or by the address; or else the newest that trains, or the newest."""
    if "run" in st.query_params:
        st.session_state.setdefault(SHOWN_KEY, st.query_params["run"])
    chosen = [run for run in known if run.id == st.session_state.get(SHOWN_KEY)]
    busy = [run for run in known if run.status().state in ("running", "starting")]
    return next(iter([*chosen, *busy, *known]), None)
