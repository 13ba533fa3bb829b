from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import vae
from vae.errors import VAEError
from vae.files import check_new, check_writable, owner, remove_abandoned, write_atomic
from vae.runs.store import remove_leftovers


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    assert names(path.parent) == ["file.bin"]


def test_who_reads_the_old_file_goes_on_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    write_atomic(path, b"old")
    with path.open("rb") as reader:
        write_atomic(path, b"new and longer")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new and longer"


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_a_file_gets_the_rights_of_an_ordinary_one(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")
    write_atomic(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
@pytest.mark.parametrize(
    ("cause", "seen"),
    [(OSError(errno.ENOSPC, "No space left on device"), VAEError), (KeyboardInterrupt(), KeyboardInterrupt)],
    ids=["full disk", "Ctrl-C"],
)
def test_a_failure_leaves_the_old_file_and_nothing_else(
    step: str, cause: BaseException, seen: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    write_atomic(path, b"old")

    def fail(*arguments: object) -> None:
        raise cause

    monkeypatch.setattr(step, fail)
    with pytest.raises(seen) as caught:
        write_atomic(path, b"new")
    monkeypatch.undo()
    if seen is VAEError:
        assert str(caught.value).startswith(f"{path}: could not be written (No space left on device)")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("write", [lambda path: write_atomic(path, b""), check_writable], ids=["write", "check"])
@pytest.mark.parametrize("place", ["folder", "file/below", "file/far/below", "x" * 300])
def test_a_place_where_no_file_can_be_is_refused(write: Callable[[Path], None], place: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VAEError) as caught:
        write(tmp_path / place)
    assert str(caught.value).startswith(f"{tmp_path / place}: could not be written (")
    assert names(tmp_path) == ["file", "folder"]


def test_checking_a_place_leaves_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    check_writable(path)
    assert names(tmp_path) == []
    path.write_bytes(b"old")
    check_writable(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file.bin"]


WRITER = """
import sys
import time
from pathlib import Path

from vae.runs import store
from vae.runs.suggested import suggested
from vae.files import temporary_folder, write_atomic

write_bytes = Path.write_bytes

def write(part, content):
    write_bytes(part, b"half")
    with temporary_folder() as folder:
        write_bytes(folder / "film.mp4", b"half")
        print("writing", flush=True)
        time.sleep(600)

def interrupted(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    Path.write_bytes = write
    write_atomic(Path(sys.argv[1]), b"whole")

store.write_atomic = interrupted
store.create(suggested("digits"))
"""


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A process in the midst of making a run, of writing a file and of using a temporary folder, all below `tmp_path`."""
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "runs" / "cache" / "plane.npz")],
        cwd=Path(vae.__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def everything(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.process
def test_what_a_killed_process_leaves_is_removed_and_a_living_one_keeps_its_own(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    (tmp_path / "runs" / "mine.part").write_bytes(b"")
    (tmp_path / "runs" / ".mine-1-2-3.part").write_bytes(b"")
    (tmp_path / "tmp" / "zscape-notes-1-2-3").write_bytes(b"")
    others = {*(tmp_path / "runs").glob("*mine*"), tmp_path / "tmp" / "zscape-notes-1-2-3"}
    deleted = tmp_path / "runs" / ".20250101-000000-000000"
    deleted.mkdir()
    (deleted / "model.safetensors").write_bytes(b"")
    before = everything(tmp_path)
    assert len(before) == 7
    remove_leftovers()
    assert everything(tmp_path) == before - {deleted / "model.safetensors"}
    writer.kill()
    writer.wait()
    remove_leftovers()
    assert everything(tmp_path) == others
    assert not list((tmp_path / "runs").glob(".zscape*"))
    assert not list((tmp_path / "tmp").glob("zscape-[0-9]*"))


def test_a_process_that_was_given_the_number_of_another_does_not_own_its_files(tmp_path: Path) -> None:
    start, _, created = owner().rpartition("-")
    mine, anothers = tmp_path / f".{start}-{created}-x.part", tmp_path / f".{start}-{int(created) - 60}-x.part"
    mine.touch()
    anothers.touch()
    remove_abandoned(tmp_path)
    assert names(tmp_path) == [mine.name]


def test_what_another_machine_writes_is_left_to_it_for_a_day(tmp_path: Path) -> None:
    for hours in (1, 23, 25):
        path = tmp_path / f".zscape-00000000-1-2-{hours}.part"
        path.touch()
        then = time.time() - 3600 * hours
        os.utime(path, (then, then))
    remove_abandoned(tmp_path)
    assert [name[-7:-5] for name in names(tmp_path)] == ["-1", "23"]


def test_what_earlier_versions_left_is_removed_once_it_is_old_and_nothing_that_is_only_like_it(tmp_path: Path) -> None:
    theirs = [".model.safetensors.k3_jx81a.part", ".my film.mp4.abcdefgh.part", ".status.json.00000000.part"]
    others = [
        "model.safetensors.k3_jx81a.part",  # nobody hid it
        ".model.safetensors.k3_jx81.part",
        ".model.safetensors.k3_jx81a",
        ".model.safetensors.K3_JX81A.part",
        ".movie.mkv.k3_jx81a.part",
        ".safetensors.k3_jx81a.part",
        ".safetensors",
    ]
    (tmp_path / "below").mkdir()
    for name in [*theirs, *others]:
        for path in (tmp_path / name, tmp_path / "below" / name):
            path.touch()
    remove_abandoned(tmp_path, deep=True)
    assert names(tmp_path) == sorted([*theirs, *others, "below"]), "somebody may be writing it"
    then = time.time() - 25 * 3600
    for path in everything(tmp_path):
        os.utime(path, (then, then))
    remove_abandoned(tmp_path)
    assert names(tmp_path) == sorted([*others, "below"])
    assert names(tmp_path / "below") == sorted([*theirs, *others])
    remove_abandoned(tmp_path, deep=True)
    assert names(tmp_path / "below") == sorted(others)


def test_a_command_removes_what_one_before_it_has_left_beside_its_file(tmp_path: Path) -> None:
    left = tmp_path / f".{owner()}-x.part"
    (tmp_path / left.name.replace(str(os.getpid()), str(2**31 - 1))).touch()
    (tmp_path / "mine.part").touch()
    check_new(tmp_path / "file", force=False)
    assert names(tmp_path) == ["mine.part"]


@pytest.mark.process
def test_the_server_removes_leftovers_as_it_starts(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    writer.kill()
    writer.wait()
    code = "import app, threading; [it.join(60) for it in threading.enumerate() if it.name == 'remove leftovers']"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(vae.__file__).parent.parent, capture_output=True)
    assert everything(tmp_path) == set()
