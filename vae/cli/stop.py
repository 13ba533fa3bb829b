"""`stop`: ends a training early."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse

from vae.cli.options import RUN_HELP
from vae.errors import RunError
from vae.runs.store import find


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help=RUN_HELP)


def execute(options: argparse.Namespace) -> None:
    run = find(options.run)
    status = run.status()
    if not status.active:
        raise RunError(f"{run.id}: has {status.state} already.")
    run.stop()
    print(f"{run.id}: stops after its current step, and keeps the best model so far.")
