"""Nothing on a page moves about because something else has come."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import Server
from playwright.sync_api import Page, expect

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
# Where parts of the page are, in its own coordinates, whatever it is scrolled to.
BOXES = """selectors => {
    const main = document.querySelector("[data-testid=stMain]");
    return Object.fromEntries(selectors.map((selector) => {
        const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
        return [selector, [x, y + main.scrollTop, width, height].map((side) => Math.round(side))];
    }));
}"""
BESIDE = (
    ".zs-stage",
    ".zs-legend",
    ".zs-beta",
    ".zs-beta-slider",
    ".zs-readout",
    ".zs-readout .zs-facts",
    ".zs-slot",
    ".zs-pinned",
)
BELOW = "[data-testid=stDownloadButton]"
IN_SIGHT = """() => {
    const tile = document.querySelector(".zs-chosen-tile").getBoundingClientRect();
    return tile.top >= 0 && tile.bottom <= innerHeight;
}"""
# How much wider each list would be, left to itself, than it is.
CUT = """() => [...document.querySelectorAll(".zs-card:not([hidden]) select")].filter((list) => list.offsetWidth).map((list) => {
    const free = list.cloneNode(true);
    free.style.cssText = "position: absolute; flex: none; width: max-content; max-width: none";
    list.after(free);
    const more = free.offsetWidth - list.offsetWidth;
    free.remove();
    return more;
})"""
BEYOND = """() => [...document.querySelectorAll(".zs-card:not([hidden])")].map((card) => card.scrollWidth - card.clientWidth)"""


@pytest.mark.parametrize("size", SIZES)
def test_the_map_and_what_is_around_it_stay_where_they_are(page: Page, server: Server, size: str) -> None:
    page.set_viewport_size(SIZES[size])
    page.goto(f"{server.url}/?model=upload-range")
    expect(page.locator(".zs[data-ready]")).to_be_attached()
    expect(page.locator(BELOW)).to_be_visible()
    expect(page.locator(".zs-map.zs-dirty")).to_have_count(0, timeout=45_000)

    def boxes(*more: str) -> dict[str, Any]:
        return page.evaluate(BOXES, [*BESIDE, *more])

    before = boxes(BELOW)
    find, layers = (page.get_by_role("button", name=name) for name in ("Find images", "Layers"))
    for button in (find, layers):
        button.click()
        assert max(page.evaluate(CUT)) <= 0, "a word is cut off"
        assert max(page.evaluate(BEYOND)) <= 0
    page.locator(".zs-card select").first.select_option("density")
    page.wait_for_function("() => document.querySelector('.zs-field').dataset.settled")
    expect(page.locator(".zs-bar")).to_be_visible()
    layers.click()
    assert boxes(BELOW) == before
    page.locator(".zs-plot").click(position={"x": 150, "y": 150})
    expect(page.locator(BELOW, has_text="(1)")).to_be_visible()
    expect(page.locator(BELOW)).to_have_count(1)  # Streamlit has the one before beside it for a moment
    assert boxes(BELOW) == before
    page.get_by_role("button", name=re.compile("Compare with pin 1")).click()
    expect(page.locator(".zs-compare")).to_be_visible()
    assert boxes(BELOW) == before
    slider = page.locator(".zs-beta-slider input")
    for key in ("End", "Home"):
        slider.focus()
        slider.press(key)
        expect(page.locator(".zs").first).to_have_attribute("data-beta", "10" if key == "End" else "0.1")
        assert boxes(BELOW) == before
    find.click()
    page.get_by_role("button", name="Select: Nearest").click()
    expect(page.locator(".zs-drawer")).to_contain_text("50 images selected")
    page.wait_for_function(IN_SIGHT)  # it comes by itself
    assert boxes() == {name: before[name] for name in BESIDE}


def test_on_a_phone_two_maps_take_the_room_of_one(page: Page, server: Server) -> None:
    page.set_viewport_size(SIZES["narrow"])
    page.goto(f"{server.url}/compare?model=upload-range")
    page.wait_for_function("() => document.querySelectorAll('.zs[data-ready]').length === 2")
    expect(page.get_by_role("tab", name="More models")).to_be_attached()
    stages = page.locator(".zs-stage")
    for letter, shown in (("A", 0), ("B", 1)):
        page.get_by_role("group", name="Map shown").get_by_role("button", name=letter).click()
        expect(stages.nth(shown)).to_be_visible()
        expect(stages.nth(1 - shown)).to_be_hidden()
    boxes = [stages.nth(side).bounding_box() for side in (0, 1)]
    assert boxes[0] == boxes[1]
    assert boxes[0] is not None
    assert boxes[0]["width"] > 300
    for picture in page.locator(".zs-host .zs-fading canvas").all():  # of both sides
        expect(picture).to_be_visible()
    assert page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight") < 2400
    assert page.locator("[data-testid=stMain]").evaluate("main => main.scrollWidth - main.clientWidth") == 0


# How wide the first picture of a strip is, and how far the last one stays from the right end of the panel.
STRIP = """() => {
    const tiles = [...document.querySelector(".zs-dim-strip").children].map((tile) => tile.getBoundingClientRect());
    const room = document.querySelector(".zs-dims").getBoundingClientRect();
    return [tiles[0].width, room.right - tiles.at(-1).right];
}"""


@pytest.mark.parametrize("width", [390, 800, 1440, 1920])
def test_strips_of_a_plane_have_the_room_there_is(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server.url}/traverse?model=upload-mlp")
    expect(page.locator(".zs-dim-strip")).to_have_count(2)
    side, left_over = page.evaluate(STRIP)
    assert -1 <= left_over < 8
    assert side > (30 if width == 390 else 45 if width == 800 else 90)
    assert page.locator("[data-testid=stMain]").evaluate("main => main.scrollWidth - main.clientWidth") == 0
