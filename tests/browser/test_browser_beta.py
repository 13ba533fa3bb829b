"""The beta slider as a visitor meets it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import STILL, Server
from PIL import Image
from playwright.sync_api import Page, expect
from test_browser_explore import READY, at, come_back, open_map, pixels, place, point, rest

import vae
import vae.checkpoints
from vae.checkpoints.checkpoint import Checkpoint
from vae.cli import main
from vae.evaluation.terms import active_dimensions, flat_from, measured_betas, terms

SLIDER = ".zs-beta input"
POINTS = """() => document.querySelector(".zs-plot")._fullData.flatMap(
    trace => Array.from(trace.x, (x, i) => [x, trace.y[i]]))"""


def at_beta(page: Page, beta: float) -> None:
    """Waits until the map is at this beta, and at rest."""
    page.wait_for_function("beta => Math.abs(document.querySelector('.zs').dataset.beta / beta - 1) < 0.01", arg=beta)
    rest(page)


def slide(page: Page, share: float) -> None:
    """Drags the thumb to a share of the slider's length, once the page no longer scrolls by itself."""
    page.locator(SLIDER).evaluate(STILL)
    box = page.locator(SLIDER).bounding_box()
    assert box is not None
    thumb = 16  # px, whose middle never leaves the track
    x = box["x"] + thumb / 2 + share * (box["width"] - thumb)
    now = float(page.input_value(SLIDER))
    page.mouse.move(box["x"] + thumb / 2 + now * (box["width"] - thumb), box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()


@pytest.fixture
def ranged(server: Server) -> Checkpoint:
    return vae.checkpoints.read(server.runs / "uploads" / "upload-range.safetensors")


def test_dragging_moves_every_point_and_decodes_anew(page: Page, server: Server, ranged: Checkpoint) -> None:
    open_map(page, f"{server.url}/?model=upload-range")
    point(page, 0.4, 0.4)
    page.mouse.click(*at(page, 0.6, 0.6))
    point(page, 0.4, 0.4)
    z, model = place(page), ranged.model()
    pins = [pixels(page, ".zs-pin-card canvas")]
    beta = 0.0
    for share in (0.75, 0.1, 0.5):
        slide(page, share)
        at_beta(page, 0.1 * 100**share)
        beta = float(page.get_attribute(".zs", "data-beta") or "")
        points = ranged.points_at(beta)
        order = np.argsort(points.labels, kind="stable")
        np.testing.assert_allclose(page.evaluate(POINTS), points.mean[order], atol=1e-5)
        assert np.abs(pixels(page) - model.decode([z], beta).numpy().ravel() * 255).max() < 1.01
        pins.append(pixels(page, ".zs-pin-card canvas"))
        assert not np.array_equal(pins[-1], pins[-2])
        expect(page.locator(".zs-beta output")).to_have_text(f"{beta:.3g}")
    assert beta == 1, "near one it is one"


def test_the_slider_says_from_where_on_latents_no_longer_pay(page: Page, server: Server) -> None:
    note = page.locator(".zs-beta-slider .zs-note")
    open_map(page, f"{server.url}/?model=mnist-2d")
    expected = flat_from(vae.checkpoints.read("mnist-2d"))
    assert expected is not None
    expect(note).to_contain_text(f"From β {expected:.3g} on")
    open_map(page, f"{server.url}/?model=upload-range")
    expect(page.locator(SLIDER)).to_be_visible()
    expect(note).to_have_count(0)


def test_figures_beside_the_slider_are_those_of_python(page: Page, server: Server, ranged: Checkpoint) -> None:
    open_map(page, f"{server.url}/?model=upload-range")
    rate, distortion, active, each = page.locator(".zs-beta dd").all()
    for share, measured in ((0.0, True), (0.47, False), (0.5, True), (1.0, True)):
        slide(page, share)
        at_beta(page, 0.1 * 100**share)
        expected = terms(ranged, float(page.get_attribute(".zs", "data-beta") or ""))
        assert expected.measured == measured
        for shown, value in ((rate, expected.kl), (distortion, expected.recon)):
            text = shown.inner_text()
            assert text.startswith("≈ ") != measured
            assert float(text.removeprefix("≈ ").removesuffix(" nats")) == pytest.approx(value, abs=0.051)
        if measured:
            about = active_dimensions(
                ranged, min(measured_betas(ranged), key=lambda beta: abs(beta - 0.1 * 100**share))
            )
            assert active.inner_text() == f"{about.active} of 2"
            ends = [float(end) for end in each.inner_text().removesuffix(" nats").split("–")]
            assert (ends[0], ends[-1]) == pytest.approx((about.least, about.most), abs=0.051)


def test_while_it_is_dragged_the_points_are_drawn_where_they_will_rest(page: Page, server: Server) -> None:
    open_map(page, server.url + "/?model=upload-range")
    page.locator(".zs-heading").hover()
    # Ink is what isn't the ground: where Plotly has drawn at rest, and where the canvas draws while it moves.
    page.locator(SLIDER).evaluate(
        "slider => { slider.value = '0.3'; window.going = setInterval(() => slider.dispatchEvent(new Event('input')), 20); }"
    )
    page.wait_for_function("Number(document.querySelector('.zs').dataset.beta) < 0.5")
    expect(page.locator(".zs-canvas-points")).to_be_visible()
    stage = page.locator(".zs-stage")
    moving = stage.screenshot()
    expect(page.locator(".zs-canvas-points")).to_be_visible()
    page.evaluate("clearInterval(window.going)")
    expect(page.locator(".zs-canvas-points")).to_be_hidden()
    resting = stage.screenshot()
    one, other = (np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16) for shot in (moving, resting))
    assert one.shape == other.shape
    inked = np.abs(other - np.median(other, axis=(0, 1))).max(axis=2) > 60
    assert inked.sum() > 200
    differs = np.abs(one - other).max(axis=2) > 90
    assert differs.sum() < 0.1 * inked.sum()


