"""`zscape [train | runs | stop | film | evaluate | report | project | export | info]`, which `python -m vae` runs as well."""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae import memory
from vae._version import __version__
from vae.cli import app
from vae.console import INTERRUPT_STATUS, INTERRUPTED
from vae.data.sources import DATASETS, load, source_of
from vae.errors import DataError, RunError, TrainingError, VAEError
from vae.evaluation.diagnostics import DRAWS
from vae.evaluation.estimates import check_finite
from vae.latents.layouts import MOST
from vae.models.config import MAX_DRAWS, TrainConfig, check_whole, to_dict
from vae.models.likelihoods import LIKELIHOODS, SIGMA, Gaussian, Likelihood, scored
from vae.models.networks import MLP, NETWORKS, Conv, Hybrid, Network
from vae.models.objectives import ELBO, OBJECTIVES, Objective
from vae.models.priors import PRIORS
from vae.models.schedules import SCHEDULES
from vae.projections.planes import about
from vae.projections.projection import KINDS, PCA, TSNE, UMAP, Axes, Settings
from vae.runs.store import Request, Run, create, find, list_runs
from vae.runs.suggested import suggested
from vae.runs.worker import Watcher, work
from vae.texts import json_of, printable
from vae.training.advice import Adviser

if TYPE_CHECKING:
    from vae.checkpoints.checkpoint import Checkpoint, Header
    from vae.data.images import ImageSet
    from vae.progress import Progress

