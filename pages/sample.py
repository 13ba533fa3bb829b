"""Sample: images drawn from the prior or the aggregate posterior, as a gallery and as rings on the map."""

import streamlit as st

from pages.components.latent_map import gallery
from pages.components.services.jobs import visitor_on, wait_for
from pages.components.services.layouts import layout_in_use
from pages.components.services.models import Model, beta_in_use, condition_in_use
from pages.components.services.posteriors import training_posteriors
from pages.components.widgets.downloads import download_button
from pages.components.widgets.model_header import header
from vae.data.sources import is_on_disk
from vae.evaluation.pictures import contact_sheet
from vae.latents.paths import Latents, sample_aggregate, sample_posteriors
from vae.models.priors import Prior
from vae.texts import markdown

PRIOR, TEST, TRAINING = "Prior", "Aggregate posterior", "Of training images"
HELP = (
    "The aggregate posterior is the average of posteriors q(z|x): of the test images, which are at hand, or of "
    "training images, which is what the model knows. Samples that are to be scored against test images must not come from those."
)
TEMPERATURE = "A factor T on the prior's standard deviations. At 1 draws are from the prior itself; nearer to 0 they are more typical."
WIDTH = (
    "A factor on the standard deviations of each posterior that is drawn from; at 0 draws are posterior means. Which images are drawn "
    "doesn't depend on it, so it changes little where posteriors are narrow."
)


def caption(source: str, temperature: float, prior: Prior) -> str:
    """What was drawn."""
    scale = "" if temperature == 1 else f"{temperature:g}² "
    if source == PRIOR:
        return prior.described(temperature)
    images = "training images" if source == TRAINING else "test images"
    if temperature == 0:
        return f"Posterior means of {images} taken at random."
    return f"Drawn from N(mean, {scale}std²) of the posteriors of {images} taken at random."


def of_training_images(model: Model, beta: float, count: int, width: float, seed: int) -> Latents | None:
    """Draws, once the posteriors are found; until then the page says how far that is."""
    again = st.session_state.pop("sample_again", False)
    visitor = visitor_on("sample")
    job = training_posteriors(model, beta, seed, visitor, again=again)
    if job.result is not None:
        return sample_posteriors(job.result.mean[:count], job.result.std[:count], width, seed)
    if job.error is None:
        wait_for([job], "Finding posteriors of training images", "Reading training images", key="sample")
        return None
    if not job.stopped:
        st.error(markdown(job.error), icon=":material/error:")
    st.button(
        "Find posteriors",
        icon=":material/refresh:",
        key="sample_begin",
        on_click=lambda: st.session_state.update(sample_again=True),
    )
    return None


model = header("Sample", "Draw places from the latent space and let the model decode them.")
if model is not None:
    checkpoint, beta, condition = model.checkpoint, beta_in_use(model), condition_in_use(model)
    prior = checkpoint.config.prior
    left, middle, right, last = st.columns([5, 4, 4, 3], vertical_alignment="bottom")
    # Before its training images are on disk, there is nothing to find their posteriors of.
    sources = [PRIOR, TEST, *([TRAINING] if is_on_disk(checkpoint.summary.data) else [])]
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
    count = middle.slider("Images", 1, 256, 64, key="sample_count", persist_state="session")
    temperature = right.slider(
        "Temperature" if source == PRIOR else "Width of each posterior",
        0.0,
        2.0,
        1.0,
        0.05,
        key="sample_temperature",
        persist_state="session",
        help=TEMPERATURE if source == PRIOR else WIDTH,
        disabled=source == PRIOR and not prior.tempered,
    )
    seed = last.number_input(
        "Seed", 0, 2**31 - 1, 0, key="sample_seed", persist_state="session", help="The same seed draws the same images."
    )
    if source == PRIOR:
        drawn = checkpoint.prior.draw(count, temperature=temperature, seed=seed)
    elif source == TEST:
        drawn = sample_aggregate(checkpoint.points_at(beta), count, temperature, seed)
    else:
        drawn = of_training_images(model, beta, count, temperature, seed)
    if drawn is None:
        st.stop()
    z: Latents = drawn

    gallery(model, z.round(4).tolist(), layout_in_use(model, beta), key="sample_map")
    note, download = st.columns([3, 1], vertical_alignment="center")
    hint = " Point at a picture to see its ring on the map, or at a ring to see its picture."
    note.caption(caption(source, temperature, prior) + (hint if checkpoint.config.latent_dim > 1 else ""))
    with download:
        download_button(
            "Download PNG",
            lambda: contact_sheet(checkpoint, z, condition),
            f"{model.name}-samples.png",
            width="stretch",
        )
