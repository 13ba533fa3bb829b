"""What visitors read names files, and none of the server's folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from apptest import APP, checked, go, open_page, save, texts
from starlette.requests import Request
from streamlit.testing.v1 import AppTest
from tiny import checkpoint

from pages.components.server import assets
from pages.components.server.messages import without_paths
from pages.components.services import catalogue
from pages.components.widgets import model_header
from vae.checkpoints.checkpoint import SHIPPED_FOLDER


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("{runs}/uploads/upload-a.safetensors: damaged.", "upload-a.safetensors: damaged."),
        ("{runs}/20250101-000000-000000/request.json: no JSON.", "request.json: no JSON."),
        ("{runs}: no run can be stored there.", "The runs folder: no run can be stored there."),
        ("{data}/cells.npz: array a: bad.", "cells.npz: array a: bad."),
        ("{data}/MNIST/raw/t10k-images-idx3-ubyte: bad.", "t10k-images-idx3-ubyte: bad."),
        (
            "Put them into {data}/MNIST/raw, or train.",
            "Put them into the folder MNIST/raw in the data folder, or train.",
        ),
        ("Put it into {data}, or train.", "Put it into the data folder, or train."),
        ("The images are not in {data}.", "The images are not in the data folder."),
        ("A film could not be made: {runs}/a/film.mp4: full.", "A film could not be made: film.mp4: full."),
        ("{shipped}/mnist-2d.safetensors: gone.", "mnist-2d.safetensors: gone."),
        ("/srv/other/place.bin: gone.", "place.bin: gone."),
        (r"C:\Users\someone\place.bin: gone.", "place.bin: gone."),
        ("From -1/2 to 3 and/or https://example.org/a/b.", "From -1/2 to 3 and/or https://example.org/a/b."),
        ("E[-log p(x|z)] / image, 32 / 64", "E[-log p(x|z)] / image, 32 / 64"),
    ],
)
def test_a_message_keeps_names_and_loses_folders(message: str, shown: str, runs_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert without_paths(message.format(runs=runs_dir, data=data, shipped=SHIPPED_FOLDER)) == shown


def test_folders_with_spaces_that_are_links_or_relative_are_known_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my data").mkdir()
    (tmp_path / "linked data").symlink_to(tmp_path / "my data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAE_DATA_DIR", "linked data")
    for spelt in ("my data", "linked data"):
        assert without_paths(f"{tmp_path / spelt}/a.npz: bad.") == "a.npz: bad."


PAGES = ("explore", "sample", "interpolate", "traverse", "diagnose", "compare", "train", "models")


def test_no_page_shows_where_files_lie(runs_dir: Path, tmp_path: Path) -> None:
    """Every page, with a checkpoint, a data set and a run that can't be read."""
    save(checkpoint(), runs_dir, "upload-damaged").write_bytes(b"damaged")
    (runs_dir / "20250101-000000-000000").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cells.npz").write_bytes(b"PK\3\4")
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for kind, part in (
        ("train", "images-idx3"),
        ("train", "labels-idx1"),
        ("t10k", "images-idx3"),
        ("t10k", "labels-idx1"),
    ):
        (raw / f"{kind}-{part}-ubyte").write_bytes(b"damaged")
    app = open_page("explore", "upload-damaged")
    said = ""
    for page in PAGES:
        go(app, page)
        checked(app.run())
        helps = " ".join(element.help for kind in (app.selectbox, app.button, app.slider) for element in kind)
        said += texts(app) + helps + " ".join(toast.value for toast in app.toast)
    assert "upload-damaged.safetensors" in said
    assert "cells.npz" in said
    assert "request.json" in said
    assert str(tmp_path) not in said
    assert str(SHIPPED_FOLDER.parent) not in said


def test_what_the_browser_is_told_of_a_film_names_no_folder(runs_dir: Path) -> None:
    path = "/zscape/film/20250101-000000-000000/about"
    scope = {"type": "http", "path": path, "headers": [], "path_params": {"run": "20250101-000000-000000"}}
    answer = assets._film(Request(scope))
    assert answer.status_code == 404
    assert b"there is no run" in answer.body
    assert str(runs_dir).encode() not in answer.body


def test_an_error_that_nobody_thought_of_shows_no_folder_either(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[catalogue.Entry]:
        raise OSError(f"{runs_dir}/uploads: broken")

    monkeypatch.setattr(model_header, "entries", broken)
    (error,) = AppTest.from_file(APP, default_timeout=60).run().exception
    assert "OSError" in error.proto.type
    assert str(runs_dir.parent) not in error.message + "".join(error.stack_trace)
    assert str(SHIPPED_FOLDER.parent) not in "".join(error.stack_trace)
