"""The images that a model's points stand for, where their data set is on disk."""

from __future__ import annotations

__all__ = ["Images", "are_of", "originals", "rows_of_originals"]

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.server import assets
from pages.components.services.jobs import Job, Jobs, wait_for
from vae.checkpoints.checkpoint import Checkpoint
from vae.data import sources
from vae.limits import MAX_IMAGES_BYTES
from vae.texts import markdown

HEAD_START = 3.0  # seconds for the map to appear in, before an import keeps the interpreter busy


class Images(NamedTuple):
    """Test images, and what stands for them, which takes a while to find."""

    images: NDArray[np.uint8]  # (N, C, H, W)
    labels: NDArray[np.int64]  # (N,)
    digest: str

    @classmethod
    def of(cls, data: sources.ImageSet) -> Images:
        return cls(data.images.numpy(), data.labels.numpy(), data.digest)


_jobs: Jobs[Job[Images]] = Jobs("originals", MAX_IMAGES_BYTES)


def originals(checkpoint: Checkpoint) -> NDArray[np.uint8] | None:
    """Test images with shape (N, C, H, W) in the order of the checkpoint's points; None where they are not at hand, or not yet."""
    name = checkpoint.summary.data
    if not sources.is_on_disk(name):
        return None
    # In the background, for torch and torchvision take seconds to import and the page need not wait for them.
    job = _jobs.ask(Job(key=_key(name)), partial(_read, name, str(sources.root_folder())))
    if not job.ended:
        wait_for([job])
        return None
    if job.error is not None:
        st.warning(markdown(job.error), icon=":material/warning:")
    return job.result.images if job.result is not None and are_of(job.result, checkpoint) else None


def are_of(images: Images, checkpoint: Checkpoint) -> bool:
    """Whether test images can be those that a checkpoint's points stand for: one from elsewhere may name a data set that is another here,
    and the file of one's own may have been written anew since."""
    points, digest = checkpoint.points, checkpoint.summary.images
    if images.images.shape != (len(points.labels), *checkpoint.config.image_shape):
        return False
    if digest is not None:
        return images.digest == digest
    return sources.source_named(checkpoint.summary.data).fixed or np.array_equal(images.labels, points.labels)


def rows_of_originals(checkpoint: Checkpoint, images: NDArray[np.uint8] | None) -> dict[str, Any] | None:
    """Where the browser finds `images`, as `assets.publish_rows` says; None where there are none."""
    return None if images is None else assets.publish_rows(_key(checkpoint.summary.data), images)


def _key(name: str) -> tuple[object, ...]:
    """What stands for the content of a data set's file."""
    return name, str(sources.root_folder()), sources.stamp_of(name)


def _read(name: str, root: str, job: Job[Images]) -> Images:
    job.stopping.wait(HEAD_START)
    return Images.of(sources.load(name, "test", root, download=False))
