"""HEAD answers as GET does, without a body and without a trace."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from portal.access.models import Person
from tests import factories
from tests.app_fixtures import OpenSession

Visit = Callable[[Person | None], TestClient]


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/sign-in", "/nowhere"])
def test_head_answers_as_get_without_a_body(visit: Visit, address: str) -> None:
    browser = visit(None)
    head, get = browser.head(address), browser.get(address)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert "content-security-policy" in head.headers


def test_head_of_a_static_file_says_how_long_it_is(visit: Visit) -> None:
    browser = visit(None)
    address = browser.get("/sign-in").text.partition(' src="/static/')[2].partition('"')[0]
    head, get = browser.head(f"/static/{address}"), browser.get(f"/static/{address}")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", get.headers["content-length"])


def test_head_writes_nothing_and_ends_on_the_stream(app: FastAPI, system: OpenSession, visit: Visit) -> None:
    with system() as session:
        mara, ben = factories.employee(session, "Mara Lindqvist"), factories.employee(session, "Ben Okafor")
        space = factories.space(session, factories.group(session, mara, ben))
        post = factories.post(session, space, ben)
    browser = visit(mara)
    written: list[str] = []
    event.listen(
        app.state.portal.database.writer,
        "before_cursor_execute",
        lambda _1, _2, statement, *_3: (
            written.append(statement) if statement.startswith(("INS", "UPD", "DEL")) else None
        ),
    )
    assert browser.head(f"/posts/{post.id}").status_code == 200
    assert written == []
    assert browser.get(f"/posts/{post.id}").status_code == 200
    assert written != []
    assert browser.head("/live").status_code == 405
