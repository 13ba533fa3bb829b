"""The models there are, the one in use, and the line on top of every page that shows both."""

from __future__ import annotations

__all__ = [
    "Entry",
    "Model",
    "beta_in_use",
    "betas_to_choose",
    "choose_beta",
    "condition_in_use",
    "describe",
    "entries",
    "has_condition",
    "header",
    "heading",
    "help_of_picker",
    "keep_model_in_url",
    "model_in_use",
    "open_model",
    "refinement_of",
    "save_upload",
    "set_condition",
    "stamp_of",
    "summary_row",
    "trained_at",
    "use_model",
]

import math
import re
import threading
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain, count
from logging import getLogger
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import streamlit as st

from pages.components.server import assets
from pages.components.server.messages import without_paths
from vae.cache import Cache
from vae.checkpoints import checkpoint
from vae.checkpoints.checkpoint import SHIPPED, Checkpoint, Header, TrainingSummary
from vae.data.sources import title_of
from vae.errors import ConfigError, VAEError
from vae.evaluation.terms import terms
from vae.files import write_atomic
from vae.latents.layouts import Layout
from vae.latents.paths import Dimensions, dimensions
from vae.limits import (
    MAX_CHECKPOINTS_BYTES,
    MAX_FACTS_BYTES,
    MAX_UPLOAD_MIB,
    MAX_UPLOADS,
    MAX_UPLOADS_BYTES,
    check_not_read_only,
)
from vae.models.condition import Condition
from vae.models.config import ModelConfig, betas_of
from vae.runs import store
from vae.texts import is_showable, markdown
from vae.web import payloads

T = TypeVar("T")

DEFAULT = "mnist-2d"
PICKER = "model_picker"
CONDITIONS = "conditions"  # in use, of each model that was told one
MAX_PATH = 10_000  # characters
MAX_STEM = 50  # characters of an upload's name, of up to four bytes each: file systems take 255 bytes


class Entry(NamedTuple):
    """A checkpoint that can be chosen."""

    name: str  # unique; stands in the page's URL
    title: str
    origin: str  # "Shipped", "Trained here" or "Uploaded"
    path: Path
    header: Header | None  # None where the file can't be read
    error: str = ""  # why not


_listed: dict[Path, tuple[tuple[str | int, ...], Entry]] = {}  # what each file says, and what stands for its content
_checkpoints: Cache[Checkpoint] = Cache(MAX_CHECKPOINTS_BYTES)
_facts: Cache[Any] = Cache(MAX_FACTS_BYTES)
_saving = threading.Lock()  # so that of two sessions that upload for the last place one gets it


