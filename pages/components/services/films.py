"""The film of a run as a file to take along, made in the background by a process of its own."""

from __future__ import annotations

__all__ = ["film_files"]

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.services.jobs import Job, Jobs, by_process, visitor_on, wait_for
from vae.errors import VAEError
from vae.files import temporary_folder
from vae.film.movie import FILM_KINDS
from vae.runs.store import Run
from vae.texts import markdown

ROW = 64  # px, as high with a bar as with a button, so that nothing moves


@dataclass(kw_only=True, eq=False)
class Filming(Job[bytes]):
    """A film that is made, or has been."""

    film: tuple[Path, str, bool, int]  # folder of the run, suffix, whether on a dark ground, and `last`
    last: int  # step of the last snapshot when it was asked for


_jobs: Jobs[Filming] = Jobs("films")


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
        for suffix in FILM_KINDS:
            with st.container(height=ROW, border=False, vertical_alignment="center", key=f"film_row_{suffix[1:]}"):
                _file(run, suffix, steps[-1], dark)
        st.caption(
            f"To epoch {label}, in the {'dark' if dark else 'light'} colours of this page. It takes a minute or so."
        )


def name_of(run: Run) -> str:
    """What its file is called: digits-8x8-2-d-beta-1-40-epochs."""
    return re.sub(r"[^a-z0-9.]+", "-", run.title.lower().replace("β", "beta")).strip("-")


def _file(run: Run, suffix: str, last: int, dark: bool) -> None:
    kind = FILM_KINDS[suffix]
    title = kind.title
    visitor = visitor_on("film")
    name = f"film_{suffix[1:]}_{run.id}"
    asked = st.session_state.get(f"{name}_asked")
    # A visitor's own, or one who stops it, or wants another, would take it from all who wait for the same. What a run has come to since is
    # in the next film.
    film = run.folder, suffix, dark
    job = _jobs.get((visitor, *film, asked))
    if job is None or job.stopped or job.error is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            wide, high = kind.size
            help_ = f"{kind.use} {wide} x {high} px, {kind.fps:g} frames a second."
            begun = st.button(title, icon=":material/movie:", key=name, help=help_)
            if job is not None:
                st.caption("Stopped." if job.stopped else f":material/error: {markdown(job.error)}")
        if not begun:
            return
        st.session_state[f"{name}_asked"] = last
        # A visitor can have one of each kind at a time, and at once what another one has already.
        _jobs.ask(
            Filming(key=(visitor, *film, last), visitor=f"{visitor} {suffix}", film=(*film, last), last=last),
            lambda job: _made(job) or _make(job, run, suffix, dark),
            again=True,
            find=_made,
        )
        st.rerun()
    elif job.result is None:
        wait_for([job], f"Drawing the {title}", f"{title}: getting ready", key=name)
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                f"{title}, {len(job.result) / 1e6:.1f} MB",
                data=job.result,
                file_name=f"{name_of(run)}{suffix}",
                mime=kind.mime,
                icon=":material/download:",
                type="primary",
                on_click="ignore",
                key=f"{name}_download",
            )
            if job.last < last and st.button(
                "Anew", icon=":material/refresh:", key=f"{name}_anew", help="The run has gone on since."
            ):
                del st.session_state[f"{name}_asked"]
                st.rerun()


def _made(job: Filming) -> bytes | None:
    """The same film, where somebody else has it."""
    return next((other.result for other in _jobs.all() if other.film == job.film and other.result), None)


def _make(job: Filming, run: Run, suffix: str, dark: bool) -> bytes:
    with temporary_folder() as folder:
        path = folder / f"film{suffix}"
        options = ["--dark"] if dark else []
        by_process(job, ["film", str(run.folder), f"--out={path}", *options], "The film could not be made")
        return path.read_bytes()
