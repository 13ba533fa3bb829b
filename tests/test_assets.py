"""What the browser fetches by URL: whole, kept for good, and not compressed anew at every visit."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Match

from pages.components import assets


@pytest.fixture(autouse=True)
def no_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(assets, "_blocks", type(assets._blocks)())
    yield
    assets._plotly_compressed.cache_clear()


def get(path: str, accept_encoding: str = "gzip, br") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer that the routes give."""
    headers = [(b"accept-encoding", accept_encoding.encode())]
    scope: Any = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the visitor stays
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    for route in assets.routes():
        match, found = route.matches(scope)
        if match is Match.FULL:
            asyncio.run(route.handle(scope | found, receive, send))
            break
    start = sent[0]
    answered = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], answered, b"".join(message.get("body", b"") for message in sent)


def test_a_block_is_made_once_and_comes_as_it_is() -> None:
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"ZSC1" + bytes(1000))
        return made[-1]

    url = assets.publish("key", make)
    assert assets.publish("key", make) == url
    status, headers, body = get(url)
    assert (status, body, len(made)) == (200, made[0], 1)
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "identity"  # or Streamlit would compress it


def test_a_block_that_is_gone_is_not_found() -> None:
    first = assets.publish(0, lambda: b"0")
    for key in range(1, assets.MOST_BLOCKS + 1):
        assets.publish(key, lambda key=key: str(key).encode())
    assert get(first)[0] == 404


def test_plotly_comes_compressed_to_those_who_take_it() -> None:
    status, headers, compressed = get(assets.plotly_url())
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in headers["cache-control"]
    status, headers, plain = get(assets.plotly_url(), "identity")
    assert (status, headers["content-encoding"]) == (200, "identity")
    assert gzip.decompress(compressed) == plain
    assert b"plotly.js" in plain[:500]
