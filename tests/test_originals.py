"""The images behind the points of a map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
from apptest import checked, open_page, save, shown, texts
from streamlit.testing.v1 import AppTest
from tiny import checkpoint, config, own_set

from pages.components.services import originals
from vae.checkpoints.checkpoint import Checkpoint
from vae.data.digits import Digits
from vae.data.sources import DATASETS, load
from vae.errors import ConfigError
from vae.models.config import TrainConfig
from vae.runs.request import Request


@pytest.fixture
def data(runs_dir: Path, tmp_path: Path) -> Path:
    """The folder of a data set of one's own, whose model is in use as upload-ours."""
    labels = own_set(tmp_path / "data")["test_labels"]
    save(ours(labels), runs_dir, "upload-ours")
    return tmp_path / "data"


def ours(labels: np.ndarray) -> Checkpoint:
    made = checkpoint(config(shape=(3, 8, 8)), points=12)
    points = made.points._replace(labels=labels, classes=("round", "long"))
    return made._replace(summary=replace(made.summary, data="cells"), points=points)


def settled(app: AppTest) -> AppTest:
    """The page once there is no reading to wait for."""
    until = monotonic() + 60
    while not shown(app).get("originals") and not app.warning and monotonic() < until:
        sleep(0.1)
        checked(app.run())
    return app


def test_a_map_has_the_images_of_a_data_set_of_ones_own(data: Path) -> None:
    rows = shown(settled(open_page("explore", "upload-ours")))["originals"]
    assert rows["count"] == 12
    own_set(data, test_images=np.zeros((12, 8, 8, 3), np.uint8))
    anew = shown(settled(open_page("explore", "upload-ours")))["originals"]
    assert anew["url"] != rows["url"], "the file was written anew"


def test_images_that_can_not_be_those_of_the_points_are_not_shown(data: Path) -> None:
    assert shown(settled(open_page("explore", "upload-ours")))["originals"]
    own_set(data, test_labels=np.ones(12, int))
    app = open_page("explore", "upload-ours")
    for job in originals._jobs.all():
        job.future.exception(60)  # it has read what it was asked for
    assert not shown(checked(app.run())).get("originals")


def test_nor_are_others_that_a_file_without_labels_has_since(runs_dir: Path, tmp_path: Path) -> None:
    images = own_set(tmp_path / "data", train_labels=None, test_labels=None)["test_images"]
    made = ours(np.full(12, -1))
    digest = load("cells").digest
    save(made._replace(summary=replace(made.summary, images=digest)), runs_dir, "upload-ours")
    assert shown(settled(open_page("explore", "upload-ours")))["originals"]
    own_set(tmp_path / "data", train_labels=None, test_labels=None, test_images=images[::-1])
    assert load("cells").digest != digest
    app = open_page("explore", "upload-ours")
    for job in originals._jobs.all():
        job.future.exception(60)  # it has read what it was asked for
    assert not shown(checked(app.run())).get("originals")


@dataclass(frozen=True)
class Changing(Digits):
    """Digits that may be others tomorrow."""

    title: str = "Changing digits"
    fixed: bool = False


def test_a_source_says_whether_it_may_change_and_nobody_asks_where_it_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(DATASETS, "changing", Changing())
    images = originals.Images.of(load("digits"))
    made = checkpoint(config(shape=(1, 8, 8)), points=len(images.labels))
    others = made.points._replace(labels=(images.labels + 1) % 10)
    for data, may_be_of in (("digits", True), ("changing", False)):
        named = made._replace(summary=replace(made.summary, data=data, images=None), points=others)
        assert originals.are_of(images, named) == may_be_of
    other = config(shape=(1, 9, 9))
    assert Request("changing", other, TrainConfig()).model == other, "as of a data set that was changed since"
    with pytest.raises(ConfigError, match="digits has"):
        Request("digits", other, TrainConfig())


def test_a_damaged_file_is_told_and_the_map_is_there_until_it_is_mended(data: Path) -> None:
    own_set(data, test_labels=np.full(12, -2))
    app = settled(open_page("explore", "upload-ours"))
    assert "array test_labels: labels run from -2" in texts(app)
    assert shown(app)["points"]
    own_set(data)
    assert shown(settled(open_page("explore", "upload-ours")))["originals"]
    (data / "cells.npz").write_bytes(b"")
    app = open_page("explore", "upload-ours")
    assert not shown(app).get("originals")
