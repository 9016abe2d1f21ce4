"""Visits an app in this very process, and tells of each visit everything that leaves it and every statement it ran."""

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from fastapi import FastAPI
from sqlalchemy import event

from portal.accounts.sign_in import cookie_name
from portal.app import work_of
from portal.core import outbox
from portal.core.clock import standing_at
from portal.core.database import Database
from portal.core.signals import Signal, take_signals
from tests.browser import no_loop_running
from tests.wall.chance import drawn_from
from tests.wall.worlds import END, World, app_of

_HOP = "anyio.to_thread.run_sync"


async def _at_once(function: Callable[..., Any], *arguments: Any, **_options: Any) -> Any:
    """In place of a hop into a thread, which takes longer than most requests here."""
    return function(*arguments)


WRITING = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Visit:
    """One request, the same in both worlds. ``route`` is what it asks for, ``about`` what was put into it."""

    method: str
    route: str
    path: str
    about: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __str__(self) -> str:
        sent = f" {self.body[:200]!r}" if self.body else ""
        return f"{self.method} {self.path} ({self.about}; {dict(self.headers)}){sent}"


@dataclass
class Answer:
    """What came back, and the statements that ran for it."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    statements: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 400

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


class Client:
    """A browser with the viewer's cookie and a program with their token, before one world."""

    def __init__(self, world: World, restore: Callable[[], None]) -> None:
        self.world = world
        self._restore = restore
        self.app: FastAPI = app_of(world)
        self.database: Database = self.app.state.portal.database
        self.statements: list[str] = []
        self.at = END
        self.to_look_at: list[str] = []
        self.finds_nothing: list[str] = []
        self.loop = asyncio.new_event_loop()
        for engine in (self.database.reader, self.database.writer):
            event.listen(engine, "before_cursor_execute", self._note)

    def close(self) -> None:
        self.database.dispose()
        self.loop.close()

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)

    def send(self, visit: Visit) -> Answer:
        """Visit, at the moment at which the viewer looks. What it wrote stays until ``start_over``."""
        del self.statements[:]
        with standing_at(self.at), drawn_from(f"{visit.method} {visit.path} {visit.about}"), patch(_HOP, _at_once):
            answer = Answer()
            with no_loop_running():
                self.loop.run_until_complete(self.answer_into(answer, visit, leave=True))
        answer.statements = list(self.statements)
        return answer

    async def answer_into(self, answer: Answer, visit: Visit, *, leave: bool = False) -> None:
        """Let the app answer, bit by bit for a stream. ``leave``: close the page once something came."""
        started = asyncio.Event()
        sent = False

        async def receive() -> MutableMapping[str, Any]:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": visit.body, "more_body": False}
            await started.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [(key.decode(), value.decode("latin-1")) for key, value in message["headers"]]
            else:
                answer.body += message.get("body", b"")
                if leave:
                    started.set()

        try:
            await self.app(self._scope(visit), receive, send)
        except Exception as failure:
            answer.failure = repr(failure)

    def _scope(self, visit: Visit) -> dict[str, Any]:
        path, _, query = visit.path.partition("?")
        headers = [("host", "testserver"), ("user-agent", "proof"), ("sec-fetch-site", "same-origin"), *visit.headers]
        if self.world.cookie:
            headers.append(("cookie", f"{cookie_name(https=False)}={self.world.cookie}"))
        if self.world.token:
            headers.append(("authorization", f"Bearer {self.world.token}"))
        if visit.body:
            headers.append(("content-length", str(len(visit.body))))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": visit.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(key.encode(), value.encode("utf-8")) for key, value in headers],
            "client": ("192.0.2.9", 50000),
            "server": ("testserver", 80),
            "state": {},
        }

    def deliver(self, name: str) -> list[Signal]:
        """Do what follows from what was written. Returns the signals it sends to open pages."""
        told: list[Signal] = []
        end = take_signals(told.append)
        try:
            with standing_at(self.at), drawn_from(f"what follows {name}"):
                outbox.deliver_all(work_of(self.app.state.portal).open_session)
        finally:
            end()
        return told

    def start_over(self) -> None:
        """Forget all that was written since the world was built."""
        if not any(statement.lstrip().startswith(WRITING) for statement in self.statements):
            return
        self.restore()

    def restore(self) -> None:
        """Put the world back as it was built."""
        self.database.dispose()
        self._restore()
