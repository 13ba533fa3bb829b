"""The maps of A and B, side by side."""

from __future__ import annotations

__all__ = ["maps"]

from collections.abc import Sequence

import streamlit as st

from pages.components.latent_map import PairedMap, pair
from pages.components.services.jobs import visitor_on
from pages.components.services.layouts import ROW, Wish, about_projection, choice_key, default_layout, made_or_making
from pages.components.services.originals import originals, rows_of_originals
from pages.components.widgets.comparison.sides import Side
from vae.evaluation.comparison import together
from vae.latents.layouts import Layout
from vae.projections import PCA, PROJECTIONS


def maps(a: Side, b: Side, alike: bool) -> None:
    """The two maps, linked: what is pointed at, or selected, in one is so in the other."""
    dims = [side.model.checkpoint.config.latent_dim for side in (a, b)]
    if min(dims) < 2:
        flat = " and ".join(side.letter for side, count in zip((a, b), dims, strict=True) if count < 2)
        st.info(
            f"{flat}: one latent dimension, and a map shows planes. The numbers below are of any.",
            icon=":material/info:",
        )
        return
    with st.container():  # always there, or the maps would be built anew
        layouts = _choose_layouts((a, b))
    if alike:
        layouts = together(*layouts)
    place = st.container()
    with st.container():  # likewise
        images = originals(a.model.checkpoint) if alike else None
    rows = rows_of_originals(a.model.checkpoint, images)
    with place:
        shown = [PairedMap(side.model, side.beta, layout) for side, layout in zip((a, b), layouts, strict=True)]
        pair(shown, shared=alike, originals=rows, key="compare_maps")


def _choose_layouts(sides: Sequence[Side]) -> list[Layout]:
    """How the points of both sides are laid out, with the control where either has more than two dimensions; below it, above each map in
    a row as high whatever it says, how far that side is."""
    deep = [side.model.checkpoint.config.latent_dim > 2 for side in sides]
    if not any(deep):
        return [default_layout(side.model, side.beta) for side in sides]
    usual = {
        default_layout(side.model, side.beta).settings.kind for side, more in zip(sides, deep, strict=True) if more
    }
    kind = _choose_plane(usual.pop() if len(usual) == 1 else PCA.kind)
    rows = list(st.columns(2, vertical_alignment="top", gap="medium"))
    layouts = []
    for side, more, row in zip(sides, deep, rows, strict=True):
        if not more:
            layouts.append(default_layout(side.model, side.beta))
            continue
        with row.container(height=ROW, border=False, vertical_alignment="top"):
            layouts.append(_layout_of_side(side, kind))
    return layouts


def _choose_plane(usual: str) -> str:
    """The method by which latents of more than two dimensions are laid out, `usual` being what the models open on."""
    return st.segmented_control(
        "Latents of more than two dimensions in the plane of",
        [name for name, kind in PROJECTIONS.items() if kind.general],
        format_func=lambda kind: PROJECTIONS[kind].title,
        default=usual,
        required=True,
        key=choice_key("compare_plane", usual),
        persist_state="session",
        help="Explore has settings for each of them, and tells how far it can be believed.",
    )


def _layout_of_side(side: Side, kind: str) -> Layout:
    """The points of one side with more than two dimensions, or what it opens on until they are laid out as was asked for."""
    at_once = default_layout(side.model, side.beta)
    if kind == at_once.settings.kind:
        layout = at_once
    else:
        visitor = visitor_on("compare")
        key = f"compare_plane_{side.letter.lower()}"
        wish = Wish(PROJECTIONS[kind](), side.beta)
        layout = made_or_making(side.model, wish, f"{visitor}-{side.letter}", key, side.letter)
    if layout is not None:
        st.caption(f"{side.letter}: {about_projection(kind)}")
    return layout or at_once
