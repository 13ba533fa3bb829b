"""One of a model's test images: chosen by number, or at random of a class."""

from __future__ import annotations

__all__ = ["choose_image", "name_image"]

import numpy as np
import streamlit as st

from pages.components.services.models import Model


def choose_image(
    key: str, model: Model, first: int = 0, labels: tuple[str, str] = ("Image", "Class"), disabled: bool = False
) -> int:
    """The controls, and the number of the test image; `first` is the one to begin with, `labels` are those of number and class."""
    classes, of = model.checkpoint.points.classes, model.checkpoint.points.labels
    last = len(of) - 1
    if key not in st.session_state or not 0 <= st.session_state[key] <= last:
        st.session_state[key] = first

    def draw_random() -> None:
        wanted = st.session_state[f"{key}_class"]
        there = np.flatnonzero(of == classes.index(wanted)) if wanted in classes else np.arange(len(of))
        if len(there):
            st.session_state[key] = int(np.random.default_rng().choice(there))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.number_input(
            labels[0],
            0,
            last,
            key=key,
            persist_state="session",
            width=130,
            disabled=disabled,
            help=f"Number of the test image, 0 to {last:,}.",
        )
        st.selectbox(
            labels[1], ["Any", *classes], key=f"{key}_class", persist_state="session", width=130, disabled=disabled
        )
        st.button(
            "Random",
            key=f"{key}_random",
            icon=":material/casino:",
            on_click=draw_random,
            disabled=disabled,
            help="A random test image of this class.",
        )
    return chosen


def name_image(index: int, model: Model) -> str:
    """A test image's class, where it has one, and its number."""
    points = model.checkpoint.points
    label = points.labels[index]
    return f"{points.classes[label]}, no. {index:,}" if label >= 0 else f"no. {index:,}"
