"""`report`: all that is measured of a model, as text or as a page."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from pathlib import Path

from vae.cli.bars import bar
from vae.cli.options import add_evaluation, add_file, to_evaluate
from vae.errors import VAEError
from vae.evaluation.diagnostics import DRAWS
from vae.texts import json_of, printable


def add_options(parser: argparse.ArgumentParser) -> None:
    add_evaluation(parser)
    help_ = "draws of z per image in the importance-weighted bound (default: %(default)s)"
    parser.add_argument("--iwae", type=int, default=DRAWS, metavar="K", help=help_)
    help_ = "posteriors of an image that draws come from, to find modes that its own doesn't know of (default: its own alone)"
    parser.add_argument("--starts", type=int, default=1, metavar="S", help=help_)
    help_ = "how good samples of the model are, too: of the data set that it was trained on, in some minutes"
    parser.add_argument("--quality", action="store_true", help=help_)
    add_file(parser, "--html", "write it as one page", required=False)


def execute(options: argparse.Namespace) -> None:
    from vae.evaluation.diagnostics import diagnose
    from vae.evaluation.quality_readings import HEADING, MEASURES, estimator, source_title, with_error
    from vae.evaluation.readings import how, number, readings, spread, unit_of
    from vae.evaluation.report import to_dict, to_html, verdict
    from vae.files import check_new, write_atomic
    from vae.runs.qualities import quality_of

    if options.html is not None:
        check_new(options.html, force=options.force)
    checkpoint, name, data = to_evaluate(options)
    if options.quality and name != checkpoint.summary.data:
        trained = checkpoint.summary.data
        raise VAEError(
            f"--quality: is told of {trained}, which the model was trained on, and not of {name}. Leave out one of the two."
        )
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
    quality = None
    if options.quality:
        with bar("samples", "image") as on_step:
            quality = quality_of(checkpoint, data, options.beta, on_step)
    if options.html is not None:
        page = to_html(diagnosis, checkpoint, Path(options.checkpoint).stem, name, quality)
        write_atomic(options.html, page.encode())
    if options.json:
        print(json_of(to_dict(diagnosis, str(options.checkpoint), name, quality=quality)))
        return
    print(f"{printable(options.checkpoint)} on {name}: {diagnosis.n:,} test images, beta {diagnosis.beta:g}")
    print(f"  {verdict(diagnosis)}")
    for reading in readings(diagnosis):
        value = reading.value(diagnosis)
        shown = "-" if value is None else f"{number(value, reading)} {unit_of(value, reading)}"
        errors = "" if value is None else spread(diagnosis, reading)
        print(f"  {reading.title:42}{shown:28}{'; '.join(filter(None, (errors, how(diagnosis, reading))))}")
    if quality is not None:
        print(f"  {HEADING}: {estimator(quality)}")
        for row in quality.rows:
            print(f"    {source_title(row)}")
            for measure in MEASURES:
                print(f"      {measure.title:38}{with_error(row, measure)} {measure.unit}")
    if options.html is not None:
        print(f"written to {printable(options.html)}")
