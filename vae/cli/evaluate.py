"""`evaluate`: the ELBO and its parts on a whole test split."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
from typing import TYPE_CHECKING

from vae.cli.bars import bar
from vae.cli.options import add_evaluation, to_evaluate
from vae.errors import VAEError
from vae.evaluation.estimates import check_finite, error_over_draws
from vae.models.likelihoods import scored
from vae.texts import json_of, printable

if TYPE_CHECKING:
    from vae.checkpoints.checkpoint import Checkpoint


def add_options(parser: argparse.ArgumentParser) -> None:
    add_evaluation(parser)
    parser.add_argument(
        "--label",
        choices=("own", "none"),
        default="own",
        help="what a model that is told the class is told of an image (default: %(default)s)",
    )
    parser.add_argument(
        "--iwae", type=int, metavar="K", help="the importance-weighted bound too, with K draws of z per image"
    )


def execute(options: argparse.Namespace) -> None:
    from vae.evaluation.bounds import evaluate, importance_bound
    from vae.evaluation.readings import plus_minus
    from vae.evaluation.terms import bits_per_dim

    checkpoint, name, data = to_evaluate(options)
    given = _given(options, checkpoint)
    if options.label == "none":
        data = data.unlabelled()
    with bar("evaluate", "image") as on_step:
        result = evaluate(checkpoint.model(), data, options.beta, samples=options.samples, on_step=on_step)
    check_finite(result.recon, result.kl)
    bits = bits_per_dim(checkpoint.config, result.recon + result.kl, result.floor)
    fields = {
        "checkpoint": str(options.checkpoint),
        "data": name,
        "split": "test",
        "label": options.label if given else None,
        **result._asdict(),
        "bits_per_dim": bits,
    }
    bound = None
    if options.iwae is not None:
        with bar("importance-weighted bound", "image") as on_step:
            bound = importance_bound(checkpoint.model(), data, options.iwae, options.beta, on_step=on_step)
        error = bound.standard_error if bound.draws > 1 else None
        fields |= {"iwae": bound.nll, "iwae_draws": bound.draws, "iwae_standard_error": error}
        fields |= {"iwae_image_standard_error": bound.image_standard_error}
    if options.json:
        print(json_of(fields))
        return
    posteriors = (
        f"posteriors refined by {result.refinement} steps" if result.refinement else "posteriors of the encoder"
    )
    print(
        f"{printable(options.checkpoint)} on {name}: {result.n:,} test images, {posteriors}, {result.samples} draws of z per image, "
        f"nats per image{given}"
    )
    print(f"reconstruction {result.recon:.2f} + {result.beta:g} x KL {result.kl:.2f} = {result.loss:.2f}")
    drawn, of_kl = result.draws_standard_error, result.kl_draws_standard_error
    together = error_over_draws(drawn, of_kl and result.beta * of_kl)
    print(
        f"standard errors: reconstruction {plus_minus(result.recon_standard_error, drawn)}; "
        f"KL {plus_minus(result.kl_standard_error, of_kl)}; sum {plus_minus(result.loss_standard_error, together)}"
    )
    if bound is not None:
        error = bound.standard_error if bound.draws > 1 else None
        print(
            f"importance-weighted bound, {bound.draws:,} draws of z per image: {bound.nll:.2f} "
            f"({plus_minus(bound.image_standard_error, error)})"
        )
    if result.kl_top is not None:
        print(
            f"KL of the top level {result.kl_top:.2f}, of the lower level given the top {result.kl - result.kl_top:.2f}"
        )
    if bits is not None:
        print(
            f"{bits:.3f} bits per dimension, of minus the ELBO: each pixel of {checkpoint.config.likelihood.levels} levels"
        )
    print(scored(result.floor) or f"nats are minus the logarithm of {checkpoint.config.likelihood.scale}")


def _given(options: argparse.Namespace, checkpoint: Checkpoint) -> str:
    """What nats are given, of a model that is told the class. Raises `VAEError` for one that can't do without, or isn't told any."""
    if not checkpoint.config.classes:
        if options.label == "none":
            raise VAEError(
                f"--label none: {options.checkpoint} isn't told the class of an image, so there is nothing to leave out."
            )
        return ""
    if options.label == "own":
        return ", given the label"
    if not checkpoint.summary.train.label_dropout:
        raise VAEError(
            f"--label none: {options.checkpoint} was told the class of every image in training (--label-dropout 0), so it can't do without."
        )
    return ", given no label"
