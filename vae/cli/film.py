"""`film`: how a training went."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse

from vae.cli.bars import bar
from vae.cli.options import RUN_HELP, add_file
from vae.runs.store import find
from vae.texts import printable


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help=RUN_HELP)
    add_file(parser, "--out", "where it goes: a .gif or an .mp4 file")
    parser.add_argument("--seconds", type=float, default=12.0, metavar="S", help="that it plays (default: %(default)g)")
    parser.add_argument("--dark", action="store_true", help="light drawing on a dark background, for dark slides")
    parser.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)


def execute(options: argparse.Namespace) -> None:
    from vae.files import check_new
    from vae.film.movie import write

    check_new(options.out, force=options.force)
    run = find(options.run)
    with bar("film", "frame", lines=options.progress) as on_step:
        write(options.out, run, seconds=options.seconds, dark=options.dark, on_step=on_step)
    if not options.progress:
        print(f"{printable(options.out)}: {run.title}, {options.out.stat().st_size / 1e6:.1f} MB")
