"""What stands on top of a page: its title, and the model in use with the controls that change it."""

from __future__ import annotations

__all__ = ["choose_beta", "header", "heading", "help_of_picker"]

from collections.abc import Sequence
from dataclasses import asdict, replace

import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.services.catalogue import Entry, entries
from pages.components.services.models import (
    Model,
    beta_in_use,
    betas_to_choose,
    condition_in_use,
    model_in_use,
    set_condition,
    use_model,
)
from vae.errors import VAEError
from vae.texts import markdown

PICKER = "model_picker"


def heading(title: str, caption: str) -> None:
    """The page's title and what the page is for."""
    with st.container(gap="xxsmall"):
        st.markdown(f"### {title}")
        st.caption(caption)


def header(title: str, caption: str) -> Model | None:
    """The page's title and the model picker; returns the model in use."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        heading(title, caption)
    with right:
        place = st.empty()
    there = entries()
    model = model_in_use(there)
    if model is None:
        return None
    # The one in use is among them whatever has happened to its file since.
    known = {entry.name: entry.title for entry in there if entry.header is not None} | {model.name: model.title}
    st.session_state[PICKER] = model.name
    place.selectbox(
        "Model",
        list(known),
        key=PICKER,
        format_func=known.__getitem__,
        on_change=_use_picked,
        help=help_of_picker(there),
    )
    return model


def _use_picked() -> None:
    chosen = st.session_state[PICKER]
    entry = next((entry for entry in entries() if entry.name == chosen), None)
    try:
        if entry is not None:
            use_model(entry.path)
    except VAEError as error:
        st.toast(markdown(without_paths(error)), icon=":material/error:")


def help_of_picker(there: Sequence[Entry]) -> str:
    """What a list of these models says of itself."""
    damaged = sum(entry.header is None for entry in there)
    left_out = f" {damaged} can't be read and {'is' if damaged == 1 else 'are'} left out." if damaged else ""
    return f"Every model that ships, was trained here or uploaded. The Models page says more about each.{left_out}"


def choose_beta(model: Model, key: str) -> float:
    """The control for the beta in use; says so where there is only one."""
    betas = betas_to_choose(model)
    if len(betas) == 1:
        st.caption(f"At β {betas[0]:g}, the only one that the model was trained at.")
        return betas[0]
    key = f"{key}_{model.name}"
    st.session_state[key] = beta_in_use(model)
    return float(
        st.select_slider(
            "β",
            betas,
            key=key,
            format_func="{:.3g}".format,
            on_change=lambda: set_condition(
                model, asdict(replace(condition_in_use(model), beta=st.session_state[key]))
            ),
            help="The model was trained for every β of this range. Explore, Sample and the other pages use this one, too.",
        )
    )
