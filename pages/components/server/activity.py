"""The browser says that a map is being moved, and trainings on this machine yield (`vae/runs/yielding.py`).

A browser elsewhere has processors of its own and would only hold a training up. Whether one is on this machine can't be told from its
requests to the app: of all that come by way of a proxy here the sender is this machine, and what else they say of themselves can be made
up. So this listens on a port of its own at 127.0.0.1, to which no proxy passes anything on: the page asks for that address, which leads
here only from a browser on this machine.
"""

from __future__ import annotations

__all__ = ["url"]

import ipaddress
import json
import threading
import time
from functools import lru_cache
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

from vae.runs import store
from vae.runs.yielding import ACTIVE_SECONDS, note

IDLE_INTERVAL = 5.0  # seconds between two messages of a browser while nothing trains
TRAINING_INTERVAL = ACTIVE_SECONDS / 2  # the same while something trains
PATIENCE = 5.0  # seconds that a connection may take to say what it wants
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")

_starting = threading.Lock()


def url() -> str | None:
    """Where a browser on this machine says so, by POST; the answer is after how many seconds it shall say so again: {"wait": 5.0}. None
    where nothing can listen."""
    with _starting:
        port = _port()
    return None if port is None else f"http://127.0.0.1:{port}/moved"


@lru_cache(maxsize=1)
def _port() -> int | None:
    """The port that is listened on, from the first call until the process ends."""
    try:
        server = _Server(("127.0.0.1", 0), _Handler)
    except OSError:
        return None
    threading.Thread(target=server.serve_forever, name="activity", daemon=True).start()
    return server.server_address[1]


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who goes away in the middle of a request is no matter for the log."""


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE

    def do_POST(self) -> None:
        origin = self.headers.get("Origin", "")
        if self.path != "/moved" or not _is_local(origin) or any(name in self.headers for name in PROXY_HEADERS):
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = json.dumps({"wait": _pass_on()}).encode()
        self.send_response(200)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": origin,  # another port of the same machine
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: it is asked several times a second."""


def _pass_on() -> float:
    """Passes it on to trainings; after how many seconds to say so again."""
    if not _training(int(time.monotonic() // IDLE_INTERVAL)):
        return IDLE_INTERVAL
    note(store.runs_folder())
    return TRAINING_INTERVAL


def _is_local(origin: str) -> bool:
    """Whether a page was opened as one of this machine. Of the page that makes a browser ask, this can't be made up, so other sites that
    somebody visits on this machine hold nothing up either."""
    try:
        host = urlsplit(origin).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _training(turn: int) -> bool:
    """Whether a run trains; looked up once in a turn, because of many runs it takes a while to find out."""
    return any(run.status().active for run in store.list_runs())
