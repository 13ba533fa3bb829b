"""Streamlit servers and a Chromium, started as users start them, for benchmarks and tests that look at pages."""

from __future__ import annotations

__all__ = [
    "CHROMIUM",
    "ROOT",
    "WINDOW",
    "Server",
    "chromium",
    "free_port",
    "listens",
    "quantile",
    "serve",
    "surroundings",
]

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from benchmarks.machine import load, machine

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WINDOW: ViewportSize = {"width": 1280, "height": 900}
START = 60  # seconds a server may take on a busy machine


class Server(NamedTuple):
    """A running `streamlit run`."""

    url: str
    launched: float  # seconds since the epoch: when the command was given
    answering: float  # the same: when the port took connections


@contextmanager
def serve(script: Path, environment: Mapping[str, str] | None = None, log: Path | None = None) -> Iterator[Server]:
    """Runs a Streamlit script in its folder until the block ends. What it prints goes to `log`, if anywhere."""
    port = free_port()
    # What the app's own .streamlit/config.toml says, so that a script in another folder runs under the same settings.
    options = ("server.address=localhost", "server.fileWatcherType=none", "browser.gatherUsageStats=false")
    command = [sys.executable, "-m", "streamlit", "run", script.name, "--server.headless=true", f"--server.port={port}"]
    command += [f"--{option}" for option in options]
    launched = time.time()
    with (
        Path(log or os.devnull).open("wb") as output,
        subprocess.Popen(
            command, cwd=script.parent, env=os.environ | (environment or {}), stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            while not listens(port):
                if process.poll() is not None or time.time() > launched + START:
                    raise RuntimeError(f"{script}: the server did not start. Run it by hand to see why, or read {log}.")
                time.sleep(0.01)
            yield Server(f"http://localhost:{port}", launched, time.time())
        finally:
            process.terminate()


@contextmanager
def chromium(*switches: str) -> Iterator[Browser]:
    """Chromium with WebGL in software, which every machine can run (a GPU could only be quicker), and these switches of its own."""
    always = ("--no-sandbox", "--enable-unsafe-swiftshader", "--disable-gpu-compositing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*always, *switches])
        yield browser
        browser.close()


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all don't exceed: one that was measured, not one between two."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]


def surroundings(browser: Browser) -> dict[str, str | int | float | bool]:
    """The machine, what else it was doing, and the versions that matter."""
    return {
        **machine(),
        "streamlit": version("streamlit"),
        "plotly": version("plotly"),
        "chromium": browser.version,
        "load": load(),
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port: int) -> bool:
    """Whether something of this machine takes connections on a port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
