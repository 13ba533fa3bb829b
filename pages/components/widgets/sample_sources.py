"""What Sample draws from: each source's draws, what they are in words, and how far the prior is from the images."""

from __future__ import annotations

__all__ = [
    "FITTED",
    "PRIOR",
    "TEST",
    "TRAINING",
    "caption",
    "choose_component",
    "draws",
    "show_distance",
    "show_pictures",
]

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.components.services.jobs import Job, visitor_on, wait_for
from pages.components.services.models import Model
from pages.components.services.posteriors import fitted_density, fitted_so_far, training_posteriors
from vae.evaluation.density import Distance
from vae.evaluation.pictures import pixels, sheet
from vae.latents.paths import Latents, sample_aggregate, sample_posteriors
from vae.models.priors import Prior
from vae.texts import markdown

PRIOR, TEST, TRAINING = "Prior", "Aggregate posterior", "Of training images"
FITTED = "Fitted mixture"
EVERY = -1  # component

T = TypeVar("T")


def draws(
    model: Model, source: str, beta: float, count: int, temperature: float, seed: int, component: int
) -> Latents | None:
    """Draws from a source, once there are any; until then the page says how far that is."""
    checkpoint = model.checkpoint
    if source == PRIOR and component != EVERY:
        return checkpoint.prior.draw_from(component, count, seed=seed)
    if source == PRIOR:
        return checkpoint.prior.draw(count, temperature=temperature, seed=seed)
    if source == TEST:
        return sample_aggregate(checkpoint.points_at(beta), count, temperature, seed)
    visitor = visitor_on("sample")
    if source == FITTED:
        fitted = _waited_for(
            lambda again: fitted_density(model, beta, visitor, again=again),
            "Fitting a mixture to posteriors of training images",
            "Fit",
        )
        return None if fitted is None else fitted.density.draw(count, seed)
    found = _waited_for(
        lambda again: training_posteriors(model, beta, seed, visitor, again=again),
        "Finding posteriors of training images",
        "Find posteriors",
    )
    return None if found is None else sample_posteriors(found.mean[:count], found.std[:count], temperature, seed)


def caption(source: str, temperature: float, prior: Prior, component: int) -> str:
    """What was drawn."""
    scale = "" if temperature == 1 else f"{temperature:g}² "
    if source == PRIOR and component != EVERY:
        return f"Drawn from component {component + 1} of the prior, {prior.title}."
    if source == PRIOR:
        return prior.described(temperature)
    if source == FITTED:
        return "Drawn from a mixture of normal distributions that was fitted to draws from the posteriors of training images."
    images = "training images" if source == TRAINING else "test images"
    if temperature == 0:
        return f"Posterior means of {images} taken at random."
    return f"Drawn from N(mean, {scale}std²) of the posteriors of {images} taken at random."


def choose_component(model: Model, source: str) -> int:
    """The component of the prior to draw from, or `EVERY`; only where there are some is anything to choose."""
    normals = model.checkpoint.prior.components
    if normals is None or source != PRIOR:
        return EVERY
    count = len(normals.weight)
    if st.session_state.get("sample_component", EVERY) >= count:
        del st.session_state["sample_component"]
    return st.selectbox(
        "Component",
        range(EVERY, count),
        format_func=lambda k: "All of them" if k == EVERY else f"{k + 1}, weight {100 * normals.weight[k]:.1f} %",
        key="sample_component",
        persist_state="session",
        help="The normal distribution of the prior that is drawn from. All of them are drawn from as often as they weigh.",
    )


def show_distance(model: Model, source: str, beta: float, *, offered: bool) -> None:
    """How far the prior is from the aggregate posterior of training images, where it has been found, or where that is to be had if it is
    `offered`."""
    fitted = fitted_so_far(model, beta) if source in (PRIOR, FITTED) else None
    if fitted is not None:
        count = len(fitted.density.weight)
        st.caption(f"{apart(fitted.distance)} By a mixture of {count} normal distribution{'' if count == 1 else 's'}.")
    elif source == PRIOR and offered:
        st.caption(
            f"“{FITTED}” says how far the prior is from the training images, and so how far draws from it can be believed."
        )


def apart(distance: Distance) -> str:
    """That in a sentence with its estimator."""
    return (
        f"Prior and aggregate posterior are at least {distance.nats:.2f} ± {distance.error:.2f} nats apart: KL(q(z) ‖ p(z)), at "
        f"{distance.draws:,} draws of training images that the mixture wasn't fitted to."
    )


def show_pictures(model: Model) -> None:
    """The images whose posteriors the prior is made of, if it is."""
    pictures = model.checkpoint.prior.pictures
    if pictures is None:
        return
    st.image(
        model.cached("pseudo-inputs", lambda: sheet(pixels(pictures))),
        f"The {len(pictures)} pseudo-inputs of the prior, row by row: images that it has learned. The encoder's posteriors of them are its "
        "components.",
    )


def _waited_for(ask: Callable[[bool], Job[T]], words: str, button: str) -> T | None:
    """What a job makes, once it is there; until then the page says how far that is."""
    job: Job[Any] = ask(st.session_state.pop("sample_again", False))
    if job.result is not None:
        return job.result
    if job.error is None:
        wait_for([job], words, "Reading training images", key="sample")
        return None
    if not job.stopped:
        st.error(markdown(job.error), icon=":material/error:")
    st.button(
        button,
        icon=":material/refresh:",
        key="sample_begin",
        on_click=lambda: st.session_state.update(sample_again=True),
    )
    return None
