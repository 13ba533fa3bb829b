"""`run`: one training in a process of its own, which the app starts for runs in the background."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from pathlib import Path

from vae.runs.worker import work


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path)


def execute(options: argparse.Namespace) -> None:
    work(options.folder)
