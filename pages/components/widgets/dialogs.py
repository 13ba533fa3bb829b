"""What is asked before something is gone for good."""

from __future__ import annotations

__all__ = ["confirm_deletion"]

from collections.abc import Callable

import streamlit as st

from vae.texts import markdown


def confirm_deletion(kind: str, consequence: str, delete: Callable[[], None], *, key: str) -> None:
    """Asks whether to delete a `kind` of thing ("run"), says what that means, and calls `delete` on a yes."""

    @st.dialog(f"Delete this {kind}?")
    def ask() -> None:
        st.markdown(markdown(consequence))
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep", key=f"{key}_keep"):
                st.rerun()
            if st.button("Delete", type="primary", icon=":material/delete:", key=f"{key}_delete", on_click=delete):
                st.rerun()

    ask()
