"""Traversals as a visitor meets them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import pytest
from conftest import Server, pass_time
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from test_browser_beta import slide
from test_browser_explore import at, open_map, pixels
from tiny import checkpoint, config

import vae.checkpoints
from vae.checkpoints.checkpoint import Checkpoint
from vae.evaluation.pictures import SMALLEST_SIDE
from vae.models.vae import VAE

DRAWN = ".zs-traverse[data-decoded]"
ROW = ".zs-dim-list .zs-dim"
CURRENT = ".zs-now-picture > canvas"


@pytest.fixture(scope="module")
def five(server: Server) -> VAE:
    return vae.load(server.runs / "uploads" / "upload-five.safetensors")


@pytest.fixture(scope="module")
def collapsed(server: Server) -> Checkpoint:
    """Five dimensions, of which the second and the fourth hold nothing of the image."""
    model = checkpoint(config("mlp", (1, 28, 28), 5), points=50)
    mean, std = model.points.mean.copy(), model.points.std.copy()
    mean[:, [1, 3]] *= 0.01
    std[:, 1] = 0.3  # and costs more than any other
    std[:, 3] = 1
    model = model._replace(points=model.points._replace(mean=mean, std=std))
    vae.checkpoints.write(server.runs / "uploads" / "upload-collapsed.safetensors", model)
    return model


@pytest.fixture(scope="module")
def many(server: Server) -> Checkpoint:
    """A hundred and more dimensions, in colour."""
    model = checkpoint(config("conv", (3, 16, 8), 128), points=30)
    vae.checkpoints.write(server.runs / "uploads" / "upload-many.safetensors", model)
    return model


def open_traversals(page: Page, server: Server, model: str) -> None:
    page.goto(f"{server.url}/traverse?model={model}")
    page.wait_for_selector(DRAWN)


def latent(page: Page) -> np.ndarray:
    return np.array([float(value) for value in (page.get_attribute(".zs-traverse", "data-z") or "").split(",")])


def row(page: Page, d: int) -> Locator:
    """The row of dimension number d, which is named one higher."""
    name = "z" + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(d + 1))
    return page.locator(ROW).filter(has=page.get_by_text(name, exact=True))


def slider(page: Page, d: int) -> Locator:
    return row(page, d).get_by_role("slider")


def order(page: Page) -> list[int]:
    names = page.locator(f"{ROW} .zs-dim-name").all_text_contents()
    return [int("".join(str("₀₁₂₃₄₅₆₇₈₉".index(digit)) for digit in name[1:])) - 1 for name in names]


def picture(place: Locator) -> np.ndarray:
    """Every value of a picture, with shape (H, W, 3)."""
    script = """canvas => [canvas.height, canvas.width, ...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""
    height, width, *values = place.evaluate(script)
    return np.array(values).reshape(height, width, 4)[:, :, :3]


def assert_decoded(place: Locator, model: VAE, z: Sequence[float] | np.ndarray, beta: float = 1.0) -> None:
    wanted = model.decode(np.array([z], np.float32), beta).numpy()[0].transpose(1, 2, 0) * 255
    assert np.abs(picture(place) - wanted).max() < 1.01


def assert_strips(page: Page, model: VAE, dims: Sequence[int], values: np.ndarray, beta: float = 1.0) -> None:
    """Each picture of these strips is the current latent with one value changed."""
    for d in dims:
        row(page, d).scroll_into_view_if_needed()
        pass_time(page, 0)  # the page hears with the next frame what is in sight
        page.wait_for_selector(DRAWN)
        tiles = row(page, d).locator("canvas")
        expect(tiles).to_have_count(len(values))
        for step, value in enumerate(values):
            z = latent(page)
            z[d] = value
            assert_decoded(tiles.nth(step), model, z, beta)


# The script has been still for half a second.
IDLE = """() => new Promise(resolve => {
    const app = document.querySelector("[data-testid=stApp]");
    const look = left => left === 0 ? resolve(true) : setTimeout(() => look(app.dataset.testScriptState === "running" ? 5 : left - 1), 100);
    look(5);
})"""
LABELS = """() => [...document.querySelectorAll("[data-testid=stMain] [data-testid=stWidgetLabel]")]
    .filter(label => ["Start from", "Image", "Class", "Range", "Pictures"].includes(label.innerText.trim()))
    .map(label => label.getBoundingClientRect().top)"""


def test_all_pictures_are_what_the_model_decodes(page: Page, server: Server, five: VAE) -> None:
    open_traversals(page, server, "upload-five")
    labels = page.evaluate(LABELS)
    assert len(labels) == 5
    assert max(labels) - min(labels) < 1
    points = vae.checkpoints.read(server.runs / "uploads" / "upload-five.safetensors").points
    np.testing.assert_allclose(latent(page), points.mean[0])
    assert_decoded(page.locator(CURRENT), five, points.mean[0])
    assert_strips(page, five, range(5), np.linspace(-3, 3, 9))


def test_a_slider_changes_one_dimension_the_picture_and_every_other_strip(
    page: Page, server: Server, five: VAE
) -> None:
    open_traversals(page, server, "upload-five")
    before, seen = latent(page), picture(page.locator(CURRENT))
    own = picture(row(page, 2).locator("canvas").first)
    slider(page, 2).fill("2.4")
    after = latent(page)
    np.testing.assert_array_equal(np.delete(after, 2), np.delete(before, 2))
    assert after[2] == pytest.approx(2.4)
    assert not np.array_equal(picture(page.locator(CURRENT)), seen)
    assert_decoded(page.locator(CURRENT), five, after)
    expect(row(page, 2).locator("output")).to_have_text("2.40")
    page.wait_for_selector(DRAWN)
    assert_strips(page, five, [0, 3, 4], np.linspace(-3, 3, 9))
    np.testing.assert_array_equal(picture(row(page, 2).locator("canvas").first), own)


def test_the_strips_keep_up_while_a_slider_is_dragged(page: Page, server: Server, five: VAE) -> None:
    open_traversals(page, server, "upload-five")
    box = slider(page, 1).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], middle, steps=15)
    page.wait_for_selector(DRAWN)  # before the button is let go
    assert latent(page)[1] > 2
    assert_decoded(page.locator(CURRENT), five, latent(page))
    assert_strips(page, five, [0, 2], np.linspace(-3, 3, 9))
    page.mouse.up()


