"""The ``portal`` command."""

import os
import sys
from typing import Annotated

import typer

from portal.core.settings import Settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Earshot, from the command line.")


def settings_for_serving() -> Settings:
    """The settings, with PORT from the environment where PORTAL_PORT is not set."""
    port = os.environ.get("PORT")
    if port and "PORTAL_PORT" not in os.environ:
        os.environ["PORTAL_PORT"] = port
    settings = Settings()
    if "base_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"base_url": f"http://{settings.host}:{settings.port}"})
    return settings


@cli.command()
def serve(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="First migrate, and fill an empty database with the demo company.")
    ] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="On PostgreSQL: leave deliveries and timed work to other processes.")
    ] = False,
) -> None:
    """Serve the portal."""
    import uvicorn

    from portal.app import create_app
    from portal.core.migrate import is_current

    settings = settings_for_serving()
    if no_worker:
        settings = settings.model_copy(update={"worker": False})
    if prepare:
        migrate_if_needed(settings)
    app = create_app(settings)
    if not prepare and not is_current(app.state.portal.database):
        typer.echo("The database is not up to date. Run: portal migrate", err=True)
        raise typer.Exit(1)
    typer.echo(f"Earshot is at {settings.base_url}")
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)


def migrate_if_needed(settings: Settings) -> None:
    """Make or update the tables, only where they are not those of this version."""
    from pathlib import Path

    from portal.core.database import Database
    from portal.core.migrate import is_current, migrate

    database = Database(settings.migration_url)
    missing = database.is_sqlite and not Path(database.url.database or "").exists()
    if missing or not is_current(database):
        migrate(settings.migration_url, app_role=app_role(settings))
    database.dispose()


def app_role(settings: Settings) -> str | None:
    """The role that serves, on PostgreSQL; None on SQLite."""
    from portal.core.database import Database

    url = Database(settings.database_url).url
    return url.username if url.get_backend_name() == "postgresql" else None


@cli.command()
def worker() -> None:
    """Deliver events and do timed work, beside or instead of the serving process (PostgreSQL only)."""
    import asyncio
    import signal

    from portal.app import create_app, work_of

    portal = create_app(Settings()).state.portal
    if portal.database.is_sqlite:
        typer.echo("On SQLite the serving process does this work itself.", err=True)
        raise typer.Exit(1)

    from portal.core.queue import Queue

    queue = Queue(portal.database.url, work_of(portal))
    queue.take_from_outbox()

    async def run() -> None:
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        await queue.work_until(ended)

    typer.echo("Working. Ctrl+C ends it.")
    asyncio.run(run())


@cli.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    from portal.core.migrate import migrate as run

    settings = Settings()
    run(settings.migration_url, app_role=app_role(settings))
    typer.echo("The database is up to date.")


def main() -> None:
    """The entry point: failures that have words are told in one line."""
    from portal.core.errors import PortalError

    try:
        cli()
    except PortalError as failure:
        typer.echo(failure.message, err=True)
        sys.exit(1)
