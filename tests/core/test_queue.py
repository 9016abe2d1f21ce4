"""On PostgreSQL, Procrastinate's workers deliver what was emitted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.access.sessions import system_session
from portal.access.viewer import SYSTEM
from portal.core import outbox
from portal.core.database import Database
from portal.core.jobs import Work
from portal.core.models import Delivery
from portal.core.outbox import emit
from portal.core.queue import Queue, WorkerThread, conninfo
from portal.core.settings import Settings
from portal.core.store import FileStore
from tests.conftest import Addresses
from tests.core.test_outbox import BellRang, Listener, heard, listener

__all__ = ["listener"]


@pytest.fixture
def served(postgres: Addresses) -> Iterator[Database]:
    database = Database(postgres.app)
    yield database
    outbox.on_commit(None, None)
    database.dispose()


def queue_of(database: Database, folder: Path) -> Queue:
    settings = Settings(var=folder)
    queue = Queue(database.url, Work(lambda: system_session(database), settings, FileStore(settings.file_store)))
    queue.take_from_outbox()
    return queue


def jobs(database: Database) -> int:
    with psycopg.connect(conninfo(database.url)) as connection:
        row = connection.execute("select count(*) from procrastinate_jobs where task_name = 'deliver'").fetchone()
        assert row is not None
        return int(row[0])


def test_a_rollback_leaves_no_job(served: Database, listener: Listener, tmp_path: Path) -> None:
    queue = queue_of(served, tmp_path)
    session = served.session(write=True, viewer=SYSTEM)
    queue._defer(session, [emit(session, BellRang("door"))])
    session.rollback()
    assert jobs(served) == 0


def test_nobody_waits_for_a_delivery_that_somebody_else_makes(served: Database, listener: Listener) -> None:
    """Two who delivered the same events in another order each held what the other wanted."""
    with system_session(served) as session:
        event_id = emit(session, BellRang("door"))
    with system_session(served) as elsewhere:
        elsewhere.execute(select(Delivery).with_for_update()).all()
        outbox.deliver_event(lambda: impatient(served), event_id)
        assert not listener.called.is_set()
    outbox.deliver_event(lambda: impatient(served), event_id)
    assert listener.called.is_set()


@contextmanager
def impatient(database: Database) -> Iterator[Session]:
    """A session that fails where it would wait."""
    with system_session(database) as session:
        session.execute(text("set local lock_timeout = '1s'"))
        yield session


def test_a_worker_delivers_what_was_committed_before_and_after_it_began(
    served: Database,
    listener: Listener,
    tmp_path: Path,
) -> None:
    queue = queue_of(served, tmp_path)
    with system_session(served) as session:
        emit(session, BellRang("before"))
    assert jobs(served) == 1
    worker = WorkerThread(queue)
    worker.start()
    try:
        assert listener.called.wait(20)
        listener.called.clear()
        with system_session(served) as session:
            emit(session, BellRang("after"))
        assert listener.called.wait(20)
    finally:
        worker.stop()
    assert not worker.is_alive()
    assert sorted(heard(lambda: system_session(served))) == ["heard after", "heard before"]
