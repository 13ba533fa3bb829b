"""What several commands can be told, and what they make of it."""

from __future__ import annotations

__all__ = [
    "CHECKPOINT_HELP",
    "DATA_HELP",
    "REFINEMENT_HELP",
    "RUN_HELP",
    "add_binarize",
    "add_evaluation",
    "add_file",
    "add_force",
    "add_projection",
    "add_settings",
    "changed",
    "check_beta",
    "data_name",
    "projection",
    "to_arguments",
    "to_evaluate",
    "with_settings",
]

import argparse
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from vae.checks import check_whole
from vae.data.binarized import BINARIZATIONS, STATIC_URL, binarized_name
from vae.data.sources import DATASETS, load, source_of
from vae.errors import DataError, VAEError
from vae.models.config import MAX_DRAWS
from vae.projections import PCA, PROJECTIONS, Axes
from vae.projections.projection import Settings
from vae.settings import Setting, settings_of
from vae.texts import listed

if TYPE_CHECKING:
    from vae.checkpoints.checkpoint import Checkpoint
    from vae.data.images import ImageSet

V = TypeVar("V", bound=Any)  # a variant of a table

CHECKPOINT_HELP = "a file, or the name of a shipped checkpoint"
RUN_HELP = "its folder, or its id"
DATA_HELP = f"data set: {', '.join(DATASETS)}, or one of your own, NAME.npz in the folder that VAE_DATA_DIR says"
REFINEMENT_HELP = "steps of Newton's method to better posteriors, from the encoder's or, of two dimensions, from the best of many places"


def add_file(
    parser: argparse.ArgumentParser, option: str, text: str, *, metavar: str = "FILE", required: bool = True
) -> None:
    """What says which file is written."""
    parser.add_argument(option, type=Path, required=required, metavar=metavar, help=text)
    add_force(parser)


def add_binarize(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--binarize",
        choices=BINARIZATIONS,
        help="pixels of 0 or 1: dynamic draws them from the grey values, training images anew each time; static has the draw of MNIST that "
        f"others have published, from files in the folder that VAE_DATA_DIR says ({STATIC_URL}); NAME+dynamic as a data set is the same",
    )


def data_name(options: argparse.Namespace, name: str) -> str:
    """The data set of this name, binarised as the options say."""
    return name if options.binarize is None else binarized_name(name, options.binarize)


def add_force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def add_projection(parser: argparse.ArgumentParser, default: str | None) -> None:
    """What says into which plane latents of more than two dimensions go."""
    help_ = f"of projecting more than two dimensions (default: {default or PCA.kind})"
    parser.add_argument("--method", choices=PROJECTIONS, default=default, help=help_)
    parser.add_argument("--axes", type=int, nargs=2, metavar=("I", "J"), help="of axes: two dimensions, counted from 1")
    add_settings(parser, PROJECTIONS)


def add_settings(parser: argparse.ArgumentParser, table: Mapping[str, type]) -> None:
    """An option for each `Setting` that some variant of a table has."""
    for name, each in _settings(table).items():
        _, setting = each[0]
        kinds: dict[float, list[str]] = {}
        for kind, other in each:
            kinds.setdefault(other.default, []).append(kind)
        of = ", ".join(f"of {listed(those)} (default: {default:g})" for default, those in kinds.items())
        text = f"(default: {setting.default:g})" if kinds == {setting.default: list(table)} else of
        title = f"{setting.title[0].lower()}{setting.title[1:]}"
        parser.add_argument(_option(name), type=_number, metavar=name[0].upper(), help=f"{title}, {text}")


def _settings(table: Mapping[str, type]) -> dict[str, list[tuple[str, Setting]]]:
    """The settings of a table's variants by the names of their options, and which kinds have each."""
    options: dict[str, list[tuple[str, Setting]]] = {}
    for kind, variant in table.items():
        for name, setting in settings_of(variant).items():
            options.setdefault(setting.option or name, []).append((kind, setting))
    return options


