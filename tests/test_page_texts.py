"""Pages of models, runs and data sets whose files say anything."""

import os
from pathlib import Path

import pytest
from apptest import checked, open_page, save, texts
from tiny import checkpoint, config

from benchmarks.texts import PAGES, as_read, draw_pages, hostile_checkpoint, names, scatter
from vae.errors import CheckpointError
from vae.texts import markdown

pytestmark = pytest.mark.usefixtures("runs_dir", "shipped")


def test_no_text_of_a_file_stops_a_page_or_is_rendered(runs_dir: Path, tmp_path: Path):
    models = scatter(runs_dir, tmp_path / "data", [*names(140, seed=1)[::2], "\udcff"])
    pages, exceptions, shown, rendered = draw_pages(models[:1])
    assert pages == len(PAGES)
    assert shown > 50
    assert (exceptions, rendered) == (0, 0)


def test_an_upload_that_can_not_be_shown_is_left_out_of_lists_and_can_be_deleted(runs_dir: Path):
    uploads = save(checkpoint(config(latent_dim=5)), runs_dir, "upload-good").parent
    bad = uploads / "upload-bad.safetensors"
    bad.write_bytes(hostile_checkpoint([], data="a\ud800b"))
    odd = Path(os.fsdecode(os.fsencode(uploads) + b"/\xff![x](y).safetensors"))
    odd.write_bytes(hostile_checkpoint(["\x1b[31m"]))
    for page in PAGES:
        app = open_page(page, "upload-good")
        if page != "train":
            key = "compare_a" if page == "compare" else "model_picker"
            assert "2 can't be read and are left out." in app.selectbox(key=key).help
            assert len(app.selectbox(key=key).options) == 1
    app = open_page("models", "upload-bad")
    assert r"summary.data: a text of up to 200 characters" in texts(app)
    assert r"'a\ud800b'" in as_read("\n".join(error.value for error in app.error))
    for key, path in (("upload-bad", bad), ("-x-y-", odd)):
        checked(app.button(key=f"models_delete_{key}").click().run())
        checked(app.button(key="models_delete").click().run())
        assert not path.exists()
    assert not checked(app.run()).error


def test_whatever_a_reader_raises_one_file_does_not_stop_the_others(runs_dir: Path, monkeypatch: pytest.MonkeyPatch):
    save(checkpoint(config(latent_dim=5)), runs_dir, "upload-good")
    save(checkpoint(), runs_dir, "upload-strange")
    from vae.checkpoints.checkpoint import peek

    def strange(path: str | Path) -> object:
        if "strange" in str(path):
            raise ArithmeticError("nobody thought of ![this](x)")
        return peek(path)

    monkeypatch.setattr("vae.checkpoints.checkpoint.peek", strange)
    for page in PAGES:
        app = open_page(page, "upload-good")
        assert app.session_state["model"] == "upload-good"
    app = open_page("models")
    (error,) = app.error
    assert markdown("ArithmeticError: nobody thought of ![this](x)") in error.value
    assert any(button.key == "models_delete_upload-strange" for button in app.button)


def test_the_upload_of_what_can_not_be_shown_is_refused(runs_dir: Path):
    app = open_page("models")
    checked(
        app.file_uploader(key="models_upload_0")
        .upload("*x*.safetensors", hostile_checkpoint([], data="a\ud800b"))
        .run()
    )
    (error,) = app.error
    assert error.value.startswith(r"\*x\*.safetensors: summary.data: ")
    assert not list(runs_dir.rglob("*.safetensors"))
    with pytest.raises(CheckpointError, match="classes"):
        save(
            checkpoint()._replace(points=checkpoint().points._replace(classes=("a\n", "b", "c"))),
            runs_dir,
            "upload-never",
        )
