"""That what doesn't fit into memory is refused in a sentence, and that what fits once isn't held twice."""

from __future__ import annotations

import json
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from tiny import own_set

from vae import memory
from vae.cli import main
from vae.data.sources import check_memory, load
from vae.errors import DataError, RunError, VAEError
from vae.installation import APP_FOLDER
from vae.models.config import ModelConfig, TrainConfig
from vae.models.networks import MLP
from vae.runs.request import Request
from vae.runs.store import create
from vae.runs.worker import work

MEGABYTE = 10**6
SIZE = 80 * MEGABYTE  # of the images of the training split
LAYOUTS = {
    "grey": (28, 28),
    "fortran": (28, 28),
    "channels-last": (16, 16, 3),
    "channels-first": (3, 16, 16),
}

# Reads and trains with as much more address space as is said, and tells how that ended.
SCRIPT = f"""
import json, resource, sys
import numpy as np, psutil, torch
import vae.data, vae.memory, vae.training.loop
from vae.models.config import ModelConfig, TrainConfig
from vae.models.vae import VAE
from vae.models.networks import MLP

def limit(room):
    used = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (used + int(room * {SIZE}), resource.RLIM_INFINITY))

def read(name):
    try:
        images = vae.data.load(name, "train", sys.argv[1]).images
        return [*images.shape[1:], int(images.min()), int(images.max())]
    except vae.VAEError as error:
        return str(error)

def steps(data, count):
    model = VAE(ModelConfig(data.image_shape, 2, MLP((4,))))
    done = []
    config = TrainConfig(epochs=1, batch_size=64, validation_fraction=0.05)
    for _ in vae.training.loop.train(model, data, config, on_step=lambda step, of: done.append(step) or step == count):
        pass
    return done

torch.set_num_threads(1)
data = vae.data.load("channels-last", "train", sys.argv[1])
steps(data.subset(torch.arange(500)), 2)  # imports what it needs
limit(0.8)
results = {{"trained": steps(data, 3)}}
del data
for name in {list(LAYOUTS)!r}:
    limit(1.7)
    results[f"enough for {{name}}"] = read(name)
    limit(0.6)
    results[f"not enough for {{name}}"] = read(name)
check, vae.memory.check = vae.memory.check, lambda *arguments: None
for name in {list(LAYOUTS)!r}:
    limit(0.6)
    results[f"gone for {{name}}"] = read(name)
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How all that ended."""
    if sys.platform != "linux":
        pytest.skip("Limits of address space are Linux's.")
    root = tmp_path_factory.mktemp("large")
    for name, shape in LAYOUTS.items():
        images = np.full((SIZE // prod(shape), *shape), 200, np.uint8, order="F" if name == "fortran" else "C")
        np.savez(root / f"{name}.npz", train_images=images, test_images=images[:9])
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)], cwd=APP_FOLDER, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.mark.process
@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_are_in_memory_once_however_they_lie(layout: str, limited: dict[str, Any]) -> None:
    shape = LAYOUTS[layout]
    right = [1, *shape] if len(shape) == 2 else [3, 16, 16]
    assert limited[f"enough for {layout}"] == [*right, 200, 200]


@pytest.mark.process
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("when", ["not enough", "gone"])
def test_what_does_not_fit_is_refused_in_a_sentence(when: str, layout: str, limited: dict[str, Any]) -> None:
    """Before it is read, or, where others have taken the memory meanwhile, then."""
    error = limited[f"{when} for {layout}"]
    said = "takes 0.08 GB of memory, of which" if when == "not enough" else "needs more memory than there is"
    assert f"{layout}.npz: array train_images: it {said}" in error
    assert "VAE_MEMORY" in error
    assert "\n" not in error


