"""Zscape: an interactive explorer of a VAE's latent space. Start it with `streamlit run app.py`, or `zscape`.

The file is two things. The server imports it and finds `app`, with the routes that serve weights and points; then Streamlit
runs it as the script of every session, which draws the navigation and the page.
"""

import threading
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.runtime.pages_manager import PagesManager

from pages.components.server import assets, imports
from pages.components.server.uploads import UploadLimit
from pages.components.services import models
from vae.runs.store import remove_leftovers

# A file of ours: icons by name come from the internet.
COMPONENTS = Path(__file__).parent / "pages" / "components"
ICON = COMPONENTS / "icon.svg"


def main() -> None:
    """Draws the page that was asked for."""
    st.set_page_config(page_title="Zscape", page_icon=str(ICON), layout="wide")
    page = st.navigation(
        [
            st.Page(
                "pages/explore.py",
                title="Explore",
                icon=":material/explore:",
                default=True,
                help="The map of the latent plane: every place is decoded under the pointer.",
            ),
            st.Page(
                "pages/sample.py",
                title="Sample",
                icon=":material/casino:",
                help="Images drawn from the prior or the aggregate posterior.",
            ),
            st.Page(
                "pages/interpolate.py",
                title="Interpolate",
                icon=":material/timeline:",
                help="The way from one image to another.",
            ),
            st.Page(
                "pages/traverse.py",
                title="Traverse",
                icon=":material/tune:",
                help="What each latent dimension does to the picture.",
            ),
            st.Page(
                "pages/diagnose.py",
                title="Diagnose",
                icon=":material/monitoring:",
                help="How good the model is, and what its latents hold.",
            ),
            st.Page(
                "pages/compare.py",
                title="Compare",
                icon=":material/compare_arrows:",
                help="Two models, or two betas of one, side by side.",
            ),
            st.Page(
                "pages/train.py", title="Train", icon=":material/model_training:", help="Train a model of your own."
            ),
            st.Page(
                "pages/models.py",
                title="Models",
                icon=":material/folder_open:",
                help="Every model there is: summaries, upload and download.",
            ),
        ],
        position="top",
    )
    imports.freeze_imported_modules()  # after a download, say, that was decoded between two runs
    models.keep_model_in_url()
    with st.container(key="frame"):
        st.html(COMPONENTS / "frame.html", unsafe_allow_javascript=True)
    page.run()


if not runtime.exists():
    # A folder named pages/ beside the script is Streamlit's older way to say which pages there are, and it would take effect
    # for the first visitor of a fresh server who comes by a page's own URL.
    PagesManager.uses_pages_directory = False
    # The first visitor need not wait for that.
    threading.Thread(target=remove_leftovers, name="remove leftovers", daemon=True).start()
    app = st.App(__file__, routes=assets.routes(), middleware=[Middleware(UploadLimit)])
else:
    main()
