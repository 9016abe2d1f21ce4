"""Rules of the templates that a linter of HTML cannot see."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parent.parent / "templates"
FORM = re.compile(r"<form\b(?P<tag>[^>]*)>(?P<inside>.*?)</form>", re.DOTALL)
FIELD = re.compile(
    r"""\bui\.(field|textarea|select|checkbox|choices|file)\(  # a field of ours
    | <(textarea|select)\b | <input\b(?![^>]*type="hidden")    # a field as HTML has it
    | \bcaller\(\) | \{%\ include                              # what may hold one
    """,
    re.VERBOSE,
)


def forms_that_the_browser_checks(template: str) -> list[str]:
    """The forms with visible fields whose mistakes the browser tells, in its own words and language."""
    return [
        form["tag"].strip()
        for form in FORM.finditer(template)
        if FIELD.search(form["inside"]) and "novalidate" not in form["tag"]
    ]


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ('<form action="/a">{{ ui.field("name", _("Name")) }}</form>', ['action="/a"']),
        ('<form action="/a" novalidate>{{ ui.field("name", _("Name")) }}</form>', []),
        ('<form action="/a"><input type="hidden" name="a"><input name="b"></form>', ['action="/a"']),
        ('<form action="/a"><input type="hidden" name="a">{{ ui.button(_("Save")) }}</form>', []),
        ('<form action="/a">{{ caller() }}</form>', ['action="/a"']),
        ('<form action="/a"><button>Go</button></form><form action="/b"><select></select></form>', ['action="/b"']),
    ],
)
def test_the_rule_knows_good_from_bad(template: str, found: list[str]) -> None:
    assert forms_that_the_browser_checks(template) == found


def test_what_is_wrong_is_told_beside_the_field_in_our_words() -> None:
    """ "Please fill out this field", said a bubble, in the language of the browser."""
    found = {
        str(path.relative_to(TEMPLATES)): forms
        for path in sorted(TEMPLATES.rglob("*.html"))
        if (forms := forms_that_the_browser_checks(path.read_text()))
    }
    assert found == {}
