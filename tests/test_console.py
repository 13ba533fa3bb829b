"""The real command, under consoles, pipes and signals of every kind."""

from __future__ import annotations

import codecs
import json
import math
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

import vae
from vae.checkpoints.checkpoint import read
from vae.cli import main
from vae.console import LEGIBLE_HANDLER, legible
from vae.progress import Curve, Progress, to_json
from vae.runs import store
from vae.runs.suggested import suggested

FOLDER = Path(vae.__file__).parent.parent
FULL = Path("/dev/full")
QUICK = ["--data", "digits", "--epochs", "1", "--hidden", "16", "--batch-size", "512"]


@pytest.fixture(autouse=True)
def own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run, whose title has a β, and which nobody waits for."""
    monkeypatch.setenv("VAE_MAX_RUNS", "2")
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    store.create(suggested("digits"))


def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | options.pop("env", {})
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    command = [sys.executable, "-m", "vae", *map(str, arguments)]
    return subprocess.run(command, check=False, cwd=FOLDER, env=environment, timeout=120, **streams)


def unread() -> IO[bytes]:
    """The end of a pipe that nobody reads from any more."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    return os.fdopen(write_end, "wb")


@pytest.mark.process
@pytest.mark.parametrize(
    ("encoding", "title"),
    [("ascii", "beta 1"), ("cp1252", "beta 1"), ("cp437:strict", "beta 1"), ("cp1253", "β 1"), ("utf-8", "β 1")],
)
def test_what_a_console_lacks_is_written_legibly_and_json_stays_json(encoding: str, title: str) -> None:
    listed, asked = (run("runs", *options, env={"PYTHONIOENCODING": encoding}) for options in ([], ["--json"]))
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert title in listed.stdout.decode(encoding.partition(":")[0])
    assert [row["title"] for row in json.loads(asked.stdout.decode(encoding.partition(":")[0]))] == [
        run.title for run in store.list_runs()
    ]


@pytest.mark.process
def test_long_work_in_a_terminal_that_knows_ascii_alone_loses_nothing() -> None:
    termios = pytest.importorskip("termios")
    terminal, end = os.openpty()
    termios.tcsetwinsize(end, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "vae", "report", "digits-2d", "--iwae", "2", "--samples", "1"],
        cwd=FOLDER,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "ascii"},
        stdout=subprocess.PIPE,
        stderr=end,
    )
    os.close(end)
    bars = b""
    with suppress(OSError):  # which is how a terminal ends
        while part := os.read(terminal, 4096):
            bars += part
    os.close(terminal)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b" +- " in out
    assert out.isascii()
    assert bars.isascii()
    assert b"report: " in bars
    assert b"Traceback" not in bars


def test_json_has_no_words_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = store.list_runs()
    curve = Curve(math.nan, math.inf)
    progress = Progress(1, 2, 1.0, 0.1, curve, curve, 1.0)
    (run.folder / "progress.jsonl").write_text(to_json(progress) + "\n", encoding="utf-8")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    assert main(["runs", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert (listed["epoch"], listed["neg_elbo"]) == (1, None)


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["runs"], ["runs", "--json"], ["info", "digits-2d"], ["--help"]], ids=" ".join)
def test_a_pipe_that_nobody_reads_ends_the_command_as_other_programs_end(arguments: list[str]) -> None:
    with unread() as stream:
        done = run(*arguments, stdout=stream)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.process
@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["runs"], ["train", "--help"]], ids=" ".join)
def test_a_full_disk_is_told(arguments: list[str]) -> None:
    with FULL.open("wb") as stream:
        done = run(*arguments, stdout=stream)
    assert done.returncode == 2
    assert done.stderr == (
        b"vae: standard output: could not be written (No space left on device). Make room, or send it elsewhere.\n"
    )


@pytest.mark.process
def test_a_training_does_not_need_somebody_to_read_of_it(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with unread() as stream:
        done = run("train", *QUICK, "--out", path, stderr=stream)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{path}: ".encode())
    assert read(path).summary.epochs == 1


@pytest.mark.process
def test_an_error_that_can_not_be_told_is_one_all_the_same() -> None:
    with unread() as stream:
        assert run("info", "nothing", stderr=stream).returncode == 2
        assert run("info", stderr=stream).returncode == 2


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="closes what the process would inherit")
@pytest.mark.parametrize("number", [1, 2])
def test_a_stream_that_is_closed_is_done_without(number: int) -> None:
    assert run("runs", preexec_fn=lambda: os.close(number)).returncode == 0


INTERRUPT = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
"""


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("name", ["vae.console", "vae.cli", "numpy._core.multiarray", "psutil", "torch.nn"])
def test_ctrl_c_while_modules_are_imported_is_told_in_a_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT.format(name=name), encoding="utf-8")
    done = run("evaluate", "digits-2d", env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 130
    assert done.stdout == b""
    assert done.stderr == (b"" if name == "vae.console" else b"vae: interrupted\n")


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_ctrl_c_while_a_training_is_imported_leaves_no_run(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT.format(name="torch.nn"), encoding="utf-8")
    before = store.list_runs()
    done = run("train", *QUICK, "--out", tmp_path / "model", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (130, b"vae: interrupted\n")
    assert store.list_runs() == before


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_one_who_is_to_ignore_ctrl_c_does(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT.format(name="psutil"), encoding="utf-8")
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "vae", "runs"]
    done = subprocess.run(
        ignoring, check=False, cwd=FOLDER, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("β 1 ± 2 – 3", "beta 1 +- 2 - 3"),
        ("ΔΣ, z₁₂, 10²", "DeltaSigma, z12, 102"),
        ("Ängström, 5 µs × ½", "Angstrom, 5 us x 1/2"),
        ("中 \x9b \udcff", "\\u4e2d \\x9b \\udcff"),
    ],
)
def test_text_has_a_form_for_every_console(text: str, plain: str) -> None:
    codecs.register_error(LEGIBLE_HANDLER, legible)
    assert text.encode("ascii", LEGIBLE_HANDLER).decode() == plain


def test_every_character_has_one_that_can_be_seen() -> None:
    for code in [*range(0x80, 0x3000), *range(0xD800, 0x11000, 7), 0x10FFFF]:
        text, end = legible(UnicodeEncodeError("ascii", f"a{chr(code)}b", 1, 2, "not there"))
        assert end == 2
        assert text.isascii(), hex(code)
        assert text.isprintable(), hex(code)
        assert text, hex(code)
