"""Training as a visitor meets it: a process in the background, and a page that watches it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from conftest import Server, Watched, choose_epochs, choose_option, pass_time, start
from playwright.sync_api import Page, expect
from tiny import config, recorded

from vae import TrainConfig
from vae.checkpoints.checkpoint import peek
from vae.progress import Curve, Progress
from vae.runs.request import Request
from vae.runs.store import Run
from vae.runs.yielding import NOTE
from vae.web.export import built, plotly_file

LINE = ".js-plotly-plot .scatterlayer .js-line"
SLOW = 120_000  # milliseconds that a process may take to start or to train on a busy machine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose runs no other test sees, and none of which goes on after a failure."""
    with start(tmp_path_factory.mktemp("train")) as running:
        yield running
        for request in running.runs.glob("*/request.json"):
            request.with_name("stop").touch()


class Recordings(NamedTuple):
    """A server with runs of the past: of 12 epochs, of 8, and of 10 with nine latent dimensions, the newest."""

    url: str
    eight: Run
    many: Run


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recordings]:
    with start(tmp_path_factory.mktemp("recordings")) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_RUNS_DIR", str(running.runs))
        for epochs, loss in ((12, 30.0), (8, 40.0)):
            curves = ((Curve(loss + 9 / i, 2), Curve(loss + 1 + 9 / i, 2)) for i in range(1, epochs + 1))
            reported = [
                Progress(epoch, epochs, 1.0, 1e-3, training, validation, 1.0, (1.5, 0.5), 2.0, 9e3)
                for epoch, (training, validation) in enumerate(curves, 1)
            ]
            eight = recorded(Request("digits", config(), TrainConfig(epochs=epochs)), reported)
        # Each dimension falls a nat an epoch, from twelve, so that the value says the epoch.
        curve = Curve(30, 2)
        falling = [
            Progress(epoch, 10, 1.0, 1e-3, curve, curve, 1.0, tuple(12 - epoch - d / 100 for d in range(9)))
            for epoch in range(1, 11)
        ]
        many = recorded(Request("digits", config(latent_dim=9), TrainConfig(epochs=10)), falling)
        yield Recordings(running.url, eight, many)


def begin(page: Page, server: Server, epochs: int) -> None:
    """Chooses the digits by the page's own controls, presses Train, and waits until there are curves."""
    page.goto(f"{server.url}/train")
    choose_option(page, page.get_by_role("combobox", name="Data set"), re.compile("Digits 8x8"))
    choose_epochs(page, epochs)
    page.get_by_role("button", name="Train", exact=True).click()
    expect_run(page, epochs)
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile(rf"Epoch \d+ of {epochs:,}"), timeout=SLOW)
    expect_curves(page)


def expect_run(page: Page, epochs: int) -> None:
    title = page.locator("strong", has_text=f"Digits 8x8, 2-D, β 1, {epochs:,} epochs")
    expect(title).to_be_visible(timeout=SLOW)


def expect_curves(page: Page) -> None:
    """Training and validation of the loss, the reconstruction and the KL, which a film has once already."""
    details = page.locator("details", has_text="Curves in detail")
    if details.get_attribute("open", timeout=SLOW) is None:
        details.locator("summary").click()
    expect(page.locator(LINE)).to_have_count(6, timeout=SLOW)


def test_a_run_is_found_again_after_a_reload_and_opened(page: Page, server: Server) -> None:
    begin(page, server, 20)
    page.reload()
    expect_run(page, 20)
    expect_curves(page)
    expect(page.get_by_test_id("stProgress")).to_contain_text("20 epochs · ", timeout=SLOW)
    page.get_by_role("button", name="Open on Explore").click()
    page.wait_for_selector(".zs-map:not(.zs-dirty)")
    points = 'document.querySelector(".zs-plot")._fullData.reduce((sum, trace) => sum + trace.x.length, 0)'
    assert page.evaluate(points) == 360


def test_a_run_that_is_stopped_keeps_its_model_and_goes_on(page: Page, server: Server) -> None:
    begin(page, server, 3000)
    page.get_by_role("button", name="Stop").click()
    saved = re.compile(r"Stopped; the model of epoch \d+ of 3,000 was saved")
    expect(page.get_by_test_id("stProgress")).to_contain_text(saved, timeout=SLOW)
    expect(page.get_by_role("button", name="Open on Explore")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    summary = peek(max(server.runs.glob("*/model.safetensors"))).summary
    assert summary.stopped
    assert 0 < summary.epochs < 3000

    # It goes on from where it was, and is stopped once more.
    reached = len(max(server.runs.glob("*/progress.jsonl")).read_text().splitlines())
    page.get_by_role("button", name="Resume").first.click()  # beside the run's title; the list has another
    expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    epoch = re.compile(r"Epoch ([\d,]+) of 3,000")
    expect(page.get_by_test_id("stProgress")).to_contain_text(epoch, timeout=SLOW)
    match = epoch.search(page.get_by_test_id("stProgress").inner_text())
    assert match is not None
    assert int(match[1].replace(",", "")) > reached

    # While the pointer moves on a map the run is told to yield.
    moved = server.runs / NOTE
    assert not moved.exists()
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(".zs[data-ready]:not(.zs-player)")
    expect(page.locator(".zs-player")).to_have_count(0)  # which has a map, too
    box = page.locator(".zs-plot").bounding_box()
    assert box is not None
    for shift in range(50):
        page.mouse.move(box["x"] + 100 + 2 * shift, box["y"] + 100)
        if moved.exists():
            break
        page.wait_for_timeout(200)
    assert moved.exists()
    page.get_by_role("link", name="Train").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("stProgress")).to_contain_text(saved, timeout=SLOW)


