"""Compare: two models, or two betas of one, side by side; and any number of models in one table."""

import streamlit as st

from pages.components.services.catalogue import entries
from pages.components.services.models import model_in_use
from pages.components.widgets.comparison.curves import curves
from pages.components.widgets.comparison.diagnosed import diagnosed
from pages.components.widgets.comparison.many import many
from pages.components.widgets.comparison.maps import maps
from pages.components.widgets.comparison.numbers import numbers
from pages.components.widgets.comparison.sides import choose_sides
from pages.components.widgets.comparison.spaces import latent_spaces
from pages.components.widgets.model_header import heading, help_of_picker
from vae.evaluation.comparison import shared
from vae.texts import markdown

heading("Compare", "Two models, or two betas of one, side by side.")
known = entries()
model = model_in_use(known)
if model is None:
    st.stop()
# The one in use is among them whatever has happened to its file since.
there = {entry.name: entry for entry in known if entry.header is not None or entry.name == model.name}
sides = choose_sides(there, model.name, help_of_picker(known))
if sides is None:
    st.stop()
a, b = sides
reason = shared(a.model.checkpoint, b.model.checkpoint)
alike = reason is None
if reason is not None:
    st.info(markdown(reason), icon=":material/info:")
maps(a, b, alike)
in_numbers, in_diagnoses, *both, others = st.tabs(
    ["In numbers", "Diagnosed", *(["Curves", "Latent spaces"] if alike else []), "More models"]
)
with in_numbers:
    numbers(a, b, alike)
with in_diagnoses:
    diagnosed(a, b, alike)
with others:
    many(a, b, there)
if both:
    with both[0]:
        curves(a, b, there)
    with both[1]:  # last, because it takes longest
        latent_spaces(a, b)
