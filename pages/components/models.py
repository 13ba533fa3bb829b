"""The models there are, the one in use, and the line on top of every page that shows both."""

from __future__ import annotations

__all__ = ["Entry", "Model", "entries", "header", "model_in_use", "save_upload", "use_model"]

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from pages.components import assets
from vae import browser, checkpoint, runs
from vae.checkpoint import SHIPPED, Checkpoint, Header
from vae.data import DATASETS
from vae.errors import VAEError
from vae.files import write_atomic

DEFAULT = "mnist-2d"
PICKER = "model_picker"


class Entry(NamedTuple):
    """A checkpoint that can be chosen."""

    name: str  # unique; stands in the page's URL
    title: str
    origin: str  # "Shipped", "Trained here" or "Uploaded"
    path: Path
    header: Header | None  # None where the file can't be read
    error: str = ""  # why not


@dataclass(frozen=True)
class Model:
    """The model in use."""

    name: str
    title: str
    path: Path
    checkpoint: Checkpoint
    stamp: tuple[str, int, int]

    @property
    def program_url(self) -> str:
        """Where the browser finds the decoder."""
        return assets.publish((*self.stamp, "program"), lambda: browser.decoder_program(self.checkpoint))

    @property
    def points_url(self) -> str:
        """Where the browser finds the points of the map."""
        return assets.publish((*self.stamp, "points"), lambda: browser.map_points(self.checkpoint))


def entries() -> list[Entry]:
    """Every checkpoint that ships, was uploaded, or came out of a run here."""
    found = [("Shipped", path.stem, path) for path in sorted(SHIPPED.glob("*.safetensors"), reverse=True)]
    found += [("Uploaded", path.stem, path) for path in sorted(_uploads().glob("*.safetensors"))]
    found += [("Trained here", run.id, run.checkpoint) for run in runs.list_runs() if run.checkpoint is not None]
    return [_entry(origin, name, path) for origin, name, path in found]


def use_model(path: Path) -> None:
    """Makes the checkpoint the model in use. Raises `VAEError` if it can't be read; the one in use then stays."""
    _read(*_stamp(path))
    name = next((entry.name for entry in entries() if entry.path.resolve() == path.resolve()), None)
    if name is None:
        raise VAEError(f"{path}: not among the models that Zscape knows.")
    st.session_state["model"] = name


def model_in_use() -> Model | None:
    """The model in use, or None where there is none that can be read; says why on the page."""
    known = {entry.name: entry for entry in entries()}
    wanted = st.session_state.get("model") or st.query_params.get("model") or DEFAULT
    if wanted not in known and wanted != DEFAULT:
        st.toast(f"There is no model {wanted[:80]} any more; this is {DEFAULT}.", icon=":material/info:")
    for name in (wanted, DEFAULT, *known):
        if name not in known:
            continue
        try:
            stamp = _stamp(known[name].path)
            model = Model(name, known[name].title, known[name].path, _read(*stamp), stamp)
        except VAEError as error:
            st.error(str(error), icon=":material/error:")
            continue
        st.session_state["model"] = name
        if name == DEFAULT:
            st.query_params.pop("model", None)
        else:
            st.query_params["model"] = name  # so that a reload, or a link, finds it again
        return model
    st.info("There is no model yet. Train one on the Train page, or upload a checkpoint on the Models page.")
    return None


def header(title: str, caption: str) -> Model | None:
    """The page's title and the model picker; returns the model in use."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left, st.container(gap="xxsmall"):
        st.markdown(f"### {title}")
        st.caption(caption)
    with right:
        place = st.empty()
    model = model_in_use()
    if model is None:
        return None
    known = {entry.name: entry.title for entry in entries() if entry.header is not None}
    st.session_state[PICKER] = model.name
    place.selectbox(
        "Model",
        list(known),
        key=PICKER,
        format_func=known.__getitem__,
        on_change=_pick,
        help="Every model that ships, was trained here or uploaded. The Models page says more about each.",
    )
    return model


def save_upload(name: str, content: bytes) -> Path:
    """Checks an uploaded checkpoint and keeps it. Raises `VAEError`, and keeps nothing, if it isn't one."""
    checkpoint.read_bytes(content, name)
    stem = re.sub(r"[^\w.-]+", "-", Path(name).stem).strip(".-") or "upload"
    taken = {entry.name for entry in entries()}
    number, free = 1, f"upload-{stem}"
    while free in taken:
        number += 1
        free = f"upload-{stem}-{number}"
    path = _uploads() / f"{free}.safetensors"
    write_atomic(path, content)
    return path


def _pick() -> None:
    chosen = st.session_state[PICKER]
    entry = next((entry for entry in entries() if entry.name == chosen), None)
    try:
        if entry is not None:
            use_model(entry.path)
    except VAEError as error:
        st.toast(str(error), icon=":material/error:")


def _entry(origin: str, name: str, path: Path) -> Entry:
    try:
        known = _peek(*_stamp(path))
    except VAEError as error:
        return Entry(name, f"{name} (can't be read)", origin, path, None, str(error))
    data = DATASETS[known.summary.data].title if known.summary.data in DATASETS else known.summary.data
    title = f"{data}, {known.config.latent_dim}-D, β {known.summary.train.beta:g}"
    if origin != "Shipped":
        title += f" · {known.summary.date[:16].replace('T', ' ')}"
    return Entry(name, title, origin, path, known)


def _uploads() -> Path:
    return runs.runs_folder() / "uploads"


def _stamp(path: Path) -> tuple[str, int, int]:
    """What changes when the file does."""
    try:
        status = path.stat()
    except OSError as error:
        raise VAEError(f"{path}: could not be read ({error.strerror}).") from None
    return str(path.resolve()), status.st_mtime_ns, status.st_size


@st.cache_resource(max_entries=6, show_spinner=False)
def _read(path: str, modified: int, size: int) -> Checkpoint:
    return checkpoint.read(path)


@st.cache_resource(max_entries=500, show_spinner=False)
def _peek(path: str, modified: int, size: int) -> Header:
    return checkpoint.peek(path)
