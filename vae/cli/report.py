"""`report`: all that is measured of a model, as text or as a page."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from pathlib import Path

from vae.cli.bars import bar
from vae.cli.options import add_evaluation, add_file, to_evaluate
from vae.evaluation.diagnostics import DRAWS
from vae.texts import json_of, printable


def add_options(parser: argparse.ArgumentParser) -> None:
    add_evaluation(parser)
    help_ = "draws of z per image in the importance-weighted bound (default: %(default)s)"
    parser.add_argument("--iwae", type=int, default=DRAWS, metavar="K", help=help_)
    help_ = "posteriors of an image that draws come from, to find modes that its own doesn't know of (default: its own alone)"
    parser.add_argument("--starts", type=int, default=1, metavar="S", help=help_)
    add_file(parser, "--html", "write it as one page", required=False)


def execute(options: argparse.Namespace) -> None:
    from vae.evaluation.diagnostics import diagnose
    from vae.evaluation.readings import how, number, readings, spread, unit_of
    from vae.evaluation.report import to_dict, to_html, verdict
    from vae.files import check_new, write_atomic

    if options.html is not None:
        check_new(options.html, force=options.force)
    checkpoint, name, data = to_evaluate(options)
    with bar("report", "image") as on_step:
        diagnosis = diagnose(
            checkpoint.model(),
            data,
            options.beta,
            samples=options.samples,
            draws=options.iwae,
            starts=options.starts,
            on_step=on_step,
        )
    if options.html is not None:
        page = to_html(diagnosis, checkpoint, Path(options.checkpoint).stem, name)
        write_atomic(options.html, page.encode())
    if options.json:
        print(json_of(to_dict(diagnosis, str(options.checkpoint), name)))
        return
    print(f"{printable(options.checkpoint)} on {name}: {diagnosis.n:,} test images, beta {diagnosis.beta:g}")
    print(f"  {verdict(diagnosis)}")
    for reading in readings(diagnosis):
        value = reading.value(diagnosis)
        shown = "-" if value is None else f"{number(value, reading)} {unit_of(value, reading)}"
        errors = "" if value is None else spread(diagnosis, reading)
        print(f"  {reading.title:42}{shown:28}{'; '.join(filter(None, (errors, how(diagnosis, reading))))}")
    if options.html is not None:
        print(f"written to {printable(options.html)}")
