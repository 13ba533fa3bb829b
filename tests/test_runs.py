"""Background runs, with real processes."""

import copy
import errno
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import psutil
import pytest
import torch
from tiny import own_set, recorded

import vae
import vae.progress
from benchmarks.kills import survive
from vae import ConfigError, DataError, ModelConfig, RunError, TrainConfig, TrainingError, VAEError
from vae.cache import Cache
from vae.checkpoints.checkpoint import read
from vae.data.digits import Digits
from vae.data.sources import DATASETS, load
from vae.files import owner
from vae.models.config import MAX_PARAMETERS
from vae.models.networks import MLP, NETWORKS, BetaRange
from vae.models.objectives import ELBO
from vae.models.vae import VAE
from vae.progress import Curve, Progress, from_json, read_progress, to_json
from vae.runs import store, worker
from vae.runs.request import MAX_NAME, Request
from vae.runs.status import Status, read_status, try_write_status
from vae.runs.store import Run
from vae.runs.suggested import suggested
from vae.runs.worker import Watcher
from vae.training.loop import train
from vae.training.state import FORMAT, TrainingState, read_weights

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
    for run in store.list_runs():
        if run.status().active and (run.folder / "process.json").exists():
            os.kill(pid_of(run), getattr(signal, "SIGKILL", signal.SIGTERM))


def request_for(train_config: TrainConfig = SHORT, data: str = "digits") -> Request:
    shape = (1, 8, 8) if data == "digits" else (1, 28, 28)
    return Request(data, ModelConfig(shape, 2, MLP((16,))), train_config)


def watched(progress: Progress) -> float:
    """The loss that says which epoch is the best."""
    assert progress.validation is not None
    return progress.validation.neg_elbo


def kill(run: Run) -> None:
    os.kill(pid_of(run), getattr(signal, "SIGKILL", signal.SIGTERM))
    wait(lambda: not run.status().active)


def timeless(epochs: list[Progress]) -> list[Progress]:
    return [progress._replace(seconds=0, images_per_second=None) for progress in epochs]


