"""Sample: images drawn from the prior or the aggregate posterior, as a gallery and as rings on the map."""

import streamlit as st

from pages.components.latent_map import gallery
from pages.components.models import beta_in_use, header
from pages.components.planes import layout_in_use
from vae.latent import sample_aggregate, sample_prior
from vae.pictures import contact_sheet

SOURCES = ("Prior", "Aggregate posterior")
HELP = "The prior is N(0, I). The aggregate posterior is the average of the test images' posteriors q(z|x)."
TEMPERATURE = (
    "A factor T on standard deviations: of the prior, or of the posterior of each image that is drawn from. "
    "At 1 these are the distributions themselves."
)


def caption(source: str, temperature: float) -> str:
    """What was drawn."""
    scale = "" if temperature == 1 else f"{temperature:g}² "
    if source == "Prior":
        return f"Drawn from N(0, {scale}I)." if temperature != 1 else "Drawn from N(0, I), the prior."
    if temperature == 0:
        return "Posterior means of test images taken at random."
    return f"Drawn from N(mean, {scale}std²) of the posteriors of test images taken at random."


model = header("Sample", "Draw places from the latent space and let the model decode them.")
if model is not None:
    checkpoint, beta = model.checkpoint, beta_in_use(model)
    left, middle, right, last = st.columns([5, 4, 4, 3], vertical_alignment="bottom")
    source = left.segmented_control(
        "From",
        SOURCES,
        default="Prior",
        required=True,
        key="sample_source",
        persist_state="session",
        help=HELP,
    )
    count = middle.slider("Images", 1, 256, 64, key="sample_count", persist_state="session")
    temperature = right.slider(
        "Temperature",
        0.0,
        2.0,
        1.0,
        0.05,
        key="sample_temperature",
        persist_state="session",
        help=TEMPERATURE,
    )
    seed = last.number_input(
        "Seed", 0, 2**31 - 1, 0, key="sample_seed", persist_state="session", help="The same seed draws the same images."
    )
    if source == "Prior":
        z = sample_prior(count, checkpoint.config.latent_dim, temperature, seed)
    else:
        z = sample_aggregate(checkpoint.points_at(beta), count, temperature, seed)

    gallery(model, z.round(4).tolist(), layout_in_use(model, beta), key="sample_map")
    note, download = st.columns([3, 1], vertical_alignment="center")
    hint = " Point at a picture to see its ring on the map, or at a ring to see its picture."
    note.caption(caption(source, temperature) + (hint if checkpoint.config.latent_dim > 1 else ""))
    download.download_button(
        "Download PNG",
        data=lambda: contact_sheet(checkpoint, z, beta),
        file_name=f"{model.name}-samples.png",
        mime="image/png",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
