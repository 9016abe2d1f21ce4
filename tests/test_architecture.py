"""Rules of the house that a linter of imports cannot see."""

import ast
from pathlib import Path

import pytest

PORTAL = Path(__file__).parent.parent / "portal"
READERS = ("select", "text", "update", "delete", "insert", "exists")
EXEMPT = ("core", "access")
"""The wall itself, and core's own tables, which hold no content."""


def features() -> list[Path]:
    return sorted(path for path in PORTAL.rglob("*.py") if path.relative_to(PORTAL).parts[0] not in EXEMPT)


def calls_sqlalchemy(source: str) -> list[int]:
    """The lines in which a statement on tables is written, or a row is got past the wall."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in READERS and node.func.id in imported)
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in ("get", "query")
                and isinstance(node.func.value, ast.Name | ast.Attribute)
                and ast.unparse(node.func.value).endswith("session")
            )
        )
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("from sqlalchemy import select\nselect(Post)", [2]),
        ("unit.session.get(Post, post_id)", [1]),
        ("from portal.access.wall import visible\nvisible(Post, viewer)", []),
        ("cookies.get('session')", []),
    ],
)
def test_the_rule_knows_good_from_bad(source: str, lines: list[int]) -> None:
    assert calls_sqlalchemy(source) == lines


def test_statements_are_written_in_queries_alone() -> None:
    found = [
        f"{path.relative_to(PORTAL)}:{line}"
        for path in features()
        if not path.name.endswith("queries.py")
        for line in calls_sqlalchemy(path.read_text())
    ]
    assert found == []


def test_the_system_session_is_opened_by_the_app_and_the_command_line_alone() -> None:
    users = [
        str(path.relative_to(PORTAL))
        for path in PORTAL.rglob("*.py")
        if "system_session" in path.read_text() and path.relative_to(PORTAL).parts[0] != "access"
    ]
    assert set(users) == {"app.py", "cli.py"}
