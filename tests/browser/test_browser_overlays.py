"""Overlays as a visitor meets them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from conftest import Server
from playwright.sync_api import Page, expect
from test_browser_beta import slide
from test_browser_explore import READY, come_back, open_map

import vae
import vae.checkpoints

OVERLAY = ".zs-select select"


def choose(page: Page, overlay: str) -> None:
    page.get_by_role("button", name="Layers").click()
    page.locator(OVERLAY).select_option(label=overlay)
    settled(page)


def settled(page: Page) -> None:
    """Waits for the fine field of the view that is shown."""
    page.wait_for_function("() => document.querySelector('.zs-field').dataset.settled", timeout=30_000)


def test_an_overlay_explains_itself_and_is_found_again(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    expect(page.locator(".zs-bar")).to_be_hidden()
    choose(page, "Undecided pixels")
    bar = page.locator(".zs-bar")
    expect(bar).to_contain_text("entropy, nats per image")
    low, high = (float(text) for text in bar.locator(".zs-scale > span:not(.zs-ramp)").all_inner_texts())
    assert 0 <= low < high < 64 * math.log(2)  # digits have 64 pixels
    come_back(page, "page")
    settled(page)
    expect(page.locator(".zs-bar")).to_contain_text("Undecided pixels")
    assert page.evaluate(VISIBLE, ".zs-field") > 0


VISIBLE = """selector => {
    const canvas = document.querySelector(selector);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, place) => sum + (place % 4 === 3 && value > 0), 0);
}"""


def test_an_overlay_follows_beta_and_the_view(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=upload-range")
    choose(page, "Stretch of the decoder")
    first = page.locator(".zs-field").get_attribute("data-settled")
    page.keyboard.press("Escape")
    slide(page, 0.9)
    page.wait_for_function(
        "before => ![before, ''].includes(document.querySelector('.zs-field').dataset.settled)", arg=first
    )
    second = page.locator(".zs-field").get_attribute("data-settled") or ""
    assert second.startswith("stretch,")
    assert float(second.split(",")[1]) == pytest.approx(float(page.get_attribute(".zs", "data-beta") or "nan"))
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(
        "before => ![before, ''].includes(document.querySelector('.zs-field').dataset.settled)", arg=second
    )


def test_layers_are_reached_by_keyboard_and_closed_by_escape(page: Page, server: Server) -> None:
    open_map(page, f"{server.url}/?model=digits-2d")
    button = page.get_by_role("button", name="Layers")
    button.focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("group", name="Layers")
    expect(card).to_be_visible()
    expect(page.get_by_role("switch", name="Points")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".zs-map")).to_have_class("zs-map zs-pointless")
    page.get_by_role("switch", name="Prior").check()
    expect(page.locator(".zs-circles circle")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(button).to_be_focused()
    page.reload()
    page.wait_for_selector(READY)
    expect(page.locator(".zs-circles circle")).to_have_count(3)
    expect(page.locator(".zs-map")).to_have_class("zs-map zs-pointless")


def test_a_model_without_labels_has_no_class_overlay(page: Page, server: Server, tmp_path: Path) -> None:
    shipped = vae.checkpoints.read("digits-2d")
    nameless = shipped.points._replace(labels=np.full_like(shipped.points.labels, -1))
    vae.checkpoints.write(server.runs / "uploads" / "upload-nameless.safetensors", shipped._replace(points=nameless))
    open_map(page, f"{server.url}/?model=upload-nameless")
    page.get_by_role("button", name="Layers").click()
    titles = page.locator(f"{OVERLAY} option").all_inner_texts()
    assert "Cycle error" in titles
    assert "Nearest class" not in titles
