"""Bringing the database's tables up to date."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from portal.core.database import Database
from portal.core.paths import ROOT

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(url: str, target: str = "head", app_role: str | None = None) -> None:
    """Migrate the database at this address up to ``target``. Its folder is made where it is a file.

    ``app_role`` is the role that serves on PostgreSQL where it is not the owner: it may read and write every table
    and owns none.
    """
    from alembic import command

    database = Database(url)
    if database.is_sqlite and database.url.database:
        _make_folder(database.url.database)
    with database.writer.connect() as connection:
        command.upgrade(_config(connection), target)
        if app_role is not None and app_role != database.url.username:
            _grant(connection, app_role)
    database.dispose()


def _grant(connection: Connection, role: str) -> None:
    name = connection.dialect.identifier_preparer.quote(role)
    for rights in (
        f"usage on schema public to {name}",
        f"select, insert, update, delete on all tables in schema public to {name}",
        f"usage, select on all sequences in schema public to {name}",
        f"execute on all functions in schema public to {name}",
    ):
        connection.exec_driver_sql(f"grant {rights}")
    connection.commit()


def downgrade(url: str, target: str) -> None:
    """Migrate the database back down to ``target``; ``base`` leaves it empty."""
    from alembic import command

    database = Database(url)
    with database.writer.connect() as connection:
        command.downgrade(_config(connection), target)
    database.dispose()


def is_current(database: Database) -> bool:
    """Whether the tables are those this version expects. Reads two things only, so that a start stays quick."""
    with database.reader.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        version = connection.exec_driver_sql("select version_num from alembic_version").scalar()
    return version == newest_version()


def newest_version() -> str:
    """The number of the newest migration: files are named by their number, so the last name tells it."""
    return max(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py")).split("_")[0]


def _make_folder(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config
