"""What the app does to the server's disk on a visitor's behalf, and how much of it there may be.

With `VAE_READ_ONLY=1` it only shows: nothing is trained, uploaded or deleted. What it keeps so as not to compute it again is bounded, and
the oldest goes first.
"""

from __future__ import annotations

__all__ = [
    "MAX_CACHE_BYTES",
    "MAX_UPLOADS",
    "MAX_UPLOADS_BYTES",
    "MAX_UPLOAD_MIB",
    "MAX_WAITING",
    "READ_ONLY",
    "check_not_read_only",
    "drop_oldest",
    "read_only",
]

import os
from contextlib import suppress
from pathlib import Path

from vae.errors import VAEError

READ_ONLY = "VAE_READ_ONLY"
MAX_WAITING = 20  # runs that wait for their turn
MAX_UPLOADS = 200  # files
MAX_UPLOAD_MIB = 500  # of one of them
MAX_UPLOADS_BYTES = 5_000_000_000  # of all of them
MAX_CACHE_BYTES = 500_000_000  # of what is kept of one kind


def read_only() -> bool:
    """Whether the app only shows: `VAE_READ_ONLY` is set, and to something other than 0, no, off or false."""
    return os.environ.get(READ_ONLY, "").strip().lower() not in ("", "0", "no", "off", "false")


def check_not_read_only(what: str) -> None:
    """Raises `VAEError`, which begins with `what` was to be done, where the app only shows."""
    if read_only():
        raise VAEError(
            f"{what}: this server only shows models ({READ_ONLY} is set), so nothing is trained, uploaded or deleted. Do it on "
            f"a machine of your own, or start this one without {READ_ONLY}."
        )


def drop_oldest(folder: Path, pattern: str, most: int, most_bytes: int = MAX_CACHE_BYTES) -> None:
    """Deletes the oldest of the files in a folder whose names match, until there are no more than `most` and no more than `most_bytes` in
    them; the newest stays whatever its size. What can't be deleted stays."""
    known: list[tuple[float, int, Path]] = []
    with suppress(OSError):
        for file in folder.glob(pattern):
            with suppress(OSError):  # somebody else was faster
                found = file.stat()
                known.append((found.st_mtime, found.st_size, file))
    held = 0
    for place, (_, size, file) in enumerate(sorted(known, reverse=True)):
        held += size
        if place and (place >= most or held > most_bytes):
            with suppress(OSError):
                file.unlink(missing_ok=True)
