"""The map of a latent plane, with a panel beside it: the Python face of the component.

The decoder runs in the page. Weights, points and plotly.js reach it by URL, so a rerun costs next to nothing.
"""

from __future__ import annotations

__all__ = ["Explored", "PairedMap", "Start", "Traversed", "gallery", "pair", "path", "reader", "traverse"]

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components import v2 as components

from pages.components.server import activity, assets
from pages.components.services.models import Model, beta_in_use, condition_in_use, has_condition, set_condition
from pages.components.widgets.train_controls import choose_preset
from vae.latents.layouts import Layout
from vae.latents.paths import Dimensions, typical
from vae.latents.selection import from_bits
from vae.limits import read_only
from vae.web.export import begin_at, built
from vae.web.payloads import classes_told, levels_of

_component = components.component(
    "zscape_latent_map",
    css=built("latent_map.css"),
    js=built("latent_map.js"),
    isolate_styles=False,  # Plotly's own styles do not reach into a shadow root; ours are prefixed
)


class Explored(NamedTuple):
    """What a visitor has done on the map."""

    pins: list[list[float]]  # latents
    selected: NDArray[np.int64]  # numbers of test images, ascending


def reader(
    model: Model,
    layout: Layout | None = None,
    figures: Sequence[tuple[str, str, str]] = (),
    *,
    originals: Mapping[str, Any] | None,
    key: str,
) -> Explored:
    """The map with the picture under the pointer; `layout` lays out latents of more than two dimensions, and `figures`, each a title, a
    value and what it means, say how well. `originals` says where the browser finds the test images, as `assets.publish_rows` does, or
    None where they are not at hand."""
    data = {"offer": not read_only(), "originals": originals, "figures": figures}
    state = _mount(model, "explore", key, data, layout=layout, pins=_nothing, selection=_nothing, train=_choose_range)
    if state.train:
        st.switch_page("pages/train.py")
    return Explored(state.pins or [], from_bits(state.selection, len(model.checkpoint.points.labels)))


def gallery(
    model: Model,
    samples: Sequence[Sequence[float]],
    layout: Layout | None,
    *,
    labels: Sequence[int] | None = None,
    columns: int | None = None,
    key: str,
) -> None:
    """Latents decoded as a gallery in so many `columns`, or in a square, and as rings on the map where there is one. `labels` are their
    classes, in place of the one in use."""
    _mount(model, "gallery", key, {"samples": samples, "labels": labels, "columns": columns}, layout=layout)


def path(
    model: Model,
    places: Sequence[Sequence[float]],
    steps: int,
    ends: Mapping[str, Mapping[str, Any]],
    layout: Layout | None,
    *,
    labels: Sequence[int] | None = None,
    key: str,
    on_pick: Callable[[str, int], None],
) -> None:
    """A path between two images: `places` are its latents, `ends` say what stands at "a" and "b", and `labels` are the two classes between
    which it goes as well, if the model is told any.

    `on_pick(end, index)` is called when a click on the map chooses an image.
    """

    def picked(state: Any) -> None:
        on_pick(state.pick["end"], int(state.pick["index"]))

    _mount(
        model, "path", key, {"path": places, "steps": steps, "labels": labels, "ends": ends}, layout=layout, pick=picked
    )


class PairedMap(NamedTuple):
    """One of two maps."""

    model: Model
    beta: float
    layout: Layout


def pair(sides: Sequence[PairedMap], *, shared: bool, originals: Mapping[str, Any] | None, key: str) -> None:
    """Two maps side by side, linked; `shared` says whether their points are of the same images, whose `originals` the browser then finds
    where `assets.publish_rows` says."""
    shown = []
    for letter, (model, beta, layout) in zip("AB", sides, strict=True):
        start = begin_at(model.checkpoint, _typical(model, layout), beta)
        about = _about(model, "side", model.layout_url(layout), projected=True, start=start)
        # The two may be one model, and what the page remembers of each is kept apart.
        condition = replace(condition_in_use(model), beta=beta)
        own = {"model": f"{about['model']}#{letter}", "condition": asdict(condition), "originals": originals}
        own |= {"keyframes": None, "spreads": None, "alt": f"{letter}. {about['alt']}"}
        shown.append({**about, **own})
    _component(key=key, data={"panel": "pair", "sides": shown, "shared": shared})


class Start(NamedTuple):
    """The latent that traversals start from."""

    z: list[float]  # (D,), at the beta in use
    frames: list[list[float]] | None  # (K, D), at each keyframe; None where it is the same at every beta
    said: dict[str, Any]  # what it is, for the page to remember
    name: str
    usual: bool  # whether this is what a visitor begins with
    picture: str | None = None  # URL of the original, where it has one that is at hand
    changes: tuple[int, ...] = ()  # keyframes after which it changes its mode


