"""The controls of a variant's settings."""

from __future__ import annotations

__all__ = ["setting_control"]

import streamlit as st

from vae.settings import Setting


def setting_control(setting: Setting, value: float, key: str) -> float:
    """The control for a setting, which begins with this value."""
    number = type(setting.default)
    low, value, step = number(setting.low), number(value), number(setting.step)
    if setting.offered is None:
        high = number(setting.high)
        return st.number_input(
            setting.title, low, high, value, step, key=key, persist_state="session", help=setting.help
        )
    return st.slider(
        setting.title,
        low,
        max(number(setting.offered), value),  # a file may have more
        value,
        step,
        format="%g" if number is float and step >= 1 else None,
        key=key,
        persist_state="session",
        help=setting.help,
    )
