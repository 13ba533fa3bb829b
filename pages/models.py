"""Models: every checkpoint there is, how it was trained and how good it is; upload and download."""

from functools import partial

import streamlit as st

from pages.components.server.messages import without_paths
from pages.components.server.uploads import give_back
from pages.components.services.models import (
    Entry,
    delete_upload,
    entries,
    header,
    save_upload,
    summary_row,
    trained_at,
    use_model,
)
from pages.components.widgets.dialogs import confirm_deletion
from vae.errors import VAEError
from vae.evaluation.terms import scored_in
from vae.limits import MAX_UPLOAD_MIB, read_only
from vae.runs import store
from vae.texts import markdown

# What fits beside each other: the model's title has its data, dimensions and betas.
SHOWN = (
    "Model",
    "Origin",
    "Network",
    "Posteriors",
    "Likelihood",
    "Epochs",
    "Reconstruction",
    "KL",
    "Minus the ELBO",
    "Trained",
)

model = header("Models", "Every model that ships with Zscape, was trained here, or was uploaded.")


def delete_button(entry: Entry) -> None:
    if st.button("Delete", icon=":material/delete:", type="tertiary", key=f"models_delete_{entry.name}"):
        consequence = f"{entry.title}: {entry.path.name} is deleted for good."
        confirm_deletion("upload", consequence, partial(delete, entry), key="models")


def delete(entry: Entry) -> None:
    try:
        delete_upload(entry)
    except VAEError as error:
        st.toast(markdown(without_paths(error)), icon=":material/error:")


def rename(run: store.Run) -> None:
    try:
        run.rename(st.session_state[f"models_name_{run.id}"])
    except VAEError as error:
        st.toast(markdown(without_paths(error)), icon=":material/error:")


def why_refused(name: str, error: Exception) -> str:
    """Why an uploaded file is not kept, as a sentence."""
    if isinstance(error, VAEError):
        return without_paths(error)
    reason = "there is too little memory"
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
    return f"{name}: could not be kept ({reason}). Check the server's space and memory, and upload it again."


def upload() -> None:
    """The control that takes a file, and says where it can't."""
    # With every file another uploader takes the place of the last one, which would hold on to its bytes.
    number = st.session_state.setdefault("models_uploads", 0)
    uploaded = st.file_uploader(
        "A checkpoint that Zscape wrote (.safetensors)",
        type=["safetensors"],
        key=f"models_upload_{number}",
        max_upload_size=MAX_UPLOAD_MIB,
    )
    if uploaded is not None:
        try:
            use_model(save_upload(uploaded.name, uploaded.getvalue()))
            st.toast(markdown(f"{uploaded.name} is the model in use now."), icon=":material/check:")
        except (VAEError, OSError, MemoryError) as error:
            st.session_state["models_refused"] = (
                f"{why_refused(uploaded.name, error)} The model in use stays as it was."
            )
        finally:  # whatever else goes wrong would do so again at every rerun
            give_back(uploaded)
            st.session_state["models_uploads"] = number + 1
        st.rerun()
    refused = st.session_state.pop("models_refused", None)
    if refused:
        st.error(markdown(refused), icon=":material/error:")


known = entries()
trained = {run.id: run for run in store.list_runs()}
scored = scored_in(entry.header for entry in known if entry.header is not None)
nats = {
    name: st.column_config.NumberColumn(f"{name} (nats)", format="%.1f", help=about or None)
    for name, about in (("Reconstruction", scored), ("KL", ""), ("Minus the ELBO", scored))
}
st.dataframe(
    [summary_row(entry) for entry in known if entry.header is not None],
    hide_index=True,
    column_order=SHOWN,
    column_config=nats,
)
st.caption(
    "Nats per test image, averaged over the whole test split: reconstruction E[−log p(x|z)] with a few draws of z per image, "
    "KL in closed form, and their sum, which is minus the ELBO, under the posteriors that the model uses: its encoder's, or those refined "
    "by some steps of Newton's method. Lower is better, and only models of the same data and likelihood compare."
    + (f" {scored}" if scored else "")
)
for entry in known:
    if entry.header is None:
        left, right = st.columns([8, 1], vertical_alignment="center")
        left.error(markdown(without_paths(entry.error)), icon=":material/error:")
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
                max_chars=store.MAX_NAME,
                key=f"models_name_{run.id}",
                placeholder="None",
                on_change=rename,
                args=(run,),
                help="What lists and films call the model, before what it is.",
            )
        st.download_button(
            "Download this checkpoint",
            data=model.path.read_bytes,
            file_name=f"{model.name}.safetensors",  # in a run's folder they are all called the same
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
        )
with right:
    st.markdown("#### Upload")
    if read_only():
        st.caption(
            "This server only shows models: nothing can be uploaded to it, or deleted. Run Zscape on a machine of your own to look at your "
            "own checkpoints."
        )
    else:
        upload()
        for entry in known:
            if entry.origin == "Uploaded" and entry.header is not None:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(markdown(entry.title), width="stretch")
                    delete_button(entry)
