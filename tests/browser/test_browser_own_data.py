"""A data set of one's own in a real browser: trained on, explored, diagnosed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from conftest import Watched, choose_epochs, choose_option, start
from playwright.sync_api import expect
from tiny import own_set

SLOW = 120_000  # milliseconds that training and a diagnosis may take on a busy machine
COLOURS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
    .filter((_, place) => place % 4 !== 3)"""


def test_a_colour_data_set_is_trained_on_explored_and_diagnosed(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    images = own_set(tmp_path / "data", counts=(300, 60))["test_images"]
    (tmp_path / "data" / "broken.npz").write_bytes(b"PK")
    with start(tmp_path) as server:
        page.goto(f"{server.url}/train")
        expect(page.get_by_text("broken.npz: damaged")).to_be_visible()
        choose_option(page, page.get_by_role("combobox", name="Data set"), re.compile("^cells$"))
        expect(page.get_by_text("300 training and 60 test images of 8 x 8 pixels in colour")).to_be_visible()
        choose_epochs(page, 3)
        page.get_by_role("button", name="Train", exact=True).click()
        page.get_by_role("button", name="Open on Explore").click(timeout=SLOW)

        expect(page.get_by_text("60 test images of cells")).to_be_visible()
        pair = page.locator(".zs-slot .zs-pair")
        expect(pair.get_by_text("test image", exact=True)).to_be_visible(timeout=SLOW)
        expect(pair.locator(".zs-waiting")).to_have_count(0, timeout=SLOW)
        named = re.compile(r"(?:round|long), no\. (\d+)")
        expect(page.locator(".zs-readout")).to_contain_text(named)
        number = named.search(page.locator(".zs-readout").inner_text())
        assert number is not None
        drawn = np.array(pair.get_by_role("img", name="The nearest test image").evaluate(COLOURS))
        np.testing.assert_array_equal(drawn.reshape(8, 8, 3), images[int(number[1])])

        page.get_by_role("link", name="Diagnose").click()
        expect(page.get_by_test_id("stMetric").first).to_contain_text("nats per image", timeout=SLOW)
        expect(page.get_by_test_id("stImage")).to_have_count(3, timeout=SLOW)
        expect(page.get_by_text("which are missing")).to_have_count(0)
