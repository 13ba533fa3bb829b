"""The Models page, through the whole app."""

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apptest import MODELS, Downloads, checked, go, open_page, save, shown, texts
from safetensors.numpy import save as save_tensors
from streamlit.testing.v1 import AppTest
from tiny import Correlated, Doubled, checkpoint, config

from pages.components.services.catalogue import trained_at
from vae import TrainConfig
from vae.checkpoints.checkpoint import peek, write
from vae.models.likelihoods import Bernoulli, Gaussian
from vae.models.objectives import OBJECTIVES
from vae.models.priors import PRIORS
from vae.runs.request import Request
from vae.runs.store import create

pytestmark = pytest.mark.usefixtures("runs_dir")

SHIPPED = Path(__file__).parent.parent / "checkpoints"


def table(app: AppTest) -> dict[str, dict[str, Any]]:
    """The rows of the table by the models' names."""
    rows = app.dataframe[0].value.to_dict("records")
    by_name = {str(row["Model"]): {str(name): value for name, value in row.items()} for row in rows}
    assert len(by_name) == len(rows), "no two look alike"
    return by_name


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    (uploader,) = app.file_uploader
    return checked(uploader.upload(name, content).run())


def content(tmp_path: Path, latent_dim: int = 2) -> bytes:
    """A good checkpoint's file."""
    path = tmp_path / "made.safetensors"
    write(path, checkpoint(config(latent_dim=latent_dim)))
    return path.read_bytes()


def file_names(runs_dir: Path) -> list[str]:
    """Names of everything below the folder for runs, and the folders beside it."""
    beside = {path.name for path in runs_dir.parent.iterdir()} - {"runs", "made.safetensors"}
    return sorted([*beside, *(str(path.relative_to(runs_dir)) for path in runs_dir.rglob("*") if path.is_file())])


def test_the_table_shows_what_the_checkpoints_say():
    rows = table(open_page("models"))
    files = sorted(SHIPPED.glob("*.safetensors"))
    assert files
    assert len(rows) == len(files)
    for path in files:
        known = peek(path)
        (row,) = (row for row in rows.values() if row["Minus the ELBO"] == known.summary.neg_elbo)
        assert row["Reconstruction"] == known.summary.recon
        assert row["KL"] == known.summary.kl
        assert row["Minus the ELBO"] == pytest.approx(row["Reconstruction"] + row["KL"], abs=0.01)
        assert row["Latent"] == known.config.latent_dim
        ends = known.config.beta_range or (known.summary.train.beta,)
        assert row["β"].removesuffix(", here 1") == " to ".join(f"{beta:g}" for beta in ends)
        assert row["Epochs"] == f"{known.summary.epochs:,}"
        assert row["Likelihood"] == known.config.likelihood.title
        assert row["Origin"] == "Shipped"
        assert row["Trained"] == trained_at(known.summary)[:10]
        assert row["Network"] == f"{known.config.network.title}, {known.config.parameters / 1e6:.1f} M weights"


def test_a_prior_and_an_objective_are_listed_where_a_model_has_another(runs_dir: Path, monkeypatch: pytest.MonkeyPatch):
    def columns() -> list[str]:
        return list(open_page("models").dataframe[0].proto.column_order)

    assert "Likelihood" in columns()
    assert not {"Prior", "Objective"} & set(columns()), "all have the usual ones"
    monkeypatch.setitem(PRIORS, Correlated.kind, Correlated)
    monkeypatch.setitem(OBJECTIVES, Doubled.kind, Doubled)
    other = checkpoint(replace(config(), prior=Correlated()))
    save(other, runs_dir, "upload-prior")
    assert {"Prior", "Objective"} & set(columns()) == {"Prior"}
    train = replace(other.summary.train, objective=Doubled())
    save(other._replace(summary=replace(other.summary, train=train)), runs_dir, "upload-both")
    assert {"Prior", "Objective"} < set(columns())
    told = {(row["Prior"], row["Objective"]) for row in table(open_page("models")).values()}
    assert {("N(0, I)", "ELBO"), (Correlated.title, "doubled")} <= told


