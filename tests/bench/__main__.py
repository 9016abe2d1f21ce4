"""``python -m tests.bench [sqlite] [postgres] [locks]``: what the main pages cost: CPU, time, statements, weight.

``locks`` tells what the second lock costs: PostgreSQL with it and without it in turns, on the same data. CPU is that of
the serving process and, on PostgreSQL, of all processes of the database, read from ``/proc``.
"""

import gzip
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from fastapi.testclient import TestClient
from sqlalchemy import event

from portal.access.sessions import system_session
from portal.accounts.sign_in import cookie_name
from portal.app import create_app
from portal.core.database import Database
from portal.core.ids import new_id
from portal.core.migrate import migrate
from portal.core.settings import Settings
from tests.bench.data import COMMON_WORD, Made, fill
from tests.postgres import database_of, switch_second_lock

REQUESTS = 400
WARM_UP = 60

BROWSER = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a request that a page of ours sends."""

Ask = Callable[[http.client.HTTPConnection], bytes]


@dataclass(frozen=True)
class Figures:
    """CPU in ms per request (server, database) and the time of a request in ms at one connection."""

    server: float
    database: float
    p50: float
    p99: float
    size: int


@dataclass(frozen=True)
class Subject:
    """A page or an action to be measured."""

    name: str
    method: str
    path: str
    form: Callable[[], dict[str, str]] | None = None


def subjects(made: Made) -> list[Subject]:
    comment = f"/posts/{made.post_id}/comments"
    return [
        Subject("group page, 20 threads", "GET", f"/spaces/{made.space_id}"),
        Subject("thread, 20 comments", "GET", f"/posts/{made.post_id}"),
        Subject("Catch up", "GET", "/catch-up"),
        Subject("search, a common word", "GET", f"/search?q={COMMON_WORD}"),
        Subject("inbox", "GET", f"/inbox/{made.department_id}"),
        Subject("posting a comment", "POST", comment, lambda: {"body": "It holds.", "token": new_id()}),
    ]


def main(kinds: list[str]) -> None:
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder, database_of(kind, Path(folder)) as (app_url, owner_url):
            started = time.perf_counter()
            migrate(owner_url)
            made = filled(app_url, owner_url)
            say(f"\n{kind}: data made in {time.perf_counter() - started:.0f} s")
            if kind == "locks":
                compare_locks(app_url, owner_url, made, Path(folder))
            else:
                measure(app_url, made, Path(folder))


ROUNDS = 3


def compare_locks(url: str, owner_url: str, made: Made, folder: Path) -> None:
    """Print the CPU of each page with the second lock and without it: of each the best of some rounds."""
    rounds: dict[bool, list[dict[str, Figures]]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for on, found in rounds.items():
            switch_second_lock(owner_url, on=on)
            with serving(["portal", "serve"], url, folder) as (port, process):
                found.append(figures_of(made, port, process.pid, url))
    say(f"{'':26} {'with it':>8} {'without':>8} {'costs':>7}")
    for subject in subjects(made):
        locked, open_ = (
            min(each[subject.name].server + each[subject.name].database for each in rounds[on]) for on in (True, False)
        )
        say(f"{subject.name:26} {locked:8.2f} {open_:8.2f} {(locked / open_ - 1) * 100:+6.0f} %")


def figures_of(made: Made, port: int, pid: int, url: str) -> dict[str, Figures]:
    return {subject.name: run(asking(subject, port, made.cookie), port, pid, url) for subject in subjects(made)}


def filled(url: str, owner_url: str) -> Made:
    database = Database(url)
    with system_session(database) as session:
        made = fill(session)
    database.dispose()
    _gather_statistics(owner_url)
    return made


def _gather_statistics(owner_url: str) -> None:
    """What a running database does by itself now and then; only the owner may. Else it does so while we measure."""
    database = Database(owner_url)
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze" if database.is_sqlite else "vacuum (freeze, analyze)")
    database.dispose()


def measure(url: str, made: Made, folder: Path) -> None:
    statements = statements_and_weight(url, made, folder)
    with serving(["portal", "serve"], url, folder) as (port, process):
        rows = figures_of(made, port, process.pid, url)
        memory = resident(process.pid)
    size = rows["group page, 20 threads"].size
    with serving(["python", "-m", "tests.bench.floor"], url, folder, str(size)) as (port, process):
        floor = run(asking(Subject("floor", "GET", "/"), port, made.cookie), port, process.pid, "sqlite://")
    say(
        f"{'':26} {'server':>8} {'database':>9} {'CPU ms':>7} {'p50 ms':>7} {'p99 ms':>7} {'x floor':>8}"
        f" {'statements':>10} {'KB':>6} {'gzip':>6}"
    )
    for name, figures in [("floor, same size", floor), *rows.items()]:
        cpu = figures.server + figures.database
        count, weight, packed = statements.get(name, (0, figures.size, 0))
        say(
            f"{name:26} {figures.server:8.2f} {figures.database:9.2f} {cpu:7.2f} {figures.p50:7.2f} {figures.p99:7.2f}"
            f" {cpu / (floor.server or 1):8.1f} {count:10d} {weight / 1000:6.1f} {packed / 1000:6.1f}"
        )
    say(f"memory of the serving process after it: {memory / 1000:.0f} MB")


def asking(subject: Subject, port: int, cookie: str) -> Ask:
    headers = {"Cookie": f"{cookie_name(https=False)}={cookie}", "Host": f"127.0.0.1:{port}", **BROWSER}

    def ask(connection: http.client.HTTPConnection) -> bytes:
        body = urlencode(subject.form()) if subject.form else None
        extra = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(subject.method, subject.path, body, headers | extra)
        response = connection.getresponse()
        content = response.read()
        if response.status not in (200, 303):
            raise RuntimeError(f"{subject.name}: {response.status} {content[:300]!r}")
        return content

    return ask


def run(ask: Ask, port: int, pid: int, url: str) -> Figures:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(WARM_UP):
        size = len(ask(connection))
    time.sleep(0.5)
    server_of_data = postgres_processes(url)
    before, database_before = cpu_of([pid]), cpu_of(server_of_data)
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        ask(connection)
        times.append((time.perf_counter() - started) * 1000)
    time.sleep(0.3)
    server = cpu_of([pid]) - before
    database = cpu_of(server_of_data) - database_before
    connection.close()
    return Figures(
        server * 1000 / REQUESTS,
        database * 1000 / REQUESTS,
        statistics.median(times),
        statistics.quantiles(times, n=100)[98],
        size,
    )


def cpu_of(pids: list[int]) -> float:
    """Seconds of processor time the threads of these processes have used, to the nanosecond (``/proc/PID/task``)."""
    total = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                total += int(thread.read_text().split()[0])
    return total / 1e9


def postgres_processes(url: str) -> list[int]:
    """The server behind this address with all its processes; none for SQLite."""
    if url.startswith("sqlite"):
        return []
    database = Database(url)
    with database.reader.connect() as connection:
        server = parent_of(int(connection.exec_driver_sql("select pg_backend_pid()").scalar_one()))
    database.dispose()
    everyone = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [server, *(pid for pid in everyone if parent_of(pid) == server)]


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def resident(pid: int) -> int:
    """Memory of the process, in kilobytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


