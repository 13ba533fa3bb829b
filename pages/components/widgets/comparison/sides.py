"""A and B: the two models that are compared, each at a beta."""

from __future__ import annotations

__all__ = ["Side", "choose_sides"]

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.services import diagnoses
from pages.components.services.catalogue import Entry
from pages.components.services.models import Model, beta_in_use, betas_to_choose, has_condition, open_model
from vae.errors import VAEError
from vae.evaluation.terms import Terms, terms
from vae.texts import markdown

BETA_FACTOR = 10.0  # factor from beta 1 to the betas of A and of B, to begin with, where both are one model


class Side(NamedTuple):
    """A model at a beta."""

    letter: str
    entry: Entry
    model: Model
    beta: float

    @property
    def label(self) -> str:
        """What tells it from the other one."""
        at = f", at β {self.beta:g}" if self.model.checkpoint.config.beta_range else ""
        return f"{self.letter}: {self.model.title}{at}"

    @property
    def terms(self) -> Terms:
        """The terms of the bound: as they were measured, if they were, by a diagnosis at least."""
        bound = terms(self.model.checkpoint, self.beta)
        if not bound.measured:
            for diagnosis in diagnoses.made(self.model.stamp):
                if diagnosis.beta == self.beta:
                    return Terms(diagnosis.recon, diagnosis.kl, diagnosis.samples)
        return bound


def choose_sides(there: Mapping[str, Entry], name: str, about: str) -> tuple[Side, Side] | None:
    """The controls of both sides, of which A begins with the model of this name, and `about` is said of the lists of models; None, and why
    on the page, where a model can't be read."""
    first = _name_of("A", there, name)
    second = _name_of("B", there, _other_than(first, there))
    left, right = st.columns(2, gap="medium")
    with left:
        a = _choose("A", there, first != second, about)
    with right:
        b = None if a is None else _choose("B", there, first != second, about)
    return None if a is None or b is None else (a, b)


def _name_of(letter: str, there: Mapping[str, Entry], name: str) -> str:
    """The name of the model of one side: the one that was chosen, or this one."""
    key = f"compare_{letter.lower()}"
    wanted = st.session_state.get(key)
    if wanted not in there:
        if wanted is not None:
            st.toast(
                markdown(f"There is no model {wanted[:80]} any more, so {letter} is another one."),
                icon=":material/info:",
            )
        st.session_state[key] = name
    return st.session_state[key]


def _other_than(a: str, there: Mapping[str, Entry]) -> str:
    """The model that B begins with: A itself if it has several betas, else another one of the same data, else any other."""
    header = there[a].header
    if header is not None and header.config.beta_range:
        return a
    others = [entry for entry in there.values() if entry.name != a]
    alike = [entry for entry in others if entry.header and header and entry.header.summary.data == header.summary.data]
    return next((entry.name for entry in (*alike, *others)), a)


def _choose(letter: str, there: Mapping[str, Entry], alone: bool, about: str) -> Side | None:
    """The controls of one side, whose model is settled; None, and why on the page, if it can't be read. `alone` says whether the other
    side has another model, and `about` is said of the list of models."""
    key = f"compare_{letter.lower()}"
    chosen = st.selectbox(
        f"Model {letter}",
        list(there),
        key=key,
        format_func=lambda name: there[name].title,
        persist_state="session",
        help=about,
    )
    entry = there[chosen]
    try:
        model = open_model(entry)
    except VAEError as error:
        st.error(markdown(f"{without_paths(error)} Choose another model for {letter}."), icon=":material/error:")
        return None
    return Side(letter, entry, model, _choose_beta(letter, model, alone))


def _choose_beta(letter: str, model: Model, alone: bool) -> float:
    """The beta of one side: a slider if the model was trained for a range. Until somebody moves it, it is where it begins."""
    betas = betas_to_choose(model)
    if len(betas) == 1:
        st.caption(f"Trained at β {betas[0]:g} alone.")
        return betas[0]
    key = f"compare_{letter.lower()}_beta_{model.name}"
    moved = f"{key}_moved"
    if moved not in st.session_state or st.session_state.get(key) not in betas:
        st.session_state[key] = beta_in_use(model) if alone else _first_beta(letter, model, betas)
    return float(
        st.select_slider(
            f"β of {letter}",
            betas,
            key=key,
            format_func=lambda beta: f"{beta:.3g}",
            persist_state="session",
            on_change=lambda: st.session_state.update({moved: True}),
            help="The model was trained for every β of this range.",
        )
    )


def _first_beta(letter: str, model: Model, betas: Sequence[float]) -> float:
    """Where a side begins whose model is that of the other one, too: A well below beta 1, and B well above, as far as the range goes; or A
    at the beta that somebody has chosen on another page, and B away from it."""
    if has_condition(model):
        chosen = beta_in_use(model)
        wanted = (
            chosen
            if letter == "A"
            else chosen * BETA_FACTOR
            if chosen * BETA_FACTOR <= betas[-1]
            else chosen / BETA_FACTOR
        )
    else:
        wanted = model.checkpoint.config.nearest_beta() * (1 / BETA_FACTOR if letter == "A" else BETA_FACTOR)
    return min(betas, key=lambda beta: abs(np.log(beta / wanted)))
