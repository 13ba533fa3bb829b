"""`project`: latents of more than two dimensions in a plane."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from pathlib import Path

from vae.cli.bars import bar
from vae.cli.options import CHECKPOINT_HELP, add_force, add_projection, check_beta, projection
from vae.errors import VAEError
from vae.latents.layouts import MAX_FITTED
from vae.projections import UMAP
from vae.projections.planes import scattering
from vae.texts import json_of, listed, printable


def add_options(parser: argparse.ArgumentParser) -> None:
    kept = listed(kind.title for kind in scattering().values())
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE.npz", help="where the plane goes")
    where.add_argument(
        "--into-checkpoint",
        action="store_true",
        help=f"keep the plane in the checkpoint itself, which then opens on it; {kept} alone",
    )
    add_force(parser)
    add_projection(parser, UMAP.kind)
    parser.add_argument(
        "--beta",
        type=float,
        metavar="B",
        help="of a model for a range of betas (default: the one it was watched at); any other model has its own alone",
    )
    parser.add_argument(
        "--points",
        type=int,
        default=MAX_FITTED,
        metavar="N",
        help=f"that {kept} have at most (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print what the plane keeps as one JSON object")
    # For the app, which draws a bar of its own.
    parser.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)


def execute(options: argparse.Namespace) -> None:
    from vae.checkpoints import checkpoint as checkpoints
    from vae.files import check_new
    from vae.latents.layouts import lay_out, measured, to_dict, with_plane, write

    settings = projection(options)
    assert settings is not None
    if options.points < 1:
        raise VAEError(f"--points: at least 1, not {options.points}.")
    out = options.out or checkpoints.find(options.checkpoint)
    check_new(out, force=options.force or options.into_checkpoint)
    checkpoint = checkpoints.read(options.checkpoint)
    if checkpoint.config.latent_dim < 2:
        raise VAEError(
            f"{options.checkpoint}: has one latent dimension, and there is no plane in it. Project another model."
        )
    if options.into_checkpoint and (checkpoint.config.latent_dim == 2 or settings.straight):
        kept = listed((kind.title for kind in scattering().values()), "or")
        raise VAEError(
            f"--into-checkpoint: keeps what {kept} makes of more than two dimensions; {options.checkpoint} has "
            f"{checkpoint.config.latent_dim}, and {settings.title} was asked for. What is straight is made at once, so leave it out."
        )
    trained = checkpoint.summary.train.beta
    beta = trained if options.beta is None else options.beta
    check_beta(beta)
    if checkpoint.config.beta_range is None and beta != trained:
        raise VAEError(f"--beta: {options.checkpoint} was trained at {trained:g} and knows no other, so leave it out.")
    with bar("project", "step", lines=options.progress) as on_step:
        layout = measured(lay_out(checkpoint, settings, beta, most=options.points, on_step=on_step), checkpoint)
    if options.into_checkpoint:
        checkpoints.write(out, with_plane(checkpoint, layout))
    else:
        write(out, layout, checkpoint)
    if options.json:
        print(json_of({"checkpoint": str(options.checkpoint), **to_dict(layout)}))
    elif not options.progress:
        print(f"{printable(out)}: {settings.title} of {len(layout.index):,} points")
        assert layout.measured is not None
        for title, value in layout.measured.shares(settings.straight).items():
            print(f"  {title:42}{'-' if value is None else f'{value:.3f}'}")
