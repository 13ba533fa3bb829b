"""Selecting points and what the drawer says of them, as a visitor meets it."""

from __future__ import annotations

import csv
import io

import numpy as np
from conftest import Server
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from test_browser_beta import slide
from test_browser_explore import at, come_back, open_map, pixels, place, point, rest

import vae
import vae.checkpoints
import vae.data

DRAWER = ".zs-drawer"
# The latents at the corners of a box on the screen, as shares of the plot.
CORNERS = """([left, top, right, bottom]) => {
    const plot = document.querySelector(".zs-plot");
    const { xaxis, yaxis } = plot._fullLayout;
    const { width, height } = plot.getBoundingClientRect();
    return [[left, top], [right, bottom]].map(([across, down]) =>
        [xaxis.p2d(across * width - xaxis._offset), yaxis.p2d(down * height - yaxis._offset)]);
}"""
BOX = (0.35, 0.3, 0.6, 0.55)


def drag_box(page: Page, box: tuple[float, float, float, float] = BOX) -> NDArray[np.int64]:
    """Draws a box and returns the numbers of the digits inside it."""
    rest(page)
    corners = page.evaluate(CORNERS, box)
    page.mouse.move(*at(page, *box[:2]))
    page.mouse.down()
    page.mouse.move(*at(page, *box[2:]), steps=6)
    page.mouse.up()
    return np.flatnonzero(within(vae.checkpoints.read("digits-2d").points.mean, corners))


def within(mean: NDArray[np.float32], corners: list[list[float]]) -> NDArray[np.bool_]:
    (left, top), (right, bottom) = corners
    return (mean[:, 0] > left) & (mean[:, 0] < right) & (mean[:, 1] > bottom) & (mean[:, 1] < top)


def numbers(page: Page) -> list[int]:
    """Of the images that the drawer shows, in its order."""
    return [
        int(text.rpartition(" ")[2].replace(",", ""))
        for text in page.locator(".zs-chosen-tile > span:first-of-type").all_inner_texts()
    ]


def with_images(page: Page) -> None:
    expect(page.locator(".zs-slot .zs-pair figure").first).to_be_visible(timeout=60_000)


