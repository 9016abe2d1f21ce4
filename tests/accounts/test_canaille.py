"""The whole story with a real provider: in, out, and gone."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.accounts import handlers, vouching
from portal.app import work_of
from portal.core import clock
from portal.core.settings import Settings
from tests.conftest import missing
from tests.demo_company import running

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]


@pytest.fixture(scope="session")
def canaille() -> Iterator[Any]:
    """The provider, started once for each worker."""
    try:
        from tests.accounts.canaille_provider import Canaille
    except ImportError as problem:
        missing("oidc", f"There is no OpenID Connect provider: {problem}")
    with Canaille().serving() as running:
        yield running


@pytest.fixture
def settings(database_url: str, tmp_path: Path, canaille: Any) -> Settings:
    return Settings.model_validate(
        {
            "database_url": database_url,
            "base_url": "http://testserver",
            "var": tmp_path,
            "allow_addresses": ("127.0.0.1",),
            "oidc": {"company": canaille.register("http://testserver")},
        }
    )


def test_in_and_out_and_gone(visit: Visit, app: FastAPI, canaille: Any) -> None:
    from tests.accounts.canaille_provider import Visitor

    mara = canaille.hire("Mara Lindqvist", "mara@example.com")
    there, browser = Visitor(canaille), visit(None)

    # In: through its pages, and back to the page one wanted.
    wanted = browser.get("/people?q=mara").headers["location"]
    button = re.search(r'href="(/sign-in/with/company[^"]*)"', browser.get(wanted).text)
    assert button
    address = browser.get(button[1].replace("&amp;", "&")).headers["location"]
    answer = browser.get(there.sign_in(address, "mara"))
    assert (answer.status_code, answer.headers.get("location")) == (303, "/people?q=mara"), answer.text
    assert "Mara Lindqvist" in browser.get("/me").text

    # She stays while she works there.
    with time_machine.travel(clock.now() + vouching.ASKED_AGAIN_AFTER, tick=True) as machine:
        handlers.ask_providers(work_of(app.state.portal))
        machine.shift(vouching.A_WORD_HOLDS - timedelta(minutes=1))
        assert browser.get("/people").status_code == 200

    # Out: here and there.
    page = browser.post("/sign-out")
    onward = re.search(r'content="0;url=([^"]+)"', page.text)
    assert onward
    assert urlsplit(there.go(onward[1].replace("&amp;", "&"))).path == "/sign-in"
    silent = browser.get("/sign-in/with/company").headers["location"] + "&prompt=none"
    assert "error=login_required" in there.go(silent)

    # In again, and gone: out at the next asking.
    browser.get(there.sign_in(browser.get("/sign-in/with/company").headers["location"], "mara"))
    assert browser.get("/people").status_code == 200
    canaille.let_go(mara)
    with time_machine.travel(clock.now() + vouching.ASKED_AGAIN_AFTER, tick=True):
        assert browser.get("/people").status_code == 200
        handlers.ask_providers(work_of(app.state.portal))
        assert browser.get("/people").status_code == 303


def test_the_same_in_a_browser_without_scripts(
    browser: Browser, demo_template: Path, tmp_path: Path, canaille: Any
) -> None:
    """Chromium lets no form end at another site, so the way there and the way out are pages and links."""
    from tests.accounts.canaille_provider import PASSWORD

    copy = tmp_path / "demo.db"
    copy.write_bytes(demo_template.read_bytes())
    canaille.hire("Edda Thorne", "edda@example.com")
    with running(f"sqlite:///{copy}", tmp_path, lambda url: {"oidc": {"company": canaille.register(url)}}) as served:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{served.url}/people?q=edda")
        page.get_by_role("link", name="Continue with Company").click()
        page.locator("[name=login]").fill("edda")
        page.locator("[name=login]").press("Enter")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(f"{served.url}/people?q=edda")
        expect(page.get_by_role("link", name="Edda Thorne").first).to_be_visible()
        page.goto(f"{served.url}/me/password")
        expect(page.get_by_text("as edda@example.com")).to_be_visible()
        page.locator("form[action='/sign-out'] button").first.evaluate("button => button.form.submit()")
        expect(page).to_have_url(f"{served.url}/sign-in")
        page.goto(f"{canaille.issuer}/profile/edda")
        expect(page.get_by_text("You do not have the authorizations")).to_be_visible()
        page.context.close()
