"""Signing in and the directory in a real browser: accessible, within the policy, and on a narrow phone."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from portal.access.sessions import system_session
from portal.accounts import actions
from portal.app import create_app
from portal.core.settings import Settings
from tests.browser import Pages, violations
from tests.conftest import Addresses
from tests.factories import customer, customer_space, employee, group

GOOD = "wet cartons on a tuesday"
HERS = ["/people", "/me", "/me/password", "/me/sessions", "/me/tokens"]
ADMINISTRATION = [
    "/admin",
    "/admin/people",
    "/admin/people/invite",
    "/admin/company",
    "/admin/mail",
    "/admin/deliveries",
]


@pytest.fixture
def address(sqlite: Addresses, tmp_path: Path) -> Iterator[str]:
    """A running portal with an administrator, a colleague, and a customer in her space."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = create_app(Settings(database_url=sqlite.app, base_url=url, var=tmp_path, _env_file=None))
    with system_session(app.state.portal.database) as session:
        mara = employee(session, email="mara@example.com", is_admin=True, title="Lead", department="Service")
        actions.set_password(session, mara, GOOD)
        employee(session, "Ben Okafor", title="Field engineer")
        customer_space(session, group(session, mara), mara, customer(session))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield url
    server.should_exit = True
    thread.join(10)


def sign_in(page: Page, address: str, wanted: str) -> None:
    page.goto(f"{address}{wanted}")
    page.get_by_label("E-mail address").fill("mara@example.com")
    page.get_by_label("Password").fill(GOOD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{address}{wanted}")


def complaints(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    found = [violation["id"] for violation in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found


def test_the_keyboard_alone_signs_in(address: str, page: Page) -> None:
    page.goto(f"{address}/people")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type("mara@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("something else")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_directory_narrows_while_one_types(address: str, page: Page) -> None:
    sign_in(page, address, "/people")
    people = page.get_by_role("list", name="People")
    expect(people.get_by_text("from outside")).to_be_visible()
    page.get_by_label("Search by name, title or department").last.press_sequentially("okafor")
    expect(people.get_by_role("listitem")).to_have_count(1)
    expect(people.get_by_text("Ben Okafor")).to_be_visible()
    expect(page.get_by_role("heading", name="People")).to_have_count(1)


@pytest.mark.parametrize("look", [{}, {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}])
def test_every_page_is_accessible_and_fits(address: str, pages: Pages, look: dict[str, object]) -> None:
    page = pages.open(**look)
    found: dict[str, list[str]] = {}
    for path in ("/sign-in", "/sign-in/password", "/sign-in/link", "/join/over"):
        page.goto(address + path)
        found[path] = complaints(page)
    sign_in(page, address, "/people")
    for path in HERS + ADMINISTRATION:
        page.goto(address + path)
        found[path] = complaints(page)
    page.goto(f"{address}/people")
    page.get_by_role("link", name="Ben Okafor").click()
    found["person"] = complaints(page)
    page.get_by_role("link", name="Account").click()
    found["account"] = complaints(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
