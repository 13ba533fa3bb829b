"""Columns of tables of models."""

from __future__ import annotations

__all__ = ["nats"]

from typing import Any

import streamlit as st


def nats(name: str, about: str = "") -> Any:
    """A column of nats per image."""
    return st.column_config.NumberColumn(f"{name} (nats)", format="%.1f", help=about.strip() or None)
