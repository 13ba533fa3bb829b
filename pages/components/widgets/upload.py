"""Checkpoints that are uploaded: the control that takes one, and the button that deletes one."""

from __future__ import annotations

__all__ = ["delete_button", "upload_control"]

from functools import partial

import streamlit as st

from pages.components.server import uploads
from pages.components.server.messages import without_paths
from pages.components.services import catalogue, models
from pages.components.services.catalogue import Entry
from pages.components.widgets.dialogs import confirm_deletion
from pages.components.widgets.problems import problems_as_toasts, show_problem
from vae.errors import VAEError
from vae.limits import MAX_UPLOAD_MIB
from vae.texts import markdown


def upload_control() -> None:
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
            models.use_model(catalogue.save_upload(uploaded.name, uploaded.getvalue()))
            st.toast(markdown(f"{uploaded.name} is the model in use now."), icon=":material/check:")
        except (VAEError, OSError, MemoryError) as error:
            st.session_state["models_refused"] = (
                f"{_why_refused(uploaded.name, error)} The model in use stays as it was."
            )
        finally:  # whatever else goes wrong would do so again at every rerun
            uploads.give_back(uploaded)
            st.session_state["models_uploads"] = number + 1
        st.rerun()
    refused = st.session_state.pop("models_refused", None)
    if refused:
        show_problem(refused)


def _why_refused(name: str, error: Exception) -> str:
    """Why an uploaded file is not kept, as a sentence."""
    if isinstance(error, VAEError):
        return without_paths(error)
    reason = "there is too little memory"
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
    return f"{name}: could not be kept ({reason}). Check the server's space and memory, and upload it again."


def delete_button(entry: Entry) -> None:
    if st.button("Delete", icon=":material/delete:", type="tertiary", key=f"models_delete_{entry.name}"):
        consequence = f"{entry.title}: {entry.path.name} is deleted for good."
        delete = problems_as_toasts(partial(_delete, entry))
        confirm_deletion("upload", consequence, delete, key="models")


def _delete(entry: Entry) -> None:
    catalogue.delete_upload(entry)
    models.stop_using(entry.name)
