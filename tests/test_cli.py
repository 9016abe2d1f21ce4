"""The command line tells failures in words, without a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from portal.access.sessions import system_session
from portal.cli import cli
from portal.core.database import Database
from portal.listening.models import Source
from tests.conftest import Addresses

PORTAL = Path(sys.executable).parent / "portal"


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("PORTAL_DATABASE_URL", "nonsense", "PORTAL_DATABASE_URL cannot be read: it starts with sqlite:///"),
        ("PORTAL_PORT", "abc", "PORTAL_PORT cannot be read"),
        ("PORTAL_OIDC", "notjson", "PORTAL_OIDC cannot be read"),
        ("PORTAL_OIDC__COMPANY__ISSUER", "https://a.example", "PORTAL_OIDC__COMPANY__CLIENT_ID is not set"),
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


def rows(output: str) -> dict[str, int]:
    return {line[:14].strip(): int(line[14:]) for line in output.splitlines() if line[14:].strip().isdigit()}


def test_a_file_is_heard_once_and_what_cannot_be_read_is_counted(
    sqlite: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATABASE_URL", sqlite.app)
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path))
    file = tmp_path / "heard.jsonl"
    file.write_bytes(
        b'{"id": "1", "text": "My parcel has been at the depot for a week now", "department": "hr"}\n'
        b'{"id": "2", "text": "The app closes whenever I open the second page"}\n'
        b'{"id": "3", "text": "Your driver was kind to my mother", "said_at": "last week"}\n'
        b"not json\n"
        b'{"text": "Tr\xe8s bien"}\n'
    )
    command = ["mentions", "import", str(file), "--source", "Reviews"]
    tried = CliRunner().invoke(cli, [*command, "--dry-run"])
    assert "Nothing was stored." in tried.output
    first, second = CliRunner().invoke(cli, command), CliRunner().invoke(cli, command)
    assert "Line 4 is not JSON" in first.output
    assert "Line 5 is not UTF-8 text." in first.output
    assert "1 line had an unreadable time; its text was kept." in first.output
    assert (rows(first.output)["read"], rows(first.output)["stored"], rows(first.output)["passed over"]) == (3, 3, 2)
    assert (rows(second.output)["stored"], rows(second.output)["already known"]) == (0, 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\n" * 812, "none of its 812 lines could be used. Line 1 is not JSON"),
        (None, "is a folder, not a file."),
    ],
)
def test_a_file_that_is_none_fails_in_one_line_and_makes_no_source(
    sqlite: Addresses, tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "heard").write_bytes(content)
    tried = subprocess.run(
        [PORTAL, "mentions", "import", str(tmp_path / "heard" if content else tmp_path), "--source", "bin"],
        env={"PATH": "/usr/bin:/bin", "PORTAL_DATABASE_URL": sqlite.app, "PORTAL_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 1
    assert len(tried.stderr.splitlines()) == 1
    assert words in tried.stderr
    with system_session(Database(sqlite.app)) as session:
        assert session.scalar(select(func.count()).select_from(Source)) == 0


def test_trying_a_file_prints_items_alone_and_tells_beside_them_what_could_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "heard.jsonl"
    file.write_bytes(b'{"text": "Wet again", "said_at": "last week"}\n{"text": "Tr\xe8s bien"}\n{"text": "Dry now"}\n')
    tried = CliRunner().invoke(cli, ["sources", "try", str(file)])
    assert [json.loads(line)["text"] for line in tried.stdout.splitlines()] == ["Wet again", "Dry now"]
    assert tried.stderr.splitlines() == [
        "Line 1 has an unreadable time; its text is kept.",
        "Line 2 is not UTF-8 text.",
        "1 line could not be used.",
    ]