def test_a_box_selects_the_points_inside_it_and_the_drawer_shows_them(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    with_images(page)
    page.get_by_role("button", name="Select with a box").click()
    expected = drag_box(page)
    drawer = page.locator(DRAWER)
    expect(drawer).to_contain_text(f"{len(expected)} images selected")
    expect(page.locator(".zs-pager")).to_contain_text(f"1–24 of {len(expected)}")
    assert numbers(page) == expected[:24].tolist()
    page.get_by_role("button", name="Next images").click()
    expect(page.locator(".zs-pager")).to_contain_text(f"25–48 of {len(expected)}")
    assert numbers(page) == expected[24:48].tolist()

    # The picture beside the counts is the mean of the latents, decoded.
    model, points = vae.load("digits-2d"), vae.checkpoints.read("digits-2d").points
    mean = model.decode([points.mean[expected].mean(0)]).numpy().ravel() * 255
    assert np.abs(pixels(page, ".zs-summary canvas") - mean).max() < 2
    counts = [int(text) for text in page.locator(".zs-counts > span:nth-child(3n)").all_inner_texts()]
    assert counts == [count for count in np.bincount(points.labels[expected]).tolist() if count]

    # A tile shows the image above its reconstruction, and puts the cursor on its point.
    test = vae.data.load("digits", "test")
    tile, index = page.locator(".zs-chosen-tile").first, int(expected[24])
    np.testing.assert_array_equal(pixels(page, ".zs-chosen-tile canvas"), test.images[index].flatten())
    tile.hover()
    np.testing.assert_allclose(place(page), points.mean[index], atol=1e-4)


def test_sorting_by_error_puts_the_worst_first(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    with_images(page)
    page.get_by_role("button", name="Select with a box").click()
    expected = drag_box(page)
    page.get_by_label("Sort by").select_option(label="Error, largest first")
    test, points, model = (
        vae.data.load("digits", "test"),
        vae.checkpoints.read("digits-2d").points,
        vae.load("digits-2d"),
    )
    mean = model._input(points.mean[expected], "latents", (2,))
    errors = -model.likelihood(mean).log_prob(test.floats(slice(None))[expected]).detach().numpy()
    worst = expected[np.argsort(-errors)][:24]
    expect(page.locator(".zs-chosen-tile").first).to_contain_text(f" {worst[0]}")
    expect(page.locator(".zs-chosen-tile").last).to_contain_text(f" {worst[-1]}")
    assert numbers(page) == worst.tolist()
    shown = [float(text.split()[0]) for text in page.locator(".zs-chosen-tile .zs-note").all_inner_texts()]
    np.testing.assert_allclose(shown, np.sort(errors)[::-1][:24], atol=0.06)


def test_a_selection_is_taken_along_as_files(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    with_images(page)
    page.get_by_role("button", name="Select with a box").click()
    expected = drag_box(page)

    def download(name: str) -> bytes:
        with page.expect_download() as started:
            page.get_by_role("button", name=name).click()
        return started.value.path().read_bytes()

    rows = list(csv.DictReader(io.StringIO(download("Selection as CSV").decode())))
    assert [int(row["index"]) for row in rows] == expected.tolist()
    assert all(float(row["error_nats"]) > 0 for row in rows)
    arrays = np.load(io.BytesIO(download("As .npz")), allow_pickle=False)
    np.testing.assert_array_equal(arrays["image"], vae.data.load("digits", "test").images[expected])
    sheet = Image.open(io.BytesIO(download("Sheet of images")))
    assert sheet.width > 200


def test_escape_and_undo_and_a_click(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    drawer, box = page.locator(DRAWER), page.get_by_role("button", name="Select with a box")
    page.locator(".zs-plot").focus()
    page.keyboard.press("b")
    expect(box).to_have_attribute("aria-pressed", "true")
    first = drag_box(page)
    expect(drawer).to_contain_text(f"{len(first)} images selected")
    second = drag_box(page, (0.5, 0.4, 0.7, 0.6))
    expect(drawer).to_contain_text(f"{len(second)} images selected")
    page.get_by_role("button", name="Undo").click()
    expect(drawer).to_contain_text(f"{len(first)} images selected")
    page.mouse.click(*at(page, 0.5, 0.5))
    expect(drawer).to_contain_text("Nothing is selected")
    page.get_by_role("button", name="Undo").click()
    expect(drawer).to_contain_text(f"{len(first)} images selected")
    drag_box(page)
    page.keyboard.press("Escape")  # with the hand on the mouse, too
    expect(box).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(drawer).to_contain_text("Nothing is selected")
    page.mouse.click(*at(page, 0.5, 0.5))  # pins again
    expect(page.locator(".zs-pin-card")).to_have_count(1)


def test_the_most_remote_are_found_where_all_points_coincide(page: Page, server: Server) -> None:
    shipped = vae.checkpoints.read("digits-2d")
    points = shipped.points
    many = 60_000
    mean = np.zeros((many, 2), np.float32)
    mean[7] = 2, 1
    one = points._replace(mean=mean, std=np.full_like(mean, 0.1), labels=np.zeros(many, np.int64))
    vae.checkpoints.write(server.runs / "uploads" / "upload-one-place.safetensors", shipped._replace(points=one))
    open_map(page, f"{server.url}/?model=upload-one-place")
    find(page, "Most remote", Most_remote="1")
    expect(page.locator(".zs-drawer")).to_contain_text("1 image selected", timeout=20_000)
    assert numbers(page) == [7]


def test_a_lasso_leaves_out_what_lies_beside_it_and_hidden_classes(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    page.locator(".zs-class").nth(3).click()
    page.get_by_role("button", name="Select with a lasso").click()
    corners = [(0.3, 0.3), (0.7, 0.3), (0.5, 0.7)]
    page.mouse.move(*at(page, *corners[0]))
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*at(page, *corner), steps=12)
    page.mouse.up()
    rest(page)
    latents = np.array([page.evaluate(CORNERS, [*corner, *corner])[0] for corner in corners])
    points = vae.checkpoints.read("digits-2d").points

    def side(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
        return (b[0] - a[0]) * (points.mean[:, 1] - a[1]) - (b[1] - a[1]) * (points.mean[:, 0] - a[0]) < 0

    inside = side(latents[0], latents[1]) & side(latents[1], latents[2]) & side(latents[2], latents[0])
    expected = inside & (points.labels != 3)
    assert 0 < expected.sum() < inside.sum()
    expect(page.locator(DRAWER)).to_contain_text(f"{expected.sum()} images selected")


def test_a_selection_keeps_its_images_at_another_beta_and_comes_back(page: Page, server: Server) -> None:
    open_map(page, server.url)
    page.get_by_role("button", name="Select with a box").click()
    page.mouse.move(*at(page, *BOX[:2]))
    page.mouse.down()
    page.mouse.move(*at(page, *BOX[2:]), steps=6)
    page.mouse.up()
    title = page.locator(f"{DRAWER} strong").first
    text = title.inner_text()
    assert text.endswith("images selected")
    drawn = "document.querySelector('.zs-summary canvas').toDataURL()"
    before = page.evaluate(drawn)
    slide(page, 0.1)
    page.wait_for_function(f"before => {drawn} !== before", arg=before)
    expect(title).to_have_text(text)
    come_back(page, "page")
    expect(title).to_have_text(text)
    expect(page.get_by_role("button", name="Selection as CSV")).to_be_visible()
    point(page, 0.5, 0.5)


def find(page: Page, what: str, **values: str) -> None:
    """Has the finder select; `values` of its controls by their names."""
    card = page.get_by_role("group", name="Find images")
    if not card.is_visible():
        page.get_by_role("button", name="Find images").click()
    for name, value in values.items():
        control = card.get_by_label(name.replace("_", " "), exact=True)
        if value.isdigit() and control.evaluate("element => element.tagName") == "INPUT":
            control.fill(value)
        else:
            control.select_option(label=value)
    card.get_by_role("button", name=f"Select: {what}").click()


def test_images_are_found_by_number_class_and_nearness(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    points = vae.checkpoints.read("digits-2d").points
    title = page.locator(f"{DRAWER} strong").first
    find(page, "Image no.", **{"Image no.": "123"})
    expect(title).to_have_text("1 image selected")
    np.testing.assert_allclose(place(page), points.mean[123], atol=1e-4)
    find(page, "Class", Class="4")
    expect(title).to_have_text(f"{(points.labels == 4).sum()} images selected")
    page.get_by_role("button", name="Find images").click()
    page.mouse.click(*at(page, 0.4, 0.5))  # a pin
    pin = np.array(place(page))
    point(page, 0.2, 0.8)
    find(page, "Nearest", Nearest="7", Nearest_to="pin 1")
    expect(title).to_have_text("7 images selected")
    expected = np.argsort(np.linalg.norm(points.mean - pin, axis=1))[:7]
    assert numbers(page) == sorted(expected.tolist())


def test_images_are_found_by_error_and_density_among_the_selected(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    with_images(page)
    points, test, model = (
        vae.checkpoints.read("digits-2d").points,
        vae.data.load("digits", "test"),
        vae.load("digits-2d"),
    )
    away = np.sort(np.linalg.norm(points.mean[:, None] - points.mean, axis=2), axis=1)[:, 10]
    title = page.locator(f"{DRAWER} strong").first
    find(page, "Most remote", Most_remote="9")
    expect(title).to_have_text("9 images selected")
    assert numbers(page) == sorted(np.argsort(-away)[:9].tolist())
    find(page, "Class", Class="8")
    expect(title).to_have_text(f"{(points.labels == 8).sum()} images selected")
    page.get_by_role("button", name="Find images").click()
    page.get_by_role("button", name="Find images").click()
    page.get_by_label("Among the selected only").check()
    find(page, "Largest error", Largest_error="5")
    expect(title).to_have_text("5 images selected")
    eights = np.flatnonzero(points.labels == 8)
    mean = model._input(points.mean[eights], "latents", (2,))
    errors = -model.likelihood(mean).log_prob(test.floats(slice(None))[eights]).detach().numpy()
    assert numbers(page) == sorted(eights[np.argsort(-errors)[:5]].tolist())
