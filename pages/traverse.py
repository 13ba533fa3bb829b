"""Traverse: what each latent dimension does, one at a time."""

import math
from functools import partial
from typing import Any

import streamlit as st

from pages.components.latent_map import Start, traverse
from pages.components.services.models import Model, beta_in_use, header
from pages.components.services.originals import originals
from pages.components.widgets.pickers import choose_image, name_image
from vae.evaluation.pictures import contact_sheet, data_url
from vae.latents.paths import traversals

IMAGE, ORIGIN, PIN = FROM = ("Test image", "Origin", "Pin")
PRIOR, DATA = RANGES = ("Prior", "Data")
PINS = "traverse_pins"  # the latent that was begun at of each model that has been shown from a pin
MOST = 20  # dimensions that are shown before somebody asks for all
HELP_FROM = (
    "The latent that is taken apart: a test image's posterior mean, the origin, or a place that was pinned on Explore."
)
HELP_RANGE = (
    "Prior: {prior} in each dimension. "
    "Data: from the 0.5 % to the 99.5 % quantile of that dimension's posterior means over the test images."
)


def begin(model: Model, said: Any) -> None:
    """The page asks for another start: a pin, or what this tab remembers. What isn't one is ignored."""
    match said:
        case {"kind": "image", "index": int(index)} if 0 <= index < len(model.checkpoint.points.labels):
            st.session_state["traverse_from"] = IMAGE
            st.session_state["traverse_image"] = index
        case {"kind": "origin"}:
            st.session_state["traverse_from"] = ORIGIN
        case {"kind": "pin", "z": list(z)} if is_latent(z, model):
            st.session_state["traverse_from"] = PIN
            st.session_state[PINS] = {**st.session_state.get(PINS, {}), model.name: z}


def is_latent(z: object, model: Model) -> bool:
    """Whether this is a latent of the model. Another model may have had its name when the pin was chosen."""
    return (
        isinstance(z, list)
        and len(z) == model.checkpoint.config.latent_dim
        and all(isinstance(value, int | float) and math.isfinite(value) for value in z)
    )


def start_at(source: str, index: int, model: Model) -> Start:
    """The latent to begin with, and what it is called."""
    checkpoint = model.checkpoint
    origin = [0.0] * checkpoint.config.latent_dim
    if source == IMAGE:
        said = {"kind": "image", "index": index}
        frames, changes = None, ()
        if checkpoint.keyframes is not None:
            frames, (k, points) = checkpoint.keyframes.mean[:, index].tolist(), checkpoint.keyframes.changes.T
            changes = tuple(k[points == index].tolist())
        z = checkpoint.points_at(beta_in_use(model)).mean[index].tolist()
        return Start(z, frames, said, name_image(index, model), index == 0, changes=changes)
    pin = st.session_state.get(PINS, {}).get(model.name)
    if source == PIN:
        pin = pin if is_latent(pin, model) else None
        return Start(pin or origin, None, {"kind": "pin", "z": pin}, "Pin" if pin else "Origin", False)
    return Start(origin, None, {"kind": "origin"}, "Origin", False)


model = header(
    "Traverse", "One latent dimension at a time: what each of them does to the picture, the others held still."
)
if model is not None:
    checkpoint, beta = model.checkpoint, beta_in_use(model)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        source = st.segmented_control(
            "Start from",
            FROM,
            default=IMAGE,
            required=True,
            key="traverse_from",
            persist_state="session",
            help=HELP_FROM,
        )
        with st.container(width=405):
            index = choose_image("traverse_image", model, disabled=source != IMAGE)
        reach = st.segmented_control(
            "Range",
            RANGES,
            default=PRIOR,
            required=True,
            key="traverse_range",
            persist_state="session",
            help=HELP_RANGE.format(prior=checkpoint.config.prior.reaches),
        )
        steps = st.slider(
            "Pictures",
            5,
            15,
            9,
            key="traverse_steps",
            persist_state="session",
            width=240,
            help="In each dimension's strip.",
        )
    found = model.dimensions_at(beta)
    span = found.span if reach == DATA else checkpoint.prior.span
    start = start_at(source, index, model)
    place = st.container()
    with st.container():  # below, and always there, or the panel would be built anew once the images have been read
        images = originals(checkpoint)
    if source == IMAGE and images is not None:
        start = start._replace(picture=data_url(images[index]))
    with place:
        seen = traverse(
            model,
            found,
            start,
            span=span,
            reach=reach.lower(),
            steps=steps,
            most=MOST,
            key="traverse",
            on_begin=partial(begin, model),
        )
        note, download = st.columns([3, 1], vertical_alignment="center")
        at = f" at β {beta:.3g}" if checkpoint.keyframes is not None else ""
        note.caption(
            f"Active dimensions{at}, whose posterior mean varies with the image: {found.active.sum()} of {len(found.kl)}. "
            f"KL of all: {found.kl.sum():.2f} nats per image."
        )
        download.download_button(
            "Download PNG",
            data=lambda: contact_sheet(
                checkpoint,
                traversals(seen.z, found.order[: seen.shown], span, steps).reshape(-1, len(seen.z)),
                beta,
                columns=steps,
            ),
            file_name=f"{model.name}-traversals.png",
            mime="image/png",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
            help="The strips as they are: a row for each dimension that is shown, the others held where the sliders are.",
        )
