"""What the tests tell. ``python -m tests.wall.stories.told`` writes the table in ``docs/leaks.md``."""

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2]
PAGE = TESTS.parent / "docs" / "leaks.md"
BEGIN, END = "<!-- stories -->", "<!-- end of stories -->"


@dataclass
class Story:
    """A leak that others had, and the tests that hold that it cannot happen here."""

    leak: str = ""
    source: str = ""
    why: str = ""
    tests: list[str] = field(default_factory=list)


def stories() -> dict[int, Story]:
    """Every story by its number, read from the marks ``story(number, leak, source, why)`` of the tests.

    A further test of a story is marked with the number alone.
    """
    found: dict[int, Story] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text()
        for function in ast.parse(text).body if "mark.story(" in text else ():
            for number, *told in _marks(function):
                story = found.setdefault(number, Story())
                story.tests.append(f"{path.relative_to(TESTS.parent)}::{getattr(function, 'name', '')}")
                if told:
                    assert not story.leak, f"story {number} is told twice"
                    story.leak, story.source, story.why = told
    return dict(sorted(found.items()))


def _marks(function: ast.stmt) -> list[list[Any]]:
    return [
        [ast.literal_eval(each) for each in decorator.args]
        for decorator in getattr(function, "decorator_list", ())
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.story"
    ]


def table() -> str:
    lines = ["| | what leaked elsewhere | told in | here | held by |", "|---|---|---|---|---|"]
    for number, story in stories().items():
        tests = ", ".join(f"`{each}`" for each in story.tests)
        lines.append(f"| {number} | {story.leak} | {story.source} | {story.why} | {tests} |")
    return "\n".join(lines)


def main() -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
