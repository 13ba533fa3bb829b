"""The app in a window as narrow as a phone, where Streamlit's menu lies over the page."""

from __future__ import annotations

import pytest
from conftest import Server
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

PHONE: ViewportSize = {"width": 390, "height": 844}
MENU = "[data-testid=stSidebar]"


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size(PHONE)
    return page


def open_menu(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.locator(MENU)).to_have_attribute("data-collapsed", "false")


def expect_closed(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator(MENU)).to_have_attribute("data-collapsed", "true")


def test_the_menu_closes_after_a_choice_and_stays_closed_in_a_new_tab(
    phone: Page, visitor: BrowserContext, server: Server
) -> None:
    open_menu(phone, f"{server.url}/train")
    phone.get_by_test_id("stSidebarNavLink").filter(has_text="Models").click()
    expect_closed(phone, "Models")
    other = visitor.new_page()
    other.set_viewport_size(PHONE)
    other.goto(f"{server.url}/train")
    expect_closed(other, "Train")
    other.close()


def test_a_menu_that_was_left_open_is_closed_after_a_reload_by_what_takes_no_room(phone: Page, server: Server) -> None:
    open_menu(phone, f"{server.url}/train")
    phone.reload()
    expect_closed(phone, "Train")
    frame = phone.locator("[data-testid=stLayoutWrapper]:has(> .st-key-frame)")
    expect(frame).to_have_count(1)
    expect(frame).to_be_hidden()


def test_a_menu_that_an_older_version_remembers_as_open_is_closed(phone: Page, server: Server) -> None:
    phone.add_init_script("localStorage.setItem('stSidebarCollapsed-', 'false')")
    phone.goto(f"{server.url}/train")
    expect_closed(phone, "Train")


def test_the_interpolated_picture_is_in_sight_at_once(phone: Page, server: Server) -> None:
    phone.goto(f"{server.url}/interpolate?model=upload-mlp")
    phone.wait_for_selector(".zs[data-ready]")
    box = phone.locator(".zs-ends").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"]
    slider = phone.get_by_role("slider", name="Place on the path").bounding_box()
    assert slider is not None
    assert slider["y"] + slider["height"] < PHONE["height"]
    controls = phone.get_by_role("spinbutton", name="Image A").bounding_box()
    assert controls is not None
    assert controls["y"] > slider["y"]
