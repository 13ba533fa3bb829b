"""The images that a model's points stand for, where their data set is on disk."""

from __future__ import annotations

__all__ = ["Images", "are_of", "originals", "rows_of_originals"]

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components.server import assets, imports
from pages.components.server.messages import sentences_of
from vae.checkpoints.checkpoint import Checkpoint
from vae.data import sources
from vae.errors import VAEError
from vae.texts import markdown

HEAD_START = 3.0  # seconds for the map to appear in, before an import keeps the interpreter busy

_reader = ThreadPoolExecutor(1, thread_name_prefix="originals")


class Images(NamedTuple):
    """Test images, and what stands for them, which takes a while to find."""

    images: NDArray[np.uint8]  # (N, C, H, W)
    labels: NDArray[np.int64]  # (N,)
    digest: str

    @classmethod
    def of(cls, found: sources.ImageSet) -> Images:
        return cls(found.images.numpy(), found.labels.numpy(), found.digest)


def originals(checkpoint: Checkpoint) -> NDArray[np.uint8] | None:
    """Test images with shape (N, C, H, W) in the order of the checkpoint's points; None where they are not at hand, or not yet."""
    name = checkpoint.summary.data
    if not sources.is_on_disk(name):
        return None
    reading = _read(name, str(sources.root_folder()), sources.stamp_of(name))
    if not reading.done():
        _wait_for(reading)
        return None
    try:
        found = reading.result()
    except VAEError as error:
        st.warning(markdown(sentences_of(error)), icon=":material/warning:")
        return None
    return found.images if are_of(found, checkpoint) else None


def are_of(found: Images, checkpoint: Checkpoint) -> bool:
    """Whether test images can be those that a checkpoint's points stand for: one from elsewhere may name a data set that is another here,
    and the file of one's own may have been written anew since."""
    points, digest = checkpoint.points, checkpoint.summary.images
    if found.images.shape != (len(points.labels), *checkpoint.config.image_shape):
        return False
    if digest is not None:
        return found.digest == digest
    return sources.is_built_in(checkpoint.summary.data) or np.array_equal(found.labels, points.labels)


def rows_of_originals(checkpoint: Checkpoint, images: NDArray[np.uint8] | None) -> dict[str, Any] | None:
    """Where the browser finds `images`, as `assets.publish_rows` says; None where there are none."""
    name = checkpoint.summary.data
    key = (name, str(sources.root_folder()), sources.stamp_of(name))
    return None if images is None else assets.publish_rows(key, images)


@st.cache_resource(max_entries=3, show_spinner=False)
def _read(name: str, root: str, stamp: tuple[int, ...]) -> Future[Images]:
    """Reads in the background, for torch and torchvision take seconds to import and the page need not wait for them. `stamp` stands for
    what the file holds."""

    def read() -> Images:
        time.sleep(HEAD_START)
        found = sources.load(name, "test", root, download=False)
        imports.freeze_imported_modules()
        return Images.of(found)

    return _reader.submit(read)


@st.fragment(run_every=0.5)
def _wait_for(reading: Future[Images]) -> None:
    """Draws the page again once the images are there."""
    if reading.done():
        st.rerun()
