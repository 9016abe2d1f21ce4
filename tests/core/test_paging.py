"""Cursors that none of our pages gave out."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from portal.access.models import Person
from portal.core.errors import Invalid
from portal.core.paging import read_cursor, write_cursor
from tests import factories
from tests.app_fixtures import OpenSession

CRAFTED = [
    ["0001-01-01T00:00:00+14:00", "a"],
    ["9999-12-31T23:59:59-14:00", "a"],
    ["0001-01-02T00:00:00+00:00", "a"],
    ["9999-01-01T00:00:00+00:00", "a"],
    ["2026-11-25T09:00:00+00:00", "\ud800"],
    ["2026-11-25T09:00:00+00:00", "a\0"],
    ["2026-11-25T09:00:00", "a"],
]


def crafted(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.mark.parametrize("place", [*CRAFTED, {}, 7, [[], []], [1, 2, 3]])
def test_a_crafted_cursor_is_unreadable(place: object) -> None:
    with pytest.raises(Invalid, match="Take the cursor from the page before"):
        read_cursor(crafted(place))


def test_a_cursor_of_depth_is_unreadable() -> None:
    with pytest.raises(Invalid):
        read_cursor(base64.urlsafe_b64encode(b"[" * 100_000).decode())


def test_a_cursor_of_ours_is_read_again() -> None:
    at = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert read_cursor(write_cursor(at, "a")) == (at, "a")


def test_search_says_so_to_programs(system: OpenSession, api: Callable[[Person | None], TestClient]) -> None:
    with system() as session:
        mara = factories.employee(session, "Mara Lindqvist")
    program = api(mara)
    for place in CRAFTED:
        answer = program.get("/api/v1/search", params={"q": "pumps", "cursor": crafted(place)})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["cursor"])
