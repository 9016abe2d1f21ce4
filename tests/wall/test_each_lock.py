"""There are two locks, and each holds alone: with the other one off, nothing hidden comes across."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import and_, select

from portal.access import wall
from portal.access.models import Space
from portal.access.viewer import Viewer
from tests.postgres import OWNER, Server, switch_second_lock
from tests.wall import cast
from tests.wall.leaks import instead, nothing_kept
from tests.wall.pairs import Clients, in_postgres, in_sqlite
from tests.wall.proof import Report, prove
from tests.wall.routes import Route
from tests.wall.thorough import is_thorough

SECOND = tuple(cast.VIEWERS) if is_thorough() else ("jo",)
FIRST = tuple(cast.VIEWERS) if is_thorough() else ("eli",)
"""Whose eyes each lock is tried with. SQLite, which has the first lock alone, says much of it in any case."""


@contextmanager
def without_the_first_lock() -> Iterator[None]:
    """Every statement asks for the rows of all spaces, whoever looks."""

    def narrow(statement: Any, space_id: Any, viewer: Viewer, membership: Any = None) -> Any:
        if viewer.is_system or membership is None:
            return statement
        mine = and_(membership.space_id == space_id, membership.person_id == viewer.person_id)
        return statement.outerjoin(membership, mine)

    def spaces_of(_viewer: Viewer) -> Any:
        return select(Space.id)

    with instead(wall.narrow, narrow), instead(wall.spaces_of, spaces_of), nothing_kept():
        yield


@pytest.fixture
def without_second_lock(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The name of an empty database in which row-level security is off."""
    name = f"wall_unlocked_{uuid4().hex[:12]}"
    postgres_server.copy(postgres_template, name)
    switch_second_lock(postgres_server.url(OWNER, name), on=False)
    yield name
    postgres_server.drop(name)


def wanted(route: Route) -> bool:
    """In ``make test``, what programs read: it tells things whole."""
    return is_thorough() or (route.is_api and route.method == "GET")


def hidden_that_came(clients: Clients, report: Report) -> dict[str, str]:
    a, b = clients
    hidden = a.world.hidden_marks | b.world.hidden_marks
    return {mark: hidden[mark] for mark in report.seen if mark in hidden}


def what_is_theirs(clients: Clients, report: Report) -> float:
    """How much of what the viewer may see was seen, 0 to 1: 1 where there is nothing."""
    visible = set(clients[0].world.visible_marks)
    return len(visible & report.seen) / len(visible) if visible else 1


@pytest.mark.parametrize("viewer", SECOND)
def test_the_second_lock_holds_alone(
    viewer: str, postgres_server: Server, postgres_template: str, tmp_path: Path
) -> None:
    with in_postgres(postgres_server, postgres_template, tmp_path, viewer) as clients, without_the_first_lock():
        report = prove(*clients, wanted)
        assert hidden_that_came(clients, report) == {}
        assert what_is_theirs(clients, report) >= 0.5


@pytest.mark.parametrize("viewer", FIRST)
def test_the_first_lock_holds_alone(
    viewer: str, postgres_server: Server, without_second_lock: str, tmp_path: Path
) -> None:
    with in_postgres(postgres_server, without_second_lock, tmp_path, viewer) as clients:
        report = prove(*clients, wanted)
        assert hidden_that_came(clients, report) == {}
        assert what_is_theirs(clients, report) >= 0.5


def test_with_neither_lock_much_comes_across(shared_folder: Path, sqlite_template: Path, tmp_path: Path) -> None:
    """SQLite has the first lock alone. So the tests above say something."""
    with in_sqlite(tmp_path, sqlite_template, shared_folder, "jo") as clients, without_the_first_lock():
        report = prove(*clients, wanted)
    assert len(hidden_that_came(clients, report)) > 10
