"""The ``portal`` command."""

import gc
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal.core.settings import Settings

if TYPE_CHECKING:
    from types import FrameType

    import uvicorn
    from fastapi import FastAPI

    from portal.access.unit import Portal

STOP_WITHIN = 10
"""Seconds that requests under way are given when the server stops."""

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # They may hold passwords, and what people wrote.
    help="Earshot, from the command line.",
)


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
    # What is loaded now stays for good: looking through it for garbage again and again is a fifth of the start.
    gc.disable()
    from portal.app import create_app
    from portal.core.migrate import is_current

    settings = settings_for_serving()
    if no_worker:
        settings = settings.model_copy(update={"worker": False})
    if prepare:
        migrate_if_needed(settings)
    app = create_app(settings)
    if prepare:
        fill_if_empty(app.state.portal)
    if not prepare and not is_current(app.state.portal.database):
        typer.echo("The database is not up to date. Run: portal migrate", err=True)
        raise typer.Exit(1)
    typer.echo(f"Earshot is at {settings.base_url}")
    say_how_to_begin(app.state.portal)
    server = serving(app, host=settings.host, port=settings.port)
    gc.freeze()
    gc.enable()
    server.run()


def serving(app: "FastAPI", *, host: str, port: int) -> "uvicorn.Server":
    """The server of an app. Asked to stop, it first ends the live streams: they would stay open for good."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: "FrameType | None") -> None:
            app.state.live.stop()
            super().handle_exit(sig, frame)

    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
    )


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


def fill_if_empty(portal: "Portal") -> None:
    """Let the demo company move in where nobody is yet."""
    from portal.access.sessions import system_session
    from portal.app import work_of
    from portal.demo import queries
    from portal.demo.actions import fill

    with system_session(portal.database) as session:
        if queries.is_empty(session):
            typer.echo("Filling the empty database with the demo company.")
            fill(session, work_of(portal))


def say_how_to_begin(portal: "Portal") -> None:
    """Print whom one can be where the demo company is here, or where to begin where nobody administers."""
    from portal.access.sessions import system_session
    from portal.demo import queries
    from portal.demo.web import seats
    from portal.setup.actions import offer_set_up

    with system_session(portal.database) as session:
        secret = offer_set_up(session)
        is_demo = queries.is_here(session)
    if secret is not None:
        typer.echo(f"Nobody administers the portal yet. Set it up at {portal.settings.base_url}/set-up/{secret}")
    if not is_demo:
        return
    typer.echo(f"The demo company is here. Sign in with one click, as one of these, at {portal.settings.base_url}/demo")
    for seat in seats():
        typer.echo(f"  {seat.name:18} {seat.role}")


@cli.command()
def demo(
    remove: Annotated[bool, typer.Option("--remove", help="Take the demo company and all that is its away.")] = False,
) -> None:
    """Let the demo company move into an empty database, or take it away."""
    from portal.access.sessions import system_session
    from portal.app import create_app, work_of
    from portal.demo import actions

    portal = create_app(Settings()).state.portal
    if not remove:
        with system_session(portal.database) as session:
            actions.fill(session, work_of(portal))
        typer.echo("The demo company is here. See it with: portal serve")
        return
    with system_session(portal.database) as session:
        rows = actions.remove(session, portal.files)
    typer.echo(f"The demo company is gone, with {rows} rows.")


@cli.command()
def doctor() -> None:
    """Say in words what is misconfigured. Ends with 1 where something must be fixed."""
    from portal.access.sessions import system_session
    from portal.setup.doctor import examine

    signs = {"good": "ok   ", "mind": "note ", "wrong": "WRONG"}
    settings = settings_for_serving()
    found = []
    for finding in examine(settings, system_session):
        found.append(finding.state)
        typer.echo(f"{signs[finding.state]}  {finding.text}")
    if "wrong" in found:
        raise typer.Exit(1)


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

    from portal.core.jobs import Aside
    from portal.core.queue import Queue

    aside = Aside()
    queue = Queue(portal.database.url, work_of(portal, aside))
    queue.take_from_outbox()

    async def run() -> None:
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        await queue.work_until(ended)

    typer.echo("Working. Ctrl+C ends it.")
    asyncio.run(run())
    aside.stop()


@cli.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    from portal.core.migrate import migrate as run

    settings = Settings()
    run(settings.migration_url, app_role=app_role(settings))
    typer.echo("The database is up to date.")


mentions = typer.Typer(no_args_is_help=True, help="What was heard.")
sources = typer.Typer(no_args_is_help=True, help="Where Earshot listens.")
cli.add_typer(mentions, name="mentions")
cli.add_typer(sources, name="sources")


@mentions.command("import")
def import_mentions(
    file: Annotated[str, typer.Argument(help="JSON Lines with id, text, author, url, said_at and lang.")],
    source: Annotated[str, typer.Option("--source", help="What the source is called; it is made where it is new.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would happen, and store nothing.")] = False,
) -> None:
    """Hear everything in a file: fold reposts, route, and open cases. A second time stores nothing."""
    from portal.access.sessions import system_session
    from portal.access.viewer import SYSTEM
    from portal.app import create_app, work_of
    from portal.connectors.file import open_file, read_items
    from portal.core import outbox
    from portal.listening.actions import import_items, kept_in_words, went_in_words
    from portal.listening.item import SourceFailed
    from portal.listening.unusable import Unusable

    try:
        lines = open_file(file)
    except SourceFailed as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    unusable = Unusable()
    portal = create_app(Settings()).state.portal
    with lines, system_session(portal.database) as session:
        result = import_items(session, SYSTEM, source, read_items(lines), unusable)
        went = went_in_words(session, result)
        if dry_run:
            session.rollback()
    if not dry_run:
        outbox.deliver_all(work_of(portal).open_session)
    for line in [*unusable.in_words, *kept_in_words(result)]:
        typer.echo(line, err=True)
    for label, number in {
        "read": result.read,
        **({"passed over": unusable.number} if unusable.number else {}),
        "stored": result.stored,
        "already known": result.known,
        "folded": result.folded,
        **went,
    }.items():
        typer.echo(f"{label:14}{number:>8}")
    if dry_run:
        typer.echo("Nothing was stored.")


@sources.command("try")
def try_source(
    path_or_url: Annotated[str, typer.Argument(help="The address of a feed, or the path of a feed or a file.")],
    kind: Annotated[str | None, typer.Option("--kind", help="feed or file; else the name decides.")] = None,
) -> None:
    """Print what a source would bring, one JSON line an item. Stores nothing and needs no database."""
    import json

    from portal.connectors.try_source import try_source as read
    from portal.core.http import Client
    from portal.listening.item import SourceFailed

    http = Client(Settings().allow_addresses)
    try:
        for item in read(path_or_url, kind, http, lambda line: typer.echo(line, err=True)):
            typer.echo(json.dumps(item, ensure_ascii=False))
    except SourceFailed as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


routing = typer.Typer(no_args_is_help=True, help="Whose job it is.")
cli.add_typer(routing, name="routing")


@routing.command("predict")
def predict(
    file: Annotated[Path, typer.Argument(help='JSON Lines: {"id": …, "text": …, "lang": …}.')],
    corrections: Annotated[
        Path | None, typer.Option("--corrections", help='JSON Lines to learn from first: {"text": …, "department": …}.')
    ] = None,
) -> None:
    """Say of each text which department it is for, one JSON line each, in the same order. Needs no database."""
    import json

    from portal.routing.predict import UnreadableLine, predict_file

    try:
        for answer in predict_file(file, corrections):
            typer.echo(json.dumps(answer, ensure_ascii=False))
    except UnreadableLine as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    except OSError as problem:
        typer.echo(f"{problem.filename} cannot be read: {problem.strerror}.", err=True)
        raise typer.Exit(1) from None


people = typer.Typer(no_args_is_help=True, help="Who can sign in.")
tokens = typer.Typer(no_args_is_help=True, help="Keys for programs.")
cli.add_typer(people, name="people")
cli.add_typer(tokens, name="tokens")


@people.command("add")
def add_person(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    name: Annotated[str, typer.Option("--name", help="Their name, as colleagues know them.")],
    admin: Annotated[bool, typer.Option("--admin", help="Let them administer the portal.")] = False,
) -> None:
    """Add an employee. The password is read from standard input; without one, a one-time link is printed."""
    from portal.access.sessions import system_session
    from portal.accounts import actions
    from portal.accounts.forms import mail_address
    from portal.core.database import Database
    from portal.core.errors import Invalid

    settings = settings_for_serving()
    password = "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    try:
        address = mail_address(email)
    except ValueError as problem:
        raise Invalid({"email": str(problem)}) from None
    with system_session(Database(settings.database_url)) as session:
        person = actions.create_person(session, kind="employee", name=name, email=address, is_admin=admin)
        if password:
            actions.set_password(session, person, password)
            typer.echo(f"{name} can sign in at {settings.base_url}/sign-in")
        else:
            purpose = "join" if settings.passwords_for_employees else "sign_in"
            secret = actions.make_link(session, purpose, person.id)
            typer.echo(f"{settings.base_url}/{actions.LINK_PATHS[purpose]}/{secret}")


@people.command("link")
def link_person(email: Annotated[str, typer.Argument(help="Who is to come in.")]) -> None:
    """Print a link that signs a person in once, within 15 minutes: the way in when no other one is open."""
    from portal.access.sessions import system_session
    from portal.accounts import actions, queries
    from portal.core.database import Database
    from portal.core.errors import Conflict

    settings = settings_for_serving()
    with system_session(Database(settings.database_url)) as session:
        person = queries.by_email(session, email)
        if person is None or person.deactivated_at is not None:
            raise Conflict(f"Nobody signs in as {email}.")
        queries.forgive(session, person.id)
        secret = actions.make_link(session, "sign_in", person.id)
        typer.echo(f"{settings.base_url}/{actions.LINK_PATHS['sign_in']}/{secret}")


@tokens.command("add")
def add_token(
    email: Annotated[str, typer.Argument(help="Whose token it is.")],
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "command line",
) -> None:
    """Print a new API token of a person. It is shown this once."""
    from portal.access.sessions import system_session
    from portal.accounts import actions, queries
    from portal.core.database import Database
    from portal.core.errors import Conflict

    with system_session(Database(Settings().database_url)) as session:
        person = queries.by_email(session, email)
        if person is None or person.deactivated_at is not None:
            raise Conflict(f"Nobody signs in as {email}.")
        typer.echo(actions.make_token(session, person.id, name))


search = typer.Typer(no_args_is_help=True, help="The search index.")
cli.add_typer(search, name="search")


@search.command("rebuild")
def rebuild_search() -> None:
    """Make the search index anew from everything that is stored. Searching goes on with the old one meanwhile."""
    from portal.access.sessions import system_session
    from portal.app import create_app
    from portal.search.actions import rebuild

    with system_session(create_app(Settings()).state.portal.database) as session:
        indexed = rebuild(session)
    for kind, number in indexed.items():
        typer.echo(f"{kind:14}{number:>8}")


def main() -> None:
    """The entry point: failures that have words are told in a line or two."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError
    from sqlalchemy.exc import DBAPIError

    from portal.core.errors import PortalError

    try:
        cli()
    except PortalError as failure:
        words = failure.message
    except ValidationError as failure:
        words = "\n".join(_wrong_setting(each["loc"], each["type"], each["msg"]) for each in failure.errors())
    except SettingsError as failure:
        words = _unreadable_setting(failure)
    except DBAPIError as failure:
        reason = str(failure.orig).strip().splitlines()[0]
        words = f"The database cannot be used: {reason}. If its tables are missing, run: portal migrate"
    else:
        return
    typer.echo(words, err=True)
    sys.exit(1)


def _wrong_setting(place: tuple[int | str, ...], kind: str, problem: str) -> str:
    variable = "PORTAL_" + "__".join(str(part).upper() for part in place)
    if kind == "missing":
        return f"{variable} is not set, and has to be."
    if kind == "extra_forbidden":
        return f"{variable} is no setting."
    if kind == "model_type":
        return f"{variable} cannot be read: each value has a variable of its own, such as {variable}__ISSUER."
    sentence = problem.removeprefix("Value error, ")
    return f"{variable} cannot be read: {sentence[0].lower()}{sentence[1:]}"


def _unreadable_setting(failure: Exception) -> str:
    field = re.search(r'field "(\w+)"', str(failure))
    variable = f"PORTAL_{field[1].upper()}" if field else "A setting"
    return f"{variable} cannot be read: give each of its values a variable of its own, as docs/settings.md says."
