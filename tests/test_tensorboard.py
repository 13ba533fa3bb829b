"""What TensorBoard reads of a run, against what the run itself has on disk."""

from __future__ import annotations

import errno
import io
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import tiny
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboardX import RecordWriter

from vae.data.digits import Digits
from vae.data.sources import DATASETS
from vae.errors import RunError, VAEError
from vae.models.config import TrainConfig
from vae.models.vae import VAE
from vae.progress import Curve, Progress, to_json
from vae.runs import store, worker
from vae.runs.request import Request
from vae.runs.snapshots import ABOUT_STEM, SnapshotWriter
from vae.runs.store import Run
from vae.runs.tensorboard import FOLDER, Events, command

GREY, COLOUR = (1, 8, 8), (3, 8, 8)
PER_EPOCH = 3


class Seen(NamedTuple):
    """What TensorBoard knows of a run: step and value of each event by tag, in the order of the file."""

    scalars: dict[str, list[tuple[int, float]]]
    images: dict[str, list[tuple[int, bytes]]]
    histograms: dict[str, list[tuple[int, Any]]]
    texts: dict[str, bytes]
    times: dict[str, list[float]]


def seen(run: Run) -> Seen:
    events = EventAccumulator(str(run.folder / FOLDER), {"scalars": 0, "images": 0, "histograms": 0, "tensors": 0})
    events.Reload()
    tags: dict[str, Any] = events.Tags()
    return Seen(
        {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in tags["scalars"]},
        {tag: [(event.step, event.encoded_image_string) for event in events.Images(tag)] for tag in tags["images"]},
        {tag: [(event.step, event.histogram_value) for event in events.Histograms(tag)] for tag in tags["histograms"]},
        {tag: events.Tensors(tag)[0].tensor_proto.string_val[0] for tag in tags["tensors"]},
        {tag: [event.wall_time for event in events.Scalars(tag)] for tag in tags["scalars"]},
    )


def alike(one: Seen, other: Seen) -> bool:
    """Whether they tell the same training, however long it took."""
    timeless = []
    for log in (one, other):
        steps = [(step, 0.0) for step, _ in log.scalars["training/images_per_second"]]
        scalars = log.scalars | {"training/images_per_second": steps}
        timeless.append(log._replace(scalars=scalars, times={}))
    return timeless[0] == timeless[1]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for runs."""
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


def progress_of(epoch: int, latent_dim: int = 2) -> Progress:
    """The progress that a run might report of an epoch."""
    curves = Curve(90 / epoch, 3.5), Curve(91 / epoch, 3.25)
    kls = tuple(float(dimension) / epoch for dimension in range(latent_dim))
    return Progress(epoch, 3, 0.5 * epoch, 1e-3 / epoch, *curves, 10.0 * epoch, kls, 7.5 / epoch, 1000.0 * epoch)


@pytest.fixture
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of three epochs with snapshots, of grey images in two dimensions unless the test says otherwise."""
    shape, latent_dim = getattr(request, "param", (GREY, 2))
    monkeypatch.setitem(DATASETS, "made", Digits(title="Made", image_shape=shape))
    config = tiny.config("mlp", shape, latent_dim)
    run = store.create(Request("made", config, TrainConfig(beta=2, epochs=3), tensorboard=True))
    test = tiny.image_set(30, shape)
    writer = SnapshotWriter(run.folder, VAE(config), test, beta=2, epochs=3, per_epoch=PER_EPOCH)
    for epoch in range(4):
        writer.take(epoch * PER_EPOCH, VAE(config, seed=epoch))
    lines = [to_json(progress_of(epoch, latent_dim)) + "\n" for epoch in (1, 2, 3)]
    (run.folder / "progress.jsonl").write_text("".join(lines))
    return run


def snapshot(run: Run, epoch: int) -> Path:
    return run.folder / "snapshots" / f"{epoch * PER_EPOCH:09d}.safetensors"


