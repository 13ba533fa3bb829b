"""Every run, a line each."""

from __future__ import annotations

__all__ = ["run_list"]

import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.services.runs import show
from pages.components.widgets.run_buttons import delete_button, open_button, resume_button
from pages.components.widgets.run_words import STATES, when
from vae.checkpoints.checkpoint import Header
from vae.errors import VAEError
from vae.evaluation.terms import scored_in
from vae.limits import read_only
from vae.runs import store
from vae.runs.status import Status
from vae.runs.store import Run
from vae.texts import markdown

LISTED_RUNS = 8  # until all are asked for


def run_list(shown: str, were_active: bool) -> None:
    """Every run in one line each."""
    known = store.list_runs()
    states = [run.status() for run in known]
    active = sum(status.active for status in states)
    if were_active and not active:
        st.rerun()
    going = sum(status.state in ("starting", "running") for status in states)
    text = f"{going} training, {active - going} waiting{_limit()}." if active else "None is training."
    st.markdown("#### Runs")
    everything = st.session_state.get("train_everything", False)
    shown_runs = list(zip(known, states, strict=True))[: None if everything else LISTED_RUNS]
    headers = [run.header for run, _ in shown_runs]
    scoring = scored_in(header for header in headers if header)
    st.caption(f"{text} A run goes on when this page, or the app, is closed. {scoring}")
    for (run, status), header in zip(shown_runs, headers, strict=True):
        _line(run, status, header, run.id == shown)
    if len(known) > LISTED_RUNS:
        st.toggle(f"All {len(known)} runs", key="train_everything")


def _limit() -> str:
    """How many may train at once, where the environment says it in a way that can be read."""
    try:
        most = store.max_running()
    except VAEError:
        return ""
    return f": at most {most} train{'s' if most == 1 else ''} at a time"


def _line(run: Run, status: Status, header: Header | None, shown: bool) -> None:
    """One run of the list and its actions."""
    text = "" if header is None else f"{header.summary.neg_elbo:.1f} nats"
    if status.state == "queued":
        text = markdown(without_paths(status.message).removesuffix("."))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"train_line_{run.id}"):
        st.markdown(f"{markdown(run.title)} &nbsp; {STATES[status.state]}", width="stretch")
        st.caption(f"{text} · {when(run)}".removeprefix(" · "), width="content")
        if st.button(
            "Show",
            icon=":material/show_chart:",
            type="tertiary",
            key=f"train_show_{run.id}",
            disabled=shown,
        ):
            show(run)
            st.rerun()  # the whole page: this list is a fragment, and the panel isn't in it
        open_button(run, "Open", type="tertiary", key=f"train_open_{run.id}")
        if read_only():
            return
        if status.resumable:
            resume_button(run, type="tertiary", key=f"train_resume_{run.id}")
        delete_button(run, type="tertiary", key=f"train_delete_{run.id}", disabled=status.active)
