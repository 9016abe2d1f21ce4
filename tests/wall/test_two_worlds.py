"""The main proof: two worlds that differ only in what somebody must not see look the same to them, byte by byte."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.wall import cast
from tests.wall.client import Client
from tests.wall.later import prove_later
from tests.wall.pairs import Pair, own_copy, sqlite_pair
from tests.wall.proof import compare_told, prove

SHOWN_TO_SOME = ("title of",)
"""What is no secret to whoever knows the person, and is not shown on each of their pages."""


@pytest.fixture
def pair(viewer: str, shared_folder: Path, sqlite_template: Path, tmp_path: Path) -> Pair:
    folder = shared_folder / "wall"
    folder.mkdir(exist_ok=True)
    return own_copy(sqlite_pair(folder, sqlite_template, viewer), tmp_path)


@pytest.fixture
def clients(pair: Pair) -> Iterator[tuple[Client, Client]]:
    with ExitStack() as until_the_end:
        a, b = (until_the_end.enter_context(closing(Client(world))) for world in (pair.a, pair.b))
        yield a, b


@pytest.mark.parametrize("viewer", cast.VIEWERS)
def test_both_worlds_look_the_same(clients: tuple[Client, Client]) -> None:
    a, b = clients
    report = prove(a, b)
    compare_told(a, b, "mail and notices", report)
    assert not report.differences, "\n\n".join([f"{len(report.differences)} differ", *report.differences[:12]])
    assert_sees_what_is_theirs(a, b, report.seen)


def assert_sees_what_is_theirs(a: Client, b: Client, seen: set[str]) -> None:
    hidden = a.world.hidden_marks | b.world.hidden_marks
    assert {mark: hidden[mark] for mark in seen if mark in hidden} == {}
    visible = a.world.visible_marks.items()
    assert {mark: name for mark, name in visible if mark not in seen and not name.startswith(SHOWN_TO_SOME)} == {}


@pytest.mark.parametrize("viewer", cast.VIEWERS)
def test_open_pages_are_told_the_same(clients: tuple[Client, Client]) -> None:
    report = prove_later(*clients)
    assert not report.differences, "\n\n".join([f"{len(report.differences)} differ", *report.differences[:12]])
    hidden = clients[0].world.hidden_marks | clients[1].world.hidden_marks
    assert {mark: hidden[mark] for mark in report.seen if mark in hidden} == {}
