"""What is to be trained: the controls of the Train page, and the button that starts a run."""

from __future__ import annotations

__all__ = ["train_form"]

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from pages.components.server.messages import DATA_FOLDER
from pages.components.services.runs import show
from pages.components.services.settings import setting_control
from pages.components.widgets.problems import show_problem
from pages.components.widgets.run_words import label
from vae.data import npz, sources
from vae.data.sources import DATASETS, is_on_disk, source_of, title_of
from vae.errors import VAEError
from vae.models.likelihoods import LIKELIHOODS, Bernoulli, Likelihood
from vae.models.networks import NETWORKS
from vae.models.objectives import ELBO, OBJECTIVES
from vae.models.priors import PRIORS, StandardNormal
from vae.models.schedules import SCHEDULES, Schedule, schedule_for
from vae.projections import PROJECTIONS
from vae.runs import store
from vae.runs.request import MAX_NAME
from vae.runs.suggested import suggested
from vae.settings import settings_of
from vae.texts import listed, markdown

V = TypeVar("V")

BETAS = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 40.0)
PROBLEMS = 3  # files of which is said why they are no data sets


def train_form() -> None:
    """The controls and the button that starts a run."""
    chosen = _choose_data()
    if chosen is None:
        return
    data, latent_dim, usual = chosen
    network = _choose_network()
    beta, beta_range = _choose_beta()
    schedule = _choose_schedule()
    likelihood = _choose_likelihood()
    prior = _choose_variant(
        "Prior", PRIORS, "prior", StandardNormal.kind, "What latents are pulled towards, and drawn from."
    )
    objective = _choose_variant("Objective", OBJECTIVES, "objective", ELBO.kind, "What training minimises.")
    refinement, augment = _choose_halves()
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 1, 10_000, **_remembered("epochs", usual))
    seed = right.number_input(
        "Seed", 0, 2**32 - 1, help="The same seed gives the same model on the same machine.", **_remembered("seed", 0)
    )
    name, tensorboard = _choose_record()
    if not st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train_start"):
        return
    try:
        base = suggested(data, network, latent_dim, beta_range)
        request = replace(
            base,
            model=replace(base.model, likelihood=likelihood, prior=prior).refined(refinement),
            train=replace(
                base.train,
                beta=base.model.nearest_beta(beta),
                schedule=schedule,
                objective=objective,
                augment=augment,
                epochs=epochs,
                seed=seed,
            ),
            tensorboard=tensorboard,
            name=name,
        )
        show(store.start(request))
    except VAEError as error:
        show_problem(str(error))


def _choose_data() -> tuple[str, int, int] | None:
    """The data set, the dimensions of the latent, and the epochs that suit it; None, and why on the page, where its file can't be used."""
    own = sources.own_sets()
    known = [*DATASETS, *own.names]
    if st.session_state.get("train_data", known[0]) not in known:  # its file is gone, or can no longer be used
        del st.session_state["train_data"]
        st.session_state.pop("train_epochs", None)
    left, right = st.columns([3, 2])
    data = left.selectbox(
        "Data set",
        known,
        format_func=title_of,
        on_change=_follow_data,
        help=markdown(f"One of your own is a file NAME.npz in {DATA_FOLDER}, with {npz.ARRAYS}."),
        **_remembered("data", "mnist" if is_on_disk("mnist") else "digits"),
    )
    latent_dim = right.number_input(
        "Latent dimensions", 1, 64, on_change=_follow_latents, **_remembered("latent_dim", 2)
    )
    try:
        usual = suggested(data).train.epochs
        if data in own.names:
            st.caption(f":material/folder: {markdown(_contents(data))}")
    except VAEError as error:  # its file has gone since it was listed, say
        show_problem(str(error))
        return None
    for problem in own.problems[:PROBLEMS]:
        show_problem(problem, lambda text: st.caption(f":orange[:material/warning:] {text}"))
    if len(own.problems) > PROBLEMS:
        st.caption(f"{len(own.problems) - PROBLEMS:,} more .npz files there can't be used.")
    if not is_on_disk(data):
        st.caption(":material/download: Not on disk yet. It is downloaded first, which needs internet.")
    if latent_dim > 2:
        by = listed((kind.title for kind in PROJECTIONS.values() if kind.general), "or")
        st.caption(f":material/info: The map then shows the latents in a plane, by {by}.")
    return data, latent_dim, usual


def _choose_network() -> str:
    return _choose_kind(
        "Network",
        NETWORKS,
        "network",
        "mlp",
        "Dense layers are quickest. Hybrid puts convolutions before the encoder's dense layers: a third longer per epoch, "
        "and better on new images. Convolutional has them on both sides, and takes about four times as long.",
    )


