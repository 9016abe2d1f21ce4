"""The proof is worth something: each of these leaks, made on purpose, is noticed, and stands in `docs/wall.md`."""

import re
from pathlib import Path

import pytest

from tests.wall import cast
from tests.wall.later import prove_later
from tests.wall.leaks import LATER, LEAKS, Leak, nothing_kept
from tests.wall.pairs import in_sqlite
from tests.wall.proof import Record, prove
from tests.wall.thorough import is_thorough

DRAWN = LEAKS if is_thorough() else LEAKS[::2]
PAGE = Path(__file__).parents[2] / "docs" / "wall.md"


@pytest.mark.parametrize("leak", DRAWN, ids=lambda leak: re.sub(r"[^a-zA-Z]+", "-", leak.told))
def test_a_leak_is_noticed(
    leak: Leak, shared_folder: Path, sqlite_template: Path, tmp_path: Path, record_property: Record
) -> None:
    with in_sqlite(tmp_path, sqlite_template, shared_folder, leak.viewer) as (a, b), nothing_kept(), leak.apply():
        if leak.routes == LATER:
            report = prove_later(a, b)
        else:
            report = prove(a, b, lambda route: route.name in leak.routes, width="each")
    hidden = a.world.hidden_marks | b.world.hidden_marks
    assert report.differences or report.seen & set(hidden), f"nobody noticed: {leak.told} ({leak.viewer})"
    record_property("leaks", 1)


def test_there_are_enough_of_them() -> None:
    assert len(LEAKS) >= 85
    assert len({leak.told for leak in LEAKS}) == len(LEAKS)


def test_the_documentation_lists_them() -> None:
    """`python -m tests.wall.table` writes the table anew."""
    assert table() in PAGE.read_text()


def table() -> str:
    """The table of leaks, in Markdown."""
    lines = [
        f"| {number} | {leak.told} | {leak.like} | {cast.VIEWERS[leak.viewer]} | {seen_at(leak)} |"
        for number, leak in enumerate(LEAKS, 1)
    ]
    return "\n".join(["| | what leaks | like | noticed as | at |", "|---|---|---|---|---|", *lines])


def seen_at(leak: Leak) -> str:
    return "open pages and afterwards" if leak.routes == LATER else ", ".join(f"`{route}`" for route in leak.routes)
