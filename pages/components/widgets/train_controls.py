"""All that can be chosen of a training besides its data and its purpose: groups of controls, which begin as the purpose has them."""

from __future__ import annotations

__all__ = ["choose_preset", "forget", "remembered", "train_controls"]

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from pages.components.services.settings import setting_control
from pages.components.widgets.run_words import label
from vae.data.binarized import binarized_name
from vae.data.sources import is_on_disk, source_of
from vae.models.likelihoods import LIKELIHOODS, Likelihood
from vae.models.networks import NETWORKS, BetaRange, Network
from vae.models.objectives import OBJECTIVES
from vae.models.priors import PRIORS
from vae.models.schedules import SCHEDULES, Schedule, schedule_for
from vae.projections import PROJECTIONS
from vae.runs.presets import Preset
from vae.runs.request import MAX_NAME, Request
from vae.runs.suggested import suggested_likelihood
from vae.settings import settings_of
from vae.texts import listed, markdown

BETAS = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 40.0)
MOST_ABREAST = 4  # choices that are buttons in a row
KEPT = ("data", "preset", "seed", "name", "tensorboard")  # controls that are the same for any purpose
BEGUN = "train_begun"  # keys of controls that begin as the purpose has them

V = TypeVar("V", bound=Any)


def train_controls(data: str, preset: Preset) -> Request:
    """The controls in their groups, and what they ask to be trained. Raises `VAEError` for what can't be."""
    of_data, of_model, of_objective, of_training = st.tabs(["Data", "Model", "Objective", "Training"])
    usual = preset.request(data)
    with of_data:
        data, augment = _choose_pixels(data, usual)
    usual = preset.request(data)
    with of_model:
        latent_dim = _choose_latents(usual)
        network = _choose_network(usual)
        conditional = _choose_conditional(data, usual)
    with of_objective:
        beta, beta_range = _choose_beta(usual)
    with of_model:
        likelihood = _choose_likelihood(data, usual.model.likelihood)
        prior = _choose_variant(
            "Prior", PRIORS, "prior", usual.model.prior, "What latents are pulled towards, and drawn from."
        )
        refinement = _choose_refinement(usual)
    with of_objective:
        objective = _choose_variant(
            "Objective", OBJECTIVES, "objective", usual.train.objective, "What training minimises."
        )
        schedule = _choose_schedule(preset.train.get("schedule") or schedule_for(latent_dim))
    with of_training:
        epochs, seed = _choose_length(usual)
        name, tensorboard = _choose_record()
    base = replace(preset, beta_range=beta_range).request(data, network.kind, latent_dim, conditional=conditional)
    of_network = replace(base.model.network, **{field: getattr(network, field) for field in settings_of(type(network))})
    model = replace(base.model.with_network(of_network), likelihood=likelihood, prior=prior).refined(refinement)
    train = replace(
        base.train,
        beta=model.nearest_beta(beta),
        schedule=schedule,
        objective=objective,
        augment=augment,
        epochs=epochs,
        seed=seed,
    )
    return replace(base, model=model, train=train, tensorboard=tensorboard, name=name)


def remembered(name: str, default: Any) -> dict[str, Any]:
    """Arguments of a control that starts with `default` and keeps what was chosen when the page is left."""
    st.session_state.setdefault(_begun(name), default)
    return {"key": f"train_{name}", "persist_state": "session"}


def choose_preset(kind: str) -> None:
    """Has the page begin with another purpose."""
    st.session_state["train_preset"] = kind
    forget()


def forget() -> None:
    """Has controls begin as another purpose, or other data, have them."""
    for key in st.session_state.pop(BEGUN, ()):
        st.session_state.pop(key, None)


def _begun(name: str) -> str:
    """The key of a control."""
    key = f"train_{name}"
    if name not in KEPT:
        st.session_state[BEGUN] = st.session_state.get(BEGUN, frozenset()) | {key}
    return key


def _choose_pixels(data: str, usual: Request) -> tuple[str, float]:
    """How the data set's pixels are taken, which is part of its name, and which part of the images is moved."""
    ways = {"as they are": "As they are", "dynamic": "Drawn anew", "static": "Drawn once"}
    if source_of(data).static is None or not is_on_disk(binarized_name(data, "static")):
        del ways["static"]
    if source_of(data).binary:
        ways = {"as they are": "As they are"}
    how = st.segmented_control(
        "Grey pixels",
        list(ways),
        format_func=ways.__getitem__,
        required=True,
        width="stretch",
        on_change=_follow_pixels,
        help="Drawn, a grey value is the probability of a pixel that is 1, so that nats are a log-likelihood, as in the literature. "
        "Anew each epoch (dynamic binarisation), or once and for all as others have published it (static).",
        **remembered("binarize", "as they are"),
    )
    moved = st.number_input(
        "Moved images (%)",
        0,
        100,
        step=10,
        help="So many of the images that the encoder learns from, for the last 30% of the epochs, are turned, scaled, sheared and "
        "shifted a little, so that new images surprise it less. The decoder sees them all as they are.",
        **remembered("moved", round(100 * usual.train.augment)),
    )
    return data if how == "as they are" else binarized_name(data, how), moved / 100


def _choose_latents(usual: Request) -> int:
    latent_dim = st.number_input(
        "Latent dimensions", 1, 64, on_change=_follow_latents, **remembered("latent_dim", usual.model.top_dim)
    )
    if latent_dim > 2:
        by = listed((kind.title for kind in PROJECTIONS.values() if kind.general), "or")
        st.caption(f":material/info: The map then shows the latents in a plane, by {by}.")
    return latent_dim


