"""Runs migrations on the connection that the command hands over, or on the owner's address from the settings."""

from collections.abc import MutableMapping

from alembic import context
from sqlalchemy import Connection

from portal.core.database import Base, Database
from portal.core.settings import Settings

MANAGED_ELSEWHERE = ("procrastinate_", "search_text")


def include_name(name: str | None, kind: str, parents: MutableMapping[str, str | None]) -> bool:
    """Tables and columns that a library or a full-text index made are not ours to compare."""
    if kind in ("column", "index") and parents.get("table_name") == "search_document":
        return name not in ("words", "ix_search_document_words")
    return not (kind == "table" and name is not None and name.startswith(MANAGED_ELSEWHERE))


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="sa.",
    )
    if connection.dialect.name != "sqlite":
        with context.begin_transaction():
            context.run_migrations()
        return
    # A batch alter copies and drops a table; with foreign keys on, that deletes the rows of its children. The switch
    # has no effect inside a transaction, so it is thrown on the driver's own connection.
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    with context.begin_transaction():
        context.run_migrations()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"rows point to nothing after the migration: {broken[:5]}")
    driver.execute("PRAGMA foreign_keys = ON")


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    import portal.app  # noqa: F401  (so that every table is known)

    database = Database(Settings().migration_url)
    with database.writer.connect() as connection:
        run(connection)