def test_the_curve_the_marker_and_the_numbers_follow(page: Page, server: Server, ranged: Checkpoint) -> None:
    open_map(page, f"{server.url}/?model=upload-range")
    frames = ranged.keyframes
    assert frames is not None
    spots = []
    for share, frame in ((0.0, 0), (1.0, -1)):
        slide(page, share)
        at_beta(page, float(frames.beta[frame]))
        facts = page.locator(".zs-beta .zs-facts")
        expect(facts).to_contain_text(f"{frames.kl[frame]:.1f} nats")
        expect(facts).to_contain_text(f"{frames.recon[frame]:.1f} nats")
        expect(facts).to_contain_text(f"{frames.active[frame]} of 2")
        spots.append(page.get_attribute(".zs-curve circle", "transform"))
    assert spots[0] != spots[1]
    ends = page.get_attribute(".zs-curve polyline", "points") or ""
    for spot, end in zip(spots, (ends.split(" ")[0], ends.split(" ")[-1]), strict=True):
        assert spot == f"translate({end.replace(',', ' ')})"


def test_the_slider_is_reached_by_keyboard_and_named(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=upload-range")
    slider = page.get_by_role("slider", name="Beta, the weight of the KL")
    slider.focus()
    page.keyboard.press("End")
    at_beta(page, 10)
    expect(slider).to_have_attribute("aria-valuetext", "β 10")
    page.keyboard.press("Home")
    at_beta(page, 0.1)
    for _ in range(110):  # through one, which holds on to the thumb only while it is dragged
        page.keyboard.press("ArrowRight")
    assert float(page.input_value(SLIDER)) == pytest.approx(0.55)
    at_beta(page, 0.1 * 100**0.55)


def test_beta_is_found_again_on_another_page_and_after_a_reload(page: Page, server: Server, ranged: Checkpoint) -> None:
    open_map(page, f"{server.url}/?model=upload-range")
    slide(page, 0.8)
    at_beta(page, 0.1 * 100**0.8)
    beta = page.locator(".zs-beta output").text_content()
    for leave in ("page switch", "reload"):
        come_back(page, leave)
        expect(page.locator(".zs-beta output")).to_have_text(beta or "")
        rest(page)
        points = ranged.points_at(0.1 * 100 ** float(page.input_value(SLIDER)))
        order = np.argsort(points.labels, kind="stable")
        np.testing.assert_allclose(page.evaluate(POINTS), points.mean[order], atol=2e-3)


@pytest.mark.parametrize("name", ["upload-range", "upload-five-range"])
def test_samples_are_decoded_at_the_beta_in_use(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/sample?model={name}")
    page.wait_for_selector(READY)
    page.wait_for_selector(".zs-tiles[data-decoded='64']")
    before = pixels(page, ".zs-tile canvas")
    slide(page, 0.9)
    page.wait_for_function("Number(document.querySelector('.zs').dataset.beta) > 5")
    page.wait_for_selector(".zs-tiles[data-decoded='64']")
    beta = float(page.get_attribute(".zs", "data-beta") or "")
    model = vae.load(server.runs / "uploads" / f"{name}.safetensors")
    wanted = model.decode(model.latent_prior.draw(1), beta).numpy().ravel() * 255
    drawn = pixels(page, ".zs-tile canvas")
    assert not np.array_equal(drawn, before)
    assert np.abs(drawn - wanted).max() < 1.5  # the page gets four decimals


def test_the_path_follows_its_ends_to_another_beta(page: Page, server: Server, ranged: Checkpoint) -> None:
    page.goto(f"{server.url}/interpolate?model=upload-range")
    page.wait_for_selector(READY)
    line = page.get_attribute(".zs-path polyline", "points")
    slide(page, 0.95)
    page.wait_for_function(
        "line => document.querySelector('.zs-path polyline').getAttribute('points') !== line", arg=line
    )


def test_a_model_for_one_beta_says_so_and_offers_to_train_a_range(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=upload-mlp")
    expect(page.locator(".zs-beta")).to_contain_text("Trained at β 1 alone")
    expect(page.locator(SLIDER)).to_have_count(0)
    page.get_by_role("button", name="Train a range").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="Every β")).to_be_checked()
    expect(page.get_by_text("β 0.05 to 20")).to_be_visible()


def test_an_exported_range_has_its_slider(page: Page, server: Server, ranged: Checkpoint, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    source = server.runs / "uploads" / "upload-range.safetensors"
    assert main(["export", str(source), "--html", str(file)]) == 0
    page.route("http*://**", lambda route: route.abort())
    open_map(page, file.as_uri())
    point(page, 0.4, 0.4)
    slide(page, 0.2)
    at_beta(page, 0.1 * 100**0.2)
    beta = float(page.get_attribute(".zs", "data-beta") or "")
    wanted = ranged.model().decode([place(page)], beta).numpy().ravel() * 255
    assert np.abs(pixels(page) - wanted).max() < 1.01
    expect(page.locator("h1 + p")).to_contain_text(re.compile("β 0.1 to 10"))
    page.reload()
    page.wait_for_selector(READY)
    assert float(page.input_value(SLIDER)) == pytest.approx(0.2, abs=0.01)
