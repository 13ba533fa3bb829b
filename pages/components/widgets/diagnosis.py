"""A diagnosis, as far as there is one: the verdict, the numbers, the figures and the pictures."""

from __future__ import annotations

__all__ = ["diagnosis", "numbers", "opinion", "report_files"]

import math

import streamlit as st

from pages.components.live_chart import live_chart
from pages.components.services.diagnoses import Shown
from pages.components.services.models import Model
from pages.components.widgets.downloads import download_button
from vae.evaluation.diagnostics import EXAMPLE_KINDS, Diagnosis
from vae.evaluation.readings import Reading, how, number, readings, spread, unit_of
from vae.evaluation.report import to_dict, to_html, verdict
from vae.evaluation.sample_quality import SampleQuality
from vae.texts import json_of, markdown

COLUMNS = 3
# Room for the verdict, in which it wraps to so many lines; the theme has no say in that.
VERDICT_STYLE = """<style>
.st-key-diagnose_verdict { min-height: 3.2rem; }
@media (max-width: 1100px) { .st-key-diagnose_verdict { min-height: 4.8rem; } }
@media (max-width: 640px) { .st-key-diagnose_verdict { min-height: 11.2rem; } }
</style>"""


def diagnosis(shown: Shown, data: str, unknown_why: str) -> None:
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
        kinds = ", ".join(EXAMPLE_KINDS).capitalize()
        st.caption(f"{kinds}: {unknown_why}" if unknown_why else f"{kinds}: once the decoder has drawn every image.")


def opinion(diagnosis: Diagnosis) -> None:
    """The verdict, in a place that is as high before it is known."""
    st.html(VERDICT_STYLE)
    with st.container(key="diagnose_verdict", vertical_alignment="center"):
        st.markdown(verdict(diagnosis) or "Every test image is looked at first.")


def numbers(diagnosis: Diagnosis, data: str, unknown_why: str) -> None:
    """All of them, in rows of equal height."""
    shown = readings(diagnosis)
    for start in range(0, len(shown), COLUMNS):
        for column, reading in zip(st.columns(COLUMNS), shown[start : start + COLUMNS], strict=False):
            with column:
                _card(reading, diagnosis, data, unknown_why)


def _card(reading: Reading, diagnosis: Diagnosis, data: str, unknown_why: str) -> None:
    """One number with all that it takes to read it; `unknown_why` says why one isn't known, and is empty while it is on its way."""
    value = reading.value(diagnosis)
    unknown = value is not None and math.isnan(value)
    lacking = unknown and unknown_why
    with st.container(border=True, height="stretch", gap="xsmall"):
        if value is None or lacking:
            st.metric(reading.title, "–")
            st.caption(unknown_why if lacking else how(diagnosis, reading))
            return
        about = "≈ " if diagnosis.interpolated else ""
        shown = "…" if unknown else f"{about}{number(value, reading)}"
        st.metric(reading.title, f"{shown} :small[{unit_of(value, reading)}]")
        errors = spread(diagnosis, reading)
        st.caption(markdown(f"{errors and f'{errors}, standard errors. '}{how(diagnosis, reading)}"))
        st.markdown(f":small[{reading.meaning} *{reading.advice}*]")
        if baseline := reading.baseline(diagnosis, data):
            st.caption(f":material/compare_arrows: {baseline}")


def report_files(model: Model, diagnosis: Diagnosis, quality: SampleQuality | None) -> None:
    """The whole of it to take along, with the quality of samples where it is known."""
    name, data = model.name, model.checkpoint.summary.data
    with st.container(horizontal=True):
        download_button(
            "Report as JSON", json_of(to_dict(diagnosis, name, data, quality=quality), indent=1), f"{name}-report.json"
        )
        page = lambda: to_html(diagnosis, model.checkpoint, model.title, data, quality).encode()  # noqa: E731
        download_button("As one HTML page", page, f"{name}-report.html")
