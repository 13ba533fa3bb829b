"""Diagnoses that are kept: what is read is what was written, or nothing."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tiny import checkpoint, config

from vae.checkpoints.checkpoint import Checkpoint
from vae.data.sources import load
from vae.evaluation.diagnostics import Diagnosis, diagnose
from vae.models.distributions import DiagonalNormal
from vae.runs import diagnoses
from vae.runs.diagnoses import cache_of, digest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path))
    return tmp_path / "cache" / "diagnoses"


def made(data: str = "digits", count: int = 60) -> tuple[Checkpoint, Diagnosis]:
    """A model with the diagnosis of its points."""
    every = load(data)
    some = every.subset(torch.arange(0, len(every.images), len(every.images) // count)[:count])
    model = checkpoint(config("mlp-range", some.image_shape, 3), points=count)
    points = model.points_at(2.0)
    given = DiagonalNormal(torch.from_numpy(points.mean), torch.from_numpy(points.std))
    return model, diagnose(model.model(), some, 2.0, draws=2, starts=3, samples=1, given=given)


@pytest.mark.parametrize("data", ["digits", "sprites"])
def test_what_is_kept_is_found_as_it_was(data: str, folder: Path) -> None:
    model, diagnosis = made(data)
    cache_of(model, 2.0).put("one", diagnosis)
    again = cache_of(model, 2.0).get("one")
    assert again is not None
    assert again.to_dict() == diagnosis.to_dict()
    for field in fields(diagnosis):
        before, after = getattr(diagnosis, field.name), getattr(again, field.name)
        assert type(before) is type(after), field.name
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
            assert before.dtype == after.dtype
    assert diagnosis.examples is not None
    assert again.examples is not None
    for before, after in zip(diagnosis.examples, again.examples, strict=True):
        np.testing.assert_array_equal(before, after)
    if diagnosis.disentanglement is not None:
        assert again.disentanglement is not None
        np.testing.assert_array_equal(diagnosis.disentanglement.informations, again.disentanglement.informations)
    assert [path.name for path in folder.iterdir()] == ["one.safetensors"]


def test_posteriors_are_kept_where_the_checkpoint_has_none_of_its_own(folder: Path) -> None:
    model, diagnosis = made()
    assert model.keyframes is not None
    for beta, own in ((2.0, False), (float(model.keyframes.beta[3]), True), (model.summary.train.beta, True)):
        other = replace(diagnosis, beta=beta)
        assert (model.measured_at(beta) is not None) == own
        if not own:
            other = replace(other, mean=diagnosis.mean + 1, std=diagnosis.std * 2)
        cache_of(model, beta).put("one", other)
        again = cache_of(model, beta).get("one")
        assert again is not None
        expected = model.points_at(beta) if own else other
        if beta == model.summary.train.beta:
            expected = model.points
        np.testing.assert_array_equal(again.mean, expected.mean)
        np.testing.assert_array_equal(again.std, expected.std)
        assert ("mean" in load_file(folder / "one.safetensors")) != own


def test_its_name_stands_for_all_it_follows_from() -> None:
    model = checkpoint(config("mlp-range"))
    weights = {name: array.copy() for name, array in model.weights.items()}
    next(iter(weights.values())).flat[0] += 1
    assert model.keyframes is not None
    frames = model.keyframes._replace(mean=model.keyframes.mean + 1)
    names = [
        digest(model, 1.0, 1, 5),
        digest(model, 2.0, 1, 5),
        digest(model, 1.0, 2, 5),
        digest(model, 1.0, 1, 6),
        digest(model._replace(weights=weights), 1.0, 1, 5),
        digest(model._replace(keyframes=frames), 1.0, 1, 5),
        digest(model._replace(summary=replace(model.summary, data="mnist")), 1.0, 1, 5),
    ]
    assert len(set(names)) == len(names)
    assert digest(checkpoint(config("mlp-range")), 1.0, 1, 5) == names[0]


def test_a_file_that_is_damaged_counts_as_missing(folder: Path) -> None:
    model, diagnosis = made()
    cache_of(model, 2.0).put("one", diagnosis)
    path = folder / "one.safetensors"
    whole = path.read_bytes()
    generator = np.random.default_rng(0)
    for place in [0, 9, 200, *generator.integers(0, len(whole), 60).tolist()]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        again = cache_of(model, 2.0).get("one")
        # A bit that says nothing, such as a space of the header's padding, may change.
        assert again is None or again.to_dict() == diagnosis.to_dict()
        path.write_bytes(whole[:place])
        assert cache_of(model, 2.0).get("one") is None
    assert cache_of(model, 2.0).get("another") is None
    cache_of(model, 2.0).put("one", diagnosis)
    assert cache_of(model, 2.0).get("one") is not None


@pytest.mark.parametrize("field", ["activity", "parts", "disentanglement", "tomorrows"])
def test_a_file_whose_fields_are_not_todays_counts_as_missing(
    field: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, diagnosis = made()
    dumps = json.dumps

    def other(facts: dict[str, object], **options: Any) -> str:
        changed = {name: value for name, value in facts.items() if name != field}
        return dumps(changed if len(changed) < len(facts) else facts | {field: 1}, **options)

    with monkeypatch.context() as patch:
        patch.setattr(diagnoses.json, "dumps", other)
        cache_of(model, 2.0).put("one", diagnosis)
    assert (folder / "one.safetensors").exists()
    assert cache_of(model, 2.0).get("one") is None


def test_where_nothing_can_be_written_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    model, diagnosis = made()
    cache_of(model, 2.0).put("one", diagnosis)
    assert cache_of(model, 2.0).get("one") is None
