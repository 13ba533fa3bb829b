"""Every page in a real browser: by its own URL, and doing what it is for."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from conftest import Server, choose_option, start
from PIL import Image
from playwright.sync_api import Page, expect
from test_browser_explore import PIXELS, at, pixels
from tiny import checkpoint, config

import vae.checkpoints


def test_a_fresh_server_opens_any_page_first(page: Page, tmp_path: Path) -> None:
    """Streamlit's own handling of a pages/ folder would show the bare script to the first visitor."""
    with start(tmp_path) as server:
        page.goto(f"{server.url}/sample")
        page.wait_for_selector(".zs[data-ready]")
        expect(page.get_by_role("link", name="Interpolate")).to_be_visible()


def test_sample_draws_a_gallery_and_its_rings(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/sample")
    page.wait_for_selector(".zs-tiles[data-decoded='64']")
    expect(page.locator(".zs-rings circle")).to_have_count(64)
    first = pixels(page, ".zs-tile canvas")

    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("7")
    seed.press("Enter")
    page.wait_for_function(
        f"before => String(({PIXELS})(document.querySelector('.zs-tile canvas'))) !== before",
        arg=",".join(map(str, first)),
    )

    page.locator(".zs-tile").nth(5).hover()
    expect(page.locator(".zs-rings .zs-active")).to_have_count(1)

    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Download PNG").click()
    sheet = Image.open(io.BytesIO(saved.value.path().read_bytes()))
    assert sheet.format == "PNG"
    assert sheet.width == sheet.height
    assert np.ptp(np.asarray(sheet)) > 200


def test_sample_works_in_any_dimension(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/sample?model=upload-five")
    page.wait_for_selector(".zs-tiles[data-decoded='64']")
    expect(page.locator(".zs-rings circle")).to_have_count(64)


def test_interpolate_slides_between_two_images(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/interpolate")
    page.wait_for_selector(".zs[data-ready]")
    middle = ".zs-ends figure:nth-child(2) canvas"
    slider = page.get_by_role("slider", name="Place on the path")
    seen = []
    for t in ("0", "0.5", "1"):
        slider.fill(t)
        seen.append(pixels(page, middle))
    assert not np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[1], seen[2])
    # There is no data set on this server's disk, so the ends are what the slider shows there, and say so.
    assert np.array_equal(pixels(page, ".zs-ends figure:nth-child(1) canvas"), seen[0])
    assert np.array_equal(pixels(page, ".zs-ends figure:nth-child(3) canvas"), seen[2])
    expect(page.locator(".zs-ends figcaption").first).to_contain_text("reconstruction")
    expect(page.locator(".zs-strip canvas")).to_have_count(9)
    expect(page.locator(".zs-path polyline").first).to_be_attached()


def test_interpolate_takes_an_end_from_a_click_on_the_map(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/interpolate")
    page.wait_for_selector(".zs[data-ready]")
    field = page.get_by_role("spinbutton", name="Image A")
    before = field.input_value()
    page.mouse.click(*at(page, 0.35, 0.5))
    expect(field).not_to_have_value(before)
    points = vae.checkpoints.read("mnist-2d").points
    label = points.classes[points.labels[int(field.input_value())]]
    expect(page.locator(".zs-ends figcaption").first).to_contain_text(f"{label}, no. ")


def test_interpolate_works_in_any_dimension(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/interpolate?model=upload-five")
    page.wait_for_selector(".zs[data-ready]")
    expect(page.locator(".zs-path polyline").first).to_be_attached()
    expect(page.locator(".zs-strip canvas")).to_have_count(9)


def test_a_damaged_upload_leaves_the_model_as_it_was(page: Page, server: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x80\x02}q\x00." + bytes(100))
    page.goto(f"{server.url}/models")
    page.locator("input[type=file]").set_input_files(broken)
    alert = page.get_by_role("alert").filter(has_text="broken.safetensors")
    expect(alert).to_contain_text("stays as it was")
    expect(page.get_by_text(re.compile("from mnist-2d.safetensors"))).to_be_visible()
    assert not list((server.runs / "uploads").glob("*broken*"))


def test_an_upload_is_opened_and_comes_back_as_it_was(page: Page, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    vae.checkpoints.write(file, checkpoint(config("conv"), points=20))
    page.goto(f"{server.url}/models")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text(re.compile("from upload-mine.safetensors"))).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download this checkpoint").click()
    assert saved.value.path().read_bytes() == file.read_bytes()
    # Nobody holds on to the bytes of an upload that has been taken.
    assert "UploadedFileManager" not in page.request.get(f"{server.url}/_stcore/metrics").text()
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(".zs-map:not(.zs-dirty)")
    assert page.evaluate('document.querySelector(".zs-plot")._fullData.length') == 3  # two classes, and those without


def test_a_model_is_chosen_from_the_picker_and_kept_across_a_reload(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.wait_for_selector(".zs[data-ready]")
    first = page.get_attribute(".zs", "data-ready")
    box = page.get_by_role("combobox", name=re.compile("Model"))
    choose_option(page, box, re.compile("Digits 8x8, 2-D, β 1$"))
    page.wait_for_function(
        "first => ![null, first].includes(document.querySelector('.zs')?.dataset.ready ?? null)", arg=first
    )
    second = page.get_attribute(".zs", "data-ready")
    page.reload()
    page.wait_for_selector(".zs[data-ready]")
    assert page.get_attribute(".zs", "data-ready") == second


def test_a_link_to_a_model_that_is_gone_opens_another(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?model=nowhere")
    expect(page.get_by_text(re.compile("There is no model nowhere"))).to_be_visible()
    page.wait_for_selector(".zs[data-ready]")