def write(run: Run) -> Seen:
    """All of a run's epochs at once."""
    events = Events(run)
    events.keep(run.progress()[-1])
    events.close()
    return seen(run)


@pytest.mark.parametrize("made", [(GREY, 2), (GREY, 12)], indirect=True)
def test_every_number_of_every_epoch_is_there(made: Run) -> None:
    expected: dict[str, list[tuple[int, float]]] = {}
    for line in made.progress():
        assert line.validation is not None
        assert line.kl_by_dim is not None
        values = {
            f"{name}/{split}": value
            for split, curve in (("train", line.train), ("validation", line.validation))
            for name, value in (("loss", curve.recon + 2 * curve.kl), ("recon", curve.recon), ("kl", curve.kl))
        }
        names = ("beta", "learning_rate", "gradient_norm", "images_per_second")
        values |= {f"training/{name}": getattr(line, name) for name in names}
        values |= {f"kl_by_dim/z{place}": kl for place, kl in enumerate(line.kl_by_dim, start=1)}
        for tag, value in values.items():
            expected.setdefault(tag, []).append((line.epoch, float(np.float32(value))))
    log = write(made)
    assert log.scalars == expected
    # A handful of dimensions is told by their lines alone.
    many = made.request is not None and made.request.model.latent_dim > 8
    assert [[step for step, _ in values] for values in log.histograms.values()] == ([[1, 2, 3]] if many else [])
    for _, histogram in log.histograms.get("kl_by_dim", []):
        assert (histogram.min, histogram.num) == (0, 12)


def test_what_an_epoch_does_not_tell_is_left_out(made: Run) -> None:
    bare = progress_of(1)._replace(validation=None, kl_by_dim=None, gradient_norm=None, images_per_second=None)
    (made.folder / "progress.jsonl").write_text(to_json(bare))
    tags = {"loss/train", "recon/train", "kl/train", "training/beta", "training/learning_rate"}
    assert write(made).scalars.keys() == tags


