"""`runs`: every training, of this command and of the app."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from typing import TYPE_CHECKING, Any

from vae.runs.store import Run, list_runs
from vae.texts import json_of

if TYPE_CHECKING:
    from vae.checkpoints.checkpoint import Header


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON list")


def execute(options: argparse.Namespace) -> None:
    from vae.evaluation.terms import scored_in

    known = list_runs()
    headers = [run.header for run in known]
    rows = [_describe(run, header) for run, header in zip(known, headers, strict=True)]
    if options.json:
        print(json_of(rows))
        return
    for run in rows:
        bound = "-" if run["neg_elbo"] is None else f"{run['neg_elbo']:.2f} nats ({run['split']})"
        left = "" if run["seconds_left"] is None else f"  {run['seconds_left']:.0f} s left"
        print(f"{run['id']}  {run['state']:9}{run['epoch']:>6}/{run['epochs'] or '-':<6}{bound:26}{run['title']}{left}")
    if not rows:
        print("No runs.")
    if note := scored_in(header for header in headers if header):
        print(note)


def _describe(run: Run, header: Header | None) -> dict[str, Any]:
    """What is said about a run; minus the ELBO is the model's on the test images, or that of the last epoch before there is one."""
    status, progress = run.status(), run.progress()
    epochs = None if run.request is None else run.request.train.epochs
    neg_elbo, split = None, None
    if header is not None:
        neg_elbo, split = header.summary.neg_elbo, "test"
    elif progress:
        last = progress[-1]
        neg_elbo, split = (last.validation or last.train).neg_elbo, "validation" if last.validation else "training"
    return {
        "id": run.id,
        "title": run.title,
        "name": run.name,
        "folder": str(run.folder),
        "state": status.state,
        "message": status.message,
        "resumable": status.resumable,
        "epoch": progress[-1].epoch if progress else 0,
        "epochs": epochs,
        "neg_elbo": neg_elbo,
        "split": split,
        "seconds_left": status.seconds_left,
    }
