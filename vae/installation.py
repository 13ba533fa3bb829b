"""Where the app lies, its pages and the models that ship: in the repository or, once Zscape is installed, in a folder of the package."""

from __future__ import annotations

__all__ = ["APP_FOLDER"]

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED_FOLDER = _PACKAGE / "_app"  # as pyproject.toml has the wheel made
# Also where a process of `python -m vae` starts: nothing lies there that another module could be taken for.
APP_FOLDER = _INSTALLED_FOLDER if _INSTALLED_FOLDER.is_dir() else _PACKAGE.parent
