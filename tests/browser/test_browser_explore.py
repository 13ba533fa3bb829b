"""The map as a visitor meets it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from conftest import Server, Watched
from playwright.sync_api import Browser, Page, expect

import vae

READY = ".zs[data-ready]"
PICTURE = ".zs-reading canvas"
PIXELS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
    .filter((_, place) => place % 4 === 0)"""


def open_map(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(READY)


def pixels(page: Page, selector: str = PICTURE) -> np.ndarray:
    """Red of every pixel of a picture, from 0 to 255."""
    return np.array(page.locator(selector).first.evaluate(PIXELS))


def place(page: Page) -> list[float]:
    """The latent that the map says the cursor is at."""
    return [float(value) for value in (page.get_attribute(".zs", "data-z") or "").split(",")]


def at(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place on the screen, as fractions of the plot's width and height."""
    box = page.locator(".zs-plot").bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def point(page: Page, across: float, down: float) -> None:
    page.mouse.move(*at(page, across, down))


def state(page: Page) -> dict[str, Any]:
    """What a visitor would expect to find again."""
    return page.evaluate(
        """() => ({
            pins: document.querySelectorAll(".zs-pin-card").length,
            hidden: [...document.querySelectorAll(".zs-class[aria-pressed=false]")].map(item => item.textContent),
            chosen: [...document.querySelectorAll(".zs-pin-choose")].findIndex(item => item.ariaPressed === "true"),
            view: document.querySelector(".zs-plot")._fullLayout.xaxis.range.map(end => end.toFixed(3)),
        })"""
    )


def come_back(page: Page, leave: str) -> None:
    """Leaves the map by a reload or for another page, and returns to it."""
    if leave == "reload":
        page.reload()
    else:
        page.get_by_role("link", name="Models").click()
        expect(page.get_by_role("heading", name="Models")).to_be_visible()
        page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(READY)


def test_the_pointer_decodes_empty_space_as_the_model_does(page: Page, server: Server) -> None:
    open_map(page, server.url)
    model = vae.load("mnist-2d")
    seen = [pixels(page)]
    for across, down in ((0.15, 0.2), (0.8, 0.15), (0.5, 0.8), (0.3, 0.5)):
        point(page, across, down)
        drawn = pixels(page)
        assert all(not np.array_equal(drawn, before) for before in seen)
        seen.append(drawn)
        wanted = model.decode([place(page)]).numpy().ravel() * 255
        assert np.abs(drawn - wanted).max() < 1.01


def test_every_test_image_is_on_the_map(page: Page, server: Server) -> None:
    open_map(page, server.url)
    traces = page.evaluate(
        'document.querySelector(".zs-plot")._fullData.map(trace => [trace.type, trace.name, trace.x.length])'
    )
    assert {kind for kind, _, _ in traces} == {"scattergl"}
    assert [name for _, name, _ in traces] == list("0123456789")
    assert sum(count for _, _, count in traces) == 10_000


def test_arrow_keys_move_the_cursor_and_enter_pins(page: Page, server: Server) -> None:
    open_map(page, server.url)
    page.focus(".zs-plot")
    before, picture = place(page), pixels(page)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    after = place(page)
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert after[0] - before[0] > after[1] - before[1]
    assert not np.array_equal(pixels(page), picture)
    page.keyboard.press("Enter")
    expect(page.locator(".zs-pin-card")).to_have_count(1)


def test_a_finger_decodes_and_pins(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    page = context.new_page()
    open_map(page, server.url)
    before, view = place(page), state(page)["view"]
    page.touchscreen.tap(*at(page, 0.3, 0.3))
    expect(page.locator(".zs-pin-card")).to_have_count(1)
    assert place(page) != before
    assert state(page)["view"] == view
    context.close()


def test_pins_are_kept_compared_removed_and_reach_python(page: Page, server: Server) -> None:
    open_map(page, server.url)
    download = page.get_by_role("button", name=re.compile("Pins as CSV"))
    expect(download).to_be_disabled()
    places = []
    for across, down in ((0.3, 0.3), (0.6, 0.4), (0.5, 0.7)):
        point(page, across, down)
        places.append(place(page))
        page.mouse.click(*at(page, across, down))
    expect(page.locator(".zs-pin-card")).to_have_count(3)
    expect(page.locator("svg .zs-pin")).to_have_count(3)
    expect(download).to_have_text(re.compile(r"\(3\)"))
    with page.expect_download() as saved:
        download.click()
    rows = saved.value.path().read_text().splitlines()
    assert rows[0] == "z1,z2"
    np.testing.assert_allclose([[float(value) for value in row.split(",")] for row in rows[1:]], places, rtol=1e-4)

    page.locator(".zs-pin-choose").nth(1).click()
    point(page, 0.6, 0.4)
    expect(page.locator(".zs-compare")).to_contain_text("difference 0.000")
    point(page, 0.2, 0.2)
    expect(page.locator(".zs-compare")).not_to_contain_text("difference 0.000")

    page.locator(".zs-pin-remove").first.click(force=True)
    expect(page.locator(".zs-pin-card")).to_have_count(2)
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator(".zs-pin-card")).to_have_count(0)
    expect(download).to_be_disabled()


def test_a_drag_pans_and_pins_nothing(page: Page, server: Server) -> None:
    open_map(page, server.url)
    before = state(page)
    page.mouse.move(*at(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(page, 0.7, 0.5), steps=4)
    page.mouse.up()
    after = state(page)
    assert after["pins"] == 0
    assert float(after["view"][0]) < float(before["view"][0])


SHARE_SEEN = """() => {
  const { _fullData: traces, _fullLayout: { xaxis, yaxis } } = document.querySelector(".zs-plot");
  const within = (value, { range: [from, to] }) => value > from && value < to;
  const seen = traces.flatMap(({ x, y }) => Array.from(x, (value, i) => within(value, xaxis) && within(y[i], yaxis)));
  return seen.filter(Boolean).length / seen.length;
}"""


def test_the_wheel_zooms_and_a_button_shows_all_points(page: Page, server: Server) -> None:
    open_map(page, server.url)
    first = page.evaluate(SHARE_SEEN)
    assert 0.97 < first < 1  # the few furthest would make the others small
    point(page, 0.5, 0.5)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"first => ({SHARE_SEEN})() < first", arg=first)
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"() => ({SHARE_SEEN})() === 1")


def test_legend_items_hide_and_show_digits(page: Page, server: Server) -> None:
    open_map(page, server.url)
    item = page.locator(".zs-class", has_text="7")
    visible = '() => document.querySelector(".zs-plot")._fullData.map(trace => trace.visible)'
    item.focus()
    page.keyboard.press("Enter")
    expect(item).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(visible) == [name != "7" for name in "0123456789"]
    point(page, 0.5, 0.5)
    item.dblclick()
    assert page.evaluate(visible) == [name == "7" for name in "0123456789"]
    point(page, 0.31, 0.42)
    expect(page.locator(".zs-reading .zs-facts")).to_contain_text(re.compile("Nearest point7"))


@pytest.mark.parametrize("leave", ["page switch", "reload"])
def test_the_map_returns_as_it_was(page: Page, server: Server, leave: str) -> None:
    open_map(page, server.url)
    page.mouse.click(*at(page, 0.3, 0.3))
    page.mouse.click(*at(page, 0.6, 0.6))
    page.locator(".zs-pin-choose").first.click()
    page.locator(".zs-class", has_text="4").click()
    page.get_by_role("button", name="Zoom in").click()
    point(page, 0.4, 0.45)
    point(page, 0.42, 0.45)
    page.locator(".zs-heading").hover()
    before, cursor, picture = state(page), place(page), pixels(page)
    come_back(page, leave)
    assert state(page) == before
    assert before["pins"] == 2
    assert before["hidden"] == ["4"]
    assert place(page) == pytest.approx(cursor)
    assert np.array_equal(pixels(page), picture)
    expect(page.get_by_role("button", name=re.compile(r"Pins as CSV \(2\)"))).to_be_visible()


def test_a_model_with_other_than_two_dimensions_gets_a_sentence(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?model=upload-five")
    expect(page.get_by_text("5 latent dimensions")).to_be_visible()
    expect(page.locator(".zs")).to_have_count(0)


def test_a_server_that_forgot_the_model_says_what_to_do(watched: Watched, server: Server) -> None:
    page = watched.page
    # As after a restart: the route is unknown, so Streamlit answers with its page.
    page.route("**/zscape/block/*", lambda route: route.fulfill(body="<html>", content_type="text/html"))
    page.goto(server.url)
    expect(page.get_by_role("alert")).to_contain_text("Reload the page")
    watched.errors.clear()
