"""`train`: a training from its options to its checkpoint, or the rest of one that was interrupted."""

from __future__ import annotations

__all__ = ["add_options", "execute"]

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from vae.cli.bars import TrainingBars
from vae.cli.options import (
    DATA_HELP,
    REFINEMENT_HELP,
    V,
    add_binarize,
    add_force,
    add_settings,
    changed,
    data_name,
    with_settings,
)
from vae.data.sources import DATASETS
from vae.errors import RunError, TrainingError, VAEError
from vae.models.config import ModelConfig, TrainConfig
from vae.models.likelihoods import LIKELIHOODS
from vae.models.networks import NETWORKS, Network
from vae.models.objectives import ELBO, OBJECTIVES
from vae.models.priors import PRIORS
from vae.models.schedules import SCHEDULES
from vae.runs.presets import PRESETS
from vae.runs.request import Request
from vae.runs.store import create, find
from vae.runs.suggested import suggested, suggested_likelihood
from vae.runs.worker import work
from vae.texts import printable


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", default="mnist", metavar="NAME", help=f"{DATA_HELP} (default: mnist)")
    add_binarize(parser)
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default="plane",
        help="what the model is for, and what begins as suits that (default: %(default)s): "
        + "; ".join(
            f"{kind}: {preset.about[0].lower()}{preset.about[1:].rstrip('.')}" for kind, preset in PRESETS.items()
        ),
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE.safetensors", help="where the checkpoint goes")
    where.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a training that was stopped or killed, by its folder or its id, instead of a new one",
    )
    parser.add_argument("--name", default="", help="what to call the model, in up to 60 characters")
    add_force(parser)
    parser.add_argument(
        "--half",
        action="store_true",
        help="round the weights to half precision before the model is measured, which halves the file",
    )
    parser.add_argument(
        "--tensorboard",
        action="store_true",
        help="write curves and pictures for TensorBoard, too; of a training that is resumed, all of it",
    )
    _add_model_options(parser)
    _add_training_options(parser)


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    """What is trained, and for what."""
    usual = suggested("mnist").model
    parser.add_argument("--latent-dim", type=int, metavar="D", help="latent dimensions (default: 2)")
    parser.add_argument(
        "--network",
        choices=NETWORKS,
        help="mlp is dense, conv convolutional, and hybrid has convolutions before its encoder's dense layers (default: mlp)",
    )
    parser.add_argument(
        "--hidden",
        type=int,
        nargs="+",
        metavar="WIDTH",
        help="widths of the encoder's dense layers; the decoder of an mlp mirrors them, and conv has one for both (default: what "
        "suits the data set and the latent dimensions)",
    )
    parser.add_argument("--channels", type=int, nargs=2, metavar="C", help="of the two convolutions of conv and hybrid")
    parser.add_argument(
        "--beta", type=float, metavar="B", help="weight of the KL (default: 1, or what is nearest to it in the range)"
    )
    parser.add_argument(
        "--beta-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="train one model for every beta in this range; --beta is then the one that is watched",
    )
    parser.add_argument(
        "--conditional",
        action=argparse.BooleanOptionalAction,
        help="tell encoder and decoder the class of an image, so that the latent has to hold the rest alone",
    )
    parser.add_argument("--refinement", type=int, metavar="K", help=f"{REFINEMENT_HELP} (default: {usual.refinement})")
    parser.add_argument(
        "--likelihood",
        choices=LIKELIHOODS,
        help=f"p(x|z) of a pixel (default: {usual.likelihood.kind}, and of a data set of your own what suits its pixels)",
    )
    parser.add_argument("--prior", choices=PRIORS, help=f"p(z) (default: {usual.prior.kind})")
    parser.add_argument("--objective", choices=OBJECTIVES, help=f"what is minimised (default: {ELBO.kind})")
    for table in (NETWORKS, LIKELIHOODS, PRIORS, OBJECTIVES):
        add_settings(parser, table)
    parser.add_argument(
        "--schedule", choices=SCHEDULES, help="of beta (default: warmup, and constant for more than four dimensions)"
    )


def _add_training_options(parser: argparse.ArgumentParser) -> None:
    """How it is trained."""
    for name, kind, text in (
        ("epochs", int, "passes over the training split"),
        ("batch-size", int, "images a step"),
        (
            "joint",
            float,
            "part of training before the halves learn apart, if there is refinement (up to four dimensions) or augmentation",
        ),
        ("label-dropout", float, "fraction of the images whose class a --conditional model isn't told"),
        ("augment", float, "fraction of the images that are moved a little for the encoder, once it learns by itself"),
        ("weight-decay", float, "of AdamW"),
        ("ema", float, "decay of the weights' moving average"),
        ("max-grad-norm", float, "where gradients are clipped"),
        ("validation-fraction", float, "part of the training split held out to watch"),
        ("seed", int, "of weights, order and noise"),
    ):
        default = _suggested(name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, metavar=name[0].upper(), help=f"{text} (default: {default})")
    parser.add_argument(
        "--learning-rate",
        type=float,
        metavar="L",
        help="peak of the cosine (default: 0.002, and less for more than 4,500 steps)",
    )


