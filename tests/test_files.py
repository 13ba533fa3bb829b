from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vae.errors import VAEError
from vae.files import check_writable, write_atomic


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
