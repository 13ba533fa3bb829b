"""What was found of samples before, and the features in which it was: files below `VAE_RUNS_DIR`, so that neither need be made again.

Features are named by the training images that they were learned from, qualities by all that they follow from.
"""

from __future__ import annotations

__all__ = ["features_of", "kept", "name_of", "quality_of"]

import hashlib
import json
from typing import TYPE_CHECKING

from vae.cache import DiskCache
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load, stamp_of
from vae.errors import DataError, VAEError
from vae.evaluation.sample_quality import MAX_COMPARED, REPEATS, SampleQuality, comparable, measure, steps
from vae.limits import MAX_DISK_CACHE_BYTES, MAX_FEATURES_FILES, MAX_QUALITY_FILES
from vae.progress import OnStep, Work
from vae.runs.diagnoses import digest
from vae.runs.store import runs_folder

if TYPE_CHECKING:
    from vae.data.images import ImageSet
    from vae.evaluation.features import Features

VERSION = 1  # to be raised when features are learned otherwise, or qualities are found or said otherwise
STEP_COST = 50  # times as long as decoding an image takes a step of training of the features, roughly


def name_of(checkpoint: Checkpoint, beta: float) -> str:
    """What stands for the quality of a checkpoint's samples at a beta, in its file's name. A data set of one's own may change."""
    about = f"{VERSION} {digest(checkpoint, beta, MAX_COMPARED, REPEATS)} {stamp_of(checkpoint.summary.data)}"
    return hashlib.sha256(about.encode()).hexdigest()[:40]


def kept(name: str) -> SampleQuality | None:
    """What was found before, by its name."""
    return _qualities().get(name)


def quality_of(
    checkpoint: Checkpoint, test: ImageSet, beta: float = 1.0, on_step: OnStep | None = None
) -> SampleQuality:
    """The quality of a checkpoint's samples at a beta, beside the test images of the data set that it was trained on; found before, or now.
    `on_step(done, of how many)` is called meanwhile, and what it raises ends it.

    Raises `DataError` where the training images aren't on disk, aren't what the model takes, or are too few.
    """
    name = name_of(checkpoint, beta)
    known = kept(name)
    if known is not None:
        return known
    data = checkpoint.summary.data
    train = load(data, "train", download=False)
    if train.image_shape != checkpoint.config.image_shape:
        shapes = f"{train.image_shape}, and the model is of {checkpoint.config.image_shape}"
        raise DataError(
            f"{data}: its training images have shape {shapes}. Put the data that it was trained on in their place."
        )
    from vae.evaluation.features import STEPS

    measured = steps(comparable(len(train.images), len(test.images)))
    learning = 0 if _features().path(_name_of(train)).exists() else STEPS
    work = Work(on_step, STEP_COST * learning + measured)
    features = features_of(train, work.part(learning, STEP_COST))
    quality = measure(checkpoint.model(), train, test, features, beta, on_step=work.part(measured))
    _qualities().put(name, quality)
    return quality


def features_of(train: ImageSet, on_step: OnStep | None = None) -> Features:
    """The features of a data set, whose training split this is: learned before, or now (`vae.evaluation.features.train_features`)."""
    from vae.evaluation.features import train_features

    return _features().get_or_make(_name_of(train), lambda: train_features(train, on_step=on_step))


def _features() -> DiskCache[Features]:
    from vae.evaluation.features import from_bytes, to_bytes

    return DiskCache(
        runs_folder() / "cache" / "features",
        ".safetensors",
        pack=to_bytes,
        unpack=from_bytes,
        max_bytes=MAX_DISK_CACHE_BYTES,
        max_files=MAX_FEATURES_FILES,
    )


def _name_of(train: ImageSet) -> str:
    """What stands for the features of these training images, in their file's name."""
    labels = train.labels.numpy().tobytes()
    return hashlib.sha256(f"{VERSION} {train.digest}".encode() + labels).hexdigest()[:40]


def _qualities() -> DiskCache[SampleQuality]:
    return DiskCache(
        runs_folder() / "cache" / "qualities",
        ".json",
        pack=lambda quality: json.dumps(quality.to_dict()).encode(),
        unpack=_unpacked,
        max_bytes=MAX_DISK_CACHE_BYTES,
        max_files=MAX_QUALITY_FILES,
    )


def _unpacked(content: bytes) -> SampleQuality:
    """Raises `VAEError` for what isn't what was written."""
    try:
        return SampleQuality.from_dict(json.loads(content))
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise VAEError(f"not a quality of samples that was kept ({error}).") from None
