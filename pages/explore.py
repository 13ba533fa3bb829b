"""Explore: the map of the latent plane, decoded wherever the pointer goes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.latent_map import reader
from pages.components.services.layouts import choose_layout, figures_of
from pages.components.services.models import Model, beta_in_use
from pages.components.services.originals import originals, rows_of_originals
from pages.components.widgets.downloads import download_button
from pages.components.widgets.model_header import header
from pages.components.widgets.model_words import describe
from vae.evaluation.pictures import paired_sheet
from vae.evaluation.terms import scored_in
from vae.latents.layouts import Layout
from vae.latents.selection import to_csv, to_npz
from vae.texts import markdown

MAX_SHEET_IMAGES = 1000  # images


@st.fragment  # so that a pin reruns no more than this
def map_and_files(
    model: Model,
    beta: float,
    layout: Layout | None,
    rows: Mapping[str, Any] | None,
    images: NDArray[np.uint8] | None,
) -> None:
    """The map, and below it a line about the model and what to take along. `beta` is the one in use as the page is drawn."""
    if layout is not None and beta != beta_in_use(model):
        st.rerun()  # all of it: the plane is chosen above, for a beta
    figures = [] if layout is None else figures_of(model, layout)
    pins, selected = reader(model, layout, figures, originals=rows, key="explore_map")
    st.session_state["explore_pins"] = {"model": model.name, "pins": pins}  # which the choice of a plane offers
    if len(selected):
        selection_files(model, selected, images)
    about, download = st.columns([4, 1], vertical_alignment="center")
    about.caption(markdown(describe(model)), help=scored_in([model.checkpoint]) or None)
    with download:
        download_button(
            f"Pins as CSV ({len(pins)})",
            "".join(",".join(row) + "\n" for row in pin_table(model, pins)),
            f"{model.name}-pins.csv",
            disabled=not pins,
            width="stretch",
        )


def pin_table(model: Model, pins: list[list[float]]) -> list[list[str]]:
    """A row for each pin, below one of names."""
    head = [f"z{d}" for d in range(1, model.checkpoint.config.latent_dim + 1)]
    return [head, *([f"{value:.6g}" for value in pin] for pin in pins)]


def selection_files(model: Model, selected: NDArray[np.int64], images: NDArray[np.uint8] | None) -> None:
    """The selection to take along; made when somebody asks."""
    checkpoint, beta, some = model.checkpoint, beta_in_use(model), selected[:MAX_SHEET_IMAGES]
    sheet = "Sheet of images" if len(some) == len(selected) else f"Sheet of the first {len(some):,}"
    with st.container(horizontal=True):
        for name, kind, make in (
            ("Selection as CSV", "csv", lambda: to_csv(checkpoint, selected, beta, images)),
            ("As .npz", "npz", lambda: to_npz(checkpoint, selected, beta, images)),
            (sheet, "png", lambda: paired_sheet(checkpoint, some, beta, images)),
        ):
            download_button(name, make, f"{model.name}-selection.{kind}", key=f"selection_{kind}")


model = header("Explore", "Each point is a test image. Move the pointer anywhere to see what the model draws there.")
if model is not None:
    dimensions = model.checkpoint.config.latent_dim
    if dimensions > 1:
        beta = beta_in_use(model)
        layout = choose_layout(model, beta) if dimensions > 2 else None
        place = st.container()
        with st.container():  # below, and always there, or the map would be built anew once the images have been read
            images = originals(model.checkpoint)
        with place:
            map_and_files(model, beta, layout, rows_of_originals(model.checkpoint, images), images)
    else:
        st.info(
            "This model has one latent dimension, and the map shows planes. Choose another model above, or look at this one on "
            "Traverse, Sample, Interpolate, Diagnose and Compare, which take any number.",
            icon=":material/info:",
        )
