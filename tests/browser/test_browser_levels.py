"""The map of the top of two levels, with the lower latents at their mean, drawn, or those of an image."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from test_browser_explore import pixels, place, point
from tiny import checkpoint

from vae.checkpoints.checkpoint import Checkpoint
from vae.models.config import ModelConfig
from vae.models.networks import Ladder
from vae.web.export import to_html

TOP, LOWER = 2, 3
WORD = 0xFFFFFFFF
PIXELS_OF = """() => {
    const canvas = document.querySelector("[aria-label^='The decoded image at the cursor']");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, place) => place % 4 === 0);
}"""


def uniforms(count: int, seed: int) -> list[float]:
    """Numbers between 0 and 1, as mulberry32 draws them."""
    drawn = []
    for number in range(1, count + 1):
        state = (seed + number * 0x6D2B79F5) & WORD
        mixed = (state ^ (state >> 15)) * (state | 1) & WORD
        mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61) & WORD)) & WORD
        drawn.append(((mixed ^ (mixed >> 14)) + 0.5) / 2**32)
    return drawn


def draw(seed: int) -> list[float]:
    """What is added to the lower latents, by Box and Muller."""
    u = uniforms(2 * LOWER, seed)
    return [
        math.sqrt(-2 * math.log(radius)) * math.cos(2 * math.pi * turn)
        for radius, turn in zip(u[::2], u[1::2], strict=True)
    ]


@pytest.fixture
def made(page: Page, tmp_path: Path) -> Checkpoint:
    """A model of two levels, whose map is open."""
    made = checkpoint(ModelConfig((1, 8, 8), TOP + LOWER, Ladder(LOWER, (2, 3), (8,), (6, 5), (7,))))
    file = tmp_path / "map.html"
    file.write_text(to_html(made, "Levels"), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".zs[data-ready]")
    return made


def decoded(made: Checkpoint, z: list[float], added: list[float]) -> np.ndarray:
    latent = np.array(z) + np.array([0.0] * TOP + added)
    return made.model().decode(latent[None].astype(np.float32)).numpy().ravel() * 255


def test_the_picture_is_of_the_lower_latents_that_are_chosen(page: Page, made: Checkpoint) -> None:
    point(page, 0.35, 0.4)
    z = place(page)
    assert z[TOP:] == [0.0] * LOWER
    pictures = [pixels(page)]
    assert np.abs(pictures[0] - decoded(made, z, [0.0] * LOWER)).max() < 1.01
    page.locator(".zs-plot").focus()
    for seed in (1, 2):
        page.keyboard.press("n")
        page.wait_for_function(
            f"before => String(({PIXELS_OF})()) !== before", arg=",".join(f"{value:g}" for value in pictures[-1])
        )
        pictures.append(pixels(page))
        assert np.abs(pictures[-1] - decoded(made, z, draw(seed))).max() < 1.01
    expect(page.get_by_role("button", name="Drawn", exact=True)).to_have_attribute("aria-pressed", "true")

    page.get_by_role("slider", name="Temperature of the draw").fill("0")
    page.wait_for_function(
        f"wanted => String(({PIXELS_OF})()) === wanted", arg=",".join(f"{value:g}" for value in pictures[0])
    )


def test_the_image_next_to_the_cursor_lends_its_lower_latents(page: Page, made: Checkpoint) -> None:
    page.get_by_role("button", name="Of the nearest image").click()
    point(page, 0.4, 0.55)
    z = place(page)
    nearest = np.linalg.norm(made.points.mean[:, :TOP] - np.array(z[:TOP]), axis=1).argmin()
    wanted = decoded(made, z, made.points.mean[nearest, TOP:].tolist())
    page.wait_for_function(
        f"wanted => ({PIXELS_OF})().every((value, place) => Math.abs(value - wanted[place]) < 1.01)",
        arg=wanted.tolist(),
    )
