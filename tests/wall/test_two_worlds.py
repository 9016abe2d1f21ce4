"""The main proof: two worlds that differ only in what somebody must not see look the same to them, byte by byte."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.wall import cast
from tests.wall.client import Client
from tests.wall.later import prove_later
from tests.wall.pairs import Clients, in_postgres, in_sqlite
from tests.wall.proof import Record, Report, compare_told, prove
from tests.wall.thorough import is_thorough

SHOWN_TO_SOME = ("title of", "reason of waiting", "line of", "draft of")
"""What is no secret to whoever knows the person, the thread or the invitation, and stands on few of their pages."""

SEEDS = (1, 2, 3) if is_thorough() else (1,)
SOME = ("jo", "otto", "lars", "ada")
DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres)) if is_thorough() else ("sqlite",)


@pytest.fixture(params=DATABASES)
def clients(
    request: pytest.FixtureRequest, viewer: str, seed: int, shared_folder: Path, sqlite_template: Path, tmp_path: Path
) -> Iterator[Clients]:
    with ExitStack() as until_the_end:
        if request.param == "sqlite":
            yield until_the_end.enter_context(in_sqlite(tmp_path, sqlite_template, shared_folder, viewer, seed))
            return
        server, template = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
        yield until_the_end.enter_context(in_postgres(server, template, tmp_path, viewer, seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("viewer", cast.VIEWERS)
def test_both_worlds_look_the_same(clients: Clients, seed: int, record_property: Record) -> None:
    a, b = clients
    record_property("viewer", a.world.viewer)
    makes_all_visits = is_thorough() and a.database.is_sqlite and seed == SEEDS[0]
    report = prove(a, b, width="all" if makes_all_visits else "some")
    compare_told(a, b, "mail", report)
    report.tell(record_property)
    assert_nothing_differs(report)
    assert_sees_what_is_theirs(a, b, report.seen)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("viewer", cast.VIEWERS if is_thorough() else SOME)
def test_open_pages_are_told_the_same(clients: Clients, record_property: Record) -> None:
    report = prove_later(*clients)
    report.tell(record_property)
    assert_nothing_differs(report)
    assert marks_that_came_across(*clients, report.seen) == {}


def assert_nothing_differs(report: Report) -> None:
    assert not report.differences, "\n\n".join([f"{len(report.differences)} differ", *report.differences[:12]])


def assert_sees_what_is_theirs(a: Client, b: Client, seen: set[str]) -> None:
    assert marks_that_came_across(a, b, seen) == {}
    visible = a.world.visible_marks.items()
    assert {mark: name for mark, name in visible if mark not in seen and not name.startswith(SHOWN_TO_SOME)} == {}


def marks_that_came_across(a: Client, b: Client, seen: set[str]) -> dict[str, str]:
    hidden = a.world.hidden_marks | b.world.hidden_marks
    return {mark: hidden[mark] for mark in seen if mark in hidden}
