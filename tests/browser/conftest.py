"""A real server, started as users start it, and a real browser looking at it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from tiny import checkpoint, config

import vae.checkpoints
from benchmarks.servers import CHROMIUM, ROOT, WINDOW, chromium, serve

# Streamlit looks for itself below the page's own path first; the browser reports those two answers, whatever an app does.
EXPECTED = ("/_stcore/health", "/_stcore/host-config")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives a busy machine time, and skips what needs a browser where there is none, and says how to get one."""
    expect.set_options(timeout=30_000)
    skip = pytest.mark.skip(reason="no Chromium here; get it with apt-get install chromium (or your system's package)")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Where two browsers share two cores, one event in some thousands comes late. What fails twice is broken.
            item.add_marker(pytest.mark.flaky(reruns=1))
            if CHROMIUM is None and "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(skip)


class Server(NamedTuple):
    """A running `streamlit run app.py`."""

    url: str
    runs: Path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with uploads of ours beside what ships: an mlp and a conv in the plane, an mlp with five latent dimensions, and the
    same for a range of betas."""
    folder = tmp_path_factory.mktemp("server")
    runs = folder / "runs"
    for name, network, latent_dim in (
        ("mlp", "mlp", 2),
        ("conv", "conv", 2),
        ("five", "mlp", 5),
        ("range", "mlp-range", 2),
        ("conv-range", "conv-range", 2),
        ("five-range", "mlp-range", 5),
    ):
        model = config(network, (1, 28, 28), latent_dim)
        vae.checkpoints.write(runs / "uploads" / f"upload-{name}.safetensors", checkpoint(model, points=50))
    with start(folder) as running:
        yield running


@contextmanager
def start(folder: Path, **more: str) -> Iterator[Server]:
    """Runs the app until the block ends, with its runs below `folder`, no data set on disk but what lies in `folder`/data, and `more`
    in its environment."""
    runs = folder / "runs"
    environment = {"VAE_RUNS_DIR": str(runs), "VAE_DATA_DIR": str(folder / "data"), **more}
    with serve(ROOT / "app.py", environment, folder / "server.log") as running:
        yield Server(running.url, runs)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for each file. Playwright keeps an event loop running as long as one is open, which other tests mustn't meet."""
    with chromium("--process-per-site") as running:
        yield running


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A profile for the tests of a file, in which pages are cheap: each would spend seconds of a core on a process of its own and on
    compiling Streamlit and Plotly in it. The first page stays open, and with it the process that the others are drawn by."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(45_000)
    page = context.new_page()
    page.route("http://localhost/", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto("http://localhost/")
    yield context
    context.close()


class Watched(NamedTuple):
    """A page, and what went wrong in it."""

    page: Page
    errors: list[str]


@pytest.fixture
def watched(visitor: BrowserContext) -> Iterator[Watched]:
    """A new tab, which remembers nothing of the others, for the app keeps things in sessionStorage alone; the test fails at its end if
    the console saw an error."""
    page = visitor.new_page()
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(EXPECTED):
            errors.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Watched(page, errors)
    page.close()
    assert errors == []


@pytest.fixture
def page(watched: Watched) -> Page:
    """The window of `watched`, where the errors don't matter before the end."""
    return watched.page


STILL = """box => new Promise(resolve => {
    let seen, since = 0;
    const look = () => {
        const { x, y } = box.getBoundingClientRect();
        since = String([x, y]) === seen ? since + 1 : 0;
        seen = String([x, y]);
        since < 5 ? requestAnimationFrame(look) : resolve();
    };
    look();
})"""


def choose_option(page: Page, box: Locator, option: re.Pattern[str]) -> None:
    """Opens a list of Streamlit's and chooses the option of this name. The list is closed by whatever scrolls the page, also by the
    glide to the drawer after a selection and by the scroll that brings the box into sight, so both are waited for."""
    box.scroll_into_view_if_needed()
    box.evaluate(STILL)
    box.click()
    page.get_by_role("listbox").get_by_role("option", name=option).click()


def choose_epochs(page: Page, count: int) -> None:
    """Opens what the form of the Train page keeps for those who have an opinion, and says how many epochs."""
    page.get_by_test_id("stExpander").get_by_text("More", exact=True).click()
    page.get_by_role("tab", name="Training").click()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill(str(count))
    field.press("Enter")


def pass_time(page: Page, milliseconds: int) -> None:
    """Waits until the page has done what it had put off by less than this, and has drawn it. Its timers and frames come in their order,
    on however busy a machine, so that what hasn't happened then doesn't."""
    page.evaluate(
        """milliseconds => new Promise(resolve =>
            setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), milliseconds))""",
        milliseconds,
    )


def eventually(page: Page, check: Callable[[], None]) -> None:
    """Repeats a check until it holds: for what comes in its own time and leaves no mark in the page."""
    until = time.monotonic() + 30
    while True:
        try:
            check()
        except AssertionError:
            if time.monotonic() > until:
                raise
            page.wait_for_timeout(50)
        else:
            return
