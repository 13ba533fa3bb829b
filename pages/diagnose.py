"""Diagnose: how good a model is, and what its latents hold."""

import json
from uuid import uuid4

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.diagnoses import DRAWS, DRAWS_HELP, DRAWS_LABEL, Work, diagnosis_of, images_missing
from pages.components.live_chart import live_chart
from pages.components.models import Model, beta_in_use, header
from pages.components.originals import originals
from vae.diagnostics import Diagnosis
from vae.report import Reading, figures_of, number, readings, sheets, to_dict, to_html

COLUMNS = 3


def card(reading: Reading, found: Diagnosis) -> None:
    """One number with all that it takes to read it."""
    value, error = reading.value(found), reading.error(found)
    about = f"{reading.estimator(found)}. {reading.reference}".strip()
    with st.container(border=True, height="stretch", gap="xsmall"):
        shown = "–" if value is None else f"{number(value, reading)} {reading.unit}"
        st.metric(reading.title, shown, help=about[0].upper() + about[1:])
        if value is None:
            st.caption(about[0].upper() + about[1:])
        elif error is not None:
            st.caption(f"± {error:.3f} standard error over draws of z")
        st.caption(f"{reading.meaning} *{reading.advice}*")


def numbers(found: Diagnosis) -> None:
    """All of them, in rows of equal height."""
    shown = readings(found)
    for start in range(0, len(shown), COLUMNS):
        for column, reading in zip(st.columns(COLUMNS), shown[start : start + COLUMNS], strict=False):
            with column:
                card(reading, found)


def reconstructions(model: Model, found: Diagnosis, images: NDArray[np.uint8]) -> None:
    """The images that fare best, like most, and worst, each above its reconstruction."""
    st.markdown("#### Reconstructions, each below its image")
    for caption, sheet in sheets(found, model.checkpoint, images).items():
        st.image(sheet, caption, width="stretch")


def downloads(model: Model, found: Diagnosis, images: NDArray[np.uint8]) -> None:
    """The whole of it to take along."""
    name, data = model.name, model.checkpoint.summary.data
    with st.container(horizontal=True):
        st.download_button(
            "Report as JSON",
            data=json.dumps(to_dict(found, name, data), indent=1),
            file_name=f"{name}-report.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "As one HTML page",
            data=lambda: to_html(found, model.checkpoint, model.title, data, images).encode(),
            file_name=f"{name}-report.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
        )


def show(model: Model, found: Diagnosis, images: NDArray[np.uint8] | None) -> None:
    """A diagnosis that is there."""
    if images is not None:
        downloads(model, found, images)
    numbers(found)
    for place, (heading, figure) in enumerate(figures_of(found, model.checkpoint.keyframes).items()):
        st.markdown(f"#### {heading}")
        live_chart(figure, heading, key=f"diagnose_{place}")
    if images is not None:
        reconstructions(model, found, images)


@st.fragment(run_every=0.8)
def wait_for(work: Work) -> None:
    """How far it is; draws the page again once it is done."""
    if work.result.done():
        st.rerun()
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.progress(work.share, "Looking at every test image" if work.of else "Getting ready")
    if right.button("Stop", icon=":material/stop:", key="diagnose_stop", width="stretch", disabled=work.stopped):
        work.stop()


model = header("Diagnose", "How good is it, and what do its latents hold? Every number is of the whole test split.")
if model is not None:
    missing = images_missing(model.checkpoint.summary.data)
    if missing is not None:
        st.info(missing, icon=":material/info:")
    else:
        draws = st.segmented_control(
            DRAWS_LABEL,
            DRAWS,
            default=DRAWS[0],
            required=True,
            key="diagnose_draws",
            persist_state="session",
            help=DRAWS_HELP,
        )
        beta = beta_in_use(model)
        again = st.session_state.pop("diagnose_again", False)
        visitor = st.session_state.setdefault("diagnose_visitor", uuid4().hex)
        work = diagnosis_of(model.stamp, model.checkpoint, beta, draws, visitor, again=again)
        place = st.container()
        with st.container():
            images = originals(model.checkpoint)
        with place:
            if work.diagnosis is not None:
                show(model, work.diagnosis, images)
            elif work.error is None:
                wait_for(work)
            else:
                (st.info if work.stopped else st.error)(work.error, icon=":material/info:")
                st.button(
                    "Diagnose",
                    icon=":material/refresh:",
                    key="diagnose_begin",
                    on_click=lambda: st.session_state.update(diagnose_again=True),
                )
