"""Files that are written whole or not at all."""

__all__ = ["write_atomic"]

import os
import tempfile
from pathlib import Path

from vae.errors import VAEError


def write_atomic(path: str | Path, content: bytes) -> None:
    """Writes `content` beside `path` and renames it, so that a reader sees the old file or the new one, never a part.

    Raises `VAEError` if the folder can't be written to.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Temporary files are private; what we hand over has the rights that an ordinary new file would have.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        reason = error.strerror or error
        raise VAEError(f"{path}: could not be written ({reason}). Check the folder's rights and space.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
