"""What can be done with a run, a button each."""

from __future__ import annotations

__all__ = ["delete_button", "open_button", "resume_button", "stop_button"]

from typing import Any

import streamlit as st

from pages.components.services.models import use_model
from pages.components.services.runs import show
from pages.components.widgets.dialogs import confirm_deletion
from pages.components.widgets.problems import problems_as_toasts, show_problem
from vae.errors import VAEError
from vae.runs.status import Status
from vae.runs.store import Run


def stop_button(run: Run, status: Status) -> None:
    st.button(
        "Stop",
        icon=":material/stop:",
        key="train_stop",
        on_click=problems_as_toasts(run.stop),
        disabled=status.message == "Stopping.",
        help="Stops after this step and keeps the best model so far. The run can be resumed.",
    )


def resume_button(run: Run, **look: Any) -> None:
    if not st.button("Resume", icon=":material/play_arrow:", help="Goes on after the last whole epoch.", **look):
        return
    try:
        run.resume()
    except VAEError as error:
        show_problem(str(error))
        return
    show(run)
    st.rerun()  # the whole page, which then asks every second


def open_button(run: Run, text: str, **look: Any) -> None:
    """Opens its model on Explore."""
    if (
        not st.button(text, icon=":material/explore:", disabled=run.checkpoint is None, **look)
        or run.checkpoint is None
    ):
        return
    try:
        use_model(run.checkpoint)
    except VAEError as error:
        show_problem(str(error))
        return
    st.switch_page("pages/explore.py")


def delete_button(run: Run, **look: Any) -> None:
    if st.button("Delete", icon=":material/delete:", **look):
        consequence = f"{run.title}: its curves, its film and its model are deleted for good."
        confirm_deletion("run", consequence, problems_as_toasts(run.delete), key="train")
