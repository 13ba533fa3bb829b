"""`zscape` without a command: the app, in the browser."""

from __future__ import annotations

__all__ = ["add_options", "check_alone", "open_app"]

import argparse
import errno
import os
import socket
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from importlib import import_module

from vae.checks import check_whole
from vae.cli.options import changed
from vae.errors import VAEError
from vae.installation import APP_FOLDER

PORT = 8501
PORT_COUNT = 100  # ports from that one on
PATIENCE = 60.0  # seconds until nobody waits for the server any more
WILDCARD_ADDRESSES = ("0.0.0.0", "::")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said where no command is given."""
    options = parser.add_argument_group("the app")
    options.add_argument(
        "--port", type=int, metavar="N", help=f"where it listens (default: {PORT}, or the next that is free)"
    )
    help_ = "who can reach it: localhost is this machine alone, 0.0.0.0 is any (default: %(default)s)"
    options.add_argument("--address", default="localhost", metavar="HOST", help=help_)
    options.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.set_defaults(command=open_app)


def check_alone(options: argparse.Namespace) -> None:
    """Raises `VAEError` for what is said of the app where a command is given, which doesn't open it."""
    for option in changed(add_options, [], options):
        raise VAEError(f"{option}: is of the app, which no command opens. Leave out either.")


def open_app(options: argparse.Namespace) -> None:
    """Serves the app until Ctrl-C, which is no failure.

    Raises `VAEError` where it can't listen.
    """
    port = _port(options.address, options.port)
    streamlit = import_module("streamlit.web.cli")  # the command `streamlit`; the library itself knows nothing of it
    host = "localhost" if options.address in WILDCARD_ADDRESSES else options.address
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    print(f"Zscape: {url} (Ctrl-C ends it)")
    if not options.no_browser and _has_browser():
        threading.Thread(target=_open_browser, args=(host, port, url), name="open the browser", daemon=True).start()
    settings = {
        "server.address": options.address,
        "server.port": port,
        "server.headless": "true",  # or it asks a newcomer's terminal for an e-mail address
        "logger.hideWelcomeMessage": "true",  # which speaks of some app
    }
    # It takes all other settings from the .streamlit/config.toml beside the script.
    arguments = ["run", str(APP_FOLDER / "app.py"), *(f"--{name}={value}" for name, value in settings.items())]
    with suppress(KeyboardInterrupt, streamlit.click.Abort):
        streamlit.main(arguments, standalone_mode=False)


def _port(address: str, wanted: int | None) -> int:
    """The port to listen on: the one that is wanted, or the first that is free."""
    if wanted is not None:
        check_whole("--port", wanted, 1, 65535)
        if not _is_free(address, wanted):
            raise VAEError(
                f"--port: {wanted} is taken, or not yours to use. Give another, or none, and a free one is found."
            )
        return wanted
    for port in range(PORT, PORT + PORT_COUNT):
        if _is_free(address, port):
            return port
    raise VAEError(f"All ports from {PORT} to {PORT + PORT_COUNT - 1} are taken. Give another with --port.")


def _is_free(address: str, port: int) -> bool:
    """Whether nobody listens there, on any address that a name stands for: a browser may try each of them first.

    Raises `VAEError` if it is no address of this machine.
    """
    try:
        places = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # also a name that is too long
        places = []
    bound = False
    for family, kind, _, _, place in places:
        try:
            with socket.socket(family, kind) as probe:
                if os.name != "nt":  # where it would take what is taken
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
                bound = True
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
    if not bound:
        raise VAEError(
            f"--address: {address!r:.80} is no address of this machine. Give localhost, 0.0.0.0, or one that it has."
        )
    return True


def _has_browser() -> bool:
    """Whether there is a screen to open one on: without, Python would start one in the terminal."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _open_browser(host: str, port: int, url: str) -> None:
    """Opens the page once the server answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            webbrowser.open(url)
            return
        time.sleep(0.05)
