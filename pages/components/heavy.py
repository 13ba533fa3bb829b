"""What large imports cost every page that comes after them."""

from __future__ import annotations

__all__ = ["settle"]

import gc
from functools import cache


@cache
def settle(imported: str) -> None:
    """To be called once a large package has been imported, by its name. Streamlit has the garbage collector look at everything after each
    run of a script, in which nothing else runs: with PyTorch that is a third of a second, with scikit-learn a tenth. What has been imported
    stays, so it need not be looked at."""
    gc.collect()
    gc.freeze()
