"""The map as a visitor meets it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
import pytest
from conftest import Server, Watched
from playwright.sync_api import Browser, Page, Route, expect
from tiny import checkpoint, config

import vae
import vae.checkpoints
from vae.latents.paths import typical

READY = ".zs[data-ready]"
PICTURE = ".zs-readout canvas"
PIXELS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
    .filter((_, place) => place % 4 === 0)"""


def open_map(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(READY)


# Whether the map has been at one place of the window for three frames: the page scrolls smoothly where something opens below it.
STILL = """() => new Promise(resolve => {
    const place = () => document.querySelector(".zs-plot").getBoundingClientRect().top;
    const look = (before, frames) => requestAnimationFrame(() => {
        const now = place();
        if (now !== before) look(now, 0);
        else if (frames < 2) look(now, frames + 1);
        else resolve();
    });
    look(place(), 0);
})"""


def rest(page: Page) -> None:
    """Waits until nothing moves any more, and Plotly shows what there is."""
    page.evaluate(STILL)
    page.wait_for_selector(".zs-map:not(.zs-dirty)")


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
    rest(page)
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
    rest(page)
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
    far = checkpoint(points=600)
    far.points.mean[:2] *= 100  # the few furthest would make the others small
    vae.checkpoints.write(server.runs / "uploads" / "upload-far.safetensors", far)
    open_map(page, f"{server.url}/?model=upload-far")
    rest(page)
    first = page.evaluate(SHARE_SEEN)
    assert 0.97 < first < 1
    point(page, 0.5, 0.5)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"first => ({SHARE_SEEN})() < first", arg=first)
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"() => ({SHARE_SEEN})() === 1")


# Where the first point of a class lies on the screen, as Plotly draws it and as all that is drawn over the points takes it to be.
SPOTS = """([label, z]) => {
  const plot = document.querySelector(".zs-plot");
  const { _fullData: traces, _fullLayout: { xaxis, yaxis } } = plot;
  const { x, y } = traces[label];
  const [left, right, bottom, top] = plot.dataset.view.split(",").map(Number);
  const { _offset: across, _length: width } = xaxis;
  const { _offset: down, _length: height } = yaxis;
  return [
    [across + xaxis.d2p(x[0]), down + yaxis.d2p(y[0])],
    [across + width * (x[0] - left) / (right - left), down + height * (top - y[0]) / (top - bottom)],
  ];
}"""


@pytest.mark.parametrize("still", [False, True])
def test_a_zoom_keeps_the_place_under_the_pointer_and_glides_unless_told_not_to(
    page: Page, server: Server, still: bool
) -> None:
    page.emulate_media(reduced_motion="reduce" if still else "no-preference")
    open_map(page, f"{server.url}/?model=digits-2d")
    page.mouse.move(*(round(px) for px in at(page, 0.3, 0.4)))  # a wheel knows whole pixels only
    before = place(page)
    page.evaluate(
        """() => {
          window.views = new Set();
          const axes = document.querySelector(".zs-axes");
          new MutationObserver(() => views.add(axes.innerHTML)).observe(axes, { childList: true });
        }"""
    )
    page.mouse.wheel(0, -200)
    page.mouse.wheel(0, -200)
    expect(page.locator(".zs-canvas-points")).to_be_visible()  # what moves, Plotly does not draw
    rest(page)
    assert place(page) == pytest.approx(before, abs=1e-6)
    steps = page.evaluate("views.size")
    assert steps <= 2 if still else steps > 3
    for label in (0, 7):
        by_plotly, by_ours = page.evaluate(SPOTS, [label, before])
        assert by_plotly == pytest.approx(by_ours, abs=0.01)
    left, right, bottom, top = (float(end) for end in (page.get_attribute(".zs-plot", "data-view") or "").split(","))
    width, height = page.evaluate(
        "() => { const { xaxis, yaxis } = document.querySelector('.zs-plot')._fullLayout; return [xaxis._length, yaxis._length]; }"
    )
    assert (right - left) / width == pytest.approx((top - bottom) / height)


