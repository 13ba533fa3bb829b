"""Interpolate: the way from one test image to another through latent space."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.latent_map import path
from pages.components.services.layouts import layout_in_use
from pages.components.services.models import Model, beta_in_use
from pages.components.services.originals import originals
from pages.components.widgets.model_header import header
from pages.components.widgets.pickers import choose_image, name_image
from vae.evaluation.pictures import data_url
from vae.latents.paths import paths_of

PLACES = 65  # latents the browser gets along the path; between two of them it goes straight
HELP = (
    "Linear goes straight from A to B. Spherical turns around the origin at a constant rate, "
    "and stays at the distances where the prior has its mass, which matters in many dimensions."
)
ONE_KIND_HELP = (
    "Straight from A to B. An arc around the origin means something only where the prior is the same all around it."
)


ONLY_CLASS = "Only the class"
CLASS_HELP = f" {ONLY_CLASS} keeps the latent of A, its style, and goes from the class of A to that of B."


def choose(end: str, model: Model) -> int:
    """Controls for one end. Two images of different classes to begin with, the same ones every time."""
    labels, name = model.checkpoint.points.labels, end.upper()
    other = np.flatnonzero(labels != labels[0])
    first = int(other[0]) if end == "b" and len(other) else 0
    return choose_image(f"interpolate_{end}", model, first, (f"Image {name}", f"Class for {name}"))


def describe(index: int, model: Model, images: NDArray[np.uint8] | None) -> dict[str, object]:
    """What stands at one end of the path: the original where the data set is on disk, else its reconstruction."""
    name = name_image(index, model)
    if images is None:
        return {"caption": f"{name}, reconstruction", "picture": None}
    return {"caption": f"{name}, test image", "picture": data_url(images[index])}


def pick(end: str, index: int) -> None:
    """A click on the map chose an image."""
    st.session_state[f"interpolate_{end}"] = index


model = header("Interpolate", "Choose two test images, and walk from one to the other.")
if model is not None:
    with st.container(key="interpolate_controls"):  # which come last in a narrow window (latent_map.css)
        left, right, last = st.columns(3, gap="medium", vertical_alignment="bottom")
        with left:
            a = choose("a", model)
        with right:
            b = choose("b", model)
        with last:
            kind_column, steps_column = st.columns(2, vertical_alignment="bottom")
            kinds = paths_of(model.checkpoint.prior)
            told = model.checkpoint.config.classes > 0
            kind = kind_column.selectbox(
                "Path",
                [*kinds, ONLY_CLASS] if told else list(kinds),
                key="interpolate_kind",
                persist_state="session",
                help=(HELP if len(kinds) > 1 else ONE_KIND_HELP) + (CLASS_HELP if told else ""),
                disabled=len(kinds) == 1 and not told,
            )
            steps = steps_column.slider(
                "Pictures",
                3,
                21,
                9,
                key="interpolate_steps",
                persist_state="session",
                help="In the filmstrip, from A to B.",
            )
    beta = beta_in_use(model)
    means = model.checkpoint.points_at(beta).mean
    only_class = kind == ONLY_CLASS
    places = np.tile(means[a], (PLACES, 1)) if only_class else kinds[kind](means[a], means[b], PLACES)
    labels = [int(model.checkpoint.points.labels[index]) for index in (a, b)] if told else None
    place = st.container()
    with st.container():  # below, and always there, or the map would be built anew once the images have been read
        images = originals(model.checkpoint)
    ends = {"a": describe(a, model, images), "b": describe(b, model, images)}
    if only_class:
        ends["b"] = {"caption": "A in the class of B, decoded", "picture": None}
    with place:
        layout = layout_in_use(model, beta)
        path(model, places.tolist(), steps, ends, layout, labels=labels, key="interpolate_map", on_pick=pick)
        if only_class and labels is not None and labels[0] == labels[1]:
            st.caption("A and B are of one class, so nothing changes on the way. Choose a B of another class.")
