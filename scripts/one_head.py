"""Fails when the migrations have more than one end: two people added one at the same time."""

from pathlib import Path

from alembic.script import ScriptDirectory

heads = ScriptDirectory(str(Path(__file__).resolve().parent.parent / "migrations")).get_heads()
if len(heads) > 1:
    raise SystemExit(f"Migrations end in {len(heads)} places ({', '.join(heads)}). Put one after the other.")
