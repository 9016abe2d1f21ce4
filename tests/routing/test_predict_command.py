"""``portal routing predict``, as somebody types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portal.cli import cli

PARCEL = "My parcel has been at the depot for a week and nobody delivers it."


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_each_text_gets_its_answer_in_order_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    file = write(tmp_path / "in.jsonl", {"id": 7, "text": PARCEL, "lang": "en"}, {"id": "b", "text": ""})
    ran = CliRunner().invoke(cli, ["routing", "predict", str(file)])
    assert ran.exit_code == 0
    first, second = (json.loads(line) for line in ran.output.splitlines())
    assert first["id"] == 7
    assert first["department"] == "logistics"
    assert 0 <= first["confidence"] <= 1
    assert first["reason"]
    assert second["id"] == "b"
    assert second["triage"] is True


def test_corrections_are_learned_first(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", {"id": 1, "text": PARCEL})
    taught = write(tmp_path / "taught.jsonl", {"text": PARCEL, "department": "sales"})
    ran = CliRunner().invoke(cli, ["routing", "predict", "--corrections", str(taught), str(file)])
    assert json.loads(ran.output)["department"] == "sales"


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", {"id": 1, "text": PARCEL}, {"id": 2})
    ran = CliRunner().invoke(cli, ["routing", "predict", str(file)])
    assert ran.exit_code == 1
    assert "in.jsonl, line 2: 'text' is missing" in ran.output
