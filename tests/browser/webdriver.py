"""Firefox and WebKit by the commands of WebDriver (https://www.w3.org/TR/webdriver2/), which both understand: WebKit by a driver beside
it, over HTTP; Firefox on a socket of its own, Marionette (https://firefox-source-docs.mozilla.org/testing/marionette/)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.request import Request, urlopen

from benchmarks.servers import START, WINDOW, free_port, listens

WAIT = 45.0  # seconds that a busy machine may take for whatever is waited for
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT = shutil.which("WebKitWebDriver")
MINIBROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
# Debian's packages for each, and whether what they bring is here.
PACKAGES = {
    "firefox": ("firefox-esr xvfb", FIREFOX and shutil.which("Xvfb")),
    "webkit": ("webkit2gtk-driver xvfb", WEBKIT and MINIBROWSER and shutil.which("Xvfb")),
}
# Where a command goes by HTTP, below a session's address.
PATHS = {
    "NewSession": "",
    "NewWindow": "/window/new",
    "SwitchToWindow": "/window",
    "SetWindowRect": "/window/rect",
    "Navigate": "/url",
    "ExecuteScript": "/execute/sync",
    "PerformActions": "/actions",
}


class Send(Protocol):
    """Sends a browser a command with its parameters, and returns the answer's `value`."""

    def __call__(self, command: str, /, **parameters: Any) -> Any: ...


class Window:
    """What a test does with a browser's window."""

    def __init__(self, send: Send) -> None:
        self.send = send

    def renew(self) -> None:
        """Goes on in a new window, which remembers nothing of the others."""
        window = self.send("NewWindow", type="window")["handle"]
        self.send("SwitchToWindow", handle=window)
        self.send("SetWindowRect", x=0, y=0, **WINDOW)

    def open(self, url: str) -> None:
        self.send("Navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, if JSON knows it."""
        return self.send("ExecuteScript", script=f"return {expression}", args=[])

    def until(self, expression: str) -> Any:
        """Waits until an expression is true in the page, and returns its value. It isn't while the page lacks what it asks for."""
        end = time.monotonic() + WAIT
        attempt = f"(() => {{ try {{ return {expression}; }} catch {{ return null; }} }})()"
        while not (value := self.evaluate(attempt)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)
        return value

    def mouse(self, *actions: tuple[float, float] | str) -> None:
        """Moves the pointer to places of the window, in px, and presses ("pointerDown") and releases ("pointerUp") its button."""
        steps = [
            {"type": action, "button": 0}
            if isinstance(action, str)
            else {"type": "pointerMove", "x": round(action[0]), "y": round(action[1]), "duration": 0}
            for action in actions
        ]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self.send("PerformActions", actions=[mouse])


@contextmanager
def launch(name: str, folder: Path) -> Iterator[Window]:
    """Runs "firefox" or "webkit" until the block ends, with an empty folder for its home, on a screen that nobody sees."""
    port = free_port()
    if name == "firefox":
        (folder / "user.js").write_text(f'user_pref("marionette.port", {port});')
        command, connect = [str(FIREFOX), "--marionette", "--profile", str(folder)], firefox
    else:
        command, connect = [str(WEBKIT), f"--port={port}"], webkit
    with screen() as display:
        # WebKit's compositing in software takes three times the processor that all the rest does.
        environment = os.environ | {"DISPLAY": display, "HOME": str(folder), "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                end = time.monotonic() + START
                while not listens(port):
                    assert process.poll() is None, f"{name} did not start"
                    assert time.monotonic() < end, f"{name} took too long to start"
                    time.sleep(0.02)
                with connect(port) as send:
                    yield Window(send)
            finally:
                process.terminate()


@contextmanager
def screen() -> Iterator[str]:
    """Runs an X server that draws into memory until the block ends, and says which display it is."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield f":{process.stdout.readline().strip()}"
        finally:
            process.terminate()


@contextmanager
def firefox(port: int) -> Iterator[Send]:
    """A session with a Firefox. Each message is JSON after its length in bytes and a colon."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=WAIT) as connection,
        connection.makefile("rb") as answers,
    ):

        def receive() -> Any:
            length = b"".join(iter(lambda: answers.read(1), b":"))
            return json.loads(answers.read(int(length)))

        def send(command: str, /, **parameters: Any) -> Any:
            message = json.dumps([0, 1, f"WebDriver:{command}", parameters]).encode()
            connection.sendall(f"{len(message)}:".encode() + message)
            _, _, error, result = receive()
            assert error is None, error
            return result.get("value", result)

        receive()  # its greeting
        send("NewSession")
        yield send


@contextmanager
def webkit(port: int) -> Iterator[Send]:
    """A session with a WebKit, which its driver starts and ends."""
    address = f"http://127.0.0.1:{port}/session"

    def ask(url: str, method: str, parameters: Mapping[str, Any]) -> Any:
        with urlopen(Request(url, json.dumps(parameters).encode(), method=method), timeout=WAIT) as answer:
            return json.load(answer)["value"]

    options = {"binary": str(MINIBROWSER), "args": ["--automation"]}
    capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
    session = f"{address}/{ask(address, 'POST', {'capabilities': capabilities})['sessionId']}"

    def send(command: str, /, **parameters: Any) -> Any:
        return ask(session + PATHS[command], "POST", parameters)

    try:
        yield send
    finally:
        ask(session, "DELETE", {})
