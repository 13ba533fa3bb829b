"""The models there are and the one in use, on whatever page."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from apptest import MODELS, checked, go, open_page, save, shown, texts
from tiny import checkpoint, config

from pages.components.services import catalogue
from pages.components.services.catalogue import delete_upload, entries, save_upload, trained_at
from pages.components.services.models import use_model
from vae import CheckpointError, VAEError
from vae.checkpoints.checkpoint import write

PAGES = ("explore", "sample", "interpolate", "models")


@pytest.fixture(autouse=True)
def folder(runs_dir: Path) -> Path:
    return runs_dir


def run_with(model_of: str, runs_dir: Path, name: str = "20250101-120000-000000") -> Path:
    """A finished training run."""
    path = runs_dir / name / "model.safetensors"
    write(path, MODELS[model_of])
    return path


def damage(path: Path) -> None:
    """Leaves the header whole, so that only reading all of it finds out."""
    content = path.read_bytes()
    path.write_bytes(content[:-400] + b"\xff" * 400)


def toasts(app) -> str:
    return "\n".join(toast.value for toast in app.toast)


def test_entries_say_where_each_model_is_from(folder: Path, shipped: Path):
    write(shipped / "mnist-2d.safetensors", checkpoint())
    save(MODELS["five"], folder, "upload-five")
    run_with("conv", folder)
    by_name = {entry.name: entry for entry in entries()}
    assert [(name, entry.origin) for name, entry in by_name.items()] == [
        ("mnist-2d", "Shipped"),
        ("upload-five", "Uploaded"),
        ("20250101-120000-000000", "Trained here"),
    ]
    assert by_name["mnist-2d"].title == "Digits 8x8, 2-D, β 1"
    assert by_name["upload-five"].title == "Digits 8x8, 5-D, β 1 · five"
    assert by_name["20250101-120000-000000"].title == f"Digits 8x8, 2-D, β 1 · {trained_at(checkpoint().summary)}"
    assert all(entry.header is not None and not entry.error for entry in by_name.values())


def test_runs_can_be_told_apart(folder: Path, shipped: Path):
    made = MODELS["five"]
    for second, epochs in ((1, 3000), (2, 13)):
        training = replace(made.summary.train, epochs=3000)
        summary = replace(made.summary, date=f"2025-01-01T00:00:0{second}+00:00", epochs=epochs, train=training)
        write(folder / f"20250101-00000{second}-000000" / "model.safetensors", made._replace(summary=summary))
    stopped, finished = (entry.title for entry in entries())
    assert finished.endswith(":01")
    assert stopped.endswith(":02 · 13 of 3,000 epochs")


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process can't be changed here")
@pytest.mark.parametrize(
    ("zone", "date", "shown"),
    [
        ("HERE-5:30", "2025-01-01T23:59:58+00:00", "2025-01-02 05:29:58"),
        ("HERE+3", "2025-01-01T00:00:00+00:00", "2024-12-31 21:00:00"),
        ("HERE+3", "last Tuesday", "last Tuesday"),
        ("HERE+3", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_times_are_those_of_the_clock_here(zone: str, date: str, shown: str, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as here:
        here.setenv("TZ", zone)
        time.tzset()
        assert trained_at(replace(checkpoint().summary, date=date)) == shown
    time.tzset()


def test_an_entry_that_can_not_be_read_says_why(folder: Path, shipped: Path):
    path = save(MODELS["five"], folder, "upload-five")
    path.write_bytes(b"nothing")
    (entry,) = entries()
    assert entry.header is None
    assert entry.title == "upload-five (can't be read)"
    assert str(path) in entry.error


def test_names_are_unique_whatever_lies_in_the_folders(folder: Path):
    for name in ("mnist-2d", "digits-2d", "20250101-120000-000000"):
        save(MODELS["five"], folder, name)
    run_with("conv", folder)
    names = [entry.name for entry in entries()]
    assert len(set(names)) == len(names)
    shipped = {entry.name: entry.path for entry in entries() if entry.origin == "Shipped"}
    assert shipped["mnist-2d"] == catalogue.SHIPPED_FOLDER / "mnist-2d.safetensors"
    for entry in entries():
        use_model(entry.path)
        assert st.session_state["model"] == entry.name
    del st.session_state["model"]


def test_an_upload_is_checked_before_it_is_kept(folder: Path):
    with pytest.raises(CheckpointError, match=r"wrong\.safetensors: "):
        save_upload("wrong.safetensors", b"wrong")
    assert not folder.exists()


def test_nothing_but_an_upload_is_deleted(folder: Path):
    upload = save(MODELS["five"], folder, "upload-five")
    (entry,) = (entry for entry in entries() if entry.path == upload)
    run = run_with("conv", folder)
    outside = folder / "outside.safetensors"
    write(outside, checkpoint())
    (upload.parent / "notes.txt").write_text("mine")
    (upload.parent / "upload-link.safetensors").symlink_to(outside)
    shipped = catalogue.SHIPPED_FOLDER / "mnist-2d.safetensors"
    for path in (run, shipped, upload.parent / "notes.txt", upload.parent / "../outside.safetensors", upload.parent):
        with pytest.raises(VAEError, match="not an upload"):
            delete_upload(entry._replace(path=path))
        assert path.exists()
    delete_upload(entry._replace(path=upload.parent / "upload-link.safetensors"))
    assert outside.exists(), "a link goes, not what it leads to"
    delete_upload(entry)
    assert not upload.exists()
    delete_upload(entry)


def test_what_is_not_among_the_models_can_not_be_used(tmp_path: Path):
    write(tmp_path / "elsewhere.safetensors", checkpoint())
    with pytest.raises(VAEError, match="not among the models"):
        use_model(tmp_path / "elsewhere.safetensors")
    with pytest.raises(VAEError, match="could not be read"):
        use_model(tmp_path / "nowhere.safetensors")
    assert "model" not in st.session_state


@pytest.mark.parametrize("page", PAGES)
def test_no_model_at_all(page: str, shipped: Path):
    app = open_page(page)
    assert any("no model yet" in info.value for info in app.info)
    assert not app.get("bidi_component")
    assert not app.error
    assert not app.selectbox


def test_the_first_upload_where_there_was_no_model(shipped: Path, folder: Path, tmp_path: Path):
    app = open_page("models")
    write(tmp_path / "made", checkpoint())
    app.file_uploader(key="models_upload_0").upload("first.safetensors", (tmp_path / "made").read_bytes())
    checked(app.run())
    assert app.session_state["model"] == "upload-first"
    assert app.query_params["model"] == "upload-first"
    assert shown(go(app, "explore"))["points"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["upload-nothing", "../../etc/passwd", "", "x" * 5000, "`*_[a](b)"])
def test_an_unknown_model_in_the_address(page: str, name: str):
    app = open_page(page, name)
    assert app.session_state["model"] == "mnist-2d"
    assert "model" not in app.query_params
    assert not app.error


def test_an_unknown_model_is_said_once_with_the_one_that_is_shown(folder: Path, shipped: Path):
    save(MODELS["five"], folder, "upload-five")
    app = open_page("explore", "upload-five")
    assert not app.toast
    (folder / "uploads" / "upload-five.safetensors").rename(folder / "uploads" / "upload-other.safetensors")
    checked(app.run())
    assert app.session_state["model"] == "upload-other"
    assert "upload-five" in toasts(app)
    assert "Digits 8x8, 5-D, β 1 · other" in toasts(app)
    checked(app.run())
    assert not app.toast


@pytest.mark.parametrize("page", PAGES)
def test_the_file_of_the_model_in_use_disappears(page: str, folder: Path):
    path = save(MODELS["conv"], folder, "upload-conv")
    app = open_page(page, "upload-conv")
    path.unlink()
    checked(app.run())
    assert app.session_state["model"] == "mnist-2d"
    assert "upload-conv" in toasts(app)
    assert len(app.selectbox(key="model_picker").options) == len([*catalogue.SHIPPED_FOLDER.glob("*.safetensors")])


@pytest.mark.parametrize("how", ["whole", "tensors"])
@pytest.mark.parametrize("page", PAGES)
def test_the_file_of_the_model_in_use_is_damaged(page: str, how: str, folder: Path):
    path = save(MODELS["conv"], folder, "upload-conv")
    app = open_page(page, "upload-conv")
    if how == "whole":
        path.write_bytes(b"nothing")
    else:
        damage(path)
    checked(app.run())
    assert app.session_state["model"] == "mnist-2d"
    assert any(path.name in error.value for error in app.error)
    assert not any(str(path.parent) in error.value for error in app.error)
    checked(app.run())
    if page != "models":  # which lists what can't be read
        assert not app.error, "said once"


def test_a_damaged_default_is_named_once_and_the_next_one_opens(shipped: Path, folder: Path):
    (shipped / "mnist-2d.safetensors").write_bytes(b"nothing")
    save(MODELS["five"], folder, "upload-five")
    app = open_page("sample")
    assert app.session_state["model"] == "upload-five"
    assert len(shown(app)["samples"][0]) == 5


@pytest.mark.parametrize("page", PAGES)
def test_when_all_are_damaged_each_is_named_once(page: str, shipped: Path, folder: Path):
    paths = [shipped / "mnist-2d.safetensors", save(MODELS["five"], folder, "upload-five")]
    for path in paths:
        path.write_bytes(b"nothing")
    app = open_page(page)
    assert "None of the models can be read" in texts(app)
    for path in paths:
        named = [error.value for error in app.error if path.name in error.value]
        assert len(named) == (2 if page == "models" else 1)
    assert not app.get("bidi_component")


def test_a_damaged_choice_leaves_the_model_in_use(folder: Path):
    save(MODELS["conv"], folder, "upload-conv")
    path = save(MODELS["five"], folder, "upload-five")
    app = open_page("sample", "upload-conv")
    before = shown(app)["program"]
    damage(path)
    checked(app.selectbox(key="model_picker").select("upload-five").run())
    assert app.session_state["model"] == "upload-conv"
    assert app.selectbox(key="model_picker").value == "upload-conv"
    assert shown(app)["program"] == before
    assert path.name in toasts(app)
    assert str(path.parent) not in toasts(app)


def test_the_address_names_the_model_and_a_new_session_finds_it(folder: Path):
    path = run_with("five", folder)
    save(MODELS["conv"], folder, "upload-conv")
    app = open_page("sample")
    assert "model" not in app.query_params
    checked(app.selectbox(key="model_picker").select(path.parent.name).run())
    assert app.query_params["model"] == path.parent.name
    again = open_page("sample", path.parent.name)
    assert shown(again)["samples"] == shown(app)["samples"]
    checked(app.selectbox(key="model_picker").select("mnist-2d").run())
    assert "model" not in app.query_params
    assert again.session_state["model"] == path.parent.name, "sessions choose for themselves"


def test_two_models_side_by_side_in_two_sessions(folder: Path):
    for kind in ("five", "line"):
        save(MODELS[kind], folder, f"upload-{kind}")
    one, other = open_page("sample", "upload-five"), open_page("sample", "upload-line")
    assert np.shape(shown(checked(one.run()))["samples"]) == (64, 5)
    assert np.shape(shown(checked(other.run()))["samples"]) == (64, 1)


def test_a_new_model_appears_without_a_restart(folder: Path):
    app = open_page("sample")
    before = app.selectbox(key="model_picker").options
    save(checkpoint(config(latent_dim=3)), folder, "upload-new")
    checked(app.run())
    assert {*app.selectbox(key="model_picker").options} - {*before} == {"Digits 8x8, 3-D, β 1 · new"}
