"""The browser says that a map is being moved, and trainings on this machine give way (`vae/courtesy.py`)."""

from __future__ import annotations

__all__ = ["routes", "url"]

import ipaddress
import time
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pages.components.assets import prefix
from vae import runs
from vae.courtesy import LASTS, note

RARELY = 5.0  # seconds between two messages of a browser while nothing trains
OFTEN = LASTS / 2


def url() -> str:
    """Where the browser says so, by POST; the answer is after how many seconds it shall say so again: {"wait": 5.0}."""
    return f"{prefix()}/zscape/moved"


def routes() -> list[Route]:
    """The route for the server."""
    return [Route(url(), _moved, methods=["POST"])]


def _moved(request: Request) -> JSONResponse:
    # A browser on another machine has processors of its own, and would only hold the training up.
    if not _is_here(request):
        return JSONResponse({"wait": 3600.0})
    if not _training(int(time.monotonic() // RARELY)):
        return JSONResponse({"wait": RARELY})
    note(runs.runs_folder())
    return JSONResponse({"wait": OFTEN})


def _is_here(request: Request) -> bool:
    """Whether it comes from a browser on this machine, from a page that was opened as one of this machine: by way of a proxy here, the
    browser of anybody would seem to be on it."""
    try:
        origin = urlsplit(request.headers.get("origin", "")).hostname
    except ValueError:
        return False
    return request.client is not None and _is_loopback(request.client.host) and _is_loopback(origin)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@lru_cache(maxsize=1)
def _training(turn: int) -> bool:
    """Whether a run trains; looked up once in a turn, because of many runs it takes a while to find out."""
    return any(run.status().active for run in runs.list_runs())
