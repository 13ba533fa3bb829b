"""Every diagnostic of A and B."""

from __future__ import annotations

__all__ = ["diagnosed"]

from collections.abc import Sequence

import streamlit as st

from pages.components.services import diagnoses
from pages.components.services.diagnoses import Diagnosing, choose_draws, diagnosis_of, images_missing
from pages.components.services.jobs import visitor_on, wait_for
from pages.components.widgets.comparison.sides import Side
from pages.components.widgets.comparison.tables import sentence, signed, small, table, titled
from vae.evaluation.comparison import Difference, differences, same_likelihood
from vae.evaluation.diagnostics import Diagnosis
from vae.evaluation.readings import Reading, number, spread
from vae.texts import markdown


def diagnosed(a: Side, b: Side, compared: bool) -> None:
    """Every diagnostic of both, once somebody has asked for them."""
    missing = next(
        filter(None, (images_missing(side.model.checkpoint.summary.data) for side in (a, b))),
        None,
    )
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        draws = choose_draws("compare_draws")
    jobs = [diagnoses.begun(side.model.stamp, side.model.checkpoint, side.beta, draws) for side in (a, b)]
    results = [job.result if job else None for job in jobs]
    with right:
        if all(results):
            error = (
                " ± is the standard error of the difference over images, each compared with itself." if compared else ""
            )
            st.caption(f"Of the whole test split, where a number says nothing else.{error}")
        elif any(job and not job.ended for job in jobs):
            going = [job for job in jobs if job is not None]
            wait_for(going, "Looking at every test image", "Getting ready", key="compare")
        elif missing is not None:
            st.info(markdown(missing), icon=":material/info:")
        else:
            _offer(a, b, draws, jobs)
    one, other = results
    if one is not None and other is not None:
        alike = same_likelihood(a.model.checkpoint, b.model.checkpoint)
        rows = [_row(row, (one, other)) for row in differences(one, other, alike, compared)]
        if not compared or not any(row["±"] for row in rows):
            rows = [{name: text for name, text in row.items() if name != "±"} for row in rows]
        table(rows, compared, "Every diagnostic of A and B, and how far they differ.")


def _offer(a: Side, b: Side, draws: int, jobs: Sequence[Diagnosing | None]) -> None:
    """The button that has both diagnosed, and what became of it the last time."""

    def begin() -> None:
        visitor = visitor_on("compare")
        for side in (a, b):
            # A visitor has one made at a time, and these are two.
            who = f"{visitor}-{side.letter.lower()}"
            diagnosis_of(side.model.stamp, side.model.checkpoint, side.beta, draws, who, again=True)

    problem = next((job.error for job in jobs if job and job.error and not job.stopped), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Diagnose both", icon=":material/monitoring:", key="compare_diagnose", on_click=begin)
        if problem is not None:
            st.error(markdown(problem), icon=":material/error:")
        else:
            stopped = any(job and job.stopped for job in jobs)
            st.caption(
                "Stopped."
                if stopped
                else "Active dimensions, neighbours, a tighter bound and more: up to some minutes."
            )


def _row(row: Difference, pair: tuple[Diagnosis, Diagnosis]) -> dict[str, str]:
    """One number of both diagnoses, in its unit and with its digits."""
    reading = row.reading
    factor, unit = (100, " points") if reading.percent else (1, "")
    return {
        " ": titled(reading.title, sentence(row.estimator), reading.meaning, unit=reading.unit),
        "A": _value(row.a, pair[0], reading),
        "B": _value(row.b, pair[1], reading),
        "B − A": "–" if row.difference is None else f"{signed(factor * row.difference, reading.digits)}{unit}",
        "±": "" if row.error is None else f"{factor * row.error:.3f}",
    }


def _value(value: float | None, diagnosis: Diagnosis, reading: Reading) -> str:
    """A number of one diagnosis, with its standard errors in small print below."""
    if value is None:
        return "–"
    errors = filter(None, spread(diagnosis, reading).split(", "))
    return "  \n".join([number(value, reading), *map(small, errors)])
