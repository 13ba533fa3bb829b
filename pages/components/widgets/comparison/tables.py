"""Tables of two columns, A and B, and how their rows are worded."""

from __future__ import annotations

__all__ = ["DIFFERENT_LIKELIHOODS", "in_both", "sentence", "signed", "small", "table", "titled"]

import pandas as pd
import streamlit as st

DIFFERENT_LIKELIHOODS = "A and B have different likelihoods, and nats of one are not nats of the other."


def table(rows: list[dict[str, str]], compared: bool, alt: str) -> None:
    """Numbers of A and B, with their difference if they can be compared. Text wraps, so that all of it can be read on any screen."""
    shown = [{name: text for name, text in row.items() if compared or name != "B − A"} for row in rows]
    st.table(pd.DataFrame(shown), border="horizontal", hide_index=True, alt=alt)


def titled(title: str, *about: str, unit: str = "") -> str:
    """What stands in front of a row: its title, and in small print its unit and, below, what there is to say of it."""
    sentences = " ".join(text if text.endswith(".") else f"{text}." for text in about)
    return title + (f" {small(unit)}" if unit else "") + (f"  \n{small(sentences)}" if sentences else "")


def small(text: str) -> str:
    return f":small[:gray[{text}]]"


def sentence(text: str) -> str:
    """The text with a capital, unless it begins with a formula."""
    return text[:1].upper() + text[1:] if text[1:2].isalpha() else text


def in_both(a: str, b: str) -> str:
    """How a number was found, said once if it was the same way."""
    return a if a == b else f"A: {a}. B: {b}"


def signed(value: float, digits: int) -> str:
    """A difference; no difference has no sign."""
    shown = f"{value:+,.{digits}f}".replace("-", "−")
    return shown if float(f"{value:.{digits}f}") else shown.lstrip("+−")
