"""Explore: the map of the latent plane, decoded wherever the pointer goes."""

import streamlit as st

from pages.components.latent_map import reader
from pages.components.models import header

model = header("Explore", "Each point is a test image. Move the pointer anywhere to see what the model draws there.")
if model is not None:
    dimensions = model.checkpoint.config.latent_dim
    if dimensions == 2:
        reader(model, key="explore_map")
    else:
        st.info(
            f"This model has {dimensions} latent dimensions, and the map shows planes. Choose a two-dimensional model above, "
            "or look at this one on Sample and Interpolate, which take any number.",
            icon=":material/info:",
        )