def _choose_beta() -> tuple[float, tuple[float, float] | None]:
    """The beta to train at, and the range to train over, if it is to be a range."""
    over = st.segmented_control(
        "β, the weight of the KL",
        ["one", "range"],
        format_func={"one": "One β", "range": "A range of β"}.__getitem__,
        required=True,
        width="stretch",
        help="Trained for a range, one network knows every β in it, and Explore has a slider that moves the whole map. "
        "An epoch takes about a quarter longer, and each β comes out a little worse than a model of its own, above all on small pictures "
        "where one picture for all images costs no more than latents do.",
        **_remembered("over", "one"),
    )
    if over == "one":
        beta = st.select_slider(
            "β", BETAS, format_func="{:g}".format, label_visibility="collapsed", **_remembered("beta", 1.0)
        )
        st.caption(
            "A small β gives sharp images and a map with gaps, a large one a smooth, dense map and blurred images. "
            "At β 1 the loss is minus the ELBO."
        )
        return beta, None
    low, high = st.select_slider(
        "Range of β",
        BETAS,
        (BETAS[0], BETAS[-1]),  # also says that there are two ends
        format_func="{:g}".format,
        label_visibility="collapsed",
        key="train_beta_range",
        persist_state="session",
    )
    watched = min(max(1.0, low), high)
    st.caption(
        f"The network is conditioned on β, and sees all of the range in every step. The curves show how it does at β {watched:g}."
    )
    return watched, (low, high)


def _choose_schedule() -> Schedule:
    return _choose_variant(
        "β over time",
        SCHEDULES,
        "schedule",
        "warmup",
        "Warm-up starts with a small β, so that the model uses its latent before it pays for it. Cyclical does so "
        "four times. Constant is best for more than four dimensions, which else all stay in use, worth it or not.",
    )


def _choose_likelihood() -> Likelihood:
    return _choose_variant(
        "Likelihood of a pixel",
        LIKELIHOODS,
        "likelihood",
        Bernoulli.kind,
        "Bernoulli suits images that are nearly black and white. Gaussian suits grey ones, of which Bernoulli gives a cross entropy, "
        "no log-likelihood; its loss can be negative, because it is a density.",
    )


def _choose_halves() -> tuple[int, float]:
    """What has encoder and decoder learn apart: by how many steps posteriors are refined, and which part of the images is moved."""
    left, right = st.columns(2)
    refinement = left.number_input(
        "Refinement steps",
        0,
        10,
        help="Steps of Newton's method from the encoder's posterior to a better one, which the decoder points to. Three find "
        "three nats on a plane of MNIST. Encoder and decoder then learn apart for the last 30% of the epochs, which shows as a step "
        "in the curves and takes longer. Above four dimensions posteriors are refined only when the training is done.",
        **_remembered("refinement", 0),
    )
    moved = right.number_input(
        "Moved images (%)",
        0,
        100,
        step=10,
        help="So many of the images that the encoder learns from, for the last 30% of the epochs, are turned, scaled, sheared and "
        "shifted a little, so that new images surprise it less. The decoder sees them all as they are.",
        **_remembered("moved", 0),
    )
    return refinement, moved / 100


def _choose_record() -> tuple[str, bool]:
    """What the run is called, and whether TensorBoard can read it, too."""
    name = st.text_input(
        "Name",
        max_chars=MAX_NAME,
        placeholder="None",
        help="What lists and films call the model, before what it is. It can be changed on the Models page.",
        **_remembered("name", ""),
    )
    tensorboard = st.toggle(
        "TensorBoard files",
        help="Writes the curves and pictures of every epoch to the run's folder for TensorBoard, too. Look at them with "
        "`tensorboard --logdir runs`, once it is installed (`pip install tensorboard`).",
        **_remembered("tensorboard", False),
    )
    return (name or "").strip(), tensorboard


def _choose_kind(title: str, kinds: Collection[str], name: str, default: str, help_: str) -> str:
    """One of the kinds that there are; of a single one nobody is asked."""
    if len(kinds) == 1:
        return default
    return st.segmented_control(
        title,
        list(kinds),
        format_func=label,
        required=True,
        width="stretch",
        help=help_,
        **_remembered(name, default),
    )


def _choose_variant(title: str, table: Mapping[str, type[V]], name: str, default: str, help_: str) -> V:
    """One of the variants of a table, with its settings as they are chosen."""
    kind = table[_choose_kind(title, table, name, default, help_)]
    settings = settings_of(kind)
    values = {
        field: setting_control(setting, setting.default, f"train_{setting.option or field}")
        for field, setting in settings.items()
    }
    return kind(**values)


def _remembered(name: str, default: Any) -> dict[str, Any]:
    """Arguments of a control that starts with `default` and keeps what was chosen when the page is left."""
    st.session_state.setdefault(f"train_{name}", default)
    return {"key": f"train_{name}", "persist_state": "session"}


def _follow_data() -> None:
    """Every data set has a number of epochs that suits it."""
    with suppress(VAEError):  # of a file that has gone since it was listed; the page then lists what is left
        st.session_state["train_epochs"] = suggested(st.session_state["train_data"]).train.epochs


def _follow_latents() -> None:
    """So has every number of dimensions a schedule."""
    st.session_state["train_schedule"] = schedule_for(st.session_state["train_latent_dim"]).kind


def _contents(data: str) -> str:
    """What a data set of one's own holds."""
    source = source_of(data)
    assert source.counts is not None
    train, test = source.counts
    channels, height, width = source.image_shape
    colours = "grey" if channels == 1 else "colour"
    return f"{train:,} training and {test:,} test images of {height} x {width} pixels in {colours}, from {data}.npz."
