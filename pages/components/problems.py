"""What is wrong with a data set, on a page: the sentences, and below them the lines of Python that some errors end with."""

from __future__ import annotations

__all__ = ["sentences_of", "show_problem"]

from collections.abc import Callable

import streamlit as st

from pages.components.paths import without_paths
from vae.texts import markdown

ELSEWHERE = "The Train page has lines of Python that mend it."


def show_problem(message: str, show: Callable[[str], object], title: str = "Lines of Python that mend it") -> None:
    """Has `show` draw the sentences, which it gets as Markdown; the lines are folded away, for there may be twenty."""
    sentences, _, code = message.partition("\n")
    show(markdown(without_paths(sentences.removesuffix(" These lines of Python mend it:"))))
    if code:
        with st.expander(title, icon=":material/code:"):
            st.code(without_paths(code), language="python", wrap_lines=True)
            st.caption("Run them in the folder that the file lies in.")


def sentences_of(message: object) -> str:
    """The sentences alone, where there is no room for more."""
    sentences, _, code = str(message).partition("\n")
    sentences = without_paths(sentences)
    return f"{sentences.removesuffix('These lines of Python mend it:')}{ELSEWHERE}" if code else sentences