def test_nats_of_grey_pixels_say_what_they_are_and_those_of_a_density_do_not(runs_dir: Path, shipped: Path):
    for name, likelihood in (("normal", Gaussian()), ("grey", Bernoulli())):  # the second stands beside the first
        save(checkpoint(replace(config(), likelihood=likelihood)), runs_dir, f"upload-{name}")
        (caption,) = (text.value for text in open_page("models").caption if "minus the ELBO" in text.value)
        assert ("where pixels are grey, a cross entropy, no log-likelihood" in caption) == likelihood.of_two


def test_every_kind_of_model_has_a_row(runs_dir: Path, shipped: Path):
    for kind, model in MODELS.items():
        save(model, runs_dir, f"upload-{kind}")
    rows = table(open_page("models"))
    assert len(rows) == len(MODELS)
    assert {row["Latent"] for row in rows.values()} == {1, 2, 5}
    assert {row["Origin"] for row in rows.values()} == {"Uploaded"}
    assert {row["Minus the ELBO"] for row in rows.values()} == {23.75}


def test_a_stopped_training_shows_both_numbers_of_epochs(runs_dir: Path, shipped: Path):
    made = checkpoint()
    stopped = replace(made.summary, epochs=13, train=replace(made.summary.train, epochs=3000))
    save(made._replace(summary=stopped), runs_dir, "upload-stopped")
    (row,) = table(open_page("models")).values()
    assert row["Epochs"] == "13 of 3,000"


def test_what_is_in_use_can_be_downloaded(runs_dir: Path, downloads: Downloads):
    path = save(MODELS["five"], runs_dir, "upload-five")
    app = open_page("models", "upload-five")
    assert "upload-five.safetensors" in texts(app)
    assert "Trained on 10 images for 1 epochs with seed 0" in texts(app)
    assert downloads.content(app, "Download this checkpoint") == path.read_bytes()
    checked(app.selectbox(key="model_picker").select("mnist-2d").run())
    assert downloads.content(app, "Download this checkpoint") == (SHIPPED / "mnist-2d.safetensors").read_bytes()


def test_a_run_goes_by_its_own_name_not_by_that_of_its_file(runs_dir: Path):
    run = "20250101-120000-000000"
    write(runs_dir / run / "model.safetensors", MODELS["five"])
    assert f"from `{run}.safetensors`" in texts(open_page("models", run))


def test_a_model_that_was_trained_here_is_named_and_goes_by_that_name(runs_dir: Path):
    run = create(Request("digits", config(), TrainConfig(epochs=1)))
    write(run.folder / "model.safetensors", MODELS["plane"])
    app = open_page("models", run.id)
    before = app.session_state["model"]
    checked(app.text_input(key=f"models_name_{run.id}").set_value("Mine").run())
    assert app.session_state["model"] == before == run.id
    (title,) = (title for title in table(app) if title.startswith("Mine · "))
    assert title in app.selectbox(key="model_picker").options
    checked(app.text_input(key=f"models_name_{run.id}").set_value("").run())
    assert title.removeprefix("Mine · ") in table(app)
    assert not [field for field in open_page("models").text_input if field.label == "Name"], "not of one that ships"


def test_deleting_an_upload_asks_first_and_the_default_takes_its_place(runs_dir: Path):
    path = save(MODELS["five"], runs_dir, "upload-five")
    other = save(MODELS["conv"], runs_dir, "upload-conv")
    app = open_page("models", "upload-five")
    checked(app.button(key="models_delete_upload-five").click().run())
    checked(app.button(key="models_keep").click().run())
    assert path.exists()
    checked(app.button(key="models_delete_upload-five").click().run())
    checked(app.button(key="models_delete").click().run())
    assert not path.exists()
    assert other.exists()
    checked(app.run())
    assert app.session_state["model"] == "mnist-2d"
    assert not any(title.endswith("five") for title in table(app))
    checked(app.button(key="models_delete_upload-conv").click().run())
    other.unlink()  # by somebody who was faster
    checked(app.button(key="models_delete").click().run())
    assert not app.toast


