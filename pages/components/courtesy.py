"""The browser says that a map is being moved, and trainings on this machine give way (`vae/courtesy.py`)."""

from __future__ import annotations

__all__ = ["routes", "url"]

import ipaddress
import time
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pages.components.assets import prefix
from vae import runs
from vae.courtesy import LASTS, note

RARELY = 5.0  # seconds between two messages of a browser while nothing trains
OFTEN = LASTS / 2
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")  # headers of a request that a proxy passes on


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
    """Whether it comes from this machine."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _training(turn: int) -> bool:
    """Whether a run trains; looked up once in a turn, because of many runs it takes a while to find out."""
    return any(run.status().active for run in runs.list_runs())
