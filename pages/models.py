"""Models: every checkpoint there is, how it was trained and how good it is; upload and download."""

import streamlit as st

from pages.components.services.catalogue import entries, trained_at
from pages.components.widgets.columns import nats
from pages.components.widgets.downloads import download_button
from pages.components.widgets.model_header import header
from pages.components.widgets.model_words import relevant_columns, summary_row
from pages.components.widgets.problems import problems_as_toasts, show_problem
from pages.components.widgets.upload import delete_button, upload_control
from vae.evaluation.terms import scored_in
from vae.limits import read_only
from vae.runs import store
from vae.runs.request import MAX_NAME
from vae.texts import markdown

# What fits beside each other: the model's title has its data, dimensions and betas.
COLUMNS = (
    "Model",
    "Origin",
    "Network",
    "Posteriors",
    "Likelihood",
    "Prior",
    "Objective",
    "Epochs",
    "Reconstruction",
    "KL",
    "Minus the ELBO",
    "Trained",
)


def rename(run: store.Run) -> None:
    run.rename(st.session_state[f"models_name_{run.id}"])


model = header("Models", "Every model that ships with Zscape, was trained here, or was uploaded.")
known = entries()
trained = {run.id: run for run in store.list_runs()}
scored = scored_in(entry.header for entry in known if entry.header is not None)
rows = [summary_row(entry) for entry in known if entry.header is not None]
st.dataframe(
    rows,
    hide_index=True,
    column_order=relevant_columns(COLUMNS, rows),
    column_config={
        "Reconstruction": nats("Reconstruction", scored),
        "KL": nats("KL"),
        "Minus the ELBO": nats("Minus the ELBO", scored),
    },
)
st.caption(
    "Nats per test image, averaged over the whole test split: reconstruction E[−log p(x|z)] with a few draws of z per image, "
    "KL in closed form where the prior has one, and their sum, which is minus the ELBO, under the posteriors that the model "
    "uses: its encoder's, or those refined by some steps of Newton's method. Lower is better, and only "
    "models of the same data and likelihood compare." + (f" {scored}" if scored else "")
)
for entry in known:
    if entry.header is None:
        left, right = st.columns([8, 1], vertical_alignment="center")
        with left:
            show_problem(entry.error)
        if entry.origin == "Uploaded" and not read_only():
            with right:
                delete_button(entry)

left, right = st.columns(2, gap="large")
with left:
    st.markdown("#### In use")
    if model is not None:
        config, summary = model.checkpoint.config, model.checkpoint.summary
        st.markdown(
            f"**{markdown(model.title)}**, from `{model.name}.safetensors`. Trained on {summary.train_size:,} images for "
            f"{summary.epochs} epochs with seed {summary.train.seed}, in {summary.seconds / 60:.1f} minutes, "
            f"on {markdown(trained_at(summary)[:10])}; "
            f"its map shows the {len(model.checkpoint.points.labels):,} test images."
        )
        if not read_only() and (run := trained.get(model.name)) is not None:
            st.text_input(
                "Name",
                run.name,
                max_chars=MAX_NAME,
                key=f"models_name_{run.id}",
                placeholder="None",
                on_change=problems_as_toasts(rename),
                args=(run,),
                help="What lists and films call the model, before what it is.",
            )
        # In a run's folder they are all called the same.
        download_button("Download this checkpoint", model.path.read_bytes, f"{model.name}.safetensors")
with right:
    st.markdown("#### Upload")
    if read_only():
        st.caption(
            "This server only shows models: nothing can be uploaded to it, or deleted. Run Zscape on a machine of your own to look at your "
            "own checkpoints."
        )
    else:
        upload_control()
        for entry in known:
            if entry.origin == "Uploaded" and entry.header is not None:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(markdown(entry.title), width="stretch")
                    delete_button(entry)
