"""`info`: what a checkpoint holds."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
import json
from typing import TYPE_CHECKING, Any

from vae.cli.options import CHECKPOINT_HELP
from vae.models.config import to_dict
from vae.projections.planes import about
from vae.texts import json_of

if TYPE_CHECKING:
    from vae.checkpoints.checkpoint import Checkpoint


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> None:
    from vae.checkpoints.checkpoint import read
    from vae.evaluation.terms import scored_in

    checkpoint = read(options.checkpoint)
    fields = _describe(checkpoint)
    if options.json:
        print(json_of(fields))
        return
    for section in ("config", "summary"):
        print(section)
        for name, value in fields[section].items():
            print(f"  {name:16} {json.dumps(value) if isinstance(value, dict | list) else value}")
    for plane in checkpoint.planes:
        print(f"plane {plane.settings.title} of {len(plane.index):,} points at beta {plane.beta:g}")
    print(f"points {fields['points']:,}, classes {', '.join(fields['classes'])}, weights {fields['parameters']:,}")
    if note := scored_in([checkpoint]):
        print(note)


def _describe(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "config": to_dict(checkpoint.config),
        "summary": to_dict(checkpoint.summary),
        "points": len(checkpoint.points.labels),
        "classes": list(checkpoint.points.classes),
        "parameters": checkpoint.config.parameters,
        "planes": [
            {**about(plane.settings, plane.beta, plane.names, plane.measured), "points": len(plane.index)}
            for plane in checkpoint.planes
        ],
    }
