"""`zscape [COMMAND]`, which `python -m vae` runs as well: the table of commands, and what runs one of them."""

from __future__ import annotations

__all__ = ["build_parser", "main"]

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from vae import memory
from vae._version import __version__
from vae.cli import app, evaluate, export, film, info, project, report, run, runs, stop, train
from vae.console import INTERRUPT_MESSAGE, INTERRUPT_STATUS
from vae.errors import VAEError

NAME = "zscape"  # of the command that an installation has


class Command(Protocol):
    """A module of this package. All are imported for any of them, so each imports PyTorch, and what needs it, where it executes."""

    def add_options(self, parser: argparse.ArgumentParser) -> None: ...

    def execute(self, options: argparse.Namespace) -> None: ...


COMMANDS: dict[str, tuple[Command, str]] = {  # and what the list of commands says of each
    "train": (train, "train a model and write a checkpoint"),
    "runs": (runs, "every training, of this command and of the app"),
    "stop": (stop, "stop a training, which keeps the best model so far and can be resumed"),
    "film": (film, "how a training went, as a film that plays anywhere"),
    "evaluate": (evaluate, "the ELBO and its parts on a whole test split"),
    "report": (report, "everything one looks at before believing a model, on a whole test split"),
    "export": (export, "the live map as one HTML file that opens anywhere"),
    "project": (project, "put latents of more than two dimensions into a plane, as a file or in the checkpoint"),
    "info": (info, "what a checkpoint holds"),
}
UNLISTED_COMMANDS: dict[str, Command] = {"run": run}


def build_parser() -> argparse.ArgumentParser:
    """What reads a command line. Its result has a function `command`, which takes the result."""
    program = NAME if Path(sys.argv[0]).stem == NAME else "python -m vae"
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} [--port N] [--address HOST] [--no-browser]\n       {program} COMMAND ...",
        description="Opens the app, the map of a latent space, in the browser. The commands train and examine variational autoencoders.",
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    app.add_options(parser)
    commands = parser.add_subparsers(prog=program, title="commands", metavar="COMMAND")
    for name, (command, text) in COMMANDS.items():
        _add(commands.add_parser(name, help=text), command)
    for name, command in UNLISTED_COMMANDS.items():
        _add(commands.add_parser(name), command)
    return parser


def _add(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.set_defaults(command=command.execute)
    command.add_options(parser)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, 2 for what the user can mend, 130 for Ctrl-C."""
    try:
        options = build_parser().parse_args(arguments)
        if options.command is not app.open_app:
            app.check_alone(options)
        with memory.guarded("This"):
            options.command(options)
    except VAEError as error:
        print(f"vae: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(INTERRUPT_MESSAGE, file=sys.stderr)
        return INTERRUPT_STATUS
    return 0
