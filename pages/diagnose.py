"""Diagnose: how good a model is, and what its latents hold."""

import math
from uuid import uuid4

import streamlit as st

from pages.components.live_chart import live_chart
from pages.components.services.diagnoses import (
    Shown,
    choose_draws,
    choose_starts,
    diagnosis_of,
    images_missing,
    shown_of,
)
from pages.components.services.jobs import wait_for
from pages.components.services.models import Model, choose_beta, header
from vae.evaluation.diagnostics import KINDS, Diagnosis
from vae.evaluation.report import Reading, how, number, readings, spread, to_dict, to_html, unit_of, verdict
from vae.texts import json_of, markdown

COLUMNS = 3
TOP = 64  # px
# Room for the verdict, in which it wraps to so many lines; the theme has no say in that.
ROOM = """<style>
.st-key-diagnose_verdict { min-height: 3.2rem; }
@media (max-width: 1100px) { .st-key-diagnose_verdict { min-height: 4.8rem; } }
@media (max-width: 640px) { .st-key-diagnose_verdict { min-height: 11.2rem; } }
</style>"""
MISSING = "Needs the test images, which are missing."
STOPPED = "Not known, for this was stopped before."


def card(reading: Reading, found: Diagnosis, data: str, unknown_why: str) -> None:
    """One number with all that it takes to read it; `unknown_why` says why one isn't known, and is empty while it is on its way."""
    value = reading.value(found)
    unknown = value is not None and math.isnan(value)
    lacking = unknown and unknown_why
    with st.container(border=True, height="stretch", gap="xsmall"):
        if value is None or lacking:
            st.metric(reading.title, "–")
            st.caption(unknown_why if lacking else how(found, reading))
            return
        about = "≈ " if found.interpolated else ""
        shown = "…" if unknown else f"{about}{number(value, reading)}"
        st.metric(reading.title, f"{shown} :small[{unit_of(value, reading)}]")
        errors = spread(found, reading)
        st.caption(markdown(f"{errors and f'{errors}, standard errors. '}{how(found, reading)}"))
        st.markdown(f":small[{reading.meaning} *{reading.advice}*]")
        if baseline := reading.baseline(found, data):
            st.caption(f":material/compare_arrows: {baseline}")


def opinion(found: Diagnosis) -> None:
    """The verdict, in a place that is as high before it is known."""
    st.html(ROOM)
    with st.container(key="diagnose_verdict", vertical_alignment="center"):
        st.markdown(verdict(found) or "Every test image is looked at first.")


def numbers(found: Diagnosis, data: str, unknown_why: str) -> None:
    """All of them, in rows of equal height."""
    shown = readings(found)
    for start in range(0, len(shown), COLUMNS):
        for column, reading in zip(st.columns(COLUMNS), shown[start : start + COLUMNS], strict=False):
            with column:
                card(reading, found, data, unknown_why)


def downloads(model: Model, found: Diagnosis) -> None:
    """The whole of it to take along."""
    name, data = model.name, model.checkpoint.summary.data
    with st.container(horizontal=True):
        st.download_button(
            "Report as JSON",
            data=json_of(to_dict(found, name, data), indent=1),
            file_name=f"{name}-report.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "As one HTML page",
            data=lambda: to_html(found, model.checkpoint, model.title, data).encode(),
            file_name=f"{name}-report.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
        )


def show(shown: Shown, data: str, unknown_why: str) -> None:
    """A diagnosis, as far as there is one."""
    opinion(shown.diagnosis)
    numbers(shown.diagnosis, data, unknown_why)
    # Without images there may be nothing to draw.
    figures = {heading: figure for heading, figure in shown.figures.items() if not unknown_why or figure.data}
    for place, (heading, figure) in enumerate(figures.items()):
        st.markdown(f"#### {heading}")
        live_chart(figure, heading, key=f"diagnose_{place}")
    st.markdown("#### Reconstructions, each below its image")
    for caption, sheet in shown.sheets.items():
        alt = f"Test images that are reconstructed {caption.partition(':')[0].lower()}, each above its reconstruction"
        st.image(sheet, caption, width="stretch", output_format="PNG", alt=alt)
    if not shown.sheets:
        kinds = ", ".join(KINDS).capitalize()
        st.caption(f"{kinds}: {unknown_why}" if unknown_why else f"{kinds}: once the decoder has drawn every image.")


model = header(
    "Diagnose",
    "How good is it, and what do its latents hold? Numbers are of the whole test split, where they say nothing else.",
)
if model is not None:
    missing = images_missing(model.checkpoint.summary.data)
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        draws = choose_draws("diagnose_draws")
        starts = choose_starts(model.checkpoint, "diagnose_starts")
    with right:
        beta = choose_beta(model, "diagnose_beta")
    again = st.session_state.pop("diagnose_again", False)
    visitor = st.session_state.setdefault("diagnose_visitor", uuid4().hex)
    job = diagnosis_of(model.stamp, model.checkpoint, beta, draws, visitor, starts=starts, again=again)
    error = job.error
    shown = shown_of(job, model.checkpoint) if error is None or job.stopped else None
    complete = shown is not None and shown.diagnosis.complete
    if missing is not None and not complete:
        st.info(markdown(f"{missing} What the model's own file tells is below."), icon=":material/info:")
    if error is not None:
        with st.container(height=TOP if job.stopped else "content", border=False, vertical_alignment="center"):
            if not job.stopped:
                st.error(markdown(error), icon=":material/error:")
            with st.container(horizontal=True, vertical_alignment="center"):
                if job.stopped:
                    st.caption("Stopped. What was known by then is below." if shown else "Stopped.", width="stretch")
                st.button(
                    "Diagnose",
                    icon=":material/refresh:",
                    key="diagnose_begin",
                    on_click=lambda: st.session_state.update(diagnose_again=True),
                )
    elif missing is None or not job.ended or complete:
        # As high with the buttons as with the bar, so that nothing below moves.
        with st.container(height=TOP, border=False, vertical_alignment="center"):
            if shown is not None and complete:
                downloads(model, shown.diagnosis)
            else:
                partly = shown is not None
                wait_for(
                    [job],
                    "Looking at every test image",
                    "Getting ready",
                    key="diagnose",
                    more=lambda: job.known is not None and not partly,
                )
    if shown is not None:
        why = "" if not job.ended else STOPPED if job.stopped else MISSING
        show(shown, model.checkpoint.summary.data, why)
    elif not job.ended:
        empty = job.empty(model.checkpoint)
        opinion(empty)
        numbers(empty, model.checkpoint.summary.data, "")