def wait(condition: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def wait_for_end(run: Run) -> Status:
    wait(lambda: not run.status().active)
    return run.status()


def pid_of(run: Run) -> int:
    return json.loads((run.folder / "process.json").read_text())["pid"]


@contextmanager
def at_rest(*runs: Run) -> Iterator[None]:
    """Endless trainings that leave the processors to others meanwhile."""
    processes = [psutil.Process(pid_of(run)) for run in runs]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.mark.process
def test_a_run_trains_in_its_own_process_what_training_here_would_give():
    run = store.start(request_for())
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
        assert other._replace(seconds=mine.seconds, images_per_second=mine.images_per_second) == tuple(mine)
        assert other.train.terms == mine.train.terms


@pytest.mark.process
def test_a_run_outlives_whoever_started_it(root: Path):
    code = (
        "from vae import ModelConfig, TrainConfig; from vae.models.networks import MLP; "
        "from vae.runs import store; from vae.runs.request import Request;"
        "print(store.start(Request('digits', ModelConfig((1, 8, 8), 2, MLP((16,))), TrainConfig(epochs=2))).id)"
    )
    repository = Path(__file__).parent.parent
    server = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    (run,) = store.list_runs()
    assert run.id == server.stdout.strip()
    assert wait_for_end(run).state == "finished"

    code = "from vae.runs import store; run, = store.list_runs(); print(run.status().state, len(run.progress()), run.request.data)"
    later = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    assert later.stdout.split() == ["finished", "2", "digits"]


@pytest.mark.process
def test_stopping_keeps_the_best_epoch_so_far():
    run = store.start(request_for(ENDLESS))
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
    best = min(run.progress(), key=watched)
    assert summary.epochs == best.epoch
    assert summary.seconds == best.seconds
    assert f"epoch {summary.epochs:,} of 100,000" in status.message


@pytest.mark.process
def test_stopping_before_the_first_epoch_keeps_nothing():
    run = store.start(request_for())
    run.stop()  # long before PyTorch is even imported
    status = wait_for_end(run)
    assert status.state == "stopped"
    assert "before it began" in status.message
    assert run.checkpoint is None
    assert run.summary is None


@pytest.mark.process
def test_a_killed_worker_is_a_failed_run():
    run = store.start(request_for(ENDLESS))
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


@pytest.mark.process
def test_missing_data_fails_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "nothing"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there: no internet
    run = store.start(request_for(data="mnist"))
    status = wait_for_end(run)
    assert status.state == "failed"
    assert "could not be downloaded" in status.message
    assert str(tmp_path / "nothing" / "MNIST" / "raw") in status.message


def test_a_loss_that_explodes_keeps_the_last_good_weights(monkeypatch: pytest.MonkeyPatch):
    def exploding(*arguments, **options):
        for progress in train(*arguments, **options):
            yield progress
            raise TrainingError("the loss is no longer finite in epoch 2.")

    monkeypatch.setattr("vae.training.loop.train", exploding)
    run = dead_run()
    worker.work(run.folder)
    status = run.status()
    assert status.state == "failed"
    assert status.message == "the loss is no longer finite in epoch 2. The model of epoch 1 was saved."
    assert run.summary is not None
    assert run.summary.epochs == 1
    with pytest.raises(RunError, match="has failed"):
        worker.work(run.folder)


@pytest.mark.parametrize("watched", [False, True])
def test_only_a_run_in_the_background_gives_way(watched: bool, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(worker.Yielding, "yield_time", lambda self, stopping: asked.append(self.path.parent))
    run = store.create(request_for())
    worker.work(run.folder, Watcher() if watched else None)
    steps = run.status().steps
    assert steps > 0
    assert set(asked) == (set() if watched else {run.folder.parent})
    assert watched or len(asked) > steps, "while the model is measured, too"


def test_an_unexpected_error_is_on_record(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def broken(*arguments, **others):
        raise ZeroDivisionError("too much")

    monkeypatch.setattr("vae.training.loop.train", broken)
    run = dead_run()
    with pytest.raises(RunError):
        worker.work(run.folder)
    assert "ZeroDivisionError: too much" in run.status().message
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.process
def test_a_third_run_waits_where_two_may_train(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAE_MAX_RUNS", "2")
    first, second = (store.start(request_for(ENDLESS)) for _ in range(2))
    third = store.start(request_for())
    wait(lambda: third.status().state == "queued")
    wait(lambda: first.status().state == second.status().state == "running")
    with at_rest(second):
        with at_rest(first):
            wait(lambda: third.status().message == "Waiting for 1 earlier run.")
        first.stop()
        assert wait_for_end(third).state == "finished"
    assert second.status().state == "running"
    begun = min(file.stat().st_mtime for file in third.film.folder.iterdir())
    assert begun >= (first.folder / "status.json").stat().st_mtime


def test_delete_removes_the_folder():
    run = dead_run()
    assert store.list_runs() == [run]
    run.delete()
    assert store.list_runs() == []
    assert list(run.folder.parent.iterdir()) == []
    run.delete()  # by somebody who hadn't noticed


def test_runs_are_listed_newest_first_and_found_by_id():
    old, new = dead_run(), dead_run()
    assert store.list_runs() == [new, old]
    assert store.get(old.id) == old
    for bad in ("20250101-000000-000000", "..", "../runs", ""):
        with pytest.raises(RunError, match="no run"):
            store.get(bad)


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
    (damaged,) = store.list_runs()
    assert damaged.request is None
    assert damaged.status().state == "failed"
    assert "request.json" in damaged.status().message
    assert damaged.id in damaged.title
    with pytest.raises(RunError, match=r"request\.json"):
        worker.work(damaged.folder)
    damaged.delete()
    assert store.list_runs() == []


def test_damaged_parts_are_survived(root: Path):
    run = dead_run()
    (root / "notes").mkdir()
    (root / "20250101-000000-000000").write_text("a file")
    assert store.list_runs() == [run]

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
    assert [epoch.train for epoch in run.progress()] == [Curve(1, 2)] * 2


def test_requests_are_checked():
    for name in ("no name", "", "../digits", "-x", "x" * 101, 3, None):
        with pytest.raises(ConfigError, match=r"^data: one of mnist, .*, not"):
            Request(name, TINY, SHORT)  # pyrefly: ignore[bad-argument-type] (refused)
    with pytest.raises(ConfigError, match="image_shape"):
        Request("mnist", TINY, SHORT)
    ranged = suggested("digits", beta_range=(2, 10))
    assert ranged.train.beta == 2
    with pytest.raises(ConfigError, match="betas from 2 to 10, not for 1"):
        Request("digits", ranged.model, SHORT)


@pytest.fixture
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with a data set of one's own."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    own_set(tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.process
def test_a_run_on_a_data_set_of_ones_own(cells: Path):
    request = suggested("cells")
    assert request.model.image_shape == (3, 8, 8)
    run = store.start(replace(request, train=SHORT))
    assert run.title == "cells, 2-D, β 1, 3 epochs"
    wait(lambda: not run.status().active)
    assert run.status().state == "finished"
    assert run.summary is not None
    assert (run.summary.data, run.summary.test_size) == ("cells", 12)
    assert run.summary.images == load("cells", "test").digest
    assert run.film.about.originals.shape[1:] == (3, 8, 8)


SMALL: dict[str, Any] = {f"{split}_images": np.zeros((12, 9, 9), np.uint8) for split in ("train", "test")}
CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (lambda root: (root / "cells.npz").unlink(), "no data set 'cells'"),
    "damaged": (lambda root: (root / "cells.npz").write_bytes(b"PK"), r"cells\.npz: damaged"),
    "of another shape": (
        lambda root: own_set(root, train_labels=None, test_labels=None, **SMALL),
        r"cells has \(1, 9, 9\), not \(3, 8, 8\)",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_whose_data_have_changed_is_what_it_was_and_can_go_on_once_they_are_back(change: str, cells: Path):
    request = replace(suggested("cells"), train=SHORT)
    run = store.create(request)
    alter, message = CHANGES[change]
    alter(cells)
    assert store.list_runs() == [run]
    with pytest.raises(VAEError, match=message):
        store.create(request)
    with pytest.raises(VAEError, match=message):
        worker.work(run.folder)
    assert run.status().state == "failed"
    assert re.search(message, run.status().message)
    own_set(cells)
    run.reopen()
    worker.work(run.folder)
    assert run.status().state == "finished"


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_run_whose_images_are_others_goes_on_once_they_are_back(
    split: str, cells: Path, monkeypatch: pytest.MonkeyPatch
):
    request = replace(suggested("cells"), train=replace(SHORT, epochs=5))
    run = store.create(request)
    stop_after(2, run, monkeypatch)
    images = np.load(cells / "cells.npz")[f"{split}_images"]
    own_set(cells, **{f"{split}_images": 255 - images})
    run.reopen()
    with pytest.raises(RunError, match=r"[Pp]ut .*back"):
        worker.work(run.folder, Watcher())
    assert (run.status().state, run.status().resumable) == ("failed", True)
    assert len(run.progress()) == 2
    own_set(cells)
    run.reopen()
    worker.work(run.folder, Watcher())
    assert run.status().state == "finished"
    assert len(run.progress()) == 5


@pytest.mark.parametrize("network", ["mlp", "conv", "hybrid"])
@pytest.mark.parametrize("side", [64, 256, 1024])
def test_large_images_are_suggested_networks_that_hold_them(network: str, side: int, cells: Path):
    large = np.zeros((2, side, side, 3), np.uint8)
    own_set(cells, "large", train_images=large, test_images=large, train_labels=None, test_labels=None)
    model = suggested("large", network).model
    assert model.parameters <= MAX_PARAMETERS
    if side == 64:
        assert model.network == suggested("cells", network).model.network, "no narrower than it must be"


def test_networks_that_fit_none_of_the_images_say_so(cells: Path):
    odd = np.zeros((2, 9, 9), np.uint8)
    own_set(cells, "odd", train_images=odd, test_images=odd, train_labels=None, test_labels=None)
    with pytest.raises(ConfigError, match=r"divide by 4"):
        suggested("odd", "conv")


@pytest.mark.parametrize("count", [1, 30, 1_000, 4_999, 5_000, 19_999, 20_000, 60_000, 3_000_000])
def test_any_number_of_images_gets_a_training_of_some_thousand_steps(count: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(DATASETS, "made", Digits(counts=(count, 1)))
    train = suggested("made").train
    steps = train.epochs * count / train.batch_size
    assert 5 <= train.epochs <= 200
    assert steps <= 5_000 or train.epochs == 5
    assert steps >= 4_000 or train.epochs == 200


def test_what_was_read_of_epochs_is_kept_up_to_a_bound_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    parsed: list[str] = []
    monkeypatch.setattr(vae.progress, "_read", kept := Cache(20_000, vae.progress._read._size))
    monkeypatch.setattr(vae.progress, "from_json", lambda line: (parsed.append(line), from_json(line))[1])
    line = to_json(Progress(1, 9, 1.0, 1e-3, Curve(9.5, 1.5), None, 1.0))
    paths = [tmp_path / f"{number}.jsonl" for number in range(9)]
    for path in paths:
        path.write_text(f"{line}\n" * 5)
        assert [to_json(epoch) for epoch in read_progress(path)] == [line] * 5
    assert 10_000 < kept.bytes <= 20_000
    parsed.clear()
    paths[-1].write_text(f"{line}\n" * 7)
    assert len(read_progress(paths[-1])) == 7
    assert len(parsed) == 2, "only the new ones are taken apart"
    paths[-1].write_text(f" {line}\n" * 3)
    assert len(read_progress(paths[-1])) == 3, "a file that was begun again"


@dataclass(frozen=True)
class Own(MLP):
    kind: ClassVar[str] = "own"

    @classmethod
    def suited_to(
        cls, latent_dim: int, beta_range: BetaRange | None = None, *, few: bool = False, classes: int = 0
    ) -> MLP:
        return cls((latent_dim, 7 if few else 70), beta_range)


def test_a_network_says_itself_what_suits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(NETWORKS, "own", Own)
    assert suggested("digits", "own", 3, (0.5, 2)).model.network == Own((3, 7), (0.5, 2))
    assert suggested("mnist", "own").model.network == Own((2, 70))
    assert suggested("digits", "mlp", 20).model.network == MLP((256, 128))
    assert suggested("mnist", "mlp", 20).model.network == MLP((512, 512))


def test_a_suggestion_is_of_a_data_set_that_is_there(cells: Path):
    (cells / "bad.npz").write_bytes(b"")
    with pytest.raises(DataError, match="no data set 'nothing'"):
        suggested("nothing")
    with pytest.raises(DataError, match=r"bad\.npz: damaged"):
        suggested("bad")


@pytest.mark.parametrize("asked", [False, True])
def test_a_request_is_read_as_it_was_made(asked: bool, tmp_path: Path):
    request = replace(request_for(), out=tmp_path / "model.safetensors", tensorboard=asked)
    run = store.create(request)
    assert store.find(run.id).request == request


def test_a_request_of_an_earlier_zscape_asks_for_no_tensorboard():
    path = store.create(request_for()).folder / "request.json"
    values = json.loads(path.read_text())
    del values["tensorboard"]
    path.write_text(json.dumps(values))
    assert store.find(path.parent).request == request_for()


NAMES = ("Mother's model", "βκ 日本 🙂", "*_#`<b>$x$", "x" * MAX_NAME)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_keeps_the_name_it_is_given(name: str):
    run = store.create(replace(request_for(), name=name))
    plain = store.create(request_for())
    assert store.find(run.id).name == name
    assert store.find(run.id).title == f"{name} · {plain.title}"
    assert plain.name == ""


def test_a_run_is_renamed_and_stays_as_old_as_it_was():
    run = store.create(replace(request_for(), name="before"))
    asked = (run.folder / "request.json").stat().st_mtime_ns
    run.rename("  after ")
    assert store.find(run.id).request == replace(request_for(), name="after")
    assert (run.folder / "request.json").stat().st_mtime_ns == asked
    store.find(run.id).rename("")
    assert store.find(run.id).request == request_for()


@pytest.mark.parametrize("name", ["x" * (MAX_NAME + 1), "two\nlines", "\x1b[31m", "\ud800", 3, None])
def test_a_name_that_cannot_stand_in_a_line_is_refused(name: Any):
    with pytest.raises(ConfigError, match=r"^name: up to 60 characters on one line"):
        replace(request_for(), name=name)


def test_a_request_of_an_earlier_zscape_has_no_name():
    run = store.create(request_for())
    path = run.folder / "request.json"
    values = json.loads(path.read_text())
    del values["name"]
    path.write_text(json.dumps(values))
    assert store.find(run.id).request == request_for()


@pytest.mark.parametrize("before", [False, True])
def test_tensorboard_is_asked_for_at_a_resumption_and_stays_so(before: bool):
    run = store.create(replace(request_for(), tensorboard=before))
    os.utime(run.folder / "request.json", (0, 0))
    run.reopen(tensorboard=not before)
    assert store.find(run.id).request == replace(request_for(), tensorboard=True)
    assert (run.folder / "request.json").stat().st_mtime > 0, "it waits for its turn as of now"


def test_a_folder_that_takes_no_runs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "file"))
    assert store.list_runs() == []
    with pytest.raises(RunError, match="VAE_RUNS_DIR"):
        store.start(request_for())


@pytest.mark.process
def test_importing_runs_costs_no_pytorch():
    code = "import sys, vae.runs.store, vae.runs.worker; print('torch' in sys.modules, 'streamlit' in sys.modules)"
    repository = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def dead_run() -> Run:
    """A run on disk whose worker was never heard of."""
    folder = store._new_folder(request_for())
    os.utime(folder / "request.json", (0, 0))
    return Run(folder, request_for())


@pytest.mark.process
def test_one_trains_at_a_time_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VAE_MAX_RUNS", raising=False)
    assert store.max_running() == 1
    first, second, third = store.start(request_for(ENDLESS)), store.start(request_for()), store.start(request_for())
    wait(lambda: first.status().state == "running")
    with at_rest(first):
        wait(lambda: third.status().message == "Waiting for 2 earlier runs.")
        wait(lambda: second.status().message == "Waiting for 1 earlier run.")
        # What is resumed was asked for later than what waits already.
        second.stop()
        assert wait_for_end(second).message == "Stopped before it began."
        wait(lambda: third.status().message == "Waiting for 1 earlier run.")
        second.resume()
        wait(lambda: second.status().message == "Waiting for 2 earlier runs.")
    first.stop()
    assert wait_for_end(third).state == wait_for_end(second).state == "finished"


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        *(("VAE_MAX_RUNS", text, "from 1 to 999,999") for text in ("0", "-1", "many", "1.5", " 1", "1000000")),
        *(("VAE_NICE", text, "from 0 to 19") for text in ("-1", "20", "low", "007")),
    ],
)
def test_a_setting_that_is_no_number_is_refused(variable: str, text: str, said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(variable, text)
    with pytest.raises(RunError, match=f"{variable}: a whole number {said}, not "):
        store.start(request_for())
    assert store.list_runs() == []


@pytest.mark.parametrize(("text", "wanted"), [("", 19), ("7", 7), ("0", 0)])
def test_a_training_in_the_background_gives_way_as_far_as_it_is_told(
    text: str, wanted: int, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    monkeypatch.setenv("VAE_NICE", text)
    monkeypatch.setattr("os.nice", asked.append)
    run = dead_run()
    worker.work(run.folder)
    assert asked == [wanted]
    assert run.status().state == "finished"


@pytest.mark.process
def test_a_killed_run_goes_on_and_ends_like_one_that_never_was():
    training = TrainConfig(epochs=50, batch_size=128)
    run = store.start(request_for(training))
    wait(lambda: len(run.progress()) >= 3)
    kill(run)
    assert "can be resumed" in run.status().message
    before = run.progress()
    state = TrainingState.read(run.folder / "state.safetensors")
    assert state.progress is not None
    assert state.progress.epoch - len(before) in (0, 1)
    assert [progress.epoch for progress in before] == list(range(1, len(before) + 1))
    (run.folder / f".{owner().replace(str(os.getpid()), str(pid_of(run)))}-abc.part").write_bytes(b"half")
    # A line that was only half written is written again.
    with (run.folder / "progress.jsonl").open("a") as file:
        file.write(to_json(before[-1])[:40])

    assert store.resume(run.folder) == run
    with pytest.raises(RunError, match="still going"):
        run.resume()
    assert wait_for_end(run).state == "finished", run.status().message
    whole = VAE(TINY, training.seed)
    assert timeless(run.progress()) == timeless(list(train(whole, load("digits", "train"), training)))
    assert run.progress()[: len(before)] == before
    assert run.checkpoint is not None
    weights = read(run.checkpoint).weights
    for name, tensor in whole.state_dict().items():
        assert torch.equal(torch.from_numpy(weights[name].copy()), tensor), name
    wait(lambda: not psutil.pid_exists(pid_of(run)))  # it tidies up last
    assert {path.name for path in run.folder.iterdir()} == {
        "request.json",
        "process.json",
        "status.json",
        "progress.jsonl",
        "log.txt",
        "model.safetensors",
        "snapshots",
    }
    with pytest.raises(RunError, match="has finished and can't be resumed"):
        run.resume()


@pytest.mark.process
def test_runs_survive_being_killed_at_random():
    result = survive(2, epochs=40)
    assert result.kills == 2
    assert result.epochs > 0
    assert result.finished > 0
    assert result.survived, result


def stop_after(epoch: int, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Works here, until somebody stops the run in the epoch after this one."""

    def stopped(*arguments, **options):
        done = options["state"].progress
        if done is not None and done.epoch >= epoch:
            run.stop()
        for progress in train(*arguments, **options):
            yield progress
            if progress.epoch == epoch:
                run.stop()

    with monkeypatch.context() as patch:
        patch.setattr("vae.training.loop.train", stopped)
        worker.work(run.folder)


def test_a_stopped_run_keeps_its_best_epoch_and_goes_on_from_its_last(monkeypatch: pytest.MonkeyPatch):
    # A rate that is far too large makes some epochs worse than those before; of which seed is up to the processor.
    for seed in range(20):
        training = TrainConfig(epochs=8, batch_size=128, learning_rate=0.5, ema=0, seed=seed)
        whole = VAE(TINY, training.seed)
        curve = list(train(whole, load("digits", "train"), training))
        later = [after.epoch for after in curve[:-1] if watched(after) > min(map(watched, curve[: after.epoch]))]
        if later:
            break
    else:
        pytest.fail("no epoch was worse than those before it")
    worse = later[0]
    run = store.create(request_for(training))
    best = min(curve[:worse], key=watched)

    stop_after(worse, run, monkeypatch)
    status, summary = run.status(), run.summary
    assert status.state == "stopped"
    assert status.resumable
    assert f"epoch {best.epoch} of 8 was saved, the best so far" in status.message
    assert summary is not None
    assert summary.epochs == best.epoch < worse
    assert len(run.progress()) == worse
    model = VAE(TINY, training.seed)
    for progress in train(model, load("digits", "train"), training):
        if progress.epoch == best.epoch:
            break
    assert run.checkpoint is not None
    for name, tensor in model.state_dict().items():
        assert torch.equal(torch.from_numpy(read(run.checkpoint).weights[name].copy()), tensor), name

    run.reopen()
    assert run.status().active
    worker.work(run.folder)
    assert run.status().state == "finished"
    assert timeless(run.progress()) == timeless(curve)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(torch.from_numpy(read(run.checkpoint).weights[name].copy()), tensor), name


def test_a_state_that_is_spoiled_leaves_the_best_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = store.create(replace(request_for(ENDLESS), out=tmp_path / "mine.safetensors"))
    stop_after(3, run, monkeypatch)
    (tmp_path / "mine.safetensors").unlink()
    path = run.folder / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    weights, best = read_weights(run.folder / "best.safetensors")
    run.reopen()
    worker.work(run.folder, Watcher())
    status = run.status()
    assert (status.state, status.resumable) == ("failed", False)
    assert re.search(rf"state.safetensors: damaged.* The model of epoch {best.epoch} was saved to", status.message)
    checkpoint = read(tmp_path / "mine.safetensors")
    assert checkpoint.summary.epochs == best.epoch
    for name, tensor in weights.items():
        assert torch.equal(torch.from_numpy(checkpoint.weights[name].copy()), tensor), name


@pytest.mark.parametrize("gone", [False, True])
def test_an_end_that_can_not_be_put_on_record_loses_nothing(gone: bool, monkeypatch: pytest.MonkeyPatch):
    run = store.create(request_for())
    written = try_write_status
    monkeypatch.setattr(worker, "try_write_status", lambda folder, status: status.active and written(folder, status))
    monkeypatch.setattr(worker.time, "sleep", lambda _: None)
    worker.work(run.folder, Watcher())
    monkeypatch.undo()
    monkeypatch.setenv("VAE_RUNS_DIR", str(run.folder.parent))
    (run.folder / "process.json").write_text(json.dumps({"pid": 2**22 + 1, "created": 0}))  # it is over
    assert run.checkpoint is not None
    curve, weights = run.progress(), read(run.checkpoint).weights
    assert run.status().resumable
    if gone:
        (run.folder / "state.safetensors").unlink()
    run.reopen()
    worker.work(run.folder, Watcher())
    assert run.progress() == curve
    assert run.status().state == ("failed" if gone else "finished")
    best = min(curve, key=watched).epoch
    assert (f"The model of epoch {best} was saved" in run.status().message) == gone
    if not gone:
        assert run.checkpoint is not None
        for name, array in read(run.checkpoint).weights.items():
            np.testing.assert_array_equal(array, weights[name])


def test_a_line_that_is_spoiled_is_lost_and_no_other(monkeypatch: pytest.MonkeyPatch):
    run = store.create(request_for(ENDLESS))
    stop_after(4, run, monkeypatch)
    path = run.folder / "progress.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1][:20] + b"\xff\xfe" + lines[1][22:]
    path.write_bytes(b"\n".join(lines))
    assert [progress.epoch for progress in run.progress()] == [1, 3, 4]
    run.reopen()
    stop_after(6, run, monkeypatch)
    assert [progress.epoch for progress in run.progress()] == [1, 3, 4, 5, 6]


def test_of_two_processes_that_resume_a_run_one_goes_on(monkeypatch: pytest.MonkeyPatch):
    run = store.create(request_for(ENDLESS))
    stop_after(2, run, monkeypatch)
    before = run.progress()
    run.reopen()
    loaded = worker.load

    def other(*arguments: Any) -> object:
        """Another process is written down while this one loads its images."""
        (run.folder / "process.json").write_text(json.dumps({"pid": os.getpid() + 1, "created": 0}))
        return loaded(*arguments)

    monkeypatch.setattr(worker, "load", other)
    with pytest.raises(RunError, match="another process"):
        worker.work(run.folder, Watcher())
    assert run.progress() == before
    status = read_status(run.folder)
    assert status is not None
    assert status.state == "starting"


@pytest.mark.parametrize("lost", ["best.safetensors", "progress.jsonl", "spoiled best.safetensors"])
def test_what_was_not_written_before_the_end_is_made_up_for(lost: str, monkeypatch: pytest.MonkeyPatch):
    """As if a worker had been killed between the state of an epoch and what follows it."""
    run = store.create(request_for())
    stop_after(1, run, monkeypatch)
    epochs = run.progress()
    assert len(epochs) == 1
    path = run.folder / lost.rsplit(maxsplit=1)[-1]
    expected, _ = read_weights(run.folder / "best.safetensors")
    if lost.startswith("spoiled"):
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.unlink()
    run.reopen()
    stop_after(1, run, monkeypatch)
    assert run.progress() == epochs
    weights, best = read_weights(run.folder / "best.safetensors")
    assert best == epochs[0]
    assert weights.keys() == expected.keys() == VAE(TINY).state_dict().keys()
    assert all(torch.equal(weights[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize("name", ["state.safetensors", "best.safetensors"])
def test_a_full_disk_ends_a_run_that_can_be_resumed(name: str, monkeypatch: pytest.MonkeyPatch):
    write_bytes = Path.write_bytes
    run = store.create(request_for())

    def full(path: Path, content: bytes) -> int:
        of_state = b'"shuffle"' in content
        if FORMAT.encode() in content and of_state == (name == "state.safetensors") and run.progress():
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(RunError, match=f"{name}: could not be written .No space left on device.*resume the run"):
            worker.work(run.folder)
    status = run.status()
    assert status.state == "failed"
    assert status.resumable
    assert "No space left" in status.message
    assert read_weights(run.folder / "best.safetensors")[1].epoch == 1
    state = TrainingState.read(run.folder / "state.safetensors")
    assert state.progress is not None
    assert state.progress.epoch - len(run.progress()) in (0, 1)

    run.reopen()
    worker.work(run.folder)
    assert run.status().state == "finished"
    assert [progress.epoch for progress in run.progress()] == [1, 2, 3]


def test_a_folder_that_is_gone_ends_the_run_and_stays_gone(monkeypatch: pytest.MonkeyPatch):
    run = store.create(request_for())

    def swept(*arguments, **options):
        for progress in train(*arguments, **options):
            if progress.epoch == 2:
                shutil.rmtree(run.folder)
            yield progress

    monkeypatch.setattr("vae.training.loop.train", swept)
    monkeypatch.setattr(worker.time, "sleep", lambda _: None)
    with pytest.raises(RunError, match="is gone"):
        worker.work(run.folder)
    assert not run.folder.exists()


def test_a_folder_that_can_not_be_written_is_named(monkeypatch: pytest.MonkeyPatch):
    run = dead_run()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(store.os, "utime", refuse)
        with pytest.raises(RunError, match="Permission denied") as caught:
            run.resume()
    assert str(run.folder) in str(caught.value)
    monkeypatch.setattr(store.subprocess, "Popen", refuse)
    with pytest.raises(RunError, match="could not be started"):
        run.resume()
    assert (run.status().state, run.status().resumable) == ("failed", True)


def test_the_state_of_another_run_is_refused(monkeypatch: pytest.MonkeyPatch):
    one, other = store.create(request_for()), store.create(request_for(replace(SHORT, seed=3)))
    stop_after(1, one, monkeypatch)
    shutil.copy(one.folder / "state.safetensors", other.folder)
    with pytest.raises(vae.TrainingError, match="other settings"):
        worker.work(other.folder)
    assert str(other.folder / "state.safetensors") in other.status().message
    assert not other.status().resumable


def test_a_run_is_found_by_folder_and_by_id():
    run = dead_run()
    assert store.find(run.folder) == store.find(run.id) == store.find(str(run.folder) + "/") == run
    for bad in (run.folder / "nothing", run.folder.parent, "20250101-000000-000000", ""):
        with pytest.raises(RunError, match="no run"):
            store.find(bad)


TERMS = Curve(20.5, 3.25, {"total correlation": 0.75})


@pytest.mark.parametrize("validation", [TERMS, None])
def test_an_epoch_is_written_with_its_terms_by_name_and_read_again(validation: Curve | None):
    epoch = Progress(2, 9, 0.5, 1e-3, TERMS, validation, 1.5, (3.0, 0.25), 7.5, 1000.0)
    line = to_json(epoch)
    assert "\n" not in line
    assert json.loads(line)["train"] == {"recon": 20.5, "kl": 3.25, "total correlation": 0.75}
    progress = from_json(line)
    assert progress == epoch
    assert progress is not None
    assert progress.train.terms == TERMS.terms
    assert progress.train.loss(2, ELBO()) == 27


def test_an_epoch_can_be_copied_and_sent_to_another_process():
    epoch = Progress(2, 9, 0.5, 1e-3, Curve(20.5, 3.25), TERMS, 1.5)
    assert copy.deepcopy(epoch) == epoch
    assert pickle.loads(pickle.dumps(epoch)) == epoch


def test_an_epoch_of_an_earlier_zscape_has_its_two_terms_in_a_list():
    line = {"epoch": 2, "epochs": 9, "beta": 0.5, "learning_rate": 0.001, "train": [20.5, 3.25], "seconds": 1.5}
    for validation in ([21.5, 3], None):
        progress = from_json(json.dumps(line | {"validation": validation}))
        assert progress is not None
        assert progress.train == Curve(20.5, 3.25)
        assert progress.train.terms == {"recon": 20.5, "kl": 3.25}
        assert progress.validation == (validation and Curve(validation[0], validation[1]))
        assert progress.kl_by_dim is None
        assert from_json(to_json(progress)) == progress


@pytest.mark.parametrize(
    "terms",
    [
        {"recon": 1.0},
        {"recon": 1.0, "kl": None},
        {"recon": 1.0, "kl": 2.0, "more": "x"},
        {"recon": 1.0, "kl": 2.0, "more": [1.0]},
        {"recon": 1.0, "kl": 2.0, "more": 10**400},
        [1.0],
        [1.0, 2.0, 3.0],
        [1.0, "x"],
        "recon",
        3.0,
        [],
        {},
        "",
        0,
        False,
    ],
    ids=lambda terms: f"{terms!r:.40}",
)
def test_a_line_whose_terms_are_none_is_not_read(terms: Any):
    good = Progress(1, 9, 1.0, 1e-3, Curve(1, 2), None, 1.0)
    for curves in ({"train": terms}, {"validation": terms}):
        assert from_json(json.dumps(json.loads(to_json(good)) | curves)) is None


def test_what_is_on_record_is_read_again_only_where_it_is_new(runs_dir: Path, monkeypatch: pytest.MonkeyPatch):
    epochs = [Progress(i, 9, 1.0, 1e-3, Curve(i, 2), None, 1.0) for i in range(1, 6)]
    run = recorded(Request("digits", TINY, TrainConfig(epochs=9)), epochs[:3])
    path = run.folder / "progress.jsonl"
    asked = []
    monkeypatch.setattr("vae.progress.from_json", lambda line: asked.append(line) or from_json(line))
    assert run.progress() == run.progress() == epochs[:3]
    assert len(asked) == 3
    line = to_json(epochs[3])
    with path.open("a") as file:
        file.write(line[:30])
    assert run.progress() == epochs[:3], "half a line"
    with path.open("a") as file:
        file.write(f"{line[30:]}\n")
    assert run.progress() == epochs[:4]
    assert len(asked) == 5, "the half line, and then the whole"
    path.write_text(to_json(epochs[4]) + "\n")
    assert run.progress() == epochs[4:], "written anew"
    path.unlink()
    assert run.progress() == []
    assert not run.begun
