"""Train: choose what to train, watch it learn, open the result on Explore."""

import streamlit as st

from pages.components.services.runs import shown_of
from pages.components.widgets.model_header import heading
from pages.components.widgets.run_list import run_list
from pages.components.widgets.run_panel import run_panel
from pages.components.widgets.train_form import train_form
from vae.limits import read_only
from vae.runs import store

READ_ONLY_NOTE = (
    "This server only shows models, and trains none. To train one, install Zscape on a machine of your own, start it with "
    "`zscape` and open this page there, or say `python -m vae train --data mnist --out mine.safetensors`."
)

heading(
    "Train",
    "Models that were trained here, and how that went."
    if read_only()
    else "A model of your own, from one of these data sets. It trains in the background, here on this machine.",
)
left, right = st.columns([4, 7], gap="large")
with left:
    if read_only():
        st.info(READ_ONLY_NOTE, icon=":material/visibility:")
    else:
        train_form()
known = store.list_runs()
active = any(run.status().active for run in known)
shown = shown_of(known)
with right:
    if shown is None:
        st.info(
            "No model was trained here."
            if read_only()
            else "No run yet. Press Train, and you see here how the map forms and the curves fall, and can take it all along as a film.",
            icon=":material/movie:",
        )
    else:
        is_active = shown.status().active
        beside = {run.id: run for run in known if run.id != shown.id and run.begun and run.comparable(shown)}
        st.fragment(run_panel, run_every=1.0 if is_active else None)(shown.id, is_active, beside)
if shown is not None:
    st.fragment(run_list, run_every=2.0 if active else None)(shown.id, active)
