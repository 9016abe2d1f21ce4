"""A case under the fingers of somebody who uses no mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser import Pages
from tests.demo_company import Served


@pytest.mark.parametrize(
    ("key", "menu", "first", "done"),
    [("r", "Not ours", "Send to Logistics", "Sent to Logistics."), ("e", "Resolve", "Fixed", "Resolved: fixed.")],
)
def test_the_key_of_a_menu_leads_into_it_and_escape_leads_back(
    demo_company: Served, pages: Pages, key: str, menu: str, first: str, done: str
) -> None:
    page = pages.open(base_url=demo_company.url)
    demo_company.sit_down(page.context, "nadia")
    page.goto("/inbox")
    page.get_by_role("link", name="kombuesenkoch").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("kombuesenkoch")
    button, item = page.get_by_role("button", name=menu), page.get_by_role("button", name=first)
    page.keyboard.press(key)
    expect(item).to_be_focused()
    page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator("#flash")).to_contain_text(done)