NAME = "zscape"  # of the command that an installation has
DATA_HELP = f"data set: {', '.join(DATASETS)}, or one of your own, NAME.npz in the folder that VAE_DATA_DIR says"
REFINEMENT_HELP = "steps of Newton's method to better posteriors, from the encoder's or, of two dimensions, from the best of many places"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, 2 for what the user can mend, 130 for Ctrl-C."""
    try:
        options = _parser().parse_args(arguments)
        with memory.guarded("This"):
            options.command(options)
    except VAEError as error:
        print(f"vae: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        return INTERRUPT_STATUS
    return 0


def _parser() -> argparse.ArgumentParser:
    program = NAME if Path(sys.argv[0]).stem == NAME else "python -m vae"
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} [--port N] [--address HOST] [--no-browser]\n       {program} COMMAND ...",
        description="Opens the app, the map of a latent space, in the browser. The commands train and examine variational autoencoders.",
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    app.add_options(parser)
    commands = parser.add_subparsers(prog=program, title="commands", metavar="COMMAND")

    _add_training(commands.add_parser("train", help="train a model and write a checkpoint"))

    listed = commands.add_parser("runs", help="every training, of this command and of the app")
    listed.set_defaults(command=_runs)
    listed.add_argument("--json", action="store_true", help="print one JSON list")

    stop = commands.add_parser("stop", help="stop a training, which keeps the best model so far and can be resumed")
    stop.set_defaults(command=_stop)
    stop.add_argument("run", help="its folder, or its id")

    film = commands.add_parser("film", help="how a training went, as a film that plays anywhere")
    film.set_defaults(command=_film)
    film.add_argument("run", help="its folder, or its id")
    _add_file(film, "--out", "where it goes: a .gif or an .mp4 file")
    film.add_argument("--seconds", type=float, default=12.0, metavar="S", help="that it plays (default: %(default)g)")
    film.add_argument("--dark", action="store_true", help="light drawing on a dark background, for dark slides")
    film.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)

    evaluate = commands.add_parser("evaluate", help="the ELBO and its parts on a whole test split")
    evaluate.set_defaults(command=_evaluate)
    _add_evaluation(evaluate)
    evaluate.add_argument(
        "--iwae", type=int, metavar="K", help="the importance-weighted bound too, with K draws of z per image"
    )

    report = commands.add_parser(
        "report", help="everything one looks at before believing a model, on a whole test split"
    )
    report.set_defaults(command=_report)
    _add_evaluation(report)
    help_ = "draws of z per image in the importance-weighted bound (default: %(default)s)"
    report.add_argument("--iwae", type=int, default=DRAWS, metavar="K", help=help_)
    help_ = "posteriors of an image that draws come from, to find modes that its own doesn't know of (default: its own alone)"
    report.add_argument("--starts", type=int, default=1, metavar="S", help=help_)
    _add_file(report, "--html", "write it as one page", required=False)

    export = commands.add_parser("export", help="the live map as one HTML file that opens anywhere")
    export.set_defaults(command=_export)
    export.add_argument("checkpoint", help="a file, or the name of a shipped checkpoint")
    _add_file(export, "--html", "where the page goes")
    export.add_argument("--title", help="of the page (default: the checkpoint's name)")
    _add_projection(export, None)

    _add_project(
        commands.add_parser(
            "project", help="put latents of more than two dimensions into a plane, as a file or in the checkpoint"
        )
    )

    info = commands.add_parser("info", help="what a checkpoint holds")
    info.set_defaults(command=_info)
    info.add_argument("checkpoint", help="a file, or the name of a shipped checkpoint")
    info.add_argument("--json", action="store_true", help="print one JSON object")

    # Without a help text it isn't listed: the app starts it for runs in the background.
    run = commands.add_parser("run")
    run.set_defaults(command=_run)
    run.add_argument("folder", type=Path)
    return parser


def _add_project(project: argparse.ArgumentParser) -> None:
    project.set_defaults(command=_project)
    project.add_argument("checkpoint", help="a file, or the name of a shipped checkpoint")
    where = project.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE.npz", help="where the plane goes")
    where.add_argument(
        "--into-checkpoint",
        action="store_true",
        help="keep the plane in the checkpoint itself, which then opens on it; UMAP and t-SNE alone",
    )
    _add_force(project)
    _add_projection(project, "umap")
    project.add_argument(
        "--beta",
        type=float,
        metavar="B",
        help="of a model for a range of betas (default: the one it was watched at); any other model has its own alone",
    )
    project.add_argument(
        "--points", type=int, default=MOST, metavar="N", help="that UMAP and t-SNE have at most (default: %(default)s)"
    )
    project.add_argument("--json", action="store_true", help="print what the plane keeps as one JSON object")
    # For the app, which draws a bar of its own.
    project.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)


def _add_file(
    parser: argparse.ArgumentParser, option: str, text: str, *, metavar: str = "FILE", required: bool = True
) -> None:
    """What says which file is written."""
    parser.add_argument(option, type=Path, required=required, metavar=metavar, help=text)
    _add_force(parser)


def _add_force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def _add_training(train: argparse.ArgumentParser) -> None:
    train.set_defaults(command=_train)
    train.add_argument("--data", default="mnist", metavar="NAME", help=f"{DATA_HELP} (default: mnist)")
    where = train.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE.safetensors", help="where the checkpoint goes")
    where.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a training that was stopped or killed, by its folder or its id, instead of a new one",
    )
    train.add_argument("--name", default="", help="what to call the model, in up to 60 characters")
    _add_force(train)
    train.add_argument(
        "--tensorboard",
        action="store_true",
        help="write curves and pictures for TensorBoard, too; of a training that is resumed, all of it",
    )
    train.add_argument("--latent-dim", type=int, default=2, metavar="D", help="latent dimensions (default: 2)")
    train.add_argument(
        "--network",
        choices=NETWORKS,
        default="mlp",
        help="mlp is dense, conv convolutional, and hybrid has convolutions before its encoder's dense layers (default: %(default)s)",
    )
    train.add_argument(
        "--hidden",
        type=int,
        nargs="+",
        metavar="WIDTH",
        help="widths of the encoder's dense layers; the decoder of an mlp mirrors them, and conv has one for both (default: what "
        "suits the data set and the latent dimensions)",
    )
    train.add_argument("--channels", type=int, nargs=2, metavar="C", help="of the two convolutions of conv and hybrid")
    train.add_argument(
        "--beta", type=float, metavar="B", help="weight of the KL (default: 1, or what is nearest to it in the range)"
    )
    train.add_argument(
        "--beta-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="train one model for every beta in this range; --beta is then the one that is watched",
    )
    usual = suggested("mnist").model
    train.add_argument("--refinement", type=int, metavar="K", help=f"{REFINEMENT_HELP} (default: {usual.refinement})")
    train.add_argument("--likelihood", choices=LIKELIHOODS, help=f"(default: {usual.likelihood.kind})")
    train.add_argument("--prior", choices=PRIORS, help=f"p(z) (default: {usual.prior.kind})")
    train.add_argument("--objective", choices=OBJECTIVES, help=f"what is minimised (default: {ELBO.kind})")
    train.add_argument(
        "--sigma",
        type=float,
        metavar="S",
        help=f"standard deviation of Gaussian pixels, in units of the pixel range [0, 1] (default: {SIGMA:g})",
    )
    train.add_argument(
        "--schedule", choices=SCHEDULES, help="of beta (default: warmup, and constant for more than four dimensions)"
    )
    for name, kind, text in (
        ("epochs", int, "passes over the training split"),
        ("batch-size", int, "images a step"),
        (
            "joint",
            float,
            "part of training before the halves learn apart, if there is refinement (up to four dimensions) or augmentation",
        ),
        ("augment", float, "fraction of the images that are moved a little for the encoder, once it learns by itself"),
        ("weight-decay", float, "of AdamW"),
        ("ema", float, "decay of the weights' moving average"),
        ("max-grad-norm", float, "where gradients are clipped"),
        ("validation-fraction", float, "part of the training split held out to watch"),
        ("seed", int, "of weights, order and noise"),
    ):
        default = _suggested(name.replace("-", "_"))
        train.add_argument(f"--{name}", type=kind, metavar=name[0].upper(), help=f"{text} (default: {default})")

    train.add_argument(
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


def _add_projection(parser: argparse.ArgumentParser, default: str | None) -> None:
    """What says into which plane latents of more than two dimensions go."""
    help_ = f"of projecting more than two dimensions (default: {default or PCA.kind})"
    parser.add_argument("--method", choices=KINDS, default=default, help=help_)
    parser.add_argument("--axes", type=int, nargs=2, metavar=("I", "J"), help="of axes: two dimensions, counted from 1")
    parser.add_argument("--neighbours", type=int, metavar="K", help=f"of UMAP (default: {UMAP.neighbours})")
    parser.add_argument("--min-dist", type=float, metavar="M", help=f"of UMAP (default: {UMAP.min_dist})")
    parser.add_argument("--perplexity", type=float, metavar="P", help=f"of t-SNE (default: {TSNE.perplexity:g})")
    parser.add_argument("--seed", type=int, metavar="S", help="of UMAP and t-SNE (default: 0)")


def _settings(options: argparse.Namespace) -> Settings | None:
    """The projection that the options choose; None where they say nothing of it. Raises `VAEError` for one that belongs to another method,
    or to none."""
    given = {name: getattr(options, name) for name in ("axes", "neighbours", "min_dist", "perplexity", "seed")}
    chosen = {name: value for name, value in given.items() if value is not None}
    if options.method is None:
        if chosen:
            raise VAEError(f"--{next(iter(chosen)).replace('_', '-')}: is of a method, so give --method, too.")
        return None
    kind = KINDS[options.method]
    if kind is Axes and "axes" in chosen:
        first, second = chosen.pop("axes")
        chosen |= {"first": first - 1, "second": second - 1}
    for name in chosen:
        if name not in kind.__dataclass_fields__:
            raise VAEError(f"--{name.replace('_', '-')}: {kind.title} has no such setting.")
    return kind(**chosen)


def _add_evaluation(parser: argparse.ArgumentParser) -> None:
    """What says which model is looked at, on which images, and how."""
    parser.add_argument("checkpoint", help="a file, or the name of a shipped checkpoint")
    parser.add_argument("--data", metavar="NAME", help=f"{DATA_HELP} (default: the one it was trained on)")
    parser.add_argument(
        "--beta",
        type=float,
        metavar="B",
        help="weight of the KL; a model for a range of betas acts for it (default: 1, or what is nearest to it in the range)",
    )
    parser.add_argument(
        "--refinement", type=int, metavar="K", help=REFINEMENT_HELP + " (default: as many as the model was made for)"
    )
    parser.add_argument("--samples", type=int, default=4, metavar="N", help="draws of z per image (default: 4)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _train(options: argparse.Namespace) -> None:
    from vae.checkpoints.checkpoint import peek
    from vae.evaluation.terms import scored_in
    from vae.files import check_new, check_writable
    from vae.runs import tensorboard

    if options.resume is None:
        check_new(options.out, force=options.force)
    import_module("vae.training.loop")  # so that Ctrl-C meanwhile leaves no run
    if options.resume is None:
        run = create(_request(options))
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
    with _Bars(run) as bars:
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
        f"{printable(out)}: {summary.loss:.2f} nats per test image ({summary.recon:.2f} reconstruction + {summary.kl:.2f} KL)"
    )
    if run.checkpoint is not None and (told := scored_in([peek(run.checkpoint)])):
        print(told)


def _request(options: argparse.Namespace) -> Request:
    """What the options ask to be trained: what they leave out is as it is suggested for the rest of them."""
    beta_range = tuple(options.beta_range) if options.beta_range else None
    base = suggested(options.data, options.network, options.latent_dim, beta_range)
    model = {
        "network": _network(options, base.model.network),
        "likelihood": _likelihood(options, base.model.likelihood),
        "prior": PRIORS[options.prior]() if options.prior else base.model.prior,
    }
    refinement = base.model.refinement if options.refinement is None else options.refinement
    train = {name: getattr(options, name) for name in TrainConfig.__dataclass_fields__}
    for name, table in (("schedule", SCHEDULES), ("objective", OBJECTIVES)):
        chosen = getattr(options, name)
        train[name] = table[chosen]() if chosen else None
    return replace(
        base,
        model=replace(base.model, **_said(model)).refined(refinement),
        train=replace(base.train, **_said(train)),
        out=options.out.expanduser().absolute(),
        tensorboard=options.tensorboard,
        name=options.name.strip(),
    )


def _likelihood(options: argparse.Namespace, usual: Likelihood) -> Likelihood:
    """What the options choose. Raises `VAEError` for a width of pixels that have none."""
    chosen = LIKELIHOODS[options.likelihood]() if options.likelihood else usual
    if options.sigma is None:
        return chosen
    if not isinstance(chosen, Gaussian):
        raise VAEError(f"--sigma: {chosen.kind} pixels have no standard deviation; add --likelihood gaussian.")
    return replace(chosen, std=options.sigma)


def _said(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _check_alone(options: argparse.Namespace) -> None:
    """Raises `VAEError` for what is asked of a training that is asked for already."""
    plain = vars(_parser().parse_args(["train", "--resume", options.resume]))
    for name, value in vars(options).items():
        if value != plain[name] and name not in ("tensorboard", "force"):
            raise VAEError(f"--{name.replace('_', '-')}: a training that is resumed stays what it was begun as.")


def _runs(options: argparse.Namespace) -> None:
    from vae.evaluation.terms import scored_in

    known = list_runs()
    headers = [run.header for run in known]
    found = [_describe_run(run, header) for run, header in zip(known, headers, strict=True)]
    if options.json:
        print(json_of(found))
        return
    for run in found:
        loss = "-" if run["loss"] is None else f"{run['loss']:.2f} nats ({run['split']})"
        left = "" if run["seconds_left"] is None else f"  {run['seconds_left']:.0f} s left"
        print(f"{run['id']}  {run['state']:9}{run['epoch']:>6}/{run['epochs'] or '-':<6}{loss:26}{run['title']}{left}")
    if not found:
        print("No runs.")
    if told := scored_in(header for header in headers if header):
        print(told)


def _describe_run(run: Run, header: Header | None) -> dict[str, Any]:
    """What is said about a run; its loss is the model's on the test images, or that of the last epoch before there is one."""
    status, progress = run.status(), run.progress()
    epochs = None if run.request is None else run.request.train.epochs
    loss, split = None, None
    if header is not None:
        loss, split = header.summary.loss, "test"
    elif progress:
        last = progress[-1]
        loss, split = (last.validation or last.train).neg_elbo, "validation" if last.validation else "training"
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
        "loss": loss,
        "split": split,
        "seconds_left": status.seconds_left,
    }