@dataclass(frozen=True)
class Model:
    """The model in use."""

    name: str
    title: str
    path: Path
    checkpoint: Checkpoint
    stamp: tuple[str, int, int]

    @property
    def program_url(self) -> str:
        """Where the browser finds the decoder."""
        return assets.publish((*self.stamp, "program"), lambda: payloads.decoder_program(self.checkpoint))

    @property
    def encoder_url(self) -> str:
        """Where the browser finds the encoder."""
        return assets.publish((*self.stamp, "encoder"), lambda: payloads.encoder_program(self.checkpoint))

    @property
    def spreads_url(self) -> str | None:
        """Where the browser finds how wide posteriors are between betas; None for a model that was trained at one."""
        if self.checkpoint.keyframes is None:
            return None
        return assets.publish((*self.stamp, "spreads"), lambda: payloads.spreads(self.checkpoint))

    @property
    def keyframes_url(self) -> str | None:
        """Where the browser finds what lies between betas; None for a model that was trained at one."""
        if self.checkpoint.keyframes is None:
            return None
        return assets.publish((*self.stamp, "keyframes"), lambda: payloads.keyframes(self.checkpoint))

    @property
    def points_url(self) -> str:
        """Where the browser finds the points of the map; at the beta in use, if there are too many for the page to move them all."""
        beta = beta_in_use(self) if payloads.too_many_to_move(self.checkpoint) else None
        return assets.publish((*self.stamp, "points", beta), lambda: payloads.map_points(self.checkpoint, beta))

    def layout_url(self, layout: Layout) -> str:
        """Where the browser finds the points as they are laid out in a plane."""
        return assets.publish(
            (*self.stamp, "layout", layout.key), lambda: payloads.layout_points(self.checkpoint, layout)
        )

    def dimensions_at(self, beta: float) -> Dimensions:
        """What the dimensions hold at a beta, found once: a large test set takes a while."""
        return self.cached(
            ("dimensions", beta), lambda: dimensions(self.checkpoint.points_at(beta), self.checkpoint.prior)
        )

    def cached(self, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` finds of the model, found once; `what` stands for it among all that is."""
        return _facts.get_or_make((*self.stamp, what), make)


def condition_in_use(model: Model) -> Condition:
    """What the model is told: what it was last told on a page, or what it begins with."""
    config, train = model.checkpoint.config, model.checkpoint.summary.train
    found = st.session_state.get(CONDITIONS, {}).get(model.name, Condition(train.beta))
    # Another file may have taken the name since, with another range and other classes.
    label = found.label if found.label is not None and found.label < config.classes else None
    return Condition(train.beta if config.beta_range is None else config.nearest_beta(found.beta), label)


def beta_in_use(model: Model) -> float:
    """The beta of it."""
    beta = condition_in_use(model).beta
    assert isinstance(beta, float)
    return beta


def has_condition(model: Model) -> bool:
    """Whether this model was told one in this session."""
    return model.name in st.session_state.get(CONDITIONS, {})


def set_condition(model: Model, told: object) -> None:
    """Makes this the condition in use, wherever the model is shown. `told` is its fields, as a browser sends them; what the model can't be
    told is ignored."""
    config = model.checkpoint.config
    match told:
        case {"beta": int() | float() as beta, "label": int() | None as label} if config.hears:
            condition = Condition(float(beta), label)
        case _:
            return
    with suppress(ConfigError):
        config.check(condition)
        st.session_state[CONDITIONS] = {**st.session_state.get(CONDITIONS, {}), model.name: condition}


def betas_to_choose(model: Model) -> list[float]:
    """Betas on a logarithmic scale over the model's range, its ends, the one in use and the one that its figures are at among them; that
    one alone for a model that was trained at one."""
    config, train = model.checkpoint.config, model.checkpoint.summary.train
    if config.beta_range is None:
        return [train.beta]
    low, high = config.beta_range
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = {float(f"{digit}e{decade}") for decade in decades for digit in (1, 1.5, 2, 3, 4, 5, 7)}
    return sorted({low, high, train.beta, beta_in_use(model)} | {beta for beta in steps if low < beta < high})


def choose_beta(model: Model, key: str) -> float:
    """The control for the beta in use; says so where there is only one."""
    betas = betas_to_choose(model)
    if len(betas) == 1:
        st.caption(f"At β {betas[0]:g}, the only one that the model was trained at.")
        return betas[0]
    key = f"{key}_{model.name}"
    st.session_state[key] = beta_in_use(model)
    return float(
        st.select_slider(
            "β",
            betas,
            key=key,
            format_func="{:.3g}".format,
            on_change=lambda: set_condition(
                model, asdict(replace(condition_in_use(model), beta=st.session_state[key]))
            ),
            help="The model was trained for every β of this range. Explore, Sample and the other pages use this one, too.",
        )
    )


def entries() -> list[Entry]:
    """Every checkpoint that ships, was uploaded, or came out of a run here."""
    found = [("Shipped", path.stem, path, "") for path in sorted(SHIPPED.glob("*.safetensors"), reverse=True)]
    found += [("Uploaded", path.stem, path, "") for path in sorted(_uploads().glob("*.safetensors"))]
    found += [
        ("Trained here", run.id, file, run.name) for run in store.list_runs() if (file := run.checkpoint) is not None
    ]
    known: dict[str, Entry] = {}
    for origin, name, path, called in found:
        free = _free(_plain(name), known)  # a file that somebody put there can be named like another model
        known[free] = _entry(origin, free, path, called)
    there = {path for _, _, path, _ in found}
    for path in list(_listed):  # at once, for other sessions list, too
        if path not in there:
            _listed.pop(path, None)
    return list(known.values())


def open_model(entry: Entry) -> Model:
    """Reads a checkpoint, unless it has been read already. Raises `VAEError` if it can't be."""
    stamp = stamp_of(entry)
    return Model(entry.name, entry.title, entry.path, _read(*stamp), stamp)


def stamp_of(entry: Entry) -> tuple[str, int, int]:
    """What stands for a checkpoint's content. Raises `VAEError` if the file is gone."""
    return _stamp(entry.path)


def use_model(path: Path) -> None:
    """Makes the checkpoint the model in use. Raises `VAEError` if it can't be read; the one in use then stays."""
    _read(*_stamp(path))
    name = next((entry.name for entry in entries() if entry.path.resolve() == path.resolve()), None)
    if name is None:
        raise VAEError(f"{path}: not among the models that Zscape knows.")
    st.session_state["model"] = name


def keep_model_in_url() -> None:
    """Carries the model's name from page to page, so that a reload, or a link, finds it again on any of them."""
    if "model" in st.query_params:
        st.session_state.setdefault("model", st.query_params["model"])
    elif st.session_state.get("model", DEFAULT) != DEFAULT:
        st.query_params["model"] = st.session_state["model"]


def model_in_use(there: Sequence[Entry]) -> Model | None:
    """The model in use, one of those that are `there`, or None where none can be read; says why on the page."""
    known = {entry.name: entry for entry in there}
    wanted = st.session_state.get("model") or DEFAULT
    for name in dict.fromkeys((wanted, DEFAULT, *known)):
        if name not in known:
            continue
        try:
            model = open_model(known[name])
        except VAEError as error:
            st.error(markdown(without_paths(error)), icon=":material/error:")
            continue
        if wanted not in known and wanted != DEFAULT:
            st.toast(
                markdown(f"There is no model {_plain(wanted)[:80]} any more; this is {model.title}."),
                icon=":material/info:",
            )
        st.session_state["model"] = name
        if name == DEFAULT:
            st.query_params.pop("model", None)
        else:
            st.query_params["model"] = name
        return model
    reason = "None of the models can be read." if known else "There is no model yet."
    st.info(f"{reason} Train one on the Train page, or upload a checkpoint on the Models page.")
    return None


def heading(title: str, caption: str) -> None:
    """The page's title and what the page is for."""
    with st.container(gap="xxsmall"):
        st.markdown(f"### {title}")
        st.caption(caption)


def header(title: str, caption: str) -> Model | None:
    """The page's title and the model picker; returns the model in use."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        heading(title, caption)
    with right:
        place = st.empty()
    there = entries()
    model = model_in_use(there)
    if model is None:
        return None
    # The one in use is among them whatever has happened to its file since.
    known = {entry.name: entry.title for entry in there if entry.header is not None} | {model.name: model.title}
    st.session_state[PICKER] = model.name
    place.selectbox(
        "Model",
        list(known),
        key=PICKER,
        format_func=known.__getitem__,
        on_change=_pick,
        help=help_of_picker(there),
    )
    return model


def help_of_picker(there: Sequence[Entry]) -> str:
    """What a list of these models says of itself."""
    damaged = sum(entry.header is None for entry in there)
    left_out = f" {damaged} can't be read and {'is' if damaged == 1 else 'are'} left out." if damaged else ""
    return f"Every model that ships, was trained here or uploaded. The Models page says more about each.{left_out}"


def describe(model: Model) -> str:
    """A line about the model: what it saw, what it is, and how good it is at the beta in use."""
    config, summary, beta = model.checkpoint.config, model.checkpoint.summary, beta_in_use(model)
    found = terms(model.checkpoint, beta)
    at, sign = f" at β {beta:.3g}" if config.beta_range else "", "" if found.measured else "≈ "
    how = ", ".join(part for part in (found.estimator, refinement_of(config)) if part)
    return (
        f"{len(model.checkpoint.points.labels):,} test images of {title_of(summary.data)}; {config.network.title} network, "
        f"{config.parameters / 1e6:.2g} M weights, {betas_of(config, summary.train)}. Minus the ELBO{at}: {sign}{found.neg_elbo:.1f} "
        f"nats per test image, {found.recon:.1f} of reconstruction and {found.kl:.{2 if found.kl < 1 else 1}f} of KL ({how})."
    )


def refinement_of(config: ModelConfig) -> str:
    """Such as "3 refinement steps"; nothing where the encoder's posteriors are used as they are."""
    return f"{config.refinement} refinement step{'' if config.refinement == 1 else 's'}" if config.refinement else ""


def summary_row(entry: Entry, beta: float | None = None) -> dict[str, object]:
    """What a table says of a model that can be read: what it is, and the summary's figures in nats per test image. `beta` is the one that
    figures are at, if it isn't the summary's."""
    assert entry.header is not None
    config, summary = entry.header.config, entry.header.summary
    trained = betas_of(config, summary.train).removeprefix("β ")
    done, steps = f"{summary.epochs:,}", config.refinement
    return {
        "Model": entry.title,
        "Origin": entry.origin,
        "Data": title_of(summary.data),
        "Latent": config.latent_dim,
        "Network": f"{config.network.title}, {config.parameters / 1e6:.1f} M weights",
        "Posteriors": "encoder" if steps == 0 else f"encoder + {steps} step{'' if steps == 1 else 's'}",
        "Likelihood": config.likelihood.title,
        "β": f"{trained}, here {summary.train.beta if beta is None else beta:g}" if config.beta_range else trained,
        "Epochs": f"{done} of {summary.train.epochs:,}" if summary.stopped else done,
        # A file may have whole numbers too large for a table.
        "Reconstruction": float(summary.recon),
        "KL": float(summary.kl),
        "Minus the ELBO": float(summary.neg_elbo),
        "Trained": trained_at(summary)[:10],
    }


def trained_at(summary: TrainingSummary) -> str:
    """Day and time at which the model was done, by the clock here: 2025-01-31 23:59:59."""
    try:
        return f"{datetime.fromisoformat(summary.date).astimezone():%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):  # a file can say anything
        return summary.date


def save_upload(name: str, content: bytes) -> Path:
    """Checks an uploaded checkpoint and keeps it. Raises `VAEError`, and keeps nothing, if it isn't one, there is no room for it, or the
    app only shows."""
    check_not_read_only(name)
    if len(content) > MAX_UPLOAD_MIB << 20:
        raise VAEError(f"{name}: larger than {MAX_UPLOAD_MIB} MB, and no upload may be.")
    checkpoint.read_bytes(content, name)
    stem = _plain(Path(name).stem)[:MAX_STEM].strip(".-") or "upload"
    with _saving:
        _check_room(name, len(content))
        free = _free(f"upload-{stem}", {entry.name for entry in entries()})
        path = _uploads() / f"{free}.safetensors"
        write_atomic(path, content)
    return path


def _check_room(name: str, size: int) -> None:
    """Raises `VAEError` where there are too many uploads for one more of so many bytes."""
    sizes = []
    for path in _uploads().glob("*.safetensors"):
        with suppress(OSError):  # deleted by somebody else
            sizes.append(path.stat().st_size)
    if len(sizes) >= MAX_UPLOADS:
        raise VAEError(
            f"{name}: there are {len(sizes):,} uploads, and no more than {MAX_UPLOADS:,} may be kept. Delete one first."
        )
    if sum(sizes) + size > MAX_UPLOADS_BYTES:
        raise VAEError(
            f"{name}: has {size / 1e6:,.0f} MB, and the uploads have {sum(sizes) / 1e6:,.0f} of the {MAX_UPLOADS_BYTES / 1e6:,.0f} MB that "
            "they may have together. Delete some first."
        )


def delete_upload(entry: Entry) -> None:
    """Deletes an uploaded checkpoint for good; if it is in use, the default takes its place.

    Raises `VAEError` for a file anywhere but among the uploads, for one that can't be deleted, and where the app only shows.
    """
    check_not_read_only(entry.path.name)
    if entry.path.parent != _uploads() or not entry.path.match("*.safetensors"):
        raise VAEError(f"{entry.path}: not an upload, so it stays.")
    try:
        entry.path.unlink(missing_ok=True)  # somebody else may have been faster
    except OSError as error:
        raise VAEError(f"{entry.path}: could not be deleted ({error.strerror or error}).") from error
    if st.session_state.get("model") == entry.name:
        st.session_state["model"] = DEFAULT


def _pick() -> None:
    chosen = st.session_state[PICKER]
    entry = next((entry for entry in entries() if entry.name == chosen), None)
    try:
        if entry is not None:
            use_model(entry.path)
    except VAEError as error:
        st.toast(markdown(without_paths(error)), icon=":material/error:")


def _entry(origin: str, name: str, path: Path, called: str) -> Entry:
    """What is known of a checkpoint; `called` is what people call it, if they do. It is read again only where it changed, for a page lists
    all of them at every rerun."""
    try:
        status = path.stat()
    except OSError as error:
        return Entry(
            name, f"{name} (can't be read)", origin, path, None, f"{path}: could not be read ({error.strerror})."
        )
    stamp = (origin, name, called, status.st_ctime_ns, status.st_mtime_ns, status.st_size, status.st_ino)
    before, entry = _listed.get(path, (None, None))
    if entry is None or before != stamp:
        entry = _describe(origin, name, path, called)
        if entry.header is not None:  # what can't be read now may be readable later
            _listed[path] = stamp, entry
    return entry


def _describe(origin: str, name: str, path: Path, called: str) -> Entry:
    try:
        with _one_of_many(path):
            known = checkpoint.peek(path)
    except VAEError as error:
        return Entry(name, f"{name} (can't be read)", origin, path, None, str(error))
    summary = known.summary
    title = f"{title_of(summary.data)}, {known.config.latent_dim}-D, {betas_of(known.config, summary.train)}"
    # Several may be alike but for these.
    if origin == "Uploaded":
        title += f" · {name.removeprefix('upload-')}"
    elif origin == "Trained here":
        title += f" · {trained_at(summary)}"
        if summary.stopped:
            title += f" · {summary.epochs:,} of {summary.train.epochs:,} epochs"
    return Entry(name, f"{called} · {title}" if called else title, origin, path, known)


def _free(name: str, taken: Container[str]) -> str:
    """The name, with a number where it is taken."""
    return next(free for free in chain([name], (f"{name}-{number}" for number in count(2))) if free not in taken)


def _plain(name: str) -> str:
    """The name without what means something to a file system or to Markdown, and without what can't be shown."""
    return re.sub(r"[^\w.-]+", "-", name)


def _uploads() -> Path:
    return store.runs_folder() / "uploads"


def _stamp(path: Path) -> tuple[str, int, int]:
    """What changes when the file does."""
    if not is_showable(str(path), MAX_PATH):
        raise VAEError(f"{path}: has a name that can't be shown. Give the file another one.")
    try:
        status = path.stat()
    except OSError as error:
        raise VAEError(f"{path}: could not be read ({error.strerror}).") from None
    return str(path.resolve()), status.st_mtime_ns, status.st_size


def _read(path: str, modified: int, size: int) -> Checkpoint:
    def read() -> Checkpoint:
        with _one_of_many(path):
            return checkpoint.read(path)

    return _checkpoints.get_or_make((path, modified, size), read)


@contextmanager
def _one_of_many(path: str | Path) -> Iterator[None]:
    """Makes whatever a file can raise a `VAEError`, for no single one may stop the pages, on which it could be deleted."""
    try:
        yield
    except VAEError:
        raise
    except Exception as error:
        getLogger(__name__).exception("%s", path)
        raise VAEError(f"{path}: could not be read ({type(error).__name__}: {error}).") from error
