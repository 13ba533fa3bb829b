"""Files that are written whole or not at all."""

__all__ = ["check_writable", "write_atomic"]

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from vae.errors import VAEError


def write_atomic(path: str | Path, content: bytes) -> None:
    """Writes `content` beside `path` and renames it, so that a reader sees the old file or the new one, never a part.

    Raises `VAEError` if the folder can't be written to.
    """
    path = Path(path)
    with _part(path) as (file, temporary):
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        file.close()  # some systems don't rename an open file
        # Temporary files are private; what we hand over has the rights that an ordinary new file would have.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)


def check_writable(path: str | Path) -> None:
    """Raises the `VAEError` that `write_atomic` would, so that long work whose result can't be kept isn't begun."""
    with _part(Path(path)):
        pass


@contextmanager
def _part(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file beside `path`, which is gone afterwards unless it was renamed, whatever happens."""
    temporary = None
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            temporary = Path(file.name)
            yield file, temporary
    except OSError as error:
        reason = error.strerror or error
        raise VAEError(f"{path}: could not be written ({reason}). Check the folder's rights and space.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
