"""Files that are written whole or not at all."""

__all__ = ["check_new", "check_writable", "replace_atomic", "write_atomic"]

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vae.errors import VAEError


def write_atomic(path: str | Path, content: bytes, *, lasting: bool = True) -> None:
    """Writes `content` beside `path` and renames it, so that a reader sees the old file or the new one, never a part. What is not `lasting`
    may be lost when the power fails, and is there sooner.

    Raises `VAEError` if the folder can't be written to.
    """
    replace_atomic(path, lambda temporary: temporary.write_bytes(content), lasting=lasting)


def replace_atomic(path: str | Path, write: Callable[[Path], object], *, lasting: bool = True) -> None:
    """The same for whoever writes the file himself, at the path that `write` is called with. Raises likewise."""
    path = Path(path)
    with _part(path) as temporary:
        write(temporary)
        if lasting:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        # Temporary files are private; what we hand over has the rights that an ordinary new file would have.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)


def check_writable(path: str | Path) -> None:
    """Raises the `VAEError` that `write_atomic` would, so that long work whose result can't be kept isn't begun."""
    with _part(Path(path)):
        pass


def check_new(path: str | Path, *, force: bool) -> None:
    """The same, and raises a `VAEError` where there is a file already, unless it may be replaced by `force`."""
    check_writable(path)
    if not force and os.path.lexists(path):
        raise VAEError(f"{path}: exists already. Give another name, or --force to replace it.")


@contextmanager
def _part(path: Path) -> Iterator[Path]:
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
        yield temporary
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
