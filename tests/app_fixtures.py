"""The app and signed-in clients for tests. They stand on ``database_url``, a fresh, migrated database."""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.access.sessions import system_session, viewer_session
from portal.access.viewer import Viewer
from portal.accounts.models import ApiToken, SignInSession
from portal.accounts.sign_in import cookie_name
from portal.app import create_app, stand_on, work_of
from portal.core import outbox
from portal.core.clock import now
from portal.core.database import Database
from portal.core.ids import digest, new_secret
from portal.core.settings import Settings

OpenSession = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, base_url="http://testserver", var=tmp_path, _env_file=None)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def system(database: Database) -> OpenSession:
    """Opens the system's session: ``with system() as session: ...`` commits at its end."""
    return lambda: system_session(database)


@pytest.fixture
def as_viewer(database: Database) -> Callable[[Person], AbstractContextManager[Session]]:
    """Opens a writing session on behalf of a person: ``with as_viewer(mara) as session: ...``."""
    return lambda person: viewer_session(database, viewer_of(person), write=True)


def viewer_of(person: Person) -> Viewer:
    """The person as a viewer, for calling queries and actions directly."""
    return Viewer(
        kind=person.kind,
        person_id=person.id,
        name=person.name,
        email=person.email,
        is_admin=person.is_admin,
        timezone=person.timezone,
        organisation_id=person.organisation_id,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    made = app_for(settings.base_url, settings.hosts, settings.upload_limit)
    stand_on(made, settings)
    yield made
    made.state.portal.database.dispose()


@functools.cache
def app_for(base_url: str, hosts: tuple[str, ...], upload_limit: int) -> FastAPI:
    """The app for settings like these, whose routes are found out once; a test lets it stand on a database of its own.

    These three are what its outermost layers were built with.
    """
    layers: dict[str, Any] = {"base_url": base_url, "hosts": hosts, "upload_limit": upload_limit}
    return create_app(Settings(database_url="sqlite:///never-opened.db", _env_file=None, **layers))


@pytest.fixture(scope="session")
def loop_of_clients() -> Iterator[BlockingPortal]:
    """One event loop in one thread for all clients: starting one for each request took as long as the request."""
    with start_blocking_portal() as loop:
        yield loop


@pytest.fixture
def visit(app: FastAPI, system: OpenSession, loop_of_clients: BlockingPortal) -> Callable[[Person | None], TestClient]:
    """A browser without JavaScript, signed in as this person, or as nobody. Redirects are not followed.

    Events are not delivered by themselves: call ``deliver()``.
    """

    def open_browser(person: Person | None) -> TestClient:
        client = TestClient(app, follow_redirects=False, headers={"Sec-Fetch-Site": "same-origin"})
        client.portal = loop_of_clients
        if person is not None:
            secret = new_secret()
            with system() as session:
                session.add(
                    SignInSession(token=digest(secret), person_id=person.id, expires_at=now() + timedelta(days=1))
                )
            client.cookies.set(cookie_name(https=False), secret)
        return client

    return open_browser


@pytest.fixture
def api(app: FastAPI, system: OpenSession, loop_of_clients: BlockingPortal) -> Callable[[Person | None], TestClient]:
    """A program that talks to the API with a token of this person, or without one."""

    def connect(person: Person | None) -> TestClient:
        client = TestClient(app, follow_redirects=False)
        client.portal = loop_of_clients
        if person is not None:
            secret = new_secret()
            with system() as session:
                session.add(ApiToken(token=digest(secret), person_id=person.id))
            client.headers["Authorization"] = f"Bearer {secret}"
        return client

    return connect


@pytest.fixture
def deliver(app: FastAPI) -> Callable[[], int]:
    """Delivers every event that waits, and what follows from it."""
    return lambda: outbox.deliver_all(work_of(app.state.portal).open_session)


def same_for_all(response: httpx2.Response) -> str:
    """A page's text without what differs each time or for each sign-in, to tell whether two answers are the same."""
    return re.sub(r'nonce(:inherited)?="[^"]+"|name="form_token" value="\w+"', "", response.text)


def token_in(page: str) -> str:
    """The token of the form on a page, by which nothing is written twice."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def assert_wrong(answer: httpx2.Response, field: str) -> None:
    """A program is told that this field alone has to be changed."""
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert list(answer.json()["errors"]) == [field]