def _suggested(setting: str) -> str:
    """What is suggested of how to train, of MNIST and of every data set that wants something else: 15, and 100 for digits."""
    usual, *others = (
        (name, getattr(suggested(name).train, setting)) for name in sorted(DATASETS, key=lambda name: name != "mnist")
    )
    return ", and ".join([f"{usual[1]:g}", *(f"{value:g} for {name}" for name, value in others if value != usual[1])])


def execute(options: argparse.Namespace) -> None:
    from vae.checkpoints.checkpoint import peek
    from vae.evaluation.terms import scored_in
    from vae.files import check_new, check_writable
    from vae.runs import tensorboard

    if options.resume is None:
        check_new(options.out, force=options.force)
    import_module("vae.training.loop")  # so that Ctrl-C meanwhile leaves no run
    if options.resume is None:
        request = _request(options)
        run = create(request)
        if request.model.likelihood != ModelConfig.likelihood and options.likelihood is None:
            print(suggested_likelihood(request.data).reason, file=sys.stderr)
    else:
        _check_alone(options)
        run = find(options.resume)
        if run.request is not None and run.request.out is not None:
            check_writable(run.request.out)
        run.reopen(tensorboard=options.tensorboard, force=options.force)
        run = find(run.folder)  # what it was told just now, too
    if run.request is not None and run.request.tensorboard:
        print(
            f"TensorBoard files: {run.folder / tensorboard.FOLDER}. Look at them with: {tensorboard.command(run)}",
            file=sys.stderr,
        )
    with TrainingBars(run) as bars:
        work(run.folder, bars)
    status, summary = run.status(), run.summary
    if status.state == "failed":
        raise TrainingError(status.message)
    if status.state == "stopped":
        print(f"\n{status.message[:1].lower()}{status.message[1:]}", file=sys.stderr)
        if not bars.measured:
            raise RunError(f"{run.id}: there is no model to write.")
    assert summary is not None
    out = (run.request and run.request.out) or run.checkpoint
    print(
        f"{printable(out)}: {summary.neg_elbo:.2f} nats per test image ({summary.recon:.2f} reconstruction + {summary.kl:.2f} KL)"
    )
    if run.checkpoint is not None and (note := scored_in([peek(run.checkpoint)])):
        print(note)


def _request(options: argparse.Namespace) -> Request:
    """What the options ask to be trained: what they leave out is as it is suggested for the rest of them."""
    beta_range = tuple(options.beta_range) if options.beta_range else None
    preset = PRESETS[options.preset]
    base = preset.request(
        data_name(options, options.data),
        options.network,
        options.latent_dim,
        beta_range,
        conditional=options.conditional,
    )
    if options.label_dropout is not None and not base.model.classes:
        raise VAEError("--label-dropout: is of a model that is told classes, so give --conditional, too.")
    model = {
        "likelihood": _variant(options, "likelihood", LIKELIHOODS, base.model.likelihood),
        "prior": _variant(options, "prior", PRIORS, base.model.prior),
    }
    refinement = base.model.refinement if options.refinement is None else options.refinement
    train = {name: getattr(options, name) for name in TrainConfig.__dataclass_fields__}
    for name, table in (("schedule", SCHEDULES), ("objective", OBJECTIVES)):
        train[name] = _variant(options, name, table, getattr(base.train, name))
    return replace(
        base,
        model=replace(base.model.with_network(_network(options, base.model.network)), **_said(model)).refined(
            refinement
        ),
        train=replace(base.train, **_said(train)),
        out=options.out.expanduser().absolute(),
        tensorboard=options.tensorboard,
        half=options.half,
        name=options.name.strip(),
    )


def _network(options: argparse.Namespace, base: Network) -> Network:
    """The network, with the widths that the options give. Raises `VAEError` for those that it has none of."""
    chosen: dict[str, Any] = {}
    for name in ("hidden", "channels"):
        widths = getattr(options, name)
        if not widths:
            continue
        usual = getattr(base, name, None)
        if usual is None:
            raise VAEError(f"--{name}: the {base.title} network ({base.kind}) has none.")
        if isinstance(usual, int) and len(widths) != 1:
            raise VAEError(f"--{name}: the {base.title} network ({base.kind}) has one width, not {len(widths)}.")
        chosen[name] = widths[0] if isinstance(usual, int) else tuple(widths)
    return with_settings(options, NETWORKS, replace(base, **chosen))


def _variant(options: argparse.Namespace, seam: str, table: Mapping[str, type], usual: V) -> V:
    """What the options choose of a table, with its settings; or what is usual."""
    chosen = getattr(options, seam)
    return with_settings(options, table, usual if chosen is None else table[chosen]())


def _said(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _check_alone(options: argparse.Namespace) -> None:
    """Raises `VAEError` for what is asked of a training that is asked for already."""
    for option in changed(add_options, ["--resume", options.resume], options):
        if option not in ("--tensorboard", "--force"):
            raise VAEError(f"{option}: a training that is resumed stays what it was begun as.")
