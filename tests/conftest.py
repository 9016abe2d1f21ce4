"""Fixtures for databases and the browser; those for the app and its people are in `app_fixtures.py`.

`PORTAL_TEST_REQUIRE=browser,postgres` makes a missing part fail instead of being skipped.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page

from portal.core import database as core_database
from portal.core.migrate import migrate
from tests.browser import Missing as MissingBrowser
from tests.browser import Pages, chromium
from tests.compiled import compile_once
from tests.postgres import APP, OWNER, Server, server_for_session
from tests.postgres import Missing as MissingPostgres

core_database.SYNCHRONOUS = "OFF"
compile_once()

pytest_plugins = ["tests.app_fixtures", "tests.demo_company", "tests.loopback"]

# The same examples every time, and no failure because the machine was busy.
settings.register_profile("portal", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")


@dataclass(frozen=True)
class Addresses:
    """A migrated database: `app` for serving, `owner` for migrations (settings database_url, database_owner_url)."""

    app: str
    owner: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser or PostgreSQL, so that `-m "not browser"` leaves it out."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker("browser")
        if "postgres_server" in fixtures:
            item.add_marker("postgres")


def missing(part: str, words: str) -> NoReturn:
    if part in os.environ.get("PORTAL_TEST_REQUIRE", "").split(","):
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def sqlite_template(shared_folder: Path) -> Path:
    """A migrated, empty SQLite file, made once a session."""
    template = shared_folder / "template.db"
    with FileLock(shared_folder / "sqlite.lock"):
        if not template.exists():
            unfinished = shared_folder / "unfinished.db"
            migrate(f"sqlite:///{unfinished}")
            with closing(sqlite3.connect(unfinished)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            unfinished.rename(template)
    return template


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Addresses:
    """A fresh migrated SQLite database."""
    copy = tmp_path / "portal.db"
    shutil.copyfile(sqlite_template, copy)
    return Addresses(app=f"sqlite:///{copy}", owner=f"sqlite:///{copy}")


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path) -> Server:
    """The session's PostgreSQL server, with the two roles."""
    with FileLock(shared_folder / "postgres.lock"):
        try:
            server = server_for_session(shared_folder)
        except MissingPostgres as problem:
            missing("postgres", str(problem))
        server.create_roles()
    return server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database, made once for each worker."""
    name = f"portal_test_{uuid4().hex[:12]}"
    postgres_server.create_empty(name)
    migrate(postgres_server.url(OWNER, name))
    yield name
    postgres_server.drop(name)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, postgres_server: Server, postgres_template: str) -> Iterator[Addresses]:
    """A migrated PostgreSQL database without rows: emptied after each test, which is quicker than a new one.

    A test that changes tables is marked ``own_database`` and gets a copy.
    """
    if request.node.get_closest_marker("own_database") is None:
        yield Addresses(
            app=postgres_server.url(APP, postgres_template), owner=postgres_server.url(OWNER, postgres_template)
        )
        postgres_server.empty(postgres_template)
        return
    name = f"portal_test_{uuid4().hex[:12]}"
    postgres_server.copy(postgres_template, name)
    yield Addresses(app=postgres_server.url(APP, name), owner=postgres_server.url(OWNER, name))
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def addresses(request: pytest.FixtureRequest) -> Addresses:
    """A fresh migrated database, once on SQLite and once on PostgreSQL."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Addresses)
    return found


@pytest.fixture
def database_url(addresses: Addresses) -> str:
    """The address of a fresh migrated database for serving, once on SQLite and once on PostgreSQL."""
    return addresses.app


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once for each worker."""
    with ExitStack() as until_the_end:
        try:
            running = until_the_end.enter_context(chromium())
        except MissingBrowser as problem:
            missing("browser", str(problem))
        yield running


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    """Opens pages, each with cookies of its own. Fails afterwards when one had a script error or a CSP violation."""
    pages = Pages(browser)
    yield pages
    pages.close()
    assert pages.problems == []


@pytest.fixture
def page(pages: Pages) -> Page:
    """A page in Chromium at 1280 x 800."""
    return pages.open()
