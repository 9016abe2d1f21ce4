"""The command line tells failures in words, without a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

PORTAL = Path(sys.executable).parent / "portal"


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("PORTAL_DATABASE_URL", "nonsense", "PORTAL_DATABASE_URL cannot be read: it starts with sqlite:///"),
        ("PORTAL_PORT", "abc", "PORTAL_PORT cannot be read"),
        ("PORTAL_DATABASE_URL", "sqlite:///nowhere/at/all.db", "The database cannot be used"),
    ],
)
def test_a_wrong_setting_is_named_in_a_line(tmp_path: Path, setting: str, value: str, words: str) -> None:
    ran = subprocess.run(
        [PORTAL, "tokens", "add", "jo@example.com"],
        env={"PATH": "/usr/bin:/bin", setting: value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) <= 2
