"""Traverse: what each latent dimension does, one at a time."""

from functools import partial

import streamlit as st

from pages.components.latent_map import traverse
from pages.components.services.models import beta_in_use, condition_in_use
from pages.components.services.originals import originals
from pages.components.widgets.downloads import download_button
from pages.components.widgets.model_header import header
from pages.components.widgets.traversal_start import IMAGE, begin, choose_start, start_at
from vae.evaluation.pictures import contact_sheet, data_url
from vae.latents.paths import traversals

PRIOR, DATA = RANGES = ("Prior", "Data")
MAX_DIMENSIONS = 20  # dimensions that are shown before somebody asks for all
HELP_RANGE = (
    "Prior: {prior} in each dimension. "
    "Data: from the 0.5 % to the 99.5 % quantile of that dimension's posterior means over the test images."
)


model = header(
    "Traverse", "One latent dimension at a time: what each of them does to the picture, the others held still."
)
if model is not None:
    checkpoint, beta, condition = model.checkpoint, beta_in_use(model), condition_in_use(model)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        source, index = choose_start(model)
        reach = st.segmented_control(
            "Range",
            RANGES,
            default=PRIOR,
            required=True,
            key="traverse_range",
            persist_state="session",
            help=HELP_RANGE.format(prior=checkpoint.config.prior.reaches),
        )
        steps = st.slider(
            "Pictures",
            5,
            15,
            9,
            key="traverse_steps",
            persist_state="session",
            width=240,
            help="In each dimension's strip.",
        )
    dimensions = model.dimensions_at(beta)
    span = dimensions.span if reach == DATA else checkpoint.prior.span
    start = start_at(source, index, model)
    place = st.container()
    with st.container():  # below, and always there, or the panel would be built anew once the images have been read
        images = originals(checkpoint)
    if source == IMAGE and images is not None:
        start = start._replace(picture=data_url(images[index]))
    with place:
        seen = traverse(
            model,
            dimensions,
            start,
            span=span,
            reach=reach.lower(),
            steps=steps,
            most=MAX_DIMENSIONS,
            key="traverse",
            on_begin=partial(begin, model),
        )
        note, download = st.columns([3, 1], vertical_alignment="center")
        at = f" at β {beta:.3g}" if checkpoint.keyframes is not None else ""
        note.caption(
            f"Active dimensions{at}, whose posterior mean varies with the image: {dimensions.active.sum()} of {len(dimensions.kl)}. "
            f"KL of all: {dimensions.whole_kl:.2f} nats per image."
        )

        def sheet() -> bytes:
            z = traversals(seen.z, dimensions.order[: seen.shown], span, steps).reshape(-1, len(seen.z))
            return contact_sheet(checkpoint, z, condition, columns=steps)

        with download:
            download_button(
                "Download PNG",
                sheet,
                f"{model.name}-traversals.png",
                width="stretch",
                help="The strips as they are: a row for each dimension that is shown, the others held where the sliders are.",
            )
