"""Files to take along."""

from __future__ import annotations

__all__ = ["download_button"]

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import streamlit as st

TYPES = {".csv": "text/csv", ".html": "text/html", ".json": "application/json", ".png": "image/png"}


def download_button(label: str, data: str | bytes | Callable[[], str | bytes], file_name: str, **look: Any) -> None:
    """Hands out a file, whose type its name says; made when somebody asks, where `data` is what makes it."""
    st.download_button(
        label,
        data=data,
        file_name=file_name,
        mime=TYPES.get(PurePath(file_name).suffix, "application/octet-stream"),
        icon=":material/download:",
        on_click="ignore",
        **look,
    )
