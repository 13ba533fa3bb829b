"""What went wrong, on a page: the sentences, and below them the lines of Python that some errors end with."""

from __future__ import annotations

__all__ = ["problems_as_toasts", "show_problem"]

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages.components.server.messages import without_paths
from vae.errors import VAEError
from vae.texts import markdown

P = ParamSpec("P")
ICON = ":material/error:"


def _as_error(text: str) -> None:
    st.error(text, icon=ICON)


def show_problem(message: str, show: Callable[[str], object] = _as_error) -> None:
    """Has `show` draw the sentences, which it gets as Markdown; the lines are folded away, for there may be twenty."""
    sentences, _, code = message.partition("\n")
    show(markdown(without_paths(sentences.removesuffix(" These lines of Python mend it:"))))
    if code:
        with st.expander("Lines of Python that mend it", icon=":material/code:"):
            st.code(without_paths(code), language="python", wrap_lines=True)
            st.caption("Run them in the folder that the file lies in.")


def problems_as_toasts(act: Callable[P, object]) -> Callable[P, None]:
    """The same, as a callback, after which the page is drawn anew: what goes wrong is said beside it for a while."""

    @wraps(act)
    def callback(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except VAEError as error:
            st.toast(markdown(without_paths(error)), icon=ICON)

    return callback