def _stop(options: argparse.Namespace) -> None:
    run = find(options.run)
    status = run.status()
    if not status.active:
        raise RunError(f"{run.id}: has {status.state} already.")
    run.stop()
    print(f"{run.id}: stops after its current step, and keeps the best model so far.")


def _film(options: argparse.Namespace) -> None:
    from vae.files import check_new
    from vae.film.movie import write

    check_new(options.out, force=options.force)
    run = find(options.run)
    with _Bar("film", "frame") as on_step:
        heard = _print_step if options.progress else on_step
        write(options.out, run, seconds=options.seconds, dark=options.dark, on_step=heard)
    if not options.progress:
        print(f"{printable(options.out)}: {run.title}, {options.out.stat().st_size / 1e6:.1f} MB")


def _to_evaluate(options: argparse.Namespace) -> tuple[Checkpoint, str, ImageSet]:
    """What to evaluate, and on which data set, once it is known that the options make sense; fills in a missing beta."""
    from vae.checkpoints.checkpoint import read

    checkpoint = read(options.checkpoint)
    if options.refinement is not None:
        # Its keyframes are of posteriors as it was made for.
        config = checkpoint.config.refined(options.refinement)
        checkpoint = checkpoint._replace(config=config, keyframes=None)
    if options.beta is None:
        options.beta = checkpoint.config.nearest_beta()
    _check_beta(options.beta)
    check_whole("--samples", options.samples, 1, MAX_DRAWS)
    if options.iwae is not None:
        check_whole("--iwae", options.iwae, 1, MAX_DRAWS)
    checkpoint.config.check_beta(options.beta)
    name = options.data or checkpoint.summary.data
    shape = source_of(name).image_shape  # before anything is downloaded in vain
    if shape != checkpoint.config.image_shape:
        raise DataError(
            f"--data {name}: its images have shape {shape}, but {options.checkpoint} takes {checkpoint.config.image_shape}."
        )
    return checkpoint, name, load(name, "test")


