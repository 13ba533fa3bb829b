"""The model in use, and the condition in use, on whatever page."""

from __future__ import annotations

__all__ = [
    "Model",
    "beta_in_use",
    "betas_to_choose",
    "condition_in_use",
    "has_condition",
    "keep_model_in_url",
    "model_in_use",
    "open_model",
    "set_condition",
    "stop_using",
    "use_model",
]

import math
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from pages.components.server import assets
from pages.components.server.messages import without_paths
from pages.components.services import catalogue
from pages.components.services.catalogue import Entry, Stamp, entries
from vae.cache import Cache
from vae.checkpoints.checkpoint import Checkpoint
from vae.errors import ConfigError, VAEError
from vae.latents.layouts import Layout
from vae.latents.paths import Dimensions, dimensions, typical
from vae.limits import MAX_FACTS_BYTES
from vae.models.condition import Condition
from vae.texts import markdown
from vae.web import payloads
from vae.web.export import begin_under

T = TypeVar("T")

DEFAULT_MODEL = "mnist-2d"
CONDITIONS = "conditions"  # in use, of each model that was told one

_facts: Cache[Any] = Cache(MAX_FACTS_BYTES)


@dataclass(frozen=True)
class Model:
    """The model in use."""

    name: str
    title: str
    path: Path
    checkpoint: Checkpoint
    stamp: Stamp

    @property
    def program_url(self) -> str:
        """Where the browser finds the decoder."""
        return assets.publish((*self.stamp, "program"), lambda: payloads.decoder_program(self.checkpoint))

    @property
    def encoder_url(self) -> str:
        """Where the browser finds the encoder."""
        return assets.publish((*self.stamp, "encoder"), lambda: payloads.encoder_program(self.checkpoint))

    @property
    def spreads_url(self) -> str | None:
        """Where the browser finds how wide posteriors are between betas; None for a model that was trained at one."""
        if self.checkpoint.keyframes is None:
            return None
        return assets.publish((*self.stamp, "spreads"), lambda: payloads.spreads(self.checkpoint))

    @property
    def keyframes_url(self) -> str | None:
        """Where the browser finds what lies between betas; None for a model that was trained at one."""
        if self.checkpoint.keyframes is None:
            return None
        return assets.publish((*self.stamp, "keyframes"), lambda: payloads.keyframes(self.checkpoint))

    @property
    def points_url(self) -> str:
        """Where the browser finds the points of the map; at the beta in use, if there are too many for the page to move them all."""
        beta = beta_in_use(self) if payloads.too_many_to_move(self.checkpoint) else None
        return assets.publish((*self.stamp, "points", beta), lambda: payloads.map_points(self.checkpoint, beta))

    def layout_url(self, layout: Layout) -> str:
        """Where the browser finds the points as they are laid out in a plane."""
        return assets.publish(
            (*self.stamp, "layout", layout.key), lambda: payloads.layout_points(self.checkpoint, layout)
        )

    @property
    def typical(self) -> int:
        """The test image that pages begin with."""
        return self.cached(("typical", None), lambda: typical(self.checkpoint.points))

    def dimensions_at(self, beta: float) -> Dimensions:
        """What the dimensions hold at a beta, found once: a large test set takes a while."""
        return self.cached(
            ("dimensions", beta), lambda: dimensions(self.checkpoint.points_at(beta), self.checkpoint.prior)
        )

    def cached(self, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` finds of the model, found once; `what` stands for it among all that is."""
        return _facts.get_or_make((*self.stamp, what), make)


def open_model(entry: Entry) -> Model:
    """Reads a checkpoint, unless it has been read already. Raises `VAEError` if it can't be."""
    stamp = catalogue.stamp_of(entry.path)
    return Model(entry.name, entry.title, entry.path, catalogue.read(stamp), stamp)


def use_model(path: Path) -> None:
    """Makes the checkpoint the model in use. Raises `VAEError` if it can't be read; the one in use then stays."""
    catalogue.read(catalogue.stamp_of(path))
    name = next((entry.name for entry in entries() if entry.path.resolve() == path.resolve()), None)
    if name is None:
        raise VAEError(f"{path}: not among the models that Zscape knows.")
    st.session_state["model"] = name


def stop_using(name: str) -> None:
    """Has the default take this model's place, if it is the one in use."""
    if st.session_state.get("model") == name:
        st.session_state["model"] = DEFAULT_MODEL


def keep_model_in_url() -> None:
    """Carries the model's name from page to page, so that a reload, or a link, finds it again on any of them."""
    if "model" in st.query_params:
        st.session_state.setdefault("model", st.query_params["model"])
    elif st.session_state.get("model", DEFAULT_MODEL) != DEFAULT_MODEL:
        st.query_params["model"] = st.session_state["model"]


def model_in_use(there: Sequence[Entry]) -> Model | None:
    """The model in use, one of those that are `there`, or None where none can be read; says why on the page."""
    known = {entry.name: entry for entry in there}
    wanted = st.session_state.get("model") or DEFAULT_MODEL
    for name in dict.fromkeys((wanted, DEFAULT_MODEL, *known)):
        if name not in known:
            continue
        try:
            model = open_model(known[name])
        except VAEError as error:
            st.error(markdown(without_paths(error)), icon=":material/error:")
            continue
        if wanted not in known and wanted != DEFAULT_MODEL:
            st.toast(
                markdown(f"There is no model {catalogue.plain(wanted)[:80]} any more; this is {model.title}."),
                icon=":material/info:",
            )
        st.session_state["model"] = name
        if name == DEFAULT_MODEL:
            st.query_params.pop("model", None)
        else:
            st.query_params["model"] = name
        return model
    reason = "None of the models can be read." if known else "There is no model yet."
    st.info(f"{reason} Train one on the Train page, or upload a checkpoint on the Models page.")
    return None


def condition_in_use(model: Model) -> Condition:
    """The condition in use: what was last chosen for this model on a page, or what it begins with."""
    config, train = model.checkpoint.config, model.checkpoint.summary.train
    chosen = st.session_state.get(CONDITIONS, {}).get(model.name)
    # A typical image takes a while to find, and of a model that isn't told its class it says nothing.
    condition = begin_under(model.checkpoint, model.typical if config.classes else 0) if chosen is None else chosen
    # Another file may have taken the name since, with another range and other classes.
    label = condition.label if isinstance(condition.label, int) and condition.label < config.classes else None
    assert isinstance(condition.beta, int | float)
    return Condition(train.beta if config.beta_range is None else config.nearest_beta(condition.beta), label)


def beta_in_use(model: Model) -> float:
    """The beta of it."""
    beta = condition_in_use(model).beta
    assert isinstance(beta, float)
    return beta


def has_condition(model: Model) -> bool:
    """Whether this model was told one in this session."""
    return model.name in st.session_state.get(CONDITIONS, {})


def set_condition(model: Model, fields: Any) -> None:
    """Makes this the condition in use, wherever the model is shown. `fields` are as a browser sends them; what the model can't be told is
    ignored."""
    config = model.checkpoint.config
    match fields:
        case {"beta": int() | float() as beta, "label": int() | None as label} if config.conditioning:
            condition = Condition(float(beta), label)
        case _:
            return
    with suppress(ConfigError):
        config.check(condition)
        st.session_state[CONDITIONS] = {**st.session_state.get(CONDITIONS, {}), model.name: condition}


def betas_to_choose(model: Model) -> list[float]:
    """Betas on a logarithmic scale over the model's range, its ends, the one in use and the one that its figures are at among them; that
    one alone for a model that was trained at one."""
    config, train = model.checkpoint.config, model.checkpoint.summary.train
    if config.beta_range is None:
        return [train.beta]
    low, high = config.beta_range
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = {float(f"{digit}e{decade}") for decade in decades for digit in (1, 1.5, 2, 3, 4, 5, 7)}
    return sorted({low, high, train.beta, beta_in_use(model)} | {beta for beta in steps if low < beta < high})
