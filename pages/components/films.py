"""The film of a run as a file to take along, made in the background by a process of its own."""

from __future__ import annotations

__all__ = ["film_files"]

import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import streamlit as st

from pages.components.background import Work, Works, by_process, wait_for
from vae.errors import VAEError
from vae.runs import Run

KINDS = {
    "gif": ("GIF", "image/gif", "Plays in slides, messages and documents. Smaller and coarser."),
    "mp4": ("MP4", "video/mp4", "A video with 1280 x 720 px and 30 frames a second."),
}
ROW = 64  # px, as high with a bar as with a button, so that nothing moves


@dataclass(kw_only=True)
class Filming(Work[bytes]):
    """A film that is made, or has been."""

    last: int  # step of the last snapshot when it was asked for


_works: Works[Filming] = Works("films")


def film_files(run: Run) -> None:
    """Buttons that have the film of a run made, in the colours of the theme, and hand it out; nothing where there is no film."""
    try:
        steps = run.film.steps
        label = f"{run.film.epoch(steps[-1]):.3g}" if steps else ""
    except VAEError:
        return
    if not steps:
        return
    dark = st.context.theme.type == "dark"
    with st.popover("Save the film", icon=":material/movie:"):
        for kind in KINDS:
            with st.container(height=ROW, border=False, vertical_alignment="center", key=f"film_row_{kind}"):
                _file(run, kind, steps[-1], dark)
        st.caption(f"To epoch {label}, on a {'dark' if dark else 'light'} ground. It takes about half a minute.")


def _file(run: Run, kind: str, last: int, dark: bool) -> None:
    title, mime, help_ = KINDS[kind]
    visitor = st.session_state.setdefault("film_visitor", uuid4().hex)
    # What a run has come to since is in the next film.
    key = run.id, kind, dark
    name = f"film_{kind}_{run.id}"
    asked = st.session_state.get(f"{name}_asked")
    work = _works.get((*key, asked))
    if work is None or work.stopped or work.error is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            begun = st.button(title, icon=":material/movie:", key=name, help=help_)
            if work is not None:
                st.caption("Stopped." if work.stopped else f":material/error: {work.error}")
        if not begun:
            return
        st.session_state[f"{name}_asked"] = last
        # A visitor can have both at a time.
        _works.ask(
            (*key, last),
            lambda: Filming(visitor=f"{visitor} {kind}", last=last),
            lambda work: _make(work, run, kind, dark),
            again=True,
        )
        st.rerun()
    elif work.result is None:
        wait_for([work], f"Drawing the {title}", f"{title}: getting ready", key=name)
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                f"{title}, {len(work.result) / 1e6:.1f} MB",
                data=work.result,
                file_name=f"{run.id}.{kind}",
                mime=mime,
                icon=":material/download:",
                type="primary",
                on_click="ignore",
                key=f"{name}_download",
            )
            if work.last < last and st.button(
                "Anew", icon=":material/refresh:", key=f"{name}_anew", help="The run has gone on since."
            ):
                del st.session_state[f"{name}_asked"]
                st.rerun()


def _make(work: Filming, run: Run, kind: str, dark: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film.{kind}"
        options = ["--dark"] if dark else []
        by_process(work, ["film", str(run.folder), f"--out={path}", *options], "The film could not be made")
        return path.read_bytes()
