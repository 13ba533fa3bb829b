"""Sample: images drawn from the prior, the aggregate posterior or what was fitted to it, as a gallery and as rings on the map."""

import numpy as np
import streamlit as st

from pages.components.latent_map import gallery
from pages.components.services.layouts import layout_in_use
from pages.components.services.models import beta_in_use, condition_in_use
from pages.components.widgets.downloads import download_button
from pages.components.widgets.model_header import header
from pages.components.widgets.sample_sources import (
    FITTED,
    PRIOR,
    TEST,
    TRAINING,
    caption,
    choose_component,
    draws,
    show_distance,
    show_pictures,
)
from vae.data.sources import is_on_disk
from vae.evaluation.pictures import contact_sheet
from vae.latents.paths import Latents

HELP = (
    "The aggregate posterior is the average of posteriors q(z|x): of the test images, which are at hand, or of "
    "training images, which is what the model knows. Samples that are to be scored against test images must not come from those. The "
    "fitted mixture is one of normal distributions, fitted to posteriors of training images: where the prior has places without images, "
    "draws from it are better."
)
TEMPERATURE = "A factor T on the prior's standard deviations. At 1 draws are from the prior itself; nearer to 0 they are more typical."
MAX_IMAGES = 256
ROWS = "A row for each class, of the same latents: the style stays from row to row, and the class changes."
WIDTH = (
    "A factor on the standard deviations of each posterior that is drawn from; at 0 draws are posterior means. Which images are drawn "
    "doesn't depend on it, so it changes little where posteriors are narrow."
)


model = header("Sample", "Draw places from the latent space and let the model decode them.")
if model is not None:
    checkpoint, beta, condition = model.checkpoint, beta_in_use(model), condition_in_use(model)
    prior = checkpoint.config.prior
    left, middle, right, last = st.columns([9, 4, 4, 4], vertical_alignment="bottom")
    # Before its training images are on disk, there is nothing to find their posteriors of.
    sources = [PRIOR, TEST, *([TRAINING, FITTED] if is_on_disk(checkpoint.summary.data) else [])]
    if st.session_state.get("sample_source", PRIOR) not in sources:
        del st.session_state["sample_source"]
    source = left.segmented_control(
        "From",
        sources,
        default=PRIOR,
        required=True,
        key="sample_source",
        persist_state="session",
        help=f"The prior is {prior.title}. {HELP}",
    )
    count = middle.slider("Images", 1, MAX_IMAGES, 64, key="sample_count", persist_state="session")
    temperature = right.slider(
        "Temperature" if source in (PRIOR, FITTED) else "Width of each posterior",
        0.0,
        2.0,
        1.0,
        0.05,
        key="sample_temperature",
        persist_state="session",
        help=TEMPERATURE if source in (PRIOR, FITTED) else WIDTH,
        disabled=source == FITTED or (source == PRIOR and not prior.tempered),
    )
    classes = min(checkpoint.config.classes, MAX_IMAGES)
    in_turn = bool(classes) and st.toggle(
        "Each class in turn", key="sample_in_turn", persist_state="session", help=ROWS
    )
    seed = last.number_input(
        "Seed", 0, 2**31 - 1, 0, key="sample_seed", persist_state="session", help="The same seed draws the same images."
    )
    component = choose_component(model, source)
    drawn = draws(model, source, beta, count, temperature, seed, component)
    if drawn is None:
        st.stop()
    z: Latents = drawn
    columns, labels = None, None
    if in_turn:
        columns = max(1, count // classes)
        z, labels = np.tile(z[:columns], (classes, 1)), np.arange(classes).repeat(columns)

    own = None if labels is None else labels.tolist()
    gallery(model, z.round(4).tolist(), layout_in_use(model, beta), labels=own, columns=columns, key="sample_map")
    note, download = st.columns([3, 1], vertical_alignment="center")
    hint = " Point at a picture to see its ring on the map, or at a ring to see its picture."
    note.caption(
        caption(source, temperature, prior, component)
        + (f" {ROWS}" if in_turn else "")
        + (hint if checkpoint.config.latent_dim > 1 else "")
    )
    with download:
        download_button(
            "Download PNG",
            lambda: contact_sheet(checkpoint, z, condition, columns, labels),
            f"{model.name}-samples.png",
            width="stretch",
        )
    show_distance(model, source, beta, offered=FITTED in sources)
    show_pictures(model)
