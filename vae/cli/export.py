"""`export`: the live map as one HTML file."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from pathlib import Path

from vae.cli.options import CHECKPOINT_HELP, add_file, add_projection, projection
from vae.texts import printable


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    add_file(parser, "--html", "where the page goes")
    parser.add_argument("--title", help="of the page (default: the checkpoint's name)")
    add_projection(parser, None)


def execute(options: argparse.Namespace) -> None:
    from vae.checkpoints.checkpoint import read
    from vae.files import check_new, write_atomic
    from vae.web.export import to_html

    check_new(options.html, force=options.force)
    settings = projection(options)
    page = to_html(read(options.checkpoint), options.title or Path(options.checkpoint).stem, settings)
    write_atomic(options.html, page.encode())
    print(f"{printable(options.html)}: {len(page.encode()) / 1e6:.1f} MB")
