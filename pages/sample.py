"""Sample: images drawn from the prior or the aggregate posterior, as a gallery and as rings on the map."""

import streamlit as st

from pages.components.latent_map import gallery
from pages.components.models import header
from pages.components.pictures import contact_sheet
from vae.latent import sample_aggregate, sample_prior

SOURCES = {
    "Prior": "Drawn from N(0, I), which the model was trained to cover.",
    "Aggregate posterior": "Drawn around the test images: from the average of their posteriors q(z|x).",
}

model = header("Sample", "Draw places from the latent space and let the model decode them.")
if model is not None:
    checkpoint = model.checkpoint
    left, middle, right, last = st.columns([5, 4, 4, 3], vertical_alignment="bottom")
    source = left.segmented_control(
        "From",
        list(SOURCES),
        default="Prior",
        required=True,
        key="sample_source",
        persist_state="session",
        help=" ".join(SOURCES.values()),
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
        help="Multiplies the standard deviation of what is drawn: below 1 images are more typical, above 1 more varied.",
    )
    seed = last.number_input(
        "Seed", 0, 2**31 - 1, 0, key="sample_seed", persist_state="session", help="The same seed draws the same images."
    )
    if source == "Prior":
        z = sample_prior(count, checkpoint.config.latent_dim, temperature, seed)
    else:
        z = sample_aggregate(checkpoint.points, count, temperature, seed)

    gallery(model, z.round(4).tolist(), key="sample_map")
    note, download = st.columns([3, 1], vertical_alignment="center")
    note.caption(f"{SOURCES[source]} Point at a picture to see its ring on the map, or at a ring to see its picture.")
    download.download_button(
        "Download PNG",
        data=lambda: contact_sheet(checkpoint, z),
        file_name=f"{model.name}-samples.png",
        mime="image/png",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
