"""The map as a file, opened from disk with no server behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect
from test_browser_explore import at, pixels, place, point
from test_browser_overlays import choose
from test_browser_selection import find

import vae
from vae.cli import main


def test_an_exported_map_works_on_its_own(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    assert main(["export", "digits-2d", "--html", str(file), "--title", "Digits & <friends>"]) == 0
    page.route("http*://**", lambda route: route.abort())  # it must not need anything
    page.goto(file.as_uri())
    page.wait_for_selector(".zs[data-ready]")
    expect(page.get_by_role("heading", name="Digits & <friends>")).to_be_visible()
    point(page, 0.35, 0.4)
    wanted = vae.load("digits-2d").decode([place(page)]).numpy().ravel() * 255
    assert np.abs(pixels(page) - wanted).max() < 1.01
    page.mouse.click(*at(page, 0.6, 0.5))
    expect(page.locator(".zs-pin-card")).to_have_count(1)
    page.wait_for_function(
        "() => document.querySelector('.zs-terrain').dataset.settled"
    )  # by a worker that has no server either
    choose(page, "Cycle error")
    expect(page.locator(".zs-bar")).to_contain_text("latent units")
    find(page, "Class", Class="4")
    expect(page.locator(".zs-drawer")).to_contain_text("images selected")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="All keys")).to_be_visible()
    page.keyboard.press("Escape")
    # It follows the system's theme, and so does what is selected.
    colours = "() => [...document.querySelectorAll('.zs-swatch, .zs-count-bar')].map(mark => getComputedStyle(mark).backgroundColor)"
    light = page.evaluate(colours)
    assert len(light) == 10 + 1
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => JSON.stringify(({colours})()) !== JSON.stringify(light)", arg=light)
    find(page, "Class", Class="2")
    dark = page.evaluate(colours)
    assert dark[-1] == dark[2] != light[2]
