"""Why a source cannot be heard is kept with it, so each such sentence must stand in the catalogue."""

import ast
from pathlib import Path

import pytest

import portal
from portal.connectors.feed_parser import NotAFeed
from portal.core.http import RequestFailed
from portal.core.i18n import Sentence
from portal.listening.item import SourceFailed

FILES = (
    "core/http.py",
    "connectors/feed.py",
    "connectors/feed_parser.py",
    "connectors/file.py",
    "connectors/try_source.py",
)
TOLD_BY = [kind for base in (SourceFailed, RequestFailed) for kind in (base, *base.__subclasses__())]
TOLD = {each.__name__ for each in (NotAFeed, Sentence, *TOLD_BY)}


def untranslatable(source: str) -> list[int]:
    """The lines that tell a sentence which no catalogue holds."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in TOLD
        and (not node.args or isinstance(node.args[0], ast.Constant | ast.JoinedStr))
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('TooSlow("It took too long.")', [1]),
        ('TooSlow(f"{host} took too long.")', [1]),
        ('TooSlow(to_translate("%(host)s took too long."), host=host)', []),
        ("SourceFailed(error.sentence)", []),
    ],
)
def test_the_rule_knows_good_from_bad(source: str, lines: list[int]) -> None:
    assert untranslatable(source) == lines


def test_every_sentence_about_a_source_can_be_translated() -> None:
    folder = Path(portal.__file__).parent
    sources = {name: (folder / name).read_text() for name in (*FILES, "listening/lookout.py", "listening/actions.py")}
    assert {name: lines for name, text in sources.items() if (lines := untranslatable(text))} == {}
