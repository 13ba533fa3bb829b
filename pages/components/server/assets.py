"""What the browser fetches by URL: plotly.js, and blocks of weights and points.

Names carry a hash of the content, so the browser keeps what it has and never sees an old one. URLs are relative to the page, which
lies directly below where the app is served: only the browser knows that place where a proxy has taken its own prefix off.
"""

from __future__ import annotations

__all__ = ["FLAT_PLANE", "film_url", "plotly_url", "publish", "publish_rows", "routes"]

import gzip
import hashlib
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from pages.components.server.messages import without_paths
from vae.cache import Cache
from vae.errors import VAEError
from vae.film.view_plane import view_plane
from vae.limits import MAX_BLOCKS_BYTES, MAX_IMAGES_BYTES
from vae.runs import store
from vae.web.export import plotly_file
from vae.web.payloads import decoder_of, film_about, film_pictures, film_places, pack

IMMUTABLE_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}
# Streamlit compresses what names no encoding, anew for every visitor. Weights take a second of it and get hardly smaller.
IDENTITY_HEADERS = {"Content-Encoding": "identity"}
GONE_HEADERS = {"X-Zscape": "gone", "Cache-Control": "no-store"}
FLAT_PLANE = "flat"  # the plane of a film whose latents have two dimensions
PIECE_BYTES = 1 << 16  # bytes of rows that go together

_blocks: Cache[tuple[str, bytes]] = Cache(MAX_BLOCKS_BYTES)  # by keys: (hash, content)
_arrays: Cache[tuple[str, NDArray[Any]]] = Cache(MAX_IMAGES_BYTES)  # likewise


def publish(key: Hashable, make: Callable[[], bytes]) -> str:
    """The URL of the block that `make` returns. `key` stands for its content: `make` is called for a new one only."""

    def made() -> tuple[str, bytes]:
        content = make()
        return hashlib.sha256(content).hexdigest()[:32], content

    digest, _ = _blocks.get_or_make(key, made)
    return f"zscape/block/{digest}"


def publish_rows(key: Hashable, array: NDArray[Any]) -> dict[str, Any]:
    """Where the browser finds rows of an array, some at a time: `url`/0 has the first `rows` of them, `url`/1 as many more. `key`
    stands for what the array holds."""

    def made() -> tuple[str, NDArray[Any]]:
        return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()[:32], array

    digest, _ = _arrays.get_or_make(key, made)
    return {"url": f"zscape/rows/{digest}", "rows": _rows_of(array), "count": len(array)}


def film_url(run: str) -> str:
    """Below which URL the browser finds the film of a run: `about`; `places`/PLANE/FIRST/LAST, the steps from one to another in the plane
    that `vae.film.view_plane.view_plane_step` gave, `FLAT_PLANE` standing for none; `pictures`/STEP; `decoder`/STEP."""
    return f"zscape/film/{run}"


def plotly_url() -> str:
    """The URL of the plotly.js that lies in the Python package."""
    return f"zscape/plotly-{version('plotly')}.min.js"


def routes() -> list[Route]:
    """Routes for the server."""
    # Streamlit does not put its base path before routes of ours.
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    base = f"/{path}" if path else ""
    return [
        Route(f"{base}/zscape/block/{{digest}}", _block),
        Route(f"{base}/zscape/rows/{{digest}}/{{part:int}}", _rows),
        Route(f"{base}/zscape/film/{{run}}/about", _film),
        Route(f"{base}/zscape/film/{{run}}/places/{{plane}}/{{first:int}}/{{last:int}}", _film),
        Route(f"{base}/zscape/film/{{run}}/pictures/{{step:int}}", _film),
        Route(f"{base}/zscape/film/{{run}}/decoder/{{step:int}}", _film),
        Route(f"{base}/zscape/plotly-{{version}}.min.js", _plotly),
    ]


async def _block(request: Request) -> Response:
    digest = request.path_params["digest"]
    content = next((content for name, content in _blocks.values() if name == digest), None)
    if content is None:
        return _gone("There is nothing of this name here any more.")
    return Response(content, media_type="application/octet-stream", headers=IMMUTABLE_HEADERS | IDENTITY_HEADERS)


def _rows(request: Request) -> Response:
    digest, part = request.path_params["digest"], request.path_params["part"]
    array = next((array for name, array in _arrays.values() if name == digest), None)
    rows = 0 if array is None else _rows_of(array)
    if array is None or part * rows >= len(array):
        return _gone("There is nothing of this name here any more.")
    content = pack({}, {"rows": array[part * rows : (part + 1) * rows]})
    return Response(content, media_type="application/octet-stream", headers=IMMUTABLE_HEADERS | IDENTITY_HEADERS)


def _film(request: Request) -> Response:
    """Read as it is asked for: a film has hundreds of parts, and mostly one that looks at it."""
    at, kind = request.path_params, request.url.path.rpartition("/film/")[2].split("/")[1]
    try:
        run = store.get(at["run"])
        content = _film_part(run, kind, at)
    except VAEError as error:
        return _gone(without_paths(error))
    return Response(content, media_type="application/octet-stream", headers=IMMUTABLE_HEADERS | IDENTITY_HEADERS)


def _film_part(run: store.Run, kind: str, at: Mapping[str, Any]) -> bytes:
    film = run.film
    if kind == "about":
        return film_about(film)
    if kind == "places":
        steps = [step for step in film.steps if at["first"] <= step <= at["last"]]
        snapshots = {FLAT_PLANE: None, **{str(step): step for step in film.steps}}
        if at["plane"] not in snapshots:
            raise VAEError(f"{film.folder}: there is no snapshot after step {at['plane']!r:.20}.")
        return film_places(film, steps, view_plane(film, snapshots[at["plane"]]))
    if kind == "pictures":
        return film_pictures(film.read(at["step"]))
    if run.request is None:
        raise VAEError(f"{run.folder}: this run is damaged.")
    return decoder_of(run.request.model, film.decoder(at["step"]))


def _gone(message: str) -> Response:
    """What isn't here; the header tells the page that it was us who said so, and not a proxy."""
    return Response(message, status_code=404, media_type="text/plain", headers=GONE_HEADERS)


def _rows_of(array: NDArray[Any]) -> int:
    """How many rows go together."""
    return max(1, PIECE_BYTES // max(1, array[:1].nbytes))


def _plotly(request: Request) -> Response:
    kind = "text/javascript"
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return FileResponse(plotly_file(), media_type=kind, headers=IMMUTABLE_HEADERS | IDENTITY_HEADERS)
    headers = IMMUTABLE_HEADERS | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_plotly_compressed(), media_type=kind, headers=headers)


@cache
def _plotly_compressed() -> bytes:
    """Compressed once, where Streamlit would do it for every visitor."""
    return gzip.compress(plotly_file().read_bytes(), 6)
