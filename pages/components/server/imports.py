"""What large imports cost every page that comes after them."""

from __future__ import annotations

__all__ = ["freeze_imported_modules"]

import gc
import sys

FREEZE_AFTER = 200  # modules; PyTorch has several times as many, scikit-learn twice

_frozen_at: list[int] = [0]  # modules, each time that this was done


def freeze_imported_modules() -> None:
    """Takes what is imported out of garbage collection, once large packages may have been imported. Streamlit has the garbage collector
    look at everything after each run of a script, in which nothing else runs: with PyTorch that is a third of a second, with scikit-learn
    a tenth. What has been imported stays, so it need not be looked at.

    Does nothing where nothing large has been imported since the last time.
    """
    if len(sys.modules) > _frozen_at[-1] + FREEZE_AFTER:
        _frozen_at.append(len(sys.modules))
        gc.collect()
        gc.freeze()
