"""What the command without a subcommand says and refuses; `tests/test_wheel.py` opens the app."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from vae import __version__
from vae.cli import app, main


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_help_names_the_app_before_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert said.startswith("usage: python -m vae [--port N]")
    assert said.index("Opens the app") < said.index("--port N  ") < said.index("train a model")


def test_the_version_is_the_library_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"zscape {__version__}\n"


def test_a_port_that_is_asked_for_and_taken_is_refused(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", str(taken), "--no-browser"]) == 2
    assert capsys.readouterr().err.startswith(f"vae: --port: {taken} is taken")


@pytest.mark.parametrize("port", ["0", "-1", "65536"])
def test_a_port_that_there_is_not_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", port]) == 2
    assert "--port: a whole number from 1 to 65,535" in capsys.readouterr().err


@pytest.mark.parametrize("said", [["--port", "8601"], ["--address", "0.0.0.0"], ["--no-browser"]])
def test_what_is_said_of_the_app_is_refused_with_a_command(said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*said, "train", "--resume", "some run"]) == 2
    assert capsys.readouterr().err.startswith(f"vae: {said[0]}: is of the app, which no command opens")


@pytest.mark.parametrize("address", ["192.0.2.1", "no such host", "x" * 300])  # the first is for examples alone
def test_an_address_of_another_machine_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--address", address, "--port", "8765"]) == 2
    assert "is no address of this machine" in capsys.readouterr().err


def test_the_next_port_is_taken_where_the_usual_one_is_not_free(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "PORT", taken)
    assert taken < app._port("localhost", None) < taken + app.PORT_COUNT


def test_no_free_port_is_told(taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(app, "PORT", taken)
    monkeypatch.setattr(app, "PORT_COUNT", 1)
    assert main(["--no-browser"]) == 2
    assert "Give another with --port" in capsys.readouterr().err
