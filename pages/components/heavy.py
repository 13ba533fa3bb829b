"""What large imports cost every page that comes after them."""

from __future__ import annotations

__all__ = ["settle"]

import gc
from functools import cache


@cache
def settle() -> None:
    """To be called once PyTorch has been imported. Streamlit has the garbage collector look at everything after each run of a script;
    with PyTorch that is a third of a second in which nothing else runs. What has been imported stays, so it need not be looked at."""
    gc.collect()
    gc.freeze()
