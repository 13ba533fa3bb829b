"""The Diagnose page in a real browser."""

from __future__ import annotations

from pathlib import Path

from conftest import Server, start
from playwright.sync_api import Browser, Page, expect

NUMBERS = "[data-testid=stMetric]"


def test_a_model_is_diagnosed_with_charts_and_taken_along(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/diagnose?model=digits-2d")
    expect(page.locator(NUMBERS).first).to_contain_text("nats per image", timeout=120_000)
    expect(page.locator(NUMBERS)).to_have_count(16)
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    expect(page.locator(".js-plotly-plot").first.locator(".bars path")).to_have_count(2)
    expect(page.get_by_test_id("stImage")).to_have_count(3)
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="As one HTML page").click()
    report = tmp_path / "report.html"
    saved.value.save_as(report)
    page.route("http*://**", lambda route: route.abort())
    page.goto(report.as_uri())
    expect(page.locator("tr").first).to_contain_text("Minus the ELBO")
    expect(page.locator(".js-plotly-plot .bars path")).to_have_count(2)


def test_a_server_that_starts_anew_shows_what_was_made_with_all_its_pictures(browser: Browser, tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with start(tmp_path) as running:
            page = browser.new_page()
            page.goto(f"{running.url}/diagnose?model=digits-2d")
            expect(page.get_by_test_id("stImage")).to_have_count(3, timeout=120_000)
            expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=60_000)
            expect(page.locator(".js-plotly-plot").nth(2).locator(".points path")).to_have_count(1)
            seen.append(page.locator(NUMBERS).all_inner_texts())
            page.close()
        assert len(list((tmp_path / "runs" / "cache" / "diagnoses").iterdir())) == 1
    assert len(seen[0]) == 16
    assert seen[0] == seen[1]
