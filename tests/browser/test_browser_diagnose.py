"""The Diagnose page in a real browser."""

from __future__ import annotations

from pathlib import Path

from conftest import Server
from playwright.sync_api import Page, expect

NUMBERS = "[data-testid=stMetric]"


def test_a_model_is_diagnosed_with_charts_and_taken_along(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/diagnose?model=digits-2d")
    expect(page.locator(NUMBERS).first).to_contain_text("nats per image", timeout=120_000)
    expect(page.locator(NUMBERS)).to_have_count(12)
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
