"""Where a traversal begins: a test image, the origin, or a pin."""

from __future__ import annotations

__all__ = ["IMAGE", "begin", "choose_start", "start_at"]

import math
from typing import Any

import streamlit as st

from pages.components.latent_map import Start
from pages.components.services.models import Model, beta_in_use
from pages.components.widgets.pickers import choose_image, name_image

IMAGE, ORIGIN, PIN = STARTS = ("Test image", "Origin", "Pin")
PINS = "traverse_pins"  # the latent that was begun at of each model that has been shown from a pin
HELP_FROM = (
    "The latent that is taken apart: a test image's posterior mean, the origin, or a place that was pinned on Explore."
)


def choose_start(model: Model) -> tuple[str, int]:
    """The controls; which of them it is, and the number of the test image."""
    source = st.segmented_control(
        "Start from",
        STARTS,
        default=IMAGE,
        required=True,
        key="traverse_from",
        persist_state="session",
        help=HELP_FROM,
    )
    with st.container(width=405):
        index = choose_image("traverse_image", model, disabled=source != IMAGE)
    return source, index


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
        pin = pin if _is_latent(pin, model) else None
        return Start(pin or origin, None, {"kind": "pin", "z": pin}, "Pin" if pin else "Origin", False)
    return Start(origin, None, {"kind": "origin"}, "Origin", False)


def begin(model: Model, said: Any) -> None:
    """The page asks for another start: a pin, or what this tab remembers. What isn't one is ignored."""
    match said:
        case {"kind": "image", "index": int(index)} if 0 <= index < len(model.checkpoint.points.labels):
            st.session_state["traverse_from"] = IMAGE
            st.session_state["traverse_image"] = index
        case {"kind": "origin"}:
            st.session_state["traverse_from"] = ORIGIN
        case {"kind": "pin", "z": list(z)} if _is_latent(z, model):
            st.session_state["traverse_from"] = PIN
            st.session_state[PINS] = {**st.session_state.get(PINS, {}), model.name: z}


def _is_latent(z: object, model: Model) -> bool:
    """Whether this is a latent of the model. Another model may have had its name when the pin was chosen."""
    return (
        isinstance(z, list)
        and len(z) == model.checkpoint.config.latent_dim
        and all(isinstance(value, int | float) and math.isfinite(value) for value in z)
    )
