"""What is to be trained: a data set, a purpose, whatever else people have an opinion on, and the button that starts a run."""

from __future__ import annotations

__all__ = ["train_form"]

from contextlib import suppress

import streamlit as st

from pages.components.server.messages import DATA_FOLDER
from pages.components.services.runs import show
from pages.components.widgets.problems import show_problem
from pages.components.widgets.run_words import pixels
from pages.components.widgets.train_controls import choose_preset, forget, remembered, train_controls
from vae.data import npz, sources
from vae.data.binarized import split_name
from vae.data.sources import DATASETS, is_on_disk, source_of, title_of
from vae.errors import ConfigError, DataError, VAEError
from vae.models.config import betas_of
from vae.runs import store
from vae.runs.presets import PRESETS, Preset
from vae.runs.request import Request
from vae.texts import markdown

PROBLEMS = 3  # files of which is said why they are no data sets


def train_form() -> None:
    """The controls and the button that starts a run."""
    data = _choose_data()
    if data is None:
        return
    request = None
    try:
        preset = _choose_preset(data)
        with st.expander("More", icon=":material/tune:"):
            request = train_controls(data, preset)
        st.caption(f":material/summarize: {markdown(_summary(preset, request))}")
    except VAEError as error:  # of what doesn't go together, or of a file that has gone since it was listed
        show_problem(str(error))
    pressed = st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        key="train_start",
        disabled=request is None,
    )
    if not pressed or request is None:
        return
    try:
        show(store.start(request))
    except VAEError as error:
        show_problem(str(error))


def _choose_data() -> str | None:
    """The data set; None, and why on the page, where its file can't be used."""
    own = sources.own_sets()
    built_in = [name for name, source in DATASETS.items() if source.downloads or is_on_disk(name)]
    known = [*built_in, *own.names]
    if st.session_state.get("train_data", known[0]) not in known:  # its file is gone, or can no longer be used
        del st.session_state["train_data"]
        forget()
    data = st.selectbox(
        "Data set",
        known,
        format_func=title_of,
        on_change=forget,
        help=markdown(f"One of your own is a file NAME.npz in {DATA_FOLDER}, with {npz.ARRAYS}."),
        **remembered("data", "mnist" if is_on_disk("mnist") else "digits"),
    )
    try:
        if data in own.names:
            st.caption(f":material/folder: {markdown(_contents(data))}")
    except VAEError as error:  # its file has gone since it was listed, say
        show_problem(str(error))
        return None
    for problem in own.problems[:PROBLEMS]:
        show_problem(problem, lambda text: st.caption(f":orange[:material/warning:] {text}"))
    if len(own.problems) > PROBLEMS:
        st.caption(f"{len(own.problems) - PROBLEMS:,} more .npz files there can't be used.")
    if not is_on_disk(data):
        st.caption(":material/download: Not on disk yet. It is downloaded first, which needs internet.")
    return data


def _choose_preset(data: str) -> Preset:
    """What it is for. Raises `VAEError` for data that has gone."""
    titles = {}
    for kind, preset in PRESETS.items():
        with suppress(ConfigError, DataError):  # of a purpose that isn't for these images, which have no labels, say
            titles[kind] = f"{preset.title} :gray[· {_duration(preset, preset.request(data))}]"
    if not titles:
        next(iter(PRESETS.values())).request(data)
    if st.session_state.get("train_preset") not in (None, *titles):
        choose_preset(next(iter(titles)))
    kind = st.radio(
        "What for",
        list(titles),
        format_func=titles.__getitem__,
        captions=[PRESETS[kind].about for kind in titles],
        on_change=forget,
        help="All else begins as suits it, and can be changed under More. Times are of two cores.",
        **remembered("preset", next(iter(PRESETS))),
    )
    return PRESETS[kind]


def _summary(preset: Preset, request: Request) -> str:
    """What is going to be trained, in a line."""
    model, train = request.model, request.train
    _, how = split_name(request.data)
    parts = [
        f"{model.top_dim}-D" + (f" above {model.lower_dim}-D" if model.lower_dim else ""),
        f"{model.network.title} network",
        pixels(model.likelihood) + (f", {how} binarisation" if how else ""),
        betas_of(model, train),
        f"{train.epochs:,} epoch{'' if train.epochs == 1 else 's'}",
        _duration(preset, request),
    ]
    return " · ".join(parts)


def _duration(preset: Preset, request: Request) -> str:
    """About how long that takes, in words."""
    minutes = round(preset.minutes(request))
    return f"about {minutes} min" if minutes else "under a minute"


def _contents(data: str) -> str:
    """What a data set of one's own holds."""
    source = source_of(data)
    assert source.counts is not None
    train, test = source.counts
    channels, height, width = source.image_shape
    colours = "grey" if channels == 1 else "colour"
    return f"{train:,} training and {test:,} test images of {height} x {width} pixels in {colours}, from {data}.npz."