def test_only_uploads_can_be_deleted_damaged_ones_too(runs_dir: Path):
    run = runs_dir / "20250101-120000-000000" / "model.safetensors"
    write(run, MODELS["five"])
    run.write_bytes(b"nothing")
    path = save(MODELS["conv"], runs_dir, "upload-conv")
    path.write_bytes(b"nothing")
    app = open_page("models")
    assert len(app.error) == 2
    (key,) = (button.key for button in app.button if button.label == "Delete")
    assert key == "models_delete_upload-conv"
    checked(app.button(key=key).click().run())
    checked(app.button(key="models_delete").click().run())
    assert not path.exists()
    assert run.exists()


def test_damaged_files_are_named_beside_good_ones(runs_dir: Path):
    good = save(MODELS["conv"], runs_dir, "upload-good")
    (good.parent / "upload-cut.safetensors").write_bytes(good.read_bytes()[:-100])
    (good.parent / "upload-empty.safetensors").write_bytes(b"")
    app = open_page("models", "upload-good")
    assert app.session_state["model"] == "upload-good"
    assert len(app.error) == 2
    for name in ("upload-cut.safetensors", "upload-empty.safetensors"):
        assert sum(name in error.value for error in app.error) == 1
    assert any(title.endswith("good") for title in table(app))
    assert len(table(app)) == 1 + len([*SHIPPED.glob("*.safetensors")])
    assert not any("cut" in option for option in app.selectbox(key="model_picker").options)
    assert shown(go(app, "sample"))["samples"]


def test_an_upload_is_kept_and_in_use_at_once(runs_dir: Path, tmp_path: Path):
    app = open_page("models")
    file = content(tmp_path, 5)
    upload(app, "mine.safetensors", file)
    assert app.session_state["model"] == "upload-mine"
    assert file_names(runs_dir) == ["uploads/upload-mine.safetensors"]
    assert (runs_dir / "uploads" / "upload-mine.safetensors").read_bytes() == file
    assert not app.error
    assert any(title.endswith("mine") for title in table(app))
    checked(app.run())
    assert len(file_names(runs_dir)) == 1, "it is taken once, not at every rerun"
    checked(app.selectbox(key="model_picker").select("mnist-2d").run())
    assert app.session_state["model"] == "mnist-2d", "another one can be chosen while it lies in the uploader"
    assert len(file_names(runs_dir)) == 1
    assert np.shape(shown(go(open_page("models", "upload-mine"), "sample"))["samples"]) == (64, 5)


def wrong_files(tmp_path: Path) -> dict[str, bytes]:
    good = content(tmp_path)
    return {
        "empty": b"",
        "text": b"this is no checkpoint",
        "cut": good[:-1],
        "longer": good + b"\0",
        "pickle": b"PK\x03\x04" + bytes(100),
        "another": save_tensors({"weight": np.zeros(3, np.float32)}),
        "nan": good[:-400] + b"\xff" * 400,
    }


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "longer", "pickle", "another", "nan"])
def test_a_wrong_file_changes_nothing(kind: str, runs_dir: Path, tmp_path: Path):
    save(MODELS["conv"], runs_dir, "upload-conv")
    before = file_names(runs_dir)
    app = open_page("models", "upload-conv")
    rows = table(app)
    upload(app, f"{kind}.safetensors", wrong_files(tmp_path)[kind])
    (error,) = app.error
    assert error.value.startswith(f"{kind}.safetensors: ")
    assert error.value.endswith("The model in use stays as it was.")
    assert app.session_state["model"] == "upload-conv"
    assert file_names(runs_dir) == before
    assert table(app) == rows
    upload(app, "good.safetensors", content(tmp_path))
    assert not app.error, "and the next one is welcome"
    assert app.session_state["model"] == "upload-good"


