"""The curves of a run, and beside them those of others."""

from __future__ import annotations

__all__ = ["curves_in_detail", "more_curves"]

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from pages.components.live_chart import live_chart
from pages.components.widgets.charts import (
    MAX_COMPARED_RUNS,
    Compared,
    beta_chart,
    epochs_shown,
    gradient_chart,
    kl_by_dim_chart,
    learning_rate_chart,
    loss_chart,
    speed_chart,
    term_chart,
)
from pages.components.widgets.run_words import when
from vae.models.objectives import term_title
from vae.progress import Progress, terms_of
from vae.runs.request import Request
from vae.runs.store import Run


def curves_in_detail(run: Run, progress: list[Progress], active: bool, beside: Mapping[str, Run]) -> None:
    """The curves once more with axes and beside those of other runs: open only where there is no film, which has them, too."""
    assert run.request is not None
    with st.expander(
        "Curves in detail, and beside other runs",
        icon=":material/show_chart:",
        expanded=not active and not run.film.steps,
    ):
        _curves(run.request, progress, active, _choose_compared(beside))


def _curves(request: Request, progress: list[Progress], active: bool, chosen: Sequence[Run]) -> None:
    """Loss, reconstruction and KL, and those of the runs that are compared with it."""
    place = _places(chosen)
    others = [
        Compared(
            run.id,
            f"{run.about} · {when(run)}",
            epochs,
            run.request.train.beta,
            run.request.train.objective,
            place[run.id],
        )
        for run in chosen
        if run.request is not None and (epochs := run.progress())
    ]
    done = max([*(other.progress[-1].epoch for other in others), progress[-1].epoch if progress else 0])
    planned = max([request.train.epochs, *(other.progress[-1].epochs for other in others)])
    end = epochs_shown(done, planned, active)
    live_chart(
        loss_chart(progress, end, request.train.beta, request.train.objective, others),
        "The loss on training and validation images after each epoch, in nats per image.",
        key="train_loss",
    )
    columns = st.columns(2)
    for place, name in enumerate(terms_of(progress)):
        with columns[place % 2]:
            live_chart(
                term_chart(name, progress, end, others),
                f"{term_title(name)} on training and validation images after each epoch, in nats per image.",
                key=f"train_{name}",
            )


def more_curves(request: Request, progress: list[Progress], active: bool) -> None:
    """How the dimensions share the KL, and how the training itself goes; made only where it is looked at."""
    more = st.expander("More curves", icon=":material/monitoring:", key="train_more", on_change="rerun")
    if not more.open:
        return
    end = epochs_shown(progress[-1].epoch if progress else 0, request.train.epochs, active)
    with more:
        live_chart(
            kl_by_dim_chart(progress, end, factorised=request.model.prior.factorised),
            "The KL of each latent dimension after each epoch, stacked, in nats per image.",
            key="train_kl_by_dim",
        )
        left, right = st.columns(2)
        with left:
            live_chart(beta_chart(progress, end), "β, the weight of the KL, after each epoch.", key="train_betas")
            live_chart(
                gradient_chart(progress, end),
                "The norm of the gradient in each epoch, before it is clipped.",
                key="train_gradients",
            )
        with right:
            live_chart(learning_rate_chart(progress, end), "The learning rate after each epoch.", key="train_rates")
            live_chart(speed_chart(progress, end), "Training images a second in each epoch.", key="train_speeds")


def _choose_compared(beside: Mapping[str, Run]) -> list[Run]:
    """The runs whose curves are drawn beside those of the one that is shown."""
    if not beside:
        return []
    key = "train_compared"
    st.session_state[key] = [name for name in st.session_state.get(key, []) if name in beside]
    chosen = st.multiselect(
        "Compare with",
        list(beside),
        key=key,
        format_func=_names(beside.values()).__getitem__,
        max_selections=MAX_COMPARED_RUNS,
        placeholder="Choose runs",
        persist_state="session",
        help="Runs of the same data set with the same likelihood, because nats of others mean something else. Solid lines are validation "
        "images, dotted ones training images.",
    )
    return [beside[name] for name in chosen]


def _names(known: Iterable[Run]) -> dict[str, str]:
    """What runs are called in a list to choose from, by their ids; no two alike."""
    called: dict[str, str] = {}
    for run in known:
        name = f"{run.title} · {when(run)}"
        called[run.id] = f"{name} ({run.id})" if name in called.values() else name
    return called


def _places(chosen: Sequence[Run]) -> dict[str, int]:
    """Which of the colours each run has, by their ids: one that stays chosen keeps its own."""
    before: dict[str, int] = st.session_state.get("train_places", {})
    places = {run.id: before[run.id] for run in chosen if run.id in before}
    free = [place for place in range(MAX_COMPARED_RUNS) if place not in places.values()]
    for run in chosen:
        if run.id not in places:
            places[run.id] = free.pop(0)
    st.session_state["train_places"] = places
    return places
