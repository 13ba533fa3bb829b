"""The checkpoints there are: those that ship, that came out of a run here, and that were uploaded."""

from __future__ import annotations

__all__ = ["Entry", "Stamp", "delete_upload", "entries", "plain", "read", "save_upload", "stamp_of", "trained_at"]

import re
import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, count
from logging import getLogger
from pathlib import Path
from typing import NamedTuple, TypeAlias

from vae.cache import Cache
from vae.checkpoints import checkpoint
from vae.checkpoints.checkpoint import SHIPPED_FOLDER, Checkpoint, Header, TrainingSummary
from vae.data.sources import title_of
from vae.errors import VAEError
from vae.files import write_atomic
from vae.limits import (
    MAX_CHECKPOINTS_BYTES,
    MAX_UPLOAD_MIB,
    MAX_UPLOADS,
    MAX_UPLOADS_BYTES,
    check_not_read_only,
)
from vae.models.config import betas_of
from vae.runs import store
from vae.texts import is_showable

MAX_PATH = 10_000  # characters
MAX_STEM = 50  # characters of an upload's name, of up to four bytes each: file systems take 255 bytes

Stamp: TypeAlias = tuple[str, int, int]  # path, time of the last change in nanoseconds, bytes


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
_saving = threading.Lock()  # so that of two sessions that upload for the last place one gets it


def entries() -> list[Entry]:
    """Every checkpoint that ships, was uploaded, or came out of a run here."""
    files = [("Shipped", path.stem, path, "") for path in sorted(SHIPPED_FOLDER.glob("*.safetensors"), reverse=True)]
    files += [("Uploaded", path.stem, path, "") for path in sorted(_uploads().glob("*.safetensors"))]
    files += [
        ("Trained here", run.id, file, run.name) for run in store.list_runs() if (file := run.checkpoint) is not None
    ]
    known: dict[str, Entry] = {}
    for origin, name, path, called in files:
        free = _free(plain(name), known)  # a file that somebody put there can be named like another model
        known[free] = _entry(origin, free, path, called)
    there = {path for _, _, path, _ in files}
    for path in list(_listed):  # at once, for other sessions list, too
        if path not in there:
            _listed.pop(path, None)
    return list(known.values())


def stamp_of(path: Path) -> Stamp:
    """What stands for a checkpoint's content. Raises `VAEError` if the file is gone."""
    if not is_showable(str(path), MAX_PATH):
        raise VAEError(f"{path}: has a name that can't be shown. Give the file another one.")
    try:
        status = path.stat()
    except OSError as error:
        raise VAEError(f"{path}: could not be read ({error.strerror}).") from None
    return str(path.resolve()), status.st_mtime_ns, status.st_size


def read(stamp: Stamp) -> Checkpoint:
    """The checkpoint that this stands for, read once while it is in use. Raises `VAEError` if it can't be."""

    def from_file() -> Checkpoint:
        path = Path(stamp[0])
        with _one_of_many(path):
            return checkpoint.read(path)

    return _checkpoints.get_or_make(stamp, from_file)


def save_upload(name: str, content: bytes) -> Path:
    """Checks an uploaded checkpoint and keeps it. Raises `VAEError`, and keeps nothing, if it isn't one, there is no room for it, or the
    app only shows."""
    check_not_read_only(name)
    if len(content) > MAX_UPLOAD_MIB << 20:
        raise VAEError(f"{name}: larger than {MAX_UPLOAD_MIB} MB, and no upload may be.")
    checkpoint.read_bytes(content, name)
    stem = plain(Path(name).stem)[:MAX_STEM].strip(".-") or "upload"
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
    """Deletes an uploaded checkpoint for good.

    Raises `VAEError` for a file anywhere but among the uploads, for one that can't be deleted, and where the app only shows.
    """
    check_not_read_only(entry.path.name)
    if entry.path.parent != _uploads() or not entry.path.match("*.safetensors"):
        raise VAEError(f"{entry.path}: not an upload, so it stays.")
    try:
        entry.path.unlink(missing_ok=True)  # somebody else may have been faster
    except OSError as error:
        raise VAEError(f"{entry.path}: could not be deleted ({error.strerror or error}).") from error


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


def trained_at(summary: TrainingSummary) -> str:
    """Day and time at which the model was done, by the clock here: 2025-01-31 23:59:59."""
    try:
        return f"{datetime.fromisoformat(summary.date).astimezone():%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):  # a file can say anything
        return summary.date


def _free(name: str, taken: Container[str]) -> str:
    """The name, with a number where it is taken."""
    return next(free for free in chain([name], (f"{name}-{number}" for number in count(2))) if free not in taken)


def plain(name: str) -> str:
    """The name without what means something to a file system or to Markdown, and without what can't be shown."""
    return re.sub(r"[^\w.-]+", "-", name)


def _uploads() -> Path:
    return store.runs_folder() / "uploads"


@contextmanager
def _one_of_many(path: Path) -> Iterator[None]:
    """Makes whatever a file can raise a `VAEError`, for no single one may stop the pages, on which it could be deleted."""
    try:
        yield
    except VAEError:
        raise
    except Exception as error:
        getLogger(__name__).exception("%s", path)
        raise VAEError(f"{path}: could not be read ({type(error).__name__}: {error}).") from error
