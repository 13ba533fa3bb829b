"""Two linked maps, as a visitor meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Server, choose_option
from playwright.sync_api import Locator, Page, Route, expect
from test_browser_explore import PIXELS

import vae.checkpoints
from vae.checkpoints.checkpoint import Checkpoint
from vae.evaluation.comparison import furthest, moved, together
from vae.latents.layouts import Layout, lay_out
from vae.latents.paths import typical
from vae.projections import PCA, Axes

READY = "() => document.querySelectorAll('.zs[data-ready]').length === 2"


class Both:
    """The page with two maps, and what Python makes of the same models."""

    def __init__(self, page: Page, server: Server, first: str, second: str) -> None:
        self.page = page
        page.goto(f"{server.url}/compare?model=upload-{first}")
        page.wait_for_function(READY)
        self.models = [self.read(server.runs, name) for name in (first, second)]
        self.choose(1, second)
        layouts = [lay_out(model, self.settings(model), 1.0) for model in self.models]
        self.layouts: tuple[Layout, ...] = together(layouts[0], layouts[1])

    @staticmethod
    def read(runs: Path, name: str) -> Checkpoint:
        return vae.checkpoints.read(runs / "uploads" / f"upload-{name}.safetensors")

    @staticmethod
    def settings(model: Checkpoint) -> Axes | PCA:
        return Axes() if model.config.latent_dim == 2 else PCA()

    def choose(self, side: int, name: str) -> None:
        self.choose_on(self.page, side, name)

    @staticmethod
    def choose_on(page: Page, side: int, name: str) -> None:
        """Makes another model that of one side, and waits until its map is there."""
        host = page.locator(".zs-host").nth(side).locator(".zs")
        before = host.get_attribute("data-ready")
        choose_option(page, page.get_by_role("combobox", name=f"Model {'AB'[side]}"), re.compile(rf"· {name}$"))
        # A busy machine takes its time for what the page begins with, which goes before.
        expect(host).not_to_have_attribute("data-ready", before or "", timeout=45_000)
        expect(host).to_have_attribute("data-ready", re.compile("."))

    def plot(self, side: int) -> Locator:
        return self.page.locator(".zs-host").nth(side).locator(".zs-plot")

    def point(self, side: int, across: float, down: float) -> None:
        box = self.plot(side).bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])

    def picture(self, side: int) -> np.ndarray:
        return np.array(self.page.locator(".zs-host").nth(side).locator(".zs-fading canvas").evaluate(PIXELS))

    def latent(self, side: int) -> list[float]:
        text = self.page.locator(".zs-host").nth(side).locator(".zs").get_attribute("data-z") or ""
        return [float(value) for value in text.split(",")]

    def decoded(self, side: int, latent: Any) -> np.ndarray:
        return self.models[side].model().decode([latent]).numpy().ravel() * 255

    def nearest(self, side: int) -> int:
        text = self.page.locator(".zs-host").nth(side).locator(".zs-facts dd").nth(1).inner_text()
        return int(text.rpartition("no. ")[2].replace(",", ""))


@pytest.fixture
def both(page: Page, server: Server) -> Both:
    return Both(page, server, "mlp", "five")


def test_the_other_map_shows_the_same_image(both: Both) -> None:
    for side, across, down in ((0, 0.4, 0.4), (1, 0.6, 0.5), (0, 0.55, 0.6)):
        both.point(side, across, down)
        index = both.nearest(side)
        other = 1 - side
        wanted = both.decoded(other, both.models[other].points.mean[index])
        assert np.abs(both.picture(other) - wanted).max() < 1.01
        assert np.abs(both.picture(side) - both.decoded(side, both.latent(side))).max() < 1.01
        expect(both.page.locator(".zs-trails line")).to_have_count(2)


def test_the_other_map_decodes_the_same_place(both: Both) -> None:
    both.page.get_by_role("button", name="place", exact=True).click()
    for side, across, down in ((0, 0.3, 0.4), (1, 0.7, 0.6)):
        both.point(side, across, down)
        other = 1 - side
        place = both.layouts[side].projection.transform(np.array([both.latent(side)], np.float32))
        inverse = both.layouts[other].projection.inverse_transform(place).latents[0]
        np.testing.assert_allclose(both.latent(other), inverse, atol=1e-3)
        assert np.abs(both.picture(other) - both.decoded(other, inverse)).max() < 1.5


def test_what_moved_most_is_selected_in_both(both: Both) -> None:
    both.page.get_by_role("button", name="moved most").click()
    expect(both.page.locator(".zs-drawer")).to_contain_text("24 images selected")
    one, other = (layout.projection.plane for layout in both.layouts)
    distances = np.linalg.norm(one - other, axis=1)
    np.testing.assert_allclose(distances, moved(one, other), atol=1e-4)
    wanted = furthest(distances, 24)
    names = both.page.locator(".zs-chosen-tile span:not(.zs-note)").all_inner_texts()
    assert [int(name.rpartition("· ")[2].replace(",", "")) for name in names] == wanted.tolist()
    # Each tile has the reconstructions of both.
    tile = both.page.locator(".zs-chosen-tile").first
    for side in (0, 1):
        drawn = np.array(tile.locator("canvas").nth(side + 1).evaluate(PIXELS))
        assert np.abs(drawn - both.decoded(side, both.models[side].points.mean[wanted[0]])).max() < 1.01
    both.page.get_by_role("button", name="Clear").click()
    expect(both.page.locator(".zs-drawer")).to_contain_text("Nothing is selected")


def test_a_box_in_one_map_selects_in_both_and_both_look_at_the_same(both: Both) -> None:
    page = both.page
    page.locator(".zs-host").nth(1).get_by_role("button", name="Select with a box").click()
    both.point(1, 0.3, 0.3)
    page.mouse.down()
    both.point(1, 0.7, 0.7)
    page.mouse.up()
    expect(page.locator(".zs-drawer")).to_contain_text("selected")
    views = "() => [...document.querySelectorAll('.zs-plot')].map(plot => plot.dataset.view)"
    before = page.evaluate(views)
    page.locator(".zs-host").nth(0).get_by_role("button", name="Zoom in").click()
    page.wait_for_function(
        f"before => {{ const [a, b] = ({views})(); return a === b && a !== before[0]; }}", arg=before
    )
    ranges = [[float(value) for value in view.split(",")] for view in page.evaluate(views)]
    np.testing.assert_allclose(ranges[0], ranges[1], rtol=1e-6)


def test_one_model_at_two_betas(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/compare?model=upload-range")
    page.wait_for_function(READY)
    facts = page.locator(".zs-host .zs-facts")
    page.locator(".zs-host").nth(0).locator(".zs-plot").hover(position={"x": 200, "y": 150})
    slider = page.get_by_role("slider", name="β of B")
    slider.focus()
    for key, beta in (("Home", "0.1"), ("End", "10")):
        slider.press(key)
        expect(page.locator(".zs-host").nth(1).locator(f".zs[data-beta='{beta}']")).to_be_attached()
    expect(page.locator(".zs-map.zs-dirty")).to_have_count(0)  # what is under the pointer changes while they move
    model = Both.read(server.runs, "range")
    # B shows the image that A was last pointed at, wherever it lies by now.
    nearest = int(facts.nth(0).locator("dd").nth(1).inner_text().rpartition("no. ")[2])
    expect(facts.nth(1)).to_contain_text(re.compile(rf"no\. {nearest}(?!\d)"))
    drawn = np.array(page.locator(".zs-host").nth(1).locator(".zs-fading canvas").evaluate(PIXELS))
    wanted = model.model().decode([model.points_at(10.0).mean[nearest]], beta=10.0).numpy().ravel() * 255
    assert np.abs(drawn - wanted).max() < 1.01
    for side, beta in ((0, 0.1), (1, 10.0)):
        plot = page.locator(".zs-host").nth(side).locator(".zs-plot")
        bounds = plot.bounding_box()
        assert bounds is not None
        page.mouse.move(bounds["x"] + 0.45 * bounds["width"], bounds["y"] + 0.4 * bounds["height"])
        host = page.locator(".zs-host").nth(side)
        latent = [float(value) for value in (host.locator(".zs").get_attribute("data-z") or "").split(",")]
        drawn = np.array(host.locator(".zs-fading canvas").evaluate(PIXELS))
        assert np.abs(drawn - model.model().decode([latent], beta=beta).numpy().ravel() * 255).max() < 1.01


def test_what_was_chosen_is_remembered(both: Both) -> None:
    both.page.get_by_role("button", name="place", exact=True).click()
    both.page.reload()
    both.page.wait_for_function(READY)
    expect(both.page.get_by_role("button", name="place", exact=True)).to_have_attribute("aria-pressed", "true")
    assert json.loads(both.page.evaluate("sessionStorage.getItem('zscape:pair')"))["follows"] == "place"


def test_what_is_selected_outlives_another_model(both: Both) -> None:
    page = both.page
    page.get_by_role("button", name="moved most").click()
    drawer = page.locator(".zs-drawer")
    expect(drawer).to_contain_text("24 images selected")
    both.choose(0, "conv")
    expect(drawer).to_contain_text("24 images selected")
    page.locator(".zs-chosen-tile").first.hover()
    drawer.get_by_role("combobox", name="Sort by").select_option("distance")
    page.get_by_role("button", name="Clear").click()
    expect(drawer).to_contain_text("Nothing is selected")


def test_a_beta_that_comes_while_a_map_loads_is_not_forgotten(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/compare?model=upload-range")
    page.wait_for_function(READY)
    pending: list[Route] = []
    let_through = False

    def hold(route: Route) -> None:
        route.continue_() if let_through else pending.append(route)

    page.route("**/zscape/block/*", hold)
    choose_option(page, page.get_by_role("combobox", name="Model B"), re.compile(r"· conv-range$"))
    expect(page.get_by_text(re.compile(r"^B: .+ conv-range, at β 1$"))).not_to_have_count(0)
    slider = page.get_by_role("slider", name="β of B")
    slider.focus()
    slider.press("End")
    # The script has run with it, while nothing has come yet.
    expect(page.get_by_text(re.compile(r"^B: .+ conv-range, at β 10$"))).not_to_have_count(0)
    let_through = True
    for route in pending:
        route.continue_()
    expect(page.locator(".zs-host").nth(1).locator(".zs[data-beta='10']")).to_be_attached()


def test_both_maps_read_before_anybody_points_at_one(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/compare?model=upload-five")
    page.wait_for_function(READY)
    Both.choose_on(page, 1, "mlp")
    first, second = Both.read(server.runs, "five"), Both.read(server.runs, "mlp")
    begin = typical(first.points)
    for side in (0, 1):
        host = page.locator(".zs-host").nth(side)
        expect(host.locator(".zs-fading canvas")).to_have_css("opacity", "1")
        expect(host.locator(".zs-fading p")).to_have_css("opacity", "0")
        expect(host.locator(".zs-facts dd").nth(1)).to_contain_text(re.compile(rf"no\. {begin}$"))
        expect(host.locator(".zs-facts dd").nth(2)).not_to_have_text("–")
    drawn = np.array(page.locator(".zs-host").nth(1).locator(".zs-fading canvas").evaluate(PIXELS))
    wanted = second.model().decode([second.points.mean[begin]]).numpy().ravel() * 255
    assert np.abs(drawn - wanted).max() < 1.01


# Where the maps begin at every frame from now on, as often as that changes.
WATCH = """() => {
    window.tops = [];
    const look = () => {
        const main = document.querySelector("[data-testid=stMain]");
        const top = document.querySelector(".zs-hosts")?.getBoundingClientRect().top + main.scrollTop;
        if (window.tops.at(-1) !== top) window.tops.push(top);
        requestAnimationFrame(look);
    };
    look();
}"""
LAID_OUT = """() => [...document.querySelectorAll(".zs-plot")].some(plot => plot.dataset.space?.includes("tsne"))"""
FITS = """() => [...document.querySelectorAll("[data-testid=stTable]")].map(table => table.scrollWidth - table.clientWidth)"""


def test_maps_stay_where_they_are_while_a_plane_is_made(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/compare?model=upload-five")
    page.wait_for_function(READY)
    expect(page.locator(".zs-map.zs-dirty")).to_have_count(0)
    page.evaluate(WATCH)
    page.get_by_role("radio", name="t-SNE").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.wait_for_function(LAID_OUT)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    assert len(page.evaluate("window.tops")) == 1


def test_the_table_of_both_has_room_on_every_screen(page: Page, server: Server) -> None:
    for width in (420, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{server.url}/compare?model=upload-five")
        table = page.get_by_test_id("stTable").first
        expect(table).to_contain_text("Minus the ELBO")
        expect(table).to_contain_text("In closed form.")
        assert page.evaluate(FITS) == [0]
        box = table.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
