"""The proof is worth something: each of these leaks, made on purpose, is noticed."""

import re
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.wall.client import Client
from tests.wall.later import prove_later
from tests.wall.leaks import LATER, LEAKS, Leak, nothing_kept
from tests.wall.pairs import own_copy, sqlite_pair
from tests.wall.proof import prove
from tests.wall.routes import Route


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: re.sub(r"[^a-zA-Z]+", "-", leak.told))
def test_a_leak_is_noticed(leak: Leak, shared_folder: Path, sqlite_template: Path, tmp_path: Path) -> None:
    folder = shared_folder / "wall"
    folder.mkdir(exist_ok=True)
    pair = own_copy(sqlite_pair(folder, sqlite_template, leak.viewer), tmp_path)
    with ExitStack() as until_the_end:
        a, b = (until_the_end.enter_context(closing(Client(world))) for world in (pair.a, pair.b))
        until_the_end.enter_context(nothing_kept())
        until_the_end.enter_context(leak.apply())
        report = prove_later(a, b) if leak.routes == LATER else prove(a, b, wanted_by(leak), width="each")
    hidden = a.world.hidden_marks | b.world.hidden_marks
    assert report.differences or report.seen & set(hidden), f"nobody noticed: {leak.told} ({leak.viewer})"


def wanted_by(leak: Leak):  # type: ignore[no-untyped-def]
    def wanted(route: Route) -> bool:
        return route.name in leak.routes

    return wanted


def test_there_are_enough_of_them() -> None:
    assert len(LEAKS) >= 40
    assert len({leak.told for leak in LEAKS}) == len(LEAKS)
