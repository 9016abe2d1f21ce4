"""On PostgreSQL, deliveries and timed work are jobs of Procrastinate, in any number of workers.

A job is written by the very transaction that emits the event: when that is rolled back, no job is left.
"""

import asyncio
import contextlib
import threading
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.jobs import DeleteJobCondition
from procrastinate.tasks import Task
from procrastinate.types import JSONValue
from psycopg import AsyncConnection
from sqlalchemy import URL
from sqlalchemy.orm import Session

from portal.core import outbox
from portal.core.jobs import TIMED, Timed, Work

log = structlog.get_logger()

CONCURRENCY = 2

PAUSE = 5.0
"""Seconds before a worker that ended by itself, as when its database went away, begins anew."""


def conninfo(url: URL) -> str:
    """The database's address as libpq reads it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def _commit_each_statement(connection: AsyncConnection[Any]) -> None:
    """Each of Procrastinate's own statements is a change by itself; a transaction round it costs two more journeys."""
    await connection.set_autocommit(True)


class Queue:
    """Hands emitted events to the workers, and can be a worker itself.

    ``url`` is the address of the PostgreSQL database as the app reaches it.
    """

    def __init__(self, url: URL, work: Work) -> None:
        self._work = work
        self._conninfo = conninfo(url)
        self._deliver = self._with_tasks(App(connector=SyncPsycopgConnector(conninfo=self._conninfo)))

    def take_from_outbox(self) -> None:
        """From now on, each commit in this process that emits events leaves jobs for them."""
        outbox.on_commit(self._defer, None)

    def leave_outbox(self) -> None:
        """End that; what is emitted from now on waits for another process to look."""
        outbox.on_commit(None, None)

    def _defer(self, session: Session, event_ids: list[str]) -> None:
        connection = session.connection().connection.driver_connection
        jobs: list[dict[str, JSONValue]] = [{"event_id": each} for each in event_ids]
        self._deliver.configure(connection=connection).batch_defer(*jobs)

    async def work_until(self, ended: asyncio.Event) -> None:
        """Work on jobs until ``ended`` is set; what is being done is finished first."""
        app = App(
            connector=PsycopgConnector(
                conninfo=self._conninfo, min_size=1, max_size=4, configure=_commit_each_statement
            )
        )
        self._with_tasks(app)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    concurrency=CONCURRENCY, install_signal_handlers=False, delete_jobs=DeleteJobCondition.SUCCESSFUL
                )
            )
            stopping = asyncio.create_task(ended.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working

    def _with_tasks(self, app: App) -> "Task[Any, Any, Any]":
        """Register every task with this app; returns the one that delivers.

        Deferring needs an app with a synchronous connection, working one with an asynchronous: so there are two.
        """

        async def rescue(timestamp: int) -> None:
            for job in await app.job_manager.get_stalled_jobs():
                await app.job_manager.retry_job(job)

        self._periodic(app, "look_again", "* * * * *", self._look_again)
        self._periodic(app, "rescue", "*/5 * * * *", rescue)
        for name, (schedule, timed) in TIMED.items():
            self._periodic(app, name, schedule, self._timed(timed))
        return app.task(name="deliver", queue="deliveries")(self._bring)

    def _periodic(self, app: App, name: str, schedule: str, function: Any) -> None:
        task = app.task(name=name, queue="timed", queueing_lock=name)(function)
        app.periodic(cron=schedule)(task)

    def _timed(self, timed: Timed) -> Any:
        def run(timestamp: int) -> None:
            timed(self._work)

        return run

    def _bring(self, event_id: str) -> None:
        """Bring the event to each handler it has still to reach; ``_look_again`` tries later what failed."""
        outbox.deliver_event(self._work.open_session, event_id)

    def _look_again(self, timestamp: int) -> None:
        outbox.deliver_all(self._work.open_session)


class WorkerThread(threading.Thread):
    """One worker inside the serving process, in a thread with a loop of its own. It begins anew after a failure."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(name="worker", daemon=True)
        self._queue = queue
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._work())
            except Exception as failure:
                log.error("the worker failed and begins anew", exc_info=failure)
            self._stopping.wait(PAUSE)

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        if self._stopping.is_set():
            return
        await self._queue.work_until(self._ended)

    def stop(self) -> None:
        """End after the jobs being worked on; the others stay in the queue."""
        self._stopping.set()
        if self._loop is not None and self._ended is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
        self.join(timeout=10)