def test_a_click_on_a_picture_sets_its_value_and_marks_it(page: Page, server: Server, five: VAE) -> None:
    open_traversals(page, server, "upload-five")
    tiles = row(page, 3).get_by_role("button", name="z₄ =")
    clicked = picture(tiles.nth(7).locator("canvas"))
    tiles.nth(7).click()
    assert latent(page)[3] == pytest.approx(2.25)
    np.testing.assert_array_equal(picture(page.locator(CURRENT)), clicked)
    expect(tiles.nth(7)).to_have_attribute("aria-current", "true")
    expect(row(page, 3).locator("[aria-current]")).to_have_count(1)
    assert float(slider(page, 3).input_value()) == pytest.approx(2.25)
    slider(page, 3).fill("1.2")
    expect(tiles.nth(6)).to_have_attribute("aria-current", "true")
    expect(row(page, 3).locator("[aria-current]")).to_have_count(1)


def test_back_to_the_start_of_one_dimension_and_of_all(page: Page, server: Server) -> None:
    open_traversals(page, server, "upload-five")
    before, seen = latent(page), picture(page.locator(CURRENT))
    back = page.get_by_role("button", name="Back to the start")
    expect(back).to_be_disabled()
    slider(page, 0).fill("1")
    slider(page, 4).fill("-2")
    row(page, 4).get_by_role("button", name="z₅ back to").click()
    assert latent(page)[4] == before[4]
    assert latent(page)[0] == 1
    expect(slider(page, 4)).to_be_focused()
    back.click()
    np.testing.assert_array_equal(latent(page), before)
    np.testing.assert_array_equal(picture(page.locator(CURRENT)), seen)
    expect(back).to_be_disabled()


