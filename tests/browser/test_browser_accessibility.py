"""Every page by its own URL, held against axe, by which assistive technology is supported and contrast is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from conftest import Server, start
from playwright.sync_api import Page, Route, expect
from tiny import checkpoint, config, filmed_run, recorded

import vae.checkpoints
from vae import TrainConfig
from vae.progress import Curve, Progress
from vae.runs.request import Request

SLOW = 120_000  # milliseconds that a diagnosis may take on a busy machine
MODEL = "?model=digits-2d"  # small, and its images come with a package
SEVERE = ("serious", "critical")
ALSO = ("heading-order",)  # which axe holds to be moderate
MAP = ".zs-map:not(.zs-dirty)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two runs, one of which has a film, and with a model for a range of betas."""
    with start(tmp_path_factory.mktemp("accessible")) as running, pytest.MonkeyPatch.context() as patch:
        labelled = vae.checkpoints.read("digits-2d").points
        ranged = checkpoint(config("mlp-range"), points=len(labelled.labels))
        points = ranged.points._replace(labels=labelled.labels, classes=labelled.classes)
        vae.checkpoints.write(running.runs / "uploads" / "upload-range.safetensors", ranged._replace(points=points))
        patch.setenv("VAE_RUNS_DIR", str(running.runs))
        epochs = [
            Progress(i, 9, 1.0, 1e-3, Curve(30 + 9 / i, 2), Curve(31 + 9 / i, 2), 1.0, (1.5, 0.5), 2.0, 9e3)
            for i in range(1, 10)
        ]
        recorded(Request("digits", config(), TrainConfig(epochs=9)), epochs)
        means = np.random.default_rng(0).standard_normal((4, 30, 2))
        filmed_run(list(means), [i % 5 for i in range(30)])
        yield running


def findings(page: Page) -> list[str]:
    """What axe finds on the page as it is: a line for each element."""
    page.evaluate(AXE_SCRIPT)
    answer: dict[str, Any] = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:200]} {[check['message'] for check in node['any'] + node['all'] + node['none']]}"
        for violation in answer["violations"]
        if violation["impact"] in SEVERE or violation["id"] in ALSO
        for node in violation["nodes"]
    ]


def both_themes(page: Page) -> list[str]:
    """The same in the light and in the dark theme."""
    violations = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")
        violations += [f"{scheme}: {finding}" for finding in findings(page)]
    return violations


def done(page: Page) -> None:
    """Waits until the script has."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)


def on_the_map(page: Page) -> None:
    page.wait_for_selector(MAP)


def explored(page: Page) -> None:
    """With a pin that is compared, images that are selected, and a card that is open."""
    on_the_map(page)
    page.locator(".zs-plot").click()
    page.locator(".zs-pin-choose").click()
    page.get_by_role("button", name="Find images").click()
    page.get_by_role("button", name="Select: Most remote").click()
    expect(page.locator(".zs-drawer")).to_be_visible()
    page.get_by_role("button", name="Layers").click()


def diagnosed(page: Page) -> None:
    expect(page.get_by_test_id("stImage")).to_have_count(3, timeout=SLOW)
    expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=SLOW)


def compared(page: Page) -> None:
    expect(page.locator(MAP)).to_have_count(2, timeout=SLOW)


TABS = ("Diagnosed", "Curves", "Latent spaces", "More models")


def traversed(page: Page) -> None:
    page.wait_for_selector(".zs[data-ready]")


def trained(page: Page) -> None:
    page.wait_for_selector(".zs-player canvas")
    expect(page.get_by_text("Runs", exact=True)).to_be_visible()


TITLES = {
    "": "Explore",
    "sample": "Sample",
    "interpolate": "Interpolate",
    "traverse": "Traverse",
    "diagnose": "Diagnose",
    "compare": "Compare",
    "train": "Train",
    "models": "Models",
}
LOADED: dict[str, Callable[[Page], None]] = {
    "": explored,
    "sample": on_the_map,
    "interpolate": on_the_map,
    "traverse": traversed,
    "diagnose": diagnosed,
    "compare": compared,
    "train": trained,
    "models": lambda page: expect(page.get_by_test_id("stFileUploader")).to_be_visible(),
}


@pytest.mark.parametrize("path", LOADED)
def test_a_page_has_nothing_that_axe_calls_serious(page: Page, server: Server, path: str) -> None:
    waiting: list[Route] = []  # requests for what maps are made of
    pending: list[Route] | None = waiting  # as long as these are to come

    def hold(route: Route) -> None:
        route.continue_() if pending is None else pending.append(route)

    page.route("**/zscape/**", hold)
    page.goto(f"{server.url}/{path}{MODEL}")
    expect(page.get_by_role("heading", name=TITLES[path])).to_be_visible()
    expect(page.get_by_role("link", name="Explore")).to_be_visible()
    if LOADED[path] is on_the_map or path == "":
        page.wait_for_selector(".zs")
    violations = [f"loading, {finding}" for finding in both_themes(page)]
    pending = None
    for route in waiting:
        route.continue_()
    LOADED[path](page)
    done(page)
    violations += [f"loaded, {finding}" for finding in both_themes(page)]
    assert violations == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("path", LOADED)
def test_a_page_on_a_phone_has_nothing_that_axe_calls_serious_and_no_sideways_scroll(
    page: Page, server: Server, path: str
) -> None:
    """Opened there: a window that has become narrow keeps layers that a phone begins without."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/{path}{MODEL}")
    expect(page.get_by_role("heading", name=TITLES[path])).to_be_visible()
    if path in ("", "sample", "interpolate", "traverse", "compare"):
        page.wait_for_selector(".zs[data-ready]")
    done(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    assert both_themes(page) == []


def test_no_tab_of_compare_has_anything_that_axe_calls_serious(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/compare?model=upload-range")
    compared(page)
    violations = []
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
        if tab == "Diagnosed":
            page.get_by_role("button", name="Diagnose both").click()
            expect(page.get_by_text("Furthest dimension from the prior").first).to_be_visible(timeout=SLOW)
        done(page)
        violations += [f"{tab}, {finding}" for finding in both_themes(page)]
    assert violations == []


def test_what_lies_over_a_page_has_nothing_that_axe_calls_serious(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/{MODEL}")
    on_the_map(page)
    page.get_by_role("button", name="All keys").click()
    expect(page.get_by_role("dialog", name="All keys")).to_be_visible()
    violations = both_themes(page)
    page.goto(f"{server.url}/train")
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Keep")).to_be_visible()
    assert violations + both_themes(page) == []