def _check_beta(beta: float) -> None:
    if not 0 <= beta < math.inf:
        raise VAEError(f"--beta: a number from 0 on, not {beta}.")


def _evaluate(options: argparse.Namespace) -> None:
    from vae.evaluation.bounds import evaluate, importance_bound
    from vae.evaluation.report import plus_minus

    checkpoint, name, data = _to_evaluate(options)
    with _Bar("evaluate", "image") as on_step:
        result = evaluate(checkpoint.model(), data, options.beta, samples=options.samples, on_step=on_step)
    check_finite(result.recon, result.kl)
    fields = {"checkpoint": str(options.checkpoint), "data": name, "split": "test", **result._asdict()}
    bound = None
    if options.iwae is not None:
        with _Bar("importance-weighted bound", "image") as on_step:
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
        "nats per image"
    )
    print(f"reconstruction {result.recon:.2f} + {result.beta:g} x KL {result.kl:.2f} = {result.loss:.2f}")
    drawn = result.draws_standard_error
    print(
        f"standard errors: reconstruction {plus_minus(result.recon_standard_error, drawn)}; "
        f"KL {plus_minus(result.kl_standard_error, None)}; sum {plus_minus(result.loss_standard_error, drawn)}"
    )
    if bound is not None:
        error = bound.standard_error if bound.draws > 1 else None
        print(
            f"importance-weighted bound, {bound.draws:,} draws of z per image: {bound.nll:.2f} "
            f"({plus_minus(bound.image_standard_error, error)})"
        )
    if told := scored(result.floor):
        print(told)


