"""Qualities of samples and features that are kept: made once, and never from test images."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from tiny import checkpoint, config, image_set

import vae.checkpoints
from vae.cli import main
from vae.data.digits import Digits
from vae.data.images import ImageSet, Split
from vae.data.sources import DATASETS, load
from vae.errors import DataError
from vae.evaluation import features
from vae.evaluation.diagnostics import diagnose
from vae.evaluation.report import to_dict, to_html
from vae.runs import qualities
from vae.runs.qualities import features_of, kept, name_of, quality_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path))
    monkeypatch.setattr(features, "STEPS", 20)
    return tmp_path / "cache"


def learn_no_more(patch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("learned again")

    patch.setattr(features, "train_features", fail)


def test_features_are_learned_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = load("digits", "train")
    first = features_of(train)
    (path,) = (folder / "features").iterdir()
    with monkeypatch.context() as patch:
        learn_no_more(patch)
        again = features_of(load("digits", "train"))
        assert again._replace(weights={}) == first._replace(weights={})
        assert all(torch.equal(again.weights[name], first.weights[name]) for name in first.weights)
        for other in (train._replace(labels=train.labels.flip(0)), train._replace(images=255 - train.images)):
            with pytest.raises(AssertionError, match="learned again"):
                features_of(other)
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(AssertionError, match="learned again"):
            features_of(train)
    mended = features_of(train)
    assert all(torch.equal(mended.weights[name], first.weights[name]) for name in first.weights)
    assert [path] == list((folder / "features").iterdir())


@dataclass(frozen=True)
class Untested(Digits):
    """Nobody may read its test images."""

    def read(self, split: Split, root: Path, download: bool) -> ImageSet:
        assert split == "train"
        return super().read(split, root, download)


def test_a_quality_is_found_once_and_reads_no_test_images(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test, shipped = load("digits"), vae.checkpoints.read("digits-2d")
    monkeypatch.setitem(DATASETS, "digits", Untested())
    name = name_of(shipped, 1.0)
    assert kept(name) is None
    seen: list[tuple[int, int]] = []
    found = quality_of(shipped, test, on_step=lambda done, of: seen.append((done, of)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len({of for _, of in seen}) == 1
    assert kept(name) == found
    learn_no_more(monkeypatch)
    (path,) = (folder / "qualities").iterdir()
    monkeypatch.setattr(qualities, "measure", None)
    assert quality_of(shipped, test) == found
    for damaged in (b"", b"[]", b'{"rows": [3]}', path.read_bytes().replace(b'"n"', b'"m"'), b'{"rows": 1}'):
        path.write_bytes(damaged)
        assert kept(name) is None
        assert not path.exists()


def test_its_name_stands_for_all_it_follows_from(monkeypatch: pytest.MonkeyPatch) -> None:
    model = checkpoint(config("mlp-range"))
    weights = {name: array + 1 for name, array in model.weights.items()}
    names = [
        name_of(model, 1.0),
        name_of(model, 2.0),
        name_of(model._replace(weights=weights), 1.0),
        name_of(model._replace(summary=replace(model.summary, data="mnist")), 1.0),
    ]
    monkeypatch.setattr(qualities, "VERSION", qualities.VERSION + 1)
    names.append(name_of(model, 1.0))
    assert len(set(names)) == len(names)


def test_what_was_stopped_is_not_kept(folder: Path) -> None:
    def on_step(done: int, of: int) -> None:
        if done > of / 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        quality_of(vae.checkpoints.read("digits-2d"), load("digits"), on_step=on_step)
    assert not (folder / "qualities").exists()


def test_training_images_of_another_shape_are_told() -> None:
    with pytest.raises(DataError, match=r"digits: its training images have shape \(1, 8, 8\)"):
        quality_of(checkpoint(config("conv", (1, 28, 28))), image_set(200, (1, 28, 28)))


@pytest.mark.usefixtures("few_integrals")
def test_a_report_has_it_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.html"
    assert main(["report", "digits-2d", "--iwae", "1", "--quality", "--html", str(file)]) == 0
    said, page = capsys.readouterr().out, file.read_text()
    found = kept(name_of(vae.checkpoints.read("digits-2d"), 1.0))
    assert found is not None
    number = f"{found.rows[0].distance.value:.2f} ± {found.rows[0].distance.error:.2f}"
    for text in (said, page):
        assert "Quality of samples" in text
        assert number in text
        assert "chet distance in Zscape" in text
    assert main(["report", "digits-2d", "--iwae", "1", "--quality", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["source"] for row in report["quality"]["rows"]] == ["prior", "aggregate", "mixture", "training"]
    assert report["quality"]["rows"][0]["recall"] == found.rows[0].recall._asdict()
    assert report["quality"]["n"] == found.n


@pytest.mark.usefixtures("few_integrals")
def test_a_report_without_it_says_nothing_of_it() -> None:
    shipped = vae.checkpoints.read("digits-2d")
    diagnosis = diagnose(shipped.model(), load("digits"), draws=1, samples=1)
    assert to_dict(diagnosis, "digits-2d", "digits")["quality"] is None
    assert "Quality of samples" not in to_html(diagnosis, shipped, "one", "digits")


def test_it_is_told_of_the_data_set_that_the_model_was_trained_on_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "model.safetensors"
    made = checkpoint(points=360)
    vae.checkpoints.write(file, made._replace(summary=replace(made.summary, data="mnist")))
    assert main(["report", str(file), "--data", "digits", "--quality"]) == 2
    assert "--quality: is told of mnist" in capsys.readouterr().err