FAILS = {
    "no space": (OSError(errno.ENOSPC, "No space left on device", "/srv/secret/file"), "No space left on device"),
    "gone": (FileNotFoundError(errno.ENOENT, "No such file or directory"), "No such file or directory"),
    "nameless": (OSError(), "OSError"),
    "memory": (MemoryError(), "too little memory"),
}


@pytest.mark.parametrize(
    "where", ["catalogue.checkpoint.read_bytes", "catalogue.write_atomic", "catalogue._check_room", "models.use_model"]
)
@pytest.mark.parametrize("kind", FAILS)
def test_an_upload_that_the_server_fails_at_is_told_once_and_given_back(
    kind: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    error, said = FAILS[kind]
    given_back = []

    def fail(*_: object) -> None:
        raise error

    app = open_page("models")
    good = content(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("pages.components.server.uploads.give_back", lambda file: given_back.append(file.name))
        patch.setattr(f"pages.components.services.{where}", fail)
        app.file_uploader[0].upload("mine.safetensors", good)
        checked(app.run())
    assert given_back == ["mine.safetensors"]
    (shown_error,) = app.error
    assert shown_error.value.startswith("mine.safetensors: could not be kept (")
    assert said in shown_error.value
    assert "secret" not in shown_error.value
    assert shown_error.value.endswith("The model in use stays as it was.")
    assert app.session_state["model"] == "mnist-2d"
    assert not checked(app.run()).error, "it is not tried again"
    upload(app, "good.safetensors", good)
    assert app.session_state["model"] == "upload-good"


def test_an_upload_is_given_back_whatever_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    app = open_page("models")
    app.file_uploader[0].upload("mine.safetensors", content(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr("pages.components.services.catalogue.checkpoint.read_bytes", fail)
        app.run()
        assert len(app.exception) == 1
        checked(app.run())


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../evil.safetensors", "evil"),
        ("..\\..\\evil.safetensors", "evil"),
        ("/etc/evil.safetensors", "evil"),
        ("ünï code (1).safetensors", "ünï-code-1"),
        (".hidden.safetensors", "hidden"),
        ("a__b**c.safetensors", "a__b-c"),
        ("mnist-2d.safetensors", "mnist-2d"),
        ("....safetensors", "upload"),
        ("(!).safetensors", "upload"),
    ],
)
def test_any_name_of_an_upload_stays_in_the_folder(name: str, stem: str, runs_dir: Path, tmp_path: Path):
    app = open_page("models")
    upload(app, name, content(tmp_path))
    assert not app.error
    assert file_names(runs_dir) == [f"uploads/upload-{stem}.safetensors"]
    assert app.session_state["model"] == f"upload-{stem}"
    assert shown(go(app, "explore"))["points"]


def test_a_name_that_no_file_system_takes_is_cut(runs_dir: Path, tmp_path: Path):
    app = open_page("models")
    for letter in ("x", "れ"):
        upload(app, f"{letter * 250}.safetensors", content(tmp_path))
        assert not app.error
        assert app.session_state["model"].startswith(f"upload-{letter * 20}")
    assert len(file_names(runs_dir)) == 2


def test_the_same_name_twice_gives_two_files(runs_dir: Path, tmp_path: Path):
    app = open_page("models")
    for latent_dim in (2, 3, 4):
        upload(app, "same.safetensors", content(tmp_path, latent_dim))
    assert file_names(runs_dir) == [f"uploads/upload-same{end}.safetensors" for end in ("-2", "-3", "")]
    assert app.session_state["model"] == "upload-same-3"
    assert {peek(path).config.latent_dim for path in (runs_dir / "uploads").iterdir()} == {2, 3, 4}


def test_a_folder_that_can_not_be_written_to_is_named(runs_dir: Path, tmp_path: Path):
    runs_dir.write_text("a file where the folder should be")
    app = open_page("models")
    upload(app, "mine.safetensors", content(tmp_path))
    assert "could not be written" in app.error[0].value
    assert str(runs_dir.parent) not in app.error[0].value
    assert app.session_state["model"] == "mnist-2d"