def _report(options: argparse.Namespace) -> None:
    from vae.evaluation.diagnostics import diagnose
    from vae.evaluation.report import how, number, readings, spread, to_dict, to_html, unit_of, verdict
    from vae.files import check_new, write_atomic

    if options.html is not None:
        check_new(options.html, force=options.force)
    checkpoint, name, data = _to_evaluate(options)
    with _Bar("report", "image") as on_step:
        found = diagnose(
            checkpoint.model(),
            data,
            options.beta,
            samples=options.samples,
            draws=options.iwae,
            starts=options.starts,
            on_step=on_step,
        )
    if options.html is not None:
        page = to_html(found, checkpoint, Path(options.checkpoint).stem, name)
        write_atomic(options.html, page.encode())
    if options.json:
        print(json_of(to_dict(found, str(options.checkpoint), name)))
        return
    print(f"{printable(options.checkpoint)} on {name}: {found.n:,} test images, beta {found.beta:g}")
    print(f"  {verdict(found)}")
    for reading in readings(found):
        value = reading.value(found)
        shown = "-" if value is None else f"{number(value, reading)} {unit_of(value, reading)}"
        errors = "" if value is None else spread(found, reading)
        print(f"  {reading.title:42}{shown:28}{'; '.join(filter(None, (errors, how(found, reading))))}")
    if options.html is not None:
        print(f"written to {printable(options.html)}")