def test_all_of_it_can_be_done_by_keyboard(page: Page, server: Server) -> None:
    open_traversals(page, server, "upload-five")
    d = order(page)[0]
    slider(page, d).focus()
    before = latent(page)[d]
    page.keyboard.press("ArrowRight")
    assert latent(page)[d] > before
    page.keyboard.press("End")
    assert latent(page)[d] == 3
    page.keyboard.press("Tab")  # the way back of this dimension
    page.keyboard.press("Tab")  # its strip, at the picture that is marked
    expect(row(page, d).locator("[aria-current]")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert latent(page)[d] == 3, "to go along changes nothing yet"
    page.keyboard.press("Enter")
    assert latent(page)[d] == 1.5
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    assert latent(page)[d] == -3
    page.keyboard.press("Tab")
    expect(slider(page, order(page)[1])).to_be_focused()


def test_dimensions_come_by_their_kl_and_the_collapsed_last(page: Page, server: Server, collapsed: Checkpoint) -> None:
    open_traversals(page, server, "upload-collapsed")
    mean, std = (array.astype(float) for array in collapsed.points[:2])
    kl = (0.5 * (mean**2 + std**2 - 1) - np.log(std)).mean(0)
    assert order(page) == [*sorted([0, 2, 4], key=lambda d: -kl[d]), 1, 3]
    for d in range(5):
        expect(row(page, d).locator(".zs-dim-number")).to_have_text(f"{kl[d]:.2f}")
        expect(row(page, d).get_by_text("collapsed")).to_have_count(1 if d in (1, 3) else 0)
    slider(page, 3).fill("2")
    assert latent(page)[3] == 2
    assert_decoded(page.locator(CURRENT), collapsed.model(), latent(page))


def test_the_range_of_the_data_is_that_of_each_dimension(page: Page, server: Server, collapsed: Checkpoint) -> None:
    open_traversals(page, server, "upload-collapsed")
    before = latent(page)
    page.get_by_text("Data", exact=True).click()
    expect(page.locator(".zs-dim-scale")).to_contain_text("99.5 %")
    np.testing.assert_array_equal(latent(page), before)
    for d in range(5):
        low, high = np.quantile(collapsed.points.mean[:, d].astype(float), [0.005, 0.995])
        if high - low > 0.1:  # of those that are collapsed it is no more than a slider needs
            assert_strips(page, collapsed.model(), [d], np.linspace(low, high, 9))
        assert float(slider(page, d).get_attribute("min") or "") == pytest.approx(low, abs=0.01)
        assert float(slider(page, d).get_attribute("max") or "") == pytest.approx(high, abs=0.01)


def test_sliders_are_found_again_and_forgotten_at_another_start(page: Page, server: Server) -> None:
    open_traversals(page, server, "upload-five")
    number = page.get_by_role("spinbutton", name="Image")
    number.fill("7")
    number.press("Enter")
    expect(page.locator(".zs-start-name")).to_contain_text("no. 7")
    slider(page, 1).fill("2.5")
    slider(page, 1).dispatch_event("change")
    changed = latent(page)
    for leave in ("page switch", "reload"):
        if leave == "reload":
            page.reload()
        else:
            page.get_by_role("link", name="Sample").click()
            expect(page.get_by_role("heading", name="Sample")).to_be_visible()
            page.get_by_role("link", name="Traverse").click()
        page.wait_for_selector(DRAWN)
        expect(page.locator(".zs-start-name")).to_contain_text("no. 7")
        expect(row(page, 1).locator("output")).to_have_text("2.50")
        np.testing.assert_array_equal(latent(page), changed)
    number.fill("8")
    number.press("Enter")
    expect(page.locator(".zs-start-name")).to_contain_text("no. 8")
    expect(page.get_by_role("button", name="Back to the start")).to_be_disabled()
    means = vae.checkpoints.read(server.runs / "uploads" / "upload-five.safetensors").points.mean
    np.testing.assert_allclose(latent(page), means[8])


@pytest.mark.parametrize("name", ["upload-range", "upload-five-range"])
def test_another_beta_takes_the_start_the_pictures_and_the_numbers_along(page: Page, server: Server, name: str) -> None:
    open_traversals(page, server, name)
    saved = vae.checkpoints.read(server.runs / "uploads" / f"{name}.safetensors")
    slider(page, 1).fill("-1.5")
    slide(page, 0.85)
    page.wait_for_function("Number(document.querySelector('.zs').dataset.beta) > 4")
    beta = float(page.get_attribute(".zs", "data-beta") or "")
    points = saved.points_at(beta)
    kl = (0.5 * (points.mean**2 + points.std**2 - 1) - np.log(points.std)).mean(0)
    for d, value in enumerate(kl):
        expect(row(page, d).locator(".zs-dim-number")).to_have_text(f"{value:.2f}")
    page.wait_for_selector(DRAWN)
    wanted = points.mean[0].copy()
    wanted[1] = -1.5
    np.testing.assert_allclose(latent(page), wanted, atol=1e-5)
    assert_decoded(page.locator(CURRENT), saved.model(), wanted, beta)
    assert_strips(page, saved.model(), [0, 1], np.linspace(-3, 3, 9), beta)


def test_the_start_moves_while_beta_is_dragged(page: Page, server: Server) -> None:
    open_traversals(page, server, "upload-five-range")
    saved = vae.checkpoints.read(server.runs / "uploads" / "upload-five-range.safetensors")
    box = page.locator(".zs-beta input").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=5)
    page.wait_for_function("Number(document.querySelector('.zs').dataset.beta) > 2")
    beta = float(page.get_attribute(".zs", "data-beta") or "")
    np.testing.assert_allclose(latent(page), saved.points_at(beta).mean[0], atol=1e-5)
    assert_decoded(page.locator(CURRENT), saved.model(), latent(page), beta)
    page.mouse.up()


