"""What every test starts from."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from streamlit.components.v2 import manifest_scanner
from threadpoolctl import threadpool_limits
from tiny import NETWORKS, integrate_over_few

from vae.data.images import ImageSet
from vae.data.sources import load

if TYPE_CHECKING:
    from apptest import Downloads

# Networks this small wait longer for a second thread than it saves, above all where the cores are busy: here, and in processes that tests
# start, whose trainings get their share beside other tests.
torch.set_num_threads(1)
threadpool_limits(1)
os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE", VAE_NICE="0")
# Work that is done in this process must not be done, nor all that is tested after, at a low priority ever after.
os.nice = lambda increment: 0
# Streamlit looks for components in every installed package each time that `AppTest` runs a script, which takes longer than the script.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def pytest_configure(config: pytest.Config) -> None:
    """Has xdist take the files in their order; it would begin with those that have many tests."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the slow files, so that no worker waits for another's last."""
    slow = {item.path for item in items if any(item.get_closest_marker(name) for name in ("process", "browser"))}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def no_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a test fail that starts a Python, which takes seconds, and isn't marked `process` or `browser`."""
    if any(request.node.get_closest_marker(name) for name in ("process", "browser")):
        return
    begin = subprocess.Popen.__init__

    def begin_other(self: Any, args: Any, *more: Any, **options: Any) -> None:
        assert sys.executable not in args, "a test that starts a Python is marked: @pytest.mark.process"
        begin(self, args, *more, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", begin_other)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    """The name of each kind of network in turn."""
    return request.param


@pytest.fixture(scope="session")
def digits() -> ImageSet:
    """A few of scikit-learn's digits to train on."""
    return load("digits", "train").subset(torch.arange(300))


@pytest.fixture(scope="session")
def test_digits() -> ImageSet:
    """A few that training doesn't see."""
    return load("digits", "test").subset(torch.arange(100))


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for runs and uploads, no data sets on disk, and nothing cached by a page that was drawn before."""
    from pages.components.server import assets
    from pages.components.services import catalogue, models, originals
    from vae.cache import Cache

    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(originals, "HEAD_START", 0.0)
    for module, name in ((assets, "_blocks"), (assets, "_arrays"), (catalogue, "_checkpoints"), (models, "_facts")):
        monkeypatch.setattr(module, name, Cache(getattr(module, name).max_bytes))
    return tmp_path / "runs"


@pytest.fixture
def few_integrals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Integrals over the latents for 20 images, where diagnoses are made and integrals aren't what is tested: of 500 they take seconds."""
    integrate_over_few(monkeypatch)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the one with the models that ship."""
    from pages.components.services import catalogue

    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setattr(catalogue, "SHIPPED_FOLDER", folder)
    return folder


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    """What download buttons hand out."""
    from apptest import Downloads

    made = Downloads()
    monkeypatch.setattr("streamlit.testing.v1.app_test.MediaFileManager", made.make)
    return made