def test_a_zoom_ends_where_there_is_nothing_more_to_see(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")

    def width() -> float:
        rest(page)
        left, right, *_ = (float(end) for end in (page.get_attribute(".zs-plot", "data-view") or "").split(","))
        return right - left

    point(page, 0.5, 0.5)
    widths = []
    for way in (1, -1):
        for _ in range(50):
            page.mouse.wheel(0, 1000 * way)
        widths.append(width())
        page.mouse.wheel(0, 1000 * way)
        assert width() == pytest.approx(widths[-1])
    # Five times all points; and a standard deviation of a narrow posterior, within which all pictures look alike.
    points = vae.checkpoints.read("digits-2d").points
    wide, high = page.evaluate(
        "['xaxis', 'yaxis'].map(axis => document.querySelector('.zs-plot')._fullLayout[axis]._length)"
    )
    spans = np.ptp(points.mean, axis=0)
    spans = spans + 0.08 * spans.max()
    assert widths[0] == pytest.approx(5 * max(spans[0], spans[1] * wide / high), rel=0.01)
    assert widths[1] == pytest.approx(np.quantile(points.std, 0.05), rel=0.05)


def test_the_map_answers_without_plotly(watched: Watched, server: Server) -> None:
    page = watched.page
    page.route("**/plotly-*", lambda route: route.abort())
    open_map(page, f"{server.url}/?model=digits-2d")
    drawn = "() => document.querySelector('.zs-canvas-points').getContext('2d').getImageData(0, 0, 2000, 2000).data.some(Boolean)"
    assert page.evaluate(drawn)
    before = pixels(page)
    point(page, 0.2, 0.3)
    assert not np.array_equal(pixels(page), before)
    view = page.get_attribute(".zs-plot", "data-view")
    page.mouse.wheel(0, -200)
    page.wait_for_function("view => document.querySelector('.zs-plot').dataset.view !== view", arg=view)
    watched.errors.clear()


def test_without_webgl_the_points_stay(page: Page, server: Server) -> None:
    page.add_init_script(
        """const { getContext } = HTMLCanvasElement.prototype;
        HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
          return kind.includes("webgl") ? null : getContext.call(this, kind, ...others);
        };
        new MutationObserver(records => {
          for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) window.refused ||= node.className === "no-webgl";
        }).observe(document, { childList: true, subtree: true });"""
    )
    open_map(page, f"{server.url}/?model=digits-2d")
    page.wait_for_function("window.refused")  # by Plotly, which then says so in place of the points
    expect(page.locator(".no-webgl")).to_have_count(0)
    expect(page.locator(".zs-canvas-points")).to_be_visible()
    before = pixels(page)
    point(page, 0.2, 0.3)
    assert not np.array_equal(pixels(page), before)


def test_two_fingers_move_and_zoom_the_map(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    page = context.new_page()
    open_map(page, f"{server.url}/?model=digits-2d")
    session = context.new_cdp_session(page)

    def fingers(*places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        kind = "touchMove" if fingers_down else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def view() -> list[float]:
        rest(page)
        return [float(end) for end in (page.get_attribute(".zs-plot", "data-view") or "").split(",")]

    before = view()
    fingers_down = False
    (x0, y0), (x1, y1) = at(page, 0.4, 0.5), at(page, 0.6, 0.5)
    fingers((x0, y0), (x1, y1))
    fingers_down = True
    for step in range(1, 6):
        fingers((x0 + 4 * step, y0), (x1 + 4 * step, y1))
    moved = view()
    assert moved[0] < before[0]
    assert moved[1] - moved[0] == pytest.approx(before[1] - before[0], rel=0.01)
    for step in range(1, 6):
        fingers((x0 + 20 - 6 * step, y0), (x1 + 20 + 6 * step, y1))
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    closer = view()
    wider = (x1 - x0 + 60) / (x1 - x0)
    assert (before[1] - before[0]) / (closer[1] - closer[0]) == pytest.approx(wider, rel=0.05)
    expect(page.locator(".zs-pin-card")).to_have_count(0)
    context.close()


def test_legend_items_hide_and_show_digits(page: Page, server: Server) -> None:
    open_map(page, server.url)
    item = page.locator(".zs-class", has_text="7")
    visible = '() => document.querySelector(".zs-plot")._fullData.map(trace => trace.visible)'
    item.focus()
    page.keyboard.press("Enter")
    expect(item).to_have_attribute("aria-pressed", "false")
    rest(page)
    assert page.evaluate(visible) == [name != "7" for name in "0123456789"]
    point(page, 0.5, 0.5)
    item.dblclick()
    rest(page)
    assert page.evaluate(visible) == [name == "7" for name in "0123456789"]
    point(page, 0.31, 0.42)
    expect(page.locator(".zs-readout .zs-facts")).to_contain_text(re.compile("Nearest point7"))


def test_the_map_returns_as_it_was_from_another_page_and_from_a_reload(page: Page, server: Server) -> None:
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
    assert before["pins"] == 2
    assert before["hidden"] == ["4"]
    for leave in ("page switch", "reload"):
        come_back(page, leave)
        assert state(page) == before
        assert place(page) == pytest.approx(cursor)
        assert np.array_equal(pixels(page), picture)
        expect(page.get_by_role("button", name=re.compile(r"Pins as CSV \(2\)"))).to_be_visible()


def test_a_model_with_one_dimension_gets_a_sentence(page: Page, server: Server) -> None:
    path = server.runs / "uploads" / "upload-line.safetensors"
    vae.checkpoints.write(path, checkpoint(config("mlp", (1, 28, 28), latent_dim=1)))
    page.goto(f"{server.url}/?model=upload-line")
    expect(page.get_by_text("one latent dimension")).to_be_visible()
    expect(page.locator(".zs")).to_have_count(0)


def respond(answer: dict[str, Any] | None, route: Route) -> None:
    """Answers in the server's place, or has no connection to it."""
    if answer is None:
        route.abort()
    else:
        route.fulfill(**answer)


def test_a_model_that_can_not_be_fetched_says_why_and_what_to_do(watched: Watched, server: Server) -> None:
    page = watched.page
    html = {"body": "<html>", "content_type": "text/html"}
    for answer, said in (
        ({"status": 404, "headers": {"X-Zscape": "gone"}, "body": "gone"}, "no longer has this model. Reload the page"),
        (html, "Something else answered in Zscape's place (HTTP 200, text/html, for /zscape/block/"),
        (html | {"status": 404}, "Something else answered in Zscape's place (HTTP 404, text/html, for /zscape/block/"),
        (html | {"status": 502}, "gets no answer from it (HTTP 502). Reload the page in a moment"),
        (None, "The server can't be reached"),
    ):
        page.route("**/zscape/block/*", partial(respond, answer))
        page.goto(server.url)
        expect(page.get_by_role("alert")).to_contain_text(said)
        page.unroute_all()
    watched.errors.clear()


def view(page: Page) -> list[float]:
    """Left, right, bottom and top of what is seen, once it rests."""
    rest(page)
    return [float(end) for end in (page.get_attribute(".zs-plot", "data-view") or "").split(",")]


@pytest.mark.parametrize("name", ["mnist-2d", "digits-2d", "mnist-20d", "upload-five"])
def test_the_map_begins_at_a_typical_image_and_draws_that(page: Page, server: Server, name: str) -> None:
    open_map(page, f"{server.url}/?model={name}")
    shipped = not name.startswith("upload")
    model = vae.checkpoints.read(name if shipped else server.runs / "uploads" / f"{name}.safetensors")
    index = typical(model.points)
    np.testing.assert_allclose(place(page), model.points.mean[index], atol=1e-4)
    wanted = model.model().decode(model.points.mean[[index]]).numpy().ravel() * 255
    assert np.abs(pixels(page) - wanted).max() < 1.01
    label = model.points.labels[index]
    said = f"{model.points.classes[label]}, no. {index:,}" if label >= 0 else f"no. {index:,}"
    expect(page.locator(".zs-readout dd").nth(1)).to_have_text(said)
    expect(page.locator(".zs-readout dd").nth(2)).to_have_text("0.00")
    page.focus(".zs-plot")
    page.keyboard.press("Enter")  # what is pinned is that image, too
    expect(page.locator(".zs-pin-card")).to_have_count(1)
    drawn = pixels(page, ".zs-pin-card canvas")
    assert np.abs(drawn - wanted).max() < 1.01
    come_back(page, "reload")
    np.testing.assert_allclose(place(page), model.points.mean[index], atol=1e-4)


def test_the_opening_view_can_be_got_back_and_all_points_fill_theirs(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    first = view(page)
    mean = vae.checkpoints.read("digits-2d").points.mean
    inside = (mean > (first[0], first[2])) & (mean < (first[1], first[3]))
    assert inside.all()
    page.focus(".zs-plot")
    for _ in range(3):
        page.keyboard.press("+")
    assert view(page) != pytest.approx(first)
    page.keyboard.press("0")
    assert view(page) == pytest.approx(first)
    page.keyboard.press("-")
    page.get_by_role("button", name="Opening view").click()
    assert view(page) == pytest.approx(first)
    # All of one class, as tightly as a margin and the frame's shape let it.
    labels = vae.checkpoints.read("digits-2d").points.labels
    page.locator(".zs-class", has_text="4").dblclick()
    page.focus(".zs-plot")
    page.keyboard.press("a")
    left, right, bottom, top = view(page)
    own = mean[labels == 4]
    assert ((own > (left, bottom)) & (own < (right, top))).all()
    extent = np.ptp(own, axis=0)
    needed = extent + 2 * 0.04 * extent.max()  # with the margin on either side
    assert (needed / (right - left, top - bottom)).max() == pytest.approx(1, abs=0.02)
    middle = (own.min(0) + own.max(0)) / 2
    np.testing.assert_allclose(((left + right) / 2, (bottom + top) / 2), middle, atol=1e-3)


def test_a_place_has_as_many_decimals_as_make_a_difference(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    position = page.locator(".zs-readout dd").first

    def decimals() -> int:
        left, right, *_ = view(page)
        (count,) = {len(part.strip().partition(".")[2]) for part in position.inner_text().split(",")}
        box = page.locator(".zs-plot").bounding_box()
        assert box is not None
        pixel = (right - left) / box["width"]
        assert pixel / 20 < 10.0**-count < 3 * pixel
        return count

    page.focus(".zs-plot")
    first = decimals()
    for _ in range(30):
        page.keyboard.press("+")
    assert decimals() > first
    for _ in range(60):
        page.keyboard.press("-")
    assert decimals() < first


def test_a_sheet_of_all_keys_that_the_map_knows_keeps_the_focus_and_gives_it_back(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.wait_for_selector(READY)
    page.wait_for_selector(".zs-shapes:not([hidden])")
    sheet = page.get_by_role("dialog", name="All keys")
    plot = page.locator(".zs-plot")
    plot.focus()
    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    for words in ("Zoom in and out", "Return to the opening view", "Select with a lasso", "Make β smaller or larger"):
        expect(sheet).to_contain_text(words)
    for _ in range(4):
        page.keyboard.press("Tab")
        # The browser's own controls may have their turn, what lies behind the sheet may not.
        assert page.evaluate("['DIALOG', 'BODY', 'BUTTON'].includes(document.activeElement.tagName)")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('.zs-keys')")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(plot).to_be_focused()

    button = page.get_by_role("button", name="All keys")
    button.click()
    sheet.get_by_role("button", name="Close").click()
    expect(button).to_be_focused()

    group = page.locator(".zs-keys dl").first
    names = {"←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown"}
    names |= {
        "Shift + arrow": "ArrowLeft",
        "Space": " ",
        "Esc": "Escape",
        "−": "-",
        "A": "a",
        "B": "b",
        "L": "l",
        "D": "d",
    }
    listed = [names.get(key, key) for key in group.locator("kbd").all_inner_texts()]
    assert len(listed) == 15
    taken = page.evaluate(
        """keys => keys.filter(key => !document.querySelector(".zs-plot").dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        listed,
    )
    assert taken == listed


def test_a_question_mark_that_is_written_opens_no_sheet(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/sample")
    page.wait_for_selector(READY)
    page.get_by_role("spinbutton", name="Seed").focus()
    page.keyboard.press("?")
    expect(page.locator(".zs-keys[open]")).to_have_count(0)
    page.locator(".zs-plot").focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="All keys")
    expect(sheet).to_be_visible()
    expect(sheet).not_to_contain_text("lasso")  # nothing can be selected here