def with_settings(options: argparse.Namespace, table: Mapping[str, type], variant: V) -> V:
    """A variant of a table, with the settings that the options give. Raises `VAEError` for one that it doesn't have."""
    own = {setting.option or name: name for name, setting in settings_of(type(variant)).items()}
    given = {name: getattr(options, name) for name in _settings(table) if getattr(options, name) is not None}
    for name in given.keys() - own.keys():
        kinds = listed((kind for kind, _ in _settings(table)[name]), "or")
        raise VAEError(f"{_option(name)}: {variant.kind} has no such setting, {kinds} has.")
    return replace(variant, **{own[name]: value for name, value in given.items()})


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _number(text: str) -> float:
    """A whole number where it is written as one: which of the two a setting has to be, its projection says."""
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


_number.__name__ = "number"  # by which argparse calls what a text is not


def changed(
    add: Callable[[argparse.ArgumentParser], None], given: list[str], options: argparse.Namespace
) -> Iterator[str]:
    """The options among those that `add` adds whose values in `options` aren't what they are where these alone are `given`."""
    parser = argparse.ArgumentParser()
    add(parser)
    for name, value in vars(parser.parse_args(given)).items():
        if name != "command" and getattr(options, name) != value:
            yield _option(name)


def projection(options: argparse.Namespace) -> Settings | None:
    """The projection that the options choose; None where they say nothing of it.

    Raises `VAEError` for a setting that belongs to another method, or to none.
    """
    given = [name for name in ("axes", *_settings(PROJECTIONS)) if getattr(options, name) is not None]
    if options.method is None:
        if given:
            raise VAEError(f"{_option(given[0])}: is of a method, so give --method, too.")
        return None
    chosen = with_settings(options, PROJECTIONS, PROJECTIONS[options.method]())
    if options.axes is None:
        return chosen
    if not isinstance(chosen, Axes):
        raise VAEError(f"--axes: {chosen.kind} has no such setting, {Axes.kind} has.")
    return Axes(*(number - 1 for number in options.axes))


def to_arguments(settings: Settings) -> list[str]:
    """The options that choose a projection, whose fields are all `Setting`s: what `projection` makes of them again."""
    values = {name: getattr(settings, name) for name in settings_of(type(settings))}
    return [f"--method={settings.kind}", *(f"{_option(name)}={value}" for name, value in values.items())]


def add_evaluation(parser: argparse.ArgumentParser) -> None:
    """What says which model is looked at, on which images, and how."""
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    parser.add_argument("--data", metavar="NAME", help=f"{DATA_HELP} (default: the one it was trained on)")
    add_binarize(parser)
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


def to_evaluate(options: argparse.Namespace) -> tuple[Checkpoint, str, ImageSet]:
    """What to evaluate, and on which data set, once it is known that the options make sense; fills in a missing beta."""
    from vae.checkpoints.checkpoint import read

    checkpoint = read(options.checkpoint)
    if options.refinement is not None:
        # Its keyframes are of posteriors as it was made for.
        config = checkpoint.config.refined(options.refinement)
        checkpoint = checkpoint._replace(config=config, keyframes=None)
    if options.beta is None:
        options.beta = checkpoint.config.nearest_beta()
    check_beta(options.beta)
    check_whole("--samples", options.samples, 1, MAX_DRAWS)
    if options.iwae is not None:
        check_whole("--iwae", options.iwae, 1, MAX_DRAWS)
    checkpoint.config.check_beta(options.beta)
    name = data_name(options, options.data or checkpoint.summary.data)
    shape = source_of(name).image_shape  # before anything is downloaded in vain
    if shape != checkpoint.config.image_shape:
        raise DataError(
            f"--data {name}: its images have shape {shape}, but {options.checkpoint} takes {checkpoint.config.image_shape}."
        )
    return checkpoint, name, load(name, "test")


def check_beta(beta: float) -> None:
    """Raises `VAEError` for what can't weigh a KL."""
    if not 0 <= beta < math.inf:
        raise VAEError(f"--beta: a number from 0 on, not {beta}.")
