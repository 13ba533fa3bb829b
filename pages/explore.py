"""Explore: the map of the latent plane, decoded wherever the pointer goes."""

import streamlit as st

from pages.components.latent_map import reader
from pages.components.models import Model, describe, header


@st.fragment  # so that a pin reruns no more than this
def map_and_pins(model: Model) -> None:
    """The map, and below it a line about the model and the pins to take along."""
    pins = reader(model, key="explore_map")
    about, download = st.columns([4, 1], vertical_alignment="center")
    about.caption(describe(model))
    download.download_button(
        f"Pins as CSV ({len(pins)})",
        data="z1,z2\n" + "".join(f"{z1:.6g},{z2:.6g}\n" for z1, z2 in pins),
        file_name=f"{model.name}-pins.csv",
        mime="text/csv",
        icon=":material/download:",
        disabled=not pins,
        on_click="ignore",
        width="stretch",
    )


model = header("Explore", "Each point is a test image. Move the pointer anywhere to see what the model draws there.")
if model is not None:
    dimensions = model.checkpoint.config.latent_dim
    if dimensions == 2:
        map_and_pins(model)
    else:
        st.info(
            f"This model has {dimensions} latent dimensions, and the map shows planes. Choose a two-dimensional model above, "
            "or look at this one on Sample and Interpolate, which take any number.",
            icon=":material/info:",
        )
