"""What the app does to the server on a visitor's behalf, and how much of it there may be, and how many classes data may have.

With `VAE_READ_ONLY=1` it only shows: nothing is trained, uploaded or deleted. What it keeps so as not to make it again (`vae/cache.py`)
is bounded in memory, too.
"""

from __future__ import annotations

__all__ = [
    "MAX_BLOCKS_BYTES",
    "MAX_CHECKPOINTS_BYTES",
    "MAX_CLASSES",
    "MAX_CLASS_NAME",
    "MAX_CURVES_BYTES",
    "MAX_DIAGNOSIS_FILES",
    "MAX_DISK_CACHE_BYTES",
    "MAX_FACTS_BYTES",
    "MAX_FEATURES_FILES",
    "MAX_IMAGES_BYTES",
    "MAX_LATENT_DIM",
    "MAX_LAYOUT_FILES",
    "MAX_QUALITY_FILES",
    "MAX_RESULTS_BYTES",
    "MAX_UPLOADS",
    "MAX_UPLOADS_BYTES",
    "MAX_UPLOAD_MIB",
    "MAX_WAITING",
    "MAX_WAITING_JOBS",
    "READ_ONLY_VARIABLE",
    "check_not_read_only",
    "read_only",
]

import os

from vae.errors import VAEError

READ_ONLY_VARIABLE = "VAE_READ_ONLY"
MAX_LATENT_DIM = 1024
MAX_CLASSES = 1000  # of a data set or a checkpoint
MAX_CLASS_NAME = 100  # characters
MAX_WAITING = 20  # runs that wait for their turn
MAX_WAITING_JOBS = 16  # of a kind, for pages
MAX_UPLOADS = 200  # files
MAX_UPLOAD_MIB = 500  # of one of them
MAX_UPLOADS_BYTES = 5_000_000_000  # of all of them

# On disk, in `VAE_RUNS_DIR`.
MAX_DISK_CACHE_BYTES = 500_000_000  # of files of one kind
MAX_LAYOUT_FILES = 60
MAX_DIAGNOSIS_FILES = 48
MAX_FEATURES_FILES = 20
MAX_QUALITY_FILES = 200

# In the server's memory. What a page or two of the largest models that can be uploaded need fits.
MAX_CHECKPOINTS_BYTES = 1_200_000_000  # of checkpoints
MAX_FACTS_BYTES = 200_000_000  # of what is found of them at once: planes, dimensions
MAX_BLOCKS_BYTES = 1_200_000_000  # of what browsers fetch by URL; a million points at some beta are 20 MB
MAX_CURVES_BYTES = 100_000_000  # of the epochs of runs, as they were read; a thousand epochs are 2 MB
MAX_IMAGES_BYTES = 1_000_000_000  # of test images
MAX_RESULTS_BYTES = 200_000_000  # of what is made in the background, of one kind: films, planes, diagnoses


def read_only() -> bool:
    """Whether the app only shows: `VAE_READ_ONLY` is set, and to something other than 0, no, off or false."""
    return os.environ.get(READ_ONLY_VARIABLE, "").strip().lower() not in ("", "0", "no", "off", "false")


def check_not_read_only(what: str) -> None:
    """Raises `VAEError`, which begins with `what` was to be done, where the app only shows."""
    if read_only():
        raise VAEError(
            f"{what}: this server only shows models ({READ_ONLY_VARIABLE} is set), so nothing is trained, uploaded or deleted. Do it on "
            f"a machine of your own, or start this one without {READ_ONLY_VARIABLE}."
        )