def _export(options: argparse.Namespace) -> None:
    from vae.checkpoints.checkpoint import read
    from vae.files import check_new, write_atomic
    from vae.web.export import to_html

    check_new(options.html, force=options.force)
    settings = _settings(options)
    page = to_html(read(options.checkpoint), options.title or Path(options.checkpoint).stem, settings)
    write_atomic(options.html, page.encode())
    print(f"{printable(options.html)}: {len(page.encode()) / 1e6:.1f} MB")


def _project(options: argparse.Namespace) -> None:
    from vae.checkpoints import checkpoint as checkpoints
    from vae.files import check_new
    from vae.latents.layouts import lay_out, measured, to_dict, with_plane, write

    settings = _settings(options)
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
        raise VAEError(
            f"--into-checkpoint: keeps what UMAP or t-SNE makes of more than two dimensions; {options.checkpoint} has "
            f"{checkpoint.config.latent_dim}, and {settings.title} was asked for. What is straight is made at once, so leave it out."
        )
    trained = checkpoint.summary.train.beta
    beta = trained if options.beta is None else options.beta
    _check_beta(beta)
    if checkpoint.config.beta_range is None and beta != trained:
        raise VAEError(f"--beta: {options.checkpoint} was trained at {trained:g} and knows no other, so leave it out.")
    with _Bar("project", "step") as on_step:
        heard = _print_step if options.progress else on_step
        layout = measured(lay_out(checkpoint, settings, beta, most=options.points, on_step=heard), checkpoint)
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


def _print_step(done: int, of: int) -> None:
    print(done, of, flush=True)


def _info(options: argparse.Namespace) -> None:
    from vae.checkpoints.checkpoint import read
    from vae.evaluation.terms import scored_in

    checkpoint = read(options.checkpoint)
    fields = _describe_checkpoint(checkpoint)
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
    if told := scored_in([checkpoint]):
        print(told)


def _run(options: argparse.Namespace) -> None:
    work(options.folder)


def _describe_checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
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