def test_pins_of_the_map_are_starts(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=upload-mlp")
    for across in (0.3, 0.7):
        page.mouse.click(*at(page, across, 0.4))
    expect(page.locator(".zs-pin-card")).to_have_count(2)
    pictures = [pixels(page, f".zs-pin-card:nth-child({n}) canvas") for n in (1, 2)]
    page.get_by_role("link", name="Traverse").click()
    page.wait_for_selector(DRAWN)
    page.get_by_text("Pin", exact=True).click()
    offered = page.get_by_role("button", name="Start from pin")
    expect(offered).to_have_count(2)
    expect(offered.nth(0)).to_have_attribute("aria-pressed", "true")
    np.testing.assert_array_equal(pixels(page, CURRENT), pictures[0])
    offered.nth(1).click()
    expect(offered.nth(1)).to_have_attribute("aria-pressed", "true")
    np.testing.assert_array_equal(pixels(page, CURRENT), pictures[1])
    expect(page.locator(".zs-start-name")).to_contain_text("Pin")


def test_pins_that_are_no_latents_of_the_model_are_left_out(page: Page, server: Server) -> None:
    open_traversals(page, server, "upload-five")
    pins = [[1, 2], [1, 2, 3, 4, None], "pin", [0.5, -0.5, 1, 0, 2]]
    page.evaluate(
        """pins => sessionStorage.setItem(`zscape:explore:${document.querySelector(".zs").dataset.ready}`, JSON.stringify({ pins }))""",
        pins,
    )
    page.get_by_text("Pin", exact=True).click()
    expect(page.get_by_role("button", name="Start from pin")).to_have_count(1)
    expect(page.locator(".zs-start-name")).to_contain_text("Pin")
    assert latent(page).tolist() == pins[-1]


def test_where_there_are_no_pins_it_says_how_to_get_some(page: Page, server: Server) -> None:
    open_traversals(page, server, "upload-conv")
    page.get_by_text("Pin", exact=True).click()
    expect(page.locator(".zs-start-pins")).to_contain_text("Click the map on Explore")
    assert latent(page).tolist() == [0, 0]


def test_many_dimensions_come_when_they_are_asked_for(page: Page, server: Server, many: Checkpoint) -> None:
    open_traversals(page, server, "upload-many")
    expect(page.locator(ROW)).to_have_count(20)
    first = order(page)
    page.get_by_role("button", name="Show all 128").click()
    expect(page.locator(ROW)).to_have_count(128)
    assert order(page)[:20] == first
    page.wait_for_selector(DRAWN)
    last = order(page)[-1]
    assert_strips(page, many.model(), [first[0], last], np.linspace(-3, 3, 9))
    slider(page, last).fill("1")
    assert_decoded(page.locator(CURRENT), many.model(), latent(page))
    assert_strips(page, many.model(), [first[0]], np.linspace(-3, 3, 9))
    page.reload()
    page.wait_for_selector(DRAWN)
    expect(page.locator(ROW)).to_have_count(128)
    assert latent(page)[last] == pytest.approx(1)
    page.wait_for_function(IDLE)  # it hears at once what was changed
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Download PNG").click()
    sheet = Image.open(io.BytesIO(saved.value.path().read_bytes()))
    assert sheet.height / sheet.width == pytest.approx(128 * 16 / (9 * 8), rel=0.05)
    z = latent(page)
    z[first[0]] = -3
    drawn = many.model().decode(z[None].astype(np.float32)).numpy()[0].transpose(1, 2, 0) * 255
    times = math.ceil(SMALLEST_SIDE / 16)
    seen = np.asarray(sheet, float)[: 16 * times : times, : 8 * times : times]
    assert np.abs(seen - drawn).max() < 1.01
    page.get_by_role("button", name="Show the first 20").click()
    expect(page.locator(ROW)).to_have_count(20)


def test_on_a_phone_the_picture_stays_in_sight_above_the_rows(page: Page, server: Server, many: Checkpoint) -> None:
    page.set_viewport_size({"width": 400, "height": 850})
    open_traversals(page, server, "upload-many")
    row(page, order(page)[15]).scroll_into_view_if_needed()
    expect(page.locator(CURRENT)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
