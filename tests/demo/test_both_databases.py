"""Every main page of the demo company opens on PostgreSQL, and shows there what it shows on SQLite.

Then all of it goes: filling a database takes long enough to be done once on each.
"""

import re
from pathlib import Path

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.sessions import system_session
from portal.app import create_app, work_of
from portal.core.clock import now
from portal.core.database import Base
from portal.core.settings import Settings
from portal.demo.actions import fill, remove
from tests.conftest import Addresses
from tests.demo_company import main_pages

BEFORE_EVENTS = 60
"""So many words stand above the events of the company's trail."""


@pytest.mark.postgres
def test_main_pages_show_the_same_on_both_and_no_row_is_left(
    sqlite: Addresses, postgres: Addresses, tmp_path: Path
) -> None:
    """PostgreSQL refuses to lock a row for a page, and hides rows by its own lock: on SQLite neither is noticed."""
    with time_machine.travel(now(), tick=False):
        on_sqlite, on_postgresql = shown(sqlite.app, tmp_path / "sqlite"), shown(postgres.app, tmp_path / "postgres")
    assert on_postgresql.keys() == on_sqlite.keys()
    for name, words in on_sqlite.items():
        assert (name, on_postgresql[name]) == (name, words)


def shown(address: str, var: Path) -> dict[str, tuple[int, list[str]]]:
    """By the name of each main page: how it answered, and its words."""
    app = create_app(Settings(database_url=address, var=var, _env_file=None))
    portal = app.state.portal
    with system_session(portal.database) as session:
        fill(session, work_of(portal))
    with system_session(portal.database) as session:
        pages = main_pages(session)
    browsers: dict[str, TestClient] = {}
    found = {}
    for page in pages:
        if page.who not in browsers:
            browsers[page.who] = seated(app, page.who)
        answer = browsers[page.who].get(page.path)
        assert answer.status_code == (404 if page.name == "not-found" else 200), page.name
        # Without scripts this is the whole page.
        assert (answer.text.count("<h1"), answer.text.count("<main")) == (1, 1), page.name
        words = words_of(answer.text)
        # Events of one moment stand in the order of their ids, which are drawn; one page of the company's ends in one.
        in_order = {"group-trail": sorted(words), "admin-trail": words[:BEFORE_EVENTS]}
        found[page.name] = (answer.status_code, in_order.get(page.name, words))
    with system_session(portal.database) as session:
        assert remove(session, portal.files) > 1000
    with system_session(portal.database) as session:
        assert tables_with_rows(session) == {}
    portal.database.dispose()
    return found


def tables_with_rows(session: Session) -> dict[str, int]:
    counts = {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }
    return {name: number for name, number in counts.items() if number}


def seated(app: object, who: str) -> TestClient:
    said = {"Sec-Fetch-Site": "same-origin"}
    browser = TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000), headers=said)  # type: ignore[arg-type]
    if who != "nobody":
        browser.post("/demo/sign-in", data={"person": who}, follow_redirects=False)
    return browser


def words_of(page: str) -> list[str]:
    return re.sub(r"<[^>]*>", " ", page).split()
