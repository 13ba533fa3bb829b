"""What the map is for, in Firefox and in WebKit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import Server
from test_browser_beta import POINTS, SLIDER
from test_browser_explore import PICTURE, PIXELS, READY
from webdriver import PACKAGES, Window, launch

import vae
import vae.checkpoints
from vae.cli import main

# What goes wrong in a page, from when this is run.
WATCH = """(() => {
  window.wrongs = [];
  addEventListener("error", ({ message }) => wrongs.push(message));
  addEventListener("unhandledrejection", ({ reason }) => wrongs.push(String(reason)));
  const { error } = console;
  console.error = (...words) => { wrongs.push(words.join(" ")); error(...words); };
})()"""


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Each browser in turn, for all tests of this file."""
    packages, here = PACKAGES[request.param]
    if not here:
        pytest.skip(f"no such browser here; get it with apt-get install {packages} (or your system's packages)")
    with launch(request.param, tmp_path_factory.mktemp(request.param)) as window:
        yield window


@pytest.fixture
def window(engine: Window) -> Iterator[Window]:
    """A new window, in which nothing may go wrong."""
    engine.renew()
    yield engine
    wrongs = engine.evaluate("window.wrongs")
    engine.open(
        "about:blank"
    )  # for a page that nobody looks at any more would still ask for its share of the processor
    assert wrongs == []


def open_map(window: Window, url: str) -> None:
    """Opens a map, and waits until it decodes and nothing of it moves."""
    window.open(url)
    window.evaluate(WATCH)
    window.until(f"document.querySelector('{READY}') !== null")
    rest(window)


def rest(window: Window) -> None:
    window.until("document.querySelector('.zs-map:not(.zs-dirty)') !== null")


def pixels(window: Window, selector: str = PICTURE) -> np.ndarray:
    """Red of every pixel of a picture, from 0 to 255."""
    return np.array(window.evaluate(f"({PIXELS})(document.querySelector('{selector}'))"))


def data(window: Window, name: str) -> list[float]:
    """Numbers that the map says: "z" of the cursor, or the "beta"."""
    return [float(value) for value in window.evaluate(f"document.querySelector('.zs').dataset.{name}").split(",")]


def box(window: Window, element: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of what an expression finds, in px."""
    left, top, width, height = window.until(
        f"(({{ x, y, width, height }}) => [x, y, width, height])(({element}).getBoundingClientRect())"
    )
    return left, top, width, height


def at(window: Window, across: float, down: float) -> tuple[float, float]:
    """A place on the map, as fractions of its width and height."""
    left, top, width, height = box(window, "document.querySelector('.zs-plot')")
    return left + across * width, top + down * height


def click(window: Window, element: str) -> None:
    left, top, width, height = box(window, element)
    window.mouse((left + width / 2, top + height / 2), "pointerDown", "pointerUp")


def slide(window: Window, share: float) -> None:
    """Drags the thumb of the slider for beta to a share of its length."""
    left, top, width, height = box(window, f"document.querySelector('{SLIDER}')")
    thumb = 16  # px, whose middle never leaves the track
    now = float(window.evaluate(f"document.querySelector('{SLIDER}').value"))
    way = np.linspace(now, share, 8)
    places = [(left + thumb / 2 + step * (width - thumb), top + height / 2) for step in way]
    window.mouse(places[0], "pointerDown", *places[1:], "pointerUp")
    window.until(f"Math.abs(document.querySelector('{SLIDER}').value - {share}) < 0.02")
    value = float(window.evaluate(f"document.querySelector('{SLIDER}').value"))
    window.until(f"Math.abs(document.querySelector('.zs').dataset.beta / {0.1 * 100**value} - 1) < 0.01")
    rest(window)


def test_the_pointer_decodes_empty_space_and_a_click_pins_it(window: Window, server: Server) -> None:
    open_map(window, f"{server.url}/?model=digits-2d")
    model = vae.load("digits-2d")
    seen = [pixels(window)]
    for across, down in ((0.15, 0.2), (0.8, 0.15), (0.5, 0.8), (0.3, 0.5)):
        window.mouse(at(window, across, down))
        drawn = pixels(window)
        assert all(not np.array_equal(drawn, before) for before in seen)
        seen.append(drawn)
        wanted = model.decode([data(window, "z")]).numpy().ravel() * 255
        assert np.abs(drawn - wanted).max() < 1.01
    window.mouse("pointerDown", "pointerUp")
    window.until("document.querySelectorAll('.zs-pin-card').length === 1")
    assert np.array_equal(pixels(window, ".zs-pin-card canvas"), seen[-1])


def test_dragging_beta_moves_every_point_and_decodes_anew(window: Window, server: Server) -> None:
    open_map(window, f"{server.url}/?model=upload-range")
    ranged = vae.checkpoints.read(server.runs / "uploads" / "upload-range.safetensors")
    window.mouse(at(window, 0.4, 0.4))
    z = data(window, "z")
    for share in (0.75, 0.1):
        before = pixels(window)
        slide(window, share)
        (beta,) = data(window, "beta")
        points = ranged.points_at(beta)
        order = np.argsort(points.labels, kind="stable")
        np.testing.assert_allclose(window.evaluate(f"({POINTS})()"), points.mean[order], atol=1e-5)
        drawn = pixels(window)
        assert not np.array_equal(drawn, before)
        assert np.abs(drawn - ranged.model().decode([z], beta).numpy().ravel() * 255).max() < 1.01


def test_after_another_page_the_map_is_as_it_was(window: Window, server: Server) -> None:
    open_map(window, f"{server.url}/?model=digits-2d")
    window.mouse(at(window, 0.3, 0.3), "pointerDown", "pointerUp", at(window, 0.6, 0.6))
    window.until("document.querySelectorAll('.zs-pin-card').length === 1")
    z, picture, pinned = data(window, "z"), pixels(window), pixels(window, ".zs-pin-card canvas")
    window.mouse((1, 1))  # off the map, by which nothing changes
    for page in ("Models", "Explore"):
        click(window, f"[...document.querySelectorAll('a')].find(link => link.textContent.includes('{page}'))")
        window.until(f"document.querySelector('h3').textContent.startsWith('{page}')")
    window.until(f"document.querySelector('{READY}') !== null")
    rest(window)
    assert data(window, "z") == pytest.approx(z)
    assert np.array_equal(pixels(window), picture)
    assert np.array_equal(pixels(window, ".zs-pin-card canvas"), pinned)


def test_an_exported_map_works_on_its_own(window: Window, server: Server, tmp_path: Path) -> None:
    source = server.runs / "uploads" / "upload-range.safetensors"
    file = tmp_path / "map.html"
    assert main(["export", str(source), "--html", str(file)]) == 0
    open_map(window, file.as_uri())
    slide(window, 0.2)
    window.mouse(at(window, 0.35, 0.4))
    (beta,) = data(window, "beta")
    wanted = vae.load(source).decode([data(window, "z")], beta).numpy().ravel() * 255
    assert np.abs(pixels(window) - wanted).max() < 1.01
    window.mouse("pointerDown", "pointerUp")
    window.until("document.querySelectorAll('.zs-pin-card').length === 1")
    window.until("document.querySelector('.zs-terrain').dataset.settled")  # by a worker, without a server
    asked = window.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [url for url in asked if url.startswith("http")] == []
