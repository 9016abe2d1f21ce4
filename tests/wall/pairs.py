"""Both worlds of a viewer: built once for a test session and kept as files, or in PostgreSQL for one test."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from filelock import FileLock
from sqlalchemy import text

from portal.core.database import Database
from tests.postgres import APP, OWNER, Server
from tests.wall.client import Client
from tests.wall.worlds import LETTERS, World, build

Clients = tuple[Client, Client]
"""Before world A, which holds much that the viewer must not see, and before B, which holds little of it."""


@contextmanager
def in_sqlite(folder: Path, template: Path, shared: Path, viewer: str, seed: int = 1) -> Iterator[Clients]:
    """Both worlds in copies of their own in ``folder``. ``template`` is an empty database."""
    kept = _kept(shared, template, viewer, seed)
    with ExitStack() as until_the_end:
        a, b = (_open_copy(kept / letter, folder / f"{viewer}-{letter}") for letter in LETTERS)
        for client in (a, b):
            until_the_end.enter_context(closing(client))
        yield a, b


def _kept(shared: Path, template: Path, viewer: str, seed: int) -> Path:
    folder = shared / "wall" / f"{viewer}-{seed}"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            for letter in LETTERS:
                _build(folder / letter, template, viewer, letter, seed)
            (folder / "done").touch()
    return folder


def _build(folder: Path, template: Path, viewer: str, letter: str, seed: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = folder / "portal.db"
    shutil.copyfile(template, database)
    build(World(viewer, letter, seed, f"sqlite:///{database}", str(folder))).save(folder / "world.json")


def _open_copy(kept: Path, folder: Path) -> Client:
    shutil.copytree(kept, folder)
    world = World.load(folder / "world.json")
    world.folder, world.url = str(folder), f"sqlite:///{folder / 'portal.db'}"
    return Client(world, partial(_copy_again, kept / "portal.db", folder / "portal.db"))


def _copy_again(kept: Path, database: Path) -> None:
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    shutil.copyfile(kept, database)


@contextmanager
def in_postgres(server: Server, template: str, folder: Path, viewer: str, seed: int = 1) -> Iterator[Clients]:
    """Both worlds in databases of their own. ``template`` is the name of an empty one."""
    with ExitStack() as until_the_end:
        clients = []
        for letter in LETTERS:
            name = f"wall_{uuid4().hex[:12]}"
            for each in (name, f"{name}_kept"):
                until_the_end.callback(server.drop, each)
            server.copy(template, name)
            live_in_the_story(server.url(OWNER, name))
            (folder / letter).mkdir()
            world = build(World(viewer, letter, seed, server.url(APP, name), str(folder / letter)))
            server.copy(name, f"{name}_kept")
            clients.append(Client(world, partial(_copy_database_again, server, name)))
            until_the_end.callback(clients[-1].close)
        yield clients[0], clients[1]


def live_in_the_story(owner_url: str) -> None:
    """Let what the database itself says of rows of spaces go by the time of the story, which ``app_of`` tells it."""
    told = "coalesce(nullif(current_setting('story.now', true), '')::timestamptz, statement_timestamp())"
    database = Database(owner_url)
    with database.writer.begin() as connection:
        asking = "select pg_get_functiondef(oid) from pg_proc where prosrc like '%statement_timestamp()%'"
        functions = connection.scalars(text(f"{asking} and pronamespace = 'public'::regnamespace")).all()
        assert functions
        for each in functions:
            connection.exec_driver_sql(each.replace("statement_timestamp()", told).replace("%", "%%"))
    database.dispose()


def _copy_database_again(server: Server, name: str) -> None:
    server.drop(name)
    server.copy(f"{name}_kept", name)