def _choose_network(usual: Request) -> Network:
    """The network, of which the settings are those that are chosen, and all else is as suits it."""
    return _choose_variant(
        "Network",
        NETWORKS,
        "network",
        usual.model.network,
        "Dense layers are quickest. Hybrid puts convolutions before the encoder's dense layers: a third longer per epoch, "
        "and better on new images. Convolutional has them on both sides, and takes about four times as long. Ladder has two levels of "
        "latents: the latent dimensions are its top, which gives what lies below.",
    )


def _choose_conditional(data: str, usual: Request) -> bool:
    """Whether the network is told the class of an image."""
    names = source_of(data).class_names()
    return st.toggle(
        "Conditional on the class",
        help="Tells encoder and decoder which class an image is of, so that the latent holds what is left: the style. Explore then shows a "
        "plane for each class, and one place in all of them."
        if len(names) > 1
        else "These images have no labels, or all the same.",
        disabled=len(names) < 2,
        **remembered("conditional", usual.model.classes > 0),
    )


def _choose_beta(usual: Request) -> tuple[float, BetaRange | None]:
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
        **remembered("over", "one" if usual.model.beta_range is None else "range"),
    )
    if over == "one":
        beta = st.select_slider(
            "β", BETAS, format_func="{:g}".format, label_visibility="collapsed", **remembered("beta", usual.train.beta)
        )
        st.caption(
            "A small β gives sharp images and a map with gaps, a large one a smooth, dense map and blurred images. "
            "At β 1 the loss is minus the ELBO."
        )
        return beta, None
    low, high = st.select_slider(
        "Range of β",
        BETAS,
        usual.model.beta_range or (BETAS[0], BETAS[-1]),  # also says that there are two ends
        format_func="{:g}".format,
        label_visibility="collapsed",
        key=_begun("beta_range"),
        persist_state="session",
    )
    watched = min(max(1.0, low), high)
    st.caption(
        f"The network is conditioned on β, and sees all of the range in every step. The curves show how it does at β {watched:g}."
    )
    return watched, (low, high)


def _choose_schedule(usual: Schedule) -> Schedule:
    return _choose_variant(
        "β over time",
        SCHEDULES,
        "schedule",
        usual,
        "Warm-up starts with a small β, so that the model uses its latent before it pays for it. Cyclical does so "
        "four times. Constant is best for more than four dimensions, which else all stay in use, worth it or not.",
    )


def _choose_likelihood(data: str, usual: Likelihood) -> Likelihood:
    chosen = _choose_variant(
        "Likelihood of a pixel",
        LIKELIHOODS,
        "likelihood",
        usual,
        "Bernoulli suits images that are nearly black and white. The others suit grey and coloured ones, of which Bernoulli gives a cross "
        "entropy, no log-likelihood. Gaussians, whose σ is chosen, found in training, or said by the decoder for each pixel, and "
        "continuous Bernoulli are densities, so their loss can be negative; discretized logistic and categorical are probabilities of "
        "levels.",
    )
    st.caption(f"Suggested: {markdown(suggested_likelihood(data).reason)}")
    return chosen


def _choose_refinement(usual: Request) -> int:
    """By how many steps posteriors are refined, with which encoder and decoder learn apart."""
    return st.number_input(
        "Refinement steps",
        0,
        10,
        help="Steps of Newton's method from the encoder's posterior to a better one, which the decoder points to. Three find "
        "three nats on a plane of MNIST. Encoder and decoder then learn apart for the last 30% of the epochs, which shows as a step "
        "in the curves and takes longer. Above four dimensions posteriors are refined only when the training is done.",
        **remembered("refinement", usual.model.refinement),
    )


def _choose_length(usual: Request) -> tuple[int, int]:
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 1, 10_000, **remembered("epochs", usual.train.epochs))
    seed = right.number_input(
        "Seed", 0, 2**32 - 1, help="The same seed gives the same model on the same machine.", **remembered("seed", 0)
    )
    return epochs, seed


def _choose_record() -> tuple[str, bool]:
    """What the run is called, and whether TensorBoard can read it, too."""
    name = st.text_input(
        "Name",
        max_chars=MAX_NAME,
        placeholder="None",
        help="What lists and films call the model, before what it is. It can be changed on the Models page.",
        **remembered("name", ""),
    )
    tensorboard = st.toggle(
        "TensorBoard files",
        help="Writes the curves and pictures of every epoch to the run's folder for TensorBoard, too. Look at them with "
        "`tensorboard --logdir runs`, once it is installed (`pip install tensorboard`).",
        **remembered("tensorboard", False),
    )
    return (name or "").strip(), tensorboard


def _choose_kind(title: str, kinds: Collection[str], name: str, default: str, help_: str) -> str:
    """One of the kinds that there are; of a single one nobody is asked."""
    if len(kinds) == 1:
        return default
    usual: dict[str, Any] = {"format_func": label, "width": "stretch", "help": help_, **remembered(name, default)}
    if len(kinds) <= MOST_ABREAST:
        return st.segmented_control(title, list(kinds), required=True, **usual)
    return st.selectbox(title, list(kinds), **usual)


def _choose_variant(title: str, table: Mapping[str, type[V]], name: str, usual: Any, help_: str) -> V:
    """One of the variants of a table, with its settings as they are chosen; those of the usual one begin as they are there."""
    kind = table[_choose_kind(title, table, name, usual.kind, help_)]
    begin = usual if isinstance(usual, kind) else kind()
    values = {
        field: setting_control(setting, getattr(begin, field), _begun(setting.option or field))
        for field, setting in settings_of(kind).items()
    }
    return replace(begin, **values)


def _follow_pixels() -> None:
    """Pixels that are drawn have a likelihood of their own."""
    st.session_state.pop("train_likelihood", None)


def _follow_latents() -> None:
    """Every number of dimensions has a schedule that suits it."""
    st.session_state.pop("train_schedule", None)
