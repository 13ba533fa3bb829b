"""Interpolate: the way from one test image to another through latent space."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.latent_map import path
from pages.components.models import Model, beta_in_use, header
from pages.components.originals import originals
from vae.latent import lerp, slerp
from vae.pictures import data_url

PLACES = 65  # latents the browser gets along the path; between two of them it goes straight
KINDS = {"Linear": lerp, "Spherical": slerp}
HELP = (
    "Linear goes straight from A to B. Spherical turns around the origin at a constant rate, "
    "and stays at the distances where the prior has its mass, which matters in many dimensions."
)


def choose(end: str, model: Model) -> int:
    """Controls for one end: by number, or a random image of a class. Returns the number of the test image."""
    labels, classes = model.checkpoint.points.labels, model.checkpoint.points.classes
    last = len(labels) - 1
    key = f"interpolate_{end}"
    if key not in st.session_state or st.session_state[key] > last:
        # Two images of different classes to begin with, the same ones every time.
        first = int(np.flatnonzero(labels == labels[0])[0])
        other = np.flatnonzero(labels != labels[0])
        st.session_state[key] = first if end == "a" or not len(other) else int(other[0])

    def draw_random() -> None:
        wanted = st.session_state[f"{key}_class"]
        there = np.flatnonzero(labels == classes.index(wanted)) if wanted in classes else np.arange(len(labels))
        if len(there):
            st.session_state[key] = int(np.random.default_rng().choice(there))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = end.upper()
        chosen = st.number_input(
            f"Image {name}",
            0,
            last,
            key=key,
            persist_state="session",
            width=130,
            help=f"Number of the test image, 0 to {last:,}.",
        )
        st.selectbox(f"Class for {name}", ["Any", *classes], key=f"{key}_class", persist_state="session", width=130)
        st.button(
            "Random",
            key=f"{key}_random",
            icon=":material/casino:",
            on_click=draw_random,
            help="A random test image of this class.",
        )
    return int(chosen)


def describe(index: int, model: Model, images: NDArray[np.uint8] | None) -> dict[str, object]:
    """What stands at one end of the path: the original where the data set is on disk, else its reconstruction."""
    points = model.checkpoint.points
    label = points.labels[index]
    name = f"{points.classes[label]}, " if label >= 0 else ""
    if images is None:
        return {"caption": f"{name}no. {index:,}, reconstruction", "picture": None}
    return {"caption": f"{name}no. {index:,}, original", "picture": data_url(images[index])}


def pick(end: str, index: int) -> None:
    """A click on the map chose an image."""
    st.session_state[f"interpolate_{end}"] = index


model = header("Interpolate", "Choose two test images, and walk from one to the other.")
if model is not None:
    left, right, last = st.columns(3, gap="medium", vertical_alignment="bottom")
    with left:
        a = choose("a", model)
    with right:
        b = choose("b", model)
    with last:
        kind_column, steps_column = st.columns(2, vertical_alignment="bottom")
        kind = kind_column.selectbox("Path", list(KINDS), key="interpolate_kind", persist_state="session", help=HELP)
        steps = steps_column.slider(
            "Steps", 3, 21, 9, key="interpolate_steps", persist_state="session", help="Pictures in the filmstrip."
        )
    means = model.checkpoint.points_at(beta_in_use(model)).mean
    places = KINDS[kind](means[a], means[b], PLACES)
    place = st.container()
    with st.container():  # below, and always there, or the map would be built anew once the images have been read
        images = originals(model.checkpoint)
    ends = {"a": describe(a, model, images), "b": describe(b, model, images)}
    with place:
        path(model, places.tolist(), steps, ends, key="interpolate_map", on_pick=pick)
