"""Diagnose: how good a model is, and what its latents hold."""

import streamlit as st

from pages.components.services.diagnoses import (
    choose_draws,
    choose_starts,
    diagnosis_of,
    images_missing,
    shown_of,
)
from pages.components.services.jobs import visitor_on, wait_for
from pages.components.services.qualities import known_quality
from pages.components.widgets.diagnosis import diagnosis, numbers, opinion, report_files
from pages.components.widgets.model_header import choose_beta, header
from pages.components.widgets.problems import show_problem
from pages.components.widgets.sample_quality import sample_quality
from vae.texts import markdown

TOP = 64  # px
MISSING_NOTE = "Needs the test images, which are missing."
STOPPED_NOTE = "Not known, for this was stopped before."

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
    visitor = visitor_on("diagnose")
    job = diagnosis_of(model.stamp, model.checkpoint, beta, draws, visitor, starts=starts, again=again)
    error = job.error
    shown = shown_of(job, model.checkpoint) if error is None or job.stopped else None
    complete = shown is not None and shown.diagnosis.complete
    quality = known_quality(model, beta) if job.ended else None
    if missing is not None and not complete:
        st.info(markdown(f"{missing} What the model's own file tells is below."), icon=":material/info:")
    if error is not None:
        with st.container(height=TOP if job.stopped else "content", border=False, vertical_alignment="center"):
            if not job.stopped:
                show_problem(error)
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
                report_files(model, shown.diagnosis, None if quality is None else quality.result)
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
        why = "" if not job.ended else STOPPED_NOTE if job.stopped else MISSING_NOTE
        diagnosis(shown, model.checkpoint.summary.data, why)
        if job.ended:
            sample_quality(model, beta, quality, missing)
    elif not job.ended:
        empty = job.empty(model.checkpoint)
        opinion(empty)
        numbers(empty, model.checkpoint.summary.data, "")
