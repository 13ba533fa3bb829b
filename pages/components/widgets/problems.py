"""What is wrong with a data set, on a page: the sentences, and below them the lines of Python that some errors end with."""

from __future__ import annotations

__all__ = ["show_problem"]

from collections.abc import Callable

import streamlit as st

from pages.components.server.messages import without_paths
from vae.texts import markdown


def show_problem(message: str, show: Callable[[str], object], title: str = "Lines of Python that mend it") -> None:
    """Has `show` draw the sentences, which it gets as Markdown; the lines are folded away, for there may be twenty."""
    sentences, _, code = message.partition("\n")
    show(markdown(without_paths(sentences.removesuffix(" These lines of Python mend it:"))))
    if code:
        with st.expander(title, icon=":material/code:"):
            st.code(without_paths(code), language="python", wrap_lines=True)
            st.caption("Run them in the folder that the file lies in.")
