"""Files that are written whole or not at all, and what is left of those whose process was killed.

What is there for a while alone has its process in its name: `zscape-HOST-PID-CREATED-...`, behind a dot where it lies among other files.
So it is known whether somebody still writes it, and what nobody does can be removed. Files of earlier versions have no process in their
names, and are removed when they are old.
"""

__all__ = [
    "check_new",
    "check_writable",
    "owner",
    "remove_abandoned",
    "temporary_folder",
    "write_atomic",
]

import errno
import os
import platform
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import psutil

from vae.errors import VAEError

OWNED = re.compile(r"\.?zscape-([0-9a-f]{8})-(\d{1,10})-(\d{1,12})-.*")
# Earlier versions named a file in the making after what it was to be, and eight letters.
EARLIER = re.compile(r"\..+\.(?:safetensors|npz|json|jsonl|html|gif|mp4)\.[a-z0-9_]{8}\.part")
# Seconds after which what a process of another machine has left is taken for abandoned, and what has none in its name.
FOREIGN = 24 * 3600


def write_atomic(path: str | Path, content: bytes, *, lasting: bool = True) -> None:
    """Writes `content` beside `path` and renames it, so that a reader sees the old file or the new one, never a part. What is not `lasting`
    may be lost when the power fails, and is there sooner.

    Raises `VAEError` if the folder can't be written to.
    """
    path = Path(path)
    with _part(path) as temporary:
        temporary.write_bytes(content)
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
    """The same, and raises a `VAEError` where there is a file already, unless it may be replaced by `force`. Removes what is abandoned in
    its folder."""
    check_writable(path)
    remove_abandoned(Path(path).parent)
    if not force and os.path.lexists(path):
        raise VAEError(f"{path}: exists already. Give another name, or --force to replace it.")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder for temporary files, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"{owner()}-") as folder:
        yield Path(folder)


def remove_abandoned(folder: str | Path, *, deep: bool = False) -> None:
    """Removes the temporary files and folders in a folder, or anywhere below it, whose process has ended. What can't be removed stays."""
    for where, folders, files in os.walk(folder):
        for name in files:
            if _is_abandoned(Path(where, name)) or _is_of_earlier(Path(where, name)):
                with suppress(OSError):
                    Path(where, name).unlink()
        for name in folders:
            if _is_abandoned(Path(where, name)):
                shutil.rmtree(Path(where, name), ignore_errors=True)
        if not deep:
            return


def owner() -> str:
    """What the names of this process's temporary files begin with."""
    return f"zscape-{_host()}-{os.getpid()}-{psutil.Process().create_time():.0f}"


def _is_abandoned(path: Path) -> bool:
    match = OWNED.fullmatch(path.name)
    if match is None:
        return False
    host, pid, created = match.groups()
    try:
        if host != _host():  # whose processes can't be seen from here
            return _is_old(path)
        process = psutil.Process(int(pid))
        # The time of creation is counted from the boot, which moves a little when the clock is set.
        return abs(process.create_time() - int(created)) > 5 or process.status() == psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, OverflowError):
        return True
    except (psutil.Error, OSError):
        return False


def _is_of_earlier(path: Path) -> bool:
    try:
        return EARLIER.fullmatch(path.name) is not None and _is_old(path)
    except OSError:
        return False


def _is_old(path: Path) -> bool:
    return time.time() - path.lstat().st_mtime > FOREIGN


@lru_cache
def _host() -> str:
    """What stands for the processes that can be seen from this one: those of the machine, or of the container."""
    try:
        seen = Path("/proc/self/ns/pid").readlink()
    except OSError:
        seen = Path()
    return f"{zlib.crc32(f'{platform.node()} {seen}'.encode()):08x}"


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A new file beside `path`, which is gone afterwards unless it was renamed, whatever happens."""
    temporary = None
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{owner()}-", suffix=".part", delete=False) as file:
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
