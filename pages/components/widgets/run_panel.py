"""One run: where it stands, its film and its curves, and what can be done with it."""

from __future__ import annotations

__all__ = ["run_panel"]

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.services.films import film_files
from pages.components.training_player import training_player
from pages.components.widgets.model_words import USUAL_TITLES, prior_and_objective, refinement_of
from pages.components.widgets.problems import show_problem
from pages.components.widgets.run_buttons import open_button, resume_button, stop_button
from pages.components.widgets.run_curves import curves_in_detail, more_curves
from pages.components.widgets.run_words import STATES, label, pixels
from vae.errors import VAEError
from vae.evaluation.terms import scored_in
from vae.limits import read_only
from vae.models.likelihoods import scored
from vae.progress import Progress
from vae.runs import store
from vae.runs.request import Request
from vae.runs.status import Status
from vae.runs.store import Run
from vae.texts import markdown
from vae.training.advice import Advice, advise_again

SPLIT_CAPTIONS = {  # which images the numbers of a run are of
    "Test": "Of the test images, by the model that was kept. The curves are of validation images, which were held out from training.",
    "Validation": "Of the validation images, which are held out from training, after the last epoch.",
    "Training": "Of the training images, during the last epoch.",
}
CONTROLLED_OPTIONS = ("augment", "latent-dim", "likelihood", "schedule")  # options of which there is a control here


def run_panel(run_id: str, was_active: bool, beside: Mapping[str, Run]) -> None:
    """One run: where it stands, its curves, and what can be done with it. `beside` are those that it can be compared with, by their ids."""
    try:
        run = store.get(run_id)
    except VAEError:
        st.rerun()  # deleted, in another window perhaps
    status = run.status()
    if was_active and not status.active:
        st.rerun()  # the whole page, which then no longer asks every second
    progress = run.progress()
    if run.request is None:
        _head(run, status, [])
        show_problem(status.message)
        return
    failure = without_paths(status.message) if status.state == "failed" else ""
    advice = advise_again(run.id, progress, run.request.model, run.request.train, failure=failure)
    _head(run, status, advice)
    st.caption(_details(run.request))
    _bar(status, progress, run.request.train.epochs)
    training_player(run, progress, active=status.active, key="train_player")
    _warnings(advice)
    _numbers(run, progress, status.active)
    curves_in_detail(run, progress, status.active, beside)
    more_curves(run.request, progress, status.active)


def _head(run: Run, status: Status, advice: Sequence[Advice]) -> None:
    """What it is, whether there is anything to say about it, its film to take along, and the button that stops it or opens its model."""
    alarms = sum(not item.harmless for item in advice)
    badge = f":orange-badge[:material/warning: {alarms} warning{'' if alarms == 1 else 's'}]" if alarms else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{markdown(run.title)}** &nbsp; {STATES[status.state]} {badge}", width="stretch")
        film_files(run)
        if status.active and read_only():
            return
        if status.active:
            stop_button(run, status)
            return
        if status.resumable and not read_only():
            resume_button(run, key="train_resume")
        if run.checkpoint is not None:
            open_button(run, "Open on Explore", type="primary", key="train_open")


def _details(request: Request) -> str:
    """What the title leaves out."""
    model, train = request.model, request.train
    parts = (
        f"{label(model.network.kind)} network with {model.parameters:,} weights",
        pixels(model.likelihood),
        *(
            f"{name.lower()}: {title}"
            for name, title in prior_and_objective(model.prior, train.objective).items()
            if title != USUAL_TITLES[name]
        ),
        f"{label(train.schedule.kind).lower()} β",
        refinement_of(model),
        f"{train.augment:.0%} of the images moved" if train.augment else "",
        f"{train.batch_size:,} images a step",
        f"seed {train.seed}",
    )
    return " · ".join(part for part in parts if part)


def _bar(status: Status, progress: list[Progress], epochs: int) -> None:
    """How far it is, or how it ended, in one line of the same height."""
    if status.state == "failed":
        show_problem(status.message)
        return
    parts = [without_paths(status.message) or "Starting a process."]
    if status.state == "running" and not status.message:
        at = min(len(progress) + 1, epochs)
        left = "" if status.seconds_left is None else f"about {_duration(status.seconds_left)} left"
        parts = [f"Epoch {at:,} of {epochs:,}", f"step {status.step:,} of {status.steps:,}", left]
    elif status.state == "finished":
        parts = [f"{epochs:,} epoch{'' if epochs == 1 else 's'}"]
        if progress:
            parts.append(f"{_duration(progress[-1].seconds)} of training")
    share = min(1.0, status.step / status.steps) if status.steps else 0.0
    st.progress(share, markdown(" · ".join(part for part in parts if part)))


def _duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    hours = seconds / 3600
    if hours < 48:
        return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
    return f"{hours / 24:,.0f} days"


def _warnings(advice: Sequence[Advice]) -> None:
    """What a teacher would say of it."""
    with st.container():  # always there, or what comes after would be built anew
        for item in advice:
            icon = ":blue[:material/info:]" if item.harmless else ":orange[:material/warning:]"
            with st.container(border=True, gap="xsmall", key=f"train_advice_{item.kind.replace(' ', '_')}"):
                st.markdown(f"{icon} **{item.title}**")
                st.caption(f"Since epoch {item.epoch:,}. {item.text}")
                elsewhere = ", ".join(f"`--{name}`" for name in item.options if name not in CONTROLLED_OPTIONS)
                st.caption(f"{item.to_try} Set on the command line: {elsewhere}." if elsewhere else item.to_try)


def _numbers(run: Run, progress: list[Progress], active: bool) -> None:
    """The last epoch's numbers while it trains, the test set's at the end."""
    header = None if active else run.header  # one that was resumed has that of an earlier end
    summary = header.summary if header else None
    recon = kl = None
    split = "Validation"
    if summary is not None:
        recon, kl, split = summary.recon, summary.kl, "Test"
    elif progress:
        curve = progress[-1].validation or progress[-1].train
        recon, kl = curve.recon, curve.kl
        split = "Training" if progress[-1].validation is None else split
    first = f"{split}: minus the ELBO"
    if run.request is not None and run.request.model.nearest_beta() != 1:
        # A model for a range without 1 acts for another beta, and its bound is still reconstruction + KL.
        first = f"{split}: minus the ELBO, conditioned on β {run.request.train.beta:g}"
    with st.grid(3, min_column_width=150):
        for name, value in (
            (first, None if recon is None or kl is None else recon + kl),
            (f"{split} reconstruction", recon),
            (f"{split} KL", kl),
        ):
            st.metric(name, "–" if value is None else f"{value:.1f} :small[nats per image]")
    scoring = ""
    if header is not None:
        scoring = scored_in([header])
    elif run.request is not None and run.request.model.likelihood.of_two:
        scoring = f"{scored(math.nan).capitalize()}."
    st.caption(SPLIT_CAPTIONS[split], help=scoring or None)
