"""Background runs, with real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import torch

from vae import ConfigError, ModelConfig, RunError, TrainConfig, runs
from vae.checkpoint import read
from vae.data import load
from vae.model import VAE
from vae.networks import MLP
from vae.runs import Request, Run
from vae.training import train

TINY = ModelConfig((1, 8, 8), 2, MLP((16,)))
SHORT = TrainConfig(epochs=3, batch_size=128)
ENDLESS = TrainConfig(epochs=100_000, batch_size=128)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty folder for runs, and no process left behind."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("VAE_RUNS_DIR", str(folder))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield folder
    for run in runs.list_runs():
        if run.status().active:
            os.kill(pid_of(run), getattr(signal, "SIGKILL", signal.SIGTERM))


def request_for(train_config: TrainConfig = SHORT, data: str = "digits") -> Request:
    shape = (1, 8, 8) if data == "digits" else (1, 28, 28)
    return Request(data, ModelConfig(shape, 2, MLP((16,))), train_config)


def wait(condition: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def wait_for_end(run: Run) -> runs.Status:
    wait(lambda: not run.status().active)
    return run.status()


def pid_of(run: Run) -> int:
    return json.loads((run.folder / "process.json").read_text())["pid"]


def test_a_run_trains_in_its_own_process_what_training_here_would_give():
    run = runs.start(request_for())
    assert run.status().active
    assert run.title == "Digits 8x8, 2-D, β 1, 3 epochs"
    status = wait_for_end(run)

    assert status.state == "finished", status.message
    assert status.step == status.steps == 3 * 11
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model = VAE(TINY, SHORT.seed)
    here = list(train(model, load("digits", "train"), SHORT))
    torch.set_num_threads(threads)
    assert run.checkpoint is not None
    checkpoint = read(run.checkpoint)
    assert checkpoint.config == TINY
    assert checkpoint.summary.train == SHORT
    assert checkpoint.summary == run.summary
    for name, tensor in model.state_dict().items():
        assert torch.equal(torch.from_numpy(checkpoint.weights[name].copy()), tensor), name

    there = run.progress()
    assert [epoch.epoch for epoch in there] == [1, 2, 3]
    for mine, other in zip(here, there, strict=True):
        assert other._replace(seconds=mine.seconds) == tuple(mine)
        assert other.train.loss(2) == mine.train.loss(2)


def test_a_run_outlives_whoever_started_it(root: Path):
    code = (
        "from vae import ModelConfig, TrainConfig, runs; from vae.networks import MLP;"
        "print(runs.start(runs.Request('digits', ModelConfig((1, 8, 8), 2, MLP((16,))), TrainConfig(epochs=2))).id)"
    )
    repository = Path(__file__).parent.parent
    server = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    (run,) = runs.list_runs()
    assert run.id == server.stdout.strip()
    assert wait_for_end(run).state == "finished"

    code = "from vae import runs; run, = runs.list_runs(); print(run.status().state, len(run.progress()), run.request.data)"
    later = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    assert later.stdout.split() == ["finished", "2", "digits"]


def test_stopping_keeps_the_last_whole_epoch():
    run = runs.start(request_for(ENDLESS))
    wait(lambda: len(run.progress()) >= 2)
    assert run.status().state == "running"
    assert run.status().steps == 1_100_000
    run.stop()
    assert run.status().message in ("Stopping.", "") or not run.status().active
    status = wait_for_end(run)

    assert status.state == "stopped"
    summary = run.summary
    assert summary is not None
    assert summary.stopped
    assert summary.epochs == len(run.progress())
    assert f"epoch {summary.epochs:,} of 100,000" in status.message


def test_stopping_before_the_first_epoch_keeps_nothing():
    run = runs.start(request_for())
    run.stop()  # long before PyTorch is even imported
    status = wait_for_end(run)
    assert status.state == "stopped"
    assert "before it began" in status.message
    assert run.checkpoint is None
    assert run.summary is None


def test_a_killed_worker_is_a_failed_run():
    run = runs.start(request_for(ENDLESS))
    wait(lambda: run.status().state == "running")
    with pytest.raises(RunError, match="Stop it first"):
        run.delete()
    os.kill(pid_of(run), getattr(signal, "SIGKILL", signal.SIGTERM))
    status = wait_for_end(run)
    assert status.state == "failed"
    assert "was killed" in status.message
    assert str(run.log) in status.message
    wait(lambda: not psutil.pid_exists(pid_of(run)))  # reaped, no zombie stays


def test_a_process_that_got_the_number_of_a_dead_worker_is_not_the_worker():
    run = dead_run()
    process = psutil.Process()
    (run.folder / "process.json").write_text(json.dumps({"pid": process.pid, "created": process.create_time()}))
    assert run.status().active
    (run.folder / "process.json").write_text(json.dumps({"pid": process.pid, "created": process.create_time() - 3600}))
    assert run.status().state == "failed"


def test_missing_data_fails_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "nothing"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there: no internet
    run = runs.start(request_for(data="mnist"))
    status = wait_for_end(run)
    assert status.state == "failed"
    assert "could not be downloaded" in status.message
    assert str(tmp_path / "nothing" / "MNIST" / "raw") in status.message


def test_a_loss_that_explodes_keeps_the_last_good_weights(monkeypatch: pytest.MonkeyPatch):
    def exploding(model, data, config, *, on_step=None):
        for progress in train(model, data, config, on_step=on_step):
            yield progress
            raise runs.TrainingError("the loss is no longer finite in epoch 2.")

    monkeypatch.setattr("vae.training.train", exploding)
    monkeypatch.delattr(os, "nice", raising=False)  # the worker is this process
    run = dead_run()
    runs.work(run.folder)
    status = run.status()
    assert status.state == "failed"
    assert status.message == "the loss is no longer finite in epoch 2. The model of epoch 1 was saved."
    assert run.summary is not None
    assert run.summary.epochs == 1
    with pytest.raises(RunError, match="has failed"):
        runs.work(run.folder)


def test_an_unexpected_error_is_on_record(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def broken(*arguments, **others):
        raise MemoryError("too much")

    monkeypatch.setattr("vae.training.train", broken)
    monkeypatch.delattr(os, "nice", raising=False)
    run = dead_run()
    with pytest.raises(RunError):
        runs.work(run.folder)
    assert "MemoryError: too much" in run.status().message
    assert "Traceback" in capsys.readouterr().err


def test_a_third_run_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch):
    first, second = (runs.start(request_for(ENDLESS)) for _ in range(2))
    third = runs.start(request_for())
    wait(lambda: third.status().state == "queued")
    wait(lambda: first.status().state == second.status().state == "running")
    time.sleep(1)
    assert third.status().state == "queued"
    first.stop()
    assert wait_for_end(third).state == "finished"
    assert second.status().state == "running"


def test_delete_removes_the_folder():
    run = dead_run()
    assert runs.list_runs() == [run]
    run.delete()
    assert runs.list_runs() == []
    assert list(run.folder.parent.iterdir()) == []
    run.delete()  # by somebody who hadn't noticed


def test_runs_are_listed_newest_first_and_found_by_id():
    old, new = dead_run(), dead_run()
    assert runs.list_runs() == [new, old]
    assert runs.get(old.id) == old
    for bad in ("20250101-000000-000000", "..", "../runs", ""):
        with pytest.raises(RunError, match="no run"):
            runs.get(bad)


@pytest.mark.parametrize(
    "request_json",
    [
        None,
        "",
        "{",
        "[]",
        "{}",
        '{"data": "digits"}',
        '{"data": [], "model": {"image_shape": [1, 8, 8]}, "train": {}}',
        '{"data": "digits", "model": {"image_shape": [1, 8, 8], "network": {"kind": "mlp", "beta_range": [2, 10]}}, "train": {}}',
    ],
)
def test_a_damaged_folder_is_a_failed_run_that_can_be_deleted(request_json: str | None):
    run = dead_run()
    if request_json is None:
        (run.folder / "request.json").unlink()
    else:
        (run.folder / "request.json").write_text(request_json)
    (damaged,) = runs.list_runs()
    assert damaged.request is None
    assert damaged.status().state == "failed"
    assert "request.json" in damaged.status().message
    assert damaged.id in damaged.title
    with pytest.raises(RunError, match=r"request\.json"):
        runs.work(damaged.folder)
    damaged.delete()
    assert runs.list_runs() == []


def test_damaged_parts_are_survived(root: Path):
    run = dead_run()
    (root / "notes").mkdir()
    (root / "20250101-000000-000000").write_text("a file")
    assert runs.list_runs() == [run]

    (run.folder / "model.safetensors").write_bytes(b"nothing")
    assert run.summary is None
    for text in ("", "{", "[]", '{"state": "flying"}', '{"speed": 1}'):
        (run.folder / "status.json").write_text(text)
        (run.folder / "process.json").write_text(text)
        assert run.status().state in ("starting", "failed")
    line = json.dumps(
        {"epoch": 1, "epochs": 3, "beta": 1, "learning_rate": 1, "train": [1, 2], "validation": None, "seconds": 1}
    )
    (run.folder / "progress.jsonl").write_text(f"{line}\n[]\n{{}}\n{line}\n{line[:40]}")
    assert [epoch.train for epoch in run.progress()] == [(1, 2), (1, 2)]


def test_requests_are_checked():
    with pytest.raises(ConfigError, match="data"):
        Request("nothing", TINY, SHORT)
    with pytest.raises(ConfigError, match="image_shape"):
        Request("mnist", TINY, SHORT)
    ranged = runs.suggested("digits", beta_range=(2, 10))
    assert ranged.train.beta == 2
    with pytest.raises(ConfigError, match="betas from 2 to 10, not for 1"):
        Request("digits", ranged.model, SHORT)


def test_a_folder_that_takes_no_runs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "file"))
    assert runs.list_runs() == []
    with pytest.raises(RunError, match="VAE_RUNS_DIR"):
        runs.start(request_for())


def test_importing_runs_costs_no_pytorch():
    code = "import sys, vae.runs; print('torch' in sys.modules, 'streamlit' in sys.modules)"
    repository = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def dead_run() -> Run:
    """A run on disk whose worker was never heard of."""
    folder = runs._new_folder(request_for())
    os.utime(folder / "request.json", (0, 0))
    return Run(folder, request_for())
