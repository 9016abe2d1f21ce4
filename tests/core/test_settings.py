"""The page of settings and the settings themselves say the same."""

import re

from portal.core.paths import ROOT
from portal.core.settings import Settings


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    described = set(re.findall(r"^\| `PORTAL_(\w+)`", page, flags=re.MULTILINE))
    assert described == {name.upper() for name in Settings.model_fields}


def test_simple_defaults_are_told_as_they_are() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert re.search(
                rf"^\| `PORTAL_{name.upper()}` \| `{re.escape(str(field.default))}`", page, re.MULTILINE
            ), name