def _say(progress: Progress, objective: Objective) -> None:
    """One line about an epoch, above the bar."""
    from tqdm import tqdm

    curves = {"train": progress.train, "validation": progress.validation}
    text = ", ".join(
        f"{name} {curve.loss(progress.beta, objective):.2f} ({curve.recon:.2f} + {progress.beta:.2g} x {curve.kl:.2f}"
        + "".join(f", {term} {value:.2f}" for term, value in curve.others.items())
        + ")"
        for name, curve in curves.items()
        if curve is not None
    )
    tqdm.write(f"epoch {progress.epoch}/{progress.epochs}: {text} nats, {progress.seconds:.0f} s", file=sys.stderr)


def _network(options: argparse.Namespace, base: Network) -> Network:
    """The network, with the widths that the options give."""
    chosen: dict[str, Any] = {}
    if options.channels:
        if options.network == MLP.kind:
            raise VAEError("--channels: the dense network (mlp) has no convolutions.")
        chosen["channels"] = tuple(options.channels)
    if options.hidden:
        chosen["hidden"] = tuple(options.hidden)
        if options.network == Conv.kind:
            if len(options.hidden) != 1:
                raise VAEError(f"--hidden: the conv network has one width, not {len(options.hidden)}.")
            chosen["hidden"] = options.hidden[0]
    assert isinstance(base, MLP | Conv | Hybrid)
    return replace(base, **chosen)


class _Bars(Watcher):
    """What a worker does, in a terminal: a bar for what is going on, and a line above it about each epoch."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.measured = False
        self.adviser: Adviser | None = None
        self.said: set[str] = set()  # what kinds of advice
        self.shown = ExitStack()
        self.title = ""
        self.move: Callable[[int, int], None] | None = None

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *error: object) -> None:
        self.shown.close()
        status = self.run.status()
        if status.state == "failed":
            self._advise(status.message)

    def on_wait(self, message: str) -> None:
        print(message, file=sys.stderr)

    def on_step(self, done: int, steps: int) -> None:
        self._show("train", "step", done, steps)

    def on_epoch(self, progress: Progress) -> None:
        assert self.run.request is not None
        _say(progress, self.run.request.train.objective)
        if self.adviser is not None:
            self.adviser.hear(progress)
        self._advise()

    def on_image(self, done: int, n: int) -> None:
        self.measured = True
        self._show("evaluate", "image", done, n)

    def _advise(self, failure: str = "") -> None:
        """Says what advice there is, of each kind once."""
        from tqdm import tqdm

        if self.run.request is None:
            return
        if self.adviser is None:
            # With what another process trained of it.
            self.adviser = Adviser(self.run.request.model, self.run.request.train)
            for progress in self.run.progress():
                self.adviser.hear(progress)
        for advice in self.adviser.advice(failure):
            if advice.kind not in self.said:
                self.said.add(advice.kind)
                start = f"{'note' if advice.harmless else 'warning'}, since epoch {advice.epoch:,}"
                by = f" Options: {', '.join(f'--{name}' for name in advice.options)}." if advice.options else ""
                tqdm.write(f"{start}: {advice.title}. {advice.text} {advice.to_try}{by}", file=sys.stderr)

    def _show(self, title: str, unit: str, done: int, of: int) -> None:
        if self.move is None or self.title != title:
            self.shown.close()
            self.move, self.title = self.shown.enter_context(_Bar(title, unit)), title
        self.move(done, of)


class _Bar:
    """A progress bar on standard error, as an `on_step` callback; silent where nobody watches."""

    def __init__(self, title: str, unit: str) -> None:
        self.title = title
        self.unit = unit

    def __enter__(self) -> Callable[[int, int], None]:
        from tqdm import tqdm

        self.bar = tqdm(desc=self.title, unit=self.unit, leave=False, disable=None)
        return self.on_step

    def on_step(self, done: int, total: int) -> None:
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def __exit__(self, *error: object) -> None:
        self.bar.close()
