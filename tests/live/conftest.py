"""The portal as it is served, with its worker, for streams and browsers."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from portal.access.models import Person
from portal.accounts.models import SignInSession
from portal.accounts.sign_in import cookie_name
from portal.app import create_app
from portal.cli import serving
from portal.core.clock import now
from portal.core.ids import digest, new_secret
from portal.core.settings import Settings
from tests.app_fixtures import OpenSession
from tests.browser import Pages

PATIENCE = 10
"""Seconds after which something that should come is missed. Nothing is asserted about how long it took."""


class Served:
    """A running portal. ``cookie(person)`` signs somebody in."""

    def __init__(self, url: str, system: OpenSession, server: Any) -> None:
        self.url = url
        self.server = server
        self._system = system

    def open(self, pages: Pages, person: Person, path: str, **options: Any) -> Page:
        """The page in a browser of this person's own, listening."""
        page = pages.open(**options)
        page.context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in self.cookie(person).items()]
        )
        page.goto(self.url + path)
        expect(page.locator("live-stream[listening]")).to_be_attached()
        return page

    def cookie(self, person: Person) -> dict[str, str]:
        secret = new_secret()
        with self._system() as session:
            session.add(SignInSession(token=digest(secret), person_id=person.id, expires_at=now() + timedelta(days=1)))
        return {cookie_name(https=False): secret}

    @contextmanager
    def stream(self, person: Person, *topics: str, spaces: int | None = None) -> Iterator["Heard"]:
        """An open stream of this person's page with these topics, made when so many spaces were open to them."""
        asked: dict[str, list[str] | int] = {"topic": list(topics)} | ({} if spaces is None else {"spaces": spaces})
        with (
            httpx2.Client(base_url=self.url, cookies=self.cookie(person), timeout=PATIENCE) as client,
            client.stream("GET", "/live", params=asked) as response,
        ):
            assert response.status_code == 200
            heard = Heard(response.iter_lines())
            heard.until("listening")
            yield heard


class Heard:
    """The lines of a stream."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.all: list[str] = []

    def until(self, words: str) -> None:
        """Read on until a line holds these words. Fails where the stream ends, or nothing comes for long."""
        for line in self._lines:
            self.all.append(line)
            if words in line:
                return
        pytest.fail(f"the stream ended without {words!r}: {self.all}")

    def rest(self) -> list[str]:
        """What still comes until the stream ends."""
        return [line for line in self._lines if line]


@pytest.fixture
def served(database_url: str, tmp_path: Path, system: OpenSession) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = create_app(Settings(database_url=database_url, base_url=url, var=tmp_path, _env_file=None))
    server = serving(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait_for(lambda: server.started)
    yield Served(url, system, server)
    server.handle_exit(signal.SIGTERM, None)
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the server did not stop"


def _wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 50):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("the server did not start")