@pytest.mark.process
def test_training_takes_the_images_once(limited: dict[str, Any]) -> None:
    assert limited["trained"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8", 8e9),
        ("0.5", 5e8),
        ("8GB", 8e9),
        ("8 gib", 8e9),
        ("500MB", 5e8),
        ("64k", 64e3),
        ("1T", 1e12),
        ("8000000000", 8e9),
        ("300000B", 3e5),
        ("", None),
    ],
)
def test_a_limit_is_read_in_gigabytes_or_bytes(text: str, size: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_MEMORY", text)
    assert memory.limit() == size


@pytest.mark.parametrize("text", ["much", "-1", "0", "8 PB", "1e9", "8,5", "٣", "nan"])
def test_a_limit_that_says_nothing_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_MEMORY", text)
    with pytest.raises(VAEError, match="VAE_MEMORY: gigabytes, as 8"):
        memory.free()


def test_a_limit_is_of_what_the_process_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    used = psutil.Process().memory_info().rss
    monkeypatch.setenv("VAE_MEMORY", f"{used + 50 * MEGABYTE}")
    assert abs(memory.free() - 50 * MEGABYTE) < 20 * MEGABYTE
    monkeypatch.setenv("VAE_MEMORY", "1MB")
    assert memory.free() == 0


GROUPS = {
    # The process is in a job, below a container that has less left; caches of files count as free.
    "version 2": (
        "0::/box/job\n",
        {"box": ("max", "current", ""), "box/job": ("max", "current", "")},
    ),
    "version 1": (
        "5:cpu:/other\n4:memory,x:/box/job\n",
        {
            "memory/box": ("limit_in_bytes", "usage_in_bytes", "total_"),
            "memory/box/job": ("limit_in_bytes", "usage_in_bytes", "total_"),
        },
    ),
    # Inside of a container, where its own group is the root.
    "a container": ("0::/../../elsewhere\n", {".": ("max", "current", "")}),
}


@pytest.mark.parametrize("kind", GROUPS)
def test_a_container_has_what_its_group_has_left(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups, folders = GROUPS[kind]
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory, "MEMBERSHIP", tmp_path / "membership")
    before = memory.free()
    assert before > 10 * MEGABYTE
    (tmp_path / "membership").write_text(groups)
    for place, (folder, (most, used, prefix)) in enumerate(folders.items()):
        path = tmp_path / "groups" / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / f"memory.{most}").write_text(f"{9_000_000 + place * 10**12}\n")
        (path / f"memory.{used}").write_text("5000000\n")
        cached = f"{prefix}inactive_file 600000\n{prefix}active_file 400000\nslab_reclaimable 7\n"
        (path / "memory.stat").write_text(f"anon 1\n{cached}")
    assert memory.free() == 5_000_000
    for folder, (most, _, _) in folders.items():
        (tmp_path / "groups" / folder / f"memory.{most}").write_text("max\n")
    assert memory.free() > 10 * MEGABYTE


def no_memory_of_numpy() -> None:
    np.empty(1 << 60, np.uint8)


def no_memory_of_torch() -> None:
    torch.empty(1 << 60, dtype=torch.uint8)


@pytest.mark.parametrize("short", [no_memory_of_numpy, no_memory_of_torch])
def test_whoever_runs_out_of_memory_is_told_in_a_sentence(short: object) -> None:
    assert callable(short)
    with (
        pytest.raises(DataError, match=r"^cells needs more memory than there is. Take fewer"),
        memory.guarded("cells", DataError),
    ):
        short()


def test_other_errors_stay_what_they_are() -> None:
    for error in (RuntimeError("mat1 and mat2"), OSError("no such file"), ZeroDivisionError("x"), RunError("y")):
        with pytest.raises(type(error), match=str(error)), memory.guarded("this"):
            raise error


@pytest.mark.parametrize("short", [no_memory_of_numpy, no_memory_of_torch])
def test_a_run_without_memory_fails_with_a_sentence_and_can_be_resumed(
    short: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(short)
    monkeypatch.setattr("vae.training.loop.train", lambda *arguments, **others: short())
    run = create(Request("digits", ModelConfig((1, 8, 8), 2, MLP((4,))), TrainConfig(epochs=1)))
    with pytest.raises(RunError, match=r"^Training on digits needs more memory than there is"):
        work(run.folder)
    status = run.status()
    assert status.state == "failed"
    assert status.resumable
    assert status.message.startswith("Training on digits needs more memory")
    assert "Traceback" not in capsys.readouterr().err


def test_training_asks_for_both_splits_before_it_reads_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_set(tmp_path, counts=(100, 50))
    monkeypatch.setattr(memory, "free", lambda: memory.SPARE_BYTES + 100 * 192 * 1.1 + 50 * 192)
    check_memory("cells", 0.1, tmp_path)
    with pytest.raises(DataError, match=r"^cells: training on it takes"):
        check_memory("cells", 0.2, tmp_path)
    monkeypatch.setattr(memory, "free", lambda: 0)
    check_memory("digits", 0.1, tmp_path)
    monkeypatch.setattr("vae.data.npz._images", lambda *arguments: pytest.fail("read"))
    with pytest.raises(DataError, match=r"array test_images: it takes 9.6e-06 GB of memory, of which 0 GB are free"):
        load("cells", "test", tmp_path)


def test_the_command_line_says_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_set(tmp_path)
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VAE_MEMORY", "1MB")
    assert main(["train", "--data", "cells", "--epochs", "1", "--out", str(tmp_path / "a.safetensors")]) == 2
    error = capsys.readouterr().err
    assert "cells: training on it takes" in error
    assert "Traceback" not in error