def test_a_second_run_is_drawn_over_the_first_and_hidden_by_its_name(page: Page, recordings: Recordings) -> None:
    page.goto(f"{recordings.url}/train?run={recordings.eight.id}")
    expect_run(page, 8)
    expect_curves(page)
    loss = page.locator(".js-plotly-plot").first
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="Digits 8x8, 2-D, β 1, 12 epochs").click()
    page.keyboard.press("Escape")
    expect(page.locator(LINE)).to_have_count(12)
    expect(loss.locator(".legend")).to_contain_text("2-D, β 1, 12 epochs")
    y = """want => String(document.querySelector(".js-plotly-plot")._fullData
        .filter(({ visible }) => visible === true).map(trace => trace.y.at(-1))) === String(want)"""
    page.wait_for_function(y, arg=[43.125, 44.125, 32.75, 33.75])

    # Its name hides both of its lines, and they stay hidden where the figure is drawn again.
    loss.locator(".legendtoggle").last.click()
    expect(loss.locator(".scatterlayer .js-line")).to_have_count(2)
    page.get_by_text("More curves").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(8)
    expect(page.locator(".js-plotly-plot").nth(3).locator(".scatterlayer .js-fill")).to_have_count(2)
    expect(loss.locator(".scatterlayer .js-line")).to_have_count(2)

    # The list shows another run, and what was compared with it isn't any more.
    page.get_by_role("button", name="Show", exact=True).last.click()
    expect_run(page, 12)
    expect(loss.locator(".scatterlayer .js-line")).to_have_count(2)
    page.wait_for_function(y, arg=[32.75, 33.75])


def test_of_many_dimensions_the_one_under_the_pointer_is_told_at_the_epoch_under_it(
    page: Page, recordings: Recordings
) -> None:
    page.goto(f"{recordings.url}/train?run={recordings.many.id}")
    expect_curves(page)
    page.get_by_text("More curves").click()
    chart = page.locator(".js-plotly-plot").nth(3)
    expect(chart.locator(".scatterlayer .js-fill")).to_have_count(9)
    chart.scroll_into_view_if_needed()
    # What holds it opens smoothly, and is closed for a frame once it has.
    page.locator("details", has_text="More curves").evaluate(
        "details => Promise.all(details.getAnimations({ subtree: true }).map(one => one.finished.catch(() => {})))"
    )
    pass_time(page, 0)
    at = """(element, [x, y]) => {
        const { xaxis, yaxis } = element._fullLayout;
        const box = element.getBoundingClientRect();
        return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
    }"""
    # The middle of an area, a third of an epoch away from the one that is told.
    for epoch, d in ((3, 0), (3, 5), (8, 5), (10, 8)):
        x = epoch - 0.3
        page.mouse.move(*chart.evaluate(at, [x, (d + 0.5) * (12 - x)]))
        value = f"{12 - epoch - d / 100:.3f}"
        expect(chart.locator(".hoverlayer")).to_have_text(f"z{'₁₂₃₄₅₆₇₈₉'[d]}, epoch {epoch}: {value} nats")
    page.mouse.move(*chart.evaluate(at, [8, 70]))
    expect(chart.locator(".hoverlayer .hovertext")).to_have_count(0)


# A chart that is taken away `wait` ms after it has begun to draw; resolves once Plotly has left its element.
TAKEN_AWAY = """async ([code, wait]) => {
    const place = document.body.appendChild(document.createElement("div"));
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const chart = (await import(url)).default;
    const figure = { data: [{ x: [1, 2], y: [1, 2] }], layout: { height: 300, xaxis: {}, yaxis: { automargin: true } } };
    const remove = chart({ parentElement: place, data: { figure, alt: "", plotly: "" } });
    const element = place.firstChild;
    while (!element.data) await null;
    if (wait) await new Promise(resolve => setTimeout(resolve, wait));
    remove();
    while (element.data) await new Promise(resolve => setTimeout(resolve));
}"""


@pytest.mark.parametrize("wait", [0, 1, 20])
def test_a_chart_that_is_taken_away_while_it_is_drawn_fails_nowhere(watched: Watched, wait: int) -> None:
    watched.page.goto("about:blank")
    watched.page.add_script_tag(path=plotly_file())
    watched.page.evaluate(TAKEN_AWAY, [built("live_chart.js"), wait])
    assert watched.errors == []
