"""What visitors can't do to a server that only shows, and how much there may be of what they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apptest import MODELS, checked, fetched, go, open_page, save, shown, texts
from tiny import config

import vae.checkpoints
from pages.components.server import assets, uploads
from pages.components.server.uploads import UploadLimit
from pages.components.services import catalogue, models
from pages.components.services.catalogue import Entry, delete_upload, entries, save_upload
from vae import TrainConfig
from vae.cache import Cache, size_of
from vae.checkpoints.checkpoint import Checkpoint
from vae.errors import RunError, VAEError
from vae.limits import read_only
from vae.runs import store
from vae.runs.request import Request
from vae.runs.status import Status, try_write_status
from vae.runs.store import Run

pytestmark = pytest.mark.usefixtures("runs_dir")


@pytest.fixture
def ended(runs_dir: Path) -> Run:
    """A run that was stopped and could be resumed."""
    run = store.create(Request("digits", config(), TrainConfig(epochs=2)))
    assert try_write_status(run.folder, Status("stopped", resumable=True))
    return run


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, its size and when it was written."""
    stats = {path: path.stat() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {str(path): (status.st_size, status.st_mtime_ns) for path, status in stats.items()}


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_a_server_that_only_shows_refuses_whatever_would_change_it(
    value: str, ended: Run, runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = save(MODELS["plane"], runs_dir, "upload-plane")
    entry = next(entry for entry in entries() if entry.path == upload)
    before = everything(runs_dir)
    monkeypatch.setenv("VAE_READ_ONLY", value)
    request = ended.request
    assert request is not None
    attempts: list[Callable[[], object]] = [
        lambda: store.start(request),
        lambda: store.create(request),
        lambda: store.resume(ended.folder),
        ended.resume,
        ended.reopen,
        ended.stop,
        ended.delete,
        lambda: ended.rename("other"),
        lambda: save_upload("more.safetensors", upload.read_bytes()),
        lambda: delete_upload(entry),
    ]
    for attempt in attempts:
        with pytest.raises(VAEError, match="VAE_READ_ONLY"):
            attempt()
    assert everything(runs_dir) == before


@pytest.mark.parametrize("value", ["", "0", "no", "off", "False"])
def test_one_that_is_not_told_to_only_show_does_not(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_READ_ONLY", value)
    assert not read_only()


def test_pages_of_a_server_that_only_shows_say_so_and_offer_nothing_else(
    ended: Run, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(MODELS["plane"], runs_dir, "upload-plane")
    (runs_dir / "uploads" / "upload-broken.safetensors").write_bytes(b"")
    going = store.create(Request("digits", config(), TrainConfig(epochs=3)))
    offered = {"train_start", "train_resume", "train_stop", f"train_delete_{ended.id}", f"train_resume_{ended.id}"}
    offered |= {"models_delete_upload-plane", "models_delete_upload-broken"}

    def visit() -> tuple[set[str], int, str]:
        keys: set[str] = set()
        said, uploaders = "", 0
        for page, run in (("train", ended.id), ("train", going.id), ("models", "")):
            app = open_page("explore")
            app.query_params["run"] = run
            app = go(app, page)
            keys |= {str(button.key) for button in app.button}
            uploaders += len(app.file_uploader)
            said += texts(app)
        return keys, uploaders, said

    keys, uploaders, said = visit()
    assert offered <= keys
    assert uploaders == 1
    assert "only shows" not in said
    before = everything(runs_dir)
    monkeypatch.setenv("VAE_READ_ONLY", "1")
    keys, uploaders, said = visit()
    assert not offered & keys
    assert f"train_show_{ended.id}" in keys or f"train_show_{going.id}" in keys
    assert uploaders == 0
    assert "trains none" in said
    assert "python -m vae train" in said
    assert "nothing can be uploaded" in said
    assert everything(runs_dir) == before


def test_what_sets_up_a_training_is_not_offered_on_the_map_either(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(MODELS["plane"], runs_dir, "upload-plane")
    assert shown(open_page("explore", "upload-plane"))["offer"] is True
    monkeypatch.setenv("VAE_READ_ONLY", "1")
    assert shown(open_page("explore", "upload-plane"))["offer"] is False


def test_a_button_that_was_drawn_before_acts_no_more(ended: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("train")
    button = app.button(key=f"train_delete_{ended.id}")
    checked(button.click().run())
    monkeypatch.setenv("VAE_READ_ONLY", "1")
    checked(app.button(key="train_delete").click().run())
    assert ended.folder.is_dir()


def test_so_many_trainings_wait_and_no_more(ended: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_WAITING", 2)
    monkeypatch.setattr(store, "_start_process", lambda run: None)
    request = ended.request
    assert request is not None
    for _ in range(3):  # one trains, two wait
        store.start(request)
    known = len(store.list_runs())
    for attempt in (lambda: store.start(request), ended.resume):
        with pytest.raises(RunError, match=r"2 trainings wait already.*Wait until one has ended, or stop one"):
            attempt()
    assert len(store.list_runs()) == known
    assert ended.status().state == "stopped"


def test_so_many_uploads_are_kept_and_no_more(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = save(MODELS["plane"], runs_dir, "upload-one").read_bytes()
    monkeypatch.setattr(catalogue, "MAX_UPLOADS", 2)
    save_upload("two.safetensors", content)
    with pytest.raises(VAEError, match=r"three\.safetensors: there are 2 uploads.*Delete one first"):
        save_upload("three.safetensors", content)
    monkeypatch.setattr(catalogue, "MAX_UPLOADS", 9)
    monkeypatch.setattr(catalogue, "MAX_UPLOADS_BYTES", 3 * len(content) - 1)
    with pytest.raises(VAEError, match=r"that they may have together\. Delete some first"):
        save_upload("three.safetensors", content)
    monkeypatch.setattr(catalogue, "MAX_UPLOADS_BYTES", 3 * len(content))
    monkeypatch.setattr(catalogue, "MAX_UPLOAD_MIB", 0)
    with pytest.raises(VAEError, match="larger than 0 MB"):
        save_upload("three.safetensors", content)
    monkeypatch.setattr(catalogue, "MAX_UPLOAD_MIB", 1)
    assert save_upload("three.safetensors", content).read_bytes() == content
    assert len(list((runs_dir / "uploads").iterdir())) == 3


def put(path: str, length: str | None, method: str = "PUT") -> tuple[int, bool]:
    """What a client is answered that sends a file, and whether the file got through."""
    passed: list[Any] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("it was read")

    headers = [] if length is None else [(b"content-length", length.encode())]
    scope: Any = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(UploadLimit(app)(scope, receive, send))
    return sent[0]["status"], bool(passed)


UPLOAD = "/base/_stcore/upload_file/session/file"


@pytest.mark.parametrize("length", ["10", None, "-1", "nonsense"])
def test_files_are_refused_before_they_are_read(length: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(UPLOAD, length) == (204, True)
    monkeypatch.setattr(uploads, "_held_bytes", lambda: uploads.MAX_HELD_BYTES)
    assert put(UPLOAD, length) == (503, False)
    monkeypatch.setenv("VAE_READ_ONLY", "1")
    assert put(UPLOAD, length) == (403, False)
    for path, method in (("/_stcore/health", "GET"), (UPLOAD, "DELETE"), ("/sample", "PUT")):
        assert put(path, length, method) == (204, True)


def test_many_models_stay_within_what_may_be_kept_of_them(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints: Cache[Checkpoint] = Cache(4 * size_of(MODELS["five"]))
    facts: Cache[Any] = Cache(20_000)
    blocks: Cache[tuple[str, bytes]] = Cache(40_000)
    monkeypatch.setattr(catalogue, "_checkpoints", checkpoints)
    monkeypatch.setattr(models, "_facts", facts)
    monkeypatch.setattr(assets, "_blocks", blocks)
    for number in range(12):
        save(MODELS["five"], runs_dir, f"upload-{number}")
    app = open_page("explore", "upload-0")
    for number in [*range(1, 12), 0]:
        checked(app.selectbox(key="model_picker").select(f"upload-{number}").run())
        for cache in (checkpoints, facts, blocks):
            assert 0 < cache.bytes <= cache.max_bytes
        header, _ = fetched(shown(app)["points"])
        assert header["count"] == len(MODELS["five"].points.labels), "what the page needs is there"
    assert 1 < len(checkpoints.values()) < 12


def test_a_listing_reads_each_file_once_until_it_changes(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their number: a page lists all of them at every rerun."""
    paths = [save(MODELS["plane"], runs_dir, f"upload-{number}") for number in range(3)]
    store.create(Request("digits", config(), TrainConfig(epochs=2)))
    read: list[Path] = []
    peek, read_request = vae.checkpoints.peek, store.read_request
    monkeypatch.setattr(catalogue.checkpoint, "peek", lambda path: read.append(path) or peek(path))
    monkeypatch.setattr(store, "read_request", lambda folder: read.append(folder) or read_request(folder))

    def listed() -> list[Entry]:
        return [entry for entry in entries() if entry.origin == "Uploaded"]

    first = listed()
    assert set(paths) <= set(read)
    read.clear()
    assert listed() == first
    assert read == []
    save(MODELS["five"], runs_dir, "upload-1")  # another file of that name
    second = listed()
    assert read == [paths[1]]
    assert [entry.header.config.latent_dim for entry in second if entry.header] == [2, 5, 2]
    paths[0].unlink()
    assert [entry.path for entry in listed()] == paths[1:]
    assert paths[0] not in catalogue._listed