@contextmanager
def serving(
    command: list[str], url: str, folder: Path, *arguments: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    executable = Path(sys.executable).parent / command[0]
    words = [str(executable), *command[1:], *([str(port), *arguments] if arguments else [])]
    environment = {**os.environ, "PORTAL_DATABASE_URL": url, "PORTAL_PORT": str(port), "PORTAL_VAR": str(folder)}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def statements_and_weight(url: str, made: Made, folder: Path) -> dict[str, tuple[int, int, int]]:
    """For each page: statements, bytes, bytes over gzip."""
    app = create_app(Settings(database_url=url, base_url="http://testserver", var=folder))
    client = TestClient(app, follow_redirects=False, headers=BROWSER)
    client.cookies.set(cookie_name(https=False), made.cookie)
    counted: list[str] = []
    database = app.state.portal.database
    for engine in {database.reader, database.writer}:
        event.listen(engine, "before_cursor_execute", lambda *arguments: counted.append(arguments[2]))
    found = {}
    for subject in subjects(made):
        if subject.method == "GET":
            client.get(subject.path)
        counted.clear()
        response = client.request(subject.method, subject.path, data=subject.form() if subject.form else None)
        found[subject.name] = (len(counted), len(response.content), len(gzip.compress(response.content, 5)))
    database.dispose()
    return found


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:] or ["sqlite", "postgres"])
