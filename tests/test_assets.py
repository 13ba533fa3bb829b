"""What the browser fetches by URL: whole, kept for good, and not compressed anew at every visit."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import pytest
from blocks import unpack
from starlette.routing import Router
from streamlit import config
from tiny import filmed_run, image_set

from pages.components.server import assets
from vae.cache import ENTRY_BYTES, Cache, size_of
from vae.film.view_plane import places, view_plane, view_plane_step
from vae.models.vae import VAE
from vae.runs.snapshots import SnapshotWriter
from vae.runs.store import Run
from vae.web import payloads

pytestmark = pytest.mark.usefixtures("runs_dir")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, accept_encoding: str = "gzip, br", *, base: str = "") -> Answer:
    """What a server with our routes answers, for a URL that is relative to a page below `base`, or for a whole path."""
    path = path if path.startswith("/") else f"{base}/{path}"
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()  # the visitor stays

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"accept-encoding", accept_encoding.encode())]
    scope: Any = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    asyncio.run(Router(assets.routes())(scope, receive, send))
    answered = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent))


@pytest.fixture
def base_path() -> Iterator[str]:
    config.set_option("server.baseUrlPath", "/some/where/")
    yield "/some/where"
    config.set_option("server.baseUrlPath", "")


def fail() -> bytes:
    raise AssertionError("made again")


def assert_kept_for_good(answer: Answer) -> None:
    assert answer.status == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "max-age=31536000" in answer.headers["cache-control"]
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_a_block_is_made_once_and_comes_as_it_is():
    block = payloads.pack({"some": "header"}, {})
    url = assets.publish("key", lambda: block)
    assert assets.publish("key", fail) == url
    answer = get(url)
    assert_kept_for_good(answer)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-encoding"] == "identity"  # or Streamlit would compress it
    assert answer.body == block


def test_the_url_stands_for_the_content():
    assert assets.publish("one", lambda: b"same") == assets.publish("two", lambda: b"same")
    assert assets.publish("three", lambda: b"other") != assets.publish("one", fail)


def test_what_could_not_be_made_is_tried_again():
    with pytest.raises(AssertionError):
        assets.publish("key", fail)
    assert get(assets.publish("key", lambda: b"now")).body == b"now"


def room_for(count: int, each: object) -> int:
    """A bound that so many blocks, or arrays, like this one fit in."""
    return count * (size_of(("0" * 32, each)) + ENTRY_BYTES)


def test_the_least_recently_used_block_goes_first_and_comes_back_under_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_blocks", Cache(room_for(10, bytes(1000))))
    blocks = [bytes([number]) * 1000 for number in range(11)]
    urls = [assets.publish(number, lambda number=number: blocks[number]) for number in range(10)]
    assert assets.publish(0, fail) == urls[0]  # used again, so 1 is the oldest now
    assets.publish(10, lambda: blocks[10])
    assert get(urls[0]).body == blocks[0]
    assert get(urls[1]).status == 404
    assert all(get(url).status == 200 for url in urls[2:])
    assert assets.publish(1, lambda: blocks[1]) == urls[1]
    assert get(urls[1]).body == blocks[1]


def test_a_block_is_fetched_while_another_is_made():
    url = assets.publish("there", lambda: b"there")

    def make() -> bytes:
        assert get(url).body == b"there"
        return b"made"

    assert get(assets.publish("made", make)).body == b"made"


def test_a_block_stays_while_one_of_its_keys_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_blocks", Cache(room_for(5, bytes(1000))))
    url = assets.publish("first", lambda: bytes(1000))
    for number in range(1, 5):
        assets.publish(number, lambda number=number: bytes([number]) * 1000)
    assets.publish("second", lambda: bytes(1000))  # drops "first"
    assert get(url).body == bytes(1000)


def test_rows_come_some_at_a_time_and_join_to_the_array() -> None:
    array = np.random.default_rng(0).integers(256, size=(1000, 1, 20, 20)).astype(np.uint8)
    place = assets.publish_rows("key", array)
    assert place["count"] == 1000
    assert 1 < place["rows"] < 1000
    answers = [get(f"{place['url']}/{part}") for part in range(-(-1000 // place["rows"]))]
    for answer in answers:
        assert_kept_for_good(answer)
    parts = [unpack(answer.body)[1]["rows"] for answer in answers]
    np.testing.assert_array_equal(np.concatenate(parts), array)
    assert get(f"{place['url']}/{len(parts)}").status == 404
    assert get(f"/zscape/rows/{'0' * 32}/0").status == 404


def test_the_least_recently_used_rows_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = [np.full((10, 100), number, np.uint8) for number in range(5)]
    monkeypatch.setattr(assets, "_arrays", Cache(room_for(4, arrays[0])))
    places = [assets.publish_rows(f"rows {number}", array) for number, array in enumerate(arrays)]
    assert get(f"{places[0]['url']}/0").status == 404
    assert all(get(f"{place['url']}/0").status == 200 for place in places[1:])


@pytest.mark.parametrize("name", ["0" * 32, "no-digest", "%00", "x" * 500])
def test_an_unknown_block_is_not_found(name: str):
    assets.publish("key", lambda: b"content")
    answer = get(f"/zscape/block/{name}")
    assert answer.status == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_plotly_is_the_installed_one_and_compressed_for_those_who_take_it():
    assert version("plotly") in assets.plotly_url()
    plain, small = get(assets.plotly_url(), "identity"), get(assets.plotly_url())
    for answer in (plain, small):
        assert_kept_for_good(answer)
        assert answer.headers["content-type"].startswith("text/javascript")
    assert plain.headers["content-encoding"] == "identity"
    assert b"plotly.js v" in plain.body[:200]
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"].lower() == "accept-encoding"
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 2


@pytest.fixture(params=[2, 5])
def filmed(request: pytest.FixtureRequest) -> Run:
    """A run with snapshots of an untrained model, the decoder among them, in the plane or not."""
    run = filmed_run([np.zeros((3, request.param))], [0, 1, -1], epochs=3)
    assert run.request is not None
    model = VAE(run.request.model, seed=1)
    writer = SnapshotWriter(run.folder, model, image_set(30), beta=1, epochs=3, per_epoch=4)
    for step in (0, 4, 12):
        writer.take(step, model)
    return run


def test_a_film_comes_as_it_lies_on_disk(filmed: Run) -> None:
    film, url = filmed.film, assets.film_url(filmed.id)
    answer = get(f"{url}/about")
    assert_kept_for_good(answer)
    header, arrays = unpack(answer.body)
    assert (header["count"], header["classes"]) == (30, list(film.about.classes))
    np.testing.assert_array_equal(arrays["label"], film.about.labels)
    np.testing.assert_array_equal(arrays["originals"], film.about.originals)
    snapshot = film.read(4)
    header, arrays = unpack(get(f"{url}/pictures/4").body)
    assert header["step"] == 4
    np.testing.assert_array_equal(arrays["samples"], snapshot.samples)
    np.testing.assert_array_equal(arrays["reconstructions"], snapshot.reconstructions)
    header, arrays = unpack(get(f"{url}/decoder/4").body)
    assert arrays
    for name, weights in film.decoder(4).items():
        np.testing.assert_array_equal(arrays[name], weights)


def test_places_come_for_the_steps_that_are_asked_for_in_the_plane_that_is(filmed: Run) -> None:
    film, url = filmed.film, assets.film_url(filmed.id)
    on = view_plane(film, view_plane_step(film, film.steps, ended=True))
    header, arrays = unpack(get(f"{url}/places/{assets.FLAT_PLANE if on.step is None else on.step}/1/12").body)
    assert header["steps"] == [4, 12]
    np.testing.assert_array_equal(arrays["mean"], places(film, [4, 12], on))
    assert ("basis" in arrays) == ("space" in header) == (film.about.z.shape[1] > 2)
    if on.plane is not None:
        np.testing.assert_array_equal(arrays["basis"], on.plane.basis)
        np.testing.assert_array_equal(arrays["origin"], on.plane.origin)


def test_a_film_goes_on_without_a_snapshot_that_is_spoiled(filmed: Run) -> None:
    film, url = filmed.film, assets.film_url(filmed.id)
    wanted = view_plane_step(film, film.steps, ended=True)
    expected = places(film, [0, 12], view_plane(film, wanted))
    path = film.folder / "000000004.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    header, arrays = unpack(get(f"{url}/places/{assets.FLAT_PLANE if wanted is None else wanted}/0/12").body)
    assert header["steps"] == [0, 12]
    if wanted is None:
        np.testing.assert_array_equal(arrays["mean"], expected)
    else:  # which is turned after another snapshot, then
        assert arrays["mean"].shape == expected.shape
    assert get(f"{url}/pictures/4").status == 404


@pytest.mark.parametrize("part", ["pictures/5", "decoder/5", "decoder/999999999"])
def test_a_step_without_a_snapshot_is_not_found_and_said_so(part: str, filmed: Run) -> None:
    answer = get(f"{assets.film_url(filmed.id)}/{part}")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "immutable" not in answer.headers.get("cache-control", "")
    assert part.partition("/")[2].zfill(9) in answer.body.decode()


@pytest.mark.parametrize("part", ["about", "pictures/0", "decoder/0", "places/0/0/0"])
@pytest.mark.parametrize("name", ["20200101-000000-000000", "..", "%2e%2e", "uploads", "x" * 300, "..\\..", "."])
def test_a_run_that_is_none_is_not_found_wherever_its_name_leads(part: str, name: str, filmed: Run) -> None:
    outside = filmed.folder.parent.parent / "snapshots"
    outside.symlink_to(filmed.folder / "snapshots")  # what ".." would lead to
    answer = get(f"/zscape/film/{name}/{part}")
    assert answer.status == 404
    assert b"there is no run" in answer.body


@pytest.mark.parametrize("path", ["../about", "a/../../about", "x/pictures/..", "x/pictures/-1", "x/pictures/a"])
def test_a_path_that_is_no_part_of_a_film_is_no_route(path: str, filmed: Run) -> None:
    answer = get(f"/zscape/film/{filmed.id}/{path}")
    assert answer.status == 404


@pytest.mark.parametrize("name", ["5", "a", "-1", "1.0", "\u00b2", "\u0664", "x" * 300])
def test_a_plane_that_is_none_is_not_found(name: str, filmed: Run) -> None:
    answer = get(f"{assets.film_url(filmed.id)}/places/{name}/0/12")
    assert answer.status == 404
    assert b"there is no snapshot after step" in answer.body


def test_urls_are_relative_to_the_page_and_lead_below_the_base_path(base_path: str, filmed: Run):
    array = np.arange(6).reshape(3, 2)
    urls = [
        assets.publish("key", lambda: b"content"),
        f"{assets.publish_rows('key', array)['url']}/0",
        f"{assets.film_url(filmed.id)}/about",
        assets.plotly_url(),
    ]
    for url in urls:
        assert not url.startswith(("/", "http")), "where the app is served the browser alone knows, behind a proxy"
        assert get(url, base=base_path).status == 200
        assert get(url).status == 404


def test_what_is_gone_says_that_it_was_us_who_said_so(filmed: Run) -> None:
    for path in (f"zscape/block/{'0' * 32}", f"zscape/rows/{'0' * 32}/0", f"{assets.film_url(filmed.id)}/pictures/5"):
        answer = get(path)
        assert (answer.status, answer.headers["x-zscape"]) == (404, "gone")
        assert answer.headers["cache-control"] == "no-store"
    for path in (assets.publish("key", lambda: b"content"), assets.plotly_url()):
        assert "x-zscape" not in get(path).headers
