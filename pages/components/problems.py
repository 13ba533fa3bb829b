"""What is wrong with a data set, on a page: the sentences, and below them the lines of Python that some errors end with."""

from __future__ import annotations

__all__ = ["sentences_of", "show_problem"]

from collections.abc import Callable

import streamlit as st

ELSEWHERE = "The Train page has lines of Python that mend it."


def show_problem(message: str, show: Callable[[str], object], title: str = "Lines of Python that mend it") -> None:
    """Has `show` draw the sentences; the lines are folded away, for there may be twenty."""
    sentences, _, code = message.partition("\n")
    show(sentences.removesuffix(" These lines of Python mend it:"))
    if code:
        with st.expander(title, icon=":material/code:"):
            st.code(code, language="python", wrap_lines=True)


def sentences_of(message: object) -> str:
    """The sentences alone, where there is no room for more."""
    sentences, _, code = str(message).partition("\n")
    return f"{sentences.removesuffix('These lines of Python mend it:')}{ELSEWHERE}" if code else sentences