@pytest.mark.parametrize("made", [(GREY, 2), (COLOUR, 2), (GREY, 5)], indirect=True)
def test_pictures_are_those_of_the_snapshots(made: Run) -> None:
    images, about = write(made).images, made.film.about
    assert images.keys() == {"reconstructions", "samples"}
    for tag, pictures in images.items():
        assert [step for step, _ in pictures] == [0, 1, 2, 3], "also of the model before it was trained"
        for step, picture in pictures:
            shot = made.film.read(step * PER_EPOCH)
            shown = shot.samples if tag == "samples" else shot.reconstructions
            with Image.open(io.BytesIO(picture)) as image:
                assert image.mode == ("L" if len(about.originals[0]) == 1 else "RGB")
                pixels = np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)
            # Enlarged seven times, and two pixels between them; a reconstruction lies below a line below its original.
            columns = len(shown) if tag == "reconstructions" else round(len(shown) ** 0.5)
            high = 56 if tag == "samples" else 119
            assert pixels.shape[1:] == (len(shown) // columns * (high + 2) - 2, columns * 58 - 2)
            for place, image in enumerate(shown):
                top, left = place // columns * (high + 2), place % columns * 58
                tile = pixels[:, top : top + high : 7, left : left + 56 : 7]
                np.testing.assert_array_equal(tile[:, -8:], image)
                if tag == "reconstructions":
                    np.testing.assert_array_equal(tile[:, :8], about.originals[place])


def test_the_settings_and_how_charts_belong_together_are_there(made: Run) -> None:
    texts = write(made).texts
    for part in (made.title, "| data | made |", "| model.network.hidden | [12, 8] |", "| train.beta | 2 |"):
        assert part in texts["settings/text_summary"].decode()
    layout = layout_pb2.Layout.FromString(texts["custom_scalars__config__"])  # pyrefly: ignore[missing-attribute] (made as it is imported)
    (category,) = layout.category
    charts = {chart.title: list(chart.multiline.tag) for chart in category.chart}
    assert charts["loss"] == ["loss/train", "loss/validation"]
    assert charts["kl by dimension"] == ["kl_by_dim/.*"]


def test_terms_of_another_objective_have_their_curves_and_their_chart(made: Run) -> None:
    curve = Curve(90, 3, {"total correlation": 0.5})
    (made.folder / "progress.jsonl").write_text(to_json(progress_of(1)._replace(train=curve, validation=curve)))
    log = write(made)
    assert log.scalars["total correlation/validation"] == [(1, 0.5)]
    layout = layout_pb2.Layout.FromString(log.texts["custom_scalars__config__"])  # pyrefly: ignore[missing-attribute] (made as it is imported)
    assert [chart.title for chart in layout.category[0].chart][:4] == ["loss", "recon", "kl", "total correlation"]


def test_the_time_of_an_epoch_is_that_of_its_snapshot_or_goes_on_from_the_last(made: Run) -> None:
    for epoch, when in ((0, 5e8), (1, 5e8 + 99), (2, 5e8 + 300)):
        os.utime(snapshot(made, epoch), (when, when))
    snapshot(made, 3).unlink()  # of very long trainings only some epochs have one
    assert write(made).times["loss/train"] == [5e8 + 99, 5e8 + 300, 5e8 + 310]
    shutil.rmtree(made.folder / "snapshots")
    began = made.started
    assert write(made).times["loss/train"] == [
        (began + timedelta(seconds=10 * epoch)).timestamp() for epoch in (1, 2, 3)
    ]


@pytest.mark.parametrize("harm", ["half", "other", "missing"])
def test_without_a_snapshot_there_is_no_picture_and_all_numbers(harm: str, made: Run) -> None:
    whole, path = write(made), snapshot(made, 2)
    if harm == "half":
        path.write_bytes(path.read_bytes()[:-1])
    elif harm == "other":
        shutil.copy(path.with_name(f"{ABOUT_STEM}.safetensors"), path)
    else:
        path.unlink()
    log = write(made)
    assert log.scalars == whole.scalars
    for tag, pictures in whole.images.items():
        assert log.images[tag] == [picture for picture in pictures if picture[0] != 2]
    (path.with_name(f"{ABOUT_STEM}.safetensors")).write_bytes(b"")
    log = write(made)
    assert log.scalars == whole.scalars
    assert log.images == {}


def test_an_epoch_is_written_once_however_often_it_is_told(made: Run) -> None:
    whole = write(made)
    events = Events(made)
    for epoch in (1, 1, 3, 2, 3):
        events.keep(progress_of(epoch))
    events.close()
    assert seen(made) == whole
    assert len(list((made.folder / FOLDER).iterdir())) == 1


def test_a_folder_that_can_not_be_written_is_named(made: Run) -> None:
    (made.folder / FOLDER).write_text("a file")
    with pytest.raises(VAEError, match=f"{FOLDER}: could not be written"):
        Events(made)


def test_the_command_can_be_typed_as_it_is(made: Run) -> None:
    assert command(made) == f"tensorboard --logdir {made.folder.parent}"
    spaced = replace(made, folder=Path("/my runs") / made.id)
    assert command(spaced) == "tensorboard --logdir '/my runs'"


# Whole trainings, of a few steps.


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that waits for its worker, which will find some random images."""
    monkeypatch.setattr(worker, "load", lambda _, split: tiny.image_set(40, seed=len(split)))
    return store.create(Request("digits", tiny.config(), TrainConfig(epochs=3, batch_size=16), tensorboard=True))


def left_by(run: Run, aside: Path) -> list[Path]:
    """Works, and keeps what would have been on disk had the worker been killed in the midst of each of its writes."""
    copies: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:

        def watch(owner: Any, name: str) -> None:
            original = getattr(owner, name)

            def watched(*arguments: Any) -> None:
                copies.append(shutil.copytree(run.folder, aside / str(len(copies))))
                original(*arguments)

            patch.setattr(owner, name, watched)

        watch(os, "fsync")
        watch(RecordWriter, "write")
        worker.work(run.folder)
    return copies


def put_back(run: Run, folder: Path) -> None:
    """The folder as a killed worker left it, for the next one."""
    shutil.rmtree(run.folder)
    shutil.copytree(folder, run.folder)
    (run.folder / "process.json").unlink(missing_ok=True)
    os.utime(run.folder / "request.json", (0, 0))
    run.reopen()


def test_wherever_a_worker_is_killed_the_next_leaves_no_gap_and_nothing_twice(trained: Run, tmp_path: Path) -> None:
    copies = left_by(trained, tmp_path / "first")
    whole, lines = seen(trained), trained.progress()
    assert [step for step, _ in whole.scalars["loss/train"]] == [step for step, _ in whole.images["samples"][1:]]
    assert {len(Run(folder, trained.request).progress()) for folder in copies} == {0, 1, 2, 3}
    again: list[Path] = []
    for number, folder in enumerate(copies[:: len(copies) // 12]):
        put_back(trained, folder)
        if number == 8:
            again = left_by(trained, tmp_path / "second")
        else:
            worker.work(trained.folder)
        assert alike(seen(trained), whole), folder
        assert len(list((trained.folder / FOLDER).iterdir())) == 1
    # And of those, one that was just writing anew what another had written.
    for folder in again[: 2 * len(again) // 3 : len(again) // 6]:
        put_back(trained, folder)
        worker.work(trained.folder)
        assert alike(seen(trained), whole), folder
    assert [line.epoch for line in trained.progress()] == [line.epoch for line in lines]


def test_a_state_that_is_lost_leaves_the_events_that_there_are(trained: Run, tmp_path: Path) -> None:
    copies = left_by(trained, tmp_path / "first")
    late = next(folder for folder in copies if len(Run(folder, trained.request).progress()) == 2)
    put_back(trained, late)
    before = seen(trained)
    assert before.scalars
    (trained.folder / "state.safetensors").unlink()
    worker.work(trained.folder)
    assert trained.status().state == "failed"
    assert "was saved" in trained.status().message
    assert alike(seen(trained), before)


def test_a_full_disk_ends_a_run_that_can_be_resumed(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    flush = RecordWriter.flush

    def full(writer: RecordWriter) -> None:
        if len(trained.progress()) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(writer)

    with monkeypatch.context() as patch:
        patch.setattr(RecordWriter, "flush", full)
        with pytest.raises(RunError, match=f"{FOLDER}: could not be written .No space left.*resume the run"):
            worker.work(trained.folder)
    status = trained.status()
    assert (status.state, status.resumable) == ("failed", True)
    assert "No space left" in status.message
    trained.reopen()
    worker.work(trained.folder)
    assert trained.status().state == "finished"
    log = seen(trained)
    assert [step for step, _ in log.scalars["loss/train"]] == [1, 2, 3]
    assert [step for step, _ in log.images["samples"]] == [0, 1, 2, 3]


def test_each_epoch_is_on_disk_at_once_and_the_file_is_let_go_of(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[RecordWriter] = []
    steps: list[list[int]] = []
    begin = RecordWriter.__init__

    def note(writer: RecordWriter, path: str) -> None:
        opened.append(writer)
        begin(writer, path)

    class Reader(worker.Watcher):
        def on_epoch(self, progress: Progress) -> None:
            steps.append([step for step, _ in seen(trained).scalars["loss/validation"]])

    monkeypatch.setattr(RecordWriter, "__init__", note)
    worker.work(trained.folder, Reader())
    assert steps == [[1], [1, 2], [1, 2, 3]]
    assert [writer._writer.closed for writer in opened] == [True]  # pyrefly: ignore[missing-attribute] (open by then)


def test_a_run_that_is_not_asked_for_them_has_none(trained: Run) -> None:
    assert trained.request is not None
    shutil.rmtree(trained.folder)  # or the other would wait for it
    plain = store.create(replace(trained.request, tensorboard=False))
    worker.work(plain.folder)
    assert plain.status().state == "finished"
    assert not (plain.folder / FOLDER).exists()
