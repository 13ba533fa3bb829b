"""The quality of a model's samples: what is known of it, or the button that has it found."""

from __future__ import annotations

__all__ = ["sample_quality"]

import pandas as pd
import streamlit as st

from pages.components.services.jobs import Job, visitor_on, wait_for
from pages.components.services.models import Model
from pages.components.services.qualities import quality_of
from pages.components.widgets.problems import show_problem
from vae.evaluation.quality_readings import HEADING, MEASURES, estimator, source_title, with_error
from vae.evaluation.sample_quality import SampleQuality

OFFER = (
    "How real samples look and how much of the data they cover, beside test images: from the prior, from posteriors of training images, "
    "and from a mixture fitted to these. Takes some minutes, mostly for posteriors of training images, and can be stopped."
)


def sample_quality(model: Model, beta: float, job: Job[SampleQuality] | None, missing: str | None) -> None:
    """As much as there is: `job` is what was asked for, and `missing` says why nothing can be found here."""
    st.markdown(f"#### {HEADING}")
    if job is not None and job.result is not None:
        _table(job.result)
    elif job is not None and not job.ended:
        wait_for([job], "Measuring samples", "Getting ready", key="quality")
    elif missing is not None:
        st.caption("Needs the data set that the model was trained on, training images and all, which is missing.")
    else:
        _offer(model, beta, job)


def _offer(model: Model, beta: float, job: Job[SampleQuality] | None) -> None:
    """The button, and what became of it the last time."""

    def begin() -> None:
        quality_of(model, beta, visitor_on("quality"))

    if job is not None and job.error is not None and not job.stopped:
        show_problem(job.error)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Measure samples", icon=":material/grading:", key="quality_begin", on_click=begin)
        st.caption("Stopped." if job is not None and job.stopped else OFFER, width="stretch")


def _table(quality: SampleQuality) -> None:
    rows = [
        {"Samples from": source_title(row)}
        | {f"{measure.title}, {measure.unit}": with_error(row, measure) for measure in MEASURES}
        for row in quality.rows
    ]
    alt = "Fréchet distance, precision and recall of samples, a row for each source."
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt=alt)
    for measure in MEASURES:
        st.markdown(f":small[**{measure.title}**: {measure.meaning} *{measure.advice}*]")
    st.caption(estimator(quality))