class Traversed(NamedTuple):
    """What a visitor sees of traversals."""

    shown: int  # dimensions
    z: list[float]  # (D,), the start with what was changed of it


def traverse(
    model: Model,
    dimensions: Dimensions,
    start: Start,
    *,
    span: NDArray[np.float64],
    reach: str,
    steps: int,
    most: int,
    key: str,
    on_begin: Callable[[Any], None],
) -> Traversed:
    """A row for each latent dimension, with a slider and `steps` pictures from `span[d, 0]` to `span[d, 1]`, at first for `most` of them;
    `reach` names the span.

    `on_begin(said)` is called when another start is asked for, which may be anything.
    """
    data = {
        "kl": dimensions.kl.tolist(),
        "active": dimensions.active.tolist(),
        "order": dimensions.order.tolist(),
        "span": span.tolist(),
        "reach": reach,
        "steps": steps,
        "most": most,
        "start": start._asdict(),
    }

    def begin(state: Any) -> None:
        on_begin(state.begin)

    state = _mount(model, "traverse", key, data, on_map=False, shown=_nothing, edits=_nothing, begin=begin)
    count = len(dimensions.order)
    return Traversed(count if state.shown == "all" else min(most, count), _edited(start, state.edits))


def _edited(start: Start, edits: Any) -> list[float]:
    """A start with what the page says was changed of it: { said, values of dimensions by their numbers }. What was changed of another one,
    or is no number of this one's, doesn't count."""
    z = list(start.z)
    match edits:
        case {"said": said, "values": dict(values)} if said == start.said:
            for d, value in values.items():
                if d.isdecimal() and int(d) < len(z) and isinstance(value, int | float) and math.isfinite(value):
                    z[int(d)] = float(value)
    return z


def _mount(
    model: Model,
    panel: str,
    key: str,
    data: Mapping[str, Any],
    *,
    layout: Layout | None = None,
    on_map: bool = True,
    **callbacks: Callable[[Any], None],
) -> Any:
    """The component with a panel, beside a map where the latent is a plane, or laid out in one. Each callback is called with its state
    when the state of that name changes."""
    # A key for each model, or what is set on one would be reported for the next.
    key = f"{key}_{model.program_url.rpartition('/')[2]}"
    callbacks["condition"] = lambda state: set_condition(model, state.condition)
    listeners: dict[str, Any] = {
        f"on_{name}_change": partial(_call, callback, key) for name, callback in callbacks.items()
    }

    plane = on_map and model.checkpoint.config.latent_dim == 2
    points = model.layout_url(layout) if layout is not None else model.points_url if plane else None
    start = begin_at(model.checkpoint, _typical(model, layout), beta_in_use(model)) if points else None
    about = _about(model, panel, points, projected=layout is not None, start=start)
    return _component(key=key, data={**about, **data}, **listeners)


def _typical(model: Model, layout: Layout | None) -> int:
    """The image that a map begins with, the same in every plane that has all of them."""
    every = layout is None or len(layout.index) == len(model.checkpoint.points.labels)
    if layout is None or every:
        return model.typical
    return model.cached(("typical", layout.key), lambda: typical(model.checkpoint.points, layout.index))


def _about(
    model: Model, panel: str, points: str | None, *, projected: bool, start: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What the component must know of a model and of its `points`, if it shows any; `start` is the image that a map begins with."""
    return {
        "panel": panel,
        "model": model.program_url,  # names the model: what the page remembers is kept under it
        "program": model.program_url,
        "points": points,
        "projected": projected,
        "keyframes": model.keyframes_url,
        "encoder": model.encoder_url if points else None,
        "spreads": model.spreads_url if points and not projected else None,
        "condition": asdict(condition_in_use(model)),
        "start": start,
        "chosen": has_condition(model),
        "classes": classes_told(model.checkpoint),
        "levels": levels_of(model.checkpoint),
        "plotly": assets.plotly_url(),
        "activity": activity.url(),
        "alt": f"Map of the latent plane of {model.title}: {len(model.checkpoint.points.labels):,} test images.",
    }


def _call(callback: Callable[[Any], None], key: str) -> None:
    callback(st.session_state[key])


def _choose_range(_: Any) -> None:
    """Somebody would rather have a range of betas: sets up the Train page for it."""
    choose_preset("every-beta")


def _nothing(_: Any) -> None:
    """A callback makes Streamlit keep the state it is for."""
